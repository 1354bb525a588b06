/* vm/fast/tests/duel.h - runs one function in both engines and compares all that can be seen of the two runs. */
#ifndef DELAVM_VM_FAST_TESTS_DUEL_H
#define DELAVM_VM_FAST_TESTS_DUEL_H

#include <stdlib.h>

#include "loader/loader.h"
#include "loader/writer.h"
#include "vm/fast/cell.h"
#include "vm/fast/fast.h"
#include "vm/fast/verify.h"
#include "vm/machine.h"
#include "vm/tests/check.h"

/* With sanitizers tests do less, or they would take minutes. */
#if defined(__SANITIZE_ADDRESS__)
#define DUEL_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DUEL_SANITIZED 1
#endif
#endif
#ifndef DUEL_SANITIZED
#define DUEL_SANITIZED 0
#endif

#if defined(__GNUC__)
#define DUEL_UNUSED __attribute__((unused))
#else
#define DUEL_UNUSED
#endif

/* What the imported host function saw, as a running hash. */
struct duel_side {
    struct vm_module *module;
    struct vm_store *store;
    struct vm_machine *machine;
    struct vm_instance *instance;
    vm_value host;
    uint64_t log;
    struct duel_import *imports; /* [DUEL_IMPORTS] */
    uint32_t import_count;
};
enum { DUEL_IMPORTS = 64 };

struct duel {
    struct vm_limits limits;
    struct vm_features features;
    struct vm_schedule schedule;
    struct vm_allocator allocator;
    bool listing;    /* translations can be listed, and are verified */
    uint32_t loaded; /* modules so far; of each third and fourth one a function is translated when it is first called */
    struct duel_side sides[3]; /* plain; fast; fast without folding */
};

static uint64_t duel_mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

/* "env" "log": (i64) -> i32.  Charges, writes to memory, and traps now and then. */
static enum vm_trap_kind duel_log(struct vm_host_call *call) {
    struct duel_side *const side = call->context;
    const uint64_t value = call->slots[0];
    side->log = duel_mix(side->log, value);
    if (!vm_host_charge(call, value % 5))
        return VM_TRAP_OUT_OF_FUEL;
    if (value % 97 == 13)
        return VM_TRAP_HOST_LIMIT;
    if (call->memory != NULL && call->memory->bytes > 8) {
        vm_memory_mark(call->memory, value % 8, 1);
        call->memory->data[value % 8] ^= (uint8_t)side->log;
    }
    call->slots[0] = side->log;
    return VM_TRAP_NONE;
}

static const uint8_t duel_types[] = {VM_I64, VM_I32};
static const struct vm_host_function duel_host = {
    .module = "env", .name = "log", .type = {duel_types, 1, 1}, .base_price = 3, .entry = duel_log};

/* Whatever else a module imports: takes note of its arguments, and gives what follows from all it saw. */
struct duel_import {
    struct vm_host_function function;
    struct duel_side *side;
};

static enum vm_trap_kind duel_other(struct vm_host_call *call) {
    const struct duel_import *const import = call->context;
    const struct vm_function_type *const type = &import->function.type;
    for (uint32_t i = 0; i < type->param_count; i++)
        import->side->log = duel_mix(import->side->log, call->slots[i]);
    for (uint32_t i = 0; i < type->result_count; i++)
        call->slots[i] = import->side->log % 100;
    return VM_TRAP_NONE;
}

static bool duel_resolve(void *context, const struct vm_import *import, struct vm_extern *out) {
    struct duel_side *const side = context;
    if (import->kind != VM_EXTERN_FUNCTION)
        return false;
    out->kind = VM_EXTERN_FUNCTION;
    out->of.function = side->host;
    if (vm_bytes_equal(import->name, vm_bytes_of_text("log")) &&
        vm_bytes_equal(import->module, vm_bytes_of_text("env")))
        return true;
    if (side->import_count == DUEL_IMPORTS)
        return false;
    struct duel_import *const other = &side->imports[side->import_count++];
    other->side = side;
    other->function = (struct vm_host_function){.module = "any",
                                                .name = "any",
                                                .type = side->module->types[import->type],
                                                .base_price = 2,
                                                .entry = duel_other};
    return vm_store_add_host(side->store, &other->function, other, &out->of.function) == VM_OK;
}

/* Small, so that programs meet them. */
DUEL_UNUSED static struct vm_limits duel_limits(void) {
    struct vm_limits limits = vm_profile_limits(VM_COMPAT);
    limits.call_depth = 40;
    limits.operand_stack = 700;
    limits.memory_pages = 3;
    return limits;
}

static void duel_init(struct duel *duel, struct vm_limits limits) {
    memset(duel, 0, sizeof *duel);
    duel->limits = limits;
    duel->features = vm_profile_features(VM_COMPAT);
    duel->features.on[VM_FEATURE_TAIL_CALL] = true;
    duel->features.on[VM_FEATURE_WIDE_ARITHMETIC] = true;
    duel->schedule = vm_default_schedule();
    duel->allocator = vm_system_allocator();
    for (int i = 0; i < 3; i++) {
        struct duel_side *const side = &duel->sides[i];
        side->store = vm_store_new(&duel->allocator, &duel->limits);
        side->machine = side->store == NULL ? NULL : vm_machine_new(side->store);
        side->imports = calloc(DUEL_IMPORTS, sizeof *side->imports);
        if (side->machine == NULL || side->imports == NULL)
            exit(2);
        vm_machine_set_engine(side->machine, i == 0 ? VM_ENGINE_PLAIN : VM_ENGINE_FAST);
    }
}

static void duel_unload(struct duel *duel) {
    for (int i = 0; i < 3; i++) {
        vm_store_clear(duel->sides[i].store);
        vm_module_free(duel->sides[i].module);
        duel->sides[i].module = NULL;
    }
}

static void duel_clear(struct duel *duel) {
    duel_unload(duel);
    for (int i = 0; i < 3; i++) {
        vm_machine_free(duel->sides[i].machine);
        vm_store_free(duel->sides[i].store);
        free(duel->sides[i].imports);
    }
}

static struct loader_options duel_options(const struct duel *duel) {
    return (struct loader_options){
        .limits = &duel->limits, .features = &duel->features, .schedule = &duel->schedule, .policy = LOADER_LAZY};
}

DUEL_UNUSED static bool duel_is_valid(const struct duel *duel, struct vm_bytes bytes) {
    const struct loader_options options = duel_options(duel);
    struct vm_module *module = NULL;
    struct vm_error error;
    const enum vm_status status = loader_load(bytes, &options, &duel->allocator, &module, &error);
    vm_module_free(module);
    return status == VM_OK;
}

/* Keeps a module on which the engines differ, in the folder where the program was started. */
DUEL_UNUSED static void duel_keep(struct vm_bytes bytes, const char *kind, uint64_t seed) {
    char path[64];
    snprintf(path, sizeof path, "differ-%s-%" PRIu64 ".wasm", kind, seed);
    FILE *const file = fopen(path, "wb");
    if (file == NULL)
        return;
    fwrite(bytes.data, 1, bytes.size, file);
    fclose(file);
    printf("the module is kept in %s\n", path);
}

/* A file, appended. */
DUEL_UNUSED static bool duel_read(const char *path, struct loader_writer *out) {
    uint8_t block[4096];
    FILE *const file = fopen(path, "rb");
    if (file == NULL)
        return false;
    for (size_t size; (size = fread(block, 1, sizeof block, file)) != 0;)
        loader_write_bytes(out, vm_bytes(block, size));
    fclose(file);
    return !out->failed;
}

/* What accounts for fuel, worked out a second time. */
DUEL_UNUSED static void duel_verify(const struct vm_module *module) {
    struct vm_fast_difference found;
    for (uint32_t i = module->imported_functions; i < module->function_count; i++) {
        const enum vm_status status = vm_fast_verify(module, i, &found);
        check_report(status == VM_OK, __FILE__, __LINE__,
                     "function %" PRIu32 ", instruction at %" PRIu32 ", cell at +%" PRIu32 ": %s: must be %" PRId64
                     ", is %" PRId64,
                     i, found.offset, found.position, found.what, found.expected, found.found);
    }
}

/* False if the loader refuses the bytes, which generators must not let happen. */
DUEL_UNUSED static bool duel_load(struct duel *duel, struct vm_bytes bytes) {
    duel->loaded++;
    const struct loader_options options = duel_options(duel);
    for (int i = 0; i < 3; i++) {
        struct vm_error error = {0};
        if (loader_load(bytes, &options, &duel->allocator, &duel->sides[i].module, &error) != VM_OK) {
            check_report(false, __FILE__, __LINE__, "refused at %" PRIu64 ": %s", error.offset, error.message);
            return false;
        }
        const struct vm_fast_options fast = {
            .fold = i == 1, .listing = duel->listing, .lazy = !duel->listing && duel->loaded / 2 % 2 != 0};
        if (i != 0 && vm_translate(duel->sides[i].module, &duel->schedule, &fast) != VM_OK)
            exit(2);
        if (i != 0 && duel->listing)
            duel_verify(duel->sides[i].module);
    }
    return true;
}

DUEL_UNUSED static void duel_instantiate(struct duel *duel) {
    for (int i = 0; i < 3; i++) {
        struct duel_side *const side = &duel->sides[i];
        struct vm_error error;
        struct vm_instantiation made;
        uint64_t fuel = UINT64_C(1) << 40;
        vm_store_clear(side->store);
        side->log = 0;
        side->import_count = 0;
        if (vm_store_add_host(side->store, &duel_host, side, &side->host) != VM_OK ||
            vm_instantiate(side->store, side->module, &duel->schedule, duel_resolve, side, &fuel, &made, &error) !=
                VM_OK)
            exit(2);
        side->instance = made.instance;
    }
}

static uint64_t duel_state(const struct duel_side *side) {
    uint64_t hash = side->log;
    const struct vm_module *const module = side->module;
    for (uint32_t i = 0; i < module->global_count; i++)
        hash = duel_mix(hash, vm_instance_global(side->instance, i)->value);
    for (uint32_t i = 0; i < module->table_count; i++) {
        const struct vm_table *const table = vm_instance_table(side->instance, i);
        for (uint32_t j = 0; j < table->size; j++)
            hash = duel_mix(hash, table->elements[j]);
    }
    for (uint32_t i = 0; i < module->memory_count; i++) {
        const struct vm_memory *const memory = vm_instance_memory(side->instance, i);
        hash = duel_mix(hash, memory->pages);
        for (uint64_t j = 0; j < 1024; j += 8) /* programs write near the start and the end */
            hash = duel_mix(hash, vm_load_u64(memory->data + j) ^ vm_load_u64(memory->data + memory->bytes - 8 - j));
    }
    return hash;
}

/* Runs function `index` everywhere.  slice: UINT64_MAX, or the runs pause all the time.  True if all agree; *used: the
 * fuel used. */
DUEL_UNUSED static bool duel_run(struct duel *duel, uint32_t index, const vm_value *arguments, uint64_t fuel,
                                 uint64_t slice, uint64_t *used) {
    enum vm_run_state states[3];
    for (int i = 0; i < 3; i++) {
        struct duel_side *const side = &duel->sides[i];
        const vm_value function = vm_instance_function(side->instance, index);
        const uint32_t count = vm_function_reference_type(side->store, function)->param_count;
        states[i] = vm_machine_begin(side->machine, function, arguments, count, &duel->schedule, fuel);
        while (states[i] == VM_RUN_PAUSED)
            states[i] = vm_machine_run(side->machine, slice);
    }
    const struct vm_machine *const plain = duel->sides[0].machine;
    const struct vm_trap *const trap = vm_machine_trap(plain);
    const struct vm_usage usage = vm_machine_usage(plain);
    const uint64_t state = duel_state(&duel->sides[0]);
    *used = usage.fuel;
    for (int i = 1; i < 3; i++) {
        const struct vm_machine *const machine = duel->sides[i].machine;
        const struct vm_trap *const other = vm_machine_trap(machine);
        const struct vm_usage also = vm_machine_usage(machine);
        bool same = states[i] == states[0] && also.fuel == usage.fuel && also.frames == usage.frames &&
                    also.operands == usage.operands && vm_machine_depth(machine) == vm_machine_depth(plain);
        if (same && states[0] == VM_RUN_TRAPPED) {
            same = trap->kind == other->kind && trap->function == other->function && trap->offset == other->offset &&
                   trap->instance == other->instance && trap->price == other->price;
            for (uint32_t d = 0; same && d < vm_machine_depth(plain); d++) {
                const struct vm_frame_info a = vm_machine_frame(plain, d), b = vm_machine_frame(machine, d);
                same = a.function == b.function && a.offset == b.offset;
            }
        } else if (same) {
            same = vm_machine_result_count(machine) == vm_machine_result_count(plain) &&
                   memcmp(vm_machine_results(machine), vm_machine_results(plain),
                          vm_machine_result_count(plain) * sizeof(vm_value)) == 0;
        }
        same = same && duel_state(&duel->sides[i]) == state;
        if (!check_report(
                same, __FILE__, __LINE__,
                "%s: function %" PRIu32 " fuel %" PRIu64 " slice %" PRIu64 ": state %d/%d trap %d/%d at %" PRIu32
                "/%" PRIu32 " used %" PRIu64 "/%" PRIu64 " frames %" PRIu32 "/%" PRIu32 " operands %" PRIu32 "/%" PRIu32
                " result %" PRIx64 "/%" PRIx64,
                i == 1 ? "fast" : "unfolded", index, fuel, slice, (int)states[0], (int)states[i], (int)trap->kind,
                (int)other->kind, trap->offset, other->offset, usage.fuel, also.fuel, usage.frames, also.frames,
                usage.operands, also.operands, vm_machine_results(plain)[0], vm_machine_results(machine)[0]))
            return false;
    }
    return true;
}

#endif
