/* server/cli/tables.c - prints the tables everything is expanded from: limits, features, imports, prices, errors,
 * traps. */
#include "server/cli/cli.h"

#include <stdlib.h>

/* A cell of JSON: the key, and the value as a string. */
static void json_string(const char *key, const char *value, const char *end) {
    printf("\"%s\":", key);
    cli_json_text(stdout, vm_bytes_of_text(value));
    fputs(end, stdout);
}

static void print_limits(bool json) {
    static const char *const scopes[] = {
        [VM_LIMIT_MODULE] = "module", [VM_LIMIT_RUN] = "run", [VM_LIMIT_HOST] = "host", [VM_LIMIT_SERVER] = "server"};
    if (!json)
        printf("%-7s %-22s %12s %12s  %-12s %s\n", "scope", "limit", "strict", "compat", "unit", "why");
    for (uint32_t i = 0; i < vm_limit_row_count; i++) {
        const struct vm_limit_row *const row = &vm_limit_rows[i];
        if (!json) {
            printf("%-7s %-22s %12llu %12llu  %-12s %s\n", scopes[row->scope], row->name,
                   (unsigned long long)row->strict, (unsigned long long)row->compat, row->unit, row->why);
            continue;
        }
        printf("%s{\"scope\":\"%s\",\"name\":\"%s\",\"strict\":\"%llu\",\"compat\":\"%llu\",", i == 0 ? "[" : ",\n ",
               scopes[row->scope], row->name, (unsigned long long)row->strict, (unsigned long long)row->compat);
        json_string("unit", row->unit, ",");
        json_string("why", row->why, "}");
    }
    if (json)
        printf("]\n");
}

static void print_features(bool json) {
    if (!json)
        printf("%-20s %-8s %-7s %-7s %-22s %s\n", "feature", "state", "strict", "compat", "off in clang with", "what");
    for (uint32_t i = 0; i < VM_FEATURE_COUNT; i++) {
        const struct vm_feature_row *const row = &vm_feature_rows[i];
        const char *const state = row->ready ? "ready" : "refused";
        if (!json) {
            printf("%-20s %-8s %-7s %-7s %-22s %s\n", row->name, state, row->strict ? "on" : "off",
                   row->compat ? "on" : "off", row->flag, row->words);
            continue;
        }
        printf("%s{\"name\":\"%s\",\"state\":\"%s\",\"strict\":%s,\"compat\":%s,", i == 0 ? "[" : ",\n ", row->name,
               state, row->strict ? "true" : "false", row->compat ? "true" : "false");
        json_string("flag", row->flag, ",");
        json_string("what", row->words, "}");
    }
    if (json)
        printf("]\n");
}

static const char *type_word(char letter) {
    return letter == 'i' ? "i32" : "i64";
}

/* "[i32 i64] -> [i32]" */
static void type_text(const struct host_import_row *row, char *text, size_t room) {
    size_t size = (size_t)snprintf(text, room, "[");
    for (const char *p = row->params; *p != '\0'; p++)
        size += (size_t)snprintf(text + size, room - size, "%s%s", p == row->params ? "" : " ", type_word(*p));
    size += (size_t)snprintf(text + size, room - size, "] -> [");
    for (const char *p = row->results; *p != '\0'; p++)
        size += (size_t)snprintf(text + size, room - size, "%s", type_word(*p));
    snprintf(text + size, room - size, "]");
}

static void print_imports(bool json) {
    for (uint32_t i = 0; i < HOST_IMPORT_COUNT; i++) {
        const struct host_import_row *const row = &host_import_rows[i];
        if (!json && (i == 0 || i == HOST_DELA_COUNT)) {
            printf("%simport from \"%s\"\n", i == 0 ? "" : "\n", row->module);
            printf("%-26s %-52s %-7s %-12s %s\n", "name", "type", "base", "per bytes", "what");
        }
        char type[128], price[32] = "-";
        type_text(row, type, sizeof type);
        if (row->price.amount != 0)
            snprintf(price, sizeof price, "%lu / %lu", (unsigned long)row->price.amount, (unsigned long)row->price.per);
        if (!json) {
            printf("%-26s %-52s %-7lu %-12s %s\n", row->name, type, (unsigned long)row->base, price,
                   row->documentation);
            continue;
        }
        printf("%s{\"module\":\"%s\",\"name\":\"%s\",\"type\":\"%s\",\"base\":%lu,\"amount\":%lu,\"per\":%lu,",
               i == 0 ? "[" : ",\n ", row->module, row->name, type, (unsigned long)row->base,
               (unsigned long)row->price.amount, (unsigned long)row->price.per);
        json_string("what", row->documentation, "}");
    }
    if (json)
        printf("]\n");
}

static void print_errors(bool json) {
    if (!json)
        printf("%-12s %-28s %s\n", "outcome", "code", "words");
    for (uint32_t i = 1; i < VM_ERROR_COUNT; i++) {
        const enum vm_error_code code = (enum vm_error_code)i;
        const char *const outcome = vm_status_name(vm_error_status(code));
        if (json) {
            printf("%s{\"outcome\":\"%s\",\"code\":\"%s\",", i == 1 ? "[" : ",\n ", outcome, vm_error_code_name(code));
            json_string("words", vm_error_words(code), "}");
        } else {
            printf("%-12s %-28s %s\n", outcome, vm_error_code_name(code), vm_error_words(code));
        }
    }
    if (json)
        printf("]\n");
}

static void print_traps(bool json) {
    if (!json)
        printf("%-6s %-28s %s\n", "number", "code", "words");
    for (uint32_t i = 1; i < VM_TRAP_COUNT; i++) {
        const enum vm_trap_kind kind = (enum vm_trap_kind)i;
        if (json) {
            printf("%s{\"number\":%lu,\"code\":\"%s\",", i == 1 ? "[" : ",\n ", (unsigned long)i, vm_trap_name(kind));
            json_string("words", vm_trap_words(kind), "}");
        } else {
            printf("%-6lu %-28s %s\n", (unsigned long)i, vm_trap_name(kind), vm_trap_words(kind));
        }
    }
    if (json)
        printf("]\n");
}

static enum cli_exit print_schedule(struct cli *cli) {
    struct host_config config;
    const enum cli_exit end = cli_config(cli, VM_STRICT, &config);
    if (end != CLI_OK)
        return end;
    const size_t size = host_schedule_text(&config.schedule, NULL, 0);
    char *const text = malloc(size + 1);
    if (text == NULL) {
        cli_say("out of memory");
        return CLI_FAILED;
    }
    host_schedule_text(&config.schedule, text, size + 1);
    char hash[HOST_HASH_TEXT_SIZE];
    host_hash_text(&config.schedule.hash, hash);
    printf("# schedule %s\n%s", hash, text);
    free(text);
    return CLI_OK;
}

enum cli_exit cli_tables(struct cli *cli) {
    static const struct {
        const char *name;
        void (*print)(bool json);
    } tables[] = {
        {"limits", print_limits}, {"features", print_features}, {"imports", print_imports},
        {"errors", print_errors}, {"traps", print_traps},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (strcmp(cli->command->name, tables[i].name) == 0) {
            tables[i].print(cli_given(cli, "json"));
            return CLI_OK;
        }
    }
    return print_schedule(cli);
}

enum cli_exit cli_version(struct cli *cli) {
    struct host_config config;
    const enum cli_exit end = cli_config(cli, VM_STRICT, &config);
    if (end != CLI_OK)
        return end;
    char schedule[HOST_HASH_TEXT_SIZE], limits[HOST_HASH_TEXT_SIZE], lowering[HOST_HASH_TEXT_SIZE];
    const struct host_hash lowering_hash = host_lowering_hash();
    host_hash_text(&config.schedule.hash, schedule);
    host_hash_text(&config.limits_hash, limits);
    host_hash_text(&lowering_hash, lowering);
    const char *const profile = config.profile == VM_STRICT ? "strict" : "compat";
    if (cli_given(cli, "json"))
        printf("{\"version\":\"%s\",\"engine\":%u,\"profile\":\"%s\",\"scheduleHash\":\"%s\",\"limitsHash\":\"%s\","
               "\"loweringHash\":\"%s\",\"lowering\":%s}\n",
               HOST_VERSION_TEXT, HOST_ENGINE_VERSION, profile, schedule, limits, lowering,
               host_lowering_built() ? "true" : "false");
    else
        printf("delavm %s, engine %u\nprofile  %s\nschedule %s\nlimits   %s\nlowering %s%s\n", HOST_VERSION_TEXT,
               HOST_ENGINE_VERSION, profile, schedule, limits, lowering,
               host_lowering_built() ? "" : " (not in this build: it was made without clang)");
    return CLI_OK;
}
