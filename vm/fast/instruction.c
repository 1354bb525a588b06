/* vm/fast/instruction.c - translates all instructions but control and accesses to memory.  Spec: exec-instr */
#include "vm/bytes.h"
#include "vm/code.h"
#include "vm/fast/translator.h"
#include "vm/leb128.h"

/* Operand classes, in the order of vm/fast/cells.def. */
enum class { CLASS_SS, CLASS_AS, CLASS_SA, CLASS_SK, CLASS_AK, CLASS_KS, CLASS_KA };
enum { CELLS_PER_BINARY = 14, CELLS_PER_COMPARISON = 8, COMPARISONS = 20 };

bool vm_is_comparison(uint32_t token, uint32_t *number) {
    const uint32_t first = VM_CELL_I32_EQ_SS;
    if (token < first || token >= first + COMPARISONS * CELLS_PER_COMPARISON || (token - first) % 2 != 0)
        return false;
    *number = (token - first) / CELLS_PER_COMPARISON;
    return true;
}

uint32_t vm_comparison_class(uint32_t token) {
    return (token - VM_CELL_I32_EQ_SS) % CELLS_PER_COMPARISON / 2;
}

/* eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u, for i32 and then for i64 */
uint32_t vm_inverse_comparison(uint32_t number) {
    static const uint8_t inverse[] = {1, 0, 8, 9, 6, 7, 4, 5, 2, 3};
    return number / 10 * 10 + inverse[number % 10];
}

static uint32_t swapped_comparison(uint32_t number) {
    static const uint8_t swapped[] = {0, 1, 4, 5, 2, 3, 8, 9, 6, 7};
    return number / 10 * 10 + swapped[number % 10];
}

/* By the places of the left and the right operand, of which not both are the accumulator or constants. */
static const uint8_t classes[3][3] = {
    [IN_SLOT] = {[IN_SLOT] = CLASS_SS, [IN_ACCUMULATOR] = CLASS_SA, [IN_CELL] = CLASS_SK},
    [IN_ACCUMULATOR] = {[IN_SLOT] = CLASS_AS, [IN_CELL] = CLASS_AK},
    [IN_CELL] = {[IN_SLOT] = CLASS_KS, [IN_ACCUMULATOR] = CLASS_KA},
};

/* Operations and loads by number, and by these numbers the cell in which two of them are one; 0 where there is none. */
#define NUMBER(name, ...) NUMBER_##name,
enum { VM_FAST_COMPARISONS(NUMBER) };
enum { VM_FAST_ARITHMETIC(NUMBER) OPERATIONS };
enum { VM_FAST_LOADS(NUMBER) LOADS };

#define PAIR_CELL(first, second, type, result) [NUMBER_##first][NUMBER_##second] = VM_CELL_##first##_##second##_SSS,
static const uint16_t pairs[OPERATIONS][OPERATIONS] = {VM_FAST_PAIRS(PAIR_CELL)};
static const uint16_t compared_pairs[COMPARISONS][OPERATIONS] = {VM_FAST_COMPARED_PAIRS(PAIR_CELL)};
#define LOAD_PAIR_CELL(load, operation, width, result)                                                                 \
    [NUMBER_##load][NUMBER_##operation] = VM_CELL_##load##_##operation##_S,
static const uint16_t load_pairs[LOADS][OPERATIONS] = {VM_FAST_LOAD_PAIRS(LOAD_PAIR_CELL)};
#define LONG_CELL(name, result) [NUMBER_##name] = VM_CELL_##name##_SL,
static const uint16_t long_cells[OPERATIONS] = {VM_FAST_LONG(LONG_CELL)};

static const bool commutative[OPERATIONS] = {
    [NUMBER_I32_ADD] = true, [NUMBER_I32_MUL] = true, [NUMBER_I32_AND] = true, [NUMBER_I32_OR] = true,
    [NUMBER_I32_XOR] = true, [NUMBER_I64_ADD] = true, [NUMBER_I64_MUL] = true, [NUMBER_I64_AND] = true,
    [NUMBER_I64_OR] = true,  [NUMBER_I64_XOR] = true,
};

/* The number of an operation by its cell of class SS, and of any of its cells. */
static uint32_t number_of(uint32_t cell) {
    return (cell - VM_CELL_I32_ADD_SS) / CELLS_PER_BINARY;
}

/* Of the two topmost entries, the other one. */
static uint32_t beside(const struct translator *t, uint32_t index) {
    return index == t->height - 1 ? index - 1 : index + 1;
}

/* Takes the last cell back, which made one of the two topmost entries, and both entries: one cell in its place takes
 * what it took, and the other entry. */
static void take_pair_back(struct translator *t) {
    vm_take_back(t);
    vm_take(t, 2);
}

static bool is_short(uint64_t constant, bool wide) {
    return wide ? constant + 0x8000 <= 0xFFFF : (uint32_t)((uint32_t)constant + 0x8000) <= 0xFFFF;
}

/* The next three join what the last cell made, which only the accumulator has, with the operation that takes it: one cell
 * comes in its place.  False, and nothing is changed, if there is no such cell.
 *   made    the entry of the value, which is the left operand, or the operation commutes
 *   other   the other operand */

static bool pair_up(struct translator *t, const union vm_word *last, uint32_t operation, uint32_t made,
                    struct operand other, bool wide) {
    if (other.place == IN_CELL && !is_short(other.constant, wide))
        return false;
    uint32_t pair, class, compared;
    if (vm_is_comparison((uint32_t)last->bits, &compared)) {
        static const uint8_t comparison_classes[] = {2 * CLASS_SS, 2 * CLASS_AS, 2 * CLASS_SK, 2 * CLASS_AK};
        pair = compared_pairs[compared][operation];
        class = comparison_classes[vm_comparison_class((uint32_t)last->bits)];
    } else {
        const uint32_t number = number_of((uint32_t)last->bits);
        if (number >= OPERATIONS)
            return false;
        pair = pairs[number][operation];
        class = (uint32_t)last->bits - VM_CELL_I32_ADD_SS - number * CELLS_PER_BINARY;
        if (class == 2 * CLASS_SA && !commutative[number])
            return false;
    }
    if (pair == 0 || class % 2 != 0 || class > 2 * CLASS_AK)
        return false;
    const bool constant = class == 2 * CLASS_SK || class == 2 * CLASS_AK;
    const bool from_accumulator = class == 2 * CLASS_AS || class == 2 * CLASS_SA || class == 2 * CLASS_AK;
    const union vm_word operands = last[1];
    if (constant && !is_short(wide ? (uint64_t)(int64_t)operands.sk : operands.k, wide))
        return false;
    const bool third_in_accumulator = !from_accumulator && vm_has_in_front(t, beside(t, made));
    take_pair_back(t);
    const bool third_constant = other.place == IN_CELL;
    union vm_word *const cell =
        third_in_accumulator
            ? vm_emit_value(t, pair + 16 + (constant ? 2 : 0), 2)
            : vm_emit_value(t, pair + (from_accumulator ? 8 : 0) + (constant ? 4 : 0) + (third_constant ? 2 : 0), 2);
    cell[1].a = operands.a;
    cell[1].b = (uint16_t)(constant ? operands.k : class == 2 * CLASS_SS ? operands.b : operands.a);
    cell[1].c = (uint16_t)(third_constant ? other.constant : other.slot);
    return true;
}

/* (~x & y) ^ z: the last cell is (x ^ -1) & y, with y in a slot: also if it is a local that the accumulator equals. */
static bool choose(struct translator *t, const union vm_word *last, uint32_t made, struct operand other) {
    if (last[1].sb != -1 || other.place != IN_SLOT ||
        (last->bits != VM_CELL_I64_XOR_I64_AND_SKS &&
         (last->bits != VM_CELL_I64_XOR_I64_AND_SKA || last[1].c >= t->local_count)))
        return false;
    const union vm_word operands = last[1];
    const bool from_accumulator = vm_unsave(t, beside(t, made));
    take_pair_back(t);
    union vm_word *const cell = vm_emit_value(t, from_accumulator ? VM_CELL_I64_CHOOSE_SSA : VM_CELL_I64_CHOOSE_SSS, 2);
    cell[1].a = operands.a;
    cell[1].b = operands.c;
    cell[1].c = (uint16_t)other.slot;
    return true;
}

/* The last cell is a load.  The place where it may trap is already noted. */
static bool pair_with_load(struct translator *t, const union vm_word *last, uint32_t operation, uint32_t made,
                           struct operand other) {
    enum { OF_SLOT = 0, OF_SUM = 4 }; /* among the cells of a load */
    if (other.place != IN_SLOT || last->bits < VM_CELL_LOAD8_U_S)
        return false;
    const uint32_t load = (uint32_t)(last->bits - VM_CELL_LOAD8_U_S) / VM_CELLS_PER_LOAD;
    const uint32_t class = (uint32_t)(last->bits - VM_CELL_LOAD8_U_S) % VM_CELLS_PER_LOAD;
    if (load >= LOADS || (class != OF_SLOT && class != OF_SUM))
        return false;
    const uint32_t pair = load_pairs[load][operation];
    if (pair == 0)
        return false;
    const union vm_word address = last[1];
    const uint32_t end = class == OF_SUM ? last[2].more : address.k;
    const bool from_accumulator = vm_has_in_front(t, beside(t, made));
    take_pair_back(t);
    union vm_word *const cell = vm_emit_value(t, pair + (class == OF_SUM ? 2u : 0u) + (from_accumulator ? 4u : 0u), 3);
    cell[1] = address;
    cell[2].more = end;
    cell[2].value = other.slot;
    return true;
}

static bool join_last(struct translator *t, uint32_t first, struct operand a, struct operand b, bool wide) {
    const uint32_t made = vm_held_entry(t), right = t->height - 1;
    const union vm_word *const last = vm_last_maker(t, made);
    if (last == NULL)
        return false;
    const uint32_t operation = number_of(first);
    const struct operand other = made == right ? a : b;
    if (first == VM_CELL_I64_XOR_SS && choose(t, last, made, other))
        return true;
    if (commutative[operation] && pair_with_load(t, last, operation, made, other))
        return true;
    return (made != right || commutative[operation]) && pair_up(t, last, operation, made, other, wide);
}

/* An operation with a constant that takes a word of its own, on the right. */
static bool binary_long(struct translator *t, uint32_t first) {
    const struct entry *const right = entry_at(t, t->height - 1);
    if (right->kind != ENTRY_CONSTANT || vm_fits(right->constant, true))
        return false;
    const uint32_t token = long_cells[number_of(first)];
    if (token == 0)
        return false;
    const uint64_t constant = right->constant;
    const uint32_t left = t->height - 2;
    vm_pop(t, 1);
    vm_to_accumulator(t, left);
    const struct operand operand = vm_operand_at(t, left);
    vm_take(t, 1);
    union vm_word *const cell = vm_emit_value(t, token + (operand.place == IN_ACCUMULATOR ? 2 : 0), 3);
    cell[1].a = (uint16_t)operand.slot;
    cell[2].bits = constant;
    return true;
}

/* Of two operands only one may be in the accumulator or a constant. */
static void settle_operands(struct translator *t, struct operand *a, struct operand *b) {
    const uint32_t left = t->height - 2;
    if (a->place == IN_CELL) {
        vm_to_accumulator(t, left);
        *a = vm_operand_at(t, left);
    } else if (entry_at(t, left)->kind == ENTRY_LOCAL) { /* both are the same local, or one is */
        a->place = IN_SLOT;
    } else {
        b->place = IN_SLOT;
    }
}

/* Takes the two topmost operands and gives one. */
static void binary(struct translator *t, const struct rule_row *row) {
    static const uint8_t turned_classes[] = {
        [CLASS_SS] = 0, [CLASS_AS] = 1, [CLASS_SA] = 1, [CLASS_SK] = 2, [CLASS_AK] = 3, [CLASS_KS] = 2, [CLASS_KA] = 3};
    const uint32_t left = t->height - 2, right = t->height - 1;
    const bool wide = row->width == 8;
    if (wide && row->rule == RULE_ARITHMETIC && binary_long(t, row->cell))
        return;
    vm_prepare(t, left, wide);
    vm_prepare(t, right, wide);
    struct operand a = vm_operand_at(t, left), b = vm_operand_at(t, right);
    if (a.place == b.place && a.place != IN_SLOT)
        settle_operands(t, &a, &b);
    if (row->rule == RULE_ARITHMETIC && t->accumulator != NONE && t->accumulator >= vm_own_slot(t, left) &&
        join_last(t, row->cell, a, b, wide))
        return;
    const enum class class = (enum class)classes[a.place][b.place];
    uint32_t token = row->cell + 2u * class;
    if (row->rule == RULE_COMPARISON) { /* what has the accumulator or a constant on the wrong side is turned round */
        const bool turned = class == CLASS_SA || class >= CLASS_KS;
        const uint32_t number = turned ? swapped_comparison(row->cell) : row->cell;
        token = VM_CELL_I32_EQ_SS + number * CELLS_PER_COMPARISON + 2u * turned_classes[class];
    }
    if (row->rule == RULE_DIVISION)
        vm_add_site(t, t->size);
    vm_take(t, 2);
    union vm_word *const cell = vm_emit_value(t, token, 2);
    cell[1].a = (uint16_t)(a.place == IN_SLOT ? a.slot : b.slot);
    if (a.place == IN_CELL || b.place == IN_CELL)
        cell[1].k = (uint32_t)(a.place == IN_CELL ? a.constant : b.constant);
    else if (a.place == b.place)
        cell[1].b = (uint16_t)b.slot;
}

/* local + constant, of which nothing is emitted until somebody needs it. */
static bool add_lazily(struct translator *t, bool subtract) {
    if (!t->fold)
        return false;
    struct entry *const left = entry_at(t, t->height - 2);
    struct entry *const right = entry_at(t, t->height - 1);
    if (right->kind != ENTRY_CONSTANT || (left->kind != ENTRY_LOCAL && left->kind != ENTRY_SUM))
        return false;
    const uint32_t constant = (uint32_t)right->constant;
    const uint32_t before = left->kind == ENTRY_SUM ? (uint32_t)left->constant : 0;
    left->kind = ENTRY_SUM;
    left->constant = subtract ? before - constant : before + constant;
    vm_pop(t, 1);
    return true;
}

/* The last cell made this entry, and its upper half is 0. */
static bool is_short_value(const struct translator *t, uint32_t index) {
    const union vm_word *const last = vm_last_maker(t, index);
    if (last == NULL)
        return false;
    switch (last->bits) {
    case VM_CELL_I64_SHR_U_SK:
    case VM_CELL_I64_SHR_U_AK:
        return (last[1].k & 63) >= 32;
    case VM_CELL_I64_AND_SK:
    case VM_CELL_I64_AND_AK:
        return last[1].sk >= 0;
    default:
        return false;
    }
}

static void unary(struct translator *t, uint32_t first) {
    const uint32_t top = t->height - 1;
    if (first == VM_CELL_I32_WRAP_I64_S && is_short_value(t, top))
        return;
    vm_to_accumulator(t, top);
    const struct operand operand = vm_operand_at(t, top);
    vm_take(t, 1);
    vm_emit_value(t, first + (operand.place == IN_ACCUMULATOR ? 2 : 0), 2)[1].a = (uint16_t)operand.slot;
}

/* Takes `in` operands from slots and gives two values.  halves: the second and fourth are upper halves. */
static void wide(struct translator *t, uint32_t token, uint32_t in, bool halves) {
    const uint32_t first = t->height - in;
    uint16_t slots[4] = {0};
    bool zero[4] = {false};
    for (uint32_t i = in; halves && t->fold && i-- > 0;) {
        const struct entry *const entry = entry_at(t, first + i);
        zero[i] = i % 2 == 1 && (i == 3 || zero[3]) && entry->kind == ENTRY_CONSTANT && entry->constant == 0;
    }
    for (uint32_t i = 0; i < in; i++) {
        if (!zero[i] && entry_at(t, first + i)->kind != ENTRY_LOCAL)
            vm_store_entry(t, first + i);
    }
    for (uint32_t i = 0; i < in; i++) {
        const struct entry *const entry = entry_at(t, first + i);
        slots[i] = (uint16_t)(entry->kind == ENTRY_LOCAL ? entry->slot : vm_own_slot(t, first + i));
        vm_read_operand(t, first + i, t->size);
    }
    vm_pop(t, in);
    struct entry *const low = vm_push(t, ENTRY_VALUE);
    low->cell = t->size;
    low->stored = true;
    low->second = true;
    union vm_word *const cell = vm_emit_value(t, token + (zero[1] ? 4 : zero[3] ? 2 : 0), 3);
    cell[1].a = slots[0];
    cell[1].b = slots[1];
    cell[1].c = slots[2];
    cell[2].a = (uint16_t)vm_own_slot(t, first);
    cell[2].d = slots[3];
}

/* The lower half: what is kept is what i32.wrap_i64 keeps. */
static bool mask_lower_half(struct translator *t) {
    const struct entry *const right = entry_at(t, t->height - 1);
    if (!t->fold || right->kind != ENTRY_CONSTANT || right->constant != UINT32_MAX)
        return false;
    vm_pop(t, 1);
    unary(t, VM_CELL_I32_WRAP_I64_S);
    return true;
}

/* A comparison gives 0 or 1: its lowest bit is all of it. */
static bool mask_lowest_bit(struct translator *t) {
    const struct entry *const right = entry_at(t, t->height - 1);
    uint32_t comparison;
    if (right->kind != ENTRY_CONSTANT || right->constant != 1)
        return false;
    const union vm_word *const last = vm_last_maker(t, t->height - 2);
    if (last == NULL || !vm_is_comparison((uint32_t)last->bits, &comparison))
        return false;
    vm_pop(t, 1);
    return true;
}

static void comparison_with_zero(struct translator *t, bool wide) {
    uint32_t number;
    const uint32_t top = t->height - 1;
    union vm_word *const cell = vm_last_maker(t, top);
    if (!wide && cell != NULL && vm_is_comparison((uint32_t)cell->bits, &number)) {
        cell->bits += ((uint64_t)vm_inverse_comparison(number) - number) * CELLS_PER_COMPARISON;
        return;
    }
    vm_push_constant(t, 0);
    const struct rule_row equal = {
        .rule = RULE_COMPARISON, .width = wide ? 8 : 4, .cell = wide ? NUMBER_I64_EQ : NUMBER_I32_EQ};
    binary(t, &equal);
}

/* The condition is a comparison that only the accumulator has, and the values are in slots: one cell. */
static bool select_compared(struct translator *t, uint16_t first, uint16_t second) {
    const union vm_word *const last = vm_last_maker(t, t->height - 1);
    uint32_t comparison;
    if (last == NULL || !vm_is_comparison((uint32_t)last->bits, &comparison))
        return false;
    const union vm_word operands = last[1];
    const uint32_t class = vm_comparison_class((uint32_t)last->bits);
    vm_take_back(t);
    vm_take(t, 3);
    union vm_word *const cell = vm_emit_value(t, VM_CELL_SELECT_I32_EQ_SS + 8 * comparison + 2 * class, 3);
    cell[1] = operands;
    cell[2].a = first;
    cell[2].d = second;
    return true;
}

/* Values come from slots or are short constants; what is neither, nor in a local, is stored first. */
static void translate_select(struct translator *t) {
    const uint32_t top = t->height - 1;
    bool constant[2];
    vm_to_accumulator(t, top);
    for (uint32_t i = 0; i < 2; i++) {
        const struct entry *const entry = entry_at(t, top - 2 + i);
        constant[i] = entry->kind == ENTRY_CONSTANT && t->fold && vm_fits(entry->constant, true);
        if (entry->kind != ENTRY_LOCAL && !constant[i])
            vm_store_entry(t, top - 2 + i);
    }
    const struct operand condition = vm_operand_at(t, top);
    const struct operand second = vm_operand_at(t, top - 1), first = vm_operand_at(t, top - 2);
    if (!constant[0] && !constant[1] && select_compared(t, (uint16_t)first.slot, (uint16_t)second.slot))
        return;
    vm_take(t, 3);
    const uint32_t values = constant[0] ? (constant[1] ? 12 : 8) : constant[1] ? 4 : 0;
    union vm_word *const cell = vm_emit_value(
        t, (condition.place == IN_ACCUMULATOR ? VM_CELL_SELECT_A : VM_CELL_SELECT_S) + values, values == 0 ? 2 : 3);
    cell[1].a = (uint16_t)condition.slot;
    cell[1].b = (uint16_t)first.slot;
    cell[1].c = (uint16_t)second.slot;
    if (values != 0) {
        cell[2].first = (int32_t)(uint32_t)first.constant;
        cell[2].second = (int32_t)(uint32_t)second.constant;
    }
}

static void translate_global(struct translator *t, bool set) {
    const uint32_t index = vm_read_u32(&t->pc);
    if (!set) {
        vm_emit_value(t, VM_CELL_GLOBAL_GET, 2)[1].k = index;
        return;
    }
    const uint32_t top = t->height - 1;
    if (entry_at(t, top)->kind == ENTRY_CONSTANT)
        vm_store_entry(t, top);
    vm_resolve(t, top);
    const struct operand operand = vm_operand_at(t, top);
    vm_take(t, 1);
    union vm_word *const cell =
        vm_emit(t, operand.place == IN_ACCUMULATOR ? VM_CELL_GLOBAL_SET_A : VM_CELL_GLOBAL_SET_S, 2);
    cell[1].a = (uint16_t)operand.slot;
    cell[1].k = index;
}

/* Typed by vm/opcodes.def where that says it all. */
static void escape_by_table(struct translator *t, uint32_t op) {
    const struct vm_opcode *const row = &vm_opcodes[op];
    uint32_t in = 0, out = 0;
    while (row->in[in] != '\0')
        in++;
    while (row->out[out] != '\0')
        out++;
    switch (op) {
    case VM_OP_TABLE_GET:
    case VM_OP_TABLE_SET:
        in = op == VM_OP_TABLE_GET ? 1 : 2;
        out = op == VM_OP_TABLE_GET ? 1 : 0;
        break;
    case VM_OP_TABLE_GROW:
        in = 2;
        break;
    case VM_OP_TABLE_FILL:
        in = 3;
        out = 0;
        break;
    case VM_OP_REF_FUNC:
        in = 0;
        out = 1;
        break;
    default:
        break;
    }
    vm_skip_immediate(&t->pc, row->immediate);
    vm_escape(t, in, out, true);
}

#define CONTROL_ROW(name) [VM_OP_##name] = {0, RULE_CONTROL, 0, 0}
#define COMPARISON_ROW(name, type, result) [VM_OP_##name] = {0, RULE_COMPARISON, sizeof(type), NUMBER_##name},
#define ARITHMETIC_ROW(name, type, result) [VM_OP_##name] = {0, RULE_ARITHMETIC, sizeof(type), VM_CELL_##name##_SS},
#define DIVISION_ROW(name, type, function) [VM_OP_##name] = {0, RULE_DIVISION, sizeof(type), VM_CELL_##name##_SS},
#define UNARY_ROW(name, type, result) [VM_OP_##name] = {0, RULE_UNARY, sizeof(type), VM_CELL_##name##_S},
#define WIDE_ROW(name, function) [VM_OP_##name] = {0, RULE_WIDE, 8, VM_CELL_##name},
#define WIDE_PRODUCT_ROW(name, function) [VM_OP_##name] = {0, RULE_WIDE_PRODUCT, 8, VM_CELL_##name},
#define LOAD_ROW(name, cell, width) [VM_OP_##name] = {0, RULE_LOAD, width, VM_CELL_##cell##_S}
#define STORE_ROW(name, cell, width) [VM_OP_##name] = {0, RULE_STORE, width, VM_CELL_##cell##_SS}

static const struct rule_row rules[VM_OP_COUNT] = {
    CONTROL_ROW(UNREACHABLE),
    CONTROL_ROW(BLOCK),
    CONTROL_ROW(LOOP),
    CONTROL_ROW(IF),
    CONTROL_ROW(ELSE),
    CONTROL_ROW(END),
    CONTROL_ROW(BR),
    CONTROL_ROW(BR_IF),
    CONTROL_ROW(BR_TABLE),
    CONTROL_ROW(RETURN),
    CONTROL_ROW(CALL),
    CONTROL_ROW(CALL_INDIRECT),
    CONTROL_ROW(RETURN_CALL),
    CONTROL_ROW(RETURN_CALL_INDIRECT),
    [VM_OP_NOP] = {0, RULE_NOTHING, 0, 0},
    [VM_OP_I64_EXTEND_I32_U] = {0, RULE_NOTHING, 0, 0},
    [VM_OP_I32_REINTERPRET_F32] = {0, RULE_NOTHING, 0, 0},
    [VM_OP_I64_REINTERPRET_F64] = {0, RULE_NOTHING, 0, 0},
    [VM_OP_F32_REINTERPRET_I32] = {0, RULE_NOTHING, 0, 0},
    [VM_OP_F64_REINTERPRET_I64] = {0, RULE_NOTHING, 0, 0},
    [VM_OP_DROP] = {0, RULE_DROP, 0, 0},
    [VM_OP_SELECT] = {0, RULE_SELECT, 0, 0},
    [VM_OP_SELECT_TYPED] = {0, RULE_SELECT, 0, 0},
    [VM_OP_LOCAL_GET] = {0, RULE_LOCAL_GET, 0, 0},
    [VM_OP_LOCAL_SET] = {0, RULE_LOCAL_SET, 0, 0},
    [VM_OP_LOCAL_TEE] = {0, RULE_LOCAL_TEE, 0, 0},
    [VM_OP_GLOBAL_GET] = {0, RULE_GLOBAL_GET, 0, 0},
    [VM_OP_GLOBAL_SET] = {0, RULE_GLOBAL_SET, 0, 0},
    [VM_OP_I32_CONST] = {0, RULE_CONSTANT, 4, 0},
    [VM_OP_I64_CONST] = {0, RULE_CONSTANT, 8, 0},
    [VM_OP_F32_CONST] = {0, RULE_BYTES, 4, 0},
    [VM_OP_F64_CONST] = {0, RULE_BYTES, 8, 0},
    [VM_OP_REF_NULL] = {0, RULE_NULL, 8, 0},
    [VM_OP_I32_EQZ] = {0, RULE_IS_ZERO, 4, 0},
    [VM_OP_I64_EQZ] = {0, RULE_IS_ZERO, 8, 0},
    [VM_OP_REF_IS_NULL] = {0, RULE_IS_ZERO, 8, 0},
    [VM_OP_MEMORY_COPY] = {0, RULE_BULK, 0, VM_CELL_MEMORY_COPY},
    [VM_OP_MEMORY_FILL] = {0, RULE_BULK, 0, VM_CELL_MEMORY_FILL},
    [VM_OP_MEMORY_SIZE] = {0, RULE_MEMORY_SIZE, 0, 0},
    [VM_OP_I64_EXTEND_I32_S] = {0, RULE_UNARY, 8, VM_CELL_I64_EXTEND32_S_S},
    VM_FAST_COMPARISONS(COMPARISON_ROW) VM_FAST_ARITHMETIC(ARITHMETIC_ROW) VM_FAST_DIVISIONS(DIVISION_ROW)
        VM_FAST_UNARY(UNARY_ROW) VM_FAST_WIDE(WIDE_ROW) VM_FAST_WIDE_PRODUCTS(WIDE_PRODUCT_ROW)
            LOAD_ROW(I32_LOAD, LOAD32_U, 4),
    LOAD_ROW(F32_LOAD, LOAD32_U, 4),
    LOAD_ROW(I64_LOAD32_U, LOAD32_U, 4),
    LOAD_ROW(I64_LOAD, LOAD64, 8),
    LOAD_ROW(F64_LOAD, LOAD64, 8),
    LOAD_ROW(I32_LOAD8_S, I32_LOAD8_S, 1),
    LOAD_ROW(I32_LOAD8_U, LOAD8_U, 1),
    LOAD_ROW(I64_LOAD8_U, LOAD8_U, 1),
    LOAD_ROW(I32_LOAD16_S, I32_LOAD16_S, 2),
    LOAD_ROW(I32_LOAD16_U, LOAD16_U, 2),
    LOAD_ROW(I64_LOAD16_U, LOAD16_U, 2),
    LOAD_ROW(I64_LOAD8_S, I64_LOAD8_S, 1),
    LOAD_ROW(I64_LOAD16_S, I64_LOAD16_S, 2),
    LOAD_ROW(I64_LOAD32_S, I64_LOAD32_S, 4),
    STORE_ROW(I32_STORE, STORE32, 4),
    STORE_ROW(F32_STORE, STORE32, 4),
    STORE_ROW(I64_STORE32, STORE32, 4),
    STORE_ROW(I64_STORE, STORE64, 8),
    STORE_ROW(F64_STORE, STORE64, 8),
    STORE_ROW(I32_STORE8, STORE8, 1),
    STORE_ROW(I64_STORE8, STORE8, 1),
    STORE_ROW(I32_STORE16, STORE16, 2),
    STORE_ROW(I64_STORE16, STORE16, 2),
};

static struct rule_row row_of(const struct translator *t, uint32_t op) {
    struct rule_row row = rules[op];
    row.price = t->code->schedule.instruction[op];
    if (row.rule <= RULE_CONTROL)
        row.cell = (uint16_t)op;
    return row;
}

void vm_fill_rules(struct translator *t) {
    for (uint32_t byte = 0; byte < 256; byte++)
        t->rules[byte] = vm_op_by_byte[byte] == VM_OP_COUNT ? (struct rule_row){.rule = RULE_PREFIX}
                                                            : row_of(t, vm_op_by_byte[byte]);
}

static void translate_instruction(struct translator *t, const struct rule_row *row) {
    switch ((enum rule)row->rule) {
    case RULE_OTHER:
        escape_by_table(t, row->cell);
        return;
    case RULE_CONTROL:
        t->op = row->cell;
        vm_translate_control(t);
        return;
    case RULE_NOTHING:
        return;
    case RULE_DROP:
        vm_pop(t, 1);
        return;
    case RULE_SELECT:
        if (*t->at == VM_CODE_SELECT_TYPED)
            vm_skip_immediate(&t->pc, VM_IMM_SELECT_TYPES);
        translate_select(t);
        return;
    case RULE_LOCAL_SET:
        vm_set_local(t, vm_read_u32(&t->pc), false);
        return;
    case RULE_LOCAL_TEE:
        vm_set_local(t, vm_read_u32(&t->pc), true);
        return;
    case RULE_GLOBAL_GET:
        translate_global(t, false);
        return;
    case RULE_GLOBAL_SET:
        translate_global(t, true);
        return;
    case RULE_BYTES:
        vm_push_constant(t, row->width == 4 ? vm_load_u32(t->pc) : vm_load_u64(t->pc));
        t->pc += row->width;
        return;
    case RULE_NULL:
        (void)vm_read_signed(&t->pc);
        vm_push_constant(t, 0);
        return;
    case RULE_IS_ZERO:
        comparison_with_zero(t, row->width == 8);
        return;
    case RULE_ARITHMETIC:
        if (row->cell <= VM_CELL_I32_SUB_SS && add_lazily(t, row->cell == VM_CELL_I32_SUB_SS))
            return;
        if (row->cell == VM_CELL_I64_AND_SS && mask_lower_half(t))
            return;
        if (row->cell == VM_CELL_I32_AND_SS && mask_lowest_bit(t))
            return;
        binary(t, row);
        return;
    case RULE_COMPARISON:
    case RULE_DIVISION:
        binary(t, row);
        return;
    case RULE_UNARY:
        unary(t, row->cell);
        return;
    case RULE_WIDE:
        wide(t, row->cell, 4, true);
        return;
    case RULE_WIDE_PRODUCT:
        wide(t, row->cell, 2, false);
        return;
    case RULE_LOAD:
        vm_translate_load(t, row->cell, row->width);
        return;
    case RULE_STORE:
        vm_translate_store(t, row->cell, row->width);
        return;
    case RULE_BULK:
        vm_skip_immediate(&t->pc, row->cell == VM_CELL_MEMORY_COPY ? VM_IMM_MEMORY_MEMORY : VM_IMM_MEMORY);
        vm_translate_bulk(t, row->cell);
        return;
    case RULE_MEMORY_SIZE:
        (void)vm_read_u32(&t->pc);
        vm_emit_value(t, VM_CELL_MEMORY_SIZE, 2);
        return;
    case RULE_PREFIX:
    case RULE_LOCAL_GET:
    case RULE_CONSTANT:
        return; /* done */
    }
}

/* An i32.const or i64.const. */
static inline uint64_t read_constant(const uint8_t **pc, uint32_t width) {
    const uint8_t *const bytes = *pc;
    uint64_t value;
    if (bytes[0] >= 0x80 && bytes[1] < 0x80) {
        value = (((bytes[0] & 0x7Fu) | (uint64_t)bytes[1] << 7) ^ 0x2000) - 0x2000;
        *pc += 2;
    } else {
        value = vm_read_signed(pc);
    }
    return width == 4 ? (uint32_t)value : value;
}

/* One instruction that is more than a constant or a local, with all of these in front of it. */
static void translate_some(struct translator *t) {
    const uint8_t *pc = t->pc, *at;
    uint64_t potential = t->potential;
    const struct rule_row *row;
    struct rule_row prefixed;
    for (;;) {
        at = pc;
        row = &t->rules[*pc++];
        potential += row->price;
        if (row->rule == RULE_LOCAL_GET)
            vm_push_local(t, vm_read_u32(&pc));
        else if (row->rule == RULE_CONSTANT)
            vm_push_constant(t, read_constant(&pc, row->width));
        else
            break;
        if (!t->fold)
            break;
    }
    if (row->rule == RULE_PREFIX) {
        prefixed = row_of(t, vm_op_by_prefix(*at, vm_read_u32(&pc)));
        row = &prefixed;
        potential += row->price;
    }
    t->at = at;
    t->pc = pc;
    t->price = row->price;
    t->potential = (uint32_t)potential;
    if (potential > GREATEST_POTENTIAL)
        vm_give_up(t);
    else
        translate_instruction(t, row);
}

void vm_translate_live(struct translator *t) {
    while (t->live) {
        translate_some(t);
        if (!t->fold && t->live) {
            vm_flush(t, t->height);
            vm_forget_accumulator(t);
            vm_end_region(t);
        }
    }
}
