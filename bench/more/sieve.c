/* The sieve of Eratosthenes: byte stores with a growing stride, then a scan. */
#include "bench/cases/kern.h"

static uint8_t composite[1 << 18];

EXPORT int64_t run(int32_t n) {
    uint64_t sum = 0;
    for (int32_t round = 0; round < n; round++) {
        memset(composite, 0, sizeof composite);
        for (uint32_t i = 2; i * i < sizeof composite; i++)
            if (!composite[i])
                for (uint32_t j = i * i; j < sizeof composite; j += i)
                    composite[j] = 1;
        uint32_t count = 0;
        for (uint32_t i = 2 + (uint32_t)round; i < sizeof composite; i++)
            count += composite[i] == 0;
        sum = mix64(sum, count);
    }
    return (int64_t)sum;
}
