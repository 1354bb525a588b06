/* loader/lower/soft/f32.c - the routines of f32, and demotion to it. */
#include "loader/lower/soft/soft.h"

#define WORD uint32_t
#define SIGNED_WORD int32_t
#define BITS 32
#define FRACTION_BITS 23
#define BIAS 127
#define COUNT_LEADING_ZEROS(word) __builtin_clz(word)
#define FORMAT(name) soft_f32_##name
#define TO_INTEGER(type, name, sign) soft_##type##_##name##_f32_##sign
#define TEXT "f32"

/* The upper half of a product, jammed. */
static inline uint32_t multiply_high_jam(uint32_t a, uint32_t b) {
    const uint64_t product = (uint64_t)a * b;
    return (uint32_t)(product >> 32) | ((uint32_t)product != 0);
}

/* a / b from 1 up to 2, with the one at bit 30, jammed. */
static inline uint32_t divide_jam(uint32_t a, uint32_t b) {
    const uint64_t dividend = (uint64_t)a << 30;
    const uint32_t quotient = (uint32_t)(dividend / b);
    return quotient | ((uint64_t)quotient * b != dividend);
}

/* The root of a significand from 1 up to 4 (2^23 to 2^25), with the one at bit 30, jammed: 14 bits as an integer's root,
 * and 14 more by one division (Zimmermann, Karatsuba Square Root, 1999). */
static inline uint32_t root_jam(uint32_t significand) {
    const uint32_t number = significand << 3;
    const uint32_t high = soft_root(number);
    const uint32_t rest = (number - high * high) << 14;
    const uint32_t low = rest / (2 * high);
    uint32_t root = (high << 14) + low;
    int32_t remainder = (int32_t)(((rest - low * (2 * high)) << 14) - low * low);
    if (remainder < 0) {
        root--;
        remainder += (int32_t)(2 * root + 1);
    }
    return root << 3 | (remainder != 0);
}

#include "loader/lower/soft/format.h"

/* Spec: op-demote */
SOFT_ROUTINE("f32.demote_f64")
uint32_t soft_f32_demote_f64(uint64_t a) {
    const uint32_t sign = (uint32_t)(a >> 32) & SIGN;
    const uint64_t magnitude = a & INT64_MAX;
    const uint64_t fraction = magnitude & soft_ones(52);
    const int32_t exponent = (int32_t)(magnitude >> 52);
    if (exponent == 0x7FF)
        return fraction != 0 ? NOT_A_NUMBER : sign | INFINITE;
    /* What is subnormal there is far below half of the least number here: it may as well keep its wrong implicit one. */
    if (magnitude == 0)
        return sign;
    const uint32_t significand = (uint32_t)(fraction >> 22) | LEADING | ((fraction & soft_ones(22)) != 0);
    return round_and_pack(sign, exponent - 1023 + BIAS, significand);
}
