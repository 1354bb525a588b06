/* loader/inspect.c - steps over instructions, by the immediate column of vm/opcodes.def.  Spec: binary-instr
 *
 * The loader has checked every byte that is read here. */
#include "loader/inspect.h"

#include "vm/error.h"
#include "vm/leb128.h"

/* Index immediates of each kind; what is not in this table is read by a case below. */
static const uint8_t index_count[] = {
    [VM_IMM_NONE] = 0,          [VM_IMM_LABEL] = 1,      [VM_IMM_FUNCTION] = 1,      [VM_IMM_TYPE] = 1,
    [VM_IMM_TYPE_TABLE] = 2,    [VM_IMM_LOCAL] = 1,      [VM_IMM_GLOBAL] = 1,        [VM_IMM_TABLE] = 1,
    [VM_IMM_TABLE_TABLE] = 2,   [VM_IMM_ELEMENT] = 1,    [VM_IMM_ELEMENT_TABLE] = 2, [VM_IMM_MEMORY] = 1,
    [VM_IMM_MEMORY_MEMORY] = 2, [VM_IMM_DATA] = 1,       [VM_IMM_DATA_MEMORY] = 2,   [VM_IMM_TAG] = 1,
    [VM_IMM_TYPE_FIELD] = 2,    [VM_IMM_TYPE_COUNT] = 2, [VM_IMM_TYPE_DATA] = 2,     [VM_IMM_TYPE_ELEMENT] = 2,
    [VM_IMM_BRANCH_CAST] = 0,   [VM_IMM_TYPE_TYPE] = 2,
};

static void keep(struct loader_instruction *instruction, uint64_t operand) {
    if (instruction->operand_count < 2)
        instruction->operands[instruction->operand_count++] = operand;
}

/* A memarg.  Spec: binary-memarg; bit 6 of the alignment says that a memory index stands between the two. */
static void read_memarg(struct loader_instruction *instruction, const uint8_t **pc) {
    const uint32_t alignment = vm_read_u32(pc);
    if ((alignment & 0x40) != 0)
        vm_read_u32(pc);
    keep(instruction, alignment & 0x3F);
    const struct vm_leb128 offset = vm_leb128_unsigned(*pc);
    *pc = offset.next;
    keep(instruction, offset.value);
}

static void read_fixed(struct loader_instruction *instruction, const uint8_t **pc, size_t size) {
    if (size == 4)
        keep(instruction, vm_load_u32(*pc));
    else if (size == 8)
        keep(instruction, vm_load_u64(*pc));
    else if (size == 1)
        keep(instruction, **pc);
    *pc += size;
}

static void read_immediate(struct loader_instruction *instruction, const uint8_t **pc) {
    const enum vm_immediate immediate = (enum vm_immediate)vm_opcodes[instruction->op].immediate;
    uint32_t count;
    switch (immediate) {
    case VM_IMM_I32:
    case VM_IMM_I64:
    case VM_IMM_BLOCK:
    case VM_IMM_HEAP_TYPE:
        keep(instruction, vm_read_signed(pc));
        return;
    case VM_IMM_LABEL_TABLE:
        count = vm_read_u32(pc);
        keep(instruction, count);
        for (uint32_t i = 0; i <= count; i++) /* the default label too */
            vm_read_u32(pc);
        return;
    case VM_IMM_MEMARG:
        read_memarg(instruction, pc);
        return;
    case VM_IMM_MEMARG_LANE:
        read_memarg(instruction, pc);
        *pc += 1;
        return;
    case VM_IMM_F32:
        read_fixed(instruction, pc, 4);
        return;
    case VM_IMM_F64:
        read_fixed(instruction, pc, 8);
        return;
    case VM_IMM_V128:
    case VM_IMM_SHUFFLE:
        read_fixed(instruction, pc, 16);
        return;
    case VM_IMM_LANE:
    case VM_IMM_BYTE:
        read_fixed(instruction, pc, 1);
        return;
    case VM_IMM_SELECT_TYPES:
        count = vm_read_u32(pc);
        keep(instruction, count);
        *pc += count;
        return;
    case VM_IMM_NONE:
    case VM_IMM_LABEL:
    case VM_IMM_FUNCTION:
    case VM_IMM_TYPE:
    case VM_IMM_TYPE_TABLE:
    case VM_IMM_LOCAL:
    case VM_IMM_GLOBAL:
    case VM_IMM_TABLE:
    case VM_IMM_TABLE_TABLE:
    case VM_IMM_ELEMENT:
    case VM_IMM_ELEMENT_TABLE:
    case VM_IMM_MEMORY:
    case VM_IMM_MEMORY_MEMORY:
    case VM_IMM_DATA:
    case VM_IMM_DATA_MEMORY:
    case VM_IMM_TAG:
    case VM_IMM_TRY_TABLE: /* never admitted, so never here */
    case VM_IMM_TYPE_FIELD:
    case VM_IMM_TYPE_COUNT:
    case VM_IMM_TYPE_DATA:
    case VM_IMM_TYPE_ELEMENT:
    case VM_IMM_TYPE_TYPE:
    case VM_IMM_BRANCH_CAST: /* never admitted, so never here */
        break;
    }
    count = immediate < sizeof index_count ? index_count[immediate] : 0;
    for (uint32_t i = 0; i < count; i++)
        keep(instruction, vm_read_u32(pc));
}

struct loader_instruction loader_instruction_at(const struct vm_module *module, uint32_t offset) {
    const uint8_t *pc = module->bytes.data + offset;
    const uint8_t byte = *pc++;
    uint32_t op = vm_op_by_byte[byte];
    if (op == VM_OP_COUNT)
        op = vm_op_by_prefix(byte, vm_read_u32(&pc));
    struct loader_instruction instruction = {.op = (enum vm_op)op, .offset = offset};
    read_immediate(&instruction, &pc);
    instruction.next = (uint32_t)(pc - module->bytes.data);
    return instruction;
}

uint32_t loader_function_at(const struct vm_module *module, uint32_t offset) {
    uint32_t low = 0, high = module->function_count - module->imported_functions;
    while (low < high) { /* bodies stand in the order of their indices */
        const uint32_t middle = low + (high - low) / 2;
        if (module->functions[middle].code_end <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == module->function_count - module->imported_functions || offset < module->functions[low].code_start)
        return VM_NO_FUNCTION;
    return module->imported_functions + low;
}
