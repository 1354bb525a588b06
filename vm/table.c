/* vm/table.c - tables of references: making, growing and the bulk instructions.  Spec: syntax-tableinst,
 * exec-instr-table */
#include "vm/table.h"

#include <string.h>

struct vm_table *vm_table_new(struct vm_arena *arena, struct vm_pool *pool, const struct vm_table_type *type,
                              uint64_t cap) {
    struct vm_table_cell *const cell = vm_arena_allocate(arena, 1, sizeof *cell);
    if (cell == NULL)
        return NULL;
    cell->buffer = vm_pool_take(pool, type->limits.minimum * sizeof(vm_value), type->limits.minimum * sizeof(vm_value));
    if (cell->buffer == NULL)
        return NULL;
    const uint64_t declared = type->limits.has_maximum ? type->limits.maximum : UINT32_MAX;
    cell->table = (struct vm_table){.elements = cell->buffer->data,
                                    .size = (uint32_t)type->limits.minimum,
                                    .maximum = (uint32_t)(declared < cap ? declared : cap),
                                    .type = *type};
    return &cell->table;
}

/* Spec: exec-table.grow */
bool vm_table_grow(struct vm_pool *pool, struct vm_table *table, vm_value value, uint32_t delta) {
    struct vm_table_cell *const cell = (struct vm_table_cell *)table;
    const uint64_t size = (uint64_t)table->size + delta;
    if (!vm_pool_grow(pool, cell->buffer, size * sizeof(vm_value), (uint64_t)table->maximum * sizeof(vm_value)))
        return false;
    table->elements = cell->buffer->data;
    table->written = true;
    for (uint32_t i = table->size; i < size; i++)
        table->elements[i] = value;
    table->size = (uint32_t)size;
    return true;
}

/* Spec: exec-table.fill */
enum vm_trap_kind vm_table_fill(struct vm_table *table, uint32_t to, vm_value value, uint32_t count) {
    if (!vm_table_holds(table, to, count))
        return VM_TRAP_OUT_OF_BOUNDS_TABLE_ACCESS;
    table->written = true;
    for (uint32_t i = 0; i < count; i++)
        table->elements[to + i] = value;
    return VM_TRAP_NONE;
}

/* Spec: exec-table.copy */
enum vm_trap_kind vm_table_copy(struct vm_table *table, uint32_t to, const struct vm_table *source, uint32_t from,
                                uint32_t count) {
    if (!vm_table_holds(table, to, count) || !vm_table_holds(source, from, count))
        return VM_TRAP_OUT_OF_BOUNDS_TABLE_ACCESS;
    table->written = true;
    memmove(table->elements + to, source->elements + from, (size_t)count * sizeof(vm_value));
    return VM_TRAP_NONE;
}
