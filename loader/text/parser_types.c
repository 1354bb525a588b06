/* loader/text/parser_types.c - types, type definitions and type uses.  Spec: text-types, text-typeuse */
#include "loader/text/parser.h"
#include "loader/text/type_words.h"

/* The row of the current word, NULL if there is none. */
static const struct text_type_word *find_type(const struct text_parser *parser, const struct text_type_word *rows) {
    while (rows->word != NULL && !text_at_word(parser, rows->word))
        rows++;
    return rows->word == NULL ? NULL : rows;
}

static bool take_type(struct text_parser *parser, const struct text_type_word *row, struct loader_writer *out) {
    if (row == NULL)
        return false;
    loader_write_byte(out, row->code);
    text_advance(parser);
    return true;
}

bool text_at_reference_type(const struct text_parser *parser) {
    return text_at_open(parser, "ref") || find_type(parser, text_reference_types) != NULL;
}

bool text_heap_type(struct text_parser *parser, struct loader_writer *out) {
    if (take_type(parser, find_type(parser, text_heap_types), out))
        return true;
    if (!text_at_index(parser))
        return text_unexpected(parser);
    uint32_t index;
    uint8_t width;
    TRY(text_index(parser, TEXT_SPACE_TYPE, &index, &width));
    loader_write_signed_padded(out, index, width);
    return true;
}

bool text_nullable_type(struct text_parser *parser, bool *nullable, struct loader_writer *heap_type) {
    *nullable = true;
    if (take_type(parser, find_type(parser, text_reference_types), heap_type))
        return true;
    TRY(text_expect_open(parser, "ref"));
    *nullable = text_take_word(parser, "null");
    TRY(text_heap_type(parser, heap_type));
    return text_expect_close(parser);
}

bool text_reference_type(struct text_parser *parser, struct loader_writer *out) {
    if (take_type(parser, find_type(parser, text_reference_types), out))
        return true;
    const bool is_long = parser->token.width == 2; /* (@leb 2) */
    TRY(text_expect_open(parser, "ref"));
    const bool nullable = text_take_word(parser, "null");
    /* (ref null func) and its like have a short form. */
    if (!nullable || is_long || find_type(parser, text_heap_types) == NULL)
        loader_write_byte(out, nullable ? TEXT_CODE_REF_NULL : TEXT_CODE_REF);
    TRY(text_heap_type(parser, out));
    return text_expect_close(parser);
}

bool text_value_type(struct text_parser *parser, struct loader_writer *out) {
    return take_type(parser, find_type(parser, text_number_types), out) || text_reference_type(parser, out);
}

bool text_global_type(struct text_parser *parser, struct loader_writer *out) {
    const bool mutable = text_take_open(parser, "mut");
    TRY(text_value_type(parser, out));
    loader_write_byte(out, mutable);
    return !mutable || text_expect_close(parser);
}

bool text_page_size(struct text_parser *parser, bool *present, uint8_t *exponent, uint8_t *width) {
    *present = text_take_open(parser, "pagesize");
    if (!*present)
        return true;
    const size_t place = parser->token.start;
    uint64_t size;
    TRY(text_number(parser, UINT64_MAX, "i64 constant out of range", &size, width));
    if (size == 0 || (size & (size - 1)) != 0)
        return text_fail(parser, place, "invalid custom page size");
    *exponent = 0;
    for (; size > 1; size >>= 1)
        ++*exponent;
    return text_expect_close(parser);
}

/* Spec: text-limits, binary-limits; flags 4 and 8 are of memory64 and custom page sizes, 2 of threads. */
bool text_limits(struct text_parser *parser, bool is_memory, struct loader_writer *out) {
    const bool narrow = parser->options.version == TEXT_2_0;
    const uint64_t ceiling = narrow ? UINT32_MAX : UINT64_MAX;
    const char *const words = narrow ? "i32 constant out of range" : "i64 constant out of range";
    uint64_t minimum, maximum = 0;
    uint8_t minimum_width, maximum_width = 0, exponent = 0, exponent_width = 0;
    const bool wide = text_take_word(parser, "i64");
    if (!wide)
        text_take_word(parser, "i32");
    TRY(text_number(parser, ceiling, words, &minimum, &minimum_width));
    const bool has_maximum = text_at_index(parser);
    if (has_maximum)
        TRY(text_number(parser, ceiling, words, &maximum, &maximum_width));
    const bool shared = is_memory && text_take_word(parser, "shared");
    bool has_page_size = false;
    if (is_memory)
        TRY(text_page_size(parser, &has_page_size, &exponent, &exponent_width));
    loader_write_byte(out, (uint8_t)(has_maximum | shared << 1 | wide << 2 | has_page_size << 3));
    loader_write_unsigned_padded(out, minimum, minimum_width);
    if (has_maximum)
        loader_write_unsigned_padded(out, maximum, maximum_width);
    if (has_page_size)
        loader_write_unsigned_padded(out, exponent, exponent_width);
    return true;
}

bool text_table_type(struct text_parser *parser, struct loader_writer *out) {
    parser->scratch.size = 0;
    TRY(text_limits(parser, false, &parser->scratch));
    TRY(text_reference_type(parser, out));
    loader_write_bytes(out, loader_written(&parser->scratch));
    return true;
}

struct text_type *text_types(const struct text_parser *parser) {
    return (struct text_type *)(void *)parser->type_list.data;
}

bool text_add_local(struct text_parser *parser, struct text_symbol *symbol, size_t offset) {
    if (symbol != NULL) {
        if (symbol->local != 0 && symbol->local_owner == parser->function + 1)
            return text_fail(parser, offset, "duplicate local $%.*s",
                             symbol->name.size > 64 ? 64 : (int)symbol->name.size, (const char *)symbol->name.data);
        symbol->local = parser->local_count + 1;
        symbol->local_owner = parser->function + 1;
        loader_write_unsigned(&parser->names_at_hand, parser->local_count);
        loader_write_vector(&parser->names_at_hand, symbol->name);
        parser->names_at_hand_count++;
    }
    parser->local_count++;
    return true;
}

/* ($x t) or (t*) behind "param"; ends behind the parenthesis. */
static bool parameters(struct text_parser *parser, enum text_param_names names, uint32_t *count) {
    const size_t place = parser->token.start;
    const bool named = parser->token.kind == TEXT_TOKEN_ID;
    struct text_symbol *symbol = NULL;
    if (named && names == TEXT_NAMES_REFUSED)
        return text_unexpected(parser);
    TRY(text_optional_id(parser, &symbol));
    while (named || parser->token.kind != TEXT_TOKEN_CLOSE) {
        TRY(text_value_type(parser, &parser->params));
        ++*count;
        if (names == TEXT_NAMES_BOUND)
            TRY(text_add_local(parser, symbol, place));
        if (named)
            break;
    }
    return text_expect_close(parser);
}

/* (param t*)* (result t*)* into parser->params and parser->results. */
static bool signature(struct text_parser *parser, enum text_param_names names, uint32_t *param_count,
                      uint32_t *result_count) {
    parser->params.size = 0;
    parser->results.size = 0;
    *param_count = 0;
    *result_count = 0;
    parser->params_width = text_at_open(parser, "param") ? parser->token.width : 0;
    while (text_take_open(parser, "param"))
        TRY(parameters(parser, names, param_count));
    parser->results_width = text_at_open(parser, "result") ? parser->token.width : 0;
    while (text_take_open(parser, "result")) {
        for (; parser->token.kind != TEXT_TOKEN_CLOSE; ++*result_count)
            TRY(text_value_type(parser, &parser->results));
        text_advance(parser);
    }
    /* They have an order, and nothing else begins like this. */
    if (text_at_open(parser, "param") || text_at_open(parser, "type")) {
        text_advance(parser);
        return text_unexpected(parser);
    }
    return true;
}

static void put_signature(struct text_parser *parser, uint32_t param_count, uint32_t result_count,
                          struct loader_writer *out) {
    loader_write_byte(out, TEXT_CODE_FUNCTION);
    text_put_u32(out, param_count, parser->params_width);
    loader_write_bytes(out, loader_written(&parser->params));
    text_put_u32(out, result_count, parser->results_width);
    loader_write_bytes(out, loader_written(&parser->results));
}

/* Appends to the list of types.  A plain function type can be found by type uses: the first one of its form. */
static bool add_type(struct text_parser *parser, struct text_type type, bool is_plain) {
    loader_write_bytes(&parser->type_list, vm_bytes(&type, sizeof type));
    if (parser->type_list.failed)
        return text_no_memory(parser);
    if (is_plain && type.kind == TEXT_TYPE_FUNCTION) {
        void **const value = text_map_put(&parser->type_index, &parser->arena, type.encoded);
        if (value == NULL)
            return text_no_memory(parser);
        if (*value == NULL) {
            uint32_t *const index = vm_arena_allocate(&parser->arena, 1, sizeof *index);
            if (index == NULL)
                return text_no_memory(parser);
            *index = parser->type_count;
            *value = index;
        }
    }
    parser->type_count++;
    return true;
}

/* The key of a struct's field: its type and its name. */
static bool field_key(struct text_parser *parser, uint32_t type, struct vm_bytes name, struct vm_bytes *key) {
    uint8_t *const bytes = vm_arena_allocate(&parser->arena, name.size + 4, 1);
    if (bytes == NULL)
        return text_no_memory(parser);
    vm_store_u32(bytes, type);
    memcpy(bytes + 4, name.data, name.size);
    *key = vm_bytes(bytes, name.size + 4);
    return true;
}

static bool name_field(struct text_parser *parser, const struct text_symbol *symbol, uint32_t field, size_t place) {
    struct vm_bytes key;
    TRY(field_key(parser, parser->type_count, symbol->name, &key));
    void **const value = text_map_put(&parser->fields, &parser->arena, key);
    if (value != NULL && *value != NULL)
        return text_fail(parser, place, "duplicate field $%.*s", symbol->name.size > 64 ? 64 : (int)symbol->name.size,
                         (const char *)symbol->name.data);
    uint32_t *const index = value == NULL ? NULL : vm_arena_allocate(&parser->arena, 1, sizeof *index);
    if (index == NULL)
        return text_no_memory(parser);
    *index = field;
    *value = index;
    return true;
}

bool text_field_index(struct text_parser *parser, uint32_t type, uint32_t *field, uint8_t *width) {
    if (parser->token.kind != TEXT_TOKEN_ID)
        return text_u32(parser, field, width);
    struct text_symbol *const symbol = text_symbol_of(parser, parser->token);
    struct vm_bytes key;
    TRY(symbol != NULL && field_key(parser, type, symbol->name, &key));
    const uint32_t *const index = text_map_find(&parser->fields, key);
    if (index == NULL)
        return text_fail(parser, parser->token.start, "unknown field");
    *field = *index;
    *width = parser->token.width;
    text_advance(parser);
    return true;
}

/* t, i8, i16 or one of them as (mut t).  Spec: text-fieldtype */
static bool storage_type(struct text_parser *parser, struct loader_writer *out) {
    const bool mutable = text_take_open(parser, "mut");
    if (!take_type(parser, find_type(parser, text_packed_types), out))
        TRY(text_value_type(parser, out));
    loader_write_byte(out, mutable);
    return !mutable || text_expect_close(parser);
}

static bool struct_type(struct text_parser *parser, struct loader_writer *out) {
    uint32_t count = 0;
    parser->params.size = 0;
    while (text_take_open(parser, "field")) {
        const size_t place = parser->token.start;
        struct text_symbol *symbol;
        TRY(text_optional_id(parser, &symbol));
        if (symbol != NULL) {
            TRY(name_field(parser, symbol, count, place));
            TRY(storage_type(parser, &parser->params));
            count++;
        } else
            for (; parser->token.kind != TEXT_TOKEN_CLOSE; count++)
                TRY(storage_type(parser, &parser->params));
        TRY(text_expect_close(parser));
    }
    loader_write_byte(out, TEXT_CODE_STRUCT);
    loader_write_unsigned(out, count);
    loader_write_bytes(out, loader_written(&parser->params));
    return true;
}

/* Spec: text-comptype.  Writes to out, and keeps a copy for comparisons. */
static bool composite_type(struct text_parser *parser, bool is_plain, struct loader_writer *out) {
    const size_t start = out->size;
    struct text_type type = {TEXT_TYPE_FUNCTION, 0, {NULL, 0}};
    if (text_take_open(parser, "func")) {
        uint32_t result_count;
        TRY(signature(parser, TEXT_NAMES_IGNORED, &type.param_count, &result_count));
        put_signature(parser, type.param_count, result_count, out);
    } else if (text_take_open(parser, "struct")) {
        type.kind = TEXT_TYPE_STRUCT;
        TRY(struct_type(parser, out));
    } else if (text_take_open(parser, "array")) {
        type.kind = TEXT_TYPE_ARRAY;
        loader_write_byte(out, TEXT_CODE_ARRAY);
        TRY(storage_type(parser, out));
    } else
        return text_expect_open(parser, "func");
    TRY(text_expect_close(parser));
    if (out->failed)
        return text_no_memory(parser);
    type.encoded = vm_arena_copy(&parser->arena, vm_bytes(out->data + start, out->size - start));
    if (type.encoded.data == NULL)
        return text_no_memory(parser);
    return add_type(parser, type, is_plain);
}

/* (type id? subtype) whose "(type" was taken.  Spec: text-subtype */
static bool type_definition(struct text_parser *parser, bool alone, struct loader_writer *out) {
    struct text_symbol *symbol;
    TRY(text_optional_id(parser, &symbol));
    const bool is_long = parser->token.width == 2; /* (@leb 2) */
    if (!text_take_open(parser, "sub")) {
        TRY(composite_type(parser, alone, out));
        return text_expect_close(parser);
    }
    const bool final = text_take_word(parser, "final");
    uint32_t count = 0;
    parser->scratch.size = 0;
    for (; text_at_index(parser); count++)
        TRY(text_put_index(parser, TEXT_SPACE_TYPE, &parser->scratch));
    const bool is_short = final && count == 0 && !is_long;
    if (!is_short) {
        loader_write_byte(out, final ? TEXT_CODE_SUB_FINAL : TEXT_CODE_SUB);
        loader_write_unsigned(out, count);
        loader_write_bytes(out, loader_written(&parser->scratch));
    }
    TRY(composite_type(parser, alone && is_short, out));
    TRY(text_expect_close(parser));
    return text_expect_close(parser);
}

bool text_type_field(struct text_parser *parser) {
    struct loader_writer *const out = &parser->sections[LOADER_SECTION_TYPE];
    parser->section_items[LOADER_SECTION_TYPE]++;
    if (text_take_open(parser, "type"))
        return type_definition(parser, true, out);
    TRY(text_expect_open(parser, "rec"));
    uint32_t count = 0;
    parser->body.size = 0;
    for (; text_take_open(parser, "type"); count++)
        TRY(type_definition(parser, false, &parser->body));
    loader_write_byte(out, TEXT_CODE_REC);
    loader_write_unsigned(out, count);
    loader_write_bytes(out, loader_written(&parser->body));
    return text_expect_close(parser);
}

bool text_type_use(struct text_parser *parser, struct text_type_use *use, enum text_param_names names) {
    *use = (struct text_type_use){0};
    use->has_index = text_take_open(parser, "type");
    if (use->has_index) {
        TRY(text_index(parser, TEXT_SPACE_TYPE, &use->index, &use->width));
        TRY(text_expect_close(parser));
    }
    return signature(parser, names, &use->param_count, &use->result_count);
}

bool text_resolve_type(struct text_parser *parser, struct text_type_use *use) {
    const bool is_inline = use->param_count + use->result_count != 0;
    const size_t place = parser->token.start;
    parser->scratch.size = 0;
    put_signature(parser, use->param_count, use->result_count, &parser->scratch);
    if (parser->scratch.failed)
        return text_no_memory(parser);
    if (use->has_index) {
        if (use->index >= parser->type_count)
            return !is_inline || text_fail(parser, place, "unknown type %u", (unsigned)use->index);
        const struct text_type *const type = &text_types(parser)[use->index];
        if (is_inline && !vm_bytes_equal(type->encoded, loader_written(&parser->scratch)))
            return text_fail(parser, place, "inline function type does not match type %u", (unsigned)use->index);
        use->param_count = type->param_count;
        return true;
    }
    const uint32_t *const index = text_map_find(&parser->type_index, loader_written(&parser->scratch));
    if (index != NULL) {
        use->index = *index;
        return true;
    }
    struct text_type type = {TEXT_TYPE_FUNCTION, use->param_count, {NULL, 0}};
    type.encoded = vm_arena_copy(&parser->arena, loader_written(&parser->scratch));
    if (type.encoded.data == NULL)
        return text_no_memory(parser);
    use->index = parser->type_count;
    parser->section_items[LOADER_SECTION_TYPE]++;
    loader_write_bytes(&parser->sections[LOADER_SECTION_TYPE], type.encoded);
    return add_type(parser, type, true);
}
