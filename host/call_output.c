/* host/call_output.c - result, reject, log, event. */
#include "host/call.h"

/* Translates how it went; `done` is what a success is. */
static enum vm_trap_kind settle(const struct vm_host_call *call, enum host_effect effect, enum vm_trap_kind done) {
    switch (effect) {
    case HOST_EFFECT_DONE:
        return done;
    case HOST_EFFECT_OVER_LIMIT:
        return VM_TRAP_HOST_LIMIT;
    case HOST_EFFECT_FAILED:
        break;
    }
    return host_call_fail(call);
}

/* "(from, length)", paid. */
static enum vm_trap_kind take(struct vm_host_call *call, enum host_import import, struct vm_bytes *bytes) {
    const uint32_t size = host_call_u32(call, 1);
    HOST_TRY(host_call_charge(call, import, size));
    return host_call_view(call, host_call_u32(call, 0), size, bytes);
}

enum vm_trap_kind host_call_result(struct vm_host_call *call) {
    struct vm_bytes result;
    HOST_TRY(take(call, HOST_IMPORT_result, &result));
    return settle(call, host_effects_result(&host_call_run(call)->effects, result), VM_TRAP_NONE);
}

enum vm_trap_kind host_call_reject(struct vm_host_call *call) {
    struct vm_bytes message;
    HOST_TRY(take(call, HOST_IMPORT_reject, &message));
    return settle(call, host_effects_message(&host_call_run(call)->effects, message), VM_TRAP_HOST_REJECTED);
}

enum vm_trap_kind host_call_log(struct vm_host_call *call) {
    struct vm_bytes text;
    HOST_TRY(take(call, HOST_IMPORT_log, &text));
    return settle(call, host_effects_log(&host_call_run(call)->effects, text), VM_TRAP_NONE);
}

enum vm_trap_kind host_call_event(struct vm_host_call *call) {
    const uint32_t name_size = host_call_u32(call, 1), data_size = host_call_u32(call, 3);
    HOST_TRY(host_call_charge(call, HOST_IMPORT_event, (uint64_t)name_size + data_size));
    struct vm_bytes name, data;
    HOST_TRY(host_call_view(call, host_call_u32(call, 0), name_size, &name));
    HOST_TRY(host_call_view(call, host_call_u32(call, 2), data_size, &data));
    return settle(call, host_effects_event(&host_call_run(call)->effects, name, data), VM_TRAP_NONE);
}
