/* server/tests/json_test.c - what is JSON and what is not, with the offset at fault; numbers as they were written. */
#include "server/json.h"

#include <stdlib.h>

#include "vm/tests/budget.h"
#include "vm/tests/check.h"

static const struct host_json_limits limits = {8, 64};

#define GOOD SERVER_ERROR_NONE

static const struct {
    const char *name;
    const char *text;
    enum server_error_code code;
    uint64_t offset;
} texts[] = {
    {"object", "{}", GOOD, 0},
    {"array", " [ ] \r\n\t", GOOD, 0},
    {"words", "[true,false,null]", GOOD, 0},
    {"numbers", "[0,-0,1,-1,10,1.5,-0.25,1e3,1E+3,1e-3,12345678901234567890123456789]", GOOD, 0},
    {"strings", "[\"\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\xC3\xA9\"]", GOOD, 0},
    {"a bare string", "\"x\"", GOOD, 0},
    {"nested", "{\"a\":{\"b\":[{\"c\":[]}]},\"d\":[[],{}]}", GOOD, 0},
    {"deep enough", "[[[[[[[[]]]]]]]]", GOOD, 0},
    {"members",
     " { \"a\" : \"\" , \"\": \"\\u00e9\\\\\", \"\\u0061b\\n\":[],\"c\":{\"d\":1},\"e\":-1.5e3 "
     ",\"\xC3\xA9\":true,\"f\":null} ",
     GOOD, 0},
    {"same key in two objects", "[{\"a\":1},{\"a\":{\"a\":2}}]", GOOD, 0},
    {"DEL", "\"\x7F\"", GOOD, 0},

    {"empty", "", SERVER_ERROR_JSON_EMPTY, 0},
    {"blank", " \n", SERVER_ERROR_JSON_EMPTY, 2},
    {"byte order mark", "\xEF\xBB\xBF{}", SERVER_ERROR_JSON_BOM, 0},
    {"trailing", "{} x", SERVER_ERROR_JSON_TRAILING, 3},
    {"two texts", "{}{}", SERVER_ERROR_JSON_TRAILING, 2},
    {"trailing comma", "[1,]", SERVER_ERROR_JSON_SYNTAX, 3},
    {"trailing comma in an object", "{\"a\":1,}", SERVER_ERROR_JSON_SYNTAX, 7},
    {"leading comma", "[,1]", SERVER_ERROR_JSON_SYNTAX, 1},
    {"missing comma", "[1 2]", SERVER_ERROR_JSON_SYNTAX, 3},
    {"missing colon", "{\"a\" 1}", SERVER_ERROR_JSON_SYNTAX, 5},
    {"bare key", "{a:1}", SERVER_ERROR_JSON_SYNTAX, 1},
    {"number as key", "{1:1}", SERVER_ERROR_JSON_SYNTAX, 1},
    {"wrong closing", "[1}", SERVER_ERROR_JSON_SYNTAX, 2},
    {"wrong closing of an object", "{\"a\":1]", SERVER_ERROR_JSON_SYNTAX, 6},
    {"single quotes", "'x'", SERVER_ERROR_JSON_SYNTAX, 0},
    {"comment", "[1/**/]", SERVER_ERROR_JSON_SYNTAX, 2},
    {"NaN", "NaN", SERVER_ERROR_JSON_SYNTAX, 0},
    {"Infinity", "[-Infinity]", SERVER_ERROR_JSON_NUMBER, 2},
    {"nul", "nul", SERVER_ERROR_JSON_END, 3},
    {"nulL", "nulL", SERVER_ERROR_JSON_SYNTAX, 3},
    {"closing alone", "]", SERVER_ERROR_JSON_SYNTAX, 0},

    {"end in an array", "[1", SERVER_ERROR_JSON_END, 2},
    {"end after a comma", "[1,", SERVER_ERROR_JSON_END, 3},
    {"end in an object", "{", SERVER_ERROR_JSON_END, 1},
    {"end after a key", "{\"a\"", SERVER_ERROR_JSON_END, 4},
    {"end after a colon", "{\"a\":", SERVER_ERROR_JSON_END, 5},
    {"end in a string", "\"abc", SERVER_ERROR_JSON_END, 4},
    {"end in an escape", "\"\\", SERVER_ERROR_JSON_END, 2},
    {"end in a \\u", "\"\\u00", SERVER_ERROR_JSON_END, 5},

    {"leading zero", "01", SERVER_ERROR_JSON_NUMBER, 2},
    {"minus alone", "-", SERVER_ERROR_JSON_NUMBER, 1},
    {"plus", "+1", SERVER_ERROR_JSON_SYNTAX, 0},
    {"no digit before the point", ".5", SERVER_ERROR_JSON_SYNTAX, 0},
    {"no digit after the point", "1.", SERVER_ERROR_JSON_NUMBER, 2},
    {"no digit in the exponent", "1e", SERVER_ERROR_JSON_NUMBER, 2},
    {"no digit after the sign", "1e+", SERVER_ERROR_JSON_NUMBER, 3},
    {"hex", "0x10", SERVER_ERROR_JSON_TRAILING, 1},

    {"a raw newline in a string", "\"a\nb\"", SERVER_ERROR_JSON_STRING, 2},
    {"an unknown escape", "\"\\x41\"", SERVER_ERROR_JSON_STRING, 2},
    {"not hex after \\u", "\"\\u00g0\"", SERVER_ERROR_JSON_STRING, 5},
    {"lone high surrogate", "\"\\uD800\"", SERVER_ERROR_JSON_SURROGATE, 1},
    {"high surrogate and text", "\"\\uD800abcdef\"", SERVER_ERROR_JSON_SURROGATE, 1},
    {"two high surrogates", "\"\\uD800\\uD800\"", SERVER_ERROR_JSON_SURROGATE, 1},
    {"lone low surrogate", "\"x\\uDC00\"", SERVER_ERROR_JSON_SURROGATE, 2},
    {"NUL by escape", "\"ab\\u0000\"", SERVER_ERROR_JSON_NUL, 3},
    {"NUL in a key", "{\"\\u0000\":1}", SERVER_ERROR_JSON_NUL, 2},
    {"not UTF-8", "\"\xFF\"", SERVER_ERROR_JSON_UTF8, 1},
    {"overlong", "\"\xC0\x80\"", SERVER_ERROR_JSON_UTF8, 1},
    {"raw surrogate", "\"\xED\xA0\x80\"", SERVER_ERROR_JSON_UTF8, 1},
    {"UTF-8 cut by the quote", "\"\xE2\x82\"", SERVER_ERROR_JSON_UTF8, 1},
    {"Latin-1 between tokens", "[\xE9]", SERVER_ERROR_JSON_SYNTAX, 1},

    {"too deep", "[[[[[[[[[]]]]]]]]]", SERVER_ERROR_JSON_DEPTH, 8},
    {"too deep, mixed", "{\"a\":[{\"a\":[{\"a\":[{\"a\":[{}]}]}]}]}", SERVER_ERROR_JSON_DEPTH, 24},
    {"duplicate", "{\"a\":1,\"b\":2,\"a\":3}", SERVER_ERROR_JSON_DUPLICATE, 13},
    {"duplicate by escape", "{\"a\":1,\"\\u0061\":2}", SERVER_ERROR_JSON_DUPLICATE, 7},
    {"duplicate by another escape", "{\"\\/\":1,\"/\":2}", SERVER_ERROR_JSON_DUPLICATE, 8},
    {"duplicate of the empty key", "{\"\":1,\"\":2}", SERVER_ERROR_JSON_DUPLICATE, 6},
    {"duplicate inside", "[{\"x\":{\"k\":1,\"k\":1}}]", SERVER_ERROR_JSON_DUPLICATE, 13},
    {"duplicate around an object", "{\"k\":{\"k\":1},\"k\":1}", SERVER_ERROR_JSON_DUPLICATE, 13},
    {"the first of two duplicates", "{\"a\":1,\"b\":1,\"b\":1,\"a\":1}", SERVER_ERROR_JSON_DUPLICATE, 13},
    {"duplicate among many",
     "{\"1\":0,\"2\":0,\"3\":0,\"4\":0,\"5\":0,\"6\":0,\"7\":0,\"8\":0,\"9\":0,\"3\":0,\"1\":0}",
     SERVER_ERROR_JSON_DUPLICATE, 55},
};

/* What the scan says of a text alone is what is in the tree: its type, and the keys and strings of its members. */
static void check_scan(struct vm_bytes text, const struct host_json_scan *scan, const cJSON *root,
                       struct vm_arena *arena) {
    CHECK_TEXT(server_json_type_of(scan->first), server_json_type(root));
    uint32_t at = 0;
    for (const cJSON *node = cJSON_IsObject(root) ? root->child : NULL; node != NULL; node = node->next, at++) {
        if (!CHECK(at < scan->member_count))
            return;
        const struct host_json_span key = scan->members[at].key, value = scan->members[at].value;
        struct vm_bytes read = {NULL, 0};
        CHECK(host_json_unescape(vm_bytes(text.data + key.offset, key.size), arena, &read));
        CHECK(vm_bytes_equal(read, vm_bytes_of_text(node->string)));
        CHECK_TEXT(server_json_type_of(text.data[value.offset]), server_json_type(node));
        if (!cJSON_IsString(node))
            continue;
        CHECK(host_json_unescape(vm_bytes(text.data + value.offset, value.size), arena, &read));
        CHECK(vm_bytes_equal(read, server_json_text(node)));
    }
    CHECK_U64(at, scan->member_count);
}

static void test_texts(struct vm_arena *arena) {
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct host_json_scan scan;
        struct server_error error = {.code = SERVER_ERROR_NONE};
        cJSON *root = NULL;
        /* An exact copy on the heap, so that the sanitizer sees a read past the end. */
        const size_t size = strlen(texts[i].text);
        char *const copy = malloc(size == 0 ? 1 : size);
        if (copy == NULL)
            return;
        memcpy(copy, texts[i].text, size);
        check_context("json: %s", texts[i].name);
        const bool good = server_json_read(vm_bytes(copy, size), &limits, arena, &scan, &root, &error);
        CHECK_TEXT(server_error_name(error.code), server_error_name(texts[i].code));
        CHECK(good == (texts[i].code == GOOD) && good == (root != NULL));
        if (good)
            check_scan(vm_bytes(copy, size), &scan, root, arena);
        else
            CHECK_U64(error.offset, texts[i].offset);
        cJSON_Delete(root);
        free(copy);
        vm_arena_reset(arena);
    }
}

/* Any beginning of a good text is no text; it must be refused without reading past its end. */
static void test_beginnings(struct vm_arena *arena) {
    static const char text[] = "{\"a\":[1.5e+3,\"x\\uD83D\\uDE00\\n\",{\"b\":null}],\"c\":-12}";
    check_context("beginnings");
    for (size_t size = 0; size < sizeof text - 1; size++) {
        struct host_json_scan scan;
        struct server_error error;
        char *const copy = malloc(size == 0 ? 1 : size);
        if (copy == NULL)
            return;
        memcpy(copy, text, size);
        CHECK(!server_json_scan(vm_bytes(copy, size), &limits, arena, &scan, &error));
        free(copy);
        vm_arena_reset(arena);
    }
}

static const char *const literals[] = {
    "0",
    "-0",
    "41",
    "1000000",
    "12345678901234567890",
    "18446744073709551616",
    "1e3",
    "1E400",
    "0.1",
    "-1.50",
    "1e-400",
    "123456789012345678901234567890123456789012345678901234567890123456789012345678901"};

/* Numbers keep their characters, wherever they stand. */
static void test_numbers(struct vm_arena *arena) {
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        char text[512];
        struct host_json_scan scan;
        struct server_error error;
        cJSON *root = NULL;
        check_context("number %s", literals[i]);
        (void)snprintf(text, sizeof text, "{\"a\":[7,{\"b\":[]},%s],\"n\":%s,\"z\":{\"y\":%s}}", literals[i],
                       literals[i], literals[i]);
        CHECK(server_json_read(vm_bytes_of_text(text), &limits, arena, &scan, &root, &error));
        const cJSON *const list = cJSON_GetObjectItemCaseSensitive(root, "a");
        const cJSON *const inner = cJSON_GetObjectItemCaseSensitive(root, "z");
        const cJSON *const nodes[] = {cJSON_GetArrayItem(list, 2), cJSON_GetObjectItemCaseSensitive(root, "n"),
                                      cJSON_GetObjectItemCaseSensitive(inner, "y")};
        for (size_t k = 0; k < 3; k++) {
            CHECK(nodes[k] != NULL && cJSON_IsRaw(nodes[k]));
            if (nodes[k] != NULL)
                CHECK_TEXT(nodes[k]->valuestring, literals[i]);
        }
        CHECK_U64(scan.number_count, 4);
        cJSON_Delete(root);
        vm_arena_reset(arena);
    }
}

/* The outermost object's members as they stand. */
static void test_members(struct vm_arena *arena) {
    static const char text[] = " { \"a\" : [1, {\"x\": 2}] , \"b\\u0063\":\"y\" ,\"d\":{} ,\"e\": -1e3\n} ";
    static const char *const want[] = {"\"a\"", "[1, {\"x\": 2}]", "\"b\\u0063\"", "\"y\"", "\"d\"",
                                       "{}",    "\"e\"",           "-1e3"};
    struct host_json_scan scan;
    struct server_error error;
    check_context("members");
    CHECK(server_json_scan(vm_bytes_of_text(text), &limits, arena, &scan, &error));
    CHECK_U64(scan.member_count, 4);
    for (uint32_t i = 0; i < scan.member_count; i++) {
        const struct host_json_span key = scan.members[i].key, value = scan.members[i].value;
        CHECK(vm_bytes_equal(vm_bytes(text + key.offset, key.size), vm_bytes_of_text(want[2 * i])));
        CHECK(vm_bytes_equal(vm_bytes(text + value.offset, value.size), vm_bytes_of_text(want[2 * i + 1])));
    }
}

/* n values are fine, n + 1 are not. */
static void test_values(struct vm_arena *arena) {
    char text[256] = "[0";
    struct host_json_scan scan;
    struct server_error error;
    check_context("values");
    for (unsigned i = 2; i < 64; i++)
        strcat(text, ",0");
    const size_t size = strlen(text);
    text[size] = ']';
    CHECK(server_json_scan(vm_bytes(text, size + 1), &limits, arena, &scan, &error));
    memcpy(text + size, ",0]", 3);
    CHECK(!server_json_scan(vm_bytes(text, size + 3), &limits, arena, &scan, &error));
    CHECK(error.code == SERVER_ERROR_JSON_VALUES);
}

/* 200,000 keys with long common beginnings, sorted the worst way round: a quadratic check would take minutes. */
static void test_many_keys(struct vm_arena *arena) {
    const struct host_json_limits large = {8, 1000000};
    const uint32_t count = 200000;
    char *const text = malloc((size_t)count * 32 + 64);
    struct host_json_scan scan;
    struct server_error error;
    check_context("many keys");
    if (text == NULL)
        return;
    size_t at = 0;
    text[at++] = '{';
    for (uint32_t i = count; i > 0; i--)
        at += (size_t)sprintf(text + at, "\"aaaaaaaaaaaa%08u\":0,", (unsigned)i);
    text[at - 1] = '}';
    CHECK(server_json_scan(vm_bytes(text, at), &large, arena, &scan, &error));
    CHECK_U64(scan.member_count, count);
    at--;
    at += (size_t)sprintf(text + at, ",\"aaaaaaaaaaaa%08u\":0}", 77u);
    CHECK(!server_json_scan(vm_bytes(text, at), &large, arena, &scan, &error));
    CHECK(error.code == SERVER_ERROR_JSON_DUPLICATE);
    free(text);
    vm_arena_clear(arena);
}

static const struct {
    const char *text;
    bool good;
    uint64_t value;
} digits[] = {
    {"0", true, 0},
    {"7", true, 7},
    {"18446744073709551615", true, UINT64_MAX},
    {"18446744073709551616", false, 0},
    {"99999999999999999999", false, 0},
    {"", false, 0},
    {"00", false, 0},
    {"01", false, 0},
    {"-1", false, 0},
    {"+1", false, 0},
    {"1.0", false, 0},
    {"1e3", false, 0},
    {" 1", false, 0},
    {"0x1", false, 0},
};

static void test_digits(void) {
    for (size_t i = 0; i < sizeof digits / sizeof *digits; i++) {
        uint64_t value;
        check_context("digits \"%s\"", digits[i].text);
        const bool good = server_json_digits(vm_bytes_of_text(digits[i].text), &value);
        CHECK(good == digits[i].good);
        if (good)
            CHECK_U64(value, digits[i].value);
    }
}

/* Every allocation of the arena may fail, and then nothing is judged. */
static void test_no_memory(void) {
    static const char text[] =
        "{\"\\u0061\":1,\"b\":[2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3],\"c\":1,\"d\":1,\"e\":1,"
        "\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1,\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1}";
    const struct host_json_limits large = {8, 1000};
    struct budget budget = {.inner = vm_system_allocator()};
    const struct vm_allocator allocator = {budget_resize, &budget};
    bool good = false;
    check_context("no memory");
    for (unsigned allowed = 0; !good && allowed < 20; allowed++) {
        struct vm_arena arena;
        struct host_json_scan scan;
        struct server_error error = {.code = SERVER_ERROR_NONE};
        cJSON *root = NULL;
        budget.left = allowed;
        vm_arena_init(&arena, &allocator);
        good = server_json_read(vm_bytes_of_text(text), &large, &arena, &scan, &root, &error);
        CHECK(good || error.code == SERVER_ERROR_OUT_OF_MEMORY);
        cJSON_Delete(root);
        vm_arena_clear(&arena);
    }
    CHECK(good);
}

int main(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_arena arena;
    vm_arena_init(&arena, &allocator);
    test_texts(&arena);
    test_beginnings(&arena);
    test_numbers(&arena);
    test_members(&arena);
    test_values(&arena);
    test_many_keys(&arena);
    test_digits();
    test_no_memory();
    vm_arena_clear(&arena);
    return check_done();
}
