/* vm/constant.c - constant expressions, and the element segments made of them.  Spec: valid-constant, exec-expr */
#include <assert.h>

#include "vm/code.h"
#include "vm/instance.h"
#include "vm/leb128.h"

/* Enough for almost every expression, so that the store's stack is seldom needed. */
enum { SMALL_STACK = 8 };

/* Room for `height` values, or NULL when memory is short. */
static vm_value *constant_stack(struct vm_store *store, uint32_t height) {
    vm_value *const stack =
        vm_store_reserve(store, store->constant_stack, height, &store->constant_capacity, sizeof *stack);
    if (stack != NULL)
        store->constant_stack = stack;
    return stack;
}

static vm_value evaluate_on(const struct vm_instance *instance, const uint8_t *pc, vm_value *stack) {
    vm_value *sp = stack;
    for (;;) {
        switch (*pc++) {
        case VM_CODE_END:
            assert(sp == stack + 1);
            return stack[0];
        case VM_CODE_I32_CONST:
            *sp++ = (uint32_t)vm_read_signed(&pc);
            break;
        case VM_CODE_I64_CONST:
            *sp++ = vm_read_signed(&pc);
            break;
        case VM_CODE_F32_CONST:
            *sp++ = vm_load_u32(pc);
            pc += 4;
            break;
        case VM_CODE_F64_CONST:
            *sp++ = vm_load_u64(pc);
            pc += 8;
            break;
        case VM_CODE_GLOBAL_GET:
            *sp++ = instance->globals[vm_read_u32(&pc)]->value;
            break;
        case VM_CODE_REF_NULL:
            (void)vm_read_signed(&pc);
            *sp++ = VM_NULL_REFERENCE;
            break;
        case VM_CODE_REF_FUNC:
            *sp++ = vm_instance_function(instance, vm_read_u32(&pc));
            break;
        case VM_CODE_I32_ADD:
            sp--;
            sp[-1] = (uint32_t)(sp[-1] + sp[0]);
            break;
        case VM_CODE_I32_SUB:
            sp--;
            sp[-1] = (uint32_t)(sp[-1] - sp[0]);
            break;
        case VM_CODE_I32_MUL:
            sp--;
            sp[-1] = (uint32_t)(sp[-1] * sp[0]);
            break;
        case VM_CODE_I64_ADD:
            sp--;
            sp[-1] += sp[0];
            break;
        case VM_CODE_I64_SUB:
            sp--;
            sp[-1] -= sp[0];
            break;
        case VM_CODE_I64_MUL:
            sp--;
            sp[-1] *= sp[0];
            break;
        default:
            assert(false); /* The loader admits no other instruction. */
            return 0;
        }
    }
}

bool vm_constant_evaluate(const struct vm_instance *instance, const struct vm_constant *constant, vm_value *value) {
    vm_value small[SMALL_STACK];
    vm_value *stack = small;
    if (constant->operand_height > SMALL_STACK) {
        stack = constant_stack(instance->store, constant->operand_height);
        if (stack == NULL)
            return false;
    }
    *value = evaluate_on(instance, instance->module->bytes.data + constant->start, stack);
    return true;
}

vm_value vm_element_value(const struct vm_instance *instance, const struct vm_element_segment *segment,
                          uint32_t index) {
    if (segment->functions != NULL)
        return vm_instance_function(instance, segment->functions[index]);
    vm_value value = VM_NULL_REFERENCE;
    const bool evaluated = vm_constant_evaluate(instance, &segment->values[index], &value);
    assert(evaluated);
    (void)evaluated;
    return value;
}

/* Spec: exec-table.init */
enum vm_trap_kind vm_table_init(struct vm_table *table, uint32_t to, const struct vm_instance *instance,
                                uint32_t segment, uint32_t from, uint32_t count) {
    const struct vm_element_segment *const elements = &instance->module->elements[segment];
    const uint32_t available = instance->dropped_elements[segment] ? 0 : elements->count;
    if (!vm_table_holds(table, to, count) || from > available || count > available - from)
        return VM_TRAP_OUT_OF_BOUNDS_TABLE_ACCESS;
    table->written = true;
    for (uint32_t i = 0; i < count; i++)
        table->elements[to + i] = vm_element_value(instance, elements, from + i);
    return VM_TRAP_NONE;
}
