/* loader/lower/link.c - the routines: found by name, taken with all they call, and renumbered. */
#include "loader/lower/lowering.h"
#include "loader/lower/routines.h"

struct vm_bytes loader_routines(void) {
    return vm_bytes(loader_routine_bytes, loader_routine_size);
}

/* A table of `count` indices that are LOWER_NONE. */
static enum vm_status new_indices(struct lowering *lowering, uint32_t count, uint32_t **out) {
    TRY(LOWER_ALLOCATE(lowering, *out, count));
    for (uint32_t i = 0; i < count; i++)
        (*out)[i] = LOWER_NONE;
    return VM_OK;
}

/* Whether a routine takes and gives what its instruction does, as integers. */
static bool fits(const struct vm_function_type *type, const struct vm_opcode *row) {
    static const char letters[] = "iIfF";
    static const uint8_t types[] = {VM_I32, VM_I64, VM_I32, VM_I64};
    if (type->param_count != strlen(row->in) || type->result_count != strlen(row->out))
        return false;
    for (uint32_t i = 0; i < type->param_count + type->result_count; i++) {
        const char letter = i < type->param_count ? row->in[i] : row->out[i - type->param_count];
        const char *const at = strchr(letters, letter);
        if (letter == '\0' || at == NULL || types[at - letters] != type->types[i])
            return false;
    }
    return true;
}

enum vm_status lower_find_routines(struct lowering *lowering, const struct vm_allocator *allocator) {
    const struct vm_limits limits = vm_profile_limits(VM_COMPAT);
    const struct vm_features features = vm_profile_features(VM_STRICT);
    const struct vm_schedule schedule = vm_default_schedule();
    const struct loader_options options = {&limits, &features, &schedule, LOADER_STRICT};
    struct vm_module *module;
    if (loader_routine_size == 0)
        return vm_fail(lowering->error, VM_ERROR_UNSUPPORTED, 0,
                       "this build has no routines to lower floats to: build it where clang 19 or newer is installed");
    TRY(loader_load(loader_routines(), &options, allocator, &module, lowering->error));
    lowering->routines = module;
    TRY(new_indices(lowering, VM_OP_COUNT, &lowering->routine_of_op));
    TRY(new_indices(lowering, module->function_count, &lowering->routine_index));
    TRY(new_indices(lowering, module->type_count, &lowering->routine_types));
    const struct vm_export *const trap = vm_module_find_export(module, vm_bytes_of_text(LOADER_TRAP_FLOAT_EXECUTED));
    for (uint32_t i = 0; i < module->export_count; i++) {
        const struct vm_export *const export = &module->exports[i];
        const uint32_t op = vm_op_by_text((const char *)export->name.data, export->name.size);
        if (export->kind == VM_EXTERN_FUNCTION && op != VM_OP_COUNT &&
            fits(vm_module_function_type(module, export->index), &vm_opcodes[op]))
            lowering->routine_of_op[op] = lower_traps(lowering, op) && trap != NULL ? trap->index : export->index;
    }
    return VM_OK;
}

/* Marks a routine and, with a list of those whose calls were not looked at yet, all that it calls. */
static enum vm_status need(struct lowering *lowering, uint32_t routine) {
    const struct vm_module *const module = lowering->routines;
    uint32_t *list;
    uint32_t count = 0;
    TRY(LOWER_ALLOCATE(lowering, list, module->function_count));
    list[count++] = routine;
    lowering->routine_index[routine] = 0;
    while (count != 0) {
        const struct vm_function *const function = &module->functions[list[--count]];
        lowering->routine_types[function->type] = 0;
        for (uint32_t at = function->code_start; at < function->code_end;) {
            const struct loader_instruction instruction = loader_instruction_at(module, at);
            const uint32_t callee = (uint32_t)instruction.operands[0];
            if (instruction.op == VM_OP_CALL && lowering->routine_index[callee] == LOWER_NONE) {
                lowering->routine_index[callee] = 0;
                list[count++] = callee;
            }
            at = instruction.next;
        }
    }
    return VM_OK;
}

enum vm_status lower_need_routine(struct lowering *lowering, uint32_t op) {
    const uint32_t routine = lowering->routine_of_op[op];
    if (routine == LOWER_NONE || lowering->routine_index[routine] != LOWER_NONE)
        return VM_OK;
    return need(lowering, routine);
}

void lower_place_routines(struct lowering *lowering, uint32_t first_function, uint32_t first_type) {
    const struct vm_module *const module = lowering->routines;
    for (uint32_t i = 0; i < module->type_count; i++)
        if (lowering->routine_types[i] != LOWER_NONE)
            lowering->routine_types[i] = first_type + lowering->routine_type_count++;
    for (uint32_t i = 0; i < module->function_count; i++)
        if (lowering->routine_index[i] != LOWER_NONE)
            lowering->routine_index[i] = first_function + lowering->routine_count++;
}

void lower_write_routine_types(struct lowering *lowering) {
    struct loader_writer *const writer = &lowering->section;
    const struct vm_module *const module = lowering->routines;
    for (uint32_t i = 0; i < module->type_count; i++) {
        const struct vm_function_type *const type = &module->types[i];
        if (lowering->routine_types[i] == LOWER_NONE)
            continue;
        loader_write_byte(writer, 0x60);
        loader_write_vector(writer, vm_bytes(type->types, type->param_count));
        loader_write_vector(writer, vm_bytes(type->types + type->param_count, type->result_count));
    }
}

void lower_write_routine_functions(struct lowering *lowering) {
    for (uint32_t i = 0; i < lowering->routines->function_count; i++)
        if (lowering->routine_index[i] != LOWER_NONE)
            loader_write_unsigned(&lowering->section, lowering->routine_types[lowering->routines->function_types[i]]);
}

/* A body as it is, but for the indices of what it calls.  Its local declarations stand in front of its code; `start` is
 * where. */
static void write_body(struct lowering *lowering, const struct vm_function *function, uint32_t start) {
    const uint8_t *const bytes = lowering->routines->bytes.data;
    struct loader_writer *const body = &lowering->body;
    loader_writer_reset(body);
    uint32_t copied = start;
    for (uint32_t at = function->code_start; at < function->code_end;) {
        const struct loader_instruction instruction = loader_instruction_at(lowering->routines, at);
        at = instruction.next;
        if (instruction.op != VM_OP_CALL)
            continue;
        loader_write_bytes(body, vm_bytes(bytes + copied, instruction.offset - copied));
        loader_write_code(body, vm_opcodes[VM_OP_CALL].code);
        loader_write_unsigned(body, lowering->routine_index[instruction.operands[0]]);
        copied = at;
    }
    loader_write_bytes(body, vm_bytes(bytes + copied, function->code_end - copied));
    loader_write_vector(&lowering->section, loader_written(body));
}

enum vm_status lower_write_routine_bodies(struct lowering *lowering) {
    const struct vm_module *const module = lowering->routines;
    const struct vm_bytes bodies = lower_find_bodies(module);
    struct loader_reader reader = {module->bytes.data, bodies.data, bodies.data + bodies.size, lowering->error};
    for (uint32_t i = 0; i < module->function_count && lowering->routine_count != 0; i++) {
        uint32_t size;
        TRY(loader_read_size(&reader, &size));
        if (lowering->routine_index[i] != LOWER_NONE) {
            write_body(lowering, &module->functions[i], loader_offset(&reader));
            TRY(lower_check_size(lowering, &lowering->section));
        }
        reader.at += size;
    }
    return VM_OK;
}
