/* vm/fast/verify.c - charges of internal code, worked out a second time.
 *
 * Control comes to an instruction from the one in front of it, or by an entry of the validator's branch table.  So one
 * walk along the bytes, without blocks or labels, tells for each instruction whether it is reached, at what height, and
 * how much was spent since fuel was settled: the potential.  A second walk, along the cells, asks that each edge charges
 * the difference of two potentials, asks for what its target's line can spend, and leads to where the table says. */
#include "vm/fast/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/fast/translator.h"
#include "vm/leb128.h"

/* What is known in front of an instruction, by its offset from the function's first one. */
struct point {
    uint32_t cell; /* the first that was made for it or for what follows */
    uint32_t potential;
    uint32_t line;
    uint32_t height;
    uint32_t branch; /* the next entry of the branch table */
    uint32_t next;   /* offset of the next instruction */
    uint32_t op;
    bool reached; /* by a branch */
    bool live;
};

struct walk {
    const struct vm_module *module;
    const struct vm_function *function;
    const struct vm_fast_code *code;
    const union vm_word *start;
    const struct vm_fast_function *translated;
    struct point *points; /* one for each byte, and the function's end */
    uint64_t *needs;      /* by line: what was spent at its end */
    uint32_t result_count;

    /* Along the instructions. */
    uint32_t offset, cell, branch, height, line, site, loop;
    uint64_t potential;
    bool live;
    struct vm_fast_difference *difference;
};

static bool differ(struct walk *w, const char *what, int64_t expected, int64_t found) {
    w->difference->offset = w->offset;
    w->difference->position = w->cell;
    w->difference->what = what;
    w->difference->expected = expected;
    w->difference->found = found;
    return false;
}

#define SAME(what, expected, found)                                                                                    \
    do {                                                                                                               \
        const int64_t must_be = (int64_t)(expected), is = (int64_t)(found);                                            \
        if (must_be != is)                                                                                             \
            return differ(w, what, must_be, is);                                                                       \
    } while (0)
#define CHECK_THAT(call)                                                                                               \
    do {                                                                                                               \
        if (!(call))                                                                                                   \
            return false;                                                                                              \
    } while (0)

static struct point *at(const struct walk *w, uint32_t offset) {
    return &w->points[offset - w->function->code_start];
}

static uint32_t token_at(const struct walk *w, uint32_t cell) {
    return w->translated->origins[cell].token;
}

static uint32_t length_at(const struct walk *w, uint32_t cell) {
    return vm_cell_length(w->start + cell, token_at(w, cell));
}

static bool is_edge(uint32_t token) {
    return vm_cells[token].form >= VM_FORM_EDGE_1 && vm_cells[token].form < VM_FORM_TABLE;
}

static bool is_return(uint32_t token) {
    return token >= VM_CELL_RETURN_0 && token <= VM_CELL_RETURN_N;
}

static bool may_trap(uint32_t token) {
    static const char *const words[] = {"LOAD", "STORE", "_DIV_", "_REM_", "UNREACHABLE"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(vm_cells[token].name, words[i]) != NULL)
            return true;
    return false;
}

/* ---- Along the instructions ------------------------------------------------------------------------------------- */

static void settle(struct walk *w, uint64_t potential) {
    w->needs[w->line++] = potential;
    w->potential = 0;
}

/* The next `count` entries of the branch table lead from here, at a height. */
static bool leave_by(struct walk *w, uint32_t count) {
    for (; count != 0; count--, w->branch++) {
        if (!w->live)
            continue;
        SAME("entries of the branch table", true, w->branch < w->function->branch_count);
        const struct vm_branch *const entry = &w->function->branches[w->branch];
        struct point *const target = at(w, entry->target);
        const uint32_t height = entry->height + entry->keep;
        SAME("operands kept by a branch are there", true, height <= w->height);
        if (target->reached || entry->target <= w->offset)
            SAME("height where branches meet", target->height, height);
        if (entry->target <= w->offset)
            SAME("a loop goes back to what is reached", true, target->live);
        target->height = height;
        target->reached = true;
    }
    return true;
}

/* An instruction that may trap has a site, and they come in order. */
static bool see_site(struct walk *w) {
    SAME("sites of traps", true, w->site < w->translated->site_count);
    const struct vm_fast_site *const site = &w->translated->sites[w->site++];
    SAME("offset of a trap's site", w->offset, site->offset);
    SAME("potential of a trap's site", w->potential, site->potential);
    return true;
}

static bool see_loop(struct walk *w, const struct point *point) {
    SAME("starts of loops", true, w->loop < w->translated->loop_count);
    SAME("offset of a loop's start", point->next, w->translated->loops[w->loop++].offset);
    return true;
}

static bool traps(uint32_t op) {
    return vm_opcodes[op].immediate == VM_IMM_MEMARG || op == VM_OP_UNREACHABLE ||
           (op >= VM_OP_I32_DIV_S && op <= VM_OP_I32_REM_U) || (op >= VM_OP_I64_DIV_S && op <= VM_OP_I64_REM_U);
}

/* Operands taken and given; of control only what stays on the way to the next instruction. */
static void effect(const struct walk *w, uint32_t op, const uint8_t *immediate, uint32_t *in, uint32_t *out) {
    const struct vm_function_type *type = NULL;
    *in = (uint32_t)strlen(vm_opcodes[op].in);
    *out = (uint32_t)strlen(vm_opcodes[op].out);
    switch (op) {
    case VM_OP_IF:
    case VM_OP_BR_IF:
    case VM_OP_BR_TABLE:
        *in = 1;
        *out = 0;
        break;
    case VM_OP_SELECT:
    case VM_OP_SELECT_TYPED:
    case VM_OP_TABLE_FILL:
        *in = 3;
        break;
    case VM_OP_TABLE_SET:
    case VM_OP_TABLE_GROW:
        *in = 2;
        break;
    case VM_OP_CALL:
        type = vm_module_function_type(w->module, vm_read_u32(&immediate));
        break;
    case VM_OP_CALL_INDIRECT:
        type = &w->module->types[vm_read_u32(&immediate)];
        break;
    default:
        if (op <= VM_OP_RETURN_CALL_INDIRECT && op != VM_OP_NOP)
            *in = *out = 0;
        break;
    }
    if (type == NULL)
        return;
    *in = type->param_count + (op == VM_OP_CALL_INDIRECT ? 1 : 0);
    *out = type->result_count;
}

/* The form of the cell that ends what was made for an instruction at this place: control has one of a form of its own. */
static bool see_form(struct walk *w, uint32_t op, const uint8_t *immediate, uint32_t last) {
    const uint32_t token = last == NONE ? VM_CELL_COUNT : token_at(w, last);
    const uint32_t form = last == NONE ? VM_FORM_DATA : vm_cells[token].form;
    bool right = form == VM_FORM_DATA || form == VM_FORM_ESCAPE;
    switch (op) {
    case VM_OP_UNREACHABLE:
        right = token == VM_CELL_UNREACHABLE;
        break;
    case VM_OP_RETURN:
        right = is_return(token);
        break;
    case VM_OP_BR:
        right = last != NONE && (is_edge(token) || is_return(token));
        break;
    case VM_OP_ELSE:
    case VM_OP_IF:
    case VM_OP_BR_IF:
        right = last != NONE && is_edge(token);
        break;
    case VM_OP_BR_TABLE:
        right = form == VM_FORM_TABLE || token == VM_CELL_ESCAPE;
        break;
    case VM_OP_CALL:
        right =
            vm_read_u32(&immediate) < w->module->imported_functions ? token == VM_CELL_ESCAPE : token == VM_CELL_CALL;
        break;
    case VM_OP_CALL_INDIRECT:
        right = token == VM_CELL_CALL_INDIRECT_S || token == VM_CELL_CALL_INDIRECT_A;
        break;
    case VM_OP_RETURN_CALL:
    case VM_OP_RETURN_CALL_INDIRECT:
        right = token == VM_CELL_ESCAPE;
        break;
    case VM_OP_BLOCK:
    case VM_OP_LOOP:
        right = form == VM_FORM_DATA;
        break;
    case VM_OP_END:
        right = form == VM_FORM_DATA && (last == NONE || !is_return(token));
        break;
    default:
        right = right && !is_return(token) && token != VM_CELL_UNREACHABLE;
        break;
    }
    SAME("the cell is one for its instruction", true, right);
    return true;
}

/* Entries of the branch table that an instruction has. */
static uint32_t entries_of(uint32_t op, const uint8_t *immediate) {
    if (op == VM_OP_BR_TABLE)
        return vm_read_u32(&immediate) + 1;
    return op == VM_OP_IF || op == VM_OP_ELSE || op == VM_OP_BR || op == VM_OP_BR_IF ? 1 : 0;
}

/* Behind an instruction that is reached: what it spends, and where control goes. */
static bool pass(struct walk *w, struct point *point, const uint8_t *immediate, uint32_t last) {
    const uint32_t op = point->op, price = w->code->schedule.instruction[op];
    uint32_t in, out;
    effect(w, op, immediate, &in, &out);
    SAME("operands are there", true, in <= w->height);
    w->height -= in;
    const bool ends = point->next == w->function->code_end;
    if (!ends)
        CHECK_THAT(see_form(w, op, immediate, last));
    const bool escapes = last != NONE && vm_cells[token_at(w, last)].form == VM_FORM_ESCAPE;
    const bool goes = op == VM_OP_UNREACHABLE || op == VM_OP_ELSE || op == VM_OP_BR || op == VM_OP_BR_TABLE ||
                      op == VM_OP_RETURN || op == VM_OP_RETURN_CALL || op == VM_OP_RETURN_CALL_INDIRECT || ends;
    if (escapes)
        settle(w, w->potential);
    else
        w->potential += price;
    if (traps(op) && !escapes)
        CHECK_THAT(see_site(w));
    if (op == VM_OP_LOOP)
        CHECK_THAT(see_loop(w, point));
    if (ends)
        SAME("results", w->result_count, w->height);
    if ((goes || op == VM_OP_CALL || op == VM_OP_CALL_INDIRECT) && !escapes)
        settle(w, w->potential);
    /* A br that returns, and a br_table that is the plain engine's, go nowhere within this code. */
    w->live = (op != VM_OP_BR || !is_return(token_at(w, last))) && (op != VM_OP_BR_TABLE || !escapes);
    CHECK_THAT(leave_by(w, entries_of(op, immediate)));
    w->height += out;
    w->live = !goes;
    return true;
}

/* Reads the instruction at w->offset, and notes what is known in front of it. */
static const uint8_t *read_instruction(struct walk *w, struct point *point) {
    const uint8_t *const bytes = w->module->bytes.data;
    const uint8_t *pc = bytes + w->offset;
    const uint8_t byte = *pc++;
    point->op = vm_op_by_byte[byte];
    if (point->op == VM_OP_COUNT)
        point->op = vm_op_by_prefix(byte, vm_read_u32(&pc));
    const uint8_t *const immediate = pc;
    vm_skip_immediate(&pc, vm_opcodes[point->op].immediate);
    point->next = (uint32_t)(pc - bytes);
    point->cell = w->cell;
    point->branch = w->branch;
    point->line = w->line;
    point->live = w->live;
    point->height = w->height;
    point->potential = (uint32_t)w->potential;
    return immediate;
}

static bool walk_instructions(struct walk *w) {
    const struct vm_fast_function *const translated = w->translated;
    const uint32_t end = w->function->code_end;
    while (w->offset < end) {
        struct point *const point = at(w, w->offset);
        if (point->reached && w->live)
            SAME("height where control meets", w->height, point->height);
        if (point->reached && !w->live)
            w->height = point->height;
        w->live = w->live || point->reached;
        const uint8_t *const immediate = read_instruction(w, point);
        uint32_t last = NONE;
        while (w->cell < translated->word_count && translated->origins[w->cell].offset == w->offset) {
            last = w->cell;
            w->cell += length_at(w, w->cell);
        }
        if (w->live)
            CHECK_THAT(pass(w, point, immediate, last));
        else
            w->branch += entries_of(point->op, immediate);
        SAME("cells only where control comes", true, point->live || last == NONE || point->next == end);
        w->offset = point->next;
        if (w->offset == end) /* a branch to the end finds the last return */
            *at(w, end) = (struct point){.cell = last, .line = w->line, .reached = at(w, end)->reached};
    }
    settle(w, 0);
    SAME("cells", translated->word_count, w->cell);
    SAME("sites of traps", w->site, translated->site_count);
    SAME("starts of loops", w->loop, translated->loop_count);
    return true;
}

/* ---- Along the cells -------------------------------------------------------------------------------------------- */

/* An edge that is taken at a potential, by an entry of the branch table, and leads to an instruction. */
static bool check_edge(struct walk *w, const union vm_word *edge, uint32_t potential, uint32_t branch,
                       uint32_t target) {
    const struct point *const to = at(w, target);
    SAME("target of an edge", to->cell, edge[0].target - w->start);
    SAME("cost of an edge", (int64_t)potential - to->potential, edge[1].cost);
    SAME("need of an edge", w->needs[to->line], edge[1].need);
    SAME("branch of an edge", branch, edge[2].branch);
    SAME("potential of an edge's target", to->potential, edge[2].potential);
    return true;
}

static bool check_table(struct walk *w, const struct point *point, const union vm_word *cell, uint32_t potential) {
    const struct vm_branch *const entries = &w->function->branches[point->branch];
    const uint32_t edges = cell[1].d;
    const uint8_t *const numbers = (const uint8_t *)(cell + 2 + 3 * (size_t)edges);
    uint32_t seen = 0;
    for (uint32_t i = 0; i <= cell[1].k; i++) {
        uint16_t number;
        memcpy(&number, numbers + 2 * (size_t)i, 2);
        SAME("edges of a table come in order", true, number <= seen && number < edges);
        const union vm_word *const edge = cell + 2 + 3 * (size_t)number;
        if (number == seen) {
            CHECK_THAT(check_edge(w, edge, potential, point->branch + i, entries[i].target));
            seen++;
        }
        SAME("target of a table's entry", at(w, entries[i].target)->cell, edge[0].target - w->start);
        SAME("what a table's entry keeps is in place", true,
             entries[i].keep == 0 || entries[i].height + entries[i].keep == point->height - 1);
    }
    SAME("edges of a table", edges, seen);
    return true;
}

/* Where the plain engine may take over: the last four words of a cell.  charged: what a call settles */
static bool check_place(struct walk *w, const struct point *point, const union vm_word *place, uint32_t charged,
                        bool comes_back) {
    SAME("cost of a place", charged, place[0].cost);
    SAME("offset of a place", w->offset, place[1].offset);
    SAME("branch of a place", point->branch, place[1].next_branch);
    SAME("height in front of a place", point->height, place[2].before);
    SAME("spent in front of a place", point->potential, place[3].spent);
    if (!comes_back)
        return true;
    SAME("need of a place", w->needs[point->line + 1], place[0].need);
    SAME("height behind a place", at(w, point->next)->height, place[2].after);
    return true;
}

static bool check_call(struct walk *w, const struct point *point, const union vm_word *cell, uint32_t potential) {
    const bool indirect = point->op == VM_OP_CALL_INDIRECT;
    const uint8_t *immediate = w->module->bytes.data + w->offset + 1;
    const union vm_word *const place = cell + 2;
    const uint32_t locals = w->translated->param_count + w->translated->local_count;
    uint32_t in, out;
    effect(w, point->op, immediate, &in, &out);
    CHECK_THAT(check_place(w, point, place, potential, true));
    SAME("frame of a callee", locals + point->height - in, place[3].delta);
    const uint32_t index = vm_read_u32(&immediate);
    if (indirect) {
        SAME("slot of a table index", locals + point->height - 1, place[3].slot);
        SAME("table of a call", vm_read_u32(&immediate), cell[1].more);
        SAME("type of a callee", true,
             vm_function_type_equal(&w->module->types[index], &w->module->types[cell[1].value]));
    } else {
        SAME("callee", index, cell[1].function - w->code->functions);
    }
    return true;
}

static bool check_escape(struct walk *w, const struct point *point, const union vm_word *cell, bool bulk) {
    const bool comes_back =
        point->op != VM_OP_BR_TABLE && point->op != VM_OP_RETURN_CALL && point->op != VM_OP_RETURN_CALL_INDIRECT;
    CHECK_THAT(check_place(w, point, cell + 2, 0, comes_back));
    SAME("a place is come back to", comes_back, cell[5].slot);
    if (bulk)
        SAME("price of a bulk instruction", w->code->schedule.instruction[point->op], cell[1].k);
    return true;
}

/* last: of the cells made for its instruction. */
static bool check_cell(struct walk *w, const union vm_word *cell, uint32_t token, bool last) {
    const struct point *const point = at(w, w->offset);
    const uint32_t potential = point->potential + w->code->schedule.instruction[point->op];
    const uint32_t form = vm_cells[token].form;
    const struct point *const end = at(w, w->function->code_end);
    if (may_trap(token)) {
        SAME("sites of traps", true, w->site < w->translated->site_count);
        const struct vm_fast_site *const site = &w->translated->sites[w->site++];
        SAME("cell of a trap's site", w->cell, site->cell);
        SAME("the cell of a trap is one for its instruction", true, site->offset <= w->offset);
    }
    if (is_return(token)) {
        const bool from_branch = end->reached && end->cell == w->cell;
        SAME("cost of a return", from_branch ? 0 : potential, cell[1].k);
        SAME("a return is the last cell", true, last || point->next == w->function->code_end);
        if (point->op == VM_OP_BR)
            SAME("target of a return", w->function->code_end, w->function->branches[point->branch].target);
        return true;
    }
    SAME("only a br_if goes on behind a cell of control", true,
         form == VM_FORM_DATA || last || point->op == VM_OP_BR_IF);
    if (is_edge(token)) /* what is kept must be moved only if a br_if is taken: then the first edge leads behind it */
        return check_edge(w, cell + form, potential, point->branch,
                          last ? w->function->branches[point->branch].target : point->next);
    switch (form) {
    case VM_FORM_TABLE:
        return check_table(w, point, cell, potential);
    case VM_FORM_CALL:
        return check_call(w, point, cell, potential);
    case VM_FORM_ESCAPE:
        return check_escape(w, point, cell, token != VM_CELL_ESCAPE);
    default:
        return true;
    }
}

static bool walk_cells(struct walk *w) {
    const struct vm_fast_function *const translated = w->translated;
    w->site = 0;
    for (uint32_t next, cell = 0; cell < translated->word_count; cell = next) {
        next = cell + length_at(w, cell);
        w->cell = cell;
        w->offset = translated->origins[cell].offset;
        const bool last = next == translated->word_count || translated->origins[next].offset != w->offset;
        CHECK_THAT(check_cell(w, w->start + cell, token_at(w, cell), last));
    }
    SAME("sites of traps", w->site, translated->site_count);
    for (uint32_t i = 0; i < translated->loop_count; i++) {
        const struct vm_fast_loop *const loop = &translated->loops[i];
        const struct point *const start = at(w, loop->offset);
        w->offset = loop->offset;
        SAME("cell of a loop's start", start->cell, loop->cell);
        SAME("potential of a loop's start", start->potential, loop->potential);
        SAME("need of a loop's start", w->needs[start->line], loop->need);
    }
    return true;
}

static bool verify(struct walk *w) {
    const struct vm_fast_function *const translated = w->translated;
    w->potential = vm_price_of(w->code->schedule.local, w->function->local_count);
    w->live = true;
    SAME("price of the locals", w->potential, translated->entry);
    SAME("declared locals", w->function->local_count, translated->local_count);
    CHECK_THAT(walk_instructions(w));
    SAME("need of the function", w->needs[0], w->start[-1].bits);
    return walk_cells(w);
}

enum vm_status vm_fast_verify(const struct vm_module *module, uint32_t function,
                              struct vm_fast_difference *difference) {
    if (module->fast == NULL || function < module->imported_functions)
        return VM_OK;
    const struct vm_fast_function *const translated = &module->fast->functions[function];
    const union vm_word *const start = vm_fast_start(translated);
    if (!vm_fast_is_code(start) || translated->origins == NULL)
        return VM_OK;
    struct walk w = {.module = module,
                     .function = &module->functions[function - module->imported_functions],
                     .code = module->fast,
                     .start = start,
                     .translated = translated,
                     .result_count = vm_module_function_type(module, function)->result_count,
                     .difference = difference};
    w.offset = w.function->code_start;
    difference->function = function;
    const struct vm_allocator *const allocator = &module->arena.allocator;
    const size_t count = (size_t)w.function->code_end - w.function->code_start + 2;
    w.points = vm_allocate(allocator, count * sizeof *w.points);
    w.needs = vm_allocate(allocator, count * sizeof *w.needs);
    const enum vm_status status = w.points == NULL || w.needs == NULL ? VM_RESOURCE : verify(&w) ? VM_OK : VM_INVALID;
    vm_release(allocator, w.points, count * sizeof *w.points);
    vm_release(allocator, w.needs, count * sizeof *w.needs);
    return status;
}

void vm_fast_insist(const struct vm_module *module, uint32_t function) {
    struct vm_fast_difference found;
    if (vm_fast_verify(module, function, &found) != VM_INVALID)
        return;
    fprintf(stderr, "translation of function %lu, instruction at %lu, cell at +%lu: %s: must be %lld, is %lld\n",
            (unsigned long)found.function, (unsigned long)found.offset, (unsigned long)found.position, found.what,
            (long long)found.expected, (long long)found.found);
    abort();
}
