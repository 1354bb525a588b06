/* server/cli/trace.c - one line for each instruction. */
#include "server/cli/trace.h"

#include "loader/inspect.h"
#include "server/cli/cli.h"

#define OPERANDS_SHOWN 6

void cli_trace(const struct vm_machine *machine) {
    if (vm_machine_depth(machine) == 0)
        return;
    const struct vm_frame_info frame = vm_machine_frame(machine, 0);
    const struct vm_module *const module = vm_instance_module(frame.instance);
    fprintf(stderr, "%*s", (int)(vm_machine_depth(machine) % 40), "");
    cli_show_function(stderr, module, frame.function);
    fprintf(stderr, " @0x%lx: ", (unsigned long)frame.offset);
    if (frame.offset < module->functions[frame.function - module->imported_functions].code_end) {
        const struct loader_instruction instruction = loader_instruction_at(module, frame.offset);
        fputs(vm_opcodes[instruction.op].text, stderr);
        for (uint32_t i = 0; i < instruction.operand_count; i++)
            fprintf(stderr, " 0x%llx", (unsigned long long)instruction.operands[i]);
    }
    uint32_t count;
    const vm_value *const operands = vm_machine_operands(machine, &count);
    fprintf(stderr, "  [%s", count > OPERANDS_SHOWN ? "... " : "");
    for (uint32_t i = count > OPERANDS_SHOWN ? count - OPERANDS_SHOWN : 0; i < count; i++)
        fprintf(stderr, "%s0x%llx", i == 0 || (count > OPERANDS_SHOWN && i == count - OPERANDS_SHOWN) ? "" : " ",
                (unsigned long long)operands[i]);
    fprintf(stderr, "]  fuel left %llu\n", (unsigned long long)vm_machine_fuel_left(machine));
}
