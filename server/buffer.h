/* server/buffer.h - a growing buffer and what is written into it: numbers, JSON strings, base64, hex.
 *
 * Writing never fails on the spot: when memory is short or `limit` would be passed, the buffer remembers that and
 * ignores what follows, so that a writer checks once, at the end. */
#ifndef DELAVM_SERVER_BUFFER_H
#define DELAVM_SERVER_BUFFER_H

#include "host/json.h"

enum server_buffer_state { SERVER_BUFFER_GOOD, SERVER_BUFFER_NO_MEMORY, SERVER_BUFFER_OVER_LIMIT };

/* All zero is an empty buffer without a limit. */
struct server_buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    size_t limit; /* 0: none */
    enum server_buffer_state state;
};

/* Gives the memory back; empty and usable again. */
void server_buffer_free(struct server_buffer *buffer);

/* Empties it but keeps the memory, unless that is more than `keep` bytes. */
void server_buffer_clear(struct server_buffer *buffer, size_t keep);

/* Room for `more` bytes past size; NULL if there is none, or more is 0.  The caller writes there and adds to size. */
uint8_t *server_buffer_reserve(struct server_buffer *buffer, size_t more);

static inline bool server_buffer_good(const struct server_buffer *buffer) {
    return buffer->state == SERVER_BUFFER_GOOD;
}

void server_put_bytes(struct server_buffer *buffer, struct vm_bytes bytes);
void server_put_text(struct server_buffer *buffer, const char *text);
void server_put_char(struct server_buffer *buffer, char c);
void server_put_u64(struct server_buffer *buffer, uint64_t value);

/* A JSON string with its quotes.  Bytes that are not UTF-8 become U+FFFD: only for text where that is no loss. */
void server_put_json(struct server_buffer *buffer, struct vm_bytes text);
void server_put_json_text(struct server_buffer *buffer, const char *text);

/* Standard base64 with padding, without quotes; hex in lower case. */
void server_put_base64(struct server_buffer *buffer, struct vm_bytes bytes);
void server_put_hex(struct server_buffer *buffer, struct vm_bytes bytes);

/* "name": with a comma in front unless the last byte opens an object or an array. */
void server_put_field(struct server_buffer *buffer, const char *name);
void server_put_comma(struct server_buffer *buffer);

/* A field whose value is text, a plain number, a number as string, base64 as string, true or false. */
void server_put_text_field(struct server_buffer *buffer, const char *name, const char *text);
void server_put_number_field(struct server_buffer *buffer, const char *name, uint64_t value);
void server_put_u64_field(struct server_buffer *buffer, const char *name, uint64_t value);
void server_put_base64_field(struct server_buffer *buffer, const char *name, struct vm_bytes bytes);
void server_put_hex_field(struct server_buffer *buffer, const char *name, struct vm_bytes bytes);
void server_put_bool_field(struct server_buffer *buffer, const char *name, bool value);

/* Decodes canonical base64 (standard alphabet, padded, no other characters) into `to`, which has room for
 * server_base64_room(text.size) bytes.  false if it is not that. */
static inline size_t server_base64_room(size_t size) {
    return size / 4 * 3 + 3;
}
bool server_base64_read(struct vm_bytes text, uint8_t *to, size_t *size);

#endif
