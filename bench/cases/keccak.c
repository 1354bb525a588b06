/* Keccak-f[1600] / Keccak-256 sponge (rate 136): hash chain over 500-byte messages. */
#include "kern.h"
static const uint64_t RC[24] = {
    0x0000000000000001ull, 0x0000000000008082ull, 0x800000000000808aull, 0x8000000080008000ull, 0x000000000000808bull,
    0x0000000080000001ull, 0x8000000080008081ull, 0x8000000000008009ull, 0x000000000000008aull, 0x0000000000000088ull,
    0x0000000080008009ull, 0x000000008000000aull, 0x000000008000808bull, 0x800000000000008bull, 0x8000000000008089ull,
    0x8000000000008003ull, 0x8000000000008002ull, 0x8000000000000080ull, 0x000000000000800aull, 0x800000008000000aull,
    0x8000000080008081ull, 0x8000000000008080ull, 0x0000000080000001ull, 0x8000000080008008ull};
static const uint8_t ROT[24] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
static const uint8_t PI[24] = {10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1};
static NOINLINE void f1600(uint64_t *s) {
    uint64_t b[5], t;
    for (int r = 0; r < 24; r++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < 5; i++)
            b[i] = s[i] ^ s[i + 5] ^ s[i + 10] ^ s[i + 15] ^ s[i + 20];
#pragma clang loop unroll(full)
        for (int i = 0; i < 5; i++) {
            t = b[(i + 4) % 5] ^ rotl64(b[(i + 1) % 5], 1);
            for (int j = 0; j < 25; j += 5)
                s[j + i] ^= t;
        }
        t = s[1];
#pragma clang loop unroll(full)
        for (int i = 0; i < 24; i++) {
            uint64_t x = s[PI[i]];
            s[PI[i]] = rotl64(t, ROT[i]);
            t = x;
        }
#pragma clang loop unroll(full)
        for (int j = 0; j < 25; j += 5) {
            for (int i = 0; i < 5; i++)
                b[i] = s[j + i];
            for (int i = 0; i < 5; i++)
                s[j + i] = b[i] ^ (~b[(i + 1) % 5] & b[(i + 2) % 5]);
        }
        s[0] ^= RC[r];
    }
}
static void keccak256(const uint8_t *p, size_t n, uint64_t out[4]) {
    uint64_t s[25];
    uint8_t *q = (uint8_t *)s;
    for (int i = 0; i < 25; i++)
        s[i] = 0;
    size_t k = 0;
    while (n--) {
        q[k++] ^= *p++;
        if (k == 136) {
            f1600(s);
            k = 0;
        }
    }
    q[k] ^= 1;
    q[135] ^= 0x80;
    f1600(s);
    for (int i = 0; i < 4; i++)
        out[i] = s[i];
}
static uint8_t msg[512];
EXPORT int64_t run(int32_t n) {
    prng_t r = {7};
    uint64_t d[4] = {0};
    for (size_t i = 0; i < sizeof msg; i++)
        msg[i] = (uint8_t)prng(&r);
    for (int32_t i = 0; i < n; i++) {
        keccak256(msg, 500 - (uint32_t)(i & 31), d);
        for (int j = 0; j < 32; j++)
            msg[(i * 32 + j) & 511] ^= (uint8_t)(d[j >> 3] >> (8 * (j & 7)));
    }
    return (int64_t)(d[0] ^ d[1] ^ d[2] ^ d[3]);
}
