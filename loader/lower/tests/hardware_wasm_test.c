/* loader/lower/tests/hardware_wasm_test.c - the routines as they are linked into modules, compiled to wasm and run by the
 * vm, against the floating point hardware.
 *
 *   hardware_wasm_test [COUNT]     random pairs of operands for each operation (5,000), behind the special ones */
#include <stdlib.h>

#include "loader/inspect.h"
#include "loader/loader.h"
#include "loader/lower/lower.h"
#include "loader/lower/tests/hardware.h"
#include "vm/fast/fast.h"
#include "vm/machine.h"
#include "vm/tests/check.h"

struct routines {
    struct vm_module *module;
    struct vm_schedule schedule;
    struct vm_store *store;
    struct vm_machine *machine;
    struct vm_instance *instance;
};

static bool load(struct routines *routines) {
    static struct vm_limits limits;
    static struct vm_features features;
    const struct vm_allocator allocator = vm_system_allocator();
    limits = vm_profile_limits(VM_STRICT);
    features = vm_profile_features(VM_STRICT);
    routines->schedule = vm_default_schedule();
    const struct loader_options options = {&limits, &features, &routines->schedule, LOADER_STRICT};
    const struct vm_fast_options fast = {.fold = true};
    struct vm_instantiation made = {0};
    struct vm_error error;
    uint64_t fuel = UINT64_MAX;
    if (loader_load(loader_routines(), &options, &allocator, &routines->module, &error) != VM_OK ||
        vm_translate(routines->module, &routines->schedule, &fast) != VM_OK)
        return false;
    routines->store = vm_store_new(&allocator, &limits);
    routines->machine = vm_machine_new(routines->store);
    vm_machine_set_engine(routines->machine, VM_ENGINE_FAST);
    if (vm_instantiate(routines->store, routines->module, &routines->schedule, NULL, NULL, &fuel, &made, &error) !=
        VM_OK)
        return false;
    routines->instance = made.instance;
    return true;
}

static uint64_t run(struct routines *routines, uint32_t function, const uint64_t operands[2], uint32_t count) {
    enum vm_run_state state = vm_machine_begin(routines->machine, vm_instance_function(routines->instance, function),
                                               operands, count, &routines->schedule, UINT64_MAX);
    while (state == VM_RUN_PAUSED)
        state = vm_machine_run(routines->machine, UINT64_MAX);
    if (state == VM_RUN_DONE)
        return vm_machine_results(routines->machine)[0];
    hardware_trapped = vm_machine_trap(routines->machine)->kind == VM_TRAP_UNREACHABLE ? HARDWARE_TRAP_INVALID
                                                                                       : HARDWARE_TRAP_OVERFLOW;
    return 0;
}

static void compare(struct routines *routines, const struct hardware_row *row, uint64_t count) {
    const struct vm_export *const export = vm_module_find_export(routines->module, vm_bytes_of_text(row->text));
    struct hardware_operands operands;
    if (!CHECK(export != NULL))
        return;
    hardware_operands_init(&operands, row, 2);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t pair[2];
        hardware_operands_next(&operands, &pair[0], &pair[1]);
        hardware_trapped = HARDWARE_NO_TRAP;
        const uint64_t want = row->hard(pair[0], pair[1]);
        const enum hardware_trap want_trap = hardware_trapped;
        hardware_trapped = HARDWARE_NO_TRAP;
        const uint64_t have = run(routines, export->index, pair, row->binary ? 2 : 1);
        if (have != want || hardware_trapped != want_trap) {
            check_report(false, __FILE__, __LINE__,
                         "%#" PRIx64 ", %#" PRIx64 " gives %#" PRIx64 ", should be %#" PRIx64, pair[0], pair[1], have,
                         want);
            return;
        }
    }
    CHECK(true);
}

/* A routine is linked into any module: it may use nothing but its operands, its locals and other routines. */
static void check_instructions(const struct vm_module *module) {
    check_context("instructions");
    CHECK_U64(module->imported_functions, 0);
    for (uint32_t i = 0; i < module->function_count; i++) {
        for (uint32_t at = module->functions[i].code_start; at < module->functions[i].code_end;) {
            const struct loader_instruction instruction = loader_instruction_at(module, at);
            const uint8_t immediate = vm_opcodes[instruction.op].immediate;
            at = instruction.next;
            const bool good =
                vm_opcodes[instruction.op].feature == VM_FEATURE_MVP &&
                (immediate == VM_IMM_NONE || immediate == VM_IMM_LOCAL || immediate == VM_IMM_I32 ||
                 immediate == VM_IMM_I64 || immediate == VM_IMM_LABEL || immediate == VM_IMM_LABEL_TABLE ||
                 immediate == VM_IMM_FUNCTION || (immediate == VM_IMM_BLOCK && instruction.operands[0] >> 63 == 1));
            if (!good) {
                check_report(false, __FILE__, __LINE__, "function %u has %s", (unsigned)i,
                             vm_opcodes[instruction.op].text);
                return;
            }
        }
    }
    CHECK(true);
}

int main(int count, char **words) {
    const uint64_t pairs = count > 1 ? strtoull(words[1], NULL, 10) : 5000;
    struct routines routines = {0};
    if (loader_routines().size == 0 || !hardware_is_usable()) {
        printf("hardware_wasm_test: skipped, %s\n", hardware_is_usable()
                                                        ? "this build has no routines (clang is not installed)"
                                                        : "the floating point of this machine is not what wasm has");
        return 0;
    }
    if (CHECK(load(&routines))) {
        check_instructions(routines.module);
        for (uint32_t i = 0; i < hardware_row_count; i++) {
            check_context("%s", hardware_rows[i].text);
            compare(&routines, &hardware_rows[i], hardware_special_pairs(&hardware_rows[i]) + pairs);
        }
    }
    vm_machine_free(routines.machine);
    vm_store_free(routines.store);
    vm_module_free(routines.module);
    return check_done();
}
