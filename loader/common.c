/* loader/common.c - the instructions that almost all code consists of, typed in a loop of their own.
 *
 * The loop goes on as long as instructions are common, have short immediates, and are right.  At the first that is not it
 * leaves the reader in front of it: loader/validate.c knows all cases, and what to say.  So what changes with every
 * instruction stays in registers.  What an instruction that is right does is the same there (debug builds compare).
 *
 * Only `end` looks whether the body's end was passed.  What lies behind it is read until then as if it were code, which
 * harms nothing, since the bytes of a module end in LOADER_PADDING times `end`; and the function is done over without this
 * loop, so that it is refused as it should be. */
#include <assert.h>

#include "loader/control.h"
#include "vm/fast/verify.h"

#if defined(__GNUC__)
#define INLINE __attribute__((always_inline)) static inline
#pragma GCC diagnostic ignored "-Wpedantic"
#else
#define INLINE static inline
#endif

/* Where labels have addresses each instruction leads to the next by a jump of its own: processors guess these better.
 * Debug builds go the other way, so that it is tested, too. */
#if defined(__GNUC__) && !VM_DEBUG
#define LABELS 1
#define LABEL(name) on_##name:
#define NEXT goto *labels[context->common[cursor.at[0]].kind]
#else
#define LABELS 0
#define LABEL(name)
#define NEXT continue
#endif
#define ON(name, right)                                                                                                \
    case LOADER_COMMON_##name:                                                                                         \
        LABEL(name)                                                                                                    \
        if (!(right))                                                                                                  \
            goto leave;                                                                                                \
        NEXT

enum { SHORT_INDICES = 128 }; /* those that take one byte */
static_assert((int)LOADER_FLAT_LOCALS >= (int)SHORT_INDICES, "what one byte can say lies in the flat locals");

/* The reader's place, and the operand stack by pointers.  Functions that return false have changed nothing. */
struct cursor {
    struct loader_context *context;
    const uint8_t *at;
    uint8_t *top;
    uint8_t *floor;         /* where the operands of the top frame begin */
    const uint8_t *highest; /* where the top was */
};

INLINE const uint8_t *room(const struct cursor *cursor) {
    return loader_operands(cursor->context) + cursor->context->room;
}

INLINE uint32_t height(const struct cursor *cursor) {
    return (uint32_t)(cursor->top - loader_operands(cursor->context));
}

INLINE uint32_t offset(const struct cursor *cursor) {
    return (uint32_t)(cursor->at - cursor->context->reader.start);
}

INLINE bool push(struct cursor *cursor, uint8_t type) {
    if (cursor->top == cursor->highest) {
        if (cursor->top == room(cursor))
            return false;
        cursor->highest++;
    }
    *cursor->top++ = type;
    return true;
}

INLINE bool has(const struct cursor *cursor, uint8_t type) {
    return cursor->top != cursor->floor && cursor->top[-1] == type;
}

/* True if the topmost operands are of the types. */
INLINE bool has_types(const struct cursor *cursor, struct loader_types types) {
    if (types.count == 0)
        return true;
    if ((size_t)(cursor->top - cursor->floor) < types.count)
        return false;
    const uint8_t *const have = cursor->top - types.count;
    return have[0] == types.data[0] && (types.count == 1 || memcmp(have, types.data, types.count) == 0);
}

/* Moves operands by the columns of a row, which are constants for the compiler. */
INLINE bool move(struct cursor *cursor, const char *in, const char *out) {
    const uint32_t takes = (uint32_t)strlen(in);
    if (takes == 0)
        return out[0] == '\0' || push(cursor, loader_type_of_letter(out[0]));
    uint8_t *const bottom = cursor->top - takes; /* LOADER_MOST_IN bytes lie below the stack */
    if (bottom < cursor->floor)
        return false;
    for (uint32_t i = 0; i < takes; i++)
        if (bottom[i] != loader_type_of_letter(in[i]))
            return false;
    cursor->top = bottom;
    if (out[0] != '\0')
        *cursor->top++ = loader_type_of_letter(out[0]);
    return true;
}

/* The length of a LEB128 integer; 0 if it has more than `most` bytes.  So many of them are good, whatever they are. */
INLINE uint32_t short_length(const uint8_t *at, uint32_t most) {
    for (uint32_t i = 0; i < most; i++)
        if (at[i] < 0x80)
            return i + 1;
    return 0;
}

/* The same for one of any length; 0 if there is something wrong with it. */
static uint32_t long_length(const struct loader_context *context, const uint8_t *at, uint32_t bits) {
    struct loader_reader reader = context->reader;
    int64_t ignored;
    reader.at = at;
    return loader_read_signed(&reader, bits, &ignored) == VM_OK ? (uint32_t)(reader.at - at) : 0;
}

/* An instruction of a row of LOADER_COMMON_ROWS. */
INLINE bool step(struct cursor *cursor, enum vm_immediate immediate, const char *in, const char *out) {
    const struct loader_context *const context = cursor->context;
    const uint8_t *next = cursor->at + 1;
    uint32_t length = 0;
    if (immediate == VM_IMM_I32 || immediate == VM_IMM_I64) {
        const uint32_t bits = immediate == VM_IMM_I32 ? 32 : 64;
        length = short_length(next, bits / 7);
        if (length == 0)
            length = long_length(context, next, bits);
    } else if (immediate == VM_IMM_MEMARG && *next++ <= context->common[cursor->at[0]].align) {
        length = short_length(next, 32 / 7);
    }
    if ((immediate != VM_IMM_NONE && length == 0) || !move(cursor, in, out))
        return false;
    cursor->at = next + length;
    return true;
}

/* spec: valid-local.get, valid-local.set, valid-local.tee */
INLINE bool get_local(struct cursor *cursor, uint32_t locals) {
    const uint32_t index = cursor->at[1];
    if (index >= locals || !push(cursor, cursor->context->flat_locals[index]))
        return false;
    cursor->at += 2;
    return true;
}

INLINE bool set_local(struct cursor *cursor, uint32_t locals, uint32_t takes) {
    const uint32_t index = cursor->at[1];
    if (index >= locals || !has(cursor, cursor->context->flat_locals[index]))
        return false;
    cursor->top -= takes;
    cursor->at += 2;
    return true;
}

/* spec: valid-global.get, valid-global.set */
INLINE const struct vm_global_type *global(const struct cursor *cursor) {
    const struct vm_module *const module = cursor->context->module;
    const uint32_t index = cursor->at[1];
    return index < SHORT_INDICES && index < module->global_count ? &module->globals[index].type : NULL;
}

INLINE bool get_global(struct cursor *cursor) {
    const struct vm_global_type *const type = global(cursor);
    if (type == NULL || !push(cursor, type->value))
        return false;
    cursor->at += 2;
    return true;
}

INLINE bool set_global(struct cursor *cursor) {
    const struct vm_global_type *const type = global(cursor);
    if (type == NULL || !type->mutable || !has(cursor, type->value))
        return false;
    cursor->top--;
    cursor->at += 2;
    return true;
}

/* spec: valid-select.  Numbers have the greatest codes. */
INLINE bool select_number(struct cursor *cursor) {
    const uint8_t *const top = cursor->top;
    if (top - 3 < cursor->floor || top[-1] != VM_I32 || top[-2] != top[-3] || top[-2] < VM_F64)
        return false;
    cursor->top -= 2;
    cursor->at++;
    return true;
}

/* spec: valid-call.  There may be many functions: the index may take two bytes. */
INLINE bool call(struct cursor *cursor) {
    const struct vm_module *const module = cursor->context->module;
    const uint32_t length = short_length(cursor->at + 1, 2);
    const uint32_t index = length == 2 ? cursor->at[1] - 0x80u + (uint32_t)cursor->at[2] * 0x80 : cursor->at[1];
    if (length == 0 || index >= module->function_count)
        return false;
    const struct vm_function_type *const type = vm_module_function_type(module, index);
    if (!has_types(cursor, (struct loader_types){type->types, type->param_count}))
        return false;
    uint8_t *const bottom = cursor->top - type->param_count;
    if ((size_t)(room(cursor) - bottom) < type->result_count)
        return false;
    if (type->result_count == 1)
        *bottom = type->types[type->param_count];
    else if (type->result_count != 0)
        memcpy(bottom, type->types + type->param_count, type->result_count);
    cursor->top = bottom + type->result_count;
    if (cursor->highest < cursor->top)
        cursor->highest = cursor->top;
    cursor->at += 1 + length;
    return true;
}

/* What follows can't be reached.  True. */
INLINE bool set_unreachable(struct cursor *cursor, uint32_t length) {
    cursor->top = cursor->floor;
    cursor->at += length;
    loader_top_frame(cursor->context)->unreachable = true;
    return true;
}

/* A block without operands and results.  spec: valid-block, valid-loop, valid-if */
INLINE bool begin(struct cursor *cursor, enum vm_op op) {
    struct loader_context *const context = cursor->context;
    const bool is_if = op == VM_OP_IF;
    if (cursor->at[1] != 0x40 || context->frame_count > context->options->limits->nesting ||
        !loader_has_frame_room(context) || (is_if && (!loader_has_branch_room(context) || !has(cursor, VM_I32))))
        return false;
    cursor->at += 2;
    cursor->top -= is_if ? 1 : 0;
    cursor->floor = cursor->top;
    loader_begin_frame(context, op, offset(cursor), height(cursor));
    if (is_if)
        loader_begin_if(context);
    return true;
}

/* An end of what leaves what it should, and nothing else.  Afterwards the floor is that of the frame around it. */
INLINE bool end(struct cursor *cursor) {
    struct loader_context *const context = cursor->context;
    struct loader_frame *const frame = loader_top_frame(context);
    if ((size_t)(cursor->top - cursor->floor) != frame->end.count || !has_types(cursor, frame->end) ||
        (frame->op == VM_OP_IF && frame->start.count + frame->end.count != 0))
        return false;
    cursor->at++;
    loader_settle_if(context, frame, offset(cursor));
    loader_settle_branches(context, frame, offset(cursor));
    context->frame_count--;
    if (context->frame_count != 0)
        cursor->floor = loader_operands(context) + loader_top_frame(context)->height;
    return true;
}

/* spec: valid-br, valid-br_if */
INLINE bool branch(struct cursor *cursor, enum vm_op op) {
    struct loader_context *const context = cursor->context;
    const uint32_t index = cursor->at[1];
    struct cursor after = *cursor;
    after.top -= op == VM_OP_BR_IF ? 1 : 0;
    if (index >= SHORT_INDICES || index >= context->frame_count || !loader_has_branch_room(context) ||
        (op == VM_OP_BR_IF && !has(cursor, VM_I32)))
        return false;
    struct loader_frame *const frame = loader_top_frame(context) - index;
    if (!has_types(&after, loader_label_types(frame)))
        return false;
    loader_new_branch(context, frame);
    *cursor = after;
    if (op == VM_OP_BR)
        return set_unreachable(cursor, 2);
    cursor->at += 2;
    return true;
}

void loader_type_common(struct loader_context *context) {
    const uint32_t locals = context->local_count < SHORT_INDICES ? context->local_count : SHORT_INDICES;
    struct cursor cursor = {.context = context,
                            .at = context->reader.at,
                            .top = loader_operands(context) + context->height,
                            .floor = loader_operands(context) + context->floor,
                            .highest = loader_operands(context) + context->highest};
#if LABELS
#define OP(name) [LOADER_COMMON_##name] = &&on_##name,
#define ROW(name, immediate, in, out) OP(name)
    static const void *const labels[] = {OP(NONE) LOADER_COMMON_OPS(OP) LOADER_COMMON_ROWS(ROW)};
#endif
    for (;;) /* only where NEXT is no jump */
        switch ((enum loader_common_kind)context->common[cursor.at[0]].kind) {
            ON(NONE, false);
            ON(LOCAL_GET, get_local(&cursor, locals));
            ON(LOCAL_SET, set_local(&cursor, locals, 1));
            ON(LOCAL_TEE, set_local(&cursor, locals, 0));
            ON(GLOBAL_GET, get_global(&cursor));
            ON(GLOBAL_SET, set_global(&cursor));
            ON(SELECT, select_number(&cursor));
            ON(CALL, call(&cursor));
            ON(RETURN, has_types(&cursor, context->results) && set_unreachable(&cursor, 1));
            ON(UNREACHABLE, set_unreachable(&cursor, 1));
            ON(BLOCK, begin(&cursor, VM_OP_BLOCK));
            ON(LOOP, begin(&cursor, VM_OP_LOOP));
            ON(IF, begin(&cursor, VM_OP_IF));
            ON(END, end(&cursor) && context->frame_count != 0 && cursor.at < context->reader.end);
            ON(BR, branch(&cursor, VM_OP_BR));
            ON(BR_IF, branch(&cursor, VM_OP_BR_IF));
#define STEP(name, immediate, in, out) ON(name, step(&cursor, VM_IMM_##immediate, in, out));
            LOADER_COMMON_ROWS(STEP)
        }
leave:
    context->reader.at = cursor.at;
    context->height = height(&cursor);
    context->highest = (uint32_t)(cursor.highest - loader_operands(context));
    context->floor = (uint32_t)(cursor.floor - loader_operands(context));
}
