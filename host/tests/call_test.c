/* host/tests/call_test.c - what all host functions have in common: exact prices, charge before work, bounds in 64 bits.
 *
 * One row for each row of host/imports.def says which parameters are pointers and to how many bytes; everything is
 * tried on every function. */
#include "host/tests/run.h"

/* shape   one letter for each parameter: p a pointer whose length is the next parameter; n that length; r a length of
 *         room, which is not paid for; 3 and 6 pointers to 32 and 64 bytes; x an index
 * zero    the trap of a call whose lengths are all 0 */
static const struct {
    enum host_import import;
    const char *shape;
    enum vm_trap_kind zero;
} rows[] = {
    {HOST_IMPORT_input, "pr", VM_TRAP_NONE},
    {HOST_IMPORT_argument, "pnpr", VM_TRAP_NONE},
    {HOST_IMPORT_argument_count, "", VM_TRAP_NONE},
    {HOST_IMPORT_argument_key, "xpr", VM_TRAP_NONE},
    {HOST_IMPORT_storage_get, "pnpr", VM_TRAP_HOST_ARGUMENT},
    {HOST_IMPORT_storage_set, "pnpn", VM_TRAP_HOST_ARGUMENT},
    {HOST_IMPORT_storage_delete, "pn", VM_TRAP_HOST_ARGUMENT},
    {HOST_IMPORT_storage_expect, "pn", VM_TRAP_HOST_ARGUMENT},
    {HOST_IMPORT_caller, "pr", VM_TRAP_NONE},
    {HOST_IMPORT_transaction_id, "pr", VM_TRAP_NONE},
    {HOST_IMPORT_nonce, "", VM_TRAP_NONE},
    {HOST_IMPORT_previous_count, "", VM_TRAP_NONE},
    {HOST_IMPORT_previous_id, "xpr", VM_TRAP_NONE},
    {HOST_IMPORT_previous_argument, "xpnpr", VM_TRAP_NONE},
    {HOST_IMPORT_result, "pn", VM_TRAP_NONE},
    {HOST_IMPORT_reject, "pn", VM_TRAP_HOST_REJECTED},
    {HOST_IMPORT_log, "pn", VM_TRAP_NONE},
    {HOST_IMPORT_event, "pnpn", VM_TRAP_NONE},
    {HOST_IMPORT_sha256, "pn3", VM_TRAP_NONE},
    {HOST_IMPORT_sha512, "pn6", VM_TRAP_NONE},
    {HOST_IMPORT_blake2b, "pnpr", VM_TRAP_HOST_ARGUMENT},
    {HOST_IMPORT_ed25519_verify, "6pn3", VM_TRAP_NONE},
    {HOST_IMPORT_ed25519_base_multiply, "33", VM_TRAP_NONE},
    {HOST_IMPORT_ed25519_multiply, "333", VM_TRAP_NONE},
    {HOST_IMPORT_ed25519_add, "333", VM_TRAP_NONE},
    {HOST_IMPORT_ed25519_subtract, "333", VM_TRAP_NONE},
    {HOST_IMPORT_ed25519_is_valid_point, "3", VM_TRAP_NONE},
    {HOST_IMPORT_ed25519_scalar_add, "333", VM_TRAP_NONE},
    {HOST_IMPORT_ed25519_scalar_subtract, "333", VM_TRAP_NONE},
    {HOST_IMPORT_ed25519_scalar_multiply, "333", VM_TRAP_NONE},
    {HOST_IMPORT_ed25519_scalar_negate, "33", VM_TRAP_NONE},
    {HOST_IMPORT_ed25519_scalar_complement, "33", VM_TRAP_NONE},
    {HOST_IMPORT_ed25519_scalar_invert, "33", VM_TRAP_NONE},
    {HOST_IMPORT_ed25519_scalar_reduce, "63", VM_TRAP_NONE},
    {HOST_IMPORT_ristretto255_base_multiply, "33", VM_TRAP_NONE},
    {HOST_IMPORT_ristretto255_multiply, "333", VM_TRAP_NONE},
    {HOST_IMPORT_ristretto255_add, "333", VM_TRAP_NONE},
    {HOST_IMPORT_ristretto255_subtract, "333", VM_TRAP_NONE},
    {HOST_IMPORT_ristretto255_is_valid_point, "3", VM_TRAP_NONE},
    {HOST_IMPORT_ristretto255_from_hash, "63", VM_TRAP_NONE},
    {HOST_IMPORT_base64_encode, "pnpr", VM_TRAP_NONE},
    {HOST_IMPORT_base64_decode, "pnpr", VM_TRAP_NONE},
};
enum { ROWS = sizeof rows / sizeof *rows, MOST_VALUES = 5, PAGE = 65536 };

/* A contract that makes one call with these values, in one page of zeros or in no memory at all. */
static void open_call(struct trial *trial, enum host_import import, const uint32_t *values, bool memory) {
    const struct host_import_row *const row = &host_import_rows[import];
    char text[1024];
    size_t size = (size_t)snprintf(text, sizeof text, "(module (import \"dela\" \"%s\" (func $f (param", row->name);
    for (const char *p = row->params; *p != 0; p++)
        size += (size_t)snprintf(text + size, sizeof text - size, " %s", *p == 'I' ? "i64" : "i32");
    size += (size_t)snprintf(text + size, sizeof text - size, ")%s)) %s (func (export \"call\")\n",
                             row->results[0] == 0     ? ""
                             : row->results[0] == 'I' ? " (result i64)"
                                                      : " (result i32)",
                             memory ? "(memory 1)" : "");
    for (size_t i = 0; i < strlen(row->params); i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "i32.const 0x%x ", (unsigned)values[i]);
    snprintf(text + size, sizeof text - size, "call $f %s))", row->results[0] == 0 ? "" : "drop");
    trial_open(trial, text);
    trial->request.mode = HOST_SIMULATE;
}

/* What such a contract costs if `bytes` are paid by the row's price. */
static uint64_t whole_price(const struct trial *trial, enum host_import import, uint64_t bytes) {
    const struct host_schedule *const schedule = &trial->config.schedule;
    const uint32_t *const costs = schedule->vm.instruction;
    const struct host_import_row *const row = &host_import_rows[import];
    return vm_instantiation_price(trial->contract.module, &schedule->vm) +
           strlen(row->params) * costs[VM_OP_I32_CONST] + costs[VM_OP_CALL] + row->base +
           vm_price_of(row->price, bytes) + strlen(row->results) * costs[VM_OP_DROP] + costs[VM_OP_END];
}

/* Places for all pointers, and `length` for all lengths. */
static uint64_t fill_values(const char *shape, uint32_t length, uint32_t values[MOST_VALUES]) {
    uint64_t paid = 0;
    for (size_t i = 0; shape[i] != 0; i++) {
        values[i] = shape[i] == 'n' || shape[i] == 'r' ? length : shape[i] == 'x' ? 0 : 4096 * (uint32_t)(i + 1);
        paid += shape[i] == 'n' ? length : 0;
    }
    return paid;
}

static enum host_status status_of(enum vm_trap_kind trap) {
    return trap == VM_TRAP_NONE            ? HOST_ACCEPTED
           : trap == VM_TRAP_HOST_REJECTED ? HOST_REJECTED
           : trap == VM_TRAP_OUT_OF_FUEL   ? HOST_OUT_OF_FUEL
                                           : HOST_TRAPPED;
}

static void check_call(size_t row, const uint32_t *values, enum vm_trap_kind want) {
    struct trial trial;
    open_call(&trial, rows[row].import, values, true);
    const struct host_outcome *const outcome = trial_run(&trial);
    CHECK_TEXT(host_status_name(outcome->status), host_status_name(status_of(want)));
    if (want != VM_TRAP_HOST_REJECTED)
        CHECK_TEXT(vm_trap_name(outcome->trap.kind), vm_trap_name(want));
    if (want == VM_TRAP_HOST_OUT_OF_BOUNDS) {
        CHECK_U64(outcome->trap.function, 1);
        CHECK_U64(outcome->frame_count, 1);
        CHECK_TEXT(trial_text(outcome->frames[0].name), "call");
    }
    trial_close(&trial);
}

static bool has_result(enum host_import import) {
    return import == HOST_IMPORT_storage_set || import == HOST_IMPORT_event;
}

/* n and n + 1 units of the price; then every limit below the price is out of fuel, with nothing done. */
static void check_price(size_t row, uint32_t length) {
    const enum host_import import = rows[row].import;
    uint32_t values[MOST_VALUES];
    const uint64_t paid = fill_values(rows[row].shape, length, values);
    const bool rejects = import == HOST_IMPORT_reject;
    struct trial trial;
    open_call(&trial, import, values, true);
    uint64_t price = whole_price(&trial, import, paid);
    if (rejects)
        price -= trial.config.schedule.vm.instruction[VM_OP_END];
    const struct host_outcome *outcome = trial_run(&trial);
    CHECK_TEXT(host_status_name(outcome->status), rejects ? "rejected" : "accepted");
    CHECK_U64(outcome->fuel_used, price);

    trial.request.fuel_limit = price;
    outcome = trial_run(&trial);
    CHECK_TEXT(host_status_name(outcome->status), rejects ? "rejected" : "accepted");
    CHECK_U64(outcome->fuel_used, price);
    CHECK_U64(outcome->write_count + outcome->event_count, has_result(import) || import == HOST_IMPORT_storage_delete);

    const uint64_t first = vm_instantiation_price(trial.contract.module, &trial.config.schedule.vm);
    const uint64_t step = price - first > 300 ? (price - first) / 150 : 1;
    uint64_t last_used = 0;
    for (uint64_t limit = first; limit < price;
         limit = limit + step < price || limit == price - 1 ? limit + step : price - 1) {
        trial.request.fuel_limit = limit;
        outcome = trial_run(&trial);
        CHECK_TEXT(host_status_name(outcome->status), "out_of_fuel");
        CHECK(outcome->fuel_used <= limit && outcome->fuel_used >= last_used);
        CHECK(outcome->result.size == 0 && outcome->message.size == 0 && outcome->write_count == 0 &&
              outcome->event_count == 0 && outcome->needed_count == 0);
        /* Past the last charge of the call only `drop` and `end` are missing. */
        if (price - limit > 2)
            CHECK(outcome->log_count == 0 && (import == HOST_IMPORT_storage_get || outcome->read_count == 0));
        last_used = outcome->fuel_used;
    }
    trial_close(&trial);
}

static void check_prices(size_t row) {
    const struct host_import_row *const import = &host_import_rows[rows[row].import];
    const bool counts = strchr(rows[row].shape, 'n') != NULL;
    CHECK_U64(import->price.amount != 0, strpbrk(rows[row].shape, "nr") != NULL);
    const bool key = rows[row].zero == VM_TRAP_HOST_ARGUMENT;
    for (uint32_t length = key ? 1 : 0; length <= 32; length += counts ? 1 : 32)
        check_price(row, length);
}

/* Every pointer at the end, past it, and far past it. */
static void check_bounds(size_t row) {
    const char *const shape = rows[row].shape;
    for (size_t i = 0; shape[i] != 0; i++) {
        if (shape[i] == 'n' || shape[i] == 'r' || shape[i] == 'x')
            continue;
        const uint32_t length = shape[i] == '3' ? 32 : shape[i] == '6' ? 64 : 8;
        const enum vm_trap_kind good = rows[row].import == HOST_IMPORT_reject ? VM_TRAP_HOST_REJECTED : VM_TRAP_NONE;
        uint32_t values[MOST_VALUES];
        fill_values(shape, 8, values);
        values[i] = PAGE - length;
        check_call(row, values, good);
        const uint32_t bad[] = {PAGE - length + 1,       PAGE,      PAGE + 1, 0x7FFFFFFF, 0x80000000,
                                UINT32_MAX - length + 1, UINT32_MAX};
        for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
            values[i] = bad[k];
            check_call(row, values, VM_TRAP_HOST_OUT_OF_BOUNDS);
        }
        if (shape[i] != 'p')
            continue;
        /* No bytes: fine at the end of memory and nowhere behind it. */
        fill_values(shape, 0, values);
        values[i] = PAGE;
        check_call(row, values, rows[row].zero);
        values[i] = PAGE + 1;
        check_call(row, values, VM_TRAP_HOST_OUT_OF_BOUNDS);
        /* All of memory and one byte more; a sum that wraps in 32 bits. */
        fill_values(shape, 8, values);
        values[i] = 0;
        values[i + 1] = PAGE + 1;
        check_call(row, values, VM_TRAP_HOST_OUT_OF_BOUNDS);
        values[i] = 1;
        values[i + 1] = UINT32_MAX;
        const bool paid = shape[i + 1] == 'n';
        const struct vm_price price = host_import_rows[rows[row].import].price;
        check_call(row, values,
                   paid && vm_price_of(price, UINT32_MAX) > 100000000 ? VM_TRAP_OUT_OF_FUEL
                                                                      : VM_TRAP_HOST_OUT_OF_BOUNDS);
    }
}

/* Without a memory there are no bytes, and no bytes are fine. */
static void check_no_memory(size_t row) {
    const char *const shape = rows[row].shape;
    uint32_t values[MOST_VALUES];
    fill_values(shape, 0, values);
    for (size_t i = 0; shape[i] != 0; i++)
        values[i] = 0;
    struct trial trial;
    open_call(&trial, rows[row].import, values, false);
    const struct host_outcome *const outcome = trial_run(&trial);
    const enum vm_trap_kind want = strpbrk(shape, "36") != NULL ? VM_TRAP_HOST_OUT_OF_BOUNDS : rows[row].zero;
    CHECK_TEXT(host_status_name(outcome->status), host_status_name(status_of(want)));
    if (want != VM_TRAP_HOST_REJECTED)
        CHECK_TEXT(vm_trap_name(outcome->trap.kind), vm_trap_name(want));
    CHECK_U64(outcome->memory_pages, 0);
    trial_close(&trial);
}

int main(void) {
    bool seen[HOST_DELA_COUNT] = {false};
    for (size_t row = 0; row < ROWS; row++) {
        check_context("%s", host_import_rows[rows[row].import].name);
        CHECK_U64(strlen(rows[row].shape), strlen(host_import_rows[rows[row].import].params));
        CHECK(!seen[rows[row].import]);
        seen[rows[row].import] = true;
        check_prices(row);
        check_bounds(row);
        check_no_memory(row);
    }
    for (uint32_t i = 0; i < HOST_DELA_COUNT; i++) {
        check_context("%s has a row here", host_import_rows[i].name);
        CHECK(seen[i]);
    }
    return check_done();
}
