/* vm/fast/verify.h - charges of internal code, worked out a second time. */
#ifndef DELAVM_VM_FAST_VERIFY_H
#define DELAVM_VM_FAST_VERIFY_H

#include "vm/error.h"
#include "vm/module.h"

/* Debug builds (-DVM_DEBUG=1; those with sanitizers are) verify all that vm_translate() makes, and end the process
 * where something differs. */
#ifndef VM_DEBUG
#define VM_DEBUG 0
#endif

/* The first number that is not as it must be. */
struct vm_fast_difference {
    uint32_t function;
    uint32_t offset;   /* of the instruction, in the module's bytes */
    uint32_t position; /* of the cell, in words from the function's first */
    const char *what;
    int64_t expected, found;
};

/* Compares each number by which a function's internal code accounts for fuel, and each height and place by which the
 * plain engine takes over, with what the instructions and the validator's branch table make it: nothing that the
 * translator computed is used, but for where each cell comes from.  Only for functions translated with listing on; all
 * others pass.  Linear in the function's size.
 * function     index, imports included
 * difference   filled if something differs
 * Returns VM_OK; VM_INVALID: *difference; VM_RESOURCE: memory is short, nothing was compared. */
enum vm_status vm_fast_verify(const struct vm_module *module, uint32_t function, struct vm_fast_difference *difference);

/* The same; says what differs on stderr and ends the process. */
void vm_fast_insist(const struct vm_module *module, uint32_t function);

#endif
