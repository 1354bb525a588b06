/* bench/peer.h - what every engine under measurement can be told on its command line, for those written in C.
 *
 *   PROGRAM info                                  name=, version=, fuel=yes|no, kind=interpreter|compiler, build=
 *   PROGRAM run MODULE FUNCTION ARGUMENT TIMES    TIMES fresh instances, one call each: a line "RESULT NANOSECONDS" each
 *   PROGRAM call MODULE FUNCTION ARGUMENT TIMES   the same, but one line for all, instantiation and clean-up included
 *   PROGRAM validate MODULE TIMES                 "0 NANOSECONDS" for TIMES times decoding and validation, nothing more
 *   PROGRAM load MODULE TIMES                     the same, all functions translated besides
 *   PROGRAM memory MODULE TIMES                   "BYTES 0": what TIMES loaded modules take, all held at once
 *
 * FUNCTION takes one i32 and returns one i64, printed as an unsigned decimal.  NANOSECONDS are CPU time of the process.
 * Status 0; 3: this engine does not offer it; 1: it failed, and stderr says how. */
#ifndef DELAVM_BENCH_PEER_H
#define DELAVM_BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One engine.  Each function says on stderr why it failed.
 * validate     NULL: not offered
 * load         decodes, validates, translates all functions; NULL: failed.  `bytes` outlive the module
 * instantiate  a fresh instance of which `function` can be called; NULL: failed
 * drop, unload for what the two before gave; never NULL */
struct peer {
    const char *name;
    const char *version;
    bool fuel;
    const char *kind;
    const char *build;
    bool (*validate)(const uint8_t *bytes, size_t size);
    void *(*load)(const uint8_t *bytes, size_t size);
    void *(*instantiate)(void *module, const char *function);
    bool (*call)(void *instance, uint32_t argument, uint64_t *result);
    void (*drop)(void *instance);
    void (*unload)(void *module);
};

enum { PEER_NOT_OFFERED = 3 };

/* Does what the words say, `words[0]` being the command; returns the status to exit with. */
int peer_main(const struct peer *peer, int count, char **words);

#endif
