/* vm/machine.c - begins, pauses and reports runs of the plain engine.  Spec: exec-invocation */
#include "vm/machine.h"

#include <assert.h>
#include <string.h>

#include "vm/fast/engine.h"
#include "vm/interpreter.h"

struct vm_machine *vm_machine_new(struct vm_store *store) {
    const struct vm_allocator *const allocator = &store->allocator;
    const uint64_t frames = store->limits.call_depth, values = store->limits.operand_stack;
    if (frames > SIZE_MAX / sizeof(struct vm_frame) - 1 || values > SIZE_MAX / sizeof(vm_value) - 1)
        return NULL;
    struct vm_machine *const machine = vm_allocate(allocator, sizeof *machine);
    if (machine == NULL)
        return NULL;
    machine->store = store;
    machine->frame_capacity = frames;
    machine->value_capacity = values;
    machine->frames = vm_allocate(allocator, ((size_t)frames + 1) * sizeof *machine->frames);
    machine->values = vm_allocate(allocator, ((size_t)values + 1) * sizeof *machine->values);
    if (machine->frames == NULL || machine->values == NULL) {
        vm_machine_free(machine);
        return NULL;
    }
    machine->sp = machine->values;
    return machine;
}

void vm_machine_set_engine(struct vm_machine *machine, enum vm_engine engine) {
    machine->fast.on = engine == VM_ENGINE_FAST;
}

void vm_machine_free(struct vm_machine *machine) {
    if (machine == NULL)
        return;
    const struct vm_allocator *const allocator = &machine->store->allocator;
    vm_release(allocator, machine->frames, ((size_t)machine->frame_capacity + 1) * sizeof *machine->frames);
    vm_release(allocator, machine->values, ((size_t)machine->value_capacity + 1) * sizeof *machine->values);
    vm_release(allocator, machine, sizeof *machine);
}

bool vm_machine_end(struct vm_machine *machine, enum vm_trap_kind kind) {
    machine->state = VM_RUN_TRAPPED;
    machine->trap.kind = kind;
    if (kind != VM_TRAP_OUT_OF_FUEL)
        machine->trap.price = 0;
    return false;
}

bool vm_machine_fail(struct vm_machine *machine) {
    machine->state = VM_RUN_FAILED;
    return false;
}

/* Takes from the budget, then from the reserve.  A slice may be overrun by a part of one instruction: where a run
 * pauses must not matter, so nothing pauses in the middle of one. */
static bool take_fuel(struct vm_machine *machine, uint64_t amount) {
    if (amount > machine->budget + machine->reserve)
        return false;
    if (amount <= machine->budget) {
        machine->budget -= amount;
    } else {
        machine->reserve -= amount - machine->budget;
        machine->budget = 0;
    }
    return true;
}

bool vm_machine_charge(struct vm_machine *machine, uint64_t amount) {
    if (take_fuel(machine, amount))
        return true;
    machine->budget += machine->price;
    machine->trap.price = amount > UINT64_MAX - machine->price ? UINT64_MAX : amount + machine->price;
    return vm_machine_end(machine, VM_TRAP_OUT_OF_FUEL);
}

bool vm_host_charge(struct vm_host_call *call, uint64_t amount) {
    if (take_fuel(call->machine, amount))
        return true;
    call->machine->trap.price = amount;
    return false;
}

/* A trap before the first frame is there is put at the start of the function. */
static void begin_function(struct vm_machine *machine, struct vm_instance *instance, uint32_t index,
                           const vm_value *arguments) {
    const struct vm_module *const module = instance->module;
    machine->trap.instance = instance->number;
    machine->trap.function = index;
    machine->trap.offset = module->functions[index - module->imported_functions].code_start;
    vm_call_first(machine, instance, index, arguments);
}

static void begin_host(struct vm_machine *machine, uint32_t host, const vm_value *arguments, uint32_t count) {
    machine->trap.instance = UINT32_MAX;
    machine->trap.function = host;
    machine->trap.offset = 0;
    if (count > machine->value_capacity) {
        vm_machine_end(machine, VM_TRAP_OPERAND_STACK_EXHAUSTED);
        return;
    }
    if (count > 0)
        memcpy(machine->values, arguments, count * sizeof *arguments);
    machine->sp = machine->values + count;
    machine->host = host;
}

enum vm_run_state vm_machine_begin(struct vm_machine *machine, vm_value function, const vm_value *arguments,
                                   uint32_t count, const struct vm_schedule *schedule, uint64_t fuel) {
    machine->state = VM_RUN_PAUSED;
    machine->depth = 0;
    machine->sp = machine->values;
    machine->schedule = schedule;
    machine->fast.checked = NULL;
    machine->fast.watch = false;
    machine->priced = false;
    machine->fuel = fuel;
    machine->budget = fuel;
    machine->reserve = 0;
    machine->price = 0;
    machine->trap = (struct vm_trap){.kind = VM_TRAP_NONE};
    machine->result_count = 0;
    machine->host = VM_NO_FUNCTION;
    machine->peak_frames = 0;
    machine->peak_operands = 0;

    assert(count == vm_function_reference_type(machine->store, function)->param_count);
    struct vm_instance *instance;
    uint32_t index;
    vm_function_reference_target(machine->store, function, &instance, &index);
    if (instance != NULL)
        begin_function(machine, instance, index, arguments);
    else
        begin_host(machine, index, arguments, count);
    return machine->state;
}

enum vm_run_state vm_machine_run(struct vm_machine *machine, uint64_t slice) {
    if (machine->state != VM_RUN_PAUSED)
        return machine->state;
    const uint64_t left = machine->budget + machine->reserve;
    slice = slice == 0 ? 1 : slice;
    machine->budget = slice < left ? slice : left;
    machine->reserve = left - machine->budget;
    machine->fast.made = 0;
    if (machine->depth > 0) {
        if (machine->fast.on)
            vm_fast_drive(machine);
        else
            vm_interpreter_run(machine);
    } else if (vm_call_host(machine, machine->host, false)) {
        machine->result_count = machine->store->hosts[machine->host].function->type.result_count;
        machine->state = VM_RUN_DONE;
    }
    return machine->state;
}

/* Every instruction costs at least 1, and a slice of 1 is spent by the first. */
enum vm_run_state vm_machine_step(struct vm_machine *machine) {
    return vm_machine_run(machine, 1);
}

const vm_value *vm_machine_results(const struct vm_machine *machine) {
    return machine->values;
}

uint32_t vm_machine_result_count(const struct vm_machine *machine) {
    return machine->result_count;
}

const struct vm_trap *vm_machine_trap(const struct vm_machine *machine) {
    return &machine->trap;
}

struct vm_usage vm_machine_usage(const struct vm_machine *machine) {
    return (struct vm_usage){.fuel = machine->fuel - vm_machine_fuel_left(machine),
                             .frames = machine->peak_frames,
                             .operands = (uint32_t)machine->peak_operands};
}

uint64_t vm_machine_fuel_left(const struct vm_machine *machine) {
    return machine->budget + machine->reserve;
}

uint32_t vm_machine_depth(const struct vm_machine *machine) {
    return machine->depth;
}

struct vm_frame_info vm_machine_frame(const struct vm_machine *machine, uint32_t index) {
    assert(index < machine->depth);
    const struct vm_frame *const frame = &machine->frames[machine->depth - 1 - index];
    const struct vm_module *const module = frame->instance->module;
    return (struct vm_frame_info){
        .instance = frame->instance,
        .function = module->imported_functions + (uint32_t)(frame->function - module->functions),
        .offset = index == 0 ? (uint32_t)(frame->pc - frame->bytes) : frame->call,
    };
}

const vm_value *vm_machine_operands(const struct vm_machine *machine, uint32_t *count) {
    const vm_value *const first = machine->depth == 0 ? machine->values : machine->frames[machine->depth - 1].operands;
    *count = (uint32_t)(machine->sp - first);
    return first;
}

const vm_value *vm_machine_locals(const struct vm_machine *machine, uint32_t *count) {
    if (machine->depth == 0) {
        *count = 0;
        return machine->values;
    }
    const struct vm_frame *const frame = &machine->frames[machine->depth - 1];
    *count = (uint32_t)(frame->operands - frame->locals);
    return frame->locals;
}
