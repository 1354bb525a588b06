/* vm/store.h - the runtime store: module instances and what they own.  Spec: syntax-store, exec-instantiation
 *
 * A store owns every instance made in it; clearing it makes it as new but keeps its buffers, so that a worker can run
 * one fresh instance after another cheaply.  One store belongs to one thread at a time; modules are shared. */
#ifndef DELAVM_VM_STORE_H
#define DELAVM_VM_STORE_H

#include "vm/config.h"
#include "vm/dirty.h"
#include "vm/error.h"
#include "vm/module.h"

struct vm_store;
struct vm_instance;
struct vm_host_call;

/* A value on the operand stack, in a local, global or table: i32 zero-extended; f32, f64 as bits (f32 zero-extended);
 * a reference as below. */
typedef uint64_t vm_value;

/* References.  null is 0.  A function reference names its instance and index by number, never by address, so it is
 * the same on every machine.  An external reference n is n + 1. */
#define VM_NULL_REFERENCE ((vm_value)0)

/* What a host function may see and do during one call.  There is no way from here back into the guest. */
struct vm_host_call {
    void *context;   /* as given to vm_store_add_host() */
    vm_value *slots; /* parameters in order; results go over them, from slots[0]; i32 ones are cut to 32 bits */
    struct vm_memory *memory;   /* memory 0 of the calling instance, or NULL */
    struct vm_machine *machine; /* for vm_host_charge() only */
};

/* A host function's entry.  Returns VM_TRAP_NONE, or the trap that ends the run. */
typedef enum vm_trap_kind (*vm_host_entry)(struct vm_host_call *call);

/* A function the host offers.  price.base is charged before entry is called.  All pointers must outlive the store. */
struct vm_host_function {
    const char *module;
    const char *name;
    struct vm_function_type type;
    uint64_t base_price;
    vm_host_entry entry;
};

/* Charges `amount` fuel before the work it pays for.  False: not enough is left; the entry must return
 * VM_TRAP_OUT_OF_FUEL at once, having done nothing. */
bool vm_host_charge(struct vm_host_call *call, uint64_t amount);

/* Linear memory.  Spec: syntax-meminst.  data holds `bytes` bytes, which are `pages` pages of the type's size; it may
 * move when it grows.  Whoever writes there says so (vm_memory_mark()), or the next instance will find it. */
struct vm_memory {
    uint8_t *data;
    uint64_t bytes;
    uint32_t pages;
    uint32_t maximum; /* pages: the declared maximum or the cap, whichever is less */
    struct vm_memory_type type;
};

/* True if the `size` bytes at `address` all lie in memory; sums are made in 64 bits.  size 0 at the very end is inside.
 */
static inline bool vm_memory_holds(const struct vm_memory *memory, uint64_t address, uint64_t size) {
    return address <= memory->bytes && size <= memory->bytes - address;
}

/* Says that a host function writes `size` bytes at `address`, which lie in memory. */
static inline void vm_memory_mark(const struct vm_memory *memory, uint64_t address, uint64_t size) {
    vm_dirty_mark_range(memory->data, address, size);
}

/* Spec: syntax-tableinst.  written: since it was made, or put back (vm/image.h). */
struct vm_table {
    vm_value *elements;
    uint32_t size;
    uint32_t maximum; /* elements: the declared maximum or the cap, whichever is less */
    bool written;
    struct vm_table_type type;
};

/* Spec: syntax-globalinst */
struct vm_global_cell {
    vm_value value;
    struct vm_global_type type;
};

/* What an import is given or an export gives. */
struct vm_extern {
    enum vm_extern_kind kind;
    union {
        vm_value function; /* a function reference, not null */
        struct vm_table *table;
        struct vm_memory *memory;
        struct vm_global_cell *global;
    } of;
};

/* Finds what an import is to be bound to.  False: there is no such thing (unknown import).  The type is checked by
 * vm_instantiate(), not here. */
typedef bool (*vm_resolver)(void *context, const struct vm_import *import, struct vm_extern *out);

/* An empty store, or NULL when memory is short.  limits: only RUN rows are read; copied.
 * The allocator is copied too and must serve as long as the store lives. */
struct vm_store *vm_store_new(const struct vm_allocator *allocator, const struct vm_limits *limits);

/* From now on memories have no room to grow into from the start: for instances that will not run. */
void vm_store_reserve_none(struct vm_store *store);

/* Drops all instances and host functions; keeps buffers for the next.  After this the store acts as a new one. */
void vm_store_clear(struct vm_store *store);

/* Frees the store and all in it; NULL is fine. */
void vm_store_free(struct vm_store *store);

/* Bytes the store holds from its allocator now; and how many of them are room for memories to grow into that was never
 * used, for which a system has address space but no memory to give. */
size_t vm_store_bytes(const struct vm_store *store);
size_t vm_store_reserved(const struct vm_store *store);

/* Makes a host function known in the store and puts a reference to it in *out.  VM_OK or VM_RESOURCE. */
enum vm_status vm_store_add_host(struct vm_store *store, const struct vm_host_function *function, void *context,
                                 vm_value *out);

/* Host-made table, memory, global, for test scripts; owned by the store.  VM_OK, VM_RESOURCE, or VM_LIMIT. */
enum vm_status vm_store_add_table(struct vm_store *store, const struct vm_table_type *type, struct vm_table **out);
enum vm_status vm_store_add_memory(struct vm_store *store, const struct vm_memory_type *type, struct vm_memory **out);
enum vm_status vm_store_add_global(struct vm_store *store, const struct vm_global_type *type, vm_value value,
                                   struct vm_global_cell **out);

/* The fuel that vm_instantiate() will charge for this module, under this schedule: a pure function of the two. */
uint64_t vm_instantiation_price(const struct vm_module *module, const struct vm_schedule *schedule);

/* How an instantiation ended.  trap: segments that do not fit, or out of fuel; `error` is then left alone. */
struct vm_instantiation {
    struct vm_instance *instance; /* NULL unless it exists; it exists after a trap (the spec keeps its effects) */
    enum vm_trap_kind trap;
    uint32_t segment;  /* with trap: index of the segment that does not fit */
    bool data_segment; /* with trap: it is a data segment, else an element segment */
};

/* Spec: exec-instantiation, without the start function, which the caller runs (vm/machine.h).
 * fuel      in: what may be spent; out: what is left.  The price is charged first, as a whole
 * resolve   asked for each import, in order; may be NULL if the module has none
 * Returns VM_OK (look at out->trap), or with *error filled VM_UNLINKABLE, VM_LIMIT (an initial size above the store's
 * cap), or VM_RESOURCE.  If the price is not covered the trap is VM_TRAP_OUT_OF_FUEL, nothing is charged, and there is
 * no instance.  What a failed instantiation had taken stays with the store until vm_store_clear(). */
enum vm_status vm_instantiate(struct vm_store *store, const struct vm_module *module,
                              const struct vm_schedule *schedule, vm_resolver resolve, void *context, uint64_t *fuel,
                              struct vm_instantiation *out, struct vm_error *error);

/* The module of an instance. */
const struct vm_module *vm_instance_module(const struct vm_instance *instance);

/* The number of an instance in its store, from 0 in the order they were made. */
uint32_t vm_instance_number(const struct vm_instance *instance);

/* What an export of the instance gives; false if there is none of that name. */
bool vm_instance_export(struct vm_store *store, struct vm_instance *instance, struct vm_bytes name,
                        struct vm_extern *out);

/* A reference to any function of the instance's index space; an import gives the imported function. */
vm_value vm_instance_function(const struct vm_instance *instance, uint32_t index);

/* Any memory, table, global of the instance's index spaces; NULL past the end. */
struct vm_memory *vm_instance_memory(const struct vm_instance *instance, uint32_t index);
struct vm_table *vm_instance_table(const struct vm_instance *instance, uint32_t index);
struct vm_global_cell *vm_instance_global(const struct vm_instance *instance, uint32_t index);

/* The type of the function a reference names; NULL for the null reference. */
const struct vm_function_type *vm_function_reference_type(const struct vm_store *store, vm_value reference);

/* Where a function reference leads: the instance and its function index, or instance == NULL for a host function
 * (then *index is its number in the order of vm_store_add_host()). */
void vm_function_reference_target(const struct vm_store *store, vm_value reference, struct vm_instance **instance,
                                  uint32_t *index);

#endif
