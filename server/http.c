/* server/http.c - the request head.  Spec: RFC 9112, sections "Request Line", "Field Syntax", "Message Body" */
#include "server/http.h"

/* Reading position; `start` is the first byte of the head, so offsets are at - start. */
struct reader {
    const uint8_t *start;
    const uint8_t *at;
    const uint8_t *end;
    struct server_error *error;
};

static const char *const method_names[SERVER_METHODS] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"};

const char *server_method_name(enum server_method method) {
    return method_names[method];
}

static enum server_http_state bad(const struct reader *r, enum server_error_code code, const char *what) {
    (void)server_fail_at(r->error, code, (uint64_t)(r->at - r->start), "%s", what);
    return SERVER_HTTP_BAD;
}

/* token, of RFC 9110: the characters of methods and field names. */
static bool is_token(uint8_t c) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
        return true;
    return c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static uint8_t lower(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

bool server_text_equal(struct vm_bytes a, const char *b) {
    for (size_t i = 0; i < a.size; i++)
        if (b[i] == 0 || lower(a.data[i]) != lower((uint8_t)b[i]))
            return false;
    return b[a.size] == 0;
}

/* CR LF, both or MORE; the caller has seen that at < end. */
static enum server_http_state read_line_end(struct reader *r, enum server_error_code code) {
    if (*r->at != '\r')
        return bad(r, code, *r->at == '\n' ? "a line ends with LF alone" : "a control character");
    if (r->end - r->at < 2)
        return SERVER_HTTP_MORE;
    if (r->at[1] != '\n')
        return bad(r, code, "CR without LF");
    r->at += 2;
    return SERVER_HTTP_DONE;
}

static enum server_http_state read_method(struct reader *r, struct server_http_head *head) {
    const uint8_t *const start = r->at;
    while (r->at < r->end && is_token(*r->at)) {
        r->at++;
        if (r->at - start > 16)
            return bad(r, SERVER_ERROR_METHOD_UNKNOWN, "it has more than 16 letters");
    }
    if (r->at == r->end)
        return SERVER_HTTP_MORE;
    if (*r->at != ' ' || r->at == start)
        return bad(r, SERVER_ERROR_REQUEST_LINE, "no method");
    const struct vm_bytes name = vm_bytes(start, (size_t)(r->at - start));
    for (unsigned i = 0; i < SERVER_METHODS; i++)
        if (vm_bytes_equal(name, vm_bytes_of_text(method_names[i]))) {
            head->method = (enum server_method)i;
            r->at++;
            return SERVER_HTTP_DONE;
        }
    (void)server_fail_at(r->error, SERVER_ERROR_METHOD_UNKNOWN, 0, "%.*s", (int)name.size, (const char *)start);
    return SERVER_HTTP_BAD;
}

/* origin-form, or absolute-form with http://; the authority of the latter takes the place of Host. */
static enum server_http_state read_target(struct reader *r, struct server_http_head *head) {
    const uint8_t *const start = r->at;
    while (r->at < r->end && *r->at > ' ' && *r->at < 0x7F)
        r->at++;
    if (r->at == r->end)
        return SERVER_HTTP_MORE;
    if (*r->at != ' ')
        return bad(r, SERVER_ERROR_REQUEST_LINE, "the target has a character that must be percent-encoded");
    struct vm_bytes target = vm_bytes(start, (size_t)(r->at - start));
    r->at++;
    if (target.size > 7 && memcmp(target.data, "http://", 7) == 0) {
        target = vm_bytes(target.data + 7, target.size - 7);
        const uint8_t *const slash = memchr(target.data, '/', target.size);
        if (slash == NULL || slash == target.data)
            return bad(r, SERVER_ERROR_REQUEST_LINE, "the target has no host or no path");
        head->host = vm_bytes(target.data, (size_t)(slash - target.data));
        target = vm_bytes(slash, target.size - head->host.size);
    }
    if (target.size == 0 || target.data[0] != '/')
        return bad(r, SERVER_ERROR_REQUEST_LINE, "the target must begin with /");
    if (memchr(target.data, '#', target.size) != NULL)
        return bad(r, SERVER_ERROR_REQUEST_LINE, "the target has a fragment");
    const uint8_t *const question = memchr(target.data, '?', target.size);
    head->path = target;
    if (question != NULL) {
        head->path.size = (size_t)(question - target.data);
        head->query = vm_bytes(question + 1, target.size - head->path.size - 1);
    }
    return SERVER_HTTP_DONE;
}

static enum server_http_state read_version(struct reader *r, struct server_http_head *head) {
    static const char prefix[] = "HTTP/";
    const size_t left = (size_t)(r->end - r->at);
    for (size_t i = 0; i < 8 && i < left; i++) {
        const uint8_t c = r->at[i];
        const bool good = i < 5 ? c == (uint8_t)prefix[i] : i == 6 ? c == '.' : c >= '0' && c <= '9';
        if (!good)
            return bad(r, SERVER_ERROR_REQUEST_LINE, "no HTTP version");
    }
    if (left < 9)
        return SERVER_HTTP_MORE;
    if (r->at[5] != '1' || r->at[7] > '1')
        return bad(r, SERVER_ERROR_VERSION, "another one was asked for");
    head->minor = (uint8_t)(r->at[7] - '0');
    r->at += 8;
    return read_line_end(r, SERVER_ERROR_REQUEST_LINE);
}

/* 1*DIGIT.  More than 63 bits is still a number, only one that no limit allows. */
static bool read_length(struct vm_bytes text, uint64_t *length) {
    *length = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *length = *length > UINT64_MAX / 16 ? UINT64_MAX / 2 : *length * 10 + (uint64_t)(text.data[i] - '0');
    }
    return text.size != 0;
}

/* Connection: a list of tokens; only close and keep-alive matter. */
static void read_connection(struct vm_bytes value, struct server_http_head *head) {
    size_t start = 0;
    for (size_t i = 0; i <= value.size; i++) {
        if (i < value.size && value.data[i] != ',')
            continue;
        struct vm_bytes token = vm_bytes(value.data + start, i - start);
        while (token.size > 0 && (token.data[0] == ' ' || token.data[0] == '\t'))
            token = vm_bytes(token.data + 1, token.size - 1);
        while (token.size > 0 && (token.data[token.size - 1] == ' ' || token.data[token.size - 1] == '\t'))
            token.size--;
        if (server_text_equal(token, "close"))
            head->keep_alive = false;
        else if (server_text_equal(token, "keep-alive") && head->minor == 0)
            head->keep_alive = true;
        start = i + 1;
    }
}

/* Which headers were seen, to refuse repetitions. */
struct seen {
    bool host;
    bool origin;
};

/* The headers this server acts on; all others are skipped. */
static enum server_http_state use_header(struct reader *r, struct server_http_head *head, struct seen *seen,
                                         struct vm_bytes name, struct vm_bytes value) {
    switch (name.size) {
    case 4:
        if (!server_text_equal(name, "host"))
            break;
        if (seen->host)
            return bad(r, SERVER_ERROR_HOST, "there are two");
        seen->host = true;
        if (head->host.size == 0)
            head->host = value;
        break;
    case 6:
        if (!server_text_equal(name, "origin"))
            break;
        if (seen->origin)
            return bad(r, SERVER_ERROR_HEADER, "there are two Origin headers");
        seen->origin = true;
        head->origin = value;
        break;
    case 10:
        if (server_text_equal(name, "connection"))
            read_connection(value, head);
        break;
    case 14:
        if (!server_text_equal(name, "content-length"))
            break;
        if (head->has_length)
            return bad(r, SERVER_ERROR_AMBIGUOUS_LENGTH, "there are two Content-Length headers");
        if (!read_length(value, &head->length))
            return bad(r, SERVER_ERROR_CONTENT_LENGTH, "it is not one");
        head->has_length = true;
        break;
    case 17:
        if (!server_text_equal(name, "transfer-encoding"))
            break;
        if (head->chunked)
            return bad(r, SERVER_ERROR_AMBIGUOUS_LENGTH, "there are two Transfer-Encoding headers");
        if (!server_text_equal(value, "chunked"))
            return bad(r, SERVER_ERROR_TRANSFER_ENCODING, "another one was announced");
        head->chunked = true;
        break;
    default:
        break;
    }
    if (server_text_equal(name, "expect")) {
        if (!server_text_equal(value, "100-continue"))
            return bad(r, SERVER_ERROR_EXPECTATION, "another one was announced");
        head->expect_continue = true;
    }
    return SERVER_HTTP_DONE;
}

/* One header line.  field-line = field-name ":" OWS field-value OWS */
static enum server_http_state read_header(struct reader *r, struct server_http_head *head, struct seen *seen) {
    const uint8_t *const start = r->at;
    if (*start == ' ' || *start == '\t')
        return bad(r, SERVER_ERROR_HEADER, "a header is folded over lines");
    while (r->at < r->end && is_token(*r->at))
        r->at++;
    if (r->at == r->end)
        return SERVER_HTTP_MORE;
    if (*r->at != ':' || r->at == start)
        return bad(r, SERVER_ERROR_HEADER, *r->at == ' ' ? "a blank before the colon" : "a name must end with a colon");
    const struct vm_bytes name = vm_bytes(start, (size_t)(r->at - start));
    r->at++;
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
        r->at++;
    const uint8_t *const from = r->at;
    while (r->at < r->end && ((*r->at >= ' ' && *r->at != 0x7F) || *r->at == '\t'))
        r->at++;
    if (r->at == r->end)
        return SERVER_HTTP_MORE;
    struct vm_bytes value = vm_bytes(from, (size_t)(r->at - from));
    while (value.size > 0 && (value.data[value.size - 1] == ' ' || value.data[value.size - 1] == '\t'))
        value.size--;
    const enum server_http_state state = read_line_end(r, SERVER_ERROR_HEADER);
    return state == SERVER_HTTP_DONE ? use_header(r, head, seen, name, value) : state;
}

/* What only all headers together can tell. */
static enum server_http_state check_head(struct reader *r, struct server_http_head *head, const struct seen *seen) {
    if (head->minor == 1 && !seen->host)
        return bad(r, SERVER_ERROR_HOST, "there is none");
    if (head->chunked && head->has_length)
        return bad(r, SERVER_ERROR_AMBIGUOUS_LENGTH, "Content-Length beside Transfer-Encoding");
    if (head->chunked && head->minor == 0)
        return bad(r, SERVER_ERROR_AMBIGUOUS_LENGTH, "HTTP/1.0 has no Transfer-Encoding");
    if (!head->chunked && !head->has_length && (head->method == SERVER_POST || head->method == SERVER_PUT))
        return bad(r, SERVER_ERROR_LENGTH_REQUIRED, "there is neither");
    if (head->minor == 0)
        head->expect_continue = false;
    head->size = (size_t)(r->at - r->start);
    return SERVER_HTTP_DONE;
}

static enum server_http_state read_head(struct reader *r, const struct server_http_limits *limits,
                                        struct server_http_head *head) {
    enum server_http_state state;
    /* An empty line in front is allowed for old clients that send one after a body. */
    if (r->at < r->end && *r->at == '\r' && (state = read_line_end(r, SERVER_ERROR_REQUEST_LINE)) != SERVER_HTTP_DONE)
        return state;
    if ((state = read_method(r, head)) != SERVER_HTTP_DONE || (state = read_target(r, head)) != SERVER_HTTP_DONE ||
        (state = read_version(r, head)) != SERVER_HTTP_DONE)
        return state;
    head->keep_alive = head->minor == 1;
    struct seen seen = {false, false};
    for (uint32_t count = 0;; count++) {
        if (r->at == r->end)
            return SERVER_HTTP_MORE;
        if (*r->at == '\r' || *r->at == '\n') {
            state = read_line_end(r, SERVER_ERROR_HEADER);
            return state == SERVER_HTTP_DONE ? check_head(r, head, &seen) : state;
        }
        if (count == limits->headers)
            return bad(r, SERVER_ERROR_HEAD_TOO_LARGE, "too many headers");
        state = read_header(r, head, &seen);
        if (state != SERVER_HTTP_DONE)
            return state;
    }
}

enum server_http_state server_http_read(struct vm_bytes bytes, const struct server_http_limits *limits,
                                        struct server_http_head *head, struct server_error *error) {
    *head = (struct server_http_head){.method = SERVER_GET};
    const size_t size = bytes.size < limits->head_bytes ? bytes.size : limits->head_bytes;
    if (size == 0)
        return SERVER_HTTP_MORE;
    struct reader r = {bytes.data, bytes.data, bytes.data + size, error};
    const enum server_http_state state = read_head(&r, limits, head);
    if (state == SERVER_HTTP_MORE && size == limits->head_bytes)
        return bad(&r, SERVER_ERROR_HEAD_TOO_LARGE, "too many bytes");
    return state;
}
