/* vm/arena.c - the system allocator and bump arenas. */
#include "vm/arena.h"

#include <stdalign.h>
#include <stdlib.h>

/* Chunks double from here up to VM_LARGE_CHUNK: small modules cost little, big ones few calls. */
enum { FIRST_CHUNK = 4096 };

/* `fill` bytes of `size` are taken; bytes at or past `dirty` are still zero. */
struct vm_arena_chunk {
    struct vm_arena_chunk *older;
    size_t size;
    size_t fill;
    size_t dirty;
    alignas(max_align_t) uint8_t data[];
};

static void *system_resize(void *context, void *old, size_t old_size, size_t new_size) {
    (void)context;
    if (new_size == 0) {
        free(old);
        return NULL;
    }
    if (old == NULL)
        return calloc(1, new_size);
    uint8_t *const grown = realloc(old, new_size);
    if (grown != NULL && new_size > old_size)
        memset(grown + old_size, 0, new_size - old_size);
    return grown;
}

struct vm_allocator vm_system_allocator(void) {
    return (struct vm_allocator){system_resize, NULL};
}

void vm_arena_init(struct vm_arena *arena, const struct vm_allocator *allocator) {
    *arena = (struct vm_arena){.allocator = *allocator};
}

static void release_chunks(struct vm_arena *arena, struct vm_arena_chunk *chunk) {
    while (chunk != NULL) {
        struct vm_arena_chunk *const older = chunk->older;
        arena->used -= sizeof *chunk + chunk->size;
        vm_release(&arena->allocator, chunk, sizeof *chunk + chunk->size);
        chunk = older;
    }
}

void vm_arena_clear(struct vm_arena *arena) {
    release_chunks(arena, arena->chunks);
    arena->chunks = NULL;
}

void vm_arena_reset(struct vm_arena *arena) {
    struct vm_arena_chunk *const kept = arena->chunks;
    if (kept == NULL)
        return;
    release_chunks(arena, kept->older);
    kept->older = NULL;
    kept->fill = 0;
}

/* Bytes of a chunk, its head included, that holds at least `size`. */
static size_t chunk_bytes(const struct vm_arena_chunk *front, size_t size) {
    size_t bytes = front == NULL ? FIRST_CHUNK : 2 * (sizeof *front + front->size);
    if (bytes > VM_LARGE_CHUNK)
        bytes = VM_LARGE_CHUNK;
    if (bytes < sizeof *front + size)
        bytes = sizeof *front + size;
    return bytes <= VM_LARGE_CHUNK / 2 ? bytes : (bytes - 1) / VM_LARGE_CHUNK * VM_LARGE_CHUNK + VM_LARGE_CHUNK;
}

/* A chunk with room for `size` bytes, in front of the list unless the present front has more left to give. */
static struct vm_arena_chunk *add_chunk(struct vm_arena *arena, size_t size) {
    struct vm_arena_chunk *const front = arena->chunks;
    if (size > SIZE_MAX - sizeof *front - VM_LARGE_CHUNK)
        return NULL;
    const size_t room = chunk_bytes(front, size) - sizeof *front;
    struct vm_arena_chunk *const chunk = vm_allocate(&arena->allocator, sizeof *chunk + room);
    if (chunk == NULL)
        return NULL;
    chunk->size = room;
    arena->used += sizeof *chunk + room;
    if (front != NULL && front->size - front->fill > room - size) {
        chunk->older = front->older;
        front->older = chunk;
    } else {
        chunk->older = front;
        arena->chunks = chunk;
    }
    return chunk;
}

void *vm_arena_allocate(struct vm_arena *arena, size_t count, size_t size) {
    const size_t unit = alignof(max_align_t);
    if (size != 0 && count > (SIZE_MAX - unit) / size)
        return NULL;
    size_t bytes = (count * size + unit - 1) / unit * unit;
    if (bytes == 0)
        bytes = unit;
    struct vm_arena_chunk *chunk = arena->chunks;
    if (chunk == NULL || chunk->size - chunk->fill < bytes) {
        chunk = add_chunk(arena, bytes);
        if (chunk == NULL)
            return NULL;
    }
    uint8_t *const result = chunk->data + chunk->fill;
    const size_t stale = chunk->dirty > chunk->fill ? chunk->dirty - chunk->fill : 0;
    memset(result, 0, stale < bytes ? stale : bytes);
    chunk->fill += bytes;
    if (chunk->dirty < chunk->fill)
        chunk->dirty = chunk->fill;
    return result;
}

struct vm_bytes vm_arena_copy(struct vm_arena *arena, struct vm_bytes bytes) {
    if (bytes.size == SIZE_MAX)
        return (struct vm_bytes){NULL, 0};
    uint8_t *const copy = vm_arena_allocate(arena, bytes.size + 1, 1);
    if (copy == NULL)
        return (struct vm_bytes){NULL, 0};
    if (bytes.size != 0)
        memcpy(copy, bytes.data, bytes.size);
    return vm_bytes(copy, bytes.size);
}
