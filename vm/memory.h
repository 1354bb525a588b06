/* vm/memory.h - linear memory: making, growing and the bulk instructions.  Spec: syntax-meminst, exec-instr-memory */
#ifndef DELAVM_VM_MEMORY_H
#define DELAVM_VM_MEMORY_H

#include "vm/pool.h"
#include "vm/store.h"

/* A memory and the buffer it lives in.  The buffer's `used` is always the memory's `bytes`. */
struct vm_memory_cell {
    struct vm_memory memory;
    struct vm_buffer *buffer;
};

/* A memory of type->limits.minimum zeroed pages, from arena and pool, which grows to at most `cap` times
 * 64 KiB.  The minimum must not be above the cap.  NULL when memory is short. */
struct vm_memory *vm_memory_new(struct vm_arena *arena, struct vm_pool *pool, const struct vm_memory_type *type,
                                uint64_t cap);

/* True if `delta` more pages stay within the maximum; else memory.grow yields -1. */
static inline bool vm_memory_can_grow(const struct vm_memory *memory, uint32_t delta) {
    return delta <= memory->maximum - memory->pages;
}

/* Adds `delta` zeroed pages, which must stay within the maximum.  False when memory is short. */
bool vm_memory_grow(struct vm_pool *pool, struct vm_memory *memory, uint32_t delta);

/* memory.fill, memory.copy, memory.init.  All bounds are checked before a byte is written: the result is VM_TRAP_NONE,
 * or VM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS with nothing done.  copy: the ranges may overlap. */
enum vm_trap_kind vm_memory_fill(struct vm_memory *memory, uint32_t to, uint8_t value, uint32_t size);
enum vm_trap_kind vm_memory_copy(struct vm_memory *memory, uint32_t to, const struct vm_memory *source, uint32_t from,
                                 uint32_t size);
enum vm_trap_kind vm_memory_init(struct vm_memory *memory, uint32_t to, struct vm_bytes source, uint32_t from,
                                 uint32_t size);

#endif
