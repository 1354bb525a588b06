/* loader/instructions.c - the instructions that vm/opcodes.def marks with "*".  Spec: valid-instr
 *
 * Each case reads its immediates, then moves operands as the spec's validation algorithm does. */
#include "loader/control.h"

static enum vm_status fail_mismatch(struct loader_context *context, const char *words) {
    return vm_fail(context->reader.error, VM_ERROR_TYPE_MISMATCH, context->instruction, "%s: %s",
                   vm_opcodes[context->op].text, words);
}

/* spec: valid-block, valid-loop, valid-if */
static enum vm_status type_block(struct loader_context *context) {
    struct loader_types start;
    struct loader_types end;
    TRY(loader_read_block_type(context, &start, &end));
    if (context->op == VM_OP_IF)
        TRY(loader_pop(context, VM_I32));
    TRY(loader_pop_types(context, start));
    TRY(loader_push_frame(context, context->op, start, end));
    if (context->op != VM_OP_IF)
        return VM_OK;
    TRY(loader_reserve_branches(context, 1));
    loader_begin_if(context);
    return VM_OK;
}

static enum vm_status type_else(struct loader_context *context) {
    if (loader_top_frame(context)->op != VM_OP_IF)
        return vm_fail(context->reader.error, VM_ERROR_END_EXPECTED, context->instruction, "else outside of an if");
    struct loader_frame *popped;
    TRY(loader_pop_frame(context, &popped));
    struct loader_frame first = *popped;
    TRY(loader_push_frame(context, VM_OP_ELSE, first.start, first.end));
    struct loader_frame *const second = loader_top_frame(context);
    second->chain = first.chain;
    TRY(loader_reserve_branches(context, 1));
    loader_new_branch(context, second);
    loader_settle_if(context, &first, loader_offset(&context->reader));
    return VM_OK;
}

static bool types_equal(struct loader_types a, struct loader_types b) {
    return a.count == b.count && (a.count == 0 || memcmp(a.data, b.data, a.count) == 0);
}

static enum vm_status type_end(struct loader_context *context) {
    struct loader_frame *frame;
    TRY(loader_pop_frame(context, &frame));
    if (frame->op == VM_OP_IF && !types_equal(frame->start, frame->end))
        return fail_mismatch(context, "an if without else must leave what it takes");
    loader_settle_if(context, frame, loader_offset(&context->reader));
    loader_settle_branches(context, frame, loader_offset(&context->reader));
    return context->frame_count == 0 ? VM_OK : loader_push_types(context, frame->end);
}

static enum vm_status find_label(struct loader_context *context, uint32_t label, struct loader_frame **out) {
    if (label >= context->frame_count)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_LABEL, context->instruction, label);
    *out = loader_top_frame(context) - label;
    return VM_OK;
}

/* spec: valid-br, valid-br_if */
static enum vm_status type_branch(struct loader_context *context) {
    uint32_t label;
    struct loader_frame *frame = NULL;
    TRY(loader_read_u32(&context->reader, &label));
    TRY(find_label(context, label, &frame));
    if (context->op == VM_OP_BR_IF)
        TRY(loader_pop(context, VM_I32));
    TRY(loader_pop_types(context, loader_label_types(frame)));
    TRY(loader_reserve_branches(context, 1));
    loader_new_branch(context, frame);
    if (context->op == VM_OP_BR_IF)
        return loader_push_types(context, loader_label_types(frame));
    loader_set_unreachable(context);
    return VM_OK;
}

/* One label of a br_table, for whose branch there is room.  Labels that come up again were checked already: types are
 * compared once for each label. */
static enum vm_status type_table_label(struct loader_context *context, struct loader_frame *frame, uint32_t arity) {
    const struct loader_types types = loader_label_types(frame);
    if (types.count != arity)
        return fail_mismatch(context, "all labels must take the same number of operands");
    if (frame->checked != context->instruction) {
        TRY(loader_check_types(context, types));
        frame->checked = context->instruction;
    }
    loader_new_branch(context, frame);
    return VM_OK;
}

/* spec: valid-br_table.  The labels are read twice, since the default, which sets the arity, comes last. */
static enum vm_status type_br_table(struct loader_context *context) {
    struct loader_reader *const reader = &context->reader;
    const uint32_t offset = loader_offset(reader);
    uint32_t count;
    uint32_t label;
    struct loader_frame *frame = NULL;
    TRY(loader_read_size(reader, &count));
    TRY(LOADER_CHECK_LIMIT(context, br_table_targets, count, offset));
    const uint8_t *const labels = reader->at;
    for (uint64_t i = 0; i <= count; i++) {
        TRY(loader_read_u32(reader, &label));
        TRY(find_label(context, label, &frame));
    }
    const struct loader_types types = loader_label_types(frame);
    TRY(loader_pop(context, VM_I32));
    TRY(loader_reserve_branches(context, count + 1));
    reader->at = labels;
    for (uint64_t i = 0; i <= count; i++) {
        TRY(loader_read_u32(reader, &label));
        TRY(type_table_label(context, loader_top_frame(context) - label, types.count));
    }
    TRY(loader_pop_types(context, types));
    loader_set_unreachable(context);
    return VM_OK;
}

static enum vm_status type_return(struct loader_context *context) {
    TRY(loader_pop_types(context, context->results));
    loader_set_unreachable(context);
    return VM_OK;
}

/* What all four kinds of call have in common once the type is known. */
static enum vm_status type_any_call(struct loader_context *context, const struct vm_function_type *type, bool tail) {
    const struct loader_types parameters = {type->types, type->param_count};
    const struct loader_types results = {type->types + type->param_count, type->result_count};
    TRY(loader_pop_types(context, parameters));
    if (!tail)
        return loader_push_types(context, results);
    if (!types_equal(results, context->results))
        return fail_mismatch(context, "the callee must have the caller's results");
    loader_set_unreachable(context);
    return VM_OK;
}

/* spec: valid-call, valid-return_call */
static enum vm_status type_call(struct loader_context *context) {
    uint32_t function;
    TRY(loader_read_u32(&context->reader, &function));
    if (function >= context->module->function_count)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_FUNCTION, context->instruction, function);
    return type_any_call(context, vm_module_function_type(context->module, function), context->op == VM_OP_RETURN_CALL);
}

static enum vm_status find_table(struct loader_context *context, uint32_t index, uint8_t *element) {
    if (index >= context->module->table_count)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_TABLE, context->instruction, index);
    *element = context->module->tables[index].element;
    return VM_OK;
}

/* spec: valid-call_indirect, valid-return_call_indirect */
static enum vm_status type_call_indirect(struct loader_context *context) {
    uint32_t type;
    uint32_t table;
    uint8_t element = VM_BOTTOM;
    TRY(loader_read_u32(&context->reader, &type));
    TRY(loader_read_u32(&context->reader, &table));
    TRY(find_table(context, table, &element));
    if (element != VM_FUNCREF)
        return fail_mismatch(context, "the table does not hold functions");
    if (type >= context->module->type_count)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_TYPE, context->instruction, type);
    TRY(loader_pop(context, VM_I32));
    return type_any_call(context, &context->module->types[type], context->op == VM_OP_RETURN_CALL_INDIRECT);
}

/* spec: valid-select.  Without a type it takes numbers only. */
static enum vm_status type_select(struct loader_context *context) {
    uint8_t a;
    uint8_t b;
    TRY(loader_pop(context, VM_I32));
    TRY(loader_pop_any(context, &b));
    TRY(loader_pop_any(context, &a));
    if (vm_is_reference_type(a) || vm_is_reference_type(b))
        return fail_mismatch(context, "references need a select with a type");
    if (a != b && a != VM_BOTTOM && b != VM_BOTTOM)
        return fail_mismatch(context, "both operands must have the same type");
    return loader_push(context, a == VM_BOTTOM ? b : a);
}

static enum vm_status type_select_typed(struct loader_context *context) {
    const uint32_t offset = loader_offset(&context->reader);
    uint32_t count;
    uint8_t type = VM_BOTTOM;
    TRY(loader_read_size(&context->reader, &count));
    for (uint32_t i = 0; i < count; i++)
        TRY(loader_read_value_type(context, &type));
    if (count != 1)
        return vm_fail(context->reader.error, VM_ERROR_RESULT_ARITY, offset, "select takes one type");
    TRY(loader_pop(context, VM_I32));
    TRY(loader_pop(context, type));
    TRY(loader_pop(context, type));
    return loader_push(context, type);
}

/* The type of a local beyond the flat ones: a parameter, or of the run that holds it. */
static uint8_t find_local_type(const struct loader_context *context, uint32_t index) {
    if (index < context->parameters.count)
        return context->parameters.data[index];
    const struct loader_local_run *const runs = context->runs.data;
    uint32_t low = 0;
    uint32_t high = context->run_count - 1;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (index < runs[middle].end)
            high = middle;
        else
            low = middle + 1;
    }
    return runs[low].type;
}

/* spec: valid-local.get, valid-local.set, valid-local.tee */
static enum vm_status type_local(struct loader_context *context) {
    uint32_t index;
    TRY(loader_read_u32(&context->reader, &index));
    if (index >= context->local_count)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_LOCAL, context->instruction, index);
    const uint8_t type = index < LOADER_FLAT_LOCALS ? context->flat_locals[index] : find_local_type(context, index);
    if (context->op != VM_OP_LOCAL_GET)
        TRY(loader_pop(context, type));
    return context->op == VM_OP_LOCAL_SET ? VM_OK : loader_push(context, type);
}

/* spec: valid-global.get, valid-global.set */
static enum vm_status type_global(struct loader_context *context) {
    uint32_t index;
    TRY(loader_read_u32(&context->reader, &index));
    if (index >= context->module->global_count)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_GLOBAL, context->instruction, index);
    const struct vm_global_type *const type = &context->module->globals[index].type;
    if (context->op == VM_OP_GLOBAL_GET)
        return loader_push(context, type->value);
    if (!type->mutable)
        return vm_fail(context->reader.error, VM_ERROR_IMMUTABLE_GLOBAL, context->instruction, "global %lu",
                       (unsigned long)index);
    return loader_pop(context, type->value);
}

/* spec: valid-table.get, valid-table.set, valid-table.grow, valid-table.fill */
static enum vm_status type_table(struct loader_context *context) {
    uint32_t index;
    uint8_t element = VM_BOTTOM;
    TRY(loader_read_u32(&context->reader, &index));
    TRY(find_table(context, index, &element));
    switch (context->op) {
    case VM_OP_TABLE_GET:
        TRY(loader_pop(context, VM_I32));
        return loader_push(context, element);
    case VM_OP_TABLE_SET:
        TRY(loader_pop(context, element));
        return loader_pop(context, VM_I32);
    case VM_OP_TABLE_GROW:
        TRY(loader_pop(context, VM_I32));
        TRY(loader_pop(context, element));
        return loader_push(context, VM_I32);
    default:
        TRY(loader_pop(context, VM_I32));
        TRY(loader_pop(context, element));
        return loader_pop(context, VM_I32);
    }
}

static enum vm_status type_ref_null(struct loader_context *context) {
    uint8_t type;
    TRY(loader_read_heap_type(context, &type));
    return loader_push(context, type);
}

static enum vm_status type_ref_is_null(struct loader_context *context) {
    uint8_t type;
    TRY(loader_pop_any(context, &type));
    if (type != VM_BOTTOM && !vm_is_reference_type(type))
        return fail_mismatch(context, "the operand is no reference");
    return loader_push(context, VM_I32);
}

static enum vm_status type_ref_func(struct loader_context *context) {
    uint32_t function;
    TRY(loader_read_u32(&context->reader, &function));
    if (function >= context->module->function_count)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_FUNCTION, context->instruction, function);
    if (context->declared_functions[function] == 0)
        return vm_fail(context->reader.error, VM_ERROR_UNDECLARED_REFERENCE, context->instruction, "function %lu",
                       (unsigned long)function);
    return loader_push(context, VM_FUNCREF);
}

enum vm_status loader_type_by_hand(struct loader_context *context) {
    uint8_t type;
    switch (context->op) {
    case VM_OP_UNREACHABLE:
        loader_set_unreachable(context);
        return VM_OK;
    case VM_OP_BLOCK:
    case VM_OP_LOOP:
    case VM_OP_IF:
        return type_block(context);
    case VM_OP_ELSE:
        return type_else(context);
    case VM_OP_END:
        return type_end(context);
    case VM_OP_BR:
    case VM_OP_BR_IF:
        return type_branch(context);
    case VM_OP_BR_TABLE:
        return type_br_table(context);
    case VM_OP_RETURN:
        return type_return(context);
    case VM_OP_CALL:
    case VM_OP_RETURN_CALL:
        return type_call(context);
    case VM_OP_CALL_INDIRECT:
    case VM_OP_RETURN_CALL_INDIRECT:
        return type_call_indirect(context);
    case VM_OP_DROP:
        return loader_pop_any(context, &type);
    case VM_OP_SELECT:
        return type_select(context);
    case VM_OP_SELECT_TYPED:
        return type_select_typed(context);
    case VM_OP_LOCAL_GET:
    case VM_OP_LOCAL_SET:
    case VM_OP_LOCAL_TEE:
        return type_local(context);
    case VM_OP_GLOBAL_GET:
    case VM_OP_GLOBAL_SET:
        return type_global(context);
    case VM_OP_TABLE_GET:
    case VM_OP_TABLE_SET:
    case VM_OP_TABLE_GROW:
    case VM_OP_TABLE_FILL:
        return type_table(context);
    case VM_OP_REF_NULL:
        return type_ref_null(context);
    case VM_OP_REF_IS_NULL:
        return type_ref_is_null(context);
    case VM_OP_REF_FUNC:
        return type_ref_func(context);
    default:
        return loader_fail_feature(context, (enum vm_feature)vm_opcodes[context->op].feature, context->instruction,
                                   vm_opcodes[context->op].text);
    }
}
