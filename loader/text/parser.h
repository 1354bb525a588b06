/* loader/text/parser.h - what the files of the parser share.  Private to loader/text.
 *
 * The parser passes over a module three times: `declare` finds the fields and gives every identifier its index, `types`
 * reads the type definitions, and `fields` reads all the rest and writes the sections.  Functions return false after a
 * failure, which is recorded once, in parser->status and parser->error. */
#ifndef DELAVM_LOADER_TEXT_PARSER_H
#define DELAVM_LOADER_TEXT_PARSER_H

#include "loader/text/lexer.h"
#include "loader/text/map.h"
#include "loader/text/text.h"
#include "loader/writer.h"
#include "vm/opcode.h"

/* Hides a return, and nothing else. */
#define TRY(expression)                                                                                                \
    do {                                                                                                               \
        if (!(expression))                                                                                             \
            return false;                                                                                              \
    } while (0)

/* Index spaces with identifiers of their own in a module.  Spec: syntax-index */
enum text_space {
    TEXT_SPACE_TYPE,
    TEXT_SPACE_FUNCTION,
    TEXT_SPACE_TABLE,
    TEXT_SPACE_MEMORY,
    TEXT_SPACE_GLOBAL,
    TEXT_SPACE_TAG,
    TEXT_SPACE_ELEMENT,
    TEXT_SPACE_DATA,
    TEXT_SPACE_COUNT
};

/* Everything that one identifier means at the moment.  Numbers are indices plus one; 0: nothing. */
struct text_symbol {
    struct vm_bytes name;
    uint32_t index[TEXT_SPACE_COUNT];
    uint32_t local;
    uint32_t local_owner; /* the function, plus one, in which `local` holds */
    uint32_t label;       /* height of the innermost label of that name */
};

enum text_type_kind { TEXT_TYPE_FUNCTION, TEXT_TYPE_STRUCT, TEXT_TYPE_ARRAY };

struct text_type {
    enum text_type_kind kind;
    uint32_t param_count;
    struct vm_bytes encoded; /* the composite type as in the type section */
};

/* (type x)? (param t*)* (result t*)*, as it stands or with the type that was found or added for it. */
struct text_type_use {
    bool has_index;
    uint8_t width; /* of the index in LEB128 */
    uint32_t index;
    uint32_t param_count;
    uint32_t result_count;
};

/* What to do with the names of parameters. */
enum text_param_names { TEXT_NAMES_REFUSED, TEXT_NAMES_IGNORED, TEXT_NAMES_BOUND };

struct text_label {
    struct text_symbol *symbol; /* NULL: without name */
    uint32_t hidden;            /* symbol->label before */
};

/* A construct of instructions that is open. */
struct text_frame {
    uint8_t kind;
    struct text_symbol *label;
    size_t pending; /* folded: where its bytes begin in parser->pending */
};

/* A custom section of an annotation. */
struct text_custom {
    struct text_custom *next;
    struct vm_bytes name;
    struct vm_bytes content;
    uint8_t size_width; /* of its size and of its name's size; 0: the shortest */
    uint8_t name_width;
};

/* What (@section ...) says about a section's form. */
struct text_section_form {
    bool present;
    uint8_t size_width;
    uint8_t count_width;
};

struct text_parser {
    struct text_lexer lexer;
    struct text_token token; /* the current one */
    struct text_token next;  /* the one after it */
    size_t behind;           /* where the one before it ended: annotations may stand between the two */
    struct text_options options;
    struct vm_allocator allocator;
    struct vm_arena arena;
    enum vm_status status;
    struct text_error error;
    struct vm_bytes op_cache_text[64]; /* recent instruction names, because sources repeat themselves */
    uint16_t op_cache[64];

    struct text_map symbols;
    uint32_t declared[TEXT_SPACE_COUNT];
    uint32_t defined[TEXT_SPACE_COUNT];
    bool has_definition[TEXT_SPACE_COUNT]; /* a non-import was seen: no import may follow */

    struct loader_writer type_list; /* array of struct text_type */
    uint32_t type_count;
    struct text_map type_index;       /* encoded plain function type -> its first index, a uint32_t */
    struct text_map fields;           /* type index and name of a struct field -> its index */
    struct loader_writer type_fields; /* array of size_t: where the type and rec fields stand */

    struct loader_writer sections[LOADER_SECTION_COUNT]; /* their items; counts and sizes come at the end */
    uint32_t section_items[LOADER_SECTION_COUNT];
    struct text_section_form forms[LOADER_SECTION_COUNT];
    struct text_custom *customs[LOADER_PLACES + 1], **custom_ends[LOADER_PLACES + 1]; /* [n]: behind n sections */
    bool own_name_section;                                                            /* an annotation brings it */
    bool in_body; /* of a function, not in a constant expression */
    bool needs_data_count;
    bool has_start;

    struct loader_writer params; /* encoded value types of the type use at hand */
    struct loader_writer results;
    uint8_t params_width, results_width; /* of their counts in LEB128 */
    struct loader_writer scratch;
    struct loader_writer locals;
    struct loader_writer element_type;
    uint8_t op_width;     /* (@leb N) before an instruction: its sub-opcode takes N bytes */
    uint8_t locals_width; /* (@leb N) before a function's type: the count of its groups of locals takes N bytes */
    uint8_t field_width;  /* (@leb N) of the field at hand: its size takes N bytes */

    struct loader_writer *out;    /* where instructions go */
    struct loader_writer body;    /* of the function at hand */
    struct loader_writer pending; /* folded instructions that wait for their operands */
    struct loader_writer frames;  /* array of struct text_frame */
    struct loader_writer labels;  /* array of struct text_label */

    struct loader_writer name_section;
    struct loader_writer module_name;
    struct loader_writer function_names;
    struct loader_writer local_names;
    struct loader_writer names_at_hand; /* locals of the function at hand */
    uint32_t function_name_count, local_name_count, names_at_hand_count;
    uint32_t function; /* index of the function at hand */
    uint32_t local_count;
};

/* parser.c: life, tokens, failures */
void text_parser_init(struct text_parser *parser, struct vm_bytes source, const struct text_options *options,
                      const struct vm_allocator *allocator);
void text_parser_clear(struct text_parser *parser);
void text_parser_seek(struct text_parser *parser, size_t offset);
void text_advance(struct text_parser *parser);

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
bool text_fail(struct text_parser *parser, size_t offset, const char *format, ...);
bool text_no_memory(struct text_parser *parser);
bool text_memory_held(struct text_parser *parser);      /* false, and a failure, if some write was lost */
bool text_is_unknown(const struct text_parser *parser); /* the current token can't stand anywhere */
bool text_unexpected(struct text_parser *parser);       /* blames the current token */

bool text_word_is(const struct text_parser *parser, struct text_token token, const char *word);
bool text_at_word(const struct text_parser *parser, const char *word);
bool text_take_word(struct text_parser *parser, const char *word);
bool text_at_open(const struct text_parser *parser, const char *word);
bool text_take_open(struct text_parser *parser, const char *word); /* both tokens */
bool text_expect_open(struct text_parser *parser, const char *word);
bool text_expect_close(struct text_parser *parser);
bool text_at_index(const struct text_parser *parser); /* an identifier or an unsigned number */
bool text_skip_to_close(struct text_parser *parser);  /* passes the parenthesis that closes the current level */

/* parser_values.c: identifiers, strings, numbers */
struct text_symbol *text_symbol_of(struct text_parser *parser, struct text_token token);
bool text_optional_id(struct text_parser *parser, struct text_symbol **symbol); /* NULL if there is none */
bool text_string(struct text_parser *parser, struct loader_writer *out);        /* appends the content */
bool text_name(struct text_parser *parser, struct loader_writer *out);          /* writes a vector; must be UTF-8 */
bool text_number(struct text_parser *parser, uint64_t maximum, const char *range_words, uint64_t *value,
                 uint8_t *width);
bool text_u32(struct text_parser *parser, uint32_t *value, uint8_t *width);
bool text_index(struct text_parser *parser, enum text_space space, uint32_t *index, uint8_t *width);
bool text_put_index(struct text_parser *parser, enum text_space space, struct loader_writer *out);
bool text_put_integer(struct text_parser *parser, unsigned bits, struct loader_writer *out); /* LEB128 */
bool text_at_number(const struct text_parser *parser);
bool text_literal(struct text_parser *parser, unsigned bits, bool is_float, uint64_t *value);
bool text_put_vector(struct text_parser *parser, struct loader_writer *out); /* v128.const without the keyword */
void text_put_u32(struct loader_writer *out, uint64_t value, uint8_t width);
const char *text_space_name(enum text_space space);

/* parser_types.c: types and type uses */
bool text_at_reference_type(const struct text_parser *parser);
bool text_value_type(struct text_parser *parser, struct loader_writer *out);
bool text_reference_type(struct text_parser *parser, struct loader_writer *out);
bool text_heap_type(struct text_parser *parser, struct loader_writer *out);
bool text_nullable_type(struct text_parser *parser, bool *nullable, struct loader_writer *heap_type);
bool text_type_field(struct text_parser *parser); /* type or rec */
bool text_type_use(struct text_parser *parser, struct text_type_use *use, enum text_param_names names);
bool text_resolve_type(struct text_parser *parser, struct text_type_use *use);
bool text_add_local(struct text_parser *parser, struct text_symbol *symbol, size_t offset); /* symbol may be NULL */
struct text_type *text_types(const struct text_parser *parser);
bool text_field_index(struct text_parser *parser, uint32_t type, uint32_t *field, uint8_t *width);
bool text_limits(struct text_parser *parser, bool is_memory, struct loader_writer *out);
bool text_page_size(struct text_parser *parser, bool *present, uint8_t *exponent, uint8_t *width);
bool text_table_type(struct text_parser *parser, struct loader_writer *out);
bool text_global_type(struct text_parser *parser, struct loader_writer *out);

/* parser_code.c, parser_immediates.c: instructions */
bool text_expression(struct text_parser *parser, struct loader_writer *out);        /* up to a close; writes `end` */
bool text_folded_expression(struct text_parser *parser, struct loader_writer *out); /* one; writes `end` */
bool text_body(struct text_parser *parser);                                         /* into parser->body */
bool text_immediates(struct text_parser *parser, uint32_t op, struct loader_writer *out); /* writes the code too */
bool text_block_type(struct text_parser *parser, struct loader_writer *out);
bool text_label_index(struct text_parser *parser, uint32_t *index, uint8_t *width);
uint32_t text_op(struct text_parser *parser, struct text_token token);

/* parser_module.c, parser_segments.c: fields */
bool text_declare(struct text_parser *parser);
bool text_fields(struct text_parser *parser);
bool text_table_field(struct text_parser *parser);
bool text_memory_field(struct text_parser *parser);
bool text_element_field(struct text_parser *parser);
bool text_data_field(struct text_parser *parser);
bool text_inline_exports(struct text_parser *parser, uint8_t kind, uint32_t index);
bool text_inline_import(struct text_parser *parser, uint8_t kind, bool *taken);

/* annotations.c: the current token is one, at a field's place */
bool text_annotation(struct text_parser *parser);

/* emit.c: sections and names to a module */
uint32_t text_section_position(const struct text_parser *parser, struct text_token token); /* LOADER_PLACES: none */
bool text_emit(struct text_parser *parser, struct loader_writer *out);

/* assemble.c: a whole source, which is (module name? field*) or field*; or from behind "(module" and its name to the
 * closing parenthesis, which is left current.  `name` may be NULL. */
bool text_assemble_source(struct text_parser *parser, struct loader_writer *out);
bool text_assemble_fields(struct text_parser *parser, const struct text_symbol *name, struct loader_writer *out);

/* script_values.c: arguments and expected results, up to the closing parenthesis around them */
struct text_value;
bool text_values(struct text_parser *parser, uint32_t *count, const struct text_value **values);

#endif
