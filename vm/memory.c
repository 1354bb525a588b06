/* vm/memory.c - linear memory: making, growing and the bulk instructions.  Spec: syntax-meminst, exec-instr-memory */
#include "vm/memory.h"

#include <string.h>

struct vm_memory *vm_memory_new(struct vm_arena *arena, struct vm_pool *pool, const struct vm_memory_type *type,
                                uint64_t cap) {
    struct vm_memory_cell *const cell = vm_arena_allocate(arena, 1, sizeof *cell);
    if (cell == NULL)
        return NULL;
    const uint64_t bytes = type->limits.minimum * VM_PAGE_BYTES;
    cell->buffer = vm_pool_take(pool, bytes);
    if (cell->buffer == NULL)
        return NULL;
    const uint64_t declared = type->limits.has_maximum ? type->limits.maximum : UINT64_C(65536);
    cell->memory = (struct vm_memory){.data = cell->buffer->data,
                                      .bytes = bytes,
                                      .pages = (uint32_t)type->limits.minimum,
                                      .maximum = (uint32_t)(declared < cap ? declared : cap),
                                      .type = *type};
    return &cell->memory;
}

/* Spec: exec-memory.grow */
bool vm_memory_grow(struct vm_pool *pool, struct vm_memory *memory, uint32_t delta) {
    struct vm_memory_cell *const cell = (struct vm_memory_cell *)memory;
    const uint64_t bytes = memory->bytes + (uint64_t)delta * VM_PAGE_BYTES;
    if (!vm_pool_grow(pool, cell->buffer, bytes, (uint64_t)memory->maximum * VM_PAGE_BYTES))
        return false;
    memory->data = cell->buffer->data;
    memory->bytes = bytes;
    memory->pages += delta;
    return true;
}

/* Spec: exec-memory.fill */
enum vm_trap_kind vm_memory_fill(struct vm_memory *memory, uint32_t to, uint8_t value, uint32_t size) {
    if (!vm_memory_holds(memory, to, size))
        return VM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS;
    memset(memory->data + to, value, size);
    return VM_TRAP_NONE;
}

/* Spec: exec-memory.copy */
enum vm_trap_kind vm_memory_copy(struct vm_memory *memory, uint32_t to, const struct vm_memory *source, uint32_t from,
                                 uint32_t size) {
    if (!vm_memory_holds(memory, to, size) || !vm_memory_holds(source, from, size))
        return VM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS;
    memmove(memory->data + to, source->data + from, size);
    return VM_TRAP_NONE;
}

/* Spec: exec-memory.init */
enum vm_trap_kind vm_memory_init(struct vm_memory *memory, uint32_t to, struct vm_bytes source, uint32_t from,
                                 uint32_t size) {
    if (!vm_memory_holds(memory, to, size) || from > source.size || size > source.size - from)
        return VM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS;
    if (size != 0)
        memcpy(memory->data + to, source.data + from, size);
    return VM_TRAP_NONE;
}
