/* bench/bench.c - build/delavm-bench: measures requests, calls, engines and the loader; `delavm-bench --help` says how.
 *
 * Every part checks the answer before it times anything; a wrong answer is a failure, not a number. */
#include "bench/bench.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/self.h"

static struct {
    bool json;
    unsigned results;
    unsigned failures;
    char group[64];
} state;

double bench_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

__attribute__((format(printf, 1, 0))) static void say(const char *format, va_list arguments) {
    bench_progress(NULL);
    fputs("delavm-bench: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

void bench_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    state.failures++;
}

void bench_warn(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

void bench_progress(const char *format, ...) {
    if (!isatty(STDERR_FILENO))
        return;
    fputs("\r\033[K", stderr);
    va_list arguments;
    va_start(arguments, format);
    if (format != NULL)
        vfprintf(stderr, format, arguments);
    va_end(arguments);
}

void bench_result_with_bar(const char *group, const char *name, double value, const char *unit, double bar,
                           bool higher_is_better) {
    if (state.json) {
        printf("%s{\"group\":\"%s\",\"name\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"",
               state.results++ == 0 ? "[" : ",\n ", group, name, value, unit);
        if (bar > 0)
            printf(",\"bar\":%.6g,\"ratio\":%.4g", bar, value / bar);
        printf("}");
        return;
    }
    if (strcmp(state.group, group) != 0) {
        printf("%s%s\n", state.results == 0 ? "" : "\n", group);
        snprintf(state.group, sizeof state.group, "%s", group);
    }
    state.results++;
    printf("  %-40s %12.*f %-16s", name, value < 100 ? 2 : 0, value, unit);
    if (bar > 0) {
        const bool good = higher_is_better ? value >= bar : value <= bar;
        printf(" bar %s %.6g: %s (%.2f of it)", higher_is_better ? ">=" : "<=", bar, good ? "passed" : "MISSED",
               value / bar);
    }
    printf("\n");
    fflush(stdout);
}

void bench_result(const char *group, const char *name, double value, const char *unit) {
    bench_result_with_bar(group, name, value, unit, 0, true);
}

struct vm_bytes bench_read_file(const char *directory, const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *const stream = fopen(path, "rb");
    if (stream == NULL)
        return vm_bytes(NULL, 0);
    const size_t room = (size_t)16 << 20;
    uint8_t *const data = malloc(room);
    const size_t size = data == NULL ? 0 : fread(data, 1, room, stream);
    fclose(stream);
    return vm_bytes(data, size);
}

bool bench_make_directory(const char *path) {
    char text[1100];
    if (snprintf(text, sizeof text, "%s", path) >= (int)sizeof text) {
        bench_fail("%s is too long", path);
        return false;
    }
    for (char *at = text + 1;; at++) {
        const char end = *at;
        if (end != '/' && end != '\0')
            continue;
        *at = '\0';
        if (mkdir(text, 0777) != 0 && errno != EEXIST) {
            bench_fail("%s can't be made: %s", text, strerror(errno));
            return false;
        }
        *at = end;
        if (end == '\0')
            return true;
    }
}

static const struct {
    const char *name;
    void (*run)(const struct bench_options *options);
} parts[] = {
    {"server", bench_server}, {"calls", bench_calls},   {"instances", bench_instances}, {"kernels", bench_kernels},
    {"loader", bench_loader}, {"floats", bench_floats}, {"warm", bench_warm},
};

enum { PART_COUNT = sizeof parts / sizeof *parts, PART_KERNELS = 3 };

static int usage(void) {
    fputs("usage: delavm-bench [OPTION...] [PART...] [KERNEL...]\n"
          "parts: server, calls, instances, kernels, loader, floats, warm (all of them; only kernels if kernels are "
          "named)\n"
          "  --quick          seconds instead of minutes, rough; without peers unless they are named\n"
          "  --json           results as JSON on stdout\n"
          "  --engine NAME    only this engine (again for more): fast, lazy, fold-off, plain, or a peer's name\n"
          "  --kernels DIR    the kernels of another directory with a MANIFEST.tsv (bench/cases)\n"
          "  --peers DIR      the peers in this directory (again for more), instead of BUILD/peers and $PEERS_DIR\n"
          "  --rounds N       turns of each engine on each kernel (3)\n"
          "  --out DIR        where kernels.csv, .json, .svg and loading.csv go (BUILD/bench; BUILD/bench/part\n"
          "                   for quick runs and for those of named engines or kernels)\n"
          "delavm-bench peer fast|lazy|fold-off|plain ...  one of ours as bench/peer.h wants it\n",
          stderr);
    return 2;
}

enum { BENCH_MOST_ROUNDS = 1000 };

/* The option at words[i], which may take a value; how many words it was, 0 if there is none of that name. */
static int read_option(struct bench_options *options, int count, char **words, int i) {
    const struct {
        const char *name;
        const char **one;
        const char **list;
        size_t *list_count;
    } with_value[] = {
        {"--kernels", &options->cases, NULL, NULL},
        {"--out", &options->out, NULL, NULL},
        {"--peers", NULL, options->peers, &options->peers_count},
        {"--engine", NULL, options->engines, &options->engine_count},
    };
    if (strcmp(words[i], "--quick") == 0 || strcmp(words[i], "--json") == 0) {
        *(words[i][2] == 'q' ? &options->quick : &options->json) = true;
        return 1;
    }
    if (i + 1 == count)
        return 0;
    if (strcmp(words[i], "--rounds") == 0) {
        char *end;
        const long rounds = strtol(words[i + 1], &end, 10);
        options->rounds = (unsigned)rounds;
        return *end == 0 && rounds > 0 && rounds <= BENCH_MOST_ROUNDS ? 2 : 0;
    }
    for (size_t j = 0; j < sizeof with_value / sizeof *with_value; j++)
        if (strcmp(words[i], with_value[j].name) == 0) {
            if (with_value[j].one != NULL)
                *with_value[j].one = words[i + 1];
            else if (*with_value[j].list_count < BENCH_NAME_ROOM)
                with_value[j].list[(*with_value[j].list_count)++] = words[i + 1];
            return 2;
        }
    return 0;
}

/* What was not said on the command line. */
static void fill_in(struct bench_options *options, char *peers, char *out, size_t room) {
    snprintf(peers, room, "%s/peers", options->programs);
    /* Only what is whole shall take the place of what took minutes. */
    const bool whole = !options->quick && options->engine_count == 0 && options->kernel_count == 0 &&
                       strcmp(options->cases, BENCH_CASES) == 0;
    snprintf(out, room, "%s/bench%s", options->programs, whole ? "" : "/part");
    if (options->peers_count == 0 && (!options->quick || options->engine_count > 0)) {
        options->peers[options->peers_count++] = peers;
        if (getenv("PEERS_DIR") != NULL)
            options->peers[options->peers_count++] = getenv("PEERS_DIR");
    }
    if (options->out == NULL)
        options->out = out;
    if (options->rounds == 0)
        options->rounds = 3;
    options->seconds = options->quick ? 0.3 : 3;
}

int main(int count, char **words) {
    if (count > 1 && strcmp(words[1], "peer") == 0)
        return self_main(count - 2, words + 2);
    struct bench_options options = {.cases = BENCH_CASES, .program = words[0]};
    bool chosen[PART_COUNT] = {false}, any = false;
    char programs[1024], peers[1024 + 16], out[1024 + 16];
    const char *const slash = strrchr(words[0], '/');
    snprintf(programs, sizeof programs, "%.*s", slash == NULL ? 1 : (int)(slash - words[0]),
             slash == NULL ? "." : words[0]);
    options.programs = programs;
    for (int i = 1; i < count;) {
        bool part = false;
        for (size_t j = 0; j < PART_COUNT; j++)
            if (strcmp(words[i], parts[j].name) == 0)
                part = any = chosen[j] = true;
        if (!part && words[i][0] != '-' && options.kernel_count < BENCH_NAME_ROOM) {
            options.kernels[options.kernel_count++] = words[i];
            part = any = chosen[PART_KERNELS] = true;
        }
        const int taken = part ? 1 : read_option(&options, count, words, i);
        if (taken == 0)
            return usage();
        i += taken;
    }
    fill_in(&options, peers, out, sizeof peers);
    state.json = options.json;
    for (size_t i = 0; i < PART_COUNT; i++)
        if (chosen[i] || !any)
            parts[i].run(&options);
    if (options.json)
        printf("%s]\n", state.results == 0 ? "[" : "");
    return state.failures != 0;
}
