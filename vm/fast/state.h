/* vm/fast/state.h - the fast engine's part of a machine. */
#ifndef DELAVM_VM_FAST_STATE_H
#define DELAVM_VM_FAST_STATE_H

#include "vm/fast/cell.h"
#include "vm/store.h"

struct vm_frame;

/* Why the fast engine stopped, and where. */
enum vm_fast_reason {
    VM_FAST_EXIT,         /* the outermost function of this stay returned; its results lie at fp */
    VM_FAST_ESCAPE,       /* pc: an ESCAPE cell: the plain engine is to run one instruction */
    VM_FAST_REDO,         /* pc: the tail of a call that is not to be made here; nothing of it is done or charged */
    VM_FAST_SHORT_EDGE,   /* pc: an edge that was taken; the fuel does not cover all of what comes next */
    VM_FAST_SHORT_RETURN, /* pc: behind a call that returned; likewise */
    VM_FAST_TRAPPED,      /* pc: the cell; accumulator: the trap */
};

struct vm_fast_state {
    bool on;                            /* the engine of this machine */
    bool watch;                         /* the plain engine is to stop where the fast one can go on */
    uint64_t made;                      /* bytes that were translated in this slice, and not taken off it */
    const struct vm_fast_code *checked; /* its prices are those of this run */

    /* Of the instance that runs. */
    struct vm_instance *instance;
    const struct vm_fast_code *code;
    uint64_t owner; /* of references to its functions */
    struct vm_memory *memory;
    struct vm_table **tables;
    struct vm_global_cell **globals;

    struct vm_frame *last;    /* the deepest frame there may be */
    struct vm_frame *highest; /* the deepest seen */
    struct vm_frame *base;    /* the frame in which this stay began */
    union vm_word exit[5];    /* the tail of a call, and an EXIT cell */
    uint64_t held;            /* fuel that did not fit the register */
    uint64_t wanted;          /* operands with those of a callee, that are more than ever before */

    /* The registers, where it stopped. */
    enum vm_fast_reason reason;
    const union vm_word *pc;
    vm_value *fp;
    uint64_t accumulator;
    uint64_t fuel;
    struct vm_frame *frame;
};

#endif
