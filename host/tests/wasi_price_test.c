/* host/tests/wasi_price_test.c - what all functions of host/wasi.def have in common: exact prices, charge before work,
 * bounds in 64 bits; and lists of buffers that are made to hurt. */
#include "host/tests/wasi.h"

enum { MOST_VALUES = 9, PAGE = 65536 };

/* One call.  charged: the bytes of each charge beyond the base price, each rounded up for itself; sizes: the bytes that a
 * parameter points to, 0 where it is no pointer.  Memory begins with two iovecs, of 4 bytes at 1000 and 3 at 1004; at 304
 * there is a subscription to the time of day, which has passed. */
static const struct {
    enum host_import import;
    uint64_t values[MOST_VALUES];
    uint32_t charged[2];
    uint32_t sizes[MOST_VALUES];
} rows[] = {
    {HOST_IMPORT_args_get, {4096, 8192}, {96, 16}, {12, 23}},
    {HOST_IMPORT_args_sizes_get, {4096, 8192}, {96, 16}, {4, 4}},
    {HOST_IMPORT_environ_get, {4096, 8192}, {86 + 16, 0}, {16, 86}},
    {HOST_IMPORT_environ_sizes_get, {4096, 8192}, {0, 0}, {4, 4}},
    {HOST_IMPORT_clock_res_get, {1, 4096}, {0, 0}, {0, 8}},
    {HOST_IMPORT_clock_time_get, {1, 0, 4096}, {0, 0}, {0, 0, 8}},
    {HOST_IMPORT_fd_advise, {0}, {0, 0}, {0}},
    {HOST_IMPORT_fd_allocate, {0}, {0, 0}, {0}},
    {HOST_IMPORT_fd_close, {0}, {0, 0}, {0}},
    {HOST_IMPORT_fd_datasync, {0}, {0, 0}, {0}},
    {HOST_IMPORT_fd_fdstat_get, {1, 4096}, {0, 0}, {0, 24}},
    {HOST_IMPORT_fd_fdstat_set_flags, {1, 4}, {0, 0}, {0}},
    {HOST_IMPORT_fd_fdstat_set_rights, {1}, {0, 0}, {0}},
    {HOST_IMPORT_fd_filestat_get, {2, 4096}, {0, 0}, {0, 64}},
    {HOST_IMPORT_fd_filestat_set_size, {0}, {0, 0}, {0}},
    {HOST_IMPORT_fd_filestat_set_times, {0}, {0, 0}, {0}},
    {HOST_IMPORT_fd_pread, {0}, {0, 0}, {0}},
    {HOST_IMPORT_fd_prestat_get, {3}, {0, 0}, {0}},
    {HOST_IMPORT_fd_prestat_dir_name, {3}, {0, 0}, {0}},
    {HOST_IMPORT_fd_pwrite, {0}, {0, 0}, {0}},
    {HOST_IMPORT_fd_read, {0, 0, 2, 4096}, {128, 7}, {0, 16, 0, 4}},
    {HOST_IMPORT_fd_read, {0, 0, 0, 4096}, {0, 0}, {0, 0, 0, 4}},
    {HOST_IMPORT_fd_readdir, {0}, {0, 0}, {0}},
    {HOST_IMPORT_fd_renumber, {0}, {0, 0}, {0}},
    {HOST_IMPORT_fd_seek, {0}, {0, 0}, {0}},
    {HOST_IMPORT_fd_sync, {0}, {0, 0}, {0}},
    {HOST_IMPORT_fd_tell, {0}, {0, 0}, {0}},
    {HOST_IMPORT_fd_write, {1, 0, 2, 4096}, {16, 7}, {0, 16, 0, 4}},
    {HOST_IMPORT_fd_write, {2, 0, 2, 4096}, {16, 7}, {0, 16, 0, 4}},
    {HOST_IMPORT_path_create_directory, {0}, {0, 0}, {0}},
    {HOST_IMPORT_path_filestat_get, {0}, {0, 0}, {0}},
    {HOST_IMPORT_path_filestat_set_times, {0}, {0, 0}, {0}},
    {HOST_IMPORT_path_link, {0}, {0, 0}, {0}},
    {HOST_IMPORT_path_open, {0}, {0, 0}, {0}},
    {HOST_IMPORT_path_readlink, {0}, {0, 0}, {0}},
    {HOST_IMPORT_path_remove_directory, {0}, {0, 0}, {0}},
    {HOST_IMPORT_path_rename, {0}, {0, 0}, {0}},
    {HOST_IMPORT_path_symlink, {0}, {0, 0}, {0}},
    {HOST_IMPORT_path_unlink_file, {0}, {0, 0}, {0}},
    {HOST_IMPORT_poll_oneoff, {304, 4096, 1, 8192}, {80, 0}, {48, 32, 0, 4}},
    {HOST_IMPORT_proc_exit, {0}, {0, 0}, {0}},
    {HOST_IMPORT_proc_raise, {0}, {0, 0}, {0}},
    {HOST_IMPORT_sched_yield, {0}, {0, 0}, {0}},
    {HOST_IMPORT_random_get, {4096, 130}, {130, 0}, {130, 0}},
    {HOST_IMPORT_random_get, {0, 0}, {0, 0}, {0, 0}},
    {HOST_IMPORT_sock_accept, {0}, {0, 0}, {0}},
    {HOST_IMPORT_sock_recv, {0}, {0, 0}, {0}},
    {HOST_IMPORT_sock_send, {0}, {0, 0}, {0}},
    {HOST_IMPORT_sock_shutdown, {0}, {0, 0}, {0}},
};
enum { ROWS = sizeof rows / sizeof *rows };

static const struct host_argument arguments[] = {
    {{(const uint8_t *)"amount", 6}, {(const uint8_t *)"12", 2}},
    {{(const uint8_t *)"nul", 3}, {(const uint8_t *)"a\0b", 3}},
    {{(const uint8_t *)"to", 2}, {(const uint8_t *)"", 0}},
};

/* A contract that makes one call with these values, in one page or in no memory. */
static void open_call(struct trial *trial, enum host_import import, const uint64_t *values, bool memory) {
    const struct host_import_row *const row = &host_import_rows[import];
    char text[2048];
    size_t size = (size_t)snprintf(text, sizeof text, "(module ");
    size += wasi_import(text + size, sizeof text - size, import);
    size += (size_t)snprintf(text + size, sizeof text - size, "%s (func (export \"call\")\n",
                             memory ? "(memory 1) (data (i32.const 0) "
                                      "\"\\e8\\03\\00\\00\\04\\00\\00\\00\\ec\\03\\00\\00\\03\\00\\00\\00\")"
                                    : "");
    for (size_t i = 0; row->params[i] != 0; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s.const 0x%llx ",
                                 row->params[i] == 'I' ? "i64" : "i32", (unsigned long long)values[i]);
    snprintf(text + size, sizeof text - size, "call $%s %s))", row->name, row->results[0] == 0 ? "" : "drop");
    trial_open(trial, text);
    trial->request.arguments = arguments;
    trial->request.argument_count = 3;
    trial->request.input = vm_bytes_of_text("0123456789");
    trial->request.caller = vm_bytes_of_text("bob");
    trial->request.transaction_id = vm_bytes_of_text("tx-1");
    trial->request.nonce = 7;
    trial->request.time = 1700000000000000001;
}

static uint64_t whole_price(const struct trial *trial, size_t row) {
    const struct host_schedule *const schedule = &trial->config.schedule;
    const uint32_t *const costs = schedule->vm.instruction;
    const struct host_import_row *const import = &host_import_rows[rows[row].import];
    uint64_t price = vm_instantiation_price(trial->contract.module, &schedule->vm) + costs[VM_OP_CALL] + import->base +
                     vm_price_of(import->price, rows[row].charged[0]) +
                     vm_price_of(import->price, rows[row].charged[1]);
    for (const char *p = import->params; *p != 0; p++)
        price += costs[*p == 'I' ? VM_OP_I64_CONST : VM_OP_I32_CONST];
    return import->results[0] == 0 ? price : price + costs[VM_OP_DROP] + costs[VM_OP_END];
}

/* The price to the last unit; with less the run is out of fuel and has done nothing. */
static void check_price(size_t row) {
    struct trial trial;
    open_call(&trial, rows[row].import, rows[row].values, true);
    const uint64_t price = whole_price(&trial, row);
    const struct host_outcome *outcome = trial_run(&trial);
    CHECK_TEXT(host_status_name(outcome->status), "accepted");
    CHECK_U64(outcome->fuel_used, price);
    const size_t result = outcome->result.size;
    const uint32_t logs = outcome->log_count;
    trial.request.fuel_limit = price;
    outcome = trial_run(&trial);
    CHECK_TEXT(host_status_name(outcome->status), "accepted");
    CHECK_U64(outcome->result.size, result);
    const uint64_t first = vm_instantiation_price(trial.contract.module, &trial.config.schedule.vm);
    for (uint64_t limit = first; limit < price; limit++) {
        trial.request.fuel_limit = limit;
        outcome = trial_run(&trial);
        CHECK_TEXT(host_status_name(outcome->status), "out_of_fuel");
        CHECK(outcome->fuel_used <= limit && outcome->result.size == 0);
        if (price - limit > 2)
            CHECK_U64(outcome->log_count, 0);
    }
    CHECK_U64(logs, rows[row].import == HOST_IMPORT_fd_write && rows[row].values[0] == 2);
    trial_close(&trial);
}

static void check_call(size_t row, const uint64_t *values, bool memory, enum vm_trap_kind want) {
    struct trial trial;
    open_call(&trial, rows[row].import, values, memory);
    const struct host_outcome *const outcome = trial_run(&trial);
    CHECK_TEXT(vm_trap_name(outcome->trap.kind), vm_trap_name(want));
    CHECK_TEXT(host_status_name(outcome->status), want == VM_TRAP_NONE ? "accepted" : "trapped");
    CHECK(want == VM_TRAP_NONE || (outcome->result.size == 0 && outcome->log_count == 0));
    trial_close(&trial);
}

/* Every pointer at the end, past it, and far past it; and all of them where there is no memory. */
static void check_bounds(size_t row) {
    uint64_t values[MOST_VALUES];
    bool points = false;
    for (size_t i = 0; i < MOST_VALUES; i++) {
        const uint32_t size = rows[row].sizes[i];
        if (size == 0)
            continue;
        points = true;
        memcpy(values, rows[row].values, sizeof values);
        values[i] = PAGE - size;
        check_call(row, values, true, VM_TRAP_NONE);
        const uint32_t bad[] = {PAGE - size + 1,       PAGE,      PAGE + 1, 0x7FFFFFFF, 0x80000000,
                                UINT32_MAX - size + 1, UINT32_MAX};
        for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
            values[i] = bad[k];
            check_call(row, values, true, VM_TRAP_HOST_OUT_OF_BOUNDS);
        }
    }
    check_call(row, rows[row].values, false, points ? VM_TRAP_HOST_OUT_OF_BOUNDS : VM_TRAP_NONE);
}

/* ---- Lists that are made to hurt --------------------------------------------------------------------------------- */

#define LIST(at, address, size)                                                                                        \
    "(i32.store (i32.const " #at ") (i32.const " #address ")) (i32.store offset=4 (i32.const " #at                     \
    ") (i32.const " #size "))"
#define READ(list, count)                                                                                              \
    "(call $word (call $fd_read (i32.const 0) (i32.const " #list ") (i32.const " #count ") (i32.const 100)))"
#define WRITE(fd, list, count)                                                                                         \
    "(call $word (call $fd_write (i32.const " #fd ") (i32.const " #list ") (i32.const " #count ") (i32.const 100)))"
#define POLL(count)                                                                                                    \
    "(call $word (call $poll_oneoff (i32.const 0) (i32.const 0) (i32.const " #count ") (i32.const 100)))"

/* fuel: the limit.  trap: how it ends; NONE: accepted with that result in hex. */
static const struct {
    const char *name;
    const char *body;
    uint64_t fuel;
    enum vm_trap_kind trap;
    const char *want;
} hostile[] = {
    {"as many iovecs as there can be, read", READ(0, -1), 1000000000, VM_TRAP_OUT_OF_FUEL, ""},
    {"and written", WRITE(1, 0, -1), 1000000000, VM_TRAP_OUT_OF_FUEL, ""},
    {"a list whose size is 8 in 32 bits, read", READ(0, 0x20000001), 4000000000, VM_TRAP_HOST_OUT_OF_BOUNDS, ""},
    {"and waited for", POLL(0x8000001), 1000000000, VM_TRAP_OUT_OF_FUEL, ""},
    {"a list one longer than memory", READ(0, 8193), 1000000, VM_TRAP_HOST_OUT_OF_BOUNDS, ""},
    {"a list as long as memory, of nothing", READ(0, 8192), 1000000, VM_TRAP_NONE, "00000000"},
    {"buffers that together are more than 4 GiB, written",
     LIST(0, 0, 0x7fffffff) LIST(8, 0, 0x7fffffff) LIST(16, 0, 0x7fffffff) WRITE(1, 0, 3), 1000000, VM_TRAP_NONE,
     "1c000000"},
    {"and read", LIST(0, 0, 0x7fffffff) LIST(8, 0, 0x7fffffff) LIST(16, 0, 0x7fffffff) READ(0, 3), 1000000,
     VM_TRAP_HOST_OUT_OF_BOUNDS, ""},
    {"a buffer of 4 GiB, written", LIST(0, 0, 0xffffffff) WRITE(2, 0, 1), 1000000000, VM_TRAP_OUT_OF_FUEL, ""},
    {"a buffer that wraps around", LIST(0, 0xfffffffc, 8) WRITE(2, 0, 1), 1000000, VM_TRAP_HOST_OUT_OF_BOUNDS, ""},
    {"a good buffer, then a bad one: nothing is written", LIST(0, 0, 4) LIST(8, 65536, 1) WRITE(2, 0, 2), 1000000,
     VM_TRAP_HOST_OUT_OF_BOUNDS, ""},
    {"a good buffer, then a bad one that would not be reached: nothing is read",
     LIST(0, 1000, 50) LIST(8, 65536, 1) READ(0, 2), 1000000, VM_TRAP_HOST_OUT_OF_BOUNDS, ""},
    {"an empty buffer past the end of memory", LIST(0, 65537, 0) READ(0, 1), 1000000, VM_TRAP_HOST_OUT_OF_BOUNDS, ""},
    {"an empty buffer at the end of memory", LIST(0, 65536, 0) READ(0, 1), 1000000, VM_TRAP_NONE, "00000000"},
    {"an answer as long as a result may be", LIST(0, 0, 65536) WRITE(1, 0, 1), 1000000, VM_TRAP_NONE, "00000000"},
    {"one byte more, at once", LIST(0, 0, 65536) LIST(8, 0, 1) WRITE(1, 0, 2), 1000000, VM_TRAP_HOST_LIMIT, ""},
    {"one byte more, later", LIST(0, 0, 65536) LIST(8, 0, 1) WRITE(1, 0, 1) WRITE(1, 8, 1), 1000000, VM_TRAP_HOST_LIMIT,
     ""},
    {"the size that was read lies in the list",
     LIST(96, 1000, 2) READ(96, 1) "(call $bytes (i32.const 96) (i32.const 8))", 1000000, VM_TRAP_NONE,
     "00000000e803000002000000"},
    {"random bytes over all of memory, and one more",
     "(drop (call $random_get (i32.const 0) (i32.const 65536)))"
     "(drop (call $random_get (i32.const 1) (i32.const 65536)))",
     1000000, VM_TRAP_HOST_OUT_OF_BOUNDS, ""},
};

static void check_hostile(void) {
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct trial trial;
        check_context("%s", hostile[i].name);
        wasi_call(&trial, "", hostile[i].body);
        trial.config.limits.fuel = 10000000000;
        trial.request.fuel_limit = hostile[i].fuel;
        trial.request.input = vm_bytes_of_text("0123456789");
        const struct host_outcome *const outcome = trial_run(&trial);
        CHECK_TEXT(vm_trap_name(outcome->trap.kind), vm_trap_name(hostile[i].trap));
        CHECK_TEXT(trial_hex(outcome->result), hostile[i].want);
        CHECK(hostile[i].trap == VM_TRAP_NONE || outcome->log_count == 0);
        trial_close(&trial);
    }
}

int main(void) {
    bool seen[HOST_IMPORT_COUNT] = {false};
    for (size_t row = 0; row < ROWS; row++) {
        check_context("%s, row %u", host_import_rows[rows[row].import].name, (unsigned)row);
        const bool counts = rows[row].charged[0] != 0;
        CHECK(!counts || host_import_rows[rows[row].import].price.amount != 0);
        seen[rows[row].import] = true;
        check_price(row);
        check_bounds(row);
    }
    for (uint32_t i = HOST_DELA_COUNT; i < HOST_IMPORT_COUNT; i++) {
        check_context("%s has a row here", host_import_rows[i].name);
        CHECK(seen[i]);
    }
    check_hostile();
    return check_done();
}
