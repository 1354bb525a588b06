/* host/receipt.c - hashes a finished run; host/receipt.h is the layout. */
#include "host/receipt.h"

#include "host/hash.h"

static void put_arguments(struct host_hasher *hasher, const struct host_argument *arguments, uint32_t count) {
    host_hasher_u32(hasher, count);
    for (uint32_t i = 0; i < count; i++) {
        host_hasher_bytes(hasher, arguments[i].key);
        host_hasher_bytes(hasher, arguments[i].value);
    }
}

static void put_entries(struct host_hasher *hasher, const struct host_entry *entries, uint32_t count) {
    host_hasher_u32(hasher, count);
    for (uint32_t i = 0; i < count; i++) {
        host_hasher_bytes(hasher, entries[i].key);
        host_hasher_u8(hasher, entries[i].present);
        host_hasher_bytes(hasher, entries[i].value);
    }
}

static void put_request(struct host_hasher *hasher, const struct host_request *request, uint64_t fuel_limit) {
    host_hasher_u8(hasher, request->mode == HOST_SIMULATE);
    host_hasher_bytes(hasher, host_request_entry(request));
    host_hasher_u64(hasher, fuel_limit);
    host_hasher_bytes(hasher, request->input);
    put_arguments(hasher, request->arguments, request->argument_count);
    host_hasher_bytes(hasher, request->caller);
    host_hasher_bytes(hasher, request->transaction_id);
    host_hasher_u64(hasher, request->nonce);
    host_hasher_u64(hasher, request->time);
    host_hasher_u32(hasher, request->previous_count);
    for (uint32_t i = 0; i < request->previous_count; i++) {
        host_hasher_bytes(hasher, request->previous[i].id);
        put_arguments(hasher, request->previous[i].arguments, request->previous[i].argument_count);
    }
}

static void put_outcome(struct host_hasher *hasher, const struct host_outcome *outcome) {
    const bool trapped = outcome->trap.kind != VM_TRAP_NONE;
    host_hasher_u8(hasher, (uint8_t)outcome->status);
    host_hasher_u64(hasher, outcome->fuel_used);
    host_hasher_u32(hasher, (uint32_t)outcome->trap.kind);
    host_hasher_u32(hasher, trapped ? outcome->trap.function : 0);
    host_hasher_u32(hasher, trapped ? outcome->trap.offset : 0);
    host_hasher_bytes(hasher, outcome->result);
    host_hasher_bytes(hasher, outcome->message);
    put_entries(hasher, outcome->reads, outcome->read_count);
    put_entries(hasher, outcome->writes, outcome->write_count);
    host_hasher_u32(hasher, outcome->needed_count);
    for (uint32_t i = 0; i < outcome->needed_count; i++)
        host_hasher_bytes(hasher, outcome->needed[i]);
    host_hasher_u32(hasher, outcome->event_count);
    for (uint32_t i = 0; i < outcome->event_count; i++) {
        host_hasher_bytes(hasher, outcome->events[i].name);
        host_hasher_bytes(hasher, outcome->events[i].data);
    }
}

struct host_hash host_receipt(const struct host_config *config, const struct host_request *request,
                              const struct host_outcome *outcome) {
    static const char layout[] = "delavm receipt 2";
    struct host_hasher hasher;
    host_hasher_begin(&hasher);
    host_hasher_raw(&hasher, layout, sizeof layout - 1);
    host_hasher_u32(&hasher, HOST_ENGINE_VERSION);
    host_hasher_raw(&hasher, request->contract->program.bytes, HOST_HASH_BYTES);
    host_hasher_raw(&hasher, config->schedule.hash.bytes, HOST_HASH_BYTES);
    host_hasher_raw(&hasher, config->limits_hash.bytes, HOST_HASH_BYTES);
    put_request(&hasher, request, outcome->fuel_limit);
    put_outcome(&hasher, outcome);
    return host_hasher_end(&hasher);
}
