/* Runs checked by both engines: they agree on every kind of end, and where they are made to differ there is no outcome. */
#include "host/tests/run.h"

static const struct row {
    const char *name, *body;
    uint64_t fuel;
    enum host_status status;
} rows[] = {
    {"returns", "(call $word (i32.const 7))", 100000, HOST_ACCEPTED},
    {"loops",
     "(local $i i32) (loop $again (local.set $i (i32.add (local.get $i) (i32.const 1)))"
     " (br_if $again (i32.lt_u (local.get $i) (i32.const 5000)))) (call $word (local.get $i))",
     1000000, HOST_ACCEPTED},
    {"runs out of fuel", "(loop $again (br $again))", 100000, HOST_OUT_OF_FUEL},
    {"has no fuel at all", "(call $word (i32.const 7))", 0, HOST_OUT_OF_FUEL},
    {"divides by zero", "(call $word (i32.div_u (i32.const 7) (global.get $zero)))", 100000, HOST_TRAPPED},
    {"looks out of memory", "(call $word (i32.load (i32.const -1)))", 100000, HOST_TRAPPED},
    {"rejects", "(call $reject (i32.const 0) (i32.const 3))", 100000, HOST_REJECTED},
    {"needs a key", "(drop (call $storage_get (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))", 100000,
     HOST_NEED_KEYS},
};

static void use(struct trial *trial, enum vm_engine engine, bool check) {
    const struct vm_allocator allocator = vm_system_allocator();
    trial->config.engine = engine;
    trial->config.check = check;
    host_runner_free(trial->runner);
    trial->runner = host_runner_new(&trial->config, &allocator);
    if (trial->runner == NULL)
        exit(2);
}

/* A trial whose module is loaded for this engine. */
static void open_for(struct trial *trial, const char *text, enum vm_engine engine, bool fold) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_error error;
    trial_open(trial, text);
    host_contract_free(&trial->contract);
    trial->config.engine = engine;
    trial->config.fold = fold;
    const struct vm_bytes module = trial_assemble(text);
    if (host_contract_load(module, &trial->config, &allocator, &trial->contract, &error) != VM_OK)
        exit(2);
    text_free(&allocator, module);
}

static void check_agreement(void) {
    static char text[65536];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_context("%s", rows[i].name);
        snprintf(text, sizeof text,
                 "(module %s (global $zero (mut i32) (i32.const 0)) (data (i32.const 0) \"abc\")"
                 "(func (export \"call\") %s))",
                 trial_prelude(), rows[i].body);
        struct trial trial;
        open_for(&trial, text, VM_ENGINE_PLAIN, true);
        use(&trial, VM_ENGINE_PLAIN, false);
        CHECK(trial.contract.module->fast == NULL);
        trial.request.fuel_limit = rows[i].fuel;
        const struct host_hash plain = trial_run(&trial)->receipt;
        trial_close(&trial);
        for (unsigned way = 0; way < 8; way++) {
            open_for(&trial, text, VM_ENGINE_FAST, way < 4);
            CHECK(trial.contract.module->fast != NULL);
            trial.request.fuel_limit = rows[i].fuel;
            use(&trial, way % 2 == 0 ? VM_ENGINE_FAST : VM_ENGINE_PLAIN, way % 4 >= 2);
            const uint64_t slices[] = {UINT64_MAX, 1000, 17};
            for (size_t slice = 0; slice < sizeof slices / sizeof *slices; slice++) {
                const struct host_outcome *const outcome = trial_run_sliced(&trial, slices[slice]);
                CHECK_U64(outcome->status, rows[i].status);
                CHECK(host_hash_equal(&outcome->receipt, &plain));
                CHECK(host_runner_other_outcome(trial.runner) == NULL);
            }
            enum host_run_state state = host_runner_begin(trial.runner, &trial.request);
            while (state == HOST_RUN_PAUSED)
                state = host_runner_step(trial.runner);
            CHECK_U64(state, HOST_RUN_FINISHED);
            CHECK(host_hash_equal(&host_runner_outcome(trial.runner)->receipt, &plain));
            trial_close(&trial);
        }
    }
}

/* Internal code of another module stands in for a fault of the fast engine. */
static void check_difference(void) {
    static char text[2][65536];
    static const char *const differences[][2] = {
        {"(call $word (i32.const 7))", "(call $word (i32.const 8))"},                           /* result */
        {"(drop (i32.const 7))", "(nop) (nop) (nop)"},                                          /* fuel */
        {"(drop (i32.const 7))", "(unreachable) (nop) (nop)"},                                  /* trap */
        {"(call $log (i32.const 0) (i32.const 1))", "(call $log (i32.const 1) (i32.const 1))"}, /* no receipt has it */
    };
    for (size_t i = 0; i < sizeof differences / sizeof *differences; i++) {
        check_context("difference %zu", i);
        struct trial trials[2];
        for (size_t j = 0; j < 2; j++) {
            snprintf(text[j], sizeof text[j],
                     "(module %s (data (i32.const 0) \"abc\") (func (export \"call\") %s"
                     " (call $result (i32.const 40000) (i32.sub (global.get $at) (i32.const 40000)))))",
                     trial_prelude(), differences[i][j]);
            open_for(&trials[j], text[j], VM_ENGINE_FAST, true);
        }
        const struct vm_fast_options all = {.fold = true}; /* not when they are called: then it would be its own code */
        CHECK(vm_translate(trials[1].contract.module, &trials[1].config.schedule.vm, &all) == VM_OK);
        struct vm_fast_code *const own = trials[0].contract.module->fast;
        trials[0].contract.module->fast = trials[1].contract.module->fast;
        for (unsigned way = 0; way < 2; way++) {
            use(&trials[0], way == 0 ? VM_ENGINE_FAST : VM_ENGINE_PLAIN, true);
            enum host_run_state state = host_runner_begin(trials[0].runner, &trials[0].request);
            while (state == HOST_RUN_PAUSED)
                state = host_runner_continue(trials[0].runner, 50);
            CHECK_U64(state, HOST_RUN_FAILED);
            CHECK_U64(host_runner_continue(trials[0].runner, 50), HOST_RUN_FAILED);
            CHECK(host_runner_other_outcome(trials[0].runner) != NULL);
        }
        /* The next run is judged by itself. */
        trials[0].contract.module->fast = own;
        trial_run(&trials[0]);
        CHECK(host_runner_other_outcome(trials[0].runner) == NULL);
        trial_close(&trials[0]);
        trial_close(&trials[1]);
    }
}

/* Neither choice may show in a hash. */
static void check_hashes(void) {
    struct host_config config, other;
    host_config_init(&config, VM_STRICT);
    CHECK(config.engine == VM_ENGINE_FAST && config.fold && !config.check);
    other = config;
    other.engine = VM_ENGINE_PLAIN;
    other.fold = false;
    other.check = true;
    host_config_seal(&other);
    CHECK(host_hash_equal(&config.limits_hash, &other.limits_hash));
    CHECK(host_hash_equal(&config.schedule.hash, &other.schedule.hash));
}

int main(void) {
    check_agreement();
    check_difference();
    check_hashes();
    return check_done();
}
