/* vm/fast/translate.c - module to internal code: functions one after the other, then linking. */
#include <string.h>

#include "vm/code.h"
#include "vm/fast/fast.h"
#include "vm/fast/run.h"
#include "vm/fast/translator.h"
#include "vm/fast/verify.h"
#include "vm/leb128.h"

enum { MOST_STEPS = 32, SLOTS = 65536, WORDS_PER_BYTE = 16, FIRST_CAPACITY = 256 };

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

static void release(const struct translator *t, struct buffer *buffer, size_t size) {
    vm_release(&t->allocator, buffer->data, buffer->capacity * size);
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

/* A call that is to be linked when all functions are placed. */
static void note_call(struct translator *t, struct buffer *calls, uint32_t *count, union vm_word *cell) {
    union vm_word **const noted = vm_reserve(t, calls, *count + 1, sizeof *noted);
    if (noted != NULL)
        noted[(*count)++] = cell;
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
        cell[1].function = t->functions + cell[1].bits;
        cell[3].need = lines[cell[3].need];
        note_call(t, &t->calls, &t->call_count, cell);
        break;
    case VM_FORM_INDIRECT:
        note_call(t, &t->indirect_calls, &t->indirect_call_count, cell);
        cell[2].need = lines[cell[2].need];
        break;
    case VM_FORM_ESCAPE:
        cell[2].need = lines[cell[2].need];
        break;
    }
}

/* Tokens become handlers. */
static void settle(struct translator *t, union vm_word *code, struct vm_fast_origin *origins) {
    const union vm_word *const handlers = vm_fast_handlers();
    const uint32_t *const transfers = t->transfers.data;
    const struct made *const made = t->made.data;
    for (uint32_t i = 0; i < t->transfer_count; i++)
        settle_transfer(t, code + (transfers[i] - t->base), code);
    for (uint32_t i = 1; i < t->made_count; i++) {
        const uint32_t at = made[i].position - t->base, token = (uint32_t)code[at].bits;
        code[at] = handlers[token];
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

/* A copy of `count` items that stays with the module. */
static void *keep(struct translator *t, const void *items, uint32_t count, size_t size) {
    void *const kept = vm_arena_allocate(&t->module->arena, count, size);
    if (kept == NULL)
        t->short_of_memory = true;
    else if (count != 0)
        memcpy(kept, items, count * size);
    t->bytes += count * size;
    return kept;
}

/* Gives the function the code that was made. */
static void place(struct translator *t, struct vm_fast_function *out) {
    const uint32_t count = t->size - t->base;
    union vm_word *const code = keep(t, t->words.data, count, sizeof *code);
    struct vm_fast_loop *const loops = vm_arena_allocate(&t->module->arena, t->loop_count, sizeof *loops);
    out->sites = keep(t, t->sites.data, t->site_count, sizeof *out->sites);
    struct vm_fast_origin *const origins = t->listing ? keep(t, t->origins.data, count, sizeof *origins) : NULL;
    if (t->short_of_memory || loops == NULL) {
        t->short_of_memory = true;
        return;
    }
    settle(t, code, origins);
    out->origins = origins;
    settle_loops(t, loops);
    t->bytes += t->loop_count * sizeof *loops;
    out->loops = loops;
    out->loop_count = t->loop_count;
    out->site_count = t->site_count;
    out->word_count = count;
    out->need = ((const uint32_t *)t->lines.data)[0];
    out->code = code;
}

static uint64_t slots_of(const struct vm_module *module, const struct vm_function *function) {
    return (uint64_t)module->types[function->type].param_count + function->local_count + function->operand_height;
}

/* Makes the translator ready for a function's first instruction. */
static void begin(struct translator *t, uint32_t index, uint32_t entry) {
    const struct vm_function *const function = &t->module->functions[index - t->module->imported_functions];
    const struct vm_function_type *const type = &t->module->types[function->type];
    t->index = index;
    t->base = t->size;
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
    vm_reserve(t, &t->touched, t->local_count, sizeof(uint32_t));
    vm_reserve(t, &t->entries, function->operand_height + 4, sizeof(struct entry));
    struct made *const made = vm_reserve(t, &t->made, 1, sizeof *made);
    if (made != NULL)
        made[0] = (struct made){t->size, NONE};
    uint32_t *const lines = vm_reserve(t, &t->lines, 1, sizeof *lines);
    if (lines != NULL)
        lines[0] = 0;
    vm_open_function(t);
}

void vm_translator_function(struct translator *t, uint32_t index) {
    const struct vm_module *const module = t->module;
    const struct vm_function *const function = &module->functions[index - module->imported_functions];
    const uint64_t slots = slots_of(module, function);
    const uint64_t entry = vm_price_of(t->schedule->local, function->local_count);
    struct vm_fast_function *const out = &t->functions[index];
    *out = (struct vm_fast_function){.need = UINT64_MAX,
                                     .operands = (uint32_t)slots,
                                     .local_count = function->local_count,
                                     .param_count = module->types[function->type].param_count,
                                     .type = function->type};
    if (slots >= SLOTS || entry > GREATEST_POTENTIAL)
        return;
    out->entry = (uint32_t)entry;
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
}

/* Types are looked up by a hash over their bytes, for there may be many.  Who makes many that collide gains nothing: one
 * that is not found soon stands for itself, and calls through a type equal to it are left to the plain engine. */
static uint32_t hash_type(const struct vm_function_type *type) {
    uint32_t hash = 2166136261u ^ type->param_count;
    for (uint32_t i = 0; i < type->param_count + type->result_count; i++)
        hash = (hash ^ type->types[i]) * 16777619u;
    return hash;
}

static bool number_types(const struct translator *t, uint32_t *canonical) {
    const struct vm_module *const module = t->module;
    uint32_t capacity = 16;
    while (capacity < 2 * module->type_count)
        capacity *= 2;
    uint32_t *const table = vm_allocate(&t->allocator, capacity * sizeof *table);
    if (table == NULL)
        return false;
    for (uint32_t i = 0; i < module->type_count; i++) {
        uint32_t at = hash_type(&module->types[i]) & (capacity - 1);
        uint32_t steps = 0;
        while (table[at] != 0 && steps++ < MOST_STEPS &&
               !vm_function_type_equal(&module->types[table[at] - 1], &module->types[i]))
            at = (at + 1) & (capacity - 1);
        if (table[at] == 0)
            table[at] = i + 1;
        canonical[i] = steps > MOST_STEPS ? i : table[at] - 1;
    }
    vm_release(&t->allocator, table, capacity * sizeof *table);
    return true;
}

/* Calls lead to their callees' code without a detour, and types are known by number. */
static bool link(struct translator *t) {
    const uint32_t type_count = t->module->type_count, function_count = t->module->function_count;
    uint32_t *const canonical = vm_allocate(&t->allocator, (type_count + (size_t)1) * sizeof *canonical);
    const bool done = canonical != NULL && number_types(t, canonical);
    for (uint32_t i = t->module->imported_functions; done && i < function_count; i++)
        t->functions[i].type = canonical[t->functions[i].type];
    union vm_word *const *const calls = t->calls.data, *const *const indirect_calls = t->indirect_calls.data;
    for (uint32_t i = 0; i < t->call_count; i++)
        calls[i][2].target = calls[i][1].function->code;
    for (uint32_t i = 0; done && i < t->indirect_call_count; i++)
        indirect_calls[i][1].value = canonical[indirect_calls[i][1].value];
    vm_release(&t->allocator, canonical, (type_count + (size_t)1) * sizeof *canonical);
    return done;
}

static bool publish(struct translator *t) {
    struct vm_fast_code *const code = vm_arena_allocate(&t->module->arena, 1, sizeof *code);
    if (code == NULL || t->short_of_memory || !link(t))
        return false;
    *code = (struct vm_fast_code){.schedule = *t->schedule,
                                  .functions = t->functions,
                                  .bytes = t->bytes + sizeof *code + t->module->function_count * sizeof *t->functions};
    t->module->fast = code;
    return true;
}

void vm_translator_free(struct translator *t) {
    if (t == NULL)
        return;
    release(t, &t->words, sizeof(union vm_word));
    release(t, &t->made, sizeof(struct made));
    release(t, &t->transfers, sizeof(uint32_t));
    release(t, &t->sites, sizeof(struct vm_fast_site));
    release(t, &t->loops, sizeof(struct loop));
    release(t, &t->labels, sizeof(struct label));
    release(t, &t->lines, sizeof(uint32_t));
    release(t, &t->controls, sizeof(struct control));
    release(t, &t->entries, sizeof(struct entry));
    release(t, &t->origins, sizeof(struct vm_fast_origin));
    release(t, &t->touched, sizeof(uint32_t));
    release(t, &t->calls, sizeof(union vm_word *));
    release(t, &t->indirect_calls, sizeof(union vm_word *));
    const struct vm_allocator allocator = t->allocator;
    vm_release(&allocator, t, sizeof *t);
}

static uint32_t words_limit(const struct vm_module *module, const struct vm_fast_options *options) {
    const uint64_t limit = options->words != 0 ? options->words : (uint64_t)module->bytes.size * WORDS_PER_BYTE;
    return limit > INT32_MAX ? INT32_MAX : (uint32_t)limit;
}

struct translator *vm_translator_new(struct vm_module *module, const struct vm_schedule *schedule,
                                     const struct vm_fast_options *options) {
    const struct vm_allocator allocator = module->arena.allocator;
    struct vm_fast_function *const functions =
        vm_arena_allocate(&module->arena, module->function_count, sizeof *functions);
    struct translator *const t = functions == NULL ? NULL : vm_allocate(&allocator, sizeof *t);
    if (t != NULL)
        *t = (struct translator){.allocator = allocator,
                                 .module = module,
                                 .schedule = schedule,
                                 .functions = functions,
                                 .fold = options->fold,
                                 .limit = words_limit(module, options),
                                 .listing = options->listing || VM_DEBUG};
    if (t != NULL)
        vm_fill_rules(t);
    return t;
}

enum vm_status vm_translator_finish(struct translator *t) {
    struct vm_module *const module = t->module;
    const bool done = publish(t);
    vm_translator_free(t);
    if (done && VM_DEBUG)
        vm_fast_insist(module);
    return done ? VM_OK : VM_RESOURCE;
}

enum vm_status vm_translate(struct vm_module *module, const struct vm_schedule *schedule,
                            const struct vm_fast_options *options) {
    if (!vm_translates(module))
        return VM_OK;
    struct translator *const t = vm_translator_new(module, schedule, options);
    if (t == NULL)
        return VM_RESOURCE;
    for (uint32_t i = module->imported_functions; i < module->function_count; i++)
        vm_translator_function(t, i);
    return vm_translator_finish(t);
}
