/* vm/fast/translator.h - what the files of the translator share.
 *
 *   translate.c   module to internal code: functions, settling of edges, linking
 *   instruction.c one wasm instruction after the other
 *   access.c      loads and stores, with what made their addresses
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
#include "vm/leb128.h"

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
    bool second; /* VALUE: it is there by its cell's second destination */
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

/* What is known of a local.  Nothing waits between functions, and positions only grow from one function to the next, so
 * none of this is reset: a function may declare 50,000 locals in five bytes. */
struct local {
    uint32_t waiting; /* the topmost entry that waits for it, plus one */
    uint32_t touched; /* position where it was last read or written */
};

/* A loop whose label is not settled yet. */
struct loop {
    uint32_t offset, label;
};

struct translator {
    struct vm_allocator allocator;
    struct vm_module *module;
    const struct vm_schedule *schedule;
    bool fold;
    bool listing;   /* origins are kept, by word */
    uint32_t limit; /* position up to which cells may be made */

    struct buffer words, sites, loops, labels, lines, controls, entries, origins, locals;
    uint32_t site_count, loop_count, label_count, control_count;
    struct vm_fast_function *functions;  /* what is made, by function index */
    struct buffer calls, indirect_calls; /* union vm_word *: the cells, where they were placed */
    uint32_t call_count, indirect_call_count;
    size_t bytes; /* placed so far */
    bool short_of_memory;
    bool given_up; /* this function is left to the plain engine */
    union vm_word scratch[8];

    /* The function.  Positions are in words, and count on from one function to the next. */
    uint32_t index;
    uint32_t base;        /* position of its first cell */
    uint32_t size;        /* position behind its last one */
    uint32_t room;        /* words that fit the buffer and the limit */
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
    uint32_t saved;       /* an entry that was stored only because the cell at saved_at changes the accumulator */
    uint32_t saved_at;
    uint32_t region; /* the first cell behind the last label, branch or call */
    uint32_t potential;
    uint32_t line;
};

/* Room for `count` items of `size` bytes; NULL, and short_of_memory is set, when there is none.  translate.c */
void *vm_reserve(struct translator *t, struct buffer *buffer, uint32_t count, size_t size);

static inline struct entry *entry_at(const struct translator *t, uint32_t index) {
    return (struct entry *)t->entries.data + index;
}

static inline struct local *local_at(const struct translator *t, uint32_t index) {
    return (struct local *)t->locals.data + index;
}

static inline union vm_word *word_at(const struct translator *t, uint32_t position) {
    return (union vm_word *)t->words.data + (position - t->base);
}

static inline struct label *label_at(const struct translator *t, uint32_t index) {
    return (struct label *)t->labels.data + index;
}

/* An operand as a cell takes it. */
struct operand {
    char kind; /* 'S', 'A' or 'K' */
    uint32_t slot;
    uint64_t constant;
};

/* stack.c */
union vm_word *vm_emit_slow(struct translator *t, uint32_t token, uint32_t words); /* where there is no room yet */
void vm_stop_waiting(struct translator *t, uint32_t index);                        /* no more for its local */
void vm_push_stored(struct translator *t, uint32_t count);                         /* in their slots */
void vm_store_entry(struct translator *t, uint32_t index);                         /* makes it a value in its slot */
void vm_flush(struct translator *t, uint32_t height);         /* the same for all entries below this height */
void vm_to_accumulator(struct translator *t, uint32_t index); /* a constant or sum becomes a value */
void vm_make_sum(struct translator *t, uint32_t index);       /* a sum becomes a value */
void vm_move_to(struct translator *t, uint32_t index, uint32_t slot);
void vm_set_local(struct translator *t, uint32_t local, bool tee);
void vm_take_back(struct translator *t); /* the last cell */

/* The words that fit without asking.  None while origins are kept: that is done where room is made. */
static inline uint32_t vm_room(const struct translator *t) {
    const uint32_t rest = t->limit - t->base;
    return t->listing ? 0 : t->words.capacity < rest ? t->words.capacity : rest;
}

/* Appends a cell, its words all zero but the token.  It stays where it is until the next one. */
static inline union vm_word *vm_emit_words(struct translator *t, uint32_t token, uint32_t words) {
    t->before_last = t->last;
    t->last = t->size;
    t->last_local = t->acc_local;
    const uint32_t used = t->size - t->base;
    if (used + words > t->room)
        return vm_emit_slow(t, token, words);
    union vm_word *const cell = (union vm_word *)t->words.data + used;
    cell->bits = token;
    for (uint32_t i = 1; i < words; i++) {
        cell[i].bits = 0;
        VM_KEEP_LOOP();
    }
    t->size += words;
    return cell;
}

static inline union vm_word *vm_emit(struct translator *t, uint32_t token) {
    return vm_emit_words(t, token, vm_cells[token].words);
}

/* The cell at this position may trap. */
static inline void vm_add_site(struct translator *t, uint32_t position) {
    struct vm_fast_site *const sites = vm_reserve(t, &t->sites, t->site_count + 1, sizeof *sites);
    if (sites != NULL)
        sites[t->site_count++] =
            (struct vm_fast_site){position - t->base, (uint32_t)(t->at - t->module->bytes.data), t->potential};
}

static inline uint32_t vm_own_slot(const struct translator *t, uint32_t index) {
    return t->local_count + index;
}

static inline struct entry *vm_push(struct translator *t, enum entry_kind kind) {
    struct entry *const entry = entry_at(t, t->height++);
    *entry = (struct entry){.kind = (uint8_t)kind, .cell = NONE, .next = NONE};
    return entry;
}

/* Just made by this cell: in the accumulator. */
static inline void vm_push_value(struct translator *t, uint32_t cell) {
    vm_push(t, ENTRY_VALUE)->cell = cell;
    t->accumulator = t->height - 1;
    t->acc_local = NONE;
}

static inline void vm_push_local(struct translator *t, uint32_t local) {
    struct entry *const entry = vm_push(t, ENTRY_LOCAL);
    entry->local = local;
    entry->next = local_at(t, local)->waiting - 1; /* 0 - 1 is NONE */
    local_at(t, local)->waiting = t->height;
}

static inline void vm_push_constant(struct translator *t, uint64_t constant) {
    vm_push(t, ENTRY_CONSTANT)->constant = constant;
}

static inline void vm_pop(struct translator *t) {
    const struct entry *const entry = entry_at(t, --t->height);
    if (entry->kind == ENTRY_LOCAL || entry->kind == ENTRY_SUM)
        vm_stop_waiting(t, t->height);
    if (t->accumulator == t->height)
        t->accumulator = NONE;
    if (t->clean > t->height)
        t->clean = t->height;
}

static inline void vm_forget_accumulator(struct translator *t) {
    t->accumulator = NONE;
    t->acc_local = NONE;
}

static inline void vm_end_region(struct translator *t) {
    t->region = t->size;
    t->last = NONE;
    t->before_last = NONE;
}

/* Turns the cell that made the entry in the accumulator into its twin that stores it, too; false if nothing is to be
 * done.  Nothing is ever stored by a further cell. */
static inline bool vm_store_accumulator(struct translator *t) {
    if (t->accumulator == NONE)
        return false;
    struct entry *const entry = entry_at(t, t->accumulator);
    if (entry->stored || t->given_up)
        return false;
    union vm_word *const cell = word_at(t, entry->cell);
    cell[0].bits++;
    cell[1].d = (uint16_t)vm_own_slot(t, t->accumulator);
    entry->stored = true;
    return true;
}

/* In front of a cell that changes the accumulator. */
static inline void vm_save_accumulator(struct translator *t) {
    if (!vm_store_accumulator(t))
        return;
    t->saved = t->accumulator;
    t->saved_at = t->size;
}

/* Where the last cell becomes one that takes this entry, too: if it was only stored because of the last cell, it stays in
 * the accumulator instead.  False if it is to be read from its slot. */
static inline bool vm_unsave(struct translator *t, uint32_t index) {
    const struct entry *const entry = entry_at(t, index);
    if (t->saved != index || t->saved_at != t->last || entry->kind != ENTRY_VALUE || entry->cell == NONE ||
        !entry->stored || entry->second)
        return false;
    word_at(t, entry->cell)->bits--;
    t->saved = NONE;
    return true;
}

/* The same for any other operand: true if the accumulator has it in front of the last cell, which is not to read the
 * accumulator itself. */
static inline bool vm_has_in_front(struct translator *t, uint32_t index) {
    const struct entry *const entry = entry_at(t, index);
    return entry->kind == ENTRY_LOCAL ? t->last_local == entry->local : vm_unsave(t, index);
}

/* The last cell if a following one may become a part of it, else NULL. */
static inline union vm_word *vm_last_cell(const struct translator *t) {
    return t->fold && !t->given_up && t->last != NONE && t->last >= t->region ? word_at(t, t->last) : NULL;
}

/* The same if it made this entry and only the accumulator has it. */
static inline union vm_word *vm_last_maker(const struct translator *t, uint32_t index) {
    const struct entry *const entry = entry_at(t, index);
    if (t->accumulator != index || entry->kind != ENTRY_VALUE || entry->stored || entry->cell != t->last)
        return NULL;
    return vm_last_cell(t);
}

/* A sum becomes a value. */
static inline void vm_resolve(struct translator *t, uint32_t index) {
    if (entry_at(t, index)->kind == ENTRY_SUM)
        vm_make_sum(t, index);
}

static inline struct operand vm_operand_at(const struct translator *t, uint32_t index) {
    const struct entry *const entry = entry_at(t, index);
    if (entry->kind == ENTRY_CONSTANT)
        return (struct operand){.kind = 'K', .constant = entry->constant};
    if (entry->kind == ENTRY_LOCAL)
        return (struct operand){.kind = t->acc_local == entry->local ? 'A' : 'S', .slot = entry->local};
    return (struct operand){.kind = t->accumulator == index ? 'A' : 'S', .slot = vm_own_slot(t, index)};
}

/* Notes that this cell reads the local which the entry waits for. */
static inline void vm_read_operand(struct translator *t, uint32_t index, uint32_t cell) {
    const struct entry *const entry = entry_at(t, index);
    if (entry->kind == ENTRY_LOCAL || entry->kind == ENTRY_SUM)
        local_at(t, entry->local)->touched = cell;
}

/* Room for the constant in a cell of two words. */
static inline bool vm_fits(uint64_t constant, bool wide) {
    return !wide || constant + (UINT64_C(1) << 31) <= UINT32_MAX;
}

/* A cell that gives a value, which the accumulator alone has then; what that had is stored first. */
static inline union vm_word *vm_emit_value(struct translator *t, uint32_t token) {
    vm_save_accumulator(t);
    union vm_word *const cell = vm_emit(t, token);
    vm_push_value(t, t->last);
    return cell;
}

/* The topmost entries are taken by the next cell. */
static inline void vm_take(struct translator *t, uint32_t count) {
    for (; count != 0; count--) {
        vm_read_operand(t, t->height - 1, t->size);
        vm_pop(t);
    }
}

/* Makes the entry one that a cell can take: no sum, and no constant that is too long. */
static inline void vm_prepare(struct translator *t, uint32_t index, bool wide) {
    const struct entry *const entry = entry_at(t, index);
    if (entry->kind == ENTRY_CONSTANT && !vm_fits(entry->constant, wide))
        vm_to_accumulator(t, index);
    else
        vm_resolve(t, index);
}

/* control.c */
void vm_translate_control(struct translator *t);
void vm_skip_immediate(const uint8_t **pc, uint32_t immediate);
void vm_skip_dead(struct translator *t);
void vm_escape(struct translator *t, uint32_t in, uint32_t out, bool comes_back);
void vm_translate_bulk(struct translator *t, uint32_t token);
uint32_t vm_new_label(struct translator *t);
void vm_bind_label(struct translator *t, uint32_t label);
void vm_end_line(struct translator *t, uint32_t potential);
void vm_open_function(struct translator *t);

/* An access's offset.  Bit 6 of the flags: a memory index follows, which is 0 here. */
static inline uint32_t vm_read_memarg(const uint8_t **pc) {
    if ((vm_read_u32(pc) & 64) != 0)
        (void)vm_read_u32(pc);
    return vm_read_u32(pc);
}

static inline bool vm_is_control(uint32_t op) {
    return op <= VM_OP_RETURN_CALL_INDIRECT && op != VM_OP_NOP;
}

/* access.c: `first` is the cell of class S (load) or SS (store), width in bytes */
enum { VM_CELLS_PER_LOAD = 16 };
void vm_translate_load(struct translator *t, uint32_t first, uint32_t width);
void vm_translate_store(struct translator *t, uint32_t first, uint32_t width);

/* instruction.c */
void vm_translate_instruction(struct translator *t);
bool vm_is_comparison(uint32_t token, uint32_t *number); /* one that only fills the accumulator */
uint32_t vm_comparison_class(uint32_t token);            /* 0 SS, 1 AS, 2 SK, 3 AK */
uint32_t vm_inverse_comparison(uint32_t number);

#endif
