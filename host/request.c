/* host/request.c - judges a request before anything runs: HOST limits, order of keys, the entry. */
#include <inttypes.h>

#include "host/host.h"

static enum vm_status fail_limit(struct vm_error *error, uint64_t at, const char *limit, uint64_t have, uint64_t most) {
    return vm_fail(error, VM_ERROR_OVER_LIMIT, at, "%s: %" PRIu64 ", allowed %" PRIu64, limit, have, most);
}

/* Adds sizes that may come from anywhere; UINT64_MAX when it does not fit. */
static uint64_t add_sizes(uint64_t a, uint64_t b) {
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

/* Arguments in key order; adds their bytes to *bytes.  `what` names whose they are. */
static enum vm_status check_arguments(const struct host_argument *arguments, uint32_t count, const char *what,
                                      uint64_t *bytes, struct vm_error *error) {
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && vm_bytes_compare(arguments[i - 1].key, arguments[i].key) >= 0)
            return vm_fail(error, VM_ERROR_REQUEST, i, "the %s are not in key order, each key once", what);
        *bytes = add_sizes(*bytes, add_sizes(arguments[i].key.size, arguments[i].value.size));
    }
    return VM_OK;
}

static enum vm_status check_storage(const struct host_request *request, const struct vm_limits *limits,
                                    struct vm_error *error) {
    if (request->storage_count > limits->storage_keys)
        return fail_limit(error, 0, "storage_keys", request->storage_count, limits->storage_keys);
    for (uint32_t i = 0; i < request->storage_count; i++) {
        const struct host_entry *const entry = &request->storage[i];
        if (entry->key.size == 0)
            return vm_fail(error, VM_ERROR_REQUEST, i, "a storage key is empty");
        if (entry->key.size > limits->key_bytes)
            return fail_limit(error, i, "key_bytes", entry->key.size, limits->key_bytes);
        if (entry->present && entry->value.size > limits->value_bytes)
            return fail_limit(error, i, "value_bytes", entry->value.size, limits->value_bytes);
        if (!entry->present && entry->value.size != 0)
            return vm_fail(error, VM_ERROR_REQUEST, i, "a storage key that is absent has a value");
        if (i > 0 && vm_bytes_compare(entry[-1].key, entry->key) >= 0)
            return vm_fail(error, VM_ERROR_REQUEST, i, "the storage keys are not in key order, each key once");
    }
    return VM_OK;
}

/* The transaction and those before it in the block. */
static enum vm_status check_context(const struct host_request *request, const struct vm_limits *limits,
                                    struct vm_error *error) {
    if (request->previous_count > limits->previous_transactions)
        return fail_limit(error, 0, "previous_transactions", request->previous_count, limits->previous_transactions);
    uint64_t bytes = add_sizes(request->caller.size, request->transaction_id.size);
    for (uint32_t i = 0; i < request->previous_count; i++) {
        const struct host_previous *const previous = &request->previous[i];
        if (previous->argument_count > limits->arguments)
            return fail_limit(error, i, "arguments", previous->argument_count, limits->arguments);
        bytes = add_sizes(bytes, previous->id.size);
        const enum vm_status status = check_arguments(previous->arguments, previous->argument_count,
                                                      "arguments of a previous transaction", &bytes, error);
        if (status != VM_OK) {
            error->offset = i;
            return status;
        }
    }
    if (bytes > limits->context_bytes)
        return fail_limit(error, 0, "context_bytes", bytes, limits->context_bytes);
    return VM_OK;
}

struct vm_bytes host_request_entry(const struct host_request *request) {
    return request->entry.size == 0 ? request->contract->form.default_entry : request->entry;
}

enum vm_status host_request_check(const struct host_request *request, const struct host_config *config,
                                  struct vm_error *error) {
    const struct vm_limits *const limits = &config->limits;
    const struct vm_bytes entry = host_request_entry(request);
    if (entry.data == NULL)
        return vm_fail(error, VM_ERROR_REQUEST, 0,
                       "the contract has several functions that could be entered: name one of them as entry");
    if (host_entry_kind(request->contract->module, entry) == HOST_ENTRY_NONE)
        return vm_fail(error, VM_ERROR_REQUEST, 0, "the contract exports no function of that name that can be entered");
    if (request->input.size > limits->input_bytes)
        return fail_limit(error, 0, "input_bytes", request->input.size, limits->input_bytes);
    if (request->argument_count > limits->arguments)
        return fail_limit(error, 0, "arguments", request->argument_count, limits->arguments);
    uint64_t bytes = 0;
    enum vm_status status = check_arguments(request->arguments, request->argument_count, "arguments", &bytes, error);
    if (status != VM_OK)
        return status;
    if (bytes > limits->argument_bytes)
        return fail_limit(error, 0, "argument_bytes", bytes, limits->argument_bytes);
    status = check_storage(request, limits, error);
    if (status != VM_OK)
        return status;
    return check_context(request, limits, error);
}
