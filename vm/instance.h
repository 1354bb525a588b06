/* vm/instance.h - the shapes behind vm/store.h, for the files of vm only.  Spec: syntax-store, syntax-moduleinst */
#ifndef DELAVM_VM_INSTANCE_H
#define DELAVM_VM_INSTANCE_H

#include "vm/memory.h"
#include "vm/store.h"
#include "vm/table.h"

/* Spec: syntax-hostfunc */
struct vm_host {
    const struct vm_host_function *function;
    void *context;
};

/* Spec: syntax-moduleinst.  A module's own functions need no entry: they follow from instance and index. */
struct vm_instance {
    struct vm_store *store;
    const struct vm_module *module;
    uint32_t number;
    vm_value *imported_functions; /* [module->imported_functions] */
    struct vm_memory *memory;     /* memories[0], or NULL */
    struct vm_table **tables;
    struct vm_memory **memories;
    struct vm_global_cell **globals;
    struct vm_global_cell *own_globals; /* [module->global_count - module->imported_globals] */
    bool *dropped_elements;             /* [module->element_count] */
    bool *dropped_data;                 /* [module->data_count] */
    bool drops;                         /* it has dropped segments by itself */
};

struct vm_store {
    struct vm_allocator allocator;
    struct vm_limits limits;
    struct vm_arena arena; /* instances, cells, and what hangs off them */
    struct vm_pool memories;
    struct vm_pool tables;
    struct vm_instance **instances;
    uint32_t instance_count, instance_capacity;
    struct vm_host *hosts;
    uint32_t host_count, host_capacity;
    vm_value *constant_stack; /* for constant expressions that need a high one */
    uint32_t constant_capacity;
};

/* A function reference: the owner in the upper half (0 the host, else an instance's number + 1), the index + 1 in the
 * lower, so that none is null. */
static inline vm_value vm_function_reference(uint32_t owner, uint32_t index) {
    return (vm_value)owner << 32 | (index + 1);
}

static inline uint32_t vm_reference_owner(vm_value reference) {
    return (uint32_t)(reference >> 32);
}

static inline uint32_t vm_reference_index(vm_value reference) {
    return (uint32_t)reference - 1;
}

/* An instance with its imports bound and its own tables and memories made, all zero, and its own globals too; it has its
 * number, so references to its functions can be made.  As vm_instantiate() without price, initial values and segments.
 * instantiate.c */
enum vm_status vm_instance_new(struct vm_store *store, const struct vm_module *module, vm_resolver resolve,
                               void *context, struct vm_instance **out, struct vm_error *error);

/* Adds a price of so many units to *sum; sticks at UINT64_MAX.  instantiate.c */
void vm_add_price(uint64_t *sum, struct vm_price price, uint64_t units);

/* Makes room for `count` items of `size` bytes in a growing array of the store that has room for *capacity.  The array,
 * which may have moved, or NULL when memory is short; the old one is then as it was. */
void *vm_store_reserve(struct vm_store *store, void *items, uint64_t count, uint32_t *capacity, size_t size);

/* The value of a constant expression in an instance whose imports, functions and earlier globals are there.  False
 * when memory is short, which a reference-typed expression never needs.  Spec: valid-constant, exec-expr */
bool vm_constant_evaluate(const struct vm_instance *instance, const struct vm_constant *constant, vm_value *value);

/* Element `index` of a segment.  Evaluated when it is asked for: the constants it may name never change. */
vm_value vm_element_value(const struct vm_instance *instance, const struct vm_element_segment *segment, uint32_t index);

/* table.init: checks all bounds, then writes.  VM_TRAP_NONE or VM_TRAP_OUT_OF_BOUNDS_TABLE_ACCESS. */
enum vm_trap_kind vm_table_init(struct vm_table *table, uint32_t to, const struct vm_instance *instance,
                                uint32_t segment, uint32_t from, uint32_t count);

/* The bytes of a data segment, none once it was dropped. */
static inline struct vm_bytes vm_data_bytes(const struct vm_instance *instance, uint32_t segment) {
    return instance->dropped_data[segment] ? vm_bytes(NULL, 0) : instance->module->data[segment].bytes;
}

#endif
