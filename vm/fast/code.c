/* vm/fast/code.c - a module's internal code: its beginning, translation of all functions or of each when it is first
 * called, its end. */
#include "vm/fast/fast.h"
#include "vm/fast/translator.h"
#include "vm/fast/verify.h"

enum { MOST_STEPS = 32, SLOTS = 65536, WORDS_PER_BYTE = 16 };

/* Only the words in front of these are ever read. */
static const union vm_word no_code[2][2] = {{{.bits = UINT64_MAX}}, {{.bits = UINT64_MAX}}};
const union vm_word *const vm_fast_later = &no_code[0][1], *const vm_fast_never = &no_code[1][1];

/* Types are looked up by a hash over their bytes, for there may be many.  Who makes many that collide gains nothing: one
 * that is not found soon stands for itself, and calls through a type equal to it are left to the plain engine. */
static uint32_t hash_type(const struct vm_function_type *type) {
    uint32_t hash = 2166136261u ^ type->param_count;
    for (uint32_t i = 0; i < type->param_count + type->result_count; i++)
        hash = (hash ^ type->types[i]) * 16777619u;
    return hash;
}

/* types: [type_count], of each the first equal one. */
static bool number_types(const struct vm_module *module, const struct vm_allocator *allocator, uint32_t *types) {
    uint32_t capacity = 16;
    while (capacity < 2 * module->type_count)
        capacity *= 2;
    uint32_t *const table = vm_allocate(allocator, capacity * sizeof *table);
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
        types[i] = steps > MOST_STEPS ? i : table[at] - 1;
    }
    vm_release(allocator, table, capacity * sizeof *table);
    return true;
}

static uint32_t words_limit(const struct vm_module *module, const struct vm_fast_options *options) {
    const uint64_t limit = options->words != 0 ? options->words : (uint64_t)module->bytes.size * WORDS_PER_BYTE;
    return limit > INT32_MAX ? INT32_MAX : (uint32_t)limit;
}

static struct vm_fast_code *new_code(struct vm_module *module, const struct vm_schedule *schedule,
                                     const struct vm_fast_options *options) {
    struct vm_arena *const arena = &module->arena;
    struct vm_fast_code *const code = vm_arena_allocate(arena, 1, sizeof *code);
    uint32_t *const types = vm_arena_allocate(arena, module->type_count, sizeof *types);
    struct vm_fast_function *const functions = vm_arena_allocate(arena, module->function_count, sizeof *functions);
    if (code == NULL || types == NULL || functions == NULL || !number_types(module, &arena->allocator, types))
        return NULL;
    for (uint32_t i = 0; i < module->function_count; i++)
        atomic_init(&functions[i].code, vm_fast_never);
    code->schedule = *schedule;
    code->functions = functions;
    code->types = types;
    code->fold = options->fold;
    code->room = words_limit(module, options);
    atomic_init(&code->bytes,
                sizeof *code + module->type_count * sizeof *types + module->function_count * sizeof *functions);
    vm_arena_init(&code->late, &arena->allocator);
    atomic_init(&code->held, 0);
    atomic_flag_clear(&code->busy);
    return code;
}

static struct translator *new_translator(const struct vm_module *module, struct vm_fast_code *code,
                                         struct vm_arena *arena) {
    struct translator *const t = vm_allocate(&arena->allocator, sizeof *t);
    if (t == NULL)
        return NULL;
    *t = (struct translator){
        .allocator = arena->allocator, .module = module, .arena = arena, .code = code, .fold = code->fold};
    t->listing = VM_DEBUG;
    vm_fill_rules(t);
    return t;
}

static void release(const struct translator *t, struct buffer *buffer, size_t size) {
    vm_release(&t->allocator, buffer->data, buffer->capacity * size);
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
    const struct vm_allocator allocator = t->allocator;
    vm_release(&allocator, t, sizeof *t);
}

struct translator *vm_translator_new(struct vm_module *module, const struct vm_schedule *schedule,
                                     const struct vm_fast_options *options) {
    struct vm_fast_code *const code = new_code(module, schedule, options);
    struct translator *const t = code == NULL ? NULL : new_translator(module, code, &module->arena);
    if (t != NULL) {
        t->lazy = options->lazy;
        t->listing = t->listing || options->listing;
    }
    return t;
}

void vm_translator_function(struct translator *t, uint32_t index) {
    const struct vm_module *const module = t->module;
    const struct vm_function *const function = &module->functions[index - module->imported_functions];
    const struct vm_function_type *const type = &module->types[function->type];
    const uint64_t slots = (uint64_t)type->param_count + function->local_count + function->operand_height;
    const uint64_t entry = vm_price_of(t->code->schedule.local, function->local_count);
    struct vm_fast_function *const out = &t->code->functions[index];
    out->type = t->code->types[function->type];
    out->operands = (uint32_t)slots;
    out->local_count = function->local_count;
    out->param_count = type->param_count;
    if (slots >= SLOTS || entry > GREATEST_POTENTIAL)
        return;
    out->entry = (uint32_t)entry;
    atomic_init(&out->code, vm_fast_later);
    if (!t->lazy)
        vm_translate_function(t, index);
}

enum vm_status vm_translator_finish(struct translator *t, struct vm_module *module) {
    const bool done = !t->short_of_memory, lazy = t->lazy;
    if (done) {
        vm_fast_free(module->fast);
        module->fast = t->code;
    }
    vm_translator_free(t);
    for (uint32_t i = module->imported_functions; done && !lazy && VM_DEBUG && i < module->function_count; i++)
        vm_fast_insist(module, i);
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
    return vm_translator_finish(t, module);
}

/* Makes one function; `busy` is ours. */
static void make(const struct vm_module *module, struct vm_fast_code *code, uint32_t index) {
    struct translator *const t = new_translator(module, code, &code->late);
    if (t == NULL)
        return;
    vm_translate_function(t, index);
    vm_translator_free(t);
    atomic_store_explicit(&code->held, code->late.used, memory_order_relaxed);
    if (VM_DEBUG)
        vm_fast_insist(module, index);
}

const union vm_word *vm_fast_make(const struct vm_module *module, uint32_t index) {
    struct vm_fast_code *const code = module->fast;
    const struct vm_fast_function *const function = &code->functions[index];
    if (atomic_flag_test_and_set_explicit(&code->busy, memory_order_acquire))
        return vm_fast_later;
    if (vm_fast_start(function) == vm_fast_later)
        make(module, code, index);
    atomic_flag_clear_explicit(&code->busy, memory_order_release);
    return vm_fast_start(function);
}

void vm_fast_free(struct vm_fast_code *code) {
    if (code != NULL)
        vm_arena_clear(&code->late);
}

size_t vm_fast_bytes(const struct vm_module *module) {
    return module->fast == NULL ? 0 : atomic_load_explicit(&module->fast->bytes, memory_order_relaxed);
}
