/* loader/text/script_values.c - arguments and result patterns of test scripts. */
#include "loader/text/number.h"
#include "loader/text/parser.h"
#include "loader/text/script.h"

/* While they are read, values are a list. */
struct item {
    struct item *next;
    struct text_value value;
};

/* A float literal, or nan:canonical or nan:arithmetic. */
static bool float_pattern(struct text_parser *parser, unsigned bits, uint64_t *value, enum text_nan *nan) {
    *value = 0;
    *nan = TEXT_NAN_NONE;
    if (text_take_word(parser, "nan:canonical"))
        *nan = TEXT_NAN_CANONICAL;
    else if (text_take_word(parser, "nan:arithmetic"))
        *nan = TEXT_NAN_ARITHMETIC;
    else
        return text_literal(parser, bits, true, value);
    return true;
}

static bool vector_pattern(struct text_parser *parser, struct text_value *value) {
    static const struct {
        const char *word;
        unsigned lanes;
        bool is_float;
    } shapes[] = {
        [TEXT_I8X16] = {"i8x16", 16, false}, [TEXT_I16X8] = {"i16x8", 8, false}, [TEXT_I32X4] = {"i32x4", 4, false},
        [TEXT_I64X2] = {"i64x2", 2, false},  [TEXT_F32X4] = {"f32x4", 4, true},  [TEXT_F64X2] = {"f64x2", 2, true},
    };
    for (enum text_shape shape = 0; shape < sizeof shapes / sizeof *shapes; shape++) {
        if (!text_take_word(parser, shapes[shape].word))
            continue;
        const unsigned bits = 128 / shapes[shape].lanes;
        value->shape = shape;
        for (unsigned lane = 0; lane < shapes[shape].lanes; lane++) {
            uint64_t number;
            if (shapes[shape].is_float)
                TRY(float_pattern(parser, bits, &number, &value->lane_nan[lane]));
            else
                TRY(text_literal(parser, bits, false, &number));
            for (unsigned byte = 0; byte < bits / 8; byte++)
                value->vector[lane * (bits / 8) + byte] = (uint8_t)(number >> (8 * byte));
        }
        return true;
    }
    return text_unexpected(parser);
}

static struct vm_bytes take_bytes(struct text_parser *parser) {
    const struct vm_bytes bytes = text_token_bytes(&parser->lexer, parser->token);
    text_advance(parser);
    return bytes;
}

/* Behind "ref.". */
static bool reference(struct text_parser *parser, struct vm_bytes kind, struct text_value *value) {
    uint8_t width;
    value->kind = TEXT_REF_OTHER;
    value->heap_type = kind;
    if (vm_bytes_equal(kind, vm_bytes_of_text("null"))) {
        value->kind = TEXT_REF_NULL;
        value->heap_type = (struct vm_bytes){NULL, 0};
        if (parser->token.kind == TEXT_TOKEN_WORD || parser->token.kind == TEXT_TOKEN_ID)
            value->heap_type = take_bytes(parser);
    } else if (vm_bytes_equal(kind, vm_bytes_of_text("func"))) {
        value->kind = TEXT_REF_FUNC;
        if (text_at_index(parser))
            text_advance(parser);
    } else if (vm_bytes_equal(kind, vm_bytes_of_text("extern")) || vm_bytes_equal(kind, vm_bytes_of_text("host"))) {
        value->kind = kind.data[0] == 'e' ? TEXT_REF_EXTERN : TEXT_REF_HOST;
        value->has_number = text_at_index(parser);
        if (value->has_number)
            TRY(text_number(parser, UINT64_MAX, "i64 constant out of range", &value->bits, &width));
    }
    return true;
}

/* One value whose parenthesis was taken; `either` is left to the caller. */
static bool value_inside(struct text_parser *parser, struct text_value *value) {
    if (text_take_word(parser, "i32.const")) {
        value->kind = TEXT_I32;
        return text_literal(parser, 32, false, &value->bits);
    }
    if (text_take_word(parser, "i64.const")) {
        value->kind = TEXT_I64;
        return text_literal(parser, 64, false, &value->bits);
    }
    if (text_take_word(parser, "f32.const")) {
        value->kind = TEXT_F32;
        return float_pattern(parser, 32, &value->bits, &value->nan);
    }
    if (text_take_word(parser, "f64.const")) {
        value->kind = TEXT_F64;
        return float_pattern(parser, 64, &value->bits, &value->nan);
    }
    if (text_take_word(parser, "v128.const")) {
        value->kind = TEXT_V128;
        return vector_pattern(parser, value);
    }
    const struct vm_bytes word = text_token_bytes(&parser->lexer, parser->token);
    if (parser->token.kind != TEXT_TOKEN_WORD || word.size <= 4 || memcmp(word.data, "ref.", 4) != 0)
        return text_unexpected(parser);
    text_advance(parser);
    return reference(parser, vm_bytes(word.data + 4, word.size - 4), value);
}

/* The list as an array. */
static bool gather(struct text_parser *parser, const struct item *items, uint32_t *count,
                   const struct text_value **values) {
    *count = 0;
    for (const struct item *item = items; item != NULL; item = item->next)
        ++*count;
    struct text_value *const array = vm_arena_allocate(&parser->arena, *count, sizeof *array);
    if (array == NULL)
        return text_no_memory(parser);
    for (size_t i = 0; items != NULL; items = items->next)
        array[i++] = items->value;
    *values = array;
    return true;
}

/* Values up to a closing parenthesis.  `either` may not hold another `either`. */
static bool read_values(struct text_parser *parser, bool inside, uint32_t *count, const struct text_value **values) {
    struct item *first = NULL, **end = &first;
    while (parser->token.kind == TEXT_TOKEN_OPEN) {
        struct item *const item = vm_arena_allocate(&parser->arena, 1, sizeof *item);
        if (item == NULL)
            return text_no_memory(parser);
        *end = item;
        end = &item->next;
        text_advance(parser);
        if (!inside && text_take_word(parser, "either")) {
            item->value.kind = TEXT_EITHER;
            TRY(read_values(parser, true, &item->value.alternative_count, &item->value.alternatives));
        } else
            TRY(value_inside(parser, &item->value));
        TRY(text_expect_close(parser));
    }
    return gather(parser, first, count, values);
}

bool text_values(struct text_parser *parser, uint32_t *count, const struct text_value **values) {
    return read_values(parser, false, count, values);
}
