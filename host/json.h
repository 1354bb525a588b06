/* host/json.h - judges JSON text, strictly and in one pass; the server reads requests by it and host what a contract
 * answers in JSON.  No number is ever turned into a value here.  Spec: RFC 8259 */
#ifndef DELAVM_HOST_JSON_H
#define DELAVM_HOST_JSON_H

#include "vm/arena.h"

/* What a text may have.  depth: open arrays and objects at once, at most HOST_JSON_DEPTH_MAX. */
#define HOST_JSON_DEPTH_MAX 256
struct host_json_limits {
    uint32_t depth;
    uint32_t values;
};

/* A piece of the text: `size` bytes from `offset`. */
struct host_json_span {
    uint32_t offset;
    uint32_t size;
};

/* A member of the outermost object, as it stands in the text: key with its quotes, value without blanks around it. */
struct host_json_member {
    struct host_json_span key;
    struct host_json_span value;
};

/* What the scanner found: the first character of the outermost value, which says what it is; all numbers in the order of
 * the text; and the members of the outermost object. */
struct host_json_scan {
    uint8_t first;
    struct host_json_span *numbers;
    uint32_t number_count;
    struct host_json_member *members;
    uint32_t member_count;
};

/* What is wrong with a text.  MEMORY is no fault of the text: the arena could not grow. */
enum host_json_fault {
    HOST_JSON_EMPTY,
    HOST_JSON_BYTE_ORDER_MARK,
    HOST_JSON_UTF8,
    HOST_JSON_SYNTAX,
    HOST_JSON_END,
    HOST_JSON_TRAILING,
    HOST_JSON_NUMBER,
    HOST_JSON_STRING,
    HOST_JSON_SURROGATE,
    HOST_JSON_NUL,
    HOST_JSON_DEPTH,
    HOST_JSON_VALUES,
    HOST_JSON_DUPLICATE,
    HOST_JSON_TOO_LONG,
    HOST_JSON_MEMORY,
};

/* offset: the byte of the text;  detail: more words, or empty. */
struct host_json_error {
    enum host_json_fault fault;
    size_t offset;
    char detail[80];
};

/* Judges `text`: valid UTF-8 and JSON, nothing after it, no byte order mark, no key twice in an object (compared after
 * unescaping), no lone surrogate, no \u0000, within the limits.  Linear but for the sorting of keys; does not recurse.
 * True, and *scan filled from the arena; or false, and *error filled. */
bool host_json_scan(struct vm_bytes text, const struct host_json_limits *limits, struct vm_arena *arena,
                    struct host_json_scan *scan, struct host_json_error *error);

/* The text that a string of a scanned text stands for: `quoted` is the string with its quotes.  Points into `quoted`
 * unless it has escapes; then it lies in the arena.  False when memory is short. */
bool host_json_unescape(struct vm_bytes quoted, struct vm_arena *arena, struct vm_bytes *text);

/* The length of the valid UTF-8 sequence at the start of text (1 to 4), or 0; and whether all of it is valid. */
size_t host_utf8_length(const uint8_t *text, size_t size);
bool host_utf8_valid(struct vm_bytes text);

#endif
