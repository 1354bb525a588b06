/* server/answer.c - outcomes and refusals as JSON. */
#include "server/answer.h"

#include <stdio.h>

/* Bytes as base64 and, where they are text, as text too. */
static void put_bytes(struct server_buffer *b, const char *name, const char *text_name, struct vm_bytes bytes) {
    server_put_base64_field(b, name, bytes);
    if (bytes.size == 0 || !host_utf8_valid(bytes))
        return;
    server_put_field(b, text_name);
    server_put_json(b, bytes);
}

static void put_quoted_base64(struct server_buffer *b, struct vm_bytes bytes) {
    server_put_comma(b);
    server_put_char(b, '"');
    server_put_base64(b, bytes);
    server_put_char(b, '"');
}

void server_answer_entries(struct server_buffer *b, const char *name, const struct host_entry *entries,
                           uint32_t count) {
    server_put_field(b, name);
    server_put_char(b, '[');
    for (uint32_t i = 0; i < count; i++) {
        server_put_comma(b);
        server_put_char(b, '{');
        server_put_base64_field(b, "key", entries[i].key);
        if (entries[i].present) {
            server_put_base64_field(b, "value", entries[i].value);
        } else {
            server_put_field(b, "value");
            server_put_text(b, "null");
        }
        server_put_char(b, '}');
    }
    server_put_char(b, ']');
}

static void put_keys(struct server_buffer *b, const char *name, const struct vm_bytes *keys, uint32_t count) {
    server_put_field(b, name);
    server_put_char(b, '[');
    for (uint32_t i = 0; i < count; i++)
        put_quoted_base64(b, keys[i]);
    server_put_char(b, ']');
}

static void put_events(struct server_buffer *b, const struct host_outcome *outcome) {
    server_put_field(b, "events");
    server_put_char(b, '[');
    for (uint32_t i = 0; i < outcome->event_count; i++) {
        server_put_comma(b);
        server_put_char(b, '{');
        put_bytes(b, "name", "name_text", outcome->events[i].name);
        server_put_base64_field(b, "data", outcome->events[i].data);
        server_put_char(b, '}');
    }
    server_put_char(b, ']');
}

static void put_logs(struct server_buffer *b, const struct host_outcome *outcome) {
    put_keys(b, "logs", outcome->logs, outcome->log_count);
    server_put_field(b, "logs_text");
    server_put_char(b, '[');
    for (uint32_t i = 0; i < outcome->log_count; i++) {
        server_put_comma(b);
        server_put_json(b, outcome->logs[i]);
    }
    server_put_char(b, ']');
    server_put_number_field(b, "logs_dropped", outcome->logs_dropped);
}

static void put_fuel(struct server_buffer *b, const struct host_request *request, const struct host_outcome *outcome) {
    server_put_field(b, "fuel");
    server_put_char(b, '{');
    server_put_u64_field(b, "limit", outcome->fuel_limit);
    server_put_u64_field(b, "used", outcome->fuel_used);
    server_put_u64_field(b, "instantiation", outcome->fuel_instantiation);
    if (request->mode == HOST_SIMULATE && outcome->status != HOST_OUT_OF_FUEL)
        server_put_u64_field(b, "minimum", outcome->fuel_used);
    server_put_char(b, '}');
}

static void put_usage(struct server_buffer *b, const struct host_outcome *outcome) {
    server_put_field(b, "usage");
    server_put_char(b, '{');
    server_put_number_field(b, "memory_pages", outcome->memory_pages);
    server_put_number_field(b, "frames", outcome->frames_high);
    server_put_number_field(b, "operands", outcome->operands_high);
    server_put_char(b, '}');
}

static void put_place(struct server_buffer *b, uint32_t function, struct vm_bytes name, uint32_t offset) {
    server_put_number_field(b, "function", function);
    server_put_field(b, "name");
    server_put_json(b, name);
    server_put_number_field(b, "offset", offset);
}

static void put_trap(struct server_buffer *b, const struct host_outcome *outcome) {
    server_put_field(b, "trap");
    server_put_char(b, '{');
    server_put_text_field(b, "code", vm_trap_name(outcome->trap.kind));
    server_put_text_field(b, "words", vm_trap_words(outcome->trap.kind));
    if (outcome->trap.function != VM_NO_FUNCTION)
        put_place(b, outcome->trap.function, outcome->frame_count > 0 ? outcome->frames[0].name : vm_bytes(NULL, 0),
                  outcome->trap.offset);
    if (outcome->trap.kind == VM_TRAP_OUT_OF_FUEL)
        server_put_u64_field(b, "price", outcome->trap.price);
    server_put_number_field(b, "depth", outcome->depth);
    server_put_field(b, "stack");
    server_put_char(b, '[');
    for (uint32_t i = 0; i < outcome->frame_count; i++) {
        server_put_comma(b);
        server_put_char(b, '{');
        put_place(b, outcome->frames[i].function, outcome->frames[i].name, outcome->frames[i].offset);
        server_put_char(b, '}');
    }
    server_put_text(b, "]}");
}

/* reads and writes have no key twice each; a key that was read and written stands once, at its read. */
static bool was_read(const struct host_outcome *outcome, struct vm_bytes key) {
    for (uint32_t i = 0; i < outcome->read_count; i++)
        if (vm_bytes_equal(outcome->reads[i].key, key))
            return true;
    return false;
}

static void put_footprint(struct server_buffer *b, const struct host_outcome *outcome) {
    server_put_field(b, "footprint");
    server_put_text(b, "{\"keys\":[");
    for (uint32_t i = 0; i < outcome->read_count; i++)
        put_quoted_base64(b, outcome->reads[i].key);
    for (uint32_t i = 0; i < outcome->needed_count; i++)
        if (!was_read(outcome, outcome->needed[i]))
            put_quoted_base64(b, outcome->needed[i]);
    for (uint32_t i = 0; i < outcome->write_count; i++)
        if (!was_read(outcome, outcome->writes[i].key))
            put_quoted_base64(b, outcome->writes[i].key);
    server_put_text(b, "]}");
}

void server_answer_manifest(struct server_buffer *b, const struct host_manifest *manifest) {
    if (!manifest->present) {
        server_put_text(b, "null");
        return;
    }
    server_put_text(b, "{\"reads\":[");
    for (uint32_t i = 0; i < manifest->read_count; i++) {
        server_put_comma(b);
        server_put_json(b, manifest->reads[i]);
    }
    server_put_text(b, "],\"access\":");
    if (manifest->access.size == 0)
        server_put_text(b, "null");
    else
        server_put_json(b, manifest->access);
    server_put_char(b, '}');
}

static void put_hash(struct server_buffer *b, const char *name, const struct host_hash *hash) {
    server_put_hex_field(b, name, vm_bytes(hash->bytes, sizeof hash->bytes));
}

void server_answer_outcome(struct server_buffer *b, const struct host_config *config,
                           const struct host_request *request, const struct host_outcome *outcome) {
    server_put_char(b, '{');
    server_put_text_field(b, "status", host_status_name(outcome->status));
    put_bytes(b, "result", "result_text", outcome->result);
    put_bytes(b, "message", "message_text", outcome->message);
    server_answer_entries(b, "writes", outcome->writes, outcome->write_count);
    server_answer_entries(b, "reads", outcome->reads, outcome->read_count);
    put_keys(b, "needed", outcome->needed, outcome->needed_count);
    if (outcome->status == HOST_NEED_KEYS)
        server_put_base64_field(b, "needed_read", outcome->needed[outcome->needed_read]);
    put_events(b, outcome);
    put_logs(b, outcome);
    put_fuel(b, request, outcome);
    put_usage(b, outcome);
    if (outcome->status == HOST_TRAPPED || outcome->status == HOST_OUT_OF_FUEL)
        put_trap(b, outcome);
    if (request->mode == HOST_SIMULATE)
        put_footprint(b, outcome);
    put_hash(b, "receipt", &outcome->receipt);
    put_hash(b, "module", &request->contract->hash);
    put_hash(b, "schedule", &config->schedule.hash);
    put_hash(b, "limits", &config->limits_hash);
    server_put_number_field(b, "engine", HOST_ENGINE_VERSION);
    server_put_char(b, '}');
}

void server_answer_error_field(struct server_buffer *b, const struct server_error *error) {
    server_put_field(b, "error");
    server_put_char(b, '{');
    server_put_text_field(b, "code", server_error_name(error->code));
    server_put_text_field(b, "message", error->message);
    if (error->path[0] != 0)
        server_put_text_field(b, "path", error->path);
    if (error->has_offset)
        server_put_number_field(b, "offset", error->offset);
    if (error->kind != NULL)
        server_put_text_field(b, "kind", error->kind);
    if (error->detail != NULL)
        server_put_text_field(b, "detail", error->detail);
    if (error->detail != NULL && error->function != VM_NO_FUNCTION) {
        server_put_number_field(b, "function", error->function);
        server_put_text_field(b, "function_name", error->function_name);
    }
    server_put_char(b, '}');
}

void server_answer_error(struct server_buffer *b, const struct server_error *error) {
    server_put_char(b, '{');
    server_answer_error_field(b, error);
    server_put_char(b, '}');
}

bool server_fail_module(struct server_error *error, enum vm_status status, const struct vm_error *from) {
    if (status == VM_RESOURCE)
        return server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
    (void)server_fail_at(error, SERVER_ERROR_MODULE_REFUSED, from->offset, "%s", from->message);
    error->kind = vm_status_name(status);
    error->detail = vm_error_code_name(from->code);
    error->function = from->function;
    (void)snprintf(error->function_name, sizeof error->function_name, "%s", from->function_name);
    return false;
}
