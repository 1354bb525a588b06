/* vm/tests/arena_test.c - arenas: zeroed, aligned, never overlapping, accounted to the byte, and failing politely. */
#include "vm/arena.h"

#include <stdalign.h>

#include "vm/tests/check.h"

/* An allocator that knows what it has given out and refuses at a ceiling. */
struct account {
    size_t held;
    size_t ceiling;
    uint32_t calls;
    bool wrong; /* a size between half a large chunk and a whole one, or between two of them */
};

static void *account_resize(void *context, void *old, size_t old_size, size_t new_size) {
    struct account *const account = context;
    const struct vm_allocator system = vm_system_allocator();
    account->calls++;
    account->wrong |= new_size > VM_LARGE_CHUNK / 2 && new_size % VM_LARGE_CHUNK != 0;
    if (new_size > old_size && new_size - old_size > account->ceiling - account->held)
        return NULL;
    account->held = account->held - (old == NULL ? 0 : old_size) + new_size;
    return system.resize(system.context, old, old_size, new_size);
}

static bool is_zero(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

/* Takes pieces of many sizes, dirties them, and sees that none was touched by another. */
static void check_pieces(struct vm_arena *arena) {
    static const size_t sizes[] = {1, 7, 16, 100, 4096, 3, 70000, 1, 3000000, 8, 33, 1500000, 5};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    uint8_t *pieces[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        pieces[i] = vm_arena_allocate(arena, sizes[i], 1);
        CHECK(pieces[i] != NULL);
        CHECK_U64((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        CHECK(is_zero(pieces[i], sizes[i]));
        memset(pieces[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        CHECK_U64(pieces[i][0], i + 1);
        CHECK(memcmp(pieces[i], pieces[i] + 1, sizes[i] - 1) == 0);
    }
}

int main(void) {
    struct account account = {.ceiling = SIZE_MAX / 2};
    const struct vm_allocator allocator = {account_resize, &account};
    struct vm_arena arena;

    check_context("fresh");
    vm_arena_init(&arena, &allocator);
    CHECK_U64(account.calls, 0);
    check_pieces(&arena);
    CHECK_U64(arena.used, account.held);

    check_context("reset");
    vm_arena_reset(&arena);
    CHECK_U64(arena.used, account.held);
    check_pieces(&arena);

    check_context("reset and small");
    vm_arena_reset(&arena);
    const uint32_t calls = account.calls;
    CHECK(vm_arena_allocate(&arena, 10, 10) != NULL);
    CHECK_U64(account.calls, calls);

    check_context("sizes that do not fit");
    CHECK(vm_arena_allocate(&arena, SIZE_MAX, 2) == NULL);
    CHECK(vm_arena_allocate(&arena, SIZE_MAX, 1) == NULL);
    CHECK(vm_arena_allocate(&arena, SIZE_MAX / 16, 16) == NULL);
    CHECK(vm_arena_allocate(&arena, 0, 16) != NULL);
    CHECK(vm_arena_allocate(&arena, 16, 0) != NULL);

    check_context("copies");
    const struct vm_bytes copy = vm_arena_copy(&arena, vm_bytes_of_text("abc"));
    CHECK(vm_bytes_equal(copy, vm_bytes_of_text("abc")));
    CHECK_U64(copy.data[3], 0);
    CHECK(vm_arena_copy(&arena, (struct vm_bytes){NULL, 0}).data != NULL);

    check_context("short of memory");
    account.ceiling = account.held;
    CHECK(vm_arena_allocate(&arena, 100000000, 1) == NULL);
    CHECK_U64(arena.used, account.held);

    check_context("large");
    account.ceiling = SIZE_MAX / 2;
    for (size_t size = VM_LARGE_CHUNK / 2 - 100; size < 5 * (size_t)VM_LARGE_CHUNK / 2; size += 30011)
        CHECK(vm_arena_allocate(&arena, size, 1) != NULL);
    CHECK(!account.wrong);
    CHECK_U64(arena.used, account.held);

    check_context("clear");
    vm_arena_clear(&arena);
    CHECK_U64(account.held, 0);
    CHECK_U64(arena.used, 0);
    vm_arena_clear(&arena);
    return check_done();
}
