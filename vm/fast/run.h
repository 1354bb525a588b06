/* vm/fast/run.h - runs internal code. */
#ifndef DELAVM_VM_FAST_RUN_H
#define DELAVM_VM_FAST_RUN_H

#include "vm/fast/cell.h"

struct vm_machine;

/* The first words of linked cells, by enum vm_cell; as many tables of VM_CELL_COUNT words as there are copies of each
 * handler, a power of two.  All copies do the same. */
const union vm_word *vm_fast_handlers(uint32_t *copies);

/* Runs from the registers in machine->fast until something stops it: machine->fast.reason. */
void vm_fast_run(struct vm_machine *machine);

#endif
