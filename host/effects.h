/* host/effects.h - what a run says: result, message, logs and events, each under its limit.  Internal to host. */
#ifndef DELAVM_HOST_EFFECTS_H
#define DELAVM_HOST_EFFECTS_H

#include "host/buffer.h"
#include "host/host.h"

struct host_effects {
    const struct vm_limits *limits;
    const struct vm_allocator *allocator;
    struct vm_arena *arena;     /* for logs and events */
    struct host_buffer result;  /* bytes */
    bool has_result;            /* it was set */
    struct host_buffer message; /* bytes */
    struct host_buffer logs;    /* struct vm_bytes */
    struct host_buffer events;  /* struct host_event */
    uint64_t log_bytes;
    uint64_t event_bytes;
    uint32_t logs_dropped;
};

/* All pointers are kept; the arena is reset by the owner between runs. */
void host_effects_init(struct host_effects *effects, const struct vm_limits *limits,
                       const struct vm_allocator *allocator, struct vm_arena *arena);
void host_effects_begin(struct host_effects *effects);
void host_effects_free(struct host_effects *effects);

/* How it went.  If it is not DONE, nothing has changed. */
enum host_effect { HOST_EFFECT_DONE, HOST_EFFECT_OVER_LIMIT, HOST_EFFECT_FAILED };

/* Sets the result, in place of an earlier one. */
enum host_effect host_effects_result(struct host_effects *effects, struct vm_bytes result);

/* Sets the message; a too long one is cut, not inside a UTF-8 character if it is UTF-8. */
enum host_effect host_effects_message(struct host_effects *effects, struct vm_bytes message);

/* Adds a log line; what is over the limits is counted and dropped. */
enum host_effect host_effects_log(struct host_effects *effects, struct vm_bytes text);

/* Adds an event. */
enum host_effect host_effects_event(struct host_effects *effects, struct vm_bytes name, struct vm_bytes data);

#endif
