/* loader/lower/restore.c - the section that remembers float types: written when a module is lowered, read when it is
 * loaded. */
#include "loader/lower/lowering.h"

static bool has_floats(const struct vm_function_type *type) {
    for (uint32_t i = 0; i < type->param_count + type->result_count; i++)
        if (lower_is_float(type->types[i]))
            return true;
    return false;
}

void lower_write_float_section(struct lowering *lowering) {
    const struct vm_module *const module = lowering->module;
    struct loader_writer *const writer = &lowering->section;
    uint32_t types = 0;
    uint32_t globals = 0;
    for (uint32_t i = 0; i < module->type_count; i++)
        types += has_floats(&module->types[i]);
    for (uint32_t i = 0; i < module->global_count; i++)
        globals += lower_is_float(module->globals[i].type.value);
    loader_write_unsigned(writer, LOADER_LOWERING_VERSION);
    loader_write_unsigned(writer, lower_first_added(lowering));
    loader_write_unsigned(writer, types);
    for (uint32_t i = 0; i < module->type_count; i++) {
        const struct vm_function_type *const type = &module->types[i];
        if (!has_floats(type))
            continue;
        loader_write_unsigned(writer, i);
        loader_write_unsigned(writer, type->param_count);
        loader_write_unsigned(writer, type->result_count);
        loader_write_bytes(writer, vm_bytes(type->types, (size_t)type->param_count + type->result_count));
    }
    loader_write_unsigned(writer, globals);
    for (uint32_t i = 0; i < module->global_count; i++) {
        if (!lower_is_float(module->globals[i].type.value))
            continue;
        loader_write_unsigned(writer, i);
        loader_write_byte(writer, module->globals[i].type.value);
    }
}

/* The module's arrays, copied so that they can be changed; NULL while nothing is to be. */
struct restoring {
    struct vm_module *module;
    struct vm_function_type *types;
    struct vm_global *globals;
    struct vm_import *imports;
    const uint32_t *global_imports; /* [imported_globals] which import each is */
};

/* A float type in the place of the integer that carries it.  Types go by whole signatures of the same length. */
static bool restore_type(struct restoring *restoring, struct loader_reader *reader) {
    uint32_t index;
    uint32_t params;
    uint32_t results;
    struct vm_bytes types;
    if (loader_read_u32(reader, &index) != VM_OK || loader_read_u32(reader, &params) != VM_OK ||
        loader_read_u32(reader, &results) != VM_OK || index >= restoring->module->type_count)
        return false;
    const struct vm_function_type *const type = &restoring->module->types[index];
    if (params != type->param_count || results != type->result_count ||
        loader_read_bytes(reader, (size_t)params + results, &types) != VM_OK)
        return false;
    for (size_t i = 0; i < types.size; i++)
        if (lower_type(types.data[i]) != type->types[i])
            return false;
    if (restoring->types != NULL)
        restoring->types[index].types = types.data;
    return true;
}

static bool restore_global(struct restoring *restoring, struct loader_reader *reader) {
    uint32_t index;
    uint8_t type;
    if (loader_read_u32(reader, &index) != VM_OK || loader_read_byte(reader, &type) != VM_OK ||
        index >= restoring->module->global_count || lower_type(type) != restoring->module->globals[index].type.value)
        return false;
    if (restoring->globals == NULL)
        return true;
    restoring->globals[index].type.value = type;
    if (index < restoring->module->imported_globals)
        restoring->imports[restoring->global_imports[index]].global.value = type;
    return true;
}

/* Reads the whole section; changes something only if the copies are there. */
static bool read_section(struct restoring *restoring, struct vm_bytes section) {
    struct vm_error ignored;
    struct loader_reader reader = {section.data, section.data, section.data + section.size, &ignored};
    uint32_t number;
    if (loader_read_u32(&reader, &number) != VM_OK || number != LOADER_LOWERING_VERSION ||
        loader_read_u32(&reader, &number) != VM_OK || loader_read_u32(&reader, &number) != VM_OK)
        return false;
    for (uint32_t i = 0; i < number; i++)
        if (!restore_type(restoring, &reader))
            return false;
    if (loader_read_u32(&reader, &number) != VM_OK)
        return false;
    for (uint32_t i = 0; i < number; i++)
        if (!restore_global(restoring, &reader))
            return false;
    return reader.at == reader.end;
}

static bool copy_arrays(struct restoring *restoring) {
    struct vm_module *const module = restoring->module;
    struct vm_arena *const arena = &module->arena;
    uint32_t *const global_imports = vm_arena_allocate(arena, module->imported_globals, sizeof *global_imports);
    restoring->types = vm_arena_allocate(arena, module->type_count, sizeof *restoring->types);
    restoring->globals = vm_arena_allocate(arena, module->global_count, sizeof *restoring->globals);
    restoring->imports = vm_arena_allocate(arena, module->import_count, sizeof *restoring->imports);
    if (global_imports == NULL || restoring->types == NULL || restoring->globals == NULL || restoring->imports == NULL)
        return false;
    if (module->type_count != 0)
        memcpy(restoring->types, module->types, module->type_count * sizeof *restoring->types);
    if (module->global_count != 0)
        memcpy(restoring->globals, module->globals, module->global_count * sizeof *restoring->globals);
    if (module->import_count != 0)
        memcpy(restoring->imports, module->imports, module->import_count * sizeof *restoring->imports);
    for (uint32_t i = 0, global = 0; i < module->import_count; i++)
        if (module->imports[i].kind == VM_EXTERN_GLOBAL)
            global_imports[global++] = i;
    restoring->global_imports = global_imports;
    return true;
}

/* The first section of that name, if it fits the module; else NULL. */
static const struct vm_custom_section *find_section(struct vm_module *module) {
    struct restoring restoring = {.module = module};
    for (uint32_t i = 0; i < module->custom_count; i++)
        if (vm_bytes_equal(module->custom[i].name, vm_bytes_of_text(LOADER_FLOAT_SECTION)))
            return read_section(&restoring, module->custom[i].content) ? &module->custom[i] : NULL;
    return NULL;
}

bool lower_is_lowered(struct vm_module *module) {
    return find_section(module) != NULL;
}

enum vm_status loader_restore_floats(struct vm_module *module, struct vm_error *error) {
    struct restoring restoring = {.module = module};
    const struct vm_custom_section *const section = find_section(module);
    if (section == NULL)
        return VM_OK;
    if (!copy_arrays(&restoring))
        return vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    (void)read_section(&restoring, section->content);
    module->types = restoring.types;
    module->globals = restoring.globals;
    module->imports = restoring.imports;
    return VM_OK;
}
