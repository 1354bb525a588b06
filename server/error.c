/* server/error.c - the rows of server/errors.def and the words of a refusal. */
#include "server/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

static const struct error_row {
    unsigned status;
    const char *name;
    const char *words;
} rows[SERVER_ERROR_COUNT] = {
    {200, "none", "no error"},
#define ERROR(name, status, code, words) {status, code, words},
#include "server/errors.def"
};

unsigned server_error_status(enum server_error_code code) {
    return rows[code].status;
}

const char *server_error_name(enum server_error_code code) {
    return rows[code].name;
}

const char *server_error_words(enum server_error_code code) {
    return rows[code].words;
}

#if defined(__GNUC__)
__attribute__((format(printf, 3, 0)))
#endif
static void
fill(struct server_error *error, enum server_error_code code, const char *details, va_list arguments) {
    error->code = code;
    error->has_offset = false;
    error->offset = 0;
    error->kind = error->detail = NULL;
    error->function = UINT32_MAX;
    error->function_name[0] = 0;
    error->path[0] = 0;
    const int used = snprintf(error->message, sizeof error->message, "%s%s", rows[code].words, details ? ": " : "");
    if (details != NULL && used >= 0 && (size_t)used < sizeof error->message)
        (void)vsnprintf(error->message + used, sizeof error->message - (size_t)used, details, arguments);
}

bool server_fail(struct server_error *error, enum server_error_code code, const char *details, ...) {
    va_list arguments;
    va_start(arguments, details);
    fill(error, code, details, arguments);
    va_end(arguments);
    return false;
}

bool server_fail_at(struct server_error *error, enum server_error_code code, uint64_t offset, const char *details,
                    ...) {
    va_list arguments;
    va_start(arguments, details);
    fill(error, code, details, arguments);
    va_end(arguments);
    error->has_offset = true;
    error->offset = offset;
    return false;
}
