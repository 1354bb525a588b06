/* vm/fast/translate.c - one function to internal code. */
#include "vm/fast/run.h"
#include "vm/fast/translator.h"

enum { FIRST_CAPACITY = 256 };

#define CELL(name, words, form) static_assert((words) <= VM_MOST_WORDS, #name " is too long to be zeroed at once");
#include "vm/fast/cells.def"

void *vm_reserve_slow(struct translator *t, struct buffer *buffer, uint32_t count, size_t size) {
    if (t->short_of_memory)
        return NULL;
    uint64_t capacity = 2 * (uint64_t)buffer->capacity;
    capacity = capacity < count ? count : capacity;
    capacity = capacity < FIRST_CAPACITY ? FIRST_CAPACITY : capacity;
    void *grown = NULL;
    if (capacity <= UINT32_MAX && capacity <= SIZE_MAX / size)
        grown =
            t->allocator.resize(t->allocator.context, buffer->data, buffer->capacity * size, (size_t)capacity * size);
    if (grown == NULL) {
        t->short_of_memory = true;
        vm_give_up(t);
        return NULL;
    }
    buffer->data = grown;
    buffer->capacity = (uint32_t)capacity;
    return grown;
}

/* An edge was noted by its label: now that is known. */
static void settle_edge(const struct translator *t, union vm_word *edge, const union vm_word *code) {
    const struct label *const label = label_at(t, (uint32_t)edge[0].bits);
    const uint32_t *const lines = t->lines.data;
    edge[0].target = code + (label->cell - t->base);
    edge[1].cost -= (int32_t)label->potential;
    edge[1].need = lines[label->line];
    edge[2].potential = label->potential;
}

/* Labels become addresses, lines what they need. */
static void settle_transfer(struct translator *t, union vm_word *cell, const union vm_word *code) {
    const uint32_t *const lines = t->lines.data;
    const enum vm_cell_form form = (enum vm_cell_form)vm_cells[cell->bits].form;
    switch (form) {
    case VM_FORM_DATA:
        break;
    case VM_FORM_EDGE_1:
    case VM_FORM_EDGE_2:
    case VM_FORM_EDGE_3:
    case VM_FORM_EDGE_4:
    case VM_FORM_EDGE_5:
        settle_edge(t, cell + form, code);
        break;
    case VM_FORM_TABLE:
        for (uint32_t i = 0; i < cell[1].d; i++)
            settle_edge(t, cell + 2 + 3 * (size_t)i, code);
        break;
    case VM_FORM_CALL:
    case VM_FORM_ESCAPE:
        cell[2].need = lines[cell[2].need];
        break;
    }
}

/* Tokens become handlers. */
static void settle(struct translator *t, union vm_word *code, struct vm_fast_origin *origins) {
    uint32_t copies;
    const union vm_word *const handlers = vm_fast_handlers(&copies);
    const uint32_t *const transfers = t->transfers.data;
    const struct made *const made = t->made.data;
    for (uint32_t i = 0; i < t->transfer_count; i++)
        settle_transfer(t, code + (transfers[i] - t->base), code);
    for (uint32_t i = 1; i < t->made_count; i++) {
        const uint32_t at = made[i].position - t->base, token = (uint32_t)code[at].bits;
        code[at] = handlers[(t->uses[token]++ & (copies - 1)) * VM_CELL_COUNT + token];
        if (origins != NULL)
            origins[at].token = token;
    }
}

static void settle_loops(const struct translator *t, struct vm_fast_loop *out) {
    const struct loop *const loops = t->loops.data;
    const uint32_t *const lines = t->lines.data;
    for (uint32_t i = 0; i < t->loop_count; i++) {
        const struct label *const label = label_at(t, loops[i].label);
        out[i] = (struct vm_fast_loop){.offset = loops[i].offset,
                                       .cell = label->cell - t->base,
                                       .need = lines[label->line],
                                       .potential = label->potential};
    }
}

/* Room for `count` items that stay with the module, and a copy of those that are given. */
static void *keep(struct translator *t, const void *items, uint32_t count, size_t size) {
    void *const kept = vm_arena_allocate(t->arena, count, size);
    if (kept == NULL)
        t->short_of_memory = true;
    else if (items != NULL && count != 0)
        memcpy(kept, items, count * size);
    return kept;
}

/* Gives the function the code that was made. */
static void place(struct translator *t, struct vm_fast_function *out) {
    const uint32_t count = t->size - t->base;
    union vm_word *const code = keep(t, NULL, count + 1, sizeof *code);
    struct vm_fast_loop *const loops = keep(t, NULL, t->loop_count, sizeof *loops);
    struct vm_fast_site *const sites = keep(t, t->sites.data, t->site_count, sizeof *sites);
    struct vm_fast_origin *const origins = t->listing ? keep(t, t->origins.data, count, sizeof *origins) : NULL;
    if (t->short_of_memory)
        return;
    code[0].bits = ((const uint32_t *)t->lines.data)[0];
    memcpy(code + 1, t->words.data, count * sizeof *code);
    settle(t, code + 1, origins);
    settle_loops(t, loops);
    out->sites = sites;
    out->loops = loops;
    out->origins = origins;
    out->loop_count = t->loop_count;
    out->site_count = t->site_count;
    out->word_count = count;
    atomic_store_explicit(&out->code, code + 1, memory_order_release);
    t->code->room -= count;
    atomic_fetch_add_explicit(&t->code->bytes,
                              (count + 1) * sizeof *code + t->loop_count * sizeof *loops +
                                  t->site_count * sizeof *sites + (t->listing ? count * sizeof *origins : 0),
                              memory_order_relaxed);
}

/* Makes the translator ready for a function's first instruction. */
static void begin(struct translator *t, uint32_t index, uint32_t entry) {
    const struct vm_function *const function = &t->module->functions[index - t->module->imported_functions];
    const struct vm_function_type *const type = &t->module->types[function->type];
    t->base = t->size;
    t->limit = t->code->room > UINT32_MAX - t->base ? UINT32_MAX : t->base + t->code->room;
    t->room = vm_room(t);
    t->local_count = type->param_count + function->local_count;
    t->result_count = type->result_count;
    t->pc = t->module->bytes.data + function->code_start;
    t->branch = 0;
    t->skipped = 0;
    t->live = true;
    t->given_up = t->short_of_memory;
    t->joins = t->fold && !t->given_up;
    t->transfer_count = 0;
    t->site_count = 0;
    t->loop_count = 0;
    t->height = 0;
    t->clean = 0;
    t->waiting = 0;
    t->made_count = 1; /* in front of the first cell something is, so that there always is a last one */
    t->potential = entry;
    t->line = 0;
    t->saved = NONE;
    vm_forget_accumulator(t);
    vm_end_region(t);
    vm_reserve(t, &t->touched, t->local_count + function->operand_height + 4, sizeof(uint32_t));
    vm_reserve(t, &t->entries, function->operand_height + 4, sizeof(struct entry));
    struct made *const made = vm_reserve(t, &t->made, 1, sizeof *made);
    if (made != NULL)
        made[0] = (struct made){t->size, NONE};
    uint32_t *const lines = vm_reserve(t, &t->lines, 1, sizeof *lines);
    if (lines != NULL)
        lines[0] = 0;
    vm_open_function(t);
}

void vm_translate_function(struct translator *t, uint32_t index) {
    struct vm_fast_function *const out = &t->code->functions[index];
    begin(t, index, out->entry);
    while (!t->given_up && t->control_count != 0) {
        if (t->live)
            vm_translate_live(t);
        else
            vm_skip_dead(t);
    }
    if (!t->given_up)
        place(t, out);
    else
        t->size = t->base;
    if (vm_fast_start(out) == vm_fast_later)
        atomic_store_explicit(&out->code, vm_fast_never, memory_order_release);
}
