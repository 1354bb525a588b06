/* bench/calls.c - what one contract call costs without HTTP: increaseCounter through host_runner, a fresh instance
 * each. */
#include <stdlib.h>

#include "bench/bench.h"
#include "host/host.h"

static bool call(struct host_runner *runner, const struct host_request *request) {
    if (host_runner_begin(runner, request) == HOST_RUN_PAUSED)
        host_runner_continue(runner, UINT64_MAX);
    const struct host_outcome *const outcome = host_runner_outcome(runner);
    if (outcome->status == HOST_ACCEPTED && vm_bytes_equal(outcome->result, vm_bytes_of_text("42")))
        return true;
    bench_fail("increaseCounter: %s, not 42", host_status_name(outcome->status));
    return false;
}

static void time_calls(struct host_runner *runner, const struct host_request *request,
                       const struct bench_options *options) {
    unsigned long calls = 0;
    const double start = bench_now();
    double seconds = 0;
    while (seconds < options->seconds) {
        for (unsigned i = 0; i < 100; i++, calls++)
            if (!call(runner, request))
                return;
        seconds = bench_now() - start;
    }
    bench_result("one call, no HTTP", "increaseCounter", seconds / (double)calls * 1e6, "us");
    bench_result("one call, no HTTP", "fuel", (double)host_runner_outcome(runner)->fuel_used, "fuel");
    bench_result("one call, no HTTP", "memory a runner holds",
                 (double)(host_runner_bytes(runner) - host_runner_reserved(runner)) / 1024, "KiB");
}

void bench_calls(const struct bench_options *options) {
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    const struct vm_allocator allocator = vm_system_allocator();
    const struct vm_bytes bytes = bench_read_file(options->programs, "contracts/c/increaseCounter.wasm");
    struct host_contract contract;
    struct vm_error error;
    if (bytes.data == NULL || host_contract_load(bytes, &config, &allocator, &contract, &error) != VM_OK) {
        bench_fail("increaseCounter: %s", bytes.data == NULL ? "not built" : error.message);
        free((void *)(uintptr_t)bytes.data);
        return;
    }
    const struct host_argument argument = {vm_bytes_of_text("counter"), vm_bytes_of_text("41")};
    const struct host_request request = {.contract = &contract,
                                         .mode = HOST_EXECUTE,
                                         .fuel_limit = config.limits.fuel,
                                         .arguments = &argument,
                                         .argument_count = 1};
    struct host_runner *const runner = host_runner_new(&config, &allocator);
    if (runner == NULL)
        bench_fail("out of memory");
    else if (call(runner, &request))
        time_calls(runner, &request, options);
    host_runner_free(runner);
    host_contract_free(&contract);
    free((void *)(uintptr_t)bytes.data);
}
