/* host/call_input.c - what a contract may ask about its transaction and the block. */
#include "host/call.h"

/* Looks an argument up in a list in key order; NULL if it is not there. */
static const struct host_argument *find_argument(const struct host_argument *arguments, uint32_t count,
                                                 struct vm_bytes key) {
    uint32_t low = 0, high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = vm_bytes_compare(arguments[middle].key, key);
        if (order == 0)
            return &arguments[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* A whole "(to, room) -> length" function whose value needs no looking up; the last two parameters are to and room. */
static enum vm_trap_kind give(struct vm_host_call *call, enum host_import import, struct vm_bytes value,
                              uint32_t to_index) {
    const uint32_t to = host_call_u32(call, to_index), room = host_call_u32(call, to_index + 1);
    const uint32_t copied = value.size < room ? (uint32_t)value.size : room;
    uint8_t *area = NULL;
    HOST_TRY(host_call_charge(call, import, copied));
    HOST_TRY(host_call_room(call, to, room));
    HOST_TRY(host_call_area(call, to, copied, &area));
    if (copied != 0)
        memcpy(area, value.data, copied);
    host_call_return(call, (uint32_t)value.size);
    return VM_TRAP_NONE;
}

/* The same for something that is not there: nothing to charge, the pointers are judged all the same. */
static enum vm_trap_kind give_absent(const struct vm_host_call *call, uint32_t to_index) {
    HOST_TRY(host_call_room(call, host_call_u32(call, to_index), host_call_u32(call, to_index + 1)));
    host_call_return(call, HOST_ABSENT);
    return VM_TRAP_NONE;
}

/* "(..., key, key_length, to, room)" in one of the argument lists; key is parameter `key_index`. */
static enum vm_trap_kind give_argument(struct vm_host_call *call, enum host_import import,
                                       const struct host_argument *arguments, uint32_t count, uint32_t key_index) {
    const uint32_t key_size = host_call_u32(call, key_index + 1);
    const uint32_t to = host_call_u32(call, key_index + 2), room = host_call_u32(call, key_index + 3);
    HOST_TRY(host_call_charge(call, import, key_size));
    struct vm_bytes key;
    HOST_TRY(host_call_view(call, host_call_u32(call, key_index), key_size, &key));
    HOST_TRY(host_call_room(call, to, room));
    const struct host_argument *const argument = find_argument(arguments, count, key);
    if (argument != NULL)
        return host_call_copy(call, import, argument->value, to, room);
    host_call_return(call, HOST_ABSENT);
    return VM_TRAP_NONE;
}

enum vm_trap_kind host_call_input(struct vm_host_call *call) {
    return give(call, HOST_IMPORT_input, host_call_run(call)->request->input, 0);
}

enum vm_trap_kind host_call_argument(struct vm_host_call *call) {
    const struct host_request *const request = host_call_run(call)->request;
    return give_argument(call, HOST_IMPORT_argument, request->arguments, request->argument_count, 0);
}

enum vm_trap_kind host_call_argument_count(struct vm_host_call *call) {
    host_call_return(call, host_call_run(call)->request->argument_count);
    return VM_TRAP_NONE;
}

enum vm_trap_kind host_call_argument_key(struct vm_host_call *call) {
    const struct host_request *const request = host_call_run(call)->request;
    const uint32_t index = host_call_u32(call, 0);
    if (index >= request->argument_count)
        return give_absent(call, 1);
    return give(call, HOST_IMPORT_argument_key, request->arguments[index].key, 1);
}

enum vm_trap_kind host_call_caller(struct vm_host_call *call) {
    return give(call, HOST_IMPORT_caller, host_call_run(call)->request->caller, 0);
}

enum vm_trap_kind host_call_transaction_id(struct vm_host_call *call) {
    return give(call, HOST_IMPORT_transaction_id, host_call_run(call)->request->transaction_id, 0);
}

enum vm_trap_kind host_call_nonce(struct vm_host_call *call) {
    call->slots[0] = host_call_run(call)->request->nonce;
    return VM_TRAP_NONE;
}

enum vm_trap_kind host_call_previous_count(struct vm_host_call *call) {
    host_call_return(call, host_call_run(call)->request->previous_count);
    return VM_TRAP_NONE;
}

enum vm_trap_kind host_call_previous_id(struct vm_host_call *call) {
    const struct host_request *const request = host_call_run(call)->request;
    const uint32_t index = host_call_u32(call, 0);
    if (index >= request->previous_count)
        return give_absent(call, 1);
    return give(call, HOST_IMPORT_previous_id, request->previous[index].id, 1);
}

enum vm_trap_kind host_call_previous_argument(struct vm_host_call *call) {
    const struct host_request *const request = host_call_run(call)->request;
    const uint32_t index = host_call_u32(call, 0);
    if (index >= request->previous_count)
        return give_argument(call, HOST_IMPORT_previous_argument, NULL, 0, 1);
    const struct host_previous *const previous = &request->previous[index];
    return give_argument(call, HOST_IMPORT_previous_argument, previous->arguments, previous->argument_count, 1);
}
