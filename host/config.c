/* host/config.c - the rows of host/imports.def and host/wasi.def, the default configuration, and the hash that names the limits. */
#include "host/config.h"

#include "host/hash.h"
#include "loader/lower/lower.h"

const struct host_import_row host_import_rows[HOST_IMPORT_COUNT] = {
#define IMPORT(name, params, results, base, amount, per, function, documentation)                                      \
    [HOST_IMPORT_##name] = {HOST_DELA_MODULE, #name, params, results, base, {amount, per}, documentation},
#include "host/imports.def"
#define WASI(name, params, results, base, amount, per, function, documentation)                                        \
    [HOST_IMPORT_##name] = {HOST_WASI_MODULE, #name, params, results, base, {amount, per}, documentation},
#include "host/wasi.def"
};

/* The canonical text of everything but the schedule, hashed as it is made; config.h shows the lines. */
static struct host_hash hash_limits(const struct host_config *config) {
    struct host_hasher hasher;
    host_hasher_begin(&hasher);
    for (uint32_t i = 0; i < vm_limit_row_count; i++) {
        const struct vm_limit_row *const row = &vm_limit_rows[i];
        if (row->scope == VM_LIMIT_SERVER)
            continue;
        host_hasher_bytes(&hasher, vm_bytes_of_text(row->name));
        host_hasher_u64(&hasher, vm_limit_value(&config->limits, row));
    }
    for (uint32_t i = 0; i < VM_FEATURE_COUNT; i++) {
        host_hasher_bytes(&hasher, vm_bytes_of_text(vm_feature_rows[i].name));
        host_hasher_u8(&hasher, config->features.on[i]);
    }
    host_hasher_u8(&hasher, config->policy == LOADER_LAZY);
    return host_hasher_end(&hasher);
}

void host_config_seal(struct host_config *config) {
    config->schedule.hash = host_schedule_hash(&config->schedule);
    config->limits_hash = hash_limits(config);
}

void host_config_init(struct host_config *config, enum vm_profile profile) {
    /* Safe to call from several threads and more than once; it fails only where the system has no randomness, and
     * nothing here wants any. */
    const int ready = sodium_init();
    (void)ready;
    *config = (struct host_config){
        .profile = profile,
        .policy = LOADER_STRICT,
        .limits = vm_profile_limits(profile),
        .features = vm_profile_features(profile),
        .schedule = host_default_schedule(),
        .engine = VM_ENGINE_FAST,
        .fold = true,
    };
    host_config_seal(config);
}

struct host_hash host_lowering_hash(void) {
    struct host_hasher hasher;
    host_hasher_begin(&hasher);
    host_hasher_u32(&hasher, LOADER_LOWERING_VERSION);
    host_hasher_bytes(&hasher, loader_routines());
    return host_hasher_end(&hasher);
}

bool host_lowering_built(void) {
    return loader_routines().size != 0;
}
