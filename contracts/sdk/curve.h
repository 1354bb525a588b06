/* curve.h - the group edwards25519 in C, compiled into a contract instead of called in the host.
 *
 * The functions take, refuse and give exactly what those of dela.h do whose names begin with dela_ed25519_: points and
 * scalars have 32 bytes, points must be canonical encodings.  They are slower and cost more fuel; they are here for
 * contracts that must run on engines without these host functions, and to compare.  Not for secrets: time depends on the
 * numbers.
 *
 * Numbers modulo p = 2^255 - 19 are ten limbs of 26 and 25 bits in turn, as 64-bit integers: a product of two limbs then
 * fits the one multiplication that WebAssembly has.  Reduced limbs lie in [0, 2^26]; a sum or difference may be
 * multiplied without being reduced.  Formulas: Hisil, Wong, Carter, Dawson, "Twisted Edwards Curves Revisited" (2008). */
#ifndef CURVE_H
#define CURVE_H

#include <stdbool.h>
#include <stdint.h>

#define CURVE_INLINE static inline __attribute__((unused))
#define CURVE_FUNCTION static __attribute__((noinline, unused))

typedef struct {
    int64_t limb[10];
} curve_number;

/* x = X / Z, y = Y / Z, x * y = T / Z */
typedef struct {
    curve_number X, Y, Z, T;
} curve_point;

/* Little-endian. */
static const uint8_t curve_d[32] = {0xa3, 0x78, 0x59, 0x13, 0xca, 0x4d, 0xeb, 0x75, 0xab, 0xd8, 0x41,
                                    0x41, 0x4d, 0x0a, 0x70, 0x00, 0x98, 0xe8, 0x79, 0x77, 0x79, 0x40,
                                    0xc7, 0x8c, 0x73, 0xfe, 0x6f, 0x2b, 0xee, 0x6c, 0x03, 0x52}; /* -121665 / 121666 */
static const uint8_t curve_root[32] = {0xb0, 0xa0, 0x0e, 0x4a, 0x27, 0x1b, 0xee, 0xc4, 0x78, 0xe4, 0x2f,
                                       0xad, 0x06, 0x18, 0x43, 0x2f, 0xa7, 0xd7, 0xfb, 0x3d, 0x99, 0x00,
                                       0x4d, 0x2b, 0x0b, 0xdf, 0xc1, 0x4f, 0x80, 0x24, 0x83, 0x2b}; /* sqrt(-1) */
static const uint8_t
    curve_base[32] = {0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
                      0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
                      0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66}; /* the base point: y = 4/5 */
static const uint32_t curve_order[8] = {0x5cf5d3ed, 0x5812631a, 0xa2f79cd6, 0x14def9de,
                                        0x00000000, 0x00000000, 0x00000000, 0x10000000};

/* ---- Numbers modulo p -------------------------------------------------------------------------------------------- */

CURVE_INLINE int curve_bits(int limb) {
    return limb % 2 == 0 ? 26 : 25;
}

CURVE_INLINE curve_number curve_sum(const curve_number *a, const curve_number *b) {
    curve_number r;
    for (int i = 0; i < 10; i++)
        r.limb[i] = a->limb[i] + b->limb[i];
    return r;
}

CURVE_INLINE curve_number curve_difference(const curve_number *a, const curve_number *b) {
    curve_number r;
    for (int i = 0; i < 10; i++)
        r.limb[i] = a->limb[i] - b->limb[i];
    return r;
}

/* Brings limbs below 2^62 in size into [0, 2^26]. */
CURVE_INLINE void curve_carry(curve_number *a) {
    int64_t carry = 0;
    for (int i = 0; i < 10; i++) {
        a->limb[i] += carry;
        carry = a->limb[i] >> curve_bits(i);
        a->limb[i] &= ((int64_t)1 << curve_bits(i)) - 1;
    }
    a->limb[0] += carry * 19;
    carry = a->limb[0] >> 26;
    a->limb[0] &= ((int64_t)1 << 26) - 1;
    a->limb[1] += carry;
}

/* Written out, as a loop would cost four times the fuel.  n is 19 times a limb of b, for products from 2^255 on; d twice
 * one of a, where both have odd places: the product of limbs i and j counts 2^(ceil(25.5 i) + ceil(25.5 j)). */
CURVE_FUNCTION curve_number curve_product(const curve_number *a, const curve_number *b) {
    curve_number r;
    const int64_t a0 = a->limb[0], a1 = a->limb[1], a2 = a->limb[2], a3 = a->limb[3], a4 = a->limb[4], a5 = a->limb[5],
                  a6 = a->limb[6], a7 = a->limb[7], a8 = a->limb[8], a9 = a->limb[9];
    const int64_t b0 = b->limb[0], b1 = b->limb[1], b2 = b->limb[2], b3 = b->limb[3], b4 = b->limb[4], b5 = b->limb[5],
                  b6 = b->limb[6], b7 = b->limb[7], b8 = b->limb[8], b9 = b->limb[9];
    const int64_t n1 = b1 * 19, n2 = b2 * 19, n3 = b3 * 19, n4 = b4 * 19, n5 = b5 * 19, n6 = b6 * 19, n7 = b7 * 19,
                  n8 = b8 * 19, n9 = b9 * 19;
    const int64_t d1 = a1 * 2, d3 = a3 * 2, d5 = a5 * 2, d7 = a7 * 2, d9 = a9 * 2;
    r.limb[0] = a0 * b0 + d1 * n9 + a2 * n8 + d3 * n7 + a4 * n6 + d5 * n5 + a6 * n4 + d7 * n3 + a8 * n2 + d9 * n1;
    r.limb[1] = a0 * b1 + a1 * b0 + a2 * n9 + a3 * n8 + a4 * n7 + a5 * n6 + a6 * n5 + a7 * n4 + a8 * n3 + a9 * n2;
    r.limb[2] = a0 * b2 + d1 * b1 + a2 * b0 + d3 * n9 + a4 * n8 + d5 * n7 + a6 * n6 + d7 * n5 + a8 * n4 + d9 * n3;
    r.limb[3] = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + a4 * n9 + a5 * n8 + a6 * n7 + a7 * n6 + a8 * n5 + a9 * n4;
    r.limb[4] = a0 * b4 + d1 * b3 + a2 * b2 + d3 * b1 + a4 * b0 + d5 * n9 + a6 * n8 + d7 * n7 + a8 * n6 + d9 * n5;
    r.limb[5] = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 + a6 * n9 + a7 * n8 + a8 * n7 + a9 * n6;
    r.limb[6] = a0 * b6 + d1 * b5 + a2 * b4 + d3 * b3 + a4 * b2 + d5 * b1 + a6 * b0 + d7 * n9 + a8 * n8 + d9 * n7;
    r.limb[7] = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 + a8 * n9 + a9 * n8;
    r.limb[8] = a0 * b8 + d1 * b7 + a2 * b6 + d3 * b5 + a4 * b4 + d5 * b3 + a6 * b2 + d7 * b1 + a8 * b0 + d9 * n9;
    r.limb[9] = a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + a9 * b0;
    curve_carry(&r);
    return r;
}

/* a^(2^count) */
CURVE_FUNCTION curve_number curve_squares(const curve_number *a, int count) {
    curve_number r = *a;
    for (; count > 0; count--)
        r = curve_product(&r, &r);
    return r;
}

CURVE_INLINE curve_number curve_squares_times(const curve_number *a, int count, const curve_number *b) {
    const curve_number r = curve_squares(a, count);
    return curve_product(&r, b);
}

/* a^(2^250 - 1), and a^11 besides. */
CURVE_FUNCTION curve_number curve_power(const curve_number *a, curve_number *eleven) {
    const curve_number two = curve_squares(a, 1);
    const curve_number nine = curve_squares_times(&two, 2, a);
    *eleven = curve_product(&two, &nine);
    const curve_number e5 = curve_squares_times(eleven, 1, &nine); /* 2^5 - 1, and so on */
    const curve_number e10 = curve_squares_times(&e5, 5, &e5);
    const curve_number e20 = curve_squares_times(&e10, 10, &e10);
    const curve_number e40 = curve_squares_times(&e20, 20, &e20);
    const curve_number e50 = curve_squares_times(&e40, 10, &e10);
    const curve_number e100 = curve_squares_times(&e50, 50, &e50);
    const curve_number e200 = curve_squares_times(&e100, 100, &e100);
    return curve_squares_times(&e200, 50, &e50);
}

/* 1 / a = a^(p - 2), 0 for 0. */
CURVE_INLINE curve_number curve_inverse(const curve_number *a) {
    curve_number eleven;
    const curve_number power = curve_power(a, &eleven);
    return curve_squares_times(&power, 5, &eleven);
}

/* The low 255 bits. */
CURVE_FUNCTION curve_number curve_read(const uint8_t bytes[32]) {
    curve_number r;
    uint64_t window = 0;
    int bits = 0, at = 0;
    for (int i = 0; i < 10; i++) {
        for (; bits < curve_bits(i); bits += 8)
            window |= (uint64_t)bytes[at++] << bits;
        r.limb[i] = (int64_t)(window & (((uint64_t)1 << curve_bits(i)) - 1));
        window >>= curve_bits(i);
        bits -= curve_bits(i);
    }
    return r;
}

/* The one encoding below p. */
CURVE_FUNCTION void curve_write(const curve_number *a, uint8_t bytes[32]) {
    curve_number r = *a;
    curve_carry(&r);
    curve_carry(&r);
    /* Below 2^255 now.  a + 19 reaches 2^255 exactly if a >= p; then drop that bit. */
    int64_t carry = 19;
    for (int i = 0; i < 10; i++)
        carry = (r.limb[i] + carry) >> curve_bits(i);
    r.limb[0] += 19 * carry;
    for (int i = 0, c = 0; i < 10; i++) {
        r.limb[i] += c;
        c = (int)(r.limb[i] >> curve_bits(i));
        r.limb[i] &= ((int64_t)1 << curve_bits(i)) - 1;
    }
    uint64_t window = 0;
    int bits = 0, at = 0;
    for (int i = 0; i < 10; i++) {
        window |= (uint64_t)r.limb[i] << bits;
        for (bits += curve_bits(i); bits >= 8; bits -= 8, window >>= 8)
            bytes[at++] = (uint8_t)window;
    }
    bytes[at] = (uint8_t)window;
}

CURVE_INLINE bool curve_bytes_equal(const uint8_t a[32], const uint8_t b[32]) {
    uint8_t differ = 0;
    for (int i = 0; i < 32; i++)
        differ |= a[i] ^ b[i];
    return differ == 0;
}

CURVE_FUNCTION bool curve_equal(const curve_number *a, const curve_number *b) {
    uint8_t left[32], right[32];
    curve_write(a, left);
    curve_write(b, right);
    return curve_bytes_equal(left, right);
}

CURVE_INLINE curve_number curve_small(int64_t value) {
    const curve_number r = {{value}};
    return r;
}

/* ---- Points ------------------------------------------------------------------------------------------------------ */

CURVE_INLINE curve_point curve_identity(void) {
    const curve_point r = {curve_small(0), curve_small(1), curve_small(1), curve_small(0)};
    return r;
}

CURVE_INLINE bool curve_is_identity(const curve_point *a) {
    const curve_number zero = curve_small(0);
    return curve_equal(&a->X, &zero) && curve_equal(&a->Y, &a->Z);
}

/* What both formulas below end with. */
CURVE_INLINE curve_point curve_complete(const curve_number *E, const curve_number *F, const curve_number *G,
                                        const curve_number *H) {
    const curve_point r = {curve_product(E, F), curve_product(G, H), curve_product(F, G), curve_product(E, H)};
    return r;
}

CURVE_FUNCTION curve_point curve_points_sum(const curve_point *a, const curve_point *b) {
    const curve_number d = curve_read(curve_d);
    const curve_number a_minus = curve_difference(&a->Y, &a->X), b_minus = curve_difference(&b->Y, &b->X);
    const curve_number a_plus = curve_sum(&a->Y, &a->X), b_plus = curve_sum(&b->Y, &b->X);
    const curve_number A = curve_product(&a_minus, &b_minus), B = curve_product(&a_plus, &b_plus);
    const curve_number twice_d = curve_sum(&d, &d), scaled = curve_product(&b->T, &twice_d);
    const curve_number C = curve_product(&a->T, &scaled), half = curve_product(&a->Z, &b->Z);
    const curve_number D = curve_sum(&half, &half);
    const curve_number E = curve_difference(&B, &A), F = curve_difference(&D, &C), G = curve_sum(&D, &C),
                       H = curve_sum(&B, &A);
    return curve_complete(&E, &F, &G, &H);
}

CURVE_FUNCTION curve_point curve_double(const curve_point *a) {
    const curve_number A = curve_product(&a->X, &a->X), B = curve_product(&a->Y, &a->Y);
    const curve_number half = curve_product(&a->Z, &a->Z), plus = curve_sum(&a->X, &a->Y);
    const curve_number square = curve_product(&plus, &plus);
    const curve_number H = curve_sum(&A, &B), E = curve_difference(&H, &square), G = curve_difference(&A, &B);
    curve_number F = curve_sum(&half, &half);
    F = curve_sum(&F, &G);
    return curve_complete(&E, &F, &G, &H);
}

CURVE_FUNCTION void curve_encode(const curve_point *a, uint8_t bytes[32]) {
    const curve_number inverse = curve_inverse(&a->Z);
    const curve_number x = curve_product(&a->X, &inverse), y = curve_product(&a->Y, &inverse);
    uint8_t sign[32];
    curve_write(&x, sign);
    curve_write(&y, bytes);
    bytes[31] |= (uint8_t)(sign[0] << 7);
}

/* False for what is no canonical encoding of a point of the curve. */
CURVE_FUNCTION bool curve_decode(const uint8_t bytes[32], curve_point *out) {
    uint8_t canonical[32];
    const curve_number y = curve_read(bytes), one = curve_small(1), d = curve_read(curve_d);
    curve_write(&y, canonical);
    canonical[31] |= bytes[31] & 0x80;
    if (!curve_bytes_equal(canonical, bytes))
        return false;
    /* x^2 = u / v; the root is u v^3 (u v^7)^((p - 5) / 8), perhaps times sqrt(-1) */
    const curve_number square = curve_product(&y, &y), dsquare = curve_product(&d, &square);
    const curve_number u = curve_difference(&square, &one), v = curve_sum(&dsquare, &one);
    const curve_number v2 = curve_product(&v, &v), v3 = curve_product(&v2, &v), uv3 = curve_product(&u, &v3);
    const curve_number v4 = curve_product(&v2, &v2), uv7 = curve_product(&uv3, &v4);
    curve_number eleven, power = curve_power(&uv7, &eleven);
    power = curve_squares_times(&power, 2, &uv7);
    curve_number x = curve_product(&uv3, &power);
    const curve_number x2 = curve_product(&x, &x), vx2 = curve_product(&v, &x2), zero = curve_small(0),
                       minus_u = curve_difference(&zero, &u);
    if (!curve_equal(&vx2, &u)) {
        if (!curve_equal(&vx2, &minus_u))
            return false;
        const curve_number root = curve_read(curve_root);
        x = curve_product(&x, &root);
    }
    const int sign = bytes[31] >> 7;
    curve_write(&x, canonical);
    if (sign == 1 && curve_equal(&x, &zero))
        return false;
    if ((canonical[0] & 1) != sign) {
        x = curve_difference(&zero, &x);
        curve_carry(&x);
    }
    const curve_point point = {x, y, one, curve_product(&x, &y)};
    *out = point;
    return true;
}

/* scalar * a; the scalar is any 256-bit number.  Four bits at a time from the top. */
CURVE_FUNCTION curve_point curve_times(const uint8_t scalar[32], const curve_point *a) {
    curve_point multiples[16], r = curve_identity();
    multiples[0] = r;
    for (int i = 1; i < 16; i++)
        multiples[i] = i == 1       ? *a
                       : i % 2 == 0 ? curve_double(&multiples[i / 2])
                                    : curve_points_sum(&multiples[i - 1], a);
    for (int i = 63; i >= 0; i--) {
        if (i != 63)
            for (int j = 0; j < 4; j++)
                r = curve_double(&r);
        const unsigned digit = scalar[i / 2] >> (i % 2 * 4) & 15;
        if (digit != 0)
            r = curve_points_sum(&r, &multiples[digit]);
    }
    return r;
}

/* ---- Scalars ----------------------------------------------------------------------------------------------------- */

/* The product of two 256-bit numbers modulo the group order: bit by bit from the top. */
CURVE_FUNCTION void curve_scalar_multiply(const uint8_t a[32], const uint8_t b[32], uint8_t to[32]) {
    uint8_t product[64] = {0};
    for (int i = 0; i < 32; i++) {
        unsigned carry = 0;
        for (int j = 0; j < 32; j++) {
            carry += product[i + j] + (unsigned)a[i] * b[j];
            product[i + j] = (uint8_t)carry;
            carry >>= 8;
        }
        product[i + 32] = (uint8_t)carry;
    }
    uint32_t r[8] = {0}, less[8];
    for (int i = 511; i >= 0; i--) {
        uint32_t bit = product[i / 8] >> (i % 8) & 1;
        int64_t borrow = 0;
        for (int j = 0; j < 8; j++) {
            const uint32_t word = r[j] << 1 | bit;
            bit = r[j] >> 31;
            r[j] = word;
            borrow += (int64_t)word - curve_order[j];
            less[j] = (uint32_t)borrow;
            borrow >>= 32;
        }
        for (int j = 0; j < 8 && borrow == 0; j++)
            r[j] = less[j];
    }
    for (int i = 0; i < 32; i++)
        to[i] = (uint8_t)(r[i / 4] >> (i % 4 * 8));
}

/* Below 2^255, and no multiple of the group order. */
CURVE_FUNCTION bool curve_scalar_multiplies(const uint8_t scalar[32]) {
    static const uint8_t one[32] = {1}, zero[32] = {0};
    uint8_t reduced[32];
    curve_scalar_multiply(scalar, one, reduced);
    return scalar[31] < 0x80 && !curve_bytes_equal(reduced, zero);
}

/* ---- The functions of dela.h, without the host ------------------------------------------------------------------- */

/* True if the point is of the prime-order group and not its identity. */
CURVE_INLINE bool curve_is_main(const curve_point *a) {
    uint8_t order[32];
    for (int i = 0; i < 32; i++)
        order[i] = (uint8_t)(curve_order[i / 4] >> (i % 4 * 8));
    const curve_point none = curve_times(order, a);
    return curve_is_identity(&none) && !curve_is_identity(a);
}

CURVE_FUNCTION int32_t curve_is_valid_point(const uint8_t point[32]) {
    curve_point a;
    return curve_decode(point, &a) && curve_is_main(&a);
}

CURVE_FUNCTION int32_t curve_add(const uint8_t a[32], const uint8_t b[32], uint8_t to[32]) {
    curve_point left, right;
    if (!curve_decode(a, &left) || !curve_decode(b, &right))
        return 0;
    left = curve_points_sum(&left, &right);
    curve_encode(&left, to);
    return 1;
}

CURVE_FUNCTION int32_t curve_multiply(const uint8_t scalar[32], const uint8_t point[32], uint8_t to[32]) {
    curve_point a;
    if (!curve_decode(point, &a) || !curve_is_main(&a) || !curve_scalar_multiplies(scalar))
        return 0;
    a = curve_times(scalar, &a);
    curve_encode(&a, to);
    return 1;
}

CURVE_FUNCTION int32_t curve_base_multiply(const uint8_t scalar[32], uint8_t to[32]) {
    curve_point a;
    if (!curve_scalar_multiplies(scalar) || !curve_decode(curve_base, &a))
        return 0;
    a = curve_times(scalar, &a);
    curve_encode(&a, to);
    return 1;
}

#endif
