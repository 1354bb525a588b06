/* host/call_storage.c - storage_get, storage_set, storage_delete, storage_expect. */
#include "host/call.h"

/* Keys of the store: 1 byte to the limit. */
static enum vm_trap_kind check_key(const struct vm_host_call *call, struct vm_bytes key) {
    if (key.size == 0)
        return VM_TRAP_HOST_ARGUMENT;
    return key.size > host_call_run(call)->config->limits.key_bytes ? VM_TRAP_HOST_LIMIT : VM_TRAP_NONE;
}

enum vm_trap_kind host_call_storage_get(struct vm_host_call *call) {
    const uint32_t key_size = host_call_u32(call, 1), to = host_call_u32(call, 2), room = host_call_u32(call, 3);
    HOST_TRY(host_call_charge(call, HOST_IMPORT_storage_get, key_size));
    struct vm_bytes key, value;
    HOST_TRY(host_call_view(call, host_call_u32(call, 0), key_size, &key));
    HOST_TRY(host_call_room(call, to, room));
    HOST_TRY(check_key(call, key));
    switch (host_storage_get(&host_call_run(call)->storage, key, &value)) {
    case HOST_LOOK_FOUND:
        /* The look is part of the footprint even if the copy can't be paid: the value decided that. */
        return host_call_copy(call, HOST_IMPORT_storage_get, value, to, room);
    case HOST_LOOK_ABSENT:
        host_call_return(call, HOST_ABSENT);
        return VM_TRAP_NONE;
    case HOST_LOOK_NEEDED:
        return VM_TRAP_HOST_NEED_KEYS;
    case HOST_LOOK_OVER_LIMIT:
        return VM_TRAP_HOST_LIMIT;
    case HOST_LOOK_FAILED:
        break;
    }
    return host_call_fail(call);
}

/* Writes and translates how it went. */
static enum vm_trap_kind put(const struct vm_host_call *call, struct vm_bytes key, const struct vm_bytes *value) {
    switch (host_storage_put(&host_call_run(call)->storage, key, value)) {
    case HOST_WRITE_DONE:
        return VM_TRAP_NONE;
    case HOST_WRITE_OVER_LIMIT:
        return VM_TRAP_HOST_LIMIT;
    case HOST_WRITE_FAILED:
        break;
    }
    return host_call_fail(call);
}

enum vm_trap_kind host_call_storage_set(struct vm_host_call *call) {
    const uint32_t key_size = host_call_u32(call, 1), value_size = host_call_u32(call, 3);
    HOST_TRY(host_call_charge(call, HOST_IMPORT_storage_set, (uint64_t)key_size + value_size));
    struct vm_bytes key, value;
    HOST_TRY(host_call_view(call, host_call_u32(call, 0), key_size, &key));
    HOST_TRY(host_call_view(call, host_call_u32(call, 2), value_size, &value));
    HOST_TRY(check_key(call, key));
    if (value.size > host_call_run(call)->config->limits.value_bytes)
        return VM_TRAP_HOST_LIMIT;
    return put(call, key, &value);
}

enum vm_trap_kind host_call_storage_delete(struct vm_host_call *call) {
    const uint32_t key_size = host_call_u32(call, 1);
    HOST_TRY(host_call_charge(call, HOST_IMPORT_storage_delete, key_size));
    struct vm_bytes key;
    HOST_TRY(host_call_view(call, host_call_u32(call, 0), key_size, &key));
    HOST_TRY(check_key(call, key));
    return put(call, key, NULL);
}

enum vm_trap_kind host_call_storage_expect(struct vm_host_call *call) {
    const uint32_t key_size = host_call_u32(call, 1);
    HOST_TRY(host_call_charge(call, HOST_IMPORT_storage_expect, key_size));
    struct vm_bytes key;
    HOST_TRY(host_call_view(call, host_call_u32(call, 0), key_size, &key));
    HOST_TRY(check_key(call, key));
    return host_storage_expect(&host_call_run(call)->storage, key) ? VM_TRAP_NONE : host_call_fail(call);
}
