/* vm/interpreter_bulk.c - instructions whose price depends on their operands, and wide arithmetic.
 * Spec: exec-instr-memory, exec-instr-table; proposal: wide-arithmetic
 *
 * Bulk instructions pay for what they are asked to do before it is checked and done; growing pays only if it is not
 * refused. */
#include <assert.h>

#include "vm/code.h"
#include "vm/interpreter.h"
#include "vm/leb128.h"
#include "vm/numeric.h"

/* Rows by sub-opcode. */
static const uint16_t prefixed_rows[] = {
#define OP(name, code, text, immediate, in, out, align, cost, feature)
#define OP_FC(name, code, text, immediate, in, out, align, cost, feature) [(code) & 0xFFFF] = VM_OP_##name,
#define OP_FB OP
#define OP_FD OP
#define OP_FE OP
#include "vm/opcodes.def"
};

uint64_t vm_prefixed_price(const struct vm_schedule *schedule, uint32_t sub_opcode) {
    assert(sub_opcode < sizeof prefixed_rows / sizeof *prefixed_rows);
    return schedule->instruction[prefixed_rows[sub_opcode]];
}

/* Takes three operands off the stack and ends the run if the work on them trapped. */
static bool finish(struct vm_machine *machine, enum vm_trap_kind kind) {
    if (kind != VM_TRAP_NONE)
        return vm_machine_end(machine, kind);
    machine->sp -= 3;
    return true;
}

/* Spec: exec-memory.grow.  Within the maximum growing can only fail for want of this machine's memory, which must not
 * look like an answer. */
bool vm_grow_memory(struct vm_machine *machine, uint32_t index) {
    struct vm_memory *const memory = machine->frames[machine->depth - 1].instance->memories[index];
    vm_value *const top = machine->sp - 1;
    const uint32_t delta = (uint32_t)*top;
    if (!vm_memory_can_grow(memory, delta)) {
        *top = UINT32_MAX;
        return true;
    }
    if (!vm_machine_charge(machine,
                           vm_price_of(machine->schedule->memory_page, vm_started_pages(&memory->type, delta))))
        return false;
    *top = memory->pages;
    return vm_memory_grow(&machine->store->memories, memory, delta) || vm_machine_fail(machine);
}

/* Spec: exec-table.grow */
static bool grow_table(struct vm_machine *machine, struct vm_table *table) {
    const uint32_t delta = (uint32_t)machine->sp[-1];
    const vm_value value = machine->sp[-2];
    uint32_t result = UINT32_MAX;
    if (vm_table_can_grow(table, delta)) {
        if (!vm_machine_charge(machine, vm_price_of(machine->schedule->table_element, delta)))
            return false;
        result = table->size;
        if (!vm_table_grow(&machine->store->tables, table, value, delta))
            return vm_machine_fail(machine);
    }
    machine->sp--;
    machine->sp[-1] = result;
    return true;
}

/* i64.add128, i64.sub128: both operands as low and high half. */
static bool wide_sum(struct vm_machine *machine, struct vm_wide (*operation)(struct vm_wide, struct vm_wide)) {
    vm_value *const sp = machine->sp -= 2;
    const struct vm_wide a = {sp[-2], sp[-1]}, b = {sp[0], sp[1]};
    const struct vm_wide result = operation(a, b);
    sp[-2] = result.low;
    sp[-1] = result.high;
    return true;
}

static bool wide_product(struct vm_machine *machine, struct vm_wide (*operation)(uint64_t, uint64_t)) {
    vm_value *const sp = machine->sp;
    const struct vm_wide result = operation(sp[-2], sp[-1]);
    sp[-2] = result.low;
    sp[-1] = result.high;
    return true;
}

bool vm_run_prefixed(struct vm_machine *machine, uint32_t sub_opcode) {
    struct vm_frame *const frame = &machine->frames[machine->depth - 1];
    struct vm_instance *const instance = frame->instance;
    const struct vm_schedule *const schedule = machine->schedule;
    const uint32_t code = 0xFC0000 | sub_opcode;
    const vm_value *const sp = machine->sp;
    switch (code) {
    case VM_CODE_MEMORY_INIT: {
        const uint32_t segment = vm_read_u32(&frame->pc);
        struct vm_memory *const memory = instance->memories[vm_read_u32(&frame->pc)];
        const uint32_t size = (uint32_t)sp[-1], from = (uint32_t)sp[-2], to = (uint32_t)sp[-3];
        return vm_machine_charge(machine, vm_price_of(schedule->memory_byte, size)) &&
               finish(machine, vm_memory_init(memory, to, vm_data_bytes(instance, segment), from, size));
    }
    case VM_CODE_DATA_DROP:
        instance->drops = true;
        instance->dropped_data[vm_read_u32(&frame->pc)] = true;
        return true;
    case VM_CODE_MEMORY_COPY: {
        struct vm_memory *const memory = instance->memories[vm_read_u32(&frame->pc)];
        const struct vm_memory *const source = instance->memories[vm_read_u32(&frame->pc)];
        const uint32_t size = (uint32_t)sp[-1], from = (uint32_t)sp[-2], to = (uint32_t)sp[-3];
        return vm_machine_charge(machine, vm_price_of(schedule->memory_byte, size)) &&
               finish(machine, vm_memory_copy(memory, to, source, from, size));
    }
    case VM_CODE_MEMORY_FILL: {
        struct vm_memory *const memory = instance->memories[vm_read_u32(&frame->pc)];
        const uint32_t size = (uint32_t)sp[-1], to = (uint32_t)sp[-3];
        return vm_machine_charge(machine, vm_price_of(schedule->memory_byte, size)) &&
               finish(machine, vm_memory_fill(memory, to, (uint8_t)sp[-2], size));
    }
    case VM_CODE_TABLE_INIT: {
        const uint32_t segment = vm_read_u32(&frame->pc);
        struct vm_table *const table = instance->tables[vm_read_u32(&frame->pc)];
        const uint32_t count = (uint32_t)sp[-1], from = (uint32_t)sp[-2], to = (uint32_t)sp[-3];
        return vm_machine_charge(machine, vm_price_of(schedule->table_element, count)) &&
               finish(machine, vm_table_init(table, to, instance, segment, from, count));
    }
    case VM_CODE_ELEM_DROP:
        instance->drops = true;
        instance->dropped_elements[vm_read_u32(&frame->pc)] = true;
        return true;
    case VM_CODE_TABLE_COPY: {
        struct vm_table *const table = instance->tables[vm_read_u32(&frame->pc)];
        const struct vm_table *const source = instance->tables[vm_read_u32(&frame->pc)];
        const uint32_t count = (uint32_t)sp[-1], from = (uint32_t)sp[-2], to = (uint32_t)sp[-3];
        return vm_machine_charge(machine, vm_price_of(schedule->table_element, count)) &&
               finish(machine, vm_table_copy(table, to, source, from, count));
    }
    case VM_CODE_TABLE_GROW:
        return grow_table(machine, instance->tables[vm_read_u32(&frame->pc)]);
    case VM_CODE_TABLE_SIZE:
        *machine->sp++ = instance->tables[vm_read_u32(&frame->pc)]->size;
        return true;
    case VM_CODE_TABLE_FILL: {
        struct vm_table *const table = instance->tables[vm_read_u32(&frame->pc)];
        const uint32_t count = (uint32_t)sp[-1], to = (uint32_t)sp[-3];
        return vm_machine_charge(machine, vm_price_of(schedule->table_element, count)) &&
               finish(machine, vm_table_fill(table, to, sp[-2], count));
    }
    case VM_CODE_I64_ADD128:
        return wide_sum(machine, vm_add128);
    case VM_CODE_I64_SUB128:
        return wide_sum(machine, vm_sub128);
    case VM_CODE_I64_MUL_WIDE_S:
        return wide_product(machine, vm_mul_wide_s);
    case VM_CODE_I64_MUL_WIDE_U:
        return wide_product(machine, vm_mul_wide_u);
    default: /* The loader admits no others but saturating truncations of floats. */
        return vm_machine_end(machine, VM_TRAP_FLOAT_EXECUTED);
    }
}
