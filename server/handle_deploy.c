/* server/handle_deploy.c - /v1/modules and /v1/contracts: what is stored, and under which names. */
#include "server/answer.h"
#include "server/log.h"
#include "server/lowering.h"
#include "server/routes.h"
#include "server/run.h"

static void put_hash(struct server_buffer *b, const char *name, const struct host_hash *hash) {
    server_put_hex_field(b, name, vm_bytes(hash->bytes, sizeof hash->bytes));
}

static void log_module(const struct server_job *job, const char *event, const struct host_hash *hash, bool added) {
    char text[HOST_HASH_TEXT_SIZE];
    host_hash_text(hash, text);
    server_log(job->server, SERVER_LOG_DETAIL, "%s module=%s added=%s", event, text, added ? "yes" : "no");
}

static void log_contract(const struct server_job *job, const char *event, uint64_t version) {
    server_log(job->server, SERVER_LOG_DETAIL, "%s language=%.*s name=%.*s version=%llu", event,
               (int)job->segments[2].size, (const char *)job->segments[2].data, (int)job->segments[3].size,
               (const char *)job->segments[3].data, (unsigned long long)version);
}

/* Validation and disks take their time, so none of this is for the loop's thread. */
enum server_step server_handle_add_module(struct server_job *job, const struct server_turn *turn) {
    struct server_deployed deployed;
    if (!turn->may_block)
        return SERVER_STEP_AGAIN;
    if (!server_lowering_store(job, &deployed))
        return server_job_fail(job);
    log_module(job, "module_stored", &deployed.hash, deployed.added);
    struct server_buffer *const b = server_job_answer(job, deployed.added ? 201 : 200);
    server_put_char(b, '{');
    put_hash(b, "module", &deployed.hash);
    server_put_number_field(b, "size", deployed.size);
    server_put_bool_field(b, "added", deployed.added);
    server_lowering_put(b, &deployed);
    server_put_char(b, '}');
    return server_job_end(job);
}

enum server_step server_handle_list_modules(struct server_job *job, const struct server_turn *turn) {
    struct server_stored *list;
    uint32_t count;
    if (!turn->may_block)
        return SERVER_STEP_AGAIN;
    if (!server_store_list(job->server->store, &job->arena, &list, &count)) {
        (void)server_fail(&job->error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
        return server_job_fail(job);
    }
    struct server_buffer *const b = server_job_answer(job, 200);
    server_put_text(b, "{\"modules\":[");
    for (uint32_t i = 0; i < count; i++) {
        server_put_comma(b);
        server_put_char(b, '{');
        put_hash(b, "module", &list[i].hash);
        server_put_number_field(b, "size", list[i].size);
        server_put_char(b, '}');
    }
    server_put_text(b, "]}");
    return server_job_end(job);
}

/* The {hash} of the path. */
static bool read_hash(struct server_job *job, struct host_hash *hash) {
    return host_hash_read(job->segments[2], hash) ||
           server_fail(&job->error, SERVER_ERROR_UNKNOWN_MODULE, "a hash has 64 hex digits");
}

static void put_imports(struct server_buffer *b, const struct vm_module *module) {
    server_put_field(b, "imports");
    server_put_char(b, '[');
    for (uint32_t i = 0; i < module->import_count; i++) {
        server_put_comma(b);
        server_put_json(b, module->imports[i].name);
    }
    server_put_char(b, ']');
}

static void put_exports(struct server_buffer *b, const struct host_contract *contract) {
    const struct vm_module *const module = contract->module;
    server_put_field(b, "entries");
    server_put_char(b, '[');
    for (uint32_t i = 0; i < module->export_count; i++)
        if (host_entry_kind(module, module->exports[i].name) != HOST_ENTRY_NONE) {
            server_put_comma(b);
            server_put_json(b, module->exports[i].name);
        }
    server_put_char(b, ']');
    server_put_field(b, "exports");
    server_put_char(b, '[');
    for (uint32_t i = 0; i < module->export_count; i++) {
        server_put_comma(b);
        server_put_json(b, module->exports[i].name);
    }
    server_put_char(b, ']');
}

enum server_step server_handle_show_module(struct server_job *job, const struct server_turn *turn) {
    struct host_hash hash;
    if (!read_hash(job, &hash))
        return server_job_fail(job);
    switch (
        server_store_get(job->server->store, &hash, HOST_START_EACH_CALL, turn->may_block, &job->module, &job->error)) {
    case SERVER_STORE_LATER:
        return SERVER_STEP_AGAIN;
    case SERVER_STORE_FAILED:
        return server_job_fail(job);
    case SERVER_STORE_FOUND:
    default:
        break;
    }
    const struct vm_module *const module = job->module->contract.module;
    struct server_buffer *const b = server_job_answer(job, 200);
    server_put_char(b, '{');
    put_hash(b, "module", &hash);
    server_put_number_field(b, "size", module->bytes.size);
    server_put_number_field(b, "functions", module->function_count);
    server_put_number_field(
        b, "memory_pages",
        module->memory_count == 0 ? 0 : vm_started_pages(&module->memories[0], module->memories[0].limits.minimum));
    server_put_text_field(b, "shape", host_shape_name(job->module->contract.form.shape));
    server_put_field(b, "default_entry");
    if (job->module->contract.form.default_entry.data == NULL)
        server_put_text(b, "null");
    else
        server_put_json(b, job->module->contract.form.default_entry);
    put_imports(b, module);
    put_exports(b, &job->module->contract);
    server_put_field(b, "manifest");
    server_answer_manifest(b, &job->module->contract.manifest);
    server_put_char(b, '}');
    return server_job_end(job);
}

enum server_step server_handle_get_module(struct server_job *job, const struct server_turn *turn) {
    struct host_hash hash;
    if (!turn->may_block)
        return SERVER_STEP_AGAIN;
    (void)server_job_answer(job, 200);
    if (!read_hash(job, &hash) || !server_store_read(job->server->store, &hash, &job->answer, &job->error))
        return server_job_fail(job);
    job->content_type = "application/wasm";
    return server_job_end(job);
}

/* "module": hash, "start": when it is initialized; and of a snapshot "initialization_fuel": what that used, and "snapshot":
 * the hash of what it left, which is equal on all nodes */
static void put_version(struct server_buffer *b, const struct server_version *version) {
    put_hash(b, "module", &version->module);
    server_put_text_field(b, "start", host_start_name(version->start));
    if (version->start != HOST_START_SNAPSHOT)
        return;
    server_put_u64_field(b, "initialization_fuel", version->initialization_fuel);
    if (!host_hash_equal(&version->snapshot, &(struct host_hash){{0}}))
        put_hash(b, "snapshot", &version->snapshot);
}

/* {"language": …, "name": …, "version": newest, "module": its hash, "start": …, "manifest": what it says */
static void put_contract(struct server_job *job, struct server_buffer *b, const struct server_contract *contract,
                         const struct server_version *newest) {
    server_put_comma(b);
    server_put_char(b, '{');
    server_put_field(b, "language");
    server_put_json(b, contract->language);
    server_put_field(b, "name");
    server_put_json(b, contract->name);
    server_put_number_field(b, "version", contract->count);
    put_version(b, newest);
    server_put_field(b, "manifest");
    server_store_manifest(job->server->store, &newest->module, b);
}

enum server_step server_handle_list_contracts(struct server_job *job, const struct server_turn *turn) {
    struct server_contract *list;
    uint32_t count;
    if (!turn->may_block)
        return SERVER_STEP_AGAIN;
    if (!server_registry_list(job->server->registry, &job->arena, &list, &count, &job->error))
        return server_job_fail(job);
    struct server_buffer *const b = server_job_answer(job, 200);
    server_put_text(b, "{\"contracts\":[");
    for (uint32_t i = 0; i < count; i++) {
        put_contract(job, b, &list[i], list[i].versions);
        server_put_char(b, '}');
    }
    server_put_text(b, "]}");
    return server_job_end(job);
}

/* {"module": hash, "start": …} of a module that is stored and whole; it is initialized here if that is to be done once. */
static bool read_binding(struct server_job *job, const struct server_turn *turn, struct server_version *version) {
    static const char *const names[] = {"module", "start", NULL};
    static const struct server_place place = {NULL, "module", 0}, at_start = {NULL, "start", 0};
    struct host_json_scan scan;
    enum loader_policy policy;
    if (!server_lowering_read(job, &policy))
        return false;
    if (policy != LOADER_STRICT)
        return server_fail(&job->error, SERVER_ERROR_BAD_VALUE,
                           "a stored module is what it is: the policy is for a body of wasm");
    if (server_run_read(job, turn, &scan) != SERVER_RUN_ENDED || !server_only(job->tree, NULL, names, &job->error))
        return false;
    const cJSON *const node = server_find(job->tree, "module");
    if (node == NULL)
        return server_fail(&job->error, SERVER_ERROR_MISSING_FIELD, "module");
    if (!server_read_hash(node, &place, &version->module, &job->error) ||
        !server_read_start(server_find(job->tree, "start"), &at_start, &version->start, &job->error) ||
        server_store_get(job->server->store, &version->module, version->start, true, &job->module, &job->error) !=
            SERVER_STORE_FOUND)
        return false;
    version->initialization_fuel = job->module->contract.initialization_fuel;
    version->snapshot = job->module->contract.snapshot;
    return version->start != HOST_START_SNAPSHOT || server_store_keep(job->server->store, job->module, &job->error);
}

/* Nothing is bound: who calls by hash keeps the names himself, as a Dela chain does. */
enum server_step server_handle_make_snapshot(struct server_job *job, const struct server_turn *turn) {
    struct server_version version = {.start = HOST_START_SNAPSHOT};
    if (!turn->may_block)
        return SERVER_STEP_AGAIN;
    if (!read_hash(job, &version.module))
        return server_job_fail(job);
    const bool had = server_store_has_snapshot(job->server->store, &version.module);
    if (server_store_get(job->server->store, &version.module, version.start, true, &job->module, &job->error) !=
            SERVER_STORE_FOUND ||
        !server_store_keep(job->server->store, job->module, &job->error))
        return server_job_fail(job);
    version.initialization_fuel = job->module->contract.initialization_fuel;
    version.snapshot = job->module->contract.snapshot;
    log_module(job, "snapshot_made", &version.module, !had);
    struct server_buffer *const b = server_job_answer(job, had ? 200 : 201);
    server_put_char(b, '{');
    put_version(b, &version);
    server_put_bool_field(b, "added", !had);
    server_put_char(b, '}');
    return server_job_end(job);
}

enum server_step server_handle_bind_contract(struct server_job *job, const struct server_turn *turn) {
    const struct vm_bytes language = job->segments[2], name = job->segments[3];
    struct server_deployed deployed = {.policy = LOADER_STRICT};
    struct server_version version = {.start = HOST_START_EACH_CALL};
    uint64_t number = 0;
    bool added;
    if (!turn->may_block)
        return SERVER_STEP_AGAIN;
    if (!server_name_valid(language) || !server_name_valid(name)) {
        (void)server_fail(&job->error, SERVER_ERROR_BAD_NAME, NULL);
        return server_job_fail(job);
    }
    /* A wasm binary begins with NUL, which no JSON text does. */
    const bool wasm = job->request.size > 0 && job->request.data[0] == 0;
    const bool known = wasm ? server_lowering_store(job, &deployed) : read_binding(job, turn, &version);
    if (wasm)
        version.module = deployed.hash;
    if (!known ||
        !server_registry_bind(job->server->registry, language, name, &version, false, &number, &added, &job->error))
        return server_job_fail(job);
    log_contract(job, "contract_bound", number);
    struct server_buffer *const b = server_job_answer(job, added ? 201 : 200);
    server_put_char(b, '{');
    server_put_field(b, "language");
    server_put_json(b, language);
    server_put_field(b, "name");
    server_put_json(b, name);
    server_put_number_field(b, "version", number);
    put_version(b, &version);
    server_put_bool_field(b, "added", added);
    server_lowering_put(b, &deployed);
    server_put_char(b, '}');
    return server_job_end(job);
}

enum server_step server_handle_show_contract(struct server_job *job, const struct server_turn *turn) {
    struct server_contract contract;
    if (!turn->may_block)
        return SERVER_STEP_AGAIN;
    if (!server_registry_show(job->server->registry, job->segments[2], job->segments[3], &job->arena, &contract,
                              &job->error))
        return server_job_fail(job);
    struct server_buffer *const b = server_job_answer(job, 200);
    put_contract(job, b, &contract, &contract.versions[contract.count - 1]);
    server_put_field(b, "versions");
    server_put_char(b, '[');
    for (uint32_t i = 0; i < contract.count; i++) {
        server_put_comma(b);
        server_put_char(b, '{');
        server_put_number_field(b, "version", i + 1);
        put_version(b, &contract.versions[i]);
        server_put_char(b, '}');
    }
    server_put_text(b, "]}");
    return server_job_end(job);
}

enum server_step server_handle_remove_contract(struct server_job *job, const struct server_turn *turn) {
    if (!turn->may_block)
        return SERVER_STEP_AGAIN;
    if (!server_registry_remove(job->server->registry, job->segments[2], job->segments[3], &job->error))
        return server_job_fail(job);
    log_contract(job, "contract_removed", 0);
    struct server_buffer *const b = server_job_answer(job, 200);
    server_put_char(b, '{');
    server_put_field(b, "language");
    server_put_json(b, job->segments[2]);
    server_put_field(b, "name");
    server_put_json(b, job->segments[3]);
    server_put_bool_field(b, "removed", true);
    server_put_char(b, '}');
    return server_job_end(job);
}
