/* server/job.c - jobs, the queue, the workers and the spare runners. */
#include "server/job.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "server/answer.h"
#include "server/log.h"
#include "server/routes.h"
#include "server/run.h"

/* What a job keeps for the next request; a large one gives its memory back. */
enum {
    KEPT_ARENA = 64 << 10,
    KEPT_ANSWER = 64 << 10,
    SPARE_RUNNERS = 8,
    SPARE_BYTES = 32 << 20,
    STACK_BYTES = 1 << 20
};

/* Workers look up from a run this often, some ten milliseconds: does anybody still wait for it, and is it another's turn? */
#define WORKER_SLICE 5000000u

/* An answer may not grow past this, whatever the limits of its parts allow together. */
#define ANSWER_LIMIT ((size_t)64 << 20)

/* A queue of jobs, linked by next. */
struct list {
    struct server_job *first, **last;
};

struct server_workers {
    struct server *server;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct list quick; /* waiting; no runs */
    struct list runs;  /* waiting */
    struct list done;
    uint32_t queued;
    uint32_t running;
    atomic_bool stopping;
    void (*notify)(void *context);
    void *context;
    pthread_mutex_t runner_lock;
    struct host_runner *spare[SPARE_RUNNERS];
    uint32_t spare_count;
    uint32_t taken;
    uint64_t put_back;
    uint64_t made;
    uint32_t count;
    pthread_t threads[];
};

uint64_t server_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct server_job *server_job_new(struct server *server) {
    struct server_job *const job = calloc(1, sizeof *job);
    if (job == NULL)
        return NULL;
    job->server = server;
    job->answer.limit = ANSWER_LIMIT;
    vm_arena_init(&job->arena, &server->allocator);
    atomic_init(&job->cancelled, false);
    return job;
}

/* What belongs to one request. */
static void clear(struct server_job *job) {
    cJSON_Delete(job->tree);
    job->tree = NULL;
    server_run_drop(job);
    server_store_release(job->server->store, job->module);
    job->module = NULL;
}

void server_job_reset(struct server_job *job) {
    clear(job);
    if (job->arena.used > KEPT_ARENA)
        vm_arena_clear(&job->arena);
    else
        vm_arena_reset(&job->arena);
    server_buffer_clear(&job->answer, KEPT_ANSWER);
    job->route = NULL;
    job->segment_count = 0;
    job->request = vm_bytes(NULL, 0);
    job->status = 0;
    job->allow = NULL;
    job->error.code = SERVER_ERROR_NONE;
    job->keeps_verdict = false;
    job->state = NULL;
    job->phase = 0;
    job->stage = SERVER_RUN_FIND;
    memset(job->outcomes, 0, sizeof job->outcomes);
    job->fuel = 0;
    job->run_time = 0;
    job->engines_differ = 0;
    atomic_store_explicit(&job->cancelled, false, memory_order_relaxed);
    job->next = NULL;
    job->connection = NULL;
}

void server_job_free(struct server_job *job) {
    if (job == NULL)
        return;
    clear(job);
    vm_arena_clear(&job->arena);
    server_buffer_free(&job->answer);
    free(job);
}

struct server_buffer *server_job_answer(struct server_job *job, unsigned status) {
    job->status = status;
    job->content_type = "application/json;charset=utf-8";
    job->answer.size = 0;
    return &job->answer;
}

enum server_step server_job_fail(struct server_job *job) {
    const enum server_error_code code = job->error.code;
    struct server_buffer *const b = server_job_answer(job, server_error_status(code));
    if (job->status >= 500)
        server_log(job->server, code == SERVER_ERROR_QUEUE_FULL ? SERVER_LOG_DETAIL : SERVER_LOG_ERROR,
                   "request_failed code=%s message=\"%s\"", server_error_name(code), job->error.message);
    b->state = SERVER_BUFFER_GOOD;
    server_put_char(b, '{');
    server_answer_error_field(b, &job->error);
    /* The old client ignores the HTTP status.  A request that is at fault is at fault on every node, so it may be told
     * so as a verdict; a fault of this machine must not look like one, and without "Accepted" the client reports an
     * error instead. */
    if (job->keeps_verdict && job->status < 500) {
        server_put_text_field(b, "result", job->error.message);
        server_put_text_field(b, "Accepted", "false");
    }
    server_put_char(b, '}');
    return SERVER_STEP_DONE;
}

enum server_step server_job_end(struct server_job *job) {
    if (server_buffer_good(&job->answer))
        return SERVER_STEP_DONE;
    (void)server_fail(&job->error,
                      job->answer.state == SERVER_BUFFER_OVER_LIMIT ? SERVER_ERROR_ANSWER_TOO_LARGE
                                                                    : SERVER_ERROR_OUT_OF_MEMORY,
                      NULL);
    return server_job_fail(job);
}

static void list_init(struct list *list) {
    list->first = NULL;
    list->last = &list->first;
}

static void list_add(struct list *list, struct server_job *job) {
    job->next = NULL;
    *list->last = job;
    list->last = &job->next;
}

static struct server_job *list_take(struct list *list) {
    struct server_job *const job = list->first;
    if (job == NULL)
        return NULL;
    list->first = job->next;
    if (list->first == NULL)
        list->last = &list->first;
    return job;
}

/* What a worker does next; `lock` is held.  NULL: nothing waits. */
static struct server_job *take_waiting(struct server_workers *workers, bool only_quick) {
    struct server_job *job = list_take(&workers->quick);
    if (job == NULL && !only_quick)
        job = list_take(&workers->runs);
    if (job != NULL) {
        workers->queued--;
        workers->running++;
    }
    return job;
}

/* The next job, or NULL when the workers are to stop. */
static struct server_job *next_job(struct server_workers *workers) {
    struct server_job *job = NULL;
    pthread_mutex_lock(&workers->lock);
    while (!workers->stopping && (job = take_waiting(workers, false)) == NULL)
        pthread_cond_wait(&workers->wake, &workers->lock);
    pthread_mutex_unlock(&workers->lock);
    return job;
}

static void finish_job(struct server_workers *workers, struct server_job *job) {
    pthread_mutex_lock(&workers->lock);
    workers->running--;
    const bool first = workers->done.first == NULL;
    list_add(&workers->done, job);
    pthread_mutex_unlock(&workers->lock);
    if (first)
        workers->notify(workers->context);
}

/* A job whose slice is spent goes behind the others that wait, as long as few have been begun.  Returns what to go on
 * with: the same job if nothing else is due. */
static struct server_job *take_turns(struct server_workers *workers, struct server_job *job) {
    pthread_mutex_lock(&workers->runner_lock);
    const bool many = workers->taken >= SERVER_MOST_BEGUN;
    pthread_mutex_unlock(&workers->runner_lock);
    pthread_mutex_lock(&workers->lock);
    struct server_job *const next = take_waiting(workers, many);
    if (next != NULL) {
        list_add(&workers->runs, job);
        workers->queued++;
        workers->running--;
    }
    pthread_mutex_unlock(&workers->lock);
    return next == NULL ? job : next;
}

/* One slice; true: the job is done, or nobody waits for it. */
static bool work_on(struct server_workers *workers, struct server_job *job) {
    const struct server_turn turn = {WORKER_SLICE, true};
    return atomic_load_explicit(&job->cancelled, memory_order_relaxed) ||
           atomic_load_explicit(&workers->stopping, memory_order_relaxed) ||
           job->route->handler(job, &turn) == SERVER_STEP_DONE;
}

static void *work(void *context) {
    struct server_workers *const workers = context;
    for (struct server_job *job; (job = next_job(workers)) != NULL;) {
        while (!work_on(workers, job))
            job = take_turns(workers, job);
        finish_job(workers, job);
    }
    return NULL;
}

struct server_workers *server_workers_new(struct server *server, uint32_t count, void (*done)(void *context),
                                          void *context) {
    struct server_workers *const workers = calloc(1, sizeof *workers + count * sizeof(pthread_t));
    if (workers == NULL)
        return NULL;
    workers->server = server;
    workers->notify = done;
    workers->context = context;
    list_init(&workers->quick);
    list_init(&workers->runs);
    list_init(&workers->done);
    pthread_mutex_init(&workers->lock, NULL);
    pthread_mutex_init(&workers->runner_lock, NULL);
    pthread_cond_init(&workers->wake, NULL);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    while (workers->count < count && pthread_create(&workers->threads[workers->count], &attributes, work, workers) == 0)
        workers->count++;
    pthread_attr_destroy(&attributes);
    if (workers->count == count)
        return workers;
    server_workers_stop(workers);
    server_workers_free(workers);
    return NULL;
}

void server_workers_stop(struct server_workers *workers) {
    pthread_mutex_lock(&workers->lock);
    atomic_store(&workers->stopping, true);
    pthread_cond_broadcast(&workers->wake);
    pthread_mutex_unlock(&workers->lock);
    for (uint32_t i = 0; i < workers->count; i++)
        pthread_join(workers->threads[i], NULL);
    workers->count = 0;
    for (struct server_job *job; (job = take_waiting(workers, false)) != NULL;)
        list_add(&workers->done, job);
}

void server_workers_free(struct server_workers *workers) {
    if (workers == NULL)
        return;
    for (uint32_t i = 0; i < workers->spare_count; i++)
        host_runner_free(workers->spare[i]);
    pthread_cond_destroy(&workers->wake);
    pthread_mutex_destroy(&workers->lock);
    pthread_mutex_destroy(&workers->runner_lock);
    free(workers);
}

bool server_workers_add(struct server_workers *workers, struct server_job *job) {
    const bool runs = job->route->runs;
    pthread_mutex_lock(&workers->lock);
    const bool room = workers->queued < workers->server->config.limits.queued_runs;
    if (room) {
        list_add(runs ? &workers->runs : &workers->quick, job);
        workers->queued++;
        pthread_cond_signal(&workers->wake);
    }
    pthread_mutex_unlock(&workers->lock);
    return room;
}

struct server_job *server_workers_take(struct server_workers *workers) {
    pthread_mutex_lock(&workers->lock);
    struct server_job *const first = workers->done.first;
    list_init(&workers->done);
    pthread_mutex_unlock(&workers->lock);
    return first;
}

void server_workers_measure(struct server_workers *workers, uint32_t *queued, uint32_t *running) {
    pthread_mutex_lock(&workers->lock);
    *queued = workers->queued;
    *running = workers->running;
    pthread_mutex_unlock(&workers->lock);
}

/* Takes a spare runner off the list, the one that has an instance of this contract or else the one that waits longest;
 * `runner_lock` is held.  NULL if there is none. */
static struct host_runner *take_spare(struct server_workers *workers, const struct host_contract *contract) {
    if (workers->spare_count == 0)
        return NULL;
    uint32_t at = workers->spare_count;
    while (at > 0 && !host_runner_holds(workers->spare[at - 1], contract))
        at--;
    if (at > 0)
        workers->put_back++;
    else
        workers->made++;
    at -= at > 0;
    struct host_runner *const runner = workers->spare[at];
    workers->spare_count--;
    for (; at < workers->spare_count; at++)
        workers->spare[at] = workers->spare[at + 1];
    return runner;
}

struct host_runner *server_runner_take(struct server_workers *workers, const struct host_contract *contract) {
    pthread_mutex_lock(&workers->runner_lock);
    struct host_runner *runner = take_spare(workers, contract);
    workers->taken++;
    workers->made += runner == NULL;
    pthread_mutex_unlock(&workers->runner_lock);
    if (runner == NULL)
        runner = host_runner_new(&workers->server->config, &workers->server->allocator);
    if (runner == NULL) {
        pthread_mutex_lock(&workers->runner_lock);
        workers->taken--;
        pthread_mutex_unlock(&workers->runner_lock);
    }
    return runner;
}

/* What the system has given memory for. */
static size_t held_bytes(const struct host_runner *runner) {
    return host_runner_bytes(runner) - host_runner_reserved(runner);
}

void server_runner_give(struct server_workers *workers, struct host_runner *runner) {
    pthread_mutex_lock(&workers->runner_lock);
    workers->taken--;
    const bool keep = workers->spare_count < SPARE_RUNNERS && held_bytes(runner) <= SPARE_BYTES;
    if (keep)
        workers->spare[workers->spare_count++] = runner;
    pthread_mutex_unlock(&workers->runner_lock);
    if (!keep)
        host_runner_free(runner);
}

struct server_runner_figures server_runner_measure(struct server_workers *workers) {
    pthread_mutex_lock(&workers->runner_lock);
    struct server_runner_figures figures = {
        .spare = workers->spare_count,
        .taken = workers->taken,
        .most_bytes = (size_t)SPARE_RUNNERS * SPARE_BYTES,
        .put_back = workers->put_back,
        .made = workers->made,
    };
    for (uint32_t i = 0; i < workers->spare_count; i++)
        figures.spare_bytes += held_bytes(workers->spare[i]);
    pthread_mutex_unlock(&workers->runner_lock);
    return figures;
}
