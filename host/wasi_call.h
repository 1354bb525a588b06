/* host/wasi_call.h - what the functions of host/wasi.def have in common.  Internal to host. */
#ifndef DELAVM_HOST_WASI_CALL_H
#define DELAVM_HOST_WASI_CALL_H

#include "host/call.h"

/* Answers with an errno. */
static inline enum vm_trap_kind host_wasi_return(const struct vm_host_call *call, enum host_errno code) {
    host_call_return(call, (uint32_t)code);
    return VM_TRAP_NONE;
}

/* The descriptor in parameter `index`; true if it is one of the three and was not closed. */
bool host_wasi_open(const struct vm_host_call *call, uint32_t index, uint32_t *stream);

/* `count` pieces of `width` bytes in guest memory, summed in 64 bits, for reading and for writing; count is below 2^33,
 * width at most 48.  Empty ones may have a null pointer. */
static inline enum vm_trap_kind host_wasi_view(const struct vm_host_call *call, uint32_t pointer, uint64_t count,
                                               uint32_t width, const uint8_t **data) {
    struct vm_bytes view = {NULL, 0};
    const uint64_t size = count * width;
    HOST_TRY(size > UINT32_MAX ? VM_TRAP_HOST_OUT_OF_BOUNDS : host_call_view(call, pointer, (uint32_t)size, &view));
    *data = view.data;
    return VM_TRAP_NONE;
}

static inline enum vm_trap_kind host_wasi_area(const struct vm_host_call *call, uint32_t pointer, uint64_t count,
                                               uint32_t width, uint8_t **area) {
    *area = NULL;
    const uint64_t size = count * width;
    return size > UINT32_MAX ? VM_TRAP_HOST_OUT_OF_BOUNDS : host_call_area(call, pointer, (uint32_t)size, area);
}

#endif
