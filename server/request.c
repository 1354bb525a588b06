/* server/request.c - reads transactions and batches from JSON trees. */
#include "server/request.h"

#include <stdio.h>
#include <stdlib.h>

#include "server/buffer.h"

bool server_fail_there(struct server_error *error, const struct server_place *place) {
    char *const path = error->path;
    size_t at = sizeof error->path;
    char part[80];
    path[--at] = 0;
    /* Built from the end, and cut at the front if it is too long. */
    for (; place != NULL; place = place->above) {
        const bool first = place->above == NULL;
        const int size = place->name != NULL ? snprintf(part, sizeof part, "%s%.64s", first ? "" : ".", place->name)
                                             : snprintf(part, sizeof part, "[%u]", (unsigned)place->index);
        if (size < 0 || (size_t)size > at)
            break;
        at -= (size_t)size;
        memcpy(path + at, part, (size_t)size);
    }
    memmove(path, path + at, sizeof error->path - at);
    return false;
}

static bool fail_type(struct server_error *error, const struct server_place *place, const char *wanted,
                      const cJSON *node) {
    (void)server_fail(error, SERVER_ERROR_WRONG_TYPE, "%s was expected, not %s", wanted, server_json_type(node));
    return server_fail_there(error, place);
}

static bool fail_value(struct server_error *error, const struct server_place *place, const char *what) {
    (void)server_fail(error, SERVER_ERROR_BAD_VALUE, "%s", what);
    return server_fail_there(error, place);
}

static bool fail_missing(struct server_error *error, const struct server_place *place, const char *name) {
    const struct server_place missing = {place, name, 0};
    (void)server_fail(error, SERVER_ERROR_MISSING_FIELD, "%s", name);
    return server_fail_there(error, &missing);
}

static bool no_memory(struct server_error *error) {
    return server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
}

const cJSON *server_find(const cJSON *object, const char *name) {
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

bool server_only(const cJSON *object, const struct server_place *place, const char *const *names,
                 struct server_error *error) {
    if (!cJSON_IsObject(object))
        return fail_type(error, place, "an object", object);
    for (const cJSON *member = object->child; member != NULL; member = member->next) {
        const char *const *name = names;
        while (*name != NULL && strcmp(*name, member->string) != 0)
            name++;
        if (*name != NULL)
            continue;
        const struct server_place there = {place, member->string, 0};
        (void)server_fail(error, SERVER_ERROR_UNKNOWN_FIELD, "%.100s", member->string);
        return server_fail_there(error, &there);
    }
    return true;
}

static bool read_text(const cJSON *node, const struct server_place *place, struct vm_bytes *text,
                      struct server_error *error) {
    if (!cJSON_IsString(node))
        return fail_type(error, place, "a string", node);
    *text = server_json_text(node);
    return true;
}

static bool read_base64(const cJSON *node, const struct server_place *place, struct vm_arena *arena,
                        struct vm_bytes *bytes, struct server_error *error) {
    struct vm_bytes text;
    if (!read_text(node, place, &text, error))
        return false;
    uint8_t *const to = vm_arena_allocate(arena, server_base64_room(text.size), 1);
    if (to == NULL)
        return no_memory(error);
    size_t size;
    if (!server_base64_read(text, to, &size)) {
        (void)server_fail(error, SERVER_ERROR_BAD_BASE64, NULL);
        return server_fail_there(error, place);
    }
    *bytes = vm_bytes(to, size);
    return true;
}

/* Numbers and strings alike. */
static bool read_u64(const cJSON *node, const struct server_place *place, uint64_t *value, struct server_error *error) {
    if (!cJSON_IsRaw(node) && !cJSON_IsString(node))
        return fail_type(error, place, "an integer", node);
    if (!server_json_digits(server_json_text(node), value))
        return fail_value(error, place, "an integer from 0 to 18446744073709551615 in decimal digits was expected");
    return true;
}

bool server_read_hash(const cJSON *node, const struct server_place *place, struct host_hash *hash,
                      struct server_error *error) {
    struct vm_bytes text;
    if (!read_text(node, place, &text, error))
        return false;
    return host_hash_read(text, hash) || fail_value(error, place, "64 hex digits were expected");
}

static int compare_arguments(const void *a, const void *b) {
    const struct host_argument *const first = a, *const second = b;
    return vm_bytes_compare(first->key, second->key);
}

static int compare_entries(const void *a, const void *b) {
    const struct host_entry *const first = a, *const second = b;
    return vm_bytes_compare(first->key, second->key);
}

uint32_t server_arguments_sort(struct host_argument *arguments, uint32_t count) {
    if (count > 1)
        qsort(arguments, count, sizeof *arguments, compare_arguments);
    for (uint32_t i = 1; i < count; i++)
        if (vm_bytes_equal(arguments[i - 1].key, arguments[i].key))
            return i;
    return count;
}

/* The children of an array or object; the scanner has bounded how many there can be. */
static uint32_t count_of(const cJSON *node) {
    uint32_t count = 0;
    for (const cJSON *child = node->child; child != NULL; child = child->next)
        count++;
    return count;
}

/* A value in an arguments object: text, a number's characters, or {"base64": …}. */
static bool read_argument_value(const cJSON *node, const struct server_place *place, struct vm_arena *arena,
                                struct vm_bytes *value, struct server_error *error) {
    static const char *const names[] = {"base64", NULL};
    if (cJSON_IsString(node) || cJSON_IsRaw(node)) {
        *value = server_json_text(node);
        return true;
    }
    if (!cJSON_IsObject(node))
        return fail_type(error, place, "a string, a number or {\"base64\": \"…\"}", node);
    if (!server_only(node, place, names, error))
        return false;
    const cJSON *const text = server_find(node, "base64");
    const struct server_place there = {place, "base64", 0};
    return text == NULL ? fail_missing(error, place, "base64") : read_base64(text, &there, arena, value, error);
}

/* An element of an arguments array. */
static bool read_argument(const cJSON *node, const struct server_place *place, struct vm_arena *arena,
                          struct host_argument *argument, struct server_error *error) {
    static const char *const names[] = {"key", "value", NULL};
    if (!server_only(node, place, names, error))
        return false;
    const cJSON *const key = server_find(node, "key"), *const value = server_find(node, "value");
    if (key == NULL || value == NULL)
        return fail_missing(error, place, key == NULL ? "key" : "value");
    const struct server_place at_key = {place, "key", 0}, at_value = {place, "value", 0};
    return read_text(key, &at_key, &argument->key, error) &&
           read_base64(value, &at_value, arena, &argument->value, error);
}

bool server_arguments_read(const cJSON *node, const struct server_place *place, struct vm_arena *arena,
                           struct host_argument **arguments, uint32_t *count, struct server_error *error) {
    if (!cJSON_IsObject(node) && !cJSON_IsArray(node))
        return fail_type(error, place, "an object or an array", node);
    struct host_argument *const list = vm_arena_allocate(arena, count_of(node), sizeof *list);
    if (list == NULL)
        return no_memory(error);
    uint32_t filled = 0;
    for (const cJSON *child = node->child; child != NULL; child = child->next, filled++) {
        const struct server_place there = {place, cJSON_IsObject(node) ? child->string : NULL, filled};
        if (cJSON_IsObject(node)) {
            list[filled].key = vm_bytes_of_text(child->string);
            if (!read_argument_value(child, &there, arena, &list[filled].value, error))
                return false;
        } else if (!read_argument(child, &there, arena, &list[filled], error)) {
            return false;
        }
    }
    if (server_arguments_sort(list, filled) != filled)
        return fail_value(error, place, "a key is there twice");
    *arguments = list;
    *count = filled;
    return true;
}

static bool read_entry(const cJSON *node, const struct server_place *place, struct vm_arena *arena,
                       struct host_entry *entry, struct server_error *error) {
    static const char *const names[] = {"key", "value", NULL};
    if (!server_only(node, place, names, error))
        return false;
    const cJSON *const key = server_find(node, "key"), *const value = server_find(node, "value");
    if (key == NULL || value == NULL)
        return fail_missing(error, place, key == NULL ? "key" : "value");
    const struct server_place at_key = {place, "key", 0}, at_value = {place, "value", 0};
    entry->present = !cJSON_IsNull(value);
    return read_base64(key, &at_key, arena, &entry->key, error) &&
           (!entry->present || read_base64(value, &at_value, arena, &entry->value, error));
}

bool server_storage_read(const cJSON *node, const struct server_place *place, struct vm_arena *arena,
                         struct host_entry **entries, uint32_t *count, struct server_error *error) {
    if (!cJSON_IsArray(node))
        return fail_type(error, place, "an array", node);
    struct host_entry *const list = vm_arena_allocate(arena, count_of(node), sizeof *list);
    if (list == NULL)
        return no_memory(error);
    uint32_t filled = 0;
    for (const cJSON *child = node->child; child != NULL; child = child->next, filled++) {
        const struct server_place there = {place, NULL, filled};
        if (!read_entry(child, &there, arena, &list[filled], error))
            return false;
    }
    if (filled > 1)
        qsort(list, filled, sizeof *list, compare_entries);
    for (uint32_t i = 1; i < filled; i++)
        if (vm_bytes_equal(list[i - 1].key, list[i].key))
            return fail_value(error, place, "a key is there twice");
    *entries = list;
    *count = filled;
    return true;
}

static bool read_previous(const cJSON *node, const struct server_place *place, struct vm_arena *arena,
                          struct host_previous **previous, uint32_t *count, struct server_error *error) {
    static const char *const names[] = {"id", "arguments", NULL};
    if (!cJSON_IsArray(node))
        return fail_type(error, place, "an array", node);
    struct host_previous *const list = vm_arena_allocate(arena, count_of(node), sizeof *list);
    if (list == NULL)
        return no_memory(error);
    uint32_t filled = 0;
    for (const cJSON *child = node->child; child != NULL; child = child->next, filled++) {
        const struct server_place there = {place, NULL, filled};
        if (!server_only(child, &there, names, error))
            return false;
        const cJSON *const id = server_find(child, "id"), *const arguments = server_find(child, "arguments");
        if (id == NULL)
            return fail_missing(error, &there, "id");
        const struct server_place at_id = {&there, "id", 0}, at_arguments = {&there, "arguments", 0};
        struct host_argument *read = NULL;
        if (!read_base64(id, &at_id, arena, &list[filled].id, error) ||
            (arguments != NULL &&
             !server_arguments_read(arguments, &at_arguments, arena, &read, &list[filled].argument_count, error)))
            return false;
        list[filled].arguments = read;
    }
    *previous = list;
    *count = filled;
    return true;
}

/* {"language", "name", "version"} */
static bool read_name(const cJSON *node, const struct server_place *place, struct server_target *target,
                      struct server_error *error) {
    static const char *const names[] = {"language", "name", "version", NULL};
    if (!server_only(node, place, names, error))
        return false;
    const cJSON *const language = server_find(node, "language"), *const name = server_find(node, "name");
    const cJSON *const version = server_find(node, "version");
    if (language == NULL || name == NULL)
        return fail_missing(error, place, language == NULL ? "language" : "name");
    const struct server_place at_language = {place, "language", 0}, at_name = {place, "name", 0};
    const struct server_place at_version = {place, "version", 0};
    if (!read_text(language, &at_language, &target->language, error) ||
        !read_text(name, &at_name, &target->name, error) ||
        (version != NULL && !read_u64(version, &at_version, &target->version, error)))
        return false;
    return version == NULL || target->version != 0 || fail_value(error, &at_version, "versions are counted from 1");
}

bool server_read_start(const cJSON *node, const struct server_place *place, enum host_start *start,
                       struct server_error *error) {
    *start = HOST_START_EACH_CALL;
    if (node == NULL)
        return true;
    for (int i = HOST_START_EACH_CALL; i <= HOST_START_SNAPSHOT; i++)
        if (cJSON_IsString(node) && strcmp(node->valuestring, host_start_name((enum host_start)i)) == 0) {
            *start = (enum host_start)i;
            return true;
        }
    return fail_value(error, place, "start is \"each_call\" or \"snapshot\"");
}

static bool read_target(const cJSON *node, const struct server_place *place, struct server_target *target,
                        struct server_error *error) {
    const cJSON *const contract = server_find(node, "contract"), *const module = server_find(node, "module");
    const cJSON *const start = server_find(node, "start");
    const struct server_place at_contract = {place, "contract", 0}, at_module = {place, "module", 0};
    const struct server_place at_start = {place, "start", 0};
    if (contract == NULL && module == NULL)
        return fail_missing(error, place, "contract");
    if (contract != NULL && module != NULL)
        return fail_value(error, &at_module, "either contract or module, not both");
    if (contract != NULL && start != NULL)
        return fail_value(error, &at_start, "a version of a contract has its own");
    target->by_hash = module != NULL;
    return module != NULL ? server_read_hash(module, &at_module, &target->module, error) &&
                                server_read_start(start, &at_start, &target->start, error)
                          : read_name(contract, &at_contract, target, error);
}

static bool read_context(const cJSON *node, const struct server_place *place, struct vm_arena *arena,
                         struct host_request *request, struct server_error *error) {
    static const char *const names[] = {"caller", "transaction", "nonce", "time", "previous", NULL};
    if (!server_only(node, place, names, error))
        return false;
    const cJSON *const caller = server_find(node, "caller"), *const transaction = server_find(node, "transaction");
    const cJSON *const nonce = server_find(node, "nonce"), *const previous = server_find(node, "previous");
    const struct server_place at_caller = {place, "caller", 0}, at_transaction = {place, "transaction", 0};
    const cJSON *const time = server_find(node, "time");
    const struct server_place at_nonce = {place, "nonce", 0}, at_previous = {place, "previous", 0};
    const struct server_place at_time = {place, "time", 0};
    struct host_previous *list = NULL;
    if ((caller != NULL && !read_base64(caller, &at_caller, arena, &request->caller, error)) ||
        (transaction != NULL && !read_base64(transaction, &at_transaction, arena, &request->transaction_id, error)) ||
        (nonce != NULL && !read_u64(nonce, &at_nonce, &request->nonce, error)) ||
        (time != NULL && !read_u64(time, &at_time, &request->time, error)) ||
        (previous != NULL && !read_previous(previous, &at_previous, arena, &list, &request->previous_count, error)))
        return false;
    request->previous = list;
    return true;
}

/* The members that transactions of a batch have too. */
static bool read_call(const cJSON *node, const struct server_place *place, const struct server_defaults *defaults,
                      struct vm_arena *arena, struct server_transaction *transaction, struct server_error *error) {
    struct host_request *const request = &transaction->request;
    *transaction = (struct server_transaction){.request = {.mode = defaults->mode, .fuel_limit = defaults->fuel}};
    const cJSON *const entry = server_find(node, "entry"), *const input = server_find(node, "input");
    const cJSON *const arguments = server_find(node, "arguments"), *const context = server_find(node, "context");
    const cJSON *const fuel = server_find(node, "fuel");
    const struct server_place at_entry = {place, "entry", 0}, at_input = {place, "input", 0};
    const struct server_place at_arguments = {place, "arguments", 0}, at_context = {place, "context", 0};
    const struct server_place at_fuel = {place, "fuel", 0};
    struct host_argument *list = NULL;
    if (!read_target(node, place, &transaction->target, error) ||
        (entry != NULL && !read_text(entry, &at_entry, &request->entry, error)) ||
        (input != NULL && !read_base64(input, &at_input, arena, &request->input, error)) ||
        (arguments != NULL &&
         !server_arguments_read(arguments, &at_arguments, arena, &list, &request->argument_count, error)) ||
        (context != NULL && !read_context(context, &at_context, arena, request, error)) ||
        (fuel != NULL && !read_u64(fuel, &at_fuel, &request->fuel_limit, error)))
        return false;
    request->arguments = list;
    return true;
}

bool server_transaction_read(const cJSON *node, const struct server_place *place,
                             const struct server_defaults *defaults, struct vm_arena *arena,
                             struct server_transaction *transaction, struct server_error *error) {
    static const char *const names[] = {"contract", "module",  "start",   "entry", "arguments",
                                        "input",    "storage", "context", "fuel",  NULL};
    if (!server_only(node, place, names, error) || !read_call(node, place, defaults, arena, transaction, error))
        return false;
    const cJSON *const storage = server_find(node, "storage");
    const struct server_place at_storage = {place, "storage", 0};
    struct host_entry *entries = NULL;
    if (storage != NULL &&
        !server_storage_read(storage, &at_storage, arena, &entries, &transaction->request.storage_count, error))
        return false;
    transaction->request.storage = entries;
    return true;
}

static bool read_transactions(const cJSON *node, const struct server_defaults *defaults, uint32_t most,
                              struct vm_arena *arena, struct server_batch *batch, struct server_error *error) {
    static const char *const names[] = {"contract", "module",  "start", "entry", "arguments",
                                        "input",    "context", "fuel",  NULL};
    static const char *const context_names[] = {"caller", "transaction", "nonce", "time", NULL};
    const struct server_place list = {NULL, "transactions", 0};
    if (!cJSON_IsArray(node))
        return fail_type(error, &list, "an array", node);
    const uint32_t count = count_of(node);
    if (count > most) {
        (void)server_fail(error, SERVER_ERROR_OVER_LIMIT, "batch_transactions is %u", (unsigned)most);
        return server_fail_there(error, &list);
    }
    batch->transactions = vm_arena_allocate(arena, count, sizeof *batch->transactions);
    if (batch->transactions == NULL)
        return no_memory(error);
    for (const cJSON *child = node->child; child != NULL; child = child->next, batch->count++) {
        const struct server_place there = {&list, NULL, batch->count};
        if (!server_only(child, &there, names, error))
            return false;
        const cJSON *const context = server_find(child, "context");
        const struct server_place at_context = {&there, "context", 0};
        if ((context != NULL && !server_only(context, &at_context, context_names, error)) ||
            !read_call(child, &there, defaults, arena, &batch->transactions[batch->count], error))
            return false;
    }
    return true;
}

/* A member that is true or false; false where it is not there. */
static bool read_switch(const cJSON *node, const char *name, bool *on, struct server_error *error) {
    const struct server_place place = {NULL, name, 0};
    const cJSON *const member = server_find(node, name);
    if (member != NULL && !cJSON_IsBool(member))
        return fail_type(error, &place, "true or false", member);
    *on = member != NULL && cJSON_IsTrue(member);
    return true;
}

bool server_batch_read(const cJSON *node, const struct server_defaults *defaults, uint32_t most, struct vm_arena *arena,
                       struct server_batch *batch, struct server_error *error) {
    static const char *const names[] = {"storage", "context", "transactions", "stop_at_need_keys", "no_previous", NULL};
    static const char *const context_names[] = {"previous", NULL};
    *batch = (struct server_batch){0};
    if (!server_only(node, NULL, names, error))
        return false;
    const cJSON *const storage = server_find(node, "storage"), *const context = server_find(node, "context");
    const cJSON *const transactions = server_find(node, "transactions");
    const struct server_place at_storage = {NULL, "storage", 0}, at_context = {NULL, "context", 0};
    const struct server_place at_previous = {&at_context, "previous", 0};
    if (transactions == NULL)
        return fail_missing(error, NULL, "transactions");
    if (!read_switch(node, "stop_at_need_keys", &batch->stop_at_need_keys, error) ||
        !read_switch(node, "no_previous", &batch->no_previous, error))
        return false;
    if (storage != NULL &&
        !server_storage_read(storage, &at_storage, arena, &batch->storage, &batch->storage_count, error))
        return false;
    if (context != NULL && !server_only(context, &at_context, context_names, error))
        return false;
    const cJSON *const previous = context == NULL ? NULL : server_find(context, "previous");
    if (previous != NULL &&
        !read_previous(previous, &at_previous, arena, &batch->previous, &batch->previous_count, error))
        return false;
    return read_transactions(transactions, defaults, most, arena, batch, error);
}

bool server_transaction_check(const struct server_transaction *transaction, const struct host_config *config,
                              const struct server_place *place, struct server_error *error) {
    struct vm_error found;
    const enum vm_status status = host_request_check(&transaction->request, config, &found);
    if (status == VM_OK)
        return true;
    const enum server_error_code code = status == VM_LIMIT      ? SERVER_ERROR_OVER_LIMIT
                                        : status == VM_RESOURCE ? SERVER_ERROR_OUT_OF_MEMORY
                                                                : SERVER_ERROR_BAD_REQUEST;
    (void)server_fail(error, code, "%s", found.message);
    error->detail = vm_error_code_name(found.code);
    return server_fail_there(error, place);
}
