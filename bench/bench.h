/* bench/bench.h - what the benchmarks share.  Each checks its answer before it is timed. */
#ifndef DELAVM_BENCH_BENCH_H
#define DELAVM_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm/bytes.h"

enum { BENCH_NAME_ROOM = 64 };
#define BENCH_CASES "bench/cases"

/* How to run, from the command line.
 * seconds   about how long each timed part may take
 * program   the path of delavm-bench itself
 * programs  the directory of delavm-server and of the built contracts
 * cases     the directory of the kernels and their MANIFEST.tsv
 * out       where files with the results go
 * rounds    how often each engine has its turn on each kernel
 * peers     directories of programs with the command line of bench/peer.h
 * engines, kernels   those to be measured; none: all */
struct bench_options {
    bool quick;
    bool json;
    double seconds;
    const char *program;
    const char *programs;
    const char *cases;
    const char *out;
    unsigned rounds;
    const char *peers[BENCH_NAME_ROOM];
    size_t peers_count;
    const char *engines[BENCH_NAME_ROOM];
    size_t engine_count;
    const char *kernels[BENCH_NAME_ROOM];
    size_t kernel_count;
};

/* One measured number.  bar: what it has to beat, with `bar_words`; 0 where there is no bar.
 * higher_is_better says in which direction. */
void bench_result(const char *group, const char *name, double value, const char *unit);
void bench_result_with_bar(const char *group, const char *name, double value, const char *unit, double bar,
                           bool higher_is_better);

/* Something did not work or gave a wrong answer: counted, said on stderr, and the program will end with status 1. */
__attribute__((format(printf, 1, 2))) void bench_fail(const char *format, ...);

/* The same where it is others that failed: said, but no failure of ours. */
__attribute__((format(printf, 1, 2))) void bench_warn(const char *format, ...);

/* What is being done, in one line of a terminal that the next one replaces; NULL takes it away. */
__attribute__((format(printf, 1, 2))) void bench_progress(const char *format, ...);

/* Seconds on a clock that only goes forward. */
double bench_now(void);

/* The whole of a file, to be given to free(); data NULL: it can't be read (nothing is said). */
struct vm_bytes bench_read_file(const char *directory, const char *name);

/* Makes a directory and those above it; false, and bench_fail() was told, if that can't be. */
bool bench_make_directory(const char *path);

/* The parts. */
void bench_kernels(const struct bench_options *options);
void bench_loader(const struct bench_options *options);
void bench_calls(const struct bench_options *options);
void bench_instances(const struct bench_options *options);
void bench_server(const struct bench_options *options);
void bench_floats(const struct bench_options *options);
void bench_warm(const struct bench_options *options);

#endif
