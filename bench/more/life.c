/* Conway's life on a torus of bytes: neighbouring loads, a table of rules. */
#include "bench/cases/kern.h"

enum { SIDE = 128 };
static uint8_t field[2][SIDE][SIDE];

static NOINLINE void step(uint8_t to[SIDE][SIDE], uint8_t from[SIDE][SIDE]) {
    static const uint8_t rules[2][9] = {{0, 0, 0, 1, 0, 0, 0, 0, 0}, {0, 0, 1, 1, 0, 0, 0, 0, 0}};
    for (int y = 0; y < SIDE; y++) {
        const uint8_t *const above = from[(y + SIDE - 1) % SIDE], *const here = from[y],
                             *const below = from[(y + 1) % SIDE];
        for (int x = 0; x < SIDE; x++) {
            const int left = (x + SIDE - 1) % SIDE, right = (x + 1) % SIDE;
            to[y][x] = rules[here[x]][above[left] + above[x] + above[right] + here[left] + here[right] + below[left] +
                                      below[x] + below[right]];
        }
    }
}

EXPORT int64_t run(int32_t n) {
    prng_t random = {777};
    uint64_t sum = 0;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            field[0][y][x] = prng(&random) % 3 == 0;
    for (int32_t i = 0; i < n; i++) {
        step(field[(i + 1) & 1], field[i & 1]);
        sum = mix64(sum, field[(i + 1) & 1][i % SIDE][(i * 7) % SIDE]);
    }
    return (int64_t)sum;
}
