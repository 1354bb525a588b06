/* vm/fast/translate.c - module to internal code: functions one after the other, then linking. */
#include <string.h>

#include "vm/code.h"
#include "vm/fast/fast.h"
#include "vm/fast/run.h"
#include "vm/fast/translator.h"
#include "vm/leb128.h"

enum { MOST_STEPS = 32, SLOTS = 65536, GREATEST_POTENTIAL = 1 << 30, WORDS_PER_BYTE = 16 };

void *vm_reserve(struct translator *t, struct buffer *buffer, uint32_t count, size_t size) {
    if (count <= buffer->capacity)
        return buffer->data;
    if (t->short_of_memory)
        return NULL;
    uint64_t capacity = 2 * (uint64_t)buffer->capacity;
    capacity = capacity < count ? count : capacity;
    capacity = capacity < 256 ? 256 : capacity;
    void *grown = NULL;
    if (capacity <= UINT32_MAX && capacity <= SIZE_MAX / size)
        grown =
            t->allocator->resize(t->allocator->context, buffer->data, buffer->capacity * size, (size_t)capacity * size);
    if (grown == NULL) {
        t->short_of_memory = true;
        t->given_up = true;
        return NULL;
    }
    buffer->data = grown;
    buffer->capacity = (uint32_t)capacity;
    return grown;
}

static void release(const struct translator *t, struct buffer *buffer, size_t size) {
    vm_release(t->allocator, buffer->data, buffer->capacity * size);
}

/* Types are looked up by a hash over their bytes, for there may be many.  Who makes many that collide gains nothing: one
 * that is not found soon stands for itself, and calls through a type equal to it are left to the plain engine. */
static uint32_t hash_type(const struct vm_function_type *type) {
    uint32_t hash = 2166136261u ^ type->param_count;
    for (uint32_t i = 0; i < type->param_count + type->result_count; i++)
        hash = (hash ^ type->types[i]) * 16777619u;
    return hash;
}

static bool number_types(struct translator *t) {
    const struct vm_module *const module = t->module;
    uint32_t capacity = 16;
    while (capacity < 2 * module->type_count)
        capacity *= 2;
    uint32_t *const table = vm_allocate(t->allocator, capacity * sizeof *table);
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
        t->canonical[i] = steps > MOST_STEPS ? i : table[at] - 1;
    }
    vm_release(t->allocator, table, capacity * sizeof *table);
    return true;
}

static void read_op(struct translator *t) {
    t->at = t->pc;
    const uint8_t byte = *t->pc++;
    t->op = vm_op_by_byte[byte];
    if (t->op == VM_OP_COUNT)
        t->op = vm_op_by_prefix(byte, vm_read_u32(&t->pc));
    t->price = t->schedule->instruction[t->op];
}

static void translate_one(struct translator *t) {
    read_op(t);
    if (!t->live) {
        vm_skip_dead(t);
        return;
    }
    t->potential += t->price;
    if (t->price > GREATEST_POTENTIAL || t->potential > GREATEST_POTENTIAL) {
        t->given_up = true;
        return;
    }
    if (vm_is_control(t->op))
        vm_translate_control(t);
    else
        vm_translate_instruction(t);
    if (!t->fold && t->live) {
        vm_flush(t, t->height);
        vm_forget_accumulator(t);
        vm_end_region(t);
    }
}

/* Edges and settlements were noted by label and line; now all are known. */
static void settle(struct translator *t) {
    const uint32_t *const edges = t->edges.data, *const settlements = t->settlements.data, *const lines = t->lines.data;
    for (uint32_t i = 0; i < t->edge_count; i++) {
        union vm_word *const edge = word_at(t, edges[i]);
        const struct label *const label = label_at(t, (uint32_t)edge[0].bits);
        edge[0].bits = label->cell;
        edge[1].cost -= (int32_t)label->potential;
        edge[1].need = lines[label->line];
        edge[2].potential = label->potential;
    }
    for (uint32_t i = 0; i < t->settlement_count; i++) {
        union vm_word *const word = word_at(t, settlements[i]);
        word->need = lines[word->need];
    }
}

static void settle_loops(struct translator *t, uint32_t first) {
    struct vm_fast_loop *const loops = t->loops.data;
    const uint32_t *const lines = t->lines.data;
    for (uint32_t i = first; i < t->loop_count; i++) {
        const struct label *const label = label_at(t, loops[i].label);
        loops[i].need = lines[label->line];
        loops[i].potential = label->potential;
    }
}

static void translate_function(struct translator *t, uint32_t index, struct vm_fast_function *out) {
    const struct vm_module *const module = t->module;
    const struct vm_function *const function = &module->functions[index - module->imported_functions];
    const struct vm_function_type *const type = &module->types[function->type];
    const uint64_t slots = (uint64_t)type->param_count + function->local_count + function->operand_height;
    const uint32_t start = t->size, first_site = t->site_count, first_loop = t->loop_count;
    *out = (struct vm_fast_function){.need = UINT64_MAX,
                                     .operands = (uint32_t)slots,
                                     .local_count = function->local_count,
                                     .param_count = type->param_count,
                                     .type = t->canonical[function->type],
                                     .first_loop = first_loop};
    const uint64_t entry = vm_price_of(t->schedule->local, function->local_count);
    if (slots >= SLOTS || entry > GREATEST_POTENTIAL)
        return;
    out->entry = (uint32_t)entry;
    t->function = function;
    t->index = index;
    t->local_count = type->param_count + function->local_count;
    t->result_count = type->result_count;
    t->pc = module->bytes.data + function->code_start;
    t->branch = 0;
    t->skipped = 0;
    t->live = true;
    t->given_up = false;
    t->edge_count = 0;
    t->settlement_count = 0;
    t->height = 0;
    t->clean = 0;
    t->potential = out->entry;
    t->line = 0;
    vm_forget_accumulator(t);
    vm_end_region(t);
    vm_reserve(t, &t->entries, function->operand_height + 4, sizeof(struct entry));
    uint32_t *const lines = vm_reserve(t, &t->lines, 1, sizeof *lines);
    vm_open_function(t);
    if (t->given_up || lines == NULL)
        return;
    lines[0] = 0;
    while (t->control_count != 0 && !t->given_up)
        translate_one(t);
    if (t->given_up) {
        while (t->height > 0)
            vm_pop(t);
        t->size = start;
        t->site_count = first_site;
        t->loop_count = first_loop;
        return;
    }
    settle(t);
    settle_loops(t, first_loop);
    out->loop_count = t->loop_count - first_loop;
    out->need = ((const uint32_t *)t->lines.data)[0];
    out->first_word = start;
    out->word_count = t->size - start;
}

/* The words of an edge, counted from the start of its cell; 0 if the cell has none. */
static uint32_t edge_of(uint32_t token) {
    if (token == VM_CELL_BR)
        return 1;
    if (token >= VM_CELL_ADD_BR_I32_EQ_K && token <= VM_CELL_ADD_BR_I32_GE_U_S)
        return 3;
    const bool comparison = token >= VM_CELL_BR_I32_EQ_SS && token <= VM_CELL_BR_I64_GE_U_AK;
    return comparison || (token >= VM_CELL_BR_NZ_S && token <= VM_CELL_BR_TABLE_A) ? 2 : 0;
}

/* Tokens become handlers, positions become addresses. */
static void link_words(union vm_word *words, uint32_t count, const struct vm_fast_function *functions,
                       struct vm_fast_origin *origins) {
    for (uint32_t at = 0; at < count;) {
        union vm_word *const cell = words + at;
        const uint32_t token = (uint32_t)cell->bits;
        if (origins != NULL)
            origins[at].token = token;
        at += vm_cell_length(cell, token);
        const uint32_t edge = edge_of(token);
        const bool table = token == VM_CELL_BR_TABLE_S || token == VM_CELL_BR_TABLE_A;
        const uint32_t edges = edge == 0 ? 0 : table ? cell[1].d : 1;
        for (uint32_t i = 0; i < edges; i++) {
            union vm_word *const word = cell + edge + 3 * (size_t)i;
            const uint64_t target = word->bits;
            word->target = words + target;
        }
        if (token == VM_CELL_CALL) {
            const uint64_t index = cell[1].bits;
            cell[1].function = functions + index;
        }
        vm_fast_link_handler(cell);
    }
}

/* Copies what was made into the module's arena. */
static bool publish(struct translator *t, struct vm_module *module, struct vm_fast_function *functions) {
    struct vm_fast_code *const code = vm_arena_allocate(&module->arena, 1, sizeof *code);
    union vm_word *const words = vm_arena_allocate(&module->arena, t->size, sizeof *words);
    struct vm_fast_site *const sites = vm_arena_allocate(&module->arena, t->site_count, sizeof *sites);
    struct vm_fast_loop *const loops = vm_arena_allocate(&module->arena, t->loop_count, sizeof *loops);
    struct vm_fast_origin *const origins =
        t->listing ? vm_arena_allocate(&module->arena, t->size, sizeof *origins) : NULL;
    if (code == NULL || words == NULL || sites == NULL || loops == NULL || (t->listing && origins == NULL))
        return false;
    if (t->listing && t->size != 0)
        memcpy(origins, t->origins.data, t->size * sizeof *origins);
    if (t->size != 0)
        memcpy(words, t->words.data, t->size * sizeof *words);
    if (t->site_count != 0)
        memcpy(sites, t->sites.data, t->site_count * sizeof *sites);
    if (t->loop_count != 0)
        memcpy(loops, t->loops.data, t->loop_count * sizeof *loops);
    link_words(words, t->size, functions, origins);
    for (uint32_t i = 0; i < module->function_count; i++)
        if (functions[i].need != UINT64_MAX)
            functions[i].code = words + functions[i].first_word;
    *code = (struct vm_fast_code){.schedule = *t->schedule,
                                  .words = words,
                                  .word_count = t->size,
                                  .functions = functions,
                                  .sites = sites,
                                  .site_count = t->site_count,
                                  .loops = loops,
                                  .loop_count = t->loop_count,
                                  .origins = origins};
    module->fast = code;
    return true;
}

static void clear(struct translator *t) {
    release(t, &t->words, sizeof(union vm_word));
    release(t, &t->sites, sizeof(struct vm_fast_site));
    release(t, &t->loops, sizeof(struct vm_fast_loop));
    release(t, &t->labels, sizeof(struct label));
    release(t, &t->edges, sizeof(uint32_t));
    release(t, &t->settlements, sizeof(uint32_t));
    release(t, &t->lines, sizeof(uint32_t));
    release(t, &t->controls, sizeof(struct control));
    release(t, &t->entries, sizeof(struct entry));
    release(t, &t->origins, sizeof(struct vm_fast_origin));
    vm_release(t->allocator, t->waiting, SLOTS * sizeof *t->waiting);
    vm_release(t->allocator, t->touched, SLOTS * sizeof *t->touched);
    vm_release(t->allocator, t->canonical, (t->module->type_count + (size_t)1) * sizeof *t->canonical);
}

static uint32_t words_limit(const struct vm_module *module, const struct vm_fast_options *options) {
    const uint64_t limit = options->words != 0 ? options->words : (uint64_t)module->bytes.size * WORDS_PER_BYTE;
    return limit > INT32_MAX ? INT32_MAX : (uint32_t)limit;
}

enum vm_status vm_translate(struct vm_module *module, const struct vm_schedule *schedule,
                            const struct vm_fast_options *options) {
    /* Cells know one memory; modules with more of them are rare, and the plain engine's. */
    if (module->memory_count > 1)
        return VM_OK;
    const struct vm_allocator allocator = module->arena.allocator;
    struct translator t = {.allocator = &allocator,
                           .module = module,
                           .schedule = schedule,
                           .fold = options->fold,
                           .limit = words_limit(module, options),
                           .listing = options->listing};
    struct vm_fast_function *const functions =
        vm_arena_allocate(&module->arena, module->function_count, sizeof *functions);
    t.waiting = vm_allocate(&allocator, SLOTS * sizeof *t.waiting);
    t.touched = vm_allocate(&allocator, SLOTS * sizeof *t.touched);
    t.canonical = vm_allocate(&allocator, (module->type_count + (size_t)1) * sizeof *t.canonical);
    bool done = functions != NULL && t.waiting != NULL && t.touched != NULL && t.canonical != NULL && number_types(&t);
    for (uint32_t i = module->imported_functions; done && i < module->function_count; i++) {
        translate_function(&t, i, &functions[i]);
        done = !t.short_of_memory;
    }
    done = done && publish(&t, module, functions);
    clear(&t);
    return done ? VM_OK : VM_RESOURCE;
}
