/* vm/tests/config_test.c - profiles, prices and error words. */
#include "vm/config.h"

#include "vm/error.h"
#include "vm/tests/check.h"

static const struct {
    const char *name;
    struct vm_price price;
    uint64_t units;
    uint64_t cost;
} prices[] = {
    {"nothing", {1, 8}, 0, 0},
    {"the first unit", {1, 8}, 1, 1},
    {"a whole step", {1, 8}, 8, 1},
    {"one more", {1, 8}, 9, 2},
    {"free", {0, 1}, UINT64_MAX, 0},
    {"the most that fits", {1, 1}, UINT64_MAX, UINT64_MAX},
    {"too much", {2, 1}, UINT64_MAX, UINT64_MAX},
    {"a rounding up at the top", {1, 2}, UINT64_MAX, (UINT64_C(1) << 63)},
    {"dear", {UINT32_MAX, 1}, UINT32_MAX, UINT64_C(0xFFFFFFFE00000001)},
    {"just too dear", {UINT32_MAX, 1}, UINT64_C(0x100000002), UINT64_MAX},
};

static void check_limits(void) {
    const struct vm_limits strict = vm_profile_limits(VM_STRICT);
    const struct vm_limits compat = vm_profile_limits(VM_COMPAT);
    for (uint32_t i = 0; i < vm_limit_row_count; i++) {
        const struct vm_limit_row *const row = &vm_limit_rows[i];
        check_context("limit %s", row->name);
        CHECK_U64(vm_limit_value(&strict, row), row->strict);
        CHECK_U64(vm_limit_value(&compat, row), row->compat);
        CHECK(row->strict <= row->compat);
        CHECK(row->strict != 0);
    }
    CHECK_U64(vm_limit_row_count * sizeof(uint64_t), sizeof(struct vm_limits));
}

static void check_errors(void) {
    struct vm_error error;
    check_context("errors");
    for (uint32_t code = 1; code < VM_ERROR_COUNT; code++) {
        CHECK(vm_error_status((enum vm_error_code)code) != VM_OK);
        for (uint32_t other = 1; other < code; other++)
            CHECK(strcmp(vm_error_code_name((enum vm_error_code)code), vm_error_code_name((enum vm_error_code)other)) !=
                  0);
    }
    CHECK_U64(vm_fail(&error, VM_ERROR_UTF8, 7, NULL), VM_MALFORMED);
    CHECK_TEXT(error.message, "malformed UTF-8 encoding");
    CHECK_U64(error.offset, 7);
    CHECK_U64(error.function, VM_NO_FUNCTION);
    CHECK_U64(vm_fail(&error, VM_ERROR_OVER_LIMIT, 0, "%d of %s", 5, "them"), VM_LIMIT);
    CHECK_TEXT(error.message, "over a limit: 5 of them");
    CHECK_U64(vm_fail(&error, VM_ERROR_UTF8, 0, "%300s", "x"), VM_MALFORMED);
    CHECK_U64(strlen(error.message), sizeof error.message - 1);
    CHECK_TEXT(vm_status_name(VM_UNLINKABLE), "unlinkable");
    CHECK_TEXT(vm_trap_name(VM_TRAP_OUT_OF_FUEL), "out_of_fuel");
    CHECK_TEXT(vm_trap_words(VM_TRAP_OUT_OF_FUEL), "all fuel consumed");
}

int main(void) {
    for (size_t i = 0; i < sizeof prices / sizeof *prices; i++) {
        check_context("price of %s", prices[i].name);
        CHECK_U64(vm_price_of(prices[i].price, prices[i].units), prices[i].cost);
    }
    check_limits();
    check_errors();
    check_context("schedule");
    const struct vm_schedule schedule = vm_default_schedule();
    for (uint32_t op = 0; op < VM_OP_COUNT; op++)
        CHECK_U64(schedule.instruction[op], vm_opcodes[op].cost);
    CHECK_U64(schedule.memory_page.amount, 8192);
    check_context("features");
    const struct vm_features strict = vm_profile_features(VM_STRICT);
    for (uint32_t i = 0; i < VM_FEATURE_COUNT; i++)
        CHECK(!strict.on[i] || vm_feature_rows[i].ready);
    CHECK(strict.on[VM_FEATURE_BULK_MEMORY] && !strict.on[VM_FEATURE_TAIL_CALL] && !strict.on[VM_FEATURE_FLOAT]);
    return check_done();
}
