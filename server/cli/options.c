/* server/cli/options.c - words of the command line to options, numbers and a configuration. */
#include "server/cli/cli.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>

/* Edits (insert, delete, replace, swap neighbours) from one word to the other; words of the command line are short. */
static unsigned distance(const char *a, const char *b) {
    enum { LONGEST = 32 };
    const size_t m = strlen(a), n = strlen(b);
    if (m > LONGEST || n > LONGEST)
        return UINT16_MAX;
    unsigned rows[3][LONGEST + 1];
    for (size_t j = 0; j <= n; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= m; i++) {
        unsigned *const row = rows[i % 3], *const above = rows[(i + 2) % 3], *const before = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= n; j++) {
            unsigned best = above[j - 1] + (a[i - 1] != b[j - 1]);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[m % 3][n];
}

const char *cli_nearest(const char *word, const char *(*name)(size_t index), size_t count) {
    const char *nearest = NULL;
    unsigned least = strlen(word) < 4 ? 2 : 3; /* a word of three letters is near to too many */
    for (size_t i = 0; i < count; i++) {
        const unsigned edits = distance(word, name(i));
        if (edits < least) {
            least = edits;
            nearest = name(i);
        }
    }
    return nearest;
}

enum cli_exit cli_usage(const struct cli *cli, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("delavm: ", stderr);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    if (cli->command != NULL)
        fprintf(stderr, "\nusage: delavm %s%s%s\n`delavm help %s` says more.\n", cli->command->name,
                *cli->command->synopsis == '\0' ? "" : " ", cli->command->synopsis, cli->command->name);
    else
        fprintf(stderr, "\n`delavm help` lists the commands.\n");
    return CLI_USAGE;
}

static int option_index(const struct cli_command *command, const char *name, size_t size) {
    for (int i = 0; i < CLI_OPTIONS_MAX && command->options[i].name != NULL; i++)
        if (strlen(command->options[i].name) == size && memcmp(command->options[i].name, name, size) == 0)
            return i;
    return -1;
}

static int letter_index(const struct cli_command *command, char letter) {
    for (int i = 0; i < CLI_OPTIONS_MAX && command->options[i].name != NULL; i++)
        if (command->options[i].letter == letter)
            return i;
    return -1;
}

/* The nearest option of the command to a mistyped one, or NULL. */
static const char *nearest_option(const struct cli_command *command, const char *word) {
    const char *nearest = NULL;
    unsigned least = 3;
    for (int i = 0; i < CLI_OPTIONS_MAX && command->options[i].name != NULL; i++) {
        const unsigned edits = distance(word, command->options[i].name);
        if (edits < least) {
            least = edits;
            nearest = command->options[i].name;
        }
    }
    return nearest;
}

/* One word that begins with '-'.  *used is set if the next word was its value. */
static bool parse_option(struct cli *cli, const char *word, const char *next, bool *used) {
    const char *value = NULL;
    int option;
    if (word[1] == '-') {
        const size_t size = strcspn(word + 2, "=");
        option = option_index(cli->command, word + 2, size);
        if (word[2 + size] == '=')
            value = word + 2 + size + 1;
    } else {
        option = letter_index(cli->command, word[1]);
        if (option >= 0 && word[2] != '\0')
            value = word + 2;
    }
    if (option < 0) {
        const char *const near = nearest_option(cli->command, word + 1 + (word[1] == '-'));
        if (near != NULL)
            cli_usage(cli, "%s has no option %s.  Did you mean --%s?", cli->command->name, word, near);
        else
            cli_usage(cli, "%s has no option %s", cli->command->name, word);
        return false;
    }
    const struct cli_option *const row = &cli->command->options[option];
    if (row->argument == NULL && value != NULL) {
        cli_usage(cli, "--%s takes no value", row->name);
        return false;
    }
    if (row->argument != NULL && value == NULL) {
        if (next == NULL) {
            cli_usage(cli, "--%s needs a value: %s", row->name, row->argument);
            return false;
        }
        value = next;
        *used = true;
    }
    if (cli->values[option] != NULL) {
        cli_usage(cli, "--%s is given twice", row->name);
        return false;
    }
    cli->values[option] = value == NULL ? "" : value;
    return true;
}

bool cli_parse(struct cli *cli, int count, char **words) {
    bool options = true;
    for (int i = 0; i < count; i++) {
        const char *const word = words[i];
        if (options && strcmp(word, "--") == 0) {
            options = false;
        } else if (options && word[0] == '-' && word[1] != '\0' && !isdigit((unsigned char)word[1])) {
            bool used = false;
            if (!parse_option(cli, word, i + 1 < count ? words[i + 1] : NULL, &used))
                return false;
            i += used;
        } else {
            cli->arguments[cli->count++] = word;
        }
    }
    if (cli->count < cli->command->minimum) {
        cli_usage(cli, "%s: something is missing", cli->command->name);
        return false;
    }
    if (cli->command->maximum >= 0 && cli->count > cli->command->maximum) {
        cli_usage(cli, "%s: `%s` is one word too many", cli->command->name, cli->arguments[cli->command->maximum]);
        return false;
    }
    return true;
}

const char *cli_value(const struct cli *cli, const char *name) {
    const int option = option_index(cli->command, name, strlen(name));
    return option < 0 ? NULL : cli->values[option];
}

bool cli_given(const struct cli *cli, const char *name) {
    return cli_value(cli, name) != NULL;
}

const char *cli_integer(const char *text, unsigned bits, uint64_t *out) {
    const bool negative = *text == '-';
    const char *at = text + (*text == '-' || *text == '+');
    const unsigned base = at[0] == '0' && (at[1] == 'x' || at[1] == 'X') ? 16 : 10;
    at += base == 16 ? 2 : 0;
    if (*at == '\0')
        return "is not a number";
    const uint64_t most = bits == 64 ? UINT64_MAX : UINT32_MAX;
    const uint64_t limit = negative ? most / 2 + 1 : most;
    uint64_t value = 0;
    for (; *at != '\0'; at++) {
        const char lower = (char)(*at | 0x20);
        unsigned digit = 16;
        if (*at >= '0' && *at <= '9')
            digit = (unsigned)(*at - '0');
        else if (lower >= 'a' && lower <= 'f')
            digit = (unsigned)(lower - 'a') + 10;
        if (digit >= base)
            return "is not a number: write it in decimal or as 0x hex, with a sign if you like";
        if (value > (limit - digit) / base)
            return bits == 64 ? "does not fit an i64: -9223372036854775808 to 18446744073709551615"
                              : "does not fit an i32: -2147483648 to 4294967295";
        value = value * base + digit;
    }
    *out = (negative ? 0 - value : value) & most;
    return NULL;
}

bool cli_number(const struct cli *cli, const char *name, uint64_t maximum, uint64_t *out) {
    const char *const text = cli_value(cli, name);
    if (text == NULL)
        return true;
    uint64_t value;
    const char *const wrong = *text == '-' ? "must not be negative" : cli_integer(text, 64, &value);
    if (wrong != NULL) {
        cli_usage(cli, "--%s: %s %s", name, text, wrong);
        return false;
    }
    if (value > maximum) {
        cli_usage(cli, "--%s: %s is more than %llu", name, text, (unsigned long long)maximum);
        return false;
    }
    *out = value;
    return true;
}

/* One of the comma-separated words of --features: a name, or '-' and a name. */
static bool switch_feature(const struct cli *cli, struct host_config *config, const char *word, size_t size) {
    const bool on = size == 0 || word[0] != '-';
    word += !on;
    size -= !on;
    for (uint32_t i = 0; i < VM_FEATURE_COUNT; i++) {
        if (strlen(vm_feature_rows[i].name) != size || memcmp(vm_feature_rows[i].name, word, size) != 0)
            continue;
        if (on && !vm_feature_rows[i].ready) {
            cli_usage(cli, "--features: %s can't be switched on: %s", vm_feature_rows[i].name,
                      vm_feature_rows[i].words);
            return false;
        }
        config->features.on[i] = on;
        return true;
    }
    cli_usage(cli, "--features: there is no feature %.*s; `delavm features` lists them", (int)size, word);
    return false;
}

static bool read_features(const struct cli *cli, struct host_config *config, const char *list) {
    for (;;) {
        const size_t size = strcspn(list, ",");
        if (!switch_feature(cli, config, list, size))
            return false;
        if (list[size] == '\0')
            return true;
        list += size + 1;
    }
}

static enum cli_exit read_schedule(const char *path, struct host_config *config) {
    struct vm_bytes text;
    if (!cli_read_file(path, &text))
        return CLI_USAGE;
    struct vm_error error;
    const enum vm_status status = host_schedule_read(text, &config->schedule, &error);
    free((void *)(uintptr_t)text.data);
    if (status == VM_OK)
        return CLI_OK;
    cli_say("%s: %s", path, error.message);
    return CLI_USAGE;
}

/* Which of two words an option's value is; `other` if it is not given.  False: explained on stderr. */
static bool choose(const struct cli *cli, const char *name, const char *no, const char *yes, bool *out) {
    const char *const value = cli_value(cli, name);
    if (value == NULL)
        return true;
    if (strcmp(value, no) != 0 && strcmp(value, yes) != 0) {
        cli_usage(cli, "--%s is %s or %s, not %s", name, no, yes, value);
        return false;
    }
    *out = strcmp(value, yes) == 0;
    return true;
}

bool cli_start(const struct cli *cli, enum host_start *start) {
    bool snapshot = false;
    const bool good =
        choose(cli, "start", host_start_name(HOST_START_EACH_CALL), host_start_name(HOST_START_SNAPSHOT), &snapshot);
    *start = snapshot ? HOST_START_SNAPSHOT : HOST_START_EACH_CALL;
    return good;
}

static bool choose_policy(const struct cli *cli, enum loader_policy *out) {
    const char *const value = cli_value(cli, "policy");
    if (value == NULL || loader_policy_of(value, out))
        return true;
    cli_usage(cli, "--policy is strict, lazy or lower, not %s", value);
    return false;
}

enum cli_exit cli_config(const struct cli *cli, enum vm_profile profile, struct host_config *config) {
    bool compat = profile == VM_COMPAT, plain = false, unfolded = false;
    enum loader_policy policy = LOADER_STRICT;
    if (!choose(cli, "profile", "strict", "compat", &compat) || !choose_policy(cli, &policy) ||
        !choose(cli, "engine", "fast", "plain", &plain) || !choose(cli, "fold", "on", "off", &unfolded))
        return CLI_USAGE;
    host_config_init(config, compat ? VM_COMPAT : VM_STRICT);
    config->policy = policy;
    config->engine = plain ? VM_ENGINE_PLAIN : VM_ENGINE_FAST;
    config->fold = !unfolded;
    config->check = cli_given(cli, "check");
    if (cli_given(cli, "features") && !read_features(cli, config, cli_value(cli, "features")))
        return CLI_USAGE;
    if (cli_given(cli, "schedule")) {
        const enum cli_exit end = read_schedule(cli_value(cli, "schedule"), config);
        if (end != CLI_OK)
            return end;
    }
    /* The cap on growth and the cap on what a module may begin with move together, or the option could not raise it. */
    uint64_t pages = config->limits.memory_pages;
    if (!cli_number(cli, "max-pages", 65536, &pages))
        return CLI_USAGE;
    if (cli_given(cli, "max-pages"))
        config->limits.memory_initial_pages = config->limits.memory_pages = pages;
    host_config_seal(config);
    return CLI_OK;
}
