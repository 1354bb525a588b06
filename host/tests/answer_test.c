/* host/tests/answer_test.c - what a program writes to stdout, its exit status, and what becomes of them. */
#include "host/answer.h"
#include "host/tests/wasi.h"

/* answer: what was written to stdout; status, text: the outcome's status and its result or message. */
static const struct {
    const char *name;
    const char *answer;
    uint32_t exit_status;
    const char *status;
    const char *text;
} rows[] = {
    {"nothing", "", 0, "accepted", ""},
    {"nothing, exit status 3", "", 3, "rejected", "exit status 3"},
    {"plain text", "42\n", 0, "accepted", "42\n"},
    {"plain text, exit status 4294967295", "no such account", 4294967295u, "rejected", "no such account"},
    {"JSON that is no object is plain text", "[1,2]", 0, "accepted", "[1,2]"},
    {"bytes that are no text", "\xff\xfe", 0, "accepted", "\xff\xfe"},
    {"an object with neither member", "{\"a\":1}", 0, "accepted", "{\"a\":1}"},
    {"the same with blanks", " \r\n\t{ }\n", 0, "accepted", " \r\n\t{ }\n"},
    {"a result", "{\"result\":\"42\"}", 0, "accepted", "42"},
    {"what the old environment's contracts answer",
     "{\"contractName\":\"c\",\"counter\":41,\"result\":\"42\",\"Accepted\":\"true\"}\n", 0, "accepted", "42"},
    {"Accepted first", "{\"Accepted\":\"true\",\"result\":\"42\"}", 0, "accepted", "42"},
    {"Accepted as a boolean", "{\"Accepted\":true,\"result\":\"42\"}", 0, "accepted", "42"},
    {"not accepted", "{\"Accepted\":\"false\",\"result\":\"too much\"}", 0, "rejected", "too much"},
    {"not accepted, as a boolean", "{\"result\":\"too much\",\"Accepted\":false}", 0, "rejected", "too much"},
    {"not accepted, without a word", "{\"result\":\"\",\"Accepted\":false}", 0, "rejected", "rejected"},
    {"not accepted, without a result", "{\"Accepted\":false}", 0, "rejected", "{\"Accepted\":false}"},
    {"accepted, but exit status 1", "{\"Accepted\":true,\"result\":\"x\"}", 1, "rejected", "x"},
    {"accepted with an empty result", "{\"result\":\"\"}", 0, "accepted", ""},
    {"escapes", "{\"result\":\"a\\n\\u00e9\\ud83d\\ude00\\\"\"}", 0, "accepted", "a\n\xc3\xa9\xf0\x9f\x98\x80\""},
    {"an escaped key", "{\"r\\u0065sult\":\"42\",\"\\u0041ccepted\":\"false\"}", 0, "rejected", "42"},
    {"a number keeps its digits", "{\"result\":123456789012345678901234567890.50}", 0, "accepted",
     "123456789012345678901234567890.50"},
    {"an object as result", "{\"result\": {\"a\": [1, \"}\"]} }", 0, "accepted", "{\"a\": [1, \"}\"]}"},
    {"null as result", "{\"result\":null}", 0, "accepted", "null"},
    {"members of members do not count", "{\"x\":{\"Accepted\":false,\"result\":1},\"result\":\"2\"}", 0, "accepted",
     "2"},
    {"names are told apart by case", "{\"accepted\":false,\"Result\":1,\"result\":\"2\"}", 0, "accepted", "2"},
    {"storage does not go this way", "{\"writes\":[{\"key\":\"YQ==\",\"value\":\"Yg==\"}],\"result\":\"2\"}", 0,
     "accepted", "2"},
    {"Accepted is a word", "{\"Accepted\":\"yes\"}", 0, "rejected",
     "the answer can't be read: Accepted is neither true nor false at offset 12"},
    {"Accepted is a number", "{\"Accepted\":1,\"result\":\"x\"}", 0, "rejected",
     "the answer can't be read: Accepted is neither true nor false at offset 12"},
    {"Accepted is an empty string", "{\"Accepted\":\"\"}", 0, "rejected",
     "the answer can't be read: Accepted is neither true nor false at offset 12"},
    {"a key twice", "{\"result\":\"1\",\"result\":\"2\"}", 0, "rejected",
     "the answer can't be read: a key is there twice at offset 14"},
    {"a key twice, escaped", "{\"Accepted\":\"false\",\"\\u0041ccepted\":\"true\"}", 0, "rejected",
     "the answer can't be read: a key is there twice at offset 20"},
    {"cut short", "{\"result\":\"1\"", 0, "rejected", "the answer can't be read: the JSON ends too early at offset 13"},
    {"two answers", "{\"result\":\"1\"}{\"result\":\"2\"}", 0, "rejected",
     "the answer can't be read: something follows the JSON object at offset 14"},
    {"no JSON", "{result: 1}", 0, "rejected", "the answer can't be read: it is not JSON at offset 1"},
    {"no UTF-8", "{\"result\":\"\xff\"}", 0, "rejected", "the answer can't be read: it is not UTF-8 at offset 11"},
    {"what can't be read, exit status 2", "{", 2, "rejected",
     "the answer can't be read: the JSON ends too early at offset 1"},
};

/* The answer as a WAT string. */
static const char *escape(const char *answer) {
    static char text[4096];
    size_t size = 0;
    text[0] = 0;
    for (; *answer != 0; answer++, size += 3)
        snprintf(text + size, sizeof text - size, "\\%02x", (unsigned)(uint8_t)*answer);
    return text;
}

/* A program that writes `size` bytes from address 8 and exits; returns instead where the status is 0 and `exits` is not. */
static void open_program(struct trial *trial, const char *data, size_t size, uint32_t exit_status, bool exits) {
    char body[512], list[16384];
    snprintf(list, sizeof list, "\\08\\00\\00\\00\\%02x\\%02x\\00\\00%s", (unsigned)size & 255, (unsigned)size >> 8,
             data);
    size_t used = (size_t)snprintf(
        body, sizeof body, "(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 60000)))");
    if (exits || exit_status != 0)
        snprintf(body + used, sizeof body - used, "(call $proc_exit (i32.const %u)) (unreachable)",
                 (unsigned)exit_status);
    trial_open(trial, wasi_module(list, "_start", body));
}

static void check_rows(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (uint32_t exits = 0; exits < 2; exits++) {
            struct trial trial;
            check_context("%s, %s", rows[i].name, exits ? "exits" : "returns");
            open_program(&trial, escape(rows[i].answer), strlen(rows[i].answer), rows[i].exit_status, exits);
            const struct host_outcome *const outcome = trial_run(&trial);
            const bool accepted = outcome->status == HOST_ACCEPTED;
            CHECK_TEXT(host_status_name(outcome->status), rows[i].status);
            CHECK_TEXT(trial_text(accepted ? outcome->result : outcome->message), rows[i].text);
            CHECK_U64((accepted ? outcome->message : outcome->result).size, 0);
            CHECK_U64(outcome->trap.kind, VM_TRAP_NONE);
            CHECK_U64(outcome->write_count, 0);
            trial_close(&trial);
        }
    }
}

/* Nesting to the limit, and one more. */
static void check_depth(void) {
    for (uint32_t depth = HOST_ANSWER_DEPTH; depth <= HOST_ANSWER_DEPTH + 1; depth++) {
        char answer[256] = "{\"result\":";
        struct trial trial;
        check_context("an answer %u deep", (unsigned)depth);
        for (uint32_t i = 1; i < depth; i++)
            strcat(answer, "[");
        for (uint32_t i = 1; i < depth; i++)
            strcat(answer, "]");
        strcat(answer, "}");
        open_program(&trial, escape(answer), strlen(answer), 0, false);
        const struct host_outcome *const outcome = trial_run(&trial);
        CHECK_TEXT(host_status_name(outcome->status), depth <= HOST_ANSWER_DEPTH ? "accepted" : "rejected");
        if (depth > HOST_ANSWER_DEPTH)
            CHECK_TEXT(trial_text(outcome->message), "the answer can't be read: it is nested too deep at offset 73");
        trial_close(&trial);
    }
}

/* What dela.result was given goes before what was written. */
static void check_result_first(void) {
    struct trial trial;
    check_context("dela.result and stdout");
    trial_open(&trial, wasi_module("\\08\\00\\00\\00\\03\\00\\00\\00{x}", "_start",
                                   "(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))"
                                   "(call $result (i32.const 9) (i32.const 1))"));
    CHECK_TEXT(host_status_name(trial_run(&trial)->status), "accepted");
    CHECK_TEXT(trial_text(trial.outcome->result), "x");
    trial_close(&trial);
}

/* ---- Lines for people -------------------------------------------------------------------------------------------- */

/* writes: what is written to stderr, one call for each piece between bars; want: the lines, each followed by a bar. */
static const struct {
    const char *writes;
    const char *want;
} lines[] = {
    {"", ""},    {"a", "a|"},       {"a\n", "a|"}, {"a|b|\n|c", "ab|c|"}, {"a\nb\n\nc", "a|b||c|"},
    {"\n", "|"}, {"|\n||\n", "||"},
};

static void put_write(char *body, size_t room, uint32_t at, size_t size) {
    const size_t used = strlen(body);
    snprintf(body + used, room - used,
             "(i32.store (i32.const 0) (i32.const %u)) (i32.store (i32.const 4) (i32.const %u))"
             "(drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 100)))",
             (unsigned)at, (unsigned)size);
}

static void check_logs(const struct host_outcome *outcome, const char *want) {
    char have[256] = "";
    for (uint32_t i = 0; i < outcome->log_count; i++) {
        strncat(have, outcome->logs[i].size == 0 ? "" : (const char *)outcome->logs[i].data, outcome->logs[i].size);
        strcat(have, "|");
    }
    CHECK_TEXT(have, want);
}

/* How the program ends does not matter to what it said. */
static void check_lines(const char *end, const char *status) {
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char body[4096] = "", data[256];
        uint32_t at = 8;
        check_context("lines, row %u, %s", (unsigned)i, status);
        for (const char *from = lines[i].writes;; at++) {
            const size_t size = strcspn(from, "|");
            put_write(body, sizeof body, at, size);
            at += (uint32_t)size;
            from += size;
            if (*from++ == 0)
                break;
        }
        strcat(body, end);
        snprintf(data, sizeof data, "\\00\\00\\00\\00\\00\\00\\00\\00%s", escape(lines[i].writes));
        struct trial trial;
        trial_open(&trial, wasi_module(data, "_start", body));
        const struct host_outcome *const outcome = trial_run(&trial);
        CHECK_TEXT(host_status_name(outcome->status), status);
        check_logs(outcome, lines[i].want);
        trial_close(&trial);
    }
}

/* Lines to their limits: in number, in bytes, and one that is longer than all together may be. */
static void check_line_limits(void) {
    struct trial trial;
    char body[4096] = "";
    check_context("70 lines");
    put_write(body, sizeof body, 8, 70);
    char fill[8192] = "(memory.fill (i32.const 8) (i32.const 10) (i32.const 70))";
    strcat(fill, body);
    trial_open(&trial, wasi_module("", "_start", fill));
    CHECK_U64(trial_run(&trial)->log_count, trial.config.limits.logs);
    CHECK_U64(trial.outcome->logs_dropped, 70 - trial.config.limits.logs);
    trial_close(&trial);

    static const struct {
        uint32_t size;
        uint32_t logs;
        uint32_t dropped;
    } sizes[] = {{16383, 1, 0}, {16384, 1, 0}, {16385, 0, 1}, {16386, 1, 1}, {40000, 1, 2}, {65000, 1, 3}};
    size_t held = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_context("a line of %u bytes", (unsigned)sizes[i].size);
        snprintf(fill, sizeof fill, "(memory.fill (i32.const 500) (i32.const 97) (i32.const 65000))");
        put_write(fill, sizeof fill, 500, sizes[i].size);
        trial_open(&trial, wasi_module("", "_start", fill));
        CHECK_TEXT(host_status_name(trial_run(&trial)->status), "accepted");
        CHECK_U64(trial.outcome->log_count, sizes[i].logs);
        CHECK_U64(trial.outcome->logs_dropped, sizes[i].dropped);
        /* No more of a long line is held than of one that fits. */
        if (i == 0)
            held = host_runner_bytes(trial.runner);
        CHECK(host_runner_bytes(trial.runner) <= held + 16384);
        trial_close(&trial);
    }
}

int main(void) {
    check_rows();
    check_depth();
    check_result_first();
    check_lines("", "accepted");
    check_lines("(call $proc_exit (i32.const 1))", "rejected");
    check_lines("(unreachable)", "trapped");
    check_line_limits();
    return check_done();
}
