/* vm/memory.c - linear memory: making, growing and the bulk instructions.  Spec: syntax-meminst, exec-instr-memory */
#include "vm/memory.h"

#include <string.h>

/* A cap in units of 64 KiB as a count of pages, which fits in 32 bits. */
static uint64_t cap_pages(uint8_t page_exponent, uint64_t cap) {
    const uint64_t most = vm_most_pages(page_exponent);
    if (cap >= vm_most_pages(VM_PAGE_EXPONENT))
        return most;
    return cap << (VM_PAGE_EXPONENT - page_exponent);
}

struct vm_memory *vm_memory_new(struct vm_arena *arena, struct vm_pool *pool, const struct vm_memory_type *type,
                                uint64_t cap) {
    struct vm_memory_cell *const cell = vm_arena_allocate(arena, 1, sizeof *cell);
    if (cell == NULL)
        return NULL;
    const uint64_t declared = type->limits.has_maximum ? type->limits.maximum : vm_most_pages(type->page_exponent);
    const uint64_t most = cap_pages(type->page_exponent, cap);
    const uint64_t maximum = declared < most ? declared : most;
    const uint64_t bytes = type->limits.minimum << type->page_exponent;
    cell->buffer = vm_pool_take(pool, bytes, maximum << type->page_exponent);
    if (cell->buffer == NULL)
        return NULL;
    cell->memory = (struct vm_memory){.data = cell->buffer->data,
                                      .bytes = bytes,
                                      .pages = (uint32_t)type->limits.minimum,
                                      .maximum = (uint32_t)maximum,
                                      .type = *type};
    return &cell->memory;
}

/* Spec: exec-memory.grow */
bool vm_memory_grow(struct vm_pool *pool, struct vm_memory *memory, uint32_t delta) {
    struct vm_memory_cell *const cell = (struct vm_memory_cell *)memory;
    const uint64_t bytes = memory->bytes + ((uint64_t)delta << memory->type.page_exponent);
    if (!vm_pool_grow(pool, cell->buffer, bytes, (uint64_t)memory->maximum << memory->type.page_exponent))
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
    vm_dirty_mark_range(memory->data, to, size);
    memset(memory->data + to, value, size);
    return VM_TRAP_NONE;
}

/* Spec: exec-memory.copy */
enum vm_trap_kind vm_memory_copy(struct vm_memory *memory, uint32_t to, const struct vm_memory *source, uint32_t from,
                                 uint32_t size) {
    if (!vm_memory_holds(memory, to, size) || !vm_memory_holds(source, from, size))
        return VM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS;
    vm_dirty_mark_range(memory->data, to, size);
    memmove(memory->data + to, source->data + from, size);
    return VM_TRAP_NONE;
}

/* Spec: exec-memory.init */
enum vm_trap_kind vm_memory_init(struct vm_memory *memory, uint32_t to, struct vm_bytes source, uint32_t from,
                                 uint32_t size) {
    if (!vm_memory_holds(memory, to, size) || from > source.size || size > source.size - from)
        return VM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS;
    vm_dirty_mark_range(memory->data, to, size);
    if (size != 0)
        memcpy(memory->data + to, source.data + from, size);
    return VM_TRAP_NONE;
}
