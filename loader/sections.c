/* loader/sections.c - the sections of a module, their order, and the readers of the short ones.  Spec: binary-module
 *
 * Reads are bounded by the module, not by the section: a section that takes more or less than its size says is told
 * afterwards, as in the reference interpreter, whose words the official suite asks for. */
#include "loader/context.h"
#include "loader/sort.h"

static enum vm_status fail_import_kind(struct loader_context *context, uint32_t offset, uint8_t kind) {
    if (kind == 4)
        return vm_fail(context->reader.error, VM_ERROR_IMPORT_KIND, offset, "0x04 is a tag, of %s",
                       vm_feature_rows[VM_FEATURE_EXCEPTIONS].words);
    return vm_fail(context->reader.error, VM_ERROR_IMPORT_KIND, offset, "0x%02x", kind);
}

/* How many memories there may be.  More than one is invalid by the second edition; the details are for whoever wanted
 * the proposal. */
static enum vm_status check_memory_count(struct loader_context *context, uint64_t count, uint32_t offset) {
    const struct vm_feature_row *const row = &vm_feature_rows[VM_FEATURE_MULTI_MEMORY];
    if (loader_admits(context->options, VM_FEATURE_MULTI_MEMORY))
        return LOADER_CHECK_LIMIT(context, memories, count, offset);
    if (count < 2)
        return VM_OK;
    return vm_fail(context->reader.error, VM_ERROR_MULTIPLE_MEMORIES, offset, "%s (compile with %s)", row->words,
                   row->flag);
}

static enum vm_status read_import_description(struct loader_context *context, struct vm_import *import) {
    struct vm_module *const module = context->module;
    const uint32_t offset = loader_offset(&context->reader);
    uint8_t kind;
    TRY(loader_read_byte(&context->reader, &kind));
    switch (kind) {
    case VM_EXTERN_FUNCTION:
        import->kind = VM_EXTERN_FUNCTION;
        TRY(loader_read_u32(&context->reader, &import->type));
        if (import->type >= module->type_count)
            return loader_fail_index(context, VM_ERROR_UNKNOWN_TYPE, offset + 1, import->type);
        module->imported_functions++;
        return LOADER_CHECK_LIMIT(context, functions, module->imported_functions, offset);
    case VM_EXTERN_TABLE:
        import->kind = VM_EXTERN_TABLE;
        TRY(loader_read_table_type(context, &import->table));
        module->imported_tables++;
        return LOADER_CHECK_LIMIT(context, tables, module->imported_tables, offset);
    case VM_EXTERN_MEMORY:
        import->kind = VM_EXTERN_MEMORY;
        TRY(loader_read_memory_type(context, &import->memory));
        module->imported_memories++;
        return check_memory_count(context, module->imported_memories, offset);
    case VM_EXTERN_GLOBAL:
        import->kind = VM_EXTERN_GLOBAL;
        TRY(loader_read_global_type(context, &import->global));
        module->imported_globals++;
        return LOADER_CHECK_LIMIT(context, globals, module->imported_globals, offset);
    default:
        return fail_import_kind(context, offset, kind);
    }
}

/* Index spaces start with the imports: each gets an array of these, which the defining section replaces by a longer
 * one. */
static enum vm_status fill_index_spaces(struct loader_context *context) {
    struct vm_module *const module = context->module;
    uint32_t *functions;
    struct vm_table_type *tables;
    struct vm_memory_type *memories;
    struct vm_global *globals;
    TRY(LOADER_ALLOCATE(context, functions, module->imported_functions));
    TRY(LOADER_ALLOCATE(context, tables, module->imported_tables));
    TRY(LOADER_ALLOCATE(context, memories, module->imported_memories));
    TRY(LOADER_ALLOCATE(context, globals, module->imported_globals));
    for (uint32_t i = 0; i < module->import_count; i++) {
        const struct vm_import *const import = &module->imports[i];
        switch (import->kind) {
        case VM_EXTERN_FUNCTION:
            functions[module->function_count++] = import->type;
            break;
        case VM_EXTERN_TABLE:
            tables[module->table_count++] = import->table;
            break;
        case VM_EXTERN_MEMORY:
            memories[module->memory_count++] = import->memory;
            break;
        case VM_EXTERN_GLOBAL:
            globals[module->global_count++].type = import->global;
            break;
        }
    }
    module->function_types = functions;
    module->tables = tables;
    module->memories = memories;
    module->globals = globals;
    return VM_OK;
}

static enum vm_status read_checked_name(struct loader_context *context, struct vm_bytes *out) {
    const uint32_t offset = loader_offset(&context->reader);
    TRY(loader_read_name(&context->reader, out));
    return LOADER_CHECK_LIMIT(context, name_bytes, out->size, offset);
}

static enum vm_status read_import_section(struct loader_context *context) {
    struct vm_module *const module = context->module;
    const uint32_t offset = loader_offset(&context->reader);
    uint32_t count;
    struct vm_import *imports;
    TRY(loader_read_size(&context->reader, &count));
    TRY(LOADER_CHECK_LIMIT(context, imports, count, offset));
    TRY(LOADER_ALLOCATE(context, imports, count));
    module->imports = imports;
    for (uint32_t i = 0; i < count; i++) {
        imports[i].offset = loader_offset(&context->reader);
        TRY(read_checked_name(context, &imports[i].module));
        TRY(read_checked_name(context, &imports[i].name));
        TRY(read_import_description(context, &imports[i]));
        module->import_count++;
    }
    return fill_index_spaces(context);
}

/* Replaces an index space's array of `count` by a copy with room for `more`. */
#define EXTEND(context, field, count, more, copy)                                                                      \
    do {                                                                                                               \
        TRY(LOADER_ALLOCATE(context, copy, (size_t)(count) + (more)));                                                 \
        if ((count) != 0)                                                                                              \
            memcpy(copy, field, (count) * sizeof *(copy));                                                             \
        (field) = (copy);                                                                                              \
    } while (0)

static enum vm_status read_function_section(struct loader_context *context) {
    struct vm_module *const module = context->module;
    uint32_t offset = loader_offset(&context->reader);
    uint32_t count;
    uint32_t *types;
    TRY(loader_read_size(&context->reader, &count));
    TRY(LOADER_CHECK_LIMIT(context, functions, (uint64_t)module->imported_functions + count, offset));
    EXTEND(context, module->function_types, module->function_count, count, types);
    for (uint32_t i = 0; i < count; i++) {
        offset = loader_offset(&context->reader);
        uint32_t type;
        TRY(loader_read_u32(&context->reader, &type));
        if (type >= module->type_count)
            return loader_fail_index(context, VM_ERROR_UNKNOWN_TYPE, offset, type);
        types[module->function_count++] = type;
    }
    return VM_OK;
}

static enum vm_status read_table_section(struct loader_context *context) {
    struct vm_module *const module = context->module;
    const uint32_t offset = loader_offset(&context->reader);
    uint32_t count;
    struct vm_table_type *tables;
    TRY(loader_read_size(&context->reader, &count));
    TRY(LOADER_CHECK_LIMIT(context, tables, (uint64_t)module->imported_tables + count, offset));
    EXTEND(context, module->tables, module->table_count, count, tables);
    for (uint32_t i = 0; i < count; i++) {
        if (module->table_count == 1 && !loader_admits(context->options, VM_FEATURE_REFERENCE_TYPES))
            return loader_fail_feature(context, VM_FEATURE_REFERENCE_TYPES, loader_offset(&context->reader),
                                       "a second table");
        TRY(loader_read_table_type(context, &tables[module->table_count]));
        module->table_count++;
    }
    return VM_OK;
}

static enum vm_status read_memory_section(struct loader_context *context) {
    struct vm_module *const module = context->module;
    const uint32_t offset = loader_offset(&context->reader);
    uint32_t count;
    struct vm_memory_type *memories;
    TRY(loader_read_size(&context->reader, &count));
    const uint64_t all = (uint64_t)module->imported_memories + count;
    if (loader_admits(context->options, VM_FEATURE_MULTI_MEMORY))
        TRY(check_memory_count(context, all, offset));
    EXTEND(context, module->memories, module->memory_count, count, memories);
    for (uint32_t i = 0; i < count; i++) {
        /* Where one is the most, a fault in the type of the second is still the one to report. */
        TRY(loader_read_memory_type(context, &memories[module->memory_count]));
        module->memory_count++;
        TRY(check_memory_count(context, module->memory_count, offset));
    }
    return VM_OK;
}

static enum vm_status read_global_section(struct loader_context *context) {
    struct vm_module *const module = context->module;
    const uint32_t offset = loader_offset(&context->reader);
    uint32_t count;
    struct vm_global *globals;
    TRY(loader_read_size(&context->reader, &count));
    TRY(LOADER_CHECK_LIMIT(context, globals, (uint64_t)module->imported_globals + count, offset));
    EXTEND(context, module->globals, module->global_count, count, globals);
    for (uint32_t i = 0; i < count; i++) {
        struct vm_global *const global = &globals[module->global_count];
        TRY(loader_read_global_type(context, &global->type));
        TRY(loader_read_constant(context, global->type.value, &global->value));
        /* Only now: a global can't refer to itself. */
        module->global_count++;
    }
    return VM_OK;
}

static enum vm_status check_export(struct loader_context *context, uint32_t offset, const struct vm_export *export) {
    const struct vm_module *const module = context->module;
    switch (export->kind) {
    case VM_EXTERN_FUNCTION:
        if (export->index >= module->function_count)
            return loader_fail_index(context, VM_ERROR_UNKNOWN_FUNCTION, offset, export->index);
        context->declared_functions[export->index] = 1;
        return VM_OK;
    case VM_EXTERN_TABLE:
        if (export->index >= module->table_count)
            return loader_fail_index(context, VM_ERROR_UNKNOWN_TABLE, offset, export->index);
        return VM_OK;
    case VM_EXTERN_MEMORY:
        if (export->index >= module->memory_count)
            return loader_fail_index(context, VM_ERROR_UNKNOWN_MEMORY, offset, export->index);
        return VM_OK;
    case VM_EXTERN_GLOBAL:
        if (export->index >= module->global_count)
            return loader_fail_index(context, VM_ERROR_UNKNOWN_GLOBAL, offset, export->index);
        return VM_OK;
    }
    return VM_OK;
}

static enum vm_status read_export(struct loader_context *context, struct vm_export *export) {
    TRY(read_checked_name(context, &export->name));
    uint8_t kind;
    const uint32_t offset = loader_offset(&context->reader);
    TRY(loader_read_byte(&context->reader, &kind));
    if (kind > VM_EXTERN_GLOBAL)
        return vm_fail(context->reader.error, VM_ERROR_EXPORT_KIND, offset, "0x%02x", kind);
    export->kind = (enum vm_extern_kind)kind;
    TRY(loader_read_u32(&context->reader, &export->index));
    return check_export(context, offset + 1, export);
}

/* Order of exports for the search for duplicates: by name, then by place. */
static int compare_exports(const void *context, uint32_t a, uint32_t b) {
    const struct vm_export *const exports = context;
    const int order = vm_bytes_compare(exports[a].name, exports[b].name);
    return order != 0 ? order : a < b ? -1 : a > b;
}

/* Looks for the first export whose name was there before, in all exports that were read. */
static enum vm_status check_export_names(struct loader_context *context) {
    const struct vm_export *const exports = context->module->exports;
    const uint32_t count = context->module->export_count;
    uint32_t *order;
    TRY(LOADER_ALLOCATE(context, order, count));
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    loader_sort(order, count, compare_exports, exports);
    uint32_t duplicate = count;
    for (uint32_t i = 1; i < count; i++) {
        if (vm_bytes_equal(exports[order[i - 1]].name, exports[order[i]].name) && order[i] < duplicate)
            duplicate = order[i];
    }
    if (duplicate == count)
        return VM_OK;
    /* The name itself is the guest's bytes and stays out of the message. */
    return vm_fail(context->reader.error, VM_ERROR_DUPLICATE_EXPORT,
                   (uint64_t)(exports[duplicate].name.data - context->reader.start), "export %lu",
                   (unsigned long)duplicate);
}

static enum vm_status read_export_section(struct loader_context *context) {
    const uint32_t offset = loader_offset(&context->reader);
    uint32_t count;
    struct vm_export *exports;
    TRY(loader_read_size(&context->reader, &count));
    TRY(LOADER_CHECK_LIMIT(context, exports, count, offset));
    TRY(LOADER_ALLOCATE(context, exports, count));
    context->module->exports = exports;
    enum vm_status status = VM_OK;
    for (uint32_t i = 0; i < count && status == VM_OK; i++) {
        status = read_export(context, &exports[i]);
        context->module->export_count += status == VM_OK;
    }
    /* A duplicate stands before whatever stopped the reading, so it is the one to report. */
    TRY(check_export_names(context));
    return status;
}

static enum vm_status read_start_section(struct loader_context *context) {
    struct vm_module *const module = context->module;
    const uint32_t offset = loader_offset(&context->reader);
    uint32_t function;
    TRY(loader_read_u32(&context->reader, &function));
    if (function >= module->function_count)
        return loader_fail_index(context, VM_ERROR_UNKNOWN_FUNCTION, offset, function);
    const struct vm_function_type *const type = vm_module_function_type(module, function);
    if (type->param_count != 0 || type->result_count != 0)
        return vm_fail(context->reader.error, VM_ERROR_START_FUNCTION, offset,
                       "it must take no parameters and return no results");
    module->start = function;
    return VM_OK;
}

static enum vm_status read_tag_section(struct loader_context *context) {
    return loader_fail_feature(context, VM_FEATURE_EXCEPTIONS, loader_offset(&context->reader), "the tag section");
}

/* Sections by id.  order: the place among the sections; 0 for custom sections, which may stand anywhere. */
static const struct {
    uint32_t order;
    enum vm_status (*read)(struct loader_context *context);
} sections[] = {
    [0] = {0, NULL},
    [1] = {1, loader_read_type_section},
    [2] = {2, read_import_section},
    [3] = {3, read_function_section},
    [4] = {4, read_table_section},
    [5] = {5, read_memory_section},
    [13] = {6, read_tag_section},
    [6] = {7, read_global_section},
    [7] = {8, read_export_section},
    [8] = {9, read_start_section},
    [9] = {10, loader_read_element_section},
    [12] = {11, loader_read_data_count_section},
    [10] = {12, loader_read_code_section},
    [11] = {13, loader_read_data_section},
};

static enum vm_status read_custom_section(struct loader_context *context, struct vm_custom_section *out) {
    TRY(loader_read_name(&context->reader, &out->name));
    const uint32_t offset = loader_offset(&context->reader);
    if (offset > context->section_end)
        return vm_fail(context->reader.error, VM_ERROR_UNEXPECTED_END_OF_SECTION, context->section_end, NULL);
    TRY(loader_read_bytes(&context->reader, (size_t)(context->section_end - offset), &out->content));
    if (!context->has_name_section && vm_bytes_equal(out->name, vm_bytes_of_text("name"))) {
        context->name_section = out->content;
        context->has_name_section = true;
    }
    return VM_OK;
}

/* How many custom sections there are, by a look at the section headers alone; never less than will be read. */
static uint32_t count_custom_sections(const struct loader_reader *reader) {
    struct vm_error ignored;
    struct loader_reader ahead = *reader;
    ahead.error = &ignored;
    uint32_t count = 0;
    while (ahead.at != ahead.end) {
        const uint8_t id = *ahead.at++;
        uint32_t size;
        count += id == 0;
        if (loader_read_size(&ahead, &size) != VM_OK || size > loader_rest(&ahead))
            break;
        ahead.at += size;
    }
    return count;
}

/* What an element, global or code section may name in ref.func is known once all functions are counted. */
static enum vm_status prepare_declared_functions(struct loader_context *context, uint8_t id) {
    enum { GLOBAL_SECTION = 6 };
    if (context->declared_functions != NULL || sections[id].order < sections[GLOBAL_SECTION].order)
        return VM_OK;
    return LOADER_ALLOCATE(context, context->declared_functions, context->module->function_count);
}

static enum vm_status read_section(struct loader_context *context, struct vm_custom_section *custom,
                                   uint32_t *last_order) {
    struct loader_reader *const reader = &context->reader;
    const uint32_t start = loader_offset(reader);
    uint8_t id;
    uint32_t size;
    TRY(loader_read_byte(reader, &id));
    if (id >= sizeof sections / sizeof *sections)
        return vm_fail(reader->error, VM_ERROR_SECTION_ID, start, "%u", id);
    if (id != 0 && sections[id].order <= *last_order)
        return vm_fail(reader->error, VM_ERROR_SECTION_ORDER, start, "section %u is out of order or there twice", id);
    TRY(loader_read_size(reader, &size));
    const uint64_t end = (uint64_t)loader_offset(reader) + size;
    context->section_end = end;
    if (id == 0) {
        TRY(read_custom_section(context, &custom[context->module->custom_count]));
        context->module->custom_count++;
    } else {
        *last_order = sections[id].order;
        TRY(prepare_declared_functions(context, id));
        TRY(sections[id].read(context));
    }
    if (loader_offset(reader) != end)
        return vm_fail(reader->error, VM_ERROR_SECTION_SIZE, loader_offset(reader), "section %u should end at %llu", id,
                       (unsigned long long)end);
    return VM_OK;
}

enum vm_status loader_read_sections(struct loader_context *context) {
    struct loader_reader *const reader = &context->reader;
    const struct vm_module *const module = context->module;
    struct vm_custom_section *custom;
    uint32_t last_order = 0;
    TRY(LOADER_ALLOCATE(context, custom, count_custom_sections(reader)));
    context->module->custom = custom;
    while (reader->at != reader->end)
        TRY(read_section(context, custom, &last_order));
    if (context->bodies != module->function_count - module->imported_functions)
        return vm_fail(reader->error, VM_ERROR_FUNCTION_CODE_MISMATCH, loader_offset(reader), NULL);
    if (context->has_data_count && module->data_count != context->declared_data)
        return vm_fail(reader->error, VM_ERROR_DATA_COUNT_MISMATCH, loader_offset(reader), NULL);
    return VM_OK;
}
