/* server/incoming.c - from a connection's bytes to a job with its request. */
#include "server/incoming.h"

/* Requests whose head and body fit here are worked on where they lie. */
enum { IN_PLACE = 32 << 10 };

/* All large bodies together. */
#define MOST_BODY_BYTES ((uint64_t)256 << 20)

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
    if (!server_route_find(c->job, head->method, head->path, head->query)) {
        *error = c->job->error;
        return false;
    }
    c->body_limit = server_route_body(c->job->route, limits);
    if (head->has_length && head->length > c->body_limit)
        return server_fail(error, SERVER_ERROR_BODY_TOO_LARGE, "more than %llu bytes",
                           (unsigned long long)c->body_limit);
    return true;
}

bool server_incoming_in_place(const struct server_connection *c) {
    return !c->head.chunked && c->head.size + c->head.length <= IN_PLACE;
}

/* A head is there: a job begins. */
static void begin_request(struct server_connection *c) {
    struct server_error error;
    c->job = server_wire_take(c->wire);
    if (c->job == NULL) {
        server_connection_refuse_with(c, SERVER_ERROR_OUT_OF_MEMORY);
        return;
    }
    c->job->connection = c;
    const bool here = server_incoming_in_place(c) && server_connection_unread(c) - c->head.size >= c->head.length;
    if (!check_head(c, &error)) {
        if (!here) {
            server_connection_refuse(c, &error);
            return;
        }
        /* The whole request is here, so the connection need not end with it. */
        c->job->error = error;
        c->job->started = c->wire->now;
        (void)server_job_fail(c->job);
        c->begin += c->head.size + (size_t)c->head.length;
        server_connection_answer(c);
        return;
    }
    c->state = SERVER_CONNECTION_BODY;
    if (here)
        return;
    c->read_deadline = server_connection_in_seconds(c, c->wire->server->config.limits.body_seconds);
    if (c->head.expect_continue)
        server_put_text(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
    if (!server_incoming_in_place(c)) {
        c->begin += c->head.size;
        c->chunks = (struct server_chunks){0};
    }
}

/* Whether the blank line that ends a head (or a bare LF, which is refused) is in what came since the last look. */
static bool may_be_complete(const struct server_connection *c) {
    const uint8_t *const start = c->in.data + c->begin;
    for (size_t i = c->judged < 3 ? 0 : c->judged - 3; i < server_connection_unread(c); i++)
        if (start[i] == '\n' && (i < 1 || start[i - 1] != '\r' || (i >= 3 && start[i - 2] == '\n')))
            return true;
    return false;
}

/* Parses a head if there is one.  Unfinished heads are parsed again only when twice as much is there, so that a client
 * that sends byte by byte costs linear time. */
void server_incoming_head(struct server_connection *c) {
    const struct vm_limits *const limits = &c->wire->server->config.limits;
    const struct server_http_limits bounds = {(size_t)limits->request_head_bytes, (uint32_t)limits->request_headers};
    const size_t size = server_connection_unread(c);
    if (c->judged == 0)
        c->read_deadline = server_connection_in_seconds(c, limits->head_seconds);
    if (c->judged != 0 && size < 2 * c->judged && size < bounds.head_bytes && !may_be_complete(c))
        return;
    struct server_error error;
    switch (server_http_read(vm_bytes(c->in.data + c->begin, size), &bounds, &c->head, &error)) {
    case SERVER_HTTP_MORE:
        c->judged = size;
        break;
    case SERVER_HTTP_BAD:
        server_connection_refuse(c, &error);
        break;
    case SERVER_HTTP_DONE:
    default:
        begin_request(c);
        break;
    }
}

/* ---- Bodies ------------------------------------------------------------------------------------------------------ */

/* Room in the body buffer, with the account of all bodies.  NULL: refused. */
uint8_t *server_incoming_reserve(struct server_connection *c, size_t more) {
    const size_t before = c->body.capacity;
    if (c->wire->body_bytes + more > MOST_BODY_BYTES) {
        server_connection_refuse_with(c, SERVER_ERROR_BODIES_FULL);
        return NULL;
    }
    uint8_t *const to = server_buffer_reserve(&c->body, more);
    c->wire->body_bytes += c->body.capacity - before;
    if (to == NULL)
        server_connection_refuse_with(c, SERVER_ERROR_OUT_OF_MEMORY);
    return to;
}

static bool append_body(struct server_connection *c, struct vm_bytes bytes) {
    if (bytes.size == 0)
        return true;
    uint8_t *const to = server_incoming_reserve(c, bytes.size);
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
        server_chunks_read(&c->chunks, from, server_connection_unread(c), c->body_limit, &taken, &kept, &error);
    if (state == SERVER_HTTP_BAD) {
        server_connection_refuse(c, &error);
        return false;
    }
    if (!append_body(c, vm_bytes(from, kept)))
        return false;
    c->begin += taken;
    return state == SERVER_HTTP_DONE;
}

/* True when the body is complete and job->request is set. */
bool server_incoming_body(struct server_connection *c) {
    if (server_incoming_in_place(c)) {
        if (server_connection_unread(c) - c->head.size < c->head.length)
            return false;
        c->job->request = vm_bytes(c->in.data + c->begin + c->head.size, (size_t)c->head.length);
        return true;
    }
    if (c->head.chunked) {
        if (!read_chunks(c))
            return false;
    } else {
        const uint64_t missing = c->head.length - c->body.size;
        const size_t count = missing < server_connection_unread(c) ? (size_t)missing : server_connection_unread(c);
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
void server_incoming_end(struct server_connection *c) {
    if (server_incoming_in_place(c))
        c->begin += c->head.size + (size_t)c->head.length;
    else
        server_incoming_drop(c);
}

void server_incoming_drop(struct server_connection *c) {
    c->wire->body_bytes -= c->body.capacity;
    server_buffer_free(&c->body);
}
