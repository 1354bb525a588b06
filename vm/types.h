/* vm/types.h - types of the WebAssembly spec.  Spec: syntax-types, binary-types */
#ifndef DELAVM_VM_TYPES_H
#define DELAVM_VM_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Value types by their binary codes.  VM_BOTTOM is the validator's type of values from unreachable code.
 * Float types are only admitted under the lazy policy, v128 never. */
enum vm_value_type {
    VM_BOTTOM = 0x00,
    VM_EXTERNREF = 0x6F,
    VM_FUNCREF = 0x70,
    VM_V128 = 0x7B,
    VM_F64 = 0x7C,
    VM_F32 = 0x7D,
    VM_I64 = 0x7E,
    VM_I32 = 0x7F,
};

static inline bool vm_is_reference_type(uint8_t type) {
    return type == VM_FUNCREF || type == VM_EXTERNREF;
}

/* "i32", "funcref", ...; "bottom" for VM_BOTTOM; "unknown" for anything else. */
const char *vm_value_type_name(uint8_t type);

/* Spec: syntax-functype.  types holds the parameters, then the results. */
struct vm_function_type {
    const uint8_t *types; /* enum vm_value_type, param_count + result_count of them */
    uint32_t param_count;
    uint32_t result_count;
};

static inline bool vm_function_type_equal(const struct vm_function_type *a, const struct vm_function_type *b) {
    if (a == b)
        return true;
    return a->param_count == b->param_count && a->result_count == b->result_count &&
           (a->param_count + a->result_count == 0 ||
            memcmp(a->types, b->types, (size_t)a->param_count + a->result_count) == 0);
}

/* Spec: syntax-limits.  Pages for memories, elements for tables. */
struct vm_size_limits {
    uint64_t minimum;
    uint64_t maximum; /* meaningful if has_maximum */
    bool has_maximum;
};

struct vm_table_type {
    struct vm_size_limits limits;
    uint8_t element; /* enum vm_value_type, a reference type */
};

/* 64 KiB: the page of every memory that does not say otherwise, and the unit of limits and prices. */
#define VM_PAGE_EXPONENT 16
#define VM_PAGE_BYTES (UINT32_C(1) << VM_PAGE_EXPONENT)

/* The limits count pages of 2^page_exponent bytes.  Proposal: custom-page-sizes, which knows no other exponents than 0
 * and VM_PAGE_EXPONENT. */
struct vm_memory_type {
    struct vm_size_limits limits;
    uint8_t page_exponent;
};

/* The most pages a memory may have: 4 GiB, and one byte less where pages are bytes, so that 32 bits hold the count. */
static inline uint64_t vm_most_pages(uint8_t page_exponent) {
    return page_exponent == 0 ? UINT32_MAX : (UINT64_C(1) << 32) >> page_exponent;
}

/* How many units of 64 KiB are begun by `pages` pages (not above vm_most_pages()): what limits and prices count,
 * so that small pages are neither a way around a limit nor cheaper. */
static inline uint64_t vm_started_pages(const struct vm_memory_type *type, uint64_t pages) {
    return ((pages << type->page_exponent) + (VM_PAGE_BYTES - 1)) >> VM_PAGE_EXPONENT;
}

struct vm_global_type {
    uint8_t value; /* enum vm_value_type */
    bool mutable;
};

enum vm_extern_kind { VM_EXTERN_FUNCTION = 0, VM_EXTERN_TABLE = 1, VM_EXTERN_MEMORY = 2, VM_EXTERN_GLOBAL = 3 };

/* "function", "table", "memory", "global". */
const char *vm_extern_kind_name(enum vm_extern_kind kind);

#endif
