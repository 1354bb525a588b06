/* loader/lower/names.c - the name section: names of what was added.  Spec: binary-namesec
 *
 * Names are a courtesy to people: a section that can't be followed stays as it is. */
#include "loader/lower/lowering.h"

enum { FUNCTION_NAMES = 1 };

/* The name of a wrapper is its function's with this behind it. */
static const char wrapper_suffix[] = " (indirect)";

static struct vm_bytes name_of(const struct vm_module *module, uint32_t function) {
    return module->function_names == NULL ? vm_bytes(NULL, 0) : module->function_names[function];
}

/* The routines' module has no name section; each but helpers is exported under its name. */
static struct vm_bytes routine_name(const struct vm_module *routines, uint32_t routine) {
    for (uint32_t i = 0; i < routines->export_count; i++)
        if (routines->exports[i].kind == VM_EXTERN_FUNCTION && routines->exports[i].index == routine)
            return routines->exports[i].name;
    return vm_bytes_of_text("float");
}

/* The subsection of function names: `names`, a name map behind its count, then those of what was added. */
static void write_function_names(struct lowering *lowering, uint32_t count, struct vm_bytes names) {
    const struct vm_module *const module = lowering->module;
    struct loader_writer *const map = &lowering->body;
    loader_writer_reset(map);
    loader_write_bytes(map, names);
    for (uint32_t i = 0; i < module->function_count; i++) {
        const struct vm_bytes name = name_of(module, i);
        if (lowering->wrappers[i] == LOWER_NONE || name.size == 0)
            continue;
        loader_write_unsigned(map, lowering->wrappers[i]);
        loader_write_unsigned(map, name.size + sizeof wrapper_suffix - 1);
        loader_write_bytes(map, name);
        loader_write_bytes(map, vm_bytes_of_text(wrapper_suffix));
        count++;
    }
    for (uint32_t i = 0; i < lowering->routines->function_count; i++) {
        if (lowering->routine_index[i] == LOWER_NONE)
            continue;
        loader_write_unsigned(map, lowering->routine_index[i]);
        loader_write_vector(map, routine_name(lowering->routines, i));
        count++;
    }
    /* Its size counts the count. */
    uint32_t size = 1;
    for (uint32_t rest = count; rest > 0x7F; rest >>= 7)
        size++;
    loader_write_byte(&lowering->section, FUNCTION_NAMES);
    loader_write_unsigned(&lowering->section, size + map->size);
    loader_write_unsigned(&lowering->section, count);
    loader_write_bytes(&lowering->section, loader_written(map));
}

/* Whether a name map has as many names as it says, none of them of what was added, and nothing behind them. */
static bool is_map(const struct lowering *lowering, struct loader_reader map, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t function;
        struct vm_bytes name;
        if (loader_read_u32(&map, &function) != VM_OK || function >= lower_first_added(lowering) ||
            loader_read_name(&map, &name) != VM_OK)
            return false;
    }
    return map.at == map.end;
}

/* One subsection, and in front of the first behind that of function names that one, if it was not there. */
static bool write_subsection(struct lowering *lowering, struct loader_reader *reader, bool *done) {
    const uint8_t *const start = reader->at;
    uint8_t id;
    uint32_t size;
    uint32_t count;
    struct vm_bytes content;
    if (loader_read_byte(reader, &id) != VM_OK || loader_read_u32(reader, &size) != VM_OK ||
        size > loader_rest(reader) || loader_read_bytes(reader, size, &content) != VM_OK)
        return false;
    if (id == FUNCTION_NAMES && !*done) {
        struct loader_reader map = {content.data, content.data, content.data + content.size, reader->error};
        if (loader_read_u32(&map, &count) != VM_OK || !is_map(lowering, map, count))
            return false;
        write_function_names(lowering, count, vm_bytes(map.at, loader_rest(&map)));
        *done = true;
        return true;
    }
    if (id > FUNCTION_NAMES && !*done) {
        write_function_names(lowering, 0, vm_bytes(NULL, 0));
        *done = true;
    }
    loader_write_bytes(&lowering->section, vm_bytes(start, (size_t)(reader->at - start)));
    return true;
}

enum vm_status lower_write_names(struct lowering *lowering, struct vm_bytes section) {
    struct vm_error ignored;
    struct loader_reader reader = {section.data, section.data, section.data + section.size, &ignored};
    bool done = false;
    bool good = true;
    while (good && reader.at != reader.end)
        good = write_subsection(lowering, &reader, &done);
    if (good && !done)
        write_function_names(lowering, 0, vm_bytes(NULL, 0));
    if (!good) {
        loader_writer_reset(&lowering->section);
        loader_write_bytes(&lowering->section, section);
    }
    return lowering->section.failed || lowering->body.failed ? lower_fail_memory(lowering)
                                                             : lower_check_size(lowering, &lowering->section);
}
