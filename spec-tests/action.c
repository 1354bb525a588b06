/* spec-tests/action.c - invocations and what comes of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "loader/inspect.h"
#include "loader/lower/lower.h"
#include "spec-tests/runner.h"
#include "spec-tests/value.h"

const char *spec_trap_words(const struct spec_outcome *outcome) {
    static const char invalid[] = LOADER_TRAP_INVALID_CONVERSION;
    if (outcome->trap.kind == VM_TRAP_UNREACHABLE && outcome->module != NULL &&
        vm_bytes_equal(vm_module_function_name(outcome->module, outcome->trap.function), vm_bytes_of_text(invalid)))
        return invalid;
    return vm_trap_words(outcome->trap.kind);
}

bool spec_trap_matches(const struct spec_outcome *outcome, struct vm_bytes text) {
    const struct vm_bytes words = vm_bytes_of_text(spec_trap_words(outcome));
    const size_t common = words.size < text.size ? words.size : text.size;
    return common != 0 && memcmp(words.data, text.data, common) == 0;
}

/* One run to its end. */
static enum vm_run_state run_once(struct spec_runner *runner, vm_value function, const vm_value *arguments,
                                  uint32_t count, uint64_t fuel) {
    enum vm_run_state state = vm_machine_begin(runner->machine, function, arguments, count, &runner->schedule, fuel);
    while (state == VM_RUN_PAUSED)
        state = vm_machine_run(runner->machine, UINT64_MAX);
    return state;
}

/* One fuel less must end out of fuel, within it; exactly the fuel it used must do what the first run did. */
static bool check_fuel(struct spec_runner *runner, vm_value function, const vm_value *arguments, uint32_t count,
                       const struct spec_outcome *first) {
    if (!spec_state_mark(&runner->state)) {
        runner->short_of_memory = true;
        return false;
    }
    if (first->fuel != 0) {
        spec_state_back(&runner->state);
        const enum vm_run_state state = run_once(runner, function, arguments, count, first->fuel - 1);
        if (state != VM_RUN_TRAPPED || vm_machine_trap(runner->machine)->kind != VM_TRAP_OUT_OF_FUEL) {
            spec_fail(runner, "uses %" PRIu64 " fuel, but does not run out of one less", first->fuel);
            return false;
        }
        if (vm_machine_usage(runner->machine).fuel >= first->fuel) {
            spec_fail(runner, "with %" PRIu64 " fuel it uses more than that", first->fuel - 1);
            return false;
        }
    }
    spec_state_back(&runner->state);
    const enum vm_run_state state = run_once(runner, function, arguments, count, first->fuel);
    const uint64_t used = vm_machine_usage(runner->machine).fuel;
    bool same = state == first->state && used == first->fuel;
    if (same && state == VM_RUN_TRAPPED) {
        const struct vm_trap *const trap = vm_machine_trap(runner->machine);
        same = trap->kind == first->trap.kind && trap->instance == first->trap.instance &&
               trap->function == first->trap.function && trap->offset == first->trap.offset;
    }
    if (same && state == VM_RUN_DONE)
        same = vm_machine_result_count(runner->machine) == first->count &&
               (first->count == 0 ||
                memcmp(vm_machine_results(runner->machine), first->values, first->count * sizeof(vm_value)) == 0);
    if (!same)
        spec_fail(runner, "with exactly the %" PRIu64 " fuel it uses, it does something else", first->fuel);
    else if (!spec_state_same(&runner->state))
        spec_fail(runner, "with exactly the %" PRIu64 " fuel it uses, it leaves another state", first->fuel);
    return runner->verdict != SPEC_FAILED;
}

static void digest_outcome(struct spec_runner *runner, const struct spec_outcome *outcome) {
    spec_sha256_number(&runner->digest, outcome->state);
    spec_sha256_number(&runner->digest, outcome->fuel);
    if (outcome->state == VM_RUN_TRAPPED) {
        spec_sha256_number(&runner->digest, outcome->trap.kind);
        spec_sha256_number(&runner->digest, outcome->trap.instance);
        spec_sha256_number(&runner->digest, outcome->trap.function);
        spec_sha256_number(&runner->digest, outcome->trap.offset);
    }
    spec_sha256_number(&runner->digest, outcome->count);
    for (uint32_t i = 0; i < outcome->count; i++)
        spec_sha256_number(&runner->digest, outcome->values[i]);
}

/* The module in which a run trapped. */
static const struct vm_module *trapped_module(const struct spec_runner *runner, const struct vm_trap *trap) {
    for (uint32_t i = 0; i < runner->entry_count; i++) {
        const struct spec_entry *const entry = &runner->entries[i];
        if (entry->instance != NULL && vm_instance_number(entry->instance) == trap->instance)
            return entry->module;
    }
    return NULL;
}

/* The first run, with plenty of fuel.  An instruction that asks for more in one piece gets it. */
static enum vm_run_state run_first(struct spec_runner *runner, vm_value function, const vm_value *arguments,
                                   uint32_t count) {
    const enum vm_run_state state = run_once(runner, function, arguments, count, SPEC_FUEL);
    if (state != VM_RUN_TRAPPED)
        return state;
    const struct vm_trap *const trap = vm_machine_trap(runner->machine);
    if (trap->kind != VM_TRAP_OUT_OF_FUEL || trap->price <= SPEC_FUEL || trap->price > UINT64_MAX - SPEC_FUEL)
        return state;
    const uint64_t fuel = trap->price + SPEC_FUEL;
    spec_state_back(&runner->state);
    return run_once(runner, function, arguments, count, fuel);
}

bool spec_call(struct spec_runner *runner, vm_value function, const vm_value *arguments, uint32_t count,
               struct spec_outcome *out) {
    const struct vm_function_type *const type = vm_function_reference_type(runner->store, function);
    *out = (struct spec_outcome){.state = run_first(runner, function, arguments, count)};
    out->fuel = vm_machine_usage(runner->machine).fuel;
    if (out->state == VM_RUN_FAILED) {
        spec_fail(runner, "memory is short");
        return false;
    }
    vm_value *values = NULL;
    if (out->state == VM_RUN_TRAPPED) {
        out->trap = *vm_machine_trap(runner->machine);
        out->module = trapped_module(runner, &out->trap);
    } else {
        out->count = vm_machine_result_count(runner->machine);
        out->types = type->types + type->param_count;
        values = malloc((out->count + (size_t)1) * sizeof *values);
        if (values == NULL) {
            runner->short_of_memory = true;
            return false;
        }
        if (out->count != 0)
            memcpy(values, vm_machine_results(runner->machine), out->count * sizeof *values);
        out->values = values;
    }
    digest_outcome(runner, out);
    const bool starved = out->state == VM_RUN_TRAPPED && out->trap.kind == VM_TRAP_OUT_OF_FUEL;
    const bool good = starved || !runner->options->fuel_checks || check_fuel(runner, function, arguments, count, out);
    free(runner->results);
    runner->results = values;
    return good;
}

void spec_refuse_float(struct spec_runner *runner, const struct spec_outcome *outcome) {
    const struct vm_module *const module = outcome->module;
    if (module == NULL) {
        spec_refuse(runner, "%s", vm_trap_words(VM_TRAP_FLOAT_EXECUTED));
        return;
    }
    const struct loader_instruction at = loader_instruction_at(module, outcome->trap.offset);
    const struct vm_bytes name = vm_module_function_name(module, outcome->trap.function);
    spec_refuse(runner, "%s executed at offset %lu, in function %lu%s%.*s", vm_opcodes[at.op].text,
                (unsigned long)outcome->trap.offset, (unsigned long)outcome->trap.function, name.size == 0 ? "" : " ",
                (int)(name.size < 64 ? name.size : 64), name.size == 0 ? "" : (const char *)name.data);
}

/* What differs from what the script expects may be what a refused module or run would have changed. */
static void mismatch(struct spec_runner *runner, const struct spec_entry *entry, const char *words) {
    if (entry->touched_line != 0)
        spec_block(runner, entry->touched_line, entry->touched_by);
    else
        spec_fail(runner, "%s", words);
}

static void compare_values(struct spec_runner *runner, const struct spec_entry *entry,
                           const struct text_command *command, const struct spec_outcome *outcome) {
    char words[256];
    if (outcome->count != command->expected_count) {
        snprintf(words, sizeof words, "gives %lu values, should be %lu", (unsigned long)outcome->count,
                 (unsigned long)command->expected_count);
        mismatch(runner, entry, words);
        return;
    }
    for (uint32_t i = 0; i < outcome->count; i++) {
        if (spec_value_matches(&command->expected[i], outcome->types[i], outcome->values[i]))
            continue;
        char have[64], want[64];
        spec_value_show(outcome->types[i], outcome->values[i], have, sizeof have);
        spec_value_show_expected(&command->expected[i], want, sizeof want);
        snprintf(words, sizeof words, "value %lu is %s, should be %s", (unsigned long)i, have, want);
        mismatch(runner, entry, words);
        return;
    }
    spec_pass(runner);
}

static void compare(struct spec_runner *runner, struct spec_entry *entry, const struct text_command *command,
                    const struct spec_outcome *outcome) {
    const bool trapped = outcome->state == VM_RUN_TRAPPED;
    char words[256];
    if (trapped && outcome->trap.kind == VM_TRAP_FLOAT_EXECUTED) {
        spec_touch(runner, entry, "run");
        spec_refuse_float(runner, outcome);
        return;
    }
    if (command->kind == TEXT_ACTION || command->kind == TEXT_ASSERT_RETURN) {
        if (trapped) {
            snprintf(words, sizeof words, "traps: %s", spec_trap_words(outcome));
            mismatch(runner, entry, words);
        } else if (command->kind == TEXT_ASSERT_RETURN) {
            compare_values(runner, entry, command, outcome);
        }
        return;
    }
    const int size = (int)(command->text.size < 100 ? command->text.size : 100);
    if (!trapped) {
        snprintf(words, sizeof words, "returns, should trap: %.*s", size, (const char *)command->text.data);
        mismatch(runner, entry, words);
        return;
    }
    const bool exhausted = outcome->trap.kind == VM_TRAP_CALL_STACK_EXHAUSTED ||
                           outcome->trap.kind == VM_TRAP_OPERAND_STACK_EXHAUSTED ||
                           outcome->trap.kind == VM_TRAP_OUT_OF_FUEL;
    if (!spec_trap_matches(outcome, command->text) || (command->kind == TEXT_ASSERT_EXHAUSTION && !exhausted)) {
        snprintf(words, sizeof words, "traps: %s; should be: %.*s", spec_trap_words(outcome), size,
                 (const char *)command->text.data);
        mismatch(runner, entry, words);
    }
}

/* Makes the arguments; false: the verdict is set. */
static bool make_arguments(struct spec_runner *runner, const struct text_action *action,
                           const struct vm_function_type *type, vm_value *out) {
    if (action->argument_count != type->param_count) {
        spec_fail(runner, "%lu arguments for %lu parameters", (unsigned long)action->argument_count,
                  (unsigned long)type->param_count);
        return false;
    }
    for (uint32_t i = 0; i < type->param_count; i++) {
        if (!spec_value_argument(&action->arguments[i], type->types[i], &out[i])) {
            spec_fail(runner, "argument %lu is not of type %s", (unsigned long)i, vm_value_type_name(type->types[i]));
            return false;
        }
    }
    return true;
}

static void do_get(struct spec_runner *runner, struct spec_entry *entry, const struct text_command *command,
                   const struct vm_extern *thing) {
    if (thing->kind != VM_EXTERN_GLOBAL) {
        spec_fail(runner, "not a global");
        return;
    }
    const struct spec_outcome outcome = {
        .state = VM_RUN_DONE, .values = &thing->of.global->value, .types = &thing->of.global->type.value, .count = 1};
    digest_outcome(runner, &outcome);
    compare(runner, entry, command, &outcome);
}

void spec_do_action(struct spec_runner *runner, const struct text_command *command) {
    const struct text_action *const action = &command->action;
    const uint32_t found = spec_find_instance(runner, action->instance);
    if (found == SPEC_NO_ENTRY) {
        spec_fail(runner, "there is no such instance");
        return;
    }
    struct spec_entry *const entry = &runner->entries[found];
    if (entry->made == SPEC_FAILED) {
        spec_fail(runner, "the module of line %lu failed", (unsigned long)entry->line);
        return;
    }
    if (entry->made != SPEC_PASSED) {
        spec_block(runner, entry->line, "module");
        return;
    }
    struct vm_extern thing;
    if (!vm_instance_export(runner->store, entry->instance, action->name, &thing)) {
        spec_fail(runner, "there is no such export");
        return;
    }
    if (action->kind == TEXT_GET) {
        do_get(runner, entry, command, &thing);
        return;
    }
    if (thing.kind != VM_EXTERN_FUNCTION) {
        spec_fail(runner, "not a function");
        return;
    }
    const struct vm_function_type *const type = vm_function_reference_type(runner->store, thing.of.function);
    vm_value *const arguments = malloc((type->param_count + (size_t)1) * sizeof *arguments);
    runner->short_of_memory = arguments == NULL;
    if (arguments == NULL)
        return;
    struct spec_outcome outcome;
    if (make_arguments(runner, action, type, arguments) &&
        spec_call(runner, thing.of.function, arguments, type->param_count, &outcome))
        compare(runner, entry, command, &outcome);
    free(arguments);
}
