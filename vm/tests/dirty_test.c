/* Every write to linear memory marks what it wrote, and no more than it must; clearing a store leaves nothing behind. */
#include "vm/dirty.h"

#include "vm/fast/fast.h"
#include "vm/instance.h"
#include "vm/tests/build.h"

enum { PAGE = VM_DIRTY_PAGE, PAGES = 3 * 16 };

static struct build build;
static struct vm_schedule schedule;

/* A store of `width` bytes, in the forms that addresses and values take. */
static const struct store {
    const char *text;
    uint32_t width;
    bool wide; /* takes an i64 */
} stores[] = {
    {"i32.store8", 1, false}, {"i32.store16", 2, false}, {"i32.store", 4, false}, {"i64.store8", 1, true},
    {"i64.store16", 2, true}, {"i64.store32", 4, true},  {"i64.store", 8, true},
};
enum { STORES = sizeof stores / sizeof *stores };

/* How the address (parameter 0) and the value come about: each form is another cell of the fast engine.
 * address  NULL: a constant;  least: the least address the form can have */
static const struct form {
    const char *address;
    const char *offset;
    bool constant; /* the value */
    uint32_t least;
} forms[] = {
    {"local.get 0", "0", true, 0},
    {"local.get 0", "0", false, 0},
    {"local.get 0 i32.const 100 i32.sub", "100", false, 100},
    {NULL, "0", true, 0},
    {NULL, "0", false, 0},
    {"local.get 0 i32.const -8 i32.add", "8", true, 8},
    {"local.get 0 i32.const 0 i32.rotl", "0", false, 0},
};
enum { FORMS = sizeof forms / sizeof *forms };

static void write_form(char *text, size_t room, const struct form *form, const struct store *store, uint32_t address) {
    char constant[32];
    snprintf(constant, sizeof constant, "i32.const %" PRIu32, address);
    const char *const value = !form->constant ? store->wide ? "local.get 2" : "local.get 1"
                              : store->wide   ? "i64.const -1"
                                              : "i32.const -1";
    snprintf(text, room, "%s %s %s %s", form->address == NULL ? constant : form->address, value, store->text,
             form->offset);
}

static uint32_t marked_pages(const struct vm_memory *memory) {
    uint32_t count = 0;
    for (size_t page = 0; page <= memory->bytes >> VM_DIRTY_SHIFT; page++)
        count += memory->data[-1 - (ptrdiff_t)page] != 0;
    return count;
}

/* Each byte that is not zero lies in a marked page or just before one. */
static bool all_marked(const struct vm_memory *memory) {
    for (uint64_t at = 0; at < memory->bytes; at++) {
        const ptrdiff_t here = (ptrdiff_t)(at >> VM_DIRTY_SHIFT),
                        reach = (ptrdiff_t)((at + VM_DIRTY_REACH) >> VM_DIRTY_SHIFT);
        if (memory->data[at] != 0 && memory->data[-1 - here] == 0 && memory->data[-1 - reach] == 0)
            return false;
    }
    return true;
}

struct place {
    struct vm_store *store;
    struct vm_machine *machine;
    enum vm_engine engine;
};

static struct vm_memory *instantiate(const struct place *place, const struct vm_module *module,
                                     struct vm_instance **instance) {
    struct vm_instantiation made;
    struct vm_error error;
    uint64_t fuel = UINT64_MAX;
    if (!CHECK(vm_instantiate(place->store, module, &schedule, NULL, NULL, &fuel, &made, &error) == VM_OK))
        exit(1);
    *instance = made.instance;
    return vm_instance_memory(made.instance, 0);
}

static enum vm_run_state run(const struct place *place, const struct vm_instance *instance, uint32_t address) {
    const vm_value arguments[] = {address, 0xFFFFFFFF, UINT64_MAX};
    vm_machine_set_engine(place->machine, place->engine);
    vm_machine_begin(place->machine, vm_instance_function(instance, 0), arguments, 3, &schedule, UINT64_MAX);
    return vm_machine_run(place->machine, UINT64_MAX);
}

static struct vm_module *make_module(const char *text, uint32_t minimum, uint32_t maximum) {
    static const struct vm_fast_options fold = {.fold = true};
    build_begin(&build);
    build_memory(&build, minimum, maximum);
    build_function(&build, NULL, "iiI:", "", text);
    struct vm_module *const module = build_module(&build, &schedule);
    CHECK(vm_translate(module, &schedule, &fold) == VM_OK);
    return module;
}

/* What was written is gone from the next instance, and its marks with it. */
static void check_cleared(const struct place *place, const struct vm_module *module) {
    struct vm_instance *instance;
    vm_store_clear(place->store);
    const struct vm_memory *const memory = instantiate(place, module, &instance);
    CHECK_U64(marked_pages(memory), 0);
    CHECK(vm_all_zero(memory->data, (size_t)memory->bytes));
    vm_store_clear(place->store);
}

static void test_stores(const struct place *place) {
    static const uint32_t edges[] = {0, 1, PAGE, 2 * PAGE, 16 * PAGE, (PAGES - 1) * PAGE, PAGES * PAGE};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        for (uint32_t before = 0; before <= 9 && before <= edges[i]; before++)
            for (int number = 0; number < STORES * FORMS; number++) {
                const struct store *const store = &stores[number % STORES];
                const uint32_t address = edges[i] - before;
                const struct form *const form = &forms[number / STORES];
                if (address < form->least)
                    continue;
                char text[200];
                write_form(text, sizeof text, form, store, address);
                check_context("%s at %" PRIu32 ", engine %d", text, address, (int)place->engine);
                struct vm_module *const module = make_module(text, 3, 3);
                struct vm_instance *instance;
                const struct vm_memory *const memory = instantiate(place, module, &instance);
                const bool fits = address + store->width <= PAGES * PAGE;
                CHECK(run(place, instance, address) == (fits ? VM_RUN_DONE : VM_RUN_TRAPPED));
                CHECK_U64(marked_pages(memory), fits);
                if (fits)
                    CHECK(memory->data[address] == 0xFF && memory->data[address + store->width - 1] == 0xFF);
                CHECK(all_marked(memory));
                check_cleared(place, module);
                vm_module_free(module);
            }
}

/* Programs, and how many pages they must have marked. */
static const struct program {
    const char *text;
    uint32_t pages;
    enum vm_run_state state;
} programs[] = {
    {"i32.const 0 i32.const 1 i32.const 0 memory.fill", 0, VM_RUN_DONE},
    {"i32.const 0 i32.const 1 i32.const 1 memory.fill", 1, VM_RUN_DONE},
    {"i32.const 0 i32.const 1 i32.const 4096 memory.fill", 1, VM_RUN_DONE},
    {"i32.const 0 i32.const 1 i32.const 4097 memory.fill", 2, VM_RUN_DONE},
    {"i32.const 4095 i32.const 1 i32.const 2 memory.fill", 2, VM_RUN_DONE},
    {"i32.const 0 i32.const 1 i32.const 196608 memory.fill", PAGES, VM_RUN_DONE},
    {"i32.const 0 i32.const 1 i32.const 196609 memory.fill", 0, VM_RUN_TRAPPED},
    {"i32.const 196608 i32.const 1 i32.const 0 memory.fill", 0, VM_RUN_DONE},
    {"i32.const 10 i32.const 7 i32.const 5 memory.fill i32.const 8190 i32.const 10 i32.const 4 memory.copy", 3,
     VM_RUN_DONE},
    {"i32.const 10 i32.const 7 i32.store8 0 i32.const 100000 i32.const 7 i32.store8 0 unreachable", 2, VM_RUN_TRAPPED},
    {"i32.const 3 memory.grow drop i32.const 393215 i32.const 7 i32.store8 0", 1, VM_RUN_DONE},
    {"i32.const 300 memory.grow drop i32.const 19857000 i32.const 7 i32.store8 0 i32.const 9 i32.const 7 i32.store 0",
     2, VM_RUN_DONE},
    {"i32.const 9 i32.const 7 i32.store 0 i32.const 300 memory.grow drop i32.const 196608 i32.const 1 i32.const "
     "19660800 memory.fill",
     4801, VM_RUN_DONE},
};

static void test_programs(const struct place *place) {
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        check_context("%s, engine %d", programs[i].text, (int)place->engine);
        struct vm_module *const module = make_module(programs[i].text, 3, UINT32_MAX);
        struct vm_instance *instance;
        const struct vm_memory *const memory = instantiate(place, module, &instance);
        CHECK(run(place, instance, 0) == programs[i].state);
        CHECK_U64(marked_pages(memory), programs[i].pages);
        CHECK(all_marked(memory));
        check_cleared(place, module);
        vm_module_free(module);
    }
}

/* Gives no more than `most` bytes at once. */
static void *small_resize(void *context, void *old, size_t old_size, size_t new_size) {
    const struct vm_allocator system = vm_system_allocator();
    return new_size > *(const size_t *)context ? NULL : system.resize(system.context, old, old_size, new_size);
}

/* Room is reserved as long as it is to be had, and then memory does not move when it grows; else it moves with all that
 * is in it.  What was only reserved is told apart. */
static void test_room(size_t most) {
    const bool scarce = most < VM_POOL_RESERVED;
    const struct vm_allocator allocator = {small_resize, &most};
    const struct vm_limits limits = vm_profile_limits(VM_STRICT);
    struct vm_store *const store = vm_store_new(&allocator, &limits);
    const struct vm_memory_type type = {{1, 0, false}, VM_PAGE_EXPONENT};
    for (int round = 0; round < 3; round++) {
        check_context("at most %zu bytes, round %d", most, round);
        struct vm_memory *memory;
        CHECK(vm_store_add_memory(store, &type, &memory) == VM_OK);
        const uint8_t *const before = memory->data;
        CHECK(vm_all_zero(memory->data, (size_t)memory->bytes));
        memory->data[70] = 7;
        vm_memory_mark(memory, 70, 1);
        if (round == 0)
            CHECK_U64(vm_store_reserved(store), scarce ? 0 : VM_POOL_RESERVED - 65536);
        CHECK(vm_memory_grow(&store->memories, memory, 1));
        if (round == 0)
            CHECK_U64(vm_store_reserved(store), scarce ? 0 : VM_POOL_RESERVED - 131072);
        CHECK((scarce && round == 0) || memory->data == before);
        CHECK_U64(memory->data[70], 7);
        memory->data[131071] = 9;
        vm_memory_mark(memory, 131071, 1);
        CHECK_U64(marked_pages(memory), 2);
        CHECK(all_marked(memory));
        vm_store_clear(store);
    }
    vm_store_free(store);
}

int main(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_limits limits = vm_profile_limits(VM_STRICT);
    limits.memory_pages = 400; /* more than is reserved */
    schedule = vm_default_schedule();
    struct place place = {.store = vm_store_new(&allocator, &limits)};
    place.machine = vm_machine_new(place.store);
    for (int engine = 0; engine < 2; engine++) {
        place.engine = engine == 0 ? VM_ENGINE_PLAIN : VM_ENGINE_FAST;
        test_stores(&place);
        test_programs(&place);
    }
    vm_machine_free(place.machine);
    vm_store_free(place.store);
    test_room(SIZE_MAX);
    test_room(200 << 10);
    return check_done();
}
