/* loader/text/annotations.c - annotations that stand where a field may.
 *
 *   (@custom "name" (before|after section)? "bytes"*)   a custom section
 *   (@section section size count)                       the form of a section: it is there even if it is empty, its
 * size and its count take so many bytes
 *
 * A section is one of type import func table memory tag global export start elem datacount code data; "first" and
 * "last" are the ends of the module.  The first annotation is that of the custom annotations appendix, the second is
 * our own, for text that is to give back the very bytes it was made from.  (@leb N) before a size or name of (@custom)
 * sets their widths.  Spec: text-customannotation */
#include "loader/text/parser.h"

/* ((before|after) section): the place behind which section, counted from 1; 0: before all. */
static bool placement(struct text_parser *parser, uint32_t *place) {
    const bool before = text_at_open(parser, "before");
    if (!before && !text_at_open(parser, "after"))
        return true;
    text_advance(parser);
    text_advance(parser);
    if (text_at_word(parser, "first"))
        *place = 0;
    else if (text_at_word(parser, "last"))
        *place = LOADER_PLACES;
    else {
        const uint32_t position = text_section_position(parser, parser->token);
        if (position == LOADER_PLACES)
            return text_fail(parser, parser->token.start, "@custom annotation: malformed placement");
        *place = before ? position : position + 1;
    }
    text_advance(parser);
    return text_expect_close(parser);
}

static bool custom(struct text_parser *parser) {
    struct text_custom *const section = vm_arena_allocate(&parser->arena, 1, sizeof *section);
    uint32_t place = LOADER_PLACES;
    if (section == NULL)
        return text_no_memory(parser);
    section->name_width = parser->token.width;
    if (parser->token.kind != TEXT_TOKEN_STRING)
        return text_fail(parser, parser->token.start, "@custom annotation: missing section name");
    const size_t start = parser->token.start;
    parser->scratch.size = 0;
    TRY(text_string(parser, &parser->scratch));
    if (!text_is_utf8(loader_written(&parser->scratch)))
        return text_fail(parser, start, "malformed UTF-8 encoding");
    section->name = vm_arena_copy(&parser->arena, loader_written(&parser->scratch));
    section->size_width = parser->token.width;
    TRY(placement(parser, &place));
    parser->scratch.size = 0;
    while (parser->token.kind == TEXT_TOKEN_STRING)
        TRY(text_string(parser, &parser->scratch));
    section->content = vm_arena_copy(&parser->arena, loader_written(&parser->scratch));
    if (section->name.data == NULL || section->content.data == NULL)
        return text_no_memory(parser);
    if (vm_bytes_equal(section->name, vm_bytes_of_text("name")))
        parser->own_name_section = true;
    if (parser->custom_ends[place] == NULL)
        parser->custom_ends[place] = &parser->customs[place];
    *parser->custom_ends[place] = section;
    parser->custom_ends[place] = &section->next;
    return text_expect_close(parser);
}

static bool section_form(struct text_parser *parser) {
    const uint32_t position = text_section_position(parser, parser->token);
    uint64_t size, count;
    uint8_t width;
    if (position == LOADER_PLACES)
        return text_unexpected(parser);
    text_advance(parser);
    TRY(text_number(parser, 10, "constant out of range", &size, &width));
    TRY(text_number(parser, 10, "constant out of range", &count, &width));
    parser->forms[loader_section_places[position].id] = (struct text_section_form){true, (uint8_t)size, (uint8_t)count};
    return text_expect_close(parser);
}

bool text_annotation(struct text_parser *parser) {
    const struct vm_bytes name = text_token_bytes(&parser->lexer, parser->token);
    text_advance(parser);
    if (vm_bytes_equal(name, vm_bytes_of_text("(@custom")))
        return custom(parser);
    if (vm_bytes_equal(name, vm_bytes_of_text("(@section")))
        return section_form(parser);
    return text_skip_to_close(parser);
}
