/* loader/text/parser_code.c - sequences of instructions, flat and folded, without recursion.
 *
 * Every construct that is open has a frame.  A folded plain instruction is encoded when it is met, but its bytes wait
 * in parser->pending until its operands are written, so each byte is moved at most once more.  Spec: text-instr */
#include "loader/text/parser.h"

enum frame_kind {
    FRAME_BLOCK,          /* block, loop, try_table ... end */
    FRAME_IF,             /* if ... else or end */
    FRAME_ELSE,           /* else ... end */
    FRAME_FOLDED,         /* (op operand*) */
    FRAME_FOLDED_BLOCK,   /* (block ...), (loop ...), (try_table ...) */
    FRAME_FOLDED_IF,      /* (if condition* ...: the header waits in pending */
    FRAME_FOLDED_THEN,    /* inside (then ...) */
    FRAME_FOLDED_BETWEEN, /* behind (then ...) */
    FRAME_FOLDED_ELSE,    /* inside (else ...) */
    FRAME_FOLDED_AFTER,   /* behind (else ...) */
};

static size_t frame_count(const struct text_parser *parser) {
    return parser->frames.size / sizeof(struct text_frame);
}

/* The innermost frame, NULL if there is none above `base`. */
static struct text_frame *top_frame(struct text_parser *parser, size_t base) {
    const size_t count = frame_count(parser);
    return count == base ? NULL : (struct text_frame *)(void *)parser->frames.data + (count - 1);
}

static bool push_frame(struct text_parser *parser, enum frame_kind kind, struct text_symbol *label, size_t pending) {
    struct text_frame frame;
    memset(&frame, 0, sizeof frame);
    frame.kind = (uint8_t)kind;
    frame.label = label;
    frame.pending = pending;
    loader_write_bytes(&parser->frames, vm_bytes(&frame, sizeof frame));
    return !parser->frames.failed || text_no_memory(parser);
}

static void pop_frame(struct text_parser *parser) {
    parser->frames.size -= sizeof(struct text_frame);
}

static uint32_t label_count(const struct text_parser *parser) {
    return (uint32_t)(parser->labels.size / sizeof(struct text_label));
}

static bool push_label(struct text_parser *parser, struct text_symbol *symbol) {
    struct text_label label;
    memset(&label, 0, sizeof label);
    label.symbol = symbol;
    label.hidden = symbol == NULL ? 0 : symbol->label;
    loader_write_bytes(&parser->labels, vm_bytes(&label, sizeof label));
    if (parser->labels.failed)
        return text_no_memory(parser);
    if (symbol != NULL)
        symbol->label = label_count(parser);
    return true;
}

static void pop_label(struct text_parser *parser) {
    parser->labels.size -= sizeof(struct text_label);
    const struct text_label *const label = (const void *)(parser->labels.data + parser->labels.size);
    if (label->symbol != NULL)
        label->symbol->label = label->hidden;
}

bool text_label_index(struct text_parser *parser, uint32_t *index, uint8_t *width) {
    if (parser->token.kind != TEXT_TOKEN_ID)
        return text_u32(parser, index, width);
    const struct text_symbol *const symbol = text_symbol_of(parser, parser->token);
    TRY(symbol != NULL);
    if (symbol->label == 0)
        return text_fail(parser, parser->token.start, "unknown label $%.*s",
                         symbol->name.size > 64 ? 64 : (int)symbol->name.size, (const char *)symbol->name.data);
    *index = label_count(parser) - symbol->label;
    *width = parser->token.width;
    text_advance(parser);
    return true;
}

/* The instruction of that name, VM_OP_COUNT if there is none. */
uint32_t text_op(struct text_parser *parser, struct text_token token) {
    if (token.kind != TEXT_TOKEN_WORD)
        return VM_OP_COUNT;
    const struct vm_bytes word = text_token_bytes(&parser->lexer, token);
    const size_t slot =
        (word.size * 5 + word.data[word.size - 1] * 3U + word.data[word.size / 2] * 7U + word.data[0]) % 64;
    if (!vm_bytes_equal(parser->op_cache_text[slot], word)) {
        parser->op_cache[slot] = (uint16_t)vm_op_by_text((const char *)word.data, word.size);
        parser->op_cache_text[slot] = word;
    }
    return parser->op_cache[slot];
}

/* Folded instructions write to `pending`, so that operands come first; others to where the expression goes. */
static bool block_header(struct text_parser *parser, uint32_t op, struct loader_writer *out,
                         struct text_symbol **label) {
    text_advance(parser);
    TRY(text_optional_id(parser, label));
    loader_write_code(out, vm_opcodes[op].code);
    return vm_opcodes[op].immediate == VM_IMM_TRY_TABLE ? text_immediates(parser, op, out)
                                                        : text_block_type(parser, out);
}

static bool is_block(uint32_t op) {
    return op != VM_OP_COUNT &&
           (vm_opcodes[op].immediate == VM_IMM_BLOCK || vm_opcodes[op].immediate == VM_IMM_TRY_TABLE);
}

/* A label repeated behind `else` or `end` must be that of the block.  Spec: text-instr-control */
static bool check_label(struct text_parser *parser, const struct text_frame *frame) {
    if (parser->token.kind != TEXT_TOKEN_ID)
        return true;
    const size_t place = parser->token.start;
    const struct text_symbol *const block = frame->label;
    struct text_symbol *symbol;
    TRY(text_optional_id(parser, &symbol));
    return symbol == block || text_fail(parser, place, "mismatching label");
}

/* `else`, `end`, and the block-structured instructions of the old exception proposal. */
static bool structure(struct text_parser *parser, uint32_t op, size_t base) {
    struct text_frame *const frame = top_frame(parser, base);
    if (frame == NULL || frame->kind > FRAME_ELSE)
        return text_unexpected(parser);
    if (op == VM_OP_ELSE && frame->kind != FRAME_IF)
        return text_unexpected(parser);
    text_advance(parser);
    if (op == VM_OP_DELEGATE) {
        pop_label(parser);
        pop_frame(parser);
        return text_immediates(parser, op, parser->out);
    }
    TRY(check_label(parser, frame));
    loader_write_code(parser->out, vm_opcodes[op].code);
    if (op == VM_OP_ELSE) {
        frame->kind = FRAME_ELSE;
        return true;
    }
    pop_label(parser);
    pop_frame(parser);
    return true;
}

/* One instruction that is not in parentheses, or the opening of a block. */
static bool flat(struct text_parser *parser, size_t base) {
    const uint32_t op = text_op(parser, parser->token);
    const struct text_frame *const frame = top_frame(parser, base);
    if (op == VM_OP_COUNT ||
        (frame != NULL && (frame->kind == FRAME_FOLDED || frame->kind == FRAME_FOLDED_IF ||
                           frame->kind == FRAME_FOLDED_BETWEEN || frame->kind == FRAME_FOLDED_AFTER)))
        return text_unexpected(parser);
    if (op == VM_OP_ELSE || op == VM_OP_END || op == VM_OP_DELEGATE)
        return structure(parser, op, base);
    if (is_block(op)) {
        struct text_symbol *label;
        TRY(block_header(parser, op, parser->out, &label));
        return push_label(parser, label) && push_frame(parser, op == VM_OP_IF ? FRAME_IF : FRAME_BLOCK, label, 0);
    }
    parser->op_width = parser->token.width;
    text_advance(parser);
    return text_immediates(parser, op, parser->out);
}

/* Writes what waits since `start`. */
static void flush_pending(struct text_parser *parser, size_t start) {
    if (parser->pending.size == start)
        return; /* only if the bytes were lost for want of memory */
    loader_write_bytes(parser->out, vm_bytes(parser->pending.data + start, parser->pending.size - start));
    parser->pending.size = start;
}

/* A parenthesis opens: a folded instruction, or an arm of a folded if. */
static bool open_folded(struct text_parser *parser, size_t base) {
    struct text_frame *const frame = top_frame(parser, base);
    if (frame != NULL && frame->kind == FRAME_FOLDED_IF && text_take_open(parser, "then")) {
        flush_pending(parser, frame->pending);
        frame->kind = FRAME_FOLDED_THEN;
        return push_label(parser, frame->label);
    }
    if (frame != NULL && frame->kind == FRAME_FOLDED_BETWEEN && text_take_open(parser, "else")) {
        loader_write_code(parser->out, vm_opcodes[VM_OP_ELSE].code);
        frame->kind = FRAME_FOLDED_ELSE;
        return true;
    }
    if (frame != NULL && (frame->kind == FRAME_FOLDED_BETWEEN || frame->kind == FRAME_FOLDED_AFTER))
        return text_unexpected(parser);
    text_advance(parser);
    const uint32_t op = text_op(parser, parser->token);
    if (op == VM_OP_COUNT || op == VM_OP_ELSE || op == VM_OP_END || op == VM_OP_TRY || op == VM_OP_DELEGATE ||
        op == VM_OP_CATCH || op == VM_OP_CATCH_ALL)
        return text_unexpected(parser);
    const size_t pending = parser->pending.size;
    if (is_block(op)) {
        struct text_symbol *label;
        const bool is_if = op == VM_OP_IF;
        TRY(block_header(parser, op, is_if ? &parser->pending : parser->out, &label));
        if (!is_if)
            TRY(push_label(parser, label));
        return push_frame(parser, is_if ? FRAME_FOLDED_IF : FRAME_FOLDED_BLOCK, label, pending);
    }
    parser->op_width = parser->token.width;
    text_advance(parser);
    TRY(text_immediates(parser, op, &parser->pending));
    return push_frame(parser, FRAME_FOLDED, NULL, pending);
}

/* A parenthesis closes the innermost frame. */
static bool close_folded(struct text_parser *parser, struct text_frame *frame) {
    switch ((enum frame_kind)frame->kind) {
    case FRAME_FOLDED:
        flush_pending(parser, frame->pending);
        pop_frame(parser);
        break;
    case FRAME_FOLDED_THEN:
        frame->kind = FRAME_FOLDED_BETWEEN;
        break;
    case FRAME_FOLDED_ELSE:
        frame->kind = FRAME_FOLDED_AFTER;
        break;
    case FRAME_FOLDED_BLOCK:
    case FRAME_FOLDED_BETWEEN:
    case FRAME_FOLDED_AFTER:
        loader_write_code(parser->out, vm_opcodes[VM_OP_END].code);
        pop_label(parser);
        pop_frame(parser);
        break;
    case FRAME_BLOCK:
    case FRAME_IF:
    case FRAME_ELSE:
    case FRAME_FOLDED_IF:
        return text_unexpected(parser);
    }
    text_advance(parser);
    return true;
}

/* Instructions up to the parenthesis that closes what is around them; or just one folded instruction. */
static bool sequence(struct text_parser *parser, bool single) {
    const size_t base = frame_count(parser);
    if (single && parser->token.kind != TEXT_TOKEN_OPEN)
        return text_unexpected(parser);
    for (;;) {
        struct text_frame *const frame = top_frame(parser, base);
        switch (parser->token.kind) {
        case TEXT_TOKEN_OPEN:
            TRY(open_folded(parser, base));
            break;
        case TEXT_TOKEN_WORD:
            TRY(flat(parser, base));
            break;
        case TEXT_TOKEN_CLOSE:
            if (frame == NULL)
                return true;
            TRY(close_folded(parser, frame));
            if (single && frame_count(parser) == base)
                return true;
            break;
        case TEXT_TOKEN_END:
        case TEXT_TOKEN_ID:
        case TEXT_TOKEN_STRING:
        case TEXT_TOKEN_RESERVED:
        case TEXT_TOKEN_ANNOTATION:
        case TEXT_TOKEN_ERROR:
            return text_unexpected(parser);
        }
    }
}

static bool expression(struct text_parser *parser, struct loader_writer *out, bool single) {
    parser->out = out;
    TRY(sequence(parser, single));
    loader_write_code(out, vm_opcodes[VM_OP_END].code);
    return true;
}

bool text_expression(struct text_parser *parser, struct loader_writer *out) {
    return expression(parser, out, false);
}

bool text_folded_expression(struct text_parser *parser, struct loader_writer *out) {
    return expression(parser, out, true);
}

/* A run of equal locals into the body's list. */
struct local_group {
    uint64_t count;
    uint32_t groups;
    uint8_t width;
};

static void end_group(struct text_parser *parser, struct local_group *group) {
    if (group->count == 0)
        return;
    loader_write_unsigned_padded(&parser->locals, group->count, group->width);
    loader_write_bytes(&parser->locals, loader_written(&parser->results));
    group->count = 0;
    group->groups++;
}

/* ($x t) or (t*) behind "local".  Neighbours of one type share a group, unless (@leb N) stood before the parenthesis:
 * this begins a group, whose count takes N bytes.  Spec: text-local, binary-local */
static bool local_declaration(struct text_parser *parser, struct local_group *group, uint8_t width) {
    struct loader_writer *const type = &parser->params, *const last = &parser->results;
    const size_t place = parser->token.start;
    struct text_symbol *symbol;
    const bool named = parser->token.kind == TEXT_TOKEN_ID;
    if (width != 0)
        end_group(parser, group);
    TRY(text_optional_id(parser, &symbol));
    if (parser->token.width == TEXT_EMPTY) {
        end_group(parser, group);
        type->size = 0;
        TRY(text_value_type(parser, type));
        text_put_u32(&parser->locals, 0, width);
        loader_write_bytes(&parser->locals, loader_written(type));
        group->groups++;
        return text_expect_close(parser);
    }
    while (named || parser->token.kind != TEXT_TOKEN_CLOSE) {
        type->size = 0;
        TRY(text_value_type(parser, type));
        TRY(text_add_local(parser, symbol, place));
        if (group->count == 0 || !vm_bytes_equal(loader_written(type), loader_written(last))) {
            end_group(parser, group);
            group->width = width;
            width = 0;
            last->size = 0;
            loader_write_bytes(last, loader_written(type));
        }
        group->count++;
        if (named)
            break;
    }
    return text_expect_close(parser);
}

static bool locals(struct text_parser *parser) {
    struct local_group group = {0};
    parser->locals.size = 0;
    while (text_at_open(parser, "local")) {
        const uint8_t width = parser->token.width;
        text_take_open(parser, "local");
        TRY(local_declaration(parser, &group, width));
    }
    end_group(parser, &group);
    text_put_u32(&parser->body, group.groups, parser->locals_width);
    loader_write_bytes(&parser->body, loader_written(&parser->locals));
    return true;
}

bool text_body(struct text_parser *parser) {
    parser->body.size = 0;
    TRY(locals(parser));
    parser->in_body = true;
    TRY(text_expression(parser, &parser->body));
    parser->in_body = false;
    return true;
}
