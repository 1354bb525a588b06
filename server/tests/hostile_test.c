/* server/tests/hostile_test.c - clients that break rules, lie, dawdle, flood or come in crowds.  After each of them the
 * server answers others at once, and at the end it is the same process with the memory it had. */
#include <sys/resource.h>

#include "server/tests/serve.h"

static struct serve serve;
static struct serve_reply reply;

#define HOST "Host: localhost\r\n"
#define COUNTER "{\"contractName\":\"increaseCounter\",\"contractLanguage\":\"c\",\"counter\":41}"

/* ---- Bytes that are no request ------------------------------------------------------------------------------------
 */

/* Answered with this status and code, and the connection ends. */
static const struct {
    const char *name;
    const char *bytes;
    int status;
    const char *code;
} wrong[] = {
    {"a TLS greeting", "\x16\x03\x01\x02\x01\x01", 400, "bad_request_line"},
    {"words", "hello there\r\n\r\n", 501, "method_unknown"},
    {"bare LF", "GET / HTTP/1.1\nHost: localhost\n\n", 400, "bad_request_line"},
    {"bare LF late", "GET / HTTP/1.1\r\n" HOST "\n", 400, "bad_header"},
    {"folded header", "GET / HTTP/1.1\r\n" HOST " x\r\n\r\n", 400, "bad_header"},
    {"version 2", "PRI * HTTP/2.0\r\n\r\n", 501, "method_unknown"},
    {"version 3", "GET / HTTP/3.0\r\n\r\n", 505, "http_version"},
    {"no Host", "GET / HTTP/1.1\r\n\r\n", 400, "bad_host"},
    {"no length", "POST / HTTP/1.1\r\n" HOST "\r\n{}", 411, "length_required"},
    {"CL.CL", "POST / HTTP/1.1\r\n" HOST "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, "ambiguous_length"},
    {"CL.TE", "POST / HTTP/1.1\r\n" HOST "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG", 400,
     "ambiguous_length"},
    {"TE.CL", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\nx\r\n0\r\n\r\n",
     400, "ambiguous_length"},
    {"TE.TE", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n", 400,
     "ambiguous_length"},
    {"TE with a blank", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400, "bad_header"},
    {"TE xchunked", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501,
     "transfer_encoding"},
    {"negative length", "POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", 400, "bad_content_length"},
    {"length with a plus", "POST / HTTP/1.1\r\n" HOST "Content-Length: +2\r\n\r\n{}", 400, "bad_content_length"},
    {"a broken chunk", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "bad_chunk"},
    {"a chunk longer than said", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
     400, "bad_chunk"},
    {"a huge length", "POST / HTTP/1.1\r\n" HOST "Content-Length: 9999999999999999999999\r\n\r\n", 413,
     "body_too_large"},
    {"a large length", "POST / HTTP/1.1\r\n" HOST "Content-Length: 8388609\r\n\r\n", 413, "body_too_large"},
    {"a large module", "POST /v1/modules HTTP/1.1\r\n" HOST "Content-Length: 524289\r\n\r\n", 413, "body_too_large"},
    {"a large chunk", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n800001\r\n", 413, "body_too_large"},
    {"a body for GET", "GET /healthz HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\n", 413,
     "body_too_large"},
    {"another expectation", "POST / HTTP/1.1\r\n" HOST "Expect: tea\r\nContent-Length: 2\r\n\r\n{}", 417,
     "bad_expectation"},
};

/* Answered so, and the connection goes on. */
static const struct {
    const char *name;
    const char *bytes;
    int status;
    const char *code;
} refused[] = {
    {"another site's name", "GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, "host_not_allowed"},
    {"another site's page", "GET /healthz HTTP/1.1\r\n" HOST "Origin: http://evil.example\r\n\r\n", 403,
     "origin_not_allowed"},
    {"a local page of another server", "GET /healthz HTTP/1.1\r\n" HOST "Origin: http://localhost:81\r\n\r\n", 403,
     "origin_not_allowed"},
    {"dots", "GET /v1/../etc/passwd HTTP/1.1\r\n" HOST "\r\n", 400, "bad_path"},
    {"encoded dots", "GET /v1/%2e%2e/etc HTTP/1.1\r\n" HOST "\r\n", 400, "bad_path"},
    {"encoded slash", "GET /v1/contracts/c/..%2f..%2fx HTTP/1.1\r\n" HOST "\r\n", 400, "bad_path"},
    {"NUL", "GET /v1/contracts/c/a%00b HTTP/1.1\r\n" HOST "\r\n", 400, "bad_path"},
    {"two slashes", "GET //healthz HTTP/1.1\r\n" HOST "\r\n", 400, "bad_path"},
    {"dots in a name", "PUT /v1/contracts/c/... HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}", 400, "bad_name"},
    {"a comma in a name", "PUT /v1/contracts/c/a,b HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}", 400, "bad_name"},
    {"OPTIONS", "OPTIONS / HTTP/1.1\r\n" HOST "\r\n", 405, "method_not_allowed"},
    {"an empty body", "POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 400, "json_empty"},
    {"an empty chunked body", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
     "json_empty"},
    {"NaN", "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nNaN", 400, "json_syntax"},
    {"an array", "POST / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n[]", 400, "wrong_type"},
    {"a number", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n1", 400, "wrong_type"},
    {"a byte order mark", "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n\xEF\xBB\xBF{}", 400,
     "json_byte_order_mark"},
    {"Latin-1", "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\n\"\xE9\"", 400, "json_utf8"},
};

static bool has_code(const char *code) {
    char want[96];
    (void)snprintf(want, sizeof want, "{\"error\":{\"code\":\"%s\",\"message\":\"", code);
    return strncmp(reply.body, want, strlen(want)) == 0;
}

static void test_wrong(void) {
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char byte;
        check_context("wrong: %s", wrong[i].name);
        const int fd = serve_connect(&serve);
        CHECK(serve_send(fd, wrong[i].bytes, strlen(wrong[i].bytes)));
        CHECK(serve_read(fd, &reply, false));
        CHECK_U64(reply.status, wrong[i].status);
        CHECK(has_code(wrong[i].code) && reply.close);
        CHECK(serve_receive(fd, &byte, 1, 5000) == 0);
        close(fd);
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        check_context("refused: %s", refused[i].name);
        const int fd = serve_connect(&serve);
        CHECK(serve_send(fd, refused[i].bytes, strlen(refused[i].bytes)));
        CHECK(serve_read(fd, &reply, false));
        CHECK_U64(reply.status, refused[i].status);
        CHECK(has_code(refused[i].code) && !reply.close);
        CHECK(serve_call(fd, "POST", "/", COUNTER, strlen(COUNTER), &reply) && reply.status == 200);
        close(fd);
    }
}

/* Pseudo-random bytes, and pseudo-random damage to a good request: any answer will do, or none, but no end. */
static void test_noise(void) {
    static const char good[] = "POST / HTTP/1.1\r\n" HOST "Content-Length: 71\r\nConnection: close\r\n\r\n" COUNTER;
    uint32_t seed = 12345;
    check_context("noise");
    for (unsigned round = 0; round < 600; round++) {
        char text[sizeof good];
        memcpy(text, good, sizeof good);
        for (unsigned i = 0; i < 1 + round % 5; i++) {
            seed = seed * 1664525u + 1013904223u;
            text[(seed >> 8) % (sizeof good - 1)] = (char)(seed >> 24);
        }
        const int fd = serve_connect(&serve);
        CHECK(fd >= 0);
        (void)serve_send(fd, text, round % 2 == 0 ? sizeof good - 1 : (seed >> 12) % sizeof good);
        (void)shutdown(fd, SHUT_WR);
        char answer[4096];
        while (serve_receive(fd, answer, sizeof answer, 5000) > 0) {
        }
        close(fd);
    }
    CHECK(serve_healthy(&serve, 2000));
}

/* ---- JSON bombs ---------------------------------------------------------------------------------------------------
 */

static void check_bomb(const char *name, const char *part, unsigned count, const char *code) {
    const size_t size = strlen(part);
    char *const text = malloc(size * count + 1);
    check_context("bomb: %s", name);
    if (text == NULL)
        return;
    for (unsigned i = 0; i < count; i++)
        memcpy(text + size * i, part, size);
    const long start = serve_milliseconds();
    CHECK(serve_once(&serve, "POST", "/v1/execute", text, size * count, &reply) && reply.status == 400);
    CHECK(has_code(code));
    CHECK(serve_milliseconds() - start < 10000);
    free(text);
}

static void test_bombs(void) {
    check_bomb("arrays", "[", 4000000, "json_depth");
    check_bomb("objects", "{\"a\":", 1000000, "json_depth");
    check_bomb("a long string", "\"", 1, "json_unexpected_end");
    check_bomb("blanks", " ", 8000000, "json_empty");
    check_bomb("digits", "7", 8000000, "wrong_type");
    char *const text = malloc(4 << 20);
    if (text == NULL)
        return;
    /* As many values as fit, and as many keys. */
    text[0] = '[';
    memset(text + 1, '0', (4 << 20) - 1);
    for (unsigned i = 2; i < 4 << 20; i += 2)
        text[i] = ',';
    check_context("bomb: values");
    CHECK(serve_once(&serve, "POST", "/v1/execute", text, 4 << 20, &reply) && reply.status == 400 &&
          has_code("json_values"));
    size_t at = 1;
    text[0] = '{';
    for (unsigned i = 0; i < 200000; i++)
        at += (size_t)sprintf(text + at, "\"k%06u\":0,", i);
    text[at - 1] = '}';
    check_context("bomb: keys");
    const long start = serve_milliseconds();
    CHECK(serve_once(&serve, "POST", "/v1/execute", text, at, &reply) && reply.status == 400 &&
          has_code("unknown_field"));
    CHECK(serve_milliseconds() - start < 10000);
    free(text);
}

/* ---- Lies and slowness --------------------------------------------------------------------------------------------
 */

/* The server of this test gives heads one second, bodies two, idle connections three. */
static void test_deadlines(void) {
    static const struct {
        const char *name;
        const char *bytes;
        long least, most;
        int status;
    } rows[] = {
        {"half a head", "POST / HTTP/1.1\r\nHost: loc", 900, 4000, 408},
        {"half a body", "POST / HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\n{", 1900, 5000, 408},
        {"half a large body", "POST / HTTP/1.1\r\n" HOST "Content-Length: 8000000\r\n\r\n{", 1900, 5000, 408},
        {"half a chunk", "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nab", 1900, 5000, 408},
        {"nothing", "", 2900, 6000, 0},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    int fds[ROWS];
    const long start = serve_milliseconds();
    for (unsigned i = 0; i < ROWS; i++) {
        fds[i] = serve_connect(&serve);
        CHECK(serve_send(fds[i], rows[i].bytes, strlen(rows[i].bytes)));
    }
    for (unsigned i = 0; i < ROWS; i++) {
        check_context("deadline: %s", rows[i].name);
        (void)serve_read(fds[i], &reply, false);
        const long taken = serve_milliseconds() - start;
        CHECK_U64(reply.status, rows[i].status);
        if (!CHECK(taken >= rows[i].least && taken <= rows[i].most))
            printf("  after %ld ms\n", taken);
        close(fds[i]);
    }
    /* A byte now and then does not prolong the head's second. */
    check_context("deadline: drops");
    const int fd = serve_connect(&serve);
    bool open = true;
    const long begin = serve_milliseconds();
    for (unsigned i = 0; open && i < 50; i++) {
        open = serve_send(fd, i == 0 ? "GET /" : "a", i == 0 ? 5 : 1);
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        open = open && poll(&ready, 1, 100) == 0;
    }
    CHECK(!open && serve_milliseconds() - begin < 4000);
    close(fd);
}

static void test_lies(void) {
    check_context("a body cut short");
    int fd = serve_connect(&serve);
    static const char cut[] = "POST / HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\n{\"a\":1}";
    CHECK(serve_send(fd, cut, sizeof cut - 1) && shutdown(fd, SHUT_WR) == 0);
    CHECK(serve_read(fd, &reply, false) && reply.status == 400 && has_code("incomplete_body"));
    close(fd);

    check_context("more than was said is the next request");
    fd = serve_connect(&serve);
    static const char more[] = "POST / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}garbage\r\n\r\n";
    CHECK(serve_send(fd, more, sizeof more - 1));
    CHECK(serve_read(fd, &reply, false) && reply.status == 400 && has_code("missing_field") && !reply.close);
    CHECK(serve_read(fd, &reply, false) && reply.status == 400 && reply.close);
    close(fd);

    check_context("reset in the middle");
    for (unsigned i = 0; i < 50; i++) {
        fd = serve_connect(&serve);
        const struct linger now = {1, 0};
        CHECK(serve_send(fd, cut, i % sizeof cut));
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close(fd);
    }

    /* 8 MB announced, 16 bytes sent, 200 times: memory follows what came, not what was announced. */
    check_context("announced and not sent");
    int fds[200];
    const unsigned long before = serve_memory(&serve);
    for (unsigned i = 0; i < 200; i++) {
        static const char announced[] = "POST / HTTP/1.1\r\n" HOST "Content-Length: 8000000\r\n\r\n{\"a\":\"";
        fds[i] = serve_connect(&serve);
        CHECK(serve_send(fds[i], announced, sizeof announced - 1));
    }
    CHECK(serve_healthy(&serve, 2000));
    if (!CHECK(!SERVE_MEASURES || serve_memory(&serve) < before + 40000))
        printf("  from %lu to %lu kB\n", before, serve_memory(&serve));
    for (unsigned i = 0; i < 200; i++)
        close(fds[i]);
}

/* A client that sends a thousand requests and reads nothing: the server stops reading, and holds little. */
static void test_never_reads(void) {
    static const char request[] = "GET /v1/schedule HTTP/1.1\r\n" HOST "\r\n";
    check_context("never reads");
    const unsigned long before = serve_memory(&serve);
    const int fd = serve_connect(&serve);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    for (unsigned i = 0; i < 20000; i++)
        if (!serve_send(fd, request, sizeof request - 1))
            break;
    serve_pause(200);
    CHECK(serve_healthy(&serve, 2000));
    if (!CHECK(!SERVE_MEASURES || serve_memory(&serve) < before + 20000))
        printf("  from %lu to %lu kB\n", before, serve_memory(&serve));
    close(fd);
}

/* ---- Crowds -------------------------------------------------------------------------------------------------------
 */

static void test_idle_crowd(void) {
    enum { CROWD = 1000 };
    static int fds[CROWD];
    unsigned good = 0;
    check_context("a thousand idle connections");
    for (unsigned i = 0; i < CROWD; i++)
        good += (fds[i] = serve_connect(&serve)) >= 0;
    CHECK_U64(good, CROWD);
    CHECK(serve_healthy(&serve, 2000));
    CHECK(serve_metric(&serve, "delavm_connections") >= CROWD);
    good = 0;
    for (unsigned i = 0; i < CROWD; i += 10)
        good += serve_call(fds[i], "POST", "/", COUNTER, strlen(COUNTER), &reply) && reply.status == 200;
    CHECK_U64(good, CROWD / 10);
    for (unsigned i = 0; i < CROWD; i++)
        close(fds[i]);
    for (unsigned i = 0; i < 100 && serve_metric(&serve, "delavm_connections") > 1; i++)
        serve_pause(20);
    CHECK_U64(serve_metric(&serve, "delavm_connections"), 1);
}

/* Contracts that burn all their fuel, more than there are workers: others are answered at once, and those whose clients
 * have gone are dropped. */
static void test_burning(void) {
    enum { FIRES = 60 };
    static const char spin[] = "POST / HTTP/1.1\r\n" HOST "Content-Length: 52\r\n\r\n"
                               "{\"contractName\":\"spin\",\"contractLanguage\":\"test\"   }";
    int fds[FIRES];
    check_context("burning");
    for (unsigned i = 0; i < FIRES; i++) {
        fds[i] = serve_connect(&serve);
        CHECK(serve_send(fds[i], spin, sizeof spin - 1));
    }
    serve_pause(50);
    for (unsigned i = 0; i < 20; i++) {
        CHECK(serve_healthy(&serve, 500));
        CHECK(serve_post(&serve, "/", COUNTER, &reply) && reply.status == 200);
    }
    CHECK(serve_metric(&serve, "delavm_queued") > 0 && serve_metric(&serve, "delavm_running") > 0);
    const struct linger now = {1, 0};
    for (unsigned i = 0; i < FIRES; i++) {
        (void)setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close(fds[i]);
    }
    for (unsigned i = 0; i < 500 && serve_metric(&serve, "delavm_running") > 0; i++)
        serve_pause(20);
    CHECK_U64(serve_metric(&serve, "delavm_running"), 0);
    CHECK_U64(serve_metric(&serve, "delavm_queued"), 0);
}

/* 100,000 requests of many kinds: the memory stays. */
static void test_flat_memory(void) {
    static const char *const bodies[] = {COUNTER, "{\"contractName\":\"none\",\"contractLanguage\":\"c\"}", "[1,2,",
                                         "{\"a\":1,\"a\":2}"};
    unsigned long before = 0;
    bool good = true;
    check_context("flat memory");
    for (unsigned part = 0; part < 11 && good; part++) {
        const int fd = serve_connect(&serve);
        for (unsigned i = 0; i < 10000 && good; i++) {
            const char *const body = bodies[i % 4];
            good = serve_call(fd, "POST", i % 8 < 4 ? "/" : "/v1/execute", body, strlen(body), &reply);
        }
        close(fd);
        if (part == 0)
            before = serve_memory(&serve);
    }
    CHECK(good);
    if (!CHECK(!SERVE_MEASURES || serve_memory(&serve) < before + 1024))
        printf("  from %lu to %lu kB\n", before, serve_memory(&serve));
}

/* ---- Little room --------------------------------------------------------------------------------------------------
 */

/* A server with 40 descriptors and 100 clients: nobody is lost for good, and it comes back. */
static void test_descriptors(const char *const *options) {
    int fds[100];
    check_context("descriptors");
    CHECK(serve_start_with(&serve, options, 40));
    for (unsigned i = 0; i < 100; i++) {
        fds[i] = serve_connect(&serve);
        CHECK(fds[i] >= 0);
    }
    serve_pause(300);
    unsigned refusals = 0, silent = 0;
    for (unsigned i = 0; i < 100; i++) {
        char text[32] = "";
        struct pollfd ready = {.fd = fds[i], .events = POLLIN};
        if (poll(&ready, 1, 0) == 1 && recv(fds[i], text, sizeof text - 1, 0) > 0)
            refusals += strncmp(text, "HTTP/1.1 503", 12) == 0;
        else
            silent++;
    }
    CHECK(refusals > 0 && silent > 20);
    for (unsigned i = 0; i < 100; i++)
        close(fds[i]);
    serve_pause(300);
    CHECK(serve_healthy(&serve, 2000));
    CHECK_U64((unsigned)serve_end(&serve, SIGTERM), 0);
}

/* A queue of two: the third waiting run is refused as this machine's state, without the shape of a verdict. */
static void test_queue(const char *contracts) {
    const char *const options[] = {"--contracts",   contracts, "--workers",      "1", "--limit",
                                   "queued_runs=2", "--limit", "connections=30", NULL};
    static const char spin[] = "POST / HTTP/1.1\r\n" HOST "Content-Length: 52\r\n\r\n"
                               "{\"contractName\":\"spin\",\"contractLanguage\":\"test\"   }";
    int fds[10];
    unsigned refusals = 0;
    check_context("queue");
    serve_start(&serve, options);
    for (unsigned i = 0; i < 10; i++) {
        fds[i] = serve_connect(&serve);
        CHECK(serve_send(fds[i], spin, sizeof spin - 1));
        serve_pause(10);
    }
    serve_pause(100);
    for (unsigned i = 0; i < 10; i++) {
        struct pollfd ready = {.fd = fds[i], .events = POLLIN};
        if (poll(&ready, 1, 0) != 1)
            continue;
        CHECK(serve_read(fds[i], &reply, false) && reply.status == 503 && has_code("queue_full"));
        CHECK(strstr(reply.head, "\r\nRetry-After: ") != NULL && strstr(reply.body, "Accepted") == NULL);
        refusals++;
    }
    CHECK(refusals >= 5 && refusals <= 8);
    CHECK(serve_healthy(&serve, 500));
    for (unsigned i = 0; i < 10; i++)
        close(fds[i]);

    /* Over the connection limit clients wait in the kernel's queue, and get their turn. */
    check_context("connections");
    int crowd[60];
    for (unsigned i = 0; i < 60; i++) {
        static const char request[] = "GET /healthz HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n";
        crowd[i] = serve_connect(&serve);
        if (i >= 25)
            CHECK(serve_send(crowd[i], request, sizeof request - 1));
    }
    for (unsigned i = 25; i < 60; i++) {
        if (i == 40)
            for (unsigned k = 0; k < 25; k++)
                close(crowd[k]);
        CHECK(serve_read(crowd[i], &reply, false) && reply.status == 200);
        close(crowd[i]);
    }
    CHECK_U64((unsigned)serve_end(&serve, SIGINT), 0);
}

int main(int argc, char **argv) {
    char contracts[600];
    (void)argc;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    serve_init(&serve, argv[0]);
    (void)snprintf(contracts, sizeof contracts, "%s/contracts", serve.build);
    const char *const patient[] = {"--contracts", contracts, "--workers", "2", NULL};
    const char *const impatient[] = {"--contracts", contracts,        "--workers", "2",
                                     "--limit",     "head_seconds=1", "--limit",   "body_seconds=2",
                                     "--limit",     "idle_seconds=3", NULL};
    serve_start(&serve, patient);
    CHECK(serve_bind(&serve, "spin", serve_spin, sizeof serve_spin));
    test_wrong();
    test_noise();
    test_bombs();
    test_lies();
    test_never_reads();
    test_idle_crowd();
    test_burning();
    test_flat_memory();
    check_context("the end");
    CHECK_U64((unsigned)serve_end(&serve, SIGTERM), 0);
    serve_start(&serve, impatient);
    test_deadlines();
    CHECK_U64((unsigned)serve_end(&serve, SIGTERM), 0);
    test_descriptors(patient);
    test_queue(contracts);
    serve_clear(&serve);
    return check_done();
}
