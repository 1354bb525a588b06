/* vm/tests/budget.h - an allocator that refuses after so many requests, and knows what it has given out. */
#ifndef DELAVM_VM_TESTS_BUDGET_H
#define DELAVM_VM_TESTS_BUDGET_H

#include "vm/arena.h"

struct budget {
    struct vm_allocator inner;
    uint64_t left; /* requests that succeed */
    size_t held;   /* bytes */
    size_t most;   /* ever held at once */
};

/* The resize function of an allocator whose context is a struct budget. */
static void *budget_resize(void *context, void *old, size_t old_size, size_t new_size) {
    struct budget *const budget = context;
    if (new_size != 0) {
        if (budget->left == 0)
            return NULL;
        budget->left--;
    }
    void *const moved = budget->inner.resize(budget->inner.context, old, old_size, new_size);
    if (moved != NULL || new_size == 0)
        budget->held = budget->held - old_size + new_size;
    budget->most = budget->held > budget->most ? budget->held : budget->most;
    return moved;
}

#endif
