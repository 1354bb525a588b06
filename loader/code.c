/* loader/code.c - the code section: bodies, their locals and their branch tables.  Spec: binary-codesec */
#include "loader/context.h"

static enum vm_status add_run(struct loader_context *context, uint32_t count, uint8_t type) {
    if (count == 0)
        return VM_OK;
    const uint32_t first = context->local_count;
    context->local_count += count;
    if (first < LOADER_FLAT_LOCALS) {
        const uint32_t room = LOADER_FLAT_LOCALS - first;
        memset(context->flat_locals + first, type, count < room ? count : room);
    }
    TRY(loader_reserve(context, &context->runs, (size_t)context->run_count + 1, sizeof(struct loader_local_run)));
    struct loader_local_run *const runs = context->runs.data;
    runs[context->run_count++] = (struct loader_local_run){context->local_count, type};
    return VM_OK;
}

/* Spec: binary-local.  Locals stay runs: a declaration of 50,000 of them costs no more than one of a single one. */
static enum vm_status read_locals(struct loader_context *context, struct vm_function *function) {
    struct loader_reader *const reader = &context->reader;
    const uint32_t offset = loader_offset(reader);
    const struct loader_types parameters = context->parameters;
    uint64_t total = parameters.count;
    uint32_t declarations;
    TRY(loader_read_size(reader, &declarations));
    context->run_count = 0;
    context->local_count = parameters.count;
    if (parameters.count != 0)
        memcpy(context->flat_locals, parameters.data,
               parameters.count < LOADER_FLAT_LOCALS ? parameters.count : LOADER_FLAT_LOCALS);
    for (uint32_t i = 0; i < declarations; i++) {
        const uint32_t at = loader_offset(reader);
        uint32_t count;
        uint8_t type;
        TRY(loader_read_u32(reader, &count));
        TRY(loader_read_value_type(context, &type));
        total += count;
        if (total > UINT32_MAX)
            return vm_fail(reader->error, VM_ERROR_TOO_MANY_LOCALS, at, NULL);
        TRY(add_run(context, count, type));
    }
    function->local_count = (uint32_t)(total - parameters.count);
    return LOADER_CHECK_LIMIT(context, function_locals, function->local_count, offset);
}

static enum vm_status keep_branches(struct loader_context *context, struct vm_function *function) {
    struct vm_branch *branches;
    function->operand_height = context->highest;
    function->branch_count = context->branch_count;
    if (context->branch_count == 0)
        return VM_OK;
    TRY(LOADER_ALLOCATE(context, branches, context->branch_count));
    memcpy(branches, context->branches.data, context->branch_count * sizeof *branches);
    function->branches = branches;
    return VM_OK;
}

static enum vm_status read_function(struct loader_context *context, struct vm_function *function) {
    struct loader_reader *const reader = &context->reader;
    const uint8_t *const module_end = reader->end;
    const uint32_t offset = loader_offset(reader);
    const struct vm_function_type *const type = vm_module_function_type(context->module, context->function);
    uint32_t size;
    TRY(loader_read_size(reader, &size));
    TRY(LOADER_CHECK_LIMIT(context, function_bytes, size, offset));
    if (size > loader_rest(reader))
        return loader_fail_end(reader);
    context->parameters = (struct loader_types){type->types, type->param_count};
    context->results = (struct loader_types){type->types + type->param_count, type->result_count};
    function->type = context->module->function_types[context->function];
    reader->end = reader->at + size;
    TRY(read_locals(context, function));
    function->code_start = loader_offset(reader);
    context->instruction = function->code_start;
    TRY(loader_read_body(context));
    if (reader->at != reader->end)
        return vm_fail(reader->error, VM_ERROR_SECTION_SIZE, loader_offset(reader),
                       "the function body goes on after its last end");
    function->code_end = loader_offset(reader);
    reader->end = module_end;
    TRY(keep_branches(context, function));
    return VM_OK;
}

/* Bytes of code that are checked before they are translated: not all, so that they are still at hand, but more than one
 * function, because going from one job to the other has its price. */
enum { BATCH = 1 << 16 };

/* Functions by number among those with bodies; returns `end`. */
static uint32_t translate(const struct loader_context *context, uint32_t first, uint32_t end) {
    for (uint32_t i = first; context->translator != NULL && i < end; i++)
        vm_translator_function(context->translator, context->module->imported_functions + i);
    return end;
}

enum vm_status loader_read_code_section(struct loader_context *context) {
    struct vm_module *const module = context->module;
    const uint32_t offset = loader_offset(&context->reader);
    uint32_t count;
    struct vm_function *functions;
    TRY(loader_read_size(&context->reader, &count));
    context->bodies = count;
    if (count > module->function_count - module->imported_functions)
        return vm_fail(context->reader.error, VM_ERROR_FUNCTION_CODE_MISMATCH, offset, NULL);
    TRY(LOADER_ALLOCATE(context, functions, count));
    module->functions = functions;
    loader_make_common(context);
    if (context->translation != NULL && vm_translates(module)) {
        context->translator = vm_translator_new(module, context->options->schedule, context->translation);
        if (context->translator == NULL)
            return loader_fail_memory(context);
    }
    uint32_t translated = 0;
    for (uint32_t i = 0; i < count; i++) {
        context->function = module->imported_functions + i;
        TRY(read_function(context, &functions[i]));
        if (functions[i].code_end - functions[translated].code_start >= BATCH || i == count - 1)
            translated = translate(context, translated, i + 1);
    }
    context->function = VM_NO_FUNCTION;
    return VM_OK;
}
