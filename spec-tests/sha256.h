/* spec-tests/sha256.h - SHA-256 (FIPS 180-4), so that the runner needs no library beside vm and loader and can be built
 * for any machine by a bare cross compiler. */
#ifndef DELAVM_SPEC_TESTS_SHA256_H
#define DELAVM_SPEC_TESTS_SHA256_H

#include "vm/bytes.h"

#define SPEC_HASH_BYTES 32
#define SPEC_HASH_TEXT (2 * SPEC_HASH_BYTES + 1)

struct spec_sha256 {
    uint32_t state[8];
    uint64_t size;     /* bytes taken so far */
    uint8_t block[64]; /* the latest size % 64 of them */
};

void spec_sha256_init(struct spec_sha256 *hash);
void spec_sha256_update(struct spec_sha256 *hash, const void *data, size_t size);
void spec_sha256_final(struct spec_sha256 *hash, uint8_t out[SPEC_HASH_BYTES]);

/* Adds a number as eight little-endian bytes. */
void spec_sha256_number(struct spec_sha256 *hash, uint64_t value);

/* Lower-case hexadecimal, with a NUL. */
void spec_hash_text(const uint8_t hash[SPEC_HASH_BYTES], char out[SPEC_HASH_TEXT]);

#endif
