/* host/wasi_clock.c - time that stands still but for waiting, and waiting. */
#include "host/wasi_call.h"

/* Spec: preview1, clockid.  All others but the time of day count from the same place. */
enum { CLOCK_TIME_OF_DAY = 0, CLOCKS = 4 };

/* Where the other clocks begin: not at zero, which runtimes take for a clock that is broken. */
static const uint64_t clock_start = 1000000000;

static uint64_t add_time(uint64_t a, uint64_t b) {
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

/* What the clock shows, in nanoseconds. */
static uint64_t now(const struct host_run *run, uint32_t clock) {
    return add_time(clock == CLOCK_TIME_OF_DAY ? run->request->time : clock_start, run->wasi.waited);
}

/* Gives a number to the address in parameter `index`. */
static enum vm_trap_kind give_u64(const struct vm_host_call *call, uint32_t index, uint64_t value) {
    uint8_t *to;
    HOST_TRY(host_wasi_area(call, host_call_u32(call, index), 8, 1, &to));
    vm_store_u64(to, value);
    return host_wasi_return(call, HOST_ERRNO_SUCCESS);
}

enum vm_trap_kind host_wasi_clock_res_get(struct vm_host_call *call) {
    if (host_call_u32(call, 0) >= CLOCKS)
        return host_wasi_return(call, HOST_ERRNO_INVAL);
    return give_u64(call, 1, 1);
}

enum vm_trap_kind host_wasi_clock_time_get(struct vm_host_call *call) {
    const uint32_t clock = host_call_u32(call, 0);
    if (clock >= CLOCKS)
        return host_wasi_return(call, HOST_ERRNO_INVAL);
    return give_u64(call, 2, now(host_call_run(call), clock));
}

/* ---- Waiting ----------------------------------------------------------------------------------------------------- */

/* struct subscription: u64 user data at 0, u8 kind at 8; of a clock u32 clock at 16, u64 timeout at 24, u16 flags at 40;
 * of a descriptor u32 fd at 16.
 * struct event: u64 user data at 0, u16 errno at 8, u8 kind at 10; of a descriptor u64 bytes at 16, u16 flags at 24. */
enum { SUBSCRIPTION_BYTES = 48, EVENT_BYTES = 32 };
enum { KIND_CLOCK = 0, KIND_READ = 1, KIND_WRITE = 2 };
enum { FLAG_ABSOLUTE = 1, EVENT_HANGUP = 1 };

/* What became of a subscription.  left: nanoseconds until a clock is there; 0: it is time. */
struct event {
    enum host_errno code;
    uint64_t left;
    uint64_t bytes;
    uint16_t flags;
};

static struct event look_at_clock(const struct host_run *run, const uint8_t *subscription) {
    const uint32_t clock = vm_load_u32(subscription + 16);
    const uint64_t timeout = vm_load_u64(subscription + 24);
    if (clock >= CLOCKS)
        return (struct event){.code = HOST_ERRNO_INVAL};
    if ((vm_load_u16(subscription + 40) & FLAG_ABSOLUTE) == 0)
        return (struct event){.left = timeout};
    const uint64_t time = now(run, clock);
    return (struct event){.left = timeout > time ? timeout - time : 0};
}

static struct event look_at_stream(const struct host_run *run, const uint8_t *subscription) {
    const uint32_t stream = vm_load_u32(subscription + 16);
    if (stream >= HOST_WASI_STREAMS || run->wasi.closed[stream] || (stream == 0) != (subscription[8] == KIND_READ))
        return (struct event){.code = HOST_ERRNO_BADF};
    if (stream == 0) {
        const uint64_t left = run->request->input.size - run->wasi.input_at;
        return (struct event){.bytes = left, .flags = left == 0 ? EVENT_HANGUP : 0};
    }
    return (struct event){.bytes = run->config->limits.result_bytes - run->wasi.output.count};
}

static struct event look_at(const struct host_run *run, const uint8_t *subscription) {
    if (subscription[8] == KIND_CLOCK)
        return look_at_clock(run, subscription);
    if (subscription[8] == KIND_READ || subscription[8] == KIND_WRITE)
        return look_at_stream(run, subscription);
    return (struct event){.code = HOST_ERRNO_INVAL};
}

static void write_event(uint8_t *to, const uint8_t *subscription, const struct event *event) {
    memset(to, 0, EVENT_BYTES);
    memcpy(to, subscription, 8);
    vm_store_u16(to + 8, (uint16_t)event->code);
    to[10] = subscription[8];
    vm_store_u64(to + 16, event->bytes);
    vm_store_u16(to + 24, event->flags);
}

/* Nanoseconds until the first of them is there. */
static uint64_t earliest(const struct host_run *run, const uint8_t *subscriptions, uint32_t count) {
    uint64_t left = UINT64_MAX;
    for (uint32_t i = 0; i < count; i++) {
        const struct event event = look_at(run, subscriptions + SUBSCRIPTION_BYTES * (size_t)i);
        left = event.left < left ? event.left : left;
    }
    return left;
}

enum vm_trap_kind host_wasi_poll_oneoff(struct vm_host_call *call) {
    struct host_run *const run = host_call_run(call);
    const uint32_t count = host_call_u32(call, 2);
    if (count == 0)
        return host_wasi_return(call, HOST_ERRNO_INVAL);
    HOST_TRY(host_call_charge(call, HOST_IMPORT_poll_oneoff, (SUBSCRIPTION_BYTES + EVENT_BYTES) * (uint64_t)count));
    const uint8_t *list;
    uint8_t *to, *to_count;
    HOST_TRY(host_wasi_view(call, host_call_u32(call, 0), count, SUBSCRIPTION_BYTES, &list));
    HOST_TRY(host_wasi_area(call, host_call_u32(call, 1), count, EVENT_BYTES, &to));
    HOST_TRY(host_wasi_area(call, host_call_u32(call, 3), 1, 4, &to_count));
    /* A copy, as events may go over subscriptions. */
    const size_t size = SUBSCRIPTION_BYTES * (size_t)count;
    if (!host_buffer_reserve(&run->scratch, &run->allocator, size))
        return host_call_fail(call);
    memcpy(run->scratch.data, list, size);
    const uint8_t *const subscriptions = run->scratch.data;

    const uint64_t left = earliest(run, subscriptions, count);
    uint32_t events = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *const subscription = subscriptions + SUBSCRIPTION_BYTES * (size_t)i;
        const struct event event = look_at(run, subscription);
        if (event.left <= left)
            write_event(to + EVENT_BYTES * (size_t)events++, subscription, &event);
    }
    run->wasi.waited = add_time(run->wasi.waited, left);
    vm_store_u32(to_count, events);
    return host_wasi_return(call, HOST_ERRNO_SUCCESS);
}
