/* bench/load.c - a load generator: one thread, poll(), keep-alive. */
#include "bench/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/bench.h"

#define ANSWER_ROOM 8192

struct connection {
    int fd;
    double sent;
    size_t size;
    char answer[ANSWER_ROOM];
};

struct samples {
    float *microseconds;
    size_t count, room;
};

int load_connect(uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        const int yes = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool send_request(struct connection *connection, const struct load *load) {
    const size_t size = strlen(load->request);
    connection->size = 0;
    connection->sent = bench_now();
    if (send(connection->fd, load->request, size, MSG_NOSIGNAL) == (ssize_t)size)
        return true;
    bench_fail("a request could not be sent: %s", strerror(errno));
    return false;
}

/* The body of a whole answer, or NULL if more has to come. */
static const char *whole_answer(const struct connection *connection) {
    const char *const end = strstr(connection->answer, "\r\n\r\n");
    if (end == NULL)
        return NULL;
    const char *length = NULL;
    for (const char *line = strstr(connection->answer, "\r\n"); line < end && length == NULL;
         line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, "Content-Length:", 15) == 0)
            length = line + 17;
    const size_t head = (size_t)(end - connection->answer) + 4;
    return length != NULL && connection->size >= head + strtoul(length, NULL, 10) ? end + 4 : NULL;
}

static bool keep_sample(struct samples *samples, double seconds) {
    if (samples->count == samples->room) {
        const size_t room = samples->room == 0 ? 1 << 16 : samples->room * 2;
        float *const more = realloc(samples->microseconds, room * sizeof *more);
        if (more == NULL)
            return false;
        samples->microseconds = more;
        samples->room = room;
    }
    samples->microseconds[samples->count++] = (float)(seconds * 1e6);
    return true;
}

/* Takes what has arrived.  False: the run is over, explained.  *done: the answer was complete. */
static bool receive(struct connection *connection, const struct load *load, bool *done) {
    *done = false;
    const ssize_t got =
        recv(connection->fd, connection->answer + connection->size, ANSWER_ROOM - 1 - connection->size, 0);
    if (got <= 0) {
        bench_fail("the server %s", got == 0 ? "closed a connection" : strerror(errno));
        return false;
    }
    connection->size += (size_t)got;
    connection->answer[connection->size] = '\0';
    const char *const body = whole_answer(connection);
    if (body == NULL)
        return true;
    if (strstr(body, load->expected) == NULL) {
        bench_fail("wrong answer: %.200s", body);
        return false;
    }
    *done = true;
    return true;
}

static int compare(const void *a, const void *b) {
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void summarize(const struct samples *samples, struct load_result *result) {
    qsort(samples->microseconds, samples->count, sizeof(float), compare);
    const float *const all = samples->microseconds;
    result->requests = samples->count;
    if (samples->count == 0)
        return;
    result->p50 = (double)all[samples->count / 2];
    result->p90 = (double)all[samples->count * 9 / 10];
    result->p99 = (double)all[samples->count * 99 / 100];
    result->worst = (double)all[samples->count - 1];
}

/* The loop: answers in, next requests out, until time or number is up. */
static bool exchange(const struct load *load, struct connection *connections, struct pollfd *polled,
                     struct samples *samples) {
    const double start = bench_now();
    for (unsigned i = 0; i < load->connections; i++)
        if (!send_request(&connections[i], load))
            return false;
    for (;;) {
        if (poll(polled, load->connections, 10000) <= 0) {
            bench_fail("the server did not answer within 10 s");
            return false;
        }
        for (unsigned i = 0; i < load->connections; i++) {
            bool done = false;
            if (polled[i].revents == 0)
                continue;
            if (!receive(&connections[i], load, &done))
                return false;
            if (!done)
                continue;
            const double now = bench_now();
            if (!keep_sample(samples, now - connections[i].sent))
                return false;
            if (now - start >= load->seconds || (load->requests != 0 && samples->count >= load->requests))
                return true;
            if (!send_request(&connections[i], load))
                return false;
        }
    }
}

bool load_run(const struct load *load, struct load_result *result) {
    struct connection *const connections = calloc(load->connections, sizeof *connections);
    struct pollfd *const polled = calloc(load->connections, sizeof *polled);
    struct samples samples = {NULL, 0, 0};
    unsigned open = 0;
    bool good = connections != NULL && polled != NULL;
    for (; good && open < load->connections; open++) {
        connections[open].fd = load_connect(load->port);
        polled[open] = (struct pollfd){.fd = connections[open].fd, .events = POLLIN};
        if (connections[open].fd < 0) {
            bench_fail("connection %u failed: %s", open, strerror(errno));
            good = false;
        }
    }
    *result = (struct load_result){0};
    const double start = bench_now();
    good = good && exchange(load, connections, polled, &samples);
    result->seconds = bench_now() - start;
    for (unsigned i = 0; connections != NULL && i < open; i++)
        if (connections[i].fd >= 0)
            close(connections[i].fd);
    if (samples.count > 0)
        summarize(&samples, result);
    free(samples.microseconds);
    free(connections);
    free(polled);
    return good;
}
