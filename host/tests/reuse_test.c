/* A runner that has run other calls, of this contract and of others, gives what a new one gives: random calls in random
 * order, with every kind of end, and with contracts that go away and come back.  Arguments: first seed, count. */
#include "host/tests/run.h"

/* Every byte of the input is something to do; then all of memory, its size, the global and the table are shown.  %s: more
 * fields, among them memory and data. */
static const char program[] =
    "(module (import \"dela\" \"input\" (func $input (param i32 i32) (result i32)))\n"
    "(import \"dela\" \"result\" (func $result (param i32 i32)))\n"
    "(import \"dela\" \"reject\" (func $reject (param i32 i32)))\n"
    "(import \"dela\" \"storage_get\" (func $get (param i32 i32 i32 i32) (result i32)))\n"
    "(import \"dela\" \"log\" (func $log (param i32 i32)))\n"
    "(import \"dela\" \"blake2b\" (func $blake2b (param i32 i32 i32 i32)))\n"
    "(global $g (mut i64) (i64.const 77)) (table $t 4 9 funcref) (elem $e funcref (ref.func $one) (ref.null func))\n"
    "(elem (table $t) (i32.const 1) func $one) (data $d \"later\")\n"
    "(func $one (global.set $g (i64.add (global.get $g) (i64.const 1))))\n"
    "(func $do (param $what i32) (param $where i32)\n"
    "  (block $0 (block $1 (block $2 (block $3 (block $4 (block $5 (block $6 (block $7 (block $8 (block $9\n"
    "  (br_table $0 $1 $2 $3 $4 $5 $6 $7 $8 $9 $0 $1 $3 $5 $8 (i32.and (local.get $what) (i32.const 31))))\n"
    "  (data.drop $d) (elem.drop $e) (return))\n"
    "  (call $one) (call_indirect (i32.and (local.get $where) (i32.const 3))) (return))\n"
    "  (table.set $t (i32.and (local.get $where) (i32.const 7)) (ref.func $one)) (return))\n"
    "  (drop (table.grow $t (ref.func $one) (i32.const 1))) (table.init $t $e (i32.const 0) (i32.const 0) (i32.const "
    "2))\n"
    "  (return))\n"
    "  (memory.init $d (local.get $where) (i32.const 0) (i32.const 5)) (return))\n"
    "  (memory.fill (local.get $where) (local.get $what) (i32.const 4100)) (return))\n"
    "  (drop (memory.grow (i32.const 1))) (return))\n"
    "  (drop (call $get (local.get $where) (i32.const 1) (local.get $where) (i32.const 9000))) (return))\n"
    "  (call $blake2b (i32.const 0) (i32.const 8) (local.get $where) (i32.const 64))\n"
    "  (call $log (local.get $where) (i32.const 3)) (return))\n"
    "  (i64.store (local.get $where) (i64.const 0x0102030405060708)) (i32.store8 offset=70 (local.get $where) "
    "(i32.const 9)))\n"
    "(func (export \"call\") (local $size i32) (local $i i32) (local $sum i64) (local $what i32)\n"
    "  (local.set $size (call $input (i32.const 60000) (i32.const 60)))\n"
    "  (block $done (loop $next\n"
    "    (br_if $done (i32.ge_u (local.get $i) (local.get $size)))\n"
    "    (local.set $what (i32.load8_u offset=60000 (local.get $i)))\n"
    "    (if (i32.eq (local.get $what) (i32.const 255)) (then unreachable))\n"
    "    (if (i32.eq (local.get $what) (i32.const 254)) (then (call $reject (i32.const 60000) (i32.const 3))))\n"
    "    (call $do (local.get $what) (i32.mul (local.get $what) (i32.const 509)))\n"
    "    (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $next)))\n"
    "  (local.set $i (i32.const 0))\n"
    "  (loop $again\n"
    "    (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31)) (i64.load (local.get $i))))\n"
    "    (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8)))\n"
    "      (i32.mul (memory.size) (i32.const 65536)))))\n"
    "  (i64.store (i32.const 0) (local.get $sum)) (i64.store (i32.const 8) (global.get $g))\n"
    "  (i32.store (i32.const 16) (memory.size)) (i32.store (i32.const 20) (table.size $t))\n"
    "  (call $result (i32.const 0) (i32.const 24)))\n"
    "%s)";

static const char *const fields[] = {
    "(memory 1 4) (data (i32.const 0) \"abc\") (data (i32.const 4094) \"across\")",
    "(memory 1 4) (data (i32.const 0) \"abd\") (data (i32.const 4094) \"across\")",
    "(memory 2) (data (i32.const 131070) \"zz\")",
    "(memory 1)",
    "(memory 1) (data (i32.const 65530) \"does not fit\")", /* can't be instantiated */
};
enum { CONTRACTS = sizeof fields / sizeof *fields };

static uint64_t state;

static uint32_t pick(uint32_t count) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((state ^ state >> 29) >> 33) % count;
}

static void load(const struct host_config *config, uint32_t number, struct host_contract *out) {
    static char text[8192];
    snprintf(text, sizeof text, program, fields[number]);
    trial_load(text, config, out);
}

/* Everything that is told of a run, shown parts included. */
static void check_equal(const struct host_outcome *a, const struct host_outcome *b) {
    CHECK(host_hash_equal(&a->receipt, &b->receipt));
    CHECK_U64(a->status, b->status);
    CHECK(vm_bytes_equal(a->result, b->result) && vm_bytes_equal(a->message, b->message));
    CHECK_U64(a->fuel_used, b->fuel_used);
    CHECK_U64(a->fuel_instantiation, b->fuel_instantiation);
    CHECK(a->trap.kind == b->trap.kind && a->trap.function == b->trap.function && a->trap.offset == b->trap.offset &&
          a->trap.price == b->trap.price);
    CHECK_U64(a->depth, b->depth);
    CHECK_U64(a->memory_pages, b->memory_pages);
    CHECK_U64(a->frames_high, b->frames_high);
    CHECK_U64(a->operands_high, b->operands_high);
    CHECK_U64(a->log_count, b->log_count);
    for (uint32_t i = 0; i < a->log_count && i < b->log_count; i++)
        CHECK(vm_bytes_equal(a->logs[i], b->logs[i]));
}

/* How often each status, and instantiation out of fuel, was seen: a test that sees one kind of end sees little. */
static uint32_t seen[HOST_NEED_KEYS + 2];

static void check_seed(uint64_t seed, const struct host_config *config) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct host_contract contracts[CONTRACTS];
    state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    for (uint32_t i = 0; i < CONTRACTS; i++)
        load(config, i, &contracts[i]);
    struct host_runner *const kept = host_runner_new(config, &allocator);
    uint32_t number = 0;
    for (uint32_t round = 0; round < 60; round++) {
        check_context("seed %" PRIu64 ", round %" PRIu32, seed, round);
        if (pick(3) == 0)
            number = pick(CONTRACTS);
        if (pick(8) == 0) { /* another one may come to lie where this one was */
            const uint32_t gone = pick(CONTRACTS);
            host_contract_free(&contracts[gone]);
            host_contract_free(&contracts[number]);
            if (gone != number)
                load(config, gone, &contracts[gone]);
            load(config, number, &contracts[number]);
        }
        uint8_t input[60];
        for (size_t i = 0; i < sizeof input; i++)
            input[i] = (uint8_t)(pick(9) == 0 ? 250 + pick(6) : pick(180));
        const struct host_entry entries[] = {trial_entry("b", "value"), trial_entry("c", NULL)};
        const struct host_request request = {.contract = &contracts[number],
                                             .mode = pick(2) == 0 ? HOST_EXECUTE : HOST_SIMULATE,
                                             .fuel_limit = pick(5) == 0 ? pick(8000) : 10000000,
                                             .input = vm_bytes(input, pick(8)),
                                             .storage = entries,
                                             .storage_count = pick(3)};
        const uint64_t slice = pick(2) == 0 ? UINT64_MAX : 1 + pick(100000);
        struct host_runner *const fresh = host_runner_new(config, &allocator);
        const struct host_outcome *const outcome = trial_finish(kept, &request, slice);
        check_equal(outcome, trial_finish(fresh, &request, UINT64_MAX));
        seen[outcome->status]++;
        seen[HOST_NEED_KEYS + 1] += outcome->fuel_used == 0;
        host_runner_free(fresh);
    }
    host_runner_free(kept);
    for (uint32_t i = 0; i < CONTRACTS; i++)
        host_contract_free(&contracts[i]);
}

int main(int count, char **words) {
    const uint64_t first = count > 1 ? strtoull(words[1], NULL, 10) : 1;
    const uint64_t seeds = count > 2 ? strtoull(words[2], NULL, 10) : 6;
    struct host_config config;
    for (int engine = 0; engine < 2; engine++) {
        host_config_init(&config, VM_STRICT);
        config.engine = engine == 0 ? VM_ENGINE_PLAIN : VM_ENGINE_FAST;
        for (uint64_t seed = first; seed < first + seeds; seed++)
            check_seed(seed, &config);
    }
    for (int i = HOST_ACCEPTED; i <= HOST_NEED_KEYS + 1; i++) {
        check_context("end %d", i);
        CHECK(seen[i] > 0);
    }
    return check_done();
}
