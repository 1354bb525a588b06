/* loader/tests/reach_test.c - what is refused, in which functions, and the shortest way there from an export. */
#include "loader/reach.h"

#include "loader/tests/module_builder.h"
#include "vm/tests/check.h"

struct want {
    uint32_t function;
    uint32_t count;
    const char *instruction;
    enum vm_feature feature;
    const char *export;
    const char *path; /* "0 2 i4": functions, i where it is called through a table; "" if not reached */
};

static const struct {
    const char *name;
    const char *module;
    uint32_t count;
    struct want findings[4];
} rows[] = {
    {"nothing refused", "01[01 60 00 00] 03[01 00] 07[01 'run' 00 00] 0a[01 [00 0b]]", 0, {{0}}},
    {"in the export itself",
     "01[01 60 00 00] 03[01 00] 07[01 'run' 00 00] 0a[01 [00 00 a2 a0 1a 0b]]",
     1,
     {{0, 2, "f64.mul", VM_FEATURE_FLOAT, "run", "0"}}},
    {"not reached",
     "01[01 60 00 00] 03[02 00 00] 07[01 'run' 00 00] 0a[02 [00 0b] [00 00 a2 1a 0b]]",
     1,
     {{1, 1, "f64.mul", VM_FEATURE_FLOAT, "", ""}}},
    {"the shortest of two ways",
     "01[01 60 00 00] 03[04 00 00 00 00] 07[02 'long' 00 00 'short' 00 02] "
     "0a[04 [00 10 01 0b] [00 10 02 0b] [00 10 03 0b] [00 00 92 1a 0b]]",
     1,
     {{3, 1, "f32.add", VM_FEATURE_FLOAT, "short", "2 3"}}},
    {"through a table",
     "01[02 60 00 00 60 00 01 7f] 03[04 00 00 00 01] 04[01 70 00 04] 07[01 'run' 00 00] 09[01 00 41 00 0b 03 01 03 02] "
     "0a[04 [00 41 00 11 00 00 0b] [00 00 92 1a 0b] [00 00 93 1a 0b] [00 00 94 1a 41 00 0b]]",
     3,
     {{1, 1, "f32.add", VM_FEATURE_FLOAT, "run", "0 i1"},
      {2, 1, "f32.sub", VM_FEATURE_FLOAT, "run", "0 i2"},
      {3, 1, "f32.mul", VM_FEATURE_FLOAT, "", ""}}},
    {"a table does not hold it",
     "01[01 60 00 00] 03[02 00 00] 04[01 70 00 04] 07[01 'run' 00 00] 09[01 00 41 00 0b 01 00] "
     "0a[02 [00 41 00 11 00 00 0b] [00 00 92 1a 0b]]",
     1,
     {{1, 1, "f32.add", VM_FEATURE_FLOAT, "", ""}}},
    {"equal types of different index, and ref.func in code",
     "01[02 60 00 00 60 00 00] 03[03 00 01 00] 04[01 70 00 04] 07[01 'run' 00 00] "
     "0a[03 [00 41 00 11 00 00 0b] [00 00 92 1a 0b] [00 d2 01 1a 0b]]",
     1,
     {{1, 1, "f32.add", VM_FEATURE_FLOAT, "run", "0 i1"}}},
    {"the start function",
     "01[01 60 00 00] 03[02 00 00] 08[01] 0a[02 [00 00 fe 03 00 0b] [00 10 00 0b]]",
     1,
     {{0, 1, "atomic.fence", VM_FEATURE_THREADS, "", "1 0"}}},
    {"behind indices of memories",
     "01[01 60 00 00] 03[01 00] 05[02 00 01 00 01] 07[01 'run' 00 00] 0a[01 [00 00 28 42 01 00 3f 01 fc0a 01 00 92 1a "
     "0b]]",
     1,
     {{0, 1, "f32.add", VM_FEATURE_FLOAT, "run", "0"}}},
    {"signature, locals, blocks and selects",
     "01[01 60 02 7f 7c 01 7d] 03[01 00] 07[01 'run' 00 00] 0a[01 [02 01 7c 01 7b 02 7d 00 0b 00 1c 01 7c 0b]]",
     1,
     {{0, 6, "f64 parameter", VM_FEATURE_FLOAT, "run", "0"}}},
    {"an import",
     "01[01 60 01 7c 00] 02[01 'env' 'f' 00 00] 07[01 'f' 00 00]",
     1,
     {{0, 1, "f64 parameter", VM_FEATURE_FLOAT, "f", "0"}}},
    {"instructions of every proposal are passed over",
     "01[01 60 00 00] 03[02 00 00] 07[01 'run' 00 00] "
     "0a[02 [00 fd 0c 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 1f 40 02 00 00 01 02 00 0b fb 18 03 00 6e 6d 10 "
     "01 0b] [00 12 01 0b]]",
     2,
     {{0, 3, "v128.const", VM_FEATURE_SIMD, "run", "0"}, {1, 1, "return_call", VM_FEATURE_TAIL_CALL, "run", "0 1"}}},
};

static void print_path(const struct loader_finding *finding, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < finding->path_length && finding->path != NULL; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s%u", i == 0 ? "" : " ",
                                 finding->path[i].indirect ? "i" : "", finding->path[i].function);
}

static void check_finding(const struct loader_finding *have, const struct want *want) {
    char text[64];
    CHECK_U64(have->function, want->function);
    CHECK_U64(have->count, want->count);
    CHECK_TEXT(have->instruction, want->instruction);
    CHECK_U64(have->feature, want->feature);
    CHECK(vm_bytes_equal(have->export, vm_bytes_of_text(want->export)));
    print_path(have, text, sizeof text);
    CHECK_TEXT(text, want->path);
}

/* A chain of functions in which each one has a float: paths stop when their room is used up, lengths do not. */
static void check_chain(const struct judge *judge) {
    enum { COUNT = 4000 };
    const struct vm_allocator allocator = vm_system_allocator();
    struct builder builder = {.data = NULL};
    struct loader_report report;
    struct vm_error error;
    check_context("a chain of %d", COUNT);
    build_module(&builder, "01[01 60 00 00] 03");
    build_open(&builder);
    build_u32(&builder, COUNT);
    build_repeat(&builder, "00", COUNT);
    build_close(&builder);
    build_text(&builder, "07[01 'run' 00 00] 0a");
    build_open(&builder);
    build_u32(&builder, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        build_open(&builder);
        build_text(&builder, "00 10");
        build_u32(&builder, i + 1 < COUNT ? i + 1 : 0);
        build_text(&builder, "00 a2 1a 0b");
        build_close(&builder);
    }
    build_close(&builder);
    CHECK_U64(loader_explain(built(&builder), &judge->options, &allocator, &report, &error), VM_OK);
    CHECK_U64(report.count, COUNT);
    size_t steps = 0;
    for (uint32_t i = 0; i < report.count; i++) {
        CHECK_U64(report.findings[i].path_length, i + 1);
        steps += report.findings[i].path != NULL ? report.findings[i].path_length : 0;
    }
    CHECK(steps > 0 && steps <= builder.size + 4096);
    loader_report_clear(&report);
    build_free(&builder);
}

int main(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct judge judge;
    judge_init(&judge, VM_STRICT, LOADER_STRICT);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct builder builder = {.data = NULL};
        struct loader_report report;
        struct vm_error error = {.code = VM_ERROR_NONE};
        check_context("%s", rows[i].name);
        build_module(&builder, rows[i].module);
        CHECK_U64(loader_explain(built(&builder), &judge.options, &allocator, &report, &error), VM_OK);
        CHECK_TEXT(error.message, "");
        CHECK_U64(report.count, rows[i].count);
        for (uint32_t k = 0; k < report.count && k < rows[i].count; k++)
            check_finding(&report.findings[k], &rows[i].findings[k]);
        loader_report_clear(&report);
        build_free(&builder);
    }
    check_chain(&judge);
    return check_done();
}
