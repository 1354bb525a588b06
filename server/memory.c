/* server/memory.c - large pieces by mmap(), the others by the C library. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, madvise() */
#include "server/memory.h"

#include <sys/mman.h>

static bool is_large(size_t size) {
    return size != 0 && size % VM_LARGE_CHUNK == 0;
}

/* A chunk more is mapped, so that an aligned part is in it; what is in front and behind goes back. */
static void *map(size_t size) {
    if (size > SIZE_MAX - VM_LARGE_CHUNK)
        return NULL;
    void *const wide = mmap(NULL, size + VM_LARGE_CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (wide == MAP_FAILED)
        return NULL;
    const size_t front = VM_LARGE_CHUNK - (uintptr_t)wide % VM_LARGE_CHUNK;
    uint8_t *const memory = (uint8_t *)wide + front;
    munmap(wide, front);
    if (front != VM_LARGE_CHUNK)
        munmap(memory + size, VM_LARGE_CHUNK - front);
#ifdef MADV_HUGEPAGE
    (void)madvise(memory, size, MADV_HUGEPAGE); /* a system without them says no */
#endif
    return memory;
}

static void *allocate(const struct vm_allocator *library, size_t size) {
    return is_large(size) ? map(size) : vm_allocate(library, size);
}

static void release(const struct vm_allocator *library, void *memory, size_t size) {
    if (is_large(size))
        munmap(memory, size);
    else
        vm_release(library, memory, size);
}

static void *resize(void *context, void *old, size_t old_size, size_t new_size) {
    const struct vm_allocator library = vm_system_allocator();
    (void)context;
    if (!is_large(old_size) && !is_large(new_size))
        return library.resize(library.context, old, old_size, new_size);
    void *const memory = new_size == 0 ? NULL : allocate(&library, new_size);
    if (new_size != 0 && memory == NULL)
        return NULL;
    if (old != NULL && new_size != 0)
        memcpy(memory, old, old_size < new_size ? old_size : new_size);
    if (old != NULL)
        release(&library, old, old_size);
    return memory;
}

struct vm_allocator server_memory_for_modules(void) {
    return (struct vm_allocator){resize, NULL};
}
