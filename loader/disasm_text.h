/* loader/disasm_text.h - what the files of the disassembler share; not for anyone outside loader. */
#ifndef DELAVM_LOADER_DISASM_TEXT_H
#define DELAVM_LOADER_DISASM_TEXT_H

#include "loader/disasm.h"
#include "loader/reader.h"
#include "loader/text/map.h"
#include "vm/opcode.h"

/* Index spaces by the subsections of the name section that name them.  Spec: binary-namesec */
enum disasm_space {
    DISASM_FUNCTION = 1,
    DISASM_TYPE = 4,
    DISASM_TABLE = 5,
    DISASM_MEMORY = 6,
    DISASM_GLOBAL = 7,
    DISASM_ELEMENT = 8,
    DISASM_DATA = 9,
    DISASM_TAG = 11,
    DISASM_SPACES
};

struct disasm_section {
    bool present;
    unsigned size_width; /* 0: the shortest */
    const uint8_t *start;
    const uint8_t *end;
};

/* A custom section, and behind how many sections of the order it stands. */
struct disasm_custom {
    struct disasm_custom *next;
    uint32_t place;
    unsigned size_width;
    unsigned name_width;
    struct vm_bytes name;
    struct vm_bytes content;
};

/* A function type's parameters and results, from the count of the former; NULL for other types. */
struct disasm_type {
    const uint8_t *params;
    const uint8_t *end;
    uint32_t param_count;
    uint64_t value_count;
};

struct disasm_label {
    uint32_t serial;
    bool takes_else; /* an if whose else was not seen */
};

struct disasm {
    struct loader_reader reader;
    struct loader_disasm_options options;
    struct loader_writer *out;
    struct vm_arena arena;
    struct vm_arena scratch;     /* of the function at hand */
    struct loader_writer labels; /* array of struct disasm_label: the blocks that are open */
    struct disasm_section sections[LOADER_SECTION_COUNT];
    struct disasm_custom *customs;
    uint32_t counts[DISASM_SPACES]; /* imports first */
    uint32_t imported[DISASM_SPACES];
    uint32_t imports_seen[DISASM_SPACES];
    struct vm_bytes *names[DISASM_SPACES]; /* [counts[space]], or NULL; empty: none */
    struct vm_bytes *local_names;          /* [counts[DISASM_FUNCTION]]: name maps, or NULL */
    struct disasm_type *types;
    uint32_t type_count;
    uint64_t locals_left;    /* that may still be listed */
    struct vm_bytes *locals; /* names of those of the function at hand, or NULL */
    uint32_t local_count;
    uint32_t label_serial;
    bool in_body; /* not in a constant expression */
};

/* disasm_text.c: words, numbers, names */
void disasm_put(struct disasm *disasm, const char *text);
void disasm_number(struct disasm *disasm, uint64_t number);
void disasm_signed(struct disasm *disasm, int64_t number);
void disasm_hex(struct disasm *disasm, uint64_t number, unsigned digits); /* at least so many */
void disasm_float(struct disasm *disasm, uint64_t bits, bool wide);
void disasm_string(struct disasm *disasm, struct vm_bytes bytes);
void disasm_id(struct disasm *disasm, struct vm_bytes name); /* with its "$" */
void disasm_newline(struct disasm *disasm, uint32_t indent);
void disasm_width(struct disasm *disasm, unsigned width); /* "(@leb N) ", nothing for 0 */

/* Index of a space, by name if it has one; with its comment (;n;) where it is defined. */
void disasm_index(struct disasm *disasm, enum disasm_space space, uint32_t index);
void disasm_definition(struct disasm *disasm, enum disasm_space space, uint32_t index);

/* Reads of integers that tell their width: 0 if it is the shortest.  u64 is for offsets and limits. */
enum vm_status disasm_read_u32(struct disasm *disasm, uint32_t *value, unsigned *width);
enum vm_status disasm_read_u64(struct disasm *disasm, uint64_t *value, unsigned *width);
enum vm_status disasm_read_signed(struct disasm *disasm, uint32_t bits, int64_t *value, unsigned *width);

/* Reads a name and prints it as a string. */
enum vm_status disasm_copy_name(struct disasm *disasm);

/* Reads an index and prints it; `space` 0: as a number. */
enum vm_status disasm_copy_index(struct disasm *disasm, enum disasm_space space);

/* disasm_names.c: the name section */
enum vm_status disasm_read_names(struct disasm *disasm, struct vm_bytes section);
enum vm_status disasm_name_locals(struct disasm *disasm, uint32_t function);

/* disasm_types.c: types, read and printed */
enum vm_status disasm_value_type(struct disasm *disasm);
enum vm_status disasm_reference_type(struct disasm *disasm);
enum vm_status disasm_heap_type(struct disasm *disasm);
enum vm_status disasm_block_type(struct disasm *disasm);
enum vm_status disasm_table_type(struct disasm *disasm);
enum vm_status disasm_memory_type(struct disasm *disasm);
enum vm_status disasm_global_type(struct disasm *disasm);
enum vm_status disasm_types(struct disasm *disasm); /* the type section */

/* (type n) and, if it is a function type, its parameters and results; named_params: with the names of locals. */
enum vm_status disasm_type_use(struct disasm *disasm, uint32_t type, unsigned width, bool named_params);

/* disasm_code.c: instructions */
enum vm_status disasm_expression(struct disasm *disasm, const char *wrapper); /* (op), (wrapper op op), or op op */
enum vm_status disasm_count_locals(struct disasm *disasm, uint64_t *total,
                                   unsigned *width);                     /* of the body ahead; takes nothing */
enum vm_status disasm_body(struct disasm *disasm, uint32_t first_local); /* up to reader.end */

#endif
