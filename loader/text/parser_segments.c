/* loader/text/parser_segments.c - tables, memories and the segments that fill them.  Spec: text-table, text-mem,
 * text-elem, text-data */
#include "loader/text/parser.h"

/* Flags of an element segment.  Spec: binary-elemsec */
enum { ELEMENT_NOT_ACTIVE = 1, ELEMENT_EXPLICIT = 2, ELEMENT_EXPRESSIONS = 4 };

/* (offset expr) or one folded instruction. */
static bool offset_expression(struct text_parser *parser, struct loader_writer *out) {
    if (!text_take_open(parser, "offset"))
        return text_folded_expression(parser, out);
    return text_expression(parser, out) && text_expect_close(parser);
}

/* (item expr)* or folded instructions, up to the closing parenthesis. */
static bool element_expressions(struct text_parser *parser, uint32_t *count, struct loader_writer *out) {
    for (*count = 0; parser->token.kind != TEXT_TOKEN_CLOSE; ++*count) {
        if (text_take_open(parser, "item"))
            TRY(text_expression(parser, out) && text_expect_close(parser));
        else
            TRY(text_folded_expression(parser, out));
    }
    return true;
}

static bool element_functions(struct text_parser *parser, uint32_t *count, struct loader_writer *out) {
    for (*count = 0; parser->token.kind != TEXT_TOKEN_CLOSE; ++*count)
        TRY(text_put_index(parser, TEXT_SPACE_FUNCTION, out));
    return true;
}

/* What a segment holds: its type or kind into parser->element_type, its items into parser->body. */
struct element_list {
    bool expressions;
    bool is_funcref;
    uint32_t count;
    uint8_t width; /* of the count in LEB128 */
};

static bool element_list(struct text_parser *parser, bool may_be_bare, struct element_list *list) {
    struct loader_writer *const type = &parser->element_type, *const items = &parser->body;
    type->size = 0;
    items->size = 0;
    *list = (struct element_list){false, true, 0, 0};
    const uint8_t width = parser->token.width; /* (@leb N) func: the count takes N bytes */
    const bool worded = text_take_word(parser, "func");
    if (worded || (may_be_bare && !text_at_reference_type(parser))) {
        list->width = worded ? width : 0;
        loader_write_byte(type, 0);
        return element_functions(parser, &list->count, items);
    }
    list->expressions = true;
    TRY(text_reference_type(parser, type));
    list->is_funcref = type->size == 1 && type->data[0] == 0x70;
    return element_expressions(parser, &list->count, items);
}

static void put_element_list(struct text_parser *parser, const struct element_list *list, bool with_type) {
    struct loader_writer *const out = &parser->sections[LOADER_SECTION_ELEMENT];
    if (with_type)
        loader_write_bytes(out, loader_written(&parser->element_type));
    text_put_u32(out, list->count, list->width);
    loader_write_bytes(out, loader_written(&parser->body));
    parser->section_items[LOADER_SECTION_ELEMENT]++;
}

bool text_element_field(struct text_parser *parser) {
    struct loader_writer *const out = &parser->sections[LOADER_SECTION_ELEMENT];
    const uint8_t flags_width = parser->field_width;
    struct text_symbol *symbol;
    struct element_list list;
    uint32_t table = 0;
    uint8_t width = 0;
    TRY(text_optional_id(parser, &symbol));
    parser->defined[TEXT_SPACE_ELEMENT]++;
    const bool declarative = text_take_word(parser, "declare");
    bool explicit = false;
    if (!declarative && text_take_open(parser, "table")) {
        explicit = true;
        TRY(text_index(parser, TEXT_SPACE_TABLE, &table, &width));
        TRY(text_expect_close(parser));
    } else if (!declarative && text_at_index(parser)) {
        explicit = true; /* (elem 0 (offset)): as 1.0 had it */
        TRY(text_index(parser, TEXT_SPACE_TABLE, &table, &width));
    }
    const bool active =
        explicit || (!declarative && parser->token.kind == TEXT_TOKEN_OPEN && !text_at_reference_type(parser));
    parser->locals.size = 0;
    if (active)
        TRY(offset_expression(parser, &parser->locals));
    TRY(element_list(parser, active, &list));
    /* The short forms are for table 0 and funcref. */
    const bool is_short = active && table == 0 && width == 0 && list.is_funcref;
    const uint8_t flags = (uint8_t)((active ? 0 : ELEMENT_NOT_ACTIVE) | (list.expressions ? ELEMENT_EXPRESSIONS : 0) |
                                    ((active && !is_short) || declarative ? ELEMENT_EXPLICIT : 0));
    text_put_u32(out, flags, flags_width);
    if (active && !is_short)
        text_put_u32(out, table, width);
    loader_write_bytes(out, loader_written(&parser->locals));
    put_element_list(parser, &list, !is_short);
    return text_expect_close(parser);
}

/* (data "..."*) or (elem ...) inside a memory or table: an active segment at 0. */
static void put_zero_offset(struct loader_writer *out, bool wide) {
    loader_write_code(out, vm_opcodes[wide ? VM_OP_I64_CONST : VM_OP_I32_CONST].code);
    loader_write_byte(out, 0);
    loader_write_code(out, vm_opcodes[VM_OP_END].code);
}

/* Function indices as the expressions that refer to them. */
static bool functions_as_expressions(struct text_parser *parser, uint32_t *count, struct loader_writer *out) {
    for (*count = 0; parser->token.kind != TEXT_TOKEN_CLOSE; ++*count) {
        loader_write_code(out, vm_opcodes[VM_OP_REF_FUNC].code);
        TRY(text_put_index(parser, TEXT_SPACE_FUNCTION, out));
        loader_write_code(out, vm_opcodes[VM_OP_END].code);
    }
    return true;
}

/* (elem ...) inside a table, which is as large as it; the table's type stands in parser->element_type.  Only a table of
 * funcref can take its functions as plain indices: the others need a segment of their type. */
static bool table_with_elements(struct text_parser *parser, uint32_t table, bool wide) {
    struct loader_writer *const tables = &parser->sections[LOADER_SECTION_TABLE];
    struct loader_writer *const out = &parser->sections[LOADER_SECTION_ELEMENT];
    struct loader_writer *const type = &parser->element_type;
    const bool is_funcref = type->size == 1 && type->data[0] == 0x70;
    const bool indices = parser->token.kind != TEXT_TOKEN_OPEN;
    struct element_list list = {!indices || !is_funcref, is_funcref, 0, 0};
    parser->body.size = 0;
    if (!indices)
        TRY(element_expressions(parser, &list.count, &parser->body));
    else if (is_funcref)
        TRY(element_functions(parser, &list.count, &parser->body));
    else
        TRY(functions_as_expressions(parser, &list.count, &parser->body));
    TRY(text_expect_close(parser));
    loader_write_bytes(tables, loader_written(type));
    loader_write_byte(tables, (uint8_t)(1 | wide << 2));
    loader_write_unsigned(tables, list.count);
    loader_write_unsigned(tables, list.count);

    const bool is_short = table == 0 && is_funcref;
    loader_write_byte(out, (uint8_t)((list.expressions ? ELEMENT_EXPRESSIONS : 0) | (is_short ? 0 : ELEMENT_EXPLICIT)));
    if (!is_short)
        loader_write_unsigned(out, table);
    put_zero_offset(out, wide);
    if (!list.expressions) {
        type->size = 0;
        loader_write_byte(type, 0);
    }
    put_element_list(parser, &list, !is_short);
    parser->defined[TEXT_SPACE_ELEMENT]++;
    return true;
}

bool text_table_field(struct text_parser *parser) {
    struct loader_writer *const out = &parser->sections[LOADER_SECTION_TABLE];
    struct text_symbol *symbol;
    bool imported;
    TRY(text_optional_id(parser, &symbol));
    const uint32_t index = parser->defined[TEXT_SPACE_TABLE]++;
    TRY(text_inline_exports(parser, 1, index));
    TRY(text_inline_import(parser, 1, &imported));
    if (imported)
        return true;
    parser->has_definition[TEXT_SPACE_TABLE] = true;
    parser->section_items[LOADER_SECTION_TABLE]++;
    bool wide = text_word_is(parser, parser->token, "i64");
    const struct text_token after = wide || text_at_word(parser, "i32") ? parser->next : parser->token;
    const uint8_t first = after.kind == TEXT_TOKEN_WORD ? parser->lexer.source.data[after.start] : (uint8_t)'0';
    const bool has_limits = after.kind == TEXT_TOKEN_WORD && first >= '0' && first <= '9';
    if (!has_limits) {
        if (wide || text_at_word(parser, "i32"))
            text_advance(parser);
        parser->element_type.size = 0;
        TRY(text_reference_type(parser, &parser->element_type));
        TRY(text_expect_open(parser, "elem"));
        TRY(table_with_elements(parser, index, wide));
        return text_expect_close(parser);
    }
    /* A table with an initial value has a prefix, which is known only behind its type.  Spec: binary-tablesec */
    parser->locals.size = 0;
    TRY(text_table_type(parser, &parser->locals));
    if (parser->token.kind == TEXT_TOKEN_CLOSE) {
        loader_write_bytes(out, loader_written(&parser->locals));
        return text_expect_close(parser);
    }
    loader_write_byte(out, 0x40);
    loader_write_byte(out, 0x00);
    loader_write_bytes(out, loader_written(&parser->locals));
    TRY(text_expression(parser, out));
    return text_expect_close(parser);
}

static bool strings(struct text_parser *parser, struct loader_writer *out) {
    parser->field_width = parser->token.width; /* (@leb N) on the first string */
    out->size = 0;
    while (parser->token.kind == TEXT_TOKEN_STRING)
        TRY(text_string(parser, out));
    return true;
}

static void put_data(struct text_parser *parser) {
    text_put_u32(&parser->sections[LOADER_SECTION_DATA], parser->body.size, parser->field_width);
    loader_write_bytes(&parser->sections[LOADER_SECTION_DATA], loader_written(&parser->body));
    parser->section_items[LOADER_SECTION_DATA]++;
    parser->defined[TEXT_SPACE_DATA]++;
}

/* Flags, which take `flags_width` bytes, and the memory if it is not the first or was written out. */
static void put_data_home(struct loader_writer *out, uint8_t flags_width, uint32_t memory, uint8_t width) {
    const bool explicit = memory != 0 || width != 0;
    text_put_u32(out, explicit ? 2 : 0, flags_width);
    if (explicit)
        text_put_u32(out, memory, width);
}

/* (data "..."*) inside a memory, which is just large enough for it. */
static bool memory_with_data(struct text_parser *parser, uint32_t memory, bool wide) {
    struct loader_writer *const out = &parser->sections[LOADER_SECTION_MEMORY];
    uint8_t exponent = 16, exponent_width = 0;
    bool has_page_size;
    TRY(text_page_size(parser, &has_page_size, &exponent, &exponent_width));
    TRY(text_expect_open(parser, "data"));
    TRY(strings(parser, &parser->body));
    TRY(text_expect_close(parser));
    const uint64_t size = parser->body.size;
    const uint64_t pages =
        exponent > 63 ? size != 0 : (size >> exponent) + ((size & ((UINT64_C(1) << exponent) - 1)) != 0);
    loader_write_byte(out, (uint8_t)(1 | wide << 2 | has_page_size << 3));
    loader_write_unsigned(out, pages);
    loader_write_unsigned(out, pages);
    if (has_page_size)
        loader_write_unsigned_padded(out, exponent, exponent_width);
    put_data_home(&parser->sections[LOADER_SECTION_DATA], 0, memory, 0);
    put_zero_offset(&parser->sections[LOADER_SECTION_DATA], wide);
    put_data(parser);
    return text_expect_close(parser);
}

bool text_memory_field(struct text_parser *parser) {
    struct text_symbol *symbol;
    bool imported;
    TRY(text_optional_id(parser, &symbol));
    const uint32_t index = parser->defined[TEXT_SPACE_MEMORY]++;
    TRY(text_inline_exports(parser, 2, index));
    TRY(text_inline_import(parser, 2, &imported));
    if (imported)
        return true;
    parser->has_definition[TEXT_SPACE_MEMORY] = true;
    parser->section_items[LOADER_SECTION_MEMORY]++;
    const bool has_address = text_at_word(parser, "i64") || text_at_word(parser, "i32");
    if ((has_address ? parser->next : parser->token).kind == TEXT_TOKEN_OPEN) {
        const bool wide = text_at_word(parser, "i64");
        if (has_address)
            text_advance(parser);
        return memory_with_data(parser, index, wide);
    }
    TRY(text_limits(parser, true, &parser->sections[LOADER_SECTION_MEMORY]));
    return text_expect_close(parser);
}

bool text_data_field(struct text_parser *parser) {
    struct loader_writer *const out = &parser->sections[LOADER_SECTION_DATA];
    const uint8_t flags_width = parser->field_width;
    struct text_symbol *symbol;
    uint32_t memory = 0;
    uint8_t width = 0;
    TRY(text_optional_id(parser, &symbol));
    bool explicit = false;
    if (text_take_open(parser, "memory")) {
        explicit = true;
        TRY(text_index(parser, TEXT_SPACE_MEMORY, &memory, &width));
        TRY(text_expect_close(parser));
    } else if (text_at_index(parser)) {
        explicit = true; /* (data 0 (offset)): as 1.0 had it */
        TRY(text_index(parser, TEXT_SPACE_MEMORY, &memory, &width));
    }
    if (explicit || parser->token.kind == TEXT_TOKEN_OPEN) {
        put_data_home(out, flags_width, memory, width);
        TRY(offset_expression(parser, out));
    } else
        text_put_u32(out, 1, flags_width);
    TRY(strings(parser, &parser->body));
    put_data(parser);
    return text_expect_close(parser);
}
