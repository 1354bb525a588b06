/* loader/control.h - frames and branches, for loader/control.c and loader/common.c.  Spec: algo-valid */
#ifndef DELAVM_LOADER_CONTROL_H
#define DELAVM_LOADER_CONTROL_H

#include "loader/context.h"

static inline bool loader_has_frame_room(const struct loader_context *context) {
    return (context->frame_count + (uint64_t)1) * sizeof(struct loader_frame) <= context->frames.capacity;
}

static inline bool loader_has_branch_room(const struct loader_context *context) {
    return (context->branch_count + (uint64_t)1) * sizeof(struct vm_branch) <= context->branches.capacity;
}

/* A frame on top of the others, of a block without types, for which there is room.
 * body    offset of the first instruction in it
 * height  of the operand stack below the block's own */
static inline void loader_begin_frame(struct loader_context *context, uint32_t op, uint32_t body, uint32_t height) {
    context->frame_count++;
    *loader_top_frame(context) = (struct loader_frame){
        .op = (uint16_t)op,
        .height = height,
        .chain = LOADER_NO_BRANCH,
        .if_branch = LOADER_NO_BRANCH,
        .loop_target = body,
        .loop_next = context->branch_count,
    };
}

/* The top frame is an if: adds the branch to its else or end. */
static inline void loader_begin_if(struct loader_context *context) {
    struct loader_frame *const frame = loader_top_frame(context);
    struct vm_branch *const branches = context->branches.data;
    frame->if_branch = context->branch_count++;
    branches[frame->if_branch] = (struct vm_branch){.keep = frame->start.count, .height = frame->height};
}

/* Adds a branch to the frame's label. */
static inline void loader_new_branch(struct loader_context *context, struct loader_frame *frame) {
    struct vm_branch *const branch = (struct vm_branch *)context->branches.data + context->branch_count;
    *branch = (struct vm_branch){.keep = loader_label_types(frame).count, .height = frame->height};
    if (frame->op == VM_OP_LOOP) {
        branch->target = frame->loop_target;
        branch->next = frame->loop_next;
    } else {
        branch->next = frame->chain;
        frame->chain = context->branch_count;
    }
    context->branch_count++;
}

/* Where the branch taken on 0 leads is known now: to `target`, in front of the branches yet to come. */
static inline void loader_settle_if(struct loader_context *context, struct loader_frame *frame, uint32_t target) {
    if (frame->if_branch == LOADER_NO_BRANCH)
        return;
    struct vm_branch *const branch = (struct vm_branch *)context->branches.data + frame->if_branch;
    branch->target = target;
    branch->next = context->branch_count;
    frame->if_branch = LOADER_NO_BRANCH;
}

/* The same for those to the end of the block. */
static inline void loader_settle_branches(struct loader_context *context, const struct loader_frame *frame,
                                          uint32_t target) {
    for (uint32_t index = frame->chain; index != LOADER_NO_BRANCH;) {
        struct vm_branch *const branch = (struct vm_branch *)context->branches.data + index;
        index = branch->next;
        branch->target = target;
        branch->next = context->branch_count;
    }
}

#endif
