/* host/tests/wasi_random_test.c - programs that call preview1 at random, with what is in memory at random: both engines
 * agree, fuel is exact, slices and limits change nothing, and the sanitizers have nothing to say. */
#include "host/tests/wasi.h"

enum { PROGRAMS = 200, CALLS = 8, DATA = 384 };

/* xorshift64*, so that each number stands for one program, everywhere. */
static uint64_t state;
static uint32_t draw(uint32_t below) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * UINT64_C(2685821657736338717)) >> 33) % below;
}

/* Mostly what leads somewhere, now and then what must not. */
static uint32_t draw_value(void) {
    static const uint32_t edges[] = {65535, 65536, 65528, 0x7FFFFFFF, 0x80000000, UINT32_MAX, 8192, 65524};
    const uint32_t kind = draw(16);
    return kind == 0 ? edges[draw(8)] : kind < 8 ? draw(4) : kind < 12 ? 8 * draw(DATA / 8) : draw(1024);
}

static size_t put_data(char *text, size_t room) {
    size_t size = 0;
    for (uint32_t at = 0; at < DATA; at += 4) {
        const uint32_t value = draw(4) == 0 ? draw_value() : draw(64);
        for (uint32_t i = 0; i < 4; i++)
            size += (size_t)snprintf(text + size, room - size, "\\%02x", (unsigned)(value >> 8 * i & 255));
    }
    return size;
}

static size_t put_call(char *text, size_t room) {
    /* Descriptors, clocks, waiting and reading more often than the many that only refuse. */
    static const enum host_import often[] = {
        HOST_IMPORT_args_get,       HOST_IMPORT_environ_get, HOST_IMPORT_clock_time_get, HOST_IMPORT_fd_read,
        HOST_IMPORT_fd_write,       HOST_IMPORT_fd_close,    HOST_IMPORT_fd_fdstat_get,  HOST_IMPORT_poll_oneoff,
        HOST_IMPORT_random_get,     HOST_IMPORT_fd_read,     HOST_IMPORT_fd_write,       HOST_IMPORT_poll_oneoff,
        HOST_IMPORT_fd_filestat_get};
    const uint32_t import = draw(5) > 0 ? (uint32_t)often[draw(sizeof often / sizeof *often)]
                                        : HOST_DELA_COUNT + draw(HOST_IMPORT_COUNT - HOST_DELA_COUNT);
    const struct host_import_row *const row = &host_import_rows[import];
    size_t size = (size_t)snprintf(text, room, "%s (call $%s", row->results[0] == 0 ? "" : "(call $word ", row->name);
    for (const char *p = row->params; *p != 0; p++)
        size += (size_t)snprintf(text + size, room - size, " (%s.const 0x%x)", *p == 'I' ? "i64" : "i32",
                                 (unsigned)draw_value());
    return size + (size_t)snprintf(text + size, room - size, "%s\n", row->results[0] == 0 ? ")" : "))");
}

static void open_program(struct trial *trial, uint64_t number) {
    static char data[8 * DATA], body[16384];
    state = number * 7919 + 1;
    (void)put_data(data, sizeof data);
    size_t size = 0;
    for (uint32_t i = 0; i < CALLS; i++)
        size += put_call(body + size, sizeof body - size);
    snprintf(body + size, sizeof body - size, "(call $bytes (i32.const 0) (i32.const 2048)) (call $show)");
    trial_open(trial, wasi_module(data, "_start", body));
    const struct vm_allocator allocator = vm_system_allocator();
    trial->config.check = true; /* in both engines */
    host_runner_free(trial->runner);
    trial->runner = host_runner_new(&trial->config, &allocator);
    trial->request.input = vm_bytes_of_text("{\"contractName\":\"random\"}");
    trial->request.transaction_id = vm_bytes_of_text("tx-1");
    trial->request.fuel_limit = 10000000;
}

int main(void) {
    uint32_t ends[6] = {0};
    for (uint64_t number = 0; number < PROGRAMS; number++) {
        struct trial trial;
        check_context("program %u", (unsigned)number);
        open_program(&trial, number);
        const struct host_outcome *outcome = trial_run(&trial);
        const struct host_hash receipt = outcome->receipt;
        const enum host_status status = outcome->status;
        const uint64_t fuel = outcome->fuel_used;
        ends[status]++;
        CHECK(host_hash_equal(&trial_run_sliced(&trial, 1)->receipt, &receipt));
        CHECK(host_hash_equal(&trial_run_sliced(&trial, 13)->receipt, &receipt));
        if (status != HOST_OUT_OF_FUEL) {
            trial.request.fuel_limit = fuel;
            CHECK_U64(trial_run(&trial)->status, status);
            CHECK_U64(trial.outcome->fuel_used, fuel);
            trial.request.fuel_limit = fuel - 1;
            CHECK_TEXT(host_status_name(trial_run(&trial)->status), "out_of_fuel");
        }
        trial_close(&trial);
    }
    /* They end in all ways there are, or this would be no test of them. */
    CHECK(ends[HOST_ACCEPTED] > PROGRAMS / 5);
    CHECK(ends[HOST_TRAPPED] > PROGRAMS / 20);
    CHECK(ends[HOST_REJECTED] > 0);
    return check_done();
}
