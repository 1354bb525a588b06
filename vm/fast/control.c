/* vm/fast/control.c - blocks, branches, calls and returns.  Spec: exec-instr-control
 *
 * Where control comes together, every operand is in its slot, and of the accumulator only what it equals on all ways is
 * known.  Heights agree by validation, so falling through moves nothing; a branch moves what it keeps before it leaves. */
#include "vm/fast/translator.h"

#include "vm/code.h"
#include "vm/leb128.h"

static struct control *control_at(struct translator *t, uint32_t depth) {
    return (struct control *)t->controls.data + (t->control_count - 1 - depth);
}

uint32_t vm_new_label(struct translator *t) {
    struct label *const labels = vm_reserve(t, &t->labels, t->label_count + 1, sizeof *labels);
    if (labels == NULL)
        return 0;
    labels[t->label_count] = (struct label){.cell = NONE};
    return t->label_count++;
}

/* From here on nothing is spent in this line.  What could be spent in it is asked for where it is entered. */
void vm_end_line(struct translator *t, uint32_t potential) {
    uint32_t *const lines = vm_reserve(t, &t->lines, t->line + 2, sizeof *lines);
    if (lines == NULL)
        return;
    lines[t->line++] = potential;
    lines[t->line] = 0;
    t->potential = 0;
    vm_end_region(t);
}

/* The local that the accumulator equals on two ways; NONE if they differ. */
static uint32_t common_local(uint32_t one, uint32_t other) {
    return one == ANY || one == other ? other : other == ANY ? one : NONE;
}

static uint32_t equal_local(const struct translator *t) {
    return t->accumulator < t->local_count || t->accumulator == ANY ? t->accumulator : NONE;
}

/* The line goes on if control also falls through; else the one before has ended.  To a loop more ways lead later. */
void vm_bind_label(struct translator *t, uint32_t index) {
    if (t->label_count == 0)
        return;
    struct label *const label = label_at(t, index);
    const uint32_t local = label->used ? common_local(label->local, equal_local(t)) : NONE;
    label->cell = t->size;
    label->potential = t->potential;
    label->line = t->line;
    vm_end_region(t);
    t->accumulator = local;
}

static void add_edge(struct translator *t, union vm_word *edge, uint32_t label, uint32_t branch) {
    if (t->given_up || t->label_count == 0)
        return;
    edge[0].bits = label;
    edge[1].cost = (int32_t)t->potential;
    edge[2].branch = branch;
    struct label *const to = label_at(t, label);
    to->local = to->used ? common_local(to->local, equal_local(t)) : equal_local(t);
    to->used = true;
}

/* A cell from which control goes elsewhere: there is something to be filled in when it is placed. */
static union vm_word *emit_transfer(struct translator *t, uint32_t token) {
    uint32_t *const transfers = vm_reserve(t, &t->transfers, t->transfer_count + 1, sizeof *transfers);
    if (transfers != NULL)
        transfers[t->transfer_count++] = t->size;
    return vm_emit(t, token, vm_cells[token].words);
}

/* What the plain engine must know to take over at this instruction, or behind it: the last four words of a cell. */
static void fill_place(struct translator *t, union vm_word *place, uint32_t before, uint32_t after) {
    place[1].offset = vm_offset(t);
    place[1].next_branch = t->branch;
    place[2].before = before;
    place[2].after = after;
    place[3].spent = t->potential - t->price;
}

/* The plain engine runs this instruction, which takes `in` operands and gives `out`; and what comes after it, if
 * control does not come back to the next instruction. */
static union vm_word *escape(struct translator *t, uint32_t token, uint32_t in, uint32_t out, bool comes_back) {
    vm_flush(t, t->height);
    const uint32_t before = t->height;
    vm_pop(t, in);
    union vm_word *const cell = emit_transfer(t, token);
    cell[2].need = t->line + 1; /* the line behind */
    fill_place(t, cell + 2, before, before - in + out);
    cell[5].slot = comes_back ? 1 : 0;
    vm_end_line(t, t->potential - t->price);
    vm_forget_accumulator(t);
    vm_push_stored(t, out);
    return cell;
}

void vm_escape(struct translator *t, uint32_t in, uint32_t out, bool comes_back) {
    escape(t, VM_CELL_ESCAPE, in, out, comes_back);
}

/* memory.copy and memory.fill, which leave for the plain engine only if something is wrong. */
void vm_translate_bulk(struct translator *t, uint32_t token) {
    union vm_word *const cell = escape(t, token, 3, 0, true);
    cell[1].a = (uint16_t)vm_own_slot(t, t->height);
    cell[1].k = t->price;
}

static void set_dead(struct translator *t) {
    const uint32_t height = t->control_count == 0 ? 0 : control_at(t, 0)->height;
    if (t->height > height)
        vm_pop(t, t->height - height);
    t->accumulator = ANY;
    vm_end_region(t);
    t->live = false;
    t->skipped = 0;
}

static void set_live(struct translator *t, uint32_t height) {
    if (t->height > height)
        vm_pop(t, t->height - height);
    t->clean = t->height; /* all below was stored where the block began */
    vm_push_stored(t, height - t->height);
    t->live = !t->given_up;
}

static uint32_t label_arity(const struct control *control) {
    return control->op == VM_OP_LOOP ? control->params : control->results;
}

/* The cell that does what the cell `token` does, and then branches by this comparison of its value with a constant; the
 * one behind it compares with a slot.  0 if there is none. */
static uint32_t joined_branch(uint64_t token, uint32_t comparison) {
    const uint64_t load = token - VM_CELL_LOAD8_U_S;
    if (load < 3 * 16 && load % 16 < 4 && comparison < 2)
        return VM_CELL_LOAD8_U_S_BR_EQ_K + 16 * (uint32_t)(load / 16) + 4 * (uint32_t)(load % 16) + 2 * comparison;
    if (comparison >= 10)
        return 0;
    switch (token) {
    case VM_CELL_I32_ADD_SK_D:
        return VM_CELL_ADD_BR_I32_EQ_K + 8 * comparison;
    case VM_CELL_I32_ADD_ADD:
        return VM_CELL_ADD_ADD_BR_I32_EQ_K + 8 * comparison;
    case VM_CELL_I32_ADD_ADD_ADD:
        return VM_CELL_ADD_ADD_ADD_BR_I32_EQ_K + 8 * comparison;
    case VM_CELL_I32_ADD_SS_D:
        return VM_CELL_ADD_SLOTS_BR_I32_EQ_K + 8 * comparison;
    default:
        return 0;
    }
}

/* Takes the last cell back and emits one in its place that has its words, and then others.  Returns the last of its own. */
static union vm_word *replace_last(struct translator *t, uint32_t token) {
    const union vm_word *const last = vm_last_cell(t, 1);
    const uint32_t own = vm_cells[last->bits].words - 1u, accumulator = t->accumulator;
    union vm_word words[3];
    memcpy(words, last + 1, own * sizeof *words);
    vm_take_back(t);
    t->accumulator = accumulator;
    union vm_word *const cell = emit_transfer(t, token);
    memcpy(cell + 1, words, own * sizeof *words);
    return cell + own;
}

/* What a conditional branch asks.  operands: of the cell, slots and constants; class: as of a comparison */
struct condition {
    union vm_word operands;
    uint32_t number;
    uint32_t class;
};
enum { ASKS_NOTHING_SET = 21, ASKS_ANY_SET = 20, AGAINST_SLOT = 1, AGAINST_CONSTANT = 3 };

/* The last cell is taken back if it is a conjunction of which only its being 0 or not matters. */
static bool ask_for_bits(struct translator *t, struct condition *condition, bool not_zero) {
    static const uint8_t classes[] = {0, 1, 1, 2, 3, 2, 3};
    const union vm_word *const last = vm_last_cell(t, 1);
    const uint64_t class = last == NULL ? 0 : last->bits - VM_CELL_I32_AND_SS;
    if (last == NULL || class >= 2 * sizeof classes || class % 2 != 0)
        return false;
    *condition = (struct condition){last[1], not_zero ? ASKS_ANY_SET : ASKS_NOTHING_SET, classes[class / 2]};
    vm_take_back(t);
    return true;
}

/* Takes the topmost operand and, if nothing else needs it, the cell that made it. */
static struct condition take_condition(struct translator *t, bool not_zero) {
    const uint32_t top = t->height - 1;
    const union vm_word *const made = vm_last_maker(t, top);
    struct condition condition = {.class = AGAINST_CONSTANT, .number = not_zero ? 1 : 0}; /* ne, eq */
    uint32_t comparison;
    if (made != NULL && vm_is_comparison((uint32_t)made->bits, &comparison)) {
        condition.operands = made[1];
        condition.class = vm_comparison_class((uint32_t)made->bits);
        condition.number = not_zero ? comparison : vm_inverse_comparison(comparison);
        vm_pop(t, 1);
        vm_take_back(t);
        if (condition.class == AGAINST_CONSTANT && condition.number < 2 && condition.operands.k == 0)
            ask_for_bits(t, &condition, condition.number == 1);
        return condition;
    }
    if (made != NULL && ask_for_bits(t, &condition, not_zero)) {
        vm_pop(t, 1);
        return condition;
    }
    vm_to_accumulator(t, top);
    const struct operand operand = vm_operand_at(t, top);
    if (operand.place != IN_ACCUMULATOR) {
        condition.operands.a = (uint16_t)operand.slot;
        condition.class = 2;
    }
    vm_read_operand(t, top, t->size);
    vm_pop(t, 1);
    return condition;
}

/* The same, and all below is stored.  That comes behind what made the condition, unless it needs the accumulator, too. */
static struct condition store_under_condition(struct translator *t, bool not_zero) {
    bool moves_only = true;
    for (uint32_t i = t->clean; i + 1 < t->height; i++)
        moves_only = moves_only && entry_at(t, i)->kind != ENTRY_SUM;
    if (!moves_only)
        vm_flush(t, t->height - 1);
    const struct condition condition = take_condition(t, not_zero);
    vm_flush(t, t->height);
    return condition;
}

/* A conditional branch on the topmost operand, which it takes: to where `label` says if the operand is not 0, or if it
 * is 0.  What made the operand right in front of it becomes a part of it.  store: all operands below */
static void branch_if(struct translator *t, bool not_zero, bool store, uint32_t label, uint32_t branch) {
    const struct condition asked = store ? store_under_condition(t, not_zero) : take_condition(t, not_zero);
    const bool of_accumulator = asked.class == AGAINST_SLOT || asked.class == AGAINST_CONSTANT;
    const union vm_word *const last = of_accumulator && vm_held_entry(t) >= t->height ? vm_last_cell(t, 1) : NULL;
    const uint32_t joined = last == NULL ? 0 : joined_branch(last->bits, asked.number);
    union vm_word *cell;
    if (joined != 0)
        cell = replace_last(t, joined + (asked.class == AGAINST_SLOT ? 1 : 0));
    else
        cell = emit_transfer(t, VM_CELL_BR_I32_EQ_SS + 4 * asked.number + asked.class);
    cell[1] = asked.operands;
    add_edge(t, cell + 2, label, branch);
    vm_end_region(t);
}

/* Spec: exec-block, exec-loop, exec-if */
static void open_block(struct translator *t) {
    const uint64_t code = vm_read_signed(&t->pc);
    uint32_t params = 0, results = 0;
    if (code < UINT64_C(1) << 32) {
        params = t->module->types[code].param_count;
        results = t->module->types[code].result_count;
    } else if ((code & 0x7F) != 0x40) {
        results = 1;
    }
    const uint32_t label = vm_new_label(t);
    uint32_t else_label = NONE;
    if (t->op == VM_OP_IF) {
        else_label = vm_new_label(t);
        branch_if(t, false, true, else_label, t->branch++);
    }
    vm_flush(t, t->height);
    struct control *const controls = vm_reserve(t, &t->controls, t->control_count + 1, sizeof *controls);
    if (controls == NULL)
        return;
    controls[t->control_count++] = (struct control){.op = t->op,
                                                    .height = t->height - params,
                                                    .params = params,
                                                    .results = results,
                                                    .label = label,
                                                    .else_label = else_label,
                                                    .table = NONE};
    if (t->op != VM_OP_LOOP)
        return;
    vm_bind_label(t, label);
    struct loop *const loops = vm_reserve(t, &t->loops, t->loop_count + 1, sizeof *loops);
    if (loops != NULL)
        loops[t->loop_count++] = (struct loop){.offset = (uint32_t)(t->pc - t->module->bytes.data), .label = label};
}

static void emit_return(struct translator *t);

static void move_kept(struct translator *t, const struct control *control, uint32_t keep) {
    const uint32_t first = t->height - keep;
    if (first == control->height) {
        vm_flush(t, t->height); /* all below was stored where the block began */
        return;
    }
    for (uint32_t i = 0; i < keep; i++)
        vm_move_to(t, first + i, vm_own_slot(t, control->height + i));
}

static void emit_branch(struct translator *t, uint32_t label, uint32_t branch) {
    const union vm_word *const last = vm_last_cell(t, 1);
    union vm_word *cell;
    if (last != NULL && last->bits == VM_CELL_I32_ADD_SK_D)
        cell = replace_last(t, VM_CELL_ADD_BR);
    else if (last != NULL && last->bits == VM_CELL_I32_ADD_ADD)
        cell = replace_last(t, VM_CELL_ADD_ADD_BR);
    else
        cell = emit_transfer(t, VM_CELL_BR);
    add_edge(t, cell + 1, label, branch);
}

/* Spec: exec-br */
static void branch_to(struct translator *t, uint32_t depth, uint32_t branch) {
    struct control *const control = control_at(t, depth);
    if (depth == t->control_count - 1) {
        emit_return(t);
        return;
    }
    move_kept(t, control, label_arity(control));
    emit_branch(t, control->label, branch);
    vm_end_line(t, t->potential);
}

/* Spec: exec-br-if.  What is kept is stored in front of the branch, for either way; moved only on the way that leaves.
 */
static void translate_br_if(struct translator *t, uint32_t depth) {
    struct control *const control = control_at(t, depth);
    const uint32_t keep = label_arity(control);
    const uint32_t branch = t->branch++;
    if (keep == 0 || control->height + keep == t->height - 1) {
        branch_if(t, true, keep > 0, control->label, branch);
        return;
    }
    const uint32_t skip = vm_new_label(t);
    branch_if(t, false, true, skip, branch);
    move_kept(t, control, keep);
    emit_branch(t, control->label, branch);
    t->accumulator = ANY;
    vm_bind_label(t, skip); /* the line goes on: the edge here costs nothing */
}

/* True if every label finds what it keeps where it wants it. */
static bool labels_agree(struct translator *t, const uint8_t *labels, uint32_t count) {
    for (uint32_t i = 0; i <= count; i++) {
        const struct control *const control = control_at(t, vm_read_u32(&labels));
        const uint32_t keep = label_arity(control);
        if (keep > 0 && control->height + keep != t->height - 1)
            return false;
    }
    return true;
}

/* The distinct labels become edges, numbered in the order they come up. */
static uint32_t count_edges(struct translator *t, const uint8_t *labels, uint32_t count) {
    uint32_t edges = 0;
    for (uint32_t i = 0; i <= count; i++) {
        struct control *const control = control_at(t, vm_read_u32(&labels));
        if (control->table != t->size) {
            control->table = t->size;
            control->table_edge = edges++;
        }
    }
    return edges;
}

/* Spec: exec-br-table */
static void emit_table(struct translator *t, const uint8_t *labels, uint32_t count) {
    vm_flush(t, t->height - 1);
    vm_to_accumulator(t, t->height - 1);
    vm_flush(t, t->height - 1);
    const struct operand operand = vm_operand_at(t, t->height - 1);
    const uint32_t edges = count_edges(t, labels, count);
    const uint64_t words = 2 + 3 * (uint64_t)edges + (count + UINT64_C(4)) / 4;
    uint32_t *const transfers = vm_reserve(t, &t->transfers, t->transfer_count + 1, sizeof *transfers);
    if (edges > UINT16_MAX || words > t->limit)
        vm_give_up(t);
    if (t->given_up)
        return;
    transfers[t->transfer_count++] = t->size;
    union vm_word *const cell =
        vm_emit_slow(t, operand.place == IN_ACCUMULATOR ? VM_CELL_BR_TABLE_A : VM_CELL_BR_TABLE_S, (uint32_t)words);
    if (t->given_up)
        return;
    cell[1].a = (uint16_t)operand.slot;
    cell[1].d = (uint16_t)edges;
    cell[1].k = count;
    uint8_t *const numbers = (uint8_t *)(cell + 2 + 3 * (size_t)edges);
    for (uint32_t i = 0, next = 0; i <= count; i++) {
        const struct control *const control = control_at(t, vm_read_u32(&labels));
        const uint16_t number = (uint16_t)control->table_edge;
        memcpy(numbers + 2 * (size_t)i, &number, 2);
        if (number == next)
            add_edge(t, cell + 2 + 3 * (size_t)next++, control->label, t->branch + i);
    }
    vm_end_line(t, t->potential);
}

static void translate_br_table(struct translator *t) {
    const uint8_t *labels = t->pc;
    const uint32_t count = vm_read_u32(&labels);
    vm_skip_immediate(&t->pc, VM_IMM_LABEL_TABLE);
    if (labels_agree(t, labels, count))
        emit_table(t, labels, count);
    else
        vm_escape(t, 0, 0, false);
    t->branch += count + 1;
    set_dead(t);
}

/* Spec: exec-return */
static void emit_return(struct translator *t) {
    const uint32_t count = t->result_count;
    union vm_word *cell;
    if (count == 0) {
        cell = vm_emit(t, VM_CELL_RETURN_0, 2);
    } else if (count == 1) {
        vm_resolve(t, t->height - 1);
        const struct operand operand = vm_operand_at(t, t->height - 1);
        cell = operand.place == IN_CELL ? vm_emit(t, VM_CELL_RETURN_K, 3)
                                        : vm_emit(t, operand.place == IN_SLOT ? VM_CELL_RETURN_S : VM_CELL_RETURN_A, 2);
        cell[1].a = (uint16_t)operand.slot;
        if (operand.place == IN_CELL)
            cell[2].bits = operand.constant;
    } else {
        vm_flush(t, t->height);
        cell = vm_emit(t, VM_CELL_RETURN_N, 2);
        cell[1].a = (uint16_t)vm_own_slot(t, t->height - count);
        cell[1].d = (uint16_t)count;
    }
    cell[1].k = t->potential;
    vm_end_line(t, t->potential);
}

/* Behind the function's final end: where branches to the outermost label arrive. */
static void close_function(struct translator *t, const struct control *control) {
    if (t->live)
        emit_return(t);
    set_dead(t);
    if (t->label_count != 0 && label_at(t, control->label)->used) {
        vm_bind_label(t, control->label);
        set_live(t, control->results);
        emit_return(t);
    }
    vm_pop(t, t->height);
    t->live = false;
}

/* Spec: exec-instr-seq-exit.  Whoever branches here goes on behind `end`, also from an if whose condition is 0. */
static void close_block(struct translator *t) {
    const struct control control = *control_at(t, 0);
    if (t->control_count == 1) {
        close_function(t, &control);
        t->control_count--;
        return;
    }
    bool used = control.op != VM_OP_LOOP && t->label_count != 0 && label_at(t, control.label)->used;
    const bool has_else = control.else_label != NONE;
    if (t->live && (used || has_else))
        vm_flush(t, t->height);
    t->control_count--;
    if (used)
        vm_bind_label(t, control.label);
    if (has_else)
        vm_bind_label(t, control.else_label);
    if (!t->live && (used || has_else))
        set_live(t, control.height + control.results);
}

/* Spec: exec-if.  Running into `else` goes on behind `end`. */
static void translate_else(struct translator *t) {
    struct control *const control = control_at(t, 0);
    const uint32_t branch = t->branch++;
    if (t->live) {
        vm_flush(t, t->height);
        emit_branch(t, control->label, branch);
        vm_end_line(t, t->potential);
        t->accumulator = ANY;
    }
    vm_bind_label(t, control->else_label);
    control->else_label = NONE;
    control->op = VM_OP_ELSE;
    set_live(t, control->height);
    vm_push_stored(t, control->params);
}

/* Spec: exec-call, exec-call-indirect.  The arguments are the topmost operands, in their slots, and become the callee's
 * first locals there. */
static void translate_call(struct translator *t) {
    const bool indirect = t->op == VM_OP_CALL_INDIRECT;
    const uint32_t index = vm_read_u32(&t->pc);
    const uint32_t table = indirect ? vm_read_u32(&t->pc) : 0;
    const struct vm_function_type *const type =
        indirect ? &t->module->types[index] : vm_module_function_type(t->module, index);
    if (!indirect && index < t->module->imported_functions) {
        vm_escape(t, type->param_count, type->result_count, true);
        return;
    }
    vm_flush(t, t->height);
    const uint32_t before = t->height;
    const bool in_accumulator = indirect && t->accumulator == vm_own_slot(t, before - 1);
    vm_pop(t, type->param_count + (indirect ? 1u : 0u));
    union vm_word *const cell = emit_transfer(t, !indirect        ? VM_CELL_CALL
                                                 : in_accumulator ? VM_CELL_CALL_INDIRECT_A
                                                                  : VM_CELL_CALL_INDIRECT_S);
    if (indirect) {
        cell[1].more = table;
        cell[1].value = t->code->types[index];
    } else {
        cell[1].function = &t->code->functions[index];
    }
    cell[2].cost = (int32_t)t->potential;
    cell[2].need = t->line + 1; /* the line behind */
    fill_place(t, cell + 2, before, t->height + type->result_count);
    cell[5].delta = (uint16_t)vm_own_slot(t, t->height);
    cell[5].slot = (uint16_t)vm_own_slot(t, before - (indirect ? 1 : 0));
    vm_end_line(t, t->potential);
    vm_forget_accumulator(t);
    vm_push_stored(t, type->result_count);
    if (type->result_count == 1)
        t->accumulator = vm_own_slot(t, t->height - 1);
}

void vm_translate_control(struct translator *t) {
    switch (t->op) {
    case VM_OP_UNREACHABLE:
        vm_add_site(t, t->size);
        vm_emit(t, VM_CELL_UNREACHABLE, 2);
        vm_end_line(t, t->potential);
        set_dead(t);
        return;
    case VM_OP_BLOCK:
    case VM_OP_LOOP:
    case VM_OP_IF:
        open_block(t);
        return;
    case VM_OP_ELSE:
        translate_else(t);
        return;
    case VM_OP_END:
        close_block(t);
        return;
    case VM_OP_BR:
        branch_to(t, vm_read_u32(&t->pc), t->branch);
        t->branch++;
        set_dead(t);
        return;
    case VM_OP_BR_IF:
        translate_br_if(t, vm_read_u32(&t->pc));
        return;
    case VM_OP_BR_TABLE:
        translate_br_table(t);
        return;
    case VM_OP_RETURN:
        emit_return(t);
        set_dead(t);
        return;
    case VM_OP_CALL:
    case VM_OP_CALL_INDIRECT:
        translate_call(t);
        return;
    default: /* tail calls: the frame is replaced by the plain engine */
        (void)vm_read_u32(&t->pc);
        if (t->op == VM_OP_RETURN_CALL_INDIRECT)
            (void)vm_read_u32(&t->pc);
        vm_escape(t, 0, 0, false);
        set_dead(t);
        return;
    }
}

/* What follows an opcode in the bytes.  br_table's labels are counted by the caller. */
void vm_skip_immediate(const uint8_t **pc, uint32_t immediate) {
    switch (immediate) {
    case VM_IMM_NONE:
        return;
    case VM_IMM_BLOCK:
    case VM_IMM_I32:
    case VM_IMM_I64:
    case VM_IMM_HEAP_TYPE:
        (void)vm_read_signed(pc);
        return;
    case VM_IMM_F32:
        *pc += 4;
        return;
    case VM_IMM_F64:
        *pc += 8;
        return;
    case VM_IMM_SELECT_TYPES:
    case VM_IMM_LABEL_TABLE:
        for (uint64_t i = vm_read_u32(pc) + (immediate == VM_IMM_LABEL_TABLE ? UINT64_C(1) : 0); i != 0; i--)
            (void)vm_read_u32(pc);
        return;
    case VM_IMM_MEMARG:
        (void)vm_read_memarg(pc);
        return;
    case VM_IMM_TYPE_TABLE:
    case VM_IMM_TABLE_TABLE:
    case VM_IMM_ELEMENT_TABLE:
    case VM_IMM_MEMORY_MEMORY:
    case VM_IMM_DATA_MEMORY:
        (void)vm_read_u32(pc);
        (void)vm_read_u32(pc);
        return;
    default:
        (void)vm_read_u32(pc);
        return;
    }
}

/* An instruction that can't be reached: only the nesting and the branch table go on. */
void vm_skip_dead(struct translator *t) {
    t->at = t->pc;
    const uint8_t byte = *t->pc++;
    t->op = vm_op_by_byte[byte];
    if (t->op == VM_OP_COUNT)
        t->op = vm_op_by_prefix(byte, vm_read_u32(&t->pc));
    const uint8_t *labels = t->pc;
    switch (t->op) {
    case VM_OP_BLOCK:
    case VM_OP_LOOP:
    case VM_OP_IF:
        t->skipped++;
        t->branch += t->op == VM_OP_IF ? 1 : 0;
        break;
    case VM_OP_ELSE:
        if (t->skipped == 0) {
            translate_else(t);
            return;
        }
        t->branch++;
        break;
    case VM_OP_END:
        if (t->skipped == 0) {
            close_block(t);
            return;
        }
        t->skipped--;
        break;
    case VM_OP_BR:
    case VM_OP_BR_IF:
        t->branch++;
        break;
    case VM_OP_BR_TABLE:
        t->branch += vm_read_u32(&labels) + 1;
        break;
    default:
        break;
    }
    vm_skip_immediate(&t->pc, vm_opcodes[t->op].immediate);
}

void vm_open_function(struct translator *t) {
    struct control *const controls = vm_reserve(t, &t->controls, 1, sizeof *controls);
    t->label_count = 0;
    const uint32_t label = vm_new_label(t);
    if (controls == NULL)
        return;
    controls[0] = (struct control){.op = VM_OP_BLOCK, .results = t->result_count, .label = label, .table = NONE};
    t->control_count = 1;
}
