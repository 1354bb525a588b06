/* server/cli/client.c - delavm deploy, call, contracts: commands that talk to a running server. */
#include <cjson/cJSON.h>
#include <stdlib.h>

#include "server/cli/cli.h"
#include "server/cli/http_client.h"

#define JSON_TYPE "application/json;charset=utf-8"

enum cli_exit cli_connect(const struct cli *cli, struct http_client *client) {
    const char *address = cli_value(cli, "server");
    if (address == NULL)
        address = getenv("DELAVM_SERVER");
    if (address == NULL || *address == '\0')
        address = "127.0.0.1:3000";
    if (http_client_open(client, address))
        return CLI_OK;
    if (client->bad_address) {
        cli_say("%s", client->error);
        return CLI_USAGE;
    }
    cli_say("%s\nIs it running?  `make run` or build/delavm-server starts one; -s ADDRESS names another.",
            client->error);
    return CLI_FAILED;
}

/* Connects and sends one request.  Not CLI_OK: there is no answer, and why was said. */
static enum cli_exit ask(const struct cli *cli, struct http_client *client, const char *method, const char *path,
                         const char *type, struct vm_bytes body, struct http_answer *answer) {
    const enum cli_exit end = cli_connect(cli, client);
    if (end != CLI_OK || http_client_request(client, method, path, type, body, answer))
        return end;
    cli_say("%s", client->error);
    return CLI_FAILED;
}

bool cli_split_name(const struct cli *cli, const char *word, char language[64], const char **name) {
    const char *const slash = strchr(word, '/');
    if (slash == NULL || slash == word || slash[1] == '\0' || strchr(slash + 1, '/') != NULL || slash - word >= 64) {
        cli_usage(cli, "`%s` is no contract: write LANGUAGE/NAME, for example c/increaseCounter", word);
        return false;
    }
    memcpy(language, word, (size_t)(slash - word));
    language[slash - word] = '\0';
    *name = slash + 1;
    return true;
}

/* Percent-encodes what may not stand in a path segment.  False if it does not fit. */
static bool encode_segment(const char *text, char *out, size_t room) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    size_t size = 0;
    for (; *text != '\0'; text++) {
        if (size + 4 > room)
            return false;
        if (strchr(plain, *text) != NULL)
            out[size++] = *text;
        else
            size += (size_t)snprintf(out + size, room - size, "%%%02X", (unsigned char)*text);
    }
    out[size] = '\0';
    return true;
}

/* The words of an error answer: {"error": {"code", "message", ...}}; else the body itself. */
static void show_refusal(const struct http_answer *answer) {
    cJSON *const json = cJSON_ParseWithLength((const char *)answer->body.data, answer->body.size);
    const cJSON *const error = cJSON_GetObjectItemCaseSensitive(json, "error");
    const cJSON *const message = cJSON_GetObjectItemCaseSensitive(error, "message");
    const cJSON *const code = cJSON_GetObjectItemCaseSensitive(error, "code");
    fprintf(stderr, "delavm: the server refused (HTTP %d", answer->status);
    if (cJSON_IsString(code)) {
        fputs(", ", stderr);
        cli_safe_text(stderr, vm_bytes_of_text(code->valuestring));
    }
    fputs("): ", stderr);
    cli_safe_text(stderr, cJSON_IsString(message) ? vm_bytes_of_text(message->valuestring) : answer->body);
    fputc('\n', stderr);
    cJSON_Delete(json);
}

enum cli_exit cli_judge_answer(const struct cli *cli, const struct http_answer *answer) {
    const bool good = answer->status / 100 == 2;
    if (cli_given(cli, "json")) {
        fwrite(answer->body.data, 1, answer->body.size, stdout);
        if (answer->body.size == 0 || answer->body.data[answer->body.size - 1] != '\n')
            putchar('\n');
    } else if (!good) {
        show_refusal(answer);
    }
    return good ? CLI_OK : answer->status / 100 == 5 ? CLI_FAILED : CLI_REFUSED;
}

static void show_field(const cJSON *object, const char *key) {
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (cJSON_IsString(item))
        cli_safe_text(stdout, vm_bytes_of_text(item->valuestring));
    else if (cJSON_IsNumber(item))
        printf("%.0f", item->valuedouble);
}

static void show_deployed(const struct cli *cli, const struct http_answer *answer) {
    cJSON *const json = cJSON_ParseWithLength((const char *)answer->body.data, answer->body.size);
    printf("deployed %s, module ", cli->arguments[1]);
    show_field(json, "module");
    printf(", version ");
    show_field(json, "version");
    if (cJSON_GetObjectItemCaseSensitive(json, "initialization_fuel") != NULL) {
        printf(", initialized with ");
        show_field(json, "initialization_fuel");
        printf(" fuel");
    }
    printf("\n");
    cJSON_Delete(json);
}

/* Sends a module, or a JSON text about it.  False: explained on stderr. */
static bool send_deployment(struct http_client *client, const char *method, const char *path, const char *query,
                            const char *type, struct vm_bytes body, struct http_answer *answer) {
    char whole[600];
    snprintf(whole, sizeof whole, "%s%s", path, query);
    if (http_client_request(client, method, whole, type, body, answer))
        return true;
    cli_say("%s", client->error);
    return false;
}

/* Stores the module, then, if that went well, binds the name to it with `start`.  False: explained on stderr. */
static bool deploy_in_two(struct http_client *client, const char *path, const char *query, struct vm_bytes module,
                          enum host_start start, struct http_answer *answer) {
    char body[200] = "";
    if (!send_deployment(client, "POST", "/v1/modules", query, "application/wasm", module, answer))
        return false;
    if (answer->status / 100 != 2)
        return true;
    cJSON *const json = cJSON_ParseWithLength((const char *)answer->body.data, answer->body.size);
    const cJSON *const hash = cJSON_GetObjectItemCaseSensitive(json, "module");
    if (cJSON_IsString(hash))
        snprintf(body, sizeof body, "{\"module\":\"%.64s\",\"start\":\"%s\"}", hash->valuestring,
                 host_start_name(start));
    cJSON_Delete(json);
    return send_deployment(client, "PUT", path, "", JSON_TYPE, vm_bytes_of_text(body), answer);
}

enum cli_exit cli_deploy(struct cli *cli) {
    enum host_start start;
    if (!cli_start(cli, &start))
        return CLI_USAGE;
    char language[64], path[512], query[32], name_segment[256], language_segment[200];
    const char *name;
    if (!cli_split_name(cli, cli->arguments[1], language, &name))
        return CLI_USAGE;
    if (!encode_segment(language, language_segment, sizeof language_segment) ||
        !encode_segment(name, name_segment, sizeof name_segment))
        return cli_usage(cli, "the contract's name is too long");
    const char *const policy = cli_value(cli, "policy");
    enum loader_policy known;
    if (policy != NULL && !loader_policy_of(policy, &known))
        return cli_usage(cli, "--policy is strict, lazy or lower, not %s", policy);
    snprintf(path, sizeof path, "/v1/contracts/%s/%s", language_segment, name_segment);
    snprintf(query, sizeof query, "%s%s", policy == NULL ? "" : "?policy=", policy == NULL ? "" : policy);
    struct vm_bytes module;
    enum cli_exit end = cli_read_module(cli->arguments[0], &module);
    if (end != CLI_OK)
        return end;
    struct http_client client;
    struct http_answer answer;
    end = cli_connect(cli, &client);
    if (end == CLI_OK) {
        const bool answered = start == HOST_START_EACH_CALL
                                  ? send_deployment(&client, "PUT", path, query, "application/wasm", module, &answer)
                                  : deploy_in_two(&client, path, query, module, start, &answer);
        end = answered ? cli_judge_answer(cli, &answer) : CLI_FAILED;
        if (answered && end == CLI_OK && !cli_given(cli, "json"))
            show_deployed(cli, &answer);
    }
    http_client_close(&client);
    free((void *)(uintptr_t)module.data);
    return end;
}

/* A whole number as JSON writes it: no sign but '-', no leading zeros.  Its digits are sent as they are, however many.
 */
static bool is_whole_number(const char *text) {
    if (*text == '0')
        return text[1] == '\0';
    text += *text == '-';
    return *text != '0' && *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* KEY=VALUE or KEY:=JSON into the request.  NULL, or what is wrong. */
static const char *add_argument(cJSON *request, const char *word) {
    const char *const equals = strchr(word, '=');
    if (equals == NULL || equals == word)
        return "is no KEY=VALUE";
    const bool raw = equals[-1] == ':';
    const size_t size = (size_t)(equals - word) - raw;
    char key[256];
    if (size == 0 || size >= sizeof key)
        return "has no key, or too long a one";
    memcpy(key, word, size);
    key[size] = '\0';
    if (cJSON_GetObjectItemCaseSensitive(request, key) != NULL)
        return "gives a key twice";
    if (raw) {
        cJSON *const parsed = cJSON_ParseWithOpts(equals + 1, NULL, 1);
        if (parsed == NULL)
            return "holds no valid JSON behind :=";
        cJSON_Delete(parsed);
        return cJSON_AddRawToObject(request, key, equals + 1) == NULL ? "does not fit in memory" : NULL;
    }
    const cJSON *const added = is_whole_number(equals + 1) ? cJSON_AddRawToObject(request, key, equals + 1)
                                                           : cJSON_AddStringToObject(request, key, equals + 1);
    return added == NULL ? "does not fit in memory" : NULL;
}

/* The answer of the old protocol: result on stdout if it was accepted, else the reason on stderr. */
static enum cli_exit show_call(const struct http_answer *answer) {
    cJSON *const json = cJSON_ParseWithLength((const char *)answer->body.data, answer->body.size);
    const cJSON *const accepted = cJSON_GetObjectItemCaseSensitive(json, "Accepted");
    const cJSON *const result = cJSON_GetObjectItemCaseSensitive(json, "result");
    enum cli_exit end = CLI_FAILED;
    if (!cJSON_IsString(accepted) || !cJSON_IsString(result)) {
        cli_say("the answer is none of this protocol (HTTP %d); --json shows it", answer->status);
    } else if (strcmp(accepted->valuestring, "true") == 0) {
        puts(result->valuestring);
        end = CLI_OK;
    } else {
        fputs("delavm: not accepted: ", stderr);
        cli_safe_text(stderr, vm_bytes_of_text(result->valuestring));
        fputc('\n', stderr);
        end = CLI_TRAPPED;
    }
    cJSON_Delete(json);
    return end;
}

enum cli_exit cli_call(struct cli *cli) {
    char language[64];
    const char *name;
    if (!cli_split_name(cli, cli->arguments[0], language, &name))
        return CLI_USAGE;
    cJSON *const request = cJSON_CreateObject();
    cJSON_AddStringToObject(request, "contractName", name);
    cJSON_AddStringToObject(request, "contractLanguage", language);
    for (int i = 1; i < cli->count; i++) {
        const char *const wrong = add_argument(request, cli->arguments[i]);
        if (wrong != NULL) {
            cJSON_Delete(request);
            return cli_usage(cli, "`%s` %s", cli->arguments[i], wrong);
        }
    }
    char *const body = cJSON_PrintUnformatted(request);
    cJSON_Delete(request);
    if (body == NULL) {
        cli_say("out of memory");
        return CLI_FAILED;
    }
    struct http_client client;
    struct http_answer answer;
    enum cli_exit end = ask(cli, &client, "POST", "/", JSON_TYPE, vm_bytes_of_text(body), &answer);
    if (end == CLI_OK)
        end = cli_given(cli, "json") ? cli_judge_answer(cli, &answer) : show_call(&answer);
    http_client_close(&client);
    cJSON_free(body);
    return end;
}

enum cli_exit cli_contracts(struct cli *cli) {
    struct http_client client;
    struct http_answer answer;
    enum cli_exit end = ask(cli, &client, "GET", "/v1/contracts", NULL, vm_bytes(NULL, 0), &answer);
    if (end == CLI_OK)
        end = cli_judge_answer(cli, &answer);
    if (end == CLI_OK && !cli_given(cli, "json")) {
        cJSON *const json = cJSON_ParseWithLength((const char *)answer.body.data, answer.body.size);
        const cJSON *const list = cJSON_IsArray(json) ? json : cJSON_GetObjectItemCaseSensitive(json, "contracts");
        const cJSON *contract;
        cJSON_ArrayForEach(contract, list) {
            show_field(contract, "language");
            putchar('/');
            show_field(contract, "name");
            printf("  version ");
            show_field(contract, "version");
            printf("  ");
            show_field(contract, "module");
            putchar('\n');
        }
        if (cJSON_GetArraySize(list) == 0)
            fputs("no contracts yet: `delavm deploy FILE LANGUAGE/NAME` adds one\n", stderr);
        cJSON_Delete(json);
    }
    http_client_close(&client);
    return end;
}

/* One request as it stands; for what no other command does. */
enum cli_exit cli_request(struct cli *cli) {
    const char *const method = cli->arguments[0], *const path = cli->arguments[1];
    const char *const given = cli->count > 2 ? cli->arguments[2] : NULL;
    struct vm_bytes file = {NULL, 0}, body = {NULL, 0};
    if (path[0] != '/' || strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(method))
        return cli_usage(cli, "write the method in capitals and a path that begins with /, for example GET /v1/info");
    if (given != NULL && *given == '@' && !cli_read_file(given + 1, &file))
        return CLI_USAGE;
    if (given != NULL)
        body = *given == '@' ? file : vm_bytes_of_text(given);
    const bool module = body.size >= 4 && memcmp(body.data, "\0asm", 4) == 0;
    struct http_client client;
    struct http_answer answer;
    const char *const type = given == NULL ? NULL : module ? "application/wasm" : JSON_TYPE;
    enum cli_exit end = ask(cli, &client, method, path, type, body, &answer);
    if (end == CLI_OK) {
        fwrite(answer.body.data, 1, answer.body.size, stdout);
        if (answer.body.size > 0 && answer.body.data[answer.body.size - 1] != '\n')
            putchar('\n');
        end = answer.status / 100 == 2 ? CLI_OK : answer.status / 100 == 5 ? CLI_FAILED : CLI_REFUSED;
        if (end != CLI_OK)
            cli_say("HTTP %d", answer.status);
    }
    http_client_close(&client);
    free((void *)(uintptr_t)file.data);
    return end;
}
