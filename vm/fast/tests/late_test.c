/* Functions that are translated when they are first called, while several threads run the module; and where memory for
 * it is short. */
#include <pthread.h>

#include "vm/fast/tests/duel.h"
#include "vm/tests/budget.h"

enum { THREADS = 4, ROUNDS = 12, FUEL = 400000000 };

/* What a thread, with a store and a machine of its own, makes of one call. */
struct runner {
    struct vm_module *module;
    const struct duel *duel;
    pthread_barrier_t *start; /* NULL: alone */
    enum vm_engine engine;
    uint32_t argument;
    uint64_t slice;
    vm_value result;
    uint64_t fuel;
    bool done;
};

static void *run(void *context) {
    struct runner *const runner = context;
    const struct duel *const duel = runner->duel;
    const struct vm_export *const export = vm_module_find_export(runner->module, vm_bytes_of_text("run"));
    struct vm_store *const store = vm_store_new(&duel->allocator, &duel->limits);
    struct vm_machine *const machine = vm_machine_new(store);
    struct vm_instantiation made;
    struct vm_error error;
    const vm_value argument = runner->argument;
    uint64_t fuel = FUEL;
    vm_machine_set_engine(machine, runner->engine);
    if (runner->start != NULL)
        pthread_barrier_wait(runner->start);
    if (vm_instantiate(store, runner->module, &duel->schedule, NULL, NULL, &fuel, &made, &error) == VM_OK) {
        const vm_value function = vm_instance_function(made.instance, export->index);
        enum vm_run_state state = vm_machine_begin(machine, function, &argument, 1, &duel->schedule, FUEL);
        while (state == VM_RUN_PAUSED)
            state = vm_machine_run(machine, runner->slice);
        runner->done = state == VM_RUN_DONE;
        runner->result = vm_machine_results(machine)[0];
        runner->fuel = vm_machine_usage(machine).fuel;
    }
    vm_machine_free(machine);
    vm_store_free(store);
    return NULL;
}

static void check_same(const struct runner *plain, const struct runner *other) {
    CHECK(other->done);
    CHECK_U64(other->result, plain->result);
    CHECK_U64(other->fuel, plain->fuel);
}

static struct vm_module *load(const struct duel *duel, struct vm_bytes bytes, const struct vm_allocator *allocator) {
    const struct loader_options options = duel_options(duel);
    const struct vm_fast_options lazy = {.fold = true, .lazy = true};
    struct vm_module *module = NULL;
    struct vm_error error;
    CHECK(loader_load_translated(bytes, &options, &lazy, allocator, &module, &error) == VM_OK);
    return module;
}

/* Functions that have code, and those that may still get it. */
static uint32_t count(const struct vm_module *module, bool later) {
    uint32_t found = 0;
    for (uint32_t i = module->imported_functions; i < module->function_count; i++) {
        const union vm_word *const start = vm_fast_start(&module->fast->functions[i]);
        found += later ? start == vm_fast_later : vm_fast_is_code(start);
    }
    return found;
}

static void test_threads(const struct duel *duel, struct vm_bytes bytes, const struct runner *plain) {
    for (int round = 0; round < ROUNDS; round++) {
        struct vm_module *const module = load(duel, bytes, &duel->allocator);
        if (module == NULL)
            return;
        const size_t before = vm_module_bytes(module), code = vm_fast_bytes(module);
        CHECK_U64(count(module, true), module->function_count - module->imported_functions);
        struct runner runners[THREADS];
        pthread_t threads[THREADS];
        pthread_barrier_t start;
        pthread_barrier_init(&start, NULL, THREADS);
        for (int i = 0; i < THREADS; i++) {
            runners[i] = (struct runner){.module = module,
                                         .duel = duel,
                                         .start = &start,
                                         .engine = VM_ENGINE_FAST,
                                         .argument = plain->argument,
                                         .slice = UINT64_MAX};
            if (pthread_create(&threads[i], NULL, run, &runners[i]) != 0)
                exit(2);
        }
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        pthread_barrier_destroy(&start);
        for (int i = 0; i < THREADS; i++)
            check_same(plain, &runners[i]);
        CHECK(count(module, false) != 0);
        CHECK(vm_fast_bytes(module) > code);
        CHECK(vm_module_bytes(module) > before);
        vm_module_free(module);
    }
}

/* What a slice can't pay for is not translated in it; and what it paid for makes it shorter, but nothing else. */
static void test_slices(const struct duel *duel, struct vm_bytes bytes, const struct runner *plain) {
    static const uint64_t slices[] = {1, 20, 1000, 5000, 100000};
    uint32_t before = 0;
    for (size_t i = 0; i < sizeof slices / sizeof *slices; i++) {
        check_context("slices of %" PRIu64, slices[i]);
        struct vm_module *const module = load(duel, bytes, &duel->allocator);
        if (module == NULL)
            return;
        struct runner runner = {
            .module = module, .duel = duel, .engine = VM_ENGINE_FAST, .argument = plain->argument, .slice = slices[i]};
        run(&runner);
        check_same(plain, &runner);
        for (uint32_t j = module->imported_functions; j < module->function_count; j++) {
            const struct vm_function *const function = &module->functions[j - module->imported_functions];
            CHECK(function->code_end - function->code_start <= slices[i] ||
                  vm_fast_start(&module->fast->functions[j]) == vm_fast_later);
        }
        CHECK(count(module, false) >= before);
        before = count(module, false);
        vm_module_free(module);
    }
    CHECK(before > 3);
}

/* Every allocation fails once after the module was loaded: the plain engine runs what could not be translated. */
static void test_short_memory(const struct duel *duel, struct vm_bytes bytes, const struct runner *plain) {
    struct budget budget = {.inner = vm_system_allocator()};
    const struct vm_allocator allocator = {budget_resize, &budget};
    bool all = false;
    for (uint32_t n = 0; !all && n < 400; n++) {
        check_context("allocation %u of a translation fails", n);
        budget.left = 1000000;
        struct vm_module *const module = load(duel, bytes, &allocator);
        if (module == NULL)
            return;
        struct runner runner = {
            .module = module, .duel = duel, .engine = VM_ENGINE_FAST, .argument = plain->argument, .slice = UINT64_MAX};
        budget.left = n;
        run(&runner);
        check_same(plain, &runner);
        all = budget.left != 0;
        CHECK(n != 0 || count(module, false) == 0);
        vm_module_free(module);
        CHECK_U64(budget.held, 0);
    }
    CHECK(all);
}

int main(void) {
    static const struct {
        const char *name;
        uint32_t argument;
    } kernels[] = {{"fib", 12}, {"dispatch", 4}, {"json", 1}};
    static struct duel duel;
    duel_init(&duel, vm_profile_limits(VM_COMPAT));
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        char path[64];
        struct loader_writer read;
        loader_writer_init(&read, &duel.allocator);
        snprintf(path, sizeof path, "bench/cases/%s.wasm", kernels[i].name);
        check_context("%s", path);
        if (CHECK(duel_read(path, &read))) {
            struct runner plain = {
                .duel = &duel, .engine = VM_ENGINE_PLAIN, .argument = kernels[i].argument, .slice = UINT64_MAX};
            plain.module = load(&duel, loader_written(&read), &duel.allocator);
            run(&plain);
            CHECK(plain.done);
            CHECK_U64(count(plain.module, false), 0);
            vm_module_free(plain.module);
            test_threads(&duel, loader_written(&read), &plain);
            if (i == 2)
                test_slices(&duel, loader_written(&read), &plain);
            if (i == 1)
                test_short_memory(&duel, loader_written(&read), &plain);
        }
        loader_writer_clear(&read);
    }
    duel_clear(&duel);
    return check_done();
}
