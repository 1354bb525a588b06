/* server/connection.h - one client: bytes to requests, jobs to bytes, in the order they came.
 *
 * A connection has one request at a time under way; pipelined ones wait in its buffer, and while they do or while
 * answers wait to be sent nothing more is read, so a client can't make the server hold more than a few buffers.  Bodies
 * are given memory as they arrive, never because a header announces them. */
#ifndef DELAVM_SERVER_CONNECTION_H
#define DELAVM_SERVER_CONNECTION_H

#include "server/http.h"
#include "server/job.h"
#include "server/metrics.h"

/* What all connections of the loop share. */
struct server_wire {
    struct server *server;
    uint64_t now;        /* nanoseconds on the monotonic clock, not much older than it is */
    char date[32];       /* for the Date header */
    uint64_t body_bytes; /* capacity of all large bodies */
    uint32_t exhausted;  /* runs of this round that did not end within their slice */
    bool stopping;
    struct server_job *spare;
    uint32_t spare_count;
};

enum server_connection_state {
    SERVER_CONNECTION_HEAD,   /* waiting for a head, or for the rest of one */
    SERVER_CONNECTION_BODY,   /* waiting for a body */
    SERVER_CONNECTION_BUSY,   /* waiting for a worker */
    SERVER_CONNECTION_LINGER, /* everything is said; what still comes in is thrown away, so that the answer is not lost
                               */
    SERVER_CONNECTION_CLOSED, /* to be freed, once no worker has a job of it any more */
};

struct server_connection {
    struct server_wire *wire;
    int fd;
    bool check_host; /* not for unix sockets */
    enum server_connection_state state;
    bool lent;        /* a worker has the job */
    bool again;       /* has input that was not looked at for fairness' sake */
    bool last;        /* close once the output is sent */
    bool linger;      /* then linger */
    bool input_ended; /* the client will send no more */
    struct server_buffer in;
    size_t begin;  /* of what is unread in `in` */
    size_t judged; /* bytes of an unfinished head that were parsed already */
    struct server_http_head head;
    struct server_chunks chunks;
    struct server_buffer body; /* chunked and large bodies */
    uint64_t body_limit;
    struct server_buffer out;
    size_t sent; /* of out */
    struct server_buffer tail;
    size_t tail_sent;
    struct server_job *job;
    uint64_t read_deadline;
    uint64_t write_deadline;
    uint32_t index; /* the loop's */
};

/* Takes over the descriptor; NULL when memory is short (the descriptor is then the caller's again). */
struct server_connection *server_connection_new(struct server_wire *wire, int fd, bool check_host);

/* Closes the descriptor and frees everything; there must be no job at a worker. */
void server_connection_free(struct server_connection *connection);

/* What poll() is to wait for. */
short server_connection_events(const struct server_connection *connection);

/* Reads and works as far as it goes.  `revents` of poll(), or 0 to go on with what is there.  To be followed by
 * server_connection_flush(). */
void server_connection_handle(struct server_connection *connection, short revents);

/* Sends what there is to be sent. */
void server_connection_flush(struct server_connection *connection);

/* The worker is done with the connection's job. */
void server_connection_resume(struct server_connection *connection);

/* wire->now has passed a deadline. */
void server_connection_expire(struct server_connection *connection);

/* The earlier of the two deadlines. */
static inline uint64_t server_connection_deadline(const struct server_connection *connection) {
    return connection->read_deadline < connection->write_deadline ? connection->read_deadline
                                                                  : connection->write_deadline;
}

/* The server stops: an idle connection is closed, others after their answer. */
void server_connection_stop(struct server_connection *connection);

static inline size_t server_connection_unread(const struct server_connection *connection) {
    return connection->in.size - connection->begin;
}

/* A deadline. */
static inline uint64_t server_connection_in_seconds(const struct server_connection *connection, uint64_t seconds) {
    return connection->wire->now + seconds * 1000000000u;
}

/* Puts the job's answer into the output, gives the job back, and waits for the next head. */
void server_connection_answer(struct server_connection *connection);

/* Refuses what can't be answered by going on: the answer, then the end of the connection. */
void server_connection_refuse(struct server_connection *connection, const struct server_error *error);
void server_connection_refuse_with(struct server_connection *connection, enum server_error_code code);

/* Spare jobs: take gives NULL when memory is short; clear is for the end of the loop. */
struct server_job *server_wire_take(struct server_wire *wire);
void server_wire_give(struct server_wire *wire, struct server_job *job);
void server_wire_clear(struct server_wire *wire);

#endif
