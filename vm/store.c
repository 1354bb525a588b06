/* vm/store.c - the runtime store: what it owns, host-made things, and questions about instances.  Spec: syntax-store */
#include "vm/store.h"

#include <assert.h>
#include <string.h>

#include "vm/instance.h"

struct vm_store *vm_store_new(const struct vm_allocator *allocator, const struct vm_limits *limits) {
    struct vm_store *const store = vm_allocate(allocator, sizeof *store);
    if (store == NULL)
        return NULL;
    store->allocator = *allocator;
    store->limits = *limits;
    vm_arena_init(&store->arena, &store->allocator);
    vm_pool_init(&store->memories, &store->allocator, true);
    vm_pool_init(&store->tables, &store->allocator, false);
    return store;
}

void vm_store_reserve_none(struct vm_store *store) {
    store->memories.ahead = 0;
}

void vm_store_clear(struct vm_store *store) {
    vm_pool_clear(&store->memories);
    vm_pool_clear(&store->tables);
    vm_arena_reset(&store->arena);
    store->instance_count = 0;
    store->host_count = 0;
}

void vm_store_free(struct vm_store *store) {
    if (store == NULL)
        return;
    const struct vm_allocator allocator = store->allocator;
    vm_pool_free(&store->memories);
    vm_pool_free(&store->tables);
    vm_arena_clear(&store->arena);
    vm_release(&allocator, store->instances, store->instance_capacity * sizeof *store->instances);
    vm_release(&allocator, store->hosts, store->host_capacity * sizeof *store->hosts);
    vm_release(&allocator, store->constant_stack, store->constant_capacity * sizeof *store->constant_stack);
    vm_release(&allocator, store, sizeof *store);
}

size_t vm_store_reserved(const struct vm_store *store) {
    return store->memories.reserved;
}

size_t vm_store_bytes(const struct vm_store *store) {
    return sizeof *store + store->arena.used + store->memories.bytes + store->tables.bytes +
           store->instance_capacity * sizeof *store->instances + store->host_capacity * sizeof *store->hosts +
           store->constant_capacity * sizeof *store->constant_stack;
}

void *vm_store_reserve(struct vm_store *store, void *items, uint64_t count, uint32_t *capacity, size_t size) {
    if (count <= *capacity)
        return items;
    uint64_t wish = 2 * (uint64_t)*capacity;
    wish = wish < count ? count : wish;
    wish = wish < 16 ? 16 : wish;
    if (wish > UINT32_MAX || wish > SIZE_MAX / size)
        return NULL;
    const struct vm_allocator *const allocator = &store->allocator;
    void *const moved = allocator->resize(allocator->context, items, *capacity * size, (size_t)wish * size);
    if (moved != NULL)
        *capacity = (uint32_t)wish;
    return moved;
}

enum vm_status vm_store_add_host(struct vm_store *store, const struct vm_host_function *function, void *context,
                                 vm_value *out) {
    struct vm_host *const hosts =
        vm_store_reserve(store, store->hosts, (uint64_t)store->host_count + 1, &store->host_capacity, sizeof *hosts);
    if (hosts == NULL)
        return VM_RESOURCE;
    store->hosts = hosts;
    hosts[store->host_count] = (struct vm_host){function, context};
    *out = vm_function_reference(0, store->host_count++);
    return VM_OK;
}

enum vm_status vm_store_add_table(struct vm_store *store, const struct vm_table_type *type, struct vm_table **out) {
    if (type->limits.minimum > store->limits.table_size)
        return VM_LIMIT;
    *out = vm_table_new(&store->arena, &store->tables, type, store->limits.table_size);
    return *out == NULL ? VM_RESOURCE : VM_OK;
}

enum vm_status vm_store_add_memory(struct vm_store *store, const struct vm_memory_type *type, struct vm_memory **out) {
    if (vm_started_pages(type, type->limits.minimum) > store->limits.memory_pages)
        return VM_LIMIT;
    *out = vm_memory_new(&store->arena, &store->memories, type, store->limits.memory_pages);
    return *out == NULL ? VM_RESOURCE : VM_OK;
}

enum vm_status vm_store_add_global(struct vm_store *store, const struct vm_global_type *type, vm_value value,
                                   struct vm_global_cell **out) {
    *out = vm_arena_allocate(&store->arena, 1, sizeof **out);
    if (*out == NULL)
        return VM_RESOURCE;
    **out = (struct vm_global_cell){value, *type};
    return VM_OK;
}

const struct vm_module *vm_instance_module(const struct vm_instance *instance) {
    return instance->module;
}

uint32_t vm_instance_number(const struct vm_instance *instance) {
    return instance->number;
}

bool vm_instance_export(struct vm_store *store, struct vm_instance *instance, struct vm_bytes name,
                        struct vm_extern *out) {
    (void)store;
    const struct vm_export *const export = vm_module_find_export(instance->module, name);
    if (export == NULL)
        return false;
    out->kind = export->kind;
    switch (export->kind) {
    case VM_EXTERN_FUNCTION:
        out->of.function = vm_instance_function(instance, export->index);
        break;
    case VM_EXTERN_TABLE:
        out->of.table = instance->tables[export->index];
        break;
    case VM_EXTERN_MEMORY:
        out->of.memory = instance->memories[export->index];
        break;
    case VM_EXTERN_GLOBAL:
        out->of.global = instance->globals[export->index];
        break;
    }
    return true;
}

vm_value vm_instance_function(const struct vm_instance *instance, uint32_t index) {
    if (index < instance->module->imported_functions)
        return instance->imported_functions[index];
    return vm_function_reference(instance->number + 1, index);
}

struct vm_memory *vm_instance_memory(const struct vm_instance *instance, uint32_t index) {
    return index < instance->module->memory_count ? instance->memories[index] : NULL;
}

struct vm_table *vm_instance_table(const struct vm_instance *instance, uint32_t index) {
    return index < instance->module->table_count ? instance->tables[index] : NULL;
}

struct vm_global_cell *vm_instance_global(const struct vm_instance *instance, uint32_t index) {
    return index < instance->module->global_count ? instance->globals[index] : NULL;
}

const struct vm_function_type *vm_function_reference_type(const struct vm_store *store, vm_value reference) {
    if (reference == VM_NULL_REFERENCE)
        return NULL;
    struct vm_instance *instance;
    uint32_t index;
    vm_function_reference_target(store, reference, &instance, &index);
    if (instance == NULL)
        return &store->hosts[index].function->type;
    return vm_module_function_type(instance->module, index);
}

void vm_function_reference_target(const struct vm_store *store, vm_value reference, struct vm_instance **instance,
                                  uint32_t *index) {
    assert(reference != VM_NULL_REFERENCE);
    const uint32_t owner = vm_reference_owner(reference);
    *instance = owner == 0 ? NULL : store->instances[owner - 1];
    *index = vm_reference_index(reference);
}
