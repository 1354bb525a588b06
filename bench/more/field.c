/* Multiplication modulo 2^255 - 19 with ten limbs of 25 and 26 bits: 64-bit products, many locals. */
#include "bench/cases/kern.h"

typedef int32_t field[10];

static NOINLINE void multiply(field out, const field f, const field g) {
    int64_t h[19] = {0};
    for (int i = 0; i < 10; i++)
        for (int j = 0; j < 10; j++)
            h[i + j] += (int64_t)f[i] * g[j] * (1 + (i & j & 1));
    for (int i = 18; i > 9; i--)
        h[i - 10] += 19 * h[i];
    for (int pass = 0; pass < 2; pass++) {
        int64_t carry = 0;
        for (int i = 0; i < 10; i++) {
            const int bits = 26 - (i & 1);
            h[i] += carry;
            carry = h[i] >> bits;
            h[i] -= (int64_t)((uint64_t)carry << bits);
        }
        h[0] += 19 * carry;
    }
    for (int i = 0; i < 10; i++)
        out[i] = (int32_t)h[i];
}

EXPORT int64_t run(int32_t n) {
    field a = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, b = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3};
    uint64_t sum = 0;
    for (int32_t i = 0; i < n * 32; i++) {
        multiply(a, a, b);
        multiply(b, b, a);
        sum = mix64(sum, (uint32_t)a[i % 10]);
    }
    return (int64_t)sum;
}
