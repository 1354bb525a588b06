/* vm/fast/translator.h - what the files of the translator share.
 *
 *   code.c        a module's internal code as a whole; all functions, or each when it is first called
 *   translate.c   one function, settling of its edges
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

#include <string.h>

#include "vm/fast/cell.h"
#include "vm/leb128.h"

#define NONE UINT32_MAX
#define ANY (UINT32_MAX - 1) /* of what the accumulator equals: control does not come here */
/* VM_MOST_WORDS: of a cell without a table; as many are zeroed at once. */
enum { GREATEST_POTENTIAL = 1 << 30, VM_MOST_WORDS = 8 };

enum entry_kind {
    ENTRY_VALUE, /* made by a cell: in its slot, in the accumulator, or in both */
    ENTRY_LOCAL, /* a local not read yet */
    ENTRY_CONSTANT,
    ENTRY_SUM, /* an i32 local not read yet, plus a constant */
};

struct entry {
    union {
        uint64_t constant; /* CONSTANT, SUM */
        uint32_t cell;     /* VALUE: position of what made it, or NONE: then it is in its slot */
    };
    uint32_t slot; /* LOCAL, SUM: the local's; else its own */
    uint8_t kind;  /* enum entry_kind */
    bool stored;   /* VALUE: in its slot */
    bool second;   /* VALUE: it is there by its cell's second destination */
};

/* A cell, and the local that the accumulator equals in front of it, or NONE. */
struct made {
    uint32_t position;
    uint32_t local;
};

/* How an instruction is translated.  OTHER: by the plain engine, which is escaped to. */
enum rule {
    RULE_OTHER,
    RULE_PREFIX, /* more than one byte tells what it is */
    RULE_CONTROL,
    RULE_NOTHING, /* values are bits, and 32 of them have zeros above */
    RULE_DROP,
    RULE_SELECT,
    RULE_LOCAL_GET,
    RULE_LOCAL_SET,
    RULE_LOCAL_TEE,
    RULE_GLOBAL_GET,
    RULE_GLOBAL_SET,
    RULE_CONSTANT,
    RULE_BYTES, /* a constant of so many bytes */
    RULE_NULL,
    RULE_IS_ZERO,
    RULE_COMPARISON,
    RULE_ARITHMETIC,
    RULE_DIVISION,
    RULE_UNARY,
    RULE_WIDE,
    RULE_WIDE_PRODUCT,
    RULE_LOAD,
    RULE_STORE,
    RULE_BULK,
    RULE_MEMORY_SIZE,
};

struct rule_row {
    uint32_t price;
    uint8_t rule;  /* enum rule */
    uint8_t width; /* of operands, constant or access, in bytes */
    uint16_t cell; /* the first of its cells; of a comparison its number; of control and others the instruction */
};

struct label {
    uint32_t cell;
    uint32_t potential;
    uint32_t line;
    uint32_t local; /* the one that the accumulator equals on all ways that lead here so far, or NONE */
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

/* A loop whose label is not settled yet. */
struct loop {
    uint32_t offset, label;
};

struct translator {
    struct vm_allocator allocator;
    const struct vm_module *module;
    struct vm_arena *arena; /* has what is made */
    struct vm_fast_code *code;
    struct rule_row rules[256]; /* by the first byte of an instruction */
    bool fold;
    bool lazy;
    bool listing;   /* origins are kept, by word */
    uint32_t limit; /* position up to which cells may be made */

    struct buffer words, made, transfers, sites, loops, labels, lines, controls, entries, origins;
    /* uint32_t by slot: the position where a local was last read or written; of other slots it does not matter.
     * Positions only grow from one function to the next, so nothing is reset: 50,000 locals may be declared in five bytes. */
    struct buffer touched;
    uint32_t transfer_count, site_count, loop_count, label_count, control_count;
    bool short_of_memory;
    bool given_up; /* this function is left to the plain engine */
    bool joins;    /* cells may become parts of others: folding, and not given up */
    union vm_word scratch[VM_MOST_WORDS];
    uint8_t uses[VM_CELL_COUNT]; /* how often each cell was placed, cut short: its handler's copies take turns */

    /* The function.  Positions are in words, and count on from one function to the next. */
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
    bool live;        /* the next instruction can be reached, and is to be translated */

    uint32_t height;
    uint32_t clean;       /* below this height every entry is a value in its slot */
    uint64_t waiting;     /* bit n: an entry may wait for a local whose number ends in these six bits */
    uint32_t accumulator; /* the slot whose value it has, or NONE; that of an entry may itself not have it yet */
    uint32_t saved;       /* an entry that was stored only because the cell at saved_at changes the accumulator */
    uint32_t saved_at;
    uint32_t made_count;  /* cells so far */
    uint32_t region_made; /* those up to the last label, branch or call, which are not to be changed any more */
    uint32_t region;      /* position behind these */
    uint32_t potential;
    uint32_t line;
};

/* Room for `count` items of `size` bytes; NULL, and short_of_memory is set, when there is none.  translate.c */
void *vm_reserve_slow(struct translator *t, struct buffer *buffer, uint32_t count, size_t size);
static inline void *vm_reserve(struct translator *t, struct buffer *buffer, uint32_t count, size_t size) {
    return count <= buffer->capacity ? buffer->data : vm_reserve_slow(t, buffer, count, size);
}

/* Of the instruction under way, in the module's bytes. */
static inline uint32_t vm_offset(const struct translator *t) {
    return (uint32_t)(t->at - t->module->bytes.data);
}

static inline struct entry *entry_at(const struct translator *t, uint32_t index) {
    return (struct entry *)t->entries.data + index;
}

/* A cell at this position reads or writes the slot. */
static inline void vm_touch(struct translator *t, uint32_t slot, uint32_t position) {
    ((uint32_t *)t->touched.data)[slot] = position;
}

static inline uint32_t vm_own_slot(const struct translator *t, uint32_t index) {
    return t->local_count + index;
}

static inline union vm_word *word_at(const struct translator *t, uint32_t position) {
    return (union vm_word *)t->words.data + (position - t->base);
}

static inline struct label *label_at(const struct translator *t, uint32_t index) {
    return (struct label *)t->labels.data + index;
}

/* Where a cell finds an operand. */
enum place { IN_SLOT, IN_ACCUMULATOR, IN_CELL };

/* An operand as a cell takes it. */
struct operand {
    enum place place;
    uint32_t slot; /* also of what is in the accumulator or a constant */
    uint64_t constant;
};

/* stack.c */
union vm_word *vm_emit_slow(struct translator *t, uint32_t token, uint32_t words); /* where there is no room yet */
void vm_store_entry(struct translator *t, uint32_t index);                         /* makes it a value in its slot */
void vm_flush_slow(struct translator *t, uint32_t height);
void vm_to_accumulator(struct translator *t, uint32_t index); /* a constant or sum becomes a value */
void vm_make_sum(struct translator *t, uint32_t index);       /* a sum becomes a value */
void vm_move_to(struct translator *t, uint32_t index, uint32_t slot);
void vm_set_local(struct translator *t, uint32_t local, bool tee);

static inline void vm_give_up(struct translator *t) {
    t->given_up = true;
    t->joins = false;
    t->live = false;
}

/* All entries below this height become values in their slots. */
static inline void vm_flush(struct translator *t, uint32_t height) {
    if (t->clean < height)
        vm_flush_slow(t, height);
}

/* The words that fit without asking.  None while origins are kept: that is done where room is made. */
static inline uint32_t vm_room(const struct translator *t) {
    const uint32_t rest = t->limit - t->base;
    return t->listing ? 0 : t->words.capacity < rest ? t->words.capacity : rest;
}

static inline void vm_note_made(struct translator *t) {
    const uint32_t local = t->accumulator < t->local_count ? t->accumulator : NONE;
    ((struct made *)t->made.data)[t->made_count++] = (struct made){t->size, local};
}

/* Appends a cell of so many words, all zero but the token.  It stays where it is until the next one. */
static inline union vm_word *vm_emit(struct translator *t, uint32_t token, uint32_t words) {
    const uint32_t used = t->size - t->base;
    if (used + VM_MOST_WORDS > t->room)
        return vm_emit_slow(t, token, words);
    union vm_word *const cell = (union vm_word *)t->words.data + used;
    memset(cell, 0, VM_MOST_WORDS * sizeof *cell);
    cell->bits = token;
    vm_note_made(t);
    t->size += words;
    return cell;
}

/* The cell at this position may trap. */
static inline void vm_add_site(struct translator *t, uint32_t position) {
    struct vm_fast_site *const sites = vm_reserve(t, &t->sites, t->site_count + 1, sizeof *sites);
    if (sites != NULL)
        sites[t->site_count++] = (struct vm_fast_site){position - t->base, vm_offset(t), t->potential};
}

static inline struct entry *vm_push(struct translator *t, enum entry_kind kind) {
    struct entry *const entry = entry_at(t, t->height++);
    *entry = (struct entry){.slot = vm_own_slot(t, t->height - 1), .kind = (uint8_t)kind};
    return entry;
}

static inline void vm_push_stored(struct translator *t, uint32_t count) {
    if (t->clean == t->height)
        t->clean += count;
    for (uint32_t i = 0; i < count; i++) {
        struct entry *const entry = vm_push(t, ENTRY_VALUE);
        entry->cell = NONE;
        entry->stored = true;
    }
}

static inline void vm_push_local(struct translator *t, uint32_t local) {
    vm_push(t, ENTRY_LOCAL)->slot = local;
    t->waiting |= UINT64_C(1) << local % 64;
}

static inline void vm_push_constant(struct translator *t, uint64_t constant) {
    vm_push(t, ENTRY_CONSTANT)->constant = constant;
}

static inline void vm_pop(struct translator *t, uint32_t count) {
    t->height -= count;
    if (t->accumulator >= vm_own_slot(t, t->height))
        t->accumulator = NONE;
    if (t->clean > t->height)
        t->clean = t->height;
}

static inline void vm_forget_accumulator(struct translator *t) {
    t->accumulator = NONE;
}

/* The entry in the accumulator, if this is below the height. */
static inline uint32_t vm_held_entry(const struct translator *t) {
    return t->accumulator - t->local_count;
}

static inline void vm_end_region(struct translator *t) {
    t->region = t->size;
    t->region_made = t->made_count;
}

/* The n-th cell from the end: 1 is the last one. */
static inline const struct made *vm_made(const struct translator *t, uint32_t n) {
    return (const struct made *)t->made.data + (t->made_count - n);
}

/* Turns the cell that made the entry in the accumulator into its twin that stores it, too; false if nothing is to be
 * done.  Nothing is ever stored by a further cell. */
static inline bool vm_store_accumulator(struct translator *t) {
    const uint32_t held = vm_held_entry(t);
    if (held >= t->height)
        return false;
    struct entry *const entry = entry_at(t, held);
    if (entry->stored || t->given_up)
        return false;
    union vm_word *const cell = word_at(t, entry->cell);
    cell[0].bits++;
    cell[1].d = (uint16_t)entry->slot;
    entry->stored = true;
    return true;
}

/* In front of a cell that changes the accumulator. */
static inline void vm_save_accumulator(struct translator *t) {
    if (!vm_store_accumulator(t))
        return;
    t->saved = vm_held_entry(t);
    t->saved_at = t->size;
}

/* The n-th cell from the end if a following one may become a part of it, else NULL. */
static inline union vm_word *vm_last_cell(const struct translator *t, uint32_t n) {
    return t->joins && t->made_count - t->region_made >= n ? word_at(t, vm_made(t, n)->position) : NULL;
}

/* The last cell if it may be joined, made this entry, and only the accumulator has it. */
static inline union vm_word *vm_last_maker(const struct translator *t, uint32_t index) {
    const struct entry *const entry = entry_at(t, index);
    if (t->accumulator != vm_own_slot(t, index))
        return NULL;
    union vm_word *const last = vm_last_cell(t, 1);
    return last == NULL || entry->stored || entry->cell != vm_made(t, 1)->position ? NULL : last;
}

/* Where the last cell becomes one that takes this entry, too: if it was only stored because of the last cell, it stays in
 * the accumulator instead.  False if it is to be read from its slot. */
static inline bool vm_unsave(struct translator *t, uint32_t index) {
    const struct entry *const entry = entry_at(t, index);
    if (t->saved != index || t->saved_at != vm_made(t, 1)->position || entry->kind != ENTRY_VALUE ||
        entry->cell == NONE || !entry->stored || entry->second)
        return false;
    word_at(t, entry->cell)->bits--;
    t->saved = NONE;
    return true;
}

/* The same for any other operand: true if the accumulator has it in front of the last cell, which is not to read the
 * accumulator itself. */
static inline bool vm_has_in_front(struct translator *t, uint32_t index) {
    const struct entry *const entry = entry_at(t, index);
    return entry->kind == ENTRY_LOCAL ? vm_made(t, 1)->local == entry->slot : vm_unsave(t, index);
}

/* Takes the last cell back. */
static inline void vm_take_back(struct translator *t) {
    const struct made *const last = vm_made(t, 1);
    t->size = last->position;
    t->accumulator = last->local;
    t->made_count--;
}

/* A sum becomes a value. */
static inline void vm_resolve(struct translator *t, uint32_t index) {
    if (entry_at(t, index)->kind == ENTRY_SUM)
        vm_make_sum(t, index);
}

static inline struct operand vm_operand_at(const struct translator *t, uint32_t index) {
    const struct entry *const entry = entry_at(t, index);
    return (struct operand){.place = entry->kind == ENTRY_CONSTANT   ? IN_CELL
                                     : entry->slot == t->accumulator ? IN_ACCUMULATOR
                                                                     : IN_SLOT,
                            .slot = entry->slot,
                            .constant = entry->constant};
}

/* Notes that the cell at this position reads the slot of the entry, which may be a local. */
static inline void vm_read_operand(struct translator *t, uint32_t index, uint32_t cell) {
    vm_touch(t, entry_at(t, index)->slot, cell);
}

/* Room for the constant in a cell of two words. */
static inline bool vm_fits(uint64_t constant, bool wide) {
    return !wide || constant + (UINT64_C(1) << 31) <= UINT32_MAX;
}

/* Just made by this cell: in the accumulator. */
static inline void vm_push_value(struct translator *t, uint32_t cell) {
    t->accumulator = vm_own_slot(t, t->height);
    vm_push(t, ENTRY_VALUE)->cell = cell;
}

/* A cell that gives a value, which the accumulator alone has then; what that had is stored first. */
static inline union vm_word *vm_emit_value(struct translator *t, uint32_t token, uint32_t words) {
    vm_save_accumulator(t);
    const uint32_t position = t->size;
    union vm_word *const cell = vm_emit(t, token, words);
    vm_push_value(t, position);
    return cell;
}

/* The topmost entries are taken by the next cell. */
static inline void vm_take(struct translator *t, uint32_t count) {
    for (uint32_t i = 1; i <= count; i++)
        vm_read_operand(t, t->height - i, t->size);
    vm_pop(t, count);
}

/* Makes the entry one that a cell of two words can take: no sum, and no constant that is too long. */
static inline void vm_prepare(struct translator *t, uint32_t index, bool wide) {
    const struct entry *const entry = entry_at(t, index);
    if (entry->kind == ENTRY_SUM || (entry->kind == ENTRY_CONSTANT && !vm_fits(entry->constant, wide)))
        vm_to_accumulator(t, index);
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

/* access.c: `first` is the cell of class S (load) or SS (store), width in bytes */
enum { VM_CELLS_PER_LOAD = 16 };
void vm_translate_load(struct translator *t, uint32_t first, uint32_t width);
void vm_translate_store(struct translator *t, uint32_t first, uint32_t width);

/* translate.c: a function whose place in the code was noted */
void vm_translate_function(struct translator *t, uint32_t index);

/* instruction.c */
void vm_translate_live(struct translator *t); /* up to where code can't be reached, or the end */
void vm_fill_rules(struct translator *t);
bool vm_is_comparison(uint32_t token, uint32_t *number); /* one that only fills the accumulator */
uint32_t vm_comparison_class(uint32_t token);            /* 0 SS, 1 AS, 2 SK, 3 AK */
uint32_t vm_inverse_comparison(uint32_t number);

#endif
