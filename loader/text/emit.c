/* loader/text/emit.c - the sections, in order, with the custom sections between them.  Spec: binary-module */
#include "loader/text/parser.h"

uint32_t text_section_position(const struct text_parser *parser, struct text_token token) {
    uint32_t position = 0;
    while (position < LOADER_PLACES && !text_word_is(parser, token, loader_section_places[position].name))
        position++;
    return position;
}

static void put_customs(const struct text_custom *custom, struct loader_writer *out) {
    for (; custom != NULL; custom = custom->next) {
        uint8_t name_size[10];
        struct loader_writer prefix = {.data = name_size, .capacity = sizeof name_size};
        loader_write_unsigned_padded(&prefix, custom->name.size, custom->name_width);
        loader_write_byte(out, LOADER_SECTION_CUSTOM);
        loader_write_unsigned_padded(out, prefix.size + custom->name.size + custom->content.size, custom->size_width);
        loader_write_bytes(out, loader_written(&prefix));
        loader_write_bytes(out, custom->name);
        loader_write_bytes(out, custom->content);
    }
}

/* A section of items: count, then the items.  Not written if empty, unless an annotation asks for it. */
static void put_section(struct text_parser *parser, enum loader_section id, struct loader_writer *out) {
    const struct text_section_form form = parser->forms[id];
    const uint32_t count =
        id == LOADER_SECTION_DATA_COUNT ? parser->defined[TEXT_SPACE_DATA] : parser->section_items[id];
    const bool wanted = id == LOADER_SECTION_DATA_COUNT ? parser->needs_data_count
                        : id == LOADER_SECTION_START    ? parser->has_start
                                                        : count != 0;
    if (!wanted && !form.present)
        return;
    struct loader_writer *const prefix = &parser->scratch;
    prefix->size = 0;
    if (id != LOADER_SECTION_START)
        loader_write_unsigned_padded(prefix, count, form.count_width);
    loader_write_byte(out, (uint8_t)id);
    loader_write_unsigned_padded(out, prefix->size + parser->sections[id].size, form.size_width);
    loader_write_bytes(out, loader_written(prefix));
    loader_write_bytes(out, loader_written(&parser->sections[id]));
}

/* A subsection of the name section: id, size, and a count before the content unless it is the module's name. */
static void put_names(struct text_parser *parser, uint8_t id, uint32_t count, const struct loader_writer *content) {
    struct loader_writer *const out = &parser->name_section, *const prefix = &parser->scratch;
    if (content->size == 0)
        return;
    prefix->size = 0;
    if (id != 0)
        loader_write_unsigned(prefix, count);
    loader_write_byte(out, id);
    loader_write_unsigned(out, prefix->size + content->size);
    loader_write_bytes(out, loader_written(prefix));
    loader_write_bytes(out, loader_written(content));
}

/* Spec: binary-namesec */
static void put_name_section(struct text_parser *parser, struct loader_writer *out) {
    if (parser->options.no_names || parser->own_name_section)
        return;
    put_names(parser, 0, 0, &parser->module_name);
    put_names(parser, 1, parser->function_name_count, &parser->function_names);
    put_names(parser, 2, parser->local_name_count, &parser->local_names);
    if (parser->name_section.size != 0)
        loader_write_custom(out, vm_bytes_of_text("name"), loader_written(&parser->name_section));
}

bool text_emit(struct text_parser *parser, struct loader_writer *out) {
    loader_write_header(out);
    put_customs(parser->customs[0], out);
    for (uint32_t position = 0; position < LOADER_PLACES; position++) {
        put_section(parser, loader_section_places[position].id, out);
        if (position + 1 == LOADER_PLACES)
            put_name_section(parser, out);
        put_customs(parser->customs[position + 1], out);
    }
    TRY(text_memory_held(parser));
    return !out->failed || text_no_memory(parser);
}
