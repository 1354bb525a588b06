/* server/cli/execute.c - delavm execute: what POST /v1/execute does, without a server. */
#include <stdlib.h>

#include "server/answer.h"
#include "server/cli/cli.h"
#include "server/cli/trace.h"
#include "server/request.h"
#include "server/text.h"

/* Everything of one execution; cleared as a whole. */
struct execution {
    struct cli *cli;
    struct host_config config;
    struct vm_arena arena;
    struct host_contract contract;
    cJSON *request; /* as the body of POST /v1/execute */
    struct server_transaction transaction;
    struct host_runner *runner;
};

/* name: the file or option that it is about, or NULL. */
static enum cli_exit refuse(const struct server_error *error, const char *name) {
    fprintf(stderr, "delavm: %s%s%s", name == NULL ? "" : name, name == NULL ? "" : ": ", error->message);
    if (error->path[0] != '\0')
        fprintf(stderr, " (at %s)", error->path);
    if (error->has_offset)
        fprintf(stderr, " (at offset %llu)", (unsigned long long)error->offset);
    fputc('\n', stderr);
    return server_error_status(error->code) / 100 == 5 ? CLI_FAILED : CLI_REFUSED;
}

static enum cli_exit out_of_memory(void) {
    cli_say("this machine is out of memory: nothing was decided, try again");
    return CLI_FAILED;
}

/* Text to a strict JSON tree in *out; `name` is for the message. */
static enum cli_exit parse(struct execution *execution, const char *name, struct vm_bytes text, cJSON **out) {
    const struct host_json_limits limits = {(uint32_t)execution->config.limits.json_depth, UINT32_MAX};
    struct host_json_scan scan;
    struct server_error error;
    /* The tree keeps the text's characters only through cJSON's own copies, but what the scanner found points into it.
     */
    const struct vm_bytes kept = vm_arena_copy(&execution->arena, text);
    if (kept.data == NULL)
        return out_of_memory();
    if (server_json_read(kept, &limits, &execution->arena, &scan, out, &error))
        return CLI_OK;
    return refuse(&error, name);
}

static enum cli_exit parse_file(struct execution *execution, const char *path, cJSON **out) {
    struct vm_bytes text;
    if (!cli_read_file(path, &text))
        return CLI_USAGE;
    const enum cli_exit end = parse(execution, path, text, out);
    free((void *)(uintptr_t)text.data);
    return end;
}

/* Puts a member into the request in place of what was there.  Takes the node. */
static bool set(struct execution *execution, const char *name, cJSON *node) {
    cJSON_DeleteItemFromObjectCaseSensitive(execution->request, name);
    return node != NULL && cJSON_AddItemToObject(execution->request, name, node);
}

static cJSON *base64_node(struct vm_bytes bytes) {
    struct server_buffer buffer = {0};
    server_put_base64(&buffer, bytes);
    server_put_bytes(&buffer, vm_bytes("", 1));
    cJSON *const node = server_buffer_good(&buffer) ? cJSON_CreateString((const char *)buffer.data) : NULL;
    server_buffer_free(&buffer);
    return node;
}

/* --arguments JSON or @FILE, then the KEY=VALUE words into it. */
static enum cli_exit add_arguments(struct execution *execution) {
    struct cli *const cli = execution->cli;
    const char *const given = cli_value(cli, "arguments");
    cJSON *arguments = NULL;
    if (given != NULL) {
        const enum cli_exit end = *given == '@' ? parse_file(execution, given + 1, &arguments)
                                                : parse(execution, "--arguments", vm_bytes_of_text(given), &arguments);
        if (end != CLI_OK)
            return end;
        if (!set(execution, "arguments", arguments))
            return out_of_memory();
    }
    if (cli->count == 1)
        return CLI_OK;
    arguments = cJSON_GetObjectItemCaseSensitive(execution->request, "arguments");
    if (arguments == NULL)
        arguments = cJSON_AddObjectToObject(execution->request, "arguments");
    if (!cJSON_IsObject(arguments))
        return cli_usage(cli, "KEY=VALUE words can only be added to arguments that are an object");
    for (int i = 1; i < cli->count; i++) {
        const char *const word = cli->arguments[i], *const equals = strchr(word, '=');
        if (equals == NULL || equals == word)
            return cli_usage(cli, "`%s` is no KEY=VALUE", word);
        struct vm_bytes key = vm_arena_copy(&execution->arena, vm_bytes(word, (size_t)(equals - word)));
        if (key.data == NULL)
            return out_of_memory();
        if (cJSON_GetObjectItemCaseSensitive(arguments, (const char *)key.data) != NULL)
            return cli_usage(cli, "`%s` is given twice", (const char *)key.data);
        if (cJSON_AddStringToObject(arguments, (const char *)key.data, equals + 1) == NULL)
            return out_of_memory();
    }
    return CLI_OK;
}

static enum cli_exit add_storage(struct execution *execution) {
    const char *const path = cli_value(execution->cli, "storage");
    cJSON *storage;
    if (path == NULL) {
        if (cli_given(execution->cli, "commit"))
            return cli_usage(execution->cli, "--commit needs --storage FILE to write to");
        return CLI_OK;
    }
    const enum cli_exit end = parse_file(execution, path, &storage);
    if (end != CLI_OK)
        return end;
    return set(execution, "storage", storage) ? CLI_OK : out_of_memory();
}

static enum cli_exit add_context(struct execution *execution) {
    struct cli *const cli = execution->cli;
    const char *const caller = cli_value(cli, "caller");
    if (caller == NULL)
        return CLI_OK;
    cJSON *context = cJSON_GetObjectItemCaseSensitive(execution->request, "context");
    if (context == NULL)
        context = cJSON_AddObjectToObject(execution->request, "context");
    cJSON_DeleteItemFromObjectCaseSensitive(context, "caller");
    return cJSON_AddItemToObject(context, "caller", base64_node(vm_bytes_of_text(caller))) ? CLI_OK : out_of_memory();
}

/* The request as JSON: from --request, with everything that other options say put in. */
static enum cli_exit compose(struct execution *execution) {
    struct cli *const cli = execution->cli;
    const char *const path = cli_value(cli, "request"), *const entry = cli_value(cli, "entry"),
                      *const fuel = cli_value(cli, "fuel");
    char hash[HOST_HASH_TEXT_SIZE];
    uint64_t checked;
    enum cli_exit end = CLI_OK;
    if (path != NULL)
        end = parse_file(execution, path, &execution->request);
    else
        execution->request = cJSON_CreateObject();
    if (end != CLI_OK)
        return end;
    if (!cJSON_IsObject(execution->request))
        return cli_usage(cli, "%s holds no JSON object", path);
    host_hash_text(&execution->contract.hash, hash);
    cJSON_DeleteItemFromObjectCaseSensitive(execution->request, "contract");
    if (!set(execution, "module", cJSON_CreateString(hash)))
        return out_of_memory();
    if (entry != NULL && !set(execution, "entry", cJSON_CreateString(entry)))
        return out_of_memory();
    if (fuel != NULL) {
        char digits[32];
        if (!cli_number(cli, "fuel", UINT64_MAX, &checked))
            return CLI_USAGE;
        snprintf(digits, sizeof digits, "%llu", (unsigned long long)checked);
        if (!set(execution, "fuel", cJSON_CreateString(digits)))
            return out_of_memory();
    }
    end = add_arguments(execution);
    if (end == CLI_OK)
        end = add_storage(execution);
    return end == CLI_OK ? add_context(execution) : end;
}

static enum cli_exit read_request(struct execution *execution) {
    const struct server_defaults defaults = {cli_given(execution->cli, "simulate") ? HOST_SIMULATE : HOST_EXECUTE,
                                             execution->config.limits.fuel};
    struct server_error error;
    struct server_transaction *const transaction = &execution->transaction;
    if (!server_transaction_read(execution->request, NULL, &defaults, &execution->arena, transaction, &error))
        return refuse(&error, NULL);
    transaction->request.contract = &execution->contract;
    if (!server_transaction_fit(transaction, &execution->arena, &error) ||
        !server_transaction_check(transaction, &execution->config, NULL, &error))
        return refuse(&error, NULL);
    return CLI_OK;
}

static void show_outcome(const char *engine, const struct host_outcome *outcome) {
    char receipt[HOST_HASH_TEXT_SIZE];
    host_hash_text(&outcome->receipt, receipt);
    fprintf(stderr, "  %s: %s, fuel %llu, trap %s in function %lu at 0x%lx, receipt %s\n", engine,
            host_status_name(outcome->status), (unsigned long long)outcome->fuel_used,
            outcome->trap.kind == VM_TRAP_NONE ? "none" : vm_trap_name(outcome->trap.kind),
            (unsigned long)outcome->trap.function, (unsigned long)outcome->trap.offset, receipt);
}

static enum cli_exit no_outcome(const struct execution *execution) {
    const struct host_outcome *const other = host_runner_other_outcome(execution->runner);
    if (other == NULL)
        return out_of_memory();
    const bool fast = execution->config.engine == VM_ENGINE_FAST;
    cli_say("the two engines differ, which is a fault of this program; nothing was decided.  Please report it");
    show_outcome(fast ? "fast" : "plain", host_runner_outcome(execution->runner));
    show_outcome(fast ? "plain" : "fast", other);
    return CLI_FAILED;
}

static enum cli_exit run_contract(struct execution *execution) {
    const struct vm_allocator allocator = vm_system_allocator();
    execution->runner = host_runner_new(&execution->config, &allocator);
    if (execution->runner == NULL)
        return out_of_memory();
    const bool trace = cli_given(execution->cli, "trace");
    struct cli_progress progress;
    cli_progress_begin(&progress);
    enum host_run_state state = host_runner_begin(execution->runner, &execution->transaction.request);
    while (state == HOST_RUN_PAUSED) {
        if (trace) {
            cli_trace(host_runner_machine(execution->runner));
            state = host_runner_step(execution->runner);
        } else {
            state = host_runner_continue(execution->runner, 20000000);
            cli_progress(&progress, "running");
        }
    }
    cli_progress_end(&progress);
    return state == HOST_RUN_FINISHED ? CLI_OK : no_outcome(execution);
}

static void put_row(struct server_buffer *buffer, const struct host_entry *entry) {
    server_put_text(buffer, buffer->size == 1 ? "\n  {" : ",\n  {");
    server_put_base64_field(buffer, "key", entry->key);
    if (entry->present)
        server_put_base64_field(buffer, "value", entry->value);
    else
        server_put_text(buffer, ",\"value\":null");
    server_put_char(buffer, '}');
}

/* The storage after accepted writes, as a storage file: deleted keys are known to be absent from now on. */
static enum cli_exit commit(const struct execution *execution, const struct host_outcome *outcome) {
    const struct host_request *const request = &execution->transaction.request;
    struct server_buffer buffer = {0};
    server_put_char(&buffer, '[');
    for (uint32_t i = 0; i < request->storage_count; i++) {
        bool overwritten = false;
        for (uint32_t j = 0; j < outcome->write_count; j++)
            overwritten |= vm_bytes_equal(outcome->writes[j].key, request->storage[i].key);
        if (!overwritten)
            put_row(&buffer, &request->storage[i]);
    }
    for (uint32_t i = 0; i < outcome->write_count; i++)
        put_row(&buffer, &outcome->writes[i]);
    server_put_text(&buffer, "\n]\n");
    enum cli_exit end = CLI_FAILED;
    if (!server_buffer_good(&buffer))
        out_of_memory();
    else if (cli_write_file(cli_value(execution->cli, "storage"), vm_bytes(buffer.data, buffer.size)))
        end = CLI_OK;
    server_buffer_free(&buffer);
    return end;
}

static enum cli_exit answer(const struct execution *execution) {
    const struct host_outcome *const outcome = host_runner_outcome(execution->runner);
    struct server_buffer buffer = {0};
    server_answer_outcome(&buffer, &execution->config, &execution->transaction.request, outcome);
    server_put_char(&buffer, '\n');
    if (!server_buffer_good(&buffer)) {
        server_buffer_free(&buffer);
        return out_of_memory();
    }
    fwrite(buffer.data, 1, buffer.size, stdout);
    server_buffer_free(&buffer);
    if (outcome->status != HOST_ACCEPTED)
        return CLI_TRAPPED;
    return cli_given(execution->cli, "commit") ? commit(execution, outcome) : CLI_OK;
}

static enum cli_exit load_contract(struct execution *execution) {
    const char *const path = execution->cli->arguments[0];
    struct vm_bytes bytes;
    const enum cli_exit end = cli_read_module(path, &bytes);
    if (end != CLI_OK)
        return end;
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_error error;
    enum host_start start;
    if (!cli_start(execution->cli, &start)) {
        free((void *)(uintptr_t)bytes.data);
        return CLI_USAGE;
    }
    enum vm_status status = host_contract_load(bytes, &execution->config, &allocator, &execution->contract, &error);
    if (status == VM_OK && start == HOST_START_SNAPSHOT)
        status = host_contract_snapshot(&execution->contract, &execution->config, &allocator, &error);
    free((void *)(uintptr_t)bytes.data);
    if (status == VM_OK)
        return CLI_OK;
    cli_show_error(stderr, path, &error);
    return cli_exit_of(status);
}

enum cli_exit cli_execute(struct cli *cli) {
    struct execution execution = {.cli = cli};
    const struct vm_allocator allocator = vm_system_allocator();
    vm_arena_init(&execution.arena, &allocator);
    enum cli_exit (*const steps[])(struct execution *) = {load_contract, compose, read_request, run_contract};
    enum cli_exit end = cli_config(cli, VM_STRICT, &execution.config);
    for (size_t i = 0; i < sizeof steps / sizeof *steps && end == CLI_OK; i++)
        end = steps[i](&execution);
    if (end == CLI_OK)
        end = answer(&execution);
    host_runner_free(execution.runner);
    cJSON_Delete(execution.request);
    if (execution.contract.module != NULL)
        host_contract_free(&execution.contract);
    vm_arena_clear(&execution.arena);
    return end;
}
