/* Translation when memory is short, under a cap, and as a listing. */
#include "vm/fast/tests/duel.h"
#include "vm/tests/budget.h"

/* (func (param i32 i32) (result i32)) with a loop, an if, a br_table, a call of itself, and 300 additions. */
static void write_module(struct loader_writer *module, const struct vm_allocator *allocator) {
    static const uint8_t types[] = {1, 0x60, 2, VM_I32, VM_I32, 1, VM_I32}, functions[] = {1, 0};
    static const uint8_t start[] = {0,    0x03, 0x40, 0x20, 0,    0x41, 1,    0x6B, 0x22, 0,    0x0D, 0,
                                    0x0B, 0x20, 1,    0x04, 0x40, 0x02, 0x40, 0x20, 1,    0x0E, 1,    0,
                                    1,    0x0B, 0x41, 1,    0x41, 0,    0x10, 0,    0x1A, 0x0B, 0x20, 0};
    struct loader_writer body, code;
    loader_writer_init(&body, allocator);
    loader_writer_init(&code, allocator);
    loader_write_header(module);
    loader_write_section(module, LOADER_SECTION_TYPE, vm_bytes(types, sizeof types));
    loader_write_section(module, LOADER_SECTION_FUNCTION, vm_bytes(functions, sizeof functions));
    loader_write_bytes(&body, vm_bytes(start, sizeof start));
    for (int i = 0; i < 300; i++)
        loader_write_bytes(&body, vm_bytes("\x20\x01\x6A", 3));
    loader_write_byte(&body, 0x0B);
    loader_write_unsigned(&code, 1);
    loader_write_vector(&code, loader_written(&body));
    loader_write_section(module, LOADER_SECTION_CODE, loader_written(&code));
    loader_writer_clear(&body);
    loader_writer_clear(&code);
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
    test_cap(&duel, loader_written(&module));
    loader_writer_clear(&module);
    duel_clear(&duel);
    return check_done();
}
