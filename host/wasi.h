/* host/wasi.h - the world that host/wasi.def shows to a program: its state during one run.  Internal to host.
 *
 * Everything follows from the request and from the calls before:
 *
 *   stdin     request.input, read on from call to call
 *   stdout    collected; when the run has ended well, host/answer.h makes status and result of it
 *   stderr    cut into lines, each a log line as dela.log gives; the last one needs no newline
 *   clocks    time of day: request.time, nanoseconds since 1970, plus what was waited; the monotonic clock and those of
 *             process and thread: one second plus what was waited.  Waiting takes no time but moves all four
 *   random    ChaCha20 (djb's: 64-bit counter and nonce) keystream, nonce 0, under the key
 *             BLAKE2b-256("delavm random 1", u64 length of the transaction id, the transaction id); each call begins
 *             with the next whole block of 64 bytes
 *   args      "contract", then "key=value" for each argument, in key order
 *   environ   in this order: DELA_CALLER, DELA_NONCE, DELA_TIME, DELA_TRANSACTION */
#ifndef DELAVM_HOST_WASI_H
#define DELAVM_HOST_WASI_H

#include "host/effects.h"

/* The errnos that are given.  Spec: preview1, errno */
enum host_errno {
    HOST_ERRNO_SUCCESS = 0,
    HOST_ERRNO_BADF = 8,
    HOST_ERRNO_INVAL = 28,
    HOST_ERRNO_NOSYS = 52,
    HOST_ERRNO_NOTDIR = 54,
    HOST_ERRNO_NOTSOCK = 57,
    HOST_ERRNO_SPIPE = 70,
    HOST_ERRNO_NOTCAPABLE = 76,
};

/* Descriptors 0, 1, 2. */
#define HOST_WASI_STREAMS 3
#define HOST_WASI_RANDOM_KEY_BYTES 32

/* output and line hold bytes.  exit_status: what proc_exit was given. */
struct host_wasi {
    size_t input_at;
    struct host_buffer output;
    struct host_buffer line;
    bool closed[HOST_WASI_STREAMS];
    uint16_t flags[HOST_WASI_STREAMS];
    uint64_t waited; /* nanoseconds */
    bool random_ready;
    uint8_t random_key[HOST_WASI_RANDOM_KEY_BYTES];
    uint64_t random_block;
    uint32_t exit_status;
};

void host_wasi_init(struct host_wasi *wasi);
void host_wasi_begin(struct host_wasi *wasi);
void host_wasi_free(struct host_wasi *wasi, const struct vm_allocator *allocator);

/* Gives the last line of stderr to the logs, if it has no newline.  False when memory is short. */
bool host_wasi_finish(struct host_wasi *wasi, struct host_effects *effects);

#endif
