/* server/handle_call.c - POST / (the protocol of the old environment), /v1/execute and /v1/simulate. */
#include <inttypes.h>
#include <stdio.h>

#include "server/answer.h"
#include "server/routes.h"
#include "server/run.h"

/* One call of either protocol, kept in the job's arena between turns.  keys: those of the members that the scan found,
 * as the texts they stand for; of the old protocol only. */
struct call {
    struct host_json_scan scan;
    struct vm_bytes *keys;
    struct server_transaction transaction;
};

static struct call *call_of(struct server_job *job) {
    if (job->state == NULL)
        job->state = vm_arena_allocate(&job->arena, 1, sizeof(struct call));
    if (job->state == NULL)
        (void)server_fail(&job->error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
    return job->state;
}

/* ---- The old protocol -------------------------------------------------------------------------------------------- */

static struct vm_bytes piece(const struct server_job *job, struct host_json_span span) {
    return vm_bytes(job->request.data + span.offset, span.size);
}

/* The text of a string. */
static bool read_text(struct server_job *job, struct vm_bytes quoted, struct vm_bytes *text) {
    return host_json_unescape(quoted, &job->arena, text) || server_fail(&job->error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
}

static bool read_old_keys(struct server_job *job, struct call *call) {
    call->keys = vm_arena_allocate(&job->arena, call->scan.member_count, sizeof *call->keys);
    if (call->keys == NULL)
        return server_fail(&job->error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
    for (uint32_t i = 0; i < call->scan.member_count; i++)
        if (!read_text(job, piece(job, call->scan.members[i].key), &call->keys[i]))
            return false;
    return true;
}

/* Each field of the request becomes an argument: strings their text, numbers their characters, all others their JSON.
 */
static bool read_old_arguments(struct server_job *job, struct call *call) {
    const uint32_t count = call->scan.member_count;
    struct host_argument *const arguments = vm_arena_allocate(&job->arena, count, sizeof *arguments);
    if (arguments == NULL)
        return server_fail(&job->error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
    for (uint32_t i = 0; i < count; i++) {
        const struct vm_bytes value = piece(job, call->scan.members[i].value);
        arguments[i] = (struct host_argument){call->keys[i], value};
        if (value.data[0] == '"' && !read_text(job, value, &arguments[i].value))
            return false;
    }
    (void)server_arguments_sort(arguments, count);
    call->transaction.request.arguments = arguments;
    call->transaction.request.argument_count = count;
    return true;
}

static bool read_old_name(struct server_job *job, const struct call *call, const char *field, struct vm_bytes *text) {
    uint32_t at = 0;
    while (at < call->scan.member_count && !vm_bytes_equal(call->keys[at], vm_bytes_of_text(field)))
        at++;
    const struct server_place place = {NULL, field, 0};
    if (at == call->scan.member_count) {
        (void)server_fail(&job->error, SERVER_ERROR_MISSING_FIELD, "%s", field);
        return server_fail_there(&job->error, &place);
    }
    const struct vm_bytes value = piece(job, call->scan.members[at].value);
    if (value.data[0] == '"')
        return read_text(job, value, text);
    (void)server_fail(&job->error, SERVER_ERROR_WRONG_TYPE, "%s must be a string, not %s", field,
                      server_json_type_of(value.data[0]));
    return server_fail_there(&job->error, &place);
}

static bool read_old_call(struct server_job *job, struct call *call) {
    struct server_transaction *const transaction = &call->transaction;
    *transaction = (struct server_transaction){
        .request = {.mode = HOST_EXECUTE, .fuel_limit = job->server->default_fuel, .input = job->request}};
    return read_old_name(job, call, "contractLanguage", &transaction->target.language) &&
           read_old_name(job, call, "contractName", &transaction->target.name) && read_old_arguments(job, call);
}

/* The request's fields as they came, but for those the answer itself has. */
static void echo(struct server_job *job, const struct call *call, struct server_buffer *b) {
    server_put_char(b, '{');
    for (uint32_t i = 0; i < call->scan.member_count; i++) {
        if (vm_bytes_equal(call->keys[i], vm_bytes_of_text("result")) ||
            vm_bytes_equal(call->keys[i], vm_bytes_of_text("Accepted")))
            continue;
        server_put_comma(b);
        server_put_bytes(b, piece(job, call->scan.members[i].key));
        server_put_char(b, ':');
        server_put_bytes(b, piece(job, call->scan.members[i].value));
    }
}

/* Why a contract did not accept, in one sentence. */
static void put_reason(struct server_buffer *b, const struct host_outcome *outcome) {
    char text[256];
    const struct vm_trap *const trap = &outcome->trap;
    const struct vm_bytes name = outcome->frame_count > 0 ? outcome->frames[0].name : vm_bytes("", 0);
    switch (outcome->status) {
    case HOST_REJECTED:
        server_put_json(b, outcome->message.size > 0 ? outcome->message : vm_bytes_of_text("rejected"));
        return;
    case HOST_OUT_OF_FUEL:
        (void)snprintf(text, sizeof text, "out_of_fuel: the limit is %" PRIu64, outcome->fuel_limit);
        break;
    case HOST_NEED_KEYS:
        (void)snprintf(text, sizeof text,
                       "need_keys: the contract reads storage, which this protocol can't bring; use POST /v1/execute");
        break;
    case HOST_ACCEPTED:
    case HOST_TRAPPED:
    default:
        if (trap->function == VM_NO_FUNCTION)
            (void)snprintf(text, sizeof text, "trapped: %s before the first instruction", vm_trap_words(trap->kind));
        else
            (void)snprintf(text, sizeof text, "trapped: %s in function %" PRIu32 " %.*s at offset %" PRIu32,
                           vm_trap_words(trap->kind), trap->function, name.size > 64 ? 64 : (int)name.size,
                           name.size > 0 ? (const char *)name.data : "", trap->offset);
        break;
    }
    server_put_json_text(b, text);
}

static void put_old_answer(struct server_job *job, const struct call *call, const struct host_outcome *outcome) {
    struct server_buffer *const b = server_job_answer(job, 200);
    echo(job, call, b);
    server_put_field(b, "result");
    if (outcome->status != HOST_ACCEPTED) {
        put_reason(b, outcome);
    } else if (host_utf8_valid(outcome->result)) {
        server_put_json(b, outcome->result);
    } else {
        server_put_char(b, '"');
        server_put_base64(b, outcome->result);
        server_put_char(b, '"');
        server_put_text_field(b, "resultEncoding", "base64");
    }
    server_put_text_field(b, "Accepted", outcome->status == HOST_ACCEPTED ? "true" : "false");
    server_put_char(b, '}');
}

/* A request that could be read but not run is answered in the old protocol's shape. */
static enum server_step fail_old_call(struct server_job *job, const struct call *call) {
    const unsigned status = server_error_status(job->error.code);
    if (status != 400 && job->error.code != SERVER_ERROR_UNKNOWN_CONTRACT)
        return server_job_fail(job);
    /* That there is no such contract is this protocol's ordinary answer; malformed requests keep their 400. */
    struct server_buffer *const b = server_job_answer(job, status == 400 ? 400 : 200);
    echo(job, call, b);
    if (status == 400)
        server_answer_error_field(b, &job->error);
    server_put_text_field(b, "result", job->error.message);
    server_put_text_field(b, "Accepted", "false");
    server_put_char(b, '}');
    return server_job_end(job);
}

enum server_step server_handle_old_call(struct server_job *job, const struct server_turn *turn) {
    job->keeps_verdict = true;
    struct call *const call = call_of(job);
    if (call == NULL)
        return server_job_fail(job);
    if (job->phase == 0) {
        const enum server_run_result read = server_run_scan(job, turn, &call->scan);
        if (read == SERVER_RUN_PAUSED)
            return SERVER_STEP_AGAIN;
        if (read == SERVER_RUN_FAILED || !read_old_keys(job, call))
            return server_job_fail(job);
        if (!read_old_call(job, call))
            return fail_old_call(job, call);
        job->phase = 1;
    }
    const struct host_outcome *outcome;
    switch (server_run_step(job, turn, &call->transaction, NULL, &outcome)) {
    case SERVER_RUN_PAUSED:
        return SERVER_STEP_AGAIN;
    case SERVER_RUN_FAILED:
        return fail_old_call(job, call);
    case SERVER_RUN_ENDED:
    default:
        put_old_answer(job, call, outcome);
        return server_job_end(job);
    }
}

/* ---- Execute and simulate ---------------------------------------------------------------------------------------- */

static enum server_step handle(struct server_job *job, const struct server_turn *turn, enum host_mode mode) {
    struct call *const call = call_of(job);
    if (call == NULL)
        return server_job_fail(job);
    if (job->phase == 0) {
        const struct server_defaults defaults = {mode, job->server->default_fuel};
        const enum server_run_result read = server_run_read(job, turn, &call->scan);
        if (read == SERVER_RUN_PAUSED)
            return SERVER_STEP_AGAIN;
        if (read == SERVER_RUN_FAILED ||
            !server_transaction_read(job->tree, NULL, &defaults, &job->arena, &call->transaction, &job->error))
            return server_job_fail(job);
        job->phase = 1;
    }
    const struct host_outcome *outcome;
    switch (server_run_step(job, turn, &call->transaction, NULL, &outcome)) {
    case SERVER_RUN_PAUSED:
        return SERVER_STEP_AGAIN;
    case SERVER_RUN_FAILED:
        return server_job_fail(job);
    case SERVER_RUN_ENDED:
    default:
        server_answer_outcome(server_job_answer(job, 200), &job->server->config, &call->transaction.request, outcome);
        return server_job_end(job);
    }
}

enum server_step server_handle_execute(struct server_job *job, const struct server_turn *turn) {
    return handle(job, turn, HOST_EXECUTE);
}

enum server_step server_handle_simulate(struct server_job *job, const struct server_turn *turn) {
    return handle(job, turn, HOST_SIMULATE);
}
