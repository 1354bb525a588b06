/* server/tests/serve_test.c - the whole server over its sockets: the old protocol, every route, order and pipelining.
 */
#include "loader/text/text.h"
#include "server/tests/serve.h"

static struct serve serve;
static struct serve_reply reply;

/* ---- The old protocol: exact answers ------------------------------------------------------------------------------
 */

static const struct {
    const char *request;
    int status;
    const char *answer;
} old_calls[] = {
    {"{\"contractName\":\"increaseCounter\",\"contractLanguage\":\"c\",\"counter\":41}", 200,
     "{\"contractName\":\"increaseCounter\",\"contractLanguage\":\"c\",\"counter\":41,\"result\":\"42\",\"Accepted\":"
     "\"true\"}"},
    {" { \"counter\" : 12345678901234567890 ,\"contractName\":\"increaseCounter\",\n\"contractLanguage\":\"c\"} ", 200,
     "{\"counter\":12345678901234567890,\"contractName\":\"increaseCounter\",\"contractLanguage\":\"c\",\"result\":"
     "\"12345678901234567891\",\"Accepted\":\"true\"}"},
    {"{\"counter\":1000000,\"a\":1e3,\"b\":[1, "
     "{\"c\":-0.50}],\"d\":\"\\u00e9\\/\",\"contractLanguage\":\"\\u0063\",\"contractName\":"
     "\"increaseCounter\"}",
     200,
     "{\"counter\":1000000,\"a\":1e3,\"b\":[1, "
     "{\"c\":-0.50}],\"d\":\"\\u00e9\\/\",\"contractLanguage\":\"\\u0063\",\"contractName\":"
     "\"increaseCounter\",\"result\":\"1000001\",\"Accepted\":\"true\"}"},
    {"{\"result\":\"mine\",\"Accepted\":\"true\",\"contractName\":\"none\",\"contractLanguage\":\"c\"}", 200,
     "{\"contractName\":\"none\",\"contractLanguage\":\"c\",\"result\":\"no contract is deployed under this language "
     "and name: "
     "c/none\",\"Accepted\":\"false\"}"},
    {"{\"\\u0072esult\":\"mine\",\"Accepte\\u0064\":1,\"results\":\"\",\"contract\\u004Eame\":\"n\\u006Fne\","
     "\"contractLanguage\":\"c\"}",
     200,
     "{\"results\":\"\",\"contract\\u004Eame\":\"n\\u006Fne\",\"contractLanguage\":\"c\",\"result\":\"no contract is "
     "deployed under this "
     "language and name: c/none\",\"Accepted\":\"false\"}"},
    {"{\"contractName\":\"../../etc/passwd\",\"contractLanguage\":\"..\"}", 200,
     "{\"contractName\":\"../../etc/passwd\",\"contractLanguage\":\"..\",\"result\":\"no contract is deployed under "
     "this language "
     "and name\",\"Accepted\":\"false\"}"},
    {"{\"contractName\":\"spin\",\"contractLanguage\":\"test\"}", 200,
     "{\"contractName\":\"spin\",\"contractLanguage\":\"test\",\"result\":\"out_of_fuel: the limit is "
     "5000000\",\"Accepted\":\"false\"}"},
    {"{\"contractName\":\"unreachable\",\"contractLanguage\":\"test\"}", 200,
     "{\"contractName\":\"unreachable\",\"contractLanguage\":\"test\",\"result\":\"trapped: unreachable in function 0 "
     "call at offset "
     "33\",\"Accepted\":\"false\"}"},
    {"{\"contractName\":\"empty\",\"contractLanguage\":\"test\"}", 200,
     "{\"contractName\":\"empty\",\"contractLanguage\":\"test\",\"result\":\"\",\"Accepted\":\"true\"}"},
    {"{\"contractName\":\"counter\",\"contractLanguage\":\"c\"}", 200,
     "{\"contractName\":\"counter\",\"contractLanguage\":\"c\",\"result\":\"need_keys: the contract reads storage, "
     "which this "
     "protocol can't bring; use POST /v1/execute\",\"Accepted\":\"false\"}"},
    {"not json", 400,
     "{\"error\":{\"code\":\"json_syntax\",\"message\":\"the body is not valid JSON: only true, false and null are "
     "words\",\"offset\":1},\"result\":\"the body is not valid JSON: only true, false and null are "
     "words\",\"Accepted\":\"false\"}"},
    {"{\"contractName\":7,\"contractLanguage\":\"c\"}", 400,
     "{\"contractName\":7,\"contractLanguage\":\"c\",\"error\":{\"code\":\"wrong_type\",\"message\":\"a field has the "
     "wrong type: "
     "contractName must be a string, not a number\",\"path\":\"contractName\"},\"result\":\"a field has the wrong "
     "type: "
     "contractName must be a string, not a number\",\"Accepted\":\"false\"}"},
    {"{\"contractName\":true,\"contractLanguage\":\"c\"}", 400,
     "{\"contractName\":true,\"contractLanguage\":\"c\",\"error\":{\"code\":\"wrong_type\",\"message\":\"a field has "
     "the "
     "wrong type: contractName must be a string, not a boolean\",\"path\":\"contractName\"},\"result\":\"a field has "
     "the wrong "
     "type: contractName must be a string, not a boolean\",\"Accepted\":\"false\"}"},
    {"{\"contractName\":null,\"contractLanguage\":\"c\"}", 400,
     "{\"contractName\":null,\"contractLanguage\":\"c\",\"error\":{\"code\":\"wrong_type\",\"message\":\"a field has "
     "the "
     "wrong type: contractName must be a string, not null\",\"path\":\"contractName\"},\"result\":\"a field has the "
     "wrong "
     "type: contractName must be a string, not null\",\"Accepted\":\"false\"}"},
    {"{\"contractName\":[\"c\"],\"contractLanguage\":\"c\"}", 400,
     "{\"contractName\":[\"c\"],\"contractLanguage\":\"c\",\"error\":{\"code\":\"wrong_type\",\"message\":\"a field "
     "has the "
     "wrong type: contractName must be a string, not an array\",\"path\":\"contractName\"},\"result\":\"a field has "
     "the wrong "
     "type: contractName must be a string, not an array\",\"Accepted\":\"false\"}"},
    {"{\"contractName\":{},\"contractLanguage\":\"c\"}", 400,
     "{\"contractName\":{},\"contractLanguage\":\"c\",\"error\":{\"code\":\"wrong_type\",\"message\":\"a field has the "
     "wrong type: contractName must be a string, not an object\",\"path\":\"contractName\"},\"result\":\"a field has "
     "the wrong "
     "type: contractName must be a string, not an object\",\"Accepted\":\"false\"}"},
    {" [{}]", 400,
     "{\"error\":{\"code\":\"wrong_type\",\"message\":\"a field has the wrong type: the body must be an object, not an "
     "array\"},"
     "\"result\":\"a field has the wrong type: the body must be an object, not an array\",\"Accepted\":\"false\"}"},
    {"\n-1", 400,
     "{\"error\":{\"code\":\"wrong_type\",\"message\":\"a field has the wrong type: the body must be an object, not a "
     "number\"},"
     "\"result\":\"a field has the wrong type: the body must be an object, not a number\",\"Accepted\":\"false\"}"},
    {"\"{\"", 400,
     "{\"error\":{\"code\":\"wrong_type\",\"message\":\"a field has the wrong type: the body must be an object, not a "
     "string\"},"
     "\"result\":\"a field has the wrong type: the body must be an object, not a string\",\"Accepted\":\"false\"}"},
    {"null", 400,
     "{\"error\":{\"code\":\"wrong_type\",\"message\":\"a field has the wrong type: the body must be an object, not "
     "null\"},"
     "\"result\":\"a field has the wrong type: the body must be an object, not null\",\"Accepted\":\"false\"}"},
    {"true", 400,
     "{\"error\":{\"code\":\"wrong_type\",\"message\":\"a field has the wrong type: the body must be an object, not a "
     "boolean\"},"
     "\"result\":\"a field has the wrong type: the body must be an object, not a boolean\",\"Accepted\":\"false\"}"},
    {"{}", 400,
     "{\"error\":{\"code\":\"missing_field\",\"message\":\"a field is missing: "
     "contractLanguage\",\"path\":\"contractLanguage\"},\"result\":\"a field is missing: "
     "contractLanguage\",\"Accepted\":\"false\"}"},
};

static void test_old_calls(void) {
    for (size_t i = 0; i < sizeof old_calls / sizeof *old_calls; i++) {
        check_context("old call %zu", i);
        CHECK(serve_post(&serve, "/", old_calls[i].request, &reply));
        CHECK_U64(reply.status, old_calls[i].status);
        CHECK_TEXT(reply.body, old_calls[i].answer);
        CHECK(strstr(reply.head, "\r\nContent-Type: application/json;charset=utf-8\r\n") != NULL);
    }
}

/* ---- Requests and what their answers have in them -----------------------------------------------------------------
 */

#define COUNTER "\"contract\":{\"language\":\"c\",\"name\":\"counter\"}"
#define KEY "Y291bnRlcg=="

static const struct {
    const char *name;
    const char *method;
    const char *path;
    const char *body;
    int status;
    const char *has;
    const char *has_too;
} calls[] = {
    {"execute", "POST", "/v1/execute",
     "{\"contract\":{\"language\":\"c\",\"name\":\"increaseCounter\"},\"arguments\":{\"counter\":7}}", 200,
     "{\"status\":\"accepted\",\"result\":\"OA==\",\"result_text\":\"8\"", "\"engine\":2}"},
    {"arguments as a list", "POST", "/v1/execute",
     "{\"contract\":{\"language\":\"c\",\"name\":\"increaseCounter\"},\"arguments\":[{\"key\":\"counter\",\"value\":"
     "\"OTk=\"}]}",
     200, "\"result_text\":\"100\"", ""},
    {"argument as base64", "POST", "/v1/execute",
     "{\"contract\":{\"language\":\"c\",\"name\":\"increaseCounter\"},\"arguments\":{\"counter\":{\"base64\":\"OTk=\"}}"
     "}",
     200, "\"result_text\":\"100\"", ""},
    {"fuel as number", "POST", "/v1/execute", "{" COUNTER ",\"fuel\":1}", 200, "\"status\":\"out_of_fuel\"",
     "\"fuel\":{\"limit\":\"1\",\"used\":\"0\""},
    {"fuel as string, clamped", "POST", "/v1/execute", "{" COUNTER ",\"fuel\":\"18446744073709551615\"}", 200,
     "\"status\":\"need_keys\"", "\"limit\":\"1000000000\""},
    {"need_keys", "POST", "/v1/execute", "{" COUNTER "}", 200, "\"needed\":[\"" KEY "\"]", "\"writes\":[]"},
    {"known to be absent", "POST", "/v1/execute", "{" COUNTER ",\"storage\":[{\"key\":\"" KEY "\",\"value\":null}]}",
     200, "\"writes\":[{\"key\":\"" KEY "\",\"value\":\"MQ==\"}]", "\"reads\":[{\"key\":\"" KEY "\",\"value\":null}]"},
    {"a value", "POST", "/v1/execute", "{" COUNTER ",\"storage\":[{\"key\":\"" KEY "\",\"value\":\"NDE=\"}]}", 200,
     "\"result_text\":\"42\"", "\"events\":[{\"name\":"},
    {"simulate", "POST", "/v1/simulate", "{" COUNTER "}", 200, "\"footprint\":{\"keys\":[\"" KEY "\"]}",
     "\"minimum\":"},
    {"context", "POST", "/v1/execute",
     "{" COUNTER ",\"context\":{\"caller\":\"YQ==\",\"transaction\":\"Yg==\",\"nonce\":\"7\",\"previous\":[{\"id\":"
     "\"Yw==\",\"arguments\":{"
     "\"x\":1}}]},\"input\":\"AA==\",\"entry\":\"call\"}",
     200, "need_keys", ""},
    {"trap", "POST", "/v1/execute", "{\"contract\":{\"language\":\"test\",\"name\":\"unreachable\"}}", 200,
     "\"trap\":{\"code\":\"unreachable\",\"words\":\"unreachable\",\"function\":0,\"name\":\"call\",\"offset\":33,"
     "\"depth\":1,\"stack\":["
     "{\"function\":0,\"name\":\"call\",\"offset\":",
     "\"status\":\"trapped\""},
    {"batch", "POST", "/v1/batch",
     "{\"storage\":[{\"key\":\"" KEY "\",\"value\":\"NQ==\"}],\"transactions\":[{" COUNTER "},{" COUNTER
     "},{\"contract\":{\"language\":\"test\",\"name\":\"unreachable\"}},{" COUNTER ",\"fuel\":10},{" COUNTER "}]}",
     200, "\"writes\":[{\"key\":\"" KEY "\",\"value\":\"OA==\"}],\"accepted\":3,", "\"result_text\":\"7\""},
    {"batch: written before it is read", "POST", "/v1/batch",
     "{\"transactions\":[{\"contract\":{\"language\":\"c\",\"name\":\"value\"},\"arguments\":{\"value:command\":"
     "\"WRITE\",\"value:key\":"
     "\"k\",\"value:value\":\"v\"}}]}",
     200, "\"transactions\":[{\"status\":", "\"accepted\":"},
    {"batch: goes on after need_keys", "POST", "/v1/batch",
     "{\"transactions\":[{" COUNTER "},{\"contract\":{\"language\":\"test\",\"name\":\"empty\"}}]}", 200,
     "{\"transactions\":[{\"status\":\"need_keys\"", "\"accepted\":1,"},
    {"batch: stops at need_keys", "POST", "/v1/batch",
     "{\"stop_at_need_keys\":true,\"transactions\":[{" COUNTER
     "},{\"contract\":{\"language\":\"test\",\"name\":\"empty\"}}]}",
     200, "{\"transactions\":[{\"status\":\"need_keys\"", "\"accepted\":0,"},
    {"batch: no previous transactions", "POST", "/v1/batch",
     "{\"no_previous\":true,\"transactions\":[{\"contract\":{\"language\":\"test\",\"name\":\"empty\"}},{\"contract\":{"
     "\"language\":\"test\",\"name\":\"empty\"}}]}",
     200, "\"accepted\":2,", "\"receipt\":\""},
    {"batch: no_previous is a switch", "POST", "/v1/batch", "{\"no_previous\":1,\"transactions\":[]}", 400,
     "\"code\":\"wrong_type\"", "\"path\":\"no_previous\""},
    {"empty batch", "POST", "/v1/batch", "{\"transactions\":[]}", 200,
     "{\"transactions\":[],\"writes\":[],\"accepted\":0,\"fuel\":{\"used\":\"0\"}}", ""},
    {"batch: unknown contract", "POST", "/v1/batch",
     "{\"transactions\":[{\"contract\":{\"language\":\"test\",\"name\":\"empty\"}},{\"contract\":{\"language\":\"x\","
     "\"name\":\"y\"}}]}",
     404, "\"code\":\"unknown_contract\"", "\"path\":\"transactions[1]\""},
    {"batch: storage in a transaction", "POST", "/v1/batch", "{\"transactions\":[{" COUNTER ",\"storage\":[]}]}", 400,
     "\"code\":\"unknown_field\"", "\"path\":\"transactions[0].storage\""},
    {"batch: previous in a transaction", "POST", "/v1/batch",
     "{\"transactions\":[{" COUNTER ",\"context\":{\"previous\":[]}}]}", 400, "\"code\":\"unknown_field\"",
     "\"path\":\"transactions[0].context.previous\""},

    {"misspelt field", "POST", "/v1/execute", "{" COUNTER ",\"feul\":7}", 400, "\"code\":\"unknown_field\"",
     "\"path\":\"feul\""},
    {"no contract", "POST", "/v1/execute", "{}", 400, "\"code\":\"missing_field\"", "\"path\":\"contract\""},
    {"both contract and module", "POST", "/v1/execute", "{" COUNTER ",\"module\":\"00\"}", 400,
     "\"code\":\"bad_value\"", "\"path\":\"module\""},
    {"wrong type", "POST", "/v1/execute", "{" COUNTER ",\"storage\":{}}", 400, "an array was expected, not an object",
     "\"path\":\"storage\""},
    {"wrong type inside", "POST", "/v1/execute", "{" COUNTER ",\"storage\":[{\"key\":1,\"value\":null}]}", 400,
     "\"code\":\"wrong_type\"", "\"path\":\"storage[0].key\""},
    {"missing inside", "POST", "/v1/execute", "{" COUNTER ",\"storage\":[{\"key\":\"\"}]}", 400,
     "\"code\":\"missing_field\"", "\"path\":\"storage[0].value\""},
    {"bad base64", "POST", "/v1/execute", "{" COUNTER ",\"input\":\"Zg=\"}", 400, "\"code\":\"bad_base64\"",
     "\"path\":\"input\""},
    {"a key twice", "POST", "/v1/execute",
     "{" COUNTER ",\"storage\":[{\"key\":\"YQ==\",\"value\":null},{\"key\":\"YQ==\",\"value\":\"\"}]}", 400,
     "a key is there twice", "\"path\":\"storage\""},
    {"an argument twice", "POST", "/v1/execute",
     "{" COUNTER ",\"arguments\":[{\"key\":\"a\",\"value\":\"\"},{\"key\":\"a\",\"value\":\"\"}]}", 400,
     "a key is there twice", "\"path\":\"arguments\""},
    {"an empty key", "POST", "/v1/execute", "{" COUNTER ",\"storage\":[{\"key\":\"\",\"value\":null}]}", 400,
     "\"code\":\"bad_request\"", "empty"},
    {"a long key", "POST", "/v1/execute",
     "{" COUNTER ",\"storage\":[{\"key\":\"YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\",\"value\":null}]}", 400,
     "\"code\":\"over_limit\"", "key_bytes"},
    {"negative fuel", "POST", "/v1/execute", "{" COUNTER ",\"fuel\":-1}", 400, "\"code\":\"bad_value\"",
     "\"path\":\"fuel\""},
    {"fuel as float", "POST", "/v1/execute", "{" COUNTER ",\"fuel\":1e3}", 400, "\"code\":\"bad_value\"",
     "\"path\":\"fuel\""},
    {"fuel over 64 bits", "POST", "/v1/execute", "{" COUNTER ",\"fuel\":18446744073709551616}", 400,
     "\"code\":\"bad_value\"", ""},
    {"fuel as word", "POST", "/v1/execute", "{" COUNTER ",\"fuel\":true}", 400, "\"code\":\"wrong_type\"",
     "\"path\":\"fuel\""},
    {"unknown entry", "POST", "/v1/execute", "{" COUNTER ",\"entry\":\"other\"}", 400, "\"code\":\"bad_request\"", ""},
    {"unknown contract", "POST", "/v1/execute", "{\"contract\":{\"language\":\"c\",\"name\":\"none\"}}", 404,
     "\"code\":\"unknown_contract\"", ""},
    {"unknown version", "POST", "/v1/execute",
     "{\"contract\":{\"language\":\"c\",\"name\":\"counter\",\"version\":99}}", 404, "\"code\":\"unknown_version\"",
     ""},
    {"version 0", "POST", "/v1/execute", "{\"contract\":{\"language\":\"c\",\"name\":\"counter\",\"version\":0}}", 400,
     "\"code\":\"bad_value\"", "\"path\":\"contract.version\""},
    {"unknown module", "POST", "/v1/execute",
     "{\"module\":\"0000000000000000000000000000000000000000000000000000000000000000\"}", 404,
     "\"code\":\"unknown_module\"", ""},
    {"a hash that is none", "POST", "/v1/execute", "{\"module\":\"00\"}", 400, "\"code\":\"bad_value\"",
     "\"path\":\"module\""},
    {"an array", "POST", "/v1/execute", "[]", 400, "the body must be an object, not an array", ""},

    {"health", "GET", "/healthz", "", 200, "{\"status\":\"ok\"}", ""},
    {"help", "GET", "/", "", 200, "/v1/contracts/{language}/{name}", "curl"},
    {"limits", "GET", "/v1/limits", "", 200, "\"name\":\"memory_pages\",\"scope\":\"run\",\"value\":\"256\"",
     "\"hash\":\""},
    {"schedule", "GET", "/v1/schedule", "", 200,
     "{\"name\":\"i32.add\",\"code\":106,\"cost\":", "\"name\":\"memory_page\""},
    {"info", "GET", "/v1/info", "", 200, "\"engine\":2,\"profile\":\"strict\",\"policy\":\"strict\"",
     "{\"name\":\"float\",\"on\":false"},
    {"info about the engine", "GET", "/v1/info", "", 200, "\"run_by\":\"fast\",\"fold\":true", "\"check\":false"},
    {"metrics of checks", "GET", "/metrics", "", 200, "\ndelavm_engines_differ_total 0\n", ""},
    {"metrics", "GET", "/metrics", "", 200, "delavm_runs_total{status=\"accepted\"} ",
     "delavm_request_seconds_bucket{le=\"+Inf\"} "},
    {"contracts", "GET", "/v1/contracts", "", 200, "{\"language\":\"c\",\"name\":\"increaseCounter\",\"version\":1,",
     "\"test\""},
    {"manifests of contracts", "GET", "/v1/contracts", "", 200,
     "\"manifest\":{\"reads\":[\"dela.Value:index\",\"{value:key}\"],\"access\":\"{value:command}\"}}",
     "\"manifest\":{\"reads\":[\"counter\"],\"access\":null}}"},
    {"no manifest", "GET", "/v1/contracts/c/increaseCounter", "", 200, "\"manifest\":null,", ""},
    {"manifest of a contract", "GET", "/v1/contracts/c/counter", "", 200,
     "\"manifest\":{\"reads\":[\"counter\"],\"access\":null},", ""},
    {"a contract", "GET", "/v1/contracts/c/counter", "", 200, "\"versions\":[{\"version\":1,\"module\":\"", ""},
    {"a contract that is none", "GET", "/v1/contracts/c/none", "", 404, "\"code\":\"unknown_contract\"", ""},
    {"modules", "GET", "/v1/modules", "", 200, "{\"modules\":[{\"module\":\"", ""},
    {"a module that is none", "GET", "/v1/modules/zz", "", 404, "\"code\":\"unknown_module\"", ""},
    {"not a module", "POST", "/v1/modules", "hello", 422, "\"kind\":\"malformed\"", "\"detail\":\"magic\""},
    {"an empty module", "POST", "/v1/modules", "", 422, "\"code\":\"module_refused\"", ""},
    {"binding an unknown module", "PUT", "/v1/contracts/x/y",
     "{\"module\":\"0000000000000000000000000000000000000000000000000000000000000000\"}", 404,
     "\"code\":\"unknown_module\"", ""},
    {"binding nothing", "PUT", "/v1/contracts/x/y", "{}", 400, "\"code\":\"missing_field\"", ""},
    {"binding to a bad name", "PUT", "/v1/contracts/x/.y", "{}", 400, "\"code\":\"bad_name\"", ""},
    {"removing what is not there", "DELETE", "/v1/contracts/x/y", "", 404, "\"code\":\"unknown_contract\"", ""},
    {"no such path", "GET", "/v2", "", 404, "\"code\":\"not_found\"", ""},
    {"no such method there", "DELETE", "/v1/modules", "", 405, "\"code\":\"method_not_allowed\"", ""},
};

static void test_calls(void) {
    const int fd = serve_connect(&serve);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        check_context("%s", calls[i].name);
        CHECK(serve_call(fd, calls[i].method, calls[i].path, calls[i].body, strlen(calls[i].body), &reply));
        CHECK_U64(reply.status, calls[i].status);
        if (!CHECK(strstr(reply.body, calls[i].has) != NULL) || !CHECK(strstr(reply.body, calls[i].has_too) != NULL))
            printf("  %s\n", reply.body);
        CHECK(!reply.close);
    }
    check_context("Allow");
    CHECK(serve_call(fd, "DELETE", "/v1/modules", "", 0, &reply));
    CHECK(strstr(reply.head, "\r\nAllow: POST, GET, HEAD\r\n") != NULL);
    close(fd);
}

/* ---- Deploying ----------------------------------------------------------------------------------------------------
 */

static void test_deploy(void) {
    uint8_t module[128];
    char hash[65] = "", path[128], body[256];
    const size_t size = serve_module(module, serve_empty, sizeof serve_empty, 4711);
    check_context("deploy");
    CHECK(serve_once(&serve, "POST", "/v1/modules", module, size, &reply) && reply.status == 201);
    CHECK(sscanf(reply.body, "{\"module\":\"%64[0-9a-f]\"", hash) == 1 && strstr(reply.body, "\"added\":true") != NULL);
    CHECK(serve_once(&serve, "POST", "/v1/modules", module, size, &reply) && reply.status == 200);
    (void)snprintf(path, sizeof path, "/v1/modules/%s/wasm", hash);
    CHECK(serve_once(&serve, "GET", path, "", 0, &reply) && reply.size == size &&
          memcmp(reply.body, module, size) == 0);
    (void)snprintf(path, sizeof path, "/v1/modules/%s", hash);
    CHECK(serve_once(&serve, "GET", path, "", 0, &reply) && strstr(reply.body, "\"entries\":[\"call\"]") != NULL);
    CHECK(strstr(reply.body, "\"manifest\":null}") != NULL);
    (void)snprintf(body, sizeof body, "{\"module\":\"%s\"}", hash);
    CHECK(serve_once(&serve, "PUT", "/v1/contracts/c%2B%2B/deployed", body, strlen(body), &reply) &&
          reply.status == 201);
    CHECK(serve_once(&serve, "PUT", "/v1/contracts/c++/deployed", body, strlen(body), &reply) && reply.status == 200);
    CHECK(strstr(reply.body, "\"version\":1") != NULL);
    const size_t other = serve_module(module, serve_unreachable, sizeof serve_unreachable, 1);
    CHECK(serve_once(&serve, "PUT", "/v1/contracts/c++/deployed", module, other, &reply) && reply.status == 201);
    CHECK(strstr(reply.body, "\"version\":2") != NULL);
    CHECK(serve_post(&serve, "/v1/execute", "{\"contract\":{\"language\":\"c++\",\"name\":\"deployed\"}}", &reply));
    CHECK(strstr(reply.body, "\"status\":\"trapped\"") != NULL);
    CHECK(serve_post(&serve, "/v1/execute",
                     "{\"contract\":{\"language\":\"c++\",\"name\":\"deployed\",\"version\":\"1\"}}", &reply));
    CHECK(strstr(reply.body, "\"status\":\"accepted\"") != NULL);
    (void)snprintf(body, sizeof body, "{\"module\":\"%s\"}", hash);
    CHECK(serve_post(&serve, "/v1/execute", body, &reply) && strstr(reply.body, "\"status\":\"accepted\"") != NULL);
    CHECK(serve_once(&serve, "DELETE", "/v1/contracts/c++/deployed", "", 0, &reply) && reply.status == 200);
    CHECK(serve_once(&serve, "GET", "/v1/contracts/c++/deployed", "", 0, &reply) && reply.status == 404);
    CHECK(serve_post(&serve, "/v1/execute", body, &reply) && strstr(reply.body, "\"status\":\"accepted\"") != NULL);
}

/* ---- Floats -------------------------------------------------------------------------------------------------------
 */

/* Deploys under a policy and runs what was stored.  status: of the deployment; has: in its answer; outcome: of the run */
static const struct {
    const char *query;
    unsigned status;
    const char *has;
    const char *outcome; /* NULL: none */
} float_rows[] = {
    {"", 422, "; with ?policy=lower (delavm deploy --policy lower) it is stored with its floats as integer code", NULL},
    {"?policy=strict", 422, "\"code\":\"module_refused\"", NULL},
    {"?policy=lower", 201, "\"policy\":\"lower\",\"lowered_from\":\"", "\"status\":\"accepted\""},
    {"?policy=lazy", 201, "\"policy\":\"lazy\",\"lowered_from\":\"", "\"name\":\"floating point executed\""},
    {"?policy=loose", 400, "\"code\":\"bad_value\"", NULL},
    {"?policy=", 400, "\"code\":\"bad_value\"", NULL},
    {"?floats=lower", 400, "\"code\":\"unknown_field\"", NULL},
    {"?policy=lower&lowering=0", 400, "\"code\":\"bad_value\"", NULL},
    {"?policy=lower&lowering=0000000000000000000000000000000000000000000000000000000000000000", 409,
     "\"code\":\"other_lowering\"", NULL},
};

static void test_floats(void) {
    static const char text[] = "(module (func (export \"call\") (if (f64.ne (f64.add (f64.const 0.1) (f64.const 0.2))"
                               " (f64.const 0x1.3333333333334p-2)) (then (unreachable)))))";
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_bytes module;
    struct text_error error;
    char path[256], body[128], hash[65] = "", stored[65] = "", from[65] = "", lowering[65] = "";
    CHECK(text_assemble(vm_bytes_of_text(text), NULL, &allocator, &module, &error) == VM_OK);
    check_context("floats: info");
    CHECK(serve_once(&serve, "GET", "/v1/info", "", 0, &reply) && reply.status == 200);
    const char *const at = strstr(reply.body, "\"lowering\":\"");
    CHECK(at != NULL && sscanf(at, "\"lowering\":\"%64[0-9a-f]\",\"lowers\":t", lowering) == 1);
    for (size_t i = 0; i < sizeof float_rows / sizeof *float_rows; i++) {
        check_context("floats: %s", float_rows[i].query);
        (void)snprintf(path, sizeof path, "/v1/contracts/float/deployed%s", float_rows[i].query);
        CHECK(serve_once(&serve, "PUT", path, module.data, module.size, &reply));
        CHECK_U64(reply.status, float_rows[i].status);
        if (!CHECK(strstr(reply.body, float_rows[i].has) != NULL))
            printf("  %s\n", reply.body);
        if (float_rows[i].outcome == NULL)
            continue;
        CHECK(
            serve_post(&serve, "/v1/execute", "{\"contract\":{\"language\":\"float\",\"name\":\"deployed\"}}", &reply));
        if (!CHECK(strstr(reply.body, float_rows[i].outcome) != NULL))
            printf("  %s\n", reply.body);
    }
    /* What is stored is the lowered module, by its own hash; deploying that, lowered or not, changes nothing. */
    check_context("floats: identity");
    (void)snprintf(path, sizeof path, "/v1/modules?policy=lower&lowering=%s", lowering);
    CHECK(serve_once(&serve, "POST", path, module.data, module.size, &reply) && reply.status == 200);
    const char *const original = strstr(reply.body, "\"lowered_from\":\"");
    CHECK(sscanf(reply.body, "{\"module\":\"%64[0-9a-f]\"", hash) == 1 && original != NULL &&
          sscanf(original, "\"lowered_from\":\"%64[0-9a-f]\"", from) == 1 && strcmp(hash, from) != 0);
    (void)snprintf(path, sizeof path, "/v1/modules/%s/wasm", hash);
    CHECK(serve_once(&serve, "GET", path, "", 0, &reply) && reply.status == 200 && reply.size > module.size);
    uint8_t *const lowered = malloc(reply.size);
    const size_t size = reply.size;
    if (CHECK(lowered != NULL)) {
        memcpy(lowered, reply.body, size);
        CHECK(serve_once(&serve, "POST", "/v1/modules?policy=lower", lowered, size, &reply) && reply.status == 200);
        CHECK(sscanf(reply.body, "{\"module\":\"%64[0-9a-f]\"", stored) == 1 && strcmp(hash, stored) == 0);
        CHECK(serve_once(&serve, "POST", "/v1/modules", lowered, size, &reply) && reply.status == 200);
        CHECK(sscanf(reply.body, "{\"module\":\"%64[0-9a-f]\"", stored) == 1 && strcmp(hash, stored) == 0);
    }
    free(lowered);
    (void)snprintf(body, sizeof body, "{\"module\":\"%s\"}", hash);
    CHECK(serve_once(&serve, "PUT", "/v1/contracts/float/other?policy=lower", body, strlen(body), &reply) &&
          reply.status == 400 && strstr(reply.body, "\"code\":\"bad_value\"") != NULL);
    CHECK(serve_once(&serve, "PUT", "/v1/contracts/float/other", body, strlen(body), &reply) && reply.status == 201);
    text_free(&allocator, module);
}

/* ---- Initialized once ---------------------------------------------------------------------------------------------
 */

/* (module (memory 1) (func (export "call")) (func (export "_initialize") memory.grow 1)) */
static const uint8_t initialized[] = {
    0,   'a', 's', 'm',  1,  0, 0,    0,   0x01, 4,   1,   0x60, 0, 0,  0x03, 3,   2,    0,   0,    0x05, 3,
    1,   0,   1,   0x07, 22, 2, 4,    'c', 'a',  'l', 'l', 0,    0, 11, '_',  'i', 'n',  'i', 't',  'i',  'a',
    'l', 'i', 'z', 'e',  0,  1, 0x0A, 12,  2,    2,   0,   0x0B, 7, 0,  0x41, 1,   0x40, 0,   0x1A, 0x0B,
};

/* A contract that is initialized once: the fuel of that is told, calls have it behind them, and it survives a cache that
 * forgets and versions that do otherwise. */
static void test_snapshot(void) {
    char hash[65] = "", body[256];
    check_context("snapshot");
    CHECK(serve_once(&serve, "POST", "/v1/modules", initialized, sizeof initialized, &reply) && reply.status == 201);
    CHECK(sscanf(reply.body, "{\"module\":\"%64[0-9a-f]\"", hash) == 1);
    (void)snprintf(body, sizeof body, "{\"module\":\"%s\",\"start\":\"each_call\"}", hash);
    CHECK(serve_once(&serve, "PUT", "/v1/contracts/wat/warm", body, strlen(body), &reply) && reply.status == 201);
    CHECK(strstr(reply.body, "\"start\":\"each_call\"") != NULL && strstr(reply.body, "_fuel") == NULL);
    (void)snprintf(body, sizeof body, "{\"module\":\"%s\",\"start\":\"snapshot\"}", hash);
    CHECK(serve_once(&serve, "PUT", "/v1/contracts/wat/warm", body, strlen(body), &reply) && reply.status == 201);
    if (!CHECK(strstr(reply.body, "\"version\":2,") != NULL &&
               strstr(reply.body, "\"start\":\"snapshot\",\"initialization_fuel\":\"8203\"") != NULL))
        printf("  %s\n", reply.body);
    CHECK(serve_once(&serve, "PUT", "/v1/contracts/wat/warm", body, strlen(body), &reply) && reply.status == 200);
    CHECK(serve_once(&serve, "GET", "/v1/contracts/wat/warm", "", 0, &reply) && reply.status == 200);
    CHECK(strstr(reply.body, "\"start\":\"snapshot\",\"initialization_fuel\":\"8203\"") != NULL);
    CHECK(strstr(reply.body, "{\"version\":1,\"module\":") != NULL);
    CHECK(strstr(reply.body, "\"start\":\"each_call\"}") != NULL);
    for (int round = 0; round < 3; round++) {
        CHECK(serve_post(&serve, "/v1/execute", "{\"contract\":{\"language\":\"wat\",\"name\":\"warm\"}}", &reply));
        CHECK(strstr(reply.body, "\"used\":\"2049\",\"instantiation\":\"2048\"") != NULL);
        CHECK(strstr(reply.body, "\"memory_pages\":2") != NULL);
        CHECK(serve_post(&serve, "/v1/execute", "{\"contract\":{\"language\":\"wat\",\"name\":\"warm\",\"version\":1}}",
                         &reply));
        CHECK(strstr(reply.body, "\"used\":\"9228\",\"instantiation\":\"1024\"") != NULL);
        CHECK(strstr(reply.body, "\"memory_pages\":2") != NULL);
    }
    CHECK(serve_once(&serve, "GET", "/metrics", "", 0, &reply));
    CHECK(strstr(reply.body, "\ndelavm_module_bytes_limit 268435456\n") != NULL);
    CHECK(strstr(reply.body, "\ndelavm_module_evictions_total 0\n") != NULL);
    CHECK(strstr(reply.body, "\ndelavm_runner_spare_bytes_limit 268435456\n") != NULL);
    CHECK(strstr(reply.body, "\ndelavm_instances_put_back_total 0\n") == NULL);

    check_context("a snapshot by hash");
    char path[128], named[65] = "", receipts[2][65];
    for (int way = 0; way < 2; way++) {
        if (way == 0)
            (void)snprintf(body, sizeof body, "{\"contract\":{\"language\":\"wat\",\"name\":\"warm\"}}");
        else
            (void)snprintf(body, sizeof body, "{\"module\":\"%s\",\"start\":\"snapshot\"}", hash);
        CHECK(serve_post(&serve, "/v1/execute", body, &reply) && reply.status == 200);
        const char *const at = strstr(reply.body, "\"receipt\":\"");
        if (CHECK(at != NULL))
            (void)snprintf(receipts[way], sizeof receipts[way], "%.64s", at + 11);
    }
    CHECK(strcmp(receipts[0], receipts[1]) == 0);
    (void)snprintf(body, sizeof body, "{\"transactions\":[{\"module\":\"%s\",\"start\":\"snapshot\"}]}", hash);
    CHECK(serve_post(&serve, "/v1/batch", body, &reply) && strstr(reply.body, receipts[0]) != NULL);
    (void)snprintf(path, sizeof path, "/v1/modules/%s/snapshot", hash);
    CHECK(serve_once(&serve, "PUT", path, "", 0, &reply) && reply.status == 200);
    CHECK(strstr(reply.body, "\"start\":\"snapshot\",\"initialization_fuel\":\"8203\",\"snapshot\":\"") != NULL);
    CHECK(strstr(reply.body, "\"added\":false}") != NULL);
    CHECK(serve_post(&serve, "/v1/execute",
                     "{\"contract\":{\"language\":\"wat\",\"name\":\"warm\"},\"start\":\"snapshot\"}", &reply) &&
          reply.status == 400 && strstr(reply.body, "\"path\":\"start\"") != NULL);
    /* Another module, of which no snapshot was made: a call makes none; then one is made, without a name. */
    uint8_t other[sizeof initialized + 4];
    memcpy(other, initialized, sizeof initialized);
    memcpy(other + sizeof initialized, "\0\2\1x", 4);
    CHECK(serve_once(&serve, "POST", "/v1/modules", other, sizeof other, &reply) && reply.status == 201);
    CHECK(sscanf(reply.body, "{\"module\":\"%64[0-9a-f]\"", named) == 1);
    (void)snprintf(path, sizeof path, "/v1/modules/%s/snapshot", named);
    (void)snprintf(body, sizeof body, "{\"module\":\"%s\",\"start\":\"snapshot\"}", named);
    CHECK(serve_post(&serve, "/v1/execute", body, &reply) && reply.status == 404);
    CHECK(strstr(reply.body, "{\"error\":{\"code\":\"unknown_snapshot\"") == reply.body);
    CHECK(serve_once(&serve, "PUT", path, "", 0, &reply) && reply.status == 201);
    CHECK(strstr(reply.body, "\"added\":true}") != NULL);
    CHECK(serve_post(&serve, "/v1/execute", body, &reply) && reply.status == 200);
    CHECK(strstr(reply.body, "\"used\":\"2049\",\"instantiation\":\"2048\"") != NULL);
    path[12] = path[12] == '0' ? '1' : '0';
    CHECK(serve_once(&serve, "PUT", path, "", 0, &reply) && reply.status == 404);
    CHECK(strstr(reply.body, "\"code\":\"unknown_module\"") != NULL);
    body[11] = path[12];
    CHECK(serve_post(&serve, "/v1/execute", body, &reply) && reply.status == 404);
    CHECK(strstr(reply.body, "\"code\":\"unknown_module\"") != NULL);

    check_context("snapshot refused");
    (void)snprintf(body, sizeof body, "{\"module\":\"%s\",\"start\":\"often\"}", hash);
    CHECK(serve_once(&serve, "PUT", "/v1/contracts/wat/warm", body, strlen(body), &reply) && reply.status == 400);
    CHECK(strstr(reply.body, "\"path\":\"start\"") != NULL);
    uint8_t bad[sizeof initialized];
    memcpy(bad, initialized, sizeof bad);
    bad[sizeof bad - 6] = 0; /* unreachable; i32.eqz would not be reached */
    bad[sizeof bad - 5] = 1;
    bad[sizeof bad - 4] = 1;
    bad[sizeof bad - 3] = 1;
    bad[sizeof bad - 2] = 1;
    CHECK(serve_once(&serve, "POST", "/v1/modules", bad, sizeof bad, &reply) && reply.status == 201);
    CHECK(sscanf(reply.body, "{\"module\":\"%64[0-9a-f]\"", hash) == 1);
    (void)snprintf(body, sizeof body, "{\"module\":\"%s\",\"start\":\"snapshot\"}", hash);
    CHECK(serve_once(&serve, "PUT", "/v1/contracts/wat/bad", body, strlen(body), &reply) && reply.status == 422);
    CHECK(strstr(reply.body, "\"detail\":\"initialization\"") != NULL);
    CHECK(strstr(reply.body, "unreachable in function 1 \\\"_initialize\\\", after 1025 fuel") != NULL);
    CHECK(serve_once(&serve, "GET", "/v1/contracts/wat/bad", "", 0, &reply) && reply.status == 404);
}

/* ---- Batches ------------------------------------------------------------------------------------------------------
 */

enum { STEPS = 3 };
struct receipts {
    char of[STEPS][65];
};

/* The receipts that stand in an answer, in order. */
static struct receipts receipts_in(const char *body, int count) {
    static const char field[] = "\"receipt\":\"";
    struct receipts receipts = {{""}};
    for (int i = 0; i < count; i++) {
        body = strstr(body, field);
        if (!CHECK(body != NULL))
            break;
        body += sizeof field - 1;
        CHECK(sscanf(body, "%64[0-9a-f]", receipts.of[i]) == 1 && strlen(receipts.of[i]) == 64);
    }
    return receipts;
}

/* A batch with no_previous gives the receipts of the same calls one by one.  Without it they are the same only where there
 * is nothing before: what was before stands in the receipt, and nothing else of the run differs. */
static void test_no_previous(void) {
    static const char *const stored[STEPS] = {"null", "\"MQ==\"", "\"Mg==\""}; /* nothing, "1", "2" */
    struct receipts single = {{""}};
    char body[512];
    check_context("no previous");
    for (int i = 0; i < STEPS; i++) {
        (void)snprintf(body, sizeof body,
                       "{" COUNTER ",\"context\":{\"nonce\":\"%d\"},\"storage\":[{\"key\":\"" KEY "\",\"value\":%s}]}",
                       i, stored[i]);
        CHECK(serve_post(&serve, "/v1/execute", body, &reply) && strstr(reply.body, "\"status\":\"accepted\"") != NULL);
        memcpy(single.of[i], receipts_in(reply.body, 1).of[0], sizeof single.of[i]);
    }
    for (int previous = 0; previous < 2; previous++) {
        (void)snprintf(body, sizeof body,
                       "{\"no_previous\":%s,\"storage\":[{\"key\":\"" KEY
                       "\",\"value\":null}],\"transactions\":[{" COUNTER ",\"context\":{\"nonce\":\"0\"}},{" COUNTER
                       ",\"context\":{\"nonce\":\"1\"}},{" COUNTER ",\"context\":{\"nonce\":\"2\"}}]}",
                       previous ? "false" : "true");
        CHECK(serve_post(&serve, "/v1/batch", body, &reply) && strstr(reply.body, "\"accepted\":3,") != NULL);
        CHECK(strstr(reply.body, "],\"writes\":[{\"key\":\"" KEY "\",\"value\":\"Mw==\"}]") != NULL);
        const struct receipts batch = receipts_in(reply.body, STEPS);
        for (int i = 0; i < STEPS; i++)
            CHECK((strcmp(batch.of[i], single.of[i]) == 0) == (!previous || i == 0));
    }
}

/* ---- Connections --------------------------------------------------------------------------------------------------
 */

/* Many requests at once, quick ones and slow ones: the answers come in the order of the requests. */
static void test_pipelining(void) {
    enum { COUNT = 400 };
    static char text[COUNT * 256];
    size_t at = 0;
    check_context("pipelining");
    for (unsigned i = 0; i < COUNT; i++) {
        char body[160];
        const char *const name =
            i % 40 == 7 ? "\"spin\",\"contractLanguage\":\"test\"" : "\"increaseCounter\",\"contractLanguage\":\"c\"";
        const int size = snprintf(body, sizeof body, "{\"contractName\":%s,\"counter\":%u}", name, i);
        at += (size_t)snprintf(text + at, sizeof text - at,
                               "POST / HTTP/1.1\r\nHost: x.localhost\r\nHost-: 1\r\nContent-Length: %d\r\n\r\n%s", size,
                               body);
    }
    /* "x.localhost" is not a name of this server: nothing may be answered in its name. */
    const int wrong = serve_connect(&serve);
    CHECK(serve_send(wrong, text, 200) && serve_read(wrong, &reply, false) && reply.status == 421);
    close(wrong);
    for (char *host = text; (host = strstr(host, "x.localhost")) != NULL;)
        memcpy(host, "  localhost", 11);
    const int fd = serve_connect(&serve);
    const pid_t writer = fork();
    if (writer == 0)
        _exit(serve_send(fd, text, at) ? 0 : 1);
    for (unsigned i = 0; i < COUNT; i++) {
        char want[64];
        (void)snprintf(want, sizeof want, "\"counter\":%u,\"result\":", i);
        CHECK(serve_read(fd, &reply, false) && reply.status == 200 && strstr(reply.body, want) != NULL);
    }
    int status = 1;
    CHECK(waitpid(writer, &status, 0) == writer && status == 0);
    close(fd);
}

static void test_byte_by_byte(void) {
    static const char text[] = "\r\nPOST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "1e\r\n{\"contractName\":\"increaseCount\r\n29\r\ner\",\"contractLanguage\":\"c\","
                               "\"counter\":41  \r\n1\r\n}\r\n0\r\n\r\n";
    check_context("byte by byte");
    const int fd = serve_connect(&serve);
    for (size_t i = 0; i < sizeof text - 1; i++) {
        CHECK(serve_send(fd, text + i, 1));
        if (i % 16 == 0)
            serve_pause(1);
    }
    CHECK(serve_read(fd, &reply, false) && reply.status == 200 && strstr(reply.body, "\"result\":\"42\"") != NULL);
    close(fd);
}

static void test_head_and_old_http(void) {
    check_context("HEAD");
    int fd = serve_connect(&serve);
    const char head[] =
        "HEAD /v1/limits HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    CHECK(serve_send(fd, head, sizeof head - 1));
    CHECK(serve_read(fd, &reply, true) && reply.status == 200 &&
          strstr(reply.head, "\r\nContent-Length: 0\r\n") == NULL);
    CHECK(serve_read(fd, &reply, false) && strcmp(reply.body, "{\"status\":\"ok\"}") == 0);
    close(fd);
    check_context("HTTP/1.0");
    fd = serve_connect(&serve);
    const char kept[] = "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
               old[] = "GET /healthz HTTP/1.0\r\n\r\n";
    char byte;
    CHECK(serve_send(fd, kept, sizeof kept - 1) && serve_read(fd, &reply, false) && reply.status == 200);
    CHECK(strstr(reply.head, "\r\nConnection: keep-alive\r\n") != NULL);
    CHECK(serve_send(fd, old, sizeof old - 1) && serve_read(fd, &reply, false) && reply.close);
    CHECK(serve_receive(fd, &byte, 1, 5000) == 0);
    close(fd);
    check_context("half-closed");
    fd = serve_connect(&serve);
    const char last[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    CHECK(serve_send(fd, last, sizeof last - 1) && shutdown(fd, SHUT_WR) == 0 && serve_read(fd, &reply, false));
    CHECK(reply.status == 200 && serve_receive(fd, &byte, 1, 5000) == 0);
    close(fd);
    check_context("100-continue");
    fd = serve_connect(&serve);
    const char expecting[] =
        "POST /v1/execute HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    CHECK(serve_send(fd, expecting, sizeof expecting - 1) && serve_read(fd, &reply, true) && reply.status == 100);
    CHECK(serve_send(fd, "{}", 2) && serve_read(fd, &reply, false) && reply.status == 400);
    close(fd);
}

/* A large body, in one piece and chunked, reaches a worker and is answered. */
static void test_large_bodies(void) {
    enum { SIZE = 6 << 20 };
    char *const text = malloc(SIZE + 64);
    check_context("large bodies");
    if (text == NULL)
        return;
    const int front = sprintf(text, "{\"transactions\":[],\"x\":\"");
    memset(text + front, 'a', SIZE);
    memcpy(text + front + SIZE, "\"}", 2);
    const size_t size = (size_t)front + SIZE + 2;
    CHECK(serve_once(&serve, "POST", "/v1/batch", text, size, &reply) && reply.status == 400);
    CHECK(strstr(reply.body, "\"path\":\"x\"") != NULL);
    const int fd = serve_connect(&serve);
    char head[256];
    const int length =
        snprintf(head, sizeof head,
                 "POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n", size);
    CHECK(serve_send(fd, head, (size_t)length) && serve_send(fd, text, size) && serve_send(fd, "\r\n0\r\n\r\n", 7));
    CHECK(serve_read(fd, &reply, false) && reply.status == 400 && strstr(reply.body, "\"path\":\"x\"") != NULL);
    CHECK(serve_call(fd, "GET", "/healthz", "", 0, &reply) && reply.status == 200);
    close(fd);
    free(text);
}

/* The milliseconds behind a name in the head's Server-Timing; -1: it has none. */
static double timing(const char *name) {
    const char *const line = strstr(reply.head, "\r\nServer-Timing: ");
    const char *const found = line == NULL ? NULL : strstr(line, name);
    return found == NULL ? -1 : strtod(found + strlen(name), NULL);
}

/* Who asks for it is told how long a run took, in the head of the answer; the body stays the same. */
static void test_timing(const char *contracts) {
    static const char spin[] = "{\"contract\":{\"language\":\"test\",\"name\":\"spin\"},\"fuel\":\"5000000\"}";
    static char body[4096];
    check_context("timing");
    CHECK(serve_post(&serve, "/v1/execute", spin, &reply) && reply.size < sizeof body);
    CHECK(strstr(reply.head, "Server-Timing") == NULL);
    memcpy(body, reply.body, reply.size + 1);
    const char *const options[] = {"--contracts", contracts, "--workers", "2", "--timing", NULL};
    CHECK(serve_end(&serve, SIGTERM) == 0);
    serve_start(&serve, options);
    CHECK_U64(serve_metric(&serve, "delavm_run_seconds_count"), 0);
    CHECK(serve_post(&serve, "/v1/execute", spin, &reply));
    CHECK_TEXT(reply.body, body);
    /* So much fuel lasts a millisecond on any machine. */
    CHECK(timing("run;dur=") >= 1 && timing("total;dur=") >= timing("run;dur="));
    CHECK(serve_post(&serve, "/v1/batch",
                     "{\"transactions\":[{\"contract\":{\"language\":\"test\",\"name\":\"empty\"}}]}", &reply));
    CHECK(timing("run;dur=") >= 0 && timing("total;dur=") >= timing("run;dur="));
    CHECK(serve_post(&serve, "/", "{}", &reply) && reply.status == 400);
    CHECK(strstr(reply.head, "\r\nServer-Timing: run;dur=0.000, total;dur=") != NULL);
    CHECK(serve_once(&serve, "GET", "/healthz", "", 0, &reply) && strstr(reply.head, "Server-Timing") == NULL);
    CHECK_U64(serve_metric(&serve, "delavm_run_seconds_count"), 2);
}

/* The same bytes come from the plain engine, and nothing is found when both are compared, whichever way it translates. */
static void test_engines(const char *contracts) {
    const char *const options[] = {"--contracts",    contracts, "--workers", "2",       "--fuel", "5000000",
                                   "--engine=plain", "--fold",  "off",       "--check", NULL};
    CHECK(serve_end(&serve, SIGTERM) == 0);
    serve_start(&serve, options);
    test_old_calls();
    check_context("engines");
    const int fd = serve_connect(&serve);
    CHECK(serve_call(fd, "GET", "/v1/info", "", 0, &reply));
    CHECK(strstr(reply.body, "\"run_by\":\"plain\",\"fold\":false,\"check\":true") != NULL);
    CHECK(serve_call(fd, "GET", "/metrics", "", 0, &reply));
    CHECK(strstr(reply.body, "\ndelavm_engines_differ_total 0\n") != NULL);
    close(fd);
}

int main(int argc, char **argv) {
    char contracts[600];
    (void)argc;
    serve_init(&serve, argv[0]);
    (void)snprintf(contracts, sizeof contracts, "%s/contracts", serve.build);
    const char *const options[] = {"--contracts", contracts, "--workers", "2", NULL};
    serve_start(&serve, options);
    const char *const cheap[] = {"--contracts", contracts, "--workers", "2", "--fuel", "5000000", NULL};
    CHECK(serve_end(&serve, SIGTERM) == 0);
    serve_start(&serve, cheap);
    CHECK(serve_bind(&serve, "spin", serve_spin, sizeof serve_spin));
    CHECK(serve_bind(&serve, "empty", serve_empty, sizeof serve_empty));
    CHECK(serve_bind(&serve, "unreachable", serve_unreachable, sizeof serve_unreachable));
    test_old_calls();
    test_calls();
    test_no_previous();
    test_deploy();
    test_floats();
    test_snapshot();
    test_pipelining();
    test_byte_by_byte();
    test_head_and_old_http();
    test_large_bodies();
    test_timing(contracts);
    test_engines(contracts);
    check_context("the end");
    CHECK(serve_healthy(&serve, 2000));
    CHECK_U64((unsigned)serve_end(&serve, SIGTERM), 0);
    serve_clear(&serve);
    return check_done();
}
