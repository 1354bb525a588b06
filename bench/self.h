/* bench/self.h - our own engines, asked as the peers are. */
#ifndef DELAVM_BENCH_SELF_H
#define DELAVM_BENCH_SELF_H

/* "fast" first, which is the one that is compared with the peers; "lazy" translates each function when it is first called,
 * as the server does. */
enum { SELF_ENGINE_COUNT = 4 };
extern const char *const self_engines[SELF_ENGINE_COUNT];

/* delavm-bench peer ...: the words behind "peer"; returns the exit status. */
int self_main(int count, char **words);

#endif
