/* loader/loader.c - the door: one module from bytes, and what all parts of the loader use to fail and to allocate. */
#include "loader/loader.h"

#include <stdarg.h>
#include <stdio.h>

#include "loader/context.h"
#include "loader/lower/lower.h"
#include "loader/writer.h"

static const char *const policy_names[] = {
    [LOADER_STRICT] = "strict", [LOADER_LAZY] = "lazy", [LOADER_LOWER] = "lower"};

const char *loader_policy_name(enum loader_policy policy) {
    return policy_names[policy];
}

bool loader_policy_of(const char *name, enum loader_policy *out) {
    for (size_t i = 0; i < sizeof policy_names / sizeof *policy_names; i++) {
        if (strcmp(name, policy_names[i]) != 0)
            continue;
        *out = (enum loader_policy)i;
        return true;
    }
    return false;
}

enum vm_status loader_fail_memory(struct loader_context *context) {
    return vm_fail(context->reader.error, VM_ERROR_OUT_OF_MEMORY, loader_offset(&context->reader), NULL);
}

enum vm_status loader_grow(struct loader_context *context, struct loader_buffer *buffer, size_t count, size_t size) {
    if (count > SIZE_MAX / size / 2)
        return loader_fail_memory(context);
    const size_t need = count * size;
    const size_t doubled = buffer->capacity > SIZE_MAX / 2 ? need : buffer->capacity * 2;
    const size_t capacity = need < 1024 ? 1024 : need < doubled ? doubled : need;
    void *const data = context->allocator.resize(context->allocator.context, buffer->data, buffer->capacity, capacity);
    if (data == NULL)
        return loader_fail_memory(context);
    buffer->data = data;
    buffer->capacity = capacity;
    return VM_OK;
}

enum vm_status loader_fail_words(struct loader_context *context, enum vm_error_code code, uint32_t offset,
                                 const char *details, ...) {
    struct vm_error *const error = context->reader.error;
    const enum vm_status status = vm_fail(error, code, offset, NULL);
    const size_t used = strlen(error->message);
    va_list arguments;
    va_start(arguments, details);
    if (used + 1 < sizeof error->message) {
        error->message[used] = ' ';
        vsnprintf(error->message + used + 1, sizeof error->message - used - 1, details, arguments);
    }
    va_end(arguments);
    return status;
}

enum vm_status loader_fail_index(struct loader_context *context, enum vm_error_code code, uint32_t offset,
                                 uint32_t index) {
    return loader_fail_words(context, code, offset, "%lu", (unsigned long)index);
}

enum vm_status loader_fail_feature(struct loader_context *context, enum vm_feature feature, uint32_t offset,
                                   const char *construct) {
    const struct vm_feature_row *const row = &vm_feature_rows[feature];
    const bool has_flag = row->flag[0] != '\0';
    return vm_fail(context->reader.error, VM_ERROR_UNSUPPORTED, offset, "%s at offset %lu: %s%s%s%s", construct,
                   (unsigned long)offset, row->words, has_flag ? " (compile with " : "", row->flag,
                   has_flag ? ")" : "");
}

enum vm_status loader_fail_limit(struct loader_context *context, const char *name, uint64_t limit, uint64_t value,
                                 uint32_t offset) {
    const char *unit = "";
    for (uint32_t i = 0; i < vm_limit_row_count; i++) {
        if (strcmp(vm_limit_rows[i].name, name) == 0)
            unit = vm_limit_rows[i].unit;
    }
    return vm_fail(context->reader.error, VM_ERROR_OVER_LIMIT, offset, "%s: %llu, at most %llu %s are allowed", name,
                   (unsigned long long)value, (unsigned long long)limit, unit);
}

static void release(const struct loader_context *context, const struct loader_buffer *buffer) {
    vm_release(&context->allocator, buffer->data, buffer->capacity);
}

static void free_context(struct loader_context *context) {
    const struct vm_allocator allocator = context->allocator;
    vm_translator_free(context->translator);
    release(context, &context->operands);
    release(context, &context->frames);
    release(context, &context->branches);
    release(context, &context->runs);
    vm_release(&allocator, context, sizeof *context);
}

/* The module's own copy of its bytes, with what loader/common.c wants behind them, and the module in its own arena. */
static enum vm_status new_module(struct loader_context *context, struct vm_bytes bytes) {
    struct vm_arena arena;
    vm_arena_init(&arena, &context->allocator);
    struct vm_module *const module = vm_arena_allocate(&arena, 1, sizeof *module);
    if (module == NULL)
        return loader_fail_memory(context);
    module->arena = arena;
    context->module = module;
    module->start = VM_NO_FUNCTION;
    uint8_t *const copy = vm_arena_allocate(&module->arena, bytes.size + LOADER_PADDING, 1);
    if (copy == NULL)
        return loader_fail_memory(context);
    if (bytes.size != 0)
        memcpy(copy, bytes.data, bytes.size);
    memset(copy + bytes.size, 0x0B, LOADER_PADDING);
    module->bytes = vm_bytes(copy, bytes.size);
    context->reader.start = module->bytes.data;
    context->reader.at = module->bytes.data;
    context->reader.end = module->bytes.data + module->bytes.size;
    return VM_OK;
}

static enum vm_status read_header(struct loader_context *context) {
    static const uint8_t magic[4] = {0, 'a', 's', 'm'};
    static const uint8_t version[4] = {1, 0, 0, 0};
    struct vm_bytes word;
    TRY(loader_read_bytes(&context->reader, 4, &word));
    if (!vm_bytes_equal(word, vm_bytes(magic, 4)))
        return vm_fail(context->reader.error, VM_ERROR_MAGIC, 0, NULL);
    TRY(loader_read_bytes(&context->reader, 4, &word));
    if (!vm_bytes_equal(word, vm_bytes(version, 4)))
        return vm_fail(context->reader.error, VM_ERROR_VERSION, 4, NULL);
    return VM_OK;
}

static enum vm_status load(struct loader_context *context, struct vm_bytes bytes) {
    /* Offsets are 32 bits wide everywhere, whatever a profile says. */
    const uint64_t most = context->options->limits->module_bytes;
    TRY(loader_check_limit(context, "module_bytes", most < UINT32_MAX ? most : UINT32_MAX, bytes.size, 0));
    TRY(new_module(context, bytes));
    loader_make_rules(context);
    TRY(loader_reserve_operands(context, 0));
    TRY(read_header(context));
    TRY(loader_read_sections(context));
    return loader_take_names(context->name_section, context->module->function_count,
                             context->options->limits->name_bytes, &context->module->arena,
                             &context->module->function_names, context->reader.error);
}

/* Function types have to be final before the translation is. */
static enum vm_status finish(struct loader_context *context) {
    TRY(loader_restore_floats(context->module, context->reader.error));
    struct translator *const translator = context->translator;
    context->translator = NULL;
    return translator == NULL || vm_translator_finish(translator, context->module) == VM_OK
               ? VM_OK
               : loader_fail_memory(context);
}

/* Loads the bytes as they are.  with_floats: float types of a lowered module are restored.  translation: or NULL */
static enum vm_status load_module(struct vm_bytes bytes, const struct loader_options *options, bool with_floats,
                                  const struct vm_fast_options *translation, const struct vm_allocator *allocator,
                                  struct vm_module **out, struct vm_error *error) {
    *out = NULL;
    struct loader_context *const context = vm_allocate(allocator, sizeof *context);
    if (context == NULL)
        return vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    context->reader.error = error;
    context->options = options;
    context->allocator = *allocator;
    context->function = VM_NO_FUNCTION;
    context->translation = translation;
    enum vm_status status = load(context, bytes);
    if (status == VM_OK && with_floats)
        status = finish(context);
    if (status == VM_OK) {
        *out = context->module;
    } else {
        error->function = context->function;
        if (context->function != VM_NO_FUNCTION)
            loader_name_error(context);
        vm_module_free(context->module);
    }
    free_context(context);
    return status;
}

enum vm_status loader_load_as_is(struct vm_bytes bytes, const struct loader_options *options,
                                 const struct vm_allocator *allocator, struct vm_module **out, struct vm_error *error) {
    return load_module(bytes, options, false, NULL, allocator, out, error);
}

/* What is loaded is what the module is lowered to. */
static enum vm_status load_lowered(struct vm_bytes bytes, const struct loader_options *options,
                                   const struct vm_fast_options *translation, const struct vm_allocator *allocator,
                                   struct vm_module **out, struct vm_error *error) {
    struct loader_options strict = *options;
    struct vm_bytes lowered;
    strict.policy = LOADER_STRICT;
    TRY(loader_lower(bytes, options, allocator, &lowered, error));
    const enum vm_status status = load_module(lowered, &strict, true, translation, allocator, out, error);
    loader_bytes_free(allocator, lowered);
    return status;
}

enum vm_status loader_load_translated(struct vm_bytes bytes, const struct loader_options *options,
                                      const struct vm_fast_options *translation, const struct vm_allocator *allocator,
                                      struct vm_module **out, struct vm_error *error) {
    *out = NULL;
    return options->policy == LOADER_LOWER ? load_lowered(bytes, options, translation, allocator, out, error)
                                           : load_module(bytes, options, true, translation, allocator, out, error);
}

enum vm_status loader_load(struct vm_bytes bytes, const struct loader_options *options,
                           const struct vm_allocator *allocator, struct vm_module **out, struct vm_error *error) {
    return loader_load_translated(bytes, options, NULL, allocator, out, error);
}
