/* vm/tests/memories_test.c - several memories: each instruction reaches the one it names and no other.
 * Proposal: multi-memory */
#include "vm/tests/build.h"

/* What every program finds.
 *   memory 0   imported, 1 page, maximum 2, begins with "abcdefgh"
 *   memory 1   1 page, maximum 3, begins with "ijklmnop"
 *   memory 2   2 pages, no maximum, its second page begins with "qrstuvwx"
 *   data       the segments 0, 1 and 2 that wrote these; segment 3 passive, "XYZ"
 *   functions  0 loads the first byte of memory 1; 1 is the program, which gives an i32
 * A row looks at the beginnings of the first two memories, of memory 2's second page, and at all sizes afterwards. */
static const struct row {
    const char *name;
    const char *text;
    enum vm_trap_kind trap;
    uint32_t result;
    const char *bytes;
    uint32_t pages[3];
    uint64_t fuel;
} rows[] = {
#define TRAP VM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS
#define ALL "abcdefgh ijklmnop qrstuvwx"
#define SIZES {1, 1, 2}
    {"load from the first", "i32.const 0 i32.load8_u 1", 0, 'b', ALL, SIZES, 0},
    {"load from the first by its index", "i32.const 0 i32.load8_u @0 1", 0, 'b', ALL, SIZES, 0},
    {"load from the second", "i32.const 0 i32.load8_u @1 1", 0, 'j', ALL, SIZES, 0},
    {"load from the third", "i32.const 65536 i32.load8_u @2 1", 0, 'r', ALL, SIZES, 0},
    {"flags of two bytes", "i32.const 0 i32.load16_u ~ 1", 0, 'b' | 'c' << 8, ALL, SIZES, 0},
    {"flags of two bytes and an index", "i32.const 0 i32.load16_u ~ @1 1", 0, 'j' | 'k' << 8, ALL, SIZES, 0},
    {"a wide load", "i32.const 0 i64.load @1 0 i64.const 40 i64.shr_u i32.wrap_i64", 0, 'n' | 'o' << 8 | 'p' << 16, ALL,
     SIZES, 0},
    {"the last word of the third", "i32.const 131068 i32.load @2 0", 0, 0, ALL, SIZES, 0},
    {"bounds are the memory's own", "i32.const 131069 i32.load @2 0", TRAP, 0, ALL, SIZES, 0},
    {"not those of a greater one", "i32.const 65536 i32.load8_u @1 0", TRAP, 0, ALL, SIZES, 0},
    {"an offset past the end", "i32.const 1 i32.load8_u @1 0xffffffff", TRAP, 0, ALL, SIZES, 0},

    {"store to the first", "i32.const 1 i32.const 65 i32.store8 1 i32.const 0", 0, 0, "abAdefgh ijklmnop qrstuvwx",
     SIZES, 0},
    {"store to the second", "i32.const 1 i32.const 65 i32.store8 @1 1 i32.const 0", 0, 0, "abcdefgh ijAlmnop qrstuvwx",
     SIZES, 0},
    {"store to the third", "i32.const 65537 i64.const 0x44434241 i64.store32 @2 1 i32.const 0", 0, 0,
     "abcdefgh ijklmnop qrABCDwx", SIZES, 0},
    {"store past the end", "i32.const 65533 i32.const 65 i32.store @1 0 i32.const 0", TRAP, 0, ALL, SIZES, 0},
    {"from one to another", "i32.const 0 i32.const 65536 i32.load @2 4 i32.store @1 0 i32.const 0", 0, 0,
     "abcdefgh uvwxmnop qrstuvwx", SIZES, 0},
    {"a float moves bits", "i32.const 4 i32.const 0 f32.load @1 0 f32.store @0 0 i32.const 0", 0, 0,
     "abcdijkl ijklmnop qrstuvwx", SIZES, 0},

    {"sizes", "memory.size memory.size @1 i32.const 10 i32.mul i32.add memory.size @2 i32.const 100 i32.mul i32.add", 0,
     211, ALL, SIZES, 0},
    {"grow the first", "i32.const 1 memory.grow", 0, 1, ALL, {2, 1, 2}, 8192},
    {"grow the second", "i32.const 2 memory.grow @1", 0, 1, ALL, {1, 3, 2}, 16384},
    {"grow the second too far", "i32.const 3 memory.grow @1", 0, UINT32_MAX, ALL, SIZES, 0},
    {"grow the third", "i32.const 3 memory.grow @2", 0, 2, ALL, {1, 1, 5}, 24576},
    {"what has grown can be read",
     "i32.const 1 memory.grow @1 i32.const 65536 i32.load8_u @1 0 i32.add",
     0,
     1,
     ALL,
     {1, 2, 2},
     8192},

    {"copy to another", "i32.const 1 i32.const 2 i32.const 3 memory.copy @0 @1 i32.const 0", 0, 0,
     "aklmefgh ijklmnop qrstuvwx", SIZES, 1},
    {"copy from another", "i32.const 1 i32.const 2 i32.const 3 memory.copy @1 @0 i32.const 0", 0, 0,
     "abcdefgh icdemnop qrstuvwx", SIZES, 1},
    {"copy within the second, overlapping", "i32.const 1 i32.const 0 i32.const 4 memory.copy @1 @1 i32.const 0", 0, 0,
     "abcdefgh iijklnop qrstuvwx", SIZES, 1},
    {"copy from past the end of the smaller", "i32.const 0 i32.const 65533 i32.const 4 memory.copy @2 @1 i32.const 0",
     TRAP, 0, ALL, SIZES, 1},
    {"copy to past the end of the smaller", "i32.const 65533 i32.const 0 i32.const 4 memory.copy @1 @2 i32.const 0",
     TRAP, 0, ALL, SIZES, 1},
    {"the same the other way round", "i32.const 65536 i32.const 0 i32.const 4 memory.copy @2 @1 i32.const 0", 0, 0,
     "abcdefgh ijklmnop ijkluvwx", SIZES, 1},
    {"fill the second", "i32.const 1 i32.const 65 i32.const 3 memory.fill @1 i32.const 0", 0, 0,
     "abcdefgh iAAAmnop qrstuvwx", SIZES, 1},
    {"fill past the end", "i32.const 65534 i32.const 65 i32.const 3 memory.fill @1 i32.const 0", TRAP, 0, ALL, SIZES,
     1},
    {"init the third", "i32.const 65537 i32.const 1 i32.const 2 memory.init 3 @2 i32.const 0", 0, 0,
     "abcdefgh ijklmnop qYZtuvwx", SIZES, 1},
    {"init past the end", "i32.const 65534 i32.const 0 i32.const 3 memory.init 3 @1 i32.const 0", TRAP, 0, ALL, SIZES,
     1},
    {"the same where there is room", "i32.const 65534 i32.const 0 i32.const 3 memory.init 3 @2 i32.const 0", 0, 0,
     "abcdefgh ijklmnop Zrstuvwx", SIZES, 1},
    {"calls keep the memories", "i32.const 0 i32.load8_u 0 call 0 i32.const 0 i32.load8_u @1 1 i32.sub i32.add", 0,
     'a' - 1, ALL, SIZES, 0},
};

static struct build build;
static struct vm_schedule schedule;

static struct vm_module *make_module(const char *text) {
    build_begin(&build);
    build_import_memory(&build, "memory", 1, 2);
    build_memory(&build, 1, 3);
    build_memory(&build, 2, UINT32_MAX);
    build_function(&build, NULL, ":i", "", "i32.const 0 i32.load8_u @1 0");
    build_function(&build, NULL, ":i", "", text);
    build_data(&build, "i32.const 0", "abcdefgh");
    build_data_in(&build, 1, "i32.const 0", "ijklmnop");
    build_data_in(&build, 2, "i32.const 65536", "qrstuvwx");
    build_data(&build, NULL, "XYZ");
    return build_module(&build, &schedule);
}

/* Gives the memory that `context` is. */
static bool resolve(void *context, const struct vm_import *import, struct vm_extern *out) {
    (void)import;
    *out = (struct vm_extern){.kind = VM_EXTERN_MEMORY, .of.memory = context};
    return true;
}

static enum vm_run_state run(struct vm_machine *machine, struct vm_instance *instance, uint64_t fuel) {
    vm_machine_begin(machine, vm_instance_function(instance, 1), NULL, 0, &schedule, fuel);
    return vm_machine_run(machine, UINT64_MAX);
}

static struct vm_instance *instantiate(struct vm_store *store, const struct vm_module *module) {
    static const struct vm_memory_type type = {{1, 2, true}, VM_PAGE_EXPONENT};
    struct vm_memory *memory;
    struct vm_instantiation made;
    struct vm_error error;
    uint64_t fuel = UINT64_MAX;
    if (vm_store_add_memory(store, &type, &memory) != VM_OK)
        build_fail("no memory", "");
    if (vm_instantiate(store, module, &schedule, resolve, memory, &fuel, &made, &error) != VM_OK)
        build_fail("no instance", error.message);
    CHECK_U64(made.trap, VM_TRAP_NONE);
    /* Three pages of its own, whatever is imported. */
    CHECK(UINT64_MAX - fuel >= 3 * schedule.instance_page.amount);
    CHECK(UINT64_MAX - fuel < 4 * schedule.instance_page.amount);
    return made.instance;
}

static void check_memories(const struct row *row, const struct vm_instance *instance) {
    char text[27] = "........ ........ ........";
    for (uint32_t i = 0; i < 3; i++) {
        const struct vm_memory *const memory = vm_instance_memory(instance, i);
        CHECK_U64(memory->pages, row->pages[i]);
        CHECK_U64(memory->bytes, (uint64_t)row->pages[i] * 65536);
        memcpy(text + (size_t)9 * i, memory->data + (i == 2 ? 65536 : 0), 8);
    }
    CHECK_TEXT(text, row->bytes);
    CHECK(vm_instance_memory(instance, 3) == NULL);
}

/* The run; then, from fresh instances, with exactly its fuel and with one less. */
static void check_row(struct vm_store *store, struct vm_machine *machine, const struct row *row) {
    struct vm_module *const module = make_module(row->text);
    uint64_t fuel = UINT64_MAX;
    for (int round = 0; round < 3; round++) {
        check_context("%s, round %d", row->name, round);
        struct vm_instance *const instance = instantiate(store, module);
        const enum vm_run_state state = run(machine, instance, round == 2 ? fuel - 1 : fuel);
        const enum vm_trap_kind trap = vm_machine_trap(machine)->kind;
        if (round == 2) {
            CHECK(state == VM_RUN_TRAPPED);
            CHECK_TEXT(vm_trap_name(trap), vm_trap_name(VM_TRAP_OUT_OF_FUEL));
        } else {
            CHECK(state == (row->trap == VM_TRAP_NONE ? VM_RUN_DONE : VM_RUN_TRAPPED));
            CHECK_TEXT(vm_trap_name(trap), vm_trap_name(row->trap));
            if (state == VM_RUN_DONE)
                CHECK_U64(vm_machine_results(machine)[0], row->result);
            check_memories(row, instance);
            fuel = vm_machine_usage(machine).fuel;
        }
        vm_store_clear(store);
    }
    /* What the work costs beside the instructions, which depend on no memory and cost less than 100 together. */
    CHECK(fuel >= row->fuel && fuel < row->fuel + 100);
    vm_module_free(module);
}

/* A memory that is there twice: what is done by one index is seen by the other. */
static void check_alias(struct vm_store *store, struct vm_machine *machine) {
    check_context("one memory, two indices");
    build_begin(&build);
    build_import_memory(&build, "first", 1, 2);
    build_import_memory(&build, "second", 1, 2);
    build_function(&build, NULL, ":i", "", "i32.const 0");
    build_function(&build, NULL, ":i", "",
                   "i32.const 1 memory.grow @1 drop i32.const 65536 i32.const 7 i32.store8 @0 3 "
                   "i32.const 65536 i32.load8_u @1 3 memory.size i32.const 10 i32.mul i32.add");
    struct vm_module *const module = build_module(&build, &schedule);
    static const struct vm_memory_type type = {{1, 2, true}, VM_PAGE_EXPONENT};
    struct vm_memory *memory;
    struct vm_instantiation made;
    struct vm_error error;
    uint64_t fuel = UINT64_MAX;
    CHECK(vm_store_add_memory(store, &type, &memory) == VM_OK);
    CHECK(vm_instantiate(store, module, &schedule, resolve, memory, &fuel, &made, &error) == VM_OK);
    CHECK(run(machine, made.instance, UINT64_MAX) == VM_RUN_DONE);
    CHECK_U64(vm_machine_results(machine)[0], 27);
    vm_store_clear(store);
    vm_module_free(module);
}

int main(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct vm_limits limits = vm_profile_limits(VM_STRICT);
    schedule = vm_default_schedule();
    struct vm_store *const store = vm_store_new(&allocator, &limits);
    struct vm_machine *const machine = vm_machine_new(store);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(store, machine, &rows[i]);
    check_alias(store, machine);
    vm_machine_free(machine);
    vm_store_free(store);
    return check_done();
}
