/* server/text.c - a transaction as the text that its contract reads. */
#include "server/text.h"

#include "server/buffer.h"

static bool has_argument(const struct host_request *request, const char *key) {
    for (uint32_t i = 0; i < request->argument_count; i++)
        if (vm_bytes_equal(request->arguments[i].key, vm_bytes_of_text(key)))
            return true;
    return false;
}

static void put_name(struct server_buffer *b, const struct host_request *request, const char *field,
                     struct vm_bytes name) {
    if (has_argument(request, field))
        return;
    server_put_field(b, field);
    server_put_json(b, name);
}

static void put_argument(struct server_buffer *b, const struct host_argument *argument) {
    server_put_comma(b);
    server_put_json(b, argument->key);
    server_put_char(b, ':');
    if (host_utf8_valid(argument->value)) {
        server_put_json(b, argument->value);
        return;
    }
    server_put_char(b, '{');
    server_put_base64_field(b, "base64", argument->value);
    server_put_char(b, '}');
}

static bool make_text(struct server_transaction *transaction, struct vm_arena *arena) {
    struct host_request *const request = &transaction->request;
    struct server_buffer buffer = {0};
    server_put_char(&buffer, '{');
    if (!transaction->target.by_hash) {
        put_name(&buffer, request, "contractName", transaction->target.name);
        put_name(&buffer, request, "contractLanguage", transaction->target.language);
    }
    for (uint32_t i = 0; i < request->argument_count; i++)
        put_argument(&buffer, &request->arguments[i]);
    server_put_char(&buffer, '}');
    if (server_buffer_good(&buffer))
        request->input = vm_arena_copy(arena, vm_bytes(buffer.data, buffer.size));
    server_buffer_free(&buffer);
    return request->input.data != NULL;
}

bool server_transaction_fit(struct server_transaction *transaction, struct vm_arena *arena,
                            struct server_error *error) {
    struct host_request *const request = &transaction->request;
    const struct host_contract *const contract = request->contract;
    const struct vm_bytes name = transaction->target.name;
    if (host_request_entry(request).data == NULL && !transaction->target.by_hash &&
        host_entry_kind(contract->module, name) != HOST_ENTRY_NONE)
        request->entry = name;
    if (contract->reads_text && request->input.size == 0 && !make_text(transaction, arena))
        return server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
    return true;
}
