/* host/tests/wasi_test.c - the functions of host/wasi.def, one by one: what they answer, to the byte. */
#include "host/tests/wasi.h"

/* What all rows ask with: two arguments that C can carry, one that it can't, and a text to read. */
static const struct host_argument arguments[] = {
    {{(const uint8_t *)"amount", 6}, {(const uint8_t *)"12", 2}},
    {{(const uint8_t *)"nul", 3}, {(const uint8_t *)"a\0b", 3}},
    {{(const uint8_t *)"to", 2}, {(const uint8_t *)"", 0}},
};

static void fill(struct host_request *request) {
    request->arguments = arguments;
    request->argument_count = 3;
    request->input = vm_bytes_of_text("0123456789");
    request->caller = vm_bytes_of_text("bob");
    request->transaction_id = vm_bytes_of_text("tx-1");
    request->nonce = 7;
    request->time = 1700000000000000001;
}

#define N(number) "(i32.const " #number ") "
#define W(call) "(call $word (call " call "))\n"
#define BYTES(at, size) "(call $bytes " N(at) N(size) ")\n"
#define ZERO8 "0000000000000000"

/* Hex digits of what the body shows.  data: an iovec of 4 bytes at 1000 and one of 3 bytes at 1004 lie at address 0 and 8,
 * one of no bytes at 16. */
#define DATA "\\e8\\03\\00\\00\\04\\00\\00\\00\\ec\\03\\00\\00\\03\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00"
static const struct {
    const char *name;
    const char *body;
    const char *want;
} rows[] = {
    {"sizes of args", W("$args_sizes_get " N(100) N(104)) BYTES(100, 8),
     "00000000"
     "03000000"
     "17000000"},
    {"args", W("$args_get " N(100) N(200)) BYTES(100, 12) BYTES(200, 23),
     "00000000"
     "c8000000"
     "d1000000"
     "db000000"
     "636f6e747261637400"
     "616d6f756e743d313200"
     "746f3d00"},
    {"sizes of environ", W("$environ_sizes_get " N(100) N(104)) BYTES(100, 8),
     "00000000"
     "04000000"
     "56000000"},
    {"environ", W("$environ_get " N(100) N(200)) BYTES(100, 16) BYTES(200, 86),
     "00000000"
     "c8000000"
     "d9000000"
     "e6000000"
     "04010000"
     "44454c415f43414c4c45523d596d396900"
     "44454c415f4e4f4e43453d3700"
     "44454c415f54494d453d3137303030303030303030303030303030303100"
     "44454c415f5452414e53414354494f4e3d644867744d513d3d00"},
    {"resolution of clocks",
     W("$clock_res_get " N(0) N(100)) W("$clock_res_get " N(3) N(108)) W("$clock_res_get " N(4) N(116)) BYTES(100, 24),
     "00000000"
     "00000000"
     "1c000000"
     "0100000000000000"
     "0100000000000000" ZERO8},
    {"clocks",
     W("$clock_time_get " N(0) "(i64.const 0)" N(100)) W("$clock_time_get " N(1) "(i64.const 0)" N(108))
         W("$clock_time_get " N(2) "(i64.const 9)" N(116)) W("$clock_time_get " N(3) "(i64.const 0)" N(124))
             W("$clock_time_get " N(4) "(i64.const 0)" N(132)) BYTES(100, 40),
     "00000000"
     "00000000"
     "00000000"
     "00000000"
     "1c000000"
     "01002a36fe9c9717"
     "00ca9a3b00000000"
     "00ca9a3b00000000"
     "00ca9a3b00000000" ZERO8},
    {"reading into two buffers", W("$fd_read " N(0) N(0) N(2) N(100)) BYTES(100, 4) BYTES(1000, 8),
     "00000000"
     "07000000"
     "3031323334353600"},
    {"reading to the end and on",
     W("$fd_read " N(0) N(0) N(2) N(100)) W("$fd_read " N(0) N(0) N(3) N(100)) BYTES(100, 4) BYTES(1000, 7)
         W("$fd_read " N(0) N(0) N(1) N(100)) BYTES(100, 4),
     "00000000"
     "00000000"
     "03000000"
     "37383933343536"
     "00000000"
     "00000000"},
    {"reading into no buffer", W("$fd_read " N(0) N(0) N(0) N(100)) BYTES(100, 4),
     "00000000"
     "00000000"},
    {"reading into an empty buffer", W("$fd_read " N(0) N(16) N(1) N(100)) BYTES(100, 4),
     "00000000"
     "00000000"},
    {"reading over the list itself: the list as it was counts",
     "(i32.store " N(32) N(40) ")(i32.store " N(36) N(8) ")(i32.store " N(40) N(48) ")(i32.store " N(44)
         N(2) ")" W("$fd_read " N(0) N(32) N(2) N(100)) BYTES(100, 4) BYTES(40, 10),
     "00000000"
     "0a000000"
     "3031323334353637"
     "3839"},
    {"reading what can't be read",
     W("$fd_read " N(1) N(0) N(2) N(100)) W("$fd_read " N(2) N(0) N(2) N(100)) W("$fd_read " N(3) N(0) N(2) N(100))
         W("$fd_read " N(-1) N(0) N(-1) N(-1)) BYTES(100, 4),
     "08000000"
     "08000000"
     "08000000"
     "08000000"
     "00000000"},
    {"writing what can't be written",
     W("$fd_write " N(0) N(0) N(2) N(100)) W("$fd_write " N(3) N(0) N(2) N(100)) W("$fd_write " N(-1) N(0) N(-1) N(-1)),
     "08000000"
     "08000000"
     "08000000"},
    {"writing says how much", W("$fd_write " N(2) N(0) N(3) N(100)) BYTES(100, 4),
     "00000000"
     "07000000"},
    {"closing",
     W("$fd_close " N(0)) W("$fd_close " N(0)) W("$fd_read " N(0) N(0) N(1) N(100)) W("$fd_close " N(3)) W(
         "$fd_fdstat_get " N(0) N(100)) W("$fd_filestat_get " N(0) N(100)) W("$fd_seek " N(0) "(i64.const 0)" N(0) N(0))
         W("$path_open " N(0) N(0) N(0) N(0) N(0) "(i64.const 0)(i64.const 0)" N(0) N(0)),
     "00000000"
     "08000000"
     "08000000"
     "08000000"
     "08000000"
     "08000000"
     "08000000"
     "08000000"},
    {"status of descriptors",
     W("$fd_fdstat_get " N(0) N(100)) W("$fd_fdstat_get " N(1) N(124)) W("$fd_fdstat_get " N(2) N(148))
         W("$fd_fdstat_get " N(3) N(172)) BYTES(100, 96),
     "00000000"
     "00000000"
     "00000000"
     "08000000" ZERO8 "0200200800000000" ZERO8 ZERO8 "4000200800000000" ZERO8 ZERO8
     "4000200800000000" ZERO8 ZERO8 ZERO8 ZERO8},
    {"flags of descriptors",
     W("$fd_fdstat_set_flags " N(1) N(5)) W("$fd_fdstat_set_flags " N(1) N(2)) W("$fd_fdstat_set_flags " N(1) N(-1))
         W("$fd_fdstat_set_flags " N(3) N(0)) W("$fd_fdstat_get " N(1) N(100)) BYTES(100, 8),
     "00000000"
     "1c000000"
     "1c000000"
     "08000000"
     "00000000"
     "0000050000000000"},
    {"what a descriptor is", W("$fd_filestat_get " N(2) N(100)) W("$fd_filestat_get " N(3) N(200)) BYTES(100, 64),
     "00000000"
     "08000000" ZERO8 "0200000000000000" ZERO8 "0100000000000000" ZERO8 ZERO8 ZERO8 ZERO8},
    {"the end of a list of directories",
     W("$fd_prestat_get " N(0) N(0)) W("$fd_prestat_get " N(3) N(0)) W("$fd_prestat_dir_name " N(3) N(0) N(0)),
     "08000000"
     "08000000"
     "08000000"},
    {"no places",
     W("$fd_seek " N(0) "(i64.const 1)" N(0) N(-1)) W("$fd_seek " N(9) "(i64.const 1)" N(0) N(-1)) W(
         "$fd_tell " N(1) N(-1)) W("$fd_pread " N(0) N(-1) N(-1) "(i64.const 0)" N(-1))
         W("$fd_pwrite " N(1) N(-1) N(-1) "(i64.const 0)" N(-1)) W("$fd_advise " N(0) "(i64.const 0)(i64.const 0)" N(0))
             W("$fd_allocate " N(1) "(i64.const 0)(i64.const 0)"),
     "46000000"
     "08000000"
     "46000000"
     "46000000"
     "46000000"
     "46000000"
     "46000000"},
    {"nothing stored",
     W("$fd_sync " N(1)) W("$fd_datasync " N(1)) W("$fd_filestat_set_size " N(1) "(i64.const 0)") W("$fd_sync " N(4)),
     "1c000000"
     "1c000000"
     "1c000000"
     "08000000"},
    {"no rights",
     W("$fd_fdstat_set_rights " N(1) "(i64.const 0)(i64.const 0)")
         W("$fd_filestat_set_times " N(1) "(i64.const 0)(i64.const 0)" N(0)) W("$fd_renumber " N(1) N(2))
             W("$fd_renumber " N(5) N(2)),
     "4c000000"
     "4c000000"
     "4c000000"
     "08000000"},
    {"no directories",
     W("$fd_readdir " N(1) N(-1) N(-1) "(i64.const 0)" N(-1)) W("$path_create_directory " N(0) N(-1) N(-1))
         W("$path_filestat_get " N(0) N(0) N(-1) N(-1) N(-1)) W("$path_filestat_set_times " N(0) N(0) N(-1) N(
             -1) "(i64.const 0)(i64.const 0)" N(0)) W("$path_link " N(0) N(0) N(-1) N(-1) N(0) N(-1) N(-1))
             W("$path_open " N(0) N(0) N(-1) N(-1) N(0) "(i64.const 0)(i64.const 0)" N(0) N(-1)) W(
                 "$path_readlink " N(0) N(-1) N(-1) N(-1) N(-1) N(-1)) W("$path_remove_directory " N(0) N(-1) N(-1))
                 W("$path_rename " N(0) N(-1) N(-1) N(0) N(-1) N(-1)) W("$path_symlink " N(-1) N(-1) N(0) N(-1) N(-1))
                     W("$path_unlink_file " N(0) N(-1) N(-1)) W("$path_symlink " N(0) N(0) N(3) N(-1) N(-1))
                         W("$path_open " N(3) N(0) N(-1) N(-1) N(0) "(i64.const 0)(i64.const 0)" N(0) N(-1)),
     "36000000"
     "36000000"
     "36000000"
     "36000000"
     "36000000"
     "36000000"
     "36000000"
     "36000000"
     "36000000"
     "36000000"
     "36000000"
     "08000000"
     "08000000"},
    {"no sockets",
     W("$sock_accept " N(0) N(0) N(-1)) W("$sock_recv " N(1) N(-1) N(-1) N(0) N(-1) N(-1))
         W("$sock_send " N(1) N(-1) N(-1) N(0) N(-1)) W("$sock_shutdown " N(2) N(0)) W("$sock_shutdown " N(3) N(0)),
     "39000000"
     "39000000"
     "39000000"
     "39000000"
     "08000000"},
    {"no signals, nobody else", W("$proc_raise " N(9)) W("$sched_yield"),
     "34000000"
     "00000000"},
    /* Made by another program from host/wasi.h. */
    {"random bytes: each call begins with a block",
     W("$random_get " N(100) N(5)) W("$random_get " N(105) N(0)) W("$random_get " N(105) N(70))
         W("$random_get " N(175) N(3)) BYTES(100, 78),
     "00000000"
     "00000000"
     "00000000"
     "00000000"
     "55a3eaa1013e35a3a77f3b97a79f5eb2d303c57b6ab0d9eb292305eaeb45033a4a195295c54cc7f43017b6da4b2ce175df997bf69f2d82d79"
     "e9932efc4853e901c3e23aab04ce7248f11732463a4"},
/* Subscriptions at 300: a clock in 5 (user data 1), another in 3 (2). */
#define CLOCK_AT(at, data, id, timeout, flags)                                                                         \
    "(i64.store " N(at) "(i64.const " #data "))(i32.store offset=16 " N(at)                                            \
        N(id) ")(i64.store offset=24 " N(at) "(i64.const " #timeout "))(i32.store16 offset=40 " N(at) N(flags) ")"
#define STREAM_AT(at, data, kind, fd)                                                                                  \
    "(i64.store " N(at) "(i64.const " #data "))(i32.store8 offset=8 " N(at) N(kind) ")(i32.store offset=16 " N(at)     \
        N(fd) ")"
    {"waiting for the earlier of two clocks moves all clocks",
     CLOCK_AT(300, 1, 1, 5, 0) CLOCK_AT(348, 2, 1, 3, 0) W("$poll_oneoff " N(300) N(500) N(2) N(100)) BYTES(100, 4)
         BYTES(500, 32) W("$clock_time_get " N(1) "(i64.const 0)" N(108))
             W("$clock_time_get " N(0) "(i64.const 0)" N(116)) BYTES(108, 16),
     "00000000"
     "01000000"
     "0200000000000000" ZERO8 ZERO8 ZERO8 "00000000"
     "00000000"
     "03ca9a3b00000000"
     "04002a36fe9c9717"},
    {"waiting until a time that has passed takes none",
     CLOCK_AT(300, 1, 1, 999999999, 1) CLOCK_AT(348, 2, 0, 1700000000000000001, 1)
         CLOCK_AT(396, 3, 0, 1700000000000000002, 1) W("$poll_oneoff " N(300) N(500) N(3) N(100)) BYTES(100, 4)
             BYTES(500, 8) BYTES(532, 8) W("$clock_time_get " N(1) "(i64.const 0)" N(108)) BYTES(108, 8),
     "00000000"
     "02000000"
     "0100000000000000"
     "0200000000000000"
     "00000000"
     "00ca9a3b00000000"},
    {"waiting for ever stops at the end of time",
     CLOCK_AT(300, 1, 2, -1, 0) W("$poll_oneoff " N(300) N(500) N(1) N(100))
         W("$poll_oneoff " N(300) N(500) N(1) N(100)) W("$clock_time_get " N(0) "(i64.const 0)" N(108)) BYTES(108, 8),
     "00000000"
     "00000000"
     "00000000"
     "ffffffffffffffff"},
    {"descriptors are ready, so no time passes",
     CLOCK_AT(300, 1, 1, 5, 0) STREAM_AT(348, 2, 1, 0) STREAM_AT(396, 3, 2, 1) STREAM_AT(444, 4, 2, 2)
         W("$poll_oneoff " N(300) N(600) N(4) N(100)) BYTES(100, 4) BYTES(600, 96)
             W("$clock_time_get " N(1) "(i64.const 0)" N(108)) BYTES(108, 8),
     "00000000"
     "03000000"
     "0200000000000000"
     "0000010000000000"
     "0a00000000000000" ZERO8 "0300000000000000"
     "0000020000000000"
     "0000010000000000" ZERO8 "0400000000000000"
     "0000020000000000"
     "0000010000000000" ZERO8 "00000000"
     "00ca9a3b00000000"},
    {"a request that is read to its end hangs up",
     STREAM_AT(300, 1, 1, 0) "(i32.store " N(4) N(10) ")" W("$fd_read " N(0) N(0) N(1) N(100))
         W("$poll_oneoff " N(300) N(600) N(1) N(100)) BYTES(600, 32),
     "00000000"
     "00000000"
     "0100000000000000"
     "0000010000000000" ZERO8 "0100000000000000"},
    {"what can't be waited for is an event with an errno",
     CLOCK_AT(300, 1, 4, 5, 0) STREAM_AT(348, 2, 1, 1) STREAM_AT(396, 3, 2, 0) STREAM_AT(444, 4, 3, 0)
         W("$poll_oneoff " N(300) N(600) N(4) N(100)) BYTES(100, 4) BYTES(608, 4) BYTES(640, 4) BYTES(672, 4)
             BYTES(704, 4),
     "00000000"
     "04000000"
     "1c000000"
     "08000100"
     "08000200"
     "1c000300"},
    {"events over their own subscriptions",
     STREAM_AT(300, 1, 1, 0) STREAM_AT(348, 2, 2, 1) W("$poll_oneoff " N(300) N(316) N(2) N(100)) BYTES(316, 8)
         BYTES(348, 8),
     "00000000"
     "0100000000000000"
     "0200000000000000"},
    {"waiting for nothing", W("$poll_oneoff " N(-1) N(-1) N(0) N(-1)), "1c000000"},
};

static void check_rows(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct trial trial;
        check_context("%s", rows[i].name);
        wasi_call(&trial, DATA, rows[i].body);
        fill(&trial.request);
        const struct host_outcome *const outcome = trial_run(&trial);
        CHECK_TEXT(host_status_name(outcome->status), "accepted");
        CHECK_TEXT(trial_hex(outcome->result), rows[i].want);
        trial_close(&trial);
    }
}

int main(void) {
    check_rows();
    return check_done();
}
