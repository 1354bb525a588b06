/* vm/image.c - takes images of instances, makes instances from them, and puts these back. */
#include "vm/image_content.h"

#include <assert.h>

#include "vm/instance.h"

bool vm_image_possible(const struct vm_module *module) {
    return module->imported_memories == 0 && module->imported_tables == 0 && module->imported_globals == 0;
}

/* ---- Taking ----------------------------------------------------------------------------------------------------- */

/* Runs are made of words of eight bytes, and end where two of them are zero. */
enum { WORD = 8, GAP = 2 * WORD };

static bool is_zero(const uint8_t *bytes, size_t size) {
    uint64_t word = 0;
    memcpy(&word, bytes, size);
    return word == 0;
}

/* The next run in data[from, to), which is one page or less; size 0 if there is none. */
static struct vm_image_run find_run(const uint8_t *data, size_t from, size_t to) {
    struct vm_image_run run = {.address = to};
    for (size_t at = from; at < to; at += WORD) {
        const size_t size = to - at < WORD ? to - at : WORD;
        if (is_zero(data + at, size)) {
            if (run.size != 0 && at + size >= run.address + run.size + GAP)
                break;
            continue;
        }
        if (run.size == 0)
            run.address = at;
        run.size = (size_t)(at + size - run.address);
    }
    return run;
}

/* Finds the runs of data[from, to), none of which crosses a page; with `runs`, notes them too, with a copy of their
 * bytes.  The count and size of all so far are added up. */
static void find_runs(const uint8_t *data, size_t from, size_t to, struct vm_image_run *runs, uint8_t *bytes,
                      size_t *count, size_t *size) {
    while (from < to) {
        const size_t page_end = (from / VM_DIRTY_PAGE + 1) * VM_DIRTY_PAGE, end = page_end < to ? page_end : to;
        struct vm_image_run run = find_run(data, from, end);
        from = run.size == 0 ? end : (size_t)run.address + run.size;
        if (run.size == 0)
            continue;
        if (runs != NULL) {
            run.bytes = bytes + *size;
            memcpy(bytes + *size, data + run.address, run.size);
            runs[*count] = run;
        }
        ++*count;
        *size += run.size;
    }
}

/* All runs of a memory, whose marked pages alone are looked at, or of a table. */
static void find_all(const uint8_t *data, size_t bytes_size, bool marked, struct vm_image_run *runs, uint8_t *bytes,
                     size_t *count, size_t *size) {
    *count = *size = 0;
    if (!marked) {
        find_runs(data, 0, bytes_size, runs, bytes, count, size);
        return;
    }
    struct vm_dirty_run dirty = vm_dirty_run(data, 0, bytes_size, VM_DIRTY_ANY);
    for (; dirty.from < bytes_size && dirty.page < dirty.end;
         dirty = vm_dirty_run(data, dirty.end, bytes_size, VM_DIRTY_ANY))
        find_runs(data, dirty.from, dirty.to, runs, bytes, count, size);
}

bool vm_image_index(struct vm_image_content *content, struct vm_arena *arena) {
    if (content->run_count == 0)
        return true;
    content->pages = (size_t)(content->runs[content->run_count - 1].address >> VM_DIRTY_SHIFT) + 1;
    content->first_run = vm_arena_allocate(arena, content->pages + 1, sizeof *content->first_run);
    if (content->first_run == NULL)
        return false;
    size_t run = 0;
    for (size_t page = 0; page <= content->pages; page++) {
        while (run < content->run_count && content->runs[run].address >> VM_DIRTY_SHIFT < page)
            run++;
        content->first_run[page] = (uint32_t)run;
    }
    return true;
}

bool vm_image_take_content(struct vm_image_content *content, const void *data, uint64_t size, bool marked,
                           struct vm_arena *arena) {
    size_t bytes_size;
    content->size = size;
    find_all(data, (size_t)size, marked, NULL, NULL, &content->run_count, &bytes_size);
    if (content->run_count == 0)
        return true;
    content->runs = vm_arena_allocate(arena, content->run_count, sizeof *content->runs);
    uint8_t *const bytes = vm_arena_allocate(arena, bytes_size, 1);
    if (content->runs == NULL || bytes == NULL || content->run_count > UINT32_MAX)
        return false;
    find_all(data, (size_t)size, marked, content->runs, bytes, &content->run_count, &bytes_size);
    return vm_image_index(content, arena);
}

struct vm_image *vm_image_new(const struct vm_module *module, struct vm_arena *arena) {
    struct vm_image *const image = vm_arena_allocate(arena, 1, sizeof *image);
    if (image == NULL)
        return NULL;
    image->memories = vm_arena_allocate(arena, module->memory_count, sizeof *image->memories);
    image->tables = vm_arena_allocate(arena, module->table_count, sizeof *image->tables);
    image->globals = vm_arena_allocate(arena, module->global_count, sizeof(vm_value));
    image->imported_functions = vm_arena_allocate(arena, module->imported_functions, sizeof(vm_value));
    image->dropped_elements = vm_arena_allocate(arena, module->element_count, sizeof(bool));
    image->dropped_data = vm_arena_allocate(arena, module->data_count, sizeof(bool));
    if (image->memories == NULL || image->tables == NULL || image->globals == NULL ||
        image->imported_functions == NULL || image->dropped_elements == NULL || image->dropped_data == NULL)
        return NULL;
    return image;
}

const struct vm_image *vm_image_take(const struct vm_instance *instance, struct vm_arena *arena) {
    const struct vm_module *const module = instance->module;
    assert(vm_image_possible(module) && instance->store->instance_count == 1);
    struct vm_image *const image = vm_image_new(module, arena);
    if (image == NULL)
        return NULL;
    for (uint32_t i = 0; i < module->memory_count; i++)
        if (!vm_image_take_content(&image->memories[i], instance->memories[i]->data, instance->memories[i]->bytes, true,
                                   arena))
            return NULL;
    for (uint32_t i = 0; i < module->table_count; i++) {
        const struct vm_table *const table = instance->tables[i];
        if (!vm_image_take_content(&image->tables[i], table->elements, table->size * sizeof(vm_value), false, arena))
            return NULL;
    }
    for (uint32_t i = 0; i < module->global_count; i++)
        image->globals[i] = instance->globals[i]->value;
    for (uint32_t i = 0; i < module->imported_functions; i++)
        image->imported_functions[i] = instance->imported_functions[i];
    for (uint32_t i = 0; i < module->element_count; i++)
        image->dropped_elements[i] = instance->dropped_elements[i];
    for (uint32_t i = 0; i < module->data_count; i++)
        image->dropped_data[i] = instance->dropped_data[i];
    return image;
}

uint64_t vm_image_price(const struct vm_image *image, const struct vm_module *module,
                        const struct vm_schedule *schedule) {
    uint64_t pages = 0, elements = 0, price = 0;
    for (uint32_t i = 0; i < module->memory_count; i++)
        pages += (image->memories[i].size + VM_PAGE_BYTES - 1) >> VM_PAGE_EXPONENT;
    for (uint32_t i = 0; i < module->table_count; i++)
        elements += image->tables[i].size / sizeof(vm_value);
    vm_add_price(&price, schedule->instance_page, pages);
    vm_add_price(&price, schedule->instance_table, elements);
    vm_add_price(&price, schedule->instance_element, module->global_count);
    vm_add_price(&price, schedule->instance_segment, module->import_count);
    return price;
}

static bool equal_content(const struct vm_image_content *a, const struct vm_image_content *b) {
    bool equal = a->size == b->size && a->run_count == b->run_count;
    for (size_t i = 0; equal && i < a->run_count; i++)
        equal = a->runs[i].address == b->runs[i].address && a->runs[i].size == b->runs[i].size &&
                memcmp(a->runs[i].bytes, b->runs[i].bytes, a->runs[i].size) == 0;
    return equal;
}

bool vm_image_equal(const struct vm_image *a, const struct vm_image *b, const struct vm_module *module) {
    bool equal = memcmp(a->dropped_elements, b->dropped_elements, module->element_count) == 0 &&
                 memcmp(a->dropped_data, b->dropped_data, module->data_count) == 0;
    for (uint32_t i = 0; equal && i < module->memory_count; i++)
        equal = equal_content(&a->memories[i], &b->memories[i]);
    for (uint32_t i = 0; equal && i < module->table_count; i++)
        equal = equal_content(&a->tables[i], &b->tables[i]);
    for (uint32_t i = 0; equal && i < module->global_count; i++)
        equal = a->globals[i] == b->globals[i];
    return equal;
}

/* ---- Putting back ----------------------------------------------------------------------------------------------- */

/* What the image has in [from, to), over whatever is there. */
static void write_range(const struct vm_image_content *content, uint8_t *data, size_t from, size_t to) {
    const size_t page = from >> VM_DIRTY_SHIFT;
    size_t run = page < content->pages ? content->first_run[page] : content->run_count;
    while (from < to) {
        const struct vm_image_run *const next = run < content->run_count ? &content->runs[run] : NULL;
        const size_t start = next == NULL || next->address > to ? to : (size_t)next->address;
        if (start > from) {
            memset(data + from, 0, start - from);
            from = start;
        }
        if (next == NULL || from == to)
            break;
        const size_t skipped = from - (size_t)next->address;
        if (skipped < next->size) {
            const size_t rest = next->size - skipped, size = rest < to - from ? rest : to - from;
            memcpy(data + from, next->bytes + skipped, size);
            from += size;
        }
        run++;
    }
}

/* True if the bytes up to `high` are what the image has, and zero behind. */
static bool is_content(const struct vm_image_content *content, const uint8_t *data, size_t high) {
    size_t at = 0;
    for (size_t i = 0; i < content->run_count; i++) {
        const struct vm_image_run *const run = &content->runs[i];
        if (!vm_all_zero(data + at, (size_t)run->address - at) ||
            memcmp(data + run->address, run->bytes, run->size) != 0)
            return false;
        at = (size_t)run->address + run->size;
    }
    return vm_all_zero(data + at, high - at);
}

static void mark_as_image(const struct vm_image_content *content, uint8_t *data, size_t page, size_t end) {
    vm_dirty_clear(data, page, end);
    for (; page < end && page < content->pages; page++)
        if (content->first_run[page] != content->first_run[page + 1])
            data[-1 - (ptrdiff_t)page] = VM_DIRTY_IMAGE;
}

static void set_memory_size(struct vm_memory_cell *cell, uint64_t size) {
    cell->memory.bytes = size;
    cell->memory.pages = (uint32_t)(size >> cell->memory.type.page_exponent);
    cell->buffer->used = (size_t)size;
}

static void restore_memory(struct vm_memory *memory, const struct vm_image_content *content) {
    struct vm_memory_cell *const cell = (struct vm_memory_cell *)memory;
    uint8_t *const data = memory->data;
    const size_t high = cell->buffer->high, count = (high >> VM_DIRTY_SHIFT) + 1;
    for (struct vm_dirty_run run = vm_dirty_run(data, 0, high, VM_DIRTY_WRITTEN); run.page < count;
         run = vm_dirty_run(data, run.end, high, VM_DIRTY_WRITTEN)) {
        write_range(content, data, run.from, run.to);
        mark_as_image(content, data, run.page, run.end);
    }
    assert(!VM_CHECKS_MARKS || is_content(content, data, high));
    set_memory_size(cell, content->size);
    cell->buffer->high = (size_t)content->size;
}

static void restore_table(struct vm_table *table, const struct vm_image_content *content) {
    struct vm_table_cell *const cell = (struct vm_table_cell *)table;
    uint8_t *const data = (uint8_t *)table->elements;
    size_t at = 0;
    for (size_t i = 0; i < content->run_count; i++) {
        const struct vm_image_run *const run = &content->runs[i];
        memset(data + at, 0, (size_t)run->address - at);
        memcpy(data + run->address, run->bytes, run->size);
        at = (size_t)run->address + run->size;
    }
    memset(data + at, 0, cell->buffer->high - at);
    cell->buffer->used = (size_t)content->size;
    table->size = (uint32_t)(content->size / sizeof(vm_value));
    table->written = false;
}

static void restore_drops(struct vm_instance *instance, const struct vm_image *image) {
    const struct vm_module *const module = instance->module;
    for (uint32_t i = 0; i < module->element_count; i++)
        instance->dropped_elements[i] = image->dropped_elements[i];
    for (uint32_t i = 0; i < module->data_count; i++)
        instance->dropped_data[i] = image->dropped_data[i];
    instance->drops = false;
}

void vm_image_restore(struct vm_instance *instance, const struct vm_image *image) {
    const struct vm_module *const module = instance->module;
    for (uint32_t i = 0; i < module->memory_count; i++)
        restore_memory(instance->memories[i], &image->memories[i]);
    for (uint32_t i = 0; i < module->table_count; i++)
        if (instance->tables[i]->written)
            restore_table(instance->tables[i], &image->tables[i]);
    for (uint32_t i = 0; i < module->global_count; i++)
        instance->own_globals[i].value = image->globals[i];
    if (instance->drops)
        restore_drops(instance, image);
}

/* ---- Making ----------------------------------------------------------------------------------------------------- */

/* Fills a memory or table that is all zero. */
static void fill(const struct vm_image_content *content, uint8_t *data) {
    for (size_t i = 0; i < content->run_count; i++)
        memcpy(data + content->runs[i].address, content->runs[i].bytes, content->runs[i].size);
}

static bool fill_memory(struct vm_store *store, struct vm_memory *memory, const struct vm_image_content *content) {
    const uint64_t pages = content->size >> memory->type.page_exponent;
    if (!vm_memory_grow(&store->memories, memory, (uint32_t)pages - memory->pages))
        return false;
    fill(content, memory->data);
    mark_as_image(content, memory->data, 0, content->pages);
    return true;
}

static bool fill_table(struct vm_store *store, struct vm_table *table, const struct vm_image_content *content) {
    const uint32_t size = (uint32_t)(content->size / sizeof(vm_value));
    if (!vm_table_grow(&store->tables, table, VM_NULL_REFERENCE, size - table->size))
        return false;
    fill(content, (uint8_t *)table->elements);
    table->written = false;
    return true;
}

enum vm_status vm_image_instantiate(struct vm_store *store, const struct vm_module *module,
                                    const struct vm_image *image, vm_resolver resolve, void *context,
                                    struct vm_instance **out, struct vm_error *error) {
    assert(store->instance_count == 0);
    struct vm_instance *instance;
    const enum vm_status status = vm_instance_new(store, module, resolve, context, &instance, error);
    if (status != VM_OK)
        return status;
    for (uint32_t i = 0; i < module->imported_functions; i++)
        assert(instance->imported_functions[i] == image->imported_functions[i]);
    for (uint32_t i = 0; i < module->memory_count; i++)
        if (!fill_memory(store, instance->memories[i], &image->memories[i]))
            return vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    for (uint32_t i = 0; i < module->table_count; i++)
        if (!fill_table(store, instance->tables[i], &image->tables[i]))
            return vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    for (uint32_t i = 0; i < module->global_count; i++)
        instance->own_globals[i].value = image->globals[i];
    restore_drops(instance, image);
    *out = instance;
    return VM_OK;
}
