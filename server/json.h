/* server/json.h - JSON text to a cJSON tree, strictly.
 *
 * cJSON is forgiving, keeps the last of two equal keys, cuts strings at NUL and turns numbers into doubles.  So a
 * scanner of our own judges the text first (server/scan.c), and after cJSON has parsed it each number node becomes a
 * cJSON_Raw node with the very characters the request had.  No number is ever read from valuedouble.  Spec: RFC 8259 */
#ifndef DELAVM_SERVER_JSON_H
#define DELAVM_SERVER_JSON_H

#include <cjson/cJSON.h>

#include "server/error.h"
#include "vm/arena.h"

/* What a text may have.  depth: open arrays and objects at once, at most SERVER_JSON_DEPTH_MAX. */
#define SERVER_JSON_DEPTH_MAX 256
struct server_json_limits {
    uint32_t depth;
    uint32_t values;
};

/* A piece of the text: `size` bytes from `offset`. */
struct server_json_span {
    uint32_t offset;
    uint32_t size;
};

/* A member of the outermost object, as it stands in the text: key with its quotes, value without blanks around it. */
struct server_json_member {
    struct server_json_span key;
    struct server_json_span value;
};

/* What the scanner found: all numbers in the order of the text, and the members of the outermost object. */
struct server_json_scan {
    struct server_json_span *numbers;
    uint32_t number_count;
    struct server_json_member *members;
    uint32_t member_count;
};

/* Judges `text`: valid UTF-8 and JSON, nothing after it, no byte order mark, no key twice in an object (compared after
 * unescaping), no lone surrogate, no \u0000, within the limits.  Linear but for the sorting of keys; does not recurse.
 * On failure *error has code, byte offset and words (OUT_OF_MEMORY if the arena could not grow). */
bool server_json_scan(struct vm_bytes text, const struct server_json_limits *limits, struct vm_arena *arena,
                      struct server_json_scan *scan, struct server_error *error);

/* Scans and parses.  *root is to be given to cJSON_Delete(); everything in *scan lives in the arena. */
bool server_json_read(struct vm_bytes text, const struct server_json_limits *limits, struct vm_arena *arena,
                      struct server_json_scan *scan, cJSON **root, struct server_error *error);

/* "an object", "a number", … for messages. */
const char *server_json_type(const cJSON *node);

/* The characters of a number or string node; empty for others. */
struct vm_bytes server_json_text(const cJSON *node);

/* The value of digits without sign, fraction, exponent or leading zeros, up to UINT64_MAX. */
bool server_json_digits(struct vm_bytes text, uint64_t *value);

#endif
