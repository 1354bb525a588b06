/* host/tests/run.h - contracts for tests, written as text, and a place to run them in.
 *
 * trial_call() wraps the body of a contract: every host function is imported under its own name ($sha256), there is one
 * page of memory that opens with `data`, and three functions collect what the contract wants to show: $bytes (from,
 * length), $word (i32), $long (i64).  What was shown is the result of the run, if the contract sets none itself after.
 */
#ifndef DELAVM_HOST_TESTS_RUN_H
#define DELAVM_HOST_TESTS_RUN_H

#include <stdlib.h>

#include "host/host.h"
#include "loader/text/text.h"
#include "vm/tests/check.h"

#if defined(__GNUC__)
#define TRIAL_UNUSED __attribute__((unused))
#else
#define TRIAL_UNUSED
#endif

/* A configuration, a contract, a request to it and what became of it. */
struct trial {
    struct host_config config;
    struct host_contract contract;
    struct host_request request;
    struct host_runner *runner;
    const struct host_outcome *outcome;
};

/* Assembles a module; ends the test if the text is wrong.  The result belongs to text_free(). */
static struct vm_bytes trial_assemble(const char *text) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct text_options options = {.version = TEXT_3_0};
    struct vm_bytes module;
    struct text_error error;
    if (text_assemble(vm_bytes_of_text(text), &options, &allocator, &module, &error) != VM_OK) {
        printf("run.h: line %u: %s\n%s\n", (unsigned)error.line, error.message, text);
        exit(2);
    }
    return module;
}

/* Loads the contract that a text says; ends the test if it is refused.  To be given to host_contract_free(). */
TRIAL_UNUSED static void trial_load(const char *text, const struct host_config *config,
                                    struct host_contract *contract) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct vm_bytes module = trial_assemble(text);
    struct vm_error error;
    if (host_contract_load(module, config, &allocator, contract, &error) != VM_OK) {
        printf("run.h: refused: %s\n%s\n", error.message, text);
        exit(2);
    }
    text_free(&allocator, module);
}

/* A trial of a module text, with a runner and an empty request.  strict limits. */
TRIAL_UNUSED static void trial_open(struct trial *trial, const char *text) {
    const struct vm_allocator allocator = vm_system_allocator();
    memset(trial, 0, sizeof *trial);
    host_config_init(&trial->config, VM_STRICT);
    trial_load(text, &trial->config, &trial->contract);
    trial->request = (struct host_request){.contract = &trial->contract, .fuel_limit = 100000000};
    trial->runner = host_runner_new(&trial->config, &allocator);
    if (trial->runner == NULL)
        exit(2);
}

/* What $bytes, $word and $long show lies at 40000 and ends at $at. */
static const char trial_show[] =
    "(global $at (mut i32) (i32.const 40000))\n"
    "(func $bytes (param i32 i32) (memory.copy (global.get $at) (local.get 0) (local.get 1))\n"
    "  (global.set $at (i32.add (global.get $at) (local.get 1))))\n"
    "(func $word (param i32) (i32.store (global.get $at) (local.get 0))\n"
    "  (global.set $at (i32.add (global.get $at) (i32.const 4))))\n"
    "(func $long (param i64) (i64.store (global.get $at) (local.get 0))\n"
    "  (global.set $at (i32.add (global.get $at) (i32.const 8))))\n";

/* Everything that can be imported, memory, and the functions that show things. */
static const char *trial_prelude(void) {
    static char text[16384];
    size_t size = 0;
    for (uint32_t i = 0; i < HOST_DELA_COUNT; i++) {
        const struct host_import_row *const row = &host_import_rows[i];
        size += (size_t)snprintf(text + size, sizeof text - size, "(import \"dela\" \"%s\" (func $%s (param", row->name,
                                 row->name);
        for (const char *p = row->params; *p != 0; p++)
            size += (size_t)snprintf(text + size, sizeof text - size, " i32");
        size += (size_t)snprintf(text + size, sizeof text - size, ")%s))\n",
                                 row->results[0] == 0     ? ""
                                 : row->results[0] == 'I' ? " (result i64)"
                                                          : " (result i32)");
    }
    snprintf(text + size, sizeof text - size, "(memory 1)\n%s", trial_show);
    return text;
}

/* A trial of a contract with this body.  data: the content of a WAT string, at address 0. */
TRIAL_UNUSED static void trial_call(struct trial *trial, const char *data, const char *body) {
    static char text[65536];
    const int size = snprintf(text, sizeof text,
                              "(module %s (data (i32.const 0) \"%s\")\n(func (export \"call\")\n%s\n"
                              "(call $result (i32.const 40000) (i32.sub (global.get $at) (i32.const 40000)))))",
                              trial_prelude(), data, body);
    if (size < 0 || (size_t)size >= sizeof text)
        exit(2);
    trial_open(trial, text);
}

TRIAL_UNUSED static void trial_close(struct trial *trial) {
    host_runner_free(trial->runner);
    host_contract_free(&trial->contract);
}

/* Runs a request to its end in slices.  The outcome is the runner's, until it runs another. */
TRIAL_UNUSED static const struct host_outcome *trial_finish(struct host_runner *runner,
                                                            const struct host_request *request, uint64_t slice) {
    enum host_run_state state = host_runner_begin(runner, request);
    while (state == HOST_RUN_PAUSED)
        state = host_runner_continue(runner, slice);
    CHECK_U64(state, HOST_RUN_FINISHED);
    return host_runner_outcome(runner);
}

/* Runs the request to its end in slices; it must be a good one. */
TRIAL_UNUSED static const struct host_outcome *trial_run_sliced(struct trial *trial, uint64_t slice) {
    struct vm_error error;
    const enum vm_status status = host_request_check(&trial->request, &trial->config, &error);
    if (status != VM_OK)
        check_report(false, __FILE__, __LINE__, "the request is refused: %s", error.message);
    trial->outcome = trial_finish(trial->runner, &trial->request, slice);
    return trial->outcome;
}

TRIAL_UNUSED static const struct host_outcome *trial_run(struct trial *trial) {
    return trial_run_sliced(trial, UINT64_MAX);
}

/* Bytes as hex digits, cut to fit; two buffers in turn. */
TRIAL_UNUSED static const char *trial_hex(struct vm_bytes bytes) {
    static char texts[2][2049];
    static unsigned turn;
    char *const text = texts[turn++ % 2];
    size_t size = 0;
    for (size_t i = 0; i < bytes.size && size + 2 < sizeof *texts; i++, size += 2)
        snprintf(text + size, 3, "%02x", bytes.data[i]);
    text[size] = 0;
    return text;
}

/* Bytes as text, cut to fit; two buffers in turn. */
TRIAL_UNUSED static const char *trial_text(struct vm_bytes bytes) {
    static char texts[2][2049];
    static unsigned turn;
    char *const text = texts[turn++ % 2];
    snprintf(text, sizeof *texts, "%.*s", (int)bytes.size, bytes.size == 0 ? "" : (const char *)bytes.data);
    return text;
}

/* An entry whose value may be NULL: absent. */
TRIAL_UNUSED static struct host_entry trial_entry(const char *key, const char *value) {
    return (struct host_entry){
        .key = vm_bytes_of_text(key),
        .value = value == NULL ? vm_bytes(NULL, 0) : vm_bytes_of_text(value),
        .present = value != NULL,
    };
}

/* "k=v d=-": entries as text; two buffers in turn. */
TRIAL_UNUSED static const char *trial_entries(const struct host_entry *entries, uint32_t count) {
    static char texts[2][2049];
    static unsigned turn;
    char *const text = texts[turn++ % 2];
    size_t size = 0;
    text[0] = 0;
    for (uint32_t i = 0; i < count && size < 1900; i++)
        size += (size_t)snprintf(text + size, sizeof *texts - size, "%s%.*s=%.*s", i == 0 ? "" : " ",
                                 (int)entries[i].key.size, (const char *)entries[i].key.data,
                                 entries[i].present ? (int)entries[i].value.size : 1,
                                 !entries[i].present             ? "-"
                                 : entries[i].value.data == NULL ? ""
                                                                 : (const char *)entries[i].value.data);
    return text;
}

#endif
