/* vm/interpreter_calls.c - frames: calls, tail calls, returns, host calls.  Spec: exec-invoke, exec-call, exec-return
 *
 * Arguments are not copied: where the caller had them on its operand stack the callee has its first locals, and where
 * it had its locals the callee leaves its results.  Frames therefore overlap, and the stack needs less than the sum
 * that is checked against the cap. */
#include <assert.h>
#include <string.h>

#include "vm/interpreter.h"

static struct vm_frame *innermost(struct vm_machine *machine) {
    return &machine->frames[machine->depth - 1];
}

/* What active frames use together, without the innermost one if that is about to be replaced. */
static uint64_t used_operands(const struct vm_machine *machine, bool tail) {
    const uint32_t depth = machine->depth - (tail ? 1 : 0);
    return depth == 0 ? 0 : machine->frames[depth - 1].used_operands;
}

/* Makes sure that `need` more operands are within the cap. */
static bool reserve_operands(struct vm_machine *machine, uint64_t used, uint64_t need) {
    if (need > machine->value_capacity - used)
        return vm_machine_end(machine, VM_TRAP_OPERAND_STACK_EXHAUSTED);
    if (used + need > machine->peak_operands)
        machine->peak_operands = used + need;
    return true;
}

/* Spec: exec-invoke.  Price first, then the caps, then the frame, whose declared locals start as zero.  A tail call
 * replaces the innermost frame. */
static bool enter(struct vm_machine *machine, struct vm_instance *instance, uint32_t index, vm_value *locals,
                  const vm_value *arguments, bool tail) {
    const struct vm_module *const module = instance->module;
    const struct vm_function *const function = &module->functions[index - module->imported_functions];
    const struct vm_function_type *const type = &module->types[function->type];
    if (function->local_count > 0 &&
        !vm_machine_charge(machine, vm_price_of(machine->schedule->local, function->local_count)))
        return false;
    if (!tail && machine->depth >= machine->frame_capacity)
        return vm_machine_end(machine, VM_TRAP_CALL_STACK_EXHAUSTED);
    const uint64_t used = used_operands(machine, tail);
    const uint64_t need = (uint64_t)type->param_count + function->local_count + function->operand_height;
    if (!reserve_operands(machine, used, need))
        return false;
    if (type->param_count > 0 && arguments != locals)
        memmove(locals, arguments, type->param_count * sizeof *locals);
    vm_value *const operands = locals + type->param_count + function->local_count;
    for (vm_value *local = locals + type->param_count; local < operands; local++)
        *local = 0;
    if (!tail && ++machine->depth > machine->peak_frames)
        machine->peak_frames = machine->depth;
    *innermost(machine) = (struct vm_frame){.pc = module->bytes.data + function->code_start,
                                            .branch = function->branches,
                                            .locals = locals,
                                            .operands = operands,
                                            .bytes = module->bytes.data,
                                            .end = module->bytes.data + function->code_end,
                                            .branches = function->branches,
                                            .instance = instance,
                                            .function = function,
                                            .result_count = type->result_count,
                                            .used_operands = used + need};
    machine->sp = operands;
    return true;
}

bool vm_call_first(struct vm_machine *machine, struct vm_instance *instance, uint32_t index,
                   const vm_value *arguments) {
    return enter(machine, instance, index, machine->values, arguments, false);
}

static bool call_wasm(struct vm_machine *machine, struct vm_instance *instance, uint32_t index, bool tail) {
    struct vm_frame *const caller = innermost(machine);
    const struct vm_function_type *const type = vm_module_function_type(instance->module, index);
    vm_value *const arguments = machine->sp - type->param_count;
    return enter(machine, instance, index, tail ? caller->locals : arguments, arguments, tail);
}

static bool call_reference(struct vm_machine *machine, vm_value reference, bool tail) {
    struct vm_instance *instance;
    uint32_t index;
    vm_function_reference_target(machine->store, reference, &instance, &index);
    return instance == NULL ? vm_call_host(machine, index, tail) : call_wasm(machine, instance, index, tail);
}

/* Spec: exec-call */
bool vm_call_function(struct vm_machine *machine, uint32_t index, bool tail) {
    struct vm_instance *const instance = innermost(machine)->instance;
    if (index < instance->module->imported_functions)
        return call_reference(machine, instance->imported_functions[index], tail);
    return call_wasm(machine, instance, index, tail);
}

/* Spec: exec-call_indirect */
bool vm_call_indirect(struct vm_machine *machine, uint32_t type, uint32_t table, bool tail) {
    const struct vm_instance *const instance = innermost(machine)->instance;
    const struct vm_table *const elements = instance->tables[table];
    const uint32_t element = (uint32_t)machine->sp[-1];
    if (element >= elements->size)
        return vm_machine_end(machine, VM_TRAP_UNDEFINED_ELEMENT);
    const vm_value reference = elements->elements[element];
    if (reference == VM_NULL_REFERENCE)
        return vm_machine_end(machine, VM_TRAP_UNINITIALIZED_ELEMENT);
    if (!vm_function_type_equal(&instance->module->types[type], vm_function_reference_type(machine->store, reference)))
        return vm_machine_end(machine, VM_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
    machine->sp--;
    return call_reference(machine, reference, tail);
}

/* What a host function wrote into a 32-bit result counts without the bits above. */
static void clean_results(const struct vm_function_type *type, vm_value *results) {
    for (uint32_t i = 0; i < type->result_count; i++) {
        const uint8_t result = type->types[type->param_count + i];
        if (result == VM_I32 || result == VM_F32)
            results[i] = (uint32_t)results[i];
    }
}

/* Spec: exec-invoke-host.  Results need no room of their own where the caller goes on, for its operand height counts
 * them; a tail call, or a call from outside, has no such caller: there arguments or results, whichever are more, take
 * the place of the frame. */
bool vm_call_host(struct vm_machine *machine, uint32_t host, bool tail) {
    const struct vm_host *const target = &machine->store->hosts[host];
    const struct vm_function_type *const type = &target->function->type;
    if (!vm_machine_charge(machine, target->function->base_price))
        return false;
    struct vm_frame *const caller = machine->depth == 0 ? NULL : innermost(machine);
    vm_value *slots = machine->sp - type->param_count;
    if (caller == NULL || tail) {
        const uint64_t need = type->param_count > type->result_count ? type->param_count : type->result_count;
        if (!reserve_operands(machine, used_operands(machine, tail), need))
            return false;
        if (caller != NULL) {
            if (type->param_count > 0)
                memmove(caller->locals, slots, type->param_count * sizeof *slots);
            slots = caller->locals;
        }
    }
    struct vm_host_call call = {.context = target->context,
                                .slots = slots,
                                .memory = caller == NULL ? NULL : caller->instance->memory,
                                .machine = machine};
    const enum vm_trap_kind kind = target->function->entry(&call);
    if (kind != VM_TRAP_NONE)
        return vm_machine_end(machine, kind);
    clean_results(type, slots);
    machine->sp = slots + type->result_count;
    if (tail)
        return vm_return(machine);
    return true;
}

/* Spec: exec-return */
bool vm_return(struct vm_machine *machine) {
    const struct vm_frame *const frame = innermost(machine);
    const vm_value *const results = machine->sp - frame->result_count;
    for (uint32_t i = 0; i < frame->result_count; i++)
        frame->locals[i] = results[i];
    machine->sp = frame->locals + frame->result_count;
    machine->depth--;
    if (machine->depth > 0)
        return true;
    machine->result_count = frame->result_count;
    machine->state = VM_RUN_DONE;
    return false;
}
