/* vm/tests/numeric_test.c - what every numeric instruction computes, run by the interpreter. */
#include "vm/tests/build.h"

struct row {
    enum vm_op op;
    vm_value a;
    vm_value b;
    enum vm_trap_kind trap;
    vm_value result;
};

static const struct row rows[] = {
#define ROW(op, a, b, trap, result) {VM_OP_##op, a, b, VM_TRAP_##trap, result},
#include "vm/tests/numeric.def"
};

/* Operands from the bottom of the stack to its top, low half of a number first. */
static const struct {
    const char *text;
    vm_value operands[4];
    uint32_t count;
    vm_value results[2];
} wide_rows[] = {
    {"i64.add128", {0x0, 0x0, 0x0, 0x0}, 4, {0x0, 0x0}},
    {"i64.add128", {0xFFFFFFFFFFFFFFFF, 0x0, 0x1, 0x0}, 4, {0x0, 0x1}},
    {"i64.add128", {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0x1, 0x0}, 4, {0x0, 0x0}},
    {"i64.add128", {0x0, 0x8000000000000000, 0x0, 0x8000000000000000}, 4, {0x0, 0x0}},
    {"i64.add128",
     {0xFEDCBA9876543210, 0x123456789ABCDEF, 0xFFFFFFFFFFFFFFFF, 0x0},
     4,
     {0xFEDCBA987654320F, 0x123456789ABCDF0}},
    {"i64.add128", {0x0, 0x0, 0x1, 0x0}, 4, {0x1, 0x0}},
    {"i64.add128", {0x0, 0x1, 0x1, 0x0}, 4, {0x1, 0x1}},
    {"i64.add128",
     {0xFFFFFFFFFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF},
     4,
     {0xFFFFFFFFFFFFFFFE, 0x7FFFFFFFFFFFFFFF}},
    {"i64.sub128", {0x0, 0x0, 0x0, 0x0}, 4, {0x0, 0x0}},
    {"i64.sub128", {0xFFFFFFFFFFFFFFFF, 0x0, 0x1, 0x0}, 4, {0xFFFFFFFFFFFFFFFE, 0x0}},
    {"i64.sub128", {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0x1, 0x0}, 4, {0xFFFFFFFFFFFFFFFE, 0xFFFFFFFFFFFFFFFF}},
    {"i64.sub128", {0x0, 0x8000000000000000, 0x0, 0x8000000000000000}, 4, {0x0, 0x0}},
    {"i64.sub128",
     {0xFEDCBA9876543210, 0x123456789ABCDEF, 0xFFFFFFFFFFFFFFFF, 0x0},
     4,
     {0xFEDCBA9876543211, 0x123456789ABCDEE}},
    {"i64.sub128", {0x0, 0x0, 0x1, 0x0}, 4, {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF}},
    {"i64.sub128", {0x0, 0x1, 0x1, 0x0}, 4, {0xFFFFFFFFFFFFFFFF, 0x0}},
    {"i64.sub128",
     {0xFFFFFFFFFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF},
     4,
     {0x0, 0x8000000000000000}},
    {"i64.mul_wide_s", {0x0, 0xFFFFFFFFFFFFFFFF}, 2, {0x0, 0x0}},
    {"i64.mul_wide_s", {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF}, 2, {0x1, 0x0}},
    {"i64.mul_wide_s", {0x8000000000000000, 0x8000000000000000}, 2, {0x0, 0x4000000000000000}},
    {"i64.mul_wide_s", {0x8000000000000000, 0xFFFFFFFFFFFFFFFF}, 2, {0x8000000000000000, 0x0}},
    {"i64.mul_wide_s", {0x8000000000000000, 0x1}, 2, {0x8000000000000000, 0xFFFFFFFFFFFFFFFF}},
    {"i64.mul_wide_s", {0x7FFFFFFFFFFFFFFF, 0x7FFFFFFFFFFFFFFF}, 2, {0x1, 0x3FFFFFFFFFFFFFFF}},
    {"i64.mul_wide_s", {0x123456789ABCDEF0, 0xFEDCBA9876543210}, 2, {0x236D88FE5618CF00, 0xFFEB49923CC09532}},
    {"i64.mul_wide_s", {0xFFFFFFFF, 0xFFFFFFFF}, 2, {0xFFFFFFFE00000001, 0x0}},
    {"i64.mul_wide_s", {0xFFFFFFFF00000000, 0xFFFFFFFF}, 2, {0x100000000, 0xFFFFFFFFFFFFFFFF}},
    {"i64.mul_wide_u", {0x0, 0xFFFFFFFFFFFFFFFF}, 2, {0x0, 0x0}},
    {"i64.mul_wide_u", {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF}, 2, {0x1, 0xFFFFFFFFFFFFFFFE}},
    {"i64.mul_wide_u", {0x8000000000000000, 0x8000000000000000}, 2, {0x0, 0x4000000000000000}},
    {"i64.mul_wide_u", {0x8000000000000000, 0xFFFFFFFFFFFFFFFF}, 2, {0x8000000000000000, 0x7FFFFFFFFFFFFFFF}},
    {"i64.mul_wide_u", {0x8000000000000000, 0x1}, 2, {0x8000000000000000, 0x0}},
    {"i64.mul_wide_u", {0x7FFFFFFFFFFFFFFF, 0x7FFFFFFFFFFFFFFF}, 2, {0x1, 0x3FFFFFFFFFFFFFFF}},
    {"i64.mul_wide_u", {0x123456789ABCDEF0, 0xFEDCBA9876543210}, 2, {0x236D88FE5618CF00, 0x121FA00AD77D7422}},
    {"i64.mul_wide_u", {0xFFFFFFFF, 0xFFFFFFFF}, 2, {0xFFFFFFFE00000001, 0x0}},
    {"i64.mul_wide_u", {0xFFFFFFFF00000000, 0xFFFFFFFF}, 2, {0x100000000, 0xFFFFFFFE}},
};

static struct build build;
static struct vm_schedule schedule;
static struct vm_store *store;
static struct vm_machine *machine;

/* One function for each instruction of the rows, named as the instruction. */
static struct vm_module *make_module(void) {
    bool made[VM_OP_COUNT] = {false};
    build_begin(&build);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct vm_opcode *const opcode = &vm_opcodes[rows[i].op];
        if (made[rows[i].op])
            continue;
        made[rows[i].op] = true;
        char signature[16], text[96];
        snprintf(signature, sizeof signature, "%s:%s", opcode->in, opcode->out);
        snprintf(text, sizeof text, strlen(opcode->in) == 1 ? "local.get 0 %s" : "local.get 0 local.get 1 %s",
                 opcode->text);
        build_function(&build, opcode->text, signature, "", text);
    }
    build_function(&build, "i64.add128", "IIII:II", "", "local.get 0 local.get 1 local.get 2 local.get 3 i64.add128");
    build_function(&build, "i64.sub128", "IIII:II", "", "local.get 0 local.get 1 local.get 2 local.get 3 i64.sub128");
    build_function(&build, "i64.mul_wide_s", "II:II", "", "local.get 0 local.get 1 i64.mul_wide_s");
    build_function(&build, "i64.mul_wide_u", "II:II", "", "local.get 0 local.get 1 i64.mul_wide_u");
    return build_module(&build, &schedule);
}

static void test_rows(struct vm_instance *instance) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *const row = &rows[i];
        const char *const text = vm_opcodes[row->op].text;
        check_context("%s %#" PRIx64 " %#" PRIx64, text, row->a, row->b);
        struct vm_extern function;
        CHECK(vm_instance_export(store, instance, vm_bytes_of_text(text), &function));
        const vm_value operands[] = {row->a, row->b};
        const uint32_t count = (uint32_t)strlen(vm_opcodes[row->op].in);
        vm_machine_begin(machine, function.of.function, operands, count, &schedule, 1000);
        const enum vm_run_state state = vm_machine_run(machine, UINT64_MAX);
        CHECK(state == (row->trap == VM_TRAP_NONE ? VM_RUN_DONE : VM_RUN_TRAPPED));
        CHECK_TEXT(vm_trap_name(vm_machine_trap(machine)->kind), vm_trap_name(row->trap));
        if (state == VM_RUN_DONE)
            CHECK_U64(vm_machine_results(machine)[0], row->result);
    }
}

static void test_wide(struct vm_instance *instance) {
    for (size_t i = 0; i < sizeof wide_rows / sizeof *wide_rows; i++) {
        check_context("%s, row %zu", wide_rows[i].text, i);
        struct vm_extern function;
        CHECK(vm_instance_export(store, instance, vm_bytes_of_text(wide_rows[i].text), &function));
        vm_machine_begin(machine, function.of.function, wide_rows[i].operands, wide_rows[i].count, &schedule, 1000);
        CHECK(vm_machine_run(machine, UINT64_MAX) == VM_RUN_DONE);
        CHECK_U64(vm_machine_results(machine)[0], wide_rows[i].results[0]);
        CHECK_U64(vm_machine_results(machine)[1], wide_rows[i].results[1]);
    }
}

/* No integer instruction without immediates may be missing above. */
static void test_all_are_there(void) {
    for (uint32_t op = 0; op < VM_OP_COUNT; op++) {
        const struct vm_opcode *const opcode = &vm_opcodes[op];
        const bool numeric = opcode->immediate == VM_IMM_NONE && opcode->in[0] != 0 &&
                             strspn(opcode->in, "iI") == strlen(opcode->in) && opcode->out[0] != 0 &&
                             strspn(opcode->out, "iI") == strlen(opcode->out) && opcode->code < 0x100;
        if (!numeric)
            continue;
        bool found = false;
        for (size_t i = 0; i < sizeof rows / sizeof *rows && !found; i++)
            found = rows[i].op == op;
        check_context("%s", opcode->text);
        CHECK(found);
    }
}

int main(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct vm_limits limits = vm_profile_limits(VM_STRICT);
    schedule = vm_default_schedule();
    store = vm_store_new(&allocator, &limits);
    machine = vm_machine_new(store);
    struct vm_module *const module = make_module();
    uint64_t fuel = UINT64_MAX;
    struct vm_instantiation made;
    struct vm_error error;
    CHECK(vm_instantiate(store, module, &schedule, NULL, NULL, &fuel, &made, &error) == VM_OK);
    test_rows(made.instance);
    test_wide(made.instance);
    test_all_are_there();
    vm_machine_free(machine);
    vm_store_free(store);
    vm_module_free(module);
    return check_done();
}
