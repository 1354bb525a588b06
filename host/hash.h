/* host/hash.h - BLAKE2b-256 fed piece by piece, with the encodings of host/receipt.h.  Internal to host. */
#ifndef DELAVM_HOST_HASH_H
#define DELAVM_HOST_HASH_H

#include <sodium.h>

#include "host/config.h"

/* Small pieces are gathered: what hashing costs is above all the number of pieces that the library is given. */
struct host_hasher {
    crypto_generichash_state state;
    size_t gathered;
    uint8_t pieces[512];
};

void host_hasher_begin(struct host_hasher *hasher);

/* The bytes as they are. */
void host_hasher_raw(struct host_hasher *hasher, const void *data, size_t size);

/* Little-endian numbers. */
void host_hasher_u8(struct host_hasher *hasher, uint8_t value);
void host_hasher_u32(struct host_hasher *hasher, uint32_t value);
void host_hasher_u64(struct host_hasher *hasher, uint64_t value);

/* A u64 length and the bytes, so that neighbouring fields can't run into each other. */
void host_hasher_bytes(struct host_hasher *hasher, struct vm_bytes bytes);

struct host_hash host_hasher_end(struct host_hasher *hasher);

#endif
