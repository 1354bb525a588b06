/* loader/pack.c - writes a module again, section by section, without what it can do without. */
#include "loader/pack.h"

#include "loader/lower/lower.h"
#include "loader/reader.h"
#include "loader/sort.h"
#include "loader/writer.h"

/* One module.  section: the content of the section that is being written.  places, order: [module->data_count], where
 * segments go, and their numbers by that. */
struct pack {
    const struct loader_packing *packing;
    const struct vm_module *module;
    struct loader_writer writer;
    struct loader_writer section;
    uint64_t *places;
    uint32_t *order;
};

/* ---- Data ------------------------------------------------------------------------------------------------------- */

/* The value of an expression that is i32.const and nothing else. */
static bool is_place(const struct vm_module *module, const struct vm_constant *constant, uint64_t *place) {
    struct vm_error ignored;
    const uint8_t *const bytes = module->bytes.data;
    struct loader_reader reader = {bytes, bytes + constant->start, bytes + constant->end, &ignored};
    uint8_t code;
    int64_t value;
    if (loader_read_byte(&reader, &code) != VM_OK || code != 0x41 || loader_read_s(&reader, 32, &value) != VM_OK ||
        loader_read_byte(&reader, &code) != VM_OK || code != 0x0B || reader.at != reader.end)
        return false;
    *place = (uint32_t)value;
    return true;
}

static int compare_places(const void *context, uint32_t a, uint32_t b) {
    const uint64_t *const places = context;
    return places[a] != places[b] ? (places[a] < places[b] ? -1 : 1) : (a < b ? -1 : a > b);
}

/* The segment that stands at `at` in the order, and the place behind it. */
static const struct vm_data_segment *segment_at(const struct pack *pack, uint32_t at, uint64_t *behind) {
    const struct vm_data_segment *const segment = &pack->module->data[pack->order[at]];
    *behind = pack->places[pack->order[at]] + segment->bytes.size;
    return segment;
}

/* Whether segments may be joined; finds where they go, and their order. */
static bool find_places(struct pack *pack, bool counted) {
    const struct vm_module *const module = pack->module;
    uint64_t behind = 0;
    if (counted || module->data_count == 0 || module->imported_memories > 0)
        return false;
    for (uint32_t i = 0; i < module->data_count; i++) {
        const struct vm_data_segment *const segment = &module->data[i];
        if (segment->mode != VM_SEGMENT_ACTIVE || segment->memory != 0 ||
            !is_place(module, &segment->offset, &pack->places[i]))
            return false;
        pack->order[i] = i;
    }
    loader_sort(pack->order, module->data_count, compare_places, pack->places);
    for (uint32_t i = 0; i < module->data_count; i++) {
        if (pack->places[pack->order[i]] < behind)
            return false;
        (void)segment_at(pack, i, &behind);
    }
    return true;
}

/* The first in the order behind `first` that is not joined with it; *size: of what they become. */
static uint32_t find_end(const struct pack *pack, uint32_t first, uint64_t *size) {
    uint64_t behind;
    uint32_t end = first + 1;
    (void)segment_at(pack, first, &behind);
    while (end < pack->module->data_count && pack->places[pack->order[end]] - behind <= pack->packing->gap)
        (void)segment_at(pack, end++, &behind);
    *size = behind - pack->places[pack->order[first]];
    return end;
}

static void write_joined(struct pack *pack, uint32_t first, uint32_t end, uint64_t size) {
    static const uint8_t zeros[LOADER_PACK_GAP];
    struct loader_writer *const writer = &pack->section;
    uint64_t behind = pack->places[pack->order[first]];
    loader_write_byte(writer, 0x00);
    loader_write_byte(writer, 0x41);
    loader_write_signed(writer, behind > INT32_MAX ? (int64_t)behind - ((int64_t)1 << 32) : (int64_t)behind);
    loader_write_byte(writer, 0x0B);
    loader_write_unsigned(writer, size);
    for (uint32_t i = first; i < end; i++) {
        loader_write_bytes(writer, vm_bytes(zeros, (size_t)(pack->places[pack->order[i]] - behind)));
        loader_write_bytes(writer, segment_at(pack, i, &behind)->bytes);
    }
}

static void write_data(struct pack *pack) {
    uint32_t count = 0;
    uint64_t size;
    for (uint32_t i = 0; i < pack->module->data_count; i = find_end(pack, i, &size))
        count++;
    loader_write_unsigned(&pack->section, count);
    for (uint32_t i = 0; i < pack->module->data_count;) {
        const uint32_t end = find_end(pack, i, &size);
        write_joined(pack, i, end, size);
        i = end;
    }
}

/* ---- Sections --------------------------------------------------------------------------------------------------- */

static bool is_kept(const struct loader_packing *packing, struct vm_bytes name) {
    if (vm_bytes_equal(name, packing->section))
        return packing->content.data == NULL;
    return vm_bytes_equal(name, vm_bytes_of_text(LOADER_FLOAT_SECTION)) ||
           (packing->names && vm_bytes_equal(name, vm_bytes_of_text("name")));
}

static enum vm_status write_section(struct pack *pack, uint8_t id, struct vm_bytes content, bool joins,
                                    struct vm_error *error) {
    if (id == LOADER_SECTION_CUSTOM) {
        struct loader_reader reader = {content.data, content.data, content.data + content.size, error};
        struct vm_bytes name;
        TRY(loader_read_name(&reader, &name));
        if (!is_kept(pack->packing, name))
            return VM_OK;
    }
    if (id != LOADER_SECTION_DATA || !joins) {
        loader_write_section(&pack->writer, (enum loader_section)id, content);
        return VM_OK;
    }
    loader_writer_reset(&pack->section);
    write_data(pack);
    pack->writer.failed = pack->writer.failed || pack->section.failed;
    loader_write_section(&pack->writer, LOADER_SECTION_DATA, loader_written(&pack->section));
    return VM_OK;
}

/* The sections behind the header; with `counts`, says whether there is a data count section, and writes nothing. */
static enum vm_status each_section(struct pack *pack, bool joins, bool *counts, struct vm_error *error) {
    const struct vm_bytes bytes = pack->module->bytes;
    struct loader_reader reader = {bytes.data, bytes.data + 8, bytes.data + bytes.size, error};
    while (reader.at != reader.end) {
        uint8_t id;
        uint32_t size;
        struct vm_bytes content;
        TRY(loader_read_byte(&reader, &id));
        TRY(loader_read_size(&reader, &size));
        TRY(loader_read_bytes(&reader, size, &content));
        if (counts != NULL)
            *counts = *counts || id == LOADER_SECTION_DATA_COUNT;
        else
            TRY(write_section(pack, id, content, joins, error));
    }
    return VM_OK;
}

static enum vm_status write_module(struct pack *pack, struct vm_error *error) {
    const struct loader_packing *const packing = pack->packing;
    bool counted = false;
    TRY(each_section(pack, false, &counted, error));
    loader_write_header(&pack->writer);
    TRY(each_section(pack, find_places(pack, counted), NULL, error));
    if (packing->content.size != 0)
        loader_write_custom(&pack->writer, packing->section, packing->content);
    return VM_OK;
}

enum vm_status loader_pack(struct vm_bytes bytes, const struct loader_options *options,
                           const struct loader_packing *packing, const struct vm_allocator *allocator,
                           struct vm_bytes *out, struct vm_error *error) {
    struct vm_module *module;
    *out = vm_bytes(NULL, 0);
    TRY(loader_load(bytes, options, allocator, &module, error));
    struct pack pack = {.packing = packing, .module = module};
    loader_writer_init(&pack.writer, allocator);
    loader_writer_init(&pack.section, allocator);
    pack.places = vm_arena_allocate(&module->arena, module->data_count, sizeof *pack.places);
    pack.order = vm_arena_allocate(&module->arena, module->data_count, sizeof *pack.order);
    enum vm_status status =
        pack.places == NULL || pack.order == NULL ? vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL) : VM_OK;
    if (status == VM_OK)
        status = write_module(&pack, error);
    if (status == VM_OK && !loader_writer_finish(&pack.writer, out))
        status = vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    loader_writer_clear(&pack.section);
    loader_writer_clear(&pack.writer);
    vm_module_free(module);
    return status;
}
