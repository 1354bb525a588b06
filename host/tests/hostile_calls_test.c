/* Host functions with arguments of no good will: pointers and sizes at all edges, counts beyond all memory, lists of
 * iovecs and subscriptions that lie over each other and over what is written.  Each call is made in both engines, again,
 * and with one unit of fuel less than it took; it ends as it should, the same each time, and one that finds its pointers out of
 * bounds has written nothing.  Arguments: first seed, count. */
#include "host/runner.h"
#include "host/tests/run.h"
#include "vm/instance.h"

enum { MEMORY = 65536 };

static uint64_t random_state;

static uint32_t pick(uint32_t count) {
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state ^ random_state >> 29) >> 33) % count;
}

static uint32_t pick_word(void) {
    static const uint32_t edges[] = {
        0,     1,     2,      3,      4,      8,          16,         24,         32,         48,        64,
        100,   4095,  4096,   65472,  65488,  65504,      65520,      65527,      65528,      65532,     65535,
        65536, 65537, 100000, 524288, 786432, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF8, 0xFFFFFFFE, 0xFFFFFFFF};
    switch (pick(4)) {
    case 0:
        return pick(MEMORY);
    case 1:
        return pick(64);
    default:
        return edges[pick(sizeof edges / sizeof *edges)];
    }
}

/* A contract that makes one call and gives all of its memory as the result. */
static void write_text(char *text, size_t room, const struct host_import_row *row) {
    size_t size = (size_t)snprintf(text, room, "(module (import \"%s\" \"%s\" (func $f (param", row->module, row->name);
    for (const char *p = row->params; *p != 0; p++)
        size += (size_t)snprintf(text + size, room - size, *p == 'I' ? " i64" : " i32");
    size += (size_t)snprintf(text + size, room - size, ")%s))\n",
                             row->results[0] == 0     ? ""
                             : row->results[0] == 'I' ? " (result i64)"
                                                      : " (result i32)");
    size +=
        (size_t)snprintf(text + size, room - size,
                         "(import \"dela\" \"result\" (func $all (param i32 i32))) (memory 1) (data (i32.const 0) \"");
    for (uint32_t i = 0; i < MEMORY / 64 && room - size > 200; i++) {
        const uint32_t word = pick_word();
        for (uint32_t j = 0; j < 4; j++)
            size += (size_t)snprintf(text + size, room - size, "\\%02x", word >> 8 * j & 0xFF);
    }
    size += (size_t)snprintf(text + size, room - size, "\")\n(func (export \"call\") ");
    for (const char *p = row->params; *p != 0; p++)
        size += *p == 'I' ? (size_t)snprintf(text + size, room - size, "(i64.const %" PRIu64 ")",
                                             (uint64_t)pick_word() << pick(33) | pick_word())
                          : (size_t)snprintf(text + size, room - size, "(i32.const %" PRIu32 ")", pick_word());
    snprintf(text + size, room - size, "(call $f) %s (call $all (i32.const 0) (i32.const 65536))))",
             row->results[0] == 0 ? "" : "drop");
}

static const struct host_outcome *run(struct host_runner *runner, const struct host_request *request) {
    enum host_run_state state = host_runner_begin(runner, request);
    while (state == HOST_RUN_PAUSED)
        state = host_runner_continue(runner, UINT64_MAX);
    return CHECK(state == HOST_RUN_FINISHED) ? host_runner_outcome(runner) : NULL;
}

/* What the call found in memory is there still. */
static bool is_unchanged(const struct host_runner *runner, const struct host_contract *contract) {
    const struct vm_bytes data = contract->module->data[0].bytes;
    const uint8_t *const memory = runner->instance->memory->data;
    return memcmp(memory, data.data, data.size) == 0 && vm_all_zero(memory + data.size, MEMORY - data.size);
}

static void check_call(const struct host_config *config, enum host_import import, uint32_t seed, uint32_t *statuses) {
    static char text[MEMORY];
    static const struct host_argument arguments[] = {{{(const uint8_t *)"a", 1}, {(const uint8_t *)"one", 3}},
                                                     {{(const uint8_t *)"b\0c", 3}, {(const uint8_t *)"", 0}}};
    const struct vm_allocator allocator = vm_system_allocator();
    const struct host_import_row *const row = &host_import_rows[import];
    struct host_contract contract;
    struct vm_error error;
    random_state = (uint64_t)seed * UINT64_C(0x9E3779B97F4A7C15) + import;
    write_text(text, sizeof text, row);
    check_context("%s, seed %" PRIu32, row->name, seed);
    const struct vm_bytes module = trial_assemble(text);
    if (!CHECK(host_contract_load(module, config, &allocator, &contract, &error) == VM_OK)) {
        printf("%s\n", error.message);
        exit(2);
    }
    text_free(&allocator, module);
    struct host_runner *const runner = host_runner_new(config, &allocator);
    const struct host_entry storage[] = {trial_entry("key", "value")};
    struct host_request request = {.contract = &contract,
                                   .fuel_limit = UINT64_C(1) << 40,
                                   .input = vm_bytes_of_text("the request's text"),
                                   .arguments = arguments,
                                   .argument_count = 2,
                                   .storage = storage,
                                   .storage_count = 1,
                                   .caller = vm_bytes_of_text("somebody"),
                                   .transaction_id = vm_bytes_of_text("tx")};
    const struct host_outcome *const outcome = run(runner, &request);
    if (outcome != NULL) {
        statuses[outcome->status]++;
        if (outcome->trap.kind == VM_TRAP_HOST_OUT_OF_BOUNDS || outcome->trap.kind == VM_TRAP_HOST_LIMIT ||
            outcome->trap.kind == VM_TRAP_HOST_ARGUMENT)
            CHECK(is_unchanged(runner, &contract));
        const struct host_hash receipt = outcome->receipt;
        const enum host_status status = outcome->status;
        const uint64_t used = outcome->fuel_used;
        CHECK(status == HOST_OUT_OF_FUEL || host_hash_equal(&run(runner, &request)->receipt, &receipt));
        request.fuel_limit = used;
        CHECK(status == HOST_OUT_OF_FUEL ||
              (run(runner, &request)->status == status && host_runner_outcome(runner)->fuel_used == used));
        request.fuel_limit = used - 1;
        CHECK(run(runner, &request)->status == HOST_OUT_OF_FUEL);
    }
    host_runner_free(runner);
    host_contract_free(&contract);
}

int main(int count, char **words) {
    const uint32_t first = count > 1 ? (uint32_t)strtoul(words[1], NULL, 10) : 1;
    const uint32_t seeds = count > 2 ? (uint32_t)strtoul(words[2], NULL, 10) : 12;
    uint32_t statuses[HOST_NEED_KEYS + 1] = {0};
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    config.check = true;
    for (uint32_t import = 0; import < HOST_IMPORT_COUNT; import++)
        for (uint32_t seed = first; seed < first + seeds; seed++)
            check_call(&config, (enum host_import)import, seed, statuses);
    check_context("all");
    CHECK(statuses[HOST_ACCEPTED] > 0 && statuses[HOST_TRAPPED] > 0 && statuses[HOST_OUT_OF_FUEL] > 0);
    return check_done();
}
