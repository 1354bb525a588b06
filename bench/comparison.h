/* bench/comparison.h - kernels × engines: what was measured, and what follows from it. */
#ifndef DELAVM_BENCH_COMPARISON_H
#define DELAVM_BENCH_COMPARISON_H

#include <stdio.h>

#include "bench/bench.h"
#include "bench/engines.h"

enum { KERNEL_ROOM = 64, SAMPLE_ROOM = 64 };

/* A row of MANIFEST.tsv: a module with run: [i32] -> [i64] and no imports. */
struct kernel {
    char name[32];
    uint32_t rounds; /* its argument, and what it must return for it */
    uint64_t checksum;
    uint32_t quick_rounds; /* the same for a short run */
    uint64_t quick_checksum;
    uint32_t million_instructions; /* at `rounds`, counted without blocks, ends and the like */
    char note[256];                /* from NOTES.tsv: why somebody is faster than we are; empty: none */
};

/* CPU time in nanoseconds of the same run, several times; sorted. */
struct timing {
    uint64_t nanoseconds[SAMPLE_ROOM];
    size_t count;
};

struct comparison {
    struct engines engines;
    struct kernel kernels[KERNEL_ROOM];
    size_t kernel_count;
    struct timing times[KERNEL_ROOM][ENGINE_ROOM];
    bool quick;
    size_t base; /* the engine whose time is 1.00: wasm3 if it is there */
    size_t ours; /* "fast", or engines.count if it was not chosen */
};

/* Reads MANIFEST.tsv and NOTES.tsv, and keeps the chosen kernels.  False, and bench_fail() was told: there is none, or
 * one was chosen that is not in it. */
bool comparison_read_kernels(struct comparison *comparison, const struct bench_options *options);

/* Finds the engines: ours, then those of the peers' directories; keeps the chosen ones. */
bool comparison_find_engines(struct comparison *comparison, const struct bench_options *options);

void timing_add(struct timing *timing, uint64_t nanoseconds);
/* Milliseconds: the least, which is what other work on the machine disturbs least; 0 if there is none. */
double timing_best(const struct timing *timing);
/* By how much the median is above the least, in percent. */
double timing_spread(const struct timing *timing);

/* The time of `engine` as a multiple of that of `base` on one kernel; 0 if one of them has none. */
double comparison_ratio(const struct comparison *comparison, size_t kernel, size_t engine, size_t base);

/* The geometric mean of these over all kernels that both ran; *count: how many; 0 if none. */
double comparison_mean(const struct comparison *comparison, size_t engine, size_t base, size_t *count);

/* The fastest interpreter on a kernel that is not ours; engines.count if there is none. */
size_t comparison_best_peer(const struct comparison *comparison, size_t kernel);

/* Whether anything was measured for an engine. */
bool comparison_has(const struct comparison *comparison, size_t engine);

/* The tables on stdout. */
void comparison_print(const struct comparison *comparison);

/* kernels.csv, kernels.json and kernels.svg in a directory, which is made. */
void comparison_write(const struct comparison *comparison, const char *directory);

/* The picture alone. */
void comparison_draw(const struct comparison *comparison, FILE *stream);

/* The processor and the operating system in one line. */
void bench_machine_words(char *out, size_t room);

#endif
