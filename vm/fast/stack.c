/* vm/fast/stack.c - the symbolic operand stack, and the emission of cells. */
#include "vm/fast/translator.h"

union vm_word *vm_emit_slow(struct translator *t, uint32_t token, uint32_t words) {
    const uint64_t used = (uint64_t)(t->size - t->base) + words;
    if (t->base + used > t->limit || t->given_up ||
        vm_reserve(t, &t->words, (uint32_t)used, sizeof(union vm_word)) == NULL ||
        vm_reserve(t, &t->made, t->words.capacity + 1, sizeof(struct made)) == NULL) {
        vm_give_up(t);
        memset(t->scratch, 0, sizeof t->scratch);
        return t->scratch;
    }
    if (t->listing && vm_reserve(t, &t->origins, (uint32_t)used, sizeof(struct vm_fast_origin)) != NULL)
        ((struct vm_fast_origin *)t->origins.data)[t->size - t->base] = (struct vm_fast_origin){.offset = vm_offset(t)};
    t->room = vm_room(t);
    union vm_word *const cell = word_at(t, t->size);
    memset(cell, 0, words * sizeof *cell);
    cell->bits = token;
    vm_note_made(t);
    t->size += words;
    return cell;
}

static void emit_move_constant(struct translator *t, uint64_t constant, uint32_t slot) {
    union vm_word *cell;
    if (constant <= UINT32_MAX) {
        cell = vm_emit(t, VM_CELL_MOVE_K, 2);
        cell[1].k = (uint32_t)constant;
    } else if (constant >= (uint64_t)INT32_MIN) {
        cell = vm_emit(t, VM_CELL_MOVE_N, 2);
        cell[1].k = (uint32_t)constant;
    } else {
        cell = vm_emit(t, VM_CELL_MOVE_K64, 3);
        cell[2].bits = constant;
    }
    cell[1].d = (uint16_t)slot;
}

/* A further word for the last cell, which stays the last one. */
static union vm_word *lengthen(struct translator *t) {
    union vm_word *const word = vm_emit_slow(t, 0, 1);
    if (!t->given_up)
        t->made_count--;
    return word;
}

/* The last cell if it is moves from slots, and has room for one more. */
static union vm_word *last_moves(const struct translator *t) {
    union vm_word *const last = vm_last_cell(t, 1);
    return last != NULL &&
                   (last->bits == VM_CELL_MOVE_S || last->bits == VM_CELL_MOVE_SS || last->bits == VM_CELL_MOVE_SSS)
               ? last
               : NULL;
}

/* Up to four moves from slots in a row are one cell, which does one after the other. */
static void emit_move(struct translator *t, uint32_t from, uint32_t to) {
    union vm_word *const moves = last_moves(t);
    const uint64_t token = moves == NULL ? VM_CELL_COUNT : moves->bits;
    if (token == VM_CELL_MOVE_S || token == VM_CELL_MOVE_SSS) {
        union vm_word *const word = moves + (token == VM_CELL_MOVE_S ? 1 : 2);
        moves->bits = token == VM_CELL_MOVE_S ? VM_CELL_MOVE_SS : VM_CELL_MOVE_SSSS;
        word->b = (uint16_t)from;
        word->c = (uint16_t)to;
        return;
    }
    if (moves != NULL)
        moves->bits = VM_CELL_MOVE_SSS;
    union vm_word *const word = moves == NULL ? vm_emit(t, VM_CELL_MOVE_S, 2) + 1 : lengthen(t);
    word->a = (uint16_t)from;
    word->d = (uint16_t)to;
}

void vm_move_to(struct translator *t, uint32_t index, uint32_t slot) {
    vm_resolve(t, index);
    const struct operand operand = vm_operand_at(t, index);
    if (operand.place == IN_ACCUMULATOR && !(entry_at(t, index)->kind == ENTRY_LOCAL && last_moves(t) != NULL))
        vm_emit(t, VM_CELL_MOVE_A, 2)[1].d = (uint16_t)slot;
    else if (operand.place != IN_CELL)
        emit_move(t, operand.slot, slot);
    else
        emit_move_constant(t, operand.constant, slot);
    vm_read_operand(t, index, vm_made(t, 1)->position);
}

void vm_store_entry(struct translator *t, uint32_t index) {
    struct entry *const entry = entry_at(t, index);
    vm_resolve(t, index);
    if (entry->kind == ENTRY_VALUE) {
        if (!entry->stored)
            vm_store_accumulator(t);
        return;
    }
    vm_move_to(t, index, vm_own_slot(t, index));
    *entry = (struct entry){.kind = ENTRY_VALUE, .slot = vm_own_slot(t, index), .stored = true, .cell = NONE};
}

void vm_flush_slow(struct translator *t, uint32_t height) {
    for (uint32_t i = height; i-- > t->clean;)
        vm_store_entry(t, i);
    t->clean = height;
}

/* What waits for the old value of a local reads it now.  Of many entries all but the topmost are stored first, so that
 * none is looked at often. */
static void read_before_set(struct translator *t, uint32_t local) {
    enum { MANY = 64 };
    if (t->height - t->clean > 2 * MANY)
        vm_flush(t, t->height - MANY);
    t->waiting = 0;
    for (uint32_t i = t->height - 1; i-- > t->clean;) {
        const struct entry *const entry = entry_at(t, i);
        if (entry->kind != ENTRY_LOCAL && entry->kind != ENTRY_SUM)
            continue;
        if (entry->slot == local)
            vm_store_entry(t, i);
        else
            t->waiting |= UINT64_C(1) << entry->slot % 64;
    }
}

static void become_value(struct translator *t, uint32_t index, uint32_t cell) {
    t->accumulator = vm_own_slot(t, index);
    *entry_at(t, index) = (struct entry){.kind = ENTRY_VALUE, .slot = t->accumulator, .cell = cell};
}

void vm_make_sum(struct translator *t, uint32_t index) {
    const struct entry *const entry = entry_at(t, index);
    vm_save_accumulator(t);
    const bool from_accumulator = t->accumulator == entry->slot;
    const uint32_t position = t->size;
    union vm_word *const cell = vm_emit(t, from_accumulator ? VM_CELL_I32_ADD_AK : VM_CELL_I32_ADD_SK, 2);
    cell[1].a = (uint16_t)entry->slot;
    cell[1].k = (uint32_t)entry->constant;
    vm_touch(t, entry->slot, position);
    become_value(t, index, position);
}

void vm_to_accumulator(struct translator *t, uint32_t index) {
    const struct entry *const entry = entry_at(t, index);
    vm_resolve(t, index);
    if (entry->kind != ENTRY_CONSTANT)
        return;
    vm_save_accumulator(t);
    const uint32_t position = t->size;
    vm_emit(t, VM_CELL_CONSTANT, 3)[2].bits = entry->constant;
    become_value(t, index, position);
}

/* The value in `entry` can be made in the local at once if nothing has happened to either since. */
static bool can_make_in(const struct translator *t, const struct entry *entry, uint32_t local) {
    return t->joins && entry->kind == ENTRY_VALUE && entry->cell != NONE && entry->cell >= t->region &&
           ((const uint32_t *)t->touched.data)[local] <= entry->cell;
}

/* local + constant to a local; two and three in a row are one cell.  A move from or to that local is of an i32, and the
 * same as a sum with 0. */
static void emit_sum(struct translator *t, const struct entry *sum, uint32_t local) {
    union vm_word *const before = vm_last_cell(t, 1);
    union vm_word *word;
    const uint64_t token = before == NULL ? VM_CELL_COUNT : before->bits;
    if (token == VM_CELL_I32_ADD_SK_D || token == VM_CELL_I32_ADD_ADD ||
        (token == VM_CELL_MOVE_S && (before[1].a == sum->slot || before[1].d == sum->slot))) {
        before->bits = token == VM_CELL_I32_ADD_ADD ? VM_CELL_I32_ADD_ADD_ADD : VM_CELL_I32_ADD_ADD;
        word = lengthen(t);
    } else {
        word = vm_emit(t, t->accumulator == sum->slot ? VM_CELL_I32_ADD_AK_D : VM_CELL_I32_ADD_SK_D, 2) + 1;
    }
    word->a = (uint16_t)sum->slot;
    word->d = (uint16_t)local;
    word->k = (uint32_t)sum->constant;
}

/* Two values cut to 32 bits for locals in a row are one cell. */
static void join_wraps(struct translator *t) {
    union vm_word *const last = vm_last_cell(t, 1), *const before = vm_last_cell(t, 2);
    if (before == NULL || last->bits != VM_CELL_I32_WRAP_I64_S_D || before->bits != VM_CELL_I32_WRAP_I64_S_D)
        return;
    before->bits = VM_CELL_I32_WRAP_WRAP;
    last[0] = last[1];
    t->size--;
    t->made_count--;
}

/* Puts an entry that is on the stack no more into the local. */
static void make_in(struct translator *t, struct entry taken, uint32_t local) {
    const bool in_accumulator = taken.kind <= ENTRY_LOCAL && t->accumulator == taken.slot;
    bool stays = in_accumulator && taken.kind == ENTRY_VALUE; /* the accumulator equals the local then */
    if (taken.kind == ENTRY_SUM) {
        vm_save_accumulator(t);
        emit_sum(t, &taken, local);
        stays = true;
    } else if (can_make_in(t, &taken, local)) {
        union vm_word *const cell = word_at(t, taken.cell);
        if (taken.second) {
            cell[2].a = (uint16_t)local;
        } else {
            cell[0].bits += taken.stored ? 0 : 1;
            cell[1].d = (uint16_t)local;
            if (taken.cell == vm_made(t, 1)->position)
                join_wraps(t);
        }
    } else if (taken.kind == ENTRY_CONSTANT) {
        emit_move_constant(t, taken.constant, local);
    } else if (in_accumulator && (taken.kind == ENTRY_VALUE || last_moves(t) == NULL)) {
        vm_emit(t, VM_CELL_MOVE_A, 2)[1].d = (uint16_t)local;
    } else {
        emit_move(t, taken.slot, local);
    }
    vm_touch(t, taken.slot, t->size);
    vm_touch(t, local, t->size);
    if (stays)
        t->accumulator = local;
    else if (t->accumulator == local)
        t->accumulator = NONE;
}

/* local.set and local.tee.  What waits for the old value reads it first.  After a tee the operand is the local itself,
 * or still the constant. */
void vm_set_local(struct translator *t, uint32_t local, bool tee) {
    const uint32_t top = t->height - 1;
    const struct entry *const entry = entry_at(t, top);
    if (entry->kind != ENTRY_LOCAL || entry->slot != local) {
        if ((t->waiting >> local % 64 & 1) != 0)
            read_before_set(t, local);
        const struct entry taken = *entry;
        entry_at(t, top)->kind = ENTRY_VALUE; /* it waits no more */
        make_in(t, taken, local);
        vm_pop(t, 1);
        if (!tee)
            return;
        if (taken.kind == ENTRY_CONSTANT)
            vm_push_constant(t, taken.constant);
        else
            vm_push_local(t, local);
    } else if (!tee) {
        vm_pop(t, 1);
    }
}
