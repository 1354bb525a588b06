/* server/chunks.c - decodes chunked bodies.  Spec: RFC 9112, section "Chunked Transfer Coding" */
#include "server/http.h"

/* Where in the coding the next byte stands. */
enum { SIZE, EXTENSION, SIZE_LF, DATA, DATA_CR, DATA_LF, TRAILER, TRAILER_TEXT, TRAILER_LF, END_LF, ENDED };

/* Lines of sizes and trailers are bounded, so that nobody can send them for ever. */
enum { LONGEST_LINE = 256, LONGEST_TRAILERS = 4096, MOST_DIGITS = 15 };

static enum server_http_state bad(struct server_error *error, size_t at, const char *what) {
    (void)server_fail_at(error, SERVER_ERROR_CHUNK, at, "%s", what);
    return SERVER_HTTP_BAD;
}

static int hex_value(uint8_t c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One byte of a size line: hex digits, then perhaps ;extension, then CR. */
static const char *read_size(struct server_chunks *c, uint8_t byte) {
    const int value = hex_value(byte);
    if (c->state == SIZE && value >= 0) {
        if (++c->digits > MOST_DIGITS)
            return "a chunk size has too many digits";
        c->left = c->left * 16 + (uint64_t)value;
        return NULL;
    }
    if (c->digits == 0)
        return "a chunk size is missing";
    if (byte == '\r')
        c->state = SIZE_LF;
    else if (c->state == SIZE && byte != ';')
        return "a chunk size is not hexadecimal";
    else if ((byte < ' ' && byte != '\t') || byte == 0x7F)
        return "a control character in a chunk extension";
    else
        c->state = EXTENSION;
    return NULL;
}

/* One byte that is not data.  NULL, or what is wrong. */
static const char *read_frame(struct server_chunks *c, uint8_t byte, uint64_t limit, bool *over) {
    if (++c->line > LONGEST_LINE)
        return "a line is too long";
    switch (c->state) {
    case SIZE:
    case EXTENSION:
        return read_size(c, byte);
    case SIZE_LF:
        *over = c->left > limit - c->total;
        c->state = c->left == 0 ? TRAILER : DATA;
        break;
    case DATA_CR:
        if (byte != '\r')
            return "a chunk is longer than its size";
        c->state = DATA_LF;
        return NULL;
    case DATA_LF:
        c->state = SIZE;
        c->digits = 0;
        break;
    case TRAILER:
        c->state = byte == '\r' ? END_LF : TRAILER_TEXT;
        return byte != '\r' && (byte <= ' ' || byte == 0x7F) ? "a broken trailer" : NULL;
    case TRAILER_TEXT:
        if (++c->trailer_size > LONGEST_TRAILERS)
            return "the trailers are too long";
        if (byte == '\r')
            c->state = TRAILER_LF;
        return byte != '\r' && byte != '\t' && (byte < ' ' || byte == 0x7F) ? "a control character in a trailer" : NULL;
    case TRAILER_LF:
        c->state = TRAILER;
        break;
    default: /* END_LF */
        c->state = ENDED;
        break;
    }
    c->line = 0;
    return byte == '\n' ? NULL : "CR without LF";
}

enum server_http_state server_chunks_read(struct server_chunks *chunks, uint8_t *bytes, size_t size, uint64_t limit,
                                          size_t *taken, size_t *body, struct server_error *error) {
    size_t at = 0, kept = 0;
    while (at < size && chunks->state != ENDED) {
        if (chunks->state == DATA) {
            const size_t count = chunks->left < size - at ? (size_t)chunks->left : size - at;
            memmove(bytes + kept, bytes + at, count);
            at += count;
            kept += count;
            chunks->left -= count;
            chunks->total += count;
            if (chunks->left == 0)
                chunks->state = DATA_CR;
            continue;
        }
        bool over = false;
        const char *const wrong = read_frame(chunks, bytes[at], limit, &over);
        if (wrong != NULL)
            return bad(error, at, wrong);
        if (over) {
            (void)server_fail(error, SERVER_ERROR_BODY_TOO_LARGE, "more than %llu bytes", (unsigned long long)limit);
            return SERVER_HTTP_BAD;
        }
        at++;
    }
    *taken = at;
    *body = kept;
    return chunks->state == ENDED ? SERVER_HTTP_DONE : SERVER_HTTP_MORE;
}
