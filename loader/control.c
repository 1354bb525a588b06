/* loader/control.c - the validator's operand stack and control stack, and the branch table.  Spec: algo-valid
 *
 * The operand stack holds one byte for each operand.  Types of whole blocks are compared and copied as runs of bytes,
 * because a call in two bytes may take a thousand parameters. */
#include "loader/control.h"

static enum vm_status fail_type(struct loader_context *context, uint8_t want, uint8_t have, bool missing) {
    return vm_fail(context->reader.error, VM_ERROR_TYPE_MISMATCH, context->instruction, "%s wants %s, %s %s",
                   vm_opcodes[context->op].text, vm_value_type_name(want), missing ? "there is" : "finds",
                   missing ? "none" : vm_value_type_name(have));
}

enum vm_status loader_reserve_operands(struct loader_context *context, uint32_t count) {
    const uint64_t height = (uint64_t)context->height + count, limit = context->options->limits->function_operands;
    TRY(LOADER_CHECK_LIMIT(context, function_operands, height, context->instruction));
    TRY(loader_reserve(context, &context->operands, LOADER_MOST_IN + (size_t)height, 1));
    const uint64_t room = context->operands.capacity - LOADER_MOST_IN;
    context->room = (uint32_t)(room < limit ? room : limit);
    if (context->highest < height)
        context->highest = (uint32_t)height;
    return VM_OK;
}

enum vm_status loader_push_slow(struct loader_context *context, uint8_t type) {
    TRY(loader_reserve_operands(context, 1));
    loader_operands(context)[context->height++] = type;
    return VM_OK;
}

enum vm_status loader_push_some(struct loader_context *context, struct loader_types types) {
    if (types.count > context->highest - context->height)
        TRY(loader_reserve_operands(context, types.count));
    memcpy(loader_operands(context) + context->height, types.data, types.count);
    context->height += types.count;
    return VM_OK;
}

enum vm_status loader_pop_any(struct loader_context *context, uint8_t *type) {
    const struct loader_frame *const frame = loader_top_frame(context);
    if (context->height > frame->height) {
        *type = loader_operands(context)[--context->height];
        return VM_OK;
    }
    *type = VM_BOTTOM;
    if (frame->unreachable)
        return VM_OK;
    return vm_fail(context->reader.error, VM_ERROR_TYPE_MISMATCH, context->instruction,
                   "%s wants an operand, there is none", vm_opcodes[context->op].text);
}

enum vm_status loader_pop_slow(struct loader_context *context, uint8_t type) {
    const struct loader_frame *const frame = loader_top_frame(context);
    if (context->height == frame->height)
        return frame->unreachable ? VM_OK : fail_type(context, type, VM_BOTTOM, true);
    const uint8_t have = loader_operands(context)[--context->height];
    return have == type || have == VM_BOTTOM ? VM_OK : fail_type(context, type, have, false);
}

/* True if one of `have` is neither what is wanted nor bottom; written so that it becomes vector instructions. */
static bool any_misfit(const uint8_t *have, const uint8_t *want, uint32_t count) {
    uint8_t misfit = 0;
    for (uint32_t i = 0; i < count; i++)
        misfit |= (uint8_t)((have[i] ^ want[i]) & (have[i] == VM_BOTTOM ? 0 : 0xFF));
    return misfit != 0;
}

/* Finds the topmost misfit, for the message. */
static enum vm_status fail_misfit(struct loader_context *context, const uint8_t *have, const uint8_t *want,
                                  uint32_t count) {
    while (count > 1 && (have[count - 1] == want[count - 1] || have[count - 1] == VM_BOTTOM))
        count--;
    return fail_type(context, want[count - 1], have[count - 1], false);
}

enum vm_status loader_check_some(struct loader_context *context, struct loader_types types) {
    const struct loader_frame *const frame = loader_top_frame(context);
    const uint32_t own = context->height - frame->height;
    const uint32_t there = own < types.count ? own : types.count;
    if (there != 0) {
        const uint8_t *const have = loader_operands(context) + context->height - there;
        const uint8_t *const want = types.data + types.count - there;
        if (memcmp(have, want, there) != 0 && any_misfit(have, want, there))
            return fail_misfit(context, have, want, there);
    }
    if (there < types.count && !frame->unreachable)
        return fail_type(context, types.data[types.count - there - 1], VM_BOTTOM, true);
    return VM_OK;
}

enum vm_status loader_push_frame(struct loader_context *context, uint32_t op, struct loader_types start,
                                 struct loader_types end) {
    /* The body's own frame is no block: it does not count as nesting. */
    TRY(LOADER_CHECK_LIMIT(context, nesting, context->frame_count, context->instruction));
    TRY(loader_reserve(context, &context->frames, (size_t)context->frame_count + 1, sizeof(struct loader_frame)));
    loader_begin_frame(context, op, loader_offset(&context->reader), context->height);
    loader_top_frame(context)->start = start;
    loader_top_frame(context)->end = end;
    context->floor = context->height;
    return loader_push_types(context, start);
}

enum vm_status loader_pop_frame(struct loader_context *context, struct loader_frame **out) {
    struct loader_frame *const frame = loader_top_frame(context);
    TRY(loader_pop_types(context, frame->end));
    if (context->height != frame->height)
        return vm_fail(context->reader.error, VM_ERROR_TYPE_MISMATCH, context->instruction,
                       "%lu operands are left at the end of the block",
                       (unsigned long)(context->height - frame->height));
    *out = frame;
    context->frame_count--;
    context->floor = context->frame_count == 0 ? 0 : loader_top_frame(context)->height;
    return VM_OK;
}

void loader_set_unreachable(struct loader_context *context) {
    struct loader_frame *const frame = loader_top_frame(context);
    context->height = frame->height;
    frame->unreachable = true;
}

enum vm_status loader_reserve_branches(struct loader_context *context, uint32_t count) {
    return loader_reserve(context, &context->branches, context->branch_count + (size_t)count, sizeof(struct vm_branch));
}
