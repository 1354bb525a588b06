/* loader/lower/soft/soft.h - what the software floating point routines share.
 *
 * These files are compiled to wasm, and what comes of that is linked into modules that are lowered.  They are never part
 * of the library; natively only tests and benchmarks compile them.  A float is its bits here, and every operation is one
 * on integers, with one rounding, to nearest, ties to even; a NaN that is computed is the positive canonical one.  There
 * is no memory to rely on, neither data nor stack: routines get along with locals.  Spec: exec-numeric, fop */
#ifndef DELAVM_LOADER_LOWER_SOFT_SOFT_H
#define DELAVM_LOADER_LOWER_SOFT_SOFT_H

#include <stdbool.h>
#include <stdint.h>

/* Begins a routine, which wasm exports under `text`, the name of the instruction it stands for. */
#ifdef __wasm__
#define SOFT_ROUTINE(text) __attribute__((export_name(text)))
#else
#define SOFT_ROUTINE(text)
#endif

/* The routines of one format, whose bits are in a `word`.  Each is the instruction of its name. */
#define SOFT_PROTOTYPES(format, word)                                                                                  \
    word soft_##format##_add(word a, word b);                                                                          \
    word soft_##format##_sub(word a, word b);                                                                          \
    word soft_##format##_mul(word a, word b);                                                                          \
    word soft_##format##_div(word a, word b);                                                                          \
    word soft_##format##_min(word a, word b);                                                                          \
    word soft_##format##_max(word a, word b);                                                                          \
    word soft_##format##_copysign(word a, word b);                                                                     \
    word soft_##format##_sqrt(word a);                                                                                 \
    word soft_##format##_ceil(word a);                                                                                 \
    word soft_##format##_floor(word a);                                                                                \
    word soft_##format##_trunc(word a);                                                                                \
    word soft_##format##_nearest(word a);                                                                              \
    uint32_t soft_##format##_eq(word a, word b);                                                                       \
    uint32_t soft_##format##_ne(word a, word b);                                                                       \
    uint32_t soft_##format##_lt(word a, word b);                                                                       \
    uint32_t soft_##format##_gt(word a, word b);                                                                       \
    uint32_t soft_##format##_le(word a, word b);                                                                       \
    uint32_t soft_##format##_ge(word a, word b);                                                                       \
    word soft_##format##_convert_i32_s(uint32_t a);                                                                    \
    word soft_##format##_convert_i32_u(uint32_t a);                                                                    \
    word soft_##format##_convert_i64_s(uint64_t a);                                                                    \
    word soft_##format##_convert_i64_u(uint64_t a);                                                                    \
    uint32_t soft_i32_trunc_##format##_s(word a);                                                                      \
    uint32_t soft_i32_trunc_##format##_u(word a);                                                                      \
    uint64_t soft_i64_trunc_##format##_s(word a);                                                                      \
    uint64_t soft_i64_trunc_##format##_u(word a);                                                                      \
    uint32_t soft_i32_trunc_sat_##format##_s(word a);                                                                  \
    uint32_t soft_i32_trunc_sat_##format##_u(word a);                                                                  \
    uint64_t soft_i64_trunc_sat_##format##_s(word a);                                                                  \
    uint64_t soft_i64_trunc_sat_##format##_u(word a);
SOFT_PROTOTYPES(f32, uint32_t)
SOFT_PROTOTYPES(f64, uint64_t)
uint32_t soft_f32_demote_f64(uint64_t a);
uint64_t soft_f64_promote_f32(uint32_t a);

/* A call costs more than what it saves in size. */
#define SOFT_ALWAYS_INLINE __attribute__((always_inline)) static inline

/* soft/traps.c in wasm, where they don't come back; natively the test that compiles these files brings its own.
 * invalid: a NaN has no integer part; overflow: an integer part does not fit its type; executed: for all else. */
uint32_t soft_trap_invalid(void);
uint32_t soft_trap_overflow(void);
uint32_t soft_trap_executed(void);

/* How the integer part of a float fits an integer type. */
enum soft_fit { SOFT_FITS, SOFT_NOT_A_NUMBER, SOFT_BELOW, SOFT_ABOVE };

/* The greatest number of `bits` ones, 1 to 64. */
static inline uint64_t soft_ones(uint32_t bits) {
    return UINT64_MAX >> (64 - bits);
}

/* The integer part of the square root of a number from 2^26 up to 2^28, not included.  A line that is never far from
 * the root, two steps of Newton's, which end at the root or above it by at most one, and that one taken off. */
static inline uint32_t soft_root(uint32_t number) {
    uint32_t root = (number >> 15) + (number >> 17) + 6100;
    root = (root + number / root) >> 1;
    root = (root + number / root) >> 1;
    return root * root > number ? root - 1 : root;
}

#endif
