/* vm/fast/list.c - internal code for readers. */
#include "vm/fast/fast.h"
#include "vm/fast/run.h"

size_t vm_fast_bytes(const struct vm_module *module) {
    const struct vm_fast_code *const code = module->fast;
    if (code == NULL)
        return 0;
    return sizeof *code + code->word_count * sizeof *code->words + code->site_count * sizeof *code->sites +
           code->loop_count * sizeof *code->loops + module->function_count * sizeof *code->functions;
}

/* Linked cells no more say what they are; their handlers do. */
static uint32_t token_of(const union vm_word *cell) {
    for (uint32_t token = 0; token < VM_CELL_COUNT; token++) {
        union vm_word word = {.bits = token};
        vm_fast_link_handler(&word);
        if (word.bits == cell->bits)
            return token;
    }
    return VM_CELL_COUNT;
}

void vm_fast_list(const struct vm_module *module, uint32_t function,
                  void (*each)(void *context, const struct vm_fast_cell_info *cell), void *context) {
    const struct vm_fast_code *const code = module->fast;
    if (code == NULL || function >= module->function_count || code->functions[function].code == NULL)
        return;
    const struct vm_fast_function *const listed = &code->functions[function];
    for (uint32_t at = 0; at < listed->word_count;) {
        const union vm_word *const cell = listed->code + at;
        const uint32_t token = token_of(cell);
        if (token == VM_CELL_COUNT)
            return;
        const uint32_t words = vm_cell_length(cell, token);
        const struct vm_fast_cell_info info = {.function = function,
                                               .position = at,
                                               .words = words,
                                               .name = vm_cell_names[token],
                                               .a = words > 1 ? cell[1].a : 0,
                                               .b = words > 1 ? cell[1].b : 0,
                                               .c = words > 1 ? cell[1].c : 0,
                                               .d = words > 1 ? cell[1].d : 0,
                                               .k = words > 1 ? cell[1].k : 0};
        each(context, &info);
        at += words;
    }
}
