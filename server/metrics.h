/* server/metrics.h - counters for GET /metrics.  Touched by the loop's thread alone: jobs bring their numbers along. */
#ifndef DELAVM_SERVER_METRICS_H
#define DELAVM_SERVER_METRICS_H

#include "server/job.h"
#include "server/routes.h"

/* HTTP statuses are counted by their hundreds.  The row past the last route takes what never reached one. */
enum { SERVER_STATUS_CLASSES = 6, SERVER_LATENCIES = 14 };

struct server_latency {
    uint64_t counts[SERVER_LATENCIES + 1];
    uint64_t nanoseconds;
};

struct server_metrics {
    uint64_t requests[SERVER_ROUTE_COUNT + 1][SERVER_STATUS_CLASSES];
    uint64_t runs[HOST_NEED_KEYS + 1];
    uint64_t fuel;
    uint64_t engines_differ;
    struct server_latency request_time;
    struct server_latency run_time; /* of requests that ran a contract */
    uint64_t connections_accepted;
    uint64_t connections_refused;
    uint64_t timeouts;
    uint64_t handed_over;
    uint64_t bytes_read;
    uint64_t bytes_written;
    uint32_t connections;
    uint64_t body_bytes;
    uint64_t started; /* nanoseconds on the same clock as job->started */
    uint64_t now;
};

/* A request was answered; `now` in nanoseconds. */
void server_metrics_count(struct server_metrics *metrics, const struct server_job *job, uint64_t now);

/* One that got no job. */
void server_metrics_count_refusal(struct server_metrics *metrics, unsigned status);

/* Prometheus text format, version 0.0.4. */
void server_metrics_write(struct server *server, struct server_buffer *buffer);

#endif
