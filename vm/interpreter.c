/* vm/interpreter.c - the loop of the plain engine: one arm for each instruction.  Spec: exec-instr
 *
 * The code is the module's own bytes.  Immediates are decoded where they stand; control follows the branch table that
 * the validator wrote (struct vm_branch).  An instruction's price is taken before anything of it is done.  Arms of one
 * line are expanded from lists; their right column is what the spec calls the operation.
 *
 * An arm ends with `continue` (next instruction) or goes to one of the labels at the end of the loop:
 *   trap   the run ends with `kind`, located at the instruction
 *   leave  the function is done, its results on top of the stack
 *   step   a function of interpreter.h has run on the saved registers; `goes_on` says whether the run does, too */
#include "vm/interpreter.h"

#include <assert.h>

#include "vm/code.h"
#include "vm/fast/engine.h"
#include "vm/leb128.h"
#include "vm/numeric.h"

/* NAME, type of the operand, result */
#define UNARY_LIST(X)                                                                                                  \
    X(I32_EQZ, uint32_t, a == 0)                                                                                       \
    X(I32_CLZ, uint32_t, vm_clz32(a))                                                                                  \
    X(I32_CTZ, uint32_t, vm_ctz32(a))                                                                                  \
    X(I32_POPCNT, uint32_t, vm_popcnt32(a))                                                                            \
    X(I32_EXTEND8_S, uint32_t, vm_extend8_32(a))                                                                       \
    X(I32_EXTEND16_S, uint32_t, vm_extend16_32(a))                                                                     \
    X(I32_WRAP_I64, uint32_t, a)                                                                                       \
    X(I64_EQZ, uint64_t, a == 0)                                                                                       \
    X(I64_CLZ, uint64_t, vm_clz64(a))                                                                                  \
    X(I64_CTZ, uint64_t, vm_ctz64(a))                                                                                  \
    X(I64_POPCNT, uint64_t, vm_popcnt64(a))                                                                            \
    X(I64_EXTEND8_S, uint64_t, vm_extend8_64(a))                                                                       \
    X(I64_EXTEND16_S, uint64_t, vm_extend16_64(a))                                                                     \
    X(I64_EXTEND32_S, uint64_t, vm_extend32_64(a))                                                                     \
    X(I64_EXTEND_I32_S, uint64_t, vm_extend32_64(a))                                                                   \
    X(I64_EXTEND_I32_U, uint64_t, a)                                                                                   \
    X(REF_IS_NULL, uint64_t, a == VM_NULL_REFERENCE)                                                                   \
    X(I32_REINTERPRET_F32, uint64_t, a)                                                                                \
    X(I64_REINTERPRET_F64, uint64_t, a)                                                                                \
    X(F32_REINTERPRET_I32, uint64_t, a)                                                                                \
    X(F64_REINTERPRET_I64, uint64_t, a)                                                                                \
    X(F32_ABS, uint64_t, a & ~F32_SIGN)                                                                                \
    X(F32_NEG, uint64_t, a ^ F32_SIGN)                                                                                 \
    X(F64_ABS, uint64_t, a & ~F64_SIGN)                                                                                \
    X(F64_NEG, uint64_t, a ^ F64_SIGN)

/* NAME, type of the operands, result */
#define BINARY_LIST(X)                                                                                                 \
    X(I32_EQ, uint32_t, a == b)                                                                                        \
    X(I32_NE, uint32_t, a != b)                                                                                        \
    X(I32_LT_S, uint32_t, vm_signed32(a) < vm_signed32(b))                                                             \
    X(I32_LT_U, uint32_t, a < b)                                                                                       \
    X(I32_GT_S, uint32_t, vm_signed32(a) > vm_signed32(b))                                                             \
    X(I32_GT_U, uint32_t, a > b)                                                                                       \
    X(I32_LE_S, uint32_t, vm_signed32(a) <= vm_signed32(b))                                                            \
    X(I32_LE_U, uint32_t, a <= b)                                                                                      \
    X(I32_GE_S, uint32_t, vm_signed32(a) >= vm_signed32(b))                                                            \
    X(I32_GE_U, uint32_t, a >= b)                                                                                      \
    X(I32_ADD, uint32_t, a + b)                                                                                        \
    X(I32_SUB, uint32_t, a - b)                                                                                        \
    X(I32_MUL, uint32_t, a *b)                                                                                         \
    X(I32_AND, uint32_t, a &b)                                                                                         \
    X(I32_OR, uint32_t, a | b)                                                                                         \
    X(I32_XOR, uint32_t, a ^ b)                                                                                        \
    X(I32_SHL, uint32_t, vm_shl32(a, b))                                                                               \
    X(I32_SHR_S, uint32_t, vm_shr_s32(a, b))                                                                           \
    X(I32_SHR_U, uint32_t, vm_shr_u32(a, b))                                                                           \
    X(I32_ROTL, uint32_t, vm_rotl32(a, b))                                                                             \
    X(I32_ROTR, uint32_t, vm_rotr32(a, b))                                                                             \
    X(I64_EQ, uint64_t, a == b)                                                                                        \
    X(I64_NE, uint64_t, a != b)                                                                                        \
    X(I64_LT_S, uint64_t, vm_signed64(a) < vm_signed64(b))                                                             \
    X(I64_LT_U, uint64_t, a < b)                                                                                       \
    X(I64_GT_S, uint64_t, vm_signed64(a) > vm_signed64(b))                                                             \
    X(I64_GT_U, uint64_t, a > b)                                                                                       \
    X(I64_LE_S, uint64_t, vm_signed64(a) <= vm_signed64(b))                                                            \
    X(I64_LE_U, uint64_t, a <= b)                                                                                      \
    X(I64_GE_S, uint64_t, vm_signed64(a) >= vm_signed64(b))                                                            \
    X(I64_GE_U, uint64_t, a >= b)                                                                                      \
    X(I64_ADD, uint64_t, a + b)                                                                                        \
    X(I64_SUB, uint64_t, a - b)                                                                                        \
    X(I64_MUL, uint64_t, a *b)                                                                                         \
    X(I64_AND, uint64_t, a &b)                                                                                         \
    X(I64_OR, uint64_t, a | b)                                                                                         \
    X(I64_XOR, uint64_t, a ^ b)                                                                                        \
    X(I64_SHL, uint64_t, vm_shl64(a, b))                                                                               \
    X(I64_SHR_S, uint64_t, vm_shr_s64(a, b))                                                                           \
    X(I64_SHR_U, uint64_t, vm_shr_u64(a, b))                                                                           \
    X(I64_ROTL, uint64_t, vm_rotl64(a, b))                                                                             \
    X(I64_ROTR, uint64_t, vm_rotr64(a, b))                                                                             \
    X(F32_COPYSIGN, uint64_t, (a & ~F32_SIGN) | (b & F32_SIGN))                                                        \
    X(F64_COPYSIGN, uint64_t, (a & ~F64_SIGN) | (b & F64_SIGN))

/* NAME, type of operands and result, function that may trap */
#define DIVISION_LIST(X)                                                                                               \
    X(I32_DIV_S, uint32_t, vm_div_s32)                                                                                 \
    X(I32_DIV_U, uint32_t, vm_div_u32)                                                                                 \
    X(I32_REM_S, uint32_t, vm_rem_s32)                                                                                 \
    X(I32_REM_U, uint32_t, vm_rem_u32)                                                                                 \
    X(I64_DIV_S, uint64_t, vm_div_s64)                                                                                 \
    X(I64_DIV_U, uint64_t, vm_div_u64)                                                                                 \
    X(I64_REM_S, uint64_t, vm_rem_s64)                                                                                 \
    X(I64_REM_U, uint64_t, vm_rem_u64)

/* NAME, bytes, value of the bytes at p */
#define LOAD_LIST(X)                                                                                                   \
    X(I32_LOAD, 4, vm_load_u32(p))                                                                                     \
    X(I64_LOAD, 8, vm_load_u64(p))                                                                                     \
    X(F32_LOAD, 4, vm_load_u32(p))                                                                                     \
    X(F64_LOAD, 8, vm_load_u64(p))                                                                                     \
    X(I32_LOAD8_S, 1, vm_extend8_32(p[0]))                                                                             \
    X(I32_LOAD8_U, 1, p[0])                                                                                            \
    X(I32_LOAD16_S, 2, vm_extend16_32(vm_load_u16(p)))                                                                 \
    X(I32_LOAD16_U, 2, vm_load_u16(p))                                                                                 \
    X(I64_LOAD8_S, 1, vm_extend8_64(p[0]))                                                                             \
    X(I64_LOAD8_U, 1, p[0])                                                                                            \
    X(I64_LOAD16_S, 2, vm_extend16_64(vm_load_u16(p)))                                                                 \
    X(I64_LOAD16_U, 2, vm_load_u16(p))                                                                                 \
    X(I64_LOAD32_S, 4, vm_extend32_64(vm_load_u32(p)))                                                                 \
    X(I64_LOAD32_U, 4, vm_load_u32(p))

/* NAME, bytes, how `value` gets to p */
#define STORE_LIST(X)                                                                                                  \
    X(I32_STORE, 4, vm_store_u32(p, (uint32_t)value))                                                                  \
    X(I64_STORE, 8, vm_store_u64(p, value))                                                                            \
    X(F32_STORE, 4, vm_store_u32(p, (uint32_t)value))                                                                  \
    X(F64_STORE, 8, vm_store_u64(p, value))                                                                            \
    X(I32_STORE8, 1, p[0] = (uint8_t)value)                                                                            \
    X(I32_STORE16, 2, vm_store_u16(p, (uint16_t)value))                                                                \
    X(I64_STORE8, 1, p[0] = (uint8_t)value)                                                                            \
    X(I64_STORE16, 2, vm_store_u16(p, (uint16_t)value))                                                                \
    X(I64_STORE32, 4, vm_store_u32(p, (uint32_t)value))

#define F32_SIGN (UINT64_C(1) << 31)
#define F64_SIGN (UINT64_C(1) << 63)

/* Moves the operands that a label takes along down to the label's height.  The new top of the stack. */
static inline vm_value *keep_operands(vm_value *sp, vm_value *operands, const struct vm_branch *branch) {
    vm_value *const to = operands + branch->height;
    const vm_value *const from = sp - branch->keep;
    if (from != to)
        for (uint32_t i = 0; i < branch->keep; i++)
            to[i] = from[i];
    return to + branch->keep;
}

/* Bit of a memarg's flags: a memory index follows. */
enum { MEMARG_HAS_MEMORY = 64 };

/* A memarg's memory, and where its offset stands. */
struct memarg {
    const uint8_t *offset;
    const struct vm_memory *memory;
};

/* Any form of flags, which are at `bytes`.  Out of line, because one memory and flags of one byte are the rule.
 * Spec: binary-memarg */
VM_COLD static struct memarg read_memarg(const uint8_t *bytes, const struct vm_instance *instance) {
    const uint32_t flags = vm_read_u32(&bytes);
    const uint32_t index = (flags & MEMARG_HAS_MEMORY) != 0 ? vm_read_u32(&bytes) : 0;
    return (struct memarg){bytes, instance->memories[index]};
}

/* Registers to frame and machine, and back. */
#define SAVE()                                                                                                         \
    (frame->pc = pc, frame->branch = branch, machine->sp = sp, machine->budget = budget, machine->price = price)
#define LOAD()                                                                                                         \
    (frame = &machine->frames[machine->depth - 1], pc = frame->pc, branch = frame->branch, sp = machine->sp,           \
     locals = frame->locals, memory = frame->instance->memory, budget = machine->budget)

#define TRAP(name)                                                                                                     \
    {                                                                                                                  \
        kind = VM_TRAP_##name;                                                                                         \
        goto trap;                                                                                                     \
    }

/* Runs a function of interpreter.h. */
#define STEP(call)                                                                                                     \
    {                                                                                                                  \
        SAVE();                                                                                                        \
        goes_on = (call);                                                                                              \
        goto step;                                                                                                     \
    }

/* Takes a branch.  The end of the body as target means: return. */
#define BRANCH(entry)                                                                                                  \
    {                                                                                                                  \
        const struct vm_branch *const taken = (entry);                                                                 \
        sp = keep_operands(sp, frame->operands, taken);                                                                \
        pc = frame->bytes + taken->target;                                                                             \
        branch = frame->branches + taken->next;                                                                        \
        if (pc == frame->end)                                                                                          \
            goto leave;                                                                                                \
        if (pc < at && machine->fast.watch)                                                                            \
            goto chance;                                                                                               \
        continue;                                                                                                      \
    }

#define UNARY(name, type, result)                                                                                      \
    case VM_CODE_##name: {                                                                                             \
        const type a = (type)sp[-1];                                                                                   \
        sp[-1] = (type)(result);                                                                                       \
        continue;                                                                                                      \
    }

#define BINARY(name, type, result)                                                                                     \
    case VM_CODE_##name: {                                                                                             \
        const type b = (type)sp[-1];                                                                                   \
        const type a = (type)sp[-2];                                                                                   \
        sp[-2] = (type)(result);                                                                                       \
        sp--;                                                                                                          \
        continue;                                                                                                      \
    }

#define DIVISION(name, type, function)                                                                                 \
    case VM_CODE_##name: {                                                                                             \
        type result;                                                                                                   \
        kind = function((type)sp[-2], (type)sp[-1], &result);                                                          \
        if (kind != VM_TRAP_NONE)                                                                                      \
            goto trap;                                                                                                 \
        sp[-2] = result;                                                                                               \
        sp--;                                                                                                          \
        continue;                                                                                                      \
    }

/* A memarg's memory: the one that `memory` holds unless the flags have more than an alignment in their one byte. */
#define FIND_MEMORY(found)                                                                                             \
    const struct vm_memory *found = memory;                                                                            \
    if (*pc < MEMARG_HAS_MEMORY) {                                                                                     \
        pc++;                                                                                                          \
    } else {                                                                                                           \
        const struct memarg other = read_memarg(pc, frame->instance);                                                  \
        pc = other.offset;                                                                                             \
        found = other.memory;                                                                                          \
    }

/* The address is computed in 64 bits, so it can't wrap. */
#define LOAD_FROM_MEMORY(name, width, result)                                                                          \
    case VM_CODE_##name: {                                                                                             \
        FIND_MEMORY(from)                                                                                              \
        const uint64_t address = sp[-1] + vm_read_u32(&pc);                                                            \
        if (address + (width) > from->bytes)                                                                           \
            TRAP(OUT_OF_BOUNDS_MEMORY_ACCESS);                                                                         \
        const uint8_t *const p = from->data + address;                                                                 \
        sp[-1] = result;                                                                                               \
        continue;                                                                                                      \
    }

#define STORE_TO_MEMORY(name, width, action)                                                                           \
    case VM_CODE_##name: {                                                                                             \
        FIND_MEMORY(to)                                                                                                \
        const uint64_t address = sp[-2] + vm_read_u32(&pc);                                                            \
        if (address + (width) > to->bytes)                                                                             \
            TRAP(OUT_OF_BOUNDS_MEMORY_ACCESS);                                                                         \
        uint8_t *const p = to->data + address;                                                                         \
        const vm_value value = sp[-1];                                                                                 \
        action;                                                                                                        \
        vm_dirty_mark(to->data, address + (width));                                                                    \
        sp -= 2;                                                                                                       \
        continue;                                                                                                      \
    }

/* Most runs have the schedule of the one before. */
static void read_prices(struct vm_machine *machine) {
    const uint32_t *const instruction = machine->schedule->instruction;
    machine->priced = true;
    if (memcmp(machine->instruction, instruction, sizeof machine->instruction) == 0)
        return;
    memcpy(machine->instruction, instruction, sizeof machine->instruction);
    for (uint32_t byte = 0; byte < 256; byte++) {
        const uint32_t row = vm_op_by_byte[byte];
        machine->prices[byte] = row == VM_OP_COUNT ? 0 : instruction[row];
    }
}

void vm_interpreter_run(struct vm_machine *machine) {
    struct vm_frame *frame;
    const uint8_t *pc;
    const struct vm_branch *branch;
    vm_value *sp;
    vm_value *locals;
    const struct vm_memory *memory;
    uint64_t budget;
    const uint8_t *at; /* the instruction under way */
    uint64_t price;    /* its base price */
    enum vm_trap_kind kind;
    bool goes_on;
    uint32_t potential;

    if (!machine->priced)
        read_prices(machine);
    LOAD();
    for (;;) {
        at = pc;
        const uint8_t byte = *pc++;
        price = machine->prices[byte];
        if (price > budget)
            goto short_of_fuel;
        budget -= price;
        switch (byte) {

            /* Spec: exec-instr-control */
        case VM_CODE_UNREACHABLE:
            TRAP(UNREACHABLE);
        case VM_CODE_NOP:
            continue;
        case VM_CODE_BLOCK:
        case VM_CODE_LOOP:
            (void)vm_read_signed(&pc);
            continue;
        case VM_CODE_IF:
            (void)vm_read_signed(&pc);
            sp--;
            if ((uint32_t)*sp != 0) {
                branch++;
                continue;
            }
            pc = frame->bytes + branch->target;
            branch = frame->branches + branch->next;
            continue;
        case VM_CODE_ELSE:
            pc = frame->bytes + branch->target;
            branch = frame->branches + branch->next;
            continue;
        case VM_CODE_END:
            if (pc == frame->end)
                goto leave;
            continue;
        case VM_CODE_BR:
            BRANCH(branch);
        case VM_CODE_BR_IF:
            sp--;
            if ((uint32_t)*sp != 0)
                BRANCH(branch);
            (void)vm_read_u32(&pc);
            branch++;
            continue;
        case VM_CODE_BR_TABLE: {
            const uint32_t count = vm_read_u32(&pc);
            sp--;
            const uint32_t index = (uint32_t)*sp;
            BRANCH(branch + (index < count ? index : count));
        }
        case VM_CODE_RETURN:
            goto leave;
        case VM_CODE_CALL:
        case VM_CODE_RETURN_CALL: {
            const uint32_t index = vm_read_u32(&pc);
            frame->call = (uint32_t)(at - frame->bytes);
            STEP(vm_call_function(machine, index, byte == VM_CODE_RETURN_CALL));
        }
        case VM_CODE_CALL_INDIRECT:
        case VM_CODE_RETURN_CALL_INDIRECT: {
            const uint32_t type = vm_read_u32(&pc);
            const uint32_t table = vm_read_u32(&pc);
            frame->call = (uint32_t)(at - frame->bytes);
            STEP(vm_call_indirect(machine, type, table, byte == VM_CODE_RETURN_CALL_INDIRECT));
        }

            /* Spec: exec-instr-parametric */
        case VM_CODE_DROP:
            sp--;
            continue;
        case VM_CODE_SELECT_TYPED: {
            const uint32_t types = vm_read_u32(&pc);
            pc += types;
        }
            /* fall through */
        case VM_CODE_SELECT:
            sp -= 2;
            if ((uint32_t)sp[1] == 0)
                sp[-1] = sp[0];
            continue;

            /* Spec: exec-instr-variable */
        case VM_CODE_LOCAL_GET:
            *sp++ = locals[vm_read_u32(&pc)];
            continue;
        case VM_CODE_LOCAL_SET:
            locals[vm_read_u32(&pc)] = *--sp;
            continue;
        case VM_CODE_LOCAL_TEE:
            locals[vm_read_u32(&pc)] = sp[-1];
            continue;
        case VM_CODE_GLOBAL_GET:
            *sp++ = frame->instance->globals[vm_read_u32(&pc)]->value;
            continue;
        case VM_CODE_GLOBAL_SET:
            frame->instance->globals[vm_read_u32(&pc)]->value = *--sp;
            continue;

            /* Spec: exec-instr-table */
        case VM_CODE_TABLE_GET: {
            const struct vm_table *const table = frame->instance->tables[vm_read_u32(&pc)];
            const uint32_t index = (uint32_t)sp[-1];
            if (index >= table->size)
                TRAP(OUT_OF_BOUNDS_TABLE_ACCESS);
            sp[-1] = table->elements[index];
            continue;
        }
        case VM_CODE_TABLE_SET: {
            struct vm_table *const table = frame->instance->tables[vm_read_u32(&pc)];
            const uint32_t index = (uint32_t)sp[-2];
            if (index >= table->size)
                TRAP(OUT_OF_BOUNDS_TABLE_ACCESS);
            table->written = true;
            table->elements[index] = sp[-1];
            sp -= 2;
            continue;
        }

            /* Spec: exec-instr-memory */
            LOAD_LIST(LOAD_FROM_MEMORY)
            STORE_LIST(STORE_TO_MEMORY)
        case VM_CODE_MEMORY_SIZE:
            *sp++ = frame->instance->memories[vm_read_u32(&pc)]->pages;
            continue;
        case VM_CODE_MEMORY_GROW: {
            const uint32_t index = vm_read_u32(&pc);
            STEP(vm_grow_memory(machine, index));
        }

            /* Spec: exec-instr-numeric */
        case VM_CODE_I32_CONST:
            *sp++ = (uint32_t)vm_read_signed(&pc);
            continue;
        case VM_CODE_I64_CONST:
            *sp++ = vm_read_signed(&pc);
            continue;
        case VM_CODE_F32_CONST:
            *sp++ = vm_load_u32(pc);
            pc += 4;
            continue;
        case VM_CODE_F64_CONST:
            *sp++ = vm_load_u64(pc);
            pc += 8;
            continue;
            UNARY_LIST(UNARY)
            BINARY_LIST(BINARY)
            DIVISION_LIST(DIVISION)

            /* Spec: exec-instr-ref */
        case VM_CODE_REF_NULL:
            (void)vm_read_signed(&pc);
            *sp++ = VM_NULL_REFERENCE;
            continue;
        case VM_CODE_REF_FUNC:
            *sp++ = vm_instance_function(frame->instance, vm_read_u32(&pc));
            continue;

        case VM_CODE_PREFIX_FC: {
            const uint32_t sub_opcode = vm_read_u32(&pc);
            price = vm_prefixed_price(machine->schedule, sub_opcode);
            if (price > budget)
                goto short_of_fuel;
            budget -= price;
            STEP(vm_run_prefixed(machine, sub_opcode));
        }

        /* What else the loader admits (under its lazy policy) computes with floats. */
        default:
            TRAP(FLOAT_EXECUTED);
        }

    leave:
        SAVE();
        goes_on = vm_return(machine);
    step:
        if (!goes_on)
            goto ended;
        LOAD();
        if (!machine->fast.watch)
            continue;
    chance: /* a function or loop begins: the fast engine may take over */
        if (vm_fast_find(machine, frame, (uint32_t)(pc - frame->bytes), budget, &potential) != NULL)
            break;
        continue;
    short_of_fuel:
        pc = at;
        if (price > budget + machine->reserve) {
            machine->trap.price = price;
            kind = VM_TRAP_OUT_OF_FUEL;
            goto trap;
        }
        if (budget == 0)
            break;
        machine->reserve -= price - budget;
        budget = price;
    }
    SAVE();
    return;

trap:
    SAVE();
    vm_machine_end(machine, kind);
ended:
    if (machine->state == VM_RUN_DONE)
        return;
    frame = &machine->frames[machine->depth - 1];
    frame->pc = at;
    const struct vm_frame_info where = vm_machine_frame(machine, 0);
    machine->trap.instance = where.instance->number;
    machine->trap.function = where.function;
    machine->trap.offset = where.offset;
}
