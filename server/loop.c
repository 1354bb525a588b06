/* server/loop.c - poll() over the wake pipe, the listeners and the connections.
 *
 * The array given to poll() has the wake pipe first, then the listeners, then the connections; `connections` runs in
 * parallel to its last part.  A connection that goes away is replaced by the last one, so nothing is ever searched. */
#include "server/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server/connection.h"
#include "server/listen.h"
#include "server/reply.h"

enum { MOST_LISTENERS = 16, ACCEPTED_AT_ONCE = 64, DEADLINE_MILLISECONDS = 200, DRAIN_SECONDS = 10 };
#define MILLISECOND ((uint64_t)1000000)
#define NO_INDEX UINT32_MAX

/* Answers are sent together, when so many are there or this time has passed: a client with many connections is woken once
 * for all of them and not for each. */
enum { MOST_UNSENT = 16 };
#define UNSENT_TIME (200 * MILLISECOND / 1000)

struct server_loop {
    struct server *server;
    struct server_wire wire;
    struct server_metrics metrics;
    int wake[2];
    int spare_fd; /* given up for a moment when there are no descriptors left, to refuse a client properly */
    atomic_int stops;
    struct {
        int fd;
        bool local; /* a unix socket */
    } listeners[MOST_LISTENERS];
    uint32_t listener_count;
    const char *unix_paths[MOST_LISTENERS];
    uint32_t unix_count;
    struct pollfd *polled; /* [1 + MOST_LISTENERS + limit connections] */
    struct server_connection **connections;
    uint32_t count;
    uint32_t limit;
    uint32_t again;        /* connections that have work without new input */
    uint64_t next_look;    /* at deadlines */
    uint64_t drain_until;  /* 0: not stopping */
    uint64_t accept_after; /* no accepting before: there were no descriptors */
    uint64_t date_second;
    struct server_connection *unsent[MOST_UNSENT];
    uint32_t unsent_count;
    uint64_t unsent_since;
};

/* ---- Making and ending ------------------------------------------------------------------------------------------- */

struct server_loop *server_loop_new(struct server *server, struct server_error *error) {
    struct server_loop *const loop = calloc(1, sizeof *loop);
    if (loop == NULL) {
        (void)server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
        return NULL;
    }
    loop->server = server;
    loop->wire.server = server;
    loop->wire.now = server_clock();
    loop->limit = (uint32_t)server->config.limits.connections;
    loop->polled = calloc(1 + MOST_LISTENERS + (size_t)loop->limit, sizeof *loop->polled);
    loop->connections = calloc(loop->limit, sizeof(struct server_connection *));
    loop->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    atomic_init(&loop->stops, 0);
    loop->metrics.started = loop->metrics.now = loop->wire.now;
    server->metrics = &loop->metrics;
    loop->wake[0] = loop->wake[1] = -1;
    if (loop->polled == NULL || loop->connections == NULL || pipe(loop->wake) != 0 ||
        !server_prepare_socket(loop->wake[0]) || !server_prepare_socket(loop->wake[1])) {
        (void)server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
        server_loop_free(loop);
        return NULL;
    }
    loop->polled[0] = (struct pollfd){.fd = loop->wake[0], .events = POLLIN};
    return loop;
}

static void close_listeners(struct server_loop *loop) {
    for (uint32_t i = 0; i < loop->listener_count; i++)
        close(loop->listeners[i].fd);
    for (uint32_t i = 0; i < loop->unix_count; i++)
        unlink(loop->unix_paths[i]);
    /* The connections move up in the polled array. */
    memmove(&loop->polled[1], &loop->polled[1 + loop->listener_count], loop->count * sizeof *loop->polled);
    loop->listener_count = loop->unix_count = 0;
}

void server_loop_free(struct server_loop *loop) {
    if (loop == NULL)
        return;
    if (loop->polled != NULL)
        close_listeners(loop);
    struct server_job *next;
    struct server_job *job = loop->server->workers == NULL ? NULL : server_workers_take(loop->server->workers);
    for (; job != NULL; job = next) {
        struct server_connection *const c = job->connection;
        next = job->next;
        if (c->index == NO_INDEX)
            server_connection_free(c);
    }
    for (uint32_t i = 0; i < loop->count; i++)
        server_connection_free(loop->connections[i]);
    server_wire_clear(&loop->wire);
    for (unsigned i = 0; i < 2; i++)
        if (loop->wake[i] >= 0)
            close(loop->wake[i]);
    if (loop->spare_fd >= 0)
        close(loop->spare_fd);
    free(loop->polled);
    free(loop->connections);
    free(loop);
}

static bool add_listener(struct server_loop *loop, int fd, bool local) {
    loop->listeners[loop->listener_count].fd = fd;
    loop->listeners[loop->listener_count].local = local;
    loop->listener_count++;
    loop->polled[loop->listener_count] = (struct pollfd){.fd = fd, .events = POLLIN};
    return true;
}

bool server_loop_listen(struct server_loop *loop, const char *address, char bound[128], struct server_error *error) {
    if (loop->listener_count == MOST_LISTENERS)
        return server_fail(error, SERVER_ERROR_INTERNAL, "too many addresses to listen on");
    const int fd = server_listen(address, bound, error);
    return fd >= 0 && add_listener(loop, fd, false);
}

bool server_loop_listen_unix(struct server_loop *loop, const char *path, struct server_error *error) {
    if (loop->listener_count == MOST_LISTENERS)
        return server_fail(error, SERVER_ERROR_INTERNAL, "too many addresses to listen on");
    const int fd = server_listen_unix(path, error);
    if (fd < 0)
        return false;
    loop->unix_paths[loop->unix_count++] = path;
    return add_listener(loop, fd, true);
}

void server_loop_wake(void *context) {
    struct server_loop *const loop = context;
    /* A full pipe wakes as well as another byte would. */
    const ssize_t count = write(loop->wake[1], "", 1);
    (void)count;
}

void server_loop_stop(struct server_loop *loop) {
    atomic_fetch_add(&loop->stops, 1);
    server_loop_wake(loop);
}

/* ---- Connections ------------------------------------------------------------------------------------------------- */

static struct pollfd *polled_of(struct server_loop *loop, uint32_t index) {
    return &loop->polled[1 + loop->listener_count + index];
}

/* Takes a connection out of the arrays.  If a worker has its job it lives on, without a descriptor, until the job comes
 * back. */
static void remove_connection(struct server_loop *loop, struct server_connection *c) {
    const uint32_t index = c->index, last = --loop->count;
    loop->connections[index] = loop->connections[last];
    loop->connections[index]->index = index;
    *polled_of(loop, index) = *polled_of(loop, last);
    c->index = NO_INDEX;
    if (!c->lent) {
        server_connection_free(c);
        return;
    }
    close(c->fd);
    c->fd = -1;
    atomic_store(&c->job->cancelled, true);
}

/* After anything was done with a connection: is it still there, and what does it wait for. */
static void settle(struct server_loop *loop, struct server_connection *c) {
    if (c->state == SERVER_CONNECTION_CLOSED) {
        remove_connection(loop, c);
        return;
    }
    polled_of(loop, c->index)->events = server_connection_events(c);
    loop->again += c->again;
}

/* Sends what was answered. */
static void flush(struct server_loop *loop) {
    for (uint32_t i = 0; i < loop->unsent_count; i++) {
        server_connection_flush(loop->unsent[i]);
        settle(loop, loop->unsent[i]);
    }
    loop->unsent_count = 0;
}

/* Puts the connection among those that may have something to send. */
static void send_later(struct server_loop *loop, struct server_connection *c) {
    if (loop->unsent_count == 0)
        loop->unsent_since = loop->wire.now;
    loop->unsent[loop->unsent_count++] = c;
    if (loop->unsent_count == MOST_UNSENT || loop->wire.now - loop->unsent_since > UNSENT_TIME)
        flush(loop);
}

/* Refuses a client in words when no descriptor is left: the spare one is given up for it. */
static void refuse_client(struct server_loop *loop, int listener) {
    static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json;charset=utf-8\r\n"
                               "Content-Length: 85\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
                               "{\"error\":{\"code\":\"too_many_connections\",\"message\":\"no descriptors left: try "
                               "again\"}}\n";
    if (loop->spare_fd >= 0)
        close(loop->spare_fd);
    const int fd = accept(listener, NULL, NULL);
    if (fd >= 0) {
        (void)send(fd, text, sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)shutdown(fd, SHUT_WR);
        close(fd);
        loop->metrics.connections_refused++;
    }
    loop->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void add_connection(struct server_loop *loop, int fd, bool local) {
    const int on = 1;
    if (!local)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct server_connection *const c =
        server_prepare_socket(fd) ? server_connection_new(&loop->wire, fd, !local) : NULL;
    if (c == NULL) {
        close(fd);
        loop->metrics.connections_refused++;
        return;
    }
    loop->metrics.connections_accepted++;
    c->index = loop->count++;
    loop->connections[c->index] = c;
    *polled_of(loop, c->index) = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void accept_clients(struct server_loop *loop, uint32_t listener) {
    for (unsigned i = 0; i < ACCEPTED_AT_ONCE && loop->count < loop->limit; i++) {
        const int fd = accept(loop->listeners[listener].fd, NULL, NULL);
        if (fd >= 0) {
            add_connection(loop, fd, loop->listeners[listener].local);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            refuse_client(loop, loop->listeners[listener].fd);
            loop->accept_after = loop->wire.now + 10 * MILLISECOND;
            return;
        }
        if (errno != ECONNABORTED && errno != EINTR)
            return;
    }
}

/* ---- One round --------------------------------------------------------------------------------------------------- */

/* Jobs that the workers have finished. */
static void take_finished(struct server_loop *loop) {
    uint8_t bytes[64];
    while (read(loop->wake[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes) {
    }
    struct server_job *next;
    for (struct server_job *job = server_workers_take(loop->server->workers); job != NULL; job = next) {
        next = job->next;
        struct server_connection *const c = job->connection;
        if (c->index == NO_INDEX) {
            server_connection_free(c);
            continue;
        }
        server_connection_resume(c);
        send_later(loop, c);
    }
    flush(loop);
}

/* From the last to the first, because a connection that goes away is replaced by the last one. */
static void handle_ready(struct server_loop *loop, int ready) {
    const bool again = loop->again > 0;
    loop->again = 0;
    for (uint32_t i = loop->count; i > 0 && (ready > 0 || again); i--) {
        struct pollfd *const polled = polled_of(loop, i - 1);
        struct server_connection *const c = loop->connections[i - 1];
        const short revents = polled->revents;
        polled->revents = 0;
        if (revents != 0)
            ready--;
        if (revents != 0 || c->again) {
            server_connection_handle(c, revents);
            send_later(loop, c);
        }
    }
    flush(loop);
}

static void look_at_deadlines(struct server_loop *loop) {
    if (loop->wire.now < loop->next_look)
        return;
    loop->next_look = loop->wire.now + DEADLINE_MILLISECONDS * MILLISECOND;
    for (uint32_t i = loop->count; i > 0; i--) {
        struct server_connection *const c = loop->connections[i - 1];
        if (loop->wire.now < server_connection_deadline(c))
            continue;
        server_connection_expire(c);
        settle(loop, c);
    }
}

static void refresh_clock(struct server_loop *loop) {
    loop->wire.now = loop->metrics.now = server_clock();
    loop->wire.exhausted = 0;
    loop->metrics.body_bytes = loop->wire.body_bytes;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if ((uint64_t)now.tv_sec == loop->date_second)
        return;
    loop->date_second = (uint64_t)now.tv_sec;
    server_date(loop->date_second, loop->wire.date);
}

/* The server is to stop: no new clients; idle ones go now, others after their answer. */
static void begin_stopping(struct server_loop *loop) {
    close_listeners(loop);
    loop->wire.stopping = true;
    loop->drain_until = loop->wire.now + DRAIN_SECONDS * 1000 * MILLISECOND;
    for (uint32_t i = loop->count; i > 0; i--) {
        struct server_connection *const c = loop->connections[i - 1];
        server_connection_stop(c);
        settle(loop, c);
    }
}

/* Milliseconds that poll() may sleep. */
static int sleep_time(const struct server_loop *loop) {
    if (loop->again > 0)
        return 0;
    return loop->count > 0 || loop->drain_until != 0 || loop->wire.now < loop->accept_after ? DEADLINE_MILLISECONDS
                                                                                            : -1;
}

static void accept_ready(struct server_loop *loop, int *ready) {
    for (uint32_t i = 0; i < loop->listener_count; i++) {
        const short revents = loop->polled[1 + i].revents;
        loop->polled[1 + i].revents = 0;
        if (revents == 0)
            continue;
        --*ready;
        accept_clients(loop, i);
    }
}

/* Listeners rest while there is no room for another connection; the kernel's queue keeps the clients. */
static void choose_listeners(struct server_loop *loop) {
    const bool room = loop->count < loop->limit && loop->wire.now >= loop->accept_after;
    for (uint32_t i = 0; i < loop->listener_count; i++)
        loop->polled[1 + i].events = room ? POLLIN : 0;
}

bool server_loop_run(struct server_loop *loop) {
    refresh_clock(loop);
    for (;;) {
        const int stops = atomic_load(&loop->stops);
        if (stops > 0 && loop->drain_until == 0)
            begin_stopping(loop);
        if (loop->drain_until != 0 && (loop->count == 0 || stops > 1 || loop->wire.now >= loop->drain_until))
            return true;
        choose_listeners(loop);
        int ready = poll(loop->polled, 1 + loop->listener_count + loop->count, sleep_time(loop));
        if (ready < 0 && errno != EINTR)
            return false;
        refresh_clock(loop);
        if (ready > 0 && loop->polled[0].revents != 0) {
            loop->polled[0].revents = 0;
            ready--;
            take_finished(loop);
        }
        handle_ready(loop, ready);
        accept_ready(loop, &ready);
        look_at_deadlines(loop);
    }
}
