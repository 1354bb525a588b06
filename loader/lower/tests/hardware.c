/* loader/lower/tests/hardware.c - the rows: each routine, and the same in C's floating point. */
#include "loader/lower/tests/hardware.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "loader/lower/soft/soft.h"

enum hardware_trap hardware_trapped;

uint32_t soft_trap_invalid(void) {
    hardware_trapped = HARDWARE_TRAP_INVALID;
    return 0;
}

uint32_t soft_trap_overflow(void) {
    hardware_trapped = HARDWARE_TRAP_OVERFLOW;
    return 0;
}

bool hardware_is_usable(void) {
    return FLT_EVAL_METHOD == 0 && FLT_RADIX == 2 && FLT_MANT_DIG == 24 && DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024;
}

/* f32_value(bits), f32_bits(value) and so on.  The bits of a computed NaN are the canonical ones. */
static float f32_value(uint64_t bits) {
    const uint32_t narrow = (uint32_t)bits;
    float value;
    memcpy(&value, &narrow, sizeof value);
    return value;
}

static double f64_value(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t f32_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return isnan(value) ? UINT64_C(0x7FC00000) : bits;
}

static uint64_t f64_bits(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return isnan(value) ? UINT64_C(0x7FF8000000000000) : bits;
}

/* A row's two functions: NAME_soft calls the routine, NAME_hard computes `expression` from x and y (operands as values)
 * or a and b (as bits). */
#define BINARY(format, type, name, result, expression)                                                                 \
    static uint64_t format##_##name##_soft(uint64_t a, uint64_t b) {                                                   \
        return soft_##format##_##name((type)a, (type)b);                                                               \
    }                                                                                                                  \
    static uint64_t format##_##name##_hard(uint64_t a, uint64_t b) {                                                   \
        const __typeof__(format##_value(0)) x = format##_value(a), y = format##_value(b);                              \
        return result(expression);                                                                                     \
    }
#define UNARY(format, type, name, result, expression)                                                                  \
    static uint64_t format##_##name##_soft(uint64_t a, uint64_t b) {                                                   \
        (void)b;                                                                                                       \
        return soft_##format##_##name((type)a);                                                                        \
    }                                                                                                                  \
    static uint64_t format##_##name##_hard(uint64_t a, uint64_t b) {                                                   \
        const __typeof__(format##_value(0)) x = format##_value(a);                                                     \
        (void)b;                                                                                                       \
        return result(expression);                                                                                     \
    }
/* Minimum and maximum: the hardware compares; of two that compare equal the sign decides. */
#define LESSER(format) (isnan(x) || isnan(y) ? NAN : x == y ? format##_value(a | b) : x < y ? x : y)
#define GREATER(format) (isnan(x) || isnan(y) ? NAN : x == y ? format##_value(a & b) : x < y ? y : x)

#define ROUTINES(format, type, root, ceiling, ground, cut, near, sign)                                                 \
    BINARY(format, type, add, format##_bits, x + y)                                                                    \
    BINARY(format, type, sub, format##_bits, x - y)                                                                    \
    BINARY(format, type, mul, format##_bits, x *y)                                                                     \
    BINARY(format, type, div, format##_bits, x / y)                                                                    \
    BINARY(format, type, min, format##_bits, LESSER(format))                                                           \
    BINARY(format, type, max, format##_bits, GREATER(format))                                                          \
    BINARY(format, type, eq, (uint64_t), x == y)                                                                       \
    BINARY(format, type, ne, (uint64_t), x != y)                                                                       \
    BINARY(format, type, lt, (uint64_t), x < y)                                                                        \
    BINARY(format, type, gt, (uint64_t), x > y)                                                                        \
    BINARY(format, type, le, (uint64_t), x <= y)                                                                       \
    BINARY(format, type, ge, (uint64_t), x >= y)                                                                       \
    UNARY(format, type, sqrt, format##_bits, root(x))                                                                  \
    UNARY(format, type, ceil, format##_bits, ceiling(x))                                                               \
    UNARY(format, type, floor, format##_bits, ground(x))                                                               \
    UNARY(format, type, trunc, format##_bits, cut(x))                                                                  \
    UNARY(format, type, nearest, format##_bits, near(x))                                                               \
    static uint64_t format##_copysign_soft(uint64_t a, uint64_t b) {                                                   \
        return soft_##format##_copysign((type)a, (type)b);                                                             \
    }                                                                                                                  \
    static uint64_t format##_copysign_hard(uint64_t a, uint64_t b) { /* bits are moved: NaNs stay what they are */     \
        const __typeof__(format##_value(0)) moved = sign(format##_value(a), format##_value(b));                        \
        type bits;                                                                                                     \
        memcpy(&bits, &moved, sizeof bits);                                                                            \
        return bits;                                                                                                   \
    }

ROUTINES(f32, uint32_t, sqrtf, ceilf, floorf, truncf, nearbyintf, copysignf)
ROUTINES(f64, uint64_t, sqrt, ceil, floor, trunc, nearbyint, copysign)

#define soft_f64_demote soft_f32_demote_f64
#define soft_f32_promote soft_f64_promote_f32
UNARY(f64, uint64_t, demote, f32_bits, (float)x)
UNARY(f32, uint32_t, promote, f64_bits, (double)x)

/* Conversions from integers. */
#define CONVERT(format, value_type, name, integer, bits_type)                                                          \
    static uint64_t format##_convert_##name##_soft(uint64_t a, uint64_t b) {                                           \
        (void)b;                                                                                                       \
        return soft_##format##_convert_##name((bits_type)a);                                                           \
    }                                                                                                                  \
    static uint64_t format##_convert_##name##_hard(uint64_t a, uint64_t b) {                                           \
        (void)b;                                                                                                       \
        return format##_bits((value_type)(integer)(bits_type)a);                                                       \
    }
CONVERT(f32, float, i32_s, int32_t, uint32_t)
CONVERT(f32, float, i32_u, uint32_t, uint32_t)
CONVERT(f32, float, i64_s, int64_t, uint64_t)
CONVERT(f32, float, i64_u, uint64_t, uint64_t)
CONVERT(f64, double, i32_s, int32_t, uint32_t)
CONVERT(f64, double, i32_u, uint32_t, uint32_t)
CONVERT(f64, double, i64_s, int64_t, uint64_t)
CONVERT(f64, double, i64_u, uint64_t, uint64_t)

/* Conversions to integers: the hardware compares with bounds, which are not included themselves, and converts what fits.
 * Where the format has no number next to the integer type's bound, the bound here is the next one it has. */
#define TRUNCATE(format, type, name, integer, wide, low, high)                                                         \
    static uint64_t name##_soft(uint64_t a, uint64_t b) {                                                              \
        (void)b;                                                                                                       \
        return soft_##name((type)a);                                                                                   \
    }                                                                                                                  \
    static uint64_t name##_hard(uint64_t a, uint64_t b) {                                                              \
        const __typeof__(format##_value(0)) x = format##_value(a);                                                     \
        (void)b;                                                                                                       \
        if (x > (low) && x < (high))                                                                                   \
            return (wide)(integer)x;                                                                                   \
        hardware_trapped = isnan(x) ? HARDWARE_TRAP_INVALID : HARDWARE_TRAP_OVERFLOW;                                  \
        return 0;                                                                                                      \
    }
#define SATURATE(format, type, name, integer, wide, low, high, least, most)                                            \
    static uint64_t name##_soft(uint64_t a, uint64_t b) {                                                              \
        (void)b;                                                                                                       \
        return soft_##name((type)a);                                                                                   \
    }                                                                                                                  \
    static uint64_t name##_hard(uint64_t a, uint64_t b) {                                                              \
        const __typeof__(format##_value(0)) x = format##_value(a);                                                     \
        (void)b;                                                                                                       \
        if (x > (low) && x < (high))                                                                                   \
            return (wide)(integer)x;                                                                                   \
        return isnan(x) ? 0 : x < 0 ? (wide)(least) : (wide)(most);                                                    \
    }
TRUNCATE(f32, uint32_t, i32_trunc_f32_s, int32_t, uint32_t, -2147483904.0F, 2147483648.0F)
TRUNCATE(f32, uint32_t, i32_trunc_f32_u, uint32_t, uint32_t, -1.0F, 4294967296.0F)
TRUNCATE(f32, uint32_t, i64_trunc_f32_s, int64_t, uint64_t, -9223373136366403584.0F, 9223372036854775808.0F)
TRUNCATE(f32, uint32_t, i64_trunc_f32_u, uint64_t, uint64_t, -1.0F, 18446744073709551616.0F)
TRUNCATE(f64, uint64_t, i32_trunc_f64_s, int32_t, uint32_t, -2147483649.0, 2147483648.0)
TRUNCATE(f64, uint64_t, i32_trunc_f64_u, uint32_t, uint32_t, -1.0, 4294967296.0)
TRUNCATE(f64, uint64_t, i64_trunc_f64_s, int64_t, uint64_t, -9223372036854777856.0, 9223372036854775808.0)
TRUNCATE(f64, uint64_t, i64_trunc_f64_u, uint64_t, uint64_t, -1.0, 18446744073709551616.0)
SATURATE(f32, uint32_t, i32_trunc_sat_f32_s, int32_t, uint32_t, -2147483904.0F, 2147483648.0F, INT32_MIN, INT32_MAX)
SATURATE(f32, uint32_t, i32_trunc_sat_f32_u, uint32_t, uint32_t, -1.0F, 4294967296.0F, 0, UINT32_MAX)
SATURATE(f32, uint32_t, i64_trunc_sat_f32_s, int64_t, uint64_t, -9223373136366403584.0F, 9223372036854775808.0F,
         INT64_MIN, INT64_MAX)
SATURATE(f32, uint32_t, i64_trunc_sat_f32_u, uint64_t, uint64_t, -1.0F, 18446744073709551616.0F, 0, UINT64_MAX)
SATURATE(f64, uint64_t, i32_trunc_sat_f64_s, int32_t, uint32_t, -2147483649.0, 2147483648.0, INT32_MIN, INT32_MAX)
SATURATE(f64, uint64_t, i32_trunc_sat_f64_u, uint32_t, uint32_t, -1.0, 4294967296.0, 0, UINT32_MAX)
SATURATE(f64, uint64_t, i64_trunc_sat_f64_s, int64_t, uint64_t, -9223372036854777856.0, 9223372036854775808.0,
         INT64_MIN, INT64_MAX)
SATURATE(f64, uint64_t, i64_trunc_sat_f64_u, uint64_t, uint64_t, -1.0, 18446744073709551616.0, 0, UINT64_MAX)

#define ROW(text, in, out, binary, name) {text, in, out, binary, name##_soft, name##_hard}
#define FORMAT_ROWS(text, letter, format)                                                                              \
    ROW(text ".add", letter, letter, true, format##_add), ROW(text ".sub", letter, letter, true, format##_sub),        \
        ROW(text ".mul", letter, letter, true, format##_mul), ROW(text ".div", letter, letter, true, format##_div),    \
        ROW(text ".min", letter, letter, true, format##_min), ROW(text ".max", letter, letter, true, format##_max),    \
        ROW(text ".copysign", letter, letter, true, format##_copysign),                                                \
        ROW(text ".eq", letter, 'i', true, format##_eq), ROW(text ".ne", letter, 'i', true, format##_ne),              \
        ROW(text ".lt", letter, 'i', true, format##_lt), ROW(text ".gt", letter, 'i', true, format##_gt),              \
        ROW(text ".le", letter, 'i', true, format##_le), ROW(text ".ge", letter, 'i', true, format##_ge),              \
        ROW(text ".sqrt", letter, letter, false, format##_sqrt),                                                       \
        ROW(text ".ceil", letter, letter, false, format##_ceil),                                                       \
        ROW(text ".floor", letter, letter, false, format##_floor),                                                     \
        ROW(text ".trunc", letter, letter, false, format##_trunc),                                                     \
        ROW(text ".nearest", letter, letter, false, format##_nearest),                                                 \
        ROW(text ".convert_i32_s", 'i', letter, false, format##_convert_i32_s),                                        \
        ROW(text ".convert_i32_u", 'i', letter, false, format##_convert_i32_u),                                        \
        ROW(text ".convert_i64_s", 'I', letter, false, format##_convert_i64_s),                                        \
        ROW(text ".convert_i64_u", 'I', letter, false, format##_convert_i64_u),                                        \
        ROW("i32.trunc_" text "_s", letter, 'i', false, i32_trunc_##format##_s),                                       \
        ROW("i32.trunc_" text "_u", letter, 'i', false, i32_trunc_##format##_u),                                       \
        ROW("i64.trunc_" text "_s", letter, 'I', false, i64_trunc_##format##_s),                                       \
        ROW("i64.trunc_" text "_u", letter, 'I', false, i64_trunc_##format##_u),                                       \
        ROW("i32.trunc_sat_" text "_s", letter, 'i', false, i32_trunc_sat_##format##_s),                               \
        ROW("i32.trunc_sat_" text "_u", letter, 'i', false, i32_trunc_sat_##format##_u),                               \
        ROW("i64.trunc_sat_" text "_s", letter, 'I', false, i64_trunc_sat_##format##_s),                               \
        ROW("i64.trunc_sat_" text "_u", letter, 'I', false, i64_trunc_sat_##format##_u)

const struct hardware_row hardware_rows[] = {
    FORMAT_ROWS("f32", 'f', f32),
    FORMAT_ROWS("f64", 'F', f64),
    ROW("f32.demote_f64", 'F', 'f', false, f64_demote),
    ROW("f64.promote_f32", 'f', 'F', false, f32_promote),
};
const uint32_t hardware_row_count = sizeof hardware_rows / sizeof *hardware_rows;
