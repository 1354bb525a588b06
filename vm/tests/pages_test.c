/* vm/tests/pages_test.c - memories whose pages are one byte: sizes, bounds, prices, caps, imports.
 * Proposal: custom-page-sizes */
#include "vm/memory.h"
#include "vm/tests/build.h"

/* What every program finds: a memory of 5 bytes, maximum 200,000, that begins with "abcde".  The program is function 0 and
 * gives an i32.  `fuel` is what growing costs, without the instructions, which cost less than 100 together. */
static const struct row {
    const char *name;
    const char *text;
    enum vm_trap_kind trap;
    uint32_t result;
    uint32_t pages;
    uint64_t fuel;
} rows[] = {
#define TRAP VM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS
#define PAGE UINT64_C(8192)
    {"size", "memory.size", 0, 5, 5, 0},
    {"the last byte", "i32.const 4 i32.load8_u 0", 0, 'e', 5, 0},
    {"behind it", "i32.const 5 i32.load8_u 0", TRAP, 0, 5, 0},
    {"behind it, by the offset", "i32.const 0 i32.load8_u 5", TRAP, 0, 5, 0},
    {"four bytes at the end", "i32.const 1 i32.load 0 i32.const 24 i32.shr_u", 0, 'e', 5, 0},
    {"four bytes past the end", "i32.const 2 i32.load 0", TRAP, 0, 5, 0},
    {"more bytes than there are", "i32.const 0 i64.load 0 i32.wrap_i64", TRAP, 0, 5, 0},
    {"a store past the end", "i32.const 3 i32.const -1 i32.store 0 i32.const 0", TRAP, 0, 5, 0},
    {"grow by nothing", "i32.const 0 memory.grow", 0, 5, 5, 0},
    {"grow by a byte", "i32.const 1 memory.grow", 0, 5, 6, PAGE},
    {"three times", "i32.const 1 memory.grow drop i32.const 1 memory.grow drop i32.const 1 memory.grow", 0, 7, 8,
     3 * PAGE},
    {"grow by 65,536 bytes", "i32.const 65536 memory.grow", 0, 5, 65541, PAGE},
    {"grow by one more", "i32.const 65537 memory.grow", 0, 5, 65542, 2 * PAGE},
    {"up to the maximum", "i32.const 199995 memory.grow drop memory.size", 0, 200000, 200000, 4 * PAGE},
    {"past the maximum", "i32.const 199996 memory.grow", 0, UINT32_MAX, 5, 0},
    {"by far", "i32.const -1 memory.grow", 0, UINT32_MAX, 5, 0},
    {"what is new is zero", "i32.const 4 memory.grow drop i32.const 5 i32.load 0", 0, 0, 9, PAGE},
    {"and ends where it ends", "i32.const 3 memory.grow drop i32.const 5 i32.load 0", TRAP, 0, 8, PAGE},
    {"the last of the new",
     "i32.const 99995 memory.grow drop i32.const 99999 i32.const 7 i32.store8 0 "
     "i32.const 99999 i32.load8_u 0",
     0, 7, 100000, 2 * PAGE},
    {"fill it all", "i32.const 0 i32.const 238 i32.const 5 memory.fill i32.const 1 i32.load8_u 0", 0, 238, 5, 0},
    {"fill a byte more", "i32.const 0 i32.const 238 i32.const 6 memory.fill i32.const 0", TRAP, 0, 5, 0},
    {"copy to the end", "i32.const 3 i32.const 0 i32.const 2 memory.copy i32.const 4 i32.load8_u 0", 0, 'b', 5, 0},
    {"copy past the end", "i32.const 4 i32.const 0 i32.const 2 memory.copy i32.const 0", TRAP, 0, 5, 0},
    {"copy from past the end", "i32.const 0 i32.const 4 i32.const 2 memory.copy i32.const 0", TRAP, 0, 5, 0},
};

static struct build build;
static struct vm_schedule schedule;

/* Gives the memory that `context` is. */
static bool resolve(void *context, const struct vm_import *import, struct vm_extern *out) {
    (void)import;
    *out = (struct vm_extern){.kind = VM_EXTERN_MEMORY, .of.memory = context};
    return true;
}

static struct vm_module *make_module(const char *text, uint32_t minimum, uint32_t maximum) {
    build_begin(&build);
    build_memory_of_bytes(&build.sections[5], minimum, maximum);
    build.sections[5].count++;
    build_function(&build, NULL, ":i", "", text);
    if (minimum >= 5)
        build_data(&build, "i32.const 0", "abcde");
    return build_module(&build, &schedule);
}

/* The run; then, from fresh instances in the same store, with exactly its fuel and with one less. */
static void check_row(struct vm_store *store, struct vm_machine *machine, const struct row *row) {
    struct vm_module *const module = make_module(row->text, 5, 200000);
    uint64_t fuel = UINT64_MAX;
    for (int round = 0; round < 3; round++) {
        check_context("%s, round %d", row->name, round);
        struct vm_instantiation made;
        struct vm_error error;
        uint64_t much = UINT64_MAX;
        if (!CHECK(vm_instantiate(store, module, &schedule, NULL, NULL, &much, &made, &error) == VM_OK))
            break;
        const struct vm_memory *const memory = vm_instance_memory(made.instance, 0);
        vm_machine_begin(machine, vm_instance_function(made.instance, 0), NULL, 0, &schedule,
                         round == 2 ? fuel - 1 : fuel);
        const enum vm_run_state state = vm_machine_run(machine, UINT64_MAX);
        const enum vm_trap_kind trap = vm_machine_trap(machine)->kind;
        if (round == 2) {
            CHECK_TEXT(vm_trap_name(trap), vm_trap_name(VM_TRAP_OUT_OF_FUEL));
        } else {
            CHECK(state == (row->trap == VM_TRAP_NONE ? VM_RUN_DONE : VM_RUN_TRAPPED));
            CHECK_TEXT(vm_trap_name(trap), vm_trap_name(row->trap));
            if (state == VM_RUN_DONE)
                CHECK_U64(vm_machine_results(machine)[0], row->result);
            CHECK_U64(memory->pages, row->pages);
            CHECK_U64(memory->bytes, row->pages);
            fuel = vm_machine_usage(machine).fuel;
        }
        vm_store_clear(store);
    }
    CHECK(fuel >= row->fuel && fuel < row->fuel + 100);
    vm_module_free(module);
}

/* What memory_pages means for a memory: the bytes it may begin with, the pages it may grow to. */
static void check_caps(void) {
    static const struct {
        uint64_t cap;
        struct vm_memory_type type;
        enum vm_status status;
        uint32_t maximum;
    } caps[] = {
        {3, {{3 * 65536, 0, false}, 0}, VM_OK, 3 * 65536},
        {3, {{3 * 65536 + 1, 0, false}, 0}, VM_LIMIT, 0},
        {3, {{2 * 65536 + 1, 3 * 65536 - 1, true}, 0}, VM_OK, 3 * 65536 - 1},
        {3, {{0, UINT32_MAX, true}, 0}, VM_OK, 3 * 65536},
        {3, {{3, 0, false}, VM_PAGE_EXPONENT}, VM_OK, 3},
        {3, {{4, 0, false}, VM_PAGE_EXPONENT}, VM_LIMIT, 0},
        {0, {{0, 0, false}, 0}, VM_OK, 0},
        {0, {{1, 0, false}, 0}, VM_LIMIT, 0},
        {65535, {{0, 0, false}, 0}, VM_OK, UINT32_C(0xFFFF0000)},
        {65536, {{0, 0, false}, 0}, VM_OK, UINT32_MAX},
        {65536, {{0, 0, false}, VM_PAGE_EXPONENT}, VM_OK, 65536},
        {65536, {{0, 7, true}, 0}, VM_OK, 7},
        {UINT64_MAX, {{0, 0, false}, 0}, VM_OK, UINT32_MAX},
        {UINT64_MAX, {{0, 0, false}, VM_PAGE_EXPONENT}, VM_OK, 65536},
    };
    const struct vm_allocator allocator = vm_system_allocator();
    for (size_t i = 0; i < sizeof caps / sizeof *caps; i++) {
        check_context("cap %zu", i);
        struct vm_limits limits = vm_profile_limits(VM_STRICT);
        limits.memory_pages = caps[i].cap;
        struct vm_store *const store = vm_store_new(&allocator, &limits);
        struct vm_memory *memory = NULL;
        CHECK(vm_store_add_memory(store, &caps[i].type, &memory) == caps[i].status);
        if (caps[i].status == VM_OK && CHECK(memory != NULL)) {
            CHECK_U64(memory->pages, caps[i].type.limits.minimum);
            CHECK_U64(memory->bytes, caps[i].type.limits.minimum << caps[i].type.page_exponent);
            CHECK_U64(memory->maximum, caps[i].maximum);
            CHECK(vm_memory_can_grow(memory, memory->maximum - memory->pages));
            CHECK(memory->maximum == UINT32_MAX || !vm_memory_can_grow(memory, memory->maximum - memory->pages + 1));
        }
        vm_store_free(store);
    }
}

/* A memory that an instance makes for itself is held to the same cap, and pays for each 64 KiB begun. */
static void check_instances(void) {
    static const struct {
        uint32_t bytes;
        uint32_t pages;
    } sizes[] = {{0, 0}, {1, 1}, {65535, 1}, {65536, 1}, {65537, 2}, {131072, 2}, {131073, 3}};
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_limits limits = vm_profile_limits(VM_STRICT);
    limits.memory_pages = 2;
    struct vm_store *const store = vm_store_new(&allocator, &limits);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_context("an instance with %lu bytes", (unsigned long)sizes[i].bytes);
        build_begin(&build);
        build_memory_of_bytes(&build.sections[5], sizes[i].bytes, UINT32_MAX);
        build.sections[5].count++;
        struct vm_module *const module = build_module(&build, &schedule);
        struct vm_instantiation made;
        struct vm_error error = {.code = VM_ERROR_NONE};
        uint64_t fuel = UINT64_MAX;
        const enum vm_status wanted = sizes[i].pages > 2 ? VM_LIMIT : VM_OK;
        CHECK(vm_instantiate(store, module, &schedule, NULL, NULL, &fuel, &made, &error) == wanted);
        CHECK_U64(UINT64_MAX - fuel, sizes[i].pages * UINT64_C(1024));
        if (wanted == VM_LIMIT)
            CHECK_TEXT(error.message, "over a limit: memory 0 starts with 3 pages; memory_pages is 2");
        vm_store_clear(store);
        vm_module_free(module);
    }
    vm_store_free(store);
}

/* Spec: match-externtype.  Page sizes must be equal, whatever the limits say. */
static void check_imports(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct vm_limits limits = vm_profile_limits(VM_STRICT);
    struct vm_store *const store = vm_store_new(&allocator, &limits);
    for (int have = 0; have < 2; have++) {
        for (int want = 0; want < 2; want++) {
            check_context("an import of kind %d, given kind %d", want, have);
            const struct vm_memory_type type = {{1, 1, true}, have == 0 ? 0 : VM_PAGE_EXPONENT};
            struct vm_memory *memory;
            CHECK(vm_store_add_memory(store, &type, &memory) == VM_OK);
            build_begin(&build);
            if (want == 0)
                build_memory_of_bytes(build_import(&build, "memory", VM_EXTERN_MEMORY), 1, 1);
            else
                build_import_memory(&build, "memory", 1, 1);
            struct vm_module *const module = build_module(&build, &schedule);
            struct vm_instantiation made;
            struct vm_error error = {.code = VM_ERROR_NONE};
            uint64_t fuel = UINT64_MAX;
            const enum vm_error_code code = have == want ? VM_ERROR_NONE : VM_ERROR_INCOMPATIBLE_IMPORT;
            CHECK(vm_instantiate(store, module, &schedule, resolve, memory, &fuel, &made, &error) ==
                  (have == want ? VM_OK : VM_UNLINKABLE));
            CHECK_TEXT(vm_error_code_name(error.code), vm_error_code_name(code));
            vm_store_clear(store);
            vm_module_free(module);
        }
    }
    vm_store_free(store);
}

int main(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct vm_limits limits = vm_profile_limits(VM_STRICT);
    schedule = vm_default_schedule();
    struct vm_store *const store = vm_store_new(&allocator, &limits);
    struct vm_machine *const machine = vm_machine_new(store);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(store, machine, &rows[i]);
    vm_machine_free(machine);
    vm_store_free(store);
    check_caps();
    check_instances();
    check_imports();
    return check_done();
}
