/* spec-tests/foreign/sodium.h - the part of libsodium that host/hash.c uses, for machines it is not built for.
 *
 * Only the conformance hash on foreign machines (spec-tests/arch.sh) is built with it: BLAKE2b without a key, RFC 7693.
 * Its results must be those of libsodium, which the expected hash in host/selftest.c proves. */
#ifndef DELAVM_SPEC_TESTS_FOREIGN_SODIUM_H
#define DELAVM_SPEC_TESTS_FOREIGN_SODIUM_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t chain[8];
    uint64_t total;
    uint8_t block[128];
    size_t filled;
    size_t size; /* of the hash */
} crypto_generichash_state;

int crypto_generichash_init(crypto_generichash_state *state, const unsigned char *key, size_t key_size, size_t size);
int crypto_generichash_update(crypto_generichash_state *state, const unsigned char *data, unsigned long long size);
int crypto_generichash_final(crypto_generichash_state *state, unsigned char *out, size_t size);

#endif
