/* spec-tests/spectest.c - the host module "spectest".
 *
 * Its print functions print nothing: what they are given is not part of any command's verdict. */
#include "spec-tests/spectest.h"

#include <assert.h>

static enum vm_trap_kind print(struct vm_host_call *call) {
    (void)call;
    return VM_TRAP_NONE;
}

static const uint8_t i32[] = {VM_I32}, i64[] = {VM_I64}, f32[] = {VM_F32}, f64[] = {VM_F64};
static const uint8_t i32_f32[] = {VM_I32, VM_F32}, f64_f64[] = {VM_F64, VM_F64};

static const struct vm_host_function functions[] = {
    {"spectest", "print", {i32, 0, 0}, 1, print},
    {"spectest", "print_i32", {i32, 1, 0}, 1, print},
    {"spectest", "print_i64", {i64, 1, 0}, 1, print},
    {"spectest", "print_f32", {f32, 1, 0}, 1, print},
    {"spectest", "print_f64", {f64, 1, 0}, 1, print},
    {"spectest", "print_i32_f32", {i32_f32, 2, 0}, 1, print},
    {"spectest", "print_f64_f64", {f64_f64, 2, 0}, 1, print},
};

/* The floats are the bits of 666.6. */
static const struct {
    const char *name;
    uint8_t type;
    vm_value value;
} globals[] = {
    {"global_i32", VM_I32, 666},
    {"global_i64", VM_I64, 666},
    {"global_f32", VM_F32, UINT64_C(0x4426a666)},
    {"global_f64", VM_F64, UINT64_C(0x4084d4cccccccccd)},
};

enum { FUNCTIONS = sizeof functions / sizeof *functions, GLOBALS = sizeof globals / sizeof *globals };
static_assert(FUNCTIONS + GLOBALS + 2 == SPEC_SPECTEST_COUNT, "the header counts the things");

bool spec_spectest_make(struct spec_spectest *spectest, struct vm_store *store) {
    struct vm_extern *thing = spectest->things;
    for (uint32_t i = 0; i < FUNCTIONS; i++, thing++) {
        thing->kind = VM_EXTERN_FUNCTION;
        if (vm_store_add_host(store, &functions[i], NULL, &thing->of.function) != VM_OK)
            return false;
    }
    for (uint32_t i = 0; i < GLOBALS; i++, thing++) {
        const struct vm_global_type type = {.value = globals[i].type};
        thing->kind = VM_EXTERN_GLOBAL;
        if (vm_store_add_global(store, &type, globals[i].value, &thing->of.global) != VM_OK)
            return false;
    }
    const struct vm_table_type table = {.limits = {10, 20, true}, .element = VM_FUNCREF};
    thing->kind = VM_EXTERN_TABLE;
    if (vm_store_add_table(store, &table, &thing->of.table) != VM_OK)
        return false;
    thing++;
    const struct vm_memory_type memory = {.limits = {1, 2, true}, .page_exponent = VM_PAGE_EXPONENT};
    thing->kind = VM_EXTERN_MEMORY;
    return vm_store_add_memory(store, &memory, &thing->of.memory) == VM_OK;
}

bool spec_spectest_find(const struct spec_spectest *spectest, struct vm_bytes name, struct vm_extern *out) {
    for (uint32_t i = 0; i < SPEC_SPECTEST_COUNT; i++) {
        const char *const have = i < FUNCTIONS              ? functions[i].name
                                 : i < FUNCTIONS + GLOBALS  ? globals[i - FUNCTIONS].name
                                 : i == FUNCTIONS + GLOBALS ? "table"
                                                            : "memory";
        if (vm_bytes_equal(name, vm_bytes_of_text(have))) {
            *out = spectest->things[i];
            return true;
        }
    }
    return false;
}
