/* server/error.h - refusals of the server, expanded from server/errors.def.
 *
 * Filled once, where the fault is seen; written as {"error":{…}} by server/answer.h. */
#ifndef DELAVM_SERVER_ERROR_H
#define DELAVM_SERVER_ERROR_H

#include <stdbool.h>
#include <stdint.h>

enum server_error_code {
    SERVER_ERROR_NONE,
#define ERROR(name, status, code, words) SERVER_ERROR_##name,
#include "server/errors.def"
    SERVER_ERROR_COUNT
};

/* One refusal.
 * offset   bytes from the start of what was read (the JSON text, the head, the module), if has_offset
 * path     where in a JSON request: "transactions[3].fuel"; empty when there is none
 * kind     module_refused: "malformed", "invalid", … (vm_status_name); else NULL
 * detail   a code of vm/errors.def, or NULL; with it the function index, or UINT32_MAX, and its name, perhaps empty
 * message  the code's words, then ": " and details */
struct server_error {
    enum server_error_code code;
    bool has_offset;
    uint64_t offset;
    const char *kind;
    const char *detail;
    uint32_t function;
    char function_name[64];
    char path[160];
    char message[512];
};

/* The HTTP status of a code, its stable name, its words. */
unsigned server_error_status(enum server_error_code code);
const char *server_error_name(enum server_error_code code);
const char *server_error_words(enum server_error_code code);

/* Fills *error; `details` is a printf format for what follows the words, or NULL.  Returns false, so that a reader can
 * `return server_fail(...)`. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
bool server_fail(struct server_error *error, enum server_error_code code, const char *details, ...);

/* The same with an offset. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
bool server_fail_at(struct server_error *error, enum server_error_code code, uint64_t offset, const char *details, ...);

#endif
