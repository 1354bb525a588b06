/* loader/lower/soft/format.h - every operation that is the same for both formats but for the widths.
 *
 * f32.c and f64.c include it after they have defined
 *   WORD, SIGNED_WORD            unsigned and signed integers as wide as the format
 *   BITS                         that width
 *   FRACTION_BITS, BIAS          of the format
 *   COUNT_LEADING_ZEROS(word)    of a word other than zero
 *   FORMAT(name)                 the C name of a routine
 *   TO_INTEGER(type, name, sign) the same of a conversion to an integer type
 *   TEXT                         "f32" or "f64"
 *
 * Between unpacking and rounding a significand has its leading one at the second highest bit of a word, LEADING, so that
 * a sum still fits; what lies below the format's last place are ROUND_BITS bits, the lowest of which also stands for all
 * that was shifted out ("jammed"). */

#define ROUND_BITS (BITS - 2 - FRACTION_BITS)
#define SIGN ((WORD)1 << (BITS - 1))
#define IMPLICIT ((WORD)1 << FRACTION_BITS)
#define FRACTION (IMPLICIT - 1)
#define INFINITE ((WORD)(SIGN - 1) & ~FRACTION)
#define NOT_A_NUMBER (INFINITE | IMPLICIT >> 1)
#define LEADING ((WORD)1 << (BITS - 2))
#define MOST_EXPONENT (2 * BIAS + 1)
#define ONE ((WORD)BIAS << FRACTION_BITS)

static inline WORD magnitude_of(WORD a) {
    return a & (WORD)~SIGN;
}

static inline bool is_nan(WORD a) {
    return magnitude_of(a) > INFINITE;
}

/* Shifted right, and the last bit set if anything was shifted out. */
static inline WORD shift_right_jam(WORD value, uint32_t count) {
    if (count >= BITS)
        return value != 0;
    return value >> count | (WORD)((value & (((WORD)1 << count) - 1)) != 0);
}

/* Rounds significand * 2^(exponent - BIAS - (BITS - 2)), whose leading one is at LEADING unless it is subnormal, and
 * packs it.  An exponent below 1 makes it subnormal first, so that there is one rounding only. */
static inline WORD round_and_pack(WORD sign, int32_t exponent, WORD significand) {
    if (exponent >= MOST_EXPONENT)
        return sign | INFINITE;
    if (exponent < 1) {
        significand = shift_right_jam(significand, (uint32_t)(1 - exponent));
        exponent = 1;
    }
    const WORD half = (WORD)1 << (ROUND_BITS - 1);
    const WORD odd = significand >> ROUND_BITS & 1;
    significand = (significand + half - 1 + odd) >> ROUND_BITS;
    /* The implicit one, if there is one, adds 1 to the exponent; so does a carry out of the fraction. */
    return sign | (((WORD)(exponent - 1) << FRACTION_BITS) + significand);
}

/* The significand of a finite magnitude other than zero, with its leading one at FRACTION_BITS, and its exponent. */
static inline WORD normalize(WORD magnitude, int32_t *exponent) {
    *exponent = (int32_t)(magnitude >> FRACTION_BITS);
    if (*exponent != 0)
        return (magnitude & FRACTION) | IMPLICIT;
    const int32_t shift = (int32_t)COUNT_LEADING_ZEROS(magnitude) - (BITS - 1 - FRACTION_BITS);
    *exponent = 1 - shift;
    return magnitude << shift;
}

/* Spec: op-fadd */
SOFT_ALWAYS_INLINE WORD add(WORD a, WORD b) {
    if (magnitude_of(a) < magnitude_of(b)) {
        const WORD swapped = a;
        a = b;
        b = swapped;
    }
    const WORD larger = magnitude_of(a), smaller = magnitude_of(b), sign = a & SIGN;
    const bool differ = ((a ^ b) & SIGN) != 0;
    if (larger >= INFINITE)
        return larger > INFINITE || (differ && smaller == INFINITE) ? NOT_A_NUMBER : a;
    int32_t exponent = (int32_t)(larger >> FRACTION_BITS);
    int32_t distance = (int32_t)(smaller >> FRACTION_BITS);
    WORD significand = ((larger & FRACTION) | (exponent == 0 ? 0 : IMPLICIT)) << ROUND_BITS;
    WORD addend = ((smaller & FRACTION) | (distance == 0 ? 0 : IMPLICIT)) << ROUND_BITS;
    exponent += exponent == 0;
    distance += distance == 0;
    addend = shift_right_jam(addend, (uint32_t)(exponent - distance));
    if (!differ) {
        significand += addend;
        if ((significand & SIGN) != 0) {
            significand = significand >> 1 | (significand & 1);
            exponent++;
        }
        return round_and_pack(sign, exponent, significand);
    }
    significand -= addend;
    if (significand == 0)
        return 0;
    /* No further than to the exponent of subnormal numbers. */
    int32_t shift = (int32_t)COUNT_LEADING_ZEROS(significand) - 1;
    if (shift >= exponent)
        shift = exponent - 1;
    return round_and_pack(sign, exponent - shift, significand << shift);
}

SOFT_ROUTINE(TEXT ".add")
WORD FORMAT(add)(WORD a, WORD b) {
    return add(a, b);
}

SOFT_ROUTINE(TEXT ".sub")
WORD FORMAT(sub)(WORD a, WORD b) {
    return add(a, b ^ SIGN);
}

/* Spec: op-fmul */
SOFT_ROUTINE(TEXT ".mul")
WORD FORMAT(mul)(WORD a, WORD b) {
    const WORD sign = (a ^ b) & SIGN;
    a = magnitude_of(a);
    b = magnitude_of(b);
    if (a >= INFINITE || b >= INFINITE) {
        const bool undefined = a > INFINITE || b > INFINITE || a == 0 || b == 0;
        return undefined ? NOT_A_NUMBER : sign | INFINITE;
    }
    if (a == 0 || b == 0)
        return sign;
    int32_t exponent;
    int32_t other;
    a = normalize(a, &exponent) << ROUND_BITS;
    b = normalize(b, &other) << (ROUND_BITS + 1);
    exponent += other - BIAS + 1;
    WORD significand = multiply_high_jam(a, b);
    if (significand < LEADING) {
        significand <<= 1;
        exponent--;
    }
    return round_and_pack(sign, exponent, significand);
}

/* Spec: op-fdiv */
SOFT_ROUTINE(TEXT ".div")
WORD FORMAT(div)(WORD a, WORD b) {
    const WORD sign = (a ^ b) & SIGN;
    a = magnitude_of(a);
    b = magnitude_of(b);
    if (a >= INFINITE || b >= INFINITE) {
        if (a > INFINITE || b > INFINITE || a == b)
            return NOT_A_NUMBER;
        return a == INFINITE ? sign | INFINITE : sign;
    }
    if (b == 0)
        return a == 0 ? NOT_A_NUMBER : sign | INFINITE;
    if (a == 0)
        return sign;
    int32_t exponent;
    int32_t other;
    a = normalize(a, &exponent);
    b = normalize(b, &other);
    exponent += BIAS - other;
    if (a < b) {
        a <<= 1;
        exponent--;
    }
    return round_and_pack(sign, exponent, divide_jam(a, b));
}

/* Spec: op-fsqrt */
SOFT_ROUTINE(TEXT ".sqrt")
WORD FORMAT(sqrt)(WORD a) {
    if (magnitude_of(a) == 0 || a == INFINITE)
        return a;
    if (a > INFINITE) /* NaN, or below zero */
        return NOT_A_NUMBER;
    int32_t exponent;
    const WORD significand = normalize(a, &exponent);
    /* An exponent that is odd, without its bias, gives one of its twos to the significand. */
    const uint32_t odd = (uint32_t)(exponent + 1) & 1;
    exponent = (exponent - BIAS - (int32_t)odd) / 2 + BIAS;
    return round_and_pack(0, exponent, root_jam(significand << odd));
}

/* Numbers that are not NaN in the order of signed integers, -0 below +0. */
static inline SIGNED_WORD order_of(WORD a) {
    return (SIGNED_WORD)((a & SIGN) != 0 ? a ^ (SIGN - 1) : a);
}

/* Spec: op-fmin, op-fmax */
SOFT_ROUTINE(TEXT ".min")
WORD FORMAT(min)(WORD a, WORD b) {
    if (is_nan(a) || is_nan(b))
        return NOT_A_NUMBER;
    return order_of(a) < order_of(b) ? a : b;
}

SOFT_ROUTINE(TEXT ".max")
WORD FORMAT(max)(WORD a, WORD b) {
    if (is_nan(a) || is_nan(b))
        return NOT_A_NUMBER;
    return order_of(a) < order_of(b) ? b : a;
}

SOFT_ROUTINE(TEXT ".copysign")
WORD FORMAT(copysign)(WORD a, WORD b) {
    return magnitude_of(a) | (b & SIGN);
}

/* Comparisons.  Spec: op-feq and following */
static inline bool equal(WORD a, WORD b) {
    return !is_nan(a) && !is_nan(b) && (a == b || magnitude_of(a | b) == 0);
}

static inline bool less(WORD a, WORD b) {
    return !is_nan(a) && !is_nan(b) && order_of(a) < order_of(b) && magnitude_of(a | b) != 0;
}

static inline bool less_or_equal(WORD a, WORD b) {
    return !is_nan(a) && !is_nan(b) && (order_of(a) <= order_of(b) || magnitude_of(a | b) == 0);
}

SOFT_ROUTINE(TEXT ".eq")
uint32_t FORMAT(eq)(WORD a, WORD b) {
    return equal(a, b);
}

SOFT_ROUTINE(TEXT ".ne")
uint32_t FORMAT(ne)(WORD a, WORD b) {
    return !equal(a, b);
}

SOFT_ROUTINE(TEXT ".lt")
uint32_t FORMAT(lt)(WORD a, WORD b) {
    return less(a, b);
}

SOFT_ROUTINE(TEXT ".gt")
uint32_t FORMAT(gt)(WORD a, WORD b) {
    return less(b, a);
}

SOFT_ROUTINE(TEXT ".le")
uint32_t FORMAT(le)(WORD a, WORD b) {
    return less_or_equal(a, b);
}

SOFT_ROUTINE(TEXT ".ge")
uint32_t FORMAT(ge)(WORD a, WORD b) {
    return less_or_equal(b, a);
}

/* Roundings to a whole number.  Those at 2^FRACTION_BITS and above are whole; below, `a` may gain what carries it to the
 * next whole number, then loses its fraction; a carry out of the fraction raises the exponent, as it should. */
static inline bool is_whole(WORD magnitude) {
    return magnitude >= (WORD)(BIAS + FRACTION_BITS) << FRACTION_BITS;
}

/* The bits behind the point of a magnitude from 1 on. */
static inline WORD behind_point(WORD magnitude) {
    return FRACTION >> ((magnitude >> FRACTION_BITS) - BIAS);
}

/* Away from zero where `a` has this sign, else towards it. */
static inline WORD round_directed(WORD a, WORD sign) {
    const WORD magnitude = magnitude_of(a);
    const bool away = (a & SIGN) == sign;
    if (is_whole(magnitude))
        return magnitude > INFINITE ? NOT_A_NUMBER : a;
    if (magnitude < ONE)
        return (a & SIGN) | (away && magnitude != 0 ? ONE : 0);
    const WORD behind = behind_point(magnitude);
    return (away ? a + behind : a) & ~behind;
}

/* Spec: op-fceil, op-ffloor, op-ftrunc, op-fnearest */
SOFT_ROUTINE(TEXT ".ceil")
WORD FORMAT(ceil)(WORD a) {
    return round_directed(a, 0);
}

SOFT_ROUTINE(TEXT ".floor")
WORD FORMAT(floor)(WORD a) {
    return round_directed(a, SIGN);
}

SOFT_ROUTINE(TEXT ".trunc")
WORD FORMAT(trunc)(WORD a) {
    return round_directed(a, ~a & SIGN);
}

SOFT_ROUTINE(TEXT ".nearest")
WORD FORMAT(nearest)(WORD a) {
    const WORD magnitude = magnitude_of(a);
    if (is_whole(magnitude))
        return magnitude > INFINITE ? NOT_A_NUMBER : a;
    if (magnitude < ONE)
        return (a & SIGN) | (magnitude > ONE - IMPLICIT ? ONE : 0);
    const WORD behind = behind_point(magnitude);
    /* The last bit before the point; for 1 to 2 that is the exponent's last, which is 1 because the bias is odd. */
    const WORD odd = (a & (behind + 1)) != 0;
    return (a + (behind >> 1) + odd) & ~behind;
}

/* Conversions from integers, given as sign and magnitude.  Spec: op-convert-u */
static inline WORD from_integer(WORD sign, uint64_t magnitude) {
    enum { NARROWING = 65 - BITS }; /* from the highest of 64 bits to LEADING */
    if (magnitude == 0)
        return 0;
    const int32_t shift = __builtin_clzll(magnitude);
    magnitude <<= shift;
    const WORD jammed = (magnitude & ((UINT64_C(1) << NARROWING) - 1)) != 0;
    return round_and_pack(sign, BIAS + 63 - shift, (WORD)(magnitude >> NARROWING) | jammed);
}

static inline WORD from_signed(int64_t value) {
    return value < 0 ? from_integer(SIGN, ~(uint64_t)value + 1) : from_integer(0, (uint64_t)value);
}

SOFT_ROUTINE(TEXT ".convert_i32_s")
WORD FORMAT(convert_i32_s)(uint32_t value) {
    return from_signed((int32_t)value);
}

SOFT_ROUTINE(TEXT ".convert_i32_u")
WORD FORMAT(convert_i32_u)(uint32_t value) {
    return from_integer(0, value);
}

SOFT_ROUTINE(TEXT ".convert_i64_s")
WORD FORMAT(convert_i64_s)(uint64_t value) {
    return from_signed((int64_t)value);
}

SOFT_ROUTINE(TEXT ".convert_i64_u")
WORD FORMAT(convert_i64_u)(uint64_t value) {
    return from_integer(0, value);
}

/* The integer part of a number below 2^64. */
static inline uint64_t integer_part(WORD magnitude) {
    const int32_t exponent = (int32_t)(magnitude >> FRACTION_BITS) - BIAS;
    const uint64_t significand = (magnitude & FRACTION) | IMPLICIT;
    if (exponent < 0)
        return 0;
    return exponent < FRACTION_BITS ? significand >> (FRACTION_BITS - exponent)
                                    : significand << (exponent - FRACTION_BITS);
}

/* Whether the integer part fits an integer type of 32 or 64 bits; then *out is it. */
static inline enum soft_fit to_integer(WORD a, uint32_t bits, bool is_signed, uint64_t *out) {
    const WORD magnitude = magnitude_of(a);
    const bool negative = (a & SIGN) != 0;
    if (magnitude > INFINITE)
        return SOFT_NOT_A_NUMBER;
    const enum soft_fit outside = negative ? SOFT_BELOW : SOFT_ABOVE;
    if (magnitude >= (WORD)(BIAS + bits) << FRACTION_BITS)
        return outside;
    const uint64_t part = integer_part(magnitude);
    const uint64_t most = is_signed ? soft_ones(bits - 1) + negative : negative ? 0 : soft_ones(bits);
    if (part > most)
        return outside;
    *out = negative ? ~part + 1 : part;
    return SOFT_FITS;
}

/* Spec: op-trunc-u */
static inline uint64_t to_integer_or_trap(WORD a, uint32_t bits, bool is_signed) {
    uint64_t value = 0;
    switch (to_integer(a, bits, is_signed, &value)) {
    case SOFT_FITS:
        return value;
    case SOFT_NOT_A_NUMBER:
        return soft_trap_invalid();
    case SOFT_BELOW:
    case SOFT_ABOVE:
        break;
    }
    return soft_trap_overflow();
}

/* Spec: op-trunc-sat-u */
static inline uint64_t to_integer_saturated(WORD a, uint32_t bits, bool is_signed) {
    uint64_t value = 0;
    switch (to_integer(a, bits, is_signed, &value)) {
    case SOFT_FITS:
        return value;
    case SOFT_NOT_A_NUMBER:
        return 0;
    case SOFT_BELOW:
        return is_signed ? ~soft_ones(bits - 1) : 0;
    case SOFT_ABOVE:
        break;
    }
    return is_signed ? soft_ones(bits - 1) : soft_ones(bits);
}

SOFT_ROUTINE("i32.trunc_" TEXT "_s")
uint32_t TO_INTEGER(i32, trunc, s)(WORD a) {
    return (uint32_t)to_integer_or_trap(a, 32, true);
}

SOFT_ROUTINE("i32.trunc_" TEXT "_u")
uint32_t TO_INTEGER(i32, trunc, u)(WORD a) {
    return (uint32_t)to_integer_or_trap(a, 32, false);
}

SOFT_ROUTINE("i64.trunc_" TEXT "_s")
uint64_t TO_INTEGER(i64, trunc, s)(WORD a) {
    return to_integer_or_trap(a, 64, true);
}

SOFT_ROUTINE("i64.trunc_" TEXT "_u")
uint64_t TO_INTEGER(i64, trunc, u)(WORD a) {
    return to_integer_or_trap(a, 64, false);
}

SOFT_ROUTINE("i32.trunc_sat_" TEXT "_s")
uint32_t TO_INTEGER(i32, trunc_sat, s)(WORD a) {
    return (uint32_t)to_integer_saturated(a, 32, true);
}

SOFT_ROUTINE("i32.trunc_sat_" TEXT "_u")
uint32_t TO_INTEGER(i32, trunc_sat, u)(WORD a) {
    return (uint32_t)to_integer_saturated(a, 32, false);
}

SOFT_ROUTINE("i64.trunc_sat_" TEXT "_s")
uint64_t TO_INTEGER(i64, trunc_sat, s)(WORD a) {
    return to_integer_saturated(a, 64, true);
}

SOFT_ROUTINE("i64.trunc_sat_" TEXT "_u")
uint64_t TO_INTEGER(i64, trunc_sat, u)(WORD a) {
    return to_integer_saturated(a, 64, false);
}
