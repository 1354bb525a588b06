/* server/run.c - find, check, begin, go on: the stages of one transaction. */
#include "server/run.h"

#include "server/text.h"

/* Texts up to this size are parsed on the loop's thread: some tens of microseconds, and what a thousand queued requests
 * hold stays bounded. */
enum { SMALL_TEXT = 8 << 10 };

enum server_run_result server_run_scan(struct server_job *job, const struct server_turn *turn,
                                       struct host_json_scan *scan) {
    if (job->request.size > SMALL_TEXT && !turn->may_block)
        return SERVER_RUN_PAUSED;
    const struct vm_limits *const limits = &job->server->config.limits;
    const uint32_t depth =
        limits->json_depth < HOST_JSON_DEPTH_MAX ? (uint32_t)limits->json_depth : HOST_JSON_DEPTH_MAX;
    const struct host_json_limits bounds = {depth, (uint32_t)limits->json_values};
    if (!server_json_scan(job->request, &bounds, &job->arena, scan, &job->error))
        return SERVER_RUN_FAILED;
    if (scan->first == '{')
        return SERVER_RUN_ENDED;
    (void)server_fail(&job->error, SERVER_ERROR_WRONG_TYPE, "the body must be an object, not %s",
                      server_json_type_of(scan->first));
    return SERVER_RUN_FAILED;
}

enum server_run_result server_run_read(struct server_job *job, const struct server_turn *turn,
                                       struct host_json_scan *scan) {
    const enum server_run_result result = server_run_scan(job, turn, scan);
    if (result != SERVER_RUN_ENDED)
        return result;
    return server_json_parse(job->request, scan, &job->arena, &job->tree, &job->error) ? SERVER_RUN_ENDED
                                                                                       : SERVER_RUN_FAILED;
}

static enum server_run_result find(struct server_job *job, const struct server_turn *turn, struct server_target *target,
                                   const struct server_place *place) {
    if (!target->by_hash) {
        struct server_version version;
        if (!server_registry_find(job->server->registry, target->language, target->name, &target->version, &version,
                                  &job->error)) {
            (void)server_fail_there(&job->error, place);
            return SERVER_RUN_FAILED;
        }
        target->module = version.module;
        target->start = version.start;
    }
    /* A call must not make what a deployment has to. */
    if (target->by_hash && target->start == HOST_START_SNAPSHOT && turn->may_block &&
        !server_store_has_snapshot(job->server->store, &target->module)) {
        uint64_t size;
        const bool stored = server_store_has(job->server->store, &target->module, &size);
        (void)server_fail(&job->error, stored ? SERVER_ERROR_UNKNOWN_SNAPSHOT : SERVER_ERROR_UNKNOWN_MODULE, NULL);
        (void)server_fail_there(&job->error, place);
        return SERVER_RUN_FAILED;
    }
    switch (server_store_get(job->server->store, &target->module, target->start, turn->may_block, &job->module,
                             &job->error)) {
    case SERVER_STORE_FOUND:
        return SERVER_RUN_ENDED;
    case SERVER_STORE_LATER:
        return SERVER_RUN_PAUSED;
    case SERVER_STORE_FAILED:
    default:
        (void)server_fail_there(&job->error, place);
        return SERVER_RUN_FAILED;
    }
}

static enum server_run_result no_memory(struct server_job *job) {
    (void)server_fail(&job->error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
    return SERVER_RUN_FAILED;
}

/* The runner has no outcome.  Engines that differ are a fault of this program: the log is told what it takes to look
 * into it, and the client that there is no verdict. */
static enum server_run_result no_outcome(struct server_job *job) {
    const struct host_outcome *const other = host_runner_other_outcome(job->runner);
    if (other == NULL)
        return no_memory(job);
    const struct host_outcome *const own = host_runner_outcome(job->runner);
    char module[HOST_HASH_TEXT_SIZE], receipts[2][HOST_HASH_TEXT_SIZE];
    host_hash_text(&job->module->contract.hash, module);
    host_hash_text(&own->receipt, receipts[0]);
    host_hash_text(&other->receipt, receipts[1]);
    job->engines_differ++;
    (void)server_fail(&job->error, SERVER_ERROR_ENGINES_DIFFER,
                      "module %s: %s, fuel %llu, receipt %s; other engine: %s, fuel %llu, receipt %s", module,
                      host_status_name(own->status), (unsigned long long)own->fuel_used, receipts[0],
                      host_status_name(other->status), (unsigned long long)other->fuel_used, receipts[1]);
    return SERVER_RUN_FAILED;
}

/* Begins the run unless it is under way, and runs on for one slice.  This is what is timed, and nothing around it. */
static enum host_run_state advance(struct server_job *job, const struct server_turn *turn,
                                   const struct host_request *request) {
    const uint64_t start = server_clock();
    enum host_run_state state = HOST_RUN_PAUSED;
    if (job->stage == SERVER_RUN_BEGIN)
        state = host_runner_begin(job->runner, request);
    if (state == HOST_RUN_PAUSED)
        state = host_runner_continue(job->runner, turn->slice);
    job->run_time += server_clock() - start;
    job->stage = SERVER_RUN_GO;
    return state;
}

static enum server_run_result go(struct server_job *job, const struct server_turn *turn,
                                 const struct host_request *request, const struct host_outcome **outcome) {
    switch (advance(job, turn, request)) {
    case HOST_RUN_FINISHED:
        *outcome = host_runner_outcome(job->runner);
        job->outcomes[(*outcome)->status]++;
        job->fuel += (*outcome)->fuel_used;
        /* What fits into the loop's slice need not wait behind what does not. */
        if (!turn->may_block && atomic_load_explicit(&job->module->heavy, memory_order_relaxed))
            atomic_store_explicit(&job->module->heavy, false, memory_order_relaxed);
        return SERVER_RUN_ENDED;
    case HOST_RUN_PAUSED:
        if (!turn->may_block) {
            atomic_store_explicit(&job->module->heavy, true, memory_order_relaxed);
            if (server_runner_measure(job->server->workers).taken > SERVER_MOST_BEGUN)
                server_run_drop(job);
        }
        return SERVER_RUN_PAUSED;
    case HOST_RUN_FAILED:
    default:
        return no_outcome(job);
    }
}

enum server_run_result server_run_step(struct server_job *job, const struct server_turn *turn,
                                       struct server_transaction *transaction, const struct server_place *place,
                                       const struct host_outcome **outcome) {
    if (job->stage == SERVER_RUN_FIND) {
        const enum server_run_result found = find(job, turn, &transaction->target, place);
        if (found != SERVER_RUN_ENDED)
            return found;
        transaction->request.contract = &job->module->contract;
        job->stage = SERVER_RUN_CHECK;
    }
    if (job->stage == SERVER_RUN_CHECK) {
        if (!server_transaction_fit(transaction, &job->arena, &job->error) ||
            !server_transaction_check(transaction, &job->server->config, place, &job->error))
            return SERVER_RUN_FAILED;
        job->stage = SERVER_RUN_BEGIN;
    }
    if (job->stage == SERVER_RUN_BEGIN) {
        if (!turn->may_block && (turn->slice == 0 || atomic_load_explicit(&job->module->heavy, memory_order_relaxed)))
            return SERVER_RUN_PAUSED;
        if (job->runner == NULL)
            job->runner = server_runner_take(job->server->workers, &job->module->contract);
        if (job->runner == NULL)
            return no_memory(job);
    }
    return go(job, turn, &transaction->request, outcome);
}

void server_run_drop(struct server_job *job) {
    if (job->runner != NULL)
        server_runner_give(job->server->workers, job->runner);
    job->runner = NULL;
    if (job->stage == SERVER_RUN_GO)
        job->stage = SERVER_RUN_BEGIN;
}

void server_run_next(struct server_job *job) {
    server_run_drop(job);
    server_store_release(job->server->store, job->module);
    job->module = NULL;
    job->stage = SERVER_RUN_FIND;
}
