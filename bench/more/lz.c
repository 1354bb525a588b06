/* A byte-wise LZ77 with a hash of three bytes: compress, expand, compare. */
#include "bench/cases/kern.h"

enum { SIZE = 1 << 15 };
static uint8_t text[SIZE], packed[2 * SIZE], again[SIZE];
static uint32_t last[1 << 12];

static NOINLINE uint32_t compress(void) {
    uint32_t at = 0, out = 0;
    memset(last, 0, sizeof last);
    while (at < SIZE) {
        uint32_t length = 0, distance = 0;
        if (at + 3 < SIZE) {
            const uint32_t key = ((uint32_t)(text[at] | text[at + 1] << 8 | text[at + 2] << 16) * 2654435761u) >> 20;
            const uint32_t from = last[key];
            last[key] = at + 1;
            if (from != 0 && at - (from - 1) < 0xFFFF) {
                distance = at - (from - 1);
                while (length < 255 && at + length < SIZE && text[at + length] == text[at + length - distance])
                    length++;
            }
        }
        if (length >= 4) {
            packed[out++] = (uint8_t)length;
            packed[out++] = (uint8_t)distance;
            packed[out++] = (uint8_t)(distance >> 8);
            at += length;
        } else {
            packed[out++] = 0;
            packed[out++] = text[at++];
        }
    }
    return out;
}

static NOINLINE void expand(uint32_t size) {
    uint32_t out = 0;
    for (uint32_t at = 0; at < size;) {
        uint32_t length = packed[at++];
        if (length == 0) {
            again[out++] = packed[at++];
            continue;
        }
        const uint32_t distance = packed[at] | (uint32_t)packed[at + 1] << 8;
        at += 2;
        for (; length > 0; length--, out++)
            again[out] = again[out - distance];
    }
}

EXPORT int64_t run(int32_t n) {
    prng_t random = {88172645463325252u};
    uint64_t sum = 0;
    for (int32_t round = 0; round < n; round++) {
        for (uint32_t i = 0; i < SIZE; i++)
            text[i] =
                (uint8_t)(i > 64 && prng(&random) % 8 != 0 ? text[i - 1 - prng(&random) % 4 * 16] : prng(&random) & 15);
        const uint32_t size = compress();
        expand(size);
        sum = mix64(sum, size + (memcmp(text, again, SIZE) == 0 ? 1000000u : 0u));
    }
    return (int64_t)sum;
}
