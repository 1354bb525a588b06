/* vm/tests/schedule_test.c - the whole default price table, so that no price changes unnoticed.
 *
 * Every change of a price changes what a run costs on a chain: it must be meant.  Whoever means it changes the numbers
 * here, too. */
#include "vm/config.h"
#include "vm/tests/check.h"

/* Every instruction that can run costs 1, but for these. */
static const struct {
    enum vm_op op;
    uint32_t cost;
} dear[] = {
    {VM_OP_BR_TABLE, 2},
    {VM_OP_CALL, 4},
    {VM_OP_CALL_INDIRECT, 6},
    {VM_OP_RETURN_CALL, 4},
    {VM_OP_RETURN_CALL_INDIRECT, 6},
    {VM_OP_MEMORY_GROW, 8},
    {VM_OP_I32_DIV_S, 4},
    {VM_OP_I32_DIV_U, 4},
    {VM_OP_I32_REM_S, 4},
    {VM_OP_I32_REM_U, 4},
    {VM_OP_I64_DIV_S, 4},
    {VM_OP_I64_DIV_U, 4},
    {VM_OP_I64_REM_S, 4},
    {VM_OP_I64_REM_U, 4},
    {VM_OP_MEMORY_INIT, 8},
    {VM_OP_MEMORY_COPY, 8},
    {VM_OP_MEMORY_FILL, 8},
    {VM_OP_TABLE_INIT, 8},
    {VM_OP_TABLE_COPY, 8},
    {VM_OP_TABLE_GROW, 8},
    {VM_OP_TABLE_FILL, 8},
    {VM_OP_I64_ADD128, 2},
    {VM_OP_I64_SUB128, 2},
    {VM_OP_I64_MUL_WIDE_S, 2},
    {VM_OP_I64_MUL_WIDE_U, 2},
};

static uint32_t expected_cost(uint32_t op) {
    for (size_t i = 0; i < sizeof dear / sizeof *dear; i++)
        if (dear[i].op == op)
            return dear[i].cost;
    const bool runs = vm_feature_rows[vm_opcodes[op].feature].ready || vm_opcodes[op].feature == VM_FEATURE_FLOAT;
    return runs ? 1 : 0;
}

static const struct {
    const char *name;
    struct vm_price price;
} prices[] = {
    {"memory_byte", {1, 8}},       {"table_element", {1, 1}},
    {"memory_page", {8192, 1}},    {"local", {1, 8}},
    {"instance_page", {1024, 1}},  {"instance_table", {1, 8}},
    {"instance_byte", {1, 8}},     {"instance_element", {1, 1}},
    {"instance_constant", {1, 1}}, {"instance_segment", {2, 1}},
};

/* FNV-1a over name, cost and NUL of every row, so that a row that comes or goes is noticed as well. */
static uint64_t checksum(const struct vm_schedule *schedule) {
    uint64_t sum = UINT64_C(0xCBF29CE484222325);
    for (uint32_t op = 0; op < VM_OP_COUNT; op++) {
        char line[80];
        snprintf(line, sizeof line, "%s %" PRIu32 "\n", vm_opcodes[op].text, schedule->instruction[op]);
        for (const char *p = line; *p != 0; p++)
            sum = (sum ^ (uint8_t)*p) * UINT64_C(0x100000001B3);
    }
    return sum;
}

int main(void) {
    const struct vm_schedule schedule = vm_default_schedule();
    for (uint32_t op = 0; op < VM_OP_COUNT; op++) {
        check_context("%s", vm_opcodes[op].text);
        CHECK_U64(schedule.instruction[op], expected_cost(op));
    }
    check_context("all instructions");
    CHECK_U64(checksum(&schedule), UINT64_C(1362666334210082705));

    static const char *const names[] = {
#define PRICE(row, amount, per, unit, counted) #row,
#include "vm/prices.def"
    };
    const struct vm_price values[] = {
#define PRICE(row, amount, per, unit, counted) schedule.row,
#include "vm/prices.def"
    };
    CHECK_U64(sizeof names / sizeof *names, sizeof prices / sizeof *prices);
    for (size_t i = 0; i < sizeof prices / sizeof *prices && i < sizeof names / sizeof *names; i++) {
        check_context("%s", names[i]);
        CHECK_TEXT(names[i], prices[i].name);
        CHECK_U64(values[i].amount, prices[i].price.amount);
        CHECK_U64(values[i].per, prices[i].price.per);
    }
    return check_done();
}
