/* server/handle_describe.c - what the server says about itself: help, health, limits, schedule, info, metrics.
 *
 * All made from the tables, and all cheap enough for the loop's thread. */
#include "server/answer.h"
#include "server/metrics.h"
#include "server/routes.h"

static void put_hash(struct server_buffer *b, const char *name, const struct host_hash *hash) {
    server_put_hex_field(b, name, vm_bytes(hash->bytes, sizeof hash->bytes));
}

static const char *profile_name(enum vm_profile profile) {
    return profile == VM_STRICT ? "strict" : "compat";
}

enum server_step server_handle_health(struct server_job *job, const struct server_turn *turn) {
    (void)turn;
    server_put_text(server_job_answer(job, 200), "{\"status\":\"ok\"}");
    return server_job_end(job);
}

static void put_padded(struct server_buffer *b, const char *text, size_t width) {
    server_put_text(b, text);
    for (size_t i = strlen(text); i < width; i++)
        server_put_char(b, ' ');
}

enum server_step server_handle_help(struct server_job *job, const struct server_turn *turn) {
    (void)turn;
    struct server_buffer *const b = server_job_answer(job, 200);
    job->content_type = "text/plain;charset=utf-8";
    server_put_text(b, "delavm-server " HOST_VERSION_TEXT ": runs smart contracts, deterministically and metered.\n\n"
                       "A first call:\n\n"
                       "  curl -d '{\"contractName\":\"increaseCounter\",\"contractLanguage\":\"c\",\"counter\":41}' "
                       "http://127.0.0.1:3000/\n\n"
                       "What there is:\n\n");
    for (unsigned i = 0; i < SERVER_ROUTE_COUNT; i++) {
        server_put_text(b, "  ");
        put_padded(b, server_method_name(server_routes[i].method), 8);
        put_padded(b, server_routes[i].path, 34);
        server_put_text(b, server_routes[i].words);
        server_put_char(b, '\n');
    }
    server_put_text(b, "\nBytes travel as base64, 64-bit integers as strings.  Refusals are {\"error\": {\"code\", "
                       "\"message\", ...}}: 4xx if the request\nis at fault, 5xx if this machine is.\n");
    return server_job_end(job);
}

static const char *scope_name(enum vm_limit_scope scope) {
    switch (scope) {
    case VM_LIMIT_MODULE:
        return "module";
    case VM_LIMIT_RUN:
        return "run";
    case VM_LIMIT_HOST:
        return "host";
    case VM_LIMIT_SERVER:
    default:
        return "server";
    }
}

enum server_step server_handle_limits(struct server_job *job, const struct server_turn *turn) {
    (void)turn;
    const struct host_config *const config = &job->server->config;
    struct server_buffer *const b = server_job_answer(job, 200);
    server_put_char(b, '{');
    server_put_text_field(b, "profile", profile_name(config->profile));
    put_hash(b, "hash", &config->limits_hash);
    server_put_field(b, "limits");
    server_put_char(b, '[');
    for (uint32_t i = 0; i < vm_limit_row_count; i++) {
        const struct vm_limit_row *const row = &vm_limit_rows[i];
        server_put_comma(b);
        server_put_char(b, '{');
        server_put_text_field(b, "name", row->name);
        server_put_text_field(b, "scope", scope_name(row->scope));
        server_put_u64_field(b, "value", vm_limit_value(&config->limits, row));
        server_put_text_field(b, "unit", row->unit);
        server_put_text_field(b, "why", row->why);
        server_put_char(b, '}');
    }
    server_put_text(b, "]}");
    return server_job_end(job);
}

static void put_price(struct server_buffer *b, const char *name, struct vm_price price, const char *unit,
                      const char *words) {
    server_put_comma(b);
    server_put_char(b, '{');
    server_put_text_field(b, "name", name);
    server_put_number_field(b, "amount", price.amount);
    server_put_number_field(b, "per", price.per);
    server_put_text_field(b, "unit", unit);
    server_put_text_field(b, "counted", words);
    server_put_char(b, '}');
}

static void put_instructions(struct server_buffer *b, const struct host_schedule *schedule) {
    server_put_field(b, "instructions");
    server_put_char(b, '[');
    for (unsigned i = 0; i < VM_OP_COUNT; i++) {
        /* Those without a price can't be loaded, so they have no place in a price list. */
        if (schedule->vm.instruction[i] == 0)
            continue;
        server_put_comma(b);
        server_put_char(b, '{');
        server_put_text_field(b, "name", vm_opcodes[i].text);
        server_put_number_field(b, "code", vm_opcodes[i].code);
        server_put_number_field(b, "cost", schedule->vm.instruction[i]);
        server_put_char(b, '}');
    }
    server_put_char(b, ']');
}

static void put_imports(struct server_buffer *b, const struct host_schedule *schedule) {
    server_put_field(b, "imports");
    server_put_char(b, '[');
    for (unsigned i = 0; i < HOST_IMPORT_COUNT; i++) {
        const struct host_import_row *const row = &host_import_rows[i];
        if (schedule->imports[i].base == 0)
            continue;
        server_put_comma(b);
        server_put_char(b, '{');
        server_put_text_field(b, "module", row->module);
        server_put_text_field(b, "name", row->name);
        server_put_text_field(b, "params", row->params);
        server_put_text_field(b, "results", row->results);
        server_put_number_field(b, "base", schedule->imports[i].base);
        server_put_number_field(b, "amount", schedule->imports[i].price.amount);
        server_put_number_field(b, "per", schedule->imports[i].price.per);
        server_put_text_field(b, "documentation", row->documentation);
        server_put_char(b, '}');
    }
    server_put_char(b, ']');
}

enum server_step server_handle_schedule(struct server_job *job, const struct server_turn *turn) {
    (void)turn;
    const struct host_schedule *const schedule = &job->server->config.schedule;
    struct server_buffer *const b = server_job_answer(job, 200);
    server_put_char(b, '{');
    put_hash(b, "hash", &schedule->hash);
    put_instructions(b, schedule);
    server_put_field(b, "prices");
    server_put_char(b, '[');
#define PRICE(name, amount, per, unit, counted) put_price(b, #name, schedule->vm.name, unit, counted);
#include "vm/prices.def"
    server_put_char(b, ']');
    put_imports(b, schedule);
    server_put_char(b, '}');
    return server_job_end(job);
}

static void put_features(struct server_buffer *b, const struct host_config *config) {
    server_put_field(b, "features");
    server_put_char(b, '[');
    for (unsigned i = 0; i < VM_FEATURE_COUNT; i++) {
        server_put_comma(b);
        server_put_char(b, '{');
        server_put_text_field(b, "name", vm_feature_rows[i].name);
        server_put_bool_field(b, "on", config->features.on[i]);
        server_put_text_field(b, "words", vm_feature_rows[i].words);
        server_put_char(b, '}');
    }
    server_put_char(b, ']');
}

enum server_step server_handle_info(struct server_job *job, const struct server_turn *turn) {
    (void)turn;
    const struct host_config *const config = &job->server->config;
    struct server_buffer *const b = server_job_answer(job, 200);
    server_put_char(b, '{');
    server_put_text_field(b, "version", HOST_VERSION_TEXT);
    server_put_number_field(b, "engine", HOST_ENGINE_VERSION);
    server_put_text_field(b, "profile", profile_name(config->profile));
    server_put_text_field(b, "policy", loader_policy_name(config->policy));
    server_put_text_field(b, "run_by", config->engine == VM_ENGINE_FAST ? "fast" : "plain");
    server_put_bool_field(b, "fold", config->fold);
    server_put_bool_field(b, "check", config->check);
    put_hash(b, "schedule", &config->schedule.hash);
    put_hash(b, "limits", &config->limits_hash);
    const struct host_hash lowering = host_lowering_hash();
    put_hash(b, "lowering", &lowering);
    server_put_bool_field(b, "lowers", host_lowering_built());
    server_put_u64_field(b, "default_fuel", job->server->default_fuel);
    server_put_number_field(b, "modules", server_store_measure(job->server->store).stored);
    server_put_number_field(b, "contracts", server_registry_count(job->server->registry));
    put_features(b, config);
    server_put_char(b, '}');
    return server_job_end(job);
}

enum server_step server_handle_metrics(struct server_job *job, const struct server_turn *turn) {
    (void)turn;
    struct server_buffer *const b = server_job_answer(job, 200);
    job->content_type = "text/plain;version=0.0.4;charset=utf-8";
    server_metrics_write(job->server, b);
    return server_job_end(job);
}
