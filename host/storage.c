/* host/storage.c - footprint in, diff out: look-ups, writes and the lists of both. */
#include "host/storage.h"

/* The least room for written values; small contracts never ask again. */
enum { LEAST_VALUES = 1024 };

void host_storage_init(struct host_storage *storage, const struct vm_limits *limits,
                       const struct vm_allocator *allocator, struct vm_arena *arena) {
    *storage = (struct host_storage){.limits = limits, .allocator = allocator, .arena = arena};
    storage->cells.width = sizeof(struct host_cell);
    storage->sorted.width = sizeof(uint32_t);
    storage->reads.width = sizeof(uint32_t);
    storage->writes.width = sizeof(uint32_t);
    storage->needed.width = sizeof(uint32_t);
    storage->read_entries.width = sizeof(struct host_entry);
    storage->write_entries.width = sizeof(struct host_entry);
    storage->needed_keys.width = sizeof(struct vm_bytes);
}

void host_storage_begin(struct host_storage *storage, const struct host_request *request) {
    storage->request = request;
    host_buffer_reset(&storage->cells);
    host_buffer_reset(&storage->sorted);
    host_buffer_reset(&storage->reads);
    host_buffer_reset(&storage->writes);
    host_buffer_reset(&storage->needed);
    host_buffer_reset(&storage->read_entries);
    host_buffer_reset(&storage->write_entries);
    host_buffer_reset(&storage->needed_keys);
    storage->values_fill = 0;
    storage->written_bytes = 0;
}

void host_storage_free(struct host_storage *storage) {
    host_buffer_free(&storage->cells, storage->allocator);
    host_buffer_free(&storage->sorted, storage->allocator);
    host_buffer_free(&storage->reads, storage->allocator);
    host_buffer_free(&storage->writes, storage->allocator);
    host_buffer_free(&storage->needed, storage->allocator);
    host_buffer_free(&storage->read_entries, storage->allocator);
    host_buffer_free(&storage->write_entries, storage->allocator);
    host_buffer_free(&storage->needed_keys, storage->allocator);
    vm_release(storage->allocator, storage->values, storage->values_capacity);
    storage->values = NULL;
    storage->values_capacity = 0;
}

static struct host_cell *cell_at(const struct host_storage *storage, uint32_t number) {
    return (struct host_cell *)storage->cells.data + number;
}

static uint32_t number_at(const struct host_buffer *list, size_t index) {
    return ((const uint32_t *)list->data)[index];
}

/* What a run has written; there may be no room at all as long as all values are empty. */
static struct vm_bytes value_of(const struct host_storage *storage, const struct host_cell *cell) {
    return cell->value_size == 0 ? vm_bytes(NULL, 0) : vm_bytes(storage->values + cell->value_at, cell->value_size);
}

/* The place of a key in the sorted index: of its cell, or where it would go. */
static size_t find_place(const struct host_storage *storage, struct vm_bytes key, bool *found) {
    size_t low = 0, high = storage->sorted.count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = vm_bytes_compare(cell_at(storage, number_at(&storage->sorted, middle))->key, key);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = false;
    return low;
}

static struct host_cell *find_cell(const struct host_storage *storage, struct vm_bytes key) {
    bool found;
    const size_t place = find_place(storage, key, &found);
    return found ? cell_at(storage, number_at(&storage->sorted, place)) : NULL;
}

/* The place of a key among those the request brought, or HOST_NOT_BROUGHT. */
static uint32_t find_brought(const struct host_request *request, struct vm_bytes key) {
    uint32_t low = 0, high = request->storage_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = vm_bytes_compare(request->storage[middle].key, key);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return HOST_NOT_BROUGHT;
}

/* The cell of a key, made at the first meeting; NULL when memory is short. */
static struct host_cell *meet_cell(struct host_storage *storage, struct vm_bytes key) {
    bool found;
    const size_t place = find_place(storage, key, &found);
    if (found)
        return cell_at(storage, number_at(&storage->sorted, place));
    if (storage->cells.count >= UINT32_MAX ||
        !host_buffer_reserve(&storage->sorted, storage->allocator, storage->sorted.count + 1))
        return NULL;
    const uint32_t brought = find_brought(storage->request, key);
    const struct vm_bytes kept =
        brought == HOST_NOT_BROUGHT ? vm_arena_copy(storage->arena, key) : storage->request->storage[brought].key;
    if (kept.data == NULL)
        return NULL;
    struct host_cell *const cell = host_buffer_push(&storage->cells, storage->allocator);
    if (cell == NULL)
        return NULL;
    cell->key = kept;
    cell->brought = brought;
    uint32_t *const numbers = storage->sorted.data;
    memmove(numbers + place + 1, numbers + place, (storage->sorted.count - place) * sizeof *numbers);
    numbers[place] = (uint32_t)(storage->cells.count - 1);
    storage->sorted.count++;
    return cell;
}

/* Puts a cell on a list. */
static bool list_cell(const struct host_storage *storage, struct host_buffer *list, const struct host_cell *cell) {
    uint32_t *const number = host_buffer_push(list, storage->allocator);
    if (number == NULL)
        return false;
    *number = (uint32_t)(cell - (const struct host_cell *)storage->cells.data);
    return true;
}

static bool list_needed(struct host_storage *storage, struct host_cell *cell) {
    if (!cell->needed && !list_cell(storage, &storage->needed, cell))
        return false;
    cell->needed = true;
    return true;
}

/* Lists the key whose read ends the run, and notes where it stands: it may have been expected before. */
static bool list_needed_read(struct host_storage *storage, struct host_cell *cell) {
    if (!list_needed(storage, cell))
        return false;
    const uint32_t number = (uint32_t)(cell - (const struct host_cell *)storage->cells.data);
    storage->needed_read = 0;
    while (number_at(&storage->needed, storage->needed_read) != number)
        storage->needed_read++;
    return true;
}

/* A look at what was brought (or, in a simulation, was not). */
static enum host_look look_below(struct host_storage *storage, struct host_cell *cell, struct vm_bytes *value) {
    const struct host_request *const request = storage->request;
    if (cell->brought == HOST_NOT_BROUGHT && request->mode != HOST_SIMULATE)
        return list_needed_read(storage, cell) ? HOST_LOOK_NEEDED : HOST_LOOK_FAILED;
    if (!cell->read) {
        if (storage->reads.count >= storage->limits->storage_keys)
            return HOST_LOOK_OVER_LIMIT;
        if (!list_cell(storage, &storage->reads, cell))
            return HOST_LOOK_FAILED;
        cell->read = true;
    }
    if (cell->brought == HOST_NOT_BROUGHT || !request->storage[cell->brought].present)
        return HOST_LOOK_ABSENT;
    *value = request->storage[cell->brought].value;
    return HOST_LOOK_FOUND;
}

enum host_look host_storage_get(struct host_storage *storage, struct vm_bytes key, struct vm_bytes *value) {
    struct host_cell *const cell = meet_cell(storage, key);
    if (cell == NULL)
        return HOST_LOOK_FAILED;
    if (!cell->written)
        return look_below(storage, cell, value);
    if (!cell->present)
        return HOST_LOOK_ABSENT;
    *value = value_of(storage, cell);
    return HOST_LOOK_FOUND;
}

bool host_storage_expect(struct host_storage *storage, struct vm_bytes key) {
    if (storage->request->mode == HOST_SIMULATE || storage->needed.count + 1 >= storage->limits->needed_keys)
        return true;
    if (find_brought(storage->request, key) != HOST_NOT_BROUGHT)
        return true;
    struct host_cell *const cell = meet_cell(storage, key);
    if (cell == NULL)
        return false;
    return cell->written || list_needed(storage, cell);
}

/* Moves the values in use, except `left_out`, to a new place with at least `more` bytes of room.  The new place is
 * twice as large as needed: at least as many bytes are written before the next move as this one has moved. */
static bool squeeze_values(struct host_storage *storage, const struct host_cell *left_out, size_t more) {
    size_t used = 0;
    for (size_t i = 0; i < storage->writes.count; i++) {
        const struct host_cell *const cell = cell_at(storage, number_at(&storage->writes, i));
        if (cell != left_out)
            used += cell->value_size;
    }
    if (used > SIZE_MAX / 4 || more > SIZE_MAX / 4)
        return false;
    const size_t capacity = 2 * (used + more) < LEAST_VALUES ? LEAST_VALUES : 2 * (used + more);
    uint8_t *const values = vm_allocate(storage->allocator, capacity);
    if (values == NULL)
        return false;
    size_t fill = 0;
    for (size_t i = 0; i < storage->writes.count; i++) {
        struct host_cell *const cell = cell_at(storage, number_at(&storage->writes, i));
        if (cell == left_out)
            continue;
        if (cell->value_size != 0)
            memcpy(values + fill, storage->values + cell->value_at, cell->value_size);
        cell->value_at = fill;
        cell->room = cell->value_size;
        fill += cell->value_size;
    }
    vm_release(storage->allocator, storage->values, storage->values_capacity);
    storage->values = values;
    storage->values_capacity = capacity;
    storage->values_fill = fill;
    return true;
}

/* Copies a value to where the cell keeps it; what it kept before is no longer needed. */
static bool keep_value(struct host_storage *storage, struct host_cell *cell, struct vm_bytes value) {
    if (value.size > cell->room) {
        if (value.size > storage->values_capacity - storage->values_fill && !squeeze_values(storage, cell, value.size))
            return false;
        cell->value_at = storage->values_fill;
        cell->room = value.size;
        storage->values_fill += value.size;
    }
    if (value.size != 0)
        memcpy(storage->values + cell->value_at, value.data, value.size);
    cell->value_size = value.size;
    return true;
}

enum host_write host_storage_put(struct host_storage *storage, struct vm_bytes key, const struct vm_bytes *value) {
    const size_t size = value == NULL ? 0 : value->size;
    const struct host_cell *const known = find_cell(storage, key);
    const bool first = known == NULL || !known->written;
    const uint64_t before = first ? 0 : (uint64_t)key.size + known->value_size;
    const uint64_t after = storage->written_bytes - before + key.size + size;
    if (after > storage->limits->write_bytes || (first && storage->writes.count >= storage->limits->writes))
        return HOST_WRITE_OVER_LIMIT;

    struct host_cell *const cell = meet_cell(storage, key);
    if (cell == NULL || !host_buffer_reserve(&storage->writes, storage->allocator, storage->writes.count + 1) ||
        !keep_value(storage, cell, value == NULL ? vm_bytes(NULL, 0) : *value))
        return HOST_WRITE_FAILED;
    if (first && !list_cell(storage, &storage->writes, cell))
        return HOST_WRITE_FAILED;
    cell->written = true;
    cell->present = value != NULL;
    storage->written_bytes = after;
    return HOST_WRITE_DONE;
}

bool host_storage_finish(struct host_storage *storage) {
    for (size_t i = 0; i < storage->reads.count; i++) {
        const struct host_cell *const cell = cell_at(storage, number_at(&storage->reads, i));
        struct host_entry *const entry = host_buffer_push(&storage->read_entries, storage->allocator);
        if (entry == NULL)
            return false;
        if (cell->brought == HOST_NOT_BROUGHT)
            entry->key = cell->key;
        else
            *entry = storage->request->storage[cell->brought];
    }
    for (size_t i = 0; i < storage->writes.count; i++) {
        const struct host_cell *const cell = cell_at(storage, number_at(&storage->writes, i));
        struct host_entry *const entry = host_buffer_push(&storage->write_entries, storage->allocator);
        if (entry == NULL)
            return false;
        entry->key = cell->key;
        entry->present = cell->present;
        entry->value = value_of(storage, cell);
    }
    for (size_t i = 0; i < storage->needed.count; i++) {
        struct vm_bytes *const key = host_buffer_push(&storage->needed_keys, storage->allocator);
        if (key == NULL)
            return false;
        *key = cell_at(storage, number_at(&storage->needed, i))->key;
    }
    return true;
}
