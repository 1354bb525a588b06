/* loader/constant.c - constant expressions.  Spec: valid-constant, binary-expr */
#include "loader/context.h"

static enum vm_status type_global_get(struct loader_context *context) {
    const struct vm_module *const module = context->module;
    uint32_t index;
    TRY(loader_read_u32(&context->reader, &index));
    /* Globals of the module itself came into constants with the third edition, as extended constants did. */
    const uint32_t known =
        loader_admits(context->options, VM_FEATURE_EXTENDED_CONST) ? module->global_count : module->imported_globals;
    if (index >= known && index < module->global_count)
        return loader_fail_words(context, VM_ERROR_UNKNOWN_GLOBAL, context->instruction,
                                 "%lu: a constant with a global of the module itself needs %s", (unsigned long)index,
                                 vm_feature_rows[VM_FEATURE_EXTENDED_CONST].words);
    if (index >= known)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_GLOBAL, context->instruction, index);
    if (module->globals[index].type.mutable)
        return vm_fail(context->reader.error, VM_ERROR_CONSTANT_REQUIRED, context->instruction, "global %lu is mutable",
                       (unsigned long)index);
    return loader_push(context, module->globals[index].type.value);
}

static enum vm_status type_ref_func(struct loader_context *context) {
    uint32_t index;
    TRY(loader_read_u32(&context->reader, &index));
    if (index >= context->module->function_count)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_FUNCTION, context->instruction, index);
    context->declared_functions[index] = 1;
    return loader_push(context, VM_FUNCREF);
}

static enum vm_status type_arithmetic(struct loader_context *context) {
    if (!loader_admits(context->options, VM_FEATURE_EXTENDED_CONST))
        return vm_fail(context->reader.error, VM_ERROR_CONSTANT_REQUIRED, context->instruction, "%s needs %s",
                       vm_opcodes[context->op].text, vm_feature_rows[VM_FEATURE_EXTENDED_CONST].words);
    const struct loader_rule *const rule = &context->rules[context->op];
    TRY(loader_pop(context, rule->in[1]));
    TRY(loader_pop(context, rule->in[0]));
    return loader_push(context, rule->out[0]);
}

static enum vm_status type_constant(struct loader_context *context) {
    int64_t integer;
    uint8_t type;
    struct vm_bytes bytes;
    switch (context->op) {
    case VM_OP_I32_CONST:
        TRY(loader_read_s(&context->reader, 32, &integer));
        return loader_push(context, VM_I32);
    case VM_OP_I64_CONST:
        TRY(loader_read_s(&context->reader, 64, &integer));
        return loader_push(context, VM_I64);
    case VM_OP_F32_CONST:
        TRY(loader_read_bytes(&context->reader, 4, &bytes));
        return loader_push(context, VM_F32);
    case VM_OP_F64_CONST:
        TRY(loader_read_bytes(&context->reader, 8, &bytes));
        return loader_push(context, VM_F64);
    case VM_OP_REF_NULL:
        TRY(loader_read_heap_type(context, &type));
        return loader_push(context, type);
    case VM_OP_REF_FUNC:
        return type_ref_func(context);
    case VM_OP_GLOBAL_GET:
        return type_global_get(context);
    case VM_OP_I32_ADD:
    case VM_OP_I32_SUB:
    case VM_OP_I32_MUL:
    case VM_OP_I64_ADD:
    case VM_OP_I64_SUB:
    case VM_OP_I64_MUL:
        return type_arithmetic(context);
    default:
        return vm_fail(context->reader.error, VM_ERROR_CONSTANT_REQUIRED, context->instruction, "%s is not constant",
                       vm_opcodes[context->op].text);
    }
}

enum vm_status loader_read_constant(struct loader_context *context, uint8_t type, struct vm_constant *out) {
    struct loader_reader *const reader = &context->reader;
    const struct loader_types none = {NULL, 0};
    const struct loader_types one = {&type, 1};
    struct loader_frame *frame;
    context->height = 0;
    context->highest = 0;
    context->frame_count = 0;
    context->instruction = loader_offset(reader);
    TRY(loader_push_frame(context, VM_OP_CALL, none, one));
    out->start = loader_offset(reader);
    for (;;) {
        /* What lies past the section is no instruction of this expression, whatever its byte may mean. */
        if (loader_offset(reader) >= context->section_end && reader->at != reader->end)
            return vm_fail(reader->error, VM_ERROR_ILLEGAL_OPCODE, loader_offset(reader),
                           "the section ends inside of a constant expression");
        TRY(loader_read_op(context));
        if (context->op == VM_OP_END)
            break;
        TRY(type_constant(context));
    }
    TRY(loader_pop_frame(context, &frame));
    out->end = loader_offset(reader);
    out->operand_height = context->highest;
    return VM_OK;
}
