/* server/http.h - reads HTTP/1.1 requests: bytes in, slices out.  No sockets, no allocation, no hidden state.
 *
 * Stricter than the standard asks wherever two readers of the same bytes could disagree about where a request ends:
 * bare LF, obs-fold, NUL, blanks before a colon, repeated Content-Length, and Content-Length beside Transfer-Encoding
 * are refused, never repaired.  Specs: RFC 9110 (semantics), RFC 9112 (messages). */
#ifndef DELAVM_SERVER_HTTP_H
#define DELAVM_SERVER_HTTP_H

#include "server/error.h"
#include "vm/bytes.h"

enum server_method { SERVER_GET, SERVER_HEAD, SERVER_POST, SERVER_PUT, SERVER_DELETE, SERVER_OPTIONS, SERVER_METHODS };

/* "GET", … */
const char *server_method_name(enum server_method method);

/* What to accept at most. */
struct server_http_limits {
    size_t head_bytes;
    uint32_t headers;
};

/* A request's head.  Slices point into the bytes that were read.
 * path      percent-encoded as it came, begins with '/'; query is without '?'
 * host      of the Host header (or of an absolute target), empty if there was none
 * origin    empty if there was none
 * length    bytes of the body; meaningless if chunked
 * size      bytes of the head, with its empty last line */
struct server_http_head {
    enum server_method method;
    uint8_t minor; /* HTTP/1.minor: 0 or 1 */
    struct vm_bytes path;
    struct vm_bytes query;
    struct vm_bytes host;
    struct vm_bytes origin;
    uint64_t length;
    bool has_length;
    bool chunked;
    bool expect_continue;
    bool keep_alive;
    size_t size;
};

enum server_http_state { SERVER_HTTP_MORE, SERVER_HTTP_DONE, SERVER_HTTP_BAD };

/* Reads a head from the start of `bytes`.
 * MORE  so far it is a proper beginning
 * DONE  *head is filled
 * BAD   *error says what and where; the connection can't be used any further */
enum server_http_state server_http_read(struct vm_bytes bytes, const struct server_http_limits *limits,
                                        struct server_http_head *head, struct server_error *error);

/* A chunked body on its way through.  All zero at the start. */
struct server_chunks {
    uint8_t state;
    uint8_t digits;
    uint64_t left;         /* of the chunk that is being read */
    uint64_t total;        /* bytes of body so far */
    uint32_t line;         /* bytes of the current size or trailer line */
    uint32_t trailer_size; /* bytes of all trailer lines */
};

/* Decodes in place: takes up to *taken of `bytes` and moves the body's bytes among them to the front of `bytes`,
 * *body of them.  MORE: all were taken, the body goes on.  DONE: the body ended after *taken bytes.
 * BAD: *error; also if the body would be longer than `limit` (413). */
enum server_http_state server_chunks_read(struct server_chunks *chunks, uint8_t *bytes, size_t size, uint64_t limit,
                                          size_t *taken, size_t *body, struct server_error *error);

/* Splits and percent-decodes a path.  `to` has room for path.size bytes and receives the decoded segments one after
 * the other.  Refuses what could mean another path to another reader: "." and "..", empty segments, an encoded slash or
 * backslash, control characters, broken escapes, text that is not UTF-8.  "/" has no segments; a single slash at the
 * end is allowed. */
#define SERVER_SEGMENTS 8
bool server_path_read(struct vm_bytes path, uint8_t *to, struct vm_bytes segments[SERVER_SEGMENTS], uint32_t *count,
                      struct server_error *error);

/* Whether `host` (of a Host header: name or address, perhaps a port) is an IP address or "localhost". */
bool server_host_is_local(struct vm_bytes host);

/* `host` without its port. */
struct vm_bytes server_host_name(struct vm_bytes host);

/* ASCII case-insensitive comparison. */
bool server_text_equal(struct vm_bytes a, const char *b);

#endif
