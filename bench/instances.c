/* bench/instances.c - what a fresh instance costs: a contract that does nothing, called through host and through vm
 * alone; and memories of which some pages were written, put back.  Things that take less than a microsecond are timed in
 * batches of a thousand, and the fastest batch counts: what disturbs it is not ours. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "host/host.h"
#include "loader/text/text.h"

enum { BATCH = 1000 };

/* What one of `count` things took, in microseconds, if this batch of them was the fastest so far. */
static void note_batch(double *best, double start, unsigned count) {
    const double each = (bench_now() - start) / count * 1e6;
    if (*best == 0 || each < *best)
        *best = each;
}

/* A loader's result for a text, or NULL after a complaint. */
static bool load(const char *text, const struct host_config *config, struct host_contract *contract) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_bytes bytes;
    struct text_error at;
    struct vm_error error = {0};
    if (text_assemble(vm_bytes_of_text(text), NULL, &allocator, &bytes, &at) != VM_OK) {
        bench_fail("line %" PRIu32 ": %s", at.line, at.message);
        return false;
    }
    const bool good = host_contract_load(bytes, config, &allocator, contract, &error) == VM_OK;
    if (!good)
        bench_fail("%s", error.message);
    text_free(&allocator, bytes);
    return good;
}

/* ---- A contract that does nothing ------------------------------------------------------------------------------- */

static bool call(struct host_runner *runner, const struct host_request *request, const struct host_hash *receipt) {
    if (host_runner_begin(runner, request) == HOST_RUN_PAUSED)
        host_runner_continue(runner, UINT64_MAX);
    const struct host_outcome *const outcome = host_runner_outcome(runner);
    return outcome->status == HOST_ACCEPTED && (receipt == NULL || host_hash_equal(&outcome->receipt, receipt));
}

static void time_host(const struct host_contract *contract, const struct host_config *config,
                      const struct bench_options *options) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct host_request request = {.contract = contract, .fuel_limit = 1000000};
    struct host_runner *const runner = host_runner_new(config, &allocator);
    if (runner == NULL || !call(runner, &request, NULL)) {
        bench_fail("the contract that does nothing failed");
        host_runner_free(runner);
        return;
    }
    const struct host_hash receipt = host_runner_outcome(runner)->receipt;
    double best = 0;
    for (const double end = bench_now() + options->seconds; bench_now() < end;) {
        const double start = bench_now();
        unsigned good = 0;
        for (unsigned i = 0; i < BATCH; i++)
            good += call(runner, &request, &receipt);
        note_batch(&best, start, BATCH);
        if (good != BATCH) {
            bench_fail("%u calls of a contract that does nothing are not what the first was", BATCH - good);
            host_runner_free(runner);
            return;
        }
    }
    bench_result("a fresh instance", "call of nothing, with receipt", best, "us");
    host_runner_free(runner);
}

/* vm alone, as other engines' libraries are measured: a fresh instance, its export called, the result looked at. */
static void time_vm(const struct host_contract *contract, const struct host_config *config,
                    const struct bench_options *options) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_store *const store = vm_store_new(&allocator, &config->limits);
    struct vm_machine *const machine = store == NULL ? NULL : vm_machine_new(store);
    struct vm_instance *instance = NULL;
    struct vm_error error;
    if (machine == NULL ||
        vm_image_instantiate(store, contract->module, contract->image, NULL, NULL, &instance, &error) != VM_OK) {
        bench_fail("out of memory");
    } else {
        vm_machine_set_engine(machine, config->engine);
        const vm_value function = vm_instance_function(instance, 0);
        double best = 0;
        unsigned good = BATCH;
        for (const double end = bench_now() + options->seconds; good == BATCH && bench_now() < end;) {
            const double start = bench_now();
            good = 0;
            for (unsigned i = 0; i < BATCH; i++) {
                vm_image_restore(instance, contract->image);
                vm_machine_begin(machine, function, NULL, 0, &config->schedule.vm, 1000000);
                good += vm_machine_run(machine, UINT64_MAX) == VM_RUN_DONE && vm_machine_usage(machine).fuel == 1;
            }
            note_batch(&best, start, BATCH);
        }
        if (good != BATCH)
            bench_fail("%u calls of nothing failed", BATCH - good);
        else
            bench_result("a fresh instance", "call of nothing, vm alone", best, "us");
    }
    if (machine != NULL)
        vm_machine_free(machine);
    vm_store_free(store);
}

/* ---- 17 pages of 64 KiB with 40 KB of data, of which some 4 KiB pages are written ------------------------------- */

enum { MEMORY_BYTES = 17 << 16, DATA_PAGES = 10, SMALL_PAGE = 4096 };

/* Every third page, so that pages with data and without are among them, and neighbours are rare. */
static void write_pages(const struct vm_memory *memory, unsigned pages) {
    for (unsigned i = 0; i < pages; i++) {
        const uint32_t address = 3 * i % (MEMORY_BYTES / SMALL_PAGE) * SMALL_PAGE + 64 + i;
        memory->data[address] = 0xFF;
        vm_memory_mark(memory, address, 1);
    }
}

static bool is_fresh(const struct vm_memory *memory) {
    for (uint32_t i = 0; i < MEMORY_BYTES; i++)
        if (memory->data[i] != (i < DATA_PAGES * SMALL_PAGE ? 'x' : 0))
            return false;
    return memory->bytes == MEMORY_BYTES;
}

static void time_pages(struct vm_instance *instance, const struct vm_image *image, unsigned pages,
                       const struct bench_options *options) {
    const struct vm_memory *const memory = vm_instance_memory(instance, 0);
    write_pages(memory, pages);
    vm_image_restore(instance, image);
    if (!is_fresh(memory)) {
        bench_fail("%u pages were not put back", pages);
        return;
    }
    double best = 0;
    for (const double end = bench_now() + options->seconds / 4; bench_now() < end;) {
        const double start = bench_now();
        for (unsigned i = 0; i < BATCH; i++) {
            write_pages(memory, pages);
            vm_image_restore(instance, image);
        }
        note_batch(&best, start, BATCH);
    }
    char name[64];
    snprintf(name, sizeof name, "17 pages of 64 KiB, %u of 4 KiB put back", pages);
    bench_result("a fresh instance", name, best, "us");
}

static void time_made(struct vm_store *store, const struct host_contract *contract,
                      const struct bench_options *options) {
    double best = 0;
    struct vm_instance *instance;
    struct vm_error error;
    for (const double end = bench_now() + options->seconds / 4; bench_now() < end;) {
        const double start = bench_now();
        vm_store_clear(store);
        if (vm_image_instantiate(store, contract->module, contract->image, NULL, NULL, &instance, &error) != VM_OK) {
            bench_fail("out of memory");
            return;
        }
        note_batch(&best, start, 1);
    }
    if (!is_fresh(vm_instance_memory(instance, 0)))
        bench_fail("an instance that was made is not what it should be");
    else
        bench_result("a fresh instance", "17 pages of 64 KiB, made anew", best, "us");
}

static void bench_memory(const struct host_config *config, const struct bench_options *options) {
    static char text[DATA_PAGES * SMALL_PAGE + 200];
    size_t size =
        (size_t)snprintf(text, sizeof text, "(module (memory 17) (func (export \"call\")) (data (i32.const 0) \"");
    memset(text + size, 'x', DATA_PAGES * SMALL_PAGE);
    snprintf(text + size + DATA_PAGES * SMALL_PAGE, 10, "\"))");
    const struct vm_allocator allocator = vm_system_allocator();
    struct host_contract contract;
    struct vm_instance *instance;
    struct vm_error error;
    if (!load(text, config, &contract))
        return;
    struct vm_store *const store = vm_store_new(&allocator, &config->limits);
    if (store == NULL ||
        vm_image_instantiate(store, contract.module, contract.image, NULL, NULL, &instance, &error) != VM_OK) {
        bench_fail("out of memory");
    } else {
        static const unsigned pages[] = {4, 20, 80};
        for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
            time_pages(instance, contract.image, pages[i], options);
        time_made(store, &contract, options);
    }
    vm_store_free(store);
    host_contract_free(&contract);
}

void bench_instances(const struct bench_options *options) {
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    struct host_contract contract;
    if (load("(module (func (export \"call\")))", &config, &contract)) {
        time_vm(&contract, &config, options);
        time_host(&contract, &config, options);
        host_contract_free(&contract);
    }
    bench_memory(&config, options);
}
