/* vm/interpreter.h - what the files of the plain engine share: the machine, its frames, and the steps they take in
 * turn.  Spec: exec-instr, syntax-frame, syntax-config
 *
 *   machine.c            begins, pauses and reports runs
 *   interpreter.c        the loop: one arm for each instruction
 *   interpreter_calls.c  frames: calls, tail calls, returns, host calls
 *   interpreter_bulk.c   instructions with a price that depends on their operands, and wide arithmetic
 *
 *   fast/                the fast engine, which leaves to this one whatever is rare
 *
 * The loop keeps the innermost frame's registers in C locals.  Before it calls one of the functions below it saves them
 * in frame and machine, and loads them again after; all functions work on the saved ones. */
#ifndef DELAVM_VM_INTERPRETER_H
#define DELAVM_VM_INTERPRETER_H

#include "vm/fast/state.h"
#include "vm/instance.h"
#include "vm/machine.h"

/* An active function.  Its locals (parameters first) lie where its caller had the arguments, its operands above. */
struct vm_frame {
    const uint8_t *pc;              /* the next instruction; in the loop's hands while it runs */
    const struct vm_branch *branch; /* the first branch at or after pc; likewise */
    vm_value *locals;
    vm_value *operands;
    const uint8_t *bytes;             /* of the module; targets of branches count from here */
    const uint8_t *end;               /* behind the final `end` */
    const struct vm_branch *branches; /* of the function */
    struct vm_instance *instance;
    const struct vm_function *function;
    uint32_t result_count;
    uint32_t call;               /* offset of the call it is in; meaningful while it is not the innermost */
    const union vm_word *resume; /* in fast code: where it returns to, the locals there, and what it is */
    vm_value *outer;
    const struct vm_fast_function *translated;
    uint64_t used_operands; /* params + locals + operand_height, summed over this frame and all outer ones */
};

/* Fuel left is budget + reserve; the loop spends budget and is stopped when that runs out. */
struct vm_machine {
    struct vm_store *store;
    enum vm_run_state state;
    uint32_t depth; /* frames in use; frames[depth - 1] is the innermost */
    struct vm_frame *frames;
    vm_value *values;
    vm_value *sp; /* the first free operand slot */
    uint64_t frame_capacity;
    uint64_t value_capacity;

    const struct vm_schedule *schedule;
    uint32_t prices[256];              /* of one-byte instructions, by their byte */
    uint32_t instruction[VM_OP_COUNT]; /* what prices were read from; both are zero at first */
    bool priced;                       /* prices are those of the schedule: not before the plain engine is needed */
    uint64_t fuel;                     /* the limit of the run */
    uint64_t budget;
    uint64_t reserve;
    uint64_t price; /* base price of the instruction under way, which is already taken from budget */

    struct vm_trap trap;
    uint32_t result_count;
    uint32_t host; /* while no frame is active: the host function to be called, or VM_NO_FUNCTION */
    uint32_t peak_frames;
    uint64_t peak_operands;

    struct vm_fast_state fast;
};

/* Runs the innermost function and what it calls until the run has ended or budget is spent.  interpreter.c */
void vm_interpreter_run(struct vm_machine *machine);

/* Ends the run with a trap; where it happened is filled in by the caller's caller.  Always false.  machine.c */
bool vm_machine_end(struct vm_machine *machine, enum vm_trap_kind kind);

/* Ends the run because this machine's memory is short.  Always false.  machine.c */
bool vm_machine_fail(struct vm_machine *machine);

/* Charges the dynamic part of an instruction's price.  If it is not covered the base part is given back, so that
 * nothing of the instruction counts as used, and the run ends: false.  machine.c */
bool vm_machine_charge(struct vm_machine *machine, uint64_t amount);

/* The steps below are true if the run goes on (the innermost frame may be another one), false if it has ended. */

/* call, return_call: `index` in the innermost frame's instance.  interpreter_calls.c */
bool vm_call_function(struct vm_machine *machine, uint32_t index, bool tail);

/* call_indirect, return_call_indirect; takes the element index off the stack.  interpreter_calls.c */
bool vm_call_indirect(struct vm_machine *machine, uint32_t type, uint32_t table, bool tail);

/* Enters a function from outside, with its arguments.  interpreter_calls.c */
bool vm_call_first(struct vm_machine *machine, struct vm_instance *instance, uint32_t index, const vm_value *arguments);

/* Calls a host function; its arguments lie below sp, its results replace them.  interpreter_calls.c */
bool vm_call_host(struct vm_machine *machine, uint32_t host, bool tail);

/* Leaves the innermost function with its results on top of the stack.  interpreter_calls.c */
bool vm_return(struct vm_machine *machine);

/* memory.grow on memory `index`.  interpreter_bulk.c */
bool vm_grow_memory(struct vm_machine *machine, uint32_t index);

/* An instruction with prefix 0xFC, whose immediates are next at frame->pc.  interpreter_bulk.c */
bool vm_run_prefixed(struct vm_machine *machine, uint32_t sub_opcode);

/* The base price of an instruction with prefix 0xFC.  interpreter_bulk.c */
uint64_t vm_prefixed_price(const struct vm_schedule *schedule, uint32_t sub_opcode);

#endif
