/* vm/tests/interpreter_test.c - control, calls, traps and fuel: each small program is run with every fuel limit, in
 * slices, and step by step, and must always be the same run cut off at another place. */
#include "vm/tests/build.h"

/* What every program finds around it.
 *   functions  0 test.add(i32, i32) -> i32, base price 10      1 test.charge(n), base price 1, charges n and n again
 *              2 leaf: n + 1     3 calls itself     4 n, with nine locals     5 the program
 *   types      0 ii:i   1 i:   2 i:i   3 :   4 i:i again   5 the program's   6 :ii   7 i:i   8 :i
 *   memory     1 page, maximum 2; data segment 0 is passive, "hello"
 *   table      4 elements, maximum 6: functions 2, 4, null, 3; element segment 1 is passive: 2, 4
 *   global     0 mutable i64, 5 */
enum { CALL_DEPTH = 20, OPERANDS = 100 };

struct row {
    const char *name;
    const char *signature;
    const char *locals;
    const char *text;
    vm_value arguments[3];
    enum vm_trap_kind trap;
    uint32_t function; /* where it traps, and how far behind the start of its code */
    uint32_t offset;
    vm_value result;
    uint64_t fuel;
    bool charging; /* stops inside a host call, after a part of what that charges */
};

#define GIVES(value, fuel) VM_TRAP_NONE, 0, 0, value, fuel, false
#define TRAPS(kind, function, offset, fuel) VM_TRAP_##kind, function, offset, 0, fuel, false

static const struct row rows[] = {
    {"straight", ":i", "", "i32.const 1 i32.const 2 i32.add", {0}, GIVES(3, 4)},
    {"empty", ":", "", "", {0}, GIVES(0, 1)},
    {"two results", ":ii", "", "i32.const 1 i32.const 2", {0}, GIVES(1, 3)},

    {"if, else not run", ":i", "", "i32.const 1 if i32 i32.const 10 else i32.const 20 end", {0}, GIVES(10, 5)},
    {"if, else run", ":i", "", "i32.const 0 if i32 i32.const 10 else i32.const 20 end", {0}, GIVES(20, 5)},
    {"if without else, false", ":i", "", "i32.const 0 if - nop end i32.const 7", {0}, GIVES(7, 4)},
    {"if without else, true", ":i", "", "i32.const 1 if - nop end i32.const 7", {0}, GIVES(7, 6)},
    {"if looks at 32 bits",
     "I:i",
     "",
     "local.get 0 i32.wrap_i64 if i32 i32.const 1 else i32.const 2 end",
     {UINT64_C(1) << 32},
     GIVES(2, 6)},
    {"if in if",
     "ii:i",
     "",
     "local.get 0 if i32 local.get 1 if i32 i32.const 1 else i32.const 2 end else i32.const 3 end",
     {1, 0},
     GIVES(2, 8)},
    {"br out of a block", ":i", "", "block - br 0 nop end i32.const 3", {0}, GIVES(3, 4)},
    {"br drops what is below", ":i", "", "block i32 i32.const 1 i32.const 2 i32.const 3 br 0 end", {0}, GIVES(3, 6)},
    {"br takes two along", ":i", "", "block 6 i32.const 9 i32.const 5 i32.const 3 br 0 end i32.sub", {0}, GIVES(2, 7)},
    {"br to the outermost label", ":i", "", "i32.const 5 br 0", {0}, GIVES(5, 2)},
    {"br_if to the outermost label", ":i", "", "i32.const 5 i32.const 1 br_if 0 drop i32.const 6", {0}, GIVES(5, 3)},
    {"br_if not taken", ":i", "", "block i32 i32.const 9 i32.const 0 br_if 0 drop i32.const 8 end", {0}, GIVES(8, 8)},
    {"br_if from two blocks",
     ":i",
     "",
     "block i32 block i32 i32.const 1 i32.const 7 i32.const 1 br_if 1 drop drop i32.const 9 end end",
     {0},
     GIVES(7, 7)},
    {"code that is skipped has branches",
     ":i",
     "",
     "block - br 0 i32.const 1 if - nop else nop end i32.const 1 br_if 0 end i32.const 1 if - i32.const 4 return end "
     "i32.const 5",
     {0},
     GIVES(4, 6)},
    {"loop",
     "i:i",
     "",
     "loop - local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end local.get 0",
     {3},
     GIVES(0, 19)},
    {"loop with a parameter",
     "i:i",
     "",
     "local.get 0 loop 7 i32.const 1 i32.sub local.tee 0 local.get 0 local.get 0 "
     "br_if 0 drop end",
     {2},
     GIVES(0, 17)},
    {"loop left by br",
     "i:i",
     "",
     "block - loop - local.get 0 i32.eqz br_if 1 local.get 0 i32.const 1 i32.sub local.set 0 br 0 end end local.get 0",
     {2},
     GIVES(0, 23)},
    {"br_table, first",
     "i:i",
     "",
     "block - block - local.get 0 br_table 2 0 1 1 end i32.const 10 return end i32.const 20",
     {0},
     GIVES(10, 7)},
    {"br_table, second",
     "i:i",
     "",
     "block - block - local.get 0 br_table 2 0 1 1 end i32.const 10 return end i32.const 20",
     {1},
     GIVES(20, 7)},
    {"br_table, default",
     "i:i",
     "",
     "block - block - local.get 0 br_table 2 1 1 0 end i32.const 10 return end i32.const 20",
     {2},
     GIVES(10, 7)},
    {"br_table, far out",
     "i:i",
     "",
     "block - block - local.get 0 br_table 2 0 0 1 end i32.const 10 return end i32.const 20",
     {UINT32_MAX},
     GIVES(20, 7)},
    {"br_table without labels", "i:i", "", "i32.const 6 local.get 0 br_table 0 0", {5}, GIVES(6, 4)},
    {"return from the depth",
     ":i",
     "",
     "block - block - i32.const 1 i32.const 2 return end end unreachable",
     {0},
     GIVES(2, 5)},
    {"unreachable", ":i", "", "nop unreachable", {0}, TRAPS(UNREACHABLE, 5, 1, 2)},

    {"call", "i:i", "", "local.get 0 call 2", {41}, GIVES(42, 10)},
    {"call pays for locals", "i:i", "", "local.get 0 call 4", {41}, GIVES(41, 10)},
    {"own locals are paid and zero", ":I", "IIIIIIIII", "local.get 8", {0}, GIVES(0, 4)},
    {"locals are zero again",
     "i:i",
     "i",
     "local.get 1 i32.const 7 local.set 1 local.get 0 call 4 drop local.get 1 i32.add",
     {0},
     GIVES(7, 17)},
    {"call_indirect", "i:i", "", "local.get 0 i32.const 0 call_indirect 2 0", {41}, GIVES(42, 13)},
    {"call_indirect by an equal type", "i:i", "", "local.get 0 i32.const 1 call_indirect 4 0", {41}, GIVES(41, 13)},
    {"call_indirect past the end",
     "i:i",
     "",
     "local.get 0 i32.const 4 call_indirect 2 0",
     {1},
     TRAPS(UNDEFINED_ELEMENT, 5, 4, 8)},
    {"call_indirect to null",
     "i:i",
     "",
     "local.get 0 i32.const 2 call_indirect 2 0",
     {1},
     TRAPS(UNINITIALIZED_ELEMENT, 5, 4, 8)},
    {"call_indirect to another type",
     "i:i",
     "",
     "local.get 0 i32.const 3 call_indirect 2 0",
     {1},
     TRAPS(INDIRECT_CALL_TYPE_MISMATCH, 5, 4, 8)},
    {"endless recursion", ":", "", "nop call 3", {0}, TRAPS(CALL_STACK_EXHAUSTED, 3, 0, 81)},
    {"trap in a callee",
     ":i",
     "",
     "i32.const 6 call 2 i32.const 0 i32.div_u",
     {0},
     TRAPS(INTEGER_DIVIDE_BY_ZERO, 5, 6, 14)},
    {"return_call", "i:i", "", "local.get 0 return_call 2", {41}, GIVES(42, 9)},
    {"return_call drops operands", "i:i", "", "i32.const 1 i32.const 2 local.get 0 return_call 4", {41}, GIVES(41, 11)},
    {"return_call_indirect", "i:i", "", "local.get 0 i32.const 0 return_call_indirect 2 0", {41}, GIVES(42, 12)},
    {"return_call to the host", "ii:i", "", "local.get 0 local.get 1 return_call 0", {2, 3}, GIVES(5, 16)},
    {"many tail calls",
     "i:i",
     "",
     "local.get 0 i32.eqz if - i32.const 9 return end local.get 0 i32.const 1 i32.sub "
     "return_call 5",
     {60},
     GIVES(9, 60 * 10 + 5)},
    {"host call", ":i", "", "i32.const 1 i32.const 2 call 0", {0}, GIVES(3, 17)},
    {"host call that charges", ":", "", "i32.const 5 call 1", {0}, VM_TRAP_NONE, 0, 0, 0, 17, true},

    {"select", "i:i", "", "i32.const 3 i32.const 4 local.get 0 select", {0}, GIVES(4, 5)},
    {"select_typed", "i:i", "", "i32.const 3 i32.const 4 local.get 0 select_typed i32", {7}, GIVES(3, 5)},
    {"globals", ":I", "", "global.get 0 i64.const 2 i64.add global.set 0 global.get 0", {0}, GIVES(7, 6)},
    {"divide by zero", "i:i", "", "local.get 0 i32.const 0 i32.div_s", {1}, TRAPS(INTEGER_DIVIDE_BY_ZERO, 5, 4, 6)},
    {"integer overflow",
     "I:I",
     "",
     "local.get 0 i64.const -1 i64.div_s",
     {UINT64_C(1) << 63},
     TRAPS(INTEGER_OVERFLOW, 5, 4, 6)},
    {"load at the end", "i:i", "", "local.get 0 i32.load 0", {65532}, GIVES(0, 3)},
    {"load past the end", "i:i", "", "local.get 0 i32.load 0", {65533}, TRAPS(OUT_OF_BOUNDS_MEMORY_ACCESS, 5, 2, 2)},
    {"load, offset past the end",
     "i:I",
     "",
     "local.get 0 i64.load 65529",
     {0},
     TRAPS(OUT_OF_BOUNDS_MEMORY_ACCESS, 5, 2, 2)},
    {"load, the sum passes 32 bits",
     "i:i",
     "",
     "local.get 0 i32.load8_u 4294967295",
     {UINT32_MAX},
     TRAPS(OUT_OF_BOUNDS_MEMORY_ACCESS, 5, 2, 2)},
    {"store past the end",
     "i:",
     "",
     "local.get 0 i64.const 1 i64.store 0",
     {65529},
     TRAPS(OUT_OF_BOUNDS_MEMORY_ACCESS, 5, 4, 3)},
    {"little-endian",
     ":I",
     "",
     "i32.const 8 i64.const 0x1122334455667788 i64.store 0 i32.const 0 i32.load8_u 9 i32.const 0 i64.load16_s 14 "
     "drop i64.extend_i32_u",
     {0},
     GIVES(0x77, 10)},

    {"memory.fill",
     ":i",
     "",
     "i32.const 1 i32.const 7 i32.const 17 memory.fill i32.const 17 i32.load8_u 0",
     {0},
     GIVES(7, 17)},
    {"memory.fill of nothing", ":", "", "i32.const 65536 i32.const 7 i32.const 0 memory.fill", {0}, GIVES(0, 12)},
    {"memory.fill out of bounds pays",
     ":",
     "",
     "i32.const 65520 i32.const 7 i32.const 17 memory.fill",
     {0},
     TRAPS(OUT_OF_BOUNDS_MEMORY_ACCESS, 5, 8, 14)},
    {"memory.grow", ":i", "", "i32.const 1 memory.grow", {0}, GIVES(1, 8202)},
    {"memory.grow refused", ":i", "", "i32.const 2 memory.grow", {0}, GIVES(UINT32_MAX, 10)},
    {"memory.grow by nothing", ":i", "", "i32.const 0 memory.grow memory.size i32.add", {0}, GIVES(2, 12)},
    {"memory.init",
     ":i",
     "",
     "i32.const 8 i32.const 1 i32.const 3 memory.init 0 data.drop 0 i32.const 8 i32.load 0",
     {0},
     GIVES(0x6C6C65, 16)},
    {"table.grow", ":i", "", "ref.null funcref i32.const 2 table.grow 0", {0}, GIVES(4, 13)},
    {"table.grow refused", ":i", "", "ref.null funcref i32.const 3 table.grow 0", {0}, GIVES(UINT32_MAX, 11)},
    {"table.init",
     "i:i",
     "",
     "i32.const 2 i32.const 1 i32.const 1 table.init 1 0 local.get 0 i32.const 2 call_indirect 2 0",
     {9},
     GIVES(9, 25)},
    {"table.get past the end",
     ":",
     "",
     "i32.const 4 table.get 0 drop",
     {0},
     TRAPS(OUT_OF_BOUNDS_TABLE_ACCESS, 5, 2, 2)},
    {"references",
     ":i",
     "",
     "ref.func 2 ref.is_null i32.const 2 table.get 0 ref.is_null i32.sub",
     {0},
     GIVES(UINT32_MAX, 7)},

    {"float bits move", ":i", "", "f32.const 0x3F800000 f32.neg i32.reinterpret_f32", {0}, GIVES(0xBF800000, 4)},
    {"float computation", ":f", "", "f32.const 0 f32.const 0 f32.add", {0}, TRAPS(FLOAT_EXECUTED, 5, 10, 3)},
    {"float truncation", ":i", "", "f64.const 0 i32.trunc_sat_f64_s", {0}, TRAPS(FLOAT_EXECUTED, 5, 9, 2)},
};

static struct build build;
static struct vm_schedule schedule;
static struct vm_store *store;
static struct vm_machine *machine;
static struct vm_module *module;

static enum vm_trap_kind host_add(struct vm_host_call *call) {
    call->slots[0] += call->slots[1];
    return VM_TRAP_NONE;
}

static enum vm_trap_kind host_charge(struct vm_host_call *call) {
    const vm_value amount = call->slots[0];
    return vm_host_charge(call, amount) && vm_host_charge(call, amount) ? VM_TRAP_NONE : VM_TRAP_OUT_OF_FUEL;
}

static const uint8_t host_types[] = {VM_I32, VM_I32, VM_I32};
static const struct vm_host_function host_functions[] = {
    {"test", "add", {host_types, 2, 1}, 10, host_add},
    {"test", "charge", {host_types, 1, 0}, 1, host_charge},
};

static bool resolve(void *context, const struct vm_import *import, struct vm_extern *out) {
    (void)context;
    for (size_t i = 0; i < sizeof host_functions / sizeof *host_functions; i++) {
        if (vm_bytes_equal(import->name, vm_bytes_of_text(host_functions[i].name))) {
            out->kind = VM_EXTERN_FUNCTION;
            return vm_store_add_host(store, &host_functions[i], NULL, &out->of.function) == VM_OK;
        }
    }
    return false;
}

static struct vm_module *make_module(const struct row *row) {
    static const uint32_t functions[] = {2, 4}, recursive[] = {3};
    build_begin(&build);
    build_import_function(&build, "add", "ii:i");
    build_import_function(&build, "charge", "i:");
    build_function(&build, NULL, "i:i", "", "local.get 0 i32.const 1 i32.add");
    build_function(&build, NULL, ":", "", "call 3");
    build_function(&build, NULL, "i:i", "IIIIIIIII", "local.get 0");
    build_function(&build, "main", row->signature, row->locals, row->text);
    build_type(&build, ":ii");
    build_type(&build, "i:i");
    build_memory(&build, 1, 2);
    build_data(&build, NULL, "hello");
    build_table(&build, 'r', 4, 6);
    build_elements(&build, "i32.const 0", 2, functions);
    build_elements(&build, NULL, 2, functions);
    build_elements(&build, "i32.const 3", 1, recursive);
    build_global(&build, 'I', true, "i64.const 5");
    return build_module(&build, &schedule);
}

/* A fresh instance in the same store; the run is at its beginning. */
static enum vm_run_state begin(const struct row *row, uint64_t limit) {
    vm_store_clear(store);
    uint64_t fuel = UINT64_MAX;
    struct vm_instantiation made;
    struct vm_error error;
    CHECK(vm_instantiate(store, module, &schedule, resolve, NULL, &fuel, &made, &error) == VM_OK);
    CHECK(made.trap == VM_TRAP_NONE);
    const uint32_t count = (uint32_t)strcspn(row->signature, ":");
    return vm_machine_begin(machine, vm_instance_function(made.instance, 5), row->arguments, count, &schedule, limit);
}

static void check_end(const struct row *row, enum vm_run_state state) {
    CHECK_U64(vm_machine_usage(machine).fuel, row->fuel);
    CHECK(state == (row->trap == VM_TRAP_NONE ? VM_RUN_DONE : VM_RUN_TRAPPED));
    const struct vm_trap *const trap = vm_machine_trap(machine);
    CHECK_TEXT(vm_trap_name(trap->kind), vm_trap_name(row->trap));
    if (state == VM_RUN_DONE && strcmp(strchr(row->signature, ':'), ":") != 0)
        CHECK_U64(vm_machine_results(machine)[0], row->result);
    if (state == VM_RUN_TRAPPED) {
        CHECK_U64(trap->function, row->function);
        CHECK_U64(trap->offset - module->functions[trap->function - 2].code_start, row->offset);
        CHECK_U64(trap->price, 0);
        CHECK_U64(vm_machine_frame(machine, 0).offset, trap->offset);
    }
}

enum { MOST_STEPS = 1000 };

/* sums[i]: fuel used after i steps.  How many steps there are. */
static uint32_t run_steps(const struct row *row, uint64_t sums[MOST_STEPS]) {
    uint32_t steps = 0;
    enum vm_run_state state = begin(row, row->fuel);
    while (state == VM_RUN_PAUSED && steps < MOST_STEPS) {
        sums[steps++] = vm_machine_usage(machine).fuel;
        state = vm_machine_step(machine);
    }
    check_end(row, state);
    return steps;
}

/* Every limit below the fuel it takes: all instructions run whose prices fit in, none after, nothing halfway. */
static void run_limits(const struct row *row, const uint64_t *sums, uint32_t steps) {
    uint32_t step = 0;
    for (uint64_t limit = 0; limit < row->fuel; limit++) {
        check_context("%s, limit %" PRIu64, row->name, limit);
        enum vm_run_state state = begin(row, limit);
        if (state == VM_RUN_PAUSED)
            state = vm_machine_run(machine, UINT64_MAX);
        while (step + 1 < steps && sums[step + 1] <= limit)
            step++;
        const uint64_t used = vm_machine_usage(machine).fuel;
        CHECK(state == VM_RUN_TRAPPED && vm_machine_trap(machine)->kind == VM_TRAP_OUT_OF_FUEL);
        CHECK(vm_machine_trap(machine)->price > limit - used);
        CHECK_U64(vm_machine_fuel_left(machine), limit - used);
        if (row->charging)
            CHECK(used >= sums[0] && used <= limit);
        else if (row->trap != VM_TRAP_NONE || steps > 0)
            CHECK_U64(used, steps == 0 || sums[0] > limit ? 0 : sums[step]);
    }
    for (uint64_t more = 0; more < 3; more++) {
        check_context("%s, %" PRIu64 " fuel too much", row->name, more);
        begin(row, row->fuel + more);
        check_end(row, vm_machine_run(machine, UINT64_MAX));
    }
}

static void run_slices(const struct row *row) {
    static const uint64_t slices[] = {0, 1, 2, 3, 7, 1000};
    for (size_t i = 0; i < sizeof slices / sizeof *slices; i++) {
        check_context("%s, slices of %" PRIu64, row->name, slices[i]);
        enum vm_run_state state = begin(row, row->fuel);
        uint64_t used = vm_machine_usage(machine).fuel;
        while (state == VM_RUN_PAUSED) {
            state = vm_machine_run(machine, slices[i]);
            const uint64_t now = vm_machine_usage(machine).fuel;
            if (state == VM_RUN_PAUSED && !CHECK(now - used >= slices[i] && now > used))
                return;
            used = now;
        }
        check_end(row, state);
    }
}

int main(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_limits limits = vm_profile_limits(VM_STRICT);
    limits.call_depth = CALL_DEPTH;
    limits.operand_stack = OPERANDS;
    schedule = vm_default_schedule();
    store = vm_store_new(&allocator, &limits);
    machine = vm_machine_new(store);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static uint64_t sums[MOST_STEPS];
        check_context("%s", rows[i].name);
        module = make_module(&rows[i]);
        begin(&rows[i], UINT64_MAX);
        check_end(&rows[i], vm_machine_run(machine, UINT64_MAX));
        const uint32_t steps = run_steps(&rows[i], sums);
        run_limits(&rows[i], sums, steps);
        run_slices(&rows[i]);
        vm_store_clear(store);
        vm_module_free(module);
    }
    vm_machine_free(machine);
    vm_store_free(store);
    return check_done();
}
