/* vm/arena.h - the only door to memory: an allocator the caller chooses, and arenas on top of it.
 *
 * A module lives in one arena, a request in another; both go away at once.  Every allocation may fail and says so by
 * returning NULL: the caller turns that into VM_RESOURCE, never into a verdict about a module or a contract. */
#ifndef DELAVM_VM_ARENA_H
#define DELAVM_VM_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "vm/bytes.h"

/* Where memory comes from.  Functions may be called from several threads at once if the objects made with the
 * allocator are used so.
 *
 * resize   old == NULL, old_size == 0: `new_size` zeroed bytes, or NULL
 *          new_size == 0: gives `old` (old_size bytes) back, returns NULL
 *          else: as realloc; bytes past old_size are zeroed; on NULL `old` is unchanged */
struct vm_allocator {
    void *(*resize)(void *context, void *old, size_t old_size, size_t new_size);
    void *context;
};

/* The C library's allocator. */
struct vm_allocator vm_system_allocator(void);

static inline void *vm_allocate(const struct vm_allocator *allocator, size_t size) {
    return allocator->resize(allocator->context, NULL, 0, size);
}

static inline void vm_release(const struct vm_allocator *allocator, void *pointer, size_t size) {
    if (pointer != NULL)
        allocator->resize(allocator->context, pointer, size, 0);
}

struct vm_arena_chunk;

/* What an arena asks for is up to half of this, or a multiple of it, so that an allocator may lay that on large pages. */
enum { VM_LARGE_CHUNK = 1 << 21 };

/* Bump allocation; freed as a whole.  `used` counts bytes taken from the allocator, for accounts and /metrics. */
struct vm_arena {
    struct vm_allocator allocator;
    struct vm_arena_chunk *chunks;
    size_t used;
};

/* An empty arena; takes no memory yet. */
void vm_arena_init(struct vm_arena *arena, const struct vm_allocator *allocator);

/* Gives everything back.  The arena is empty and usable again. */
void vm_arena_clear(struct vm_arena *arena);

/* Forgets all that was allocated but keeps one chunk, so that the next user of the arena need not ask again. */
void vm_arena_reset(struct vm_arena *arena);

/* `count` objects of `size` bytes, zeroed and aligned for any type; NULL if count * size overflows or memory is short.
 * For zero bytes the result is not NULL and must not be read. */
void *vm_arena_allocate(struct vm_arena *arena, size_t count, size_t size);

/* A copy of `bytes`, with a NUL after it that does not count.  data is NULL when memory is short. */
struct vm_bytes vm_arena_copy(struct vm_arena *arena, struct vm_bytes bytes);

#endif
