/* loader/lower/code.c - instructions: those with floats become integer ones or calls, all others stay as they are. */
#include "loader/lower/lowering.h"

enum { NO_LOCAL = 0 };

static void write_op(struct loader_writer *writer, enum vm_op op) {
    loader_write_code(writer, vm_opcodes[op].code);
}

static void write_indexed(struct loader_writer *writer, enum vm_op op, uint32_t index) {
    write_op(writer, op);
    loader_write_unsigned(writer, index);
}

/* Two's complement of `bits` bits. */
static int64_t to_signed(uint64_t value, uint32_t bits) {
    const uint64_t sign = UINT64_C(1) << (bits - 1);
    const uint64_t magnitude = value & (sign - 1);
    return (value & sign) == 0 ? (int64_t)magnitude : (int64_t)magnitude - (int64_t)(sign - 1) - 1;
}

/* A constant of the integer type that is as wide as the float. */
static void write_constant(struct loader_writer *writer, uint32_t bits, uint64_t value) {
    write_op(writer, bits == 32 ? VM_OP_I32_CONST : VM_OP_I64_CONST);
    loader_write_signed(writer, to_signed(value, bits));
}

/* The byte of a type that stands as a negative s33 in block types. */
static uint8_t block_type_byte(uint64_t operand) {
    return (uint8_t)(operand & 0x7F);
}

static void write_null(struct loader_writer *writer, uint8_t type) {
    write_op(writer, VM_OP_REF_NULL);
    loader_write_byte(writer, type);
}

/* The integer instruction that a load or store becomes, with the same immediates; VM_OP_COUNT for others. */
static enum vm_op as_integer(enum vm_op op) {
    switch ((uint32_t)op) {
    case VM_OP_F32_LOAD:
        return VM_OP_I32_LOAD;
    case VM_OP_F64_LOAD:
        return VM_OP_I64_LOAD;
    case VM_OP_F32_STORE:
        return VM_OP_I32_STORE;
    case VM_OP_F64_STORE:
        return VM_OP_I64_STORE;
    default:
        return VM_OP_COUNT;
    }
}

/* A float instruction.  Behind the opcode of one byte, loads and stores keep their bytes. */
static void write_float(struct lowering *lowering, struct loader_writer *writer,
                        const struct loader_instruction *instruction) {
    const uint64_t sign_32 = UINT64_C(1) << 31, sign_64 = UINT64_C(1) << 63;
    switch ((uint32_t)instruction->op) {
    case VM_OP_F32_CONST:
        write_constant(writer, 32, instruction->operands[0]);
        return;
    case VM_OP_F64_CONST:
        write_constant(writer, 64, instruction->operands[0]);
        return;
    case VM_OP_I32_REINTERPRET_F32:
    case VM_OP_I64_REINTERPRET_F64:
    case VM_OP_F32_REINTERPRET_I32:
    case VM_OP_F64_REINTERPRET_I64:
        return;
    case VM_OP_F32_ABS:
        write_constant(writer, 32, sign_32 - 1);
        write_op(writer, VM_OP_I32_AND);
        return;
    case VM_OP_F64_ABS:
        write_constant(writer, 64, sign_64 - 1);
        write_op(writer, VM_OP_I64_AND);
        return;
    case VM_OP_F32_NEG:
        write_constant(writer, 32, sign_32);
        write_op(writer, VM_OP_I32_XOR);
        return;
    case VM_OP_F64_NEG:
        write_constant(writer, 64, sign_64);
        write_op(writer, VM_OP_I64_XOR);
        return;
    default:
        break;
    }
    const enum vm_op integer = as_integer(instruction->op);
    if (integer == VM_OP_COUNT) {
        write_indexed(writer, VM_OP_CALL, lowering->routine_index[lowering->routine_of_op[instruction->op]]);
        if (lower_traps(lowering, instruction->op))
            write_op(writer, VM_OP_UNREACHABLE); /* whatever the operands and results */
        return;
    }
    write_op(writer, integer);
    loader_write_bytes(writer, vm_bytes(lowering->module->bytes.data + instruction->offset + 1,
                                        instruction->next - instruction->offset - 1));
}

/* An indirect call through a marked type: the marks come between the arguments and the index into the table, which is
 * put by in a local. */
static void write_indirect(struct lowering *lowering, struct loader_writer *writer,
                           const struct loader_instruction *instruction, uint32_t local) {
    const uint32_t type = (uint32_t)instruction->operands[0];
    write_indexed(writer, VM_OP_LOCAL_SET, local);
    lower_write_marks(&lowering->module->types[type], writer, write_null);
    write_indexed(writer, VM_OP_LOCAL_GET, local);
    write_indexed(writer, instruction->op, lowering->marked_types[type]);
    loader_write_unsigned(writer, instruction->operands[1]);
}

static bool calls_marked(const struct lowering *lowering, const struct loader_instruction *instruction) {
    return (instruction->op == VM_OP_CALL_INDIRECT || instruction->op == VM_OP_RETURN_CALL_INDIRECT) &&
           lowering->marked_types[instruction->operands[0]] != LOWER_NONE;
}

/* Writes what an instruction becomes; false: it stays as it is, and nothing is written. */
static bool write_changed(struct lowering *lowering, struct loader_writer *writer,
                          const struct loader_instruction *instruction, uint32_t local) {
    const uint64_t operand = instruction->operands[0];
    const uint8_t *const immediate = lowering->module->bytes.data + instruction->next - 1;
    if (vm_opcodes[instruction->op].feature == VM_FEATURE_FLOAT) {
        write_float(lowering, writer, instruction);
        return true;
    }
    switch ((uint32_t)instruction->op) {
    case VM_OP_BLOCK:
    case VM_OP_LOOP:
    case VM_OP_IF:
        if (operand >> 63 == 0 || !lower_is_float(block_type_byte(operand)))
            return false;
        write_op(writer, instruction->op);
        loader_write_byte(writer, lower_type(block_type_byte(operand)));
        return true;
    case VM_OP_SELECT_TYPED: /* of one type, which is its last byte */
        if (!lower_is_float(*immediate))
            return false;
        write_op(writer, instruction->op);
        loader_write_vector(writer, vm_bytes(&(uint8_t){lower_type(*immediate)}, 1));
        return true;
    case VM_OP_REF_FUNC:
        if (lowering->wrappers[operand] == LOWER_NONE)
            return false;
        write_indexed(writer, instruction->op, lowering->wrappers[operand]);
        return true;
    case VM_OP_CALL_INDIRECT:
    case VM_OP_RETURN_CALL_INDIRECT:
        if (!calls_marked(lowering, instruction))
            return false;
        write_indirect(lowering, writer, instruction, local);
        return true;
    default:
        return false;
    }
}

/* The instructions from `start` up to `end`. */
static enum vm_status write_instructions(struct lowering *lowering, struct loader_writer *writer, uint32_t start,
                                         uint32_t end, uint32_t local) {
    const uint8_t *const bytes = lowering->module->bytes.data;
    uint32_t copied = start;
    for (uint32_t at = start; at < end;) {
        const struct loader_instruction instruction = loader_instruction_at(lowering->module, at);
        const size_t before = writer->size;
        at = instruction.next;
        /* What is the same is copied in long pieces, in front of what is not. */
        if (vm_opcodes[instruction.op].feature == VM_FEATURE_MVP && instruction.op != VM_OP_BLOCK &&
            instruction.op != VM_OP_LOOP && instruction.op != VM_OP_IF && instruction.op != VM_OP_CALL_INDIRECT)
            continue;
        loader_write_bytes(writer, vm_bytes(bytes + copied, instruction.offset - copied));
        copied = instruction.offset;
        if (write_changed(lowering, writer, &instruction, local))
            copied = at;
        if (writer->size != before)
            TRY(lower_check_size(lowering, writer));
    }
    loader_write_bytes(writer, vm_bytes(bytes + copied, end - copied));
    return lower_check_size(lowering, writer);
}

void lower_write_constant(struct lowering *lowering, struct loader_writer *writer, struct vm_constant constant) {
    /* Its size is checked with the section it stands in. */
    (void)write_instructions(lowering, writer, constant.start, constant.end, NO_LOCAL);
}

/* Whether a body has indirect calls through marked types, for which it needs a local more. */
static bool needs_local(const struct lowering *lowering, const struct vm_function *function) {
    if (lowering->marked_type_count == 0)
        return false;
    for (uint32_t at = function->code_start; at < function->code_end;) {
        const struct loader_instruction instruction = loader_instruction_at(lowering->module, at);
        if (calls_marked(lowering, &instruction))
            return true;
        at = instruction.next;
    }
    return false;
}

/* The declarations of locals, with one of an i32 at their end if `more`. */
static enum vm_status write_locals(struct lowering *lowering, struct loader_reader *reader, bool more) {
    struct loader_writer *const body = &lowering->body;
    uint32_t count;
    TRY(loader_read_u32(reader, &count));
    loader_write_unsigned(body, (uint64_t)count + more);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t locals;
        uint8_t type;
        TRY(loader_read_u32(reader, &locals));
        TRY(loader_read_byte(reader, &type));
        loader_write_unsigned(body, locals);
        loader_write_byte(body, lower_type(type));
    }
    if (more) {
        loader_write_unsigned(body, 1);
        loader_write_byte(body, VM_I32);
    }
    return VM_OK;
}

static enum vm_status write_body(struct lowering *lowering, const struct vm_function *function,
                                 struct loader_reader *reader) {
    const bool more = needs_local(lowering, function);
    const uint32_t local = lowering->module->types[function->type].param_count + function->local_count;
    loader_writer_reset(&lowering->body);
    TRY(write_locals(lowering, reader, more));
    TRY(write_instructions(lowering, &lowering->body, function->code_start, function->code_end, local));
    loader_write_vector(&lowering->section, loader_written(&lowering->body));
    return lower_check_size(lowering, &lowering->section);
}

/* A wrapper: calls its function with its parameters, without the marks.  By a tail call if the module relies on such. */
static enum vm_status write_wrapper(struct lowering *lowering, uint32_t function) {
    struct loader_writer *const body = &lowering->body;
    const struct vm_function_type *const type = vm_module_function_type(lowering->module, function);
    loader_writer_reset(body);
    loader_write_unsigned(body, 0);
    for (uint32_t i = 0; i < type->param_count; i++)
        write_indexed(body, VM_OP_LOCAL_GET, i);
    write_indexed(body, lowering->has_tail_call ? VM_OP_RETURN_CALL : VM_OP_CALL, function);
    write_op(body, VM_OP_END);
    loader_write_vector(&lowering->section, loader_written(body));
    return lower_check_size(lowering, &lowering->section);
}

enum vm_status lower_write_code(struct lowering *lowering) {
    const struct vm_module *const module = lowering->module;
    const struct vm_bytes bodies = lower_find_bodies(module);
    const uint32_t own = module->function_count - module->imported_functions;
    struct loader_reader reader = {module->bytes.data, bodies.data, bodies.data + bodies.size, lowering->error};
    loader_write_unsigned(&lowering->section, (uint64_t)own + lowering->wrapper_count + lowering->routine_count);
    for (uint32_t i = 0; i < own; i++) {
        uint32_t size;
        TRY(loader_read_u32(&reader, &size));
        const uint8_t *const next = reader.at + size;
        TRY(write_body(lowering, &module->functions[i], &reader));
        reader.at = next;
    }
    for (uint32_t i = 0; i < module->function_count; i++)
        if (lowering->wrappers[i] != LOWER_NONE)
            TRY(write_wrapper(lowering, i));
    return lower_write_routine_bodies(lowering);
}
