/* bench/loader.c - what it takes to load modules, to hold them, and to call something small in a fresh instance.
 *
 * The modules are those of the kernels with their functions many times over, about a megabyte each: what compilers
 * write, and large enough for loading to be all that is measured. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/comparison.h"
#include "bench/modules.h"

enum { LARGE_BYTES = 1 << 20, CALLS = 4000, HELD = 4 };

/* What is asked of every engine; for each module of its kind the least of all rounds counts. */
static const struct question {
    const char *word;
    const char *heading;
    unsigned times;
    enum { LARGE, TRIVIAL, PAGES } modules;
    enum { MEGABYTES_PER_SECOND, MICROSECONDS, BYTES_PER_BYTE } unit;
    double goal; /* of the fast engine; 0: none */
} questions[] = {
    {"validate", "validate MB/s", 1, LARGE, MEGABYTES_PER_SECOND, 200},
    {"load", "+ translate MB/s", 1, LARGE, MEGABYTES_PER_SECOND, 120},
    {"memory", "held, B per B", HELD, LARGE, BYTES_PER_BYTE, 0},
    {"call", "fresh call us", CALLS, TRIVIAL, MICROSECONDS, 0.4},
    {"call", "17 pages us", CALLS, PAGES, MICROSECONDS, 1},
};
enum { QUESTION_COUNT = sizeof questions / sizeof *questions, ARGUMENT = 41 };

struct loading {
    struct comparison comparison; /* kernels and engines */
    char directory[1024];
    uint64_t bytes[KERNEL_ROOM];                /* of the large modules */
    double values[ENGINE_ROOM][QUESTION_COUNT]; /* 0: none */
};

static bool write_module(struct loading *loading, const char *name, const struct loader_writer *module) {
    char path[1100];
    snprintf(path, sizeof path, "%s/%s.wasm", loading->directory, name);
    FILE *const stream = fopen(path, "wb");
    const bool good = stream != NULL && fwrite(module->data, 1, module->size, stream) == module->size;
    if ((stream != NULL && fclose(stream) != 0) || !good) {
        bench_fail("%s can't be written: %s", path, strerror(errno));
        return false;
    }
    return true;
}

static bool make_modules(struct loading *loading, const struct bench_options *options) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct loader_writer module;
    bool good = true;
    snprintf(loading->directory, sizeof loading->directory, "%s/modules", options->out);
    if (!bench_make_directory(loading->directory))
        return false;
    loader_writer_init(&module, &allocator);
    for (size_t i = 0; good && i < loading->comparison.kernel_count; i++) {
        char file[64];
        const char *const name = loading->comparison.kernels[i].name;
        snprintf(file, sizeof file, "%s.wasm", name);
        const struct vm_bytes bytes = bench_read_file(options->cases, file);
        loader_writer_reset(&module);
        good = modules_multiply(bytes, options->quick ? LARGE_BYTES / 4 : LARGE_BYTES, &module);
        if (!good)
            bench_fail("%s/%s is no module with functions", options->cases, file);
        good = good && write_module(loading, name, &module);
        loading->bytes[i] = module.size;
        free((void *)(uintptr_t)bytes.data);
    }
    loader_writer_reset(&module);
    good = good && modules_trivial(&module) && write_module(loading, "+trivial", &module);
    loader_writer_reset(&module);
    good = good && modules_pages(&module) && write_module(loading, "+pages", &module);
    loader_writer_clear(&module);
    return good;
}

/* One question, one module, one engine, once. */
static enum ask_status ask(const struct loading *loading, size_t engine, const struct question *question,
                           const char *module, struct answer *answer) {
    char path[1100], times[16], argument[16];
    struct answer answers[ANSWER_ROOM];
    size_t count;
    snprintf(path, sizeof path, "%s/%s.wasm", loading->directory, module);
    snprintf(times, sizeof times, "%u", question->times);
    snprintf(argument, sizeof argument, "%u", (unsigned)ARGUMENT);
    const bool calls = question->modules != LARGE;
    const char *const words[] = {question->word, path, calls ? "run" : times, argument, times, NULL};
    const char *const short_words[] = {question->word, path, times, NULL};
    const enum ask_status status =
        engine_ask(&loading->comparison.engines.list[engine], calls ? words : short_words, answers, &count);
    if (status == ASK_OK)
        *answer = answers[0];
    return status;
}

static bool is_right(const struct loading *loading, size_t engine, const struct question *question,
                     const struct answer *answer) {
    const uint64_t wanted = question->modules == TRIVIAL ? ARGUMENT + 1 : modules_pages_result(ARGUMENT);
    if (question->modules == LARGE || answer->value == wanted)
        return true;
    bench_fail("%s: a fresh call gave %" PRIu64 ", should be %" PRIu64, loading->comparison.engines.list[engine].name,
               answer->value, wanted);
    return false;
}

/* The least of all rounds for one module; false: not offered, failed or wrong. */
static bool least(const struct loading *loading, size_t engine, const struct question *question, const char *module,
                  unsigned rounds, double *out) {
    *out = 0;
    for (unsigned round = 0; round < rounds; round++) {
        struct answer answer;
        const enum ask_status status = ask(loading, engine, question, module, &answer);
        if (status == ASK_FAILED)
            bench_warn("%s could not %s %s", loading->comparison.engines.list[engine].name, question->word, module);
        if (status != ASK_OK || !is_right(loading, engine, question, &answer))
            return false;
        const double value = (double)(question->unit == BYTES_PER_BYTE ? answer.value : answer.nanoseconds);
        if (round == 0 || value < *out)
            *out = value;
    }
    return true;
}

static double measure(const struct loading *loading, size_t engine, const struct question *question, unsigned rounds) {
    static const char *const others[] = {[TRIVIAL] = "+trivial", [PAGES] = "+pages"};
    double sum = 0, value;
    uint64_t bytes = 0;
    if (question->modules != LARGE)
        return least(loading, engine, question, others[question->modules], rounds, &value)
                   ? value / question->times / 1000
                   : 0;
    for (size_t i = 0; i < loading->comparison.kernel_count; i++) {
        if (!least(loading, engine, question, loading->comparison.kernels[i].name, rounds, &value))
            return 0;
        sum += value;
        bytes += loading->bytes[i] * question->times;
    }
    if (sum <= 0)
        return 0;
    return question->unit == BYTES_PER_BYTE ? sum / (double)bytes : (double)bytes * 1000 / sum;
}

static bool has_any(const struct loading *loading, size_t engine) {
    for (size_t i = 0; i < QUESTION_COUNT; i++)
        if (loading->values[engine][i] > 0)
            return true;
    return false;
}

static void print_goal(const struct loading *loading, size_t engine, size_t question) {
    const double value = loading->values[engine][question], goal = questions[question].goal;
    const bool more = questions[question].unit == MEGABYTES_PER_SECOND;
    if (goal > 0 && value > 0)
        printf("  goal of %s: %s at %s %g: %s with %.*f\n", loading->comparison.engines.list[engine].name,
               questions[question].heading, more ? "least" : "most", goal,
               (more ? value >= goal : value <= goal) ? "reached" : "MISSED", more ? 0 : 2, value);
}

/* Of the fast engine; and of what translates only when a function is called, for loading. */
static void print_goals(const struct loading *loading) {
    for (size_t engine = 0; engine < loading->comparison.engines.count; engine++) {
        const bool lazy = strcmp(loading->comparison.engines.list[engine].name, "lazy") == 0;
        for (size_t i = 0; i < QUESTION_COUNT; i++)
            if (engine == loading->comparison.ours || (lazy && strcmp(questions[i].word, "load") == 0))
                print_goal(loading, engine, i);
    }
}

static void print(const struct loading *loading) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < loading->comparison.kernel_count; i++)
        bytes += loading->bytes[i];
    printf("\nloading, and calls in fresh instances; %zu modules of %" PRIu64 " KB\n  %-12s",
           loading->comparison.kernel_count, bytes / 1000 / loading->comparison.kernel_count, "");
    for (size_t i = 0; i < QUESTION_COUNT; i++)
        printf(" %16s", questions[i].heading);
    printf("\n");
    for (size_t i = 0; i < loading->comparison.engines.count; i++) {
        if (!has_any(loading, i))
            continue;
        printf("  %-12s", loading->comparison.engines.list[i].name);
        for (size_t j = 0; j < QUESTION_COUNT; j++)
            if (loading->values[i][j] > 0)
                printf(" %16.*f", questions[j].unit == MEGABYTES_PER_SECOND ? 0 : 2, loading->values[i][j]);
            else
                printf(" %16s", "-");
        printf("\n");
    }
    print_goals(loading);
}

static void write_csv(const struct loading *loading, const char *directory) {
    char path[1024];
    snprintf(path, sizeof path, "%s/loading.csv", directory);
    FILE *const stream = fopen(path, "w");
    if (stream == NULL) {
        bench_fail("%s can't be written: %s", path, strerror(errno));
        return;
    }
    fputs("engine,validate_mb_per_s,load_mb_per_s,memory_bytes_per_byte,trivial_call_us,pages_call_us\n", stream);
    for (size_t i = 0; i < loading->comparison.engines.count; i++) {
        fprintf(stream, "%s", loading->comparison.engines.list[i].name);
        for (size_t j = 0; j < QUESTION_COUNT; j++)
            fprintf(stream, loading->values[i][j] > 0 ? ",%.4g" : ",", loading->values[i][j]);
        fputc('\n', stream);
    }
    fclose(stream);
}

void bench_loader(const struct bench_options *options) {
    static struct loading loading; /* large */
    struct comparison *const comparison = &loading.comparison;
    if (!comparison_read_kernels(comparison, options) || !comparison_find_engines(comparison, options) ||
        !make_modules(&loading, options))
        return;
    for (size_t j = 0; j < QUESTION_COUNT; j++)
        for (size_t i = 0; i < comparison->engines.count; i++) {
            bench_progress("loading: %s, %s", comparison->engines.list[i].name, questions[j].heading);
            loading.values[i][j] = measure(&loading, i, &questions[j], options->quick ? 1 : options->rounds);
            if (options->json && loading.values[i][j] > 0) {
                char name[80];
                snprintf(name, sizeof name, "%s, %s", comparison->engines.list[i].name, questions[j].heading);
                bench_result("loading", name, loading.values[i][j], "");
            }
        }
    bench_progress(NULL);
    if (!options->json)
        print(&loading);
    write_csv(&loading, options->out);
}
