/* Integer matrix products: 64x64 i32 (wrapping), 48x48 i64, and a modular one (% p). */
#include "kern.h"
#define A 64
#define B 48
#define C 32
static int32_t a[A][A], b[A][A], c[A][A];
static int64_t x[B][B], y[B][B], z[B][B];
static uint32_t p[C][C], q[C][C], o[C][C];
static NOINLINE void mul32(void) {
    for (int i = 0; i < A; i++)
        for (int j = 0; j < A; j++) {
            uint32_t s = 0;
            for (int k = 0; k < A; k++)
                s += (uint32_t)a[i][k] * (uint32_t)b[k][j];
            c[i][j] = (int32_t)s;
        }
}
static NOINLINE void mul64(void) {
    for (int i = 0; i < B; i++)
        for (int j = 0; j < B; j++) {
            uint64_t s = 0;
            for (int k = 0; k < B; k++)
                s += (uint64_t)x[i][k] * (uint64_t)y[k][j];
            z[i][j] = (int64_t)s;
        }
}
static NOINLINE void mulmod(void) {
    for (int i = 0; i < C; i++)
        for (int j = 0; j < C; j++) {
            uint64_t s = 0;
            for (int k = 0; k < C; k++)
                s = (s + (uint64_t)p[i][k] * q[k][j]) % 998244353u;
            o[i][j] = (uint32_t)s;
        }
}
EXPORT int64_t run(int32_t n) {
    prng_t r = {3};
    uint64_t h = 0;
    for (int i = 0; i < A; i++)
        for (int j = 0; j < A; j++) {
            a[i][j] = (int32_t)prng(&r) >> 12;
            b[i][j] = (int32_t)prng(&r) >> 12;
        }
    for (int i = 0; i < B; i++)
        for (int j = 0; j < B; j++) {
            x[i][j] = prng(&r);
            y[i][j] = prng(&r);
        }
    for (int i = 0; i < C; i++)
        for (int j = 0; j < C; j++) {
            p[i][j] = prng(&r) % 998244353u;
            q[i][j] = prng(&r) % 998244353u;
        }
    for (int32_t t = 0; t < n; t++) {
        mul32();
        mul64();
        mulmod();
        a[t & 63][5] ^= c[7][t & 63];
        x[3][t % B] += z[t % B][4];
        p[t & 31][1] = o[t & 31][2];
    }
    for (int i = 0; i < A; i++)
        h = mix64(h, (uint32_t)c[i][i]);
    for (int i = 0; i < B; i++)
        h = mix64(h, (uint64_t)z[i][B - 1 - i]);
    for (int i = 0; i < C; i++)
        h = mix64(h, o[i][i]);
    return (int64_t)h;
}
