/* host/tests/schedule_test.c - the schedule as text: written, read back, refused with line and words. */
#include <stdlib.h>

#include "host/config.h"
#include "vm/tests/check.h"

static char canonical[65536];

/* message NULL: good.  line: where it says the fault is. */
static const struct {
    const char *text;
    uint64_t line;
    const char *message;
} rows[] = {
    {"", 0, NULL},
    {"\n\n", 0, NULL},
    {"# nothing but words\n   # more", 0, NULL},
    {"instruction i32.add 7", 0, NULL},
    {"  instruction\ti32.add   7  # seven\r\n", 0, NULL},
    {"instruction i32.add -\n", 0, NULL},
    {"instruction select 3\ninstruction select:0x1c 4\n", 0, NULL},
    {"price memory_byte 2 16\nimport sha256 300 2 1\nimport nonce 5 0 1", 0, NULL},
    {"instruction i32.add 4294967295\n", 0, NULL},
    {"\ninstruction i32.add 4294967296\n", 2, "line 2: \"4294967296\" is more than 4294967295"},
    {"instruction i32.add 99999999999999999999999999999999\n", 1,
     "line 1: \"99999999999999999999999999999999\" is more than 4294967295"},
    {"instruction i32.add 0\n", 1, "line 1: \"0\" is no price: the least is 1"},
    {"instruction i32.add -1\n", 1, "line 1: \"-1\" is not a decimal number"},
    {"instruction i32.add 0x10\n", 1, "line 1: \"0x10\" is not a decimal number"},
    {"instruction i32.add 1.5\n", 1, "line 1: \"1.5\" is not a decimal number"},
    {"instruction i32.add\n", 1, "line 1: write: instruction NAME COST, or - for no price"},
    {"instruction i32.add 1 2\n", 1, "line 1: write: instruction NAME COST, or - for no price"},
    {"instruction i32.ad 1\n", 1, "line 1: \"i32.ad\" is no instruction"},
    {"instruction i32.add:0x6a 1\n", 1, "line 1: \"i32.add:0x6a\" is no instruction"},
    {"instruction select:0x1b 1\n", 1, "line 1: \"select:0x1b\" is no instruction"},
    {"instruction : 1\n", 1, "line 1: \":\" is no instruction"},
    {"instruction i32.add 1\n\ninstruction i32.add 1\n", 3, "line 3: \"i32.add\" was given a price before"},
    {"price memory_byte 0 1\n", 1, "line 1: \"0\" is no price: the least is 1"},
    {"price memory_byte 1 0\n", 1, "line 1: \"0\" is no price: the least is 1"},
    {"price memory_byte 1\n", 1, "line 1: write: price NAME AMOUNT PER"},
    {"price memory_bytes 1 1\n", 1, "line 1: \"memory_bytes\" is no price"},
    {"price local 1 1\nprice local 1 1\n", 2, "line 2: \"local\" was given a price before"},
    {"import sha256 0 1 1\n", 1, "line 1: \"0\" is no price: the least is 1"},
    {"import sha256 1 0 1\n", 1, "line 1: \"0\" is no price: the least is 1"},
    {"import nonce 4 1 1\n", 1, "line 1: \"1\" must be 0: this function counts no bytes"},
    {"import nonce 4 0 0\n", 1, "line 1: \"0\" is no price: the least is 1"},
    {"import nonce 4\n", 1, "line 1: write: import NAME BASE AMOUNT PER, or - for no price"},
    {"import nonce 4 0 1 1\n", 1, "line 1: write: import NAME BASE AMOUNT PER, or - for no price"},
    {"import nonce 4 0 1 1 1 1 1 1\n", 1, "line 1: write: import NAME BASE AMOUNT PER, or - for no price"},
    {"import sha256 -\nwasi random_get -\n", 0, NULL},
    {"import sha256 - 1 1\n", 1, "line 1: \"-\" is not a decimal number"},
    {"wasi random_get\n", 1, "line 1: write: wasi NAME BASE AMOUNT PER, or - for no price"},
    {"wasi random_get -\nwasi random_get 1 1 1\n", 2, "line 2: \"random_get\" was given a price before"},
    {"wasi sha256 -\n", 1, "line 1: \"sha256\" is no host function"},
    {"import random_get -\n", 1, "line 1: \"random_get\" is no host function"},
    {"wasi fd_write 32 2 1\nwasi sched_yield 1 0 1\n", 0, NULL},
    {"wasi sched_yield 1 1 1\n", 1, "line 1: \"1\" must be 0: this function counts no bytes"},
    {"import sha257 1 1 1\n", 1, "line 1: \"sha257\" is no host function"},
    {"import nonce 4 0 1\nimport nonce 4 0 1\n", 2, "line 2: \"nonce\" was given a price before"},
    {"instructions i32.add 1\n", 1, "line 1: \"instructions\" starts no line: instruction, price, import and wasi do"},
    {"\x1b[31m\xff 1\n", 1, "line 1: \"?[31m?\" starts no line: instruction, price, import and wasi do"},
    {"a-word-that-is-longer-than-what-is-shown-of-it 1", 1,
     "line 1: \"a-word-that-is-longer-than-what-is-show\" starts no line: instruction, price, import and wasi do"},
};

static void check_rows(void) {
    const struct host_schedule standard = host_default_schedule();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_context("row %u: %s", (unsigned)i, rows[i].text);
        struct host_schedule schedule = standard;
        schedule.hash.bytes[0] ^= 1;
        struct vm_error error;
        const enum vm_status status = host_schedule_read(vm_bytes_of_text(rows[i].text), &schedule, &error);
        if (rows[i].message == NULL) {
            CHECK_U64(status, VM_OK);
            const struct host_hash hash = host_schedule_hash(&schedule);
            CHECK(host_hash_equal(&schedule.hash, &hash));
            continue;
        }
        CHECK_U64(status, VM_MALFORMED);
        CHECK_TEXT(vm_error_code_name(error.code), "schedule");
        CHECK_U64(error.offset, rows[i].line);
        char want[256];
        snprintf(want, sizeof want, "malformed fuel schedule: %s", rows[i].message);
        CHECK_TEXT(error.message, want);
        CHECK(memcmp(schedule.hash.bytes + 1, standard.hash.bytes + 1, HOST_HASH_BYTES - 1) == 0 &&
              schedule.hash.bytes[0] == (standard.hash.bytes[0] ^ 1)); /* untouched */
    }
}

static void check_values(void) {
    check_context("values");
    struct host_schedule schedule;
    struct vm_error error;
    CHECK_U64(host_schedule_read(vm_bytes_of_text("instruction select 3\ninstruction select:0x1c 4\ninstruction nop -\n"
                                                  "price memory_byte 2 16\nimport sha256 300 5 7\n"),
                                 &schedule, &error),
              VM_OK);
    CHECK_U64(schedule.vm.instruction[VM_OP_SELECT], 3);
    CHECK_U64(schedule.vm.instruction[VM_OP_SELECT + 1], 4);
    CHECK_U64(schedule.vm.instruction[VM_OP_NOP], 0);
    CHECK_U64(schedule.vm.instruction[VM_OP_I32_ADD], vm_opcodes[VM_OP_I32_ADD].cost);
    CHECK_U64(schedule.vm.memory_byte.amount, 2);
    CHECK_U64(schedule.vm.memory_byte.per, 16);
    CHECK_U64(schedule.imports[HOST_IMPORT_sha256].base, 300);
    CHECK_U64(schedule.imports[HOST_IMPORT_sha256].price.amount, 5);
    CHECK_U64(schedule.imports[HOST_IMPORT_sha256].price.per, 7);
    CHECK_U64(schedule.imports[HOST_IMPORT_sha512].base, host_import_rows[HOST_IMPORT_sha512].base);
}

/* Written and read back it is the same, whatever the prices are. */
static void check_round_trip(void) {
    struct host_schedule schedule = host_default_schedule(), read;
    struct vm_error error;
    for (uint32_t turn = 0; turn < 3; turn++) {
        check_context("round trip %u", (unsigned)turn);
        const size_t size = host_schedule_text(&schedule, canonical, sizeof canonical);
        CHECK(size < sizeof canonical && strlen(canonical) == size);
        CHECK_U64(host_schedule_read(vm_bytes(canonical, size), &read, &error), VM_OK);
        schedule.hash = host_schedule_hash(&schedule);
        CHECK(memcmp(&read.vm, &schedule.vm, sizeof read.vm) == 0);
        CHECK(memcmp(read.imports, schedule.imports, sizeof read.imports) == 0);
        CHECK(host_hash_equal(&read.hash, &schedule.hash));
        const struct host_hash hash = host_hash_of(vm_bytes(canonical, size));
        CHECK(host_hash_equal(&hash, &schedule.hash));
        for (uint32_t op = 0; op < VM_OP_COUNT; op++)
            schedule.vm.instruction[op] = turn == 0 ? op % 5 : UINT32_MAX - op;
        schedule.vm.memory_page = (struct vm_price){UINT32_MAX, UINT32_MAX};
    }
}

/* Short buffers get the beginning and a NUL, and the whole length is told. */
static void check_room(void) {
    const struct host_schedule schedule = host_default_schedule();
    const size_t size = host_schedule_text(&schedule, canonical, sizeof canonical);
    CHECK_U64(host_schedule_text(&schedule, NULL, 0), size);
    static char some[65536];
    for (size_t room = 1; room < 200; room++) {
        check_context("room %u", (unsigned)room);
        memset(some, 'x', sizeof some);
        CHECK_U64(host_schedule_text(&schedule, some, room), size);
        CHECK(memcmp(some, canonical, room - 1) == 0 && some[room - 1] == 0 && some[room] == 'x');
    }
    CHECK_U64(host_schedule_text(&schedule, some, size + 1), size);
    CHECK_TEXT(some, canonical);
    CHECK(strstr(canonical, "instruction i32.add 1\n") != NULL &&
          strstr(canonical, "\nprice memory_byte 1 8\n") != NULL);
    CHECK(strstr(canonical, "\nimport sha256 256 1 1\n") != NULL &&
          strstr(canonical, "instruction v128.load -\n") != NULL);
}

int main(void) {
    check_rows();
    check_values();
    check_round_trip();
    check_room();
    return check_done();
}
