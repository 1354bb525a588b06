/* server/tests/memory_test.c - the allocator of modules: what it promises as one, for sizes of both kinds. */
#include "server/memory.h"

#include "vm/tests/check.h"

enum { LARGE = VM_LARGE_CHUNK };

static bool is_filled(const uint8_t *bytes, size_t size, uint8_t with) {
    return size == 0 || (bytes[0] == with && memcmp(bytes, bytes + 1, size - 1) == 0);
}

/* From each size to each other one: what was there stays, what is new is zero. */
static void test_resizing(const struct vm_allocator *memory) {
    static const size_t sizes[] = {1, 4096, LARGE - 1, LARGE, LARGE + 1, 3 * (size_t)LARGE};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    for (size_t i = 0; i < COUNT * COUNT; i++) {
        const size_t before = sizes[i / COUNT], after = sizes[i % COUNT];
        const size_t kept = before < after ? before : after;
        check_context("from %zu bytes to %zu", before, after);
        uint8_t *const old = vm_allocate(memory, before);
        CHECK(old != NULL && is_filled(old, before, 0));
        memset(old, 7, before);
        uint8_t *const new = memory->resize(memory->context, old, before, after);
        CHECK(new != NULL &&is_filled(new, kept, 7) && is_filled(new + kept, after - kept, 0));
        CHECK(after % LARGE != 0 || (uintptr_t)new % LARGE == 0);
        vm_release(memory, new, after);
    }
}

/* So many at once that some would not be aligned by chance, and what was given back is zero again. */
static void test_many(const struct vm_allocator *memory) {
    uint8_t *chunks[8];
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 8; i++) {
            chunks[i] = vm_allocate(memory, LARGE);
            check_context("chunk %zu", i);
            CHECK(chunks[i] != NULL && (uintptr_t)chunks[i] % LARGE == 0 && is_filled(chunks[i], LARGE, 0));
            memset(chunks[i], (int)i + 1, LARGE);
        }
        for (size_t i = 0; i < 8; i++) {
            CHECK(is_filled(chunks[i], LARGE, (uint8_t)(i + 1)));
            vm_release(memory, chunks[i], LARGE);
        }
    }
}

static void test_failing(const struct vm_allocator *memory) {
    static const size_t sizes[] = {SIZE_MAX / LARGE * LARGE, SIZE_MAX / 2 / LARGE * LARGE};
    uint8_t *const old = vm_allocate(memory, LARGE);
    memset(old, 7, LARGE);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_context("%zu bytes", sizes[i]);
        CHECK(vm_allocate(memory, sizes[i]) == NULL);
        CHECK(memory->resize(memory->context, old, LARGE, sizes[i]) == NULL && is_filled(old, LARGE, 7));
    }
    vm_release(memory, old, LARGE);
}

int main(void) {
    const struct vm_allocator memory = server_memory_for_modules();
    test_resizing(&memory);
    test_many(&memory);
    test_failing(&memory);
    return check_done();
}
