/* host/answer.c - reads a contract's answer. */
#include "host/answer.h"

#include <inttypes.h>
#include <stdio.h>

#include "host/json.h"

/* What an answer says.  result.data is NULL where it says none. */
struct answer {
    bool accepted;
    bool readable;
    struct vm_bytes result;
};

static struct vm_bytes piece(struct vm_bytes text, struct host_json_span span) {
    return vm_bytes(text.data + span.offset, span.size);
}

/* Words for what can't be read; *answer is then a rejection. */
static bool unreadable(struct answer *answer, struct vm_arena *arena, const char *words, size_t offset) {
    char text[160];
    const int size = snprintf(text, sizeof text, "the answer can't be read: %s at offset %zu", words, offset);
    answer->readable = answer->accepted = false;
    answer->result = vm_arena_copy(arena, vm_bytes(text, (size_t)size));
    return answer->result.data != NULL;
}

static const char *fault_words(enum host_json_fault fault) {
    switch (fault) {
    case HOST_JSON_DUPLICATE:
        return "a key is there twice";
    case HOST_JSON_DEPTH:
        return "it is nested too deep";
    case HOST_JSON_UTF8:
        return "it is not UTF-8";
    case HOST_JSON_END:
    case HOST_JSON_EMPTY:
        return "the JSON ends too early";
    case HOST_JSON_TRAILING:
        return "something follows the JSON object";
    case HOST_JSON_BYTE_ORDER_MARK:
    case HOST_JSON_SYNTAX:
    case HOST_JSON_NUMBER:
    case HOST_JSON_STRING:
    case HOST_JSON_SURROGATE:
    case HOST_JSON_NUL:
    case HOST_JSON_VALUES:
    case HOST_JSON_TOO_LONG:
    case HOST_JSON_MEMORY:
        break;
    }
    return "it is not JSON";
}

/* "true", "false", true, false. */
static bool read_accepted(struct answer *answer, struct vm_bytes value, struct vm_arena *arena, size_t offset) {
    if (value.data[0] == '"')
        value = vm_bytes(value.data + 1, value.size - 2);
    answer->accepted = vm_bytes_equal(value, vm_bytes_of_text("true"));
    return answer->accepted || vm_bytes_equal(value, vm_bytes_of_text("false")) ||
           unreadable(answer, arena, "Accepted is neither true nor false", offset);
}

static bool read_result(struct answer *answer, struct vm_bytes value, struct vm_arena *arena) {
    answer->result = value;
    return value.data[0] != '"' || host_json_unescape(value, arena, &answer->result);
}

static bool read_object(struct answer *answer, struct vm_bytes text, struct vm_arena *arena) {
    static const struct host_json_limits limits = {HOST_ANSWER_DEPTH, UINT32_MAX};
    struct host_json_scan scan;
    struct host_json_error error;
    if (!host_json_scan(text, &limits, arena, &scan, &error))
        return error.fault != HOST_JSON_MEMORY && unreadable(answer, arena, fault_words(error.fault), error.offset);
    bool good = true;
    for (uint32_t i = 0; i < scan.member_count && good && answer->readable; i++) {
        const struct vm_bytes value = piece(text, scan.members[i].value);
        struct vm_bytes key;
        good = host_json_unescape(piece(text, scan.members[i].key), arena, &key);
        if (good && vm_bytes_equal(key, vm_bytes_of_text("Accepted")))
            good = read_accepted(answer, value, arena, scan.members[i].value.offset);
        else if (good && vm_bytes_equal(key, vm_bytes_of_text("result")))
            good = read_result(answer, value, arena);
    }
    return good;
}

/* The first character that is not a blank, or 0. */
static uint8_t first_character(struct vm_bytes text) {
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t c = text.data[i];
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
            return c;
    }
    return 0;
}

/* The message of a rejection that brings none of its own. */
static bool set_message(struct host_effects *effects, struct vm_bytes message, uint32_t exit_status) {
    char text[32] = "rejected";
    if (exit_status != 0)
        (void)snprintf(text, sizeof text, "exit status %" PRIu32, exit_status);
    return host_effects_message(effects, message.size != 0 ? message : vm_bytes_of_text(text)) == HOST_EFFECT_DONE;
}

bool host_answer_read(struct vm_bytes text, uint32_t exit_status, struct host_effects *effects, struct vm_arena *arena,
                      bool *accepted) {
    struct answer answer = {.accepted = true, .readable = true, .result = text};
    if (first_character(text) == '{' && !read_object(&answer, text, arena))
        return false;
    *accepted = answer.accepted && exit_status == 0;
    if (!*accepted)
        return set_message(effects, answer.result, exit_status);
    return text.size == 0 || host_effects_result(effects, answer.result) == HOST_EFFECT_DONE;
}
