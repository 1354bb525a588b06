/* loader/text/script.c - the commands of a test script, one at a time. */
#include "loader/text/script.h"

#include "loader/text/parser.h"

struct text_script {
    struct vm_allocator allocator;
    struct text_options options;
    struct text_parser parser; /* of the script's own words; its arena lives as long as a command */
    struct text_parser module; /* of the module at hand */
    struct loader_writer quoted;
    struct loader_writer bytes;
    size_t counted; /* lines up to here are counted in `line` */
    uint32_t line;
    bool begun; /* a command was read: bare fields may not follow */
};

/* What stands behind a command's keyword.  Module may be followed by more words. */
enum shape { MODULE, REGISTER, ACTION, RETURN, ACTION_OR_MODULE, EXCEPTION, MODULE_TEXT };

static const struct {
    const char *word;
    enum text_command_kind kind;
    enum shape shape;
} commands[] = {
    {"module", TEXT_MODULE, MODULE},
    {"module definition", TEXT_MODULE_DEFINITION, MODULE},
    {"module instance", TEXT_MODULE_INSTANCE, MODULE},
    {"register", TEXT_REGISTER, REGISTER},
    {"invoke", TEXT_ACTION, ACTION},
    {"get", TEXT_ACTION, ACTION},
    {"assert_return", TEXT_ASSERT_RETURN, RETURN},
    {"assert_trap", TEXT_ASSERT_TRAP, ACTION_OR_MODULE},
    {"assert_exhaustion", TEXT_ASSERT_EXHAUSTION, ACTION_OR_MODULE},
    {"assert_exception", TEXT_ASSERT_EXCEPTION, EXCEPTION},
    {"assert_malformed", TEXT_ASSERT_MALFORMED, MODULE_TEXT},
    {"assert_invalid", TEXT_ASSERT_INVALID, MODULE_TEXT},
    {"assert_unlinkable", TEXT_ASSERT_UNLINKABLE, MODULE_TEXT},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

const char *text_command_name(enum text_command_kind kind) {
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].kind == kind)
            return kind == TEXT_ACTION ? "action" : commands[i].word;
    return "unknown";
}

enum vm_status text_script_new(struct vm_bytes source, const struct text_options *options,
                               const struct vm_allocator *allocator, struct text_script **out) {
    struct text_script *const script = vm_allocate(allocator, sizeof *script);
    *out = script;
    if (script == NULL)
        return VM_RESOURCE;
    script->allocator = *allocator;
    if (options != NULL)
        script->options = *options;
    script->line = 1;
    text_parser_init(&script->parser, source, options, allocator);
    text_parser_init(&script->module, source, options, allocator);
    loader_writer_init(&script->quoted, allocator);
    loader_writer_init(&script->bytes, allocator);
    text_parser_seek(&script->parser, 0);
    return VM_OK;
}

void text_script_free(struct text_script *script) {
    if (script == NULL)
        return;
    const struct vm_allocator allocator = script->allocator;
    text_parser_clear(&script->parser);
    text_parser_clear(&script->module);
    loader_writer_clear(&script->quoted);
    loader_writer_clear(&script->bytes);
    vm_release(&allocator, script, sizeof *script);
}

enum vm_status text_script_error(const struct text_script *script, struct text_error *error) {
    *error = script->parser.error;
    return script->parser.status;
}

/* Line of an offset that is not before the one asked for last. */
static uint32_t line_of(struct text_script *script, size_t offset) {
    uint32_t lines, column;
    const struct vm_bytes source = script->parser.lexer.source;
    const struct vm_bytes between = vm_bytes(source.data + script->counted, source.size - script->counted);
    text_locate(between, offset - script->counted, &lines, &column);
    script->line += lines - 1;
    script->counted = offset;
    return script->line;
}

/* $name in the arena of the command; empty if there is none. */
static bool optional_name(struct text_parser *parser, struct vm_bytes *name) {
    struct text_symbol *symbol;
    TRY(text_optional_id(parser, &symbol));
    if (symbol != NULL)
        *name = symbol->name;
    return true;
}

static bool text_argument(struct text_parser *parser, struct vm_bytes *text) {
    parser->scratch.size = 0;
    TRY(text_string(parser, &parser->scratch));
    *text = vm_arena_copy(&parser->arena, loader_written(&parser->scratch));
    return text->data != NULL || text_no_memory(parser);
}

static void reset_module(struct text_script *script, struct vm_bytes source) {
    text_parser_clear(&script->module);
    text_parser_init(&script->module, source, &script->options, &script->allocator);
    loader_writer_reset(&script->bytes);
}

/* Takes over what became of the module; memory short is the script's end. */
static bool module_result(struct text_script *script, struct text_module *module) {
    module->status = script->module.status;
    module->error = script->module.error;
    if (module->status == VM_RESOURCE)
        return text_no_memory(&script->parser);
    if (module->status == VM_OK)
        module->bytes = loader_written(&script->bytes);
    return true;
}

/* Fields in the script itself; `bare`: they are the whole script. */
static bool text_module(struct text_script *script, bool bare, struct text_module *module) {
    struct text_parser *const parser = &script->parser;
    const size_t start = parser->behind;
    reset_module(script, parser->lexer.source);
    text_parser_seek(&script->module, start);
    const struct text_symbol symbol = {.name = module->name};
    text_assemble_fields(&script->module, module->name.size == 0 ? NULL : &symbol, &script->bytes);
    TRY(module_result(script, module));
    if (module->status == VM_OK) {
        text_parser_seek(parser, script->module.token.start);
        return bare ? parser->token.kind == TEXT_TOKEN_END || text_unexpected(parser) : text_expect_close(parser);
    }
    /* The text is wrong, but its parentheses may still say where it ends. */
    if (!bare)
        return text_skip_to_close(parser);
    text_parser_seek(parser, parser->lexer.source.size);
    return true;
}

/* (module name? ...) whose opening and keyword were taken. */
static bool module_inside(struct text_script *script, struct text_module *module) {
    struct text_parser *const parser = &script->parser;
    TRY(optional_name(parser, &module->name));
    const bool binary = text_take_word(parser, "binary");
    if (!binary && !text_take_word(parser, "quote")) {
        module->form = TEXT_FORM_TEXT;
        return text_module(script, false, module);
    }
    module->form = binary ? TEXT_FORM_BINARY : TEXT_FORM_QUOTE;
    loader_writer_reset(&script->quoted);
    while (parser->token.kind == TEXT_TOKEN_STRING)
        TRY(text_string(parser, &script->quoted));
    TRY(text_expect_close(parser));
    if (script->quoted.failed)
        return text_no_memory(parser);
    if (binary) {
        module->bytes = loader_written(&script->quoted);
        return true;
    }
    reset_module(script, loader_written(&script->quoted));
    text_assemble_source(&script->module, &script->bytes);
    return module_result(script, module);
}

/* (module ...) as an argument of an assertion. */
static bool module_argument(struct text_script *script, struct text_command *command) {
    TRY(text_expect_open(&script->parser, "module"));
    command->has_module = true;
    return module_inside(script, &command->module);
}

/* name? "export" value*, up to and with the closing parenthesis. */
static bool action_inside(struct text_script *script, enum text_action_kind kind, struct text_command *command) {
    struct text_parser *const parser = &script->parser;
    command->has_action = true;
    command->action.kind = kind;
    TRY(optional_name(parser, &command->action.instance));
    TRY(text_argument(parser, &command->action.name));
    TRY(text_values(parser, &command->action.argument_count, &command->action.arguments));
    return text_expect_close(parser);
}

static bool action_argument(struct text_script *script, struct text_command *command) {
    if (text_take_open(&script->parser, "get"))
        return action_inside(script, TEXT_GET, command);
    TRY(text_expect_open(&script->parser, "invoke"));
    return action_inside(script, TEXT_INVOKE, command);
}

static bool module_command(struct text_script *script, struct text_command *command) {
    struct text_parser *const parser = &script->parser;
    if (text_take_word(parser, "instance")) {
        command->kind = TEXT_MODULE_INSTANCE;
        TRY(optional_name(parser, &command->name));
        TRY(optional_name(parser, &command->of));
        return text_expect_close(parser);
    }
    if (text_take_word(parser, "definition"))
        command->kind = TEXT_MODULE_DEFINITION;
    command->has_module = true;
    return module_inside(script, &command->module);
}

/* What stands behind the keyword, up to and with the closing parenthesis. */
static bool command_inside(struct text_script *script, enum shape shape, struct text_command *command) {
    struct text_parser *const parser = &script->parser;
    switch (shape) {
    case MODULE:
        return module_command(script, command);
    case REGISTER:
        TRY(text_argument(parser, &command->text));
        TRY(optional_name(parser, &command->of));
        break;
    case ACTION:
        break;
    case RETURN:
        TRY(action_argument(script, command));
        TRY(text_values(parser, &command->expected_count, &command->expected));
        break;
    case ACTION_OR_MODULE:
        TRY(text_at_open(parser, "module") ? module_argument(script, command) : action_argument(script, command));
        TRY(text_argument(parser, &command->text));
        break;
    case EXCEPTION:
        TRY(action_argument(script, command));
        break;
    case MODULE_TEXT:
        TRY(module_argument(script, command));
        TRY(text_argument(parser, &command->text));
        command->text_only = command->kind == TEXT_ASSERT_MALFORMED && command->module.form == TEXT_FORM_QUOTE;
        break;
    }
    return text_expect_close(parser);
}

static bool read_command(struct text_script *script, struct text_command *command) {
    struct text_parser *const parser = &script->parser;
    command->line = line_of(script, parser->token.start);
    if (parser->token.kind != TEXT_TOKEN_OPEN)
        return text_unexpected(parser);
    if (text_take_open(parser, "invoke")) {
        command->kind = TEXT_ACTION;
        return action_inside(script, TEXT_INVOKE, command);
    }
    if (text_take_open(parser, "get")) {
        command->kind = TEXT_ACTION;
        return action_inside(script, TEXT_GET, command);
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (text_take_open(parser, commands[i].word)) {
            command->kind = commands[i].kind;
            return command_inside(script, commands[i].shape, command);
        }
    /* No command at all: the fields of one module, if nothing was before them. */
    if (script->begun)
        return text_expect_open(parser, "module");
    command->kind = TEXT_MODULE;
    command->has_module = true;
    command->module.form = TEXT_FORM_TEXT;
    return text_module(script, true, &command->module);
}

bool text_script_next(struct text_script *script, struct text_command *command) {
    struct text_parser *const parser = &script->parser;
    memset(command, 0, sizeof *command);
    if (parser->status != VM_OK || parser->token.kind == TEXT_TOKEN_END)
        return false;
    vm_arena_reset(&parser->arena);
    parser->symbols.root = NULL;
    if (!read_command(script, command))
        return false;
    script->begun = true;
    return true;
}
