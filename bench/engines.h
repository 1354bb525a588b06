/* bench/engines.h - the engines that are compared: ours, and programs with the command line of bench/peer.h. */
#ifndef DELAVM_BENCH_ENGINES_H
#define DELAVM_BENCH_ENGINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENGINE_ROOM = 24, ANSWER_ROOM = 64 };

/* One engine.  ours: one of self_engines, run by `program` itself.  compiler: it makes machine code, so it is a ceiling
 * and not somebody to be compared with. */
struct engine {
    char name[32];
    char version[64];
    char build[128];
    char program[1024];
    bool ours;
    bool fuel;
    bool compiler;
    bool disqualified; /* gave a wrong answer */
};

struct engines {
    struct engine list[ENGINE_ROOM];
    size_t count;
};

/* A line of an answer. */
struct answer {
    uint64_t value;
    uint64_t nanoseconds;
};

enum ask_status { ASK_OK, ASK_NOT_OFFERED, ASK_FAILED };

/* Adds ours; program: the path of delavm-bench. */
void engines_add_ours(struct engines *engines, const char *program);

/* Adds every executable in a directory that answers `info`, by name.  A directory that is not there has none. */
void engines_add_directory(struct engines *engines, const char *directory);

/* Asks an engine to do what `words` say (ended by NULL).  answers: room for ANSWER_ROOM; *count: how many there were.
 * What the engine says on stderr is passed on. */
enum ask_status engine_ask(const struct engine *engine, const char *const *words, struct answer *answers,
                           size_t *count);

/* The engine of that name that was not disqualified, or NULL. */
struct engine *engines_find(struct engines *engines, const char *name);

#endif
