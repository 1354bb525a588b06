/* Base64 there and back: tables, shifts, bytes. */
#include "bench/cases/kern.h"

enum { BYTES = 3 * 1024 };
static const char letters[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static uint8_t values[256], bytes[BYTES], again[BYTES];
static char text[BYTES / 3 * 4];

static NOINLINE void encode(void) {
    for (uint32_t i = 0, o = 0; i < BYTES; i += 3, o += 4) {
        const uint32_t word = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];
        for (uint32_t j = 0; j < 4; j++)
            text[o + j] = letters[(word >> (18 - 6 * j)) & 63];
    }
}

static NOINLINE void decode(void) {
    for (uint32_t i = 0, o = 0; o < BYTES; i += 4, o += 3) {
        uint32_t word = 0;
        for (uint32_t j = 0; j < 4; j++)
            word = word << 6 | values[(uint8_t)text[i + j]];
        again[o] = (uint8_t)(word >> 16);
        again[o + 1] = (uint8_t)(word >> 8);
        again[o + 2] = (uint8_t)word;
    }
}

EXPORT int64_t run(int32_t n) {
    prng_t random = {31337};
    uint64_t sum = 0;
    for (uint32_t i = 0; i < 64; i++)
        values[(uint8_t)letters[i]] = (uint8_t)i;
    for (uint32_t i = 0; i < BYTES; i++)
        bytes[i] = (uint8_t)prng(&random);
    for (int32_t round = 0; round < n; round++) {
        bytes[round % BYTES] ^= (uint8_t)round;
        encode();
        decode();
        sum = mix64(sum, (uint64_t)text[round % (int32_t)sizeof text] + (memcmp(bytes, again, BYTES) == 0));
    }
    return (int64_t)sum;
}
