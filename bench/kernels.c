/* bench/kernels.c - the speed of engines, ours and others, on the kernels of a directory.
 *
 * First every engine must give the right checksum on every kernel, in a short run; ours must agree on fuel besides.
 * Then kernel by kernel all engines take turns, several rounds, each run a process of its own that measures the CPU time of the
 * call alone; the least of each counts. */
#include <inttypes.h>
#include <stdio.h>

#include "bench/comparison.h"

/* An engine gets no more rounds on a kernel when it has had so much CPU time on it: the slow ones need none. */
#define PATIENCE_NS 6000000000u

/* Nothing that this engine did counts from now on. */
static void disqualify(struct comparison *comparison, size_t engine) {
    comparison->engines.list[engine].disqualified = true;
    for (size_t i = 0; i < comparison->kernel_count; i++)
        comparison->times[i][engine].count = 0;
}

/* Runs a kernel once or more; false: it failed, which was said, or gave a wrong answer, which disqualifies. */
static bool run(struct comparison *comparison, const struct bench_options *options, size_t kernel_index,
                size_t engine_index, bool quick, unsigned times, struct timing *timing) {
    const struct kernel *const kernel = &comparison->kernels[kernel_index];
    const struct engine *const engine = &comparison->engines.list[engine_index];
    const uint32_t argument = quick ? kernel->quick_rounds : kernel->rounds;
    const uint64_t wanted = quick ? kernel->quick_checksum : kernel->checksum;
    char path[1024], argument_text[16], times_text[16];
    snprintf(path, sizeof path, "%s/%s.wasm", options->cases, kernel->name);
    snprintf(argument_text, sizeof argument_text, "%" PRIu32, argument);
    snprintf(times_text, sizeof times_text, "%u", times);
    struct answer answers[ANSWER_ROOM];
    size_t count;
    const enum ask_status status =
        engine_ask(engine, (const char *const[]){"run", path, "run", argument_text, times_text, NULL}, answers, &count);
    if (status == ASK_NOT_OFFERED)
        return false;
    if (status != ASK_OK) {
        (engine->ours ? bench_fail : bench_warn)("%s could not run %s", engine->name, kernel->name);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (answers[i].value != wanted) {
            (engine->ours ? bench_fail : bench_warn)("%s IS DISQUALIFIED: %s: run(%" PRIu32 ") gave %" PRIu64
                                                     ", should be %" PRIu64,
                                                     engine->name, kernel->name, argument, answers[i].value, wanted);
            disqualify(comparison, engine_index);
            return false;
        }
        timing_add(timing, answers[i].nanoseconds);
    }
    return true;
}

/* Ours must use the same fuel, to the unit. */
static void check_fuel(struct comparison *comparison, const struct bench_options *options, size_t kernel_index) {
    const struct kernel *const kernel = &comparison->kernels[kernel_index];
    char path[1024], argument[16];
    snprintf(path, sizeof path, "%s/%s.wasm", options->cases, kernel->name);
    snprintf(argument, sizeof argument, "%" PRIu32, kernel->quick_rounds);
    const struct engine *first = NULL;
    uint64_t wanted = 0;
    for (size_t i = 0; i < comparison->engines.count; i++) {
        const struct engine *const engine = &comparison->engines.list[i];
        struct answer answers[ANSWER_ROOM];
        size_t count;
        if (!engine->ours || engine->disqualified ||
            engine_ask(engine, (const char *const[]){"fuel", path, "run", argument, NULL}, answers, &count) != ASK_OK)
            continue;
        if (first == NULL) {
            first = engine;
            wanted = answers[0].nanoseconds;
        } else if (answers[0].nanoseconds != wanted) {
            bench_fail("%s IS DISQUALIFIED: %s: it used %" PRIu64 " fuel, %s %" PRIu64, engine->name, kernel->name,
                       answers[0].nanoseconds, first->name, wanted);
            disqualify(comparison, i);
        }
    }
}

static void check_all(struct comparison *comparison, const struct bench_options *options,
                      bool able[KERNEL_ROOM][ENGINE_ROOM]) {
    for (size_t i = 0; i < comparison->kernel_count; i++) {
        for (size_t j = 0; j < comparison->engines.count; j++) {
            struct timing ignored = {.count = 0};
            bench_progress("checking %s, %s", comparison->kernels[i].name, comparison->engines.list[j].name);
            able[i][j] = !comparison->engines.list[j].disqualified && run(comparison, options, i, j, true, 1, &ignored);
        }
        check_fuel(comparison, options, i);
    }
}

static void measure_all(struct comparison *comparison, const struct bench_options *options,
                        bool able[KERNEL_ROOM][ENGINE_ROOM]) {
    const unsigned times = options->quick ? 4 : 1;
    for (size_t i = 0; i < comparison->kernel_count; i++) {
        uint64_t spent[ENGINE_ROOM] = {0};
        for (unsigned round = 0; round < options->rounds; round++)
            for (size_t j = 0; j < comparison->engines.count; j++) {
                struct timing *const timing = &comparison->times[i][j];
                if (!able[i][j] || comparison->engines.list[j].disqualified || spent[j] > PATIENCE_NS)
                    continue;
                bench_progress("%s, %s, round %u", comparison->kernels[i].name, comparison->engines.list[j].name,
                               round + 1);
                able[i][j] = run(comparison, options, i, j, options->quick, times, timing);
                spent[j] += timing->count > 0 ? times * timing->nanoseconds[0] : 0;
            }
    }
    bench_progress(NULL);
}

void bench_kernels(const struct bench_options *options) {
    static struct comparison comparison; /* large */
    static bool able[KERNEL_ROOM][ENGINE_ROOM];
    comparison.quick = options->quick;
    if (!comparison_read_kernels(&comparison, options) || !comparison_find_engines(&comparison, options))
        return;
    check_all(&comparison, options, able);
    measure_all(&comparison, options, able);
    if (options->json)
        for (size_t i = 0; i < comparison.kernel_count; i++)
            for (size_t j = 0; j < comparison.engines.count; j++) {
                char name[80];
                snprintf(name, sizeof name, "%s, %s", comparison.kernels[i].name, comparison.engines.list[j].name);
                bench_result("kernels", name, timing_best(&comparison.times[i][j]), "ms");
            }
    else
        comparison_print(&comparison);
    comparison_write(&comparison, options->out);
    if (!options->json)
        printf("\nwritten: %s/kernels.csv, kernels.json, kernels.svg\n", options->out);
}
