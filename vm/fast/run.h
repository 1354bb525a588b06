/* vm/fast/run.h - runs internal code. */
#ifndef DELAVM_VM_FAST_RUN_H
#define DELAVM_VM_FAST_RUN_H

#include "vm/fast/cell.h"

struct vm_machine;

/* Puts the handler of a token (word->bits, an enum vm_cell) in its place. */
void vm_fast_link_handler(union vm_word *word);

/* Runs from the registers in machine->fast until something stops it: machine->fast.reason. */
void vm_fast_run(struct vm_machine *machine);

#endif
