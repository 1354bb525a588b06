/* host/tests/function.h - tries one host function on 32-byte operands and compares what it writes. */
#ifndef DELAVM_HOST_TESTS_FUNCTION_H
#define DELAVM_HOST_TESTS_FUNCTION_H

#include <sodium.h>

#include "host/tests/run.h"

#define FUNCTION_UNUSED TRIAL_UNUSED

/* Reads hex digits; the count of bytes. */
FUNCTION_UNUSED static size_t from_hex(const char *text, uint8_t *bytes) {
    size_t size = 0;
    sodium_hex2bin(bytes, 256, text, strlen(text), NULL, &size, NULL);
    return size;
}

/* A trial that gives `input` to one function at address 0 and shows its answer and the 64 bytes at 1000. */
FUNCTION_UNUSED static void open_function(struct trial *trial, const char *function, const char *operands,
                                          bool answers) {
    char body[512];
    snprintf(body, sizeof body,
             "(drop (call $input (i32.const 0) (i32.const 1000)))\n%s(call $%s %s)%s\n(call $bytes (i32.const 1000) "
             "(i32.const 64))",
             answers ? "(call $word " : "", function, operands, answers ? ")" : "(call $word (i32.const 1))");
    trial_call(trial, "", body);
}

#define A "(i32.const 0) "
#define B "(i32.const 32) "
#define C "(i32.const 64) "
#define TO "(i32.const 1000)"

/* Runs it; true if the function answered 1.  out: what it wrote, zeros if nothing. */
static bool run_function(struct trial *trial, struct vm_bytes input, uint8_t out[64]) {
    trial->request.input = input;
    const struct host_outcome *const outcome = trial_run(trial);
    CHECK_TEXT(host_status_name(outcome->status), "accepted");
    CHECK_U64(outcome->result.size, 68);
    memcpy(out, outcome->result.data + 4, 64);
    const uint32_t answer = vm_load_u32(outcome->result.data);
    CHECK(answer <= 1);
    return answer == 1;
}

/* Runs with up to two 32-byte operands and compares with what should come out; want NULL: refused, nothing written. */
FUNCTION_UNUSED static void expect(struct trial *trial, const uint8_t *a, const uint8_t *b, const uint8_t *want) {
    static const uint8_t nothing[64];
    uint8_t input[64] = {0}, out[64], all[64] = {0};
    memcpy(input, a, 32);
    if (b != NULL)
        memcpy(input + 32, b, 32);
    const bool done = run_function(trial, vm_bytes(input, sizeof input), out);
    CHECK(done == (want != NULL));
    if (want != NULL)
        memcpy(all, want, 32);
    CHECK_TEXT(trial_hex(vm_bytes(out, 64)), trial_hex(vm_bytes(want == NULL ? nothing : all, 64)));
}

#endif
