/* loader/lower/sections.c - the new module, section by section, in the order of the old one. */
#include "loader/lower/lowering.h"

/* A type without floats, with or without marks. */
static void write_mark(struct loader_writer *writer, uint8_t mark) {
    loader_write_byte(writer, mark);
}

static void write_type(struct loader_writer *writer, const struct vm_function_type *type, bool marked) {
    loader_write_byte(writer, 0x60);
    loader_write_unsigned(writer, (uint64_t)type->param_count + (marked ? lower_mark_count(type) : 0));
    for (uint32_t i = 0; i < type->param_count; i++)
        loader_write_byte(writer, lower_type(type->types[i]));
    if (marked)
        lower_write_marks(type, writer, write_mark);
    loader_write_unsigned(writer, type->result_count);
    for (uint32_t i = 0; i < type->result_count; i++)
        loader_write_byte(writer, lower_type(type->types[type->param_count + i]));
}

static enum vm_status write_types(struct lowering *lowering) {
    const struct vm_module *const module = lowering->module;
    struct loader_writer *const writer = &lowering->section;
    loader_write_unsigned(writer,
                          (uint64_t)module->type_count + lowering->marked_type_count + lowering->routine_type_count);
    for (uint32_t i = 0; i < module->type_count; i++)
        write_type(writer, &module->types[i], false);
    for (uint32_t i = 0; i < module->type_count; i++)
        if (lowering->marked_types[i] != LOWER_NONE)
            write_type(writer, &module->types[i], true);
    lower_write_routine_types(lowering);
    return VM_OK;
}

/* Only the types of globals change, which are a byte each. */
static enum vm_status write_imports(struct lowering *lowering, struct vm_bytes content) {
    const struct vm_module *const module = lowering->module;
    struct loader_writer *const writer = &lowering->section;
    loader_write_bytes(writer, content);
    for (uint32_t i = 0; i < module->import_count && !writer->failed; i++) {
        const struct vm_import *const import = &module->imports[i];
        if (import->kind != VM_EXTERN_GLOBAL)
            continue;
        /* The kind and the type stand right behind the name. */
        const size_t at = (size_t)(import->name.data + import->name.size - content.data) + 1;
        writer->data[at] = lower_type(import->global.value);
    }
    return VM_OK;
}

static enum vm_status write_functions(struct lowering *lowering) {
    const struct vm_module *const module = lowering->module;
    struct loader_writer *const writer = &lowering->section;
    const uint32_t own = module->function_count - module->imported_functions;
    loader_write_unsigned(writer, (uint64_t)own + lowering->wrapper_count + lowering->routine_count);
    for (uint32_t i = 0; i < own; i++)
        loader_write_unsigned(writer, module->functions[i].type);
    for (uint32_t i = 0; i < module->function_count; i++)
        if (lowering->wrappers[i] != LOWER_NONE)
            loader_write_unsigned(writer, lowering->marked_types[module->function_types[i]]);
    lower_write_routine_functions(lowering);
    return VM_OK;
}

static enum vm_status write_globals(struct lowering *lowering) {
    const struct vm_module *const module = lowering->module;
    struct loader_writer *const writer = &lowering->section;
    loader_write_unsigned(writer, module->global_count - module->imported_globals);
    for (uint32_t i = module->imported_globals; i < module->global_count; i++) {
        const struct vm_global *const global = &module->globals[i];
        loader_write_byte(writer, lower_type(global->type.value));
        loader_write_byte(writer, global->type.mutable);
        lower_write_constant(lowering, writer, global->value);
        TRY(lower_check_size(lowering, writer));
    }
    return VM_OK;
}

/* Bits of an element segment's flags.  Spec: binary-elemsec */
enum { NOT_ACTIVE = 1, EXPLICIT = 2, EXPRESSIONS = 4 };

static void write_element_head(struct lowering *lowering, const struct vm_element_segment *segment) {
    struct loader_writer *const writer = &lowering->section;
    const bool expressions = segment->functions == NULL;
    const bool active = segment->mode == VM_SEGMENT_ACTIVE;
    const bool plain = active && segment->table == 0 && segment->type == VM_FUNCREF;
    const bool is_explicit = active ? !plain : segment->mode == VM_SEGMENT_DECLARATIVE;
    loader_write_unsigned(writer, (active ? 0U : NOT_ACTIVE) | (is_explicit ? EXPLICIT : 0U) |
                                      (expressions ? EXPRESSIONS : 0U));
    if (active && is_explicit)
        loader_write_unsigned(writer, segment->table);
    if (active)
        lower_write_constant(lowering, writer, segment->offset);
    if (!plain)
        loader_write_byte(writer, expressions ? segment->type : 0);
    loader_write_unsigned(writer, segment->count);
}

static uint32_t referred(const struct lowering *lowering, uint32_t function) {
    return lowering->wrappers[function] == LOWER_NONE ? function : lowering->wrappers[function];
}

/* Segments refer to wrappers instead of their functions; one more declares those that only code refers to. */
static enum vm_status write_elements(struct lowering *lowering) {
    const struct vm_module *const module = lowering->module;
    struct loader_writer *const writer = &lowering->section;
    loader_write_unsigned(writer, (uint64_t)module->element_count + (lowering->undeclared_count != 0));
    for (uint32_t i = 0; i < module->element_count; i++) {
        const struct vm_element_segment *const segment = &module->elements[i];
        write_element_head(lowering, segment);
        for (uint32_t k = 0; k < segment->count; k++) {
            if (segment->functions != NULL)
                loader_write_unsigned(writer, referred(lowering, segment->functions[k]));
            else
                lower_write_constant(lowering, writer, segment->values[k]);
        }
        TRY(lower_check_size(lowering, writer));
    }
    if (lowering->undeclared_count == 0)
        return VM_OK;
    loader_write_unsigned(writer, NOT_ACTIVE | EXPLICIT);
    loader_write_byte(writer, 0);
    loader_write_unsigned(writer, lowering->undeclared_count);
    for (uint32_t i = 0; i < module->function_count; i++)
        if (lowering->wrappers[i] != LOWER_NONE && lowering->declared[i] == 0)
            loader_write_unsigned(writer, lowering->wrappers[i]);
    return VM_OK;
}

/* The content of a section that may change, of that of the old one (empty if there was none). */
static enum vm_status write_content(struct lowering *lowering, enum loader_section id, struct vm_bytes content) {
    loader_writer_reset(&lowering->section);
    switch ((uint32_t)id) {
    case LOADER_SECTION_TYPE:
        return write_types(lowering);
    case LOADER_SECTION_IMPORT:
        return write_imports(lowering, content);
    case LOADER_SECTION_FUNCTION:
        return write_functions(lowering);
    case LOADER_SECTION_GLOBAL:
        return write_globals(lowering);
    case LOADER_SECTION_ELEMENT:
        if (lowering->wrapper_count != 0)
            return write_elements(lowering);
        break;
    case LOADER_SECTION_CODE:
        return lower_write_code(lowering);
    default:
        break;
    }
    loader_write_bytes(&lowering->section, content);
    return VM_OK;
}

/* Whether there must be such a section even if there was none. */
static bool is_needed(const struct lowering *lowering, enum loader_section id) {
    const bool functions = lowering->wrapper_count + lowering->routine_count != 0;
    return ((id == LOADER_SECTION_FUNCTION || id == LOADER_SECTION_CODE) && functions) ||
           (id == LOADER_SECTION_ELEMENT && lowering->undeclared_count != 0);
}

static enum vm_status write_section(struct lowering *lowering, enum loader_section id, struct vm_bytes content) {
    TRY(write_content(lowering, id, content));
    if (lowering->section.failed)
        return lower_fail_memory(lowering);
    loader_write_section(&lowering->out, id, loader_written(&lowering->section));
    return lower_check_size(lowering, &lowering->out);
}

/* A custom section.  An older LOADER_FLOAT_SECTION makes way for the new one. */
static enum vm_status write_custom(struct lowering *lowering, struct vm_bytes content, bool *named) {
    struct loader_reader reader = {content.data, content.data, content.data + content.size, lowering->error};
    struct vm_bytes name;
    TRY(loader_read_name(&reader, &name));
    if (vm_bytes_equal(name, vm_bytes_of_text(LOADER_FLOAT_SECTION)))
        return VM_OK;
    content = vm_bytes(reader.at, loader_rest(&reader));
    if (!*named && vm_bytes_equal(name, vm_bytes_of_text("name"))) {
        *named = true;
        loader_writer_reset(&lowering->section);
        TRY(lower_write_names(lowering, content));
        content = loader_written(&lowering->section);
    }
    loader_write_custom(&lowering->out, name, content);
    return lower_check_size(lowering, &lowering->out);
}

/* Sections that are needed and were not there, of the places up to and without `id`'s; *place is the next one. */
static enum vm_status write_missing(struct lowering *lowering, uint32_t *place, uint8_t id) {
    const struct vm_bytes none = {NULL, 0};
    for (; *place < LOADER_PLACES && loader_section_places[*place].id != id; ++*place)
        if (is_needed(lowering, loader_section_places[*place].id))
            TRY(write_section(lowering, loader_section_places[*place].id, none));
    return VM_OK;
}

struct vm_bytes lower_find_bodies(const struct vm_module *module) {
    struct vm_error ignored;
    const struct vm_bytes bytes = module->bytes;
    struct loader_reader reader = {bytes.data, bytes.data + 8, bytes.data + bytes.size, &ignored};
    uint8_t id;
    uint32_t size;
    uint32_t count;
    struct vm_bytes content;
    while (loader_read_byte(&reader, &id) == VM_OK && loader_read_size(&reader, &size) == VM_OK &&
           loader_read_bytes(&reader, size, &content) == VM_OK) {
        if (id != LOADER_SECTION_CODE)
            continue;
        reader.at = content.data;
        (void)loader_read_u32(&reader, &count);
        return vm_bytes(reader.at, content.size - (size_t)(reader.at - content.data));
    }
    return vm_bytes(NULL, 0);
}

enum vm_status lower_write_module(struct lowering *lowering) {
    const struct vm_bytes bytes = lowering->module->bytes;
    struct loader_reader reader = {bytes.data, bytes.data + 8, bytes.data + bytes.size, lowering->error};
    uint32_t place = 0;
    bool named = false;
    loader_write_header(&lowering->out);
    while (reader.at != reader.end) {
        uint8_t id;
        uint32_t size;
        struct vm_bytes content;
        TRY(loader_read_byte(&reader, &id));
        TRY(loader_read_size(&reader, &size));
        TRY(loader_read_bytes(&reader, size, &content));
        if (id == LOADER_SECTION_CUSTOM) {
            TRY(write_custom(lowering, content, &named));
            continue;
        }
        TRY(write_missing(lowering, &place, id));
        TRY(write_section(lowering, (enum loader_section)id, content));
        place++;
    }
    TRY(write_missing(lowering, &place, LOADER_SECTION_CUSTOM));
    loader_writer_reset(&lowering->section);
    lower_write_float_section(lowering);
    loader_write_custom(&lowering->out, vm_bytes_of_text(LOADER_FLOAT_SECTION), loader_written(&lowering->section));
    if (!named && lowering->wrapper_count + lowering->routine_count != 0) {
        loader_writer_reset(&lowering->section);
        TRY(lower_write_names(lowering, vm_bytes(NULL, 0)));
        loader_write_custom(&lowering->out, vm_bytes_of_text("name"), loader_written(&lowering->section));
    }
    return lowering->section.failed ? lower_fail_memory(lowering) : lower_check_size(lowering, &lowering->out);
}
