/* server/job.h - one HTTP request on its way to its answer, and the threads that work on it.
 *
 * A job begins on the loop's thread, where it may use a small slice of fuel and must not block: most calls take
 * microseconds and never leave it.  A job that is not done then goes to the queue, and a worker takes it to its end.
 * Whoever holds a job has it alone, so nothing in it needs a lock. */
#ifndef DELAVM_SERVER_JOB_H
#define DELAVM_SERVER_JOB_H

#include <pthread.h>
#include <stdatomic.h>

#include "server/http.h"
#include "server/registry.h"
#include "server/request.h"
#include "server/store.h"

struct server_job;
struct server_metrics;

/* What all jobs share; made once by main(), then only read, but for what is inside the opaque parts. */
struct server {
    struct host_config config;
    struct vm_allocator allocator;
    struct server_store *store;
    struct server_registry *registry;
    struct server_metrics *metrics; /* the loop's thread alone */
    struct server_workers *workers;
    uint64_t default_fuel;
    const char *const *hosts; /* names to go by, besides addresses and localhost; "*": any */
    uint32_t host_count;
    bool verbose;
    bool quiet;
    bool timing; /* answers to calls have a Server-Timing header */
};

/* How far a handler may go now.  slice: fuel, 0: begin no run; may_block: files may be read and large texts parsed. */
struct server_turn {
    uint64_t slice;
    bool may_block;
};

enum server_step { SERVER_STEP_DONE, SERVER_STEP_AGAIN };

/* Handlers are called until they say DONE.  On AGAIN the next call, perhaps on another thread, goes on. */
typedef enum server_step server_handler(struct server_job *job, const struct server_turn *turn);

/* The monotonic clock in nanoseconds. */
uint64_t server_clock(void);

/* The stages of a run, in server/run.c. */
enum server_run_stage { SERVER_RUN_FIND, SERVER_RUN_CHECK, SERVER_RUN_BEGIN, SERVER_RUN_GO };

/* Runs that were begun and wait for their next slice hold their instance.  When as many do, no further one is begun and
 * left waiting: it is forgotten, and begun anew when it can go on to its end.  That costs little and bounds the memory. */
enum { SERVER_MOST_BEGUN = 64, SERVER_PATH_ROOM = 512, SERVER_QUERY_ROOM = 256 };

struct server_job {
    struct server *server;
    /* The request. */
    const struct server_route *route;
    enum server_method method;
    uint8_t path[SERVER_PATH_ROOM];
    struct vm_bytes segments[SERVER_SEGMENTS];
    uint32_t segment_count;
    uint8_t query[SERVER_QUERY_ROOM]; /* without '?', as it came; routes that know no query pass over it */
    size_t query_size;
    struct vm_bytes request; /* the body; belongs to the connection */
    /* The answer.  error.code != NONE: that instead of what the handler wrote. */
    unsigned status;
    const char *content_type;
    const char *allow; /* for 405 */
    char allowed[64];
    struct server_buffer answer;
    struct server_error error;
    bool keeps_verdict; /* an error of the old protocol carries "Accepted": "false" too */
    /* The handler's own. */
    struct vm_arena arena;
    cJSON *tree;
    void *state;
    unsigned phase;
    /* The run in progress. */
    enum server_run_stage stage;
    struct server_module *module;
    struct host_runner *runner;
    /* For /metrics. */
    uint32_t outcomes[HOST_NEED_KEYS + 1];
    uint64_t fuel;
    uint32_t engines_differ;
    uint64_t started;  /* nanoseconds */
    uint64_t run_time; /* nanoseconds in runners, from a run's begin to its outcome */
    /* The queue's and the loop's. */
    atomic_bool cancelled;
    struct server_job *next;
    void *connection;
};

/* A job ready for a request; NULL when memory is short. */
struct server_job *server_job_new(struct server *server);

/* Gives back what the last request held and makes the job ready for another one. */
void server_job_reset(struct server_job *job);
void server_job_free(struct server_job *job);

/* Sets the answer to the error that is in job->error; returns DONE. */
enum server_step server_job_fail(struct server_job *job);

/* Judges what was written to job->answer: if there was no memory or no room for it, an error takes its place. */
enum server_step server_job_end(struct server_job *job);

/* Begins a JSON answer; the handler then writes to job->answer. */
struct server_buffer *server_job_answer(struct server_job *job, unsigned status);

/* Starts `count` threads.  `done` is called, on a worker's thread, when there are finished jobs to take and there were
 * none before.  NULL when that fails. */
struct server_workers *server_workers_new(struct server *server, uint32_t count, void (*done)(void *context),
                                          void *context);

/* Joins the threads; running jobs get to the end of their slice.  All jobs, finished or not, are then there for
 * server_workers_take(), and their connections can be freed. */
void server_workers_stop(struct server_workers *workers);

/* After server_workers_stop() and the end of all jobs. */
void server_workers_free(struct server_workers *workers);

/* Queues a job; false: the queue is full.  Workers take turns with long runs, so that shorter ones need not wait for
 * their ends; and jobs that run no contract (deployments, lists) go before all runs. */
bool server_workers_add(struct server_workers *workers, struct server_job *job);

/* All finished jobs, oldest first, linked by next; NULL if there are none. */
struct server_job *server_workers_take(struct server_workers *workers);

/* Waiting, and being worked on. */
void server_workers_measure(struct server_workers *workers, uint32_t *queued, uint32_t *running);

/* A runner for a call of this contract: one that has an instance of it if there is one, else any other spare one, or a
 * new one; NULL when memory is short.  Any thread. */
struct host_runner *server_runner_take(struct server_workers *workers, const struct host_contract *contract);

/* Gives it back: it is kept as a spare one, if there are not too many and it does not hold too much. */
void server_runner_give(struct server_workers *workers, struct host_runner *runner);

/* most_bytes: what spare runners can hold at most, all together. */
struct server_runner_figures {
    uint32_t spare;
    uint32_t taken;
    size_t spare_bytes;
    size_t most_bytes;
    uint64_t put_back; /* runs whose instance was put back, */
    uint64_t made;     /* and was made */
};
struct server_runner_figures server_runner_measure(struct server_workers *workers);

#endif
