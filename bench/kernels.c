/* bench/kernels.c - interpreter speed on the kernels of bench/cases: import-free modules with run: [i32] -> [i64].
 *
 * MANIFEST.tsv gives for each a number of rounds, the checksum it must return, the same for a quick run, and how many
 * wasm instructions (in millions) the rounds take, counted without blocks, ends and the like.  Each is run by both
 * engines, which must agree on checksum and fuel. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "host/host.h"
#include "vm/fast/fast.h"

struct kernel {
    char name[32];
    uint32_t rounds;
    uint64_t checksum;
    uint32_t quick_rounds;
    uint64_t quick_checksum;
    uint32_t million_instructions;
};

/* Runs one kernel once in a fresh instance.  False: it trapped or could not run. */
static bool run_once(const struct vm_module *module, const struct host_config *config, enum vm_engine engine,
                     uint32_t rounds, uint64_t *checksum, uint64_t *fuel_used, double *seconds) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_store *const store = vm_store_new(&allocator, &config->limits);
    struct vm_machine *machine = NULL;
    struct vm_instantiation made;
    struct vm_error error;
    struct vm_extern export;
    uint64_t fuel = UINT64_MAX;
    bool good = store != NULL &&
                vm_instantiate(store, module, &config->schedule.vm, NULL, NULL, &fuel, &made, &error) == VM_OK &&
                made.trap == VM_TRAP_NONE &&
                vm_instance_export(store, made.instance, vm_bytes_of_text("run"), &export) &&
                export.kind == VM_EXTERN_FUNCTION && (machine = vm_machine_new(store)) != NULL;
    if (good) {
        vm_machine_set_engine(machine, engine);
        const vm_value argument = rounds;
        const double start = bench_now();
        vm_machine_begin(machine, export.of.function, &argument, 1, &config->schedule.vm, fuel);
        good = vm_machine_run(machine, UINT64_MAX) == VM_RUN_DONE;
        *seconds = bench_now() - start;
    }
    if (good) {
        *checksum = vm_machine_results(machine)[0];
        *fuel_used = vm_machine_usage(machine).fuel;
    }
    vm_machine_free(machine);
    vm_store_free(store);
    return good;
}

static void measure(const struct kernel *kernel, const struct vm_module *module, const struct host_config *config,
                    const struct bench_options *options, enum vm_engine engine) {
    const uint32_t rounds = options->quick ? kernel->quick_rounds : kernel->rounds;
    const uint64_t wanted = options->quick ? kernel->quick_checksum : kernel->checksum;
    uint64_t checksum = 0, fuel = 0, plain_fuel = 0;
    double seconds = 0;
    char name[64];
    snprintf(name, sizeof name, "%s, %s engine", kernel->name, engine == VM_ENGINE_FAST ? "fast" : "plain");
    /* Once for the check, short, and with the plain engine's fuel to compare with; then once for the clock. */
    if (!run_once(module, config, VM_ENGINE_PLAIN, kernel->quick_rounds, &checksum, &plain_fuel, &seconds) ||
        !run_once(module, config, engine, kernel->quick_rounds, &checksum, &fuel, &seconds) ||
        checksum != kernel->quick_checksum || fuel != plain_fuel) {
        bench_fail("%s: run(%" PRIu32 ") gave %" PRIu64 " for %" PRIu64 " fuel, should be %" PRIu64 " for %" PRIu64,
                   name, kernel->quick_rounds, checksum, fuel, kernel->quick_checksum, plain_fuel);
    } else if (!run_once(module, config, engine, rounds, &checksum, &fuel, &seconds) || checksum != wanted) {
        bench_fail("%s: run(%" PRIu32 ") gave %" PRIu64 ", should be %" PRIu64, name, rounds, checksum, wanted);
    } else if (options->quick) {
        bench_result("interpreter", name, (double)fuel / seconds / 1e6, "million fuel/s");
    } else {
        bench_result("interpreter", name, kernel->million_instructions / seconds, "million instr/s");
    }
}

static void run_kernel(const struct kernel *kernel, const struct host_config *config,
                       const struct bench_options *options) {
    char file[64];
    snprintf(file, sizeof file, "%s.wasm", kernel->name);
    const struct vm_bytes bytes = bench_read_file(options->cases, file);
    const struct loader_options loading = {&config->limits, &config->features, &config->schedule.vm, config->policy};
    const struct vm_fast_options fast = {.fold = true};
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_module *module;
    struct vm_error error;
    if (bytes.data == NULL || loader_load(bytes, &loading, &allocator, &module, &error) != VM_OK) {
        bench_fail("%s: %s", file, bytes.data == NULL ? "can't be read" : error.message);
    } else {
        if (vm_translate(module, &config->schedule.vm, &fast) != VM_OK)
            bench_fail("%s: no memory to translate it", file);
        measure(kernel, module, config, options, VM_ENGINE_PLAIN);
        measure(kernel, module, config, options, VM_ENGINE_FAST);
        vm_module_free(module);
    }
    free((void *)(uintptr_t)bytes.data);
}

void bench_kernels(const struct bench_options *options) {
    struct host_config config;
    host_config_init(&config, VM_COMPAT);
    const struct vm_bytes manifest = bench_read_file(options->cases, "MANIFEST.tsv");
    if (manifest.data == NULL) {
        bench_fail("%s/MANIFEST.tsv can't be read: run this from the top of the tree", options->cases);
        return;
    }
    const char *line = (const char *)manifest.data, *const end = line + manifest.size;
    while (line < end) {
        const char *const stop = memchr(line, '\n', (size_t)(end - line));
        char text[512];
        snprintf(text, sizeof text, "%.*s", (int)((stop == NULL ? end : stop) - line), line);
        struct kernel kernel;
        if (sscanf(text, "%31s %" SCNu32 " %" SCNu64 " %" SCNu32 " %" SCNu64 " %" SCNu32, kernel.name, &kernel.rounds,
                   &kernel.checksum, &kernel.quick_rounds, &kernel.quick_checksum, &kernel.million_instructions) == 6 &&
            kernel.name[0] != '#')
            run_kernel(&kernel, &config, options);
        line = stop == NULL ? end : stop + 1;
    }
    free((void *)(uintptr_t)manifest.data);
}
