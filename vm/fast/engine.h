/* vm/fast/engine.h - the fast engine as the machine sees it, and how the two engines take turns.
 *
 * Both work on the same frames and values.  The fast one starts where everything is in its place, at a function's
 * entry or a loop's start, and only if the fuel of the slice covers the next run of instructions.  It gives way to the
 * plain one whenever it can't go on: where the fuel may not last to the next edge, at calls that are not plain calls
 * within the instance, at instructions it has no cell for.  So running out of fuel, pausing, and every rare trap are
 * the plain engine's, and are right because they are its own. */
#ifndef DELAVM_VM_FAST_ENGINE_H
#define DELAVM_VM_FAST_ENGINE_H

#include "vm/interpreter.h"

/* Runs the innermost function and what it calls until the run has ended or the slice is spent, by both engines. */
void vm_fast_drive(struct vm_machine *machine);

/* The cell from which the fast engine could go on at this offset in the frame's function, if `budget` lasts for its
 * first run of instructions; else NULL.  The frame's operands must be in their slots.  *potential: what is to be added
 * to the fuel there. */
const union vm_word *vm_fast_find(struct vm_machine *machine, const struct vm_frame *frame, uint32_t offset,
                                  uint64_t budget, uint32_t *potential);

#endif
