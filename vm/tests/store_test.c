/* vm/tests/store_test.c - instantiation: imports, sizes, prices, segments; and a store that is used again. */
#include "vm/tests/build.h"

static struct build build;
static struct vm_schedule schedule;

static enum vm_trap_kind host_nothing(struct vm_host_call *call) {
    (void)call;
    return VM_TRAP_NONE;
}

static const uint8_t host_types[] = {VM_I32, VM_I64};
static const struct vm_host_function host_function = {"test", "function", {host_types, 1, 1}, 1, host_nothing};

/* Gives whatever is asked for by name. */
struct given {
    vm_value function;
    struct vm_table *table;
    struct vm_memory *memory;
    struct vm_global_cell *global;
};

static bool resolve(void *context, const struct vm_import *import, struct vm_extern *out) {
    const struct given *const given = context;
    if (vm_bytes_equal(import->name, vm_bytes_of_text("function")))
        *out = (struct vm_extern){VM_EXTERN_FUNCTION, {.function = given->function}};
    else if (vm_bytes_equal(import->name, vm_bytes_of_text("table")))
        *out = (struct vm_extern){VM_EXTERN_TABLE, {.table = given->table}};
    else if (vm_bytes_equal(import->name, vm_bytes_of_text("memory")))
        *out = (struct vm_extern){VM_EXTERN_MEMORY, {.memory = given->memory}};
    else if (vm_bytes_equal(import->name, vm_bytes_of_text("global")))
        *out = (struct vm_extern){VM_EXTERN_GLOBAL, {.global = given->global}};
    else
        return false;
    return true;
}

static struct vm_store *new_store(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct vm_limits limits = vm_profile_limits(VM_STRICT);
    struct vm_store *const store = vm_store_new(&allocator, &limits);
    if (store == NULL)
        build_fail("no store", "");
    return store;
}

static enum vm_status instantiate(struct vm_store *store, const struct vm_module *module, struct given *given,
                                  struct vm_instantiation *made, struct vm_error *error) {
    uint64_t fuel = UINT64_MAX;
    return vm_instantiate(store, module, &schedule, resolve, given, &fuel, made, error);
}

/* A table of 10 to 20 functions, a memory of 2 to 4 pages, a constant i32. */
static struct given give(struct vm_store *store) {
    const struct vm_table_type table = {{10, 20, true}, VM_FUNCREF};
    const struct vm_memory_type memory = {{2, 4, true}, VM_PAGE_EXPONENT};
    const struct vm_global_type global = {VM_I32, false};
    struct given given;
    CHECK(vm_store_add_host(store, &host_function, NULL, &given.function) == VM_OK);
    CHECK(vm_store_add_table(store, &table, &given.table) == VM_OK);
    CHECK(vm_store_add_memory(store, &memory, &given.memory) == VM_OK);
    CHECK(vm_store_add_global(store, &global, 42, &given.global) == VM_OK);
    return given;
}

/* kind, what is asked for: signature, element or value type; minimum, maximum or mutability */
static void test_imports(void) {
    static const struct {
        const char *name;
        const char *kind;
        const char *type;
        uint32_t minimum, maximum;
        const char *message; /* or NULL: fits */
    } rows[] = {
        {"function", "function", "i:I", 0, 0, NULL},
        {"function", "function", "i:i", 0, 0, "incompatible import type: "},
        {"function", "function", ":I", 0, 0, "incompatible import type: "},
        {"function", "function", "iI:", 0, 0, "incompatible import type: "},
        {"function", "memory", "", 0, UINT32_MAX, "incompatible import type: "},
        {"other", "function", "i:I", 0, 0, "unknown import: "},
        {"table", "table", "r", 10, 20, NULL},
        {"table", "table", "r", 0, UINT32_MAX, NULL},
        {"table", "table", "r", 5, 30, NULL},
        {"table", "table", "e", 10, 20, "incompatible import type: "},
        {"table", "table", "r", 11, 20, "incompatible import type: "},
        {"table", "table", "r", 10, 19, "incompatible import type: "},
        {"memory", "memory", "", 2, 4, NULL},
        {"memory", "memory", "", 0, UINT32_MAX, NULL},
        {"memory", "memory", "", 3, 4, "incompatible import type: "},
        {"memory", "memory", "", 2, 3, "incompatible import type: "},
        {"memory", "table", "r", 0, UINT32_MAX, "incompatible import type: "},
        {"global", "global", "i", 0, 0, NULL},
        {"global", "global", "i", 1, 0, "incompatible import type: "},
        {"global", "global", "I", 0, 0, "incompatible import type: "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_context("imports, row %zu", i);
        build_begin(&build);
        if (strcmp(rows[i].kind, "function") == 0)
            build_import_function(&build, rows[i].name, rows[i].type);
        else if (strcmp(rows[i].kind, "table") == 0)
            build_import_table(&build, rows[i].name, rows[i].type[0], rows[i].minimum, rows[i].maximum);
        else if (strcmp(rows[i].kind, "memory") == 0)
            build_import_memory(&build, rows[i].name, rows[i].minimum, rows[i].maximum);
        else
            build_import_global(&build, rows[i].name, rows[i].type[0], rows[i].minimum != 0);
        struct vm_module *const module = build_module(&build, &schedule);
        struct vm_store *const store = new_store();
        struct given given = give(store);
        struct vm_instantiation made;
        struct vm_error error;
        const enum vm_status status = instantiate(store, module, &given, &made, &error);
        CHECK(status == (rows[i].message == NULL ? VM_OK : VM_UNLINKABLE));
        if (rows[i].message != NULL) {
            CHECK(made.instance == NULL);
            CHECK(strncmp(error.message, rows[i].message, strlen(rows[i].message)) == 0);
            CHECK(strstr(error.message, rows[i].name) != NULL);
        }
        vm_store_free(store);
        vm_module_free(module);
    }
}

/* The present size counts for the minimum, the declared maximum for the maximum, also where a cap clamps it. */
static void test_sizes(void) {
    check_context("sizes");
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_limits limits = vm_profile_limits(VM_STRICT);
    limits.memory_pages = 3;
    limits.table_size = 7;
    struct vm_store *const store = vm_store_new(&allocator, &limits);
    const struct vm_memory_type memories[] = {
        {{4, 0, false}, VM_PAGE_EXPONENT}, {{3, 9, true}, VM_PAGE_EXPONENT}, {{1, 2, true}, VM_PAGE_EXPONENT}};
    const struct vm_table_type tables[] = {
        {{8, 0, false}, VM_FUNCREF}, {{7, 9, true}, VM_FUNCREF}, {{1, 2, true}, VM_FUNCREF}};
    static const enum vm_status statuses[] = {VM_LIMIT, VM_OK, VM_OK};
    static const uint32_t memory_maxima[] = {0, 3, 2}, table_maxima[] = {0, 7, 2};
    for (int i = 0; i < 3; i++) {
        struct vm_memory *memory;
        struct vm_table *table;
        CHECK(vm_store_add_memory(store, &memories[i], &memory) == statuses[i]);
        CHECK(vm_store_add_table(store, &tables[i], &table) == statuses[i]);
        if (statuses[i] == VM_OK) {
            CHECK_U64(memory->maximum, memory_maxima[i]);
            CHECK_U64(table->maximum, table_maxima[i]);
            CHECK_U64(memory->bytes, memories[i].limits.minimum * 65536);
        }
    }
    for (uint32_t more = 0; more < 2; more++) {
        for (int kind = 0; kind < 2; kind++) {
            build_begin(&build);
            if (kind == 0)
                build_memory(&build, 3 + more, UINT32_MAX);
            else
                build_table(&build, 'r', 7 + more, UINT32_MAX);
            struct vm_module *const module = build_module(&build, &schedule);
            struct vm_instantiation made;
            struct vm_error error = {.code = VM_ERROR_NONE};
            CHECK(instantiate(store, module, NULL, &made, &error) == (more == 0 ? VM_OK : VM_LIMIT));
            CHECK(error.code == (more == 0 ? VM_ERROR_NONE : VM_ERROR_OVER_LIMIT));
            vm_store_clear(store);
            vm_module_free(module);
        }
    }
    vm_store_free(store);
}

/* Each row of prices: what is in the module and what it adds, counted by hand. */
static void test_price(void) {
    static const uint32_t functions[] = {1, 1, 1};
    check_context("price");
    build_begin(&build);
    build_import_function(&build, "function", "i:I");
    build_function(&build, NULL, ":", "IIIIIIIIII", "");
    build_memory(&build, 2, 4);
    build_table(&build, 'r', 10, 20);
    build_global(&build, 'i', true, "i32.const 1 i32.const 2 i32.add");
    build_elements(&build, "i32.const 0", 3, functions);
    build_elements(&build, NULL, 3, functions);
    build_data(&build, "i32.const 100", "0123456789");
    build_data(&build, NULL, "passive");
    struct vm_module *const module = build_module(&build, &schedule);
    const uint64_t price = 2 * 1024    /* pages */
                           + 2         /* 10 table elements, 8 to a unit */
                           + 2         /* 10 bytes, 8 to a unit */
                           + 3 + 1     /* elements and globals */
                           + 6 + 3 + 4 /* code of the global, of both offsets */
                           + 5 * 2;    /* segments and imports */
    CHECK_U64(vm_instantiation_price(module, &schedule), price);
    for (uint64_t less = 0; less < 2; less++) {
        struct vm_store *const store = new_store();
        struct given given = give(store);
        uint64_t fuel = price - less;
        struct vm_instantiation made;
        struct vm_error error;
        CHECK(vm_instantiate(store, module, &schedule, resolve, &given, &fuel, &made, &error) == VM_OK);
        CHECK_U64(made.trap, less == 0 ? VM_TRAP_NONE : VM_TRAP_OUT_OF_FUEL);
        CHECK((made.instance != NULL) == (less == 0));
        CHECK_U64(fuel, less == 0 ? 0 : price - 1);
        vm_store_free(store);
    }
    vm_module_free(module);
}

/* Segments are written in order until one does not fit; what was written stays, in an imported memory too. */
static void test_segments(void) {
    static const uint32_t functions[] = {0};
    for (int kind = 0; kind < 2; kind++) {
        check_context("segments, %s does not fit", kind == 0 ? "element" : "data");
        build_begin(&build);
        build_function(&build, NULL, ":", "", "");
        build_import_memory(&build, "memory", 1, UINT32_MAX);
        build_import_table(&build, "table", 'r', 1, UINT32_MAX);
        build_elements(&build, "i32.const 9", 1, functions);
        build_elements(&build, kind == 0 ? "i32.const 10" : "i32.const 3", 1, functions);
        build_data(&build, "i32.const 5", "abc");
        build_data(&build, "i32.const 131072", "");
        build_data(&build, "i32.const 131070", "xyz");
        build_data(&build, "i32.const 0", "never");
        struct vm_module *const module = build_module(&build, &schedule);
        struct vm_store *const store = new_store();
        struct given given = give(store);
        struct vm_instantiation made;
        struct vm_error error;
        CHECK(instantiate(store, module, &given, &made, &error) == VM_OK);
        CHECK(made.instance != NULL);
        CHECK(made.trap == (kind == 0 ? VM_TRAP_OUT_OF_BOUNDS_TABLE_ACCESS : VM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS));
        CHECK_U64(made.segment, kind == 0 ? 1 : 2);
        CHECK(made.data_segment == (kind == 1));
        CHECK_U64(given.table->elements[9], vm_instance_function(made.instance, 0));
        CHECK_U64(given.memory->data[5], kind == 0 ? 0 : 'a');
        CHECK_U64(given.memory->data[131070], 0);
        CHECK_U64(given.memory->data[0], 0);
        vm_store_free(store);
        vm_module_free(module);
    }
}

static void test_references(void) {
    check_context("references");
    build_begin(&build);
    build_import_function(&build, "function", "i:I");
    build_function(&build, "own", ":", "", "");
    build_export(&build, "imported", VM_EXTERN_FUNCTION, 0);
    build_export(&build, "memory", VM_EXTERN_MEMORY, 0);
    build_memory(&build, 1, 1);
    struct vm_module *const module = build_module(&build, &schedule);
    struct vm_store *const store = new_store();
    struct given given = give(store);
    for (uint32_t number = 0; number < 3; number++) {
        struct vm_instantiation made;
        struct vm_error error;
        CHECK(instantiate(store, module, &given, &made, &error) == VM_OK);
        CHECK_U64(vm_instance_number(made.instance), number);
        CHECK(vm_instance_module(made.instance) == module);
        CHECK_U64(vm_instance_function(made.instance, 0), given.function);
        struct vm_instance *instance;
        uint32_t index;
        vm_function_reference_target(store, vm_instance_function(made.instance, 1), &instance, &index);
        CHECK(instance == made.instance && index == 1);
        vm_function_reference_target(store, given.function, &instance, &index);
        CHECK(instance == NULL && index == 0);
        CHECK(vm_function_reference_type(store, VM_NULL_REFERENCE) == NULL);
        CHECK_U64(vm_function_reference_type(store, given.function)->param_count, 1);
        struct vm_extern found;
        CHECK(vm_instance_export(store, made.instance, vm_bytes_of_text("memory"), &found));
        CHECK(found.kind == VM_EXTERN_MEMORY && found.of.memory == vm_instance_memory(made.instance, 0));
        CHECK(!vm_instance_export(store, made.instance, vm_bytes_of_text("memor"), &found));
        CHECK(vm_instance_memory(made.instance, 1) == NULL && vm_instance_table(made.instance, 0) == NULL &&
              vm_instance_global(made.instance, 0) == NULL);
    }
    vm_store_free(store);
    vm_module_free(module);
}

static bool all_zero(const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (((const uint8_t *)bytes)[i] != 0)
            return false;
    return true;
}

/* Dirties everything there is, clears, and looks at what the next instance gets; small and large take turns. */
static void test_reuse(void) {
    struct vm_store *const store = new_store();
    struct vm_machine *const machine = vm_machine_new(store);
    size_t held = 0;
    for (uint32_t round = 0; round < 50; round++) {
        check_context("reuse, round %u", round);
        const uint32_t pages = round % 7, elements = round % 5 * 10;
        build_begin(&build);
        build_function(&build, NULL, ":", "",
                       "i32.const 2 memory.grow drop i32.const 0 i32.const 0xEE memory.size i32.const 65536 i32.mul "
                       "memory.fill ref.func 0 i32.const 20 table.grow 0 drop i32.const 0 ref.func 0 table.size 0 "
                       "table.fill 0 i64.const -1 global.set 0");
        build_export(&build, "self", VM_EXTERN_FUNCTION, 0);
        build_memory(&build, pages, UINT32_MAX);
        build_table(&build, 'r', elements, UINT32_MAX);
        build_global(&build, 'I', true, "i64.const 0");
        struct vm_module *const module = build_module(&build, &schedule);
        struct vm_instantiation made;
        struct vm_error error;
        CHECK(instantiate(store, module, NULL, &made, &error) == VM_OK);
        struct vm_memory *const memory = vm_instance_memory(made.instance, 0);
        struct vm_table *const table = vm_instance_table(made.instance, 0);
        CHECK_U64(vm_instance_number(made.instance), 0);
        CHECK_U64(memory->pages, pages);
        CHECK_U64(table->size, elements);
        CHECK(all_zero(memory->data, (size_t)memory->bytes));
        CHECK(all_zero(table->elements, table->size * sizeof *table->elements));
        CHECK_U64(vm_instance_global(made.instance, 0)->value, 0);
        vm_machine_begin(machine, vm_instance_function(made.instance, 0), NULL, 0, &schedule, UINT64_MAX);
        CHECK(vm_machine_run(machine, UINT64_MAX) == VM_RUN_DONE);
        CHECK_U64(memory->pages, pages + 2);
        CHECK_U64(memory->data[memory->bytes - 1], 0xEE);
        CHECK(table->elements[table->size - 1] != 0);
        vm_store_clear(store);
        if (round == 34)
            held = vm_store_bytes(store);
        vm_module_free(module);
    }
    check_context("reuse");
    CHECK_U64(vm_store_bytes(store), held);
    vm_machine_free(machine);
    vm_store_free(store);
}

/* What grows is zero, also in a buffer that somebody else had written further than this one has got. */
static void test_growth(void) {
    check_context("growth");
    struct vm_store *const store = new_store();
    struct vm_machine *const machine = vm_machine_new(store);
    build_begin(&build);
    build_function(&build, NULL, "i:i", "",
                   "local.get 0 memory.grow drop memory.size i32.const 65536 i32.mul i32.const 1 i32.sub i32.load8_u 0 "
                   "i32.const 0 i32.const 1 memory.size i32.const 65536 i32.mul memory.fill");
    build_memory(&build, 1, UINT32_MAX);
    struct vm_module *const module = build_module(&build, &schedule);
    for (vm_value pages = 40; pages-- > 0;) {
        struct vm_instantiation made;
        struct vm_error error;
        CHECK(instantiate(store, module, NULL, &made, &error) == VM_OK);
        for (int again = 0; again < 3; again++) {
            vm_machine_begin(machine, vm_instance_function(made.instance, 0), &pages, 1, &schedule, UINT64_MAX);
            CHECK(vm_machine_run(machine, UINT64_MAX) == VM_RUN_DONE);
            CHECK_U64(vm_machine_results(machine)[0], pages == 0 && again > 0);
        }
        CHECK_U64(vm_instance_memory(made.instance, 0)->pages, 1 + 3 * pages);
        vm_store_clear(store);
    }
    vm_machine_free(machine);
    vm_store_free(store);
    vm_module_free(module);
}

int main(void) {
    schedule = vm_default_schedule();
    test_imports();
    test_sizes();
    test_price();
    test_segments();
    test_references();
    test_reuse();
    test_growth();
    return check_done();
}
