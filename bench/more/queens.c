/* Queens on a board, as bit masks: recursion with little work in each call. */
#include "bench/cases/kern.h"

static NOINLINE uint32_t place(uint32_t columns, uint32_t left, uint32_t right, uint32_t all) {
    if (columns == all)
        return 1;
    uint32_t count = 0;
    for (uint32_t free = all & ~(columns | left | right); free != 0; free &= free - 1) {
        const uint32_t bit = free & (0u - free);
        count += place(columns | bit, (left | bit) << 1, (right | bit) >> 1, all);
    }
    return count;
}

EXPORT int64_t run(int32_t n) {
    uint64_t sum = 0;
    for (int32_t round = 0; round < n; round++)
        sum = mix64(sum, place(0, 0, 0, (1u << (7 + round % 3)) - 1));
    return (int64_t)sum;
}
