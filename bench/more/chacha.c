/* ChaCha20's block function: 32-bit additions and rotations on 16 words that fit into locals. */
#include "bench/cases/kern.h"

#define QUARTER(a, b, c, d)                                                                                            \
    a += b, d = rotl32(d ^ a, 16), c += d, b = rotl32(b ^ c, 12), a += b, d = rotl32(d ^ a, 8), c += d,                \
            b = rotl32(b ^ c, 7)

static NOINLINE void block(uint32_t out[16], const uint32_t in[16]) {
    uint32_t x[16];
    for (int i = 0; i < 16; i++)
        x[i] = in[i];
    for (int round = 0; round < 10; round++) {
        QUARTER(x[0], x[4], x[8], x[12]);
        QUARTER(x[1], x[5], x[9], x[13]);
        QUARTER(x[2], x[6], x[10], x[14]);
        QUARTER(x[3], x[7], x[11], x[15]);
        QUARTER(x[0], x[5], x[10], x[15]);
        QUARTER(x[1], x[6], x[11], x[12]);
        QUARTER(x[2], x[7], x[8], x[13]);
        QUARTER(x[3], x[4], x[9], x[14]);
    }
    for (int i = 0; i < 16; i++)
        out[i] = x[i] + in[i];
}

EXPORT int64_t run(int32_t n) {
    uint32_t state[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, out[16];
    uint64_t sum = 0;
    for (uint32_t i = 0; i < (uint32_t)n * 64; i++) {
        state[12] = i;
        block(out, state);
        state[4 + i % 8] ^= out[i % 16];
        sum = mix64(sum, out[3]);
    }
    return (int64_t)sum;
}
