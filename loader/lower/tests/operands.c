/* loader/lower/tests/operands.c - operands for floating point tests: special ones, and random ones near boundaries. */
#include "loader/lower/tests/hardware.h"

/* Where rounding, ranges and kinds of numbers end, without their signs. */
static const uint64_t f32_special[] = {
    0,          1,          2,          0x00000003, 0x003FFFFF, 0x00400000, 0x007FFFFE, 0x007FFFFF, 0x00800000,
    0x00800001, 0x00FFFFFF, 0x01000000, 0x0B800000, 0x1F800000, 0x20000000, 0x33000000, 0x33800000, 0x33FFFFFF,
    0x34000000, 0x3E800000, 0x3EFFFFFF, 0x3F000000, 0x3F000001, 0x3F7FFFFF, 0x3F800000, 0x3F800001, 0x3FBFFFFF,
    0x3FC00000, 0x3FC00001, 0x40000000, 0x40200000, 0x40400000, 0x4AFFFFFF, 0x4B000000, 0x4B000001, 0x4B7FFFFF,
    0x4B800000, 0x4EFFFFFF, 0x4F000000, 0x4F000001, 0x4F7FFFFF, 0x4F800000, 0x5EFFFFFF, 0x5F000000, 0x5F000001,
    0x5F7FFFFF, 0x5F800000, 0x7EFFFFFF, 0x7F000000, 0x7F7FFFFE, 0x7F7FFFFF, 0x7F800000, 0x7F800001, 0x7FBFFFFF,
    0x7FC00000, 0x7FC00001, 0x7FFFFFFF,
};
static const uint64_t f64_special[] = {
    0,
    1,
    2,
    3,
    0x0007FFFFFFFFFFFF,
    0x0008000000000000,
    0x000FFFFFFFFFFFFE,
    0x000FFFFFFFFFFFFF,
    0x0010000000000000,
    0x0010000000000001,
    0x001FFFFFFFFFFFFF,
    0x0020000000000000,
    0x1FF0000000000000,
    0x3680000000000000,
    0x3690000000000000,
    0x3690000000000001,
    0x36A0000000000000,
    0x380FFFFFC0000000,
    0x380FFFFFE0000000,
    0x3810000000000000,
    0x3CA0000000000000,
    0x3CB0000000000000,
    0x3FDFFFFFFFFFFFFF,
    0x3FE0000000000000,
    0x3FE0000000000001,
    0x3FEFFFFFFFFFFFFF,
    0x3FF0000000000000,
    0x3FF0000000000001,
    0x3FF0000010000000,
    0x3FF0000030000000,
    0x3FF7FFFFFFFFFFFF,
    0x3FF8000000000000,
    0x4000000000000000,
    0x4004000000000000,
    0x41DFFFFFFFC00000,
    0x41DFFFFFFFFFFFFF,
    0x41E0000000000000,
    0x41E0000000000001,
    0x41E00000001FFFFF,
    0x41E0000000200000,
    0x41EFFFFFFFE00000,
    0x41EFFFFFFFFFFFFF,
    0x41F0000000000000,
    0x432FFFFFFFFFFFFF,
    0x4330000000000000,
    0x4330000000000001,
    0x433FFFFFFFFFFFFF,
    0x4340000000000000,
    0x43DFFFFFFFFFFFFF,
    0x43E0000000000000,
    0x43E0000000000001,
    0x43EFFFFFFFFFFFFF,
    0x43F0000000000000,
    0x47EFFFFFE0000000,
    0x47EFFFFFEFFFFFFF,
    0x47EFFFFFF0000000,
    0x7FDFFFFFFFFFFFFF,
    0x7FE0000000000000,
    0x7FEFFFFFFFFFFFFE,
    0x7FEFFFFFFFFFFFFF,
    0x7FF0000000000000,
    0x7FF0000000000001,
    0x7FF7FFFFFFFFFFFF,
    0x7FF8000000000000,
    0x7FF8000000000001,
    0x7FFFFFFFFFFFFFFF,
};

enum { F32_SPECIAL = sizeof f32_special / sizeof *f32_special, F64_SPECIAL = sizeof f64_special / sizeof *f64_special };

static uint64_t special_values(char in) {
    return 2 * (in == 'f' || in == 'i' ? F32_SPECIAL : F64_SPECIAL);
}

/* The sign is the lowest bit of the number.  Integers take the same bits. */
static uint64_t special_value(char in, uint64_t number) {
    const bool narrow = in == 'f' || in == 'i';
    const uint64_t sign = (number & 1) << (narrow ? 31 : 63);
    return (narrow ? f32_special : f64_special)[number / 2] | sign;
}

uint64_t hardware_special_pairs(const struct hardware_row *row) {
    const uint64_t count = special_values(row->in);
    return row->binary ? count * count : count;
}

/* splitmix64 */
static uint64_t draw(uint64_t *state) {
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

struct format {
    uint32_t bits;
    uint32_t fraction_bits;
};

static uint64_t ones(uint32_t count) {
    return count == 0 ? 0 : UINT64_MAX >> (64 - count);
}

/* A fraction: random; of few leading bits, so that exact results and ties are common; all ones or zeros from some bit
 * on; the same but for the last bits. */
static uint64_t draw_fraction(uint64_t *state, struct format format) {
    const uint64_t choice = draw(state);
    const uint64_t random = draw(state) & ones(format.fraction_bits);
    const uint32_t cut = (uint32_t)(choice >> 8) % (format.fraction_bits + 1);
    switch (choice % 8) {
    case 0:
    case 1:
        return random;
    case 2:
    case 3:
        return random & ~ones(cut);
    case 4:
        return random | ones(cut);
    case 5:
        return ((random & ~ones(cut)) + (draw(state) & 7) - 3) & ones(format.fraction_bits);
    case 6:
        return (UINT64_C(1) << (cut % format.fraction_bits)) + (choice >> 40 & 3);
    default:
        return (ones(format.fraction_bits) - (UINT64_C(1) << (cut % format.fraction_bits))) ^ (choice >> 40 & 3);
    }
}

static uint64_t compose(struct format format, uint64_t sign, int64_t exponent, uint64_t fraction) {
    const int64_t most = (int64_t)ones(format.bits - 1 - format.fraction_bits);
    const uint64_t bounded = (uint64_t)(exponent < 0 ? 0 : exponent > most ? most : exponent);
    return (sign & 1) << (format.bits - 1) | bounded << format.fraction_bits | (fraction & ones(format.fraction_bits));
}

static int64_t exponent_of(struct format format, uint64_t value) {
    return (int64_t)(value >> format.fraction_bits & ones(format.bits - 1 - format.fraction_bits));
}

/* One number: of any exponent; near one; near the ends of the range; about as large as integers are. */
static uint64_t draw_float(uint64_t *state, struct format format) {
    const uint64_t choice = draw(state);
    const int64_t most = (int64_t)ones(format.bits - 1 - format.fraction_bits), bias = most / 2;
    const int64_t any = (int64_t)(choice >> 16) % (most + 1);
    int64_t exponent = any < 0 ? -any : any;
    switch (choice % 8) {
    case 0:
        return draw(state) & ones(format.bits);
    case 1:
        exponent = (int64_t)(choice >> 16 & 3);
        break;
    case 2:
        exponent = most - (int64_t)(choice >> 16 & 3);
        break;
    case 3:
    case 4:
        exponent = bias - 2 + exponent % 68;
        break;
    case 5:
        exponent = bias - 2 + (int64_t)(choice >> 16 & 3);
        break;
    default:
        break;
    }
    return compose(format, choice >> 63, exponent, draw_fraction(state, format));
}

/* A second operand that makes a boundary likely: about as large as the first; the first itself but for the last bits;
 * such that product or quotient are near the ends of the range. */
static uint64_t draw_partner(uint64_t *state, struct format format, uint64_t a) {
    const uint64_t choice = draw(state);
    const int64_t most = (int64_t)ones(format.bits - 1 - format.fraction_bits), bias = most / 2;
    const int64_t near = (int64_t)(choice >> 16) % ((int64_t)format.fraction_bits + 4);
    const int64_t exponent = exponent_of(format, a);
    const uint64_t sign = choice >> 62;
    switch (choice % 8) {
    case 0:
    case 1:
        return compose(format, sign, exponent + near, draw_fraction(state, format));
    case 2:
        return ((a + (choice >> 16 & 7) - 3) ^ (sign & 1) << (format.bits - 1)) & ones(format.bits);
    case 3: /* a * b about the least numbers */
        return compose(format, sign, bias - exponent + near / 2, draw_fraction(state, format));
    case 4: /* a * b about the greatest */
        return compose(format, sign, most - exponent + bias - 1 + near % 3, draw_fraction(state, format));
    case 5: /* a / b about the least or the greatest */
        return compose(format, sign, (choice >> 60 & 1) != 0 ? exponent + bias - 1 + near : exponent - bias + near % 3,
                       draw_fraction(state, format));
    default:
        return draw_float(state, format);
    }
}

/* Integers: random, of any length; near powers of two; of few bits; and such that a tie is near. */
static uint64_t draw_integer(uint64_t *state, uint32_t bits) {
    const uint64_t choice = draw(state);
    const uint64_t random = draw(state) >> (64 - bits);
    const uint32_t cut = (uint32_t)(choice >> 8) % bits, top = (uint32_t)(choice >> 16) % bits;
    switch (choice % 6) {
    case 0:
        return random;
    case 1:
        return random >> cut;
    case 2:
        return ((UINT64_C(1) << cut) + (choice >> 40 & 7) - 3) & ones(bits);
    case 3:
        return (~(random >> cut) + (choice >> 40 & 1)) & ones(bits);
    case 4:
        return (((random >> top) & ~ones(cut)) | (cut == 0 ? 0 : UINT64_C(1) << (cut - 1))) & ones(bits);
    default:
        return (((random >> top) | ones(cut)) + (choice >> 40 & 3) - 1) & ones(bits);
    }
}

void hardware_operands_init(struct hardware_operands *operands, const struct hardware_row *row, uint64_t seed) {
    *operands = (struct hardware_operands){.in = row->in, .binary = row->binary, .state = seed};
}

void hardware_operands_next(struct hardware_operands *operands, uint64_t *a, uint64_t *b) {
    const uint64_t count = special_values(operands->in);
    const uint64_t special = operands->special;
    if (special < (operands->binary ? count * count : count)) {
        operands->special++;
        *a = special_value(operands->in, special % count);
        *b = special_value(operands->in, special / count);
        return;
    }
    static const struct format f32 = {32, 23}, f64 = {64, 52};
    *b = 0;
    switch (operands->in) {
    case 'i':
    case 'I':
        *a = draw_integer(&operands->state, operands->in == 'i' ? 32 : 64);
        return;
    default:
        *a = draw_float(&operands->state, operands->in == 'f' ? f32 : f64);
        if (operands->binary)
            *b = draw_partner(&operands->state, operands->in == 'f' ? f32 : f64, *a);
    }
}
