/* host/tests/wasi_run_test.c - whole runs of programs: short memory at any place, both engines, slices, reuse. */
#include "host/tests/wasi.h"
#include "vm/tests/budget.h"

/* A text function that reads, waits, says lines, takes random bytes, and answers with an object that has escapes. */
static const char *const program =
    "(module (import \"wasi_snapshot_preview1\" \"fd_read\" (func $read (param i32 i32 i32 i32) (result i32)))"
    "(import \"wasi_snapshot_preview1\" \"fd_write\" (func $write (param i32 i32 i32 i32) (result i32)))"
    "(import \"wasi_snapshot_preview1\" \"poll_oneoff\" (func $poll (param i32 i32 i32 i32) (result i32)))"
    "(import \"wasi_snapshot_preview1\" \"random_get\" (func $random (param i32 i32) (result i32)))"
    "(memory 2)"
    "(data (i32.const 0) \"\\00\\10\\00\\00\\00\\10\\00\\00\\00\\10\\00\\00\\b8\\0b\\00\\00\")"
    "(data (i32.const 512) \"{\\\"\\\\u0041ccepted\\\":\\\"true\\\",\\\"result\\\":\\\"a\\\\nb\\\"}\")"
    "(global $seeded (mut i32) (i32.const 0))"
    "(func (export \"_initialize\") (global.set $seeded (call $random (i32.const 60000) (i32.const 100))))"
    "(func (export \"malloc\") (param i32) (result i32) (i32.const 2048))"
    "(func (export \"f\") (param i32) (result i32)"
    "  (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 100)))"
    "  (memory.fill (i32.const 4096) (i32.const 97) (i32.const 3000)) (i32.store8 (i32.const 5000) (i32.const 10))"
    "  (drop (call $write (i32.const 2) (i32.const 8) (i32.const 1) (i32.const 100)))"
    "  (drop (call $poll (i32.const 60000) (i32.const 8192) (i32.const 1) (i32.const 100)))"
    "  (drop (call $random (i32.const 60000) (i32.const 100)))"
    "  (i32.const 512)))";

static void open_program(struct trial *trial) {
    trial_open(trial, program);
    trial->request.input = vm_bytes_of_text("{\"contractName\":\"f\",\"contractLanguage\":\"wat\"}");
    trial->request.transaction_id = vm_bytes_of_text("tx-1");
}

static enum host_run_state run(struct host_runner *runner, const struct host_request *request, uint64_t slice) {
    enum host_run_state state = host_runner_begin(runner, request);
    while (state == HOST_RUN_PAUSED)
        state = host_runner_continue(runner, slice);
    return state;
}

/* The Nth request for memory is refused, for every N: no verdict, nothing kept; with memory again the same verdict. */
static void check_short_memory(void) {
    struct trial trial;
    check_context("short memory");
    open_program(&trial);
    const struct host_hash receipt = trial_run(&trial)->receipt;
    CHECK_TEXT(host_status_name(trial.outcome->status), "accepted");
    CHECK_TEXT(trial_text(trial.outcome->result), "a\nb");
    CHECK_U64(trial.outcome->log_count, 2);
    struct budget budget = {.inner = vm_system_allocator()};
    const struct vm_allocator allocator = {budget_resize, &budget};
    bool finished = false;
    uint32_t failures = 0;
    for (uint64_t count = 0; count < 1000 && !finished; count++) {
        check_context("memory for %u requests", (unsigned)count);
        budget.left = count;
        struct host_runner *const runner = host_runner_new(&trial.config, &allocator);
        if (runner == NULL) {
            CHECK_U64(budget.held, 0);
            continue;
        }
        const enum host_run_state state = run(runner, &trial.request, UINT64_MAX);
        finished = state == HOST_RUN_FINISHED;
        failures += state == HOST_RUN_FAILED;
        budget.left = UINT64_MAX;
        CHECK(run(runner, &trial.request, UINT64_MAX) == HOST_RUN_FINISHED);
        CHECK(host_hash_equal(&host_runner_outcome(runner)->receipt, &receipt));
        host_runner_free(runner);
        CHECK_U64(budget.held, 0);
    }
    CHECK(finished);
    CHECK(failures > 5);
    trial_close(&trial);
}

/* Both engines, checked against each other, in slices of any size, and a runner that is used again after other ends. */
static void check_engines_and_reuse(void) {
    struct trial trial;
    const struct vm_allocator allocator = vm_system_allocator();
    open_program(&trial);
    const struct host_hash receipt = trial_run(&trial)->receipt;
    for (uint32_t engine = 0; engine < 2; engine++) {
        trial.config.engine = engine == 0 ? VM_ENGINE_PLAIN : VM_ENGINE_FAST;
        trial.config.check = true;
        struct host_runner *const runner = host_runner_new(&trial.config, &allocator);
        for (uint64_t slice = 1; slice < 40; slice++) {
            check_context("engine %u, slices of %u", (unsigned)engine, (unsigned)slice);
            CHECK(run(runner, &trial.request, slice) == HOST_RUN_FINISHED);
            CHECK(host_hash_equal(&host_runner_outcome(runner)->receipt, &receipt));
            struct host_request other = trial.request;
            other.fuel_limit = 8000 + 40 * slice; /* ends somewhere on the way */
            CHECK(run(runner, &other, slice) == HOST_RUN_FINISHED);
        }
        host_runner_free(runner);
    }
    trial_close(&trial);
}

/* What the random bytes, the clocks and the environment follow from is in the receipt. */
static void check_receipts(void) {
    struct trial trial;
    open_program(&trial);
    const struct host_hash receipt = trial_run(&trial)->receipt;
    check_context("the time is in the receipt");
    trial.request.time = 1;
    CHECK(!host_hash_equal(&trial_run(&trial)->receipt, &receipt));
    check_context("and the way back");
    trial.request.time = 0;
    CHECK(host_hash_equal(&trial_run(&trial)->receipt, &receipt));
    trial_close(&trial);
}

int main(void) {
    check_short_memory();
    check_engines_and_reuse();
    check_receipts();
    return check_done();
}
