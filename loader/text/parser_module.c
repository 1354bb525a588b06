/* loader/text/parser_module.c - the fields of a module: first who is there, then what they say.  Spec: text-module */
#include "loader/text/parser.h"

/* Kinds of imports and exports by their binary codes.  Spec: binary-importdesc */
static const struct {
    const char *word;
    enum text_space space;
} externs[] = {
    {"func", TEXT_SPACE_FUNCTION}, {"table", TEXT_SPACE_TABLE}, {"memory", TEXT_SPACE_MEMORY},
    {"global", TEXT_SPACE_GLOBAL}, {"tag", TEXT_SPACE_TAG},
};
enum { EXTERN_COUNT = sizeof externs / sizeof *externs };

/* The kind whose keyword is current, EXTERN_COUNT if it is none. */
static uint8_t extern_kind(const struct text_parser *parser) {
    uint8_t kind = 0;
    while (kind < EXTERN_COUNT && !text_at_word(parser, externs[kind].word))
        kind++;
    return kind;
}

/* Gives the identifier, if there is one, the next index of its space. */
static bool declare_next(struct text_parser *parser, enum text_space space) {
    const size_t place = parser->token.start;
    struct text_symbol *symbol;
    TRY(text_optional_id(parser, &symbol));
    parser->declared[space]++;
    if (symbol == NULL)
        return true;
    if (symbol->index[space] != 0)
        return text_fail(parser, place, "duplicate %s $%.*s", text_space_name(space),
                         symbol->name.size > 64 ? 64 : (int)symbol->name.size, (const char *)symbol->name.data);
    symbol->index[space] = parser->declared[space];
    return true;
}

static bool skip_group(struct text_parser *parser, const char *word, bool *skipped) {
    *skipped = text_take_open(parser, word);
    return !*skipped || text_skip_to_close(parser);
}

/* Passes what may stand between a table's or memory's identifier and its inline segment. */
static bool skip_to_segment(struct text_parser *parser) {
    static const char *const groups[] = {"export", "import", "pagesize", "ref"};
    for (size_t i = 0; i < sizeof groups / sizeof *groups;) {
        bool skipped;
        TRY(skip_group(parser, groups[i], &skipped));
        if (parser->token.kind == TEXT_TOKEN_WORD && !text_at_index(parser)) {
            text_advance(parser); /* i32, i64, funcref */
            skipped = true;
        }
        i = skipped ? 0 : i + 1;
    }
    return true;
}

/* (table t (elem ...)) and (memory (data ...)) define a segment without identifier. */
static bool declare_extern(struct text_parser *parser, uint8_t kind) {
    TRY(declare_next(parser, externs[kind].space));
    if (externs[kind].space == TEXT_SPACE_TABLE || externs[kind].space == TEXT_SPACE_MEMORY) {
        TRY(skip_to_segment(parser));
        parser->declared[TEXT_SPACE_ELEMENT] += text_at_open(parser, "elem");
        parser->declared[TEXT_SPACE_DATA] += text_at_open(parser, "data");
    }
    return text_skip_to_close(parser);
}

static bool declare_import(struct text_parser *parser) {
    while (parser->token.kind == TEXT_TOKEN_STRING)
        text_advance(parser);
    if (parser->token.kind == TEXT_TOKEN_OPEN) {
        text_advance(parser);
        const uint8_t kind = extern_kind(parser);
        if (kind < EXTERN_COUNT) {
            text_advance(parser);
            TRY(declare_next(parser, externs[kind].space));
        }
        TRY(text_skip_to_close(parser));
    }
    return text_skip_to_close(parser);
}

static bool declare_types(struct text_parser *parser, size_t start, bool group) {
    loader_write_bytes(&parser->type_fields, vm_bytes(&start, sizeof start));
    if (parser->type_fields.failed)
        return text_no_memory(parser);
    if (!group)
        TRY(declare_next(parser, TEXT_SPACE_TYPE));
    else
        while (text_take_open(parser, "type"))
            TRY(declare_next(parser, TEXT_SPACE_TYPE) && text_skip_to_close(parser));
    return text_skip_to_close(parser);
}

bool text_declare(struct text_parser *parser) {
    while (parser->token.kind != TEXT_TOKEN_CLOSE && parser->token.kind != TEXT_TOKEN_END) {
        const size_t start = parser->token.start;
        if (parser->token.kind == TEXT_TOKEN_ANNOTATION) {
            TRY(text_annotation(parser));
            continue;
        }
        if (parser->token.kind != TEXT_TOKEN_OPEN)
            return text_unexpected(parser);
        text_advance(parser);
        const uint8_t kind = extern_kind(parser);
        if (kind < EXTERN_COUNT) {
            text_advance(parser);
            TRY(declare_extern(parser, kind));
        } else if (text_take_word(parser, "type"))
            TRY(declare_types(parser, start, false));
        else if (text_take_word(parser, "rec"))
            TRY(declare_types(parser, start, true));
        else if (text_take_word(parser, "import"))
            TRY(declare_import(parser));
        else if (text_take_word(parser, "elem"))
            TRY(declare_next(parser, TEXT_SPACE_ELEMENT) && text_skip_to_close(parser));
        else if (text_take_word(parser, "data"))
            TRY(declare_next(parser, TEXT_SPACE_DATA) && text_skip_to_close(parser));
        else
            TRY(text_skip_to_close(parser));
    }
    return true;
}

static void put_export(struct text_parser *parser, uint8_t kind, uint32_t index, uint8_t width) {
    loader_write_byte(&parser->sections[LOADER_SECTION_EXPORT], kind);
    text_put_u32(&parser->sections[LOADER_SECTION_EXPORT], index, width);
    parser->section_items[LOADER_SECTION_EXPORT]++;
}

bool text_inline_exports(struct text_parser *parser, uint8_t kind, uint32_t index) {
    while (text_take_open(parser, "export")) {
        TRY(text_name(parser, &parser->sections[LOADER_SECTION_EXPORT]));
        put_export(parser, kind, index, 0);
        TRY(text_expect_close(parser));
    }
    return true;
}

/* Spec: imports come before everything that is defined. */
static bool import_names(struct text_parser *parser) {
    for (enum text_space space = 0; space < TEXT_SPACE_COUNT; space++)
        if (parser->has_definition[space])
            return text_fail(parser, parser->token.start, "import after %s",
                             space == TEXT_SPACE_FUNCTION ? "function" : text_space_name(space));
    struct loader_writer *const out = &parser->sections[LOADER_SECTION_IMPORT];
    parser->section_items[LOADER_SECTION_IMPORT]++;
    return text_name(parser, out) && text_name(parser, out);
}

/* The type of an import, behind its identifier.  Spec: text-externtype */
static bool import_type(struct text_parser *parser, uint8_t kind) {
    struct loader_writer *const out = &parser->sections[LOADER_SECTION_IMPORT];
    struct text_type_use use;
    loader_write_byte(out, kind);
    const enum text_space space = externs[kind].space;
    if (space == TEXT_SPACE_TABLE)
        return text_table_type(parser, out);
    if (space == TEXT_SPACE_MEMORY)
        return text_limits(parser, true, out);
    if (space == TEXT_SPACE_GLOBAL)
        return text_global_type(parser, out);
    if (space == TEXT_SPACE_TAG)
        loader_write_byte(out, 0);
    TRY(text_type_use(parser, &use, TEXT_NAMES_IGNORED));
    TRY(text_resolve_type(parser, &use));
    text_put_u32(out, use.index, use.width);
    return true;
}

bool text_inline_import(struct text_parser *parser, uint8_t kind, bool *taken) {
    *taken = text_take_open(parser, "import");
    if (!*taken)
        return true;
    TRY(import_names(parser));
    TRY(text_expect_close(parser));
    TRY(import_type(parser, kind));
    return text_expect_close(parser);
}

static void note_function_name(struct text_parser *parser, const struct text_symbol *symbol, uint32_t index) {
    if (symbol == NULL)
        return;
    loader_write_unsigned(&parser->function_names, index);
    loader_write_vector(&parser->function_names, symbol->name);
    parser->function_name_count++;
}

static bool import_field(struct text_parser *parser) {
    struct text_symbol *symbol;
    TRY(import_names(parser));
    if (parser->token.kind != TEXT_TOKEN_OPEN)
        return text_unexpected(parser);
    text_advance(parser);
    const uint8_t kind = extern_kind(parser);
    if (kind == EXTERN_COUNT)
        return text_unexpected(parser);
    text_advance(parser);
    TRY(text_optional_id(parser, &symbol));
    const uint32_t index = parser->defined[externs[kind].space]++;
    if (externs[kind].space == TEXT_SPACE_FUNCTION)
        note_function_name(parser, symbol, index);
    TRY(import_type(parser, kind));
    return text_expect_close(parser) && text_expect_close(parser);
}

static bool export_field(struct text_parser *parser) {
    uint32_t index;
    uint8_t width;
    TRY(text_name(parser, &parser->sections[LOADER_SECTION_EXPORT]));
    if (parser->token.kind != TEXT_TOKEN_OPEN)
        return text_unexpected(parser);
    text_advance(parser);
    const uint8_t kind = extern_kind(parser);
    if (kind == EXTERN_COUNT)
        return text_unexpected(parser);
    text_advance(parser);
    TRY(text_index(parser, externs[kind].space, &index, &width));
    put_export(parser, kind, index, width);
    return text_expect_close(parser) && text_expect_close(parser);
}

static bool start_field(struct text_parser *parser) {
    if (parser->has_start)
        return text_fail(parser, parser->token.start, "multiple start sections");
    parser->has_start = true;
    TRY(text_put_index(parser, TEXT_SPACE_FUNCTION, &parser->sections[LOADER_SECTION_START]));
    return text_expect_close(parser);
}

static bool function_field(struct text_parser *parser) {
    const uint8_t size_width = parser->field_width;
    struct text_symbol *symbol;
    struct text_type_use use;
    bool imported;
    TRY(text_optional_id(parser, &symbol));
    parser->function = parser->defined[TEXT_SPACE_FUNCTION]++;
    note_function_name(parser, symbol, parser->function);
    TRY(text_inline_exports(parser, 0, parser->function));
    TRY(text_inline_import(parser, 0, &imported));
    if (imported)
        return true;
    parser->has_definition[TEXT_SPACE_FUNCTION] = true;
    parser->local_count = 0;
    parser->names_at_hand.size = 0;
    parser->names_at_hand_count = 0;
    parser->locals_width = text_at_open(parser, "type") ? parser->token.width : 0;
    TRY(text_type_use(parser, &use, TEXT_NAMES_BOUND));
    TRY(text_resolve_type(parser, &use));
    if (parser->local_count == 0)
        parser->local_count = use.param_count;
    text_put_u32(&parser->sections[LOADER_SECTION_FUNCTION], use.index, use.width);
    parser->section_items[LOADER_SECTION_FUNCTION]++;
    TRY(text_body(parser));
    if (parser->body.failed)
        return text_no_memory(parser);
    text_put_u32(&parser->sections[LOADER_SECTION_CODE], parser->body.size, size_width);
    loader_write_bytes(&parser->sections[LOADER_SECTION_CODE], loader_written(&parser->body));
    parser->section_items[LOADER_SECTION_CODE]++;
    if (parser->names_at_hand_count != 0) {
        loader_write_unsigned(&parser->local_names, parser->function);
        loader_write_unsigned(&parser->local_names, parser->names_at_hand_count);
        loader_write_bytes(&parser->local_names, loader_written(&parser->names_at_hand));
        parser->local_name_count++;
    }
    return text_expect_close(parser);
}

static bool global_field(struct text_parser *parser) {
    struct loader_writer *const out = &parser->sections[LOADER_SECTION_GLOBAL];
    struct text_symbol *symbol;
    bool imported;
    TRY(text_optional_id(parser, &symbol));
    TRY(text_inline_exports(parser, 3, parser->defined[TEXT_SPACE_GLOBAL]++));
    TRY(text_inline_import(parser, 3, &imported));
    if (imported)
        return true;
    parser->has_definition[TEXT_SPACE_GLOBAL] = true;
    TRY(text_global_type(parser, out));
    TRY(text_expression(parser, out));
    parser->section_items[LOADER_SECTION_GLOBAL]++;
    return text_expect_close(parser);
}

static bool tag_field(struct text_parser *parser) {
    struct loader_writer *const out = &parser->sections[LOADER_SECTION_TAG];
    struct text_symbol *symbol;
    struct text_type_use use;
    bool imported;
    TRY(text_optional_id(parser, &symbol));
    TRY(text_inline_exports(parser, 4, parser->defined[TEXT_SPACE_TAG]++));
    TRY(text_inline_import(parser, 4, &imported));
    if (imported)
        return true;
    parser->has_definition[TEXT_SPACE_TAG] = true;
    TRY(text_type_use(parser, &use, TEXT_NAMES_IGNORED));
    TRY(text_resolve_type(parser, &use));
    loader_write_byte(out, 0);
    text_put_u32(out, use.index, use.width);
    parser->section_items[LOADER_SECTION_TAG]++;
    return text_expect_close(parser);
}

/* Types were read before all else. */
static bool skip_type(struct text_parser *parser) {
    return text_skip_to_close(parser);
}

bool text_fields(struct text_parser *parser) {
    static const struct {
        const char *word;
        bool (*read)(struct text_parser *parser);
    } fields[] = {
        {"func", function_field},      {"type", skip_type},         {"rec", skip_type},
        {"import", import_field},      {"export", export_field},    {"global", global_field},
        {"memory", text_memory_field}, {"table", text_table_field}, {"elem", text_element_field},
        {"data", text_data_field},     {"start", start_field},      {"tag", tag_field},
    };
    while (parser->token.kind != TEXT_TOKEN_CLOSE && parser->token.kind != TEXT_TOKEN_END) {
        if (parser->token.kind != TEXT_TOKEN_OPEN)
            return text_unexpected(parser);
        parser->field_width = parser->token.width;
        text_advance(parser);
        size_t i = 0;
        while (i < sizeof fields / sizeof *fields && !text_at_word(parser, fields[i].word))
            i++;
        if (i == sizeof fields / sizeof *fields)
            return text_unexpected(parser);
        text_advance(parser);
        TRY(fields[i].read(parser));
    }
    return true;
}
