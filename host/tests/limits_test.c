/* host/tests/limits_test.c - every HOST row of vm/limits.def at n and n + 1.  A row without a case here fails. */
#include "host/tests/run.h"

/* Limits are set to this, so that n + 1 is cheap. */
enum { N = 6 };

/* One row under test: the request as it is being changed, and what to fill it with. */
struct limit_case {
    struct trial trial;
    uint64_t *limit;
    struct host_argument arguments[N + 1];
    struct host_argument previous_arguments[N + 1];
    struct host_entry storage[N + 1];
    struct host_previous previous[N + 1];
};

static const uint8_t letters[] = "abcdefghijklmnopqrstuvwxyz";

/* n bytes. */
static struct vm_bytes some(size_t size) {
    return vm_bytes(letters, size);
}

/* A key of one letter. */
static struct vm_bytes letter(size_t index) {
    return vm_bytes(letters + index, 1);
}

/* ---- Requests --------------------------------------------------------------------------------------------------- */

static void ask_input(struct limit_case *c, uint32_t n) {
    c->trial.request.input = some(n);
}

static void ask_arguments(struct limit_case *c, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        c->arguments[i] = (struct host_argument){letter(i), some(0)};
    c->trial.request.arguments = c->arguments;
    c->trial.request.argument_count = n;
}

static void ask_argument_bytes(struct limit_case *c, uint32_t n) {
    c->arguments[0] = (struct host_argument){letter(0), some(1)};
    c->arguments[1] = (struct host_argument){letter(1), some(n - 3)};
    c->trial.request.arguments = c->arguments;
    c->trial.request.argument_count = 2;
}

static void ask_storage_keys(struct limit_case *c, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        c->storage[i] = (struct host_entry){letter(i), some(0), i % 2 == 0};
    c->trial.request.storage = c->storage;
    c->trial.request.storage_count = n;
}

static void ask_key_bytes(struct limit_case *c, uint32_t n) {
    c->storage[0] = (struct host_entry){some(n), some(0), false};
    c->trial.request.storage = c->storage;
    c->trial.request.storage_count = 1;
}

static void ask_value_bytes(struct limit_case *c, uint32_t n) {
    c->storage[0] = (struct host_entry){some(1), some(n), true};
    c->trial.request.storage = c->storage;
    c->trial.request.storage_count = 1;
}

static void ask_previous_transactions(struct limit_case *c, uint32_t n) {
    c->trial.request.previous = c->previous;
    c->trial.request.previous_count = n;
}

static void ask_previous_arguments(struct limit_case *c, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        c->previous_arguments[i] = (struct host_argument){letter(i), some(0)};
    c->previous[1] = (struct host_previous){some(0), c->previous_arguments, n};
    c->trial.request.previous = c->previous;
    c->trial.request.previous_count = 2;
}

static void ask_context_bytes(struct limit_case *c, uint32_t n) {
    c->trial.request.caller = some(1);
    c->trial.request.transaction_id = some(1);
    c->previous_arguments[0] = (struct host_argument){letter(0), some(1)};
    c->previous[0] = (struct host_previous){some(n - 4), c->previous_arguments, 1};
    c->trial.request.previous = c->previous;
    c->trial.request.previous_count = 1;
}

/* index: what the refusal's offset should be */
static const struct {
    const char *name;
    void (*ask)(struct limit_case *c, uint32_t n);
    uint64_t index;
} request_rows[] = {
    {"input_bytes", ask_input, 0},
    {"arguments", ask_arguments, 0},
    {"arguments", ask_previous_arguments, 1},
    {"argument_bytes", ask_argument_bytes, 0},
    {"storage_keys", ask_storage_keys, 0},
    {"key_bytes", ask_key_bytes, 0},
    {"value_bytes", ask_value_bytes, 0},
    {"previous_transactions", ask_previous_transactions, 0},
    {"context_bytes", ask_context_bytes, 0},
};

/* ---- Runs: the body does `nonce` of something; the data is the alphabet ------------------------------------------ */

#define COUNT "(local $n i32) (local $i i32) (local.set $n (i32.wrap_i64 (call $nonce)))\n"
#define TIMES(what)                                                                                                    \
    COUNT "(block $done (loop $next (br_if $done (i32.eq (local.get $i) (local.get $n)))\n" what                       \
          "\n(local.set $i (i32.add (local.get $i) (i32.const 1))) (br $next)))"

static const struct {
    const char *name;
    const char *what;
    const char *body;
} run_rows[] = {
    {"key_bytes", "get", COUNT "(drop (call $storage_get (i32.const 0) (local.get $n) (i32.const 0) (i32.const 0)))"},
    {"key_bytes", "set", COUNT "(call $storage_set (i32.const 0) (local.get $n) (i32.const 0) (i32.const 0))"},
    {"key_bytes", "delete", COUNT "(call $storage_delete (i32.const 0) (local.get $n))"},
    {"key_bytes", "expect", COUNT "(call $storage_expect (i32.const 0) (local.get $n))"},
    {"value_bytes", "set", COUNT "(call $storage_set (i32.const 0) (i32.const 1) (i32.const 0) (local.get $n))"},
    {"storage_keys", "simulated reads",
     TIMES("(drop (call $storage_get (local.get $i) (i32.const 1) (i32.const 0) (i32.const 0)))")},
    {"writes", "set",
     TIMES("(call $storage_set (local.get $i) (i32.const 1) (i32.const 0) (i32.const 1))"
           "(call $storage_set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 2))")},
    {"writes", "delete", TIMES("(call $storage_delete (local.get $i) (i32.const 1))")},
    {"write_bytes", "one value",
     COUNT "(call $storage_set (i32.const 0) (i32.const 1) (i32.const 0) (i32.sub (local.get $n) (i32.const 1)))"},
    {"write_bytes", "keys of deletes",
     COUNT "(call $storage_delete (i32.const 0) (i32.const 2)) (call $storage_delete (i32.const 0) (i32.sub (local.get "
           "$n) (i32.const 2)))"},
    {"write_bytes", "what was overwritten does not count",
     COUNT "(call $storage_set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 5)) (call $storage_set (i32.const "
           "0) (i32.const 1) (i32.const 0) (i32.const 1))\n"
           "(call $storage_set (i32.const 1) (i32.const 1) (i32.const 0) (i32.const 3)) (call $storage_delete "
           "(i32.const 1) (i32.const 1))\n"
           "(call $storage_set (i32.const 2) (i32.const 1) (i32.const 0) (i32.sub (local.get $n) (i32.const 4)))"},
    {"result_bytes", "", COUNT "(call $result (i32.const 0) (local.get $n))"},
    {"events", "", TIMES("(call $event (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))")},
    {"event_bytes", "name", COUNT "(call $event (i32.const 0) (local.get $n) (i32.const 0) (i32.const 0))"},
    {"event_bytes", "data",
     COUNT "(call $event (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 1)) (call $event (i32.const 0) "
           "(i32.const 0) (i32.const 0) (i32.sub (local.get $n) (i32.const 3)))"},
};

/* ---- All of them --------------------------------------------------------------------------------------------------
 */

static bool seen[64];

/* Finds the row, marks it and sets it to N. */
static uint64_t *set_limit(struct host_config *config, const char *name) {
    for (uint32_t i = 0; i < vm_limit_row_count; i++) {
        if (vm_limit_rows[i].scope != VM_LIMIT_HOST || strcmp(vm_limit_rows[i].name, name) != 0)
            continue;
        seen[i] = true;
        uint64_t *const limit = (uint64_t *)(void *)((uint8_t *)&config->limits + vm_limit_rows[i].field);
        *limit = N;
        return limit;
    }
    printf("no HOST limit %s\n", name);
    exit(2);
}

static void check_requests(void) {
    for (size_t i = 0; i < sizeof request_rows / sizeof *request_rows; i++) {
        check_context("%s of a request", request_rows[i].name);
        static struct limit_case c;
        memset(&c, 0, sizeof c);
        trial_call(&c.trial, "", "");
        set_limit(&c.trial.config, request_rows[i].name);
        struct vm_error error;
        request_rows[i].ask(&c, N);
        CHECK_U64(host_request_check(&c.trial.request, &c.trial.config, &error), VM_OK);
        request_rows[i].ask(&c, N + 1);
        CHECK_U64(host_request_check(&c.trial.request, &c.trial.config, &error), VM_LIMIT);
        char want[80];
        snprintf(want, sizeof want, "over a limit: %s: %d, allowed %d", request_rows[i].name, N + 1, N);
        CHECK_TEXT(error.message, want);
        CHECK_TEXT(vm_error_code_name(error.code), "over_limit");
        CHECK_U64(error.offset, request_rows[i].index);
        trial_close(&c.trial);
    }
}

static void check_runs(void) {
    for (size_t i = 0; i < sizeof run_rows / sizeof *run_rows; i++) {
        check_context("%s in a run: %s", run_rows[i].name, run_rows[i].what);
        struct trial trial;
        char body[2048];
        snprintf(body, sizeof body, "%s\n(return)", run_rows[i].body);
        trial_call(&trial, "abcdefghijklmnopqrstuvwxyz", body);
        trial.request.mode = HOST_SIMULATE;
        set_limit(&trial.config, run_rows[i].name);
        trial.request.nonce = N;
        CHECK_TEXT(host_status_name(trial_run(&trial)->status), "accepted");
        trial.request.nonce = N + 1;
        const struct host_outcome *const outcome = trial_run(&trial);
        CHECK_TEXT(host_status_name(outcome->status), "trapped");
        CHECK_TEXT(vm_trap_name(outcome->trap.kind), "host_limit");
        CHECK_U64(outcome->write_count + outcome->event_count + outcome->result.size, 0);
        trial_close(&trial);
    }
}

/* What is over these limits is cut, dropped or left out. */
static void check_soft(void) {
    struct trial trial;
    const struct host_outcome *outcome;

    check_context("fuel is clamped");
    trial_call(&trial, "", "");
    const uint64_t price = trial_run(&trial)->fuel_used;
    *set_limit(&trial.config, "fuel") = price;
    for (uint64_t more = 0; more < 2; more++) {
        trial.request.fuel_limit = price + more;
        CHECK_U64(trial_run(&trial)->fuel_limit, price);
        CHECK_U64(trial.outcome->status, HOST_ACCEPTED);
    }
    *set_limit(&trial.config, "fuel") = price - 1;
    CHECK_U64(trial_run(&trial)->status, HOST_OUT_OF_FUEL);
    CHECK_U64(trial.outcome->fuel_limit, price - 1);
    trial_close(&trial);

    check_context("message_bytes");
    trial_call(&trial, "abcdefghij", COUNT "(call $reject (i32.const 0) (local.get $n))");
    set_limit(&trial.config, "message_bytes");
    trial.request.nonce = N;
    CHECK_TEXT(trial_text(trial_run(&trial)->message), "abcdef");
    trial.request.nonce = N + 1;
    CHECK_TEXT(trial_text(trial_run(&trial)->message), "abcdef");
    trial_close(&trial);

    check_context("logs");
    trial_call(&trial, "abcdefghij", TIMES("(call $log (local.get $i) (i32.const 1))"));
    set_limit(&trial.config, "logs");
    for (uint32_t n = N - 1; n <= N + 2; n++) {
        trial.request.nonce = n;
        outcome = trial_run(&trial);
        CHECK_U64(outcome->status, HOST_ACCEPTED);
        CHECK_U64(outcome->log_count, n < N ? n : N);
        CHECK_U64(outcome->logs_dropped, n < N ? 0 : n - N);
        CHECK_TEXT(trial_text(outcome->logs[0]), "a");
    }
    trial_close(&trial);

    check_context("log_bytes");
    trial_call(&trial, "abcdefghij",
               COUNT "(call $log (i32.const 0) (i32.const 2)) (call $log (i32.const 0) (local.get $n)) (call $log "
                     "(i32.const 9) (i32.const 1))");
    set_limit(&trial.config, "log_bytes");
    trial.request.nonce = N - 2;
    outcome = trial_run(&trial);
    CHECK_U64(outcome->log_count, 2);
    CHECK_U64(outcome->logs_dropped, 1);
    trial.request.nonce = N - 1;
    outcome = trial_run(&trial);
    CHECK_U64(outcome->log_count, 2);
    CHECK_TEXT(trial_text(outcome->logs[1]), "j"); /* what is short enough still gets in */
    CHECK_U64(outcome->logs_dropped, 1);
    trial_close(&trial);

    check_context("needed_keys");
    trial_call(
        &trial, "abcdefghijklmnopqrstuvwxyz",
        TIMES("(call $storage_expect (local.get $i) (i32.const 1))") "(drop (call $storage_get (i32.const 25) "
                                                                     "(i32.const 1) (i32.const 0) (i32.const 0)))");
    set_limit(&trial.config, "needed_keys");
    for (uint32_t n = 0; n <= N + 2; n++) {
        trial.request.nonce = n;
        outcome = trial_run(&trial);
        CHECK_U64(outcome->status, HOST_NEED_KEYS);
        CHECK_U64(outcome->needed_count, n + 1 < N ? n + 1 : N);
        CHECK_TEXT(trial_text(outcome->needed[outcome->needed_count - 1]), "z");
    }
    trial_close(&trial);
}

/* Many keys, in an order that would hurt a careless search, within the limits of compat: fast, and in order. */
static void check_many_keys(void) {
    struct trial trial;
    check_context("many keys");
    trial_call(&trial, "",
               "(local $i i32) (block $done (loop $next (br_if $done (i32.eq (local.get $i) (i32.const 16384)))\n"
               "(i32.store (i32.const 0) (i32.mul (local.get $i) (i32.const 0x9E3779B1)))\n"
               "(drop (call $storage_get (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 0)))\n"
               "(local.set $i (i32.add (local.get $i) (i32.const 1))) (br $next)))");
    trial.config.limits = vm_profile_limits(VM_COMPAT);
    trial.request.mode = HOST_SIMULATE;
    const struct host_outcome *const outcome = trial_run(&trial);
    CHECK_U64(outcome->status, HOST_ACCEPTED);
    CHECK_U64(outcome->read_count, 16384);
    for (uint32_t i = 0; i < outcome->read_count; i++)
        CHECK(vm_load_u32(outcome->reads[i].key.data) == (uint32_t)(i * UINT32_C(0x9E3779B1)));
    trial_close(&trial);
}

/* Values that are written over and over take no more memory than about twice what may be written. */
static void check_overwriting(void) {
    struct trial trial;
    check_context("overwriting");
    trial_call(&trial, "",
               "(local $i i32) (block $done (loop $next (br_if $done (i32.eq (local.get $i) (i32.const 3000)))\n"
               "(i32.store (i32.const 0) (i32.rem_u (local.get $i) (i32.const 200)))\n"
               "(call $storage_set (i32.const 0) (i32.const 4) (i32.const 8) (i32.rem_u (i32.mul (local.get $i) "
               "(i32.const 7919)) (i32.const 1200)))\n"
               "(local.set $i (i32.add (local.get $i) (i32.const 1))) (br $next)))");
    const struct host_outcome *outcome = trial_run(&trial);
    CHECK_U64(outcome->status, HOST_ACCEPTED);
    CHECK_U64(outcome->write_count, 200);
    for (uint32_t i = 0; i < outcome->write_count; i++) {
        CHECK_U64(vm_load_u32(outcome->writes[i].key.data), i);
        CHECK_U64(outcome->writes[i].value.size, (2800 + i) * 7919 % 1200);
    }
    const size_t held = host_runner_bytes(trial.runner);
    struct trial small;
    trial_call(&small, "", "");
    trial_run(&small);
    CHECK(held - host_runner_bytes(small.runner) < 3 * trial.config.limits.write_bytes);
    trial_close(&small);
    trial_close(&trial);
}

int main(void) {
    check_requests();
    check_runs();
    check_soft();
    check_many_keys();
    check_overwriting();
    for (uint32_t i = 0; i < vm_limit_row_count; i++) {
        check_context("limit %s has a case here", vm_limit_rows[i].name);
        CHECK(seen[i] == (vm_limit_rows[i].scope == VM_LIMIT_HOST));
    }
    return check_done();
}
