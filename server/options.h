/* server/options.h - the command line of delavm-server. */
#ifndef DELAVM_SERVER_OPTIONS_H
#define DELAVM_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "vm/config.h"
#include "vm/machine.h"

enum { SERVER_MOST_ADDRESSES = 8, SERVER_MOST_HOSTS = 32, SERVER_MOST_WORKERS = 256, SERVER_MOST_LIMITS = 32 };

/* What was asked for; texts point into argv. */
struct server_options {
    const char *listen[SERVER_MOST_ADDRESSES];
    uint32_t listen_count;
    const char *unix_paths[SERVER_MOST_ADDRESSES];
    uint32_t unix_count;
    const char *hosts[SERVER_MOST_HOSTS];
    uint32_t host_count;
    const char *limits[SERVER_MOST_LIMITS]; /* NAME=VALUE, judged by server_options_limits() */
    uint32_t limit_count;
    const char *store;
    const char *contracts;
    const char *schedule;
    enum vm_profile profile;
    uint32_t workers; /* 0: one for each processor */
    uint64_t fuel;    /* 0: limit fuel */
    enum vm_engine engine;
    bool fold;
    bool check;
    bool quiet;
    bool verbose;
    bool timing;
};

enum server_options_result { SERVER_OPTIONS_RUN, SERVER_OPTIONS_SHOWN, SERVER_OPTIONS_WRONG };

/* Reads argv.  SHOWN: --help or --version was printed.  WRONG: what and how was said on stderr. */
enum server_options_result server_options_read(int argc, char **argv, struct server_options *options);

/* Puts --limit values into `limits`.  false: what is wrong was said on stderr. */
bool server_options_limits(const struct server_options *options, struct vm_limits *limits);

#endif
