/* vm/fast/list.c - internal code for readers. */
#include <stdio.h>
#include <string.h>

#include "vm/fast/fast.h"
#include "vm/fast/run.h"

struct text {
    char data[512];
    size_t size;
};

#define SAY(text, ...) say(text, snprintf((text)->data + (text)->size, sizeof(text)->data - (text)->size, __VA_ARGS__))
static void say(struct text *text, int size) {
    text->size += size < 0 ? 0 : (size_t)size;
    if (text->size >= sizeof text->data)
        text->size = sizeof text->data - 1; /* the rest of a long br_table is left out */
}

static bool begins(const char *name, const char *with) {
    return strncmp(name, with, strlen(with)) == 0;
}

/* The operand classes at the end of a name (vm/fast/cells.def), "" if it has none; *stores: the cell has its _D. */
static const char *classes_of(const char *name, char out[8], bool *stores) {
    size_t size = strlen(name);
    *stores = size > 2 && strcmp(name + size - 2, "_D") == 0;
    size -= *stores ? 2 : 0;
    size_t start = size;
    while (start > 0 && name[start - 1] != '_')
        start--;
    const size_t length = size - start;
    const bool classes = start > 0 && length > 0 && length < 4 && strspn(name + start, "SAKPXYLN") >= length;
    memcpy(out, name + start, classes ? length : 0);
    out[classes ? length : 0] = '\0';
    return out;
}

static void put_edge(struct text *text, const union vm_word *edge, const union vm_word *code) {
    SAY(text, " -> +%ld cost %ld need %lu potential %lu", (long)(edge[0].target - code), (long)edge[1].cost,
        (unsigned long)edge[1].need, (unsigned long)edge[2].potential);
}

/* Slots and constants, each by the field it lies in. */
static void put_operands(struct text *text, const char *name, const union vm_word *cell, uint32_t words) {
    char classes[8];
    bool stores;
    classes_of(name, classes, &stores);
    const bool access = strstr(name, "LOAD") != NULL || begins(name, "STORE");
    const size_t count = strlen(classes);
    if (count == 3) { /* slots and constants; the accumulator is nowhere in the cell */
        const uint32_t fields[] = {cell[1].a, cell[1].b, cell[1].c};
        for (size_t i = 0; i < count; i++)
            if (classes[i] != 'A')
                SAY(text, " %c %lu", "abc"[i], (unsigned long)fields[i]);
    } else {
        if (strpbrk(classes, "SPXY") != NULL)
            SAY(text, " a %u", cell[1].a);
        if (strcmp(classes, "SS") == 0 && !access)
            SAY(text, " b %u", cell[1].b);
        else if (strpbrk(classes, "KPN") != NULL || access || begins(name, "GLOBAL"))
            SAY(text, " k %ld", (long)cell[1].sk);
        if (strchr(classes, 'X') != NULL)
            SAY(text, " b %u", cell[1].b);
        if (begins(name, "SELECT_I"))
            SAY(text, " from %u %u", cell[2].a, cell[2].d);
        else if (begins(name, "SELECT") && words == 3)
            SAY(text, " b %u c %u constants %ld %ld", cell[1].b, cell[1].c, (long)cell[2].first, (long)cell[2].second);
        else if (begins(name, "SELECT"))
            SAY(text, " b %u c %u", cell[1].b, cell[1].c);
    }
    if (stores || begins(name, "MOVE") || begins(name, "STORE"))
        SAY(text, " d %u", cell[1].d);
    if (words == 3 && access)
        SAY(text, " more %lu value %lu", (unsigned long)cell[2].more, (unsigned long)cell[2].value);
    else if (words == 3 && !begins(name, "SELECT") &&
             (strpbrk(classes, "LK") != NULL || begins(name, "CONSTANT") || begins(name, "MOVE")))
        SAY(text, " constant 0x%llx", (unsigned long long)cell[2].bits);
}

/* local + constant to a local, up to three times, or a load; and what the last value is compared with. */
static void put_additions(struct text *text, const union vm_word *word, int count, bool compares) {
    for (; count > 0; count--, word++)
        SAY(text, " a %u k %ld d %u", word->a, (long)word->sk, word->d);
    if (compares)
        SAY(text, " with %lu", (unsigned long)word->k);
}

/* From slot to slot, two in a word but for the last. */
static void put_moves(struct text *text, const union vm_word *word, uint32_t token) {
    const bool wraps = token == VM_CELL_I32_WRAP_WRAP;
    const int count = wraps || token == VM_CELL_MOVE_SS ? 2 : token == VM_CELL_MOVE_SSS ? 3 : 4;
    for (int i = 0; i < count; i++) {
        const union vm_word *const at = word + (wraps ? i : i / 2);
        const bool second = !wraps && i % 2 == 1;
        SAY(text, " a %u d %u", second ? at->b : at->a, second ? at->c : at->d);
    }
}

static void describe(struct text *text, const struct vm_fast_code *code, const union vm_word *start,
                     const union vm_word *cell, uint32_t token, uint32_t words) {
    const char *const name = vm_cells[token].name;
    const bool adds = begins(name, "ADD_"), branches = begins(name, "BR"), table = begins(name, "BR_TABLE");
    const bool compares = (adds || begins(name, "LOAD")) && strstr(name, "_BR_") != NULL;
    SAY(text, "%s", name);
    if (token == VM_CELL_CALL)
        SAY(text, " function %lu", (unsigned long)(cell[1].function - code->functions));
    else if (token == VM_CELL_I32_WRAP_WRAP || token == VM_CELL_MOVE_SS || token == VM_CELL_MOVE_SSS ||
             token == VM_CELL_MOVE_SSSS)
        put_moves(text, cell + 1, token);
    else if (adds || compares || begins(name, "I32_ADD_ADD"))
        put_additions(text, cell + 1, (int)words - 1 - (adds || compares ? 3 : 0) - (compares ? 1 : 0), compares);
    else if (words > 1 && strcmp(name, "BR") != 0)
        put_operands(text, name, cell, words);
    if (adds || branches || compares) {
        const union vm_word *edge = cell + (table ? 2 : vm_cells[token].form);
        for (uint32_t i = table ? cell[1].d : 1; i != 0; i--, edge += 3)
            put_edge(text, edge, start);
    }
}

void vm_fast_list(const struct vm_module *module, uint32_t function,
                  void (*each)(void *context, const struct vm_fast_cell_info *cell), void *context) {
    const struct vm_fast_code *const code = module->fast;
    if (code == NULL || function >= module->function_count)
        return;
    const struct vm_fast_function *const listed = &code->functions[function];
    const union vm_word *const start = vm_fast_start(listed);
    if (!vm_fast_is_code(start) || listed->origins == NULL)
        return;
    for (uint32_t at = 0; at < listed->word_count;) {
        const union vm_word *const cell = start + at;
        const struct vm_fast_origin origin = listed->origins[at];
        const uint32_t token = origin.token, words = vm_cell_length(cell, token);
        struct text text = {.size = 0};
        describe(&text, code, start, cell, token, words);
        const struct vm_fast_cell_info info = {.function = function,
                                               .position = at,
                                               .words = words,
                                               .offset = origin.offset,
                                               .token = token,
                                               .name = vm_cells[token].name,
                                               .text = text.data};
        each(context, &info);
        at += words;
    }
}
