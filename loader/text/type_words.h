/* loader/text/type_words.h - words of types and their binary codes, for the assembler and the disassembler.
 * Spec: binary-types, text-types */
#ifndef DELAVM_LOADER_TEXT_TYPE_WORDS_H
#define DELAVM_LOADER_TEXT_TYPE_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* Codes of composite types, and of what may stand around a type. */
enum {
    TEXT_CODE_FUNCTION = 0x60,
    TEXT_CODE_STRUCT = 0x5F,
    TEXT_CODE_ARRAY = 0x5E,
    TEXT_CODE_SUB = 0x50,
    TEXT_CODE_SUB_FINAL = 0x4F,
    TEXT_CODE_REC = 0x4E,
    TEXT_CODE_REF = 0x64,
    TEXT_CODE_REF_NULL = 0x63,
};

/* Tables end with a row without word. */
struct text_type_word {
    const char *word;
    uint8_t code;
};

extern const struct text_type_word text_number_types[];    /* i32, ... and v128 */
extern const struct text_type_word text_reference_types[]; /* funcref, ...: short for (ref null func), ... */
extern const struct text_type_word text_heap_types[];      /* func, ...: the same codes */
extern const struct text_type_word text_packed_types[];    /* i8, i16 */

/* The word of a code, NULL if the table does not have it. */
const char *text_type_word(const struct text_type_word *rows, uint8_t code);

#endif
