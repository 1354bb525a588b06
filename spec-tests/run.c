/* spec-tests/run.c - runs one test script: the command loop, the names of modules, and verdicts. */
#include "spec-tests/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "spec-tests/runner.h"

static const struct {
    const char *name;
    char letter;
} verdicts[SPEC_VERDICT_COUNT] = {
    [SPEC_PASSED] = {"passed", 'P'},   [SPEC_TEXT_ONLY] = {"text-only", 'T'}, [SPEC_REFUSED] = {"refused", 'R'},
    [SPEC_BLOCKED] = {"blocked", 'B'}, [SPEC_FAILED] = {"failed", 'F'},
};

const char *spec_verdict_name(enum spec_verdict verdict) {
    return verdicts[verdict].name;
}

char spec_verdict_letter(enum spec_verdict verdict) {
    return verdicts[verdict].letter;
}

void spec_pass(struct spec_runner *runner) {
    if (runner->verdict == SPEC_FAILED)
        return;
    runner->verdict = SPEC_PASSED;
    runner->reason[0] = '\0';
}

void spec_block(struct spec_runner *runner, uint32_t line, const char *what) {
    if (runner->verdict == SPEC_FAILED)
        return;
    runner->verdict = SPEC_BLOCKED;
    snprintf(runner->reason, sizeof runner->reason, "by the refused %s of line %lu", what, (unsigned long)line);
}

void spec_fail(struct spec_runner *runner, const char *format, ...) {
    if (runner->verdict == SPEC_FAILED)
        return;
    runner->verdict = SPEC_FAILED;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(runner->reason, sizeof runner->reason, format, arguments);
    va_end(arguments);
}

void spec_refuse(struct spec_runner *runner, const char *format, ...) {
    if (runner->verdict == SPEC_FAILED)
        return;
    runner->verdict = SPEC_REFUSED;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(runner->reason, sizeof runner->reason, format, arguments);
    va_end(arguments);
}

bool spec_begins(const char *message, struct vm_bytes text) {
    return strlen(message) >= text.size && (text.size == 0 || memcmp(message, text.data, text.size) == 0);
}

void spec_touch(struct spec_runner *runner, struct spec_entry *entry, const char *by) {
    if (entry->touched_line != 0)
        return;
    entry->touched_line = runner->line;
    entry->touched_by = by;
}

static bool has_name(const struct spec_entry *entry, struct vm_bytes name) {
    return vm_bytes_equal(vm_bytes(entry->name, entry->name_size), name);
}

uint32_t spec_find_instance(const struct spec_runner *runner, struct vm_bytes name) {
    if (name.size == 0)
        return runner->current;
    for (uint32_t i = runner->entry_count; i > 0; i--)
        if (runner->entries[i - 1].instance_made && has_name(&runner->entries[i - 1], name))
            return i - 1;
    return SPEC_NO_ENTRY;
}

uint32_t spec_find_definition(const struct spec_runner *runner, struct vm_bytes name) {
    if (name.size == 0)
        return runner->current_definition;
    for (uint32_t i = runner->entry_count; i > 0; i--)
        if (runner->entries[i - 1].definition && has_name(&runner->entries[i - 1], name))
            return i - 1;
    return SPEC_NO_ENTRY;
}

static char *copy_name(struct vm_bytes name) {
    char *const copy = malloc(name.size + 1);
    if (copy == NULL)
        return NULL;
    if (name.size != 0)
        memcpy(copy, name.data, name.size);
    copy[name.size] = '\0';
    return copy;
}

uint32_t spec_add_entry(struct spec_runner *runner, struct vm_bytes name) {
    if (runner->entry_count == runner->entry_capacity) {
        const uint32_t capacity = runner->entry_capacity == 0 ? 16 : 2 * runner->entry_capacity;
        struct spec_entry *const entries = realloc(runner->entries, capacity * sizeof *entries);
        if (entries == NULL)
            return SPEC_NO_ENTRY;
        runner->entries = entries;
        runner->entry_capacity = capacity;
    }
    char *const copy = copy_name(name);
    if (copy == NULL)
        return SPEC_NO_ENTRY;
    runner->entries[runner->entry_count] =
        (struct spec_entry){.name = copy, .name_size = name.size, .line = runner->line, .made = SPEC_FAILED};
    return runner->entry_count++;
}

void spec_do_register(struct spec_runner *runner, const struct text_command *command) {
    const uint32_t found = spec_find_instance(runner, command->of);
    if (found == SPEC_NO_ENTRY) {
        spec_fail(runner, "there is no such instance");
        return;
    }
    if (runner->registration_count == runner->registration_capacity) {
        const uint32_t capacity = runner->registration_capacity == 0 ? 8 : 2 * runner->registration_capacity;
        struct spec_registration *const grown = realloc(runner->registrations, capacity * sizeof *grown);
        runner->short_of_memory = grown == NULL;
        if (grown == NULL)
            return;
        runner->registrations = grown;
        runner->registration_capacity = capacity;
    }
    char *const copy = copy_name(command->text);
    runner->short_of_memory = copy == NULL;
    if (copy == NULL)
        return;
    runner->registrations[runner->registration_count++] = (struct spec_registration){copy, command->text.size, found};
    const struct spec_entry *const entry = &runner->entries[found];
    if (entry->made == SPEC_PASSED)
        spec_pass(runner);
    else if (entry->made == SPEC_FAILED)
        spec_fail(runner, "the module of line %lu failed", (unsigned long)entry->line);
    else
        spec_block(runner, entry->line, "module");
}

static void do_command(struct spec_runner *runner, const struct text_command *command) {
    switch (command->kind) {
    case TEXT_MODULE:
    case TEXT_MODULE_DEFINITION:
        spec_do_module(runner, command);
        break;
    case TEXT_MODULE_INSTANCE:
        spec_do_instance(runner, command);
        break;
    case TEXT_REGISTER:
        spec_do_register(runner, command);
        break;
    case TEXT_ASSERT_MALFORMED:
    case TEXT_ASSERT_INVALID:
        spec_judge_rejection(runner, command);
        break;
    case TEXT_ASSERT_UNLINKABLE:
        spec_judge_linking(runner, command);
        break;
    case TEXT_ASSERT_TRAP:
    case TEXT_ASSERT_EXHAUSTION:
        if (command->has_module) {
            spec_judge_linking(runner, command);
            break;
        }
        spec_do_action(runner, command);
        break;
    case TEXT_ACTION:
    case TEXT_ASSERT_RETURN:
    case TEXT_ASSERT_EXCEPTION:
        spec_do_action(runner, command);
        break;
    }
}

/* Verdict and state of the command at hand enter the digest; results, traps and fuel did when they arose. */
static bool finish_command(struct spec_runner *runner) {
    if (!spec_state_grow(&runner->state) || !spec_state_commit(&runner->state) || runner->short_of_memory)
        return false;
    spec_sha256_number(&runner->digest, runner->line);
    spec_sha256_number(&runner->digest, runner->verdict);
    spec_state_digest(&runner->state, &runner->digest);
    return true;
}

static enum vm_status run_commands(struct spec_runner *runner, struct vm_bytes source, spec_sink sink, void *context,
                                   struct text_error *error) {
    const struct text_options options = {.version = runner->options->version};
    struct text_script *script;
    if (text_script_new(source, &options, &runner->allocator, &script) != VM_OK)
        return VM_RESOURCE;
    struct text_command command;
    bool good = true;
    while (good && text_script_next(script, &command)) {
        runner->line = command.line;
        runner->verdict = SPEC_PASSED;
        runner->reason[0] = '\0';
        do_command(runner, &command);
        good = finish_command(runner);
        sink(context,
             &(struct spec_command){command.line, text_command_name(command.kind), runner->verdict, runner->reason});
    }
    enum vm_status status = good ? text_script_error(script, error) : VM_RESOURCE;
    if (!good)
        *error = (struct text_error){.line = runner->line, .message = "memory is short"};
    text_script_free(script);
    return status;
}

/* The suite's modules are to be judged by the rules of the spec alone, so no ceiling may get in the way, but memory has
 * to suffice for what they ask. */
static struct vm_limits suite_limits(void) {
    struct vm_limits limits = vm_profile_limits(VM_COMPAT);
#define LIMIT(scope, name, strict, compat, unit, why) limits.name = SPEC_LIMIT_##scope(limits.name);
#define SPEC_LIMIT_MODULE(value) UINT32_MAX
#define SPEC_LIMIT_RUN(value) (value)
#define SPEC_LIMIT_HOST(value) (value)
#define SPEC_LIMIT_SERVER(value) (value)
#include "vm/limits.def"
    limits.memory_pages = 65536;
    limits.table_size = 10000000;
    return limits;
}

static bool start_runner(struct spec_runner *runner) {
    runner->store = vm_store_new(&runner->allocator, &runner->limits);
    if (runner->store == NULL)
        return false;
    runner->machine = vm_machine_new(runner->store);
    if (runner->machine != NULL)
        vm_machine_set_engine(runner->machine, runner->options->engine);
    spec_state_init(&runner->state, runner->store);
    if (runner->machine == NULL || !spec_spectest_make(&runner->spectest, runner->store))
        return false;
    for (uint32_t i = 0; i < SPEC_SPECTEST_COUNT; i++)
        if (!spec_state_add(&runner->state, &runner->spectest.things[i]))
            return false;
    return true;
}

static void free_runner(struct spec_runner *runner) {
    spec_state_clear(&runner->state);
    vm_machine_free(runner->machine);
    vm_store_free(runner->store);
    for (uint32_t i = 0; i < runner->entry_count; i++) {
        if (runner->entries[i].owns_module)
            vm_module_free(runner->entries[i].module);
        free(runner->entries[i].name);
    }
    for (uint32_t i = 0; i < runner->registration_count; i++)
        free(runner->registrations[i].name);
    free(runner->results);
    free(runner->entries);
    free(runner->registrations);
    free(runner);
}

enum vm_status spec_run(struct vm_bytes source, const struct spec_options *options, spec_sink sink, void *context,
                        uint8_t digest[SPEC_HASH_BYTES], struct text_error *error) {
    struct spec_runner *const runner = calloc(1, sizeof *runner);
    if (runner == NULL)
        return VM_RESOURCE;
    *error = (struct text_error){.message = "memory is short"};
    runner->options = options;
    runner->allocator = vm_system_allocator();
    runner->limits = suite_limits();
    runner->schedule = vm_default_schedule();
    runner->loading = (struct loader_options){&runner->limits, &options->features, &runner->schedule, options->policy};
    runner->current = runner->current_definition = SPEC_NO_ENTRY;
    spec_sha256_init(&runner->digest);
    enum vm_status status = VM_RESOURCE;
    if (start_runner(runner))
        status = run_commands(runner, source, sink, context, error);
    spec_sha256_final(&runner->digest, digest);
    free_runner(runner);
    return status;
}

struct vm_features spec_version_features(enum text_version version) {
    static const enum vm_feature second[] = {VM_FEATURE_MVP, VM_FEATURE_SIGN_EXTENSION, VM_FEATURE_BULK_MEMORY,
                                             VM_FEATURE_REFERENCE_TYPES};
    static const enum vm_feature third[] = {VM_FEATURE_EXTENDED_CONST, VM_FEATURE_TAIL_CALL, VM_FEATURE_MULTI_MEMORY,
                                            VM_FEATURE_MEMORY64, VM_FEATURE_FUNCTION_REFERENCES};
    struct vm_features features = {{false}};
    for (size_t i = 0; i < sizeof second / sizeof *second; i++)
        features.on[second[i]] = vm_feature_rows[second[i]].ready;
    for (size_t i = 0; version == TEXT_3_0 && i < sizeof third / sizeof *third; i++)
        features.on[third[i]] = vm_feature_rows[third[i]].ready;
    /* Also decides how limits and offsets are read, see loader_reads_wide(). */
    features.on[VM_FEATURE_MEMORY64] = version == TEXT_3_0;
    return features;
}
