/* host/snapshot.c - a snapshot as bytes: the hash that names its state, and what is kept of it. */
#include "host/hash.h"
#include "host/run.h"

/* What stands before the state, with the places of module, world and fuel; and behind it: a hash. */
enum { MODULE = 0, WORLD = HOST_HASH_BYTES, FUEL = 2 * HOST_HASH_BYTES, HEAD_BYTES = FUEL + 8 };
enum { TAIL_BYTES = HOST_HASH_BYTES };

uint8_t *host_snapshot_state(const struct vm_image *image, const struct vm_module *module, size_t before, size_t after,
                             const struct vm_allocator *allocator, size_t *size) {
    *size = vm_image_write(image, module, NULL);
    uint8_t *const bytes = vm_allocate(allocator, before + *size + after);
    if (bytes != NULL)
        (void)vm_image_write(image, module, bytes + before);
    return bytes;
}

static struct host_hash name_program(const struct host_hash *module, const struct host_hash *snapshot) {
    static const char label[] = "delavm snapshot 2";
    struct host_hasher hasher;
    host_hasher_begin(&hasher);
    host_hasher_raw(&hasher, label, sizeof label - 1);
    host_hasher_raw(&hasher, module->bytes, HOST_HASH_BYTES);
    host_hasher_raw(&hasher, snapshot->bytes, HOST_HASH_BYTES);
    return host_hasher_end(&hasher);
}

void host_contract_begin_from(struct host_contract *contract, const struct host_config *config,
                              const struct vm_image *image, struct vm_bytes state, uint64_t fuel) {
    contract->start = HOST_START_SNAPSHOT;
    contract->snapshot = host_hash_of(state);
    contract->program = name_program(&contract->hash, &contract->snapshot);
    contract->initialization_fuel = fuel;
    contract->instantiation_price = vm_image_price(image, contract->module, &config->schedule.vm);
    contract->image = image;
}

struct host_hash host_snapshot_world(const struct host_config *config) {
    static const char label[] = "delavm kept snapshot 1";
    struct host_hasher hasher;
    host_hasher_begin(&hasher);
    host_hasher_raw(&hasher, label, sizeof label - 1);
    host_hasher_u32(&hasher, HOST_ENGINE_VERSION);
    host_hasher_raw(&hasher, config->schedule.hash.bytes, HOST_HASH_BYTES);
    host_hasher_raw(&hasher, config->limits_hash.bytes, HOST_HASH_BYTES);
    return host_hasher_end(&hasher);
}

struct vm_bytes host_snapshot_keep(const struct host_contract *contract, const struct host_config *config,
                                   const struct vm_allocator *allocator) {
    size_t size;
    uint8_t *const kept =
        host_snapshot_state(contract->image, contract->module, HEAD_BYTES, TAIL_BYTES, allocator, &size);
    if (kept == NULL)
        return vm_bytes(NULL, 0);
    const struct host_hash world = host_snapshot_world(config);
    memcpy(kept + MODULE, contract->hash.bytes, HOST_HASH_BYTES);
    memcpy(kept + WORLD, world.bytes, HOST_HASH_BYTES);
    vm_store_u64(kept + FUEL, contract->initialization_fuel);
    const struct host_hash hash = host_hash_of(vm_bytes(kept, HEAD_BYTES + size));
    memcpy(kept + HEAD_BYTES + size, hash.bytes, TAIL_BYTES);
    return vm_bytes(kept, HEAD_BYTES + size + TAIL_BYTES);
}

/* True if the bytes are whole, and of this module in this world. */
static bool is_kept(const struct host_contract *contract, const struct host_config *config, struct vm_bytes kept) {
    if (kept.size < HEAD_BYTES + TAIL_BYTES)
        return false;
    const struct host_hash world = host_snapshot_world(config);
    const struct host_hash hash = host_hash_of(vm_bytes(kept.data, kept.size - TAIL_BYTES));
    return memcmp(kept.data + MODULE, contract->hash.bytes, HOST_HASH_BYTES) == 0 &&
           memcmp(kept.data + WORLD, world.bytes, HOST_HASH_BYTES) == 0 &&
           memcmp(kept.data + kept.size - TAIL_BYTES, hash.bytes, TAIL_BYTES) == 0;
}

enum vm_status host_contract_restore(struct host_contract *contract, const struct host_config *config,
                                     struct vm_bytes kept) {
    if (contract->image == NULL || !is_kept(contract, config, kept))
        return VM_MALFORMED;
    const struct vm_bytes state = vm_bytes(kept.data + HEAD_BYTES, kept.size - HEAD_BYTES - TAIL_BYTES);
    const struct vm_image *image;
    struct vm_module *const module = contract->module;
    const enum vm_status status =
        vm_image_read(state, module, contract->image, &config->limits, &module->arena, &image);
    if (status == VM_OK)
        host_contract_begin_from(contract, config, image, state, vm_load_u64(kept.data + FUEL));
    return status;
}
