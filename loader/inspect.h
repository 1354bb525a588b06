/* loader/inspect.h - walks the instructions of a checked module: for tools that look at code without running it. */
#ifndef DELAVM_LOADER_INSPECT_H
#define DELAVM_LOADER_INSPECT_H

#include "vm/module.h"
#include "vm/opcode.h"

/* One instruction.  next is the offset of the one behind it.
 * operands   its first immediates: indices as they are, i32.const and i64.const sign-extended, float bits, the block
 *            type as s33; a memarg gives alignment exponent, then offset; a br_table the number of its labels only */
struct loader_instruction {
    enum vm_op op;
    uint32_t offset;
    uint32_t next;
    uint32_t operand_count; /* 0 to 2 */
    uint64_t operands[2];
};

/* The instruction at `offset`, which must be the start of one in a function body or constant expression of a module
 * that loader_load() made. */
struct loader_instruction loader_instruction_at(const struct vm_module *module, uint32_t offset);

/* The function of the module's own whose body holds this offset, as function index, or VM_NO_FUNCTION. */
uint32_t loader_function_at(const struct vm_module *module, uint32_t offset);

#endif
