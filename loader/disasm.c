/* loader/disasm.c - the sections of a module as fields of a text.  Spec: binary-module, text-module */
#include "loader/disasm_text.h"

/* Spaces of imports and exports by their binary kinds, and the words for them. */
static const struct {
    const char *word;
    enum disasm_space space;
} externs[] = {
    {"func", DISASM_FUNCTION}, {"table", DISASM_TABLE}, {"memory", DISASM_MEMORY},
    {"global", DISASM_GLOBAL}, {"tag", DISASM_TAG},
};
enum { EXTERN_COUNT = sizeof externs / sizeof *externs };

static enum vm_status out_of_memory(struct disasm *disasm) {
    return vm_fail(disasm->reader.error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
}

/* Reads inside of a section from now on; false if there is none. */
static bool enter(struct disasm *disasm, enum loader_section id) {
    disasm->reader.at = disasm->sections[id].start;
    disasm->reader.end = disasm->sections[id].end;
    return disasm->sections[id].present;
}

static enum vm_status leave(struct disasm *disasm) {
    if (disasm->reader.at != disasm->reader.end)
        return vm_fail(disasm->reader.error, VM_ERROR_SECTION_SIZE, loader_offset(&disasm->reader), NULL);
    return VM_OK;
}

static enum vm_status note_custom(struct disasm *disasm, uint32_t place, unsigned size_width,
                                  struct disasm_custom ***end) {
    struct disasm_custom *const custom = vm_arena_allocate(&disasm->arena, 1, sizeof *custom);
    if (custom == NULL)
        return out_of_memory(disasm);
    const struct loader_reader saved = disasm->reader;
    uint32_t size;
    TRY(disasm_read_u32(disasm, &size, &custom->name_width));
    disasm->reader.at = saved.at;
    TRY(loader_read_name(&disasm->reader, &custom->name));
    TRY(loader_read_bytes(&disasm->reader, loader_rest(&disasm->reader), &custom->content));
    custom->place = place;
    custom->size_width = size_width;
    **end = custom;
    *end = &custom->next;
    return VM_OK;
}

/* Finds the sections.  Spec: binary-module */
static enum vm_status find_sections(struct disasm *disasm) {
    static const uint8_t header[] = {0x00, 'a', 's', 'm', 0x01, 0x00, 0x00, 0x00};
    struct loader_reader *const reader = &disasm->reader;
    struct disasm_custom **end = &disasm->customs;
    uint32_t place = 0, size;
    struct vm_bytes bytes;
    TRY(loader_read_bytes(reader, 4, &bytes));
    if (!vm_bytes_equal(bytes, vm_bytes(header, 4)))
        return vm_fail(reader->error, VM_ERROR_MAGIC, 0, NULL);
    TRY(loader_read_bytes(reader, 4, &bytes));
    if (!vm_bytes_equal(bytes, vm_bytes(header + 4, 4)))
        return vm_fail(reader->error, VM_ERROR_VERSION, 4, NULL);
    while (reader->at != reader->end) {
        const uint32_t offset = loader_offset(reader);
        uint8_t id;
        unsigned width;
        TRY(loader_read_byte(reader, &id));
        TRY(disasm_read_u32(disasm, &size, &width));
        TRY(loader_read_bytes(reader, size, &bytes));
        const struct loader_reader behind = *reader;
        if (id == LOADER_SECTION_CUSTOM) {
            reader->at = bytes.data;
            reader->end = bytes.data + bytes.size;
            TRY(note_custom(disasm, place, width, &end));
            *reader = behind;
            continue;
        }
        if (id >= LOADER_SECTION_COUNT)
            return vm_fail(reader->error, VM_ERROR_SECTION_ID, offset, NULL);
        while (place < LOADER_PLACES && loader_section_places[place].id != id)
            place++;
        if (place == LOADER_PLACES)
            return vm_fail(reader->error, VM_ERROR_SECTION_ORDER, offset, NULL);
        place++;
        disasm->sections[id] = (struct disasm_section){true, width, bytes.data, bytes.data + bytes.size};
    }
    return VM_OK;
}

/* Passes over an import's type without printing it. */
static enum vm_status skip_import_type(struct disasm *disasm, uint8_t kind) {
    struct loader_writer *const out = disasm->out;
    const size_t size = out->size;
    enum vm_status status = VM_OK;
    if (kind == 1)
        status = disasm_table_type(disasm);
    else if (kind == 2)
        status = disasm_memory_type(disasm);
    else if (kind == 3)
        status = disasm_global_type(disasm);
    else {
        if (kind == 4)
            disasm->reader.at += disasm->reader.at != disasm->reader.end;
        status = disasm_copy_index(disasm, 0);
    }
    if (!out->failed)
        out->size = size;
    return status;
}

/* Counts the index spaces, imports first. */
static enum vm_status count_spaces(struct disasm *disasm) {
    static const struct {
        enum loader_section id;
        enum disasm_space space;
    } own[] = {
        {LOADER_SECTION_FUNCTION, DISASM_FUNCTION}, {LOADER_SECTION_TABLE, DISASM_TABLE},
        {LOADER_SECTION_MEMORY, DISASM_MEMORY},     {LOADER_SECTION_GLOBAL, DISASM_GLOBAL},
        {LOADER_SECTION_TAG, DISASM_TAG},           {LOADER_SECTION_ELEMENT, DISASM_ELEMENT},
        {LOADER_SECTION_DATA, DISASM_DATA},
    };
    uint32_t count;
    if (enter(disasm, LOADER_SECTION_IMPORT)) {
        TRY(loader_read_size(&disasm->reader, &count));
        for (; count > 0; count--) {
            struct vm_bytes name;
            uint8_t kind;
            TRY(loader_read_name(&disasm->reader, &name));
            TRY(loader_read_name(&disasm->reader, &name));
            const uint32_t offset = loader_offset(&disasm->reader);
            TRY(loader_read_byte(&disasm->reader, &kind));
            if (kind >= EXTERN_COUNT)
                return vm_fail(disasm->reader.error, VM_ERROR_IMPORT_KIND, offset, NULL);
            disasm->imported[externs[kind].space]++;
            TRY(skip_import_type(disasm, kind));
        }
    }
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        count = 0;
        if (enter(disasm, own[i].id))
            TRY(loader_read_size(&disasm->reader, &count));
        disasm->counts[own[i].space] = disasm->imported[own[i].space] + count;
    }
    if (enter(disasm, LOADER_SECTION_DATA_COUNT)) {
        const uint32_t offset = loader_offset(&disasm->reader);
        TRY(loader_read_u32(&disasm->reader, &count));
        if (count != disasm->counts[DISASM_DATA])
            return vm_fail(disasm->reader.error, VM_ERROR_DATA_COUNT_MISMATCH, offset, NULL);
        TRY(leave(disasm));
    }
    return VM_OK;
}

/* "(word $name (;n;)" of something that is defined, at a new line. */
static void begin_field(struct disasm *disasm, const char *word, enum disasm_space space, uint32_t index,
                        unsigned width) {
    disasm_newline(disasm, 1);
    disasm_width(disasm, width);
    disasm_put(disasm, "(");
    disasm_put(disasm, word);
    disasm_definition(disasm, space, index);
    disasm_put(disasm, " ");
}

/* A type index as a type use. */
static enum vm_status type_use(struct disasm *disasm) {
    uint32_t type;
    unsigned width;
    TRY(disasm_read_u32(disasm, &type, &width));
    return disasm_type_use(disasm, type, width, false);
}

static enum vm_status tag_type(struct disasm *disasm) {
    uint8_t attribute;
    const uint32_t offset = loader_offset(&disasm->reader);
    TRY(loader_read_byte(&disasm->reader, &attribute));
    if (attribute != 0)
        return vm_fail(disasm->reader.error, VM_ERROR_ZERO_BYTE_EXPECTED, offset, NULL);
    return type_use(disasm);
}

static enum vm_status extern_type(struct disasm *disasm, uint8_t kind) {
    switch (kind) {
    case 0:
        return type_use(disasm);
    case 1:
        return disasm_table_type(disasm);
    case 2:
        return disasm_memory_type(disasm);
    case 3:
        return disasm_global_type(disasm);
    default:
        return tag_type(disasm);
    }
}

static enum vm_status import_item(struct disasm *disasm, uint32_t number) {
    uint8_t kind;
    (void)number;
    disasm_newline(disasm, 1);
    disasm_put(disasm, "(import ");
    TRY(disasm_copy_name(disasm));
    disasm_put(disasm, " ");
    TRY(disasm_copy_name(disasm));
    disasm_put(disasm, " (");
    TRY(loader_read_byte(&disasm->reader, &kind));
    disasm_put(disasm, externs[kind].word);
    disasm_definition(disasm, externs[kind].space, disasm->imports_seen[externs[kind].space]++);
    disasm_put(disasm, " ");
    TRY(extern_type(disasm, kind));
    disasm_put(disasm, "))");
    return VM_OK;
}

static enum vm_status table_item(struct disasm *disasm, uint32_t number) {
    begin_field(disasm, "table", DISASM_TABLE, disasm->imported[DISASM_TABLE] + number, 0);
    const bool initialized = loader_rest(&disasm->reader) >= 2 && disasm->reader.at[0] == 0x40;
    if (initialized && disasm->reader.at[1] != 0)
        return vm_fail(disasm->reader.error, VM_ERROR_ZERO_BYTE_EXPECTED, loader_offset(&disasm->reader) + 1, NULL);
    if (initialized)
        disasm->reader.at += 2;
    TRY(disasm_table_type(disasm));
    if (initialized) {
        disasm_put(disasm, " ");
        TRY(disasm_expression(disasm, NULL));
    }
    disasm_put(disasm, ")");
    return VM_OK;
}

static enum vm_status memory_item(struct disasm *disasm, uint32_t number) {
    begin_field(disasm, "memory", DISASM_MEMORY, disasm->imported[DISASM_MEMORY] + number, 0);
    TRY(disasm_memory_type(disasm));
    disasm_put(disasm, ")");
    return VM_OK;
}

static enum vm_status tag_item(struct disasm *disasm, uint32_t number) {
    begin_field(disasm, "tag", DISASM_TAG, disasm->imported[DISASM_TAG] + number, 0);
    TRY(tag_type(disasm));
    disasm_put(disasm, ")");
    return VM_OK;
}

static enum vm_status global_item(struct disasm *disasm, uint32_t number) {
    begin_field(disasm, "global", DISASM_GLOBAL, disasm->imported[DISASM_GLOBAL] + number, 0);
    TRY(disasm_global_type(disasm));
    disasm_put(disasm, " ");
    TRY(disasm_expression(disasm, NULL));
    disasm_put(disasm, ")");
    return VM_OK;
}

static enum vm_status export_item(struct disasm *disasm, uint32_t number) {
    uint8_t kind;
    (void)number;
    disasm_newline(disasm, 1);
    disasm_put(disasm, "(export ");
    TRY(disasm_copy_name(disasm));
    const uint32_t offset = loader_offset(&disasm->reader);
    TRY(loader_read_byte(&disasm->reader, &kind));
    if (kind >= EXTERN_COUNT)
        return vm_fail(disasm->reader.error, VM_ERROR_EXPORT_KIND, offset, NULL);
    disasm_put(disasm, " (");
    disasm_put(disasm, externs[kind].word);
    disasm_put(disasm, " ");
    TRY(disasm_copy_index(disasm, externs[kind].space));
    disasm_put(disasm, "))");
    return VM_OK;
}

static enum vm_status start_section(struct disasm *disasm) {
    if (!enter(disasm, LOADER_SECTION_START))
        return VM_OK;
    disasm_newline(disasm, 1);
    disasm_put(disasm, "(start ");
    TRY(disasm_copy_index(disasm, DISASM_FUNCTION));
    disasm_put(disasm, ")");
    return leave(disasm);
}

/* "(table x) " or "(memory x) ": named even if it is the first, because the bytes do. */
static enum vm_status explicit_home(struct disasm *disasm, const char *word, enum disasm_space space) {
    uint32_t index;
    unsigned width;
    TRY(disasm_read_u32(disasm, &index, &width));
    disasm_put(disasm, "(");
    disasm_put(disasm, word);
    disasm_put(disasm, " ");
    disasm_width(disasm, index == 0 && width == 0 ? 1 : width);
    disasm_index(disasm, space, index);
    disasm_put(disasm, ") ");
    return VM_OK;
}

/* Spec: binary-elemsec; flags 1: not active, 2: table or declarative, 4: expressions. */
static enum vm_status element_item(struct disasm *disasm, uint32_t number) {
    uint32_t flags, count;
    unsigned width;
    uint8_t kind;
    const uint32_t offset = loader_offset(&disasm->reader);
    TRY(disasm_read_u32(disasm, &flags, &width));
    if (flags > 7)
        return vm_fail(disasm->reader.error, VM_ERROR_ELEMENT_FLAGS, offset, NULL);
    begin_field(disasm, "elem", DISASM_ELEMENT, number, width);
    if ((flags & 3) == 3)
        disasm_put(disasm, "declare ");
    if ((flags & 3) == 2)
        TRY(explicit_home(disasm, "table", DISASM_TABLE));
    if ((flags & 1) == 0) {
        TRY(disasm_expression(disasm, "offset"));
        disasm_put(disasm, " ");
    }
    if ((flags & 4) != 0) {
        if (flags == 4)
            disasm_put(disasm, "funcref");
        else
            TRY(disasm_reference_type(disasm));
        TRY(loader_read_size(&disasm->reader, &count));
        for (; count > 0; count--) {
            disasm_put(disasm, " ");
            TRY(disasm_expression(disasm, "item"));
        }
    } else {
        if (flags != 0) {
            const uint32_t place = loader_offset(&disasm->reader);
            TRY(loader_read_byte(&disasm->reader, &kind));
            if (kind != 0)
                return vm_fail(disasm->reader.error, VM_ERROR_ELEMENT_KIND, place, NULL);
        }
        TRY(disasm_read_u32(disasm, &count, &width));
        disasm_width(disasm, width);
        disasm_put(disasm, "func");
        for (; count > 0; count--) {
            disasm_put(disasm, " ");
            TRY(disasm_copy_index(disasm, DISASM_FUNCTION));
        }
    }
    disasm_put(disasm, ")");
    return VM_OK;
}

static enum vm_status data_item(struct disasm *disasm, uint32_t number) {
    enum { LINE = 64 };
    uint32_t flags, size;
    unsigned width;
    struct vm_bytes bytes;
    const uint32_t offset = loader_offset(&disasm->reader);
    TRY(disasm_read_u32(disasm, &flags, &width));
    if (flags > 2)
        return vm_fail(disasm->reader.error, VM_ERROR_DATA_FLAGS, offset, NULL);
    begin_field(disasm, "data", DISASM_DATA, number, width);
    if (flags == 2)
        TRY(explicit_home(disasm, "memory", DISASM_MEMORY));
    if (flags != 1) {
        TRY(disasm_expression(disasm, "offset"));
        disasm_put(disasm, " ");
    }
    TRY(disasm_read_u32(disasm, &size, &width));
    TRY(loader_read_bytes(&disasm->reader, size, &bytes));
    disasm_width(disasm, width);
    for (size_t at = 0; at < bytes.size || at == 0; at += LINE) {
        if (bytes.size > LINE)
            disasm_newline(disasm, 2);
        disasm_string(disasm, vm_bytes(bytes.data + at, bytes.size - at < LINE ? bytes.size - at : LINE));
    }
    disasm_put(disasm, ")");
    return VM_OK;
}

/* A function: its type from the function section, its body from the code section, which the reader is in. */
static enum vm_status function_item(struct disasm *disasm, struct loader_reader *types, uint32_t number) {
    const uint32_t index = disasm->imported[DISASM_FUNCTION] + number;
    uint32_t type, size;
    unsigned type_width, size_width, locals_width;
    uint64_t local_count;
    struct vm_bytes body;
    const struct loader_reader code = disasm->reader;
    const size_t written = disasm->out->size;
    disasm->reader = *types;
    TRY(disasm_read_u32(disasm, &type, &type_width));
    *types = disasm->reader;
    disasm->reader = code;
    TRY(disasm_read_u32(disasm, &size, &size_width));
    TRY(loader_read_bytes(&disasm->reader, size, &body));
    const struct loader_reader behind = disasm->reader;
    disasm->reader.at = body.data;
    disasm->reader.end = body.data + body.size;

    TRY(disasm_count_locals(disasm, &local_count, &locals_width));
    const uint32_t params = type < disasm->type_count ? disasm->types[type].param_count : 0;
    disasm->local_count = params + (uint32_t)local_count;
    vm_arena_reset(&disasm->scratch);
    TRY(disasm_name_locals(disasm, index));
    begin_field(disasm, "func", DISASM_FUNCTION, index, size_width);
    disasm_width(disasm, locals_width);
    TRY(disasm_type_use(disasm, type, type_width, true));
    TRY(disasm_body(disasm, params));
    disasm_put(disasm, ")");
    if (disasm->options.function != NULL && *disasm->options.function != index)
        disasm->out->size = written;
    disasm->reader = behind;
    return VM_OK;
}

static enum vm_status functions(struct disasm *disasm) {
    uint32_t count = 0, bodies = 0;
    if (enter(disasm, LOADER_SECTION_FUNCTION))
        TRY(loader_read_size(&disasm->reader, &count));
    struct loader_reader types = disasm->reader;
    if (enter(disasm, LOADER_SECTION_CODE))
        TRY(loader_read_size(&disasm->reader, &bodies));
    if (count != bodies)
        return vm_fail(disasm->reader.error, VM_ERROR_FUNCTION_CODE_MISMATCH, 0, NULL);
    for (uint32_t number = 0; number < count; number++)
        TRY(function_item(disasm, &types, number));
    if (disasm->sections[LOADER_SECTION_CODE].present)
        TRY(leave(disasm));
    if (types.at != types.end)
        return vm_fail(disasm->reader.error, VM_ERROR_SECTION_SIZE, loader_offset(&types), NULL);
    return VM_OK;
}

/* A section that is a vector of items, each a field. */
static enum vm_status section(struct disasm *disasm, enum loader_section id,
                              enum vm_status (*item)(struct disasm *disasm, uint32_t number)) {
    uint32_t count;
    if (!enter(disasm, id))
        return VM_OK;
    TRY(loader_read_size(&disasm->reader, &count));
    for (uint32_t number = 0; number < count; number++) {
        TRY(item(disasm, number));
        if (disasm->out->failed)
            return out_of_memory(disasm);
    }
    return leave(disasm);
}

/* (@section ...) for a section whose form the assembler would not choose by itself. */
static enum vm_status section_form(struct disasm *disasm, uint32_t place) {
    const enum loader_section id = loader_section_places[place].id;
    uint32_t count;
    unsigned width = 0;
    if (!enter(disasm, id))
        return VM_OK;
    if (id != LOADER_SECTION_START)
        TRY(disasm_read_u32(disasm, &count, &width));
    const bool needless = id == LOADER_SECTION_DATA_COUNT || (id != LOADER_SECTION_START && count == 0);
    if (!needless && width == 0 && disasm->sections[id].size_width == 0)
        return VM_OK;
    disasm_newline(disasm, 1);
    disasm_put(disasm, "(@section ");
    disasm_put(disasm, loader_section_places[place].name);
    disasm_put(disasm, " ");
    disasm_number(disasm, disasm->sections[id].size_width);
    disasm_put(disasm, " ");
    disasm_number(disasm, width);
    disasm_put(disasm, ")");
    return VM_OK;
}

static void custom_sections(struct disasm *disasm) {
    for (const struct disasm_custom *custom = disasm->customs; custom != NULL; custom = custom->next) {
        disasm_newline(disasm, 1);
        disasm_put(disasm, "(@custom ");
        disasm_width(disasm, custom->name_width);
        disasm_string(disasm, custom->name);
        disasm_put(disasm, " ");
        disasm_width(disasm, custom->size_width);
        disasm_put(disasm, custom->place == 0 ? "(before first" : "(after ");
        if (custom->place != 0)
            disasm_put(disasm, loader_section_places[custom->place - 1].name);
        disasm_put(disasm, ") ");
        disasm_string(disasm, custom->content);
        disasm_put(disasm, ")");
    }
}

/* Names were found on the way here; of what was written nothing stays. */
static enum vm_status only_function(struct disasm *disasm, size_t written) {
    disasm->out->size = written;
    TRY(functions(disasm));
    disasm_put(disasm, disasm->out->size == written ? "" : "\n");
    return disasm->out->failed ? out_of_memory(disasm) : VM_OK;
}

static enum vm_status disassemble(struct disasm *disasm) {
    TRY(find_sections(disasm));
    TRY(count_spaces(disasm));
    for (const struct disasm_custom *custom = disasm->customs; custom != NULL; custom = custom->next)
        if (vm_bytes_equal(custom->name, vm_bytes_of_text("name")))
            TRY(disasm_read_names(disasm, custom->content));
    const size_t written = disasm->out->size;
    disasm_put(disasm, "(module");
    for (uint32_t place = 0; place < LOADER_PLACES; place++)
        TRY(section_form(disasm, place));
    if (enter(disasm, LOADER_SECTION_TYPE)) {
        TRY(disasm_types(disasm));
        TRY(leave(disasm));
    }
    TRY(section(disasm, LOADER_SECTION_IMPORT, import_item));
    TRY(section(disasm, LOADER_SECTION_TABLE, table_item));
    TRY(section(disasm, LOADER_SECTION_MEMORY, memory_item));
    TRY(section(disasm, LOADER_SECTION_TAG, tag_item));
    TRY(section(disasm, LOADER_SECTION_GLOBAL, global_item));
    TRY(section(disasm, LOADER_SECTION_EXPORT, export_item));
    TRY(start_section(disasm));
    TRY(section(disasm, LOADER_SECTION_ELEMENT, element_item));
    if (disasm->options.function != NULL)
        return only_function(disasm, written);
    TRY(functions(disasm));
    TRY(section(disasm, LOADER_SECTION_DATA, data_item));
    custom_sections(disasm);
    disasm_put(disasm, ")\n");
    return disasm->out->failed ? out_of_memory(disasm) : VM_OK;
}

enum vm_status loader_disassemble(struct vm_bytes module, const struct loader_disasm_options *options,
                                  const struct vm_allocator *allocator, struct loader_writer *out,
                                  struct vm_error *error) {
    struct disasm disasm = {.out = out, .locals_left = UINT64_C(1000000) + module.size};
    disasm.reader = (struct loader_reader){module.data, module.data, module.data + module.size, error};
    if (module.size > UINT32_MAX)
        return vm_fail(error, VM_ERROR_OVER_LIMIT, 0, "a module has at most 4 GiB");
    if (options != NULL)
        disasm.options = *options;
    vm_arena_init(&disasm.arena, allocator);
    vm_arena_init(&disasm.scratch, allocator);
    loader_writer_init(&disasm.labels, allocator);
    enum vm_status status = module.size == 0 ? vm_fail(error, VM_ERROR_UNEXPECTED_END, 0, NULL) : disassemble(&disasm);
    if (out->failed)
        status = out_of_memory(&disasm);
    loader_writer_clear(&disasm.labels);
    vm_arena_clear(&disasm.scratch);
    vm_arena_clear(&disasm.arena);
    return status;
}
