/* loader/text/assemble.c - text to a binary module: the three passes, in order.  Spec: text-module */
#include <stdio.h>

#include "loader/text/parser.h"

static bool read_types(struct text_parser *parser) {
    for (size_t at = 0; at < parser->type_fields.size; at += sizeof(size_t)) {
        size_t offset;
        memcpy(&offset, parser->type_fields.data + at, sizeof offset);
        text_parser_seek(parser, offset);
        TRY(text_type_field(parser));
    }
    return true;
}

bool text_assemble_fields(struct text_parser *parser, const struct text_symbol *name, struct loader_writer *out) {
    const size_t start = parser->behind;
    if (name != NULL)
        loader_write_vector(&parser->module_name, name->name);
    parser->lexer.keep_annotations = true;
    text_parser_seek(parser, start);
    TRY(text_declare(parser));
    parser->lexer.keep_annotations = false;
    TRY(read_types(parser));
    text_parser_seek(parser, start);
    TRY(text_fields(parser));
    return text_emit(parser, out);
}

bool text_assemble_source(struct text_parser *parser, struct loader_writer *out) {
    struct text_symbol *name = NULL;
    text_parser_seek(parser, 0);
    const bool wrapped = text_take_open(parser, "module");
    if (wrapped)
        TRY(text_optional_id(parser, &name));
    TRY(text_assemble_fields(parser, name, out));
    if (wrapped)
        TRY(text_expect_close(parser));
    return parser->token.kind == TEXT_TOKEN_END || text_unexpected(parser);
}

static enum vm_status no_memory(struct text_error *error) {
    *error = (struct text_error){0};
    snprintf(error->message, sizeof error->message, "%s", vm_error_words(VM_ERROR_OUT_OF_MEMORY));
    return VM_RESOURCE;
}

enum vm_status text_assemble(struct vm_bytes source, const struct text_options *options,
                             const struct vm_allocator *allocator, struct vm_bytes *out, struct text_error *error) {
    struct text_parser *const parser = vm_allocate(allocator, sizeof *parser);
    struct loader_writer module;
    *out = (struct vm_bytes){NULL, 0};
    if (parser == NULL)
        return no_memory(error);
    loader_writer_init(&module, allocator);
    text_parser_init(parser, source, options, allocator);
    text_assemble_source(parser, &module);
    enum vm_status status = parser->status;
    *error = parser->error;
    text_parser_clear(parser);
    vm_release(allocator, parser, sizeof *parser);
    if (status == VM_OK && !loader_writer_finish(&module, out))
        status = no_memory(error);
    loader_writer_clear(&module);
    return status;
}

void text_free(const struct vm_allocator *allocator, struct vm_bytes out) {
    loader_bytes_free(allocator, out);
}
