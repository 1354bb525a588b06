/* host/buffer.c - growable arrays. */
#include "host/buffer.h"

bool host_buffer_reserve(struct host_buffer *buffer, const struct vm_allocator *allocator, size_t count) {
    if (count <= buffer->capacity)
        return true;
    size_t capacity = buffer->capacity < 8 ? 8 : buffer->capacity;
    while (capacity < count) {
        if (capacity > SIZE_MAX / 2)
            return false;
        capacity *= 2;
    }
    if (capacity > SIZE_MAX / buffer->width)
        return false;
    void *const data =
        allocator->resize(allocator->context, buffer->data, buffer->capacity * buffer->width, capacity * buffer->width);
    if (data == NULL)
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void *host_buffer_push(struct host_buffer *buffer, const struct vm_allocator *allocator) {
    if (buffer->count == SIZE_MAX || !host_buffer_reserve(buffer, allocator, buffer->count + 1))
        return NULL;
    uint8_t *const element = (uint8_t *)buffer->data + buffer->count * buffer->width;
    memset(element, 0, buffer->width);
    buffer->count++;
    return element;
}

void host_buffer_free(struct host_buffer *buffer, const struct vm_allocator *allocator) {
    vm_release(allocator, buffer->data, buffer->capacity * buffer->width);
    buffer->data = NULL;
    buffer->count = buffer->capacity = 0;
}
