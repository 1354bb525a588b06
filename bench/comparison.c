/* bench/comparison.c - kernels, engines, and arithmetic on what was measured. */
#include "bench/comparison.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Calls `each` with every line of a file that is not empty and no remark; false if it can't be read. */
static bool each_line(const char *directory, const char *file, void (*each)(struct comparison *, const char *),
                      struct comparison *comparison) {
    const struct vm_bytes bytes = bench_read_file(directory, file);
    const char *line = (const char *)bytes.data, *const end = line + bytes.size;
    while (line < end) {
        const char *const stop = memchr(line, '\n', (size_t)(end - line));
        char text[512];
        snprintf(text, sizeof text, "%.*s", (int)((stop == NULL ? end : stop) - line), line);
        if (text[0] != '#' && text[0] != '\0')
            each(comparison, text);
        line = stop == NULL ? end : stop + 1;
    }
    free((void *)(uintptr_t)bytes.data);
    return bytes.data != NULL;
}

static void add_kernel(struct comparison *comparison, const char *line) {
    if (comparison->kernel_count == KERNEL_ROOM) {
        bench_fail("more than %d kernels: the rest is left out", KERNEL_ROOM);
        return;
    }
    struct kernel *const kernel = &comparison->kernels[comparison->kernel_count];
    *kernel = (struct kernel){.name = ""};
    if (sscanf(line, "%31s %" SCNu32 " %" SCNu64 " %" SCNu32 " %" SCNu64 " %" SCNu32, kernel->name, &kernel->rounds,
               &kernel->checksum, &kernel->quick_rounds, &kernel->quick_checksum, &kernel->million_instructions) >= 5)
        comparison->kernel_count++;
    else
        bench_fail("MANIFEST.tsv: \"%s\" is not name, n, result, quick n, quick result", line);
}

static void add_note(struct comparison *comparison, const char *line) {
    const size_t length = strcspn(line, "\t");
    for (size_t i = 0; i < comparison->kernel_count; i++) {
        struct kernel *const kernel = &comparison->kernels[i];
        if (strlen(kernel->name) == length && strncmp(kernel->name, line, length) == 0 && line[length] == '\t')
            snprintf(kernel->note, sizeof kernel->note, "%s", line + length + 1);
    }
}

static bool is_chosen(const char *name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return count == 0;
}

bool comparison_read_kernels(struct comparison *comparison, const struct bench_options *options) {
    if (!each_line(options->cases, "MANIFEST.tsv", add_kernel, comparison)) {
        bench_fail("%s/MANIFEST.tsv can't be read: run this from the top of the tree, or name a directory that has one"
                   " with --kernels",
                   options->cases);
        return false;
    }
    each_line(options->cases, "NOTES.tsv", add_note, comparison);
    for (size_t i = 0; i < options->kernel_count; i++) {
        bool known = false;
        for (size_t j = 0; j < comparison->kernel_count; j++)
            known = known || strcmp(options->kernels[i], comparison->kernels[j].name) == 0;
        if (!known) {
            bench_fail("there is no kernel or part \"%s\"; the kernels of %s are in its MANIFEST.tsv",
                       options->kernels[i], options->cases);
            return false;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < comparison->kernel_count; i++)
        if (is_chosen(comparison->kernels[i].name, options->kernels, options->kernel_count))
            comparison->kernels[kept++] = comparison->kernels[i];
    comparison->kernel_count = kept;
    return kept > 0;
}

static size_t position(const struct comparison *comparison, const char *name) {
    size_t i = 0;
    while (i < comparison->engines.count && strcmp(comparison->engines.list[i].name, name) != 0)
        i++;
    return i;
}

bool comparison_find_engines(struct comparison *comparison, const struct bench_options *options) {
    struct engines *const engines = &comparison->engines;
    engines_add_ours(engines, options->program);
    for (size_t i = 0; i < options->peers_count; i++)
        engines_add_directory(engines, options->peers[i]);
    for (size_t i = 0; i < options->engine_count; i++)
        if (engines_find(engines, options->engines[i]) == NULL) {
            bench_fail("there is no engine \"%s\"; there are:", options->engines[i]);
            for (size_t j = 0; j < engines->count; j++)
                fprintf(stderr, "  %s\n", engines->list[j].name);
            return false;
        }
    size_t kept = 0;
    for (size_t i = 0; i < engines->count; i++)
        if (is_chosen(engines->list[i].name, options->engines, options->engine_count))
            engines->list[kept++] = engines->list[i];
    engines->count = kept;
    comparison->ours = position(comparison, "fast");
    comparison->base = position(comparison, "wasm3");
    if (comparison->base == kept && (comparison->base = position(comparison, "plain")) == kept)
        comparison->base = 0;
    return kept > 0;
}

void timing_add(struct timing *timing, uint64_t nanoseconds) {
    if (timing->count == SAMPLE_ROOM)
        return;
    size_t at = timing->count++;
    for (; at > 0 && timing->nanoseconds[at - 1] > nanoseconds; at--)
        timing->nanoseconds[at] = timing->nanoseconds[at - 1];
    timing->nanoseconds[at] = nanoseconds;
}

double timing_best(const struct timing *timing) {
    return timing->count == 0 ? 0 : (double)timing->nanoseconds[0] / 1e6;
}

double timing_spread(const struct timing *timing) {
    return timing->count == 0 || timing->nanoseconds[0] == 0
               ? 0
               : 100 * ((double)timing->nanoseconds[timing->count / 2] / (double)timing->nanoseconds[0] - 1);
}

double comparison_ratio(const struct comparison *comparison, size_t kernel, size_t engine, size_t base) {
    const double of_base = timing_best(&comparison->times[kernel][base]);
    return of_base > 0 ? timing_best(&comparison->times[kernel][engine]) / of_base : 0;
}

double comparison_mean(const struct comparison *comparison, size_t engine, size_t base, size_t *count) {
    double sum = 0;
    *count = 0;
    for (size_t i = 0; i < comparison->kernel_count; i++) {
        const double ratio = comparison_ratio(comparison, i, engine, base);
        if (ratio > 0) {
            sum += log(ratio);
            ++*count;
        }
    }
    return *count == 0 ? 0 : exp(sum / (double)*count);
}

size_t comparison_best_peer(const struct comparison *comparison, size_t kernel) {
    size_t best = comparison->engines.count;
    for (size_t i = 0; i < comparison->engines.count; i++) {
        const struct engine *const engine = &comparison->engines.list[i];
        const double time = timing_best(&comparison->times[kernel][i]);
        if (!engine->ours && !engine->compiler && !engine->disqualified && time > 0 &&
            (best == comparison->engines.count || time < timing_best(&comparison->times[kernel][best])))
            best = i;
    }
    return best;
}

bool comparison_has(const struct comparison *comparison, size_t engine) {
    for (size_t i = 0; i < comparison->kernel_count; i++)
        if (comparison->times[i][engine].count > 0)
            return !comparison->engines.list[engine].disqualified;
    return false;
}
