/* host/call.c - charging, bounds and copying for all host functions. */
#include "host/call.h"

enum vm_trap_kind host_call_charge(struct vm_host_call *call, enum host_import import, uint64_t bytes) {
    const uint64_t price = vm_price_of(host_call_run(call)->config->schedule.imports[import].price, bytes);
    return vm_host_charge(call, price) ? VM_TRAP_NONE : VM_TRAP_OUT_OF_FUEL;
}

enum vm_trap_kind host_call_view(const struct vm_host_call *call, uint32_t pointer, uint32_t size,
                                 struct vm_bytes *view) {
    static const struct vm_memory none;
    const struct vm_memory *const memory = call->memory == NULL ? &none : call->memory;
    if (!vm_memory_holds(memory, pointer, size))
        return VM_TRAP_HOST_OUT_OF_BOUNDS;
    *view = vm_bytes(size == 0 ? NULL : memory->data + pointer, size);
    return VM_TRAP_NONE;
}

enum vm_trap_kind host_call_area(const struct vm_host_call *call, uint32_t pointer, uint32_t size, uint8_t **area) {
    struct vm_bytes view;
    HOST_TRY(host_call_view(call, pointer, size, &view));
    *area = NULL;
    if (size != 0) {
        vm_memory_mark(call->memory, pointer, size);
        *area = call->memory->data + pointer;
    }
    return VM_TRAP_NONE;
}

enum vm_trap_kind host_call_fail(const struct vm_host_call *call) {
    host_call_run(call)->failed = true;
    return VM_TRAP_HOST_LIMIT;
}

enum vm_trap_kind host_call_room(const struct vm_host_call *call, uint32_t pointer, uint32_t room) {
    struct vm_bytes judged;
    return host_call_view(call, pointer, room, &judged);
}

enum vm_trap_kind host_call_copy(struct vm_host_call *call, enum host_import import, struct vm_bytes value, uint32_t to,
                                 uint32_t room) {
    const uint32_t copied = value.size < room ? (uint32_t)value.size : room;
    uint8_t *area = NULL;
    HOST_TRY(host_call_charge(call, import, copied));
    HOST_TRY(host_call_area(call, to, copied, &area));
    if (copied != 0)
        memcpy(area, value.data, copied);
    host_call_return(call, (uint32_t)value.size);
    return VM_TRAP_NONE;
}
