/* 256-bit modular arithmetic, 8x32-bit limbs: Montgomery multiplication (CIOS), modexp, and a check by Fermat
 * inversion. */
#include "kern.h"
typedef struct {
    uint32_t w[8];
} u256;
static const u256 P = {
    {0xfffffc2f, 0xfffffffe, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}}; /* secp256k1 p */
static const u256 Q = {
    {0xd0364141, 0xbfd25e8c, 0xaf48a03b, 0xbaaedce6, 0xfffffffe, 0xffffffff, 0xffffffff, 0xffffffff}}; /* its order */
static int geq(const u256 *a, const u256 *b) {
    for (int i = 7; i >= 0; i--) {
        if (a->w[i] != b->w[i])
            return a->w[i] > b->w[i];
    }
    return 1;
}
static void sub(u256 *r, const u256 *a, const u256 *b) {
    uint64_t c = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t d = (uint64_t)a->w[i] - b->w[i] - c;
        r->w[i] = (uint32_t)d;
        c = d >> 63;
    }
}
static NOINLINE void dbl(u256 *r, const u256 *m) { /* r = 2r mod m */
    uint32_t c = 0;
    for (int i = 0; i < 8; i++) {
        uint32_t t = r->w[i];
        r->w[i] = t << 1 | c;
        c = t >> 31;
    }
    if (c || geq(r, m))
        sub(r, r, m);
}
static NOINLINE void mont(u256 *r, const u256 *a, const u256 *b, const u256 *m, uint32_t k0) {
    uint32_t t[10] = {0};
    for (int i = 0; i < 8; i++) {
        uint64_t c = 0;
        uint32_t ai = a->w[i];
        for (int j = 0; j < 8; j++) {
            c += (uint64_t)ai * b->w[j] + t[j];
            t[j] = (uint32_t)c;
            c >>= 32;
        }
        c += t[8];
        t[8] = (uint32_t)c;
        t[9] = (uint32_t)(c >> 32);
        uint32_t q = t[0] * k0;
        c = (uint64_t)q * m->w[0] + t[0];
        c >>= 32;
        for (int j = 1; j < 8; j++) {
            c += (uint64_t)q * m->w[j] + t[j];
            t[j - 1] = (uint32_t)c;
            c >>= 32;
        }
        c += t[8];
        t[7] = (uint32_t)c;
        t[8] = t[9] + (uint32_t)(c >> 32);
    }
    u256 x;
    for (int i = 0; i < 8; i++)
        x.w[i] = t[i];
    if (t[8] || geq(&x, m))
        sub(&x, &x, m);
    *r = x;
}
static uint32_t neginv(uint32_t a) {
    uint32_t x = 1;
    for (int i = 0; i < 6; i++)
        x *= 2 - a * x;
    return 0 - x;
}
static NOINLINE void modexp(u256 *r, const u256 *base, const u256 *e, const u256 *m) {
    uint32_t k0 = neginv(m->w[0]);
    u256 one = {{1}}, acc = one, b = *base;
    for (int i = 0; i < 256; i++) {
        dbl(&acc, m);
        dbl(&b, m);
    }
    for (int i = 255; i >= 0; i--) {
        mont(&acc, &acc, &acc, m, k0);
        if (e->w[i >> 5] >> (i & 31) & 1)
            mont(&acc, &acc, &b, m, k0);
    }
    mont(r, &acc, &one, m, k0);
}
EXPORT int64_t run(int32_t n) {
    prng_t g = {77};
    uint64_t h = 0;
    for (int32_t t = 0; t < n; t++) {
        const u256 *m = t & 1 ? &P : &Q;
        u256 a, e = *m, inv, z;
        uint32_t k0 = neginv(m->w[0]);
        for (int i = 0; i < 8; i++)
            a.w[i] = prng(&g);
        if (geq(&a, m))
            sub(&a, &a, m);
        e.w[0] -= 2;
        modexp(&inv, &a, &e, m);
        mont(&z, &a, &inv, m, k0);
        for (int i = 0; i < 256; i++)
            dbl(&z, m); /* a * a^-1 = 1 */
        if (z.w[0] != 1)
            return -1;
        for (int i = 1; i < 8; i++)
            if (z.w[i])
                return -1;
        for (int i = 0; i < 8; i++)
            h = mix64(h, inv.w[i]);
    }
    return (int64_t)h;
}
