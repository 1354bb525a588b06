/* bench/load.h - sends one request over and over on some keep-alive connections, and measures. */
#ifndef DELAVM_BENCH_LOAD_H
#define DELAVM_BENCH_LOAD_H

#include <stdbool.h>
#include <stdint.h>

struct load {
    uint16_t port;          /* on 127.0.0.1 */
    unsigned connections;   /* each has one request under way at a time */
    const char *request;    /* a whole HTTP request */
    const char *expected;   /* must stand in every answer's body */
    double seconds;         /* stop after this, */
    unsigned long requests; /* or after so many; 0: no such end */
};

struct load_result {
    unsigned long requests;
    double seconds;
    double p50, p90, p99, worst; /* microseconds */
};

/* False: something went wrong, bench_fail() was told. */
bool load_run(const struct load *load, struct load_result *result);

/* A blocking connection to 127.0.0.1:port, or -1. */
int load_connect(uint16_t port);

#endif
