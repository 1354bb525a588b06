/* host/tests/selftest_test.c - the conformance hash of this build is the pinned one. */
#include "host/selftest.h"

#include "vm/tests/check.h"

/* An allocator that fails from its n-th request on. */
static void *fail_late(void *context, void *old, size_t old_size, size_t new_size) {
    uint32_t *const left = context;
    if (new_size > old_size && (*left == 0 || (*left)-- == 0))
        return NULL;
    const struct vm_allocator system = vm_system_allocator();
    return system.resize(system.context, old, old_size, new_size);
}

int main(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    struct host_selftest result;
    CHECK(host_selftest_run(&allocator, &result) == VM_OK);
    char have[HOST_HASH_TEXT_SIZE], want[HOST_HASH_TEXT_SIZE];
    host_hash_text(&result.hash, have);
    host_hash_text(&result.expected, want);
    CHECK_TEXT(result.first, "");
    CHECK_U64(result.differences, 0);
    CHECK(result.vectors > 10000);
    CHECK_TEXT(have, want); /* after a change of prices or words, put this hash into host/selftest.c */
    CHECK(result.good);

    for (uint32_t requests = 0; requests < 60; requests++) {
        uint32_t left = requests;
        const struct vm_allocator failing = {fail_late, &left};
        check_context("memory for %u requests", requests);
        CHECK(host_selftest_run(&failing, &result) == VM_RESOURCE);
        CHECK(!result.good);
    }
    return check_done();
}
