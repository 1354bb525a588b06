/* spec-tests/value.c - values of scripts against values of the vm, to the bit.  Spec: interpreter/README.md, "Scripts"
 */
#include "spec-tests/value.h"

#include <inttypes.h>
#include <stdio.h>

bool spec_value_argument(const struct text_value *value, uint8_t type, vm_value *out) {
    switch (value->kind) {
    case TEXT_I32:
        *out = (uint32_t)value->bits;
        return type == VM_I32;
    case TEXT_I64:
        *out = value->bits;
        return type == VM_I64;
    case TEXT_F32:
        *out = (uint32_t)value->bits;
        return type == VM_F32;
    case TEXT_F64:
        *out = value->bits;
        return type == VM_F64;
    case TEXT_REF_NULL:
        *out = VM_NULL_REFERENCE;
        return vm_is_reference_type(type);
    case TEXT_REF_EXTERN:
        *out = value->bits + 1;
        return type == VM_EXTERNREF;
    case TEXT_V128:
    case TEXT_REF_HOST:
    case TEXT_REF_FUNC:
    case TEXT_REF_OTHER:
    case TEXT_EITHER:
        break;
    }
    return false;
}

/* Whether bits are what a float pattern admits.  quiet: the exponent and the highest bit of the significand. */
static bool matches_float(const struct text_value *expected, uint64_t value, uint64_t sign, uint64_t quiet) {
    switch (expected->nan) {
    case TEXT_NAN_NONE:
        return value == expected->bits;
    case TEXT_NAN_CANONICAL:
        return (value & ~sign) == quiet;
    case TEXT_NAN_ARITHMETIC:
        return (value & quiet) == quiet;
    }
    return false;
}

static bool matches_null(struct vm_bytes heap_type, uint8_t type) {
    if (heap_type.size == 0)
        return vm_is_reference_type(type);
    if (vm_bytes_equal(heap_type, vm_bytes_of_text("func")) || vm_bytes_equal(heap_type, vm_bytes_of_text("nofunc")))
        return type == VM_FUNCREF;
    if (vm_bytes_equal(heap_type, vm_bytes_of_text("extern")) ||
        vm_bytes_equal(heap_type, vm_bytes_of_text("noextern")))
        return type == VM_EXTERNREF;
    return vm_is_reference_type(type);
}

bool spec_value_matches(const struct text_value *expected, uint8_t type, vm_value value) {
    switch (expected->kind) {
    case TEXT_I32: /* the upper half must be zero, as vm/store.h promises */
        return type == VM_I32 && value == (uint32_t)expected->bits;
    case TEXT_I64:
        return type == VM_I64 && value == expected->bits;
    case TEXT_F32:
        return type == VM_F32 && value <= UINT32_MAX &&
               matches_float(expected, value, UINT64_C(1) << 31, UINT64_C(0x7fc00000));
    case TEXT_F64:
        return type == VM_F64 && matches_float(expected, value, UINT64_C(1) << 63, UINT64_C(0x7ff8000000000000));
    case TEXT_REF_NULL:
        return value == VM_NULL_REFERENCE && matches_null(expected->heap_type, type);
    case TEXT_REF_EXTERN:
        return type == VM_EXTERNREF && value != VM_NULL_REFERENCE &&
               (!expected->has_number || value == expected->bits + 1);
    case TEXT_REF_FUNC:
        return type == VM_FUNCREF && value != VM_NULL_REFERENCE;
    case TEXT_EITHER:
        for (uint32_t i = 0; i < expected->alternative_count; i++)
            if (spec_value_matches(&expected->alternatives[i], type, value))
                return true;
        return false;
    case TEXT_V128:
    case TEXT_REF_HOST:
    case TEXT_REF_OTHER:
        break;
    }
    return false;
}

void spec_value_show(uint8_t type, vm_value value, char *out, size_t size) {
    if (vm_is_reference_type(type) && value == VM_NULL_REFERENCE)
        snprintf(out, size, "%s null", vm_value_type_name(type));
    else
        snprintf(out, size, "%s 0x%" PRIx64, vm_value_type_name(type), value);
}

void spec_value_show_expected(const struct text_value *expected, char *out, size_t size) {
    static const char *const kinds[] = {
        "i32",       "i64",   "f32", "f64", "v128", "null", "externref", "host reference", "function reference",
        "reference", "either"};
    if (expected->nan != TEXT_NAN_NONE)
        snprintf(out, size, "%s %s NaN", kinds[expected->kind],
                 expected->nan == TEXT_NAN_CANONICAL ? "canonical" : "arithmetic");
    else if (expected->kind <= TEXT_F64 || expected->has_number)
        snprintf(out, size, "%s 0x%" PRIx64, kinds[expected->kind], expected->bits);
    else
        snprintf(out, size, "%s", kinds[expected->kind]);
}
