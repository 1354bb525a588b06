/* server/json.h - JSON text to a cJSON tree, strictly.
 *
 * cJSON is forgiving, keeps the last of two equal keys, cuts strings at NUL and turns numbers into doubles.  So a
 * scanner of our own judges the text first (host/json.h), and after cJSON has parsed it each number node becomes a
 * cJSON_Raw node with the very characters the request had.  No number is ever read from valuedouble.  Spec: RFC 8259 */
#ifndef DELAVM_SERVER_JSON_H
#define DELAVM_SERVER_JSON_H

#include <cjson/cJSON.h>

#include "host/json.h"
#include "server/error.h"

/* host_json_scan(), with its verdict as a refusal of the server: code, byte offset and words (OUT_OF_MEMORY if the arena
 * could not grow). */
bool server_json_scan(struct vm_bytes text, const struct host_json_limits *limits, struct vm_arena *arena,
                      struct host_json_scan *scan, struct server_error *error);

/* Parses what was scanned.  *root is to be given to cJSON_Delete(). */
bool server_json_parse(struct vm_bytes text, const struct host_json_scan *scan, struct vm_arena *arena, cJSON **root,
                       struct server_error *error);

/* Both.  Everything in *scan lives in the arena. */
bool server_json_read(struct vm_bytes text, const struct host_json_limits *limits, struct vm_arena *arena,
                      struct host_json_scan *scan, cJSON **root, struct server_error *error);

/* "an object", "a number", … for messages; and the same for a value that begins with this character. */
const char *server_json_type(const cJSON *node);
const char *server_json_type_of(uint8_t first);

/* The characters of a number or string node; empty for others. */
struct vm_bytes server_json_text(const cJSON *node);

/* The value of digits without sign, fraction, exponent or leading zeros, up to UINT64_MAX. */
bool server_json_digits(struct vm_bytes text, uint64_t *value);

#endif
