/* server/json.c - the scanner's judgement and cJSON's tree put together. */
#include "server/json.h"

bool server_json_scan(struct vm_bytes text, const struct host_json_limits *limits, struct vm_arena *arena,
                      struct host_json_scan *scan, struct server_error *error) {
    static const enum server_error_code codes[] = {
        [HOST_JSON_EMPTY] = SERVER_ERROR_JSON_EMPTY,
        [HOST_JSON_BYTE_ORDER_MARK] = SERVER_ERROR_JSON_BOM,
        [HOST_JSON_UTF8] = SERVER_ERROR_JSON_UTF8,
        [HOST_JSON_SYNTAX] = SERVER_ERROR_JSON_SYNTAX,
        [HOST_JSON_END] = SERVER_ERROR_JSON_END,
        [HOST_JSON_TRAILING] = SERVER_ERROR_JSON_TRAILING,
        [HOST_JSON_NUMBER] = SERVER_ERROR_JSON_NUMBER,
        [HOST_JSON_STRING] = SERVER_ERROR_JSON_STRING,
        [HOST_JSON_SURROGATE] = SERVER_ERROR_JSON_SURROGATE,
        [HOST_JSON_NUL] = SERVER_ERROR_JSON_NUL,
        [HOST_JSON_DEPTH] = SERVER_ERROR_JSON_DEPTH,
        [HOST_JSON_VALUES] = SERVER_ERROR_JSON_VALUES,
        [HOST_JSON_DUPLICATE] = SERVER_ERROR_JSON_DUPLICATE,
    };
    struct host_json_error found;
    if (host_json_scan(text, limits, arena, scan, &found))
        return true;
    if (found.fault == HOST_JSON_MEMORY)
        return server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
    if (found.fault == HOST_JSON_TOO_LONG)
        return server_fail(error, SERVER_ERROR_OVER_LIMIT, "more than 4 GiB of JSON");
    const char *const detail = found.detail[0] == 0 ? NULL : found.detail;
    return server_fail_at(error, codes[found.fault], found.offset, detail ? "%s" : NULL, detail);
}

/* The text with each number overwritten by a zero and blanks; data is NULL when memory is short. */
static struct vm_bytes mask_numbers(struct vm_bytes text, const struct host_json_scan *scan, struct vm_arena *arena) {
    if (scan->number_count == 0)
        return text;
    uint8_t *const copy = vm_arena_allocate(arena, text.size, 1);
    if (copy == NULL)
        return vm_bytes(NULL, 0);
    memcpy(copy, text.data, text.size);
    for (uint32_t i = 0; i < scan->number_count; i++) {
        memset(copy + scan->numbers[i].offset, ' ', scan->numbers[i].size);
        copy[scan->numbers[i].offset] = '0';
    }
    return vm_bytes(copy, text.size);
}

/* Number nodes in document order become raw nodes with their literal.  A tree is at most HOST_JSON_DEPTH_MAX deep. */
static bool restore_numbers(cJSON *root, struct vm_bytes text, const struct host_json_scan *scan) {
    cJSON *open[HOST_JSON_DEPTH_MAX + 1];
    uint32_t depth = 0, next = 0;
    cJSON *node = root;
    while (node != NULL || depth > 0) {
        if (node == NULL) {
            node = open[--depth]->next;
            continue;
        }
        if (cJSON_IsNumber(node)) {
            if (next == scan->number_count)
                return false;
            const struct host_json_span span = scan->numbers[next++];
            char *const literal = cJSON_malloc((size_t)span.size + 1);
            if (literal == NULL)
                return false;
            memcpy(literal, text.data + span.offset, span.size);
            literal[span.size] = 0;
            node->type = cJSON_Raw;
            node->valuestring = literal;
        }
        if (node->child != NULL) {
            open[depth++] = node;
            node = node->child;
        } else {
            node = depth == 0 ? NULL : node->next;
        }
    }
    return next == scan->number_count;
}

bool server_json_parse(struct vm_bytes text, const struct host_json_scan *scan, struct vm_arena *arena, cJSON **root,
                       struct server_error *error) {
    /* cJSON sees a zero for each number: it would read them through a double, by the locale's rules, and not past their
     * 63rd digit.  The scanner has accepted the text, so all that can fail from here on is memory. */
    const struct vm_bytes masked = mask_numbers(text, scan, arena);
    *root = masked.data == NULL ? NULL : cJSON_ParseWithLength((const char *)masked.data, masked.size);
    if (*root != NULL && restore_numbers(*root, text, scan))
        return true;
    cJSON_Delete(*root);
    *root = NULL;
    return server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
}

bool server_json_read(struct vm_bytes text, const struct host_json_limits *limits, struct vm_arena *arena,
                      struct host_json_scan *scan, cJSON **root, struct server_error *error) {
    *root = NULL;
    return server_json_scan(text, limits, arena, scan, error) && server_json_parse(text, scan, arena, root, error);
}

const char *server_json_type_of(uint8_t first) {
    switch (first) {
    case 'f':
    case 't':
        return "a boolean";
    case 'n':
        return "null";
    case '"':
        return "a string";
    case '[':
        return "an array";
    case '{':
        return "an object";
    default:
        return "a number";
    }
}

const char *server_json_type(const cJSON *node) {
    return server_json_type_of((uint8_t)(cJSON_IsBool(node)     ? 't'
                                         : cJSON_IsNull(node)   ? 'n'
                                         : cJSON_IsString(node) ? '"'
                                         : cJSON_IsArray(node)  ? '['
                                         : cJSON_IsObject(node) ? '{'
                                                                : '0'));
}

struct vm_bytes server_json_text(const cJSON *node) {
    return node->valuestring == NULL ? vm_bytes(NULL, 0) : vm_bytes_of_text(node->valuestring);
}

bool server_json_digits(struct vm_bytes text, uint64_t *value) {
    *value = 0;
    if (text.size == 0 || (text.size > 1 && text.data[0] == '0'))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t c = text.data[i];
        if (c < '0' || c > '9' || *value > (UINT64_MAX - (uint64_t)(c - '0')) / 10)
            return false;
        *value = *value * 10 + (uint64_t)(c - '0');
    }
    return true;
}
