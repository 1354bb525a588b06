/* vm/instantiate.c - module + imports = instance.  Spec: exec-instantiation
 *
 * Nothing here depends on how many functions the module has: they need no entry in an instance.  All work that does
 * depend on the module (pages, segments, constant expressions, imports) is in vm_instantiation_price(). */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "vm/instance.h"

void vm_add_price(uint64_t *sum, struct vm_price price, uint64_t units) {
    const uint64_t amount = vm_price_of(price, units);
    *sum = amount > UINT64_MAX - *sum ? UINT64_MAX : *sum + amount;
}

static uint64_t constant_bytes(const struct vm_constant *constant) {
    return constant->end - constant->start;
}

uint64_t vm_instantiation_price(const struct vm_module *module, const struct vm_schedule *schedule) {
    uint64_t pages = 0, table_elements = 0, bytes = 0, elements = 0, constants = 0;
    for (uint32_t i = module->imported_memories; i < module->memory_count; i++)
        pages += vm_started_pages(&module->memories[i], module->memories[i].limits.minimum);
    for (uint32_t i = module->imported_tables; i < module->table_count; i++)
        table_elements += module->tables[i].limits.minimum;
    for (uint32_t i = module->imported_globals; i < module->global_count; i++)
        constants += constant_bytes(&module->globals[i].value);
    for (uint32_t i = 0; i < module->element_count; i++) {
        const struct vm_element_segment *const segment = &module->elements[i];
        if (segment->mode == VM_SEGMENT_ACTIVE) {
            elements += segment->count;
            constants += constant_bytes(&segment->offset);
        }
    }
    for (uint32_t i = 0; i < module->data_count; i++) {
        const struct vm_data_segment *const segment = &module->data[i];
        if (segment->mode == VM_SEGMENT_ACTIVE) {
            bytes += segment->bytes.size;
            constants += constant_bytes(&segment->offset);
        }
    }
    const uint64_t globals = module->global_count - module->imported_globals;
    uint64_t price = 0;
    vm_add_price(&price, schedule->instance_page, pages);
    vm_add_price(&price, schedule->instance_table, table_elements);
    vm_add_price(&price, schedule->instance_byte, bytes);
    vm_add_price(&price, schedule->instance_element, elements + globals);
    vm_add_price(&price, schedule->instance_constant, constants);
    vm_add_price(&price, schedule->instance_segment,
                 (uint64_t)module->element_count + module->data_count + module->import_count);
    return price;
}

/* How much of a name is shown in a message: all of it if it is short, else what ends with a whole character. */
static int shown(struct vm_bytes name) {
    if (name.size <= 64)
        return (int)name.size;
    int size = 64;
    while (size > 0 && (name.data[size] & 0xC0) == 0x80)
        size--;
    return size;
}

static enum vm_status fail_import(struct vm_error *error, enum vm_error_code code, const struct vm_import *import) {
    return vm_fail(error, code, import->offset, "%s \"%.*s\" from module \"%.*s\"", vm_extern_kind_name(import->kind),
                   shown(import->name), import->name.size == 0 ? "" : (const char *)import->name.data,
                   shown(import->module), import->module.size == 0 ? "" : (const char *)import->module.data);
}

/* Spec: match-limits.  `minimum` is the present size of what is there. */
static bool limits_match(uint64_t minimum, const struct vm_size_limits *have, const struct vm_size_limits *want) {
    if (minimum < want->minimum)
        return false;
    return !want->has_maximum || (have->has_maximum && have->maximum <= want->maximum);
}

/* Spec: exec-externval, match-externtype */
static bool extern_matches(const struct vm_instance *instance, const struct vm_import *import,
                           const struct vm_extern *given) {
    if (given->kind != import->kind)
        return false;
    switch (import->kind) {
    case VM_EXTERN_FUNCTION:
        return vm_function_type_equal(vm_function_reference_type(instance->store, given->of.function),
                                      &instance->module->types[import->type]);
    case VM_EXTERN_TABLE: {
        const struct vm_table *const table = given->of.table;
        return table->type.element == import->table.element &&
               limits_match(table->size, &table->type.limits, &import->table.limits);
    }
    case VM_EXTERN_MEMORY: {
        const struct vm_memory *const memory = given->of.memory;
        return memory->type.page_exponent == import->memory.page_exponent &&
               limits_match(memory->pages, &memory->type.limits, &import->memory.limits);
    }
    case VM_EXTERN_GLOBAL: {
        const struct vm_global_type *const type = &given->of.global->type;
        return type->value == import->global.value && type->mutable == import->global.mutable;
    }
    }
    return false;
}

/* Spec: exec-instantiation, the checks of external values */
static enum vm_status bind_imports(struct vm_instance *instance, vm_resolver resolve, void *context,
                                   struct vm_error *error) {
    const struct vm_module *const module = instance->module;
    uint32_t functions = 0, tables = 0, memories = 0, globals = 0;
    for (uint32_t i = 0; i < module->import_count; i++) {
        const struct vm_import *const import = &module->imports[i];
        struct vm_extern given;
        if (resolve == NULL || !resolve(context, import, &given))
            return fail_import(error, VM_ERROR_UNKNOWN_IMPORT, import);
        if (!extern_matches(instance, import, &given))
            return fail_import(error, VM_ERROR_INCOMPATIBLE_IMPORT, import);
        switch (given.kind) {
        case VM_EXTERN_FUNCTION:
            instance->imported_functions[functions++] = given.of.function;
            break;
        case VM_EXTERN_TABLE:
            instance->tables[tables++] = given.of.table;
            break;
        case VM_EXTERN_MEMORY:
            instance->memories[memories++] = given.of.memory;
            break;
        case VM_EXTERN_GLOBAL:
            instance->globals[globals++] = given.of.global;
            break;
        }
    }
    return VM_OK;
}

/* A declared minimum above the store's cap is refused here; a declared maximum above it is clamped where it grows. */
static enum vm_status check_sizes(const struct vm_store *store, const struct vm_module *module,
                                  struct vm_error *error) {
    for (uint32_t i = module->imported_memories; i < module->memory_count; i++) {
        const uint64_t pages = vm_started_pages(&module->memories[i], module->memories[i].limits.minimum);
        if (pages > store->limits.memory_pages)
            return vm_fail(error, VM_ERROR_OVER_LIMIT, 0,
                           "memory %" PRIu32 " starts with %" PRIu64 " pages; memory_pages is %" PRIu64, i, pages,
                           store->limits.memory_pages);
    }
    for (uint32_t i = module->imported_tables; i < module->table_count; i++)
        if (module->tables[i].limits.minimum > store->limits.table_size)
            return vm_fail(error, VM_ERROR_OVER_LIMIT, 0,
                           "table %" PRIu32 " starts with %" PRIu64 " elements; table_size is %" PRIu64, i,
                           module->tables[i].limits.minimum, store->limits.table_size);
    return VM_OK;
}

/* The instance with all its arrays, empty; NULL when memory is short. */
static struct vm_instance *allocate_instance(struct vm_store *store, const struct vm_module *module) {
    struct vm_arena *const arena = &store->arena;
    struct vm_instance *const instance = vm_arena_allocate(arena, 1, sizeof *instance);
    if (instance == NULL)
        return NULL;
    instance->store = store;
    instance->module = module;
    instance->number = store->instance_count;
    instance->imported_functions = vm_arena_allocate(arena, module->imported_functions, sizeof(vm_value));
    instance->tables = vm_arena_allocate(arena, module->table_count, sizeof *instance->tables);
    instance->memories = vm_arena_allocate(arena, module->memory_count, sizeof *instance->memories);
    instance->globals = vm_arena_allocate(arena, module->global_count, sizeof *instance->globals);
    instance->own_globals =
        vm_arena_allocate(arena, module->global_count - module->imported_globals, sizeof *instance->own_globals);
    instance->dropped_elements = vm_arena_allocate(arena, module->element_count, sizeof(bool));
    instance->dropped_data = vm_arena_allocate(arena, module->data_count, sizeof(bool));
    if (instance->imported_functions == NULL || instance->tables == NULL || instance->memories == NULL ||
        instance->globals == NULL || instance->own_globals == NULL || instance->dropped_elements == NULL ||
        instance->dropped_data == NULL)
        return NULL;
    return instance;
}

/* Spec: alloc-module.  Own tables, memories and globals, zero so far. */
static bool make_own(struct vm_instance *instance) {
    struct vm_store *const store = instance->store;
    const struct vm_module *const module = instance->module;
    for (uint32_t i = module->imported_tables; i < module->table_count; i++) {
        instance->tables[i] = vm_table_new(&store->arena, &store->tables, &module->tables[i], store->limits.table_size);
        if (instance->tables[i] == NULL)
            return false;
    }
    for (uint32_t i = module->imported_memories; i < module->memory_count; i++) {
        instance->memories[i] =
            vm_memory_new(&store->arena, &store->memories, &module->memories[i], store->limits.memory_pages);
        if (instance->memories[i] == NULL)
            return false;
    }
    if (module->memory_count > 0)
        instance->memory = instance->memories[0];
    for (uint32_t i = module->imported_globals; i < module->global_count; i++) {
        struct vm_global_cell *const cell = &instance->own_globals[i - module->imported_globals];
        cell->type = module->globals[i].type;
        instance->globals[i] = cell;
    }
    return true;
}

/* Own globals, in order, since each may be computed from those before it. */
static bool compute_globals(const struct vm_instance *instance) {
    const struct vm_module *const module = instance->module;
    for (uint32_t i = module->imported_globals; i < module->global_count; i++)
        if (!vm_constant_evaluate(instance, &module->globals[i].value, &instance->globals[i]->value))
            return false;
    return true;
}

/* Gives the instance its number, under which function references find it. */
static bool register_instance(struct vm_instance *instance) {
    struct vm_store *const store = instance->store;
    struct vm_instance **const instances = vm_store_reserve(
        store, store->instances, (uint64_t)store->instance_count + 1, &store->instance_capacity, sizeof *instances);
    if (instances == NULL)
        return false;
    store->instances = instances;
    instances[store->instance_count++] = instance;
    return true;
}

/* Spec: exec-instantiation: each active segment is an init and a drop, each declarative one a drop.  Stops at the
 * first segment that does not fit; what was written before stays. */
static enum vm_status apply_elements(struct vm_instance *instance, struct vm_instantiation *out) {
    const struct vm_module *const module = instance->module;
    for (uint32_t i = 0; i < module->element_count; i++) {
        const struct vm_element_segment *const segment = &module->elements[i];
        if (segment->mode == VM_SEGMENT_ACTIVE) {
            vm_value offset;
            if (!vm_constant_evaluate(instance, &segment->offset, &offset))
                return VM_RESOURCE;
            out->segment = i;
            out->trap =
                vm_table_init(instance->tables[segment->table], (uint32_t)offset, instance, i, 0, segment->count);
            if (out->trap != VM_TRAP_NONE)
                return VM_OK;
        }
        instance->dropped_elements[i] = segment->mode != VM_SEGMENT_PASSIVE;
    }
    return VM_OK;
}

static enum vm_status apply_data(struct vm_instance *instance, struct vm_instantiation *out) {
    const struct vm_module *const module = instance->module;
    for (uint32_t i = 0; i < module->data_count; i++) {
        const struct vm_data_segment *const segment = &module->data[i];
        if (segment->mode == VM_SEGMENT_ACTIVE) {
            vm_value offset;
            if (!vm_constant_evaluate(instance, &segment->offset, &offset))
                return VM_RESOURCE;
            out->segment = i;
            out->data_segment = true;
            out->trap = vm_memory_init(instance->memories[segment->memory], (uint32_t)offset, segment->bytes, 0,
                                       (uint32_t)segment->bytes.size);
            if (out->trap != VM_TRAP_NONE)
                return VM_OK;
        }
        instance->dropped_data[i] = segment->mode != VM_SEGMENT_PASSIVE;
    }
    return VM_OK;
}

enum vm_status vm_instance_new(struct vm_store *store, const struct vm_module *module, vm_resolver resolve,
                               void *context, struct vm_instance **out, struct vm_error *error) {
    enum vm_status status = check_sizes(store, module, error);
    if (status != VM_OK)
        return status;
    struct vm_instance *const instance = allocate_instance(store, module);
    if (instance == NULL)
        return vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    status = bind_imports(instance, resolve, context, error);
    if (status != VM_OK)
        return status;
    if (!make_own(instance) || !register_instance(instance))
        return vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    *out = instance;
    return VM_OK;
}

enum vm_status vm_instantiate(struct vm_store *store, const struct vm_module *module,
                              const struct vm_schedule *schedule, vm_resolver resolve, void *context, uint64_t *fuel,
                              struct vm_instantiation *out, struct vm_error *error) {
    *out = (struct vm_instantiation){.trap = VM_TRAP_NONE};
    const uint64_t price = vm_instantiation_price(module, schedule);
    if (price > *fuel) {
        out->trap = VM_TRAP_OUT_OF_FUEL;
        return VM_OK;
    }
    *fuel -= price;
    struct vm_instance *instance = NULL;
    enum vm_status status = vm_instance_new(store, module, resolve, context, &instance, error);
    if (status != VM_OK)
        return status;
    out->instance = instance;
    status = compute_globals(instance) ? apply_elements(instance, out) : VM_RESOURCE;
    if (status == VM_OK && out->trap == VM_TRAP_NONE)
        status = apply_data(instance, out);
    if (status != VM_OK) {
        out->instance = NULL;
        return vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    }
    if (out->trap == VM_TRAP_NONE) {
        out->segment = 0;
        out->data_segment = false;
    }
    return VM_OK;
}
