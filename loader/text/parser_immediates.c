/* loader/text/parser_immediates.c - what follows the name of an instruction, by the immediate column of
 * vm/opcodes.def.  Spec: text-instr */
#include "loader/text/number.h"
#include "loader/text/parser.h"

bool text_block_type(struct text_parser *parser, struct loader_writer *out) {
    struct text_type_use use;
    TRY(text_type_use(parser, &use, TEXT_NAMES_REFUSED));
    if (!use.has_index && use.param_count == 0 && use.result_count <= 1) {
        if (use.result_count == 0)
            loader_write_byte(out, 0x40);
        else
            loader_write_bytes(out, loader_written(&parser->results));
        return true;
    }
    TRY(text_resolve_type(parser, &use));
    loader_write_signed_padded(out, use.index, use.width);
    return true;
}

static bool put_label(struct text_parser *parser, struct loader_writer *out) {
    uint32_t index;
    uint8_t width;
    TRY(text_label_index(parser, &index, &width));
    text_put_u32(out, index, width);
    return true;
}

static bool label_table(struct text_parser *parser, struct loader_writer *out) {
    uint32_t count = 0;
    parser->scratch.size = 0;
    do {
        TRY(put_label(parser, &parser->scratch));
        count++;
    } while (text_at_index(parser));
    text_put_u32(out, count - 1, parser->op_width);
    loader_write_bytes(out, loader_written(&parser->scratch));
    return true;
}

/* An index that may be left out, and is 0 then. */
static bool optional_index(struct text_parser *parser, enum text_space space, uint32_t *index, uint8_t *width) {
    *index = 0;
    *width = 0;
    return !text_at_index(parser) || text_index(parser, space, index, width);
}

static bool put_optional_index(struct text_parser *parser, enum text_space space, struct loader_writer *out) {
    uint32_t index;
    uint8_t width;
    TRY(optional_index(parser, space, &index, &width));
    text_put_u32(out, index, width);
    return true;
}

/* Two indices of the same space, or none: both 0 then. */
static bool put_optional_pair(struct text_parser *parser, enum text_space space, struct loader_writer *out) {
    if (!text_at_index(parser)) {
        loader_write_byte(out, 0);
        loader_write_byte(out, 0);
        return true;
    }
    return text_put_index(parser, space, out) && text_put_index(parser, space, out);
}

/* "x? y" in the text, y x in the bytes: x is a memory or table, 0 if it is left out, and y a segment. */
static bool put_segment_and_home(struct text_parser *parser, enum text_space segment, enum text_space home,
                                 struct loader_writer *out) {
    const bool both = parser->next.kind == TEXT_TOKEN_ID ||
                      (parser->next.kind == TEXT_TOKEN_WORD && parser->lexer.source.data[parser->next.start] >= '0' &&
                       parser->lexer.source.data[parser->next.start] <= '9');
    uint32_t index = 0;
    uint8_t width = 0;
    if (text_at_index(parser) && both)
        TRY(text_index(parser, home, &index, &width));
    TRY(text_put_index(parser, segment, out));
    text_put_u32(out, index, width);
    return true;
}

/* "offset=N" and "align=N"; `present` says whether the word begins with the prefix. */
static bool argument(struct text_parser *parser, const char *prefix, bool *present, uint64_t *value, uint8_t *width) {
    const size_t size = strlen(prefix);
    const struct text_token token = parser->token;
    const struct vm_bytes word = text_token_bytes(&parser->lexer, token);
    *present = token.kind == TEXT_TOKEN_WORD && word.size > size && memcmp(word.data, prefix, size) == 0;
    if (!*present)
        return true;
    const bool narrow = parser->options.version == TEXT_2_0;
    switch (text_unsigned(vm_bytes(word.data + size, word.size - size), narrow ? UINT32_MAX : UINT64_MAX, value)) {
    case TEXT_NUMBER_GOOD:
        break;
    case TEXT_NUMBER_NONE:
        return text_unexpected(parser);
    case TEXT_NUMBER_RANGE:
        return text_fail(parser, token.start, narrow ? "i32 constant out of range" : "i64 constant out of range");
    }
    *width = token.width;
    text_advance(parser);
    return true;
}

static bool starts_memory_argument(const struct text_parser *parser, struct text_token token) {
    const struct vm_bytes word = text_token_bytes(&parser->lexer, token);
    return token.kind == TEXT_TOKEN_WORD && ((word.size > 7 && memcmp(word.data, "offset=", 7) == 0) ||
                                             (word.size > 6 && memcmp(word.data, "align=", 6) == 0));
}

/* x? offset=N? align=N?.  Spec: text-memarg, binary-memarg */
static bool memory_argument(struct text_parser *parser, uint32_t natural, bool has_memory, struct loader_writer *out) {
    uint32_t memory = 0, exponent = natural;
    uint64_t offset = 0, align;
    uint8_t memory_width = 0, offset_width = 0, align_width = 0;
    bool present;
    if (has_memory)
        TRY(optional_index(parser, TEXT_SPACE_MEMORY, &memory, &memory_width));
    TRY(argument(parser, "offset=", &present, &offset, &offset_width));
    const size_t place = parser->token.start;
    TRY(argument(parser, "align=", &present, &align, &align_width));
    if (present) {
        if (align == 0 || (align & (align - 1)) != 0)
            return text_fail(parser, place, "alignment must be a power of two");
        for (exponent = 0; align > 1; align >>= 1)
            exponent++;
    }
    const bool explicit_memory = memory != 0 || memory_width != 0;
    text_put_u32(out, exponent | (explicit_memory ? 0x40U : 0), align_width);
    if (explicit_memory)
        text_put_u32(out, memory, memory_width);
    text_put_u32(out, offset, offset_width);
    return true;
}

static const char *lane_words(const struct text_parser *parser) {
    return parser->options.version == TEXT_2_0 ? "malformed lane index" : "i8 constant out of range";
}

static bool put_lane(struct text_parser *parser, struct loader_writer *out) {
    uint64_t lane;
    uint8_t width;
    TRY(text_number(parser, 255, lane_words(parser), &lane, &width));
    loader_write_byte(out, (uint8_t)lane);
    return true;
}

/* A memory index may stand before the rest; a lone number is the lane. */
static bool memory_argument_and_lane(struct text_parser *parser, uint32_t natural, struct loader_writer *out) {
    const uint8_t follows =
        parser->next.kind == TEXT_TOKEN_WORD ? parser->lexer.source.data[parser->next.start] : (uint8_t)0;
    const bool has_memory = parser->token.kind == TEXT_TOKEN_ID || starts_memory_argument(parser, parser->next) ||
                            (follows >= '0' && follows <= '9');
    TRY(memory_argument(parser, natural, has_memory && text_at_index(parser), out));
    return put_lane(parser, out);
}

/* Sixteen lanes; in this place any other number is one out of range, too. */
static bool put_shuffle(struct text_parser *parser, struct loader_writer *out) {
    for (int lane = 0; lane < 16; lane++) {
        if (!text_at_number(parser))
            return text_is_unknown(parser) ? text_unexpected(parser)
                                           : text_fail(parser, parser->token.start, "invalid lane length");
        uint64_t value;
        if (text_unsigned(text_token_bytes(&parser->lexer, parser->token), 255, &value) != TEXT_NUMBER_GOOD)
            return text_fail(parser, parser->token.start, "%s", lane_words(parser));
        loader_write_byte(out, (uint8_t)value);
        text_advance(parser);
    }
    return !text_at_number(parser) || text_fail(parser, parser->token.start, "invalid lane length");
}

static bool put_float(struct text_parser *parser, unsigned bits, struct loader_writer *out) {
    uint64_t value;
    TRY(text_literal(parser, bits, true, &value));
    for (unsigned byte = 0; byte < bits / 8; byte++)
        loader_write_byte(out, (uint8_t)(value >> (8 * byte)));
    return true;
}

/* x? typeuse in the text, type then table in the bytes.  Spec: text-call_indirect */
static bool type_and_table(struct text_parser *parser, struct loader_writer *out) {
    uint32_t table;
    uint8_t width;
    struct text_type_use use;
    TRY(optional_index(parser, TEXT_SPACE_TABLE, &table, &width));
    TRY(text_type_use(parser, &use, TEXT_NAMES_REFUSED));
    TRY(text_resolve_type(parser, &use));
    text_put_u32(out, use.index, use.width);
    text_put_u32(out, table, width);
    return true;
}

/* (result t*)* behind a `select` that has it. */
static bool select_types(struct text_parser *parser, struct loader_writer *out) {
    uint32_t count = 0;
    parser->results.size = 0;
    while (text_take_open(parser, "result")) {
        for (; parser->token.kind != TEXT_TOKEN_CLOSE; count++)
            TRY(text_value_type(parser, &parser->results));
        text_advance(parser);
    }
    text_put_u32(out, count, parser->op_width);
    loader_write_bytes(out, loader_written(&parser->results));
    return true;
}

/* A block type, then (catch x l)*, (catch_all l)* and their _ref forms; the labels are those around the block.
 * Spec: text-catch */
static bool try_table(struct text_parser *parser, struct loader_writer *out) {
    static const char *const clauses[] = {"catch", "catch_ref", "catch_all", "catch_all_ref"};
    uint32_t count = 0;
    TRY(text_block_type(parser, out));
    parser->scratch.size = 0;
    for (uint8_t code = 0; code < 4;) {
        if (!text_take_open(parser, clauses[code])) {
            code++;
            continue;
        }
        loader_write_byte(&parser->scratch, code);
        if (code < 2)
            TRY(text_put_index(parser, TEXT_SPACE_TAG, &parser->scratch));
        TRY(put_label(parser, &parser->scratch));
        TRY(text_expect_close(parser));
        count++;
        code = 0;
    }
    loader_write_unsigned(out, count);
    loader_write_bytes(out, loader_written(&parser->scratch));
    return true;
}

/* Label and two reference types: flags, label, heap type, heap type.  Spec: binary-br_on_cast */
static bool branch_cast(struct text_parser *parser, struct loader_writer *out) {
    uint32_t label;
    uint8_t width;
    bool nullable[2];
    TRY(text_label_index(parser, &label, &width));
    parser->scratch.size = 0;
    TRY(text_nullable_type(parser, &nullable[0], &parser->scratch));
    TRY(text_nullable_type(parser, &nullable[1], &parser->scratch));
    loader_write_byte(out, (uint8_t)(nullable[0] | nullable[1] << 1));
    text_put_u32(out, label, width);
    loader_write_bytes(out, loader_written(&parser->scratch));
    return true;
}

static bool type_and_field(struct text_parser *parser, struct loader_writer *out) {
    uint32_t type, field;
    uint8_t type_width, field_width;
    TRY(text_index(parser, TEXT_SPACE_TYPE, &type, &type_width));
    TRY(text_field_index(parser, type, &field, &field_width));
    text_put_u32(out, type, type_width);
    text_put_u32(out, field, field_width);
    return true;
}

static bool put_plain_u32(struct text_parser *parser, struct loader_writer *out) {
    uint32_t value;
    uint8_t width;
    TRY(text_u32(parser, &value, &width));
    text_put_u32(out, value, width);
    return true;
}

static bool put_local(struct text_parser *parser, struct loader_writer *out) {
    if (parser->token.kind != TEXT_TOKEN_ID)
        return put_plain_u32(parser, out);
    const struct text_symbol *const symbol = text_symbol_of(parser, parser->token);
    TRY(symbol != NULL);
    if (symbol->local == 0 || symbol->local_owner != parser->function + 1)
        return text_fail(parser, parser->token.start, "unknown local $%.*s",
                         symbol->name.size > 64 ? 64 : (int)symbol->name.size, (const char *)symbol->name.data);
    text_put_u32(out, symbol->local - 1, parser->token.width);
    text_advance(parser);
    return true;
}

/* Of two rows with one name, the one that the text means; then what precedes the immediates proper. */
static bool reference_test(struct text_parser *parser, uint32_t op, struct loader_writer *out) {
    bool nullable;
    parser->scratch.size = 0;
    TRY(text_nullable_type(parser, &nullable, &parser->scratch));
    loader_write_code_padded(out, vm_opcodes[op + nullable].code, parser->op_width);
    loader_write_bytes(out, loader_written(&parser->scratch));
    return true;
}

bool text_immediates(struct text_parser *parser, uint32_t op, struct loader_writer *out) {
    if (op == VM_OP_REF_TEST || op == VM_OP_REF_CAST)
        return reference_test(parser, op, out);
    if (op == VM_OP_SELECT && text_at_open(parser, "result"))
        op = VM_OP_SELECT_TYPED;
    if (op != VM_OP_TRY_TABLE) /* its code is written with those of the other blocks */
        loader_write_code_padded(out, vm_opcodes[op].code, parser->op_width);
    switch ((enum vm_immediate)vm_opcodes[op].immediate) {
    case VM_IMM_NONE:
        return true;
    case VM_IMM_BLOCK:
        return text_block_type(parser, out);
    case VM_IMM_LABEL:
        return put_label(parser, out);
    case VM_IMM_LABEL_TABLE:
        return label_table(parser, out);
    case VM_IMM_FUNCTION:
        return text_put_index(parser, TEXT_SPACE_FUNCTION, out);
    case VM_IMM_TYPE:
        return text_put_index(parser, TEXT_SPACE_TYPE, out);
    case VM_IMM_TYPE_TABLE:
        return type_and_table(parser, out);
    case VM_IMM_LOCAL:
        return put_local(parser, out);
    case VM_IMM_GLOBAL:
        return text_put_index(parser, TEXT_SPACE_GLOBAL, out);
    case VM_IMM_TABLE:
        return put_optional_index(parser, TEXT_SPACE_TABLE, out);
    case VM_IMM_TABLE_TABLE:
        return put_optional_pair(parser, TEXT_SPACE_TABLE, out);
    case VM_IMM_ELEMENT:
        return text_put_index(parser, TEXT_SPACE_ELEMENT, out);
    case VM_IMM_ELEMENT_TABLE:
        return put_segment_and_home(parser, TEXT_SPACE_ELEMENT, TEXT_SPACE_TABLE, out);
    case VM_IMM_MEMORY:
        return put_optional_index(parser, TEXT_SPACE_MEMORY, out);
    case VM_IMM_MEMORY_MEMORY:
        return put_optional_pair(parser, TEXT_SPACE_MEMORY, out);
    case VM_IMM_DATA:
        parser->needs_data_count = parser->needs_data_count || parser->in_body;
        return text_put_index(parser, TEXT_SPACE_DATA, out);
    case VM_IMM_DATA_MEMORY:
        parser->needs_data_count = parser->needs_data_count || parser->in_body;
        return put_segment_and_home(parser, TEXT_SPACE_DATA, TEXT_SPACE_MEMORY, out);
    case VM_IMM_MEMARG:
        return memory_argument(parser, vm_opcodes[op].align, true, out);
    case VM_IMM_MEMARG_LANE:
        return memory_argument_and_lane(parser, vm_opcodes[op].align, out);
    case VM_IMM_I32:
        return text_put_integer(parser, 32, out);
    case VM_IMM_I64:
        return text_put_integer(parser, 64, out);
    case VM_IMM_F32:
        return put_float(parser, 32, out);
    case VM_IMM_F64:
        return put_float(parser, 64, out);
    case VM_IMM_V128:
        return text_put_vector(parser, out);
    case VM_IMM_LANE:
        return put_lane(parser, out);
    case VM_IMM_SHUFFLE:
        return put_shuffle(parser, out);
    case VM_IMM_BYTE:
        loader_write_byte(out, 0);
        return true;
    case VM_IMM_SELECT_TYPES:
        return select_types(parser, out);
    case VM_IMM_HEAP_TYPE:
        return text_heap_type(parser, out);
    case VM_IMM_TAG:
        return text_put_index(parser, TEXT_SPACE_TAG, out);
    case VM_IMM_TRY_TABLE:
        return try_table(parser, out);
    case VM_IMM_TYPE_FIELD:
        return type_and_field(parser, out);
    case VM_IMM_TYPE_COUNT:
        return text_put_index(parser, TEXT_SPACE_TYPE, out) && put_plain_u32(parser, out);
    case VM_IMM_TYPE_DATA:
        parser->needs_data_count = parser->needs_data_count || parser->in_body;
        return text_put_index(parser, TEXT_SPACE_TYPE, out) && text_put_index(parser, TEXT_SPACE_DATA, out);
    case VM_IMM_TYPE_ELEMENT:
        return text_put_index(parser, TEXT_SPACE_TYPE, out) && text_put_index(parser, TEXT_SPACE_ELEMENT, out);
    case VM_IMM_TYPE_TYPE:
        return text_put_index(parser, TEXT_SPACE_TYPE, out) && text_put_index(parser, TEXT_SPACE_TYPE, out);
    case VM_IMM_BRANCH_CAST:
        return branch_cast(parser, out);
    }
    return text_unexpected(parser);
}
