/* bench/bench.c - build/delavm-bench: measures requests, calls, the interpreter and the loader.
 *
 *   delavm-bench [--quick] [--json] [PART...]     parts: server, calls, kernels, loader
 *
 * Every part checks the answer before it times anything; a wrong answer is a failure, not a number. */
#include "bench/bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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

void bench_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("delavm-bench: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    state.failures++;
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

static const struct {
    const char *name;
    void (*run)(const struct bench_options *options);
} parts[] = {
    {"server", bench_server},
    {"calls", bench_calls},
    {"kernels", bench_kernels},
    {"loader", bench_loader},
};

enum { PART_COUNT = sizeof parts / sizeof *parts };

static int usage(void) {
    fputs("usage: delavm-bench [--quick] [--json] [PART...]\n"
          "parts: server, calls, kernels, loader (all of them)\n"
          "--quick takes seconds and shows that everything works; its numbers are rough.\n",
          stderr);
    return 2;
}

int main(int count, char **words) {
    struct bench_options options = {.seconds = 3, .cases = "bench/cases"};
    bool chosen[PART_COUNT] = {false}, any = false;
    char programs[1024];
    const char *const slash = strrchr(words[0], '/');
    snprintf(programs, sizeof programs, "%.*s", slash == NULL ? 1 : (int)(slash - words[0]),
             slash == NULL ? "." : words[0]);
    options.programs = programs;
    for (int i = 1; i < count; i++) {
        bool known = true;
        if (strcmp(words[i], "--quick") == 0)
            options.quick = true;
        else if (strcmp(words[i], "--json") == 0)
            options.json = true;
        else
            known = false;
        for (size_t j = 0; j < PART_COUNT && !known; j++)
            if (strcmp(words[i], parts[j].name) == 0)
                known = any = chosen[j] = true;
        if (!known)
            return usage();
    }
    options.seconds = options.quick ? 0.3 : 3;
    state.json = options.json;
    for (size_t i = 0; i < PART_COUNT; i++)
        if (chosen[i] || !any)
            parts[i].run(&options);
    if (options.json)
        printf("%s]\n", state.results == 0 ? "[" : "");
    return state.failures != 0;
}
