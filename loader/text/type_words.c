/* loader/text/type_words.c - words of types and their binary codes.  Spec: binary-types */
#include "loader/text/type_words.h"

const struct text_type_word text_number_types[] = {
    {"i32", 0x7F}, {"i64", 0x7E}, {"f32", 0x7D}, {"f64", 0x7C}, {"v128", 0x7B}, {NULL, 0},
};

const struct text_type_word text_reference_types[] = {
    {"funcref", 0x70},     {"externref", 0x6F},  {"anyref", 0x6E}, {"eqref", 0x6D},   {"i31ref", 0x6C},
    {"structref", 0x6B},   {"arrayref", 0x6A},   {"exnref", 0x69}, {"nullref", 0x71}, {"nullexternref", 0x72},
    {"nullfuncref", 0x73}, {"nullexnref", 0x74}, {NULL, 0},
};

const struct text_type_word text_heap_types[] = {
    {"func", 0x70},   {"extern", 0x6F}, {"any", 0x6E}, {"eq", 0x6D},   {"i31", 0x6C},
    {"struct", 0x6B}, {"array", 0x6A},  {"exn", 0x69}, {"none", 0x71}, {"noextern", 0x72},
    {"nofunc", 0x73}, {"noexn", 0x74},  {NULL, 0},
};

const struct text_type_word text_packed_types[] = {{"i8", 0x78}, {"i16", 0x77}, {NULL, 0}};

const char *text_type_word(const struct text_type_word *rows, uint8_t code) {
    while (rows->word != NULL && rows->code != code)
        rows++;
    return rows->word;
}
