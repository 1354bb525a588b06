/* vm/pool.c - zeroed buffers that outlive their users. */
#include "vm/pool.h"

#include <string.h>

/* Small enough for the least table, large enough that an empty memory has an address. */
enum { LEAST_CAPACITY = 64 };

void vm_pool_init(struct vm_pool *pool, const struct vm_allocator *allocator) {
    *pool = (struct vm_pool){.allocator = allocator};
}

/* Takes the first idle buffer that is large enough off the list; failing that, the first one; NULL if none is idle. */
static struct vm_buffer *take_idle(struct vm_pool *pool, uint64_t used) {
    struct vm_buffer **place = &pool->idle;
    while (*place != NULL && (*place)->capacity < used)
        place = &(*place)->next;
    if (*place == NULL)
        place = &pool->idle;
    struct vm_buffer *const buffer = *place;
    if (buffer != NULL)
        *place = buffer->next;
    return buffer;
}

/* Gives an idle buffer new space: its old one is all zeros, so nothing is copied. */
static bool replace_data(struct vm_pool *pool, struct vm_buffer *buffer, uint64_t capacity) {
    if (capacity < LEAST_CAPACITY)
        capacity = LEAST_CAPACITY;
    if (capacity > SIZE_MAX)
        return false;
    void *const data = vm_allocate(pool->allocator, (size_t)capacity);
    if (data == NULL)
        return false;
    vm_release(pool->allocator, buffer->data, buffer->capacity);
    pool->bytes += (size_t)capacity - buffer->capacity;
    buffer->data = data;
    buffer->capacity = (size_t)capacity;
    return true;
}

struct vm_buffer *vm_pool_take(struct vm_pool *pool, uint64_t used) {
    struct vm_buffer *buffer = take_idle(pool, used);
    if (buffer == NULL) {
        buffer = vm_allocate(pool->allocator, sizeof *buffer);
        if (buffer == NULL)
            return NULL;
        pool->bytes += sizeof *buffer;
    }
    if ((buffer->data == NULL || buffer->capacity < used) && !replace_data(pool, buffer, used)) {
        buffer->next = pool->idle;
        pool->idle = buffer;
        return NULL;
    }
    buffer->used = (size_t)used;
    buffer->next = pool->live;
    pool->live = buffer;
    return buffer;
}

static bool resize(struct vm_pool *pool, struct vm_buffer *buffer, uint64_t capacity) {
    if (capacity > SIZE_MAX)
        return false;
    const struct vm_allocator *const allocator = pool->allocator;
    void *const data = allocator->resize(allocator->context, buffer->data, buffer->capacity, (size_t)capacity);
    if (data == NULL)
        return false;
    pool->bytes += (size_t)capacity - buffer->capacity;
    buffer->data = data;
    buffer->capacity = (size_t)capacity;
    return true;
}

bool vm_pool_grow(struct vm_pool *pool, struct vm_buffer *buffer, uint64_t used, uint64_t most) {
    if (used > buffer->capacity) {
        const uint64_t twice = 2 * (uint64_t)buffer->capacity;
        const uint64_t wish = twice < used ? used : twice < most ? twice : most;
        if (!resize(pool, buffer, wish) && (wish == used || !resize(pool, buffer, used)))
            return false;
    }
    buffer->used = (size_t)used;
    return true;
}

void vm_pool_clear(struct vm_pool *pool) {
    while (pool->live != NULL) {
        struct vm_buffer *const buffer = pool->live;
        pool->live = buffer->next;
        memset(buffer->data, 0, buffer->used);
        buffer->used = 0;
        buffer->next = pool->idle;
        pool->idle = buffer;
    }
}

void vm_pool_free(struct vm_pool *pool) {
    while (pool->live != NULL || pool->idle != NULL) {
        struct vm_buffer **const list = pool->live != NULL ? &pool->live : &pool->idle;
        struct vm_buffer *const buffer = *list;
        *list = buffer->next;
        vm_release(pool->allocator, buffer->data, buffer->capacity);
        vm_release(pool->allocator, buffer, sizeof *buffer);
    }
    pool->bytes = 0;
}
