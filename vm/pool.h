/* vm/pool.h - zeroed buffers that outlive their users: what linear memories and tables are made of.
 *
 * A contract call has a fresh instance, and asking the system for its memory each time would cost more than the call.  A
 * pool keeps the buffers of the instances that are gone and zeroes only what these could have written. */
#ifndef DELAVM_VM_POOL_H
#define DELAVM_VM_POOL_H

#include "vm/arena.h"

/* `high`: the most that was used since the buffer was last cleared.  Bytes from `used` to `capacity` are zero at all
 * times; in a marked pool (vm/dirty.h) that holds for bytes from `high` on, and for pages without a mark. */
struct vm_buffer {
    void *data;
    size_t capacity;
    size_t used;
    size_t high;
    size_t touched; /* the most that was ever used: what lies behind was reserved, but is not held yet */
    struct vm_buffer *next;
};

struct vm_pool {
    const struct vm_allocator *allocator;
    bool marked;    /* there are marks in front of the data */
    uint64_t ahead; /* room that a buffer has from the start, if it can get so long */
    struct vm_buffer *live;
    struct vm_buffer *idle;
    size_t bytes;    /* taken from the allocator */
    size_t reserved; /* of them: never used so far */
};

/* marked: buffers have marks in front of their data (vm/dirty.h), and whoever writes marks. */
void vm_pool_init(struct vm_pool *pool, const struct vm_allocator *allocator, bool marked);

/* A buffer of `used` zeros, data never NULL; belongs to the pool.  NULL when memory is short.
 * most   the longest it will ever get.  A marked buffer has room for that from the start, up to VM_POOL_RESERVED unless
 *        pool->ahead says otherwise, as long as the allocator gives it: then its data does not move.  Not more, because
 *        an allocator that has had a large piece back may hand it out again by zeroing all of it */
#define VM_POOL_RESERVED ((uint64_t)512 << 10)
struct vm_buffer *vm_pool_take(struct vm_pool *pool, uint64_t used, uint64_t most);

/* Makes the buffer `used` bytes long (not less than now); the new ones are zero; data may move.  `most` is the longest
 * it will ever get.  The capacity doubles on the way there, so that growing in small steps copies each byte about
 * once.  False when memory is short; the buffer is then as it was. */
bool vm_pool_grow(struct vm_pool *pool, struct vm_buffer *buffer, uint64_t used, uint64_t most);

/* Takes all buffers back and zeroes what was written of them. */
void vm_pool_clear(struct vm_pool *pool);

/* Gives everything back to the allocator. */
void vm_pool_free(struct vm_pool *pool);

#endif
