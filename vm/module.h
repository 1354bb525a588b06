/* vm/module.h - the checked module: filled by loader, only read from then on, so any number of threads may share one.
 *
 * This is the one shape that loader and vm share.  Index spaces start with the imports, as in the spec.
 * Spec: syntax-module */
#ifndef DELAVM_VM_MODULE_H
#define DELAVM_VM_MODULE_H

#include "vm/arena.h"
#include "vm/types.h"

/* Where a taken branch goes.  The validator writes one entry for each way control can leave an instruction other than
 * to the next one, in byte order of the instructions of the function:
 *   if        one: to the instruction after `else`, or after `end` where there is no else (taken on 0)
 *   else      one: to the instruction after `end` (taken when reached from the first arm)
 *   br, br_if one: to the label
 *   br_table  one for each label, then one for the default
 * `return`, calls and plain `end`s need none.  The interpreter walks this table beside the code: passing such an
 * instruction advances by its number of entries, taking a branch continues at `next`. */
struct vm_branch {
    uint32_t target; /* offset in module bytes of the instruction to run next; the end of the body means return */
    uint32_t next;   /* index, in this function's table, of the first entry at or after target */
    uint32_t keep;   /* topmost operands the label takes along */
    uint32_t height; /* operands of this function that stay below them */
};

/* A function of the module's own. */
struct vm_function {
    uint32_t type;           /* index in module->types */
    uint32_t code_start;     /* offset in module bytes of the first instruction, behind the local declarations */
    uint32_t code_end;       /* offset behind the final `end` */
    uint32_t local_count;    /* declared locals, without parameters */
    uint32_t operand_height; /* greatest operand stack height */
    uint32_t branch_count;
    const struct vm_branch *branches;
};

/* A constant expression: a checked sequence of instructions that ends behind its `end`.  Spec: valid-constant */
struct vm_constant {
    uint32_t start;
    uint32_t end;
    uint32_t operand_height;
};

struct vm_import {
    struct vm_bytes module;
    struct vm_bytes name;
    enum vm_extern_kind kind;
    uint32_t type; /* VM_EXTERN_FUNCTION: index in module->types */
    struct vm_table_type table;
    struct vm_memory_type memory;
    struct vm_global_type global;
    uint32_t offset; /* of the import in the module, for error messages */
};

struct vm_export {
    struct vm_bytes name;
    enum vm_extern_kind kind;
    uint32_t index;
};

struct vm_global {
    struct vm_global_type type;
    struct vm_constant value; /* own globals only */
};

enum vm_segment_mode { VM_SEGMENT_PASSIVE, VM_SEGMENT_ACTIVE, VM_SEGMENT_DECLARATIVE };

/* Spec: syntax-elem.  Either function indices (functions != NULL) or constant expressions; `count` of them. */
struct vm_element_segment {
    enum vm_segment_mode mode;
    uint8_t type; /* enum vm_value_type, a reference type */
    uint32_t table;
    struct vm_constant offset; /* active only */
    uint32_t count;
    const uint32_t *functions;
    const struct vm_constant *values;
};

/* Spec: syntax-data */
struct vm_data_segment {
    enum vm_segment_mode mode;
    uint32_t memory;
    struct vm_constant offset; /* active only */
    struct vm_bytes bytes;     /* points into module->bytes */
};

struct vm_custom_section {
    struct vm_bytes name;
    struct vm_bytes content;
};

struct vm_module {
    struct vm_arena arena; /* owns everything reachable from here, the bytes included */
    struct vm_bytes bytes; /* the module as it came */

    uint32_t type_count;
    const struct vm_function_type *types;
    uint32_t import_count;
    const struct vm_import *imports;

    /* Index spaces.  *_count include imports; imported_* say how many those are. */
    uint32_t imported_functions, function_count;
    const uint32_t *function_types;      /* [function_count] index in types */
    const struct vm_function *functions; /* [function_count - imported_functions] */
    uint32_t imported_tables, table_count;
    const struct vm_table_type *tables; /* [table_count] */
    uint32_t imported_memories, memory_count;
    const struct vm_memory_type *memories; /* [memory_count] */
    uint32_t imported_globals, global_count;
    const struct vm_global *globals; /* [global_count] */

    uint32_t export_count;
    const struct vm_export *exports;
    uint32_t start; /* function index, or VM_NO_FUNCTION */
    uint32_t element_count;
    const struct vm_element_segment *elements;
    uint32_t data_count;
    const struct vm_data_segment *data;
    uint32_t custom_count;
    const struct vm_custom_section *custom;

    /* [function_count] from the name section; empty where there is none.  May be NULL: no names at all. */
    const struct vm_bytes *function_names;

    /* What vm_translate() made of the functions for the fast engine, or NULL. */
    struct vm_fast_code *fast;
};

/* Frees a module made by loader_load(); NULL is fine. */
void vm_module_free(struct vm_module *module);

/* Bytes that a module holds; grows while functions are first called, if they are translated then (vm/fast/fast.h). */
size_t vm_module_bytes(const struct vm_module *module);

/* The type of any function of the index space. */
static inline const struct vm_function_type *vm_module_function_type(const struct vm_module *module,
                                                                     uint32_t function) {
    return &module->types[module->function_types[function]];
}

/* The export of that name, or NULL. */
const struct vm_export *vm_module_find_export(const struct vm_module *module, struct vm_bytes name);

/* The debug name of a function: from the name section, else the first export of it, else the import's field name;
 * empty when there is none.  Not NUL-terminated. */
struct vm_bytes vm_module_function_name(const struct vm_module *module, uint32_t function);

#endif
