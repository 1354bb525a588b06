/* loader/tests/branch_test.c - the branch table that the validator writes beside the code (vm/module.h). */
#include "loader/tests/module_builder.h"
#include "vm/tests/check.h"

/* target counts from the first instruction. */
struct row {
    const char *name;
    const char *type; /* of the function: parameters and results */
    const char *code;
    uint32_t operand_height;
    uint32_t branch_count;
    struct vm_branch branches[6];
};

static const struct row rows[] = {
    {"no branches", "00 00", "0b", 0, 0, {{0}}},
    {"br to the body", "00 01 7f", "41 07 0c 00 0b", 1, 1, {{5, 1, 1, 0}}},
    {"br to a block", "00 00", "02 40 0c 00 0b 01 0b", 0, 1, {{5, 1, 0, 0}}},
    {"br to a loop", "00 00", "03 40 0c 00 0b 0b", 0, 1, {{2, 0, 0, 0}}},
    {"br_if over an operand", "00 01 7f", "41 05 02 7f 41 01 41 02 0d 00 0b 6a 0b", 3, 1, {{11, 1, 1, 1}}},
    {"a loop behind a branch", "00 00", "02 40 0c 00 0b 03 40 0c 00 0b 0b", 0, 2, {{5, 1, 0, 0}, {7, 1, 0, 0}}},
    {"if", "00 00", "41 00 04 40 01 0b 0b", 1, 1, {{6, 1, 0, 0}}},
    {"if and else", "00 01 7f", "41 00 04 7f 41 01 05 41 02 0b 0b", 1, 2, {{7, 2, 0, 0}, {10, 2, 1, 0}}},
    {"br out of both arms",
     "00 00",
     "41 00 04 40 0c 00 05 0c 01 0b 0b",
     1,
     4,
     {{7, 3, 0, 0}, {10, 4, 0, 0}, {10, 4, 0, 0}, {11, 4, 0, 0}}},
    {"an if in a loop", "00 00", "03 40 41 00 04 40 0c 01 0b 0b 0b", 1, 2, {{9, 2, 0, 0}, {2, 0, 0, 0}}},
    {"a loop with a parameter", "00 01 7f", "41 05 41 06 03 02 41 00 0d 00 0b 6a 0b", 3, 1, {{6, 0, 1, 1}}},
    {"br_table",
     "00 00",
     "02 40 03 40 41 00 0e 02 00 01 02 0b 0b 0b",
     1,
     3,
     {{4, 0, 0, 0}, {13, 3, 0, 0}, {14, 3, 0, 0}}},
    {"br_table twice to a label", "00 00", "02 40 41 00 0e 01 00 00 0b 0b", 1, 2, {{9, 2, 0, 0}, {9, 2, 0, 0}}},
    {"dead code has entries, too", "00 00", "0c 00 0c 00 0b", 0, 2, {{5, 2, 0, 0}, {5, 2, 0, 0}}},
    {"branches leave operands behind",
     "00 00",
     "02 40 41 00 0c 00 0b 02 40 41 00 0c 00 0b 0b",
     1,
     2,
     {{7, 1, 0, 0}, {14, 2, 0, 0}}},
    {"results of a call", "00 02 7f 7f", "10 00 0b", 2, 0, {{0}}},
    {"return has none", "00 00", "0f 0b", 0, 0, {{0}}},
};

static void check_row(const struct judge *judge, const struct row *row) {
    struct builder builder = {.data = NULL};
    struct vm_module *module;
    struct vm_error error = {.code = VM_ERROR_NONE};
    check_context("%s", row->name);
    build_header(&builder);
    /* Types: the function's, [i32] -> [i32] for blocks with index 2. */
    build_text(&builder, "01");
    build_open(&builder);
    build_text(&builder, "03 60");
    build_text(&builder, row->type);
    build_text(&builder, "60 00 00 60 01 7f 01 7f");
    build_close(&builder);
    build_text(&builder, "03[01 00] 0a");
    build_open(&builder);
    build_text(&builder, "01");
    build_open(&builder);
    build_text(&builder, "00");
    build_text(&builder, row->code);
    build_close(&builder);
    build_close(&builder);
    judge_load(judge, built(&builder), &module, &error);
    CHECK_TEXT(error.message, "");
    if (module != NULL) {
        const struct vm_function *const function = &module->functions[0];
        CHECK_U64(function->operand_height, row->operand_height);
        CHECK_U64(function->code_end, module->bytes.size);
        CHECK_U64(function->branch_count, row->branch_count);
        for (uint32_t i = 0; i < row->branch_count && i < function->branch_count; i++) {
            CHECK_U64(function->branches[i].target - function->code_start, row->branches[i].target);
            CHECK_U64(function->branches[i].next, row->branches[i].next);
            CHECK_U64(function->branches[i].keep, row->branches[i].keep);
            CHECK_U64(function->branches[i].height, row->branches[i].height);
        }
    }
    vm_module_free(module);
    build_free(&builder);
}

int main(void) {
    struct judge judge;
    judge_init(&judge, VM_STRICT, LOADER_STRICT);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&judge, &rows[i]);
    return check_done();
}
