/* CRC-32 with a table, over a megabyte that changes: one load and one table look-up for each byte. */
#include "bench/cases/kern.h"

static uint32_t table[256];
static uint8_t text[1 << 16];

static NOINLINE uint32_t crc(uint32_t start, const uint8_t *bytes, uint32_t size) {
    uint32_t sum = ~start;
    for (uint32_t i = 0; i < size; i++)
        sum = table[(sum ^ bytes[i]) & 0xFF] ^ (sum >> 8);
    return ~sum;
}

EXPORT int64_t run(int32_t n) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++)
            value = (value >> 1) ^ (0xEDB88320u & (0u - (value & 1)));
        table[i] = value;
    }
    uint32_t sum = 0;
    for (int32_t round = 0; round < n; round++) {
        text[sum & 0xFFFF] ^= (uint8_t)round;
        sum = crc(sum, text, sizeof text);
    }
    return (int64_t)sum;
}
