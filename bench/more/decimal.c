/* 64-bit numbers to decimal text and back, sorted as text: division, bytes, comparisons. */
#include "bench/cases/kern.h"

enum { COUNT = 256, WIDTH = 24 };
static char lines[COUNT][WIDTH];

static NOINLINE uint32_t write(char *out, uint64_t value) {
    char digits[WIDTH];
    uint32_t count = 0;
    do
        digits[count++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    for (uint32_t i = 0; i < count; i++)
        out[i] = digits[count - 1 - i];
    out[count] = '\0';
    return count;
}

static NOINLINE uint64_t read(const char *text) {
    uint64_t value = 0;
    while (*text >= '0' && *text <= '9')
        value = value * 10 + (uint64_t)(*text++ - '0');
    return value;
}

static NOINLINE int compare(const char *a, const char *b) {
    while (*a != '\0' && *a == *b)
        a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

EXPORT int64_t run(int32_t n) {
    prng_t random = {0x9E3779B97F4A7C15u};
    uint64_t sum = 0;
    for (int32_t round = 0; round < n; round++) {
        for (int i = 0; i < COUNT; i++) {
            const uint64_t digits = prng(&random);
            write(lines[i], digits << (prng(&random) % 33));
        }
        for (int i = 1; i < COUNT; i++) {
            char line[WIDTH];
            int j = i;
            memcpy(line, lines[i], WIDTH);
            for (; j > 0 && compare(lines[j - 1], line) > 0; j--)
                memcpy(lines[j], lines[j - 1], WIDTH);
            memcpy(lines[j], line, WIDTH);
        }
        for (int i = 0; i < COUNT; i++)
            sum = mix64(sum, read(lines[i]) + strlen(lines[i]));
    }
    return (int64_t)sum;
}
