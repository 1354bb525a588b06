/* loader/lower/plan.c - one pass over the checked module: is there a float, and what does it need? */
#include "loader/lower/lowering.h"

/* A function is referred to: if its type is marked, by a wrapper. */
static void refer(struct lowering *lowering, uint32_t function, bool declares) {
    const uint32_t type = lowering->module->function_types[function];
    if (declares)
        lowering->declared[function] = 1;
    if (!lower_is_marked(&lowering->module->types[type]))
        return;
    lowering->has_marks = true;
    lowering->wrappers[function] = 0;
    lowering->marked_types[type] = 0;
}

static void plan_constant(struct lowering *lowering, struct vm_constant constant) {
    for (uint32_t at = constant.start; at < constant.end;) {
        const struct loader_instruction instruction = loader_instruction_at(lowering->module, at);
        if (instruction.op == VM_OP_REF_FUNC)
            refer(lowering, (uint32_t)instruction.operands[0], true);
        at = instruction.next;
    }
}

static void plan_elements(struct lowering *lowering) {
    const struct vm_module *const module = lowering->module;
    for (uint32_t i = 0; i < module->element_count; i++) {
        const struct vm_element_segment *const segment = &module->elements[i];
        for (uint32_t k = 0; k < segment->count; k++) {
            if (segment->functions != NULL)
                refer(lowering, segment->functions[k], true);
            else
                plan_constant(lowering, segment->values[k]);
        }
    }
}

static void plan_globals(struct lowering *lowering) {
    const struct vm_module *const module = lowering->module;
    for (uint32_t i = 0; i < module->global_count; i++) {
        lowering->has_floats |= lower_is_float(module->globals[i].type.value);
        if (i >= module->imported_globals)
            plan_constant(lowering, module->globals[i].value);
    }
}

static void plan_types(struct lowering *lowering) {
    const struct vm_module *const module = lowering->module;
    for (uint32_t i = 0; i < module->type_count; i++) {
        lowering->marked_types[i] = LOWER_NONE;
        for (uint32_t k = 0; k < module->types[i].param_count + module->types[i].result_count; k++)
            lowering->has_floats |= lower_is_float(module->types[i].types[k]);
    }
}

static enum vm_status plan_instruction(struct lowering *lowering, const struct loader_instruction *instruction) {
    const uint32_t op = instruction->op;
    const uint32_t operand = (uint32_t)instruction->operands[0];
    if (vm_opcodes[op].feature == VM_FEATURE_FLOAT) {
        lowering->has_floats = true;
        return lower_need_routine(lowering, op);
    }
    switch (op) {
    case VM_OP_BLOCK:
    case VM_OP_LOOP:
    case VM_OP_IF:
        lowering->has_floats |= instruction->operands[0] >> 63 != 0 && lower_is_float((uint8_t)(operand & 0x7F));
        break;
    case VM_OP_SELECT_TYPED: /* of one type, which is its last byte */
        lowering->has_floats |= lower_is_float(lowering->module->bytes.data[instruction->next - 1]);
        break;
    case VM_OP_REF_FUNC:
        refer(lowering, operand, false);
        break;
    case VM_OP_CALL_INDIRECT:
    case VM_OP_RETURN_CALL_INDIRECT:
        if (lower_is_marked(&lowering->module->types[operand])) {
            lowering->has_marks = true;
            lowering->marked_types[operand] = 0;
            lowering->has_tail_call |= op == VM_OP_RETURN_CALL_INDIRECT;
        }
        break;
    default:
        break;
    }
    return VM_OK;
}

/* Locals need no plan, but are floats even where nothing computes with them. */
static enum vm_status plan_locals(struct lowering *lowering, struct loader_reader *reader) {
    uint32_t size;
    uint32_t count;
    TRY(loader_read_u32(reader, &size));
    const uint8_t *const next = reader->at + size;
    TRY(loader_read_u32(reader, &count));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t locals;
        uint8_t type;
        TRY(loader_read_u32(reader, &locals));
        TRY(loader_read_byte(reader, &type));
        lowering->has_floats |= lower_is_float(type);
    }
    reader->at = next;
    return VM_OK;
}

static enum vm_status plan_code(struct lowering *lowering) {
    const struct vm_module *const module = lowering->module;
    const struct vm_bytes bodies = lower_find_bodies(module);
    struct loader_reader reader = {module->bytes.data, bodies.data, bodies.data + bodies.size, lowering->error};
    for (uint32_t i = 0; i < module->function_count - module->imported_functions; i++) {
        TRY(plan_locals(lowering, &reader));
        for (uint32_t at = module->functions[i].code_start; at < module->functions[i].code_end;) {
            const struct loader_instruction instruction = loader_instruction_at(module, at);
            TRY(plan_instruction(lowering, &instruction));
            at = instruction.next;
        }
    }
    return VM_OK;
}

static void place(struct lowering *lowering) {
    const struct vm_module *const module = lowering->module;
    for (uint32_t i = 0; i < module->type_count; i++)
        if (lowering->marked_types[i] != LOWER_NONE)
            lowering->marked_types[i] = module->type_count + lowering->marked_type_count++;
    for (uint32_t i = 0; i < module->function_count; i++) {
        if (lowering->wrappers[i] == LOWER_NONE)
            continue;
        lowering->wrappers[i] = module->function_count + lowering->wrapper_count++;
        lowering->undeclared_count += lowering->declared[i] == 0;
    }
    lower_place_routines(lowering, module->function_count + lowering->wrapper_count,
                         module->type_count + lowering->marked_type_count);
}

enum vm_status lower_plan(struct lowering *lowering) {
    const struct vm_module *const module = lowering->module;
    TRY(LOWER_ALLOCATE(lowering, lowering->marked_types, module->type_count));
    TRY(LOWER_ALLOCATE(lowering, lowering->wrappers, module->function_count));
    TRY(LOWER_ALLOCATE(lowering, lowering->declared, module->function_count));
    for (uint32_t i = 0; i < module->function_count; i++)
        lowering->wrappers[i] = LOWER_NONE;
    plan_types(lowering);
    plan_globals(lowering);
    plan_elements(lowering);
    TRY(plan_code(lowering));
    place(lowering);
    return VM_OK;
}
