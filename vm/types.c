/* vm/types.c - names of types. */
#include "vm/types.h"

const char *vm_value_type_name(uint8_t type) {
    switch (type) {
    case VM_BOTTOM:
        return "bottom";
    case VM_EXTERNREF:
        return "externref";
    case VM_FUNCREF:
        return "funcref";
    case VM_V128:
        return "v128";
    case VM_F64:
        return "f64";
    case VM_F32:
        return "f32";
    case VM_I64:
        return "i64";
    case VM_I32:
        return "i32";
    default:
        return "unknown";
    }
}

const char *vm_extern_kind_name(enum vm_extern_kind kind) {
    switch (kind) {
    case VM_EXTERN_FUNCTION:
        return "function";
    case VM_EXTERN_TABLE:
        return "table";
    case VM_EXTERN_MEMORY:
        return "memory";
    case VM_EXTERN_GLOBAL:
        return "global";
    }
    return "unknown";
}
