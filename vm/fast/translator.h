/* vm/fast/translator.h - what the files of the translator share.
 *
 *   translate.c   module to internal code: functions, settling of edges, linking
 *   instruction.c one wasm instruction after the other
 *   control.c     blocks, branches, calls, returns
 *   stack.c       the symbolic operand stack, and the emission of cells
 *
 * One forward pass over checked code.  The operand stack is kept symbolically: an operand is a value that a cell made,
 * or a local, a constant or `local + constant` that was not read yet and for which nothing was emitted.
 *
 * Fuel.  At each place the `potential` is what was spent since fuel was settled last; a run of instructions between
 * two unconditional transfers is a line, within which the potential only grows and nothing is charged.  Each edge into
 * a line charges the difference of potentials and asks for all that the line can spend; if that is not there the plain
 * engine goes on from the edge's target.  So in fast code the fuel always lasts, and is exact wherever it is looked at.
 */
#ifndef DELAVM_VM_FAST_TRANSLATOR_H
#define DELAVM_VM_FAST_TRANSLATOR_H

#include "vm/fast/cell.h"

#define NONE UINT32_MAX

enum entry_kind {
    ENTRY_VALUE, /* made by a cell: in its slot, in the accumulator, or in both */
    ENTRY_LOCAL, /* a local not read yet */
    ENTRY_CONSTANT,
    ENTRY_SUM, /* an i32 local not read yet, plus a constant */
};

struct entry {
    uint64_t constant;
    uint32_t local;
    uint32_t cell; /* VALUE: what made it, or NONE: then it is in its slot */
    uint32_t next; /* LOCAL, SUM: the next older entry that waits for the same local, or NONE */
    uint8_t kind;
    bool stored; /* VALUE: in its slot */
};

struct label {
    uint32_t cell;
    uint32_t potential;
    uint32_t line;
    bool used;
};

struct control {
    uint32_t op;
    uint32_t height; /* operands below its parameters */
    uint32_t params, results;
    uint32_t label, else_label; /* NONE: no else label, or it is bound */
    uint32_t table, table_edge; /* the last br_table that leads here, and by which of its edges */
};

/* A growing array. */
struct buffer {
    void *data;
    uint32_t capacity;
};

struct translator {
    const struct vm_allocator *allocator;
    const struct vm_module *module;
    const struct vm_schedule *schedule;
    bool fold;
    uint32_t limit; /* words the module may get */
    bool listing;   /* origins are kept, by word */

    struct buffer words, sites, loops, labels, edges, settlements, lines, controls, entries, origins;
    uint32_t size, site_count, loop_count, label_count, edge_count, settlement_count, control_count;
    uint32_t *waiting;   /* by local: the topmost entry that waits for it, plus one; all 0 between functions */
    uint32_t *canonical; /* by type: the first equal one */
    uint32_t *touched;   /* by local: where it was last read or written */
    union vm_word scratch[8];
    bool short_of_memory;
    bool given_up; /* this function is left to the plain engine */

    /* The function. */
    const struct vm_function *function;
    uint32_t index;
    uint32_t local_count; /* with parameters */
    uint32_t result_count;
    const uint8_t *pc;
    const uint8_t *at; /* the instruction under way */
    uint32_t op;
    uint32_t price;
    uint32_t branch;  /* the next entry of the branch table */
    uint32_t skipped; /* blocks opened in dead code */
    bool live;

    uint32_t height;
    uint32_t clean;       /* below this height every entry is a value in its slot */
    uint32_t accumulator; /* the entry it holds, or NONE */
    uint32_t acc_local;   /* the local it equals, or NONE */
    uint32_t last;        /* the last cell, if it may be replaced, or NONE */
    uint32_t before_last; /* the cell in front of it, likewise */
    uint32_t last_local;  /* acc_local in front of it */
    uint32_t region;      /* the first cell behind the last label, branch or call */
    uint32_t potential;
    uint32_t line;
};

/* Room for `count` items of `size` bytes; NULL, and short_of_memory is set, when there is none.  translate.c */
void *vm_reserve(struct translator *t, struct buffer *buffer, uint32_t count, size_t size);

static inline struct entry *entry_at(struct translator *t, uint32_t index) {
    return (struct entry *)t->entries.data + index;
}

static inline union vm_word *word_at(struct translator *t, uint32_t index) {
    return (union vm_word *)t->words.data + index;
}

static inline struct label *label_at(struct translator *t, uint32_t index) {
    return (struct label *)t->labels.data + index;
}

/* An operand as a cell takes it. */
struct operand {
    char kind; /* 'S', 'A' or 'K' */
    uint32_t slot;
    uint64_t constant;
};

/* stack.c */
union vm_word *vm_emit(struct translator *t, uint32_t token);
union vm_word *vm_emit_words(struct translator *t, uint32_t token, uint32_t words);
void vm_add_site(struct translator *t, uint32_t cell);
void vm_push_value(struct translator *t, uint32_t cell);   /* just made: in the accumulator */
void vm_push_stored(struct translator *t, uint32_t count); /* in their slots */
void vm_push_local(struct translator *t, uint32_t local);
void vm_push_constant(struct translator *t, uint64_t constant);
void vm_pop(struct translator *t);
uint32_t vm_own_slot(const struct translator *t, uint32_t index);
void vm_store_entry(struct translator *t, uint32_t index); /* makes it a value in its slot */
void vm_flush(struct translator *t, uint32_t height);      /* the same for all entries below this height */
void vm_save_accumulator(struct translator *t);            /* in front of a cell that changes it */
void vm_forget_accumulator(struct translator *t);
void vm_to_accumulator(struct translator *t, uint32_t index); /* a constant or sum becomes a value */
void vm_resolve(struct translator *t, uint32_t index);        /* a sum becomes a value */
struct operand vm_operand_at(struct translator *t, uint32_t index);
void vm_read_operand(struct translator *t, uint32_t index, uint32_t cell); /* notes which local it reads */
void vm_move_to(struct translator *t, uint32_t index, uint32_t slot);
void vm_set_local(struct translator *t, uint32_t local, bool tee);
void vm_end_region(struct translator *t);

/* The last cell if a following one may become a part of it, else NULL. */
union vm_word *vm_last_cell(struct translator *t);
/* The same if it made this entry and only the accumulator has it. */
union vm_word *vm_last_maker(struct translator *t, uint32_t index);
/* Takes the last cell back. */
void vm_take_back(struct translator *t);

/* control.c */
void vm_translate_control(struct translator *t);
bool vm_is_control(uint32_t op);
void vm_skip_immediate(struct translator *t, uint32_t immediate);
void vm_skip_dead(struct translator *t);
void vm_escape(struct translator *t, uint32_t in, uint32_t out, bool comes_back);
uint32_t vm_new_label(struct translator *t);
void vm_bind_label(struct translator *t, uint32_t label);
void vm_end_line(struct translator *t, uint32_t potential);
void vm_open_function(struct translator *t);

/* instruction.c */
void vm_translate_instruction(struct translator *t);
bool vm_is_comparison(uint32_t token, uint32_t *number); /* one that only fills the accumulator */
uint32_t vm_inverse_comparison(uint32_t number);

#endif
