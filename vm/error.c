/* vm/error.c - the names and words of outcomes, errors and traps, and the one way to fill a struct vm_error. */
#include "vm/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    enum vm_status status;
    const char *name;
    const char *words;
} errors[VM_ERROR_COUNT] = {
    [VM_ERROR_NONE] = {VM_OK, "none", "no error"},
#define ERROR(name, outcome, code, words) [VM_ERROR_##name] = {VM_##outcome, code, words},
#include "vm/errors.def"
};

static const struct {
    const char *name;
    const char *words;
} traps[VM_TRAP_COUNT] = {
    [VM_TRAP_NONE] = {"none", "no trap"},
#define TRAP(name, code, words) [VM_TRAP_##name] = {code, words},
#include "vm/traps.def"
};

const char *vm_status_name(enum vm_status status) {
    switch (status) {
    case VM_OK:
        return "ok";
    case VM_MALFORMED:
        return "malformed";
    case VM_INVALID:
        return "invalid";
    case VM_UNSUPPORTED:
        return "unsupported";
    case VM_LIMIT:
        return "limit";
    case VM_UNLINKABLE:
        return "unlinkable";
    case VM_RESOURCE:
        return "resource";
    }
    return "unknown";
}

enum vm_status vm_error_status(enum vm_error_code code) {
    return errors[code].status;
}

const char *vm_error_code_name(enum vm_error_code code) {
    return errors[code].name;
}

const char *vm_error_words(enum vm_error_code code) {
    return errors[code].words;
}

const char *vm_trap_name(enum vm_trap_kind kind) {
    return traps[kind].name;
}

const char *vm_trap_words(enum vm_trap_kind kind) {
    return traps[kind].words;
}

enum vm_status vm_fail(struct vm_error *error, enum vm_error_code code, uint64_t offset, const char *details, ...) {
    *error = (struct vm_error){.code = code, .function = VM_NO_FUNCTION, .offset = offset};
    snprintf(error->message, sizeof error->message, "%s", errors[code].words);
    if (details != NULL) {
        const size_t used = strlen(error->message);
        va_list arguments;
        va_start(arguments, details);
        if (used + 2 < sizeof error->message) {
            memcpy(error->message + used, ": ", 3);
            vsnprintf(error->message + used + 2, sizeof error->message - used - 2, details, arguments);
        }
        va_end(arguments);
    }
    return errors[code].status;
}
