/* host/tests/receipt_test.c - the layout of receipts: golden hashes made by another program from host/receipt.h, each
 * field changes the hash, and what is for people does not. */
#include "host/receipt.h"
#include "host/tests/run.h"

/* Everything a receipt is made of, each field with a value of its own. */
struct subject {
    struct host_config config;
    struct host_contract contract;
    struct host_request request;
    struct host_outcome outcome;
    struct host_argument arguments[2];
    struct host_argument previous_arguments[1];
    struct host_previous previous[2];
    struct host_entry reads[3];
    struct host_entry writes[2];
    struct vm_bytes needed[2];
    struct host_event events[1];
    struct vm_bytes logs[1];
};

static struct vm_bytes text(const char *content) {
    return vm_bytes_of_text(content);
}

static void fill_empty(struct subject *s) {
    memset(s, 0, sizeof *s);
    memset(s->contract.program.bytes, 1, HOST_HASH_BYTES);
    memset(s->config.schedule.hash.bytes, 2, HOST_HASH_BYTES);
    memset(s->config.limits_hash.bytes, 3, HOST_HASH_BYTES);
    s->contract.form.default_entry = text("call");
    s->request.contract = &s->contract;
    s->outcome.status = HOST_ACCEPTED;
}

static void fill(struct subject *s) {
    fill_empty(s);
    s->arguments[0] = (struct host_argument){text("a"), text("1")};
    s->arguments[1] = (struct host_argument){text("b"), text("")};
    s->previous_arguments[0] = (struct host_argument){text("a"), text("old")};
    s->previous[0] = (struct host_previous){text("p1"), s->previous_arguments, 1};
    s->reads[0] = trial_entry("r", "v");
    s->reads[1] = trial_entry("s", NULL);
    s->reads[2] = trial_entry("t", "");
    s->writes[0] = trial_entry("w", "x");
    s->writes[1] = trial_entry("d", NULL);
    s->needed[0] = text("n1");
    s->needed[1] = text("n2");
    s->events[0] = (struct host_event){text("name"), text("data")};
    s->logs[0] = text("log");
    s->request = (struct host_request){
        .contract = &s->contract,
        .entry = text("query"),
        .mode = HOST_SIMULATE,
        .fuel_limit = 99,
        .input = text("input"),
        .arguments = s->arguments,
        .argument_count = 2,
        .caller = text("alice"),
        .transaction_id = text("tx"),
        .nonce = 7,
        .time = 11,
        .previous = s->previous,
        .previous_count = 2,
    };
    s->outcome = (struct host_outcome){
        .status = HOST_TRAPPED,
        .result = text("result"),
        .message = text("message"),
        .writes = s->writes,
        .write_count = 2,
        .reads = s->reads,
        .read_count = 3,
        .needed = s->needed,
        .needed_count = 2,
        .events = s->events,
        .event_count = 1,
        .fuel_limit = UINT64_C(1) << 40,
        .fuel_used = (UINT64_C(1) << 33) + 5,
        .trap = {.kind = VM_TRAP_UNREACHABLE, .function = 9, .offset = 77},
    };
}

static struct host_hash receipt_of(const struct subject *s) {
    return host_receipt(&s->config, &s->request, &s->outcome);
}

static void check_golden(void) {
    static struct subject s;
    char hash[HOST_HASH_TEXT_SIZE];
    check_context("golden receipt, nothing in it");
    fill_empty(&s);
    struct host_hash receipt = receipt_of(&s);
    host_hash_text(&receipt, hash);
    CHECK_TEXT(hash, "582e8386d661b8de2f62ea2c36196ebe78f07e2673d64737c7b439327a034fc8");
    check_context("golden receipt, everything in it");
    fill(&s);
    receipt = receipt_of(&s);
    host_hash_text(&receipt, hash);
    CHECK_TEXT(hash, "bd59532f47aec38b3398801bec881d3e6e15ecce41aed429b1c7096e73911245");
}

#define LIST                                                                                                           \
    ROW(contract.program.bytes[31], 0)                                                                                 \
    ROW(config.schedule.hash.bytes[0], 0)                                                                              \
    ROW(config.limits_hash.bytes[5], 0)                                                                                \
    ROW(request.mode, HOST_EXECUTE)                                                                                    \
    ROW(request.entry, text("other"))                                                                                  \
    ROW(request.input, text("inpuT"))                                                                                  \
    ROW(request.argument_count, 1)                                                                                     \
    ROW(arguments[0].key, text("A"))                                                                                   \
    ROW(arguments[0].value, text("2"))                                                                                 \
    ROW(arguments[1].value, text("2"))                                                                                 \
    ROW(request.caller, text("bob"))                                                                                   \
    ROW(request.transaction_id, text("ty"))                                                                            \
    ROW(request.nonce, 8)                                                                                              \
    ROW(request.time, 12)                                                                                              \
    ROW(request.previous_count, 1)                                                                                     \
    ROW(previous[0].id, text("p2"))                                                                                    \
    ROW(previous[0].argument_count, 0)                                                                                 \
    ROW(previous_arguments[0].value, text("new"))                                                                      \
    ROW(outcome.fuel_limit, 1)                                                                                         \
    ROW(outcome.fuel_used, 1)                                                                                          \
    ROW(outcome.status, HOST_OUT_OF_FUEL)                                                                              \
    ROW(outcome.trap.kind, VM_TRAP_OUT_OF_FUEL)                                                                        \
    ROW(outcome.trap.kind, VM_TRAP_NONE)                                                                               \
    ROW(outcome.trap.function, 10)                                                                                     \
    ROW(outcome.trap.offset, 78)                                                                                       \
    ROW(outcome.result, text("resulT"))                                                                                \
    ROW(outcome.message, text("messagE"))                                                                              \
    ROW(outcome.read_count, 2)                                                                                         \
    ROW(reads[0].key, text("R"))                                                                                       \
    ROW(reads[0].value, text("V"))                                                                                     \
    ROW(reads[2].present, false)                                                                                       \
    ROW(outcome.write_count, 1)                                                                                        \
    ROW(writes[0].key, text("W"))                                                                                      \
    ROW(writes[0].value, text("X"))                                                                                    \
    ROW(writes[1].present, true)                                                                                       \
    ROW(outcome.needed_count, 1)                                                                                       \
    ROW(needed[0], text("n3"))                                                                                         \
    ROW(outcome.event_count, 0)                                                                                        \
    ROW(events[0].name, text("namE"))                                                                                  \
    ROW(events[0].data, text("datA"))

/* Each change gives a hash of its own. */
static void check_each_field(void) {
    static struct subject s;
    static struct host_hash hashes[64];
    size_t count = 0;
    fill(&s);
    hashes[count++] = receipt_of(&s);
#define ROW(field, value)                                                                                              \
    fill(&s);                                                                                                          \
    s.field = value;                                                                                                   \
    hashes[count++] = receipt_of(&s);
    LIST
#undef ROW
        for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            check_context("changes %u and %u", (unsigned)i, (unsigned)k);
            CHECK(!host_hash_equal(&hashes[i], &hashes[k]));
        }
    }
    CHECK(count > 35);
}

/* Bytes that move from one field to its neighbour change the hash. */
static void check_boundaries(void) {
    static struct subject s;
    check_context("boundaries");
    fill(&s);
    s.request.caller = text("alicet");
    s.request.transaction_id = text("x");
    struct host_hash a = receipt_of(&s);
    s.request.caller = text("alice");
    s.request.transaction_id = text("tx");
    struct host_hash b = receipt_of(&s);
    CHECK(!host_hash_equal(&a, &b));
    s.events[0] = (struct host_event){text("nam"), text("edata")};
    a = receipt_of(&s);
    CHECK(!host_hash_equal(&a, &b));
}

/* Logs, memory figures, the guest's stack, and keys brought but not read. */
static void check_what_is_not_in_it(void) {
    static struct subject s;
    check_context("what is not in a receipt");
    fill(&s);
    const struct host_hash before = receipt_of(&s);
    const struct host_frame frames[1] = {{1, 2, {NULL, 0}}};
    const struct host_entry storage[1] = {{text("k"), text("v"), true}};
    s.outcome.logs = s.logs;
    s.outcome.log_count = 1;
    s.outcome.logs_dropped = 9;
    s.outcome.frames = frames;
    s.outcome.frame_count = s.outcome.depth = 1;
    s.outcome.memory_pages = s.outcome.frames_high = s.outcome.operands_high = 5;
    s.outcome.fuel_instantiation = 3;
    s.request.storage = storage;
    s.request.storage_count = 1;
    s.request.fuel_limit = 1; /* asked for; the granted one is in the outcome */
    s.outcome.trap.price = 7;
    s.outcome.trap.instance = 7;
    const struct host_hash after = receipt_of(&s);
    CHECK(host_hash_equal(&before, &after));
    /* No entry means the default one. */
    s.request.entry = text("call");
    const struct host_hash named = receipt_of(&s);
    s.request.entry = text("");
    const struct host_hash unnamed = receipt_of(&s);
    CHECK(host_hash_equal(&named, &unnamed));
}

/* Two real runs that differ only in what they say to people. */
static void check_runs(void) {
    struct trial quiet, other;
    check_context("receipts of runs");
    trial_call(&quiet, "abc", "(call $result (i32.const 0) (i32.const 3)) (return)");
    const struct host_outcome *outcome = trial_run(&quiet);
    const struct host_hash expected = host_receipt(&quiet.config, &quiet.request, outcome);
    CHECK(host_hash_equal(&outcome->receipt, &expected));

    trial_call(&other, "abc",
               "(call $log (i32.const 0) (i32.const 3)) (call $result (i32.const 0) (i32.const 3)) (return)");
    const struct host_hash chatty = trial_run(&other)->receipt;
    other.config.limits.logs = 0;
    CHECK(host_hash_equal(&trial_run(&other)->receipt, &chatty));
    CHECK_U64(other.outcome->logs_dropped, 1);
    host_config_seal(&other.config);
    CHECK(!host_hash_equal(&trial_run(&other)->receipt, &chatty)); /* other limits: another hash of them */
    trial_close(&quiet);
    trial_close(&other);
}

int main(void) {
    check_golden();
    check_each_field();
    check_boundaries();
    check_what_is_not_in_it();
    check_runs();
    return check_done();
}
