/* vm/machine.h - runs functions: the plain engine, which defines what is right.  Spec: exec, exec-invocation
 *
 * A machine owns an operand stack and a frame stack of fixed capacity (limits operand_stack, call_depth); nothing here
 * recurses natively, so a run can be stopped between any two instructions and continued, on another thread if need be.
 *
 * Fuel.  An instruction runs only if its price is covered; else the run ends with VM_TRAP_OUT_OF_FUEL, everything
 * before it done and nothing of it.  `used` counts what was charged for what ran.  Where a run pauses never changes
 * what it computes or what it costs.  In detail:
 *
 *   order      base price (vm/opcodes.def); operands; dynamic price (vm/prices.def); bounds and caps; work
 *   one piece  base and dynamic price are one: if they are not covered together nothing is charged, and
 *              trap.price is their sum
 *   traps      an instruction that traps has been charged, dynamic price included
 *   bulk       memory.fill/copy/init, table.fill/copy/init pay for what they are asked for, also when it is out of
 *              bounds; memory.grow and table.grow pay per page or element only when they are not refused (-1)
 *   calls      base price, for call_indirect the table checks, then `local` for the declared locals of the callee, then
 *              call depth and operand stack, then the frame.  A call from outside (vm_machine_begin) has no base price
 *   host       base price of the call and of the host function are one piece; what the entry charges by
 *              vm_host_charge() counts from then on, also if a later charge of the same entry is not covered
 *              (trap.price is then that charge alone)
 *   control    block, loop, else and end cost their row where execution passes through them.  A taken branch goes on
 *              behind `end` (or behind `loop`) without running it; an `if` whose condition is 0 goes on behind `else`
 * or `end`; running into `else` costs an `else` and goes on behind `end`.  The final `end` of a function is run like
 * any other; `return` and branches to the outermost label leave without it
 *
 * So a run that uses F fuel succeeds with every limit from F on, and with F - 1 ends out of fuel.
 *
 * Caps.  call_depth counts active wasm functions.  operand_stack is compared with the sum of parameters, declared
 * locals and greatest operand height (struct vm_function) over all active functions; a host function called from
 * outside or by a tail call counts its parameters or its results, whichever are more. */
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
 * function   function index in that instance's module; with UINT32_MAX the number of the host function
 * offset     of the instruction in the module's bytes; of the first one if not even the first frame fitted.  A trap in
 *            a host function is located at the instruction that called it
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

/* What a run used.  frames and operands are the greatest seen, counted as the caps count them. */
struct vm_usage {
    uint64_t fuel;
    uint32_t frames;
    uint32_t operands;
};

/* VM_ENGINE_PLAIN runs one instruction after the other and defines what is right, so it is what runs where nobody chose;
 * VM_ENGINE_FAST runs what vm_translate() (vm/fast/fast.h) made of a module, and gives the same in every respect.
 * Functions that were not translated are run by the plain engine in either case. */
enum vm_engine { VM_ENGINE_PLAIN, VM_ENGINE_FAST };

/* A machine that runs functions of this store; NULL when memory is short.  The store's RUN limits size its stacks. */
struct vm_machine *vm_machine_new(struct vm_store *store);
void vm_machine_free(struct vm_machine *machine);

/* Chooses the engine for the runs to come; a new machine has VM_ENGINE_PLAIN. */
void vm_machine_set_engine(struct vm_machine *machine, enum vm_engine engine);

/* Begins a call of `function` (a function reference of the machine's store) with `count` arguments, at most `fuel`
 * fuel. Whatever the machine did before is forgotten.  The argument types must be right (count is checked: asserts).
 * schedule must live until the run has ended, and must be the one (or price the same instructions as the one) that the
 * modules were loaded with.  Ends PAUSED; or TRAPPED, if not even the first frame fits or is covered.  A machine must
 * not be run on after vm_store_clear(). */
enum vm_run_state vm_machine_begin(struct vm_machine *machine, vm_value function, const vm_value *arguments,
                                   uint32_t count, const struct vm_schedule *schedule, uint64_t fuel);

/* Runs on until the run has ended or at least `slice` more fuel is used (UINT64_MAX: to the end; 0 is taken as 1): it
 * pauses before the next instruction then.  On FAILED the instance may be half changed and must be dropped. */
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
