/* vm/fast/cell.h - the internal code of the fast engine: cells, and the tables they are expanded from.
 *
 * Code is a stream of 8-byte words.  A cell starts with the address of its handler and stands for a group of wasm
 * instructions that ends in the one that does something; local.get, constants and `local + constant` before it became
 * its operands, a local.set behind it its destination.  Slots are numbered from the frame's first local; the operand
 * at height h lies in slot locals + h, as in the plain engine, so that either engine can go on where the other stops.
 */
#ifndef DELAVM_VM_FAST_CELL_H
#define DELAVM_VM_FAST_CELL_H

#include <assert.h>
#include <stdatomic.h>

#include "vm/arena.h"
#include "vm/config.h"
#include "vm/module.h"

/* Short loops stay loops: a call of memset() would cost a handler a stack frame, and the translator time. */
#if defined(__GNUC__)
#define VM_KEEP_LOOP() __asm__ volatile("")
#else
#define VM_KEEP_LOOP() ((void)0)
#endif

/* The operations, by name, operand type and result; handlers, cells and the translator's choices follow from them. */
/* clang-format off */
#define VM_FAST_I32_COMPARISONS(X)                        \
    X(I32_EQ, uint32_t, a == b)                           \
    X(I32_NE, uint32_t, a != b)                           \
    X(I32_LT_S, uint32_t, vm_signed32(a) < vm_signed32(b))\
    X(I32_LT_U, uint32_t, a < b)                          \
    X(I32_GT_S, uint32_t, vm_signed32(a) > vm_signed32(b))\
    X(I32_GT_U, uint32_t, a > b)                          \
    X(I32_LE_S, uint32_t, vm_signed32(a) <= vm_signed32(b))\
    X(I32_LE_U, uint32_t, a <= b)                         \
    X(I32_GE_S, uint32_t, vm_signed32(a) >= vm_signed32(b))\
    X(I32_GE_U, uint32_t, a >= b)

#define VM_FAST_COMPARISONS(X)                            \
    VM_FAST_I32_COMPARISONS(X)                            \
    X(I64_EQ, uint64_t, a == b)                           \
    X(I64_NE, uint64_t, a != b)                           \
    X(I64_LT_S, uint64_t, vm_signed64(a) < vm_signed64(b))\
    X(I64_LT_U, uint64_t, a < b)                          \
    X(I64_GT_S, uint64_t, vm_signed64(a) > vm_signed64(b))\
    X(I64_GT_U, uint64_t, a > b)                          \
    X(I64_LE_S, uint64_t, vm_signed64(a) <= vm_signed64(b))\
    X(I64_LE_U, uint64_t, a <= b)                         \
    X(I64_GE_S, uint64_t, vm_signed64(a) >= vm_signed64(b))\
    X(I64_GE_U, uint64_t, a >= b)

/* What branches also ask, of two operands: whether they have a bit in common. */
#define VM_FAST_TESTS(X)                                  \
    X(I32_ANY, uint32_t, (a & b) != 0)                    \
    X(I32_NONE, uint32_t, (a & b) == 0)

#define VM_FAST_ARITHMETIC(X)                             \
    X(I32_ADD, uint32_t, a + b)                           \
    X(I32_SUB, uint32_t, a - b)                           \
    X(I32_MUL, uint32_t, a * b)                           \
    X(I32_AND, uint32_t, a & b)                           \
    X(I32_OR, uint32_t, a | b)                            \
    X(I32_XOR, uint32_t, a ^ b)                           \
    X(I32_SHL, uint32_t, vm_shl32(a, b))                  \
    X(I32_SHR_S, uint32_t, vm_shr_s32(a, b))              \
    X(I32_SHR_U, uint32_t, vm_shr_u32(a, b))              \
    X(I32_ROTL, uint32_t, vm_rotl32(a, b))                \
    X(I32_ROTR, uint32_t, vm_rotr32(a, b))                \
    X(I64_ADD, uint64_t, a + b)                           \
    X(I64_SUB, uint64_t, a - b)                           \
    X(I64_MUL, uint64_t, a * b)                           \
    X(I64_AND, uint64_t, a & b)                           \
    X(I64_OR, uint64_t, a | b)                            \
    X(I64_XOR, uint64_t, a ^ b)                           \
    X(I64_SHL, uint64_t, vm_shl64(a, b))                  \
    X(I64_SHR_S, uint64_t, vm_shr_s64(a, b))              \
    X(I64_SHR_U, uint64_t, vm_shr_u64(a, b))              \
    X(I64_ROTL, uint64_t, vm_rotl64(a, b))                \
    X(I64_ROTR, uint64_t, vm_rotr64(a, b))

#define VM_FAST_DIVISIONS(X)                              \
    X(I32_DIV_S, uint32_t, vm_div_s32)                    \
    X(I32_DIV_U, uint32_t, vm_div_u32)                    \
    X(I32_REM_S, uint32_t, vm_rem_s32)                    \
    X(I32_REM_U, uint32_t, vm_rem_u32)                    \
    X(I64_DIV_S, uint64_t, vm_div_s64)                    \
    X(I64_DIV_U, uint64_t, vm_div_u64)                    \
    X(I64_REM_S, uint64_t, vm_rem_s64)                    \
    X(I64_REM_U, uint64_t, vm_rem_u64)

#define VM_FAST_UNARY(X)                                  \
    X(I32_CLZ, uint32_t, vm_clz32(a))                     \
    X(I32_CTZ, uint32_t, vm_ctz32(a))                     \
    X(I32_POPCNT, uint32_t, vm_popcnt32(a))               \
    X(I32_EXTEND8_S, uint32_t, vm_extend8_32(a))          \
    X(I32_EXTEND16_S, uint32_t, vm_extend16_32(a))        \
    X(I32_WRAP_I64, uint32_t, a)                          \
    X(I64_CLZ, uint64_t, vm_clz64(a))                     \
    X(I64_CTZ, uint64_t, vm_ctz64(a))                     \
    X(I64_POPCNT, uint64_t, vm_popcnt64(a))               \
    X(I64_EXTEND8_S, uint64_t, vm_extend8_64(a))          \
    X(I64_EXTEND16_S, uint64_t, vm_extend16_64(a))        \
    X(I64_EXTEND32_S, uint64_t, vm_extend32_64(a))

/* Two operations in one cell: the second takes the result of the first.  Adding one is adding a row. */
#define VM_FAST_PAIRS(X)                                  \
    X(I32_ADD, I32_ADD, uint32_t, x + y + z)              \
    X(I32_ADD, I32_AND, uint32_t, (x + y) & z)            \
    X(I32_ADD, I32_XOR, uint32_t, (x + y) ^ z)            \
    X(I32_AND, I32_ADD, uint32_t, (x & y) + z)            \
    X(I32_AND, I32_SHL, uint32_t, vm_shl32(x & y, z))     \
    X(I32_AND, I32_XOR, uint32_t, (x & y) ^ z)            \
    X(I32_AND, I32_OR, uint32_t, (x & y) | z)             \
    X(I32_OR, I32_OR, uint32_t, x | y | z)                \
    X(I32_OR, I32_AND, uint32_t, (x | y) & z)             \
    X(I32_XOR, I32_XOR, uint32_t, x ^ y ^ z)              \
    X(I32_XOR, I32_AND, uint32_t, (x ^ y) & z)            \
    X(I32_XOR, I32_ADD, uint32_t, (x ^ y) + z)            \
    X(I32_XOR, I32_MUL, uint32_t, (x ^ y) * z)            \
    X(I32_XOR, I32_ROTL, uint32_t, vm_rotl32(x ^ y, z))   \
    X(I32_ROTL, I32_XOR, uint32_t, vm_rotl32(x, y) ^ z)   \
    X(I32_ROTL, I32_ADD, uint32_t, vm_rotl32(x, y) + z)   \
    X(I32_SHL, I32_ADD, uint32_t, vm_shl32(x, y) + z)     \
    X(I32_SHL, I32_OR, uint32_t, vm_shl32(x, y) | z)      \
    X(I32_SHL, I32_XOR, uint32_t, vm_shl32(x, y) ^ z)     \
    X(I32_SHR_U, I32_XOR, uint32_t, vm_shr_u32(x, y) ^ z) \
    X(I32_SHR_U, I32_AND, uint32_t, vm_shr_u32(x, y) & z) \
    X(I32_SHR_U, I32_ADD, uint32_t, vm_shr_u32(x, y) + z) \
    X(I32_MUL, I32_ADD, uint32_t, x * y + z)              \
    X(I64_ADD, I64_ADD, uint64_t, x + y + z)              \
    X(I64_XOR, I64_XOR, uint64_t, x ^ y ^ z)              \
    X(I64_XOR, I64_AND, uint64_t, (x ^ y) & z)            \
    X(I64_XOR, I64_MUL, uint64_t, (x ^ y) * z)            \
    X(I64_XOR, I64_ROTL, uint64_t, vm_rotl64(x ^ y, z))   \
    X(I64_ROTL, I64_XOR, uint64_t, vm_rotl64(x, y) ^ z)   \
    X(I64_AND, I64_ADD, uint64_t, (x & y) + z)            \
    X(I64_SHL, I64_OR, uint64_t, vm_shl64(x, y) | z)      \
    X(I64_SHL, I64_XOR, uint64_t, vm_shl64(x, y) ^ z)     \
    X(I64_SHR_U, I64_ADD, uint64_t, vm_shr_u64(x, y) + z) \
    X(I64_SHR_U, I64_XOR, uint64_t, vm_shr_u64(x, y) ^ z) \
    X(I64_MUL, I64_ADD, uint64_t, x * y + z)

/* A comparison, and an operation with what it gives. */
#define VM_FAST_COMPARED_PAIRS(X)                         \
    X(I32_EQ, I32_ADD, uint32_t, (x == y) + z)            \
    X(I32_NE, I32_ADD, uint32_t, (x != y) + z)            \
    X(I64_LT_U, I64_ADD, uint64_t, (x < y) + z)

/* A commutative operation on a slot and what is loaded; and one with a constant of 64 bits. */
#define VM_FAST_LOAD_PAIRS(X)                             \
    X(LOAD8_U, I32_ADD, 1, (uint32_t)(p[0] + x))          \
    X(LOAD8_U, I32_XOR, 1, (uint32_t)(p[0] ^ x))          \
    X(LOAD32_U, I32_ADD, 4, (uint32_t)(vm_load_u32(p) + x)) \
    X(LOAD32_U, I32_MUL, 4, (uint32_t)(vm_load_u32(p) * x)) \
    X(LOAD32_U, I32_XOR, 4, (uint32_t)(vm_load_u32(p) ^ x)) \
    X(LOAD64, I64_ADD, 8, vm_load_u64(p) + x)             \
    X(LOAD64, I64_MUL, 8, vm_load_u64(p) * x)             \
    X(LOAD64, I64_XOR, 8, vm_load_u64(p) ^ x)
#define VM_FAST_LONG(X)                                   \
    X(I64_ADD, a + b)                                     \
    X(I64_MUL, a * b)                                     \
    X(I64_AND, a & b)                                     \
    X(I64_OR, a | b)                                      \
    X(I64_XOR, a ^ b)

/* Two results: the upper half in the accumulator, the lower one in a slot.  Operands are slots; _Z: the right one's upper
 * half is 0, _ZZ: both upper halves are. */
#define VM_FAST_WIDE(X)                                   \
    X(I64_ADD128, vm_add128)                              \
    X(I64_SUB128, vm_sub128)
#define VM_FAST_WIDE_PRODUCTS(X)                          \
    X(I64_MUL_WIDE_S, vm_mul_wide_s)                      \
    X(I64_MUL_WIDE_U, vm_mul_wide_u)

/* Loads that also take what tables are looked up with, and addresses that are kept. */
#define VM_FAST_TABLE_LOADS(X)                            \
    X(LOAD8_U, 1, p[0])                                   \
    X(LOAD16_U, 2, vm_load_u16(p))                        \
    X(LOAD32_U, 4, vm_load_u32(p))                        \
    X(LOAD64, 8, vm_load_u64(p))
#define VM_FAST_LOADS(X)                                  \
    VM_FAST_TABLE_LOADS(X)                                \
    X(I32_LOAD8_S, 1, vm_extend8_32(p[0]))                \
    X(I32_LOAD16_S, 2, vm_extend16_32(vm_load_u16(p)))    \
    X(I64_LOAD8_S, 1, vm_extend8_64(p[0]))                \
    X(I64_LOAD16_S, 2, vm_extend16_64(vm_load_u16(p)))    \
    X(I64_LOAD32_S, 4, vm_extend32_64(vm_load_u32(p)))

/* Loads that are compared for a branch in the same cell, with what.  The first two of VM_FAST_COMPARISONS, in their order. */
#define VM_FAST_BRANCHING_LOADS(X)                        \
    X(LOAD8_U, 1, p[0])                                   \
    X(LOAD16_U, 2, vm_load_u16(p))                        \
    X(LOAD32_U, 4, vm_load_u32(p))

#define VM_FAST_STORES(X)                                 \
    X(STORE8, 1, p[0] = (uint8_t)value)                   \
    X(STORE16, 2, vm_store_u16(p, (uint16_t)value))       \
    X(STORE32, 4, vm_store_u32(p, (uint32_t)value))       \
    X(STORE64, 8, vm_store_u64(p, value))
/* clang-format on */

enum vm_cell {
#define CELL(name, words, form) VM_CELL_##name,
#include "vm/fast/cells.def"
    VM_CELL_COUNT
};

/* What is filled in when a cell is placed.  EDGE_n is n. */
enum vm_cell_form {
    VM_FORM_DATA,
    VM_FORM_EDGE_1,
    VM_FORM_EDGE_2,
    VM_FORM_EDGE_3,
    VM_FORM_EDGE_4,
    VM_FORM_EDGE_5,
    VM_FORM_TABLE,
    VM_FORM_CALL,
    VM_FORM_ESCAPE,
};

struct vm_cell_row {
    const char *name;
    uint8_t words; /* without the table of a br_table */
    uint8_t form;  /* enum vm_cell_form */
};

extern const struct vm_cell_row vm_cells[VM_CELL_COUNT];

union vm_word {
    uint64_t bits;         /* a constant; before linking, a token (enum vm_cell) or a label */
    void (*handler)(void); /* threaded by functions */
    const void *label;     /* threaded by labels */
    const union vm_word *target;
    const struct vm_fast_function *function;
    struct {
        uint16_t a, d; /* source and destination slot */
        union {
            struct {
                uint16_t b, c;
            };
            struct {
                int16_t sb, sc;
            };
            uint32_t k; /* a constant; the offset behind an access, counted from its last byte */
            int32_t sk;
        };
    };
    struct {
        uint32_t more;  /* what does not fit the first word: an offset; a table */
        uint32_t value; /* a constant to be stored; the type an indirect callee must have */
    };
    struct {
        int32_t first, second; /* constants to choose from */
    };
    struct {
        int32_t cost;  /* to be taken off the fuel register where control leaves here */
        uint32_t need; /* that must then be in it for what comes next, up to its next settling */
    };
    struct {
        uint32_t branch;    /* number in the function's branch table */
        uint32_t potential; /* of the edge's target */
    };
    struct {
        uint32_t offset;      /* of an instruction in the module's bytes */
        uint32_t next_branch; /* first entry of the branch table behind it */
    };
    struct {
        uint32_t before, after; /* operand heights around it */
    };
    struct {
        uint16_t delta, slot; /* from this frame to the callee's; of a table index */
        uint32_t spent;       /* the potential in front of the instruction */
    };
};

static_assert(sizeof(union vm_word) == 8, "words have 8 bytes on every machine");

/* Where a cell that may trap comes from.  Sorted by cell. */
struct vm_fast_site {
    uint32_t cell;      /* word in the function's internal code */
    uint32_t offset;    /* of the instruction in the module's bytes */
    uint32_t potential; /* behind it: what is spent but not charged */
};

/* A loop's start: where the plain engine may hand over in the middle of a function.  Sorted by offset. */
struct vm_fast_loop {
    uint32_t offset; /* of its first instruction */
    uint32_t cell;   /* word in the function's internal code */
    uint32_t need;
    uint32_t potential;
};

/* What the cell at a word is and where it came from, for listings. */
struct vm_fast_origin {
    uint32_t token;
    uint32_t offset; /* of the last instruction it stands for, in the module's bytes */
};

/* One function's internal code.  What a call reads comes first.  `code` leads to the first cell, and the word in front of
 * it has what is needed for the entry and the first line: UINT64_MAX where there is no code.  It is written last, when
 * another thread may read it, and with it what follows `entry`, which is read only by those who have seen the code. */
struct vm_fast_function {
    _Atomic(const union vm_word *) code; /* or vm_fast_later, vm_fast_never */
    uint32_t type;                       /* the first equal type of the module */
    uint32_t operands;                   /* as counted against the cap: params + locals + operand height */
    uint32_t local_count;                /* without parameters */
    uint32_t param_count;
    uint32_t entry; /* price of the declared locals: the potential at the start */
    uint32_t word_count;
    uint32_t site_count, loop_count;
    const struct vm_fast_site *sites;
    const struct vm_fast_loop *loops;
    const struct vm_fast_origin *origins; /* by word; NULL unless a listing was asked for */
};

/* A module's internal code.  Made once and only read from then on, but for functions that are translated when they are
 * first called: one thread does that, the others go on in the plain engine. */
struct vm_fast_code {
    struct vm_schedule schedule;
    struct vm_fast_function *functions; /* [module->function_count], imports included */
    const uint32_t *types;              /* [module->type_count]: of each the first equal one */
    bool fold;
    uint32_t room;        /* words that may still be made */
    atomic_size_t bytes;  /* all of it, this included */
    struct vm_arena late; /* has what was made after the module was loaded */
    atomic_size_t held;   /* bytes of it */
    atomic_flag busy;     /* a thread makes something */
};

/* Code of a function that is not translated yet, and of one that is left to the plain engine. */
extern const union vm_word *const vm_fast_later, *const vm_fast_never;

static inline const union vm_word *vm_fast_start(const struct vm_fast_function *function) {
    return atomic_load_explicit(&function->code, memory_order_acquire);
}

static inline bool vm_fast_is_code(const union vm_word *start) {
    return start != vm_fast_later && start != vm_fast_never;
}

/* The words of a cell, its table included. */
static inline uint32_t vm_cell_length(const union vm_word *cell, uint32_t token) {
    if (vm_cells[token].form == VM_FORM_TABLE)
        return 2 + 3 * (uint32_t)cell[1].d + (cell[1].k + 4) / 4;
    return vm_cells[token].words;
}

#endif
