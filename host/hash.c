/* host/hash.c - BLAKE2b-256 and its text form. */
#include "host/hash.h"

void host_hasher_begin(struct host_hasher *hasher) {
    crypto_generichash_init(&hasher->state, NULL, 0, HOST_HASH_BYTES);
    hasher->gathered = 0;
}

/* Gives the library what was gathered. */
static void pass_on(struct host_hasher *hasher) {
    if (hasher->gathered != 0)
        crypto_generichash_update(&hasher->state, hasher->pieces, hasher->gathered);
    hasher->gathered = 0;
}

void host_hasher_raw(struct host_hasher *hasher, const void *data, size_t size) {
    if (size > sizeof hasher->pieces - hasher->gathered)
        pass_on(hasher);
    if (size > sizeof hasher->pieces) {
        crypto_generichash_update(&hasher->state, data, size);
    } else if (size != 0) {
        memcpy(hasher->pieces + hasher->gathered, data, size);
        hasher->gathered += size;
    }
}

void host_hasher_u8(struct host_hasher *hasher, uint8_t value) {
    host_hasher_raw(hasher, &value, 1);
}

void host_hasher_u32(struct host_hasher *hasher, uint32_t value) {
    uint8_t bytes[4];
    vm_store_u32(bytes, value);
    host_hasher_raw(hasher, bytes, sizeof bytes);
}

void host_hasher_u64(struct host_hasher *hasher, uint64_t value) {
    uint8_t bytes[8];
    vm_store_u64(bytes, value);
    host_hasher_raw(hasher, bytes, sizeof bytes);
}

void host_hasher_bytes(struct host_hasher *hasher, struct vm_bytes bytes) {
    host_hasher_u64(hasher, bytes.size);
    host_hasher_raw(hasher, bytes.data, bytes.size);
}

struct host_hash host_hasher_end(struct host_hasher *hasher) {
    struct host_hash hash;
    pass_on(hasher);
    crypto_generichash_final(&hasher->state, hash.bytes, sizeof hash.bytes);
    return hash;
}

struct host_hash host_hash_of(struct vm_bytes bytes) {
    struct host_hasher hasher;
    host_hasher_begin(&hasher);
    host_hasher_raw(&hasher, bytes.data, bytes.size);
    return host_hasher_end(&hasher);
}

bool host_hash_equal(const struct host_hash *a, const struct host_hash *b) {
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void host_hash_text(const struct host_hash *hash, char text[HOST_HASH_TEXT_SIZE]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < HOST_HASH_BYTES; i++) {
        text[2 * i] = digits[hash->bytes[i] >> 4];
        text[2 * i + 1] = digits[hash->bytes[i] & 15];
    }
    text[HOST_HASH_TEXT_SIZE - 1] = '\0';
}

/* The value of a hex digit, or 16. */
static uint8_t hex_digit(uint8_t c) {
    if (c >= '0' && c <= '9')
        return (uint8_t)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (uint8_t)(c - 'a' + 10);
    if (c >= 'A' && c <= 'F')
        return (uint8_t)(c - 'A' + 10);
    return 16;
}

bool host_hash_read(struct vm_bytes text, struct host_hash *hash) {
    if (text.size != HOST_HASH_TEXT_SIZE - 1)
        return false;
    struct host_hash read;
    for (size_t i = 0; i < HOST_HASH_BYTES; i++) {
        const uint8_t high = hex_digit(text.data[2 * i]), low = hex_digit(text.data[2 * i + 1]);
        if (high > 15 || low > 15)
            return false;
        read.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *hash = read;
    return true;
}
