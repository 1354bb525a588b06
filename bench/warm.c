/* bench/warm.c - what warm start costs: contracts that are initialized once, called; beside them the same initialized in
 * each call, and another way to begin from a snapshot: a file of it that is mapped, copy-on-write, for each call. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bench/bench.h"
#include "host/runner.h"
#include "loader/text/text.h"
#include "vm/instance.h"

/* Initializes 1 MiB by a loop, then adds to what it finds there, on 12 pages of 4 KiB. */
static const char text[] =
    "(module (memory 17) (func (export \"_initialize\") (local $i i32)\n"
    "  (loop $again (i32.store (local.get $i) (i32.mul (local.get $i) (i32.const 2654435761)))\n"
    "    (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 1048576)))))\n"
    "(func (export \"call\") (local $i i32)\n"
    "  (loop $again (i32.store (local.get $i) (i32.add (i32.load (local.get $i)) (i32.const 1)))\n"
    "    (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 81920))) (i32.const 983040))))))";

struct warm {
    const char *name;
    struct host_config config;
    struct host_contract contract;
    struct host_request request;
    struct host_runner *runner;
};

static const struct host_argument argument = {{(const uint8_t *)"counter", 7}, {(const uint8_t *)"41", 2}};

/* One call; *begin: what it took until the first instruction.  False after a complaint. */
static bool call(struct warm *warm, double *begin, double *whole) {
    const double start = bench_now();
    enum host_run_state state = host_runner_begin(warm->runner, &warm->request);
    *begin = bench_now() - start;
    while (state == HOST_RUN_PAUSED)
        state = host_runner_continue(warm->runner, UINT64_MAX);
    *whole = bench_now() - start;
    const struct host_outcome *const outcome = host_runner_outcome(warm->runner);
    if (outcome->status != HOST_ACCEPTED)
        bench_fail("%s: %s", warm->name, host_status_name(outcome->status));
    return outcome->status == HOST_ACCEPTED;
}

/* The quickest of many calls. */
static bool time_calls(struct warm *warm, const char *what, const struct bench_options *options) {
    char words[80];
    double begin, whole, best_begin = 0, best = 0;
    for (const double end = bench_now() + options->seconds / 2; best == 0 || bench_now() < end;) {
        if (!call(warm, &begin, &whole))
            return false;
        best_begin = best == 0 || begin < best_begin ? begin : best_begin;
        best = best == 0 || whole < best ? whole : best;
    }
    snprintf(words, sizeof words, "%s, until it runs", what);
    bench_result(warm->name, words, best_begin * 1e6, "us");
    snprintf(words, sizeof words, "%s, whole call", what);
    bench_result(warm->name, words, best * 1e6, "us");
    snprintf(words, sizeof words, "%s, fuel", what);
    bench_result(warm->name, words, (double)host_runner_outcome(warm->runner)->fuel_used, "fuel");
    return true;
}

/* ---- The other way ---------------------------------------------------------------------------------------------- */

/* A byte of each 4 KiB page that the last call wrote is written in memory that was mapped anew from a file of the
 * snapshot; and the same in ours, which is then put back. */
static void compare_mapping(struct warm *warm, const struct bench_options *options) {
    static uint8_t written[1 << 16];
    struct vm_memory *const memory = warm->runner->instance->memory;
    const size_t size = (size_t)memory->bytes, pages = size >> VM_DIRTY_SHIFT;
    size_t count = 0;
    for (size_t i = 0; i < pages && i < sizeof written; i++)
        count += written[i] = (memory->data[-1 - (ptrdiff_t)i] & VM_DIRTY_WRITTEN) != 0;
    vm_image_restore(warm->runner->instance, warm->contract.image);
    FILE *const file = tmpfile();
    uint8_t *const map = file == NULL || fwrite(memory->data, 1, size, file) != size || fflush(file) != 0
                             ? MAP_FAILED
                             : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fileno(file), 0);
    if (map == MAP_FAILED) {
        bench_fail("a file can't be mapped");
    } else {
        double ours = 0, mapped = 0;
        for (const double end = bench_now() + options->seconds / 2; mapped == 0 || bench_now() < end;) {
            double start = bench_now();
            for (size_t i = 0; i < pages; i++)
                if (written[i]) {
                    memory->data[i << VM_DIRTY_SHIFT] ^= 1;
                    vm_memory_mark(memory, i << VM_DIRTY_SHIFT, 1);
                }
            vm_image_restore(warm->runner->instance, warm->contract.image);
            double taken = bench_now() - start;
            ours = ours == 0 || taken < ours ? taken : ours;
            start = bench_now();
            if (mmap(map, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fileno(file), 0) != map) {
                bench_fail("a file can't be mapped again");
                break;
            }
            for (size_t i = 0; i < pages; i++)
                if (written[i])
                    map[i << VM_DIRTY_SHIFT] ^= 1;
            taken = bench_now() - start;
            mapped = mapped == 0 || taken < mapped ? taken : mapped;
        }
        bench_result(warm->name, "pages of 4 KiB that a call writes", (double)count, "pages");
        bench_result(warm->name, "these put back, as it is done", ours * 1e6, "us");
        bench_result(warm->name, "these from a file, mapped for each call", mapped * 1e6, "us");
        munmap(map, size);
    }
    if (file != NULL)
        fclose(file);
}

/* ---- Memory ----------------------------------------------------------------------------------------------------- */

static void show_memory(const struct warm *warm) {
    const size_t size = vm_image_write(warm->contract.image, warm->contract.module, NULL);
    bench_result(warm->name, "size of the snapshot", (double)size / 1024, "KiB");
    bench_result(warm->name, "a runner that has called it",
                 (double)(host_runner_bytes(warm->runner) - host_runner_reserved(warm->runner)) / 1024, "KiB");
}

static void run(struct warm *warm, const struct bench_options *options) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_error error;
    double begin, whole;
    warm->runner = host_runner_new(&warm->config, &allocator);
    warm->request = (struct host_request){.contract = &warm->contract,
                                          .fuel_limit = warm->config.limits.fuel,
                                          .arguments = &argument,
                                          .argument_count = 1};
    if (warm->runner == NULL || !time_calls(warm, "each call initializes", options))
        return;
    const double start = bench_now();
    if (host_contract_snapshot(&warm->contract, &warm->config, &allocator, &error) != VM_OK) {
        bench_fail("%s: %s", warm->name, error.message);
        return;
    }
    bench_result(warm->name, "making the snapshot", (bench_now() - start) * 1e6, "us");
    host_runner_free(warm->runner);
    warm->runner = host_runner_new(&warm->config, &allocator);
    if (warm->runner == NULL || !call(warm, &begin, &whole))
        return;
    bench_result(warm->name, "snapshot, first in a runner, until it runs", begin * 1e6, "us");
    if (!time_calls(warm, "snapshot", options))
        return;
    compare_mapping(warm, options);
    show_memory(warm);
}

static void bench_contract(const char *name, struct vm_bytes bytes, enum vm_profile profile,
                           const struct bench_options *options) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct warm warm = {.name = name};
    struct vm_error error;
    host_config_init(&warm.config, profile);
    if (host_contract_load(bytes, &warm.config, &allocator, &warm.contract, &error) != VM_OK) {
        bench_fail("%s: %s", name, error.message);
        return;
    }
    run(&warm, options);
    host_runner_free(warm.runner);
    host_contract_free(&warm.contract);
}

void bench_warm(const struct bench_options *options) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_bytes bytes;
    struct text_error at;
    if (text_assemble(vm_bytes_of_text(text), NULL, &allocator, &bytes, &at) != VM_OK) {
        bench_fail("line %" PRIu32 ": %s", at.line, at.message);
        return;
    }
    bench_contract("warm start: 1 MiB", bytes, VM_STRICT, options);
    text_free(&allocator, bytes);
    /* Go's is there if `make contracts` could make it. */
    const struct vm_bytes go = bench_read_file(options->programs, "compat/go/increaseCounter.wasm");
    if (go.data != NULL)
        bench_contract("warm start: increaseCounter in Go", go, VM_COMPAT, options);
    free((void *)(uintptr_t)go.data);
}
