/* server/tests/http_test.c - heads, chunked bodies and paths: each input whole, byte by byte, and in front of a page
 * that can't be read, so that one byte too many ends the test. */
#include "server/http.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vm/tests/check.h"

/* A copy of `text` that ends where an unreadable page begins. */
static struct {
    uint8_t *pages;
    size_t readable;
} guard;

static void open_guard(void) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    guard.readable = 32 * page;
    FILE *const zero = fopen("/dev/zero", "r+");
    if (zero == NULL)
        exit(2);
    guard.pages = mmap(NULL, guard.readable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fileno(zero), 0);
    fclose(zero);
    if (guard.pages == MAP_FAILED || mprotect(guard.pages + guard.readable, page, PROT_NONE) != 0)
        exit(2);
}

static uint8_t *guarded(const char *text, size_t size) {
    uint8_t *const copy = guard.pages + guard.readable - size;
    memcpy(copy, text, size);
    return copy;
}

static const struct server_http_limits limits = {1024, 8};

#define HOST "Host: localhost\r\n"
#define GOOD SERVER_ERROR_NONE

/* code NONE: DONE, with the columns behind; MORE: an unfinished head. */
static const struct {
    const char *name;
    const char *text;
    enum server_error_code code;
    bool more;
    uint64_t length;
    bool chunked;
    bool keep_alive;
} heads[] = {
    {"get", "GET / HTTP/1.1\r\n" HOST "\r\n", GOOD, false, 0, false, true},
    {"post", "POST /a HTTP/1.1\r\n" HOST "Content-Length: 12\r\n\r\n", GOOD, false, 12, false, true},
    {"case and blanks", "POST / HTTP/1.1\r\nhOsT:x\r\ncONTENT-lENGTH: \t 7 \t\r\n\r\n", GOOD, false, 7, false, true},
    {"close", "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", GOOD, false, 0, false, false},
    {"close in a list", "GET / HTTP/1.1\r\n" HOST "Connection: a, CLOSE ,b\r\n\r\n", GOOD, false, 0, false, false},
    {"1.0", "GET / HTTP/1.0\r\n\r\n", GOOD, false, 0, false, false},
    {"1.0 kept", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", GOOD, false, 0, false, true},
    {"chunked", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n", GOOD, false, 0, true, true},
    {"empty line first", "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", GOOD, false, 0, false, true},
    {"absolute", "GET http://localhost:3000/x HTTP/1.1\r\n" HOST "\r\n", GOOD, false, 0, false, true},
    {"high bytes in a value", "GET / HTTP/1.1\r\n" HOST "X: \xC3\xA9\xFF\r\n\r\n", GOOD, false, 0, false, true},
    {"an empty value", "GET / HTTP/1.1\r\nHost:\r\nX:\r\n\r\n", GOOD, false, 0, false, true},
    {"expect", "POST / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n", GOOD, false, 1, false,
     true},
    {"eight headers", "GET / HTTP/1.1\r\n" HOST "a:1\r\nb:2\r\nc:3\r\nd:4\r\ne:5\r\nf:6\r\ng:7\r\n\r\n", GOOD, false, 0,
     false, true},
    {"a huge but proper length", "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999999\r\n\r\n", GOOD,
     false, UINT64_MAX / 2, false, true},

    {"nothing", "", GOOD, true, 0, false, false},
    {"unfinished method", "POS", GOOD, true, 0, false, false},
    {"unfinished line", "GET / HTTP/1.1\r", GOOD, true, 0, false, false},
    {"unfinished header", "GET / HTTP/1.1\r\nHost: x", GOOD, true, 0, false, false},
    {"no empty line yet", "GET / HTTP/1.1\r\n" HOST, GOOD, true, 0, false, false},

    {"bare LF", "GET / HTTP/1.1\n" HOST "\r\n", SERVER_ERROR_REQUEST_LINE, false, 0, false, false},
    {"bare LF in headers", "GET / HTTP/1.1\r\nHost: x\n\r\n", SERVER_ERROR_HEADER, false, 0, false, false},
    {"bare LF at the end", "GET / HTTP/1.1\r\n" HOST "\n", SERVER_ERROR_HEADER, false, 0, false, false},
    {"bare CR", "GET / HTTP/1.1\r\nHost: x\rY: z\r\n\r\n", SERVER_ERROR_HEADER, false, 0, false, false},
    {"folded", "GET / HTTP/1.1\r\n" HOST " folded\r\n\r\n", SERVER_ERROR_HEADER, false, 0, false, false},
    {"NUL in a value", "GET / HTTP/1.1\r\nHost: \x01x\r\n\r\n", SERVER_ERROR_HEADER, false, 0, false, false},
    {"blank before the colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", SERVER_ERROR_HEADER, false, 0, false, false},
    {"no name", "GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n", SERVER_ERROR_HEADER, false, 0, false, false},
    {"no colon", "GET / HTTP/1.1\r\n" HOST "nothing\r\n\r\n", SERVER_ERROR_HEADER, false, 0, false, false},
    {"two hosts", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", SERVER_ERROR_HOST, false, 0, false, false},
    {"no host", "GET / HTTP/1.1\r\n\r\n", SERVER_ERROR_HOST, false, 0, false, false},
    {"two lengths", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
     SERVER_ERROR_AMBIGUOUS_LENGTH, false, 0, false, false},
    {"length and chunked", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
     SERVER_ERROR_AMBIGUOUS_LENGTH, false, 0, false, false},
    {"chunked and length", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
     SERVER_ERROR_AMBIGUOUS_LENGTH, false, 0, false, false},
    {"chunked twice", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
     SERVER_ERROR_AMBIGUOUS_LENGTH, false, 0, false, false},
    {"chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", SERVER_ERROR_AMBIGUOUS_LENGTH, false, 0,
     false, false},
    {"gzip, chunked", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n",
     SERVER_ERROR_TRANSFER_ENCODING, false, 0, false, false},
    {"xchunked", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n", SERVER_ERROR_TRANSFER_ENCODING,
     false, 0, false, false},
    {"signed length", "POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n", SERVER_ERROR_CONTENT_LENGTH, false, 0,
     false, false},
    {"negative length", "POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", SERVER_ERROR_CONTENT_LENGTH, false, 0,
     false, false},
    {"hex length", "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x10\r\n\r\n", SERVER_ERROR_CONTENT_LENGTH, false, 0,
     false, false},
    {"length list", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n", SERVER_ERROR_CONTENT_LENGTH, false, 0,
     false, false},
    {"empty length", "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", SERVER_ERROR_CONTENT_LENGTH, false, 0, false,
     false},
    {"no length", "POST / HTTP/1.1\r\n" HOST "\r\n", SERVER_ERROR_LENGTH_REQUIRED, false, 0, false, false},
    {"unknown method", "BREW / HTTP/1.1\r\n" HOST "\r\n", SERVER_ERROR_METHOD_UNKNOWN, false, 0, false, false},
    {"lower-case method", "get / HTTP/1.1\r\n" HOST "\r\n", SERVER_ERROR_METHOD_UNKNOWN, false, 0, false, false},
    {"endless method", "AAAAAAAAAAAAAAAAAAAAAAAAAAA", SERVER_ERROR_METHOD_UNKNOWN, false, 0, false, false},
    {"no method", " / HTTP/1.1\r\n" HOST "\r\n", SERVER_ERROR_REQUEST_LINE, false, 0, false, false},
    {"a TLS greeting", "\x16\x03\x01\x02", SERVER_ERROR_REQUEST_LINE, false, 0, false, false},
    {"no target", "GET  HTTP/1.1\r\n" HOST "\r\n", SERVER_ERROR_REQUEST_LINE, false, 0, false, false},
    {"relative target", "GET x HTTP/1.1\r\n" HOST "\r\n", SERVER_ERROR_REQUEST_LINE, false, 0, false, false},
    {"a blank too many", "GET / x HTTP/1.1\r\n" HOST "\r\n", SERVER_ERROR_REQUEST_LINE, false, 0, false, false},
    {"a fragment", "GET /#x HTTP/1.1\r\n" HOST "\r\n", SERVER_ERROR_REQUEST_LINE, false, 0, false, false},
    {"raw UTF-8 in the target", "GET /\xC3\xA9 HTTP/1.1\r\n" HOST "\r\n", SERVER_ERROR_REQUEST_LINE, false, 0, false,
     false},
    {"old version", "GET /\r\n", SERVER_ERROR_REQUEST_LINE, false, 0, false, false},
    {"version 2", "GET / HTTP/2.0\r\n" HOST "\r\n", SERVER_ERROR_VERSION, false, 0, false, false},
    {"version 1.2", "GET / HTTP/1.2\r\n" HOST "\r\n", SERVER_ERROR_VERSION, false, 0, false, false},
    {"no version", "GET / HTTPS/1.1\r\n" HOST "\r\n", SERVER_ERROR_REQUEST_LINE, false, 0, false, false},
    {"another expectation", "POST / HTTP/1.1\r\n" HOST "Expect: coffee\r\nContent-Length: 1\r\n\r\n",
     SERVER_ERROR_EXPECTATION, false, 0, false, false},
    {"nine headers", "GET / HTTP/1.1\r\n" HOST "a:1\r\nb:2\r\nc:3\r\nd:4\r\ne:5\r\nf:6\r\ng:7\r\nh:8\r\n\r\n",
     SERVER_ERROR_HEAD_TOO_LARGE, false, 0, false, false},
};

static void test_heads(void) {
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        const size_t size = strlen(heads[i].text);
        struct server_http_head head;
        struct server_error error = {.code = SERVER_ERROR_NONE};
        check_context("head: %s", heads[i].name);
        const enum server_http_state state =
            server_http_read(vm_bytes(guarded(heads[i].text, size), size), &limits, &head, &error);
        const enum server_http_state want = heads[i].code != GOOD ? SERVER_HTTP_BAD
                                            : heads[i].more       ? SERVER_HTTP_MORE
                                                                  : SERVER_HTTP_DONE;
        CHECK_U64(state, want);
        if (state == SERVER_HTTP_BAD)
            CHECK_TEXT(server_error_name(error.code), server_error_name(heads[i].code));
        if (state == SERVER_HTTP_DONE) {
            CHECK_U64(head.size, size);
            CHECK_U64(head.length, heads[i].length);
            CHECK(head.chunked == heads[i].chunked);
            CHECK(head.keep_alive == heads[i].keep_alive);
        }
        /* Byte by byte: MORE until the answer is there, and then the same answer, and it never changes its mind. */
        bool ended = false;
        for (size_t part = 0; part <= size; part++) {
            const enum server_http_state now =
                server_http_read(vm_bytes(guarded(heads[i].text, part), part), &limits, &head, &error);
            if (!(ended ? now == want : now == SERVER_HTTP_MORE || now == want)) {
                CHECK_U64(now, ended ? want : SERVER_HTTP_MORE);
                break;
            }
            ended = now != SERVER_HTTP_MORE;
        }
        CHECK(heads[i].more ? !ended : ended);
    }
}

static void test_head_limit(void) {
    char text[2048];
    struct server_http_head head;
    struct server_error error;
    check_context("head limit");
    memset(text, 'a', sizeof text);
    memcpy(text, "GET / HTTP/1.1\r\nHost: ", 22);
    memcpy(text + 1020, "\r\n\r\n", 4);
    CHECK(server_http_read(vm_bytes(text, 1024), &limits, &head, &error) == SERVER_HTTP_DONE);
    memset(text + 1020, 'a', 4);
    memcpy(text + 1021, "\r\n\r\n", 4);
    CHECK(server_http_read(vm_bytes(text, 1023), &limits, &head, &error) == SERVER_HTTP_MORE);
    CHECK(server_http_read(vm_bytes(text, 1025), &limits, &head, &error) == SERVER_HTTP_BAD);
    CHECK(error.code == SERVER_ERROR_HEAD_TOO_LARGE);
}

static void test_head_parts(void) {
    static const char text[] =
        "PUT http://example.org:80/a/b%20?q=1?2 HTTP/1.1\r\nHost: other\r\nOrigin: null\r\nContent-Length: 0\r\n\r\n";
    struct server_http_head head;
    struct server_error error;
    check_context("parts");
    CHECK(server_http_read(vm_bytes_of_text(text), &limits, &head, &error) == SERVER_HTTP_DONE);
    CHECK(head.method == SERVER_PUT && head.minor == 1 && head.has_length);
    CHECK(vm_bytes_equal(head.path, vm_bytes_of_text("/a/b%20")));
    CHECK(vm_bytes_equal(head.query, vm_bytes_of_text("q=1?2")));
    CHECK(vm_bytes_equal(head.host, vm_bytes_of_text("example.org:80")));
    CHECK(vm_bytes_equal(head.origin, vm_bytes_of_text("null")));
}

/* body NULL: refused with code; "?": not finished. */
static const struct {
    const char *name;
    const char *text;
    const char *body;
    size_t left_over;
    enum server_error_code code;
} chunked[] = {
    {"empty", "0\r\n\r\n", "", 0, GOOD},
    {"one", "5\r\nhello\r\n0\r\n\r\n", "hello", 0, GOOD},
    {"two, pipelined", "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\nGET /", "abcde", 5, GOOD},
    {"hex, zeros, extension", "00a;x=\"y\"\r\n0123456789\r\n000\r\n\r\n", "0123456789", 0, GOOD},
    {"trailers", "1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n", "x", 0, GOOD},
    {"not finished", "5\r\nhel", "?", 0, GOOD},
    {"no end", "1\r\nx\r\n0\r\n", "?", 0, GOOD},
    {"no size", "\r\nhello", NULL, 0, SERVER_ERROR_CHUNK},
    {"not hex", "g\r\n", NULL, 0, SERVER_ERROR_CHUNK},
    {"blank before the size", " 1\r\nx\r\n", NULL, 0, SERVER_ERROR_CHUNK},
    {"blank behind the size", "1 \r\nx\r\n", NULL, 0, SERVER_ERROR_CHUNK},
    {"0x", "0x1\r\nx\r\n", NULL, 0, SERVER_ERROR_CHUNK},
    {"signed", "+1\r\nx\r\n", NULL, 0, SERVER_ERROR_CHUNK},
    {"too many digits", "0000000000000001\r\nx\r\n", NULL, 0, SERVER_ERROR_CHUNK},
    {"bare LF", "1\nx\r\n", NULL, 0, SERVER_ERROR_CHUNK},
    {"bare LF in an extension", "1;a\nx\r\n", NULL, 0, SERVER_ERROR_CHUNK},
    {"longer than said", "1\r\nxy\r\n", NULL, 0, SERVER_ERROR_CHUNK},
    {"CR alone", "1\r\nx\r0\r\n\r\n", NULL, 0, SERVER_ERROR_CHUNK},
    {"a folded trailer", "0\r\n a\r\n\r\n", NULL, 0, SERVER_ERROR_CHUNK},
    {"over the limit", "11\r\n", NULL, 0, SERVER_ERROR_BODY_TOO_LARGE},
    {"over the limit together", "10\r\n0123456789abcdef\r\n1\r\n", NULL, 0, SERVER_ERROR_BODY_TOO_LARGE},
    {"a size that overflows", "fffffffffffffff\r\n", NULL, 0, SERVER_ERROR_BODY_TOO_LARGE},
};

/* Decodes in pieces of `step` bytes, each flush against the guard. */
static void check_chunked(size_t row, size_t step) {
    const char *const text = chunked[row].text;
    const size_t size = strlen(text);
    struct server_chunks chunks = {0};
    struct server_error error = {.code = SERVER_ERROR_NONE};
    char body[64];
    size_t at = 0, filled = 0;
    enum server_http_state state = SERVER_HTTP_MORE;
    while (at < size && state == SERVER_HTTP_MORE) {
        const size_t count = size - at < step ? size - at : step;
        uint8_t *const piece = guarded(text + at, count);
        size_t taken = 0, kept = 0;
        state = server_chunks_read(&chunks, piece, count, 16, &taken, &kept, &error);
        if (state == SERVER_HTTP_BAD)
            break;
        memcpy(body + filled, piece, kept);
        filled += kept;
        at += taken;
    }
    body[filled] = 0;
    if (chunked[row].body == NULL) {
        CHECK(state == SERVER_HTTP_BAD);
        CHECK_TEXT(server_error_name(error.code), server_error_name(chunked[row].code));
        return;
    }
    const bool finished = strcmp(chunked[row].body, "?") != 0;
    CHECK_U64(state, finished ? SERVER_HTTP_DONE : SERVER_HTTP_MORE);
    if (finished) {
        CHECK_TEXT(body, chunked[row].body);
        CHECK_U64(size - at, chunked[row].left_over);
    }
}

static void test_chunked(void) {
    for (size_t row = 0; row < sizeof chunked / sizeof *chunked; row++)
        for (size_t step = 1; step <= 64; step = step < 4 ? step + 1 : step * 4) {
            check_context("chunked: %s, %zu at once", chunked[row].name, step);
            check_chunked(row, step);
        }
    /* Endless lines end. */
    struct server_chunks chunks = {0};
    struct server_error error;
    uint8_t line[400];
    size_t taken, kept;
    check_context("endless extension");
    memset(line, 'a', sizeof line);
    memcpy(line, "1;", 2);
    CHECK(server_chunks_read(&chunks, line, sizeof line, 16, &taken, &kept, &error) == SERVER_HTTP_BAD);
}

/* segments joined by '|', or NULL: refused. */
static const struct {
    const char *path;
    const char *segments;
} paths[] = {
    {"/", ""},
    {"/a", "a"},
    {"/a/", "a"},
    {"/v1/contracts/c/x", "v1|contracts|c|x"},
    {"/c%2B%2b/%41", "c++|A"},
    {"/%C3%A9", "\xC3\xA9"},
    {"/a..b/...", "a..b|..."},
    {"//", NULL},
    {"/a//b", NULL},
    {"/.", NULL},
    {"/a/../b", NULL},
    {"/%2e%2E/etc", NULL},
    {"/.%2e", NULL},
    {"/a%2fb", NULL},
    {"/a%5Cb", NULL},
    {"/a\\b", NULL},
    {"/%00", NULL},
    {"/%7f", NULL},
    {"/%0a", NULL},
    {"/%", NULL},
    {"/%4", NULL},
    {"/%zz", NULL},
    {"/%C3", NULL},
    {"/%c0%ae%c0%ae", NULL},
    {"/1/2/3/4/5/6/7/8", "1|2|3|4|5|6|7|8"},
    {"/1/2/3/4/5/6/7/8/9", NULL},
};

static void test_paths(void) {
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        uint8_t decoded[64];
        char joined[64] = "";
        struct vm_bytes segments[SERVER_SEGMENTS];
        uint32_t count;
        struct server_error error;
        const size_t size = strlen(paths[i].path);
        check_context("path %s", paths[i].path);
        const bool good =
            server_path_read(vm_bytes(guarded(paths[i].path, size), size), decoded, segments, &count, &error);
        CHECK(good == (paths[i].segments != NULL));
        if (!good || paths[i].segments == NULL)
            continue;
        size_t at = 0;
        for (uint32_t k = 0; k < count; k++)
            at += (size_t)snprintf(joined + at, sizeof joined - at, "%s%.*s", k == 0 ? "" : "|", (int)segments[k].size,
                                   (const char *)segments[k].data);
        CHECK_TEXT(joined, paths[i].segments);
    }
}

static const struct {
    const char *host;
    bool local;
} hosts[] = {
    {"", true},
    {"localhost", true},
    {"LocalHost:3000", true},
    {"127.0.0.1", true},
    {"127.0.0.1:3000", true},
    {"10.1.2.3", true},
    {"[::1]", true},
    {"[::1]:3000", true},
    {"example.org", false},
    {"localhost.example.org", false},
    {"127.0.0.1.nip.io", false},
    {"evil:3000", false},
    {"[::1", false},
    {"1e3", false},
};

static void test_hosts(void) {
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        check_context("host %s", hosts[i].host);
        CHECK(server_host_is_local(vm_bytes_of_text(hosts[i].host)) == hosts[i].local);
    }
}

int main(void) {
    open_guard();
    test_heads();
    test_head_limit();
    test_head_parts();
    test_chunked();
    test_paths();
    test_hosts();
    return check_done();
}
