/* vm/fast/stack.c - the symbolic operand stack, and the emission of cells. */
#include "vm/fast/translator.h"

#include <string.h>

union vm_word *vm_emit_slow(struct translator *t, uint32_t token, uint32_t words) {
    const uint64_t used = (uint64_t)(t->size - t->base) + words;
    if (t->base + used > t->limit)
        t->given_up = true;
    if (t->given_up || vm_reserve(t, &t->words, (uint32_t)used, sizeof(union vm_word)) == NULL) {
        t->given_up = true;
        memset(t->scratch, 0, sizeof t->scratch);
        return t->scratch;
    }
    if (t->listing && vm_reserve(t, &t->origins, (uint32_t)used, sizeof(struct vm_fast_origin)) != NULL)
        ((struct vm_fast_origin *)t->origins.data)[t->size - t->base] =
            (struct vm_fast_origin){.offset = (uint32_t)(t->at - t->module->bytes.data)};
    else
        t->room = vm_room(t);
    union vm_word *const cell = word_at(t, t->size);
    memset(cell, 0, words * sizeof *cell);
    cell->bits = token;
    t->size += words;
    return cell;
}

/* Entries are resolved from the top, so the one looked for is among the newest of its list. */
void vm_stop_waiting(struct translator *t, uint32_t index) {
    const struct entry *const entry = entry_at(t, index);
    uint32_t *const waiting = &local_at(t, entry->local)->waiting;
    if (*waiting == index + 1) {
        *waiting = entry->next + 1; /* NONE + 1 is 0 */
        return;
    }
    struct entry *newer = entry_at(t, *waiting - 1);
    while (newer->next != index)
        newer = entry_at(t, newer->next);
    newer->next = entry->next;
}

void vm_push_stored(struct translator *t, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        vm_push(t, ENTRY_VALUE)->stored = true;
    if (t->clean + count == t->height)
        t->clean = t->height;
}

void vm_take_back(struct translator *t) {
    t->size = t->last;
    t->last = t->before_last;
    t->before_last = NONE;
    t->acc_local = t->last_local;
}

static void emit_move_constant(struct translator *t, uint64_t constant, uint32_t slot) {
    union vm_word *cell;
    if (constant <= UINT32_MAX) {
        cell = vm_emit(t, VM_CELL_MOVE_K);
        cell[1].k = (uint32_t)constant;
    } else if (constant >= (uint64_t)INT32_MIN) {
        cell = vm_emit(t, VM_CELL_MOVE_N);
        cell[1].k = (uint32_t)constant;
    } else {
        cell = vm_emit(t, VM_CELL_MOVE_K64);
        cell[2].bits = constant;
    }
    cell[1].d = (uint16_t)slot;
}

/* A further word for the last cell, which stays the last one. */
static union vm_word *lengthen(struct translator *t) {
    const uint32_t last = t->last, before_last = t->before_last, local = t->last_local;
    union vm_word *const word = vm_emit_words(t, 0, 1);
    t->last = last;
    t->before_last = before_last;
    t->last_local = local;
    return word;
}

/* The last cell if it is moves from slots, and has room for one more. */
static union vm_word *last_moves(const struct translator *t) {
    union vm_word *const last = vm_last_cell(t);
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
    union vm_word *const word = moves == NULL ? vm_emit(t, VM_CELL_MOVE_S) + 1 : lengthen(t);
    word->a = (uint16_t)from;
    word->d = (uint16_t)to;
}

void vm_move_to(struct translator *t, uint32_t index, uint32_t slot) {
    vm_resolve(t, index);
    const struct operand operand = vm_operand_at(t, index);
    if (operand.kind == 'A' && !(entry_at(t, index)->kind == ENTRY_LOCAL && last_moves(t) != NULL))
        vm_emit(t, VM_CELL_MOVE_A)[1].d = (uint16_t)slot;
    else if (operand.kind != 'K')
        emit_move(t, operand.slot, slot);
    else
        emit_move_constant(t, operand.constant, slot);
    vm_read_operand(t, index, t->last);
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
    if (entry->kind == ENTRY_LOCAL)
        vm_stop_waiting(t, index);
    *entry = (struct entry){.kind = ENTRY_VALUE, .stored = true, .cell = NONE, .next = NONE};
}

/* From the top, so that each entry is the newest that waits for its local. */
void vm_flush(struct translator *t, uint32_t height) {
    for (uint32_t i = height; i-- > t->clean;)
        vm_store_entry(t, i);
    if (t->clean < height)
        t->clean = height;
}

static void become_value(struct translator *t, uint32_t index, uint32_t cell) {
    struct entry *const entry = entry_at(t, index);
    if (entry->kind == ENTRY_SUM)
        vm_stop_waiting(t, index);
    *entry = (struct entry){.kind = ENTRY_VALUE, .cell = cell, .next = NONE};
    t->accumulator = index;
    t->acc_local = NONE;
}

void vm_make_sum(struct translator *t, uint32_t index) {
    const struct entry *const entry = entry_at(t, index);
    vm_save_accumulator(t);
    const bool from_accumulator = t->acc_local == entry->local;
    union vm_word *const cell = vm_emit(t, from_accumulator ? VM_CELL_I32_ADD_AK : VM_CELL_I32_ADD_SK);
    cell[1].a = (uint16_t)entry->local;
    cell[1].k = (uint32_t)entry->constant;
    local_at(t, entry->local)->touched = t->last;
    become_value(t, index, t->last);
}

void vm_to_accumulator(struct translator *t, uint32_t index) {
    const struct entry *const entry = entry_at(t, index);
    vm_resolve(t, index);
    if (entry->kind != ENTRY_CONSTANT)
        return;
    vm_save_accumulator(t);
    vm_emit(t, VM_CELL_CONSTANT)[2].bits = entry->constant;
    become_value(t, index, t->last);
}

/* The value in `entry` can be made in the local at once if nothing has happened to either since. */
static bool can_make_in(const struct translator *t, const struct entry *entry, uint32_t local) {
    return t->fold && entry->kind == ENTRY_VALUE && entry->cell != NONE && entry->cell >= t->region &&
           local_at(t, local)->touched <= entry->cell && !t->given_up;
}

/* local + constant to a local; two and three in a row are one cell. */
static void emit_sum(struct translator *t, const struct entry *sum, uint32_t local) {
    union vm_word *const before = vm_last_cell(t);
    union vm_word *word;
    const uint64_t token = before == NULL ? VM_CELL_COUNT : before->bits;
    if (token == VM_CELL_I32_ADD_SK_D || token == VM_CELL_I32_ADD_ADD) {
        before->bits = token == VM_CELL_I32_ADD_ADD ? VM_CELL_I32_ADD_ADD_ADD : VM_CELL_I32_ADD_ADD;
        word = lengthen(t);
    } else {
        word = vm_emit(t, t->acc_local == sum->local ? VM_CELL_I32_ADD_AK_D : VM_CELL_I32_ADD_SK_D) + 1;
    }
    word->a = (uint16_t)sum->local;
    word->d = (uint16_t)local;
    word->k = (uint32_t)sum->constant;
}

/* Two values cut to 32 bits for locals in a row are one cell. */
static void join_wraps(struct translator *t) {
    if (t->before_last == NONE || word_at(t, t->last)->bits != VM_CELL_I32_WRAP_I64_S_D)
        return;
    union vm_word *const before = word_at(t, t->before_last), *const last = word_at(t, t->last);
    if (before->bits != VM_CELL_I32_WRAP_I64_S_D)
        return;
    before->bits = VM_CELL_I32_WRAP_WRAP;
    last[0] = last[1];
    t->size--;
    t->last = t->before_last;
    t->before_last = NONE;
}

/* Puts an entry that is on the stack no more (`taken`, which was `index`) into the local. */
static void make_in(struct translator *t, struct entry taken, uint32_t index, uint32_t local) {
    const bool value_in_accumulator = taken.kind == ENTRY_VALUE && t->accumulator == index;
    const bool equal_in_accumulator = taken.kind == ENTRY_LOCAL && t->acc_local == taken.local;
    bool stays = value_in_accumulator; /* the accumulator equals the local then */
    if (taken.kind == ENTRY_SUM) {
        vm_save_accumulator(t);
        emit_sum(t, &taken, local);
        vm_forget_accumulator(t);
        stays = true;
    } else if (can_make_in(t, &taken, local)) {
        union vm_word *const cell = word_at(t, taken.cell);
        if (taken.second) {
            cell[2].a = (uint16_t)local;
        } else {
            cell[0].bits += taken.stored ? 0 : 1;
            cell[1].d = (uint16_t)local;
            if (taken.cell == t->last)
                join_wraps(t);
        }
    } else if (taken.kind == ENTRY_CONSTANT) {
        emit_move_constant(t, taken.constant, local);
    } else if (value_in_accumulator || (equal_in_accumulator && last_moves(t) == NULL)) {
        vm_emit(t, VM_CELL_MOVE_A)[1].d = (uint16_t)local;
    } else {
        emit_move(t, taken.kind == ENTRY_LOCAL ? taken.local : vm_own_slot(t, index), local);
    }
    if (taken.kind == ENTRY_LOCAL || taken.kind == ENTRY_SUM)
        local_at(t, taken.local)->touched = t->size;
    local_at(t, local)->touched = t->size;
    if (t->acc_local == local)
        t->acc_local = NONE;
    if (stays) {
        t->accumulator = NONE;
        t->acc_local = local;
    }
}

/* local.set and local.tee.  What waits for the old value reads it first.  After a tee the operand is the local itself,
 * or still the constant. */
void vm_set_local(struct translator *t, uint32_t local, bool tee) {
    const uint32_t top = t->height - 1;
    const struct entry *const entry = entry_at(t, top);
    if (entry->kind != ENTRY_LOCAL || entry->local != local) {
        if (entry->kind == ENTRY_LOCAL || entry->kind == ENTRY_SUM)
            vm_stop_waiting(t, top);
        while (local_at(t, local)->waiting != 0)
            vm_store_entry(t, local_at(t, local)->waiting - 1);
        const struct entry taken = *entry;
        entry_at(t, top)->kind = ENTRY_VALUE; /* it waits no more */
        make_in(t, taken, top, local);
        vm_pop(t);
        if (!tee)
            return;
        if (taken.kind == ENTRY_CONSTANT)
            vm_push_constant(t, taken.constant);
        else
            vm_push_local(t, local);
    } else if (!tee) {
        vm_pop(t);
    }
}
