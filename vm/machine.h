/* vm/machine.h - runs functions: the plain engine, which defines what is right.  Spec: exec, exec-invocation
 *
 * A machine owns an operand stack and a frame stack of fixed capacity (limits operand_stack, call_depth); nothing here
 * recurses natively, so a run can be stopped between any two instructions and continued, on another thread if need be.
 *
 * Fuel: an instruction runs only if its price is covered; else the run ends with VM_TRAP_OUT_OF_FUEL, everything
 * before it done and nothing of it.  `used` counts what was charged for what ran.  Where a run pauses never changes
 * what it computes or what it costs. */
#ifndef DELAVM_VM_MACHINE_H
#define DELAVM_VM_MACHINE_H

#include "vm/store.h"

struct vm_machine;

enum vm_run_state {
    VM_RUN_IDLE,    /* nothing begun */
    VM_RUN_PAUSED,  /* begun, or its slice is spent: vm_machine_run() continues */
    VM_RUN_DONE,    /* returned: results are there */
    VM_RUN_TRAPPED, /* vm_machine_trap() says how */
    VM_RUN_FAILED,  /* this machine ran out of memory: no verdict; the run must be done again */
};

/* How and where a run trapped.
 * instance   number in the store, or UINT32_MAX if the trap came from a host function called from outside
 * function   function index in that instance's module
 * offset     of the instruction in the module's bytes
 * price      VM_TRAP_OUT_OF_FUEL: what the instruction needed in one piece (it had less); else 0 */
struct vm_trap {
    enum vm_trap_kind kind;
    uint32_t instance;
    uint32_t function;
    uint32_t offset;
    uint64_t price;
};

/* One active function, innermost first.  offset: the call it is in; for the innermost frame, the next instruction. */
struct vm_frame_info {
    const struct vm_instance *instance;
    uint32_t function;
    uint32_t offset;
};

/* What a run used.  frames and operands are the greatest seen; pages is memory 0 of the first instance at the end. */
struct vm_usage {
    uint64_t fuel;
    uint32_t frames;
    uint32_t operands;
};

/* A machine that runs functions of this store; NULL when memory is short.  The store's RUN limits size its stacks. */
struct vm_machine *vm_machine_new(struct vm_store *store);
void vm_machine_free(struct vm_machine *machine);

/* Begins a call of `function` (a function reference of the machine's store) with `count` arguments, at most `fuel` fuel.
 * Whatever the machine did before is forgotten.  The argument types must be right (count is checked: asserts).
 * schedule must live until the run has ended.  Ends PAUSED; or TRAPPED, if not even the first frame fits. */
enum vm_run_state vm_machine_begin(struct vm_machine *machine, vm_value function, const vm_value *arguments, uint32_t count,
                                   const struct vm_schedule *schedule, uint64_t fuel);

/* Runs on until the run has ended or about `slice` more fuel is used (UINT64_MAX: to the end). */
enum vm_run_state vm_machine_run(struct vm_machine *machine, uint64_t slice);

/* Runs exactly one instruction. */
enum vm_run_state vm_machine_step(struct vm_machine *machine);

/* After VM_RUN_DONE: the results, vm_machine_result_count() of them, until the next vm_machine_begin(). */
const vm_value *vm_machine_results(const struct vm_machine *machine);
uint32_t vm_machine_result_count(const struct vm_machine *machine);

/* After VM_RUN_TRAPPED. */
const struct vm_trap *vm_machine_trap(const struct vm_machine *machine);

/* At any time after begin. */
struct vm_usage vm_machine_usage(const struct vm_machine *machine);
uint64_t vm_machine_fuel_left(const struct vm_machine *machine);

/* The guest's call stack, also after a trap: depth, and frame 0 (innermost) .. depth - 1. */
uint32_t vm_machine_depth(const struct vm_machine *machine);
struct vm_frame_info vm_machine_frame(const struct vm_machine *machine, uint32_t index);

/* For traces, while PAUSED: the operands and locals of the innermost frame, bottom to top. */
const vm_value *vm_machine_operands(const struct vm_machine *machine, uint32_t *count);
const vm_value *vm_machine_locals(const struct vm_machine *machine, uint32_t *count);

#endif
