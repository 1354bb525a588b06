/* vm/pool.c - zeroed buffers that outlive their users. */
#include "vm/pool.h"

#include <assert.h>
#include <string.h>

#include "vm/dirty.h"

/* Small enough for the least table, large enough that an empty memory has an address. */
enum { LEAST_CAPACITY = 64 };

void vm_pool_init(struct vm_pool *pool, const struct vm_allocator *allocator, bool marked) {
    *pool = (struct vm_pool){.allocator = allocator, .marked = marked, .ahead = marked ? VM_POOL_RESERVED : 0};
}

/* Bytes of marks in front of a buffer's data. */
static size_t marks_of(const struct vm_pool *pool, size_t capacity) {
    return pool->marked ? vm_dirty_bytes(capacity) : 0;
}

/* Zeroed space with its marks in front; NULL when memory is short. */
static uint8_t *new_data(struct vm_pool *pool, uint64_t capacity) {
    if (capacity > SIZE_MAX / 2)
        return NULL;
    const size_t marks = marks_of(pool, (size_t)capacity);
    uint8_t *const data = vm_allocate(pool->allocator, marks + (size_t)capacity);
    return data == NULL ? NULL : data + marks;
}

/* Gives the buffer another space, from new_data(), with `touched` bytes used so far, in place of its own. */
static void put_data(struct vm_pool *pool, struct vm_buffer *buffer, uint8_t *data, size_t capacity, size_t touched) {
    if (buffer->data != NULL) {
        const size_t marks = marks_of(pool, buffer->capacity);
        vm_release(pool->allocator, (uint8_t *)buffer->data - marks, marks + buffer->capacity);
        pool->bytes -= marks + buffer->capacity;
        pool->reserved -= buffer->capacity - buffer->touched;
    }
    buffer->data = data;
    buffer->capacity = data == NULL ? 0 : capacity;
    buffer->touched = touched;
    if (data != NULL) {
        pool->bytes += marks_of(pool, capacity) + capacity;
        pool->reserved += capacity - touched;
    }
}

static void set_used(struct vm_pool *pool, struct vm_buffer *buffer, size_t used) {
    buffer->used = used;
    if (used > buffer->high)
        buffer->high = used;
    if (used > buffer->touched) {
        pool->reserved -= used - buffer->touched;
        buffer->touched = used;
    }
}

/* Takes the first idle buffer that is large enough off the list; failing that, the first one; NULL if none is idle. */
static struct vm_buffer *take_idle(struct vm_pool *pool, uint64_t wish) {
    struct vm_buffer **place = &pool->idle;
    while (*place != NULL && (*place)->capacity < wish)
        place = &(*place)->next;
    if (*place == NULL)
        place = &pool->idle;
    struct vm_buffer *const buffer = *place;
    if (buffer != NULL)
        *place = buffer->next;
    return buffer;
}

/* Gives an idle buffer space for `wish` bytes, or if that is not to be had for `used`; its old one is all zeros, so
 * nothing is copied. */
static bool replace_data(struct vm_pool *pool, struct vm_buffer *buffer, uint64_t used, uint64_t wish) {
    uint8_t *data = new_data(pool, wish);
    if (data == NULL && used < wish) {
        if (buffer->data != NULL && buffer->capacity >= used)
            return true;
        data = new_data(pool, wish = used);
    }
    if (data == NULL)
        return false;
    put_data(pool, buffer, data, (size_t)wish, 0);
    return true;
}

struct vm_buffer *vm_pool_take(struct vm_pool *pool, uint64_t used, uint64_t most) {
    const uint64_t ahead = most < pool->ahead ? most : pool->ahead;
    const uint64_t need = used < LEAST_CAPACITY ? LEAST_CAPACITY : used, wish = ahead < need ? need : ahead;
    struct vm_buffer *buffer = take_idle(pool, wish);
    if (buffer == NULL) {
        buffer = vm_allocate(pool->allocator, sizeof *buffer);
        if (buffer == NULL)
            return NULL;
        pool->bytes += sizeof *buffer;
    }
    if ((buffer->data == NULL || buffer->capacity < wish) && !replace_data(pool, buffer, need, wish)) {
        buffer->next = pool->idle;
        pool->idle = buffer;
        return NULL;
    }
    set_used(pool, buffer, (size_t)used);
    buffer->next = pool->live;
    pool->live = buffer;
    return buffer;
}

/* Only what is marked is copied: the rest is zero, and reading it would make the system give memory for it. */
static bool move_marked(struct vm_pool *pool, struct vm_buffer *buffer, uint64_t capacity) {
    uint8_t *const to = new_data(pool, capacity);
    if (to == NULL)
        return false;
    const uint8_t *const from = buffer->data;
    const size_t count = (buffer->high >> VM_DIRTY_SHIFT) + 1;
    for (struct vm_dirty_run run = vm_dirty_run(from, 0, buffer->high, VM_DIRTY_ANY); run.page < count;
         run = vm_dirty_run(from, run.end, buffer->high, VM_DIRTY_ANY)) {
        memcpy(to + run.from, from + run.from, run.to - run.from);
        memcpy(to - run.end, from - run.end, run.end - run.page);
    }
    put_data(pool, buffer, to, (size_t)capacity, buffer->touched);
    return true;
}

static bool resize(struct vm_pool *pool, struct vm_buffer *buffer, uint64_t capacity) {
    if (pool->marked)
        return move_marked(pool, buffer, capacity);
    if (capacity > SIZE_MAX)
        return false;
    const struct vm_allocator *const allocator = pool->allocator;
    void *const data = allocator->resize(allocator->context, buffer->data, buffer->capacity, (size_t)capacity);
    if (data == NULL)
        return false;
    pool->bytes += (size_t)capacity - buffer->capacity;
    pool->reserved += (size_t)capacity - buffer->capacity;
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
    set_used(pool, buffer, (size_t)used);
    return true;
}

/* Zeroes what is marked, and the marks. */
static void zero_marked(struct vm_buffer *buffer) {
    uint8_t *const data = buffer->data;
    const size_t count = (buffer->high >> VM_DIRTY_SHIFT) + 1;
    for (struct vm_dirty_run run = vm_dirty_run(data, 0, buffer->high, VM_DIRTY_ANY); run.page < count;
         run = vm_dirty_run(data, run.end, buffer->high, VM_DIRTY_ANY)) {
        memset(data + run.from, 0, run.to - run.from);
        vm_dirty_clear(data, run.page, run.end);
    }
}

void vm_pool_clear(struct vm_pool *pool) {
    while (pool->live != NULL) {
        struct vm_buffer *const buffer = pool->live;
        pool->live = buffer->next;
        if (pool->marked)
            zero_marked(buffer);
        else
            memset(buffer->data, 0, buffer->high);
        assert(!VM_CHECKS_MARKS || vm_all_zero(buffer->data, buffer->high));
        buffer->used = buffer->high = 0;
        buffer->next = pool->idle;
        pool->idle = buffer;
    }
}

void vm_pool_free(struct vm_pool *pool) {
    while (pool->live != NULL || pool->idle != NULL) {
        struct vm_buffer **const list = pool->live != NULL ? &pool->live : &pool->idle;
        struct vm_buffer *const buffer = *list;
        *list = buffer->next;
        put_data(pool, buffer, NULL, 0, 0);
        vm_release(pool->allocator, buffer, sizeof *buffer);
    }
    pool->bytes = pool->reserved = 0;
}
