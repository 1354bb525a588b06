/* vm/fast/run.c - the handlers threaded together, in one of three ways from one source (handlers.h).
 *
 *   functions  each handler is a function that ends in a call of the next which is guaranteed to be a jump; registers
 *              are arguments (clang, where a calling convention passes enough of them in registers)
 *   labels     all handlers in one function, jumping from label to label (gcc, other clangs)
 *   switch     any compiler; the code holds tokens, not addresses
 *
 * VM_FAST_DISPATCH chooses; by default what the compiler can do. */
#include "vm/fast/run.h"

#include "vm/fast/verify.h"
#include "vm/interpreter.h"
#include "vm/memory.h"
#include "vm/numeric.h"

#define VM_FAST_FUNCTIONS 1
#define VM_FAST_LABELS 2
#define VM_FAST_SWITCH 3

#ifndef VM_FAST_DISPATCH
#if defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__))
#if __has_attribute(preserve_none) && __has_attribute(musttail)
#define VM_FAST_DISPATCH VM_FAST_FUNCTIONS
#endif
#endif
#endif
#ifndef VM_FAST_DISPATCH
#if defined(__GNUC__)
#define VM_FAST_DISPATCH VM_FAST_LABELS
#else
#define VM_FAST_DISPATCH VM_FAST_SWITCH
#endif
#endif

const struct vm_cell_row vm_cells[VM_CELL_COUNT] = {
#define CELL(name, words, form) {#name, words, VM_FORM_##form},
#include "vm/fast/cells.def"
};

#if defined(__GNUC__)
#define UNLIKELY(condition) __builtin_expect((condition), 0)
#define READ_NOW(value) __asm__("" : "+r"(value))
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wunused-label"
#else
#define UNLIKELY(condition) (condition)
#define READ_NOW(value) ((void)0)
#endif

/* Both values are read before the condition is known: a compiler would rather choose where to read. */
static inline uint64_t choose(bool condition, uint64_t first, uint64_t second) {
    READ_NOW(first);
    READ_NOW(second);
    return condition ? first : second;
}

/* Takes what a bulk instruction on `units` costs off the fuel; false if that and the next line are not covered. */
static bool pay_bulk(const struct vm_machine *machine, const union vm_word *cell, uint64_t *fuel, uint32_t units) {
    const uint64_t left = *fuel - cell[5].spent;
    const uint64_t price = cell[1].k, dynamic = vm_price_of(machine->schedule->memory_byte, units);
    if (left < price || left - price < dynamic || left - price - dynamic < cell[2].need)
        return false;
    *fuel = left - price - dynamic;
    return true;
}

#define LEAVE(why)                                                                                                     \
    {                                                                                                                  \
        struct vm_fast_state *const state = &machine->fast;                                                            \
        state->reason = VM_FAST_##why;                                                                                 \
        state->pc = pc;                                                                                                \
        state->fp = fp;                                                                                                \
        state->accumulator = acc;                                                                                      \
        state->fuel = fuel;                                                                                            \
        state->frame = frame;                                                                                          \
        LEFT;                                                                                                          \
    }

#if VM_FAST_DISPATCH == VM_FAST_FUNCTIONS

#define LEFT return
#define REGISTERS                                                                                                      \
    const union vm_word *pc, vm_value *fp, uint64_t acc, uint8_t *memory, uint64_t limit, uint64_t fuel,               \
        struct vm_frame *frame, uint64_t spare, struct vm_machine *machine
#define CONVENTION __attribute__((preserve_none))
typedef CONVENTION void handler(REGISTERS);

/* The register that x86-64 shifts by (the eighth argument) is kept free for that: what it holds never matters. */
#define JUMP()                                                                                                         \
    {                                                                                                                  \
        __asm__("" : "=r"(spare));                                                                                     \
        __attribute__((musttail)) return ((handler *)pc->handler)(pc, fp, acc, memory, limit, fuel, frame, spare,      \
                                                                  machine);                                            \
    }
#define GO(name) __attribute__((musttail)) return HANDLER(name)(pc, fp, acc, memory, limit, fuel, frame, spare, machine)
#define NEXT(words)                                                                                                    \
    {                                                                                                                  \
        pc += (words);                                                                                                 \
        JUMP();                                                                                                        \
    }
/* A handler starts a cache line: most then lie in one, which measured 5 to 10 % faster than 16 bytes on x86-64. */
#define OP(name) static CONVENTION __attribute__((aligned(64))) void HANDLER(name)(REGISTERS)
#define STOP(name) static CONVENTION __attribute__((noinline)) void HANDLER(name)(REGISTERS)
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* Every handler is there four times.  A processor foretells where a jump goes from where it stands and where those before
 * it went; cells of one kind that take turns with the copies are places it can tell apart.  Measured: 5 % less time on 23
 * programs, up to 45 % on one of them.  What is not optimized for speed has one. */
#if defined(__OPTIMIZE__) && !VM_DEBUG
#define COPIES 4
#else
#define COPIES 1
#endif

#define HANDLER(name) op_##name
#include "vm/fast/handlers.h"
#if COPIES == 4
#undef HANDLER
#define HANDLER(name) op1_##name
#include "vm/fast/handlers.h"
#undef HANDLER
#define HANDLER(name) op2_##name
#include "vm/fast/handlers.h"
#undef HANDLER
#define HANDLER(name) op3_##name
#include "vm/fast/handlers.h"
#endif

static const union vm_word handlers[COPIES][VM_CELL_COUNT] = {
    {
#define CELL(name, words, form) {.handler = (void (*)(void))op_##name},
#include "vm/fast/cells.def"
    },
#if COPIES == 4
    {
#define CELL(name, words, form) {.handler = (void (*)(void))op1_##name},
#include "vm/fast/cells.def"
    },
    {
#define CELL(name, words, form) {.handler = (void (*)(void))op2_##name},
#include "vm/fast/cells.def"
    },
    {
#define CELL(name, words, form) {.handler = (void (*)(void))op3_##name},
#include "vm/fast/cells.def"
    },
#endif
};

const union vm_word *vm_fast_handlers(uint32_t *copies) {
    *copies = COPIES;
    return handlers[0];
}

void vm_fast_run(struct vm_machine *machine) {
    const struct vm_fast_state *const state = &machine->fast;
    const struct vm_memory *const linear = state->memory;
    ((handler *)state->pc->handler)(state->pc, state->fp, state->accumulator, linear == NULL ? NULL : linear->data,
                                    linear == NULL ? 0 : linear->bytes, state->fuel, state->frame, 0, machine);
}

#else

#define LEFT return NULL
#if VM_FAST_DISPATCH == VM_FAST_LABELS
#define JUMP() goto * pc->label
#define OP(name) op_##name:
#else
#define JUMP() goto dispatch
#define OP(name) case VM_CELL_##name:
#endif
#define GO(name) goto op_##name
#define STOP(name) op_##name:
#define NEXT(words)                                                                                                    \
    {                                                                                                                  \
        pc += (words);                                                                                                 \
        JUMP();                                                                                                        \
    }

/* Without a machine it runs nothing: only it can tell the addresses of its labels. */
static const union vm_word *run(struct vm_machine *machine) {
    static const union vm_word handlers[VM_CELL_COUNT] = {
#if VM_FAST_DISPATCH == VM_FAST_LABELS
#define CELL(name, words, form) {.label = &&op_##name},
#else
#define CELL(name, words, form) {.bits = VM_CELL_##name},
#endif
#include "vm/fast/cells.def"
    };
    if (machine == NULL)
        return handlers;
    const union vm_word *pc = machine->fast.pc;
    vm_value *fp = machine->fast.fp;
    uint64_t acc = machine->fast.accumulator;
    uint8_t *const memory = machine->fast.memory == NULL ? NULL : machine->fast.memory->data;
    const uint64_t limit = machine->fast.memory == NULL ? 0 : machine->fast.memory->bytes;
    uint64_t fuel = machine->fast.fuel;
    struct vm_frame *frame = machine->fast.frame;
#if VM_FAST_DISPATCH == VM_FAST_LABELS
    JUMP();
#include "vm/fast/handlers.h"
#else
dispatch:
    switch ((enum vm_cell)pc->bits) {
#include "vm/fast/handlers.h"
    case VM_CELL_COUNT:
        break;
    }
    return NULL;
#endif
}

const union vm_word *vm_fast_handlers(uint32_t *copies) {
    *copies = 1;
    return run(NULL);
}

void vm_fast_run(struct vm_machine *machine) {
    run(machine);
}

#endif
