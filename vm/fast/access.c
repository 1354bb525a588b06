/* vm/fast/access.c - translates loads and stores, with what made their addresses.  Spec: exec-instr-memory */
#include "vm/fast/translator.h"
#include "vm/leb128.h"

/* The end of an access, counted from its address; false if that takes 33 bits. */
static bool read_memarg(struct translator *t, uint32_t width, uint32_t *end) {
    const uint64_t sum = (uint64_t)vm_read_memarg(&t->pc) + width;
    *end = (uint32_t)sum;
    return sum <= UINT32_MAX;
}

/* A constant address and the offset in one number. */
static bool folds_address(const struct entry *entry, uint32_t end) {
    return entry->kind == ENTRY_CONSTANT && entry->constant + end <= UINT32_MAX;
}

/* The address class of a load, among its cells, if the last cell made the address; LOADS_END: it is no such sum. */
enum { LOADS_X = 8, LOADS_Y = 10, LOADS_Z = 12, LOADS_W = 14, LOADS_END = 16 };
static uint32_t class_of_sum(const union vm_word *made) {
    switch (made->bits) {
    case VM_CELL_I32_ADD_SS:
        return LOADS_X;
    case VM_CELL_I32_ADD_AS:
    case VM_CELL_I32_ADD_SA:
        return LOADS_Y;
    case VM_CELL_I32_SHL_SK:
        return LOADS_Z;
    case VM_CELL_I32_SHL_I32_ADD_SKS:
        return LOADS_W;
    default:
        return LOADS_END;
    }
}

/* What a table is looked up with: a field of bits of a slot or the accumulator. */
struct index {
    uint32_t right, mask, left; /* shifted right, cut, shifted left */
    uint32_t slot;
    bool of_accumulator, has_base;
    uint32_t base; /* a slot that is added */
};

static struct index index_of(const union vm_word *cell) {
    struct index index = {.mask = UINT32_MAX, .slot = cell[1].a};
    switch (cell->bits) {
    case VM_CELL_I32_AND_AK:
    case VM_CELL_I32_AND_SK:
        index.mask = cell[1].k;
        break;
    case VM_CELL_I32_SHR_U_AK:
    case VM_CELL_I32_SHR_U_SK:
        index.right = cell[1].k & 31;
        break;
    case VM_CELL_I32_SHL_AK:
        index.left = cell[1].k & 31;
        break;
    case VM_CELL_I32_AND_I32_SHL_AKK:
    case VM_CELL_I32_AND_I32_SHL_SKK:
        index.mask = (uint32_t)cell[1].sb;
        index.left = cell[1].c & 31;
        break;
    case VM_CELL_I32_SHR_U_I32_AND_AKK:
    case VM_CELL_I32_SHR_U_I32_AND_SKK:
        index.right = cell[1].b & 31;
        index.mask = (uint32_t)cell[1].sc;
        break;
    default:
        index.slot = NONE;
        break;
    }
    switch (cell->bits) {
    case VM_CELL_I32_AND_AK:
    case VM_CELL_I32_SHR_U_AK:
    case VM_CELL_I32_SHL_AK:
    case VM_CELL_I32_AND_I32_SHL_AKK:
    case VM_CELL_I32_SHR_U_I32_AND_AKK:
        index.of_accumulator = true;
        break;
    default:
        break;
    }
    return index;
}

/* The first cell of a load with what tables need, by its cell of class S. */
enum { CELLS_PER_TABLE_LOAD = 10, TABLE_KEPT = 8 };
static uint32_t table_load(uint32_t first) {
    return VM_CELL_LOAD8_U_IS + (first - VM_CELL_LOAD8_U_S) / VM_CELLS_PER_LOAD * CELLS_PER_TABLE_LOAD;
}

/* A load from a table: the last cell made an index, or the one in front of it, and it added a slot. */
static bool load_indexed(struct translator *t, uint32_t first, uint32_t end) {
    const union vm_word *const last = vm_last_maker(t, t->height - 1);
    if (last == NULL || first >= VM_CELL_I32_LOAD8_S_S)
        return false;
    struct index index = index_of(last);
    if (last->bits == VM_CELL_I32_ADD_AS || last->bits == VM_CELL_I32_ADD_SA) {
        const union vm_word *const before = vm_last_cell(t, 2);
        if (before == NULL)
            return false;
        index = index_of(before);
        index.has_base = true;
        index.base = last[1].a;
    }
    if (index.slot == NONE)
        return false;
    vm_pop(t, 1);
    vm_take_back(t);
    if (index.has_base)
        vm_take_back(t);
    union vm_word *const cell = vm_emit_value(
        t, table_load(first) + (index.has_base ? 4 : 0) + (index.of_accumulator ? 2 : 0), index.has_base ? 4 : 3);
    cell[1].a = (uint16_t)index.slot;
    cell[1].b = (uint16_t)index.right;
    cell[1].c = (uint16_t)index.left;
    cell[2].more = end;
    cell[2].value = index.mask;
    if (index.has_base)
        cell[3].a = (uint16_t)index.base;
    vm_add_site(t, vm_made(t, 1)->position);
    return true;
}

/* A load from a local that the last cell set to local + constant, and which the accumulator equals. */
static bool load_kept(struct translator *t, uint32_t first, uint32_t end) {
    const struct entry *const entry = entry_at(t, t->height - 1);
    const union vm_word *const last = vm_last_cell(t, 1);
    if (last == NULL || last->bits != VM_CELL_I32_ADD_SK_D || entry->kind != ENTRY_LOCAL ||
        t->accumulator != entry->slot || first >= VM_CELL_I32_LOAD8_S_S)
        return false;
    const union vm_word sum = last[1];
    vm_pop(t, 1);
    vm_take_back(t);
    union vm_word *const cell = vm_emit_value(t, table_load(first) + TABLE_KEPT, 3);
    cell[1].a = sum.a;
    cell[1].k = sum.k;
    cell[2].more = end;
    cell[2].value = sum.d;
    vm_touch(t, sum.a, vm_made(t, 1)->position);
    vm_touch(t, sum.d, vm_made(t, 1)->position);
    vm_add_site(t, vm_made(t, 1)->position);
    return true;
}

/* A load from the sum that the last cell made. */
static bool load_sum(struct translator *t, uint32_t first, uint32_t end) {
    const union vm_word *const last = vm_last_maker(t, t->height - 1);
    const uint32_t class = last == NULL ? LOADS_END : class_of_sum(last);
    if (class == LOADS_END)
        return false;
    const union vm_word operands = last[1];
    vm_pop(t, 1);
    vm_take_back(t);
    union vm_word *const cell = vm_emit_value(t, first + class, 3);
    cell[1].a = operands.a;
    cell[1].b = class == LOADS_Z ? operands.k & 31 : operands.b;
    cell[1].c = class == LOADS_W ? operands.c : 0;
    cell[2].more = end;
    vm_add_site(t, vm_made(t, 1)->position);
    return true;
}

void vm_translate_load(struct translator *t, uint32_t first, uint32_t width) {
    uint32_t end;
    if (!read_memarg(t, width, &end)) {
        vm_escape(t, 1, 1, true);
        return;
    }
    const uint32_t top = t->height - 1;
    const struct entry entry = *entry_at(t, top);
    const bool constant = folds_address(&entry, end);
    if (entry.kind == ENTRY_CONSTANT && !constant)
        vm_to_accumulator(t, top);
    if (load_indexed(t, first, end) || load_sum(t, first, end) || load_kept(t, first, end))
        return;
    const struct operand operand = vm_operand_at(t, top);
    vm_take(t, 1);
    union vm_word *cell;
    if (entry.kind == ENTRY_SUM) {
        cell = vm_emit_value(t, first + 4, 3);
        cell[1].a = (uint16_t)entry.slot;
        cell[1].k = (uint32_t)entry.constant;
        cell[2].more = end;
    } else if (constant) {
        cell = vm_emit_value(t, first + 6, 2);
        cell[1].k = (uint32_t)entry.constant + end;
    } else {
        cell = vm_emit_value(t, first + (operand.place == IN_ACCUMULATOR ? 2 : 0), 2);
        cell[1].a = (uint16_t)operand.slot;
        cell[1].k = end;
    }
    vm_add_site(t, vm_made(t, 1)->position);
}

void vm_translate_store(struct translator *t, uint32_t first, uint32_t width) {
    enum { SUM = 3 };
    static const uint8_t cells[4][3] = {{0, 1, 2}, {3, 0, 4}, {8, 9, 10}, [SUM] = {5, 6, 7}}; /* by places */
    uint32_t end;
    if (!read_memarg(t, width, &end)) {
        vm_escape(t, 2, 0, true);
        return;
    }
    const uint32_t left = t->height - 2, right = t->height - 1;
    vm_prepare(t, right, width == 8);
    struct entry entry = *entry_at(t, left);
    const bool constant = folds_address(&entry, end);
    if (entry.kind == ENTRY_CONSTANT && !constant) {
        vm_to_accumulator(t, left);
        entry = *entry_at(t, left);
    }
    const bool sum = entry.kind == ENTRY_SUM;
    struct operand address = vm_operand_at(t, left);
    struct operand value = vm_operand_at(t, right);
    if (!sum && address.place == IN_ACCUMULATOR && value.place == IN_ACCUMULATOR) {
        if (entry.kind == ENTRY_LOCAL)
            address.place = IN_SLOT;
        else
            value.place = IN_SLOT;
    }
    vm_add_site(t, t->size);
    vm_take(t, 2);
    union vm_word *const cell =
        vm_emit(t, first + cells[sum ? SUM : address.place][value.place], sum || value.place == IN_CELL ? 3 : 2);
    cell[1].a = (uint16_t)(sum ? entry.slot : address.slot);
    cell[1].k = sum || constant ? (uint32_t)entry.constant : end;
    if (constant)
        cell[1].k += end;
    if (sum)
        cell[2].more = end;
    if (value.place == IN_CELL)
        cell[2].value = (uint32_t)value.constant;
    else
        cell[1].d = (uint16_t)value.slot;
}
