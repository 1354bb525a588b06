/* host/contract.c - from bytes to a contract: loaded, imports checked against the tables, its shape recognised. */
#include <stdio.h>

#include "host/run.h"
#include "vm/fast/fast.h"

/* Shown in messages: names are cut to fit and made harmless; of parameters and of results the first are shown. */
enum { SHOWN_NAME = 48, SHOWN_VALUES = 6, SHOWN_TYPE = 160 };

static const char *show_name(struct vm_bytes name, char shown[SHOWN_NAME]) {
    size_t size = 0;
    while (size < name.size && size < SHOWN_NAME - 1) {
        const uint8_t c = name.data[size];
        shown[size++] = c >= 0x20 && c < 0x7F ? (char)c : '?';
    }
    shown[size] = '\0';
    return shown;
}

/* Appends to a NUL-terminated text, or leaves it as it is when there is no room. */
static void append(char *text, size_t room, const char *more) {
    const size_t used = strlen(text), size = strlen(more);
    if (used + size < room)
        memcpy(text + used, more, size + 1);
}

static void append_types(char shown[SHOWN_TYPE], const uint8_t *types, uint32_t count) {
    append(shown, SHOWN_TYPE, "[");
    for (uint32_t i = 0; i < count; i++) {
        if (i == SHOWN_VALUES) {
            append(shown, SHOWN_TYPE, " ...");
            break;
        }
        if (i > 0)
            append(shown, SHOWN_TYPE, " ");
        append(shown, SHOWN_TYPE, vm_value_type_name(types[i]));
    }
    append(shown, SHOWN_TYPE, "]");
}

/* "[i32 i32] -> [i32]" */
static const char *show_type(const struct vm_function_type *type, char shown[SHOWN_TYPE]) {
    shown[0] = '\0';
    append_types(shown, type->types, type->param_count);
    append(shown, SHOWN_TYPE, " -> ");
    append_types(shown, type->types + type->param_count, type->result_count);
    return shown;
}

uint32_t host_import_type(enum host_import import, uint8_t types[HOST_IMPORT_VALUES]) {
    const char *const halves[2] = {host_import_rows[import].params, host_import_rows[import].results};
    uint32_t count = 0;
    for (uint32_t half = 0; half < 2; half++) {
        for (const char *at = halves[half]; *at != '\0'; at++)
            types[count++] = *at == 'I' ? VM_I64 : VM_I32;
    }
    return count;
}

/* The row an import names, HOST_IMPORT_COUNT if there is none. */
static uint32_t find_row(const struct vm_import *import) {
    for (uint32_t row = 0; row < HOST_IMPORT_COUNT && import->kind == VM_EXTERN_FUNCTION; row++) {
        if (vm_bytes_equal(import->name, vm_bytes_of_text(host_import_rows[row].name)) &&
            vm_bytes_equal(import->module, vm_bytes_of_text(host_import_rows[row].module)))
            return row;
    }
    return HOST_IMPORT_COUNT;
}

static enum vm_status check_import(const struct vm_module *module, const struct vm_import *import,
                                   const struct host_schedule *schedule, uint8_t *row_out, struct vm_error *error) {
    char in_module[SHOWN_NAME], name[SHOWN_NAME];
    show_name(import->module, in_module);
    show_name(import->name, name);
    const uint32_t row = find_row(import);
    if (row == HOST_IMPORT_COUNT)
        return vm_fail(error, VM_ERROR_UNKNOWN_IMPORT, import->offset,
                       "%s \"%s\".\"%s\": a contract may import the functions of modules \"" HOST_DELA_MODULE
                       "\" and \"" HOST_WASI_MODULE "\", and nothing else",
                       vm_extern_kind_name(import->kind), in_module, name);
    if (schedule->imports[row].base == 0)
        return vm_fail(error, VM_ERROR_UNKNOWN_IMPORT, import->offset,
                       "function \"%s\".\"%s\": it has no price in the schedule, so nobody may import it here",
                       in_module, name);

    uint8_t types[HOST_IMPORT_VALUES];
    const uint32_t params = (uint32_t)strlen(host_import_rows[row].params);
    const uint32_t values = host_import_type((enum host_import)row, types);
    const struct vm_function_type expected = {types, params, values - params};
    const struct vm_function_type *const got = &module->types[import->type];
    if (!vm_function_type_equal(&expected, got)) {
        char want[SHOWN_TYPE], have[SHOWN_TYPE];
        return vm_fail(error, VM_ERROR_INCOMPATIBLE_IMPORT, import->offset, "\"%s\".\"%s\": expected %s, got %s",
                       in_module, name, show_type(&expected, want), show_type(got, have));
    }
    *row_out = (uint8_t)row;
    return VM_OK;
}

/* The host's own checks of a module that the loader took; fills the table of import rows. */
static enum vm_status check_contract(struct vm_module *module, const struct host_config *config,
                                     struct host_contract *out, struct vm_error *error) {
    uint8_t *const rows = vm_arena_allocate(&module->arena, module->import_count, sizeof *rows);
    if (rows == NULL)
        return vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    for (uint32_t i = 0; i < module->import_count; i++) {
        const enum vm_status status = check_import(module, &module->imports[i], &config->schedule, &rows[i], error);
        if (status != VM_OK)
            return status;
        out->reads_text = out->reads_text || rows[i] == HOST_IMPORT_fd_read;
    }
    out->import_row = rows;
    const enum vm_status status = host_form_recognise(module, &out->form, error);
    out->reads_text = out->reads_text || out->form.shape == HOST_SHAPE_TEXT;
    return status == VM_OK ? host_manifest_read(module, config->limits.key_bytes, &out->manifest, error) : status;
}

/* Decodes, validates and checks; all but what is only needed to run.  translation: NULL for none. */
static enum vm_status take(struct vm_bytes bytes, const struct host_config *config,
                           const struct vm_fast_options *translation, const struct vm_allocator *allocator,
                           struct host_contract *out, struct vm_error *error) {
    const struct loader_options options = {
        .limits = &config->limits,
        .features = &config->features,
        .schedule = &config->schedule.vm,
        .policy = config->policy,
    };
    *out = (struct host_contract){0};
    struct vm_module *module = NULL;
    enum vm_status status = loader_load_translated(bytes, &options, translation, allocator, &module, error);
    if (status != VM_OK)
        return status;
    struct host_contract contract = {.module = module};
    status = check_contract(module, config, &contract, error);
    if (status != VM_OK) {
        vm_module_free(module);
        return status;
    }
    contract.program = contract.hash = host_hash_of(module->bytes);
    *out = contract;
    return VM_OK;
}

enum vm_status host_contract_load(struct vm_bytes bytes, const struct host_config *config,
                                  const struct vm_allocator *allocator, struct host_contract *out,
                                  struct vm_error *error) {
    const struct vm_fast_options fast = {.fold = config->fold, .lazy = true};
    const bool translated = config->engine == VM_ENGINE_FAST || config->check;
    enum vm_status status = take(bytes, config, translated ? &fast : NULL, allocator, out, error);
    if (status != VM_OK)
        return status;
    status = host_contract_prepare(out, config, allocator, error);
    if (status != VM_OK)
        host_contract_free(out);
    return status;
}

enum vm_status host_contract_check(struct vm_bytes bytes, const struct host_config *config,
                                   const struct vm_allocator *allocator, struct host_hash *hash,
                                   struct vm_error *error) {
    struct host_contract contract;
    const enum vm_status status = take(bytes, config, NULL, allocator, &contract, error);
    if (status != VM_OK)
        return status;
    *hash = contract.hash;
    host_contract_free(&contract);
    return VM_OK;
}

void host_contract_free(struct host_contract *contract) {
    vm_module_free(contract->module);
    *contract = (struct host_contract){0};
}
