/* loader/lower/types.c - marked types: function types that keep their floats apart by structure; see lower.h. */
#include "loader/lower/lowering.h"

enum { PREFIX = 2 }; /* the funcref and the externref in front of the marks of the numbers */

static bool is_number(uint8_t type) {
    return !vm_is_reference_type(type);
}

static uint32_t count_values(const struct vm_function_type *type) {
    return type->param_count + type->result_count;
}

static uint32_t count_numbers(const struct vm_function_type *type) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < count_values(type); i++)
        count += is_number(type->types[i]);
    return count;
}

/* Whether the parameters end as those of a marked type do. */
static bool ends_in_marks(const struct vm_function_type *type) {
    const uint32_t marks = PREFIX + count_numbers(type);
    if (type->param_count < marks)
        return false;
    const uint8_t *const at = type->types + type->param_count - marks;
    for (uint32_t i = PREFIX; i < marks; i++)
        if (is_number(at[i]))
            return false;
    return at[0] == VM_FUNCREF && at[1] == VM_EXTERNREF;
}

bool lower_is_marked(const struct vm_function_type *type) {
    for (uint32_t i = 0; i < count_values(type); i++)
        if (lower_is_float(type->types[i]))
            return true;
    return ends_in_marks(type);
}

uint32_t lower_mark_count(const struct vm_function_type *type) {
    return PREFIX + count_numbers(type);
}

void lower_write_marks(const struct vm_function_type *type, struct loader_writer *writer,
                       void (*write)(struct loader_writer *writer, uint8_t mark)) {
    write(writer, VM_FUNCREF);
    write(writer, VM_EXTERNREF);
    for (uint32_t i = 0; i < count_values(type); i++)
        if (is_number(type->types[i]))
            write(writer, lower_is_float(type->types[i]) ? VM_EXTERNREF : VM_FUNCREF);
}
