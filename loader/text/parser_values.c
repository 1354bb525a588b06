/* loader/text/parser_values.c - identifiers, indices, strings and literals.  Spec: text-values */
#include "loader/text/number.h"
#include "loader/text/parser.h"

/* Words for what an identifier names, as the suite has them behind "unknown" and "duplicate". */
const char *text_space_name(enum text_space space) {
    static const char *const names[TEXT_SPACE_COUNT] = {
        "type", "func", "table", "memory", "global", "tag", "elem segment", "data segment",
    };
    return names[space];
}

struct text_symbol *text_symbol_of(struct text_parser *parser, struct text_token token) {
    const struct vm_bytes bytes = text_token_bytes(&parser->lexer, token);
    struct vm_bytes name = vm_bytes(bytes.data + 1, bytes.size - 1);
    if (name.data[0] == '"') {
        uint8_t *const content = vm_arena_allocate(&parser->arena, name.size, 1);
        if (content == NULL) {
            text_no_memory(parser);
            return NULL;
        }
        name = vm_bytes(content, text_string_content(name, content));
    }
    void **const value = text_map_put(&parser->symbols, &parser->arena, name);
    if (value != NULL && *value == NULL) {
        struct text_symbol *const symbol = vm_arena_allocate(&parser->arena, 1, sizeof *symbol);
        if (symbol != NULL)
            symbol->name = name;
        *value = symbol;
    }
    if (value == NULL || *value == NULL) {
        text_no_memory(parser);
        return NULL;
    }
    return *value;
}

bool text_optional_id(struct text_parser *parser, struct text_symbol **symbol) {
    *symbol = NULL;
    if (parser->token.kind != TEXT_TOKEN_ID)
        return true;
    *symbol = text_symbol_of(parser, parser->token);
    text_advance(parser);
    return *symbol != NULL;
}

bool text_string(struct text_parser *parser, struct loader_writer *out) {
    if (parser->token.kind != TEXT_TOKEN_STRING)
        return text_unexpected(parser);
    const struct vm_bytes token = text_token_bytes(&parser->lexer, parser->token);
    uint8_t *const room = loader_writer_room(out, token.size);
    if (room == NULL)
        return text_no_memory(parser);
    out->size += text_string_content(token, room);
    text_advance(parser);
    return true;
}

void text_put_u32(struct loader_writer *out, uint64_t value, uint8_t width) {
    loader_write_unsigned_padded(out, value, width);
}

bool text_name(struct text_parser *parser, struct loader_writer *out) {
    const struct text_token token = parser->token;
    parser->scratch.size = 0;
    TRY(text_string(parser, &parser->scratch));
    if (!text_is_utf8(loader_written(&parser->scratch)))
        return text_fail(parser, token.start, "malformed UTF-8 encoding");
    text_put_u32(out, parser->scratch.size, token.width);
    loader_write_bytes(out, loader_written(&parser->scratch));
    return true;
}

bool text_number(struct text_parser *parser, uint64_t maximum, const char *range_words, uint64_t *value,
                 uint8_t *width) {
    if (parser->token.kind != TEXT_TOKEN_WORD)
        return text_unexpected(parser);
    switch (text_unsigned(text_token_bytes(&parser->lexer, parser->token), maximum, value)) {
    case TEXT_NUMBER_GOOD:
        break;
    case TEXT_NUMBER_NONE:
        return text_unexpected(parser);
    case TEXT_NUMBER_RANGE:
        return text_fail(parser, parser->token.start, "%s", range_words);
    }
    *width = parser->token.width;
    text_advance(parser);
    return true;
}

bool text_u32(struct text_parser *parser, uint32_t *value, uint8_t *width) {
    uint64_t wide = 0;
    TRY(text_number(parser, UINT32_MAX, "i32 constant out of range", &wide, width));
    *value = (uint32_t)wide;
    return true;
}

bool text_index(struct text_parser *parser, enum text_space space, uint32_t *index, uint8_t *width) {
    if (parser->token.kind != TEXT_TOKEN_ID)
        return text_u32(parser, index, width);
    const struct text_token token = parser->token;
    struct text_symbol *const symbol = text_symbol_of(parser, token);
    if (symbol == NULL)
        return false;
    if (symbol->index[space] == 0)
        return text_fail(parser, token.start, "unknown %s $%.*s",
                         space == TEXT_SPACE_FUNCTION ? "function" : text_space_name(space),
                         symbol->name.size > 64 ? 64 : (int)symbol->name.size, (const char *)symbol->name.data);
    *index = symbol->index[space] - 1;
    *width = token.width;
    text_advance(parser);
    return true;
}

bool text_put_index(struct text_parser *parser, enum text_space space, struct loader_writer *out) {
    uint32_t index = 0;
    uint8_t width = 0;
    TRY(text_index(parser, space, &index, &width));
    text_put_u32(out, index, width);
    return true;
}

bool text_literal(struct text_parser *parser, unsigned bits, bool is_float, uint64_t *value) {
    if (parser->token.kind != TEXT_TOKEN_WORD)
        return text_unexpected(parser);
    const struct vm_bytes word = text_token_bytes(&parser->lexer, parser->token);
    switch (is_float ? text_float(word, bits, value) : text_integer(word, bits, value)) {
    case TEXT_NUMBER_GOOD:
        text_advance(parser);
        return true;
    case TEXT_NUMBER_NONE:
        return text_unexpected(parser);
    case TEXT_NUMBER_RANGE:
        break;
    }
    return text_fail(parser, parser->token.start, "constant out of range");
}

bool text_put_integer(struct text_parser *parser, unsigned bits, struct loader_writer *out) {
    const uint8_t width = parser->token.width;
    uint64_t value;
    TRY(text_literal(parser, bits, false, &value));
    /* Sign extension without a conversion that C leaves to the compiler. */
    const uint64_t sign = UINT64_C(1) << (bits - 1);
    const int64_t number = (value & sign) == 0 ? (int64_t)value : -(int64_t)((UINT64_MAX >> (64 - bits)) - value) - 1;
    loader_write_signed_padded(out, number, width);
    return true;
}

bool text_at_number(const struct text_parser *parser) {
    return parser->token.kind == TEXT_TOKEN_WORD && text_is_number(text_token_bytes(&parser->lexer, parser->token));
}

bool text_put_vector(struct text_parser *parser, struct loader_writer *out) {
    static const struct {
        const char *name;
        unsigned lanes;
        bool is_float;
    } shapes[] = {
        {"i8x16", 16, false}, {"i16x8", 8, false}, {"i32x4", 4, false},
        {"i64x2", 2, false},  {"f32x4", 4, true},  {"f64x2", 2, true},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (!text_take_word(parser, shapes[i].name))
            continue;
        const unsigned lanes = shapes[i].lanes, bits = 128 / lanes;
        struct text_token literals[16];
        unsigned count = 0;
        for (; text_at_number(parser); text_advance(parser), count++)
            if (count < lanes)
                literals[count] = parser->token;
        if (text_is_unknown(parser))
            return text_unexpected(parser);
        if (count != lanes)
            return text_fail(parser, parser->token.start, "wrong number of lane literals");
        for (unsigned lane = 0; lane < lanes; lane++) {
            uint64_t value = 0;
            const struct vm_bytes word = text_token_bytes(&parser->lexer, literals[lane]);
            const enum text_number status =
                shapes[i].is_float ? text_float(word, bits, &value) : text_integer(word, bits, &value);
            if (status == TEXT_NUMBER_NONE)
                return text_fail(parser, literals[lane].start, "unexpected token");
            if (status == TEXT_NUMBER_RANGE)
                return text_fail(parser, literals[lane].start, "constant out of range");
            for (unsigned byte = 0; byte < bits / 8; byte++)
                loader_write_byte(out, (uint8_t)(value >> (8 * byte)));
        }
        return true;
    }
    return text_unexpected(parser);
}
