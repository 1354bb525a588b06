/* loader/text/parser.c - the parser's life, its two tokens of sight, and how it says what is wrong. */
#include "loader/text/parser.h"

#include <stdarg.h>
#include <stdio.h>

#include "loader/text/number.h"

enum { WRITER_COUNT = 16 + LOADER_SECTION_COUNT };

/* All writers of the parser, for what is to be done to each. */
static void list_writers(struct text_parser *parser, struct loader_writer *writers[WRITER_COUNT]) {
    struct loader_writer *const own[] = {
        &parser->type_list,      &parser->type_fields, &parser->params,        &parser->results,
        &parser->scratch,        &parser->locals,      &parser->element_type,  &parser->body,
        &parser->pending,        &parser->frames,      &parser->labels,        &parser->module_name,
        &parser->function_names, &parser->local_names, &parser->names_at_hand, &parser->name_section,
    };
    memcpy(writers, own, sizeof own);
    for (size_t i = 0; i < LOADER_SECTION_COUNT; i++)
        writers[16 + i] = &parser->sections[i];
}

void text_parser_init(struct text_parser *parser, struct vm_bytes source, const struct text_options *options,
                      const struct vm_allocator *allocator) {
    struct loader_writer *writers[WRITER_COUNT];
    memset(parser, 0, sizeof *parser);
    parser->lexer.source = source;
    parser->allocator = *allocator;
    if (options != NULL)
        parser->options = *options;
    vm_arena_init(&parser->arena, allocator);
    list_writers(parser, writers);
    for (size_t i = 0; i < WRITER_COUNT; i++)
        loader_writer_init(writers[i], allocator);
}

void text_parser_clear(struct text_parser *parser) {
    struct loader_writer *writers[WRITER_COUNT];
    vm_arena_clear(&parser->arena);
    list_writers(parser, writers);
    for (size_t i = 0; i < WRITER_COUNT; i++)
        loader_writer_clear(writers[i]);
}

bool text_memory_held(struct text_parser *parser) {
    struct loader_writer *writers[WRITER_COUNT];
    list_writers(parser, writers);
    for (size_t i = 0; i < WRITER_COUNT; i++)
        if (writers[i]->failed)
            return text_no_memory(parser);
    return true;
}

void text_parser_seek(struct text_parser *parser, size_t offset) {
    parser->lexer.at = offset;
    parser->lexer.error = NULL;
    parser->behind = offset;
    parser->token = text_lex(&parser->lexer);
    parser->next = text_lex(&parser->lexer);
}

void text_advance(struct text_parser *parser) {
    parser->behind = parser->token.end;
    parser->token = parser->next;
    parser->next = text_lex(&parser->lexer);
}

void text_locate(struct vm_bytes source, size_t offset, uint32_t *line, uint32_t *column) {
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < offset && i < source.size; i++) {
        const bool feed = source.data[i] == '\n';
        const bool lone_return = source.data[i] == '\r' && (i + 1 >= source.size || source.data[i + 1] != '\n');
        if (feed || lone_return) {
            *line += *line != UINT32_MAX;
            *column = 1;
        } else
            *column += *column != UINT32_MAX;
    }
}

bool text_fail(struct text_parser *parser, size_t offset, const char *format, ...) {
    /* A write that was lost may be the cause of the fault, so memory comes first. */
    if (parser->status != VM_OK || !text_memory_held(parser))
        return false;
    parser->status = VM_MALFORMED;
    parser->error.offset = offset;
    text_locate(parser->lexer.source, offset, &parser->error.line, &parser->error.column);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(parser->error.message, sizeof parser->error.message, format, arguments);
    va_end(arguments);
    return false;
}

bool text_no_memory(struct text_parser *parser) {
    parser->status = VM_RESOURCE;
    parser->error = (struct text_error){0};
    snprintf(parser->error.message, sizeof parser->error.message, "%s", vm_error_words(VM_ERROR_OUT_OF_MEMORY));
    return false;
}

/* Words of the format that are not names of instructions.  They only tell a misplaced word from an unknown one. */
static bool is_keyword(struct vm_bytes word) {
    static const char *const keywords[] = {"module",
                                           "type",
                                           "func",
                                           "param",
                                           "result",
                                           "local",
                                           "import",
                                           "export",
                                           "table",
                                           "memory",
                                           "global",
                                           "elem",
                                           "data",
                                           "start",
                                           "offset",
                                           "item",
                                           "declare",
                                           "mut",
                                           "then",
                                           "else",
                                           "end",
                                           "rec",
                                           "sub",
                                           "final",
                                           "struct",
                                           "array",
                                           "field",
                                           "ref",
                                           "null",
                                           "tag",
                                           "pagesize",
                                           "shared",
                                           "i8",
                                           "i16",
                                           "i32",
                                           "i64",
                                           "f32",
                                           "f64",
                                           "v128",
                                           "i8x16",
                                           "i16x8",
                                           "i32x4",
                                           "i64x2",
                                           "f32x4",
                                           "f64x2",
                                           "funcref",
                                           "externref",
                                           "anyref",
                                           "eqref",
                                           "i31ref",
                                           "structref",
                                           "arrayref",
                                           "exnref",
                                           "nullref",
                                           "nullfuncref",
                                           "nullexternref",
                                           "nullexnref",
                                           "extern",
                                           "any",
                                           "eq",
                                           "i31",
                                           "exn",
                                           "none",
                                           "nofunc",
                                           "noextern",
                                           "noexn",
                                           "catch",
                                           "catch_ref",
                                           "catch_all",
                                           "catch_all_ref",
                                           "definition",
                                           "instance",
                                           "binary",
                                           "quote",
                                           "script",
                                           "register",
                                           "invoke",
                                           "get",
                                           "assert_return",
                                           "assert_trap",
                                           "assert_exhaustion",
                                           "assert_exception",
                                           "assert_malformed",
                                           "assert_invalid",
                                           "assert_unlinkable",
                                           "either",
                                           "nan:canonical",
                                           "nan:arithmetic",
                                           "ref.extern",
                                           "ref.host",
                                           "ref.any",
                                           "ref.struct",
                                           "ref.array",
                                           "ref.exn",
                                           "input",
                                           "output"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (vm_bytes_equal(word, vm_bytes_of_text(keywords[i])))
            return true;
    return vm_op_by_text((const char *)word.data, word.size) != VM_OP_COUNT;
}

static bool is_memory_argument(struct vm_bytes word) {
    static const char *const prefixes[] = {"offset=", "align="};
    for (size_t i = 0; i < 2; i++) {
        const size_t size = strlen(prefixes[i]);
        uint64_t value;
        if (word.size > size && memcmp(word.data, prefixes[i], size) == 0)
            return text_unsigned(vm_bytes(word.data + size, word.size - size), UINT64_MAX, &value) != TEXT_NUMBER_NONE;
    }
    return false;
}

bool text_is_unknown(const struct text_parser *parser) {
    if (parser->token.kind != TEXT_TOKEN_WORD)
        return parser->token.kind == TEXT_TOKEN_RESERVED || parser->token.kind == TEXT_TOKEN_ERROR;
    const struct vm_bytes word = text_token_bytes(&parser->lexer, parser->token);
    return !text_is_number(word) && !is_keyword(word) && !is_memory_argument(word);
}

bool text_unexpected(struct text_parser *parser) {
    const struct text_token token = parser->token;
    if (token.kind == TEXT_TOKEN_ERROR)
        return text_fail(parser, token.start, "%s", parser->lexer.error);
    if (token.kind == TEXT_TOKEN_END)
        return text_fail(parser, token.start, "unexpected token: the source ends here");
    const struct vm_bytes word = text_token_bytes(&parser->lexer, token);
    const int shown = word.size > 64 ? 64 : (int)word.size;
    if (text_is_unknown(parser))
        return text_fail(parser, token.start, "unknown operator %.*s", shown, (const char *)word.data);
    return text_fail(parser, token.start, "unexpected token %.*s", shown, (const char *)word.data);
}

bool text_word_is(const struct text_parser *parser, struct text_token token, const char *word) {
    const size_t size = strlen(word);
    return token.kind == TEXT_TOKEN_WORD && token.end - token.start == size &&
           memcmp(parser->lexer.source.data + token.start, word, size) == 0;
}

bool text_at_word(const struct text_parser *parser, const char *word) {
    return text_word_is(parser, parser->token, word);
}

bool text_take_word(struct text_parser *parser, const char *word) {
    if (!text_at_word(parser, word))
        return false;
    text_advance(parser);
    return true;
}

bool text_at_open(const struct text_parser *parser, const char *word) {
    return parser->token.kind == TEXT_TOKEN_OPEN && text_word_is(parser, parser->next, word);
}

bool text_take_open(struct text_parser *parser, const char *word) {
    if (!text_at_open(parser, word))
        return false;
    text_advance(parser);
    text_advance(parser);
    return true;
}

bool text_expect_open(struct text_parser *parser, const char *word) {
    if (text_take_open(parser, word))
        return true;
    if (parser->token.kind == TEXT_TOKEN_OPEN)
        text_advance(parser);
    return text_unexpected(parser);
}

bool text_expect_close(struct text_parser *parser) {
    if (parser->token.kind != TEXT_TOKEN_CLOSE)
        return text_unexpected(parser);
    text_advance(parser);
    return true;
}

bool text_at_index(const struct text_parser *parser) {
    if (parser->token.kind != TEXT_TOKEN_WORD)
        return parser->token.kind == TEXT_TOKEN_ID;
    const uint8_t first = parser->lexer.source.data[parser->token.start];
    return first >= '0' && first <= '9';
}

bool text_skip_to_close(struct text_parser *parser) {
    for (size_t depth = 1; depth > 0; text_advance(parser)) {
        switch (parser->token.kind) {
        case TEXT_TOKEN_OPEN:
        case TEXT_TOKEN_ANNOTATION:
            depth++;
            break;
        case TEXT_TOKEN_CLOSE:
            depth--;
            break;
        case TEXT_TOKEN_END:
        case TEXT_TOKEN_ERROR:
            return text_unexpected(parser);
        case TEXT_TOKEN_WORD:
        case TEXT_TOKEN_ID:
        case TEXT_TOKEN_STRING:
        case TEXT_TOKEN_RESERVED:
            break;
        }
    }
    return true;
}
