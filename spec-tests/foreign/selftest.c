/* spec-tests/foreign/selftest.c - `delavm selftest` as a program that needs no libsodium.  Spec: RFC 7693 */
#include "host/selftest.h"

#include <stdio.h>
#include <string.h>

#include "spec-tests/foreign/sodium.h"
#include "vm/bytes.h"

static const uint64_t start[8] = {UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b),
                                  UINT64_C(0x3c6ef372fe94f82b), UINT64_C(0xa54ff53a5f1d36f1),
                                  UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f),
                                  UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179)};

static const uint8_t order[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

static uint64_t rotate(uint64_t value, unsigned bits) {
    return value >> bits | value << (64 - bits);
}

static void mix(uint64_t v[16], unsigned a, unsigned b, unsigned c, unsigned d, uint64_t x, uint64_t y) {
    v[a] += v[b] + x;
    v[d] = rotate(v[d] ^ v[a], 32);
    v[c] += v[d];
    v[b] = rotate(v[b] ^ v[c], 24);
    v[a] += v[b] + y;
    v[d] = rotate(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = rotate(v[b] ^ v[c], 63);
}

static void compress(crypto_generichash_state *state, bool last) {
    uint64_t v[16], words[16];
    memcpy(v, state->chain, sizeof state->chain);
    memcpy(v + 8, start, sizeof start);
    v[12] ^= state->total;
    v[14] ^= last ? UINT64_MAX : 0;
    for (size_t i = 0; i < 16; i++)
        words[i] = vm_load_u64(state->block + 8 * i);
    for (unsigned round = 0; round < 12; round++) {
        const uint8_t *const s = order[round % 10];
        for (unsigned i = 0; i < 4; i++)
            mix(v, i, i + 4, i + 8, i + 12, words[s[2 * i]], words[s[2 * i + 1]]);
        for (unsigned i = 0; i < 4; i++)
            mix(v, i, (i + 1) % 4 + 4, (i + 2) % 4 + 8, (i + 3) % 4 + 12, words[s[2 * i + 8]], words[s[2 * i + 9]]);
    }
    for (unsigned i = 0; i < 8; i++)
        state->chain[i] ^= v[i] ^ v[i + 8];
}

int crypto_generichash_init(crypto_generichash_state *state, const unsigned char *key, size_t key_size, size_t size) {
    (void)key;
    (void)key_size;
    *state = (crypto_generichash_state){.size = size};
    memcpy(state->chain, start, sizeof start);
    state->chain[0] ^= UINT64_C(0x01010000) ^ size;
    return 0;
}

int crypto_generichash_update(crypto_generichash_state *state, const unsigned char *data, unsigned long long size) {
    for (unsigned long long i = 0; i < size; i++) {
        if (state->filled == sizeof state->block) {
            state->total += sizeof state->block;
            compress(state, false);
            state->filled = 0;
        }
        state->block[state->filled++] = data[i];
    }
    return 0;
}

int crypto_generichash_final(crypto_generichash_state *state, unsigned char *out, size_t size) {
    state->total += state->filled;
    memset(state->block + state->filled, 0, sizeof state->block - state->filled);
    compress(state, true);
    for (size_t i = 0; i < size; i++)
        out[i] = (unsigned char)(state->chain[i / 8] >> (8 * (i % 8)));
    return 0;
}

int main(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct host_selftest result;
    char hash[HOST_HASH_TEXT_SIZE];
    if (host_selftest_run(&allocator, &result) != VM_OK) {
        fprintf(stderr, "out of memory: nothing was decided\n");
        return 4;
    }
    host_hash_text(&result.hash, hash);
    printf("conformance %s\n%lu vectors, %s\n", hash, (unsigned long)result.vectors,
           result.good ? "as on every other machine" : "NOT as they should be");
    return result.good ? 0 : 1;
}
