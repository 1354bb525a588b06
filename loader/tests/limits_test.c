/* loader/tests/limits_test.c - each MODULE row of vm/limits.def at its boundary, in both profiles: n passes, n + 1 does
 * not.  A row without a maker of such modules fails the test. */
#include "loader/tests/module_builder.h"
#include "vm/tests/check.h"

static void make_module_bytes(struct builder *b, uint32_t n) {
    build_text(b, "00");
    /* The size in its five-byte form, so that every total can be hit. */
    const uint32_t size = n - 8 - 6;
    for (uint32_t i = 0; i < 5; i++)
        build_byte(b, (uint8_t)((size >> (7 * i) & 0x7F) | (i < 4 ? 0x80 : 0)));
    build_text(b, "00");
    build_repeat(b, "00", size - 1);
}

static void make_vector(struct builder *b, uint8_t section, uint32_t count, const char *member) {
    build_byte(b, section);
    build_open(b);
    build_u32(b, count);
    build_repeat(b, member, count);
    build_close(b);
}

/* One function of type [] -> [] with the given code before its end. */
static void make_code(struct builder *b, const char *first, const char *repeated, uint32_t count, const char *last) {
    build_text(b, "01[01 60 00 00] 03[01 00] 0a");
    build_open(b);
    build_text(b, "01");
    build_open(b);
    build_text(b, first);
    build_repeat(b, repeated, count);
    build_text(b, last);
    build_close(b);
    build_close(b);
}

static void make_types(struct builder *b, uint32_t n) {
    make_vector(b, 1, n, "60 00 00");
}

static void make_functions(struct builder *b, uint32_t n) {
    build_text(b, "01[01 60 00 00] 02[01 'a' 'b' 00 00]");
    make_vector(b, 3, n - 1, "00");
    make_vector(b, 10, n - 1, "[00 0b]");
}

static void make_imports(struct builder *b, uint32_t n) {
    make_vector(b, 2, n, "'a' 'b' 03 7f 00");
}

static void make_exports(struct builder *b, uint32_t n) {
    build_text(b, "05[01 00 00] 07");
    build_open(b);
    build_u32(b, n);
    for (uint32_t i = 0; i < n; i++) {
        build_byte(b, 3);
        for (uint32_t k = 0; k < 3; k++)
            build_byte(b, (uint8_t)('a' + (i >> (4 * k) & 15)));
        build_text(b, "02 00");
    }
    build_close(b);
}

static void make_globals(struct builder *b, uint32_t n) {
    build_text(b, "02[01 'a' 'b' 03 7f 00]");
    make_vector(b, 6, n - 1, "7f 00 41 00 0b");
}

static void make_tables(struct builder *b, uint32_t n) {
    build_text(b, "02[01 'a' 'b' 01 70 00 00]");
    make_vector(b, 4, n - 1, "70 00 00");
}

static void make_memories(struct builder *b, uint32_t n) {
    build_text(b, "02[01 'a' 'b' 02 00 00]");
    make_vector(b, 5, n - 1, "00 00");
}

static void make_table_elements(struct builder *b, uint32_t n) {
    build_text(b, "04");
    build_open(b);
    build_text(b, "01 70 00");
    build_u32(b, n);
    build_close(b);
}

static void make_element_segments(struct builder *b, uint32_t n) {
    make_vector(b, 9, n, "03 00 00");
}

static void make_data_segments(struct builder *b, uint32_t n) {
    make_vector(b, 11, n, "01 00");
}

static void make_memory_initial_pages(struct builder *b, uint32_t n) {
    build_text(b, "05");
    build_open(b);
    build_text(b, "01 00");
    build_u32(b, n);
    build_close(b);
}

static void make_function_params(struct builder *b, uint32_t n) {
    build_text(b, "01");
    build_open(b);
    build_text(b, "01 60");
    build_u32(b, n);
    build_repeat(b, "7f", n);
    build_text(b, "00");
    build_close(b);
}

static void make_function_results(struct builder *b, uint32_t n) {
    build_text(b, "01");
    build_open(b);
    build_text(b, "01 60 00");
    build_u32(b, n);
    build_repeat(b, "7f", n);
    build_close(b);
}

static void make_function_locals(struct builder *b, uint32_t n) {
    build_text(b, "01[01 60 01 7f 00] 03[01 00] 0a");
    build_open(b);
    build_text(b, "01");
    build_open(b);
    build_text(b, "02 01 7e");
    build_u32(b, n - 1);
    build_text(b, "7f 0b");
    build_close(b);
    build_close(b);
}

static void make_function_bytes(struct builder *b, uint32_t n) {
    make_code(b, "00", "01", n - 2, "0b");
}

static void make_function_operands(struct builder *b, uint32_t n) {
    make_code(b, "00", "41 00", n, "00 0b");
}

static void make_nesting(struct builder *b, uint32_t n) {
    build_text(b, "01[01 60 00 00] 03[01 00] 0a");
    build_open(b);
    build_text(b, "01");
    build_open(b);
    build_text(b, "00");
    build_repeat(b, "03 40", n);
    build_repeat(b, "0b", n + 1);
    build_close(b);
    build_close(b);
}

static void make_br_table_targets(struct builder *b, uint32_t n) {
    build_text(b, "01[01 60 00 00] 03[01 00] 0a");
    build_open(b);
    build_text(b, "01");
    build_open(b);
    build_text(b, "00 41 00 0e");
    build_u32(b, n);
    build_repeat(b, "00", n + 1);
    build_text(b, "0b");
    build_close(b);
    build_close(b);
}

static void make_name_bytes(struct builder *b, uint32_t n) {
    build_text(b, "05[01 00 00] 07");
    build_open(b);
    build_text(b, "01");
    build_u32(b, n);
    build_repeat(b, "61", n);
    build_text(b, "02 00");
    build_close(b);
}

#define MAKER(name) {#name, make_##name}
static const struct {
    const char *name;
    void (*make)(struct builder *builder, uint32_t n);
} makers[] = {
    MAKER(module_bytes),
    MAKER(types),
    MAKER(functions),
    MAKER(imports),
    MAKER(exports),
    MAKER(globals),
    MAKER(tables),
    MAKER(memories),
    MAKER(table_elements),
    MAKER(element_segments),
    MAKER(data_segments),
    MAKER(memory_initial_pages),
    MAKER(function_params),
    MAKER(function_results),
    MAKER(function_locals),
    MAKER(function_bytes),
    MAKER(function_operands),
    MAKER(nesting),
    MAKER(br_table_targets),
    MAKER(name_bytes),
};

/* Loads a module of n things where only the row's own limit is low. */
static enum vm_status load(const struct vm_limit_row *row, uint64_t limit, size_t maker, uint32_t n,
                           struct vm_error *error) {
    struct builder builder = {.data = NULL};
    struct vm_module *module;
    struct judge judge;
    judge_init(&judge, VM_COMPAT, LOADER_STRICT);
    judge.features.on[VM_FEATURE_MULTI_MEMORY] = true;
    for (uint32_t i = 0; i < vm_limit_row_count; i++) {
        const uint64_t value = &vm_limit_rows[i] == row ? limit : UINT32_MAX;
        memcpy((uint8_t *)&judge.limits + vm_limit_rows[i].field, &value, sizeof value);
    }
    build_header(&builder);
    makers[maker].make(&builder, n);
    const enum vm_status status = judge_load(&judge, built(&builder), &module, error);
    vm_module_free(module);
    build_free(&builder);
    return status;
}

static void check_row(const struct vm_limit_row *row, uint64_t limit) {
    size_t maker = 0;
    while (maker < sizeof makers / sizeof *makers && strcmp(makers[maker].name, row->name) != 0)
        maker++;
    check_context("%s = %" PRIu64, row->name, limit);
    if (!CHECK(maker < sizeof makers / sizeof *makers))
        return;
    struct vm_error error = {.code = VM_ERROR_NONE};
    CHECK_U64(load(row, limit, maker, (uint32_t)limit, &error), VM_OK);
    CHECK_TEXT(error.message, "");
    char wanted[128];
    snprintf(wanted, sizeof wanted, "over a limit: %s: %" PRIu64 ", at most %" PRIu64 " %s are allowed", row->name,
             limit + 1, limit, row->unit);
    CHECK_U64(load(row, limit, maker, (uint32_t)limit + 1, &error), VM_LIMIT);
    CHECK_TEXT(error.message, wanted);
}

int main(void) {
    for (uint32_t i = 0; i < vm_limit_row_count; i++) {
        const struct vm_limit_row *const row = &vm_limit_rows[i];
        if (row->scope != VM_LIMIT_MODULE)
            continue;
        check_row(row, row->strict);
        if (row->compat != row->strict)
            check_row(row, row->compat);
    }
    return check_done();
}
