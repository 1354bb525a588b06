/* vm/tests/bulk_test.c - bulk instructions on memories, tables and segments: what they write, and that they write
 * nothing when they trap. */
#include "vm/tests/build.h"

/* What every program finds.
 *   memory     1 page that begins with "abcdefgh"; its last byte is at 65535
 *   data       segment 0 active, "abcdefgh" at 0; segment 1 passive, "XYZ"
 *   functions  0 to 3 give 10 to 13; 4 is the program
 *   tables     0: functions 0, 1, 2, 3, null, null, maximum 8; 1: six nulls, no maximum
 *   elements   segment 0 active, functions 0 to 3; segment 1 passive, functions 3, 2; segment 2 declarative, 4
 * A memory row looks at the first eight bytes after the program, a table row calls the first six elements of `table`:
 * '0' to '3' for the functions, '-' for null. */
static const struct {
    const char *name;
    const char *text;
    enum vm_trap_kind trap;
    uint32_t table;
    const char *memory;
    const char *elements;
    uint64_t fuel;
} rows[] = {
#define MEMORY_TRAP VM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS
#define TABLE_TRAP VM_TRAP_OUT_OF_BOUNDS_TABLE_ACCESS
    {"copy upwards, overlapping", "i32.const 2 i32.const 0 i32.const 5 memory.copy", 0, 0, "ababcdeh", "0123--", 13},
    {"copy downwards, overlapping", "i32.const 0 i32.const 2 i32.const 5 memory.copy", 0, 0, "cdefgfgh", "0123--", 13},
    {"copy onto itself", "i32.const 1 i32.const 1 i32.const 3 memory.copy", 0, 0, "abcdefgh", "0123--", 13},
    {"copy from past the end", "i32.const 0 i32.const 65533 i32.const 4 memory.copy", MEMORY_TRAP, 0, "abcdefgh",
     "0123--", 12},
    {"copy to past the end", "i32.const 65533 i32.const 0 i32.const 4 memory.copy", MEMORY_TRAP, 0, "abcdefgh",
     "0123--", 12},
    {"copy nothing at the end", "i32.const 65536 i32.const 65536 i32.const 0 memory.copy", 0, 0, "abcdefgh", "0123--",
     12},
    {"copy nothing past the end", "i32.const 65537 i32.const 0 i32.const 0 memory.copy", MEMORY_TRAP, 0, "abcdefgh",
     "0123--", 11},
    {"copy with a length that wraps", "i32.const 1 i32.const 1 i32.const -1 memory.copy", MEMORY_TRAP, 0, "abcdefgh",
     "0123--", 11 + 536870912},
    {"fill", "i32.const 1 i32.const 0x158 i32.const 3 memory.fill", 0, 0, "aXXXefgh", "0123--", 13},
    {"fill to the end", "i32.const 65528 i32.const 1 i32.const 8 memory.fill", 0, 0, "abcdefgh", "0123--", 13},
    {"fill past the end", "i32.const 0 i32.const 1 i32.const 65537 memory.fill", MEMORY_TRAP, 0, "abcdefgh", "0123--",
     11 + 8193},
    {"init", "i32.const 3 i32.const 1 i32.const 2 memory.init 1", 0, 0, "abcYZfgh", "0123--", 13},
    {"init past the segment", "i32.const 3 i32.const 1 i32.const 3 memory.init 1", MEMORY_TRAP, 0, "abcdefgh", "0123--",
     12},
    {"init past the memory", "i32.const 65534 i32.const 0 i32.const 3 memory.init 1", MEMORY_TRAP, 0, "abcdefgh",
     "0123--", 12},
    {"init nothing at the segment's end", "i32.const 3 i32.const 3 i32.const 0 memory.init 1", 0, 0, "abcdefgh",
     "0123--", 12},
    {"init from what was active", "i32.const 3 i32.const 0 i32.const 1 memory.init 0", MEMORY_TRAP, 0, "abcdefgh",
     "0123--", 12},
    {"init nothing from what was active", "i32.const 3 i32.const 0 i32.const 0 memory.init 0", 0, 0, "abcdefgh",
     "0123--", 12},
    {"init from what was dropped", "data.drop 1 data.drop 1 i32.const 3 i32.const 0 i32.const 1 memory.init 1",
     MEMORY_TRAP, 0, "abcdefgh", "0123--", 14},

    {"table.copy upwards, overlapping", "i32.const 1 i32.const 0 i32.const 4 table.copy 0 0", 0, 0, "abcdefgh",
     "00123-", 16},
    {"table.copy downwards, overlapping", "i32.const 0 i32.const 1 i32.const 4 table.copy 0 0", 0, 0, "abcdefgh",
     "123---", 16},
    {"table.copy to the other", "i32.const 3 i32.const 1 i32.const 3 table.copy 1 0", 0, 1, "abcdefgh", "---123", 15},
    {"table.copy from the other", "i32.const 0 i32.const 0 i32.const 3 table.copy 0 1", 0, 0, "abcdefgh", "---3--", 15},
    {"table.copy past the end", "i32.const 3 i32.const 0 i32.const 4 table.copy 0 0", TABLE_TRAP, 0, "abcdefgh",
     "0123--", 15},
    {"table.copy from past the end", "i32.const 0 i32.const 3 i32.const 4 table.copy 0 0", TABLE_TRAP, 0, "abcdefgh",
     "0123--", 15},
    {"table.init", "i32.const 4 i32.const 0 i32.const 2 table.init 1 0", 0, 0, "abcdefgh", "012332", 14},
    {"table.init past the segment", "i32.const 0 i32.const 1 i32.const 2 table.init 1 0", TABLE_TRAP, 0, "abcdefgh",
     "0123--", 13},
    {"table.init past the table", "i32.const 5 i32.const 0 i32.const 2 table.init 1 0", TABLE_TRAP, 0, "abcdefgh",
     "0123--", 13},
    {"table.init from what was active", "i32.const 5 i32.const 0 i32.const 1 table.init 0 0", TABLE_TRAP, 0, "abcdefgh",
     "0123--", 12},
    {"table.init from what was declared", "i32.const 5 i32.const 0 i32.const 1 table.init 2 0", TABLE_TRAP, 0,
     "abcdefgh", "0123--", 12},
    {"table.init from what was dropped", "elem.drop 1 i32.const 5 i32.const 0 i32.const 1 table.init 1 0", TABLE_TRAP,
     0, "abcdefgh", "0123--", 13},
    {"table.fill", "i32.const 2 ref.func 1 i32.const 3 table.fill 0", 0, 0, "abcdefgh", "01111-", 15},
    {"table.fill past the end", "i32.const 2 ref.func 1 i32.const 5 table.fill 0", TABLE_TRAP, 0, "abcdefgh", "0123--",
     16},
    {"table.set, table.get", "i32.const 5 i32.const 2 table.get 0 table.set 0", 0, 0, "abcdefgh", "0123-2", 5},
    {"table.set past the end", "i32.const 6 ref.null funcref table.set 0", TABLE_TRAP, 0, "abcdefgh", "0123--", 3},
    {"table.grow",
     "ref.func 2 i32.const 2 table.grow 0 i32.const 6 i32.ne if - unreachable end i32.const 0 i32.const 7 "
     "table.get 0 table.set 0",
     0, 0, "abcdefgh", "2123--", 20},
    {"table.grow refused",
     "ref.func 2 i32.const 3 table.grow 0 i32.const -1 i32.ne if - unreachable end i32.const 5 "
     "table.size 0 i32.const 6 i32.sub table.get 0 table.set 0",
     0, 0, "abcdefgh", "0123-0", 20},
};

static struct build build;
static struct vm_schedule schedule;

static struct vm_module *make_module(const char *text) {
    static const uint32_t first[] = {0, 1, 2, 3}, second[] = {3, 2};
    build_begin(&build);
    build_function(&build, NULL, ":i", "", "i32.const 10");
    build_function(&build, NULL, ":i", "", "i32.const 11");
    build_function(&build, NULL, ":i", "", "i32.const 12");
    build_function(&build, NULL, ":i", "", "i32.const 13");
    build_function(&build, NULL, ":", "", text);
    build_memory(&build, 1, 1);
    build_data(&build, "i32.const 0", "abcdefgh");
    build_data(&build, NULL, "XYZ");
    build_table(&build, 'r', 6, 8);
    build_table(&build, 'r', 6, UINT32_MAX);
    build_elements(&build, "i32.const 0", 4, first);
    build_elements(&build, NULL, 2, second);
    build_declared(&build, 4);
    return build_module(&build, &schedule);
}

int main(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct vm_limits limits = vm_profile_limits(VM_STRICT);
    schedule = vm_default_schedule();
    struct vm_store *const store = vm_store_new(&allocator, &limits);
    struct vm_machine *const machine = vm_machine_new(store);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_context("%s", rows[i].name);
        struct vm_module *const module = make_module(rows[i].text);
        struct vm_instantiation made;
        struct vm_error error;
        uint64_t fuel = UINT64_MAX;
        CHECK(vm_instantiate(store, module, &schedule, NULL, NULL, &fuel, &made, &error) == VM_OK);
        CHECK_U64(made.trap, VM_TRAP_NONE);
        vm_machine_begin(machine, vm_instance_function(made.instance, 4), NULL, 0, &schedule, UINT64_MAX);
        const enum vm_run_state state = vm_machine_run(machine, UINT64_MAX);
        CHECK(state == (rows[i].trap == VM_TRAP_NONE ? VM_RUN_DONE : VM_RUN_TRAPPED));
        CHECK_TEXT(vm_trap_name(vm_machine_trap(machine)->kind), vm_trap_name(rows[i].trap));
        CHECK_U64(vm_machine_usage(machine).fuel, rows[i].fuel);

        const struct vm_memory *const memory = vm_instance_memory(made.instance, 0);
        char text[9] = {0};
        memcpy(text, memory->data, 8);
        CHECK_TEXT(text, rows[i].memory);
        CHECK_U64(memory->data[8], 0);
        CHECK_U64(memory->data[65535], strcmp(rows[i].name, "fill to the end") == 0);

        const struct vm_table *const table = vm_instance_table(made.instance, rows[i].table);
        char elements[7] = {0};
        for (uint32_t element = 0; element < 6; element++) {
            elements[element] = '-';
            if (table->elements[element] != VM_NULL_REFERENCE) {
                vm_machine_begin(machine, table->elements[element], NULL, 0, &schedule, 100);
                CHECK(vm_machine_run(machine, UINT64_MAX) == VM_RUN_DONE);
                elements[element] = (char)('0' + vm_machine_results(machine)[0] - 10);
            }
        }
        CHECK_TEXT(elements, rows[i].elements);
        vm_store_clear(store);
        vm_module_free(module);
    }
    vm_machine_free(machine);
    vm_store_free(store);
    return check_done();
}
