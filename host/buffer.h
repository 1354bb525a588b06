/* host/buffer.h - growable arrays that keep their room from run to run.  Internal to host. */
#ifndef DELAVM_HOST_BUFFER_H
#define DELAVM_HOST_BUFFER_H

#include "vm/arena.h"

/* `count` elements of `width` bytes at `data`; all zero is an empty one (width must then be set). */
struct host_buffer {
    void *data;
    size_t count;
    size_t capacity;
    size_t width;
};

/* Room for `count` elements in all; what is there stays.  False when memory is short: nothing has changed. */
bool host_buffer_reserve(struct host_buffer *buffer, const struct vm_allocator *allocator, size_t count);

/* One more element, zeroed; NULL when memory is short.  Pointers to others may become stale. */
void *host_buffer_push(struct host_buffer *buffer, const struct vm_allocator *allocator);

/* Forgets the elements, keeps the room. */
static inline void host_buffer_reset(struct host_buffer *buffer) {
    buffer->count = 0;
}

/* Gives the room back. */
void host_buffer_free(struct host_buffer *buffer, const struct vm_allocator *allocator);

#endif
