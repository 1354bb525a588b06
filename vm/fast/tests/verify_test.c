/* The charges of internal code are worked out a second time, and nothing differs; and each number of it counts: with one
 * of them changed, something does.  Prices are all different here, so that no two instructions are taken for each other.
 * Arguments: more modules. */
#include "loader/text/text.h"
#include "vm/fast/tests/duel.h"

/* ---- Each number counts ----------------------------------------------------------------------------------------- */

enum number { TARGET, COST, NEED, BRANCH, POTENTIAL, OFFSET, NEXT_BRANCH, BEFORE, AFTER, SPENT, DELTA, SLOT, K };
static const char *const number_names[] = {"target", "cost",  "need",  "branch", "potential", "offset", "next branch",
                                           "before", "after", "spent", "delta",  "slot",      "k"};

static void change(union vm_word *word, enum number number, int by) {
    const uint32_t more = (uint32_t)by;
    switch (number) {
    case TARGET:
        word->target += by;
        return;
    case COST:
        word->cost += by;
        return;
    case NEED:
        word->need += more;
        return;
    case BRANCH:
        word->branch += more;
        return;
    case POTENTIAL:
        word->potential += more;
        return;
    case OFFSET:
        word->offset += more;
        return;
    case NEXT_BRANCH:
        word->next_branch += more;
        return;
    case BEFORE:
        word->before += more;
        return;
    case AFTER:
        word->after += more;
        return;
    case SPENT:
        word->spent += more;
        return;
    case DELTA:
        word->delta = (uint16_t)(word->delta + more);
        return;
    case SLOT:
        word->slot = (uint16_t)(word->slot + more);
        return;
    case K:
        word->k += more;
        return;
    }
}

/* Some functions of a module, of which the numbers are changed. */
struct subject {
    const struct vm_module *module;
    uint32_t function;
    uint32_t tried[VM_FORM_ESCAPE + 1];
};

static void expect_difference(const struct subject *subject, const char *what, unsigned long at) {
    struct vm_fast_difference found;
    check_report(vm_fast_verify(subject->module, subject->function, &found) == VM_INVALID, __FILE__, __LINE__,
                 "function %" PRIu32 ": nobody notices a wrong %s at +%lu", subject->function, what, at);
}

static union vm_word *start_of(const struct subject *subject) {
    return (union vm_word *)(uintptr_t)vm_fast_start(&subject->module->fast->functions[subject->function]);
}

static void spoil(const struct subject *subject, union vm_word *word, enum number number) {
    const union vm_word *const code = start_of(subject);
    for (int by = -1; by <= 1; by += 2) {
        change(word, number, by);
        expect_difference(subject, number_names[number], (unsigned long)(word - code));
        change(word, number, -by);
    }
}

static void spoil_edge(const struct subject *subject, union vm_word *edge) {
    spoil(subject, edge, TARGET);
    spoil(subject, edge + 1, COST);
    spoil(subject, edge + 1, NEED);
    spoil(subject, edge + 2, BRANCH);
    spoil(subject, edge + 2, POTENTIAL);
}

static void spoil_place(const struct subject *subject, union vm_word *place, bool comes_back) {
    spoil(subject, place, COST);
    spoil(subject, place + 1, OFFSET);
    spoil(subject, place + 1, NEXT_BRANCH);
    spoil(subject, place + 2, BEFORE);
    spoil(subject, place + 3, SPENT);
    if (!comes_back)
        return;
    spoil(subject, place, NEED);
    spoil(subject, place + 2, AFTER);
}

static void spoil_cell(void *context, const struct vm_fast_cell_info *info) {
    struct subject *const subject = context;
    union vm_word *const cell = start_of(subject) + info->position;
    const enum vm_cell_form form = (enum vm_cell_form)vm_cells[info->token].form;
    subject->tried[form]++;
    if (info->token >= VM_CELL_RETURN_0 && info->token <= VM_CELL_RETURN_N)
        spoil(subject, cell + 1, K);
    if (form >= VM_FORM_EDGE_1 && form < VM_FORM_TABLE)
        spoil_edge(subject, cell + form);
    switch ((uint32_t)form) {
    case VM_FORM_TABLE:
        for (uint32_t i = 0; i < cell[1].d; i++)
            spoil_edge(subject, cell + 2 + 3 * (size_t)i);
        return;
    case VM_FORM_CALL:
        spoil_place(subject, cell + 2, true);
        spoil(subject, cell + 5, DELTA);
        if (info->token != VM_CELL_CALL)
            spoil(subject, cell + 5, SLOT);
        return;
    case VM_FORM_ESCAPE:
        spoil_place(subject, cell + 2, cell[5].slot != 0);
        spoil(subject, cell + 5, SLOT);
        if (info->token != VM_CELL_ESCAPE)
            spoil(subject, cell + 1, K);
        return;
    }
}

#define SPOIL(subject, number)                                                                                         \
    do {                                                                                                               \
        (number)++;                                                                                                    \
        expect_difference(subject, #number, 0);                                                                        \
        (number)--;                                                                                                    \
    } while (0)

static void spoil_function(struct subject *subject) {
    struct vm_fast_function *const function = &subject->module->fast->functions[subject->function];
    SPOIL(subject, start_of(subject)[-1].bits);
    SPOIL(subject, function->entry);
    SPOIL(subject, function->local_count);
    for (uint32_t i = 0; i < function->site_count; i++) {
        struct vm_fast_site *const site = (struct vm_fast_site *)(uintptr_t)&function->sites[i];
        SPOIL(subject, site->cell);
        SPOIL(subject, site->offset);
        SPOIL(subject, site->potential);
    }
    for (uint32_t i = 0; i < function->loop_count; i++) {
        struct vm_fast_loop *const loop = (struct vm_fast_loop *)(uintptr_t)&function->loops[i];
        SPOIL(subject, loop->offset);
        SPOIL(subject, loop->cell);
        SPOIL(subject, loop->need);
        SPOIL(subject, loop->potential);
    }
    if (function->site_count != 0)
        SPOIL(subject, function->site_count);
    if (function->loop_count != 0)
        SPOIL(subject, function->loop_count);
}

static void spoil_module(const struct vm_module *module) {
    struct subject subject = {.module = module};
    for (uint32_t i = module->imported_functions; i < module->function_count; i++) {
        subject.function = i;
        CHECK(vm_fast_is_code(vm_fast_start(&module->fast->functions[i])));
        vm_fast_list(module, i, spoil_cell, &subject);
        spoil_function(&subject);
    }
    for (size_t i = 0; i < sizeof subject.tried / sizeof *subject.tried; i++)
        check_report(subject.tried[i] != 0, __FILE__, __LINE__, "no cell has form %zu", i);
    duel_verify(module);
}

/* ---- Modules ---------------------------------------------------------------------------------------------------- */

/* A memory index of 0 may be written out, where more memories could be: it is no offset. */
static void test_memory_index(struct duel *duel) {
    static const uint8_t module[] = {
        0, 'a',  's', 'm',  1,    0, 0, 0,    1,    6, 1,    0x60, 1, VM_I32, 1,    VM_I32, 3,   2,    1, 0,    5,    3,
        1, 0,    1,   7,    5,    1, 1, 'f',  0,    0, 10,   27,   1, 25,     0,    0x20,   0,   0x41, 7, 0x36, 0x42, 0,
        5, 0x20, 0,   0x28, 0x42, 0, 4, 0x0F, 0x20, 0, 0x2D, 0x40, 0, 1,      0x1A, 0x00,   0x0B};
    check_context("a memory index of 0");
    duel->features.on[VM_FEATURE_MULTI_MEMORY] = true;
    if (!CHECK(duel_load(duel, vm_bytes(module, sizeof module))))
        return;
    uint64_t used;
    const vm_value given[] = {3};
    duel_instantiate(duel);
    CHECK(duel_run(duel, 0, given, 100000, UINT64_MAX, &used));
    CHECK_U64(vm_machine_results(duel->sides[1].machine)[0], 0x700);
    duel_unload(duel);
}

static void test_module(struct duel *duel, const char *path, bool spoils) {
    struct loader_writer read;
    loader_writer_init(&read, &duel->allocator);
    check_context("%s", path);
    struct vm_bytes bytes = {NULL, 0}, assembled = {NULL, 0};
    struct text_error error;
    if (CHECK(duel_read(path, &read)))
        bytes = loader_written(&read);
    if (bytes.size > 0 && bytes.data[0] != 0) {
        CHECK(text_assemble(bytes, NULL, &duel->allocator, &assembled, &error) == VM_OK);
        bytes = assembled;
    }
    if (bytes.size > 0 && duel_load(duel, bytes)) {
        if (spoils)
            spoil_module(duel->sides[1].module);
        duel_unload(duel);
    }
    text_free(&duel->allocator, assembled);
    loader_writer_clear(&read);
}

int main(int count, char **words) {
    static const char *const modules[] = {"dispatch", "fib",    "hashmap", "json", "keccak",
                                          "matmul",   "modexp", "sha256",  "sort"};
    static struct duel duel;
    duel_init(&duel, vm_profile_limits(VM_COMPAT));
    duel.listing = true;
    for (uint32_t op = 0; op < VM_OP_COUNT; op++)
        duel.schedule.instruction[op] += 3 * op;
    duel.schedule.local = (struct vm_price){.amount = 5, .per = 2};
    test_module(&duel, "vm/fast/tests/cells.wat", true);
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        char path[64];
        snprintf(path, sizeof path, "bench/cases/%s.wasm", modules[i]);
        test_module(&duel, path, false);
    }
    for (int i = 1; i < count; i++)
        test_module(&duel, words[i], false);
    test_memory_index(&duel);
    duel_clear(&duel);
    return check_done();
}
