/* loader/lower/soft/f64.c - the routines of f64, and promotion to it. */
#include "loader/lower/soft/soft.h"

#define WORD uint64_t
#define SIGNED_WORD int64_t
#define BITS 64
#define FRACTION_BITS 52
#define BIAS 1023
#define COUNT_LEADING_ZEROS(word) __builtin_clzll(word)
#define FORMAT(name) soft_f64_##name
#define TO_INTEGER(type, name, sign) soft_##type##_##name##_f64_##sign
#define TEXT "f64"

/* The upper half of a product, jammed, from products of halves. */
static inline uint64_t multiply_high_jam(uint64_t a, uint64_t b) {
    const uint64_t a_high = a >> 32, a_low = (uint32_t)a, b_high = b >> 32, b_low = (uint32_t)b;
    const uint64_t low = a_low * b_low;
    const uint64_t cross = a_high * b_low + (low >> 32); /* at most (2^32 - 1) * 2^32 */
    const uint64_t middle = a_low * b_high + (uint32_t)cross;
    const uint64_t high = a_high * b_high + (cross >> 32) + (middle >> 32);
    return high | (((uint32_t)low | (uint32_t)middle) != 0);
}

/* One digit of 32 bits of a quotient: *rest * 2^32 / divisor, of which the rest stays.  *rest < divisor, and the divisor
 * has its highest bit set, so that the estimate by its upper half is at most two too large. */
static inline uint64_t divide_digit(uint64_t *rest, uint64_t divisor) {
    const uint64_t high = divisor >> 32, low = (uint32_t)divisor;
    uint64_t digit = *rest / high;
    uint64_t left = *rest - digit * high;
    while (left >> 32 == 0 && (digit >> 32 != 0 || digit * low > left << 32)) {
        digit--;
        left += high;
    }
    *rest = (*rest << 32) - digit * divisor;
    return digit;
}

/* a / b from 1 up to 2, with the one at bit 62, jammed: long division with digits of 32 bits. */
static inline uint64_t divide_jam(uint64_t a, uint64_t b) {
    const uint64_t divisor = b << 11;
    uint64_t rest = a << 9;
    const uint64_t high = divide_digit(&rest, divisor);
    const uint64_t low = divide_digit(&rest, divisor);
    return high << 32 | low | (rest != 0);
}

/* The root of a significand from 1 up to 4 (2^52 to 2^54), with the one at bit 62, jammed: 14 bits as an integer's root,
 * 14 more by one division, and 28 more by another (Zimmermann, Karatsuba Square Root, 1999). */
static inline uint64_t root_jam(uint64_t significand) {
    const uint64_t number = significand << 2;
    const uint32_t top = (uint32_t)(number >> 28);
    const uint32_t first = soft_root(top);
    const uint32_t dividend = (top - first * first) << 14 | ((uint32_t)(number >> 14) & 0x3FFF);
    const uint32_t second = dividend / (2 * first);
    uint64_t high = ((uint64_t)first << 14) + second;
    int64_t left = (int64_t)((uint64_t)(dividend - second * (2 * first)) << 14 | (number & 0x3FFF)) -
                   (int64_t)((uint64_t)second * second);
    if (left < 0) {
        high--;
        left += (int64_t)(2 * high + 1);
    }
    const uint64_t rest = (uint64_t)left << 28;
    const uint64_t low = rest / (2 * high);
    uint64_t root = (high << 28) + low;
    int64_t remainder = (int64_t)((rest - low * (2 * high)) << 28) - (int64_t)(low * low);
    if (remainder < 0) {
        root--;
        remainder += (int64_t)(2 * root + 1);
    }
    return root << 7 | (remainder != 0);
}

#include "loader/lower/soft/format.h"

/* Spec: op-promote */
SOFT_ROUTINE("f64.promote_f32")
uint64_t soft_f64_promote_f32(uint32_t a) {
    const uint64_t sign = (uint64_t)(a >> 31) << 63;
    const uint32_t magnitude = a & INT32_MAX;
    if (magnitude >= 0x7F800000)
        return magnitude > 0x7F800000 ? NOT_A_NUMBER : sign | INFINITE;
    if (magnitude == 0)
        return sign;
    /* Subnormal numbers become normal; the implicit one is taken back by one from the exponent. */
    const uint32_t shift = magnitude < 0x00800000 ? (uint32_t)__builtin_clz(magnitude) - 8 : 0;
    const uint64_t exponent = (magnitude < 0x00800000 ? 1 - (uint64_t)shift : magnitude >> 23) - 127 + BIAS;
    return sign | (exponent << FRACTION_BITS) | ((uint64_t)(magnitude << shift) << 29 & FRACTION);
}
