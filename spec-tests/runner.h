/* spec-tests/runner.h - what run.c, module.c and action.c share: the state of one script's run. */
#ifndef DELAVM_SPEC_TESTS_RUNNER_H
#define DELAVM_SPEC_TESTS_RUNNER_H

#include "spec-tests/run.h"
#include "spec-tests/spectest.h"
#include "spec-tests/state.h"
#include "vm/machine.h"

/* More than any script uses, but for single instructions that are refused billions of elements or bytes; a second's
 * work. */
#define SPEC_FUEL UINT64_C(400000000)
#define SPEC_NO_ENTRY UINT32_MAX

/* A module or instance of the script, under the name it was given. */
struct spec_entry {
    char *name; /* "" if it has none */
    size_t name_size;
    uint32_t line;          /* of the command that made it */
    enum spec_verdict made; /* PASSED, or why there is no instance */
    bool definition;        /* can be instantiated by name */
    bool instance_made;
    uint32_t touched_line;  /* 0, or the refused run or module that should have changed this instance's state */
    const char *touched_by; /* "run" or "module" */
    struct vm_module *module;
    bool owns_module;
    struct vm_instance *instance;
};

/* A name that modules may import from. */
struct spec_registration {
    char *name;
    size_t name_size;
    uint32_t entry;
};

struct spec_runner {
    const struct spec_options *options;
    struct vm_allocator allocator;
    struct vm_limits limits;
    struct vm_schedule schedule;
    struct loader_options loading;
    struct vm_store *store;
    struct vm_machine *machine;
    struct spec_spectest spectest;
    struct spec_state state;
    struct spec_sha256 digest;

    struct spec_entry *entries;
    uint32_t entry_count, entry_capacity;
    uint32_t current;            /* latest instance, or SPEC_NO_ENTRY */
    uint32_t current_definition; /* latest definition, or SPEC_NO_ENTRY */
    struct spec_registration *registrations;
    uint32_t registration_count, registration_capacity;

    uint32_t line; /* of the command at hand */
    enum spec_verdict verdict;
    char reason[512];
    vm_value *results; /* of the latest run */
    bool short_of_memory;
};

/* Sets the verdict of the command at hand.  fail() is final: a later pass does not undo it. */
void spec_pass(struct spec_runner *runner);
void spec_block(struct spec_runner *runner, uint32_t line, const char *what);
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void spec_fail(struct spec_runner *runner, const char *format, ...);
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void spec_refuse(struct spec_runner *runner, const char *format, ...);

/* True if `text` is what `message` begins with. */
bool spec_begins(const char *message, struct vm_bytes text);

/* An entry's state is unknown from the command at hand on, because of a refused run or module. */
void spec_touch(struct spec_runner *runner, struct spec_entry *entry, const char *by);

/* run.c: entries.  `name` empty: the latest instance.  SPEC_NO_ENTRY if there is none. */
uint32_t spec_find_instance(const struct spec_runner *runner, struct vm_bytes name);
uint32_t spec_find_definition(const struct spec_runner *runner, struct vm_bytes name);

/* A new entry, SPEC_NO_ENTRY when memory is short. */
uint32_t spec_add_entry(struct spec_runner *runner, struct vm_bytes name);

/* module.c: the commands that define, instantiate and judge modules. */
void spec_do_module(struct spec_runner *runner, const struct text_command *command);
void spec_do_instance(struct spec_runner *runner, const struct text_command *command);
void spec_do_register(struct spec_runner *runner, const struct text_command *command);
void spec_judge_rejection(struct spec_runner *runner, const struct text_command *command);
void spec_judge_linking(struct spec_runner *runner, const struct text_command *command);

/* action.c */

/* How a run ended.  With DONE: values, of these types; they last until the next run. */
struct spec_outcome {
    enum vm_run_state state;
    struct vm_trap trap;
    const vm_value *values;
    const uint8_t *types;
    uint32_t count;
    uint64_t fuel;
    const struct vm_module *module; /* where it trapped, or NULL */
};

/* Calls a function, with fuel checks if they are asked for, and adds to the digest.  False: the verdict is set. */
bool spec_call(struct spec_runner *runner, vm_value function, const vm_value *arguments, uint32_t count,
               struct spec_outcome *out);
void spec_do_action(struct spec_runner *runner, const struct text_command *command);

/* A refusal that names the float instruction at which a run stopped. */
void spec_refuse_float(struct spec_runner *runner, const struct spec_outcome *outcome);

/* The words for how a run trapped.  A routine that floats were lowered to has a name for what no instruction traps for. */
const char *spec_trap_words(const struct spec_outcome *outcome);

/* True if that is the trap the script names. */
bool spec_trap_matches(const struct spec_outcome *outcome, struct vm_bytes text);

#endif
