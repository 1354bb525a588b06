/* server/lowering.c - modules are lowered before they are stored. */
#include "server/lowering.h"

#include <stdio.h>

#include "loader/lower/lower.h"
#include "loader/writer.h"
#include "server/answer.h"

static bool read_policy(struct server_job *job, struct vm_bytes value, enum loader_policy *policy) {
    char name[16];
    (void)snprintf(name, sizeof name, "%.*s", (int)(value.size < sizeof name ? value.size : sizeof name - 1),
                   (const char *)value.data);
    return loader_policy_of(name, policy) ||
           server_fail(&job->error, SERVER_ERROR_BAD_VALUE, "policy is strict, lazy or lower");
}

/* The lowering that the deployer reckons with. */
static bool check_lowering(struct server_job *job, struct vm_bytes value) {
    const struct host_hash have = host_lowering_hash();
    char text[HOST_HASH_TEXT_SIZE];
    struct host_hash want;
    host_hash_text(&have, text);
    if (!host_hash_read(value, &want))
        return server_fail(&job->error, SERVER_ERROR_BAD_VALUE, "lowering is a hash of 64 hex digits");
    return host_hash_equal(&have, &want) || server_fail(&job->error, SERVER_ERROR_OTHER_LOWERING,
                                                        "it has %s: lower the module with `delavm lower` once, and "
                                                        "deploy what comes out on every node",
                                                        text);
}

/* One name=value. */
static bool read_pair(struct server_job *job, struct vm_bytes pair, enum loader_policy *policy) {
    const uint8_t *const sign = pair.size == 0 ? NULL : memchr(pair.data, '=', pair.size);
    const struct vm_bytes name = vm_bytes(pair.data, sign == NULL ? pair.size : (size_t)(sign - pair.data));
    const struct vm_bytes value = sign == NULL ? vm_bytes(NULL, 0) : vm_bytes(sign + 1, pair.size - name.size - 1);
    if (server_text_equal(name, "policy"))
        return read_policy(job, value, policy);
    if (server_text_equal(name, "lowering"))
        return check_lowering(job, value);
    return server_fail(&job->error, SERVER_ERROR_UNKNOWN_FIELD, "in the query; it knows policy and lowering");
}

bool server_lowering_read(struct server_job *job, enum loader_policy *policy) {
    struct vm_bytes rest = vm_bytes(job->query, job->query_size);
    *policy = LOADER_STRICT;
    while (rest.size != 0) {
        const uint8_t *const end = memchr(rest.data, '&', rest.size);
        const size_t size = end == NULL ? rest.size : (size_t)(end - rest.data);
        if (!read_pair(job, vm_bytes(rest.data, size), policy))
            return false;
        rest = end == NULL ? vm_bytes(NULL, 0) : vm_bytes(end + 1, rest.size - size - 1);
    }
    return true;
}

/* What to do about a float that the strict policy refused. */
static void add_hint(struct server_error *error) {
    const size_t used = strlen(error->message);
    if (error->code == SERVER_ERROR_MODULE_REFUSED &&
        strstr(error->message, vm_feature_rows[VM_FEATURE_FLOAT].words) != NULL)
        (void)snprintf(
            error->message + used, sizeof error->message - used,
            "; with ?policy=lower (delavm deploy --policy lower) it is stored with its floats as integer code");
}

static bool store_lowered(struct server_job *job, struct server_deployed *out) {
    struct server *const server = job->server;
    const struct host_config *const config = &server->config;
    const struct loader_options options = {&config->limits, &config->features, &config->schedule.vm, out->policy};
    struct vm_bytes lowered;
    struct vm_error error = {0};
    const enum vm_status status = loader_lower(job->request, &options, &server->allocator, &lowered, &error);
    if (status != VM_OK)
        return server_fail_module(&job->error, status, &error);
    out->size = lowered.size;
    const bool good = server_store_add(server->store, lowered, &out->hash, &out->added, &job->error);
    loader_bytes_free(&server->allocator, lowered);
    return good;
}

bool server_lowering_store(struct server_job *job, struct server_deployed *out) {
    *out = (struct server_deployed){.size = job->request.size};
    if (!server_lowering_read(job, &out->policy))
        return false;
    if (out->policy != LOADER_STRICT) {
        out->original = host_hash_of(job->request);
        return store_lowered(job, out);
    }
    if (server_store_add(job->server->store, job->request, &out->hash, &out->added, &job->error))
        return true;
    add_hint(&job->error);
    return false;
}

void server_lowering_put(struct server_buffer *buffer, const struct server_deployed *deployed) {
    const struct host_hash lowering = host_lowering_hash();
    if (deployed->policy == LOADER_STRICT)
        return;
    server_put_text_field(buffer, "policy", loader_policy_name(deployed->policy));
    server_put_hex_field(buffer, "lowered_from", vm_bytes(deployed->original.bytes, HOST_HASH_BYTES));
    server_put_hex_field(buffer, "lowering", vm_bytes(lowering.bytes, HOST_HASH_BYTES));
}
