/* vm/tests/opcode_test.c - the tables of opcodes and features, and the ways to find a row. */
#include "vm/opcode.h"

#include "vm/tests/check.h"

static void check_row(uint32_t op) {
    const struct vm_opcode *const row = &vm_opcodes[op];
    check_context("%s", row->text);
    if (row->code <= 0xFF)
        CHECK_U64(vm_op_by_byte[row->code], op);
    else
        CHECK_U64(vm_op_by_prefix((uint8_t)(row->code >> 16), row->code & 0xFFFF), op);
    /* Where two rows share a name, the first is found. */
    const bool second = op > 0 && strcmp(vm_opcodes[op - 1].text, row->text) == 0;
    CHECK_U64(vm_op_by_text(row->text, strlen(row->text)), second ? op - 1 : op);
    CHECK_U64(vm_op_by_text(row->text, strlen(row->text) - 1) == op, false);
    /* A row that can be loaded has a price; one that can't has neither a price nor types. */
    const bool typed = row->in[0] != '-';
    CHECK((row->cost != 0) == typed);
    CHECK((strcmp(row->out, "-") != 0) == typed);
    CHECK(typed || !vm_feature_rows[row->feature].ready);
}

static void check_bytes(void) {
    uint32_t rows = 0;
    check_context("one-byte codes");
    for (uint32_t byte = 0; byte < 256; byte++) {
        if (vm_op_by_byte[byte] == VM_OP_COUNT)
            continue;
        CHECK_U64(vm_opcodes[vm_op_by_byte[byte]].code, byte);
        rows++;
    }
    for (uint32_t prefix = 0; prefix < 256; prefix++) {
        for (uint32_t sub_opcode = 0; sub_opcode < 1024; sub_opcode++) {
            const uint32_t op = vm_op_by_prefix((uint8_t)prefix, sub_opcode);
            if (op == VM_OP_COUNT)
                continue;
            CHECK_U64(vm_opcodes[op].code, prefix << 16 | sub_opcode);
            rows++;
        }
    }
    CHECK_U64(rows, VM_OP_COUNT);
    CHECK_U64(vm_op_by_prefix(0xFC, UINT32_MAX), VM_OP_COUNT);
}

static void check_texts(void) {
    static const char *const no_names[] = {"",        "i32",        "i32.",      "i32.addd",
                                           "I32.ADD", "i32.ad\377", "get_local", "selec"};
    check_context("names of nothing");
    for (size_t i = 0; i < sizeof no_names / sizeof *no_names; i++)
        CHECK_U64(vm_op_by_text(no_names[i], strlen(no_names[i])), VM_OP_COUNT);
    static char long_name[1000];
    memset(long_name, 'a', sizeof long_name);
    CHECK_U64(vm_op_by_text(long_name, sizeof long_name), VM_OP_COUNT);
}

int main(void) {
    for (uint32_t op = 0; op < VM_OP_COUNT; op++)
        check_row(op);
    check_bytes();
    check_texts();
    for (uint32_t i = 0; i < VM_FEATURE_COUNT; i++) {
        check_context("feature %s", vm_feature_rows[i].name);
        CHECK(vm_feature_rows[i].ready || (!vm_feature_rows[i].strict && !vm_feature_rows[i].compat));
        CHECK(vm_feature_rows[i].words[0] != '\0');
    }
    return check_done();
}
