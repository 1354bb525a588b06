/* loader/tests/pack_test.c - packed modules: what stays, what goes, and that memory begins as it did. */
#include "loader/pack.h"

#include <stdlib.h>

#include "loader/text/text.h"
#include "loader/writer.h"
#include "vm/image.h"
#include "vm/tests/check.h"

static struct vm_limits limits;
static struct vm_features features;
static struct vm_schedule schedule;
static struct vm_allocator allocator;
static struct loader_options options;

static struct vm_bytes assemble(const char *text) {
    struct vm_bytes bytes;
    struct text_error error;
    if (text_assemble(vm_bytes_of_text(text), NULL, &allocator, &bytes, &error) != VM_OK) {
        printf("%s: %s at %u:%u\n", text, error.message, (unsigned)error.line, (unsigned)error.column);
        exit(2);
    }
    return bytes;
}

/* A fresh instance's state as bytes, without the flags of dropped segments at its end; its size is 0 if it traps. */
static struct vm_bytes begin(struct vm_bytes bytes, uint32_t *segments, uint32_t *customs, struct vm_arena *arena) {
    struct vm_module *module;
    struct vm_error error;
    struct vm_instantiation made;
    uint64_t fuel = UINT64_MAX;
    struct vm_store *const store = vm_store_new(&allocator, &limits);
    struct vm_bytes state = {NULL, 0};
    if (store == NULL || !CHECK(loader_load(bytes, &options, &allocator, &module, &error) == VM_OK) ||
        !CHECK(vm_instantiate(store, module, &schedule, NULL, NULL, &fuel, &made, &error) == VM_OK))
        exit(2);
    *segments = module->data_count;
    *customs = module->custom_count;
    if (made.trap == VM_TRAP_NONE) {
        const struct vm_image *const image = vm_image_take(made.instance, arena);
        const size_t size = vm_image_write(image, module, NULL);
        uint8_t *const to = vm_arena_allocate(arena, 1, size);
        (void)vm_image_write(image, module, to);
        state = vm_bytes(to, size - module->data_count);
    }
    vm_store_free(store);
    vm_module_free(module);
    return state;
}

/* segments, customs: of what comes out. */
static const struct row {
    const char *name;
    const char *text;
    uint32_t gap;
    uint32_t segments;
    uint32_t customs;
} rows[] = {
    {"nothing", "(module)", 0, 0, 0},
    {"no data", "(module (memory 1))", 0, 0, 0},
    {"one", "(module (memory 1) (data (i32.const 9) \"abc\"))", 0, 1, 0},
    {"side by side", "(module (memory 1) (data (i32.const 9) \"abc\") (data (i32.const 12) \"def\"))", 0, 1, 0},
    {"a gap", "(module (memory 1) (data (i32.const 9) \"abc\") (data (i32.const 13) \"def\"))", 0, 2, 0},
    {"a gap that may be", "(module (memory 1) (data (i32.const 9) \"abc\") (data (i32.const 13) \"def\"))", 1, 1, 0},
    {"a gap too long", "(module (memory 1) (data (i32.const 9) \"abc\") (data (i32.const 14) \"def\"))", 1, 2, 0},
    {"out of order",
     "(module (memory 1) (data (i32.const 90) \"abc\") (data (i32.const 9) \"def\") (data (i32.const 12) \"x\"))", 0, 2,
     0},
    {"one in another's gap",
     "(module (memory 1) (data (i32.const 9) \"abc\") (data (i32.const 18) \"def\") (data (i32.const 14) \"x\"))", 4, 1,
     0},
    {"one over another", "(module (memory 1) (data (i32.const 9) \"abc\") (data (i32.const 11) \"def\"))", 9, 2, 0},
    {"an empty one",
     "(module (memory 1) (data (i32.const 9) \"abc\") (data (i32.const 12) \"\") (data (i32.const 12) \"d\"))", 0, 1,
     0},
    {"an empty one within", "(module (memory 1) (data (i32.const 9) \"abc\") (data (i32.const 10) \"\"))", 0, 2, 0},
    {"at the end of memory", "(module (memory 1) (data (i32.const 65530) \"abc\") (data (i32.const 65533) \"def\"))", 0,
     1, 0},
    {"behind memory", "(module (memory 1) (data (i32.const 65530) \"abc\") (data (i32.const 65534) \"def\"))", 9, 1, 0},
    {"an empty one behind memory", "(module (memory 1) (data (i32.const 9) \"abc\") (data (i32.const -1) \"\"))", 9, 2,
     0},
    {"the last address", "(module (memory 1) (data (i32.const -2) \"a\") (data (i32.const -1) \"b\"))", 9, 1, 0},
    {"a place by a global",
     "(module (global $g i32 (i32.const 9)) (memory 1) (data (global.get $g) \"abc\") (data (i32.const 12) \"d\"))", 0,
     2, 0},
    {"a place that is computed",
     "(module (memory 1) (data (i32.add (i32.const 9) (i32.const 0)) \"abc\") (data (i32.const 12) \"d\"))", 0, 2, 0},
    {"a passive one", "(module (memory 1) (data (i32.const 9) \"abc\") (data \"d\") (data (i32.const 12) \"e\"))", 0, 3,
     0},
    {"one that is named",
     "(module (memory 1) (data (i32.const 9) \"abc\") (data $d (i32.const 12) \"e\") (func (data.drop $d)))", 0, 2, 0},
    {"many zeros between", "(module (memory 1) (data (i32.const 9) \"abc\") (data (i32.const 4108) \"e\"))", 4096, 1,
     0},
    {"custom sections",
     "(module (@custom \"x\" \"1\") (@custom \"keep\" \"2\") (func $f) (@custom \".debug_info\" \"3\"))", 0, 0, 1},
    {"the section of floats", "(module (@custom \"delavm.float\" \"1\") (@custom \"keep\" \"2\"))", 0, 0, 2},
};

static void check_row(const struct row *row) {
    struct vm_arena arena;
    struct vm_bytes packed, again;
    struct vm_error error;
    uint32_t segments, customs, ignored;
    check_context("%s", row->name);
    vm_arena_init(&arena, &allocator);
    const struct vm_bytes bytes = assemble(row->text);
    const struct loader_packing packing = {.section = vm_bytes_of_text("keep"), .gap = row->gap};
    if (CHECK(loader_pack(bytes, &options, &packing, &allocator, &packed, &error) == VM_OK)) {
        const struct vm_bytes before = begin(bytes, &ignored, &ignored, &arena);
        const struct vm_bytes after = begin(packed, &segments, &customs, &arena);
        CHECK(vm_bytes_equal(before, after));
        CHECK_U64(segments, row->segments);
        CHECK_U64(customs, row->customs);
        CHECK(loader_pack(packed, &options, &packing, &allocator, &again, &error) == VM_OK);
        CHECK(vm_bytes_equal(packed, again));
        loader_bytes_free(&allocator, again);
        loader_bytes_free(&allocator, packed);
    }
    text_free(&allocator, bytes);
    vm_arena_clear(&arena);
}

/* The section that is asked for is put in, put in place of another, or taken out; names stay if they shall. */
static void check_section(void) {
    static const struct {
        const char *content; /* NULL: leave it */
        bool names;
        uint32_t customs;
        const char *kept;
    } ways[] = {{NULL, false, 1, "old"}, {"new", false, 1, "new"}, {"", false, 0, NULL}, {"new", true, 2, "new"}};
    const struct vm_bytes bytes = assemble("(module (@custom \"m\" \"old\") (func $name))");
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct vm_bytes packed;
        struct vm_error error;
        struct vm_module *module;
        check_context("section, way %zu", i);
        const struct loader_packing packing = {.section = vm_bytes_of_text("m"),
                                               .names = ways[i].names,
                                               .content = ways[i].content == NULL ? vm_bytes(NULL, 0)
                                                                                  : vm_bytes_of_text(ways[i].content)};
        if (!CHECK(loader_pack(bytes, &options, &packing, &allocator, &packed, &error) == VM_OK) ||
            !CHECK(loader_load(packed, &options, &allocator, &module, &error) == VM_OK))
            exit(2);
        const char *kept = NULL;
        CHECK_U64(module->custom_count, ways[i].customs);
        for (uint32_t j = 0; j < module->custom_count; j++)
            if (vm_bytes_equal(module->custom[j].name, vm_bytes_of_text("m")))
                kept = vm_bytes_equal(module->custom[j].content, vm_bytes_of_text("old")) ? "old" : "new";
        CHECK(kept == NULL ? ways[i].kept == NULL : ways[i].kept != NULL && strcmp(kept, ways[i].kept) == 0);
        CHECK(vm_module_function_name(module, 0).size == (ways[i].names ? 4 : 0));
        vm_module_free(module);
        loader_bytes_free(&allocator, packed);
    }
    text_free(&allocator, bytes);
}

static void *fail_later(void *context, void *old, size_t old_size, size_t new_size) {
    const struct vm_allocator system = vm_system_allocator();
    uint64_t *const left = context;
    if (new_size != 0 && *left == 0)
        return NULL;
    *left -= new_size != 0;
    return system.resize(system.context, old, old_size, new_size);
}

static void check_short_memory(void) {
    const struct vm_bytes bytes = assemble(rows[4].text);
    enum vm_status status = VM_RESOURCE;
    uint32_t failures = 0;
    for (uint64_t most = 0; status == VM_RESOURCE && most < 1000; most++) {
        uint64_t left = most;
        const struct vm_allocator limited = {fail_later, &left};
        struct vm_bytes packed;
        struct vm_error error;
        const struct loader_packing packing = {.section = vm_bytes_of_text("m"), .content = vm_bytes_of_text("x")};
        check_context("%" PRIu64 " allocations", most);
        status = loader_pack(bytes, &options, &packing, &limited, &packed, &error);
        CHECK(status == VM_OK || (status == VM_RESOURCE && packed.data == NULL));
        failures += status == VM_RESOURCE;
        if (status == VM_OK)
            loader_bytes_free(&limited, packed);
    }
    CHECK(status == VM_OK && failures > 3);
    text_free(&allocator, bytes);
}

int main(void) {
    allocator = vm_system_allocator();
    limits = vm_profile_limits(VM_STRICT);
    features = vm_profile_features(VM_STRICT);
    schedule = vm_default_schedule();
    options = (struct loader_options){&limits, &features, &schedule, LOADER_STRICT};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i]);
    check_section();
    check_short_memory();
    return check_done();
}
