/* server/options.c - reading options, and their help. */
#include "server/options.h"

#include <stdio.h>
#include <string.h>

#include "host/config.h"
#include "server/json.h"

static const char help[] =
    "delavm-server: runs smart contracts, deterministically and metered, over HTTP.\n"
    "\n"
    "  delavm-server [options]\n"
    "\n"
    "Where it listens\n"
    "  --listen ADDR:PORT    serve here; may be repeated (127.0.0.1:3000; port 0: any free one)\n"
    "  --unix PATH           serve on a unix socket as well; with no --listen, on that alone\n"
    "  --host NAME           go by this name in Host headers, besides addresses and localhost;\n"
    "                        may be repeated; '*' allows any (then web pages may reach the server)\n"
    "\n"
    "What it keeps and runs\n"
    "  --store DIR           modules and contracts are kept here (delavm-store)\n"
    "  --contracts DIR       bind DIR/LANGUAGE/NAME.wasm at the start, unless that very module was\n"
    "                        bound to the name before (the folder contracts beside this program)\n"
    "  --no-contracts        do not\n"
    "\n"
    "What all nodes must have equal (GET /v1/info shows the hashes)\n"
    "  --profile NAME        strict (default) or compat\n"
    "  --schedule FILE       fuel prices, in the format `delavm schedule` prints\n"
    "\n"
    "How it works\n"
    "  --fuel N              limit of requests that name none (the greatest that is allowed)\n"
    "  --limit NAME=N        one of the limits with scope server that GET /v1/limits shows; may be\n"
    "                        repeated\n"
    "  --workers N           threads for long runs (one for each processor)\n"
    "  --engine fast|plain   what runs contracts; outcomes and receipts are the same (fast)\n"
    "  --fold on|off         off: the fast engine runs one cell for each instruction, to find a\n"
    "                        fault (on)\n"
    "  --check               run everything in both engines; where they differ the request fails\n"
    "                        with engines_differ and nothing is answered\n"
    "  --timing              answers to calls have a header Server-Timing: milliseconds in the contract\n"
    "                        (run) and in the server (total); the body and the receipt never do\n"
    "  --quiet, --verbose    log errors only; log every start and deployment\n"
    "  --help, --version\n"
    "\n"
    "GET / of a running server lists what it answers to.  SIGTERM and SIGINT let it finish what is\n"
    "under way; a second one does not.\n";

/* The option's value, from "--name=value" or the next word; NULL: there is none. */
static const char *value_of(int argc, char **argv, int *at) {
    const char *const equals = strchr(argv[*at], '=');
    if (equals != NULL)
        return equals + 1;
    if (*at + 1 >= argc)
        return NULL;
    return argv[++*at];
}

static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *value) {
    return server_json_digits(vm_bytes_of_text(text), value) && *value >= least && *value <= most;
}

static bool add(const char **list, uint32_t *count, uint32_t most, const char *value) {
    if (*count == most)
        return false;
    list[(*count)++] = value;
    return true;
}

/* Options that take a value. */
enum option {
    LISTEN,
    UNIX,
    HOST,
    STORE,
    CONTRACTS,
    SCHEDULE,
    PROFILE,
    WORKERS,
    FUEL,
    LIMIT_VALUE,
    ENGINE,
    FOLD,
    OPTIONS
};
static const struct {
    const char *name, *takes;
} rows[OPTIONS] = {
    [LISTEN] = {"--listen", "at most 8 of them"},
    [UNIX] = {"--unix", "at most 8 of them"},
    [HOST] = {"--host", "at most 32 of them"},
    [STORE] = {"--store", "a directory"},
    [CONTRACTS] = {"--contracts", "a directory"},
    [SCHEDULE] = {"--schedule", "a file"},
    [PROFILE] = {"--profile", "strict or compat"},
    [WORKERS] = {"--workers", "a number from 1 to 256"},
    [FUEL] = {"--fuel", "a number from 1 to 18446744073709551615"},
    [LIMIT_VALUE] = {"--limit", "at most 32 of them"},
    [ENGINE] = {"--engine", "fast or plain"},
    [FOLD] = {"--fold", "on or off"},
};
_Static_assert(SERVER_MOST_ADDRESSES == 8 && SERVER_MOST_HOSTS == 32 && SERVER_MOST_WORKERS == 256 &&
                   SERVER_MOST_LIMITS == 32,
               "the numbers in rows");

static enum option find(const char *word) {
    const size_t length = strcspn(word, "=");
    unsigned i = 0;
    while (i < OPTIONS && (strlen(rows[i].name) != length || memcmp(rows[i].name, word, length) != 0))
        i++;
    return (enum option)i;
}

/* false: the option can't have that value. */
static bool set(struct server_options *options, enum option option, const char *value) {
    uint64_t number = 0;
    switch (option) {
    case LISTEN:
        return add(options->listen, &options->listen_count, SERVER_MOST_ADDRESSES, value);
    case UNIX:
        return add(options->unix_paths, &options->unix_count, SERVER_MOST_ADDRESSES, value);
    case HOST:
        return add(options->hosts, &options->host_count, SERVER_MOST_HOSTS, value);
    case STORE:
        options->store = value;
        return *value != 0;
    case CONTRACTS:
        options->contracts = value;
        return *value != 0;
    case SCHEDULE:
        options->schedule = value;
        return true;
    case PROFILE:
        options->profile = strcmp(value, "compat") == 0 ? VM_COMPAT : VM_STRICT;
        return options->profile == VM_COMPAT || strcmp(value, "strict") == 0;
    case WORKERS:
        if (!read_number(value, 1, SERVER_MOST_WORKERS, &number))
            return false;
        options->workers = (uint32_t)number;
        return true;
    case FUEL:
        return read_number(value, 1, UINT64_MAX, &options->fuel);
    case LIMIT_VALUE:
        return add(options->limits, &options->limit_count, SERVER_MOST_LIMITS, value);
    case ENGINE:
        options->engine = strcmp(value, "plain") == 0 ? VM_ENGINE_PLAIN : VM_ENGINE_FAST;
        return options->engine == VM_ENGINE_PLAIN || strcmp(value, "fast") == 0;
    case FOLD:
        options->fold = strcmp(value, "off") != 0;
        return !options->fold || strcmp(value, "on") == 0;
    case OPTIONS:
    default:
        return false;
    }
}

/* An option without a value. */
static bool set_flag(struct server_options *options, const char *name) {
    if (strcmp(name, "--quiet") == 0 || strcmp(name, "-q") == 0)
        options->quiet = true;
    else if (strcmp(name, "--verbose") == 0 || strcmp(name, "-v") == 0)
        options->verbose = true;
    else if (strcmp(name, "--check") == 0)
        options->check = true;
    else if (strcmp(name, "--timing") == 0)
        options->timing = true;
    else if (strcmp(name, "--no-contracts") == 0)
        options->contracts = "";
    else
        return false;
    return true;
}

static enum server_options_result wrong(const char *what, const char *word) {
    fprintf(stderr, "delavm-server: %s %s\nTry delavm-server --help.\n", what, word);
    return SERVER_OPTIONS_WRONG;
}

/* One NAME=VALUE; NULL, or what is wrong with it.  Only SERVER rows: all others must be the same on all nodes, which
 * profiles are for. */
static const char *set_limit(const char *text, struct vm_limits *limits) {
    const size_t length = strcspn(text, "=");
    uint64_t value;
    for (uint32_t i = 0; i < vm_limit_row_count; i++) {
        const struct vm_limit_row *const row = &vm_limit_rows[i];
        if (strlen(row->name) != length || memcmp(row->name, text, length) != 0 || row->scope != VM_LIMIT_SERVER)
            continue;
        if (text[length] == 0 || !read_number(text + length + 1, 1, INT32_MAX, &value))
            return "NAME=N was expected, N from 1 to 2147483647";
        memcpy((char *)limits + row->field, &value, sizeof value);
        return NULL;
    }
    return "there is no such limit of scope server; `delavm limits` lists them";
}

bool server_options_limits(const struct server_options *options, struct vm_limits *limits) {
    for (uint32_t i = 0; i < options->limit_count; i++) {
        const char *const wrong_with_it = set_limit(options->limits[i], limits);
        if (wrong_with_it != NULL) {
            fprintf(stderr, "delavm-server: --limit %s: %s\n", options->limits[i], wrong_with_it);
            return false;
        }
    }
    return true;
}

enum server_options_result server_options_read(int argc, char **argv, struct server_options *options) {
    *options =
        (struct server_options){.store = "delavm-store", .profile = VM_STRICT, .engine = VM_ENGINE_FAST, .fold = true};
    for (int i = 1; i < argc; i++) {
        const char *const word = argv[i];
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            fputs(help, stdout);
            return SERVER_OPTIONS_SHOWN;
        }
        if (strcmp(word, "--version") == 0) {
            printf("delavm-server %s (engine %u)\n", HOST_VERSION_TEXT, HOST_ENGINE_VERSION);
            return SERVER_OPTIONS_SHOWN;
        }
        if (set_flag(options, word))
            continue;
        const enum option option = find(word);
        if (option == OPTIONS)
            return wrong("there is no option", word);
        const char *const value = value_of(argc, argv, &i);
        if (value == NULL)
            return wrong("a value is missing after", word);
        if (!set(options, option, value)) {
            fprintf(stderr, "delavm-server: %s %s is not possible: %s\nTry delavm-server --help.\n", rows[option].name,
                    value, rows[option].takes);
            return SERVER_OPTIONS_WRONG;
        }
    }
    return SERVER_OPTIONS_RUN;
}
