/* host/shape.c - recognises what kind of contract a module is. */
#include "host/shape.h"

const char *host_shape_name(enum host_shape shape) {
    static const char *const names[] = {"call", "command", "text", "reactor"};
    return names[shape];
}

/* True if the export is a function of `values` i32 parameters and as many results. */
static bool is_function(const struct vm_module *module, const struct vm_export *export, uint32_t values) {
    if (export == NULL || export->kind != VM_EXTERN_FUNCTION)
        return false;
    const struct vm_function_type *const type = vm_module_function_type(module, export->index);
    return type->param_count == values && type->result_count == values &&
           (values == 0 || (type->types[0] == VM_I32 && type->types[1] == VM_I32));
}

static bool exports(const struct vm_module *module, const char *name, uint32_t values) {
    return is_function(module, vm_module_find_export(module, vm_bytes_of_text(name)), values);
}

static bool is_named(const struct vm_export *export, const char *name) {
    return vm_bytes_equal(export->name, vm_bytes_of_text(name));
}

/* The kind of an export; `allocates`: the module exports malloc. */
static enum host_entry_kind kind_of(const struct vm_module *module, const struct vm_export *export, bool allocates) {
    if (is_function(module, export, 0) && !is_named(export, HOST_INITIALIZE))
        return HOST_ENTRY_PLAIN;
    if (allocates && is_function(module, export, 1) && !is_named(export, HOST_ALLOCATE))
        return HOST_ENTRY_TEXT;
    return HOST_ENTRY_NONE;
}

enum host_entry_kind host_entry_kind(const struct vm_module *module, struct vm_bytes name) {
    const struct vm_export *const export = vm_module_find_export(module, name);
    return export == NULL ? HOST_ENTRY_NONE : kind_of(module, export, exports(module, HOST_ALLOCATE, 1));
}

/* Counts the exports that can be entered this way; *sole is the name of the last one. */
static uint32_t count_entries(const struct vm_module *module, enum host_entry_kind kind, struct vm_bytes *sole) {
    const bool allocates = exports(module, HOST_ALLOCATE, 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < module->export_count; i++) {
        if (kind_of(module, &module->exports[i], allocates) != kind)
            continue;
        *sole = module->exports[i].name;
        count++;
    }
    return count;
}

static enum vm_status recognise_library(const struct vm_module *module, struct host_form *form,
                                        struct vm_error *error) {
    struct vm_bytes sole = {NULL, 0};
    form->shape = HOST_SHAPE_TEXT;
    uint32_t count = count_entries(module, HOST_ENTRY_TEXT, &sole);
    if (count == 0) {
        form->shape = HOST_SHAPE_REACTOR;
        count = count_entries(module, HOST_ENTRY_PLAIN, &sole);
    }
    if (count == 0)
        return vm_fail(error, VM_ERROR_CONTRACT, 0,
                       "it exports no function of type [] -> []: export one, by the name \"" HOST_CALL
                       "\"; or name(const char *) -> const char *, and malloc");
    if (count == 1)
        form->default_entry = sole;
    return VM_OK;
}

enum vm_status host_form_recognise(const struct vm_module *module, struct host_form *form, struct vm_error *error) {
    *form = (struct host_form){.starts = module->start != VM_NO_FUNCTION,
                               .initializes = exports(module, HOST_INITIALIZE, 0)};
    const bool command = exports(module, HOST_START, 0);
    if (command && form->initializes)
        return vm_fail(error, VM_ERROR_CONTRACT, 0,
                       "it exports both \"" HOST_START "\" and \"" HOST_INITIALIZE
                       "\": a program has the one, a library the other");
    if (!command && !exports(module, HOST_CALL, 0))
        return recognise_library(module, form, error);
    form->shape = command ? HOST_SHAPE_COMMAND : HOST_SHAPE_CALL;
    form->default_entry = vm_bytes_of_text(command ? HOST_START : HOST_CALL);
    return VM_OK;
}
