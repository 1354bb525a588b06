/* server/handle_batch.c - POST /v1/batch: transactions in order against one storage.
 *
 *   request   {"storage": […], "context": {"previous": […]}, "transactions": […], "stop_at_need_keys": false,
 *              "no_previous": false}
 *             a transaction is that of /v1/execute without storage and without context.previous
 *   answer    {"transactions": [as of /v1/execute], "writes": [the net effect], "accepted": 3, "fuel": {"used": "…"}}
 *
 * Each transaction is atomic: only if it is accepted do its writes enter the storage that the next ones see, and does
 * it stand among their previous transactions, after those the request brought.  Written keys need not have been brought
 * to be read later.  A transaction that needs keys has no effect and does not stop the others; with stop_at_need_keys
 * it is the last one that is run.  With no_previous none has previous ones, as where a contract that does not look at
 * them is run alone: receipts are then the same.  A transaction that can't be run at all (no such contract, over a limit) refuses the
 * whole batch, with its place in the error's path: nothing is done by halves. */
#include <stdlib.h>

#include "server/answer.h"
#include "server/routes.h"
#include "server/run.h"

/* The storage as it is after the transactions so far.  order[i] counts the first writes, 0: never written. */
struct batch {
    struct host_json_scan scan;
    struct server_batch request;
    uint32_t next;
    uint32_t accepted;
    struct host_entry *entries;
    uint32_t *order;
    uint32_t count;
    uint32_t room;
    uint32_t written;
    struct host_previous *previous;
    uint32_t previous_count;
};

static bool no_memory(struct server_job *job) {
    return server_fail(&job->error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
}

static bool begin(struct server_job *job, struct batch *batch) {
    const struct server_batch *const request = &batch->request;
    batch->room = request->storage_count;
    batch->count = request->storage_count;
    batch->entries = request->storage;
    batch->order = vm_arena_allocate(&job->arena, batch->room, sizeof *batch->order);
    batch->previous =
        vm_arena_allocate(&job->arena, (size_t)request->previous_count + request->count, sizeof *batch->previous);
    if (batch->order == NULL || batch->previous == NULL)
        return no_memory(job);
    if (request->previous_count > 0)
        memcpy(batch->previous, request->previous, request->previous_count * sizeof *batch->previous);
    batch->previous_count = request->previous_count;
    server_put_text(server_job_answer(job, 200), "{\"transactions\":[");
    return true;
}

static bool grow(struct server_job *job, struct batch *batch) {
    const uint32_t room = batch->room < 16 ? 32 : batch->room * 2;
    struct host_entry *const entries = vm_arena_allocate(&job->arena, room, sizeof *entries);
    uint32_t *const order = vm_arena_allocate(&job->arena, room, sizeof *order);
    if (entries == NULL || order == NULL)
        return no_memory(job);
    if (batch->count > 0) {
        memcpy(entries, batch->entries, batch->count * sizeof *entries);
        memcpy(order, batch->order, batch->count * sizeof *order);
    }
    batch->entries = entries;
    batch->order = order;
    batch->room = room;
    return true;
}

/* One write of an accepted transaction. */
static bool apply(struct server_job *job, struct batch *batch, const struct host_entry *write) {
    uint32_t low = 0, high = batch->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (vm_bytes_compare(batch->entries[middle].key, write->key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const bool known = low < batch->count && vm_bytes_equal(batch->entries[low].key, write->key);
    if (!known) {
        if (batch->count == job->server->config.limits.storage_keys)
            return server_fail(&job->error, SERVER_ERROR_OVER_LIMIT, "storage_keys: the batch has written more keys");
        if (batch->count == batch->room && !grow(job, batch))
            return false;
        memmove(batch->entries + low + 1, batch->entries + low, (batch->count - low) * sizeof *batch->entries);
        memmove(batch->order + low + 1, batch->order + low, (batch->count - low) * sizeof *batch->order);
        batch->count++;
        batch->order[low] = 0;
        batch->entries[low].key = vm_arena_copy(&job->arena, write->key);
    }
    batch->entries[low].present = write->present;
    batch->entries[low].value = vm_arena_copy(&job->arena, write->value);
    if (batch->order[low] == 0)
        batch->order[low] = ++batch->written;
    return (batch->entries[low].value.data != NULL && batch->entries[low].key.data != NULL) || no_memory(job);
}

/* A transaction has ended: its answer is written, and what it did takes effect. */
static bool end_transaction(struct server_job *job, struct batch *batch, const struct server_transaction *transaction,
                            const struct host_outcome *outcome) {
    server_put_comma(&job->answer);
    server_answer_outcome(&job->answer, &job->server->config, &transaction->request, outcome);
    if (outcome->status != HOST_ACCEPTED)
        return true;
    for (uint32_t i = 0; i < outcome->write_count; i++)
        if (!apply(job, batch, &outcome->writes[i]))
            return false;
    batch->accepted++;
    batch->previous[batch->previous_count++] = (struct host_previous){
        transaction->request.transaction_id, transaction->request.arguments, transaction->request.argument_count};
    return true;
}

/* Entries that were written, in the order of the first write to each key. */
static void put_writes(struct server_job *job, const struct batch *batch) {
    struct host_entry *const writes = vm_arena_allocate(&job->arena, batch->written, sizeof *writes);
    if (writes == NULL) {
        job->answer.state = SERVER_BUFFER_NO_MEMORY;
        return;
    }
    for (uint32_t i = 0; i < batch->count; i++)
        if (batch->order[i] != 0)
            writes[batch->order[i] - 1] = batch->entries[i];
    server_answer_entries(&job->answer, "writes", writes, batch->written);
}

static void finish(struct server_job *job, const struct batch *batch) {
    struct server_buffer *const b = &job->answer;
    server_put_char(b, ']');
    put_writes(job, batch);
    server_put_number_field(b, "accepted", batch->accepted);
    server_put_field(b, "fuel");
    server_put_char(b, '{');
    server_put_u64_field(b, "used", job->fuel);
    server_put_text(b, "}}");
}

/* Runs the next transaction as far as the turn allows. */
static enum server_run_result step(struct server_job *job, const struct server_turn *turn, struct batch *batch,
                                   bool *stop) {
    static const struct server_place list = {NULL, "transactions", 0};
    const struct server_place place = {&list, NULL, batch->next};
    struct server_transaction *const transaction = &batch->request.transactions[batch->next];
    const struct host_outcome *outcome;
    transaction->request.storage = batch->entries;
    transaction->request.storage_count = batch->count;
    transaction->request.previous = batch->previous;
    transaction->request.previous_count = batch->request.no_previous ? 0 : batch->previous_count;
    const enum server_run_result result = server_run_step(job, turn, transaction, &place, &outcome);
    if (result != SERVER_RUN_ENDED)
        return result;
    *stop = outcome->status == HOST_NEED_KEYS && batch->request.stop_at_need_keys;
    if (!end_transaction(job, batch, transaction, outcome)) {
        (void)server_fail_there(&job->error, &place);
        return SERVER_RUN_FAILED;
    }
    server_run_next(job);
    batch->next++;
    return SERVER_RUN_ENDED;
}

static enum server_run_result read_batch(struct server_job *job, const struct server_turn *turn, struct batch *batch) {
    const struct server_defaults defaults = {HOST_EXECUTE, job->server->default_fuel};
    const enum server_run_result read = server_run_read(job, turn, &batch->scan);
    if (read != SERVER_RUN_ENDED)
        return read;
    return server_batch_read(job->tree, &defaults, (uint32_t)job->server->config.limits.batch_transactions, &job->arena,
                             &batch->request, &job->error) &&
                   begin(job, batch)
               ? SERVER_RUN_ENDED
               : SERVER_RUN_FAILED;
}

enum server_step server_handle_batch(struct server_job *job, const struct server_turn *turn) {
    if (job->state == NULL)
        job->state = vm_arena_allocate(&job->arena, 1, sizeof(struct batch));
    struct batch *const batch = job->state;
    if (batch == NULL) {
        (void)no_memory(job);
        return server_job_fail(job);
    }
    if (job->phase == 0) {
        const enum server_run_result read = read_batch(job, turn, batch);
        if (read == SERVER_RUN_PAUSED)
            return SERVER_STEP_AGAIN;
        if (read == SERVER_RUN_FAILED)
            return server_job_fail(job);
        job->phase = 1;
    }
    bool stop = false;
    /* On the loop's thread one transaction is enough: batches are made to be long. */
    for (uint32_t done = 0; !stop && batch->next < batch->request.count && server_buffer_good(&job->answer); done++) {
        if (done > 0 && !turn->may_block)
            return SERVER_STEP_AGAIN;
        const enum server_run_result result = step(job, turn, batch, &stop);
        if (result == SERVER_RUN_PAUSED)
            return SERVER_STEP_AGAIN;
        if (result == SERVER_RUN_FAILED)
            return server_job_fail(job);
        if (atomic_load_explicit(&job->cancelled, memory_order_relaxed))
            return SERVER_STEP_AGAIN;
    }
    finish(job, batch);
    return server_job_end(job);
}
