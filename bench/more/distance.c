/* Edit distance of two texts: dynamic programming on rows, with minima. */
#include "bench/cases/kern.h"

enum { LENGTH = 300 };
static uint8_t a[LENGTH], b[LENGTH];
static uint32_t row[LENGTH + 1];

static inline uint32_t least(uint32_t x, uint32_t y) {
    return x < y ? x : y;
}

static NOINLINE uint32_t distance(void) {
    for (uint32_t j = 0; j <= LENGTH; j++)
        row[j] = j;
    for (uint32_t i = 0; i < LENGTH; i++) {
        uint32_t corner = row[0];
        row[0] = i + 1;
        for (uint32_t j = 0; j < LENGTH; j++) {
            const uint32_t change = corner + (a[i] != b[j]);
            corner = row[j + 1];
            row[j + 1] = least(least(corner, row[j]) + 1, change);
        }
    }
    return row[LENGTH];
}

EXPORT int64_t run(int32_t n) {
    prng_t random = {12345};
    uint64_t sum = 0;
    for (int32_t round = 0; round < n; round++) {
        for (uint32_t i = 0; i < LENGTH; i++) {
            a[i] = (uint8_t)(prng(&random) & 3);
            b[i] = (uint8_t)(prng(&random) & 3);
        }
        sum = mix64(sum, distance());
    }
    return (int64_t)sum;
}
