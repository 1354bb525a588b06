/* server/connection.c - a client's bytes, from read() to write(). */
#include "server/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server/answer.h"
#include "server/reply.h"

/* Requests whose head and body fit here are worked on where they lie.  */
enum { IN_PLACE = 32 << 10, READ_AT_ONCE = 4096, LARGE_READ = 64 << 10 };

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

/* All large bodies together. */
#define MOST_BODY_BYTES ((uint64_t)256 << 20)

#define SECOND ((uint64_t)1000000000)
enum { WRITE_SECONDS = 30, LINGER_SECONDS = 2 };

uint64_t server_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/* ---- Jobs and memory --------------------------------------------------------------------------------------------- */

static struct server_job *take_job(struct server_wire *wire) {
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

/* Gives the body's memory back, with the account. */
static void drop_body(struct server_connection *c) {
    c->wire->body_bytes -= c->body.capacity;
    server_buffer_free(&c->body);
}

void server_connection_free(struct server_connection *c) {
    if (c->fd >= 0)
        close(c->fd);
    if (c->job != NULL)
        server_wire_give(c->wire, c->job);
    drop_body(c);
    server_buffer_free(&c->in);
    server_buffer_free(&c->out);
    server_buffer_free(&c->tail);
    c->wire->server->metrics->connections--;
    free(c);
}

static size_t unread(const struct server_connection *c) {
    return c->in.size - c->begin;
}

static size_t unsent(const struct server_connection *c) {
    return c->out.size - c->sent + (c->tail.size - c->tail_sent);
}

/* ---- Answering --------------------------------------------------------------------------------------------------- */

static uint64_t seconds_from_now(const struct server_connection *c, uint64_t seconds) {
    return c->wire->now + seconds * SECOND;
}

/* Ready for the next head. */
static void expect_head(struct server_connection *c) {
    const struct vm_limits *const limits = &c->wire->server->config.limits;
    c->state = SERVER_CONNECTION_HEAD;
    c->judged = 0;
    c->read_deadline = seconds_from_now(c, unread(c) > 0 ? limits->head_seconds : limits->idle_seconds);
}

/* Puts the job's answer into the output and gives the job back. */
static void answer(struct server_connection *c) {
    struct server_job *const job = c->job;
    struct server_wire *const wire = c->wire;
    if (wire->stopping || !c->head.keep_alive)
        c->last = true;
    const bool without_body = job->method == SERVER_HEAD;
    const struct server_reply reply = {
        .status = job->status,
        .minor = c->head.minor,
        .keep_alive = !c->last,
        .content_type = job->content_type,
        .date = wire->date,
        .allow = job->allow,
        .length = job->answer.size,
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
    wire->now = server_clock();
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
static void refuse(struct server_connection *c, const struct server_error *error) {
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
    drop_body(c);
    c->last = c->linger = true;
    c->state = SERVER_CONNECTION_HEAD;
    c->read_deadline = UINT64_MAX;
    c->in.size = c->begin = 0;
}

static void refuse_with(struct server_connection *c, enum server_error_code code) {
    struct server_error error;
    (void)server_fail(&error, code, NULL);
    refuse(c, &error);
}

/* ---- Heads ------------------------------------------------------------------------------------------------------- */

/* Names that a web page could give to this address (DNS rebinding) are refused unless the operator allowed them. */
static bool host_allowed(const struct server_connection *c, struct vm_bytes host) {
    const struct server *const server = c->wire->server;
    if (!c->check_host || server_host_is_local(host))
        return true;
    const struct vm_bytes name = server_host_name(host);
    for (uint32_t i = 0; i < server->host_count; i++)
        if (strcmp(server->hosts[i], "*") == 0 || server_text_equal(name, server->hosts[i]))
            return true;
    return false;
}

/* Only pages of this very server may call it from a browser. */
static bool origin_allowed(const struct server_http_head *head) {
    if (head->origin.size == 0)
        return true;
    return head->origin.size == head->host.size + 7 && memcmp(head->origin.data, "http://", 7) == 0 &&
           memcmp(head->origin.data + 7, head->host.data, head->host.size) == 0;
}

/* Everything that can be judged before the body. */
static bool check_head(struct server_connection *c, struct server_error *error) {
    const struct server_http_head *const head = &c->head;
    const struct vm_limits *const limits = &c->wire->server->config.limits;
    if (!host_allowed(c, head->host))
        return server_fail(error, SERVER_ERROR_HOST_NOT_ALLOWED, NULL);
    if (!origin_allowed(head))
        return server_fail(error, SERVER_ERROR_ORIGIN, NULL);
    if (!server_route_find(c->job, head->method, head->path)) {
        *error = c->job->error;
        return false;
    }
    c->body_limit = server_route_body(c->job->route, limits);
    if (head->has_length && head->length > c->body_limit)
        return server_fail(error, SERVER_ERROR_BODY_TOO_LARGE, "more than %llu bytes",
                           (unsigned long long)c->body_limit);
    return true;
}

static bool fits_in_place(const struct server_connection *c) {
    return !c->head.chunked && c->head.size + c->head.length <= IN_PLACE;
}

/* A head is there: a job begins. */
static void begin_request(struct server_connection *c) {
    struct server_error error;
    c->job = take_job(c->wire);
    if (c->job == NULL) {
        refuse_with(c, SERVER_ERROR_OUT_OF_MEMORY);
        return;
    }
    c->job->connection = c;
    const bool here = fits_in_place(c) && unread(c) - c->head.size >= c->head.length;
    if (!check_head(c, &error)) {
        if (!here) {
            refuse(c, &error);
            return;
        }
        /* The whole request is here, so the connection need not end with it. */
        c->job->error = error;
        c->job->started = c->wire->now;
        (void)server_job_fail(c->job);
        c->begin += c->head.size + (size_t)c->head.length;
        answer(c);
        return;
    }
    c->state = SERVER_CONNECTION_BODY;
    if (here)
        return;
    c->read_deadline = seconds_from_now(c, c->wire->server->config.limits.body_seconds);
    if (c->head.expect_continue)
        server_put_text(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
    if (!fits_in_place(c)) {
        c->begin += c->head.size;
        c->chunks = (struct server_chunks){0};
    }
}

/* Whether the blank line that ends a head (or a bare LF, which is refused) is in what came since the last look. */
static bool may_be_complete(const struct server_connection *c) {
    const uint8_t *const start = c->in.data + c->begin;
    for (size_t i = c->judged < 3 ? 0 : c->judged - 3; i < unread(c); i++)
        if (start[i] == '\n' && (i < 1 || start[i - 1] != '\r' || (i >= 3 && start[i - 2] == '\n')))
            return true;
    return false;
}

/* Parses a head if there is one.  Unfinished heads are parsed again only when twice as much is there, so that a client
 * that sends byte by byte costs linear time. */
static void read_head(struct server_connection *c) {
    const struct vm_limits *const limits = &c->wire->server->config.limits;
    const struct server_http_limits bounds = {(size_t)limits->request_head_bytes, (uint32_t)limits->request_headers};
    const size_t size = unread(c);
    if (c->judged == 0)
        c->read_deadline = seconds_from_now(c, limits->head_seconds);
    if (c->judged != 0 && size < 2 * c->judged && size < bounds.head_bytes && !may_be_complete(c))
        return;
    struct server_error error;
    switch (server_http_read(vm_bytes(c->in.data + c->begin, size), &bounds, &c->head, &error)) {
    case SERVER_HTTP_MORE:
        c->judged = size;
        break;
    case SERVER_HTTP_BAD:
        refuse(c, &error);
        break;
    case SERVER_HTTP_DONE:
    default:
        begin_request(c);
        break;
    }
}

/* ---- Bodies ------------------------------------------------------------------------------------------------------ */

/* Room in the body buffer, with the account of all bodies.  NULL: refused. */
static uint8_t *reserve_body(struct server_connection *c, size_t more) {
    const size_t before = c->body.capacity;
    if (c->wire->body_bytes + more > MOST_BODY_BYTES) {
        refuse_with(c, SERVER_ERROR_BODIES_FULL);
        return NULL;
    }
    uint8_t *const to = server_buffer_reserve(&c->body, more);
    c->wire->body_bytes += c->body.capacity - before;
    if (to == NULL)
        refuse_with(c, SERVER_ERROR_OUT_OF_MEMORY);
    return to;
}

static bool append_body(struct server_connection *c, struct vm_bytes bytes) {
    if (bytes.size == 0)
        return true;
    uint8_t *const to = reserve_body(c, bytes.size);
    if (to == NULL)
        return false;
    memcpy(to, bytes.data, bytes.size);
    c->body.size += bytes.size;
    return true;
}

/* Takes what has come of a chunked body; true when it is complete. */
static bool read_chunks(struct server_connection *c) {
    struct server_error error;
    size_t taken = 0, kept = 0;
    uint8_t *const from = c->in.data + c->begin;
    const enum server_http_state state =
        server_chunks_read(&c->chunks, from, unread(c), c->body_limit, &taken, &kept, &error);
    if (state == SERVER_HTTP_BAD) {
        refuse(c, &error);
        return false;
    }
    if (!append_body(c, vm_bytes(from, kept)))
        return false;
    c->begin += taken;
    return state == SERVER_HTTP_DONE;
}

/* True when the body is complete and job->request is set. */
static bool read_body(struct server_connection *c) {
    if (fits_in_place(c)) {
        if (unread(c) - c->head.size < c->head.length)
            return false;
        c->job->request = vm_bytes(c->in.data + c->begin + c->head.size, (size_t)c->head.length);
        return true;
    }
    if (c->head.chunked) {
        if (!read_chunks(c))
            return false;
    } else {
        const uint64_t missing = c->head.length - c->body.size;
        const size_t count = missing < unread(c) ? (size_t)missing : unread(c);
        if (!append_body(c, vm_bytes(c->in.data + c->begin, count)))
            return false;
        c->begin += count;
        if (c->body.size < c->head.length)
            return false;
    }
    c->job->request = vm_bytes(c->body.data, c->body.size);
    return true;
}

/* The request's bytes are no longer needed. */
static void end_request(struct server_connection *c) {
    if (fits_in_place(c))
        c->begin += c->head.size + (size_t)c->head.length;
    else
        drop_body(c);
}

/* ---- Working ----------------------------------------------------------------------------------------------------- */

/* The whole request is there: the handler's first turn, and if that is not enough, a worker. */
static void work(struct server_connection *c) {
    struct server_wire *const wire = c->wire;
    struct server_job *const job = c->job;
    const struct server_turn turn = {wire->exhausted < EXHAUSTED_AT_ONCE ? LOOP_SLICE : 0, false};
    job->started = wire->now;
    if (job->route->handler(job, &turn) == SERVER_STEP_DONE) {
        end_request(c);
        answer(c);
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
    end_request(c);
    answer(c);
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
            if (unread(c) == 0)
                return;
            if (done == PIPELINED_AT_ONCE) {
                c->again = true;
                return;
            }
            read_head(c);
            if (c->state == SERVER_CONNECTION_HEAD && c->judged != 0)
                return;
            continue;
        }
        if (!read_body(c))
            return;
        done++;
        work(c);
    }
}

void server_connection_resume(struct server_connection *c) {
    c->lent = false;
    end_request(c);
    answer(c);
    server_connection_handle(c, 0);
}

/* ---- Reading and writing ----------------------------------------------------------------------------------------- */

/* Moves what is unread to the front when there is need of room. */
static void make_room(struct server_connection *c) {
    if (c->begin == 0)
        return;
    if (unread(c) > 0)
        memmove(c->in.data, c->in.data + c->begin, unread(c));
    c->in.size -= c->begin;
    c->begin = 0;
}

/* Where the next bytes go, and how many at most. */
static uint8_t *read_target(struct server_connection *c, struct server_buffer **buffer, size_t *room) {
    *buffer = &c->in;
    if (c->state == SERVER_CONNECTION_BODY && !fits_in_place(c) && !c->head.chunked) {
        const uint64_t missing = c->head.length - c->body.size;
        *room = missing < LARGE_READ ? (size_t)missing : LARGE_READ;
        *buffer = &c->body;
        return reserve_body(c, *room);
    }
    make_room(c);
    *room = READ_AT_ONCE;
    if (c->state == SERVER_CONNECTION_BODY && fits_in_place(c)) {
        const size_t missing = c->head.size + (size_t)c->head.length - c->in.size;
        *room = missing > READ_AT_ONCE ? missing : READ_AT_ONCE;
    } else if (c->head.chunked && c->state == SERVER_CONNECTION_BODY) {
        *room = IN_PLACE;
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
        refuse_with(c, SERVER_ERROR_INCOMPLETE_BODY);
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
            c->write_deadline = seconds_from_now(c, WRITE_SECONDS);
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
    c->read_deadline = seconds_from_now(c, LINGER_SECONDS);
}

static void flush(struct server_connection *c) {
    if (c->state == SERVER_CONNECTION_CLOSED)
        return;
    const bool waited = unsent(c) > 0;
    if (!send_some(c, &c->out, &c->sent) || !send_some(c, &c->tail, &c->tail_sent)) {
        if (c->write_deadline == UINT64_MAX)
            c->write_deadline = seconds_from_now(c, WRITE_SECONDS);
        return;
    }
    c->write_deadline = UINT64_MAX;
    if (c->last && c->state == SERVER_CONNECTION_HEAD)
        end_output(c);
    else if (waited && c->state == SERVER_CONNECTION_HEAD && unread(c) > 0 && c->judged == 0)
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
    flush(c);
    if (c->state == SERVER_CONNECTION_HEAD && unread(c) == 0 && c->in.capacity > KEPT_BUFFER) {
        server_buffer_free(&c->in);
        c->begin = 0;
    }
}

void server_connection_expire(struct server_connection *c) {
    c->wire->server->metrics->timeouts++;
    const bool late_request =
        c->state == SERVER_CONNECTION_BODY || (c->state == SERVER_CONNECTION_HEAD && unread(c) > 0);
    if (c->wire->now < c->write_deadline && late_request && unsent(c) == 0) {
        refuse_with(c, SERVER_ERROR_TIMEOUT);
        flush(c);
        return;
    }
    c->state = SERVER_CONNECTION_CLOSED;
}

void server_connection_stop(struct server_connection *c) {
    if (c->state == SERVER_CONNECTION_HEAD && unread(c) == 0 && unsent(c) == 0)
        c->state = SERVER_CONNECTION_CLOSED;
}
