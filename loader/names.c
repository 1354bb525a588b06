/* loader/names.c - the name section.  Spec: appendix, binary-namesec
 *
 * Names are a courtesy to people: whatever is wrong here only loses names, never the module. */
#include "loader/context.h"

/* Finds the name map of functions (subsection 1) in a name section; false if there is none. */
static bool find_function_names(struct vm_bytes section, struct loader_reader *map) {
    struct loader_reader reader = {section.data, section.data, section.data + section.size, map->error};
    while (reader.at != reader.end) {
        const uint8_t id = *reader.at++;
        uint32_t size;
        if (loader_read_u32(&reader, &size) != VM_OK || size > loader_rest(&reader))
            return false;
        if (id == 1) {
            map->start = map->at = reader.at;
            map->end = reader.at + size;
            return true;
        }
        reader.at += size;
    }
    return false;
}

/* The next pair of the map; false at the end, or where it stops to make sense. */
static bool next_name(struct loader_reader *map, uint32_t *left, uint32_t *function, struct vm_bytes *name) {
    if (*left == 0)
        return false;
    --*left;
    return loader_read_u32(map, function) == VM_OK && loader_read_name(map, name) == VM_OK;
}

enum vm_status loader_take_names(struct vm_bytes section, uint32_t function_count, uint64_t longest,
                                 struct vm_arena *arena, const struct vm_bytes **out, struct vm_error *error) {
    struct vm_error ignored;
    struct loader_reader map = {.error = &ignored};
    uint32_t left;
    uint32_t function;
    struct vm_bytes name;
    if (section.size == 0 || !find_function_names(section, &map) || loader_read_u32(&map, &left) != VM_OK)
        return VM_OK;
    struct vm_bytes *const names = vm_arena_allocate(arena, function_count, sizeof *names);
    if (names == NULL)
        return vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    *out = names;
    while (next_name(&map, &left, &function, &name)) {
        if (function < function_count && names[function].size == 0 && name.size <= longest)
            names[function] = name;
    }
    return VM_OK;
}

/* The name section of a module that was refused inside of its code: most often it still lies ahead. */
static struct vm_bytes find_name_section(const struct loader_context *context) {
    if (context->has_name_section)
        return context->name_section;
    struct vm_error ignored;
    const struct vm_bytes bytes = context->module->bytes;
    struct loader_reader reader = {bytes.data, bytes.data, bytes.data + bytes.size, &ignored};
    reader.at += context->section_end < bytes.size ? (size_t)context->section_end : bytes.size;
    while (reader.at != reader.end) {
        const uint8_t id = *reader.at++;
        uint32_t size;
        if (loader_read_u32(&reader, &size) != VM_OK || size > loader_rest(&reader))
            break;
        struct loader_reader section = {reader.at, reader.at, reader.at + size, &ignored};
        struct vm_bytes name;
        if (id == 0 && loader_read_name(&section, &name) == VM_OK && vm_bytes_equal(name, vm_bytes_of_text("name")))
            return vm_bytes(section.at, loader_rest(&section));
        reader.at += size;
    }
    return (struct vm_bytes){NULL, 0};
}

static struct vm_bytes find_name(const struct loader_context *context, uint32_t wanted) {
    struct vm_error ignored;
    struct loader_reader map = {.error = &ignored};
    uint32_t left;
    uint32_t function;
    struct vm_bytes name;
    const struct vm_bytes section = find_name_section(context);
    if (section.size != 0 && find_function_names(section, &map) && loader_read_u32(&map, &left) == VM_OK) {
        while (next_name(&map, &left, &function, &name)) {
            if (function == wanted && name.size != 0)
                return name;
        }
    }
    return vm_module_function_name(context->module, wanted);
}

void loader_name_error(struct loader_context *context) {
    struct vm_error *const error = context->reader.error;
    const struct vm_bytes name = find_name(context, error->function);
    size_t size = name.size;
    if (size >= sizeof error->function_name) {
        /* Never cut inside of a character. */
        size = sizeof error->function_name - 1;
        while (size > 0 && (name.data[size] & 0xC0) == 0x80)
            size--;
    }
    if (size != 0)
        memcpy(error->function_name, name.data, size);
    error->function_name[size] = '\0';
}
