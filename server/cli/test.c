/* server/cli/test.c - delavm test: runs tables of calls against a contract, over HTTP.
 *
 * A table is a JSON array of cases; contracts/README.md says what one is.  A case names no contract: the same table
 * tests a contract in every language it is written in. */
#include <stdarg.h>
#include <stdlib.h>

#include "server/buffer.h"
#include "server/cli/cli.h"
#include "server/cli/http_client.h"
#include "server/cli/own_server.h"
#include "server/json.h"

/* A run over all tables. */
struct test {
    struct cli *cli;
    struct http_client client;
    struct vm_arena arena; /* of the table at hand */
    const char *language, *name;
    const char *table; /* for messages */
    unsigned long passed, failed;
};

static enum cli_exit out_of_memory(void) {
    cli_say("out of memory");
    return CLI_FAILED;
}

/* JSON text to a tree whose numbers are raw; the arena keeps what it needs.  NULL: *error. */
static cJSON *parse(struct test *test, struct vm_bytes text, struct server_error *error) {
    const struct host_json_limits limits = {64, UINT32_MAX};
    struct host_json_scan scan;
    cJSON *tree = NULL;
    const struct vm_bytes kept = vm_arena_copy(&test->arena, text);
    if (kept.data == NULL)
        server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
    else if (!server_json_read(kept, &limits, &test->arena, &scan, &tree, error))
        tree = NULL;
    return tree;
}

__attribute__((format(printf, 3, 4))) static void fail(struct test *test, const char *name, const char *format, ...) {
    va_list arguments;
    test->failed++;
    printf("%s: %s: ", test->table, name);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* ---- One case ---------------------------------------------------------------------------------------------------- */

/* A case as the table has it. */
struct test_case {
    const char *name, *path;
    const cJSON *request, *response;
};

/* NULL, or what is wrong with the case. */
static const char *read_case(const cJSON *node, struct test_case *out) {
    const cJSON *const name = cJSON_GetObjectItemCaseSensitive(node, "name");
    const cJSON *const path = cJSON_GetObjectItemCaseSensitive(node, "path");
    out->request = cJSON_GetObjectItemCaseSensitive(node, "request");
    out->response = cJSON_GetObjectItemCaseSensitive(node, "response");
    out->name = cJSON_IsString(name) ? name->valuestring : "(without a name)";
    out->path = cJSON_IsString(path) ? path->valuestring : "";
    if (!cJSON_IsString(name) || out->path[0] != '/')
        return "a case has a \"name\", and a \"path\" that begins with /";
    if (!cJSON_IsObject(out->request) || !cJSON_IsObject(out->response) || out->response->child == NULL)
        return "\"request\" and \"response\" are objects, and the response says something";
    return cJSON_GetArraySize(node) == 4 ? NULL : "a case has name, path, request and response, and nothing else";
}

static bool is_old(const struct test_case *test_case) {
    return strcmp(test_case->path, "/") == 0;
}

/* The object as text, the contract's name in front as this path wants it.  To be given to cJSON_free(). */
static char *with_contract(const struct test *test, const struct test_case *test_case, const cJSON *object) {
    cJSON *const whole = cJSON_CreateObject();
    if (is_old(test_case)) {
        cJSON_AddStringToObject(whole, "contractName", test->name);
        cJSON_AddStringToObject(whole, "contractLanguage", test->language);
    } else {
        cJSON *const contract = cJSON_AddObjectToObject(whole, "contract");
        cJSON_AddStringToObject(contract, "language", test->language);
        cJSON_AddStringToObject(contract, "name", test->name);
    }
    const cJSON *node;
    cJSON_ArrayForEach(node, object) {
        cJSON_AddItemReferenceToObject(whole, node->string, (cJSON *)(uintptr_t)node);
    }
    char *const text = cJSON_PrintUnformatted(whole);
    cJSON_Delete(whole);
    return text;
}

/* Members of `want` that `answer` has not, or has otherwise, are failures of the case. */
static void compare_members(struct test *test, const struct test_case *test_case, const cJSON *answer,
                            const char *shown) {
    const unsigned long failed = test->failed;
    const cJSON *want;
    cJSON_ArrayForEach(want, test_case->response) {
        const cJSON *const got = cJSON_GetObjectItemCaseSensitive(answer, want->string);
        if (got != NULL && cJSON_Compare(got, want, true))
            continue;
        char *const wanted = cJSON_PrintUnformatted(want);
        char *const found = got == NULL ? NULL : cJSON_PrintUnformatted(got);
        if (found == NULL)
            fail(test, test_case->name, "the answer has no %s, should be %s: %s", want->string, wanted, shown);
        else
            fail(test, test_case->name, "%s is %s, should be %s", want->string, found, wanted);
        cJSON_free(wanted);
        cJSON_free(found);
        break; /* one line for each case that fails */
    }
    test->passed += test->failed == failed;
}

static void compare(struct test *test, const struct test_case *test_case, struct vm_bytes body) {
    struct server_error error;
    cJSON *const answer = parse(test, body, &error);
    char *const shown = answer == NULL ? NULL : cJSON_PrintUnformatted(answer);
    if (shown == NULL) {
        fail(test, test_case->name, "the answer is no JSON: %s", error.message);
    } else if (is_old(test_case)) {
        /* This protocol's answer is to be the response, member for member, in that order. */
        char *const want = with_contract(test, test_case, test_case->response);
        if (want != NULL && strcmp(want, shown) == 0)
            test->passed++;
        else
            fail(test, test_case->name, "the answer is %s\n    should be %s", shown, want == NULL ? "?" : want);
        cJSON_free(want);
    } else {
        compare_members(test, test_case, answer, shown);
    }
    cJSON_free(shown);
    cJSON_Delete(answer);
}

static enum cli_exit run_case(struct test *test, const cJSON *node) {
    struct test_case test_case;
    const char *const wrong = read_case(node, &test_case);
    if (wrong != NULL) {
        fail(test, test_case.name, "%s", wrong);
        return CLI_OK;
    }
    char *const request = with_contract(test, &test_case, test_case.request);
    if (request == NULL)
        return out_of_memory();
    struct http_answer answer;
    const bool answered = http_client_request(&test->client, "POST", test_case.path, "application/json;charset=utf-8",
                                              vm_bytes_of_text(request), &answer);
    cJSON_free(request);
    if (!answered) {
        cli_say("%s: %s: %s", test->table, test_case.name, test->client.error);
        return CLI_FAILED;
    }
    compare(test, &test_case, answer.body);
    return CLI_OK;
}

/* ---- Tables ------------------------------------------------------------------------------------------------------ */

static enum cli_exit run_table(struct test *test, const char *path) {
    struct vm_bytes text;
    struct server_error error;
    test->table = path;
    if (!cli_read_file(path, &text))
        return CLI_USAGE;
    cJSON *const table = parse(test, text, &error);
    free((void *)(uintptr_t)text.data);
    enum cli_exit end = CLI_OK;
    if (table == NULL) {
        cli_say("%s: %s (at offset %llu)", path, error.message, (unsigned long long)error.offset);
        end = CLI_USAGE;
    } else if (!cJSON_IsArray(table) || table->child == NULL) {
        cli_say("%s holds no array of cases", path);
        end = CLI_USAGE;
    }
    const cJSON *node;
    cJSON_ArrayForEach(node, table) {
        if (end == CLI_OK)
            end = run_case(test, node);
    }
    cJSON_Delete(table);
    vm_arena_clear(&test->arena);
    return end;
}

static enum cli_exit run_tables(struct test *test) {
    enum cli_exit end = CLI_OK;
    for (int i = 1; i < test->cli->count && end == CLI_OK; i++)
        end = run_table(test, test->cli->arguments[i]);
    if (end != CLI_OK)
        return end;
    printf("%lu passed, %lu failed\n", test->passed, test->failed);
    return test->failed == 0 ? CLI_OK : CLI_TRAPPED;
}

/* ---- The contract ------------------------------------------------------------------------------------------------ */

static enum cli_exit deploy(struct test *test, const char *path) {
    struct vm_bytes module;
    const enum cli_exit end = cli_read_module(path, &module);
    if (end != CLI_OK)
        return end;
    struct http_answer answer;
    const bool answered =
        http_client_request(&test->client, "PUT", "/v1/contracts/test/contract", "application/wasm", module, &answer);
    free((void *)(uintptr_t)module.data);
    if (!answered) {
        cli_say("%s", test->client.error);
        return CLI_FAILED;
    }
    return cli_judge_answer(test->cli, &answer);
}

/* A module file, on a server of its own. */
static enum cli_exit test_file(struct test *test) {
    const char *const profile = cli_value(test->cli, "profile");
    const char *const options[] = {profile == NULL ? NULL : "--profile", profile, NULL};
    struct own_server server;
    enum cli_exit end = CLI_FAILED;
    if (own_server_start(&server, options)) {
        test->language = "test";
        test->name = "contract";
        if (!http_client_open(&test->client, server.address))
            cli_say("%s", test->client.error);
        else
            end = deploy(test, test->cli->arguments[0]);
        if (end == CLI_OK)
            end = run_tables(test);
        http_client_close(&test->client);
    }
    own_server_stop(&server);
    return end;
}

/* What a server has under LANGUAGE/NAME. */
static enum cli_exit test_deployed(struct test *test) {
    char language[64];
    if (!cli_split_name(test->cli, test->cli->arguments[0], language, &test->name))
        return CLI_USAGE;
    test->language = language;
    enum cli_exit end = cli_connect(test->cli, &test->client);
    if (end == CLI_OK)
        end = run_tables(test);
    http_client_close(&test->client);
    return end;
}

enum cli_exit cli_test(struct cli *cli) {
    struct test test = {.cli = cli};
    const struct vm_allocator allocator = vm_system_allocator();
    vm_arena_init(&test.arena, &allocator);
    return cli_given(cli, "server") ? test_deployed(&test) : test_file(&test);
}
