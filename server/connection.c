/* server/connection.c - a client's bytes, from read() to write(). */
#include "server/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/answer.h"
#include "server/incoming.h"
#include "server/reply.h"

enum { READ_AT_ONCE = 4096, CHUNKED_READ = 32 << 10, LARGE_READ = 64 << 10 };

/* What a connection keeps when it has nothing to do. */
enum { KEPT_BUFFER = 16 << 10, SPARE_JOBS = 16 };

/* Answers that wait to be sent; past this no further request is begun.  Larger ones are not copied. */
enum { MOST_OUTPUT = 128 << 10, COPIED_ANSWER = 32 << 10 };

/* Pipelined requests that one connection may have answered before others get their turn. */
enum { PIPELINED_AT_ONCE = 16 };

/* Fuel a run may use on the loop's thread, some hundred microseconds; and how many runs of one round may use it up
 * before the others go to the workers at once. */
#define LOOP_SLICE 50000u
enum { EXHAUSTED_AT_ONCE = 8 };

#define SECOND ((uint64_t)1000000000)
enum { WRITE_SECONDS = 30, LINGER_SECONDS = 2 };

/* ---- Jobs and memory --------------------------------------------------------------------------------------------- */

struct server_job *server_wire_take(struct server_wire *wire) {
    struct server_job *const job = wire->spare;
    if (job == NULL)
        return server_job_new(wire->server);
    wire->spare = job->next;
    wire->spare_count--;
    job->next = NULL;
    return job;
}

void server_wire_give(struct server_wire *wire, struct server_job *job) {
    if (wire->spare_count == SPARE_JOBS) {
        server_job_free(job);
        return;
    }
    server_job_reset(job);
    job->next = wire->spare;
    wire->spare = job;
    wire->spare_count++;
}

void server_wire_clear(struct server_wire *wire) {
    while (wire->spare != NULL) {
        struct server_job *const job = wire->spare;
        wire->spare = job->next;
        server_job_free(job);
    }
    wire->spare_count = 0;
}

struct server_connection *server_connection_new(struct server_wire *wire, int fd, bool check_host) {
    struct server_connection *const c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->wire = wire;
    c->fd = fd;
    c->check_host = check_host;
    c->read_deadline = wire->now + wire->server->config.limits.idle_seconds * SECOND;
    c->write_deadline = UINT64_MAX;
    wire->server->metrics->connections++;
    return c;
}

void server_connection_free(struct server_connection *c) {
    if (c->fd >= 0)
        close(c->fd);
    if (c->job != NULL)
        server_wire_give(c->wire, c->job);
    server_incoming_drop(c);
    server_buffer_free(&c->in);
    server_buffer_free(&c->out);
    server_buffer_free(&c->tail);
    c->wire->server->metrics->connections--;
    free(c);
}

static size_t unsent(const struct server_connection *c) {
    return c->out.size - c->sent + (c->tail.size - c->tail_sent);
}

/* ---- Answering --------------------------------------------------------------------------------------------------- */

/* Ready for the next head. */
static void expect_head(struct server_connection *c) {
    const struct vm_limits *const limits = &c->wire->server->config.limits;
    c->state = SERVER_CONNECTION_HEAD;
    c->judged = 0;
    c->read_deadline =
        server_connection_in_seconds(c, server_connection_unread(c) > 0 ? limits->head_seconds : limits->idle_seconds);
}

/* Puts the job's answer into the output and gives the job back. */
void server_connection_answer(struct server_connection *c) {
    struct server_job *const job = c->job;
    struct server_wire *const wire = c->wire;
    if (wire->stopping || !c->head.keep_alive)
        c->last = true;
    const bool without_body = job->method == SERVER_HEAD;
    wire->now = server_clock();
    const struct server_reply reply = {
        .status = job->status,
        .minor = c->head.minor,
        .keep_alive = !c->last,
        .content_type = job->content_type,
        .date = wire->date,
        .allow = job->allow,
        .length = job->answer.size,
        .timed = wire->server->timing && job->route != NULL && job->route->runs,
        .run_time = job->run_time,
        .total_time = wire->now - job->started,
    };
    server_put_reply(&c->out, &reply);
    if (job->answer.size <= COPIED_ANSWER && !without_body) {
        server_put_bytes(&c->out, vm_bytes(job->answer.data, job->answer.size));
    } else if (!without_body) {
        /* The buffers change places, so that a large answer is not copied. */
        const struct server_buffer empty = c->tail;
        c->tail = job->answer;
        job->answer = empty;
        job->answer.limit = c->tail.limit;
    }
    server_metrics_count(wire->server->metrics, job, wire->now);
    c->job = NULL;
    server_wire_give(wire, job);
    if (!server_buffer_good(&c->out)) {
        c->state = SERVER_CONNECTION_CLOSED;
        return;
    }
    expect_head(c);
}

/* Refuses what can't be answered by going on: the answer, then the end of the connection. */
void server_connection_refuse(struct server_connection *c, const struct server_error *error) {
    struct server_wire *const wire = c->wire;
    const unsigned status = server_error_status(error->code);
    struct server_buffer text = {0};
    server_answer_error(&text, error);
    const struct server_reply reply = {
        .status = status,
        .minor = 1,
        .keep_alive = false,
        .content_type = "application/json;charset=utf-8",
        .date = wire->date,
        .allow = c->job == NULL ? NULL : c->job->allow,
        .length = text.size,
    };
    server_put_reply(&c->out, &reply);
    if (c->head.method != SERVER_HEAD)
        server_put_bytes(&c->out, vm_bytes(text.data, text.size));
    server_buffer_free(&text);
    server_metrics_count_refusal(wire->server->metrics, status);
    if (c->job != NULL)
        server_wire_give(wire, c->job);
    c->job = NULL;
    server_incoming_drop(c);
    c->last = c->linger = true;
    c->state = SERVER_CONNECTION_HEAD;
    c->read_deadline = UINT64_MAX;
    c->in.size = c->begin = 0;
}

void server_connection_refuse_with(struct server_connection *c, enum server_error_code code) {
    struct server_error error;
    (void)server_fail(&error, code, NULL);
    server_connection_refuse(c, &error);
}

/* ---- Working ----------------------------------------------------------------------------------------------------- */

/* The whole request is there: the handler's first turn, and if that is not enough, a worker. */
static void work(struct server_connection *c) {
    struct server_wire *const wire = c->wire;
    struct server_job *const job = c->job;
    const struct server_turn turn = {wire->exhausted < EXHAUSTED_AT_ONCE ? LOOP_SLICE : 0, false};
    job->started = wire->now;
    if (job->route->handler(job, &turn) == SERVER_STEP_DONE) {
        server_incoming_end(c);
        server_connection_answer(c);
        return;
    }
    if (job->runner != NULL)
        wire->exhausted++;
    if (server_workers_add(wire->server->workers, job)) {
        wire->server->metrics->handed_over++;
        c->state = SERVER_CONNECTION_BUSY;
        c->lent = true;
        c->read_deadline = UINT64_MAX;
        return;
    }
    (void)server_fail(&job->error, SERVER_ERROR_QUEUE_FULL, NULL);
    (void)server_job_fail(job);
    server_incoming_end(c);
    server_connection_answer(c);
}

/* Works through what has been read. */
static void process(struct server_connection *c) {
    c->again = false;
    for (unsigned done = 0;;) {
        if (c->last || (c->state != SERVER_CONNECTION_HEAD && c->state != SERVER_CONNECTION_BODY))
            return;
        if (unsent(c) > MOST_OUTPUT || c->tail.size > 0)
            return;
        if (c->state == SERVER_CONNECTION_HEAD) {
            if (server_connection_unread(c) == 0)
                return;
            if (done == PIPELINED_AT_ONCE) {
                c->again = true;
                return;
            }
            server_incoming_head(c);
            if (c->state == SERVER_CONNECTION_HEAD && c->judged != 0)
                return;
            continue;
        }
        if (!server_incoming_body(c))
            return;
        done++;
        work(c);
    }
}

void server_connection_resume(struct server_connection *c) {
    c->lent = false;
    server_incoming_end(c);
    server_connection_answer(c);
    process(c);
}

/* ---- Reading and writing ----------------------------------------------------------------------------------------- */

/* Moves what is unread to the front when there is need of room. */
static void make_room(struct server_connection *c) {
    if (c->begin == 0)
        return;
    if (server_connection_unread(c) > 0)
        memmove(c->in.data, c->in.data + c->begin, server_connection_unread(c));
    c->in.size -= c->begin;
    c->begin = 0;
}

/* Where the next bytes go, and how many at most. */
static uint8_t *read_target(struct server_connection *c, struct server_buffer **buffer, size_t *room) {
    *buffer = &c->in;
    if (c->state == SERVER_CONNECTION_BODY && !server_incoming_in_place(c) && !c->head.chunked) {
        const uint64_t missing = c->head.length - c->body.size;
        *room = missing < LARGE_READ ? (size_t)missing : LARGE_READ;
        *buffer = &c->body;
        return server_incoming_reserve(c, *room);
    }
    make_room(c);
    *room = READ_AT_ONCE;
    if (c->state == SERVER_CONNECTION_BODY && server_incoming_in_place(c)) {
        const size_t missing = c->head.size + (size_t)c->head.length - c->in.size;
        *room = missing > READ_AT_ONCE ? missing : READ_AT_ONCE;
    } else if (c->head.chunked && c->state == SERVER_CONNECTION_BODY) {
        *room = CHUNKED_READ;
    }
    uint8_t *const to = server_buffer_reserve(&c->in, *room);
    if (to == NULL)
        c->state = SERVER_CONNECTION_CLOSED;
    return to;
}

/* The client has closed its side. */
static void end_input(struct server_connection *c) {
    c->input_ended = true;
    if (c->state == SERVER_CONNECTION_BODY)
        server_connection_refuse_with(c, SERVER_ERROR_INCOMPLETE_BODY);
    else if (c->state == SERVER_CONNECTION_HEAD)
        c->last = true;
    else if (c->state == SERVER_CONNECTION_LINGER)
        c->state = SERVER_CONNECTION_CLOSED;
}

static void read_more(struct server_connection *c) {
    uint8_t scratch[READ_AT_ONCE];
    struct server_buffer *buffer = NULL;
    size_t room = sizeof scratch;
    uint8_t *const to = c->state == SERVER_CONNECTION_LINGER ? scratch : read_target(c, &buffer, &room);
    if (to == NULL)
        return;
    const ssize_t count = recv(c->fd, to, room, 0);
    if (count > 0) {
        c->wire->server->metrics->bytes_read += (uint64_t)count;
        if (buffer != NULL)
            buffer->size += (size_t)count;
    } else if (count == 0) {
        end_input(c);
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        c->state = SERVER_CONNECTION_CLOSED;
    }
}

/* Sends from one buffer; false if not all went. */
static bool send_some(struct server_connection *c, struct server_buffer *buffer, size_t *sent) {
    while (*sent < buffer->size) {
        const ssize_t count = send(c->fd, buffer->data + *sent, buffer->size - *sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                c->state = SERVER_CONNECTION_CLOSED;
            return false;
        }
        *sent += (size_t)count;
        c->wire->server->metrics->bytes_written += (uint64_t)count;
        if (c->write_deadline != UINT64_MAX)
            c->write_deadline = server_connection_in_seconds(c, WRITE_SECONDS);
    }
    server_buffer_clear(buffer, KEPT_BUFFER);
    *sent = 0;
    return true;
}

/* Everything is sent and nothing more will be. */
static void end_output(struct server_connection *c) {
    if (!c->linger || c->input_ended) {
        c->state = SERVER_CONNECTION_CLOSED;
        return;
    }
    /* Closing now would reset the connection if the client is still sending, and it would never see the answer. */
    (void)shutdown(c->fd, SHUT_WR);
    c->state = SERVER_CONNECTION_LINGER;
    c->read_deadline = server_connection_in_seconds(c, LINGER_SECONDS);
}

static void flush(struct server_connection *c) {
    if (c->state == SERVER_CONNECTION_CLOSED)
        return;
    const bool waited = unsent(c) > 0;
    if (!send_some(c, &c->out, &c->sent) || !send_some(c, &c->tail, &c->tail_sent)) {
        if (c->write_deadline == UINT64_MAX)
            c->write_deadline = server_connection_in_seconds(c, WRITE_SECONDS);
        return;
    }
    c->write_deadline = UINT64_MAX;
    if (c->last && c->state == SERVER_CONNECTION_HEAD)
        end_output(c);
    else if (waited && c->state == SERVER_CONNECTION_HEAD && server_connection_unread(c) > 0 && c->judged == 0)
        c->again = true;
}

short server_connection_events(const struct server_connection *c) {
    short events = 0;
    if (unsent(c) > 0)
        events = POLLOUT;
    const bool reads = c->state == SERVER_CONNECTION_HEAD || c->state == SERVER_CONNECTION_BODY;
    if (c->state == SERVER_CONNECTION_LINGER ||
        (reads && !c->last && !c->input_ended && !c->again && unsent(c) <= MOST_OUTPUT && c->tail.size == 0))
        events = (short)(events | POLLIN);
    return events;
}

void server_connection_handle(struct server_connection *c, short revents) {
    const short gone = POLLERR | POLLHUP | POLLNVAL;
    if ((revents & gone) != 0 && (server_connection_events(c) & POLLIN) == 0) {
        c->state = SERVER_CONNECTION_CLOSED;
        return;
    }
    if ((revents & (POLLIN | gone)) != 0 && (server_connection_events(c) & POLLIN) != 0)
        read_more(c);
    process(c);
}

void server_connection_flush(struct server_connection *c) {
    flush(c);
    if (c->state == SERVER_CONNECTION_HEAD && server_connection_unread(c) == 0 && c->in.capacity > KEPT_BUFFER) {
        server_buffer_free(&c->in);
        c->begin = 0;
    }
}

void server_connection_expire(struct server_connection *c) {
    c->wire->server->metrics->timeouts++;
    const bool late_request =
        c->state == SERVER_CONNECTION_BODY || (c->state == SERVER_CONNECTION_HEAD && server_connection_unread(c) > 0);
    if (c->wire->now < c->write_deadline && late_request && unsent(c) == 0) {
        server_connection_refuse_with(c, SERVER_ERROR_TIMEOUT);
        flush(c);
        return;
    }
    c->state = SERVER_CONNECTION_CLOSED;
}

void server_connection_stop(struct server_connection *c) {
    if (c->state == SERVER_CONNECTION_HEAD && server_connection_unread(c) == 0 && unsent(c) == 0)
        c->state = SERVER_CONNECTION_CLOSED;
}
