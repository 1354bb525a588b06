/* vm/image_bytes.c - images as bytes that last, and images from bytes that anybody may have changed. */
#include <assert.h>

#include "vm/image_content.h"
#include "vm/instance.h"

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

/* Where bytes go; without `to` they are counted only. */
struct writer {
    uint8_t *to;
    size_t size;
};

static void put(struct writer *writer, const void *bytes, size_t size) {
    if (writer->to != NULL && size != 0)
        memcpy(writer->to + writer->size, bytes, size);
    writer->size += size;
}

static void put_u32(struct writer *writer, uint32_t value) {
    uint8_t bytes[4];
    vm_store_u32(bytes, value);
    put(writer, bytes, sizeof bytes);
}

static void put_u64(struct writer *writer, uint64_t value) {
    uint8_t bytes[8];
    vm_store_u64(bytes, value);
    put(writer, bytes, sizeof bytes);
}

/* A reference as the index of its function, counted from 1; a contract has no others.  Functions that are imported twice
 * are one: the first. */
static uint32_t function_number(const struct vm_image *image, const struct vm_module *module, vm_value reference) {
    if (reference == VM_NULL_REFERENCE)
        return 0;
    for (uint32_t i = 0; i < module->imported_functions; i++)
        if (image->imported_functions[i] == reference)
            return i + 1;
    assert(vm_reference_owner(reference) == 1);
    return vm_reference_index(reference) + 1;
}

static void put_memory(struct writer *writer, const struct vm_image_content *content) {
    put_u64(writer, content->size);
    put_u32(writer, (uint32_t)content->run_count);
    for (size_t i = 0; i < content->run_count; i++) {
        put_u64(writer, content->runs[i].address);
        put_u32(writer, (uint32_t)content->runs[i].size);
        put(writer, content->runs[i].bytes, content->runs[i].size);
    }
}

static vm_value element_of(const struct vm_image_run *run, size_t index) {
    vm_value element;
    memcpy(&element, run->bytes + index * sizeof element, sizeof element);
    return element;
}

/* Elements are whole words of a run. */
static void put_table(struct writer *writer, const struct vm_image *image, const struct vm_module *module,
                      const struct vm_image_content *content) {
    uint32_t count = 0;
    for (size_t i = 0; i < content->run_count; i++)
        for (size_t j = 0; j < content->runs[i].size / sizeof(vm_value); j++)
            count += element_of(&content->runs[i], j) != VM_NULL_REFERENCE;
    put_u32(writer, (uint32_t)(content->size / sizeof(vm_value)));
    put_u32(writer, count);
    for (size_t i = 0; i < content->run_count; i++)
        for (size_t j = 0; j < content->runs[i].size / sizeof(vm_value); j++) {
            const vm_value element = element_of(&content->runs[i], j);
            if (element == VM_NULL_REFERENCE)
                continue;
            put_u32(writer, (uint32_t)(content->runs[i].address / sizeof(vm_value) + j));
            put_u32(writer, function_number(image, module, element));
        }
}

size_t vm_image_write(const struct vm_image *image, const struct vm_module *module, uint8_t *to) {
    struct writer writer = {.to = to};
    for (uint32_t i = 0; i < module->memory_count; i++)
        put_memory(&writer, &image->memories[i]);
    for (uint32_t i = 0; i < module->table_count; i++)
        put_table(&writer, image, module, &image->tables[i]);
    for (uint32_t i = 0; i < module->global_count; i++) {
        const bool reference = vm_is_reference_type(module->globals[i].type.value);
        put_u64(&writer, reference ? function_number(image, module, image->globals[i]) : image->globals[i]);
    }
    for (uint32_t i = 0; i < module->element_count; i++)
        put(&writer, &(uint8_t){image->dropped_elements[i]}, 1);
    for (uint32_t i = 0; i < module->data_count; i++)
        put(&writer, &(uint8_t){image->dropped_data[i]}, 1);
    return writer.size;
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

/* rest: what is still to be read.  arena: for the image; scratch: for what is needed on the way. */
struct scan {
    struct vm_bytes rest;
    const struct vm_module *module;
    const struct vm_image *fresh;
    const struct vm_limits *limits;
    struct vm_arena *arena;
    struct vm_arena scratch;
};

#define TRY(step)                                                                                                      \
    do {                                                                                                               \
        const enum vm_status try_status = (step);                                                                      \
        if (try_status != VM_OK)                                                                                       \
            return try_status;                                                                                         \
    } while (0)

/* The next `size` bytes. */
static enum vm_status get(struct scan *scan, size_t size, const uint8_t **bytes) {
    if (size > scan->rest.size)
        return VM_MALFORMED;
    *bytes = scan->rest.data;
    scan->rest = vm_bytes(scan->rest.data + size, scan->rest.size - size);
    return VM_OK;
}

static enum vm_status get_u32(struct scan *scan, uint32_t *value) {
    const uint8_t *bytes;
    TRY(get(scan, 4, &bytes));
    *value = vm_load_u32(bytes);
    return VM_OK;
}

static enum vm_status get_u64(struct scan *scan, uint64_t *value) {
    const uint8_t *bytes;
    TRY(get(scan, 8, &bytes));
    *value = vm_load_u64(bytes);
    return VM_OK;
}

/* Whether a segment is dropped: 0 or 1; one that is dropped from the start stays it. */
static enum vm_status get_drop(struct scan *scan, bool fresh, bool *dropped) {
    const uint8_t *bytes;
    TRY(get(scan, 1, &bytes));
    *dropped = bytes[0] == 1;
    return bytes[0] <= 1 && (*dropped || !fresh) ? VM_OK : VM_MALFORMED;
}

/* A reference to the function that `number` counts from 1. */
static enum vm_status reference_of(const struct scan *scan, uint8_t type, uint64_t number, vm_value *value) {
    const uint32_t imported = scan->module->imported_functions;
    *value = VM_NULL_REFERENCE;
    if (number == 0)
        return VM_OK;
    if (type != VM_FUNCREF || number > scan->module->function_count)
        return VM_MALFORMED;
    const uint32_t index = (uint32_t)number - 1;
    *value = index < imported ? scan->fresh->imported_functions[index] : vm_function_reference(1, index);
    return VM_OK;
}

/* A run of a memory: of whole words, behind the one before, within one page of vm/dirty.h. */
static enum vm_status get_run(struct scan *scan, const struct vm_image_content *content, uint64_t behind,
                              struct vm_image_run *run) {
    uint32_t size;
    const uint8_t *bytes;
    TRY(get_u64(scan, &run->address));
    TRY(get_u32(scan, &size));
    if (size == 0 || run->address % sizeof(vm_value) != 0 || run->address < behind || run->address >= content->size ||
        size > content->size - run->address ||
        (run->address + size - 1) >> VM_DIRTY_SHIFT != run->address >> VM_DIRTY_SHIFT)
        return VM_MALFORMED;
    TRY(get(scan, size, &bytes));
    run->size = size;
    run->bytes = bytes;
    return VM_OK;
}

/* The most bytes that a memory of this type may have; it has no fewer than it is made with. */
static bool is_memory_size(const struct scan *scan, const struct vm_memory_type *type, uint64_t size) {
    const uint64_t pages = size >> type->page_exponent;
    return pages << type->page_exponent == size && pages >= type->limits.minimum &&
           pages <= (type->limits.has_maximum ? type->limits.maximum : vm_most_pages(type->page_exponent)) &&
           vm_started_pages(type, pages) <= scan->limits->memory_pages;
}

static enum vm_status get_memory(struct scan *scan, const struct vm_memory_type *type,
                                 struct vm_image_content *content) {
    uint32_t count;
    uint64_t behind = 0;
    TRY(get_u64(scan, &content->size));
    TRY(get_u32(scan, &count));
    /* A run takes 13 bytes or more, so what is asked for is no more than what is there. */
    if (content->size > (uint64_t)1 << 32 || !is_memory_size(scan, type, content->size) || count > scan->rest.size / 13)
        return VM_MALFORMED;
    content->runs = vm_arena_allocate(scan->arena, count, sizeof *content->runs);
    if (content->runs == NULL)
        return VM_RESOURCE;
    content->run_count = count;
    for (uint32_t i = 0; i < count; i++) {
        TRY(get_run(scan, content, behind, &content->runs[i]));
        behind = content->runs[i].address + content->runs[i].size;
    }
    return vm_image_index(content, scan->arena) ? VM_OK : VM_RESOURCE;
}

static enum vm_status get_elements(struct scan *scan, uint8_t type, vm_value *elements, uint32_t size, uint32_t count) {
    uint32_t behind = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index, number;
        TRY(get_u32(scan, &index));
        TRY(get_u32(scan, &number));
        if (index < behind || index >= size || number == 0)
            return VM_MALFORMED;
        TRY(reference_of(scan, type, number, &elements[index]));
        behind = index + 1;
    }
    return VM_OK;
}

static enum vm_status get_table(struct scan *scan, const struct vm_table_type *type, struct vm_image_content *content) {
    uint32_t size, count;
    TRY(get_u32(scan, &size));
    TRY(get_u32(scan, &count));
    if (size < type->limits.minimum || size > scan->limits->table_size ||
        (type->limits.has_maximum && size > type->limits.maximum) || count > scan->rest.size / 8)
        return VM_MALFORMED;
    vm_arena_reset(&scan->scratch);
    vm_value *const elements = vm_arena_allocate(&scan->scratch, size, sizeof *elements);
    if (elements == NULL)
        return VM_RESOURCE;
    TRY(get_elements(scan, type->element, elements, size, count));
    return vm_image_take_content(content, elements, size * sizeof *elements, false, scan->arena) ? VM_OK : VM_RESOURCE;
}

static enum vm_status get_global(struct scan *scan, uint32_t index, vm_value *value) {
    const struct vm_global_type *const type = &scan->module->globals[index].type;
    uint64_t number;
    TRY(get_u64(scan, &number));
    if (vm_is_reference_type(type->value))
        TRY(reference_of(scan, type->value, number, value));
    else if (type->value != VM_I64 && number > UINT32_MAX)
        return VM_MALFORMED;
    else
        *value = number;
    return type->mutable || *value == scan->fresh->globals[index] ? VM_OK : VM_MALFORMED;
}

static enum vm_status get_image(struct scan *scan, struct vm_image *image) {
    const struct vm_module *const module = scan->module;
    for (uint32_t i = 0; i < module->memory_count; i++)
        TRY(get_memory(scan, &module->memories[i], &image->memories[i]));
    for (uint32_t i = 0; i < module->table_count; i++)
        TRY(get_table(scan, &module->tables[i], &image->tables[i]));
    for (uint32_t i = 0; i < module->global_count; i++)
        TRY(get_global(scan, i, &image->globals[i]));
    for (uint32_t i = 0; i < module->imported_functions; i++)
        image->imported_functions[i] = scan->fresh->imported_functions[i];
    for (uint32_t i = 0; i < module->element_count; i++)
        TRY(get_drop(scan, scan->fresh->dropped_elements[i], &image->dropped_elements[i]));
    for (uint32_t i = 0; i < module->data_count; i++)
        TRY(get_drop(scan, scan->fresh->dropped_data[i], &image->dropped_data[i]));
    return scan->rest.size == 0 ? VM_OK : VM_MALFORMED;
}

enum vm_status vm_image_read(struct vm_bytes bytes, const struct vm_module *module, const struct vm_image *fresh,
                             const struct vm_limits *limits, struct vm_arena *arena, const struct vm_image **out) {
    struct vm_image *const image = vm_image_new(module, arena);
    const struct vm_bytes copy = vm_arena_copy(arena, bytes);
    if (image == NULL || copy.data == NULL)
        return VM_RESOURCE;
    struct scan scan = {.rest = copy, .module = module, .fresh = fresh, .limits = limits, .arena = arena};
    vm_arena_init(&scan.scratch, &arena->allocator);
    const enum vm_status status = get_image(&scan, image);
    vm_arena_clear(&scan.scratch);
    if (status == VM_OK)
        *out = image;
    return status;
}
