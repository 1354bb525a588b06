/* Shortest paths on a grid with a binary heap: 64-bit keys, structures in memory, branches. */
#include "bench/cases/kern.h"

enum { SIDE = 96, CELLS = SIDE * SIDE };
static uint32_t cost[CELLS], best[CELLS];
static uint64_t heap[8 * CELLS];
static uint32_t size;

static NOINLINE void push(uint64_t item) {
    uint32_t at = size++;
    for (; at > 0 && heap[(at - 1) / 2] > item; at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = item;
}

static NOINLINE uint64_t pop(void) {
    const uint64_t top = heap[0], item = heap[--size];
    uint32_t at = 0;
    for (uint32_t child = 1; child < size; at = child, child = 2 * at + 1) {
        child += child + 1 < size && heap[child + 1] < heap[child];
        if (heap[child] >= item)
            break;
        heap[at] = heap[child];
    }
    heap[at] = item;
    return top;
}

static void reach(uint32_t cell, uint32_t length) {
    if (length + cost[cell] < best[cell]) {
        best[cell] = length + cost[cell];
        push((uint64_t)best[cell] << 32 | cell);
    }
}

EXPORT int64_t run(int32_t n) {
    prng_t random = {4242};
    uint64_t sum = 0;
    for (int32_t round = 0; round < n; round++) {
        for (uint32_t i = 0; i < CELLS; i++) {
            cost[i] = 1 + prng(&random) % 100;
            best[i] = 0xFFFFFFFF;
        }
        size = 0;
        reach(0, 0);
        while (size > 0) {
            const uint64_t item = pop();
            const uint32_t cell = (uint32_t)item, length = (uint32_t)(item >> 32), x = cell % SIDE;
            if (length > best[cell])
                continue;
            if (x > 0)
                reach(cell - 1, length);
            if (x + 1 < SIDE)
                reach(cell + 1, length);
            if (cell >= SIDE)
                reach(cell - SIDE, length);
            if (cell + SIDE < CELLS)
                reach(cell + SIDE, length);
        }
        sum = mix64(sum, best[CELLS - 1]);
    }
    return (int64_t)sum;
}
