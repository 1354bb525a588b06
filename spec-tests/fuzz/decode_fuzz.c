/* spec-tests/fuzz/decode_fuzz.c - any bytes as a module: decoding and validation.
 *
 * The first byte chooses policy and features.  The answer must be the same twice, whole under a limit on memory, and
 * what is accepted must be instantiable up to its imports. */
#include <string.h>

#include "loader/loader.h"
#include "loader/reach.h"
#include "spec-tests/fuzz/fuzz.h"
#include "vm/store.h"

/* Counts what is held and refuses above a bound that is a fixed multiple of the module's size. */
struct account {
    size_t held;
    size_t bound;
    bool over;
};

static void *resize(void *context, void *old, size_t old_size, size_t new_size) {
    struct account *const account = context;
    account->held += new_size;
    account->held -= old_size;
    account->over = account->over || account->held > account->bound;
    const struct vm_allocator system = vm_system_allocator();
    return system.resize(system.context, old, old_size, new_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    const uint8_t choice = data[0];
    const struct vm_bytes bytes = vm_bytes(data + 1, size - 1);
    const struct vm_limits limits = vm_profile_limits(choice & 1 ? VM_STRICT : VM_COMPAT);
    struct vm_features features = vm_profile_features(VM_STRICT);
    for (uint32_t i = 0; i < VM_FEATURE_COUNT; i++)
        if (vm_feature_rows[i].ready)
            features.on[i] = (choice & 2) != 0 || features.on[i];
    const struct vm_schedule schedule = vm_default_schedule();
    const struct loader_options options = {&limits, &features, &schedule, choice & 4 ? LOADER_LAZY : LOADER_STRICT};

    struct account account = {.bound = (size_t)1 << 20 | 512 * size};
    const struct vm_allocator counting = {resize, &account};
    struct vm_module *module, *again;
    struct vm_error error, other;
    const enum vm_status status = loader_load(bytes, &options, &counting, &module, &error);
    EXPECT(!account.over);
    EXPECT(status != VM_RESOURCE && status != VM_UNLINKABLE);
    EXPECT((module != NULL) == (status == VM_OK));
    EXPECT(loader_load(bytes, &options, &counting, &again, &other) == status);
    if (status == VM_OK) {
        EXPECT(vm_instantiation_price(module, &schedule) == vm_instantiation_price(again, &schedule));
        if (module->import_count == 0) {
            struct vm_store *const store = vm_store_new(&counting, &limits);
            struct vm_instantiation made;
            uint64_t fuel = 100000;
            const enum vm_status result = vm_instantiate(store, module, &schedule, NULL, NULL, &fuel, &made, &other);
            EXPECT(result == VM_OK || result == VM_LIMIT);
            vm_store_free(store);
        }
    } else {
        EXPECT(error.code == other.code && error.offset == other.offset && strcmp(error.message, other.message) == 0);
        EXPECT(error.offset <= bytes.size);
        EXPECT(error.message[0] != '\0');
    }
    if (status == VM_UNSUPPORTED) {
        struct loader_report report;
        if (loader_explain(bytes, &options, &counting, &report, &other) == VM_OK)
            loader_report_clear(&report);
    }
    vm_module_free(module);
    vm_module_free(again);
    EXPECT(account.held == 0);
    return 0;
}
