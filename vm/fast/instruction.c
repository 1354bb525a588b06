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

static enum class class_of(struct operand a, struct operand b) {
    if (a.kind == 'K') return b.kind == 'A' ? CLASS_KA : CLASS_KS;
    if (b.kind == 'K') return a.kind == 'A' ? CLASS_AK : CLASS_SK;
    return a.kind == 'A'   ? CLASS_AS
           : b.kind == 'A' ? CLASS_SA
                           : CLASS_SS;
}

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

/* Puts the operation `second`, which takes what the last cell made and `other`, into that cell.  False if there is no
 * such cell.  made: the entry of the last cell's value, which is the left operand, or the operation commutes. */
static bool pair_up(struct translator *t, uint32_t second, uint32_t made, struct operand other, bool wide) {
    const union vm_word *const last = vm_last_maker(t, made);
    if (last == NULL || (other.kind == 'K' && !is_short(other.constant, wide)))
        return false;
    uint32_t pair, class, compared;
    if (vm_is_comparison((uint32_t)last->bits, &compared)) {
        static const uint8_t classes[] = {2 * CLASS_SS, 2 * CLASS_AS, 2 * CLASS_SK, 2 * CLASS_AK};
        pair = compared_pairs[compared][number_of(second)];
        class = classes[vm_comparison_class((uint32_t)last->bits)];
    } else {
        const uint32_t number = number_of((uint32_t)last->bits);
        if (number >= OPERATIONS)
            return false;
        pair = pairs[number][number_of(second)];
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
    union vm_word *const cell =
        third_in_accumulator
            ? vm_emit_value(t, pair + 16 + (constant ? 2 : 0))
            : vm_emit_value(t, pair + (from_accumulator ? 8 : 0) + (constant ? 4 : 0) + (other.kind == 'K' ? 2 : 0));
    cell[1].a = operands.a;
    cell[1].b = (uint16_t)(constant ? operands.k : class == 2 * CLASS_SS ? operands.b : operands.a);
    cell[1].c = (uint16_t)(other.kind == 'K' ? other.constant : other.slot);
    return true;
}

/* (~x & y) ^ z: the last cell is (x ^ -1) & y, with y in a slot: also if it is a local that the accumulator equals. */
static bool choose(struct translator *t, uint32_t made, struct operand other) {
    const union vm_word *const last = vm_last_maker(t, made);
    if (last == NULL || last[1].sb != -1 || other.kind != 'S' ||
        (last->bits != VM_CELL_I64_XOR_I64_AND_SKS &&
         (last->bits != VM_CELL_I64_XOR_I64_AND_SKA || last[1].c >= t->local_count)))
        return false;
    const union vm_word operands = last[1];
    const bool from_accumulator = vm_unsave(t, beside(t, made));
    take_pair_back(t);
    union vm_word *const cell = vm_emit_value(t, from_accumulator ? VM_CELL_I64_CHOOSE_SSA : VM_CELL_I64_CHOOSE_SSS);
    cell[1].a = operands.a;
    cell[1].b = operands.c;
    cell[1].c = (uint16_t)other.slot;
    return true;
}

/* The same for a load and an operation with a slot.  The place where it may trap is that of the load, already noted. */
static bool pair_with_load(struct translator *t, uint32_t operation, uint32_t made, struct operand other) {
    enum { OF_SLOT = 0, OF_SUM = 4 }; /* among the cells of a load */
    const union vm_word *const last = vm_last_maker(t, made);
    if (last == NULL || other.kind != 'S' || last->bits < VM_CELL_LOAD8_U_S)
        return false;
    const uint32_t load = (uint32_t)(last->bits - VM_CELL_LOAD8_U_S) / VM_CELLS_PER_LOAD;
    const uint32_t class = (uint32_t)(last->bits - VM_CELL_LOAD8_U_S) % VM_CELLS_PER_LOAD;
    if (load >= LOADS || (class != OF_SLOT && class != OF_SUM))
        return false;
    const uint32_t pair = load_pairs[load][number_of(operation)];
    if (pair == 0)
        return false;
    const union vm_word address = last[1];
    const uint32_t end = class == OF_SUM ? last[2].more : address.k;
    const bool from_accumulator = vm_has_in_front(t, beside(t, made));
    take_pair_back(t);
    union vm_word *const cell = vm_emit_value(t, pair + (class == OF_SUM ? 2u : 0u) + (from_accumulator ? 4u : 0u));
    cell[1] = address;
    cell[2].more = end;
    cell[2].value = other.slot;
    return true;
}

/* An operation with a constant that takes a word of its own, on the right. */
static bool binary_long(struct translator *t, uint32_t operation) {
    const struct entry *const right = entry_at(t, t->height - 1);
    if (right->kind != ENTRY_CONSTANT || vm_fits(right->constant, true))
        return false;
    const uint32_t token = long_cells[number_of(operation)];
    if (token == 0)
        return false;
    const uint64_t constant = right->constant;
    const uint32_t left = t->height - 2;
    vm_pop(t);
    vm_to_accumulator(t, left);
    const struct operand operand = vm_operand_at(t, left);
    vm_take(t, 1);
    union vm_word *const cell = vm_emit_value(t, token + (operand.kind == 'A' ? 2 : 0));
    cell[1].a = (uint16_t)operand.slot;
    cell[2].bits = constant;
    return true;
}

/* Takes the two topmost operands and gives one.  `first`: the cell of class SS; number: of a comparison, or NONE. */
static void binary(struct translator *t, uint32_t first, bool wide, uint32_t number, bool traps) {
    const uint32_t left = t->height - 2, right = t->height - 1;
    if (wide && number == NONE && !traps && binary_long(t, first))
        return;
    vm_prepare(t, left, wide);
    vm_prepare(t, right, wide);
    struct operand a = vm_operand_at(t, left), b = vm_operand_at(t, right);
    if (a.kind == 'K' && b.kind == 'K') {
        vm_to_accumulator(t, left);
        a = vm_operand_at(t, left);
    }
    if (a.kind == 'A' && b.kind == 'A') { /* both are the same local, or one is */
        if (entry_at(t, left)->kind == ENTRY_LOCAL)
            a.kind = 'S';
        else
            b.kind = 'S';
    }
    enum class class = class_of(a, b);
    if (number != NONE) {
        if (class == CLASS_SA || class == CLASS_KS || class == CLASS_KA) {
            class = class == CLASS_SA ? CLASS_AS : class == CLASS_KS ? CLASS_SK : CLASS_AK;
            number = swapped_comparison(number);
            const struct operand other = a;
            a = b;
            b = other;
        }
        first = VM_CELL_I32_EQ_SS + number * CELLS_PER_COMPARISON;
    }
    if (number == NONE && !traps && t->fold) {
        const bool swapped = b.kind == 'A';
        const uint32_t made = swapped ? right : left;
        const struct operand other = swapped ? a : b;
        if (first == VM_CELL_I64_XOR_SS && choose(t, made, other))
            return;
        if (commutative[number_of(first)] && pair_with_load(t, first, made, other))
            return;
        if ((!swapped || commutative[number_of(first)]) && pair_up(t, first, made, other, wide))
            return;
    }
    vm_take(t, 2);
    /* A comparison has no cells of class SA in between. */
    const uint32_t place = number != NONE && class > CLASS_SA ? (uint32_t)class - 1 : (uint32_t)class;
    union vm_word *const cell = vm_emit_value(t, first + 2 * place);
    cell[1].a = (uint16_t)(a.kind == 'S' ? a.slot : b.slot);
    if (class == CLASS_SS)
        cell[1].b = (uint16_t)b.slot;
    else if (class >= CLASS_SK)
        cell[1].k = (uint32_t)(a.kind == 'K' ? a.constant : b.constant);
    if (traps)
        vm_add_site(t, t->last);
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
    vm_pop(t);
    return true;
}

static void unary(struct translator *t, uint32_t first) {
    const uint32_t top = t->height - 1;
    vm_to_accumulator(t, top);
    const struct operand operand = vm_operand_at(t, top);
    vm_take(t, 1);
    vm_emit_value(t, first + (operand.kind == 'A' ? 2 : 0))[1].a = (uint16_t)operand.slot;
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
        slots[i] = (uint16_t)(entry->kind == ENTRY_LOCAL ? entry->local : vm_own_slot(t, first + i));
        vm_read_operand(t, first + i, t->size);
    }
    while (t->height > first)
        vm_pop(t);
    struct entry *const low = vm_push(t, ENTRY_VALUE);
    low->cell = t->size;
    low->stored = true;
    low->second = true;
    union vm_word *const cell = vm_emit_value(t, token + (zero[1] ? 4 : zero[3] ? 2 : 0));
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
    vm_pop(t);
    unary(t, VM_CELL_I32_WRAP_I64_S);
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
    binary(t, 0, wide, wide ? 10 : 0, false);
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
    union vm_word *const cell = vm_emit_value(t, VM_CELL_SELECT_I32_EQ_SS + 8 * comparison + 2 * class);
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
    union vm_word *const cell =
        vm_emit_value(t, (condition.kind == 'A' ? VM_CELL_SELECT_A : VM_CELL_SELECT_S) + values);
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
        vm_emit_value(t, VM_CELL_GLOBAL_GET)[1].k = index;
        return;
    }
    const uint32_t top = t->height - 1;
    if (entry_at(t, top)->kind == ENTRY_CONSTANT)
        vm_store_entry(t, top);
    vm_resolve(t, top);
    const struct operand operand = vm_operand_at(t, top);
    vm_take(t, 1);
    union vm_word *const cell = vm_emit(t, operand.kind == 'A' ? VM_CELL_GLOBAL_SET_A : VM_CELL_GLOBAL_SET_S);
    cell[1].a = (uint16_t)operand.slot;
    cell[1].k = index;
}

/* Typed by vm/opcodes.def where that says it all. */
static void escape_by_table(struct translator *t) {
    const struct vm_opcode *const row = &vm_opcodes[t->op];
    uint32_t in = 0, out = 0;
    while (row->in[in] != '\0')
        in++;
    while (row->out[out] != '\0')
        out++;
    switch (t->op) {
    case VM_OP_TABLE_GET:
    case VM_OP_TABLE_SET:
        in = t->op == VM_OP_TABLE_GET ? 1 : 2;
        out = t->op == VM_OP_TABLE_GET ? 1 : 0;
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

#define COMPARISON_CASE(name, type, result)                                                                            \
    case VM_OP_##name:                                                                                                 \
        binary(t, 0, sizeof(type) == 8, NUMBER_##name, false);                                                         \
        return;
#define BINARY_CASE(name, type, result)                                                                                \
    case VM_OP_##name:                                                                                                 \
        binary(t, VM_CELL_##name##_SS, sizeof(type) == 8, NONE, false);                                                \
        return;
#define DIVISION_CASE(name, type, function)                                                                            \
    case VM_OP_##name:                                                                                                 \
        binary(t, VM_CELL_##name##_SS, sizeof(type) == 8, NONE, true);                                                 \
        return;
#define UNARY_CASE(name, type, result)                                                                                 \
    case VM_OP_##name:                                                                                                 \
        unary(t, VM_CELL_##name##_S);                                                                                  \
        return;
#define WIDE_CASE(name, function)                                                                                      \
    case VM_OP_##name:                                                                                                 \
        wide(t, VM_CELL_##name, 4, true);                                                                              \
        return;
#define WIDE_PRODUCT_CASE(name, function)                                                                              \
    case VM_OP_##name:                                                                                                 \
        wide(t, VM_CELL_##name, 2, false);                                                                             \
        return;
#define ACCESS_CASE(function, name, cell, width)                                                                       \
    case VM_OP_##name:                                                                                                 \
        vm_translate_##function(t, VM_CELL_##cell, width);                                                             \
        return;

void vm_translate_instruction(struct translator *t) {
    if ((t->op == VM_OP_I32_ADD || t->op == VM_OP_I32_SUB) && add_lazily(t, t->op == VM_OP_I32_SUB))
        return;
    if (t->op == VM_OP_I64_AND && mask_lower_half(t))
        return;
    switch (t->op) {
    case VM_OP_NOP:
        return;
    case VM_OP_DROP:
        vm_pop(t);
        return;
    case VM_OP_SELECT_TYPED:
        vm_skip_immediate(&t->pc, VM_IMM_SELECT_TYPES);
        translate_select(t);
        return;
    case VM_OP_SELECT:
        translate_select(t);
        return;
    case VM_OP_LOCAL_GET:
        vm_push_local(t, vm_read_u32(&t->pc));
        return;
    case VM_OP_LOCAL_SET:
    case VM_OP_LOCAL_TEE:
        vm_set_local(t, vm_read_u32(&t->pc), t->op == VM_OP_LOCAL_TEE);
        return;
    case VM_OP_GLOBAL_GET:
    case VM_OP_GLOBAL_SET:
        translate_global(t, t->op == VM_OP_GLOBAL_SET);
        return;
    case VM_OP_MEMORY_COPY:
    case VM_OP_MEMORY_FILL:
        vm_skip_immediate(&t->pc, vm_opcodes[t->op].immediate);
        vm_translate_bulk(t, t->op == VM_OP_MEMORY_COPY ? VM_CELL_MEMORY_COPY : VM_CELL_MEMORY_FILL);
        return;
    case VM_OP_MEMORY_SIZE:
        (void)vm_read_u32(&t->pc);
        vm_emit_value(t, VM_CELL_MEMORY_SIZE);
        return;
    case VM_OP_I32_CONST:
        vm_push_constant(t, (uint32_t)vm_read_signed(&t->pc));
        return;
    case VM_OP_I64_CONST:
        vm_push_constant(t, vm_read_signed(&t->pc));
        return;
    case VM_OP_F32_CONST:
        vm_push_constant(t, vm_load_u32(t->pc));
        t->pc += 4;
        return;
    case VM_OP_F64_CONST:
        vm_push_constant(t, vm_load_u64(t->pc));
        t->pc += 8;
        return;
    case VM_OP_REF_NULL:
        (void)vm_read_signed(&t->pc);
        vm_push_constant(t, 0);
        return;
    case VM_OP_I32_EQZ:
        comparison_with_zero(t, false);
        return;
    case VM_OP_I64_EQZ:
    case VM_OP_REF_IS_NULL:
        comparison_with_zero(t, true);
        return;
    /* Values are bits, and 32 of them have zeros above. */
    case VM_OP_I64_EXTEND_I32_U:
    case VM_OP_I32_REINTERPRET_F32:
    case VM_OP_I64_REINTERPRET_F64:
    case VM_OP_F32_REINTERPRET_I32:
    case VM_OP_F64_REINTERPRET_I64:
        return;
    case VM_OP_I64_EXTEND_I32_S:
        unary(t, VM_CELL_I64_EXTEND32_S_S);
        return;

        VM_FAST_COMPARISONS(COMPARISON_CASE)
        VM_FAST_ARITHMETIC(BINARY_CASE)
        VM_FAST_DIVISIONS(DIVISION_CASE)
        VM_FAST_UNARY(UNARY_CASE)
        VM_FAST_WIDE(WIDE_CASE)
        VM_FAST_WIDE_PRODUCTS(WIDE_PRODUCT_CASE)

        ACCESS_CASE(load, I32_LOAD, LOAD32_U_S, 4)
        ACCESS_CASE(load, F32_LOAD, LOAD32_U_S, 4)
        ACCESS_CASE(load, I64_LOAD32_U, LOAD32_U_S, 4)
        ACCESS_CASE(load, I64_LOAD, LOAD64_S, 8)
        ACCESS_CASE(load, F64_LOAD, LOAD64_S, 8)
        ACCESS_CASE(load, I32_LOAD8_S, I32_LOAD8_S_S, 1)
        ACCESS_CASE(load, I32_LOAD8_U, LOAD8_U_S, 1)
        ACCESS_CASE(load, I64_LOAD8_U, LOAD8_U_S, 1)
        ACCESS_CASE(load, I32_LOAD16_S, I32_LOAD16_S_S, 2)
        ACCESS_CASE(load, I32_LOAD16_U, LOAD16_U_S, 2)
        ACCESS_CASE(load, I64_LOAD16_U, LOAD16_U_S, 2)
        ACCESS_CASE(load, I64_LOAD8_S, I64_LOAD8_S_S, 1)
        ACCESS_CASE(load, I64_LOAD16_S, I64_LOAD16_S_S, 2)
        ACCESS_CASE(load, I64_LOAD32_S, I64_LOAD32_S_S, 4)
        ACCESS_CASE(store, I32_STORE, STORE32_SS, 4)
        ACCESS_CASE(store, F32_STORE, STORE32_SS, 4)
        ACCESS_CASE(store, I64_STORE32, STORE32_SS, 4)
        ACCESS_CASE(store, I64_STORE, STORE64_SS, 8)
        ACCESS_CASE(store, F64_STORE, STORE64_SS, 8)
        ACCESS_CASE(store, I32_STORE8, STORE8_SS, 1)
        ACCESS_CASE(store, I64_STORE8, STORE8_SS, 1)
        ACCESS_CASE(store, I32_STORE16, STORE16_SS, 2)
        ACCESS_CASE(store, I64_STORE16, STORE16_SS, 2)
    default:
        escape_by_table(t);
        return;
    }
}
