/* Translation when memory is short, under a cap, and as a listing. */
#include "vm/fast/tests/duel.h"
#include "vm/tests/budget.h"

/* One function (param i32 i32) (result i32) with this body. */
static void write_function(struct loader_writer *module, struct vm_bytes body) {
    static const uint8_t types[] = {1, 0x60, 2, VM_I32, VM_I32, 1, VM_I32}, functions[] = {1, 0};
    struct loader_writer code;
    loader_writer_init(&code, &module->allocator);
    loader_write_header(module);
    loader_write_section(module, LOADER_SECTION_TYPE, vm_bytes(types, sizeof types));
    loader_write_section(module, LOADER_SECTION_FUNCTION, vm_bytes(functions, sizeof functions));
    loader_write_unsigned(&code, 1);
    loader_write_vector(&code, body);
    loader_write_section(module, LOADER_SECTION_CODE, loader_written(&code));
    loader_writer_clear(&code);
}

/* A loop, an if, a br_table, a call of itself, and 300 additions. */
static void write_module(struct loader_writer *module, const struct vm_allocator *allocator) {
    static const uint8_t start[] = {0,    0x03, 0x40, 0x20, 0,    0x41, 1,    0x6B, 0x22, 0,    0x0D, 0,
                                    0x0B, 0x20, 1,    0x04, 0x40, 0x02, 0x40, 0x20, 1,    0x0E, 1,    0,
                                    1,    0x0B, 0x41, 1,    0x41, 0,    0x10, 0,    0x1A, 0x0B, 0x20, 0};
    struct loader_writer body;
    loader_writer_init(&body, allocator);
    loader_write_bytes(&body, vm_bytes(start, sizeof start));
    for (int i = 0; i < 300; i++)
        loader_write_bytes(&body, vm_bytes("\x20\x01\x6A", 3));
    loader_write_byte(&body, 0x0B);
    write_function(module, loader_written(&body));
    loader_writer_clear(&body);
}

/* Many operands wait for two locals when one is set, and again when the other is: sums of all of them. */
static void test_many_waiting(struct duel *duel) {
    static const unsigned counts[] = {1, 63, 64, 65, 127, 128, 129, 130, 200, 500};
    struct loader_writer module, body;
    loader_writer_init(&module, &duel->allocator);
    loader_writer_init(&body, &duel->allocator);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const unsigned count = counts[i];
        check_context("%u operands wait", count);
        loader_writer_reset(&module);
        loader_writer_reset(&body);
        loader_write_byte(&body, 0);
        for (unsigned n = 0; n < count; n++) /* local.get 0 and 1 in turn, and of each second local 0 and a constant */
            loader_write_bytes(&body, n % 4 == 3 ? vm_bytes("\x20\x00\x41\x05\x6A", 5)
                                                 : vm_bytes(n % 2 == 0 ? "\x20\x00" : "\x20\x01", 2));
        loader_write_bytes(&body, vm_bytes("\x41\x09\x21\x00\x20\x00\x41\x07\x21\x01", 10));
        for (unsigned n = 0; n < count; n++)
            loader_write_bytes(&body, vm_bytes("\x41\x03\x6C\x6A", 4)); /* times three, and what is below added */
        loader_write_byte(&body, 0x0B);
        write_function(&module, loader_written(&body));
        if (!duel_load(duel, loader_written(&module)))
            continue;
        duel_instantiate(duel);
        const vm_value given[] = {1000003, 77};
        uint64_t used;
        CHECK(duel_run(duel, 0, given, 100000, UINT64_MAX, &used));
        CHECK(used > 3 * count);
        duel_unload(duel);
    }
    loader_writer_clear(&body);
    loader_writer_clear(&module);
}

static void count_cell(void *context, const struct vm_fast_cell_info *cell) {
    uint32_t *const words = context;
    CHECK_U64(cell->position, *words);
    *words += cell->words;
}

/* Every allocation fails once: that is told, nothing leaks, and the next try succeeds. */
static void test_short_memory(struct vm_bytes bytes, const struct loader_options *options) {
    struct budget budget = {.inner = vm_system_allocator()};
    const struct vm_allocator allocator = {budget_resize, &budget};
    const struct vm_fast_options fast = {.fold = true};
    bool done = false;
    for (uint32_t n = 0; !done && n < 1000; n++) {
        check_context("allocation %u fails", n);
        struct vm_module *module;
        struct vm_error error;
        budget.left = 1000000;
        CHECK(loader_load(bytes, options, &allocator, &module, &error) == VM_OK);
        budget.left = n;
        const enum vm_status status = vm_translate(module, options->schedule, &fast);
        done = status == VM_OK;
        CHECK(done || status == VM_RESOURCE);
        CHECK((module->fast != NULL) == done);
        budget.left = 1000000;
        CHECK(done || vm_translate(module, options->schedule, &fast) == VM_OK);
        CHECK(vm_fast_bytes(module) > 0);
        vm_module_free(module);
        CHECK_U64(budget.held, 0);
    }
    CHECK(done);
}

/* The same while the module is loaded: no module then, for want of memory; and none of a module that is refused when part
 * of it was translated. */
static void test_short_memory_while_loading(struct vm_bytes bytes, const struct loader_options *options) {
    struct budget budget = {.inner = vm_system_allocator()};
    const struct vm_allocator allocator = {budget_resize, &budget};
    const struct vm_fast_options fast = {.fold = true};
    struct vm_module *module;
    struct vm_error error;
    bool done = false;
    for (uint32_t n = 0; !done && n < 1000; n++) {
        check_context("allocation %u of a load fails", n);
        budget.left = n;
        const enum vm_status status = loader_load_translated(bytes, options, &fast, &allocator, &module, &error);
        done = status == VM_OK;
        CHECK(done || (status == VM_RESOURCE && module == NULL));
        CHECK(!done || vm_fast_bytes(module) > 0);
        vm_module_free(module);
        CHECK_U64(budget.held, 0);
    }
    CHECK(done);
    budget.left = 1000000;
    check_context("the last end is missing");
    CHECK(loader_load_translated(vm_bytes(bytes.data, bytes.size - 1), options, &fast, &allocator, &module, &error) ==
          VM_MALFORMED);
    CHECK(module == NULL);
    CHECK_U64(budget.held, 0);
}

struct listed {
    uint64_t hash, cells;
};

static void hash_cell(void *context, const struct vm_fast_cell_info *cell) {
    struct listed *const listed = context;
    listed->cells++;
    listed->hash = (listed->hash ^ cell->position ^ (uint64_t)cell->offset << 32) * UINT64_C(1099511628211);
    for (const char *c = cell->text; *c != '\0'; c++)
        listed->hash = (listed->hash ^ (uint8_t)*c) * UINT64_C(1099511628211);
}

/* Translated while it is loaded and afterwards, a module has the same internal code. */
static void test_both_ways(const char *path, const struct loader_options *options) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct vm_fast_options fast = {.fold = true, .listing = true};
    static uint8_t bytes[1 << 16];
    FILE *const stream = fopen(path, "rb");
    check_context("%s", path);
    CHECK(stream != NULL);
    if (stream == NULL)
        return;
    const size_t size = fread(bytes, 1, sizeof bytes, stream);
    fclose(stream);
    struct listed listed[2] = {{0, 0}, {0, 0}};
    size_t held[2] = {0, 0};
    for (int way = 0; way < 2; way++) {
        struct vm_module *module;
        struct vm_error error;
        CHECK(loader_load_translated(vm_bytes(bytes, size), options, way == 0 ? NULL : &fast, &allocator, &module,
                                     &error) == VM_OK);
        CHECK(way != 0 || vm_translate(module, options->schedule, &fast) == VM_OK);
        for (uint32_t i = module->imported_functions; i < module->function_count; i++)
            vm_fast_list(module, i, hash_cell, &listed[way]);
        held[way] = vm_fast_bytes(module);
        vm_module_free(module);
    }
    CHECK(listed[0].cells > 0);
    CHECK_U64(listed[0].cells, listed[1].cells);
    CHECK_U64(listed[0].hash, listed[1].hash);
    CHECK_U64(held[0], held[1]);
}

/* Over the cap a function is left to the plain engine, and the results are the same. */
static void test_cap(struct duel *duel, struct vm_bytes bytes) {
    static const uint64_t caps[] = {0, 1, 20, 200, 2000};
    for (size_t i = 0; i < sizeof caps / sizeof *caps; i++) {
        check_context("cap of %" PRIu64 " words", caps[i]);
        if (!duel_load(duel, bytes))
            return;
        const struct vm_fast_options fast = {.fold = true, .words = caps[i], .listing = true};
        CHECK(vm_translate(duel->sides[1].module, &duel->schedule, &fast) == VM_OK);
        duel_instantiate(duel);
        const vm_value given[] = {5, 1};
        uint64_t used;
        CHECK(duel_run(duel, 0, given, 5000, UINT64_MAX, &used));
        uint32_t words = 0;
        vm_fast_list(duel->sides[1].module, 0, count_cell, &words);
        CHECK((words != 0) == (caps[i] == 0 || caps[i] == 2000));
        duel_unload(duel);
    }
}

int main(void) {
    static struct duel duel;
    struct loader_writer module;
    duel_init(&duel, duel_limits());
    loader_writer_init(&module, &duel.allocator);
    write_module(&module, &duel.allocator);
    const struct loader_options options = {
        .limits = &duel.limits, .features = &duel.features, .schedule = &duel.schedule, .policy = LOADER_STRICT};
    test_short_memory(loader_written(&module), &options);
    test_short_memory_while_loading(loader_written(&module), &options);
    static const char *const kernels[] = {"dispatch", "fib",    "hashmap", "json", "keccak",
                                          "matmul",   "modexp", "sha256",  "sort"};
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        char path[64];
        snprintf(path, sizeof path, "bench/cases/%s.wasm", kernels[i]);
        test_both_ways(path, &options);
    }
    test_cap(&duel, loader_written(&module));
    test_many_waiting(&duel);
    loader_writer_clear(&module);
    duel_clear(&duel);
    return check_done();
}
