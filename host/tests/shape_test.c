/* host/tests/shape_test.c - the shapes of contracts: how they are told apart, and how each is entered. */
#include "host/tests/wasi.h"

#define PLAIN(name) "(func (export \"" name "\"))"
#define MALLOC "(func (export \"malloc\") (param i32) (result i32) (i32.const 1024))"
#define TEXT_FUNCTION(name) "(func (export \"" name "\") (param i32) (result i32) (local.get 0))"

/* entry: the default one, or NULL.  message: of a refusal. */
static const struct {
    const char *name;
    const char *module;
    const char *shape;
    const char *entry;
    const char *message;
} rows[] = {
    {"call", PLAIN("call"), "call", "call", NULL},
    {"call among others", PLAIN("a") PLAIN("call") MALLOC TEXT_FUNCTION("f"), "call", "call", NULL},
    {"call with _initialize", PLAIN("call") PLAIN("_initialize"), "call", "call", NULL},
    {"command", PLAIN("_start"), "command", "_start", NULL},
    {"command before call", PLAIN("call") PLAIN("_start"), "command", "_start", NULL},
    {"a _start of another type is none", "(func (export \"_start\") (param i32))" PLAIN("run"), "reactor", "run", NULL},
    {"a memory by the name of _start", "(memory (export \"_start\") 1)" PLAIN("run"), "reactor", "run", NULL},
    {"command and library at once", PLAIN("_start") PLAIN("_initialize"), NULL, NULL,
     "not a contract: it exports both \"_start\" and \"_initialize\": a program has the one, a library the other"},
    {"text", MALLOC TEXT_FUNCTION("increaseCounter") "(func (export \"free\") (param i32))", "text", "increaseCounter",
     NULL},
    {"text with two functions", MALLOC TEXT_FUNCTION("a") TEXT_FUNCTION("b"), "text", NULL, NULL},
    {"text before reactor", MALLOC TEXT_FUNCTION("a") PLAIN("b"), "text", "a", NULL},
    {"text functions without malloc", TEXT_FUNCTION("a"), NULL, NULL,
     "not a contract: it exports no function of type [] -> []: export one, by the name \"call\"; or "
     "name(const char *) -> const char *, and malloc"},
    {"malloc alone", MALLOC, NULL, NULL,
     "not a contract: it exports no function of type [] -> []: export one, by the name \"call\"; or "
     "name(const char *) -> const char *, and malloc"},
    {"a malloc of another type",
     "(func (export \"malloc\") (param i64) (result i32) (i32.const 0))" TEXT_FUNCTION("a") PLAIN("b"), "reactor", "b",
     NULL},
    {"reactor", PLAIN("_initialize") PLAIN("run"), "reactor", "run", NULL},
    {"reactor with two functions", PLAIN("_initialize") PLAIN("run") PLAIN("stop"), "reactor", NULL, NULL},
    {"_initialize alone", PLAIN("_initialize"), NULL, NULL,
     "not a contract: it exports no function of type [] -> []: export one, by the name \"call\"; or "
     "name(const char *) -> const char *, and malloc"},
};

static void check_rows(void) {
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    const struct vm_allocator allocator = vm_system_allocator();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1024];
        struct host_contract contract;
        struct vm_error error = {.code = VM_ERROR_NONE};
        check_context("%s", rows[i].name);
        snprintf(text, sizeof text, "(module %s)", rows[i].module);
        const struct vm_bytes module = trial_assemble(text);
        const enum vm_status status = host_contract_load(module, &config, &allocator, &contract, &error);
        CHECK_TEXT(vm_status_name(status), rows[i].shape == NULL ? "unsupported" : "ok");
        if (status != VM_OK) {
            CHECK_TEXT(error.message, rows[i].message);
        } else {
            CHECK_TEXT(host_shape_name(contract.form.shape), rows[i].shape);
            CHECK_TEXT(trial_text(contract.form.default_entry), rows[i].entry == NULL ? "" : rows[i].entry);
            host_contract_free(&contract);
        }
        text_free(&allocator, module);
    }
}

static void check_refused(struct trial *trial, const char *entry, const char *message) {
    struct vm_error error;
    check_context("entry \"%s\"", entry);
    trial->request.entry = vm_bytes_of_text(entry);
    CHECK_U64(host_request_check(&trial->request, &trial->config, &error), VM_INVALID);
    CHECK_TEXT(error.message, message);
}

static void check_requests(void) {
    struct trial trial;
    trial_open(&trial, "(module " MALLOC TEXT_FUNCTION("a") TEXT_FUNCTION("b") PLAIN("c")
                           PLAIN("_initialize") "(func (export \"free\") (param i32)) (memory (export \"m\") 1))");
    check_refused(&trial, "",
                  "invalid request: the contract has several functions that could be entered: name one of "
                  "them as entry");
    static const char *const none[] = {"malloc", "free", "_initialize", "m", "d"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        check_refused(&trial, none[i],
                      "invalid request: the contract exports no function of that name that can be entered");
    static const char *const good[] = {"a", "b", "c"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct vm_error error;
        check_context("entry \"%s\"", good[i]);
        trial.request.entry = vm_bytes_of_text(good[i]);
        CHECK_U64(host_request_check(&trial.request, &trial.config, &error), VM_OK);
    }
    trial_close(&trial);
}

/* ---- Text functions ---------------------------------------------------------------------------------------------- */

/* The input is {"a":1}: 7 bytes.  Memory is one page; at 8 there is the text "static". */
static const struct {
    const char *name;
    const char *allocate; /* the body of malloc */
    const char *body;
    const char *status;
    const char *text; /* result, message, or the trap */
} texts[] = {
    {"the text that came in", "(i32.const 1024)", "(local.get 0)", "accepted", "{\"a\":1}"},
    {"malloc is asked for a byte more, and its address is given", "(global.set $size (local.get 0)) (i32.const 2000)",
     "(i32.store8 (i32.const 100) (i32.add (i32.const 48) (global.get $size)))"
     "(i32.store8 (i32.const 101) (i32.add (i32.const 48) (i32.eq (local.get 0) (i32.const 2000)))) (i32.const 100)",
     "accepted", "81"},
    {"a text of its own", "(i32.const 1024)", "(i32.const 8)", "accepted", "static"},
    {"an empty text", "(i32.const 1024)", "(i32.const 14)", "accepted", ""},
    {"a last text", "(i32.const 65528)", "(local.get 0)", "accepted", "{\"a\":1}"},
    {"no room", "(i32.const 65529)", "(local.get 0)", "trapped", "host_out_of_bounds"},
    {"no room at all", "(i32.const -1)", "(local.get 0)", "trapped", "host_out_of_bounds"},
    {"malloc gives nothing", "(i32.const 0)", "(unreachable)", "trapped", "host_out_of_bounds"},
    {"malloc traps", "(unreachable)", "(local.get 0)", "trapped", "unreachable"},
    {"a null pointer", "(i32.const 1024)", "(i32.const 0)", "rejected", "the function returned no text"},
    {"a pointer out of memory", "(i32.const 1024)", "(i32.const 65536)", "trapped", "host_out_of_bounds"},
    {"a text without end", "(i32.const 1024)", "(i32.store8 (i32.const 65535) (i32.const 1)) (i32.const 65535)",
     "trapped", "host_out_of_bounds"},
    {"a null pointer, but a result", "(i32.const 1024)", "(call $result (i32.const 8) (i32.const 3)) (i32.const 0)",
     "accepted", "sta"},
    {"a result goes before the text", "(i32.const 1024)", "(call $result (i32.const 8) (i32.const 3)) (i32.const 8)",
     "accepted", "sta"},
    {"the text goes before stdout", "(i32.const 1024)",
     "(i32.store (i32.const 20) (i32.const 9)) (i32.store (i32.const 24) (i32.const 2))"
     "(drop (call $write (i32.const 1) (i32.const 20) (i32.const 1) (i32.const 40))) (i32.const 8)",
     "accepted", "static"},
    {"exits", "(i32.const 1024)", "(call $exit (i32.const 4)) (unreachable)", "rejected", "exit status 4"},
    {"malloc exits", "(call $exit (i32.const 0)) (unreachable)", "(local.get 0)", "trapped", "host_exit"},
    {"malloc rejects", "(call $reject (i32.const 8) (i32.const 2)) (unreachable)", "(local.get 0)", "trapped",
     "host_rejected"},
};

static const char *const text_imports =
    "(import \"dela\" \"result\" (func $result (param i32 i32))) (import \"dela\" \"reject\" (func $reject (param i32 "
    "i32)))"
    "(import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))"
    "(import \"wasi_snapshot_preview1\" \"fd_write\" (func $write (param i32 i32 i32 i32) (result i32)))";

static void open_text(struct trial *trial, const char *allocate, const char *body, uint32_t pages) {
    static char text[4096];
    snprintf(
        text, sizeof text,
        "(module %s (memory %u) (data (i32.const 8) \"static\") (global $size (mut i32) (i32.const 0))"
        "(func (export \"malloc\") (param i32) (result i32) %s) (func (export \"f\") (param i32) (result i32) %s))",
        text_imports, (unsigned)pages, allocate, body);
    trial_open(trial, text);
    trial->request.input = vm_bytes_of_text("{\"a\":1}");
}

static const char *outcome_text(const struct host_outcome *outcome) {
    return outcome->status == HOST_ACCEPTED   ? trial_text(outcome->result)
           : outcome->status == HOST_REJECTED ? trial_text(outcome->message)
                                              : vm_trap_name(outcome->trap.kind);
}

/* Every limit below the price is out of fuel; slices change nothing. */
static void check_fuel(struct trial *trial) {
    const struct host_outcome *outcome = trial_run(trial);
    const uint64_t price = outcome->fuel_used;
    const struct host_hash receipt = outcome->receipt;
    const uint32_t frames = outcome->frames_high;
    const enum host_status status = outcome->status;
    outcome = trial_run_sliced(trial, 1);
    CHECK(host_hash_equal(&outcome->receipt, &receipt));
    CHECK_U64(outcome->frames_high, frames);
    const uint64_t granted = trial->request.fuel_limit;
    for (uint64_t limit = 0; limit < price; limit++) {
        trial->request.fuel_limit = limit;
        outcome = trial_run(trial);
        CHECK_TEXT(host_status_name(outcome->status), "out_of_fuel");
        CHECK(outcome->fuel_used <= limit && outcome->trap.price > limit - outcome->fuel_used);
    }
    trial->request.fuel_limit = price;
    CHECK_U64(trial_run(trial)->status, status);
    trial->request.fuel_limit = granted;
}

static void check_texts(void) {
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct trial trial;
        check_context("text function: %s", texts[i].name);
        open_text(&trial, texts[i].allocate, texts[i].body, 1);
        const struct host_outcome *const outcome = trial_run(&trial);
        CHECK_TEXT(host_status_name(outcome->status), texts[i].status);
        CHECK_TEXT(outcome_text(outcome), texts[i].text);
        check_fuel(&trial);
        trial_close(&trial);
    }
}

/* What such a call costs: instance, malloc, the text in, the function, the text out. */
static void check_text_price(void) {
    struct trial trial;
    check_context("the price of a text function");
    open_text(&trial, "(i32.const 1024)", "(local.get 0)", 1);
    const struct host_outcome *const outcome = trial_run(&trial);
    const struct host_schedule *const schedule = &trial.config.schedule;
    const uint32_t *const costs = schedule->vm.instruction;
    CHECK_U64(outcome->fuel_used, outcome->fuel_instantiation + costs[VM_OP_I32_CONST] + costs[VM_OP_LOCAL_GET] +
                                      2 * costs[VM_OP_END] +
                                      vm_price_of(schedule->imports[HOST_IMPORT_fd_read].price, 8) +
                                      vm_price_of(schedule->imports[HOST_IMPORT_fd_write].price, 7));
    trial_close(&trial);
}

/* A text as long as a result may be, and one byte more. */
static void check_text_limit(void) {
    for (uint32_t more = 0; more < 2; more++) {
        struct trial trial;
        char body[256];
        check_context("a text of 65536 bytes and %u", (unsigned)more);
        snprintf(
            body, sizeof body,
            "(memory.fill (i32.const 100) (i32.const 97) (i32.const %u)) (i32.store8 (i32.const %u) (i32.const 0)) "
            "(i32.const 100)",
            65536 + (unsigned)more, 65636 + (unsigned)more);
        open_text(&trial, "(i32.const 1024)", body, 2);
        const struct host_outcome *const outcome = trial_run(&trial);
        CHECK_TEXT(host_status_name(outcome->status), more == 0 ? "accepted" : "trapped");
        CHECK_TEXT(vm_trap_name(outcome->trap.kind), more == 0 ? "none" : "host_limit");
        CHECK_U64(outcome->result.size, more == 0 ? 65536 : 0);
        if (more != 0)
            CHECK_U64(outcome->trap.function, 5);
        trial_close(&trial);
    }
}

/* ---- _initialize ------------------------------------------------------------------------------------------------- */

/* It sees nothing of the request, and what it says is forgotten but for memory. */
static void check_initialize(void) {
    struct trial trial;
    const struct host_entry storage[] = {trial_entry("a", "1")};
    const struct host_argument argument = {vm_bytes_of_text("a"), vm_bytes_of_text("1")};
    check_context("_initialize");
    trial_open(
        &trial,
        "(module (import \"dela\" \"argument_count\" (func $arguments (result i32)))"
        "(import \"dela\" \"nonce\" (func $nonce (result i64))) (import \"dela\" \"result\" (func $result (param i32 "
        "i32)))"
        "(import \"dela\" \"storage_set\" (func $set (param i32 i32 i32 i32)))"
        "(import \"dela\" \"log\" (func $log (param i32 i32))) (import \"dela\" \"input\" (func $input (param i32 i32) "
        "(result i32)))"
        "(import \"wasi_snapshot_preview1\" \"random_get\" (func $random (param i32 i32) (result i32)))"
        "(import \"wasi_snapshot_preview1\" \"clock_time_get\" (func $clock (param i32 i64 i32) (result i32)))"
        "(memory 1)"
        "(func $look (param i32) (i32.store (local.get 0) (call $arguments))"
        "  (i32.store offset=4 (local.get 0) (i32.wrap_i64 (call $nonce)))"
        "  (i32.store offset=8 (local.get 0) (call $input (i32.const 0) (i32.const 0)))"
        "  (drop (call $random (i32.add (local.get 0) (i32.const 12)) (i32.const 4)))"
        "  (drop (call $clock (i32.const 0) (i64.const 0) (i32.add (local.get 0) (i32.const 16)))))"
        "(func (export \"_initialize\") (call $look (i32.const 0)) (call $result (i32.const 0) (i32.const 1))"
        "  (call $log (i32.const 0) (i32.const 1)) (call $set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))"
        "(func (export \"run\") (call $look (i32.const 24)) (call $result (i32.const 0) (i32.const 48))))");
    trial.request.arguments = &argument;
    trial.request.argument_count = 1;
    trial.request.storage = storage;
    trial.request.storage_count = 1;
    trial.request.nonce = 7;
    trial.request.time = 9;
    trial.request.input = vm_bytes_of_text("xyz");
    trial.request.transaction_id = vm_bytes_of_text("tx-1");
    const struct host_outcome *const outcome = trial_run(&trial);
    CHECK_TEXT(host_status_name(outcome->status), "accepted");
    /* The random words were made by another program from host/wasi.h, without an id and with "tx-1". */
    CHECK_TEXT(trial_hex(outcome->result), "000000000000000000000000066fe8b20000000000000000"
                                           "01000000070000000300000055a3eaa10900000000000000");
    CHECK_U64(outcome->write_count, 0);
    CHECK_U64(outcome->log_count, 0);
    check_fuel(&trial);
    trial_close(&trial);
}

/* However it ends other than by returning, it is a trap, with its place. */
static void check_bad_initialize(void) {
    static const struct {
        const char *body;
        const char *trap;
    } bodies[] = {
        {"(unreachable)", "unreachable"},
        {"(call $exit (i32.const 0))", "host_exit"},
        {"(call $reject (i32.const 0) (i32.const 1))", "host_rejected"},
        {"(drop (call $get (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))", "host_need_keys"},
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        char text[1024];
        struct trial trial;
        check_context("_initialize ends by %s", bodies[i].trap);
        snprintf(
            text, sizeof text,
            "(module %s (import \"dela\" \"storage_get\" (func $get (param i32 i32 i32 i32) (result i32))) (memory 1)"
            "(func (export \"_initialize\") %s) (func (export \"run\")))",
            text_imports, bodies[i].body);
        trial_open(&trial, text);
        const struct host_entry storage[] = {trial_entry("a", "1")};
        trial.request.storage = storage;
        trial.request.storage_count = 1;
        const struct host_outcome *const outcome = trial_run(&trial);
        CHECK_TEXT(host_status_name(outcome->status), "trapped");
        CHECK_TEXT(vm_trap_name(outcome->trap.kind), bodies[i].trap);
        CHECK_U64(outcome->trap.function, 5);
        CHECK_U64(outcome->needed_count, 0);
        CHECK_U64(outcome->message.size, 0);
        trial_close(&trial);
    }
}

int main(void) {
    check_rows();
    check_requests();
    check_texts();
    check_text_price();
    check_text_limit();
    check_initialize();
    check_bad_initialize();
    return check_done();
}
