/* host/call.h - what the host functions have in common: arguments, charging, bounds.  Internal to host.
 *
 * Every call goes in one order: the base price (charged by the machine), the price of its bytes, the bounds of all its
 * pointers, limits, work.  A call whose amount of work is only known after a look (the size of a stored value) charges
 * for the key first and for the copied bytes after the look; each charge is rounded up for itself. */
#ifndef DELAVM_HOST_CALL_H
#define DELAVM_HOST_CALL_H

#include "host/run.h"

#define IMPORT(name, params, results, base, amount, per, function, documentation)                                      \
    enum vm_trap_kind host_call_##function(struct vm_host_call *call);
#include "host/imports.def"
#define WASI(name, params, results, base, amount, per, function, documentation)                                        \
    enum vm_trap_kind host_wasi_##function(struct vm_host_call *call);
#include "host/wasi.def"

/* Ends a host function at once when a step traps. */
#define HOST_TRY(step)                                                                                                 \
    do {                                                                                                               \
        const enum vm_trap_kind host_try_trap = (step);                                                                \
        if (host_try_trap != VM_TRAP_NONE)                                                                             \
            return host_try_trap;                                                                                      \
    } while (0)

static inline struct host_run *host_call_run(const struct vm_host_call *call) {
    return call->context;
}

/* Parameter number `index`, an i32. */
static inline uint32_t host_call_u32(const struct vm_host_call *call, uint32_t index) {
    return (uint32_t)call->slots[index];
}

/* The result -1. */
#define HOST_ABSENT UINT32_MAX

static inline void host_call_return(const struct vm_host_call *call, uint32_t result) {
    call->slots[0] = result;
}

/* Writes bytes as base64: 4 characters for each started 3 bytes. */
void host_base64_encode(struct vm_bytes from, uint8_t *to);

/* Charges for `bytes` bytes by the import's price. */
enum vm_trap_kind host_call_charge(struct vm_host_call *call, enum host_import import, uint64_t bytes);

/* Guest memory for reading; and for writing, all of which is marked as written.  An empty one may have a null pointer. */
enum vm_trap_kind host_call_view(const struct vm_host_call *call, uint32_t pointer, uint32_t size,
                                 struct vm_bytes *view);
enum vm_trap_kind host_call_area(const struct vm_host_call *call, uint32_t pointer, uint32_t size, uint8_t **area);

/* Judges guest memory of which a part will be asked for with host_call_area() when it is known how much is written:
 * contracts offer all the room they have. */
enum vm_trap_kind host_call_room(const struct vm_host_call *call, uint32_t pointer, uint32_t room);

/* Notes that memory is short; the trap it returns stops the run and is never seen. */
enum vm_trap_kind host_call_fail(const struct vm_host_call *call);

/* The end of most "(to, room) -> length" functions: charges for the bytes that are copied, copies, answers.  The
 * room must have been judged. */
enum vm_trap_kind host_call_copy(struct vm_host_call *call, enum host_import import, struct vm_bytes value, uint32_t to,
                                 uint32_t room);

#endif
