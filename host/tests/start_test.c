/* Calls that begin from a snapshot of what start function and _initialize left are those that run these themselves, bit for
 * bit, and cost what they should; so are those that begin from a snapshot that was kept as bytes; and an initialization that
 * does not end well is told so. */
#include "host/tests/run.h"
#include "vm/tests/budget.h"

/* What _initialize, or the start function, does; `call` then shows all of memory, table and globals, and changes them. */
static const char program[] =
    "(module (import \"dela\" \"input\" (func $input (param i32 i32) (result i32)))\n"
    "(import \"dela\" \"result\" (func $result (param i32 i32)))\n"
    "(import \"dela\" \"reject\" (func $reject (param i32 i32)))\n"
    "(import \"dela\" \"storage_get\" (func $get (param i32 i32 i32 i32) (result i32)))\n"
    "(import \"dela\" \"storage_set\" (func $set (param i32 i32 i32 i32)))\n"
    "(import \"dela\" \"event\" (func $event (param i32 i32 i32 i32)))\n"
    "(import \"dela\" \"log\" (func $log (param i32 i32)))\n"
    "(import \"dela\" \"blake2b\" (func $blake2b (param i32 i32 i32 i32)))\n"
    "(import \"dela\" \"caller\" (func $caller (param i32 i32) (result i32)))\n"
    "(import \"wasi_snapshot_preview1\" \"random_get\" (func $random (param i32 i32) (result i32)))\n"
    "(import \"wasi_snapshot_preview1\" \"clock_time_get\" (func $clock (param i32 i64 i32) (result i32)))\n"
    "(import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))\n"
    "(memory 1 9) (data (i32.const 4090) \"across a page\") (data $d \"later\")\n"
    "(global $g (mut i64) (i64.const 77)) (table $t 4 9 funcref) (elem $e funcref (ref.func $one) (ref.null func))\n"
    "(func $one (global.set $g (i64.add (global.get $g) (i64.const 1))))\n"
    "(func $sum (result i64) (local $i i32) (local $sum i64)\n"
    "  (loop $again\n"
    "    (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31)) (i64.load (local.get $i))))\n"
    "    (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8)))\n"
    "      (i32.mul (memory.size) (i32.const 65536)))))\n"
    "  (local.get $sum))\n"
    "(func $initialize %s (local $i i32) %s) %s\n"
    "(func (export \"call\") (local $size i32)\n"
    "  (i64.store offset=30000 (i32.const 0) (call $sum)) (i64.store offset=30008 (i32.const 0) (global.get $g))\n"
    "  (i32.store offset=30016 (i32.const 0) (memory.size)) (i32.store offset=30020 (i32.const 0) (table.size $t))\n"
    "  (i32.store offset=30024 (i32.const 0) (ref.is_null (table.get $t (i32.const 2))))\n"
    "  (local.set $size (call $input (i32.const 30100) (i32.const 20)))\n"
    "  (drop (call $random (i32.const 30032) (i32.const 8))) (drop (call $caller (i32.const 30040) (i32.const 8)))\n"
    "  (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 30048)))\n"
    "  (call $log (i32.const 30000) (i32.const 24)) (call $event (i32.const 30100) (local.get $size) (i32.const 0) "
    "(i32.const 3))\n"
    "  (if (i32.eq (i32.load8_u offset=30100 (i32.const 0)) (i32.const 116)) (then unreachable))\n"
    "  (if (i32.eq (i32.load8_u offset=30100 (i32.const 0)) (i32.const 114)) (then (call $reject (i32.const 30100) "
    "(i32.const 3))))\n"
    "  (if (i32.eq (i32.load8_u offset=30100 (i32.const 0)) (i32.const 110))\n"
    "    (then (drop (call $get (i32.const 30100) (i32.const 2) (i32.const 0) (i32.const 9)))))\n"
    "  (if (i32.eq (i32.load8_u offset=30100 (i32.const 0)) (i32.const 109)) (then (memory.init $d (i32.const 9) "
    "(i32.const 0) (i32.const 5))))\n"
    "  (drop (memory.grow (i32.const 1))) (memory.fill (i32.const 4000) (i32.const 3) (i32.const 9000)) (call $one)\n"
    "  (table.set $t (i32.const 1) (ref.func $one))\n"
    "  (call $set (i32.const 30100) (i32.const 1) (i32.const 30000) (i32.const 56))\n"
    "  (call $result (i32.const 30000) (i32.const 56))))";

static const char *const initializations[] = {
    "nop",
    /* memory, globals, table, drops, a hash, and the world without a request */
    ("(drop (memory.grow (i32.const 3))) (memory.fill (i32.const 140000) (i32.const 7) (i32.const 9000))\n"
     "(i64.store (i32.const 4093) (i64.const -1)) (call $one) (table.set $t (i32.const 2) (ref.func $one))\n"
     "(drop (table.grow $t (ref.func $one) (i32.const 2))) (elem.drop $e) (data.drop $d)\n"
     "(call $blake2b (i32.const 0) (i32.const 5000) (i32.const 250000) (i32.const 64))\n"
     "(drop (call $random (i32.const 9000) (i32.const 100))) (drop (call $clock (i32.const 0) (i64.const 1) (i32.const "
     "9200)))\n"
     "(drop (call $input (i32.const 9300) (i32.const 100))) (drop (call $caller (i32.const 9400) (i32.const 100)))"),
    /* what it says and wants to write is forgotten */
    ("(call $log (i32.const 4090) (i32.const 6)) (call $event (i32.const 4090) (i32.const 6) (i32.const 0) (i32.const "
     "0))\n"
     "(call $set (i32.const 4090) (i32.const 1) (i32.const 0) (i32.const 3)) (call $result (i32.const 4090) (i32.const "
     "2))"),
    ("(loop $l (i32.store (local.get $i) (local.get $i))"
     " (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 65536))))"),
};

/* How the program's initialization is found. */
static const struct way {
    const char *name;
    const char *export;
    const char *field;
} ways[] = {
    {"_initialize", "(export \"_initialize\")", ""},
    {"start function", "", "(start $initialize)"},
    {"both", "",
     "(func (export \"_initialize\") (call $one) (i32.store (i32.const 70) (i32.const 7))) (start $initialize)"},
};
static const struct way *way = ways;

static void load(const struct host_config *config, const char *initialization, struct host_contract *out) {
    static char text[16384];
    snprintf(text, sizeof text, program, way->export, initialization, way->field);
    trial_load(text, config, out);
}

/* All of an outcome but for what is counted over the whole call, and its name. */
static void check_same(const struct host_outcome *a, const struct host_outcome *b) {
    CHECK_U64(a->status, b->status);
    CHECK(vm_bytes_equal(a->result, b->result) && vm_bytes_equal(a->message, b->message));
    CHECK(a->trap.kind == b->trap.kind && a->trap.function == b->trap.function && a->trap.offset == b->trap.offset &&
          a->trap.price == b->trap.price);
    CHECK_U64(a->depth, b->depth);
    CHECK_U64(a->memory_pages, b->memory_pages);
    CHECK_TEXT(trial_entries(a->writes, a->write_count), trial_entries(b->writes, b->write_count));
    CHECK_TEXT(trial_entries(a->reads, a->read_count), trial_entries(b->reads, b->read_count));
    CHECK_U64(a->needed_count, b->needed_count);
    if (CHECK(a->event_count == b->event_count && a->log_count == b->log_count)) {
        for (uint32_t i = 0; i < a->event_count; i++)
            CHECK(vm_bytes_equal(a->events[i].name, b->events[i].name) &&
                  vm_bytes_equal(a->events[i].data, b->events[i].data));
        for (uint32_t i = 0; i < a->log_count; i++)
            CHECK(vm_bytes_equal(a->logs[i], b->logs[i]));
    }
}

/* Puts in place of a contract the same one, restored from what was kept of it; and sees what can't be restored. */
static void keep_and_restore(struct host_contract *contract, const struct host_config *config,
                             const char *initialization) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct host_contract again;
    load(config, initialization, &again);
    const struct vm_bytes kept = host_snapshot_keep(contract, config, &allocator);
    uint8_t *const bytes = (uint8_t *)(uintptr_t)kept.data;
    if (!CHECK(kept.data != NULL && kept.size > 104))
        exit(2);
    struct host_config other = *config;
    other.limits.result_bytes++;
    host_config_seal(&other);
    CHECK(host_contract_restore(&again, &other, kept) == VM_MALFORMED); /* another world */
    for (size_t at = 0; at < kept.size; at += at < 200 || at > kept.size - 40 ? 1 : kept.size / 31) {
        bytes[at] ^= 0x10;
        CHECK(host_contract_restore(&again, config, kept) == VM_MALFORMED);
        bytes[at] ^= 0x10;
        CHECK(host_contract_restore(&again, config, vm_bytes(bytes, at)) == VM_MALFORMED);
    }
    CHECK(again.start == HOST_START_EACH_CALL && host_hash_equal(&again.program, &again.hash));
    CHECK(host_contract_restore(&again, config, kept) == VM_OK);
    CHECK(again.initialization_fuel == contract->initialization_fuel &&
          again.instantiation_price == contract->instantiation_price &&
          host_hash_equal(&again.program, &contract->program) && host_hash_equal(&again.snapshot, &contract->snapshot));
    const struct vm_bytes twice = host_snapshot_keep(&again, config, &allocator);
    CHECK(vm_bytes_equal(kept, twice));
    vm_release(&allocator, (uint8_t *)(uintptr_t)twice.data, twice.size);
    vm_release(&allocator, bytes, kept.size);
    host_contract_free(contract);
    *contract = again;
}

/* Both ways with the same requests: equal outcomes; the fuel differs by what _initialize and the making of the instance
 * cost, to the unit, also where it runs out. */
static void check_equal(const struct host_config *config, const char *initialization, bool kept) {
    static const char *const inputs[] = {"a", "trap", "reject", "need", "memory.init", "", "again"};
    const struct vm_allocator allocator = vm_system_allocator();
    struct host_contract each, once;
    struct vm_error error;
    load(config, initialization, &each);
    load(config, initialization, &once);
    CHECK(each.start == HOST_START_EACH_CALL && host_hash_equal(&each.program, &each.hash));
    check_context("%s, %.30s", way->name, initialization);
    if (!CHECK(host_contract_snapshot(&once, config, &allocator, &error) == VM_OK)) {
        printf("%s\n", error.message);
        return;
    }
    if (kept)
        keep_and_restore(&once, config, initialization);
    CHECK(once.start == HOST_START_SNAPSHOT && host_hash_equal(&once.hash, &each.hash));
    CHECK(!host_hash_equal(&once.program, &once.hash));
    struct host_runner *const warm = host_runner_new(config, &allocator), *const cold =
                                                                              host_runner_new(config, &allocator);
    const uint64_t saved = each.instantiation_price + once.initialization_fuel - once.instantiation_price;
    for (uint32_t round = 0; round < 2; round++)
        for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
            const struct host_entry entries[] = {trial_entry("m", "value"), trial_entry("n", NULL)};
            struct host_request request = {.contract = &each,
                                           .fuel_limit = 50000000,
                                           .input = vm_bytes_of_text(inputs[i]),
                                           .caller = vm_bytes_of_text("somebody"),
                                           .transaction_id = vm_bytes_of_text(inputs[i]),
                                           .storage = entries,
                                           .storage_count = 2};
            check_context("%.30s, input %s, round %" PRIu32, initialization, inputs[i], round);
            const struct host_outcome *const a = trial_finish(cold, &request, UINT64_MAX);
            request.contract = &once;
            const struct host_outcome *const b = trial_finish(warm, &request, round == 0 ? UINT64_MAX : 777);
            check_same(a, b);
            CHECK_U64(a->fuel_used, b->fuel_used + saved);
            CHECK_U64(b->fuel_instantiation, once.instantiation_price);
            CHECK(!host_hash_equal(&a->receipt, &b->receipt));
            /* Wherever the fuel ends in the call itself, it ends at the same place. */
            const uint64_t own = b->fuel_used - b->fuel_instantiation;
            for (uint64_t part = 0; part <= own; part += own / 23 + 1) {
                request.contract = &each;
                request.fuel_limit = once.instantiation_price + part + saved;
                const struct host_outcome *const c = trial_finish(cold, &request, UINT64_MAX);
                request.contract = &once;
                request.fuel_limit = once.instantiation_price + part;
                const struct host_outcome *const d = trial_finish(warm, &request, UINT64_MAX);
                check_same(c, d);
                CHECK_U64(c->fuel_used, d->fuel_used + saved);
            }
        }
    /* One runner for both, in turns: neither sees the other's instance. */
    for (uint32_t round = 0; round < 6; round++) {
        const struct host_request request = {.contract = round % 2 == 0 ? &each : &once, .fuel_limit = 50000000};
        const struct host_outcome *const a = trial_finish(cold, &request, UINT64_MAX);
        struct host_runner *const fresh = host_runner_new(config, &allocator);
        CHECK(host_hash_equal(&a->receipt, &trial_finish(fresh, &request, UINT64_MAX)->receipt));
        host_runner_free(fresh);
    }
    host_runner_free(warm);
    host_runner_free(cold);
    host_contract_free(&each);
    host_contract_free(&once);
}

/* The fuel of an initialization, and of a call after it, whatever engine ran them. */
static void check_engines(void) {
    for (size_t i = 0; i < sizeof initializations / sizeof *initializations; i++) {
        uint64_t fuel[4], price[4];
        struct host_hash receipts[4];
        for (int kind = 0; kind < 4; kind++) {
            const struct vm_allocator allocator = vm_system_allocator();
            struct host_config config;
            struct host_contract contract;
            struct vm_error error;
            host_config_init(&config, VM_STRICT);
            config.engine = kind % 2 == 0 ? VM_ENGINE_PLAIN : VM_ENGINE_FAST;
            config.check = kind >= 2;
            load(&config, initializations[i], &contract);
            CHECK(host_contract_snapshot(&contract, &config, &allocator, &error) == VM_OK);
            struct host_runner *const runner = host_runner_new(&config, &allocator);
            const struct host_request request = {.contract = &contract, .fuel_limit = 50000000};
            receipts[kind] = trial_finish(runner, &request, UINT64_MAX)->receipt;
            fuel[kind] = contract.initialization_fuel;
            price[kind] = contract.instantiation_price;
            check_context("initialization %zu, kind %d", i, kind);
            CHECK_U64(fuel[kind], fuel[0]);
            CHECK_U64(price[kind], price[0]);
            CHECK(host_hash_equal(&receipts[kind], &receipts[0]));
            host_runner_free(runner);
            host_contract_free(&contract);
        }
    }
}

/* A start function is paid to the unit, runs before anybody asks and in the world of nobody, and its trap is the run's. */
static void check_own_start(void) {
    struct trial trial;
    check_context("fuel of a start function");
    trial_open(&trial, "(module (global $g (mut i32) (i32.const 0)) (func $s (global.set $g (i32.const 7))) (start $s)"
                       "(func (export \"call\") (if (i32.ne (global.get $g) (i32.const 7)) (then unreachable))))");
    const uint64_t price = trial.contract.instantiation_price;
    CHECK(trial.contract.form.starts && !trial.contract.form.initializes);
    struct host_request request = {.contract = &trial.contract, .fuel_limit = 1000000};
    struct host_runner *const runner = trial.runner;
    const struct host_outcome *outcome = trial_finish(runner, &request, UINT64_MAX);
    CHECK_U64(outcome->status, HOST_ACCEPTED);
    CHECK_U64(outcome->fuel_instantiation, price);
    const uint64_t used = outcome->fuel_used;
    CHECK(used > price + 4);
    for (request.fuel_limit = price; request.fuel_limit <= used; request.fuel_limit++) {
        outcome = trial_finish(runner, &request, UINT64_MAX);
        CHECK_U64(outcome->status, request.fuel_limit == used ? HOST_ACCEPTED : HOST_OUT_OF_FUEL);
        if (request.fuel_limit < price + 2)
            CHECK_U64(outcome->trap.function, 0);
    }
    trial_close(&trial);

    check_context("a start function that traps");
    trial_open(&trial, "(module (func $s unreachable) (start $s) (func (export \"call\")))");
    request = (struct host_request){.contract = &trial.contract, .fuel_limit = 1000000};
    for (int round = 0; round < 2; round++) {
        outcome = trial_finish(trial.runner, &request, UINT64_MAX);
        CHECK_U64(outcome->status, HOST_TRAPPED);
        CHECK_U64(outcome->trap.kind, VM_TRAP_UNREACHABLE);
        CHECK_U64(outcome->trap.function, 0);
    }
    trial_close(&trial);

    check_context("nothing but a start function");
    trial_open(&trial, "(module (func $s) (start $s) (func (export \"call\")))");
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_error error;
    CHECK(host_contract_snapshot(&trial.contract, &trial.config, &allocator, &error) == VM_OK);
    request = (struct host_request){.contract = &trial.contract, .fuel_limit = 1000000};
    outcome = trial_finish(trial.runner, &request, UINT64_MAX);
    CHECK_U64(outcome->status, HOST_ACCEPTED);
    trial_close(&trial);
}

static const struct failure {
    const char *initialization;
    const char *words; /* in the message */
} failures[] = {
    {"unreachable", "unreachable in function 14 \"initialize\""},
    {"(call $one) (i32.store (i32.const -1) (i32.const 0))", "out of bounds memory access in function 14"},
    {"(loop $l (br $l))", "all fuel consumed in function 14 \"initialize\", after 10000000 fuel"},
    {"(drop (call $get (i32.const 4090) (i32.const 1) (i32.const 0) (i32.const 0)))", "did not bring"},
    {"(call $reject (i32.const 0) (i32.const 0))", "rejected the transaction in function 14"},
    {"(call $exit (i32.const 0))", "in function 14"},
};

static void check_failures(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    config.limits.fuel = 10000000;
    host_config_seal(&config);
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        check_context("%s", failures[i].initialization);
        struct host_contract contract;
        struct vm_error error = {0};
        load(&config, failures[i].initialization, &contract);
        const struct vm_image *const image = contract.image;
        CHECK(host_contract_snapshot(&contract, &config, &allocator, &error) == VM_UNSUPPORTED);
        CHECK(error.code == VM_ERROR_INITIALIZATION);
        if (!CHECK(strstr(error.message, failures[i].words) != NULL))
            printf("%s\n", error.message);
        CHECK(contract.image == image && contract.start == HOST_START_EACH_CALL && contract.initialization_fuel == 0);
        host_contract_free(&contract);
    }
    struct trial trial;
    struct vm_error error;
    check_context("nothing to run");
    trial_open(&trial, "(module (func (export \"call\")))");
    CHECK(host_contract_snapshot(&trial.contract, &trial.config, &allocator, &error) == VM_UNSUPPORTED);
    CHECK(error.code == VM_ERROR_INITIALIZATION);
    trial_close(&trial);
}

/* Every allocation fails once. */
static void check_short_memory(void) {
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    uint32_t failed = 0;
    enum vm_status status = VM_RESOURCE;
    for (uint64_t left = 0; status != VM_OK && left < 1000; left++) {
        struct budget budget = {.inner = vm_system_allocator(), .left = left};
        const struct vm_allocator allocator = {budget_resize, &budget};
        struct host_contract contract;
        struct vm_error error;
        check_context("memory for %" PRIu64 " requests", left);
        load(&config, initializations[1], &contract);
        status = host_contract_snapshot(&contract, &config, &allocator, &error);
        CHECK(status == VM_OK || status == VM_RESOURCE);
        CHECK((status == VM_OK) == (contract.start == HOST_START_SNAPSHOT));
        failed += status != VM_OK;
        host_contract_free(&contract);
    }
    CHECK(failed > 5);
}

int main(void) {
    for (int engine = 0; engine < 2; engine++) {
        struct host_config config;
        host_config_init(&config, VM_STRICT);
        config.engine = engine == 0 ? VM_ENGINE_PLAIN : VM_ENGINE_FAST;
        for (size_t i = 0; i < sizeof initializations / sizeof *initializations; i++)
            for (size_t w = 0; w < (i == 1 ? sizeof ways / sizeof *ways : 1); w++) {
                way = &ways[w];
                check_equal(&config, initializations[i], (i + w) % 2 == 0);
            }
        way = ways;
    }
    check_own_start();
    check_engines();
    check_failures();
    check_short_memory();
    return check_done();
}
