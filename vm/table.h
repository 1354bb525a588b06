/* vm/table.h - tables of references: making, growing and the bulk instructions.  Spec: syntax-tableinst,
 * exec-instr-table */
#ifndef DELAVM_VM_TABLE_H
#define DELAVM_VM_TABLE_H

#include "vm/pool.h"
#include "vm/store.h"

/* A table and the buffer it lives in. */
struct vm_table_cell {
    struct vm_table table;
    struct vm_buffer *buffer;
};

/* A table of type->limits.minimum null references, from arena and pool, which grows to at most `cap` elements.  The
 * minimum must not be above the cap.  NULL when memory is short. */
struct vm_table *vm_table_new(struct vm_arena *arena, struct vm_pool *pool, const struct vm_table_type *type,
                              uint64_t cap);

/* True if `delta` more elements stay within the maximum; else table.grow yields -1. */
static inline bool vm_table_can_grow(const struct vm_table *table, uint32_t delta) {
    return delta <= table->maximum - table->size;
}

/* Adds `delta` elements, all `value`; they must stay within the maximum.  False when memory is short. */
bool vm_table_grow(struct vm_pool *pool, struct vm_table *table, vm_value value, uint32_t delta);

/* True if the `count` elements from `first` on all lie in the table. */
static inline bool vm_table_holds(const struct vm_table *table, uint32_t first, uint32_t count) {
    return first <= table->size && count <= table->size - first;
}

/* table.fill, table.copy.  All bounds are checked before an element is written: the result is VM_TRAP_NONE, or
 * VM_TRAP_OUT_OF_BOUNDS_TABLE_ACCESS with nothing done.  copy: the ranges may overlap. */
enum vm_trap_kind vm_table_fill(struct vm_table *table, uint32_t to, vm_value value, uint32_t count);
enum vm_trap_kind vm_table_copy(struct vm_table *table, uint32_t to, const struct vm_table *source, uint32_t from,
                                uint32_t count);

#endif
