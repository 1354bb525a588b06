/* server/tests/serve.h - starts delavm-server as its users do and talks to it over sockets.
 *
 * The server is BUILD/delavm-server, found from the place of the test program (BUILD/server/tests/x_test), on a free
 * port, with a store of its own that goes away at the end. */
#ifndef DELAVM_SERVER_TESTS_SERVE_H
#define DELAVM_SERVER_TESTS_SERVE_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vm/tests/check.h"

#if defined(__GNUC__)
#define SERVE_UNUSED __attribute__((unused))
#else
#define SERVE_UNUSED
#endif

enum { SERVE_ARGUMENTS = 24, SERVE_BODY = 1 << 20 };

struct serve {
    char build[512]; /* the build directory */
    char place[64];  /* a temporary directory: the store, and what the server says */
    char store[96];
    char said[96];
    pid_t process;
    uint16_t port;
};

/* One answer.  status 0: the connection ended without one. */
struct serve_reply {
    int status;
    bool close;
    size_t size;
    char head[4096];
    char body[SERVE_BODY + 1];
};

SERVE_UNUSED static void serve_pause(long milliseconds) {
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

SERVE_UNUSED static long serve_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

SERVE_UNUSED static void serve_init(struct serve *serve, const char *program) {
    memset(serve, 0, sizeof *serve);
    (void)snprintf(serve->build, sizeof serve->build, "%s", program);
    for (unsigned i = 0; i < 3; i++) {
        char *const slash = strrchr(serve->build, '/');
        if (slash == NULL) {
            fprintf(stderr, "run this as BUILD/server/tests/NAME\n");
            exit(2);
        }
        *slash = 0;
    }
    (void)snprintf(serve->place, sizeof serve->place, "/tmp/delavm-serve-test-XXXXXX");
    if (mkdtemp(serve->place) == NULL)
        exit(2);
    (void)snprintf(serve->store, sizeof serve->store, "%s/store", serve->place);
    (void)snprintf(serve->said, sizeof serve->said, "%s/said", serve->place);
    (void)signal(SIGPIPE, SIG_IGN);
}

/* The text of a file, NUL-terminated, cut to `room`. */
SERVE_UNUSED static size_t serve_read_file(const char *path, char *text, size_t room) {
    FILE *const file = fopen(path, "rb");
    const size_t size = file == NULL ? 0 : fread(text, 1, room - 1, file);
    text[size] = 0;
    if (file != NULL)
        fclose(file);
    return size;
}

/* Starts the server with further options, a NULL-terminated list; true once it listens.  descriptors: 0, or the limit
 * it gets. */
SERVE_UNUSED static bool serve_start_with(struct serve *serve, const char *const *options, unsigned descriptors) {
    static char copies[SERVE_ARGUMENTS][640];
    char program[640], limit[16];
    char *arguments[SERVE_ARGUMENTS];
    unsigned count = 0;
    char script[] = "ulimit -n \"$0\"; exec \"$@\"", shell[] = "sh", flag[] = "-c";
    char listen[] = "--listen", address[] = "127.0.0.1:0", store[] = "--store";
    (void)snprintf(program, sizeof program, "%s/delavm-server", serve->build);
    (void)snprintf(limit, sizeof limit, "%u", descriptors);
    if (descriptors != 0) {
        arguments[count++] = shell;
        arguments[count++] = flag;
        arguments[count++] = script;
        arguments[count++] = limit;
    }
    arguments[count++] = program;
    arguments[count++] = listen;
    arguments[count++] = address;
    arguments[count++] = store;
    arguments[count++] = serve->store;
    for (; *options != NULL && count < SERVE_ARGUMENTS - 1; options++) {
        (void)snprintf(copies[count], sizeof copies[count], "%s", *options);
        arguments[count] = copies[count];
        count++;
    }
    arguments[count] = NULL;
    serve->port = 0;
    (void)unlink(serve->said); /* or the last server would be taken for this one */
    serve->process = fork();
    if (serve->process == 0) {
        const int said = open(serve->said, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (said >= 0)
            dup2(said, STDERR_FILENO);
        execvp(arguments[0], arguments);
        _exit(127);
    }
    for (unsigned tries = 0; tries < 1000; tries++) {
        char text[8192];
        int status;
        (void)serve_read_file(serve->said, text, sizeof text);
        const char *const found = strstr(text, "http://127.0.0.1:");
        if (found != NULL && strchr(found, '\n') != NULL) {
            serve->port = (uint16_t)strtoul(found + 17, NULL, 10);
            return true;
        }
        if (waitpid(serve->process, &status, WNOHANG) == serve->process)
            return false;
        serve_pause(10);
    }
    return false;
}

SERVE_UNUSED static void serve_start(struct serve *serve, const char *const *options) {
    if (serve_start_with(serve, options, 0))
        return;
    char text[4096];
    (void)serve_read_file(serve->said, text, sizeof text);
    printf("the server does not start: %s\n0 passed, 1 failed\n", text);
    exit(1);
}

/* Sends a signal and waits; the exit status, or 128 + the signal that ended it. */
SERVE_UNUSED static int serve_end(struct serve *serve, int number) {
    int status = 0;
    (void)kill(serve->process, number);
    for (unsigned tries = 0; tries < 2000; tries++) {
        if (waitpid(serve->process, &status, WNOHANG) == serve->process)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        serve_pause(10);
    }
    (void)kill(serve->process, SIGKILL);
    (void)waitpid(serve->process, &status, 0);
    return -1;
}

SERVE_UNUSED static void serve_clear(struct serve *serve) {
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", serve->place);
    if (system(command) != 0)
        fprintf(stderr, "%s stays\n", serve->place);
}

/* A connection, or -1. */
SERVE_UNUSED static int serve_connect(const struct serve *serve) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(serve->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    if (fd >= 0)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

SERVE_UNUSED static bool serve_send(int fd, const void *data, size_t size) {
    const char *at = data;
    while (size > 0) {
        const ssize_t count = send(fd, at, size, MSG_NOSIGNAL);
        if (count <= 0)
            return false;
        at += count;
        size -= (size_t)count;
    }
    return true;
}

/* One byte, or -1 at the end or after `milliseconds`. */
SERVE_UNUSED static ssize_t serve_receive(int fd, void *to, size_t room, int milliseconds) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    return poll(&ready, 1, milliseconds) == 1 ? recv(fd, to, room, 0) : -1;
}

/* Reads one answer; 100 Continue is an answer too.  Waits up to 20 seconds. */
SERVE_UNUSED static bool serve_read(int fd, struct serve_reply *reply, bool without_body) {
    memset(reply, 0, offsetof(struct serve_reply, body));
    size_t used = 0;
    while (used < sizeof reply->head - 1 && serve_receive(fd, reply->head + used, 1, 20000) == 1) {
        reply->head[++used] = 0;
        if (used >= 4 && memcmp(reply->head + used - 4, "\r\n\r\n", 4) == 0)
            break;
    }
    reply->body[0] = 0;
    if (sscanf(reply->head, "HTTP/1.1 %d ", &reply->status) != 1)
        return false;
    reply->close = strstr(reply->head, "\r\nConnection: close\r\n") != NULL;
    const char *const length = strstr(reply->head, "\r\nContent-Length: ");
    const size_t size = length == NULL || without_body ? 0 : strtoul(length + 18, NULL, 10);
    while (reply->size < size && reply->size < SERVE_BODY) {
        const ssize_t count = serve_receive(fd, reply->body + reply->size, size - reply->size, 20000);
        if (count <= 0)
            break;
        reply->size += (size_t)count;
    }
    reply->body[reply->size] = 0;
    return reply->size == size;
}

/* A whole request on an open connection. */
SERVE_UNUSED static bool serve_call(int fd, const char *method, const char *path, const void *body, size_t size,
                                    struct serve_reply *reply) {
    char head[1024];
    const int length = snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n",
                                method, path, size);
    return serve_send(fd, head, (size_t)length) && serve_send(fd, body, size) && serve_read(fd, reply, false);
}

/* The same on a connection of its own. */
SERVE_UNUSED static bool serve_once(const struct serve *serve, const char *method, const char *path, const void *body,
                                    size_t size, struct serve_reply *reply) {
    const int fd = serve_connect(serve);
    memset(reply, 0, offsetof(struct serve_reply, body));
    const bool good = fd >= 0 && serve_call(fd, method, path, body, size, reply);
    if (fd >= 0)
        close(fd);
    return good;
}

SERVE_UNUSED static bool serve_post(const struct serve *serve, const char *path, const char *body,
                                    struct serve_reply *reply) {
    return serve_once(serve, "POST", path, body, strlen(body), reply);
}

/* Whether GET /healthz answers, and within how many milliseconds. */
SERVE_UNUSED static bool serve_healthy(const struct serve *serve, long milliseconds) {
    static struct serve_reply reply;
    const long start = serve_milliseconds();
    return serve_once(serve, "GET", "/healthz", "", 0, &reply) && reply.status == 200 &&
           strcmp(reply.body, "{\"status\":\"ok\"}") == 0 && serve_milliseconds() - start <= milliseconds;
}

/* The number behind `name` at the start of a line of /metrics. */
SERVE_UNUSED static unsigned long serve_metric(const struct serve *serve, const char *name) {
    static struct serve_reply reply;
    char line[128];
    if (!serve_once(serve, "GET", "/metrics", "", 0, &reply))
        return ULONG_MAX;
    (void)snprintf(line, sizeof line, "\n%s ", name);
    const char *const found = strstr(reply.body, line);
    return found == NULL ? ULONG_MAX : strtoul(found + strlen(line), NULL, 10);
}

/* Sanitizers keep what is freed, so memory can't be measured with them. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SERVE_MEASURES false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SERVE_MEASURES false
#endif
#endif
#ifndef SERVE_MEASURES
#define SERVE_MEASURES true
#endif

/* Kilobytes of memory the server holds. */
SERVE_UNUSED static unsigned long serve_memory(const struct serve *serve) {
    char path[64], text[4096];
    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)serve->process);
    (void)serve_read_file(path, text, sizeof text);
    const char *const found = strstr(text, "VmRSS:");
    return found == NULL ? 0 : strtoul(found + 6, NULL, 10);
}

/* (module (func (export "call") BODY)), where BODY is `size` bytes of code with its last end; returns the size. */
SERVE_UNUSED static size_t serve_module(uint8_t *to, const uint8_t *body, uint8_t size, uint32_t variant) {
    static const uint8_t front[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1,   4,   1,   0x60, 0, 0,
                                    3, 2,   1,   0,   7, 8, 1, 4, 'c', 'a', 'l', 'l',  0, 0};
    size_t at = sizeof front;
    memcpy(to, front, at);
    to[at++] = 10;
    to[at++] = (uint8_t)(size + 3);
    to[at++] = 1;
    to[at++] = (uint8_t)(size + 1);
    to[at++] = 0;
    memcpy(to + at, body, size);
    at += size;
    const uint8_t custom[] = {0, 6, 1, 'x', (uint8_t)variant, (uint8_t)(variant >> 8), (uint8_t)(variant >> 16), 0};
    memcpy(to + at, custom, sizeof custom);
    return at + sizeof custom;
}

/* Runs until its fuel is gone; does nothing; traps at once. */
static const uint8_t serve_spin[] SERVE_UNUSED = {0x03, 0x40, 0x0C, 0x00, 0x0B, 0x0B};
static const uint8_t serve_empty[] SERVE_UNUSED = {0x0B};
static const uint8_t serve_unreachable[] SERVE_UNUSED = {0x00, 0x0B};

/* Binds a module made of BODY to test/NAME. */
SERVE_UNUSED static bool serve_bind(const struct serve *serve, const char *name, const uint8_t *body, uint8_t size) {
    static struct serve_reply reply;
    char path[128];
    uint8_t module[128];
    (void)snprintf(path, sizeof path, "/v1/contracts/test/%s", name);
    const size_t length = serve_module(module, body, size, 0);
    return serve_once(serve, "PUT", path, module, length, &reply) && reply.status == 201;
}

#endif
