/* spec-tests/fuzz/lower_fuzz.c - any bytes as a module whose floats are lowered.
 *
 * The first byte chooses profile and features.  What is lowered must be the same twice, load without floats unless it is
 * over a limit, be its own lowering, and stay within the limit on its size; memory is bounded.  Packed (loader/pack.h), it
 * loads, no larger but for the gaps that were filled, and is its own packing. */
#include <string.h>

#include "loader/lower/lower.h"
#include "loader/pack.h"
#include "loader/writer.h"
#include "spec-tests/fuzz/fuzz.h"

struct account {
    size_t held;
    size_t most;
};

static void *resize(void *context, void *old, size_t old_size, size_t new_size) {
    struct account *const account = context;
    account->held += new_size;
    account->held -= old_size;
    account->most = account->most < account->held ? account->held : account->most;
    const struct vm_allocator system = vm_system_allocator();
    return system.resize(system.context, old, old_size, new_size);
}

static void check_packed(struct vm_bytes bytes, const struct loader_options *options,
                         const struct vm_allocator *allocator, uint32_t gap) {
    const struct loader_packing packing = {.section = vm_bytes_of_text("dela.manifest"), .gap = gap};
    struct vm_module *module;
    struct vm_error error;
    struct vm_bytes packed, again;
    EXPECT(loader_pack(bytes, options, &packing, allocator, &packed, &error) == VM_OK);
    const enum vm_status status = loader_load(packed, options, allocator, &module, &error);
    EXPECT(status == VM_OK || (gap > 0 && status == VM_LIMIT));
    EXPECT(gap > 0 || packed.size <= bytes.size + 16);
    vm_module_free(module);
    if (status == VM_OK) {
        EXPECT(loader_pack(packed, options, &packing, allocator, &again, &error) == VM_OK);
        EXPECT(vm_bytes_equal(packed, again));
        loader_bytes_free(allocator, again);
    }
    loader_bytes_free(allocator, packed);
}

static void check_lowered(struct vm_bytes bytes, struct vm_bytes lowered, const struct loader_options *options,
                          const struct vm_allocator *allocator) {
    struct vm_module *module;
    struct vm_error error;
    struct loader_options strict = *options;
    struct vm_bytes again;
    strict.policy = LOADER_STRICT;
    EXPECT(vm_bytes_equal(bytes, lowered) || lowered.size <= options->limits->module_bytes);
    const enum vm_status status = loader_load(lowered, &strict, allocator, &module, &error);
    EXPECT(status == VM_OK || status == VM_LIMIT);
    vm_module_free(module);
    if (status != VM_OK)
        return;
    EXPECT(loader_lower(lowered, options, allocator, &again, &error) == VM_OK);
    EXPECT(vm_bytes_equal(lowered, again));
    loader_bytes_free(allocator, again);
    check_packed(lowered, &strict, allocator, 0);
    check_packed(lowered, &strict, allocator, 40);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || loader_routines().size == 0)
        return 0;
    const uint8_t choice = data[0];
    const struct vm_bytes bytes = vm_bytes(data + 1, size - 1);
    struct vm_limits limits = vm_profile_limits(choice & 1 ? VM_STRICT : VM_COMPAT);
    limits.module_bytes = 256 << 10;
    struct vm_features features = vm_profile_features(VM_STRICT);
    for (uint32_t i = 0; i < VM_FEATURE_COUNT; i++)
        if (vm_feature_rows[i].ready)
            features.on[i] = (choice & 2) != 0 || features.on[i];
    const struct vm_schedule schedule = vm_default_schedule();
    const struct loader_options options = {&limits, &features, &schedule, LOADER_LOWER};

    struct account account = {0};
    const struct vm_allocator counting = {resize, &account};
    struct vm_bytes lowered;
    struct vm_bytes other;
    struct vm_error error;
    const enum vm_status status = loader_lower(bytes, &options, &counting, &lowered, &error);
    EXPECT(loader_lower(bytes, &options, &counting, &other, &error) == status);
    EXPECT(status != VM_RESOURCE && status != VM_UNLINKABLE);
    EXPECT(vm_bytes_equal(lowered, other));
    EXPECT(account.most <= ((size_t)8 << 20) + 512 * size);
    if (status == VM_OK)
        check_lowered(bytes, lowered, &options, &counting);
    else
        EXPECT(lowered.data == NULL && error.offset <= bytes.size && error.message[0] != '\0');
    loader_bytes_free(&counting, lowered);
    loader_bytes_free(&counting, other);
    EXPECT(account.held == 0);
    return 0;
}
