/* spec-tests/module.c - commands that define, instantiate and judge modules. */
#include <stdio.h>

#include "loader/disasm.h"
#include "spec-tests/runner.h"
#include "vm/fast/fast.h"

/* The phases in which a module can be turned down, as the script's assertions name them. */
static void describe(const struct vm_error *error, char *out, size_t size) {
    if (error->function == VM_NO_FUNCTION)
        snprintf(out, size, "%s", error->message);
    else
        snprintf(out, size, "%s, in function %lu%s%s", error->message, (unsigned long)error->function,
                 error->function_name[0] == '\0' ? "" : " ", error->function_name);
}

/* A module taken apart and assembled again must be the same bytes, whether or not it is one we run.  Only what was taken
 * is sure to be a module: behind the first refused feature the bytes may be malformed. */
static void check_round_trip(struct spec_runner *runner, struct vm_bytes module, bool taken) {
    struct loader_writer text;
    struct vm_bytes again;
    struct vm_error error;
    struct text_error text_error;
    loader_writer_init(&text, &runner->allocator);
    if (loader_disassemble(module, NULL, &runner->allocator, &text, &error) != VM_OK) {
        if (taken)
            spec_fail(runner, "can't be disassembled: %s", error.message);
    } else if (text_assemble(loader_written(&text), NULL, &runner->allocator, &again, &text_error) != VM_OK) {
        spec_fail(runner, "its disassembly can't be assembled: %s, at %lu:%lu", text_error.message,
                  (unsigned long)text_error.line, (unsigned long)text_error.column);
    } else {
        if (!vm_bytes_equal(module, again))
            spec_fail(runner, "its disassembly assembles to other bytes");
        text_free(&runner->allocator, again);
    }
    loader_writer_clear(&text);
}

/* Loads a module of the script.  What the assembler found wrong becomes a loader's error. */
static enum vm_status load(struct spec_runner *runner, const struct text_module *module, struct vm_module **out,
                           struct vm_error *error) {
    *out = NULL;
    if (module->status != VM_OK) {
        *error = (struct vm_error){.function = VM_NO_FUNCTION};
        snprintf(error->message, sizeof error->message, "%s", module->error.message);
        return module->status;
    }
    const struct vm_fast_options fast = {.fold = runner->options->fold};
    const bool translated = runner->options->engine == VM_ENGINE_FAST;
    const enum vm_status status = loader_load_translated(module->bytes, &runner->loading, translated ? &fast : NULL,
                                                         &runner->allocator, out, error);
    if (runner->options->round_trip && (status == VM_OK || status == VM_UNSUPPORTED))
        check_round_trip(runner, module->bytes, status == VM_OK);
    return status;
}

/* By the rules of the second edition a module is malformed or invalid that only lacks a proposal of the third: a second
 * memory or a memory index, a richer constant expression.  It is outside the subset: the strict policy does not count
 * its rejection as passed.  The lazy policy, which is there to judge as much of the suite as can be judged, does. */
static bool is_later(const struct spec_runner *runner, const struct vm_error *error) {
    if (runner->options->policy != LOADER_STRICT || runner->options->features.on[VM_FEATURE_EXTENDED_CONST])
        return false;
    return error->code == VM_ERROR_MULTIPLE_MEMORIES || error->code == VM_ERROR_ZERO_BYTE_EXPECTED ||
           (error->code == VM_ERROR_CONSTANT_REQUIRED && strstr(error->message, " is mutable") == NULL) ||
           (error->code == VM_ERROR_UNKNOWN_GLOBAL && strstr(error->message, " of the module itself ") != NULL);
}

/* By the rules of the third edition, what needs a feature that is off is outside the subset.  The error names it. */
static bool needs_feature(const struct spec_runner *runner, const struct vm_error *error) {
    if (runner->options->version == TEXT_2_0)
        return is_later(runner, error);
    for (uint32_t i = 0; i < VM_FEATURE_COUNT; i++)
        if (!runner->options->features.on[i] && strstr(error->message, vm_feature_rows[i].words) != NULL)
            return true;
    return false;
}

/* Sets the verdict for a status that says nothing about the script.  True if it was one. */
static bool no_verdict(struct spec_runner *runner, enum vm_status status, const struct vm_error *error) {
    char words[400];
    describe(error, words, sizeof words);
    if (status == VM_RESOURCE)
        spec_fail(runner, "memory is short");
    else if (status == VM_UNSUPPORTED || needs_feature(runner, error))
        spec_refuse(runner, "%s", words);
    else if (status == VM_LIMIT)
        spec_fail(runner, "limit: %s", words);
    else
        return false;
    return true;
}

static const struct spec_entry *find_registered(const struct spec_runner *runner, struct vm_bytes name) {
    for (uint32_t i = runner->registration_count; i > 0; i--) {
        const struct spec_registration *const registration = &runner->registrations[i - 1];
        if (vm_bytes_equal(vm_bytes(registration->name, registration->name_size), name))
            return &runner->entries[registration->entry];
    }
    return NULL;
}

static bool contains(struct vm_bytes bytes, const char *text, size_t size) {
    for (size_t at = 0; size != 0 && at + size <= bytes.size; at++)
        if (memcmp(bytes.data + at, text, size) == 0)
            return true;
    return false;
}

/* A module that could not be made would perhaps have written to what it imports: its segments and start function do.
 * What it imports can't be asked for, so any instance counts whose registered name stands in its bytes. */
static void touch_imported(struct spec_runner *runner, struct vm_bytes bytes) {
    for (uint32_t i = 0; i < runner->registration_count; i++) {
        const struct spec_registration *const registration = &runner->registrations[i];
        if (contains(bytes, registration->name, registration->name_size))
            spec_touch(runner, &runner->entries[registration->entry], "module");
    }
}

static bool resolve(void *context, const struct vm_import *import, struct vm_extern *out) {
    const struct spec_runner *const runner = context;
    const struct spec_entry *const entry = find_registered(runner, import->module);
    if (entry != NULL)
        return entry->instance != NULL && vm_instance_export(runner->store, entry->instance, import->name, out);
    return vm_bytes_equal(import->module, vm_bytes_of_text("spectest")) &&
           spec_spectest_find(&runner->spectest, import->name, out);
}

/* The entry of a refused or failed module that this one imports from, or NULL. */
static const struct spec_entry *missing_dependency(const struct spec_runner *runner, const struct vm_module *module) {
    for (uint32_t i = 0; i < module->import_count; i++) {
        const struct spec_entry *const entry = find_registered(runner, module->imports[i].module);
        if (entry != NULL && entry->made != SPEC_PASSED)
            return entry;
    }
    return NULL;
}

/* How making an instance ended: status, error; with VM_OK the start function's or the segments' trap. */
struct making {
    enum vm_status status;
    struct vm_error error;
    struct vm_instance *instance;
    struct spec_outcome outcome;
};

/* Instantiates and runs the start function.  False: the verdict is set. */
static bool instantiate(struct spec_runner *runner, const struct vm_module *module, struct making *out) {
    const uint64_t price = vm_instantiation_price(module, &runner->schedule);
    uint64_t fuel = price;
    struct vm_instantiation made = {0};
    out->status = vm_instantiate(runner->store, module, &runner->schedule, resolve, runner, &fuel, &made, &out->error);
    out->instance = made.instance;
    if (out->status != VM_OK)
        return true;
    if (fuel != 0) {
        spec_fail(runner, "instantiation charged %llu fuel, not its price of %llu", (unsigned long long)(price - fuel),
                  (unsigned long long)price);
        return false;
    }
    spec_sha256_number(&runner->digest, price);
    spec_sha256_number(&runner->digest, made.trap);
    if (!spec_state_grow(&runner->state) || !spec_state_commit(&runner->state)) {
        runner->short_of_memory = true;
        return false;
    }
    if (made.trap != VM_TRAP_NONE) {
        out->outcome = (struct spec_outcome){.state = VM_RUN_TRAPPED, .trap = {.kind = made.trap}};
        return true;
    }
    if (module->start == VM_NO_FUNCTION)
        return true;
    const bool good = spec_call(runner, vm_instance_function(made.instance, module->start), NULL, 0, &out->outcome);
    if (out->outcome.trap.instance == vm_instance_number(made.instance))
        out->outcome.module = module;
    return good;
}

static void make_instance(struct spec_runner *runner, uint32_t index) {
    struct spec_entry *const entry = &runner->entries[index];
    runner->current = index;
    entry->instance_made = true;
    const struct spec_entry *const missing = missing_dependency(runner, entry->module);
    if (missing != NULL) {
        if (missing->made == SPEC_FAILED)
            spec_fail(runner, "the module of line %lu failed", (unsigned long)missing->line);
        else
            spec_block(runner, missing->line, "module");
        entry->made = runner->verdict;
        return;
    }
    struct making making = {.status = VM_OK};
    if (!instantiate(runner, entry->module, &making)) {
        entry->made = runner->verdict;
        return;
    }
    char words[400];
    describe(&making.error, words, sizeof words);
    if (making.status != VM_OK)
        spec_fail(runner, "%s: %s", vm_status_name(making.status), words);
    else if (making.outcome.state == VM_RUN_TRAPPED && making.outcome.trap.kind == VM_TRAP_FLOAT_EXECUTED)
        spec_refuse_float(runner, &making.outcome);
    else if (making.outcome.state == VM_RUN_TRAPPED)
        spec_fail(runner, "instantiation traps: %s", vm_trap_words(making.outcome.trap.kind));
    else
        spec_pass(runner);
    entry->made = runner->verdict;
    entry->instance = making.instance;
}

void spec_do_module(struct spec_runner *runner, const struct text_command *command) {
    const uint32_t index = spec_add_entry(runner, command->module.name);
    runner->short_of_memory = index == SPEC_NO_ENTRY;
    if (index == SPEC_NO_ENTRY)
        return;
    struct spec_entry *const entry = &runner->entries[index];
    entry->definition = true;
    runner->current_definition = index;
    struct vm_error error;
    const enum vm_status status = load(runner, &command->module, &entry->module, &error);
    entry->owns_module = true;
    if (status != VM_OK) {
        char words[400];
        describe(&error, words, sizeof words);
        if (!no_verdict(runner, status, &error))
            spec_fail(runner, "%s: %s", vm_status_name(status), words);
        entry->made = runner->verdict;
        if (command->kind == TEXT_MODULE) {
            runner->current = index;
            entry->instance_made = true;
            touch_imported(runner, command->module.bytes);
        }
        return;
    }
    if (command->kind == TEXT_MODULE) {
        make_instance(runner, index);
        if (entry->made != SPEC_PASSED)
            touch_imported(runner, command->module.bytes);
    } else {
        spec_pass(runner);
        entry->made = runner->verdict;
    }
}

void spec_do_instance(struct spec_runner *runner, const struct text_command *command) {
    const uint32_t found = spec_find_definition(runner, command->of);
    const uint32_t index = spec_add_entry(runner, command->name);
    runner->short_of_memory = index == SPEC_NO_ENTRY;
    if (index == SPEC_NO_ENTRY)
        return;
    struct spec_entry *const entry = &runner->entries[index];
    entry->instance_made = true;
    runner->current = index;
    if (found == SPEC_NO_ENTRY) {
        spec_fail(runner, "there is no such module definition");
        return;
    }
    const struct spec_entry *const definition = &runner->entries[found];
    if (definition->module == NULL) {
        if (definition->made == SPEC_FAILED)
            spec_fail(runner, "the module of line %lu failed", (unsigned long)definition->line);
        else
            spec_block(runner, definition->line, "module");
        entry->line = definition->line;
        entry->made = runner->verdict;
        return;
    }
    entry->module = definition->module;
    make_instance(runner, index);
}

/* Words are compared as prefixes.  Those that the third edition changed for the same finding: */
static bool has_words(const struct spec_runner *runner, const struct vm_error *error, struct vm_bytes text) {
    static const struct {
        enum vm_error_code code;
        const char *words;
    } changed[] = {
        {VM_ERROR_IMMUTABLE_GLOBAL, "immutable global"},
        {VM_ERROR_ILLEGAL_OPCODE, "unexpected end of section or function"},
    };
    if (spec_begins(error->message, text))
        return true;
    for (size_t i = 0; i < sizeof changed / sizeof *changed && runner->options->version == TEXT_3_0; i++)
        if (error->code == changed[i].code && vm_bytes_equal(text, vm_bytes_of_text(changed[i].words)))
            return true;
    return false;
}

/* assert_malformed, assert_invalid: decoding or validation must end in that phase and with those words. */
void spec_judge_rejection(struct spec_runner *runner, const struct text_command *command) {
    const enum vm_status want = command->kind == TEXT_ASSERT_MALFORMED ? VM_MALFORMED : VM_INVALID;
    struct vm_module *module;
    struct vm_error error;
    const enum vm_status status = load(runner, &command->module, &module, &error);
    vm_module_free(module);
    const int size = (int)(command->text.size < 100 ? command->text.size : 100);
    const char *const text = (const char *)command->text.data;
    if (status == VM_OK) {
        spec_fail(runner, "accepted, should be %s: %.*s", vm_status_name(want), size, text);
        return;
    }
    if (no_verdict(runner, status, &error))
        return;
    if (status != want || !has_words(runner, &error, command->text)) {
        char words[400];
        describe(&error, words, sizeof words);
        spec_fail(runner, "%s: %s; should be %s: %.*s", vm_status_name(status), words, vm_status_name(want), size,
                  text);
        return;
    }
    spec_pass(runner);
    if (command->text_only)
        runner->verdict = SPEC_TEXT_ONLY;
}

static void judge_making(struct spec_runner *runner, const struct text_command *command, const struct making *making) {
    const int size = (int)(command->text.size < 100 ? command->text.size : 100);
    const char *const text = (const char *)command->text.data;
    char words[400];
    describe(&making->error, words, sizeof words);
    const bool trapped = making->status == VM_OK && making->outcome.state == VM_RUN_TRAPPED;
    if (trapped && making->outcome.trap.kind == VM_TRAP_FLOAT_EXECUTED)
        spec_refuse_float(runner, &making->outcome);
    else if (making->status == VM_OK && !trapped)
        spec_fail(runner, "instantiated, should be \"%.*s\"", size, text);
    else if (command->kind == TEXT_ASSERT_UNLINKABLE
                 ? making->status == VM_UNLINKABLE && spec_begins(making->error.message, command->text)
                 : trapped && spec_trap_matches(&making->outcome, command->text))
        spec_pass(runner);
    else if (trapped)
        spec_fail(runner, "traps: %s; should be \"%.*s\"", spec_trap_words(&making->outcome), size, text);
    else
        spec_fail(runner, "%s: %s; should be \"%.*s\"", vm_status_name(making->status), words, size, text);
}

/* assert_unlinkable, and assert_trap of a module: it must load, and then not become an instance.  The spec keeps what
 * its segments and start function did before a trap, so the module must stay as long as the store. */
void spec_judge_linking(struct spec_runner *runner, const struct text_command *command) {
    const uint32_t index = spec_add_entry(runner, vm_bytes(NULL, 0));
    runner->short_of_memory = index == SPEC_NO_ENTRY;
    if (index == SPEC_NO_ENTRY)
        return;
    struct spec_entry *const entry = &runner->entries[index];
    struct vm_error error;
    const enum vm_status status = load(runner, &command->module, &entry->module, &error);
    entry->owns_module = true;
    if (status != VM_OK) {
        char words[400];
        describe(&error, words, sizeof words);
        if (!no_verdict(runner, status, &error))
            spec_fail(runner, "%s: %s", vm_status_name(status), words);
        touch_imported(runner, command->module.bytes);
        return;
    }
    const struct spec_entry *const missing = missing_dependency(runner, entry->module);
    if (missing != NULL && missing->made == SPEC_FAILED) {
        spec_fail(runner, "the module of line %lu failed", (unsigned long)missing->line);
        return;
    }
    if (missing != NULL) {
        spec_block(runner, missing->line, "module");
        touch_imported(runner, command->module.bytes);
        return;
    }
    struct making making = {.status = VM_OK};
    if (instantiate(runner, entry->module, &making))
        judge_making(runner, command, &making);
}
