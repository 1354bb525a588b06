/* host/tests/runner_test.c - whole runs: statuses, storage in and diff out, atomicity, fuel, slices, reuse, short
 * memory. */
#include "host/tests/run.h"
#include "vm/tests/budget.h"

/* Shorthands for contract bodies; keys and values lie in the data at the given places. */
#define GET(at) "(call $storage_get (i32.const " #at ") (i32.const 1) (i32.const 1000) (i32.const 100))"
#define SHOW(at) "(call $word " GET(at) ") (call $bytes (i32.const 1000) (i32.const 1))"
#define SET(at, value) "(call $storage_set (i32.const " #at ") (i32.const 1) (i32.const " #value ") (i32.const 1))"
#define DELETE(at) "(call $storage_delete (i32.const " #at ") (i32.const 1))"
#define EXPECT(at) "(call $storage_expect (i32.const " #at ") (i32.const 1))"

/* data "abcdefghij": key k is one letter.  storage: a=1, b absent, c=3, unless `storage` is false.
 * result in hex; lists as text. */
static const struct {
    const char *name;
    const char *body;
    const char *status;
    const char *result;
    const char *reads;
    const char *writes;
    const char *needed;
} rows[] = {
    {"nothing", "", "accepted", "", "", "", ""},
    {"read a value", SHOW(0), "accepted", "0100000031", "a=1", "", ""},
    {"read an absence", "(call $word " GET(1) ")", "accepted", "ffffffff", "b=-", "", ""},
    {"read twice: once in the footprint", SHOW(2) SHOW(0) SHOW(2), "accepted", "010000003301000000310100000033",
     "c=3 a=1", "", ""},
    {"read what was not brought", "(drop " GET(0) ")(drop " GET(3) ")(unreachable)", "need_keys", "", "a=1", "", "d"},
    {"expect, then read", EXPECT(3) EXPECT(5) EXPECT(0) EXPECT(3) "(drop " GET(4) ")(unreachable)", "need_keys", "", "",
     "", "d f e"},
    {"expect, and read one of them", EXPECT(3) EXPECT(5) "(drop " GET(5) ")", "need_keys", "", "", "", "d f"},
    {"expect alone ends nothing", EXPECT(3) EXPECT(5), "accepted", "", "", "", ""},
    {"write", SET(3, 7), "accepted", "", "", "d=h", ""},
    {"write needs no key", SET(4, 7) SET(0, 8), "accepted", "", "", "e=h a=i", ""},
    {"read your write", SET(0, 7) SHOW(0), "accepted", "0100000068", "", "a=h", ""},
    {"read your write of what was not brought", SET(4, 7) SHOW(4), "accepted", "0100000068", "", "e=h", ""},
    {"read, write, read", SHOW(0) SET(0, 7) SHOW(0), "accepted", "01000000310100000068", "a=1", "a=h", ""},
    {"read your delete", DELETE(0) "(call $word " GET(0) ")", "accepted", "ffffffff", "", "a=-", ""},
    {"delete what was not brought", DELETE(4), "accepted", "", "", "e=-", ""},
    {"write after delete", DELETE(0) SET(0, 7) SHOW(0), "accepted", "0100000068", "", "a=h", ""},
    {"delete after write", SET(0, 7) DELETE(0), "accepted", "", "", "a=-", ""},
    {"first write orders, last write counts", SET(5, 7) SET(3, 7) SET(5, 8) SET(4, 9) SET(3, 9), "accepted", "", "",
     "f=i d=j e=j", ""},
    {"expect what was written", SET(4, 7) EXPECT(4) EXPECT(3) "(drop " GET(5) ")", "need_keys", "", "", "", "d f"},
    {"expect, write, read: not needed to go on", EXPECT(4) SET(4, 7) SHOW(4), "accepted", "0100000068", "", "e=h", ""},
    {"trap after writes: none",
     SET(0, 7) "(call $log (i32.const 0) (i32.const 3)) (call $event (i32.const 0) (i32.const 1) (i32.const 0) "
               "(i32.const 1)) (unreachable)",
     "trapped", "", "", "", ""},
    {"trap after reads", SHOW(0) "(unreachable)", "trapped", "", "a=1", "", ""},
    {"reject after writes: none", SET(0, 7) "(call $reject (i32.const 0) (i32.const 3))", "rejected", "", "", "", ""},
    {"need keys after writes: none", SET(0, 7) "(drop " GET(4) ")", "need_keys", "", "", "", "e"},
    {"empty value is not absence",
     "(call $storage_set (i32.const 4) (i32.const 1) (i32.const 0) (i32.const 0)) (call $word " GET(4) ")", "accepted",
     "00000000", "", "e=", ""},
    {"keys are bytes: a prefix is another key",
     "(call $storage_set (i32.const 0) (i32.const 2) (i32.const 7) (i32.const 1)) " SHOW(0), "accepted", "0100000031",
     "a=1", "ab=h", ""},
};

static const char *needed_text(const struct host_outcome *outcome) {
    static char text[256];
    size_t size = 0;
    text[0] = 0;
    for (uint32_t i = 0; i < outcome->needed_count; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%s", i == 0 ? "" : " ",
                                 trial_text(outcome->needed[i]));
    return text;
}

static uint32_t fill_storage(struct host_entry *storage) {
    storage[0] = trial_entry("a", "1");
    storage[1] = trial_entry("b", NULL);
    storage[2] = trial_entry("c", "3");
    return 3;
}

static void open_row(struct trial *trial, size_t row, struct host_entry *storage) {
    check_context("%s", rows[row].name);
    trial_call(trial, "abcdefghij", rows[row].body);
    trial->request.storage = storage;
    trial->request.storage_count = fill_storage(storage);
}

static void check_rows(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct trial trial;
        struct host_entry storage[3];
        open_row(&trial, i, storage);
        const struct host_outcome *const outcome = trial_run(&trial);
        CHECK_TEXT(host_status_name(outcome->status), rows[i].status);
        CHECK_TEXT(trial_hex(outcome->result), rows[i].result);
        CHECK_TEXT(trial_entries(outcome->reads, outcome->read_count), rows[i].reads);
        CHECK_TEXT(trial_entries(outcome->writes, outcome->write_count), rows[i].writes);
        CHECK_TEXT(needed_text(outcome), rows[i].needed);
        CHECK_U64(outcome->event_count, 0);
        trial_close(&trial);
    }
}

static bool same_outcome(const struct host_outcome *outcome, const struct host_hash *receipt, uint64_t used,
                         uint32_t operands) {
    return host_hash_equal(&outcome->receipt, receipt) && outcome->fuel_used == used &&
           outcome->operands_high == operands;
}

/* Where a run pauses changes nothing; nor does what the runner did before. */
static void check_slices_and_reuse(void) {
    struct host_runner *shared = NULL;
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    const struct vm_allocator allocator = vm_system_allocator();
    shared = host_runner_new(&config, &allocator);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct trial trial;
        struct host_entry storage[3];
        open_row(&trial, i, storage);
        const struct host_outcome *outcome = trial_run(&trial);
        const struct host_hash receipt = outcome->receipt;
        const uint64_t used = outcome->fuel_used;
        const uint32_t operands = outcome->operands_high;
        CHECK(same_outcome(trial_run_sliced(&trial, 1), &receipt, used, operands));
        CHECK(same_outcome(trial_run_sliced(&trial, 7), &receipt, used, operands));

        enum host_run_state state = host_runner_begin(trial.runner, &trial.request);
        while (state == HOST_RUN_PAUSED)
            state = host_runner_step(trial.runner);
        CHECK(state == HOST_RUN_FINISHED);
        CHECK(same_outcome(host_runner_outcome(trial.runner), &receipt, used, operands));
        CHECK(host_runner_continue(trial.runner, 1) == HOST_RUN_FINISHED);

        /* One runner for all contracts, and one run that was left in the middle. */
        state = host_runner_begin(shared, &trial.request);
        CHECK(state == HOST_RUN_PAUSED);
        host_runner_continue(shared, 3);
        state = host_runner_begin(shared, &trial.request);
        while (state == HOST_RUN_PAUSED)
            state = host_runner_continue(shared, 1000);
        CHECK(same_outcome(host_runner_outcome(shared), &receipt, used, operands));
        trial_close(&trial);
    }
    host_runner_free(shared);
}

/* A run that costs F succeeds with limit F; with each limit below it ends out of fuel and without effects. */
static void check_fuel(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct trial trial;
        struct host_entry storage[3];
        open_row(&trial, i, storage);
        const struct host_outcome *outcome = trial_run(&trial);
        const uint64_t price = outcome->fuel_used, instantiation = outcome->fuel_instantiation;
        CHECK(instantiation > 0 && instantiation <= price);
        CHECK_U64(outcome->fuel_limit, 100000000);
        trial.request.fuel_limit = price;
        outcome = trial_run(&trial);
        CHECK_TEXT(host_status_name(outcome->status), rows[i].status);
        CHECK_U64(outcome->fuel_used, price);
        CHECK_U64(outcome->fuel_limit, price);
        const uint64_t least = instantiation > 3 ? instantiation - 3 : 0;
        for (uint64_t limit = least; limit < price; limit++) {
            trial.request.fuel_limit = limit;
            outcome = trial_run(&trial);
            CHECK_TEXT(host_status_name(outcome->status), "out_of_fuel");
            CHECK_U64(outcome->trap.kind, VM_TRAP_OUT_OF_FUEL);
            CHECK_U64(outcome->result.size + outcome->write_count + outcome->event_count + outcome->needed_count +
                          outcome->message.size,
                      0);
            CHECK(outcome->fuel_used <= limit);
            CHECK(outcome->fuel_used + outcome->trap.price > limit);
            if (limit < instantiation) {
                CHECK_U64(outcome->fuel_used, 0);
                CHECK_U64(outcome->trap.function, VM_NO_FUNCTION);
                CHECK_U64(outcome->trap.offset, 0);
                CHECK_U64(outcome->trap.price, instantiation);
                CHECK_U64(outcome->frame_count + outcome->depth, 0);
            }
        }
        trial_close(&trial);
    }
}

/* A simulation reads what was not brought as absent, and says so; its fuel is the fuel of the run with all keys. */
static void check_simulation(void) {
    struct trial trial;
    check_context("simulation");
    trial_call(&trial, "abcdefghij", SHOW(3) EXPECT(6) SHOW(0) SHOW(3) SET(4, 7) SHOW(4));
    struct host_entry storage[] = {trial_entry("a", "1")};
    trial.request.storage = storage;
    trial.request.storage_count = 1;
    trial.request.mode = HOST_SIMULATE;
    const struct host_outcome *outcome = trial_run(&trial);
    CHECK_TEXT(host_status_name(outcome->status), "accepted");
    CHECK_TEXT(trial_entries(outcome->reads, outcome->read_count), "d=- a=1");
    CHECK_TEXT(trial_entries(outcome->writes, outcome->write_count), "e=h");
    CHECK_U64(outcome->needed_count, 0);
    const uint64_t used = outcome->fuel_used;
    const struct host_hash receipt = outcome->receipt;

    const struct host_entry all[] = {trial_entry("a", "1"), trial_entry("d", NULL)};
    trial.request.storage = all;
    trial.request.storage_count = 2;
    trial.request.mode = HOST_EXECUTE;
    trial.request.fuel_limit = used;
    outcome = trial_run(&trial);
    CHECK_TEXT(host_status_name(outcome->status), "accepted");
    CHECK_U64(outcome->fuel_used, used);
    CHECK(!host_hash_equal(&outcome->receipt, &receipt));
    trial.request.fuel_limit = used - 1;
    CHECK_TEXT(host_status_name(trial_run(&trial)->status), "out_of_fuel");
    trial_close(&trial);
}

/* Memory, globals and tables are new in each run. */
static void check_fresh(void) {
    struct trial trial;
    check_context("fresh instances");
    trial_open(&trial, "(module (import \"dela\" \"result\" (func $result (param i32 i32))) (memory 1) (global $g (mut "
                       "i32) (i32.const 5))\n"
                       "(table $t 2 funcref) (elem $e declare func $f) (func $f)\n"
                       "(func (export \"call\")\n"
                       "(i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))\n"
                       "(global.set $g (i32.add (global.get $g) (i32.const 1)))\n"
                       "(i32.store (i32.const 12) (global.get $g))\n"
                       "(i32.store (i32.const 16) (ref.is_null (table.get $t (i32.const 0))))\n"
                       "(i32.store (i32.const 20) (memory.grow (i32.const 1)))\n"
                       "(i32.store (i32.const 131064) (i32.add (i32.load (i32.const 131064)) (i32.const 1)))\n"
                       "(i32.store (i32.const 24) (i32.load (i32.const 131064)))\n"
                       "(table.set $t (i32.const 0) (ref.func $f))\n"
                       "(call $result (i32.const 8) (i32.const 20))))");
    for (int i = 0; i < 3; i++) {
        const struct host_outcome *const outcome = trial_run(&trial);
        CHECK_TEXT(trial_hex(outcome->result), "01000000"
                                               "06000000"
                                               "01000000"
                                               "01000000"
                                               "01000000");
        CHECK_U64(outcome->memory_pages, 2);
    }
    trial_close(&trial);
}

/* Traps carry place and stack, with names. */
static void check_traps(void) {
    struct trial trial;
    check_context("traps");
    trial_open(&trial,
               "(module (memory 1) (func $divide (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))\n"
               "(func $middle (drop (call $divide (i32.const 0)))) (func (export \"call\") (call $middle)))");
    const struct host_outcome *outcome = trial_run(&trial);
    CHECK_TEXT(host_status_name(outcome->status), "trapped");
    CHECK_TEXT(vm_trap_name(outcome->trap.kind), "integer_divide_by_zero");
    CHECK_U64(outcome->trap.function, 0);
    CHECK_U64(outcome->depth, 3);
    CHECK_U64(outcome->frame_count, 3);
    CHECK_TEXT(trial_text(outcome->frames[0].name), "divide");
    CHECK_TEXT(trial_text(outcome->frames[1].name), "middle");
    CHECK_TEXT(trial_text(outcome->frames[2].name), "call");
    CHECK_U64(outcome->trap.offset, outcome->frames[0].offset);
    CHECK_U64(outcome->frames_high, 3);
    trial_close(&trial);

    check_context("recursion");
    trial_open(&trial, "(module (func $deep (export \"call\") (call $deep)))");
    outcome = trial_run(&trial);
    CHECK_TEXT(vm_trap_name(outcome->trap.kind), "call_stack_exhausted");
    CHECK_U64(outcome->depth, trial.config.limits.call_depth);
    CHECK_U64(outcome->frame_count, HOST_FRAMES_SHOWN);
    trial_close(&trial);

    check_context("segment that does not fit");
    trial_open(&trial, "(module (memory 1) (data (i32.const 65536) \"x\") (func (export \"call\")))");
    outcome = trial_run(&trial);
    CHECK_TEXT(host_status_name(outcome->status), "trapped");
    CHECK_TEXT(vm_trap_name(outcome->trap.kind), "out_of_bounds_memory_access");
    CHECK_U64(outcome->trap.function, VM_NO_FUNCTION);
    CHECK_U64(outcome->fuel_used, outcome->fuel_instantiation);
    CHECK(outcome->fuel_used > 0);
    trial_close(&trial);
}

/* Another entry than "call". */
static void check_entry(void) {
    struct trial trial;
    check_context("entry");
    trial_open(&trial, "(module (import \"dela\" \"result\" (func $result (param i32 i32))) (memory 1) (data "
                       "(i32.const 0) \"onetwo\")\n"
                       "(func (export \"call\") (call $result (i32.const 0) (i32.const 3))) (func (export \"query\") "
                       "(call $result (i32.const 3) (i32.const 3))))");
    CHECK_TEXT(trial_text(trial_run(&trial)->result), "one");
    const struct host_hash receipt = trial.outcome->receipt;
    trial.request.entry = vm_bytes_of_text("query");
    CHECK_TEXT(trial_text(trial_run(&trial)->result), "two");
    trial.request.entry = vm_bytes_of_text("call");
    CHECK(host_hash_equal(&trial_run(&trial)->receipt, &receipt));
    trial_close(&trial);
}

/* ---- Short memory: the Nth request for memory is refused, for every N -------------------------------------------- */

static void check_short_memory(void) {
    struct trial trial;
    check_context("short memory");
    trial_call(&trial, "abcdefghij",
               SHOW(0) SHOW(3) EXPECT(5) SET(4, 7) SET(5, 8)
                   DELETE(6) "(call $log (i32.const 0) (i32.const 3)) (call $event (i32.const 0) (i32.const 1) "
                             "(i32.const 0) (i32.const 1))\n"
                             "(call $storage_set (i32.const 7) (i32.const 1) (i32.const 0) (i32.const 30000))\n"
                             "(call $storage_set (i32.const 7) (i32.const 1) (i32.const 0) (i32.const 60000))\n"
                             "(drop (memory.grow (i32.const 3))) (drop (call $base64_encode (i32.const 0) (i32.const "
                             "3000) (i32.const 1) (i32.const 9000)))\n");
    trial.request.mode = HOST_SIMULATE;
    struct host_entry storage[3];
    trial.request.storage = storage;
    trial.request.storage_count = fill_storage(storage);
    const struct host_hash receipt = trial_run(&trial)->receipt;
    CHECK_TEXT(host_status_name(trial.outcome->status), "accepted");

    struct budget budget = {.inner = vm_system_allocator()};
    const struct vm_allocator allocator = {budget_resize, &budget};
    bool finished = false;
    uint64_t failures = 0;
    for (uint64_t count = 0; count < 1000 && !finished; count++) {
        budget.left = count;
        struct host_runner *const runner = host_runner_new(&trial.config, &allocator);
        if (runner == NULL) {
            CHECK_U64(budget.held, 0);
            continue;
        }
        CHECK_U64(host_runner_bytes(runner), budget.held);
        enum host_run_state state = host_runner_begin(runner, &trial.request);
        while (state == HOST_RUN_PAUSED)
            state = host_runner_continue(runner, UINT64_MAX);
        finished = state == HOST_RUN_FINISHED;
        failures += state == HOST_RUN_FAILED;
        CHECK(host_runner_continue(runner, 1) == state);
        /* With memory again the same runner does the run. */
        budget.left = UINT64_MAX;
        state = host_runner_begin(runner, &trial.request);
        while (state == HOST_RUN_PAUSED)
            state = host_runner_continue(runner, UINT64_MAX);
        CHECK(state == HOST_RUN_FINISHED);
        CHECK(host_hash_equal(&host_runner_outcome(runner)->receipt, &receipt));
        CHECK_U64(host_runner_bytes(runner), budget.held);
        CHECK(host_runner_reserved(runner) < budget.held);
        host_runner_free(runner);
        CHECK_U64(budget.held, 0);
    }
    CHECK(finished);
    CHECK(failures > 10);
    trial_close(&trial);
}

/* A second run of the same contract asks the allocator for nothing. */
static void check_no_allocation(void) {
    struct trial trial;
    check_context("no allocation when a runner is used again");
    trial_call(&trial, "abcdefghij",
               SHOW(0) SET(4, 7) "(call $log (i32.const 0) (i32.const 3)) (call $event (i32.const 0) (i32.const 1) "
                                 "(i32.const 0) (i32.const 1))");
    struct host_entry storage[3];
    trial.request.storage = storage;
    trial.request.storage_count = fill_storage(storage);
    struct budget budget = {.inner = vm_system_allocator(), .left = UINT64_MAX};
    const struct vm_allocator allocator = {budget_resize, &budget};
    struct host_runner *const runner = host_runner_new(&trial.config, &allocator);
    for (int i = 0; i < 5; i++) {
        enum host_run_state state = host_runner_begin(runner, &trial.request);
        while (state == HOST_RUN_PAUSED)
            state = host_runner_continue(runner, UINT64_MAX);
        CHECK(state == HOST_RUN_FINISHED);
        budget.left = i == 0 ? UINT64_MAX : budget.left;
        if (i > 0)
            CHECK_U64(budget.left, UINT64_MAX);
    }
    host_runner_free(runner);
    trial_close(&trial);
}

int main(void) {
    check_rows();
    check_slices_and_reuse();
    check_fuel();
    check_simulation();
    check_fresh();
    check_traps();
    check_entry();
    check_short_memory();
    check_no_allocation();
    return check_done();
}
