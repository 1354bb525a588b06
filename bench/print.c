/* bench/print.c - the tables of a comparison. */
#include <stdio.h>

#include "bench/comparison.h"

/* What the fast engine is for: at most so much of the time of these. */
static const struct {
    const char *peer;
    double most;
} goals[] = {{"wasm3", 0.42}, {"wasmi-fuel", 0.5}};

static void print_engines(const struct comparison *comparison) {
    char machine[512];
    bench_machine_words(machine, sizeof machine);
    printf("\nmachine\n  %s\nengines\n", machine);
    for (size_t i = 0; i < comparison->engines.count; i++) {
        const struct engine *const engine = &comparison->engines.list[i];
        printf("  %-12s %s%s, %s%s; %s\n", engine->name, engine->ours ? "delavm " : "", engine->version,
               engine->fuel ? "fuel" : "no fuel", engine->compiler ? ", compiles to machine code" : "", engine->build);
    }
}

static void print_ratios(const struct comparison *comparison) {
    const struct engine *const engines = comparison->engines.list;
    printf("\nCPU time, %s = 1.00; ±: by how much the median is above the least, which counts\n  %-12s %10s",
           engines[comparison->base].name, "kernel", engines[comparison->base].name);
    for (size_t i = 0; i < comparison->engines.count; i++)
        if (comparison_has(comparison, i))
            printf(" %13s", engines[i].name);
    printf("\n");
    for (size_t i = 0; i < comparison->kernel_count; i++) {
        printf("  %-12s %7.1f ms", comparison->kernels[i].name, timing_best(&comparison->times[i][comparison->base]));
        for (size_t j = 0; j < comparison->engines.count; j++) {
            const double ratio = comparison_ratio(comparison, i, j, comparison->base);
            if (!comparison_has(comparison, j))
                continue;
            if (ratio > 0)
                printf("  %6.2f ±%2.0f%%", ratio, timing_spread(&comparison->times[i][j]));
            else
                printf(" %13s", "-");
        }
        printf("\n");
    }
    printf("  %-23s", "geometric mean");
    for (size_t j = 0; j < comparison->engines.count; j++) {
        size_t count;
        const double mean = comparison_mean(comparison, j, comparison->base, &count);
        if (comparison_has(comparison, j))
            printf("  %6.2f%s", mean, count == comparison->kernel_count ? "     " : " part");
    }
    printf("\n");
}

/* Engines that come with fuel and without, and ours in their forms. */
static void print_costs(const struct comparison *comparison) {
    static const struct {
        const char *of, *as, *words;
    } pairs[] = {
        {"wasmi-fuel", "wasmi", "with fuel"},
        {"lazy", "fast", "functions translated when they are first called"},
        {"fold-off", "fast", "one cell for each instruction"},
        {"plain", "fast", "the plain engine"},
    };
    bool any = false;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const struct engines *const engines = &comparison->engines;
        size_t of = 0, as = 0, count;
        while (of < engines->count && strcmp(engines->list[of].name, pairs[i].of) != 0)
            of++;
        while (as < engines->count && strcmp(engines->list[as].name, pairs[i].as) != 0)
            as++;
        if (of == engines->count || as == engines->count)
            continue;
        const double mean = comparison_mean(comparison, of, as, &count);
        if (mean > 0)
            printf("%s  %-11s takes %.2f of the time of %s (%s)\n", any ? "" : "\nwhat it costs\n", pairs[i].of, mean,
                   pairs[i].as, pairs[i].words);
        any = any || mean > 0;
    }
}

static void print_losses(const struct comparison *comparison) {
    const struct engine *const engines = comparison->engines.list;
    const size_t ours = comparison->ours;
    size_t lost = 0, compared = 0;
    for (size_t i = 0; i < comparison->kernel_count; i++) {
        const size_t best = comparison_best_peer(comparison, i);
        const double ratio = best == comparison->engines.count ? 0 : comparison_ratio(comparison, i, ours, best);
        compared += ratio > 0;
        if (ratio <= 1)
            continue;
        const struct kernel *const kernel = &comparison->kernels[i];
        printf("  WE LOSE on %s: %.2f times the time of %s%s%s\n", kernel->name, ratio, engines[best].name,
               kernel->note[0] == '\0' ? "" : ": ", kernel->note);
        lost++;
    }
    printf("  no kernel slower than with the best interpreter: %s (%zu of %zu are)\n", lost == 0 ? "reached" : "MISSED",
           lost, compared);
}

static void print_goals(const struct comparison *comparison) {
    bool any = false;
    if (comparison->ours == comparison->engines.count)
        return;
    for (size_t i = 0; i < sizeof goals / sizeof *goals; i++)
        for (size_t j = 0; j < comparison->engines.count; j++) {
            size_t count;
            const double mean = comparison_mean(comparison, comparison->ours, j, &count);
            if (strcmp(comparison->engines.list[j].name, goals[i].peer) != 0 || mean <= 0)
                continue;
            printf("%s  at most %.2f of the time of %s: %s with %.3f (geometric mean of %zu kernels)\n",
                   any ? "" : "\ngoals of the fast engine\n", goals[i].most, goals[i].peer,
                   mean <= goals[i].most ? "reached" : "MISSED", mean, count);
            any = true;
        }
    if (any)
        print_losses(comparison);
}

void comparison_print(const struct comparison *comparison) {
    print_engines(comparison);
    print_ratios(comparison);
    print_costs(comparison);
    print_goals(comparison);
}
