/* loader/disasm_names.c - identifiers from the name section.  Spec: binary-namesec
 *
 * Only names that can be identifiers are used: not empty, and the first of those that are equal.  The section itself is
 * printed as it is, so nothing is lost. */
#include "loader/disasm_text.h"

/* Two names of one space may not be equal. */
static enum vm_status take_name(struct disasm *disasm, struct text_map *seen, struct vm_arena *arena,
                                struct vm_bytes *place, struct vm_bytes name) {
    if (place->size != 0 || name.size == 0)
        return VM_OK;
    void **const entry = text_map_put(seen, arena, name);
    if (entry == NULL)
        return vm_fail(disasm->reader.error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    if (*entry != NULL)
        return VM_OK;
    *entry = place;
    *place = name;
    return VM_OK;
}

/* Reads pairs of index and name into names[0..count); stops where the map makes no sense. */
static enum vm_status read_map(struct disasm *disasm, struct vm_bytes map, struct vm_arena *arena,
                               struct vm_bytes *names, uint32_t count) {
    struct vm_error ignored;
    struct loader_reader reader = {map.data, map.data, map.data + map.size, &ignored};
    struct text_map seen = {NULL};
    uint32_t left, index;
    struct vm_bytes name;
    if (loader_read_u32(&reader, &left) != VM_OK)
        return VM_OK;
    for (; left > 0; left--) {
        if (loader_read_u32(&reader, &index) != VM_OK || loader_read_name(&reader, &name) != VM_OK)
            return VM_OK;
        if (index < count)
            TRY(take_name(disasm, &seen, arena, &names[index], name));
    }
    return VM_OK;
}

static enum vm_status allocate_names(struct disasm *disasm, struct vm_arena *arena, uint32_t count,
                                     struct vm_bytes **names) {
    *names = vm_arena_allocate(arena, count, sizeof **names);
    return *names != NULL ? VM_OK : vm_fail(disasm->reader.error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
}

/* Passes over one function's map of local names. */
static bool skip_map(struct loader_reader *reader) {
    uint32_t left, index;
    struct vm_bytes name;
    if (loader_read_u32(reader, &left) != VM_OK)
        return false;
    for (; left > 0; left--)
        if (loader_read_u32(reader, &index) != VM_OK || loader_read_name(reader, &name) != VM_OK)
            return false;
    return true;
}

/* Subsection 2: for each function a map of names. */
static enum vm_status find_local_names(struct disasm *disasm, struct vm_bytes content) {
    struct vm_error ignored;
    struct loader_reader reader = {content.data, content.data, content.data + content.size, &ignored};
    uint32_t left, function;
    TRY(allocate_names(disasm, &disasm->arena, disasm->counts[DISASM_FUNCTION], &disasm->local_names));
    if (loader_read_u32(&reader, &left) != VM_OK)
        return VM_OK;
    for (; left > 0; left--) {
        if (loader_read_u32(&reader, &function) != VM_OK)
            return VM_OK;
        const uint8_t *const start = reader.at;
        if (!skip_map(&reader))
            return VM_OK;
        if (function < disasm->counts[DISASM_FUNCTION])
            disasm->local_names[function] = vm_bytes(start, (size_t)(reader.at - start));
    }
    return VM_OK;
}

enum vm_status disasm_read_names(struct disasm *disasm, struct vm_bytes section) {
    struct vm_error ignored;
    struct loader_reader reader = {section.data, section.data, section.data + section.size, &ignored};
    while (reader.at != reader.end) {
        const uint8_t id = *reader.at++;
        uint32_t size;
        struct vm_bytes content;
        if (loader_read_u32(&reader, &size) != VM_OK || loader_read_bytes(&reader, size, &content) != VM_OK)
            return VM_OK;
        if (id == 2 && disasm->local_names == NULL)
            TRY(find_local_names(disasm, content));
        if (id >= DISASM_SPACES || disasm->counts[id] == 0 || disasm->names[id] != NULL)
            continue;
        TRY(allocate_names(disasm, &disasm->arena, disasm->counts[id], &disasm->names[id]));
        TRY(read_map(disasm, content, &disasm->arena, disasm->names[id], disasm->counts[id]));
    }
    return VM_OK;
}

enum vm_status disasm_name_locals(struct disasm *disasm, uint32_t function) {
    disasm->locals = NULL;
    if (disasm->local_names == NULL || disasm->local_names[function].size == 0)
        return VM_OK;
    TRY(allocate_names(disasm, &disasm->scratch, disasm->local_count, &disasm->locals));
    return read_map(disasm, disasm->local_names[function], &disasm->scratch, disasm->locals, disasm->local_count);
}
