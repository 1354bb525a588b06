/* spec-tests/run.h - runs one test script and gives a verdict on each of its commands. */
#ifndef DELAVM_SPEC_TESTS_RUN_H
#define DELAVM_SPEC_TESTS_RUN_H

#include "loader/loader.h"
#include "loader/text/script.h"
#include "spec-tests/sha256.h"
#include "vm/machine.h"

/* PASSED     as the script says, to the bit, the kind of trap, the phase and the words
 * TEXT_ONLY  passed, by the assembler alone: a quoted module that must not assemble
 * REFUSED    the module uses what is outside the subset, or (lazy) the run came to a float computation
 * BLOCKED    needs a module that was refused, or what a refused run would have left behind
 * FAILED     anything else */
enum spec_verdict { SPEC_PASSED, SPEC_TEXT_ONLY, SPEC_REFUSED, SPEC_BLOCKED, SPEC_FAILED, SPEC_VERDICT_COUNT };

/* "passed", "text-only", "refused", "blocked", "failed"; and the letter for it in expected lists. */
const char *spec_verdict_name(enum spec_verdict verdict);
char spec_verdict_letter(enum spec_verdict verdict);

/* How to run.
 * fuel_checks  each invocation also runs with one fuel less than it used (must end out of fuel) and, from the same
 *              state, with exactly that (must do the same)
 * round_trip   each module that is taken, or refused as unsupported, is also disassembled and assembled again, and must
 *              come out the same */
struct spec_options {
    enum text_version version;
    enum loader_policy policy;
    enum vm_engine engine;
    bool fold; /* false: VM_ENGINE_FAST with one cell for each instruction */
    struct vm_features features;
    bool fuel_checks;
    bool round_trip;
};

/* One command and its verdict.  reason says what was refused and where, which line blocks, or what differed; empty for
 * what passed.  Good during the call only. */
struct spec_command {
    uint32_t line;
    const char *name;
    enum spec_verdict verdict;
    const char *reason;
};

typedef void (*spec_sink)(void *context, const struct spec_command *command);

/* Runs all commands of a script in one store, in order.  digest: of every command's verdict, fuel, results, trap, and
 * the state it left; the same on every machine. Returns VM_OK, VM_MALFORMED if the script itself is broken, or
 * VM_RESOURCE; *error says where and why. */
enum vm_status spec_run(struct vm_bytes source, const struct spec_options *options, spec_sink sink, void *context,
                        uint8_t digest[SPEC_HASH_BYTES], struct text_error *error);

/* The features of a version of the spec that the subset has. */
struct vm_features spec_version_features(enum text_version version);

#endif
