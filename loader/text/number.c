/* loader/text/number.c - number literals to bits.  Spec: text-num
 *
 * A float is never computed as one.  A literal is a fraction of two big integers; long division gives the leading 64
 * bits of it and whether anything follows, and rounding is done on those.  800 decimal digits decide any rounding of a
 * double (767 do), the others only count as "something follows", so the big integers are of fixed size. */
#include "loader/text/number.h"

enum {
    MAX_DIGITS = 800,
    LIMBS = 96, /* of 32 bits: 10^801 needs 84, and two more for the quotient's bits */
};

/* Exponents are kept within this, far beyond any that matter and far from overflow. */
#define EXPONENT_LIMIT (INT64_C(1) << 48)

struct big {
    uint32_t size;
    uint32_t limbs[LIMBS];
};

/* Words are read through a cursor. */
struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

static int digit_value(uint8_t c, unsigned base) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (base == 16 && c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (base == 16 && c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool at_digit(const struct cursor *cursor, unsigned base) {
    return cursor->at < cursor->end && digit_value(*cursor->at, base) >= 0;
}

/* The next digit of a run that started; single underscores between digits are passed over. */
static bool next_digit(struct cursor *cursor, unsigned base, uint32_t *digit) {
    const uint8_t *at = cursor->at;
    if (at < cursor->end && *at == '_')
        at++;
    if (at >= cursor->end || digit_value(*at, base) < 0)
        return false;
    *digit = (uint32_t)digit_value(*at, base);
    cursor->at = at + 1;
    return true;
}

static bool take(struct cursor *cursor, char c) {
    if (cursor->at >= cursor->end || *cursor->at != (uint8_t)c)
        return false;
    cursor->at++;
    return true;
}

static bool take_text(struct cursor *cursor, const char *text) {
    const size_t size = strlen(text);
    if ((size_t)(cursor->end - cursor->at) < size || memcmp(cursor->at, text, size) != 0)
        return false;
    cursor->at += size;
    return true;
}

/* Reads digits to the end of the word. */
static enum text_number read_unsigned(struct cursor *cursor, uint64_t maximum, uint64_t *value) {
    const unsigned base = take_text(cursor, "0x") ? 16 : 10;
    if (!at_digit(cursor, base))
        return TEXT_NUMBER_NONE;
    bool fits = true;
    uint64_t sum = 0;
    uint32_t digit;
    while (next_digit(cursor, base, &digit)) {
        if (sum > (UINT64_MAX - digit) / base)
            fits = false;
        else
            sum = sum * base + digit;
    }
    if (cursor->at != cursor->end)
        return TEXT_NUMBER_NONE;
    *value = sum;
    return fits && sum <= maximum ? TEXT_NUMBER_GOOD : TEXT_NUMBER_RANGE;
}

enum text_number text_unsigned(struct vm_bytes word, uint64_t maximum, uint64_t *value) {
    struct cursor cursor = {word.data, word.data + word.size};
    return read_unsigned(&cursor, maximum, value);
}

enum text_number text_integer(struct vm_bytes word, unsigned bits, uint64_t *value) {
    struct cursor cursor = {word.data, word.data + word.size};
    const uint64_t all = UINT64_MAX >> (64 - bits), sign = UINT64_C(1) << (bits - 1);
    const bool negative = take(&cursor, '-');
    if (!negative)
        take(&cursor, '+');
    /* "+2^32 - 1" is one too many: with a sign the number is signed. */
    const bool is_signed = cursor.at != word.data;
    const enum text_number status = read_unsigned(&cursor, negative ? sign : is_signed ? sign - 1 : all, value);
    if (status == TEXT_NUMBER_GOOD && negative)
        *value = (0 - *value) & all;
    return status;
}

static void big_trim(struct big *big) {
    while (big->size > 0 && big->limbs[big->size - 1] == 0)
        big->size--;
}

static void big_multiply_add(struct big *big, uint32_t factor, uint32_t summand) {
    uint64_t carry = summand;
    for (uint32_t i = 0; i < big->size; i++) {
        carry += (uint64_t)big->limbs[i] * factor;
        big->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0)
        big->limbs[big->size++] = (uint32_t)carry;
}

static void big_multiply_power_of_5(struct big *big, uint32_t power) {
    static const uint32_t small[] = {1,     5,      25,      125,     625,      3125,     15625,
                                     78125, 390625, 1953125, 9765625, 48828125, 244140625};
    for (; power >= 13; power -= 13)
        big_multiply_add(big, 1220703125, 0);
    big_multiply_add(big, small[power], 0);
}

static uint32_t big_bits(const struct big *big) {
    uint32_t bits = 32 * (big->size - 1);
    for (uint32_t top = big->limbs[big->size - 1]; top != 0; top >>= 1)
        bits++;
    return bits;
}

static void big_shift_left(struct big *big, uint32_t count) {
    const uint32_t limbs = count / 32, bits = count % 32;
    const uint32_t size = big->size + limbs + 1;
    for (uint32_t i = size; i-- > 0;) {
        const uint32_t low = i >= limbs + 1 ? big->limbs[i - limbs - 1] : 0;
        const uint32_t high = i >= limbs && i - limbs < big->size ? big->limbs[i - limbs] : 0;
        big->limbs[i] = (uint32_t)(((uint64_t)high << 32 | low) << bits >> 32);
    }
    big->size = size;
    big_trim(big);
}

static bool big_less(const struct big *a, const struct big *b) {
    if (a->size != b->size)
        return a->size < b->size;
    for (uint32_t i = a->size; i-- > 0;)
        if (a->limbs[i] != b->limbs[i])
            return a->limbs[i] < b->limbs[i];
    return false;
}

static void big_subtract(struct big *a, const struct big *b) {
    uint64_t borrow = 0;
    for (uint32_t i = 0; i < a->size; i++) {
        const uint64_t difference = (uint64_t)a->limbs[i] - (i < b->size ? b->limbs[i] : 0) - borrow;
        a->limbs[i] = (uint32_t)difference;
        borrow = difference >> 63;
    }
    big_trim(a);
}

/* The leading bits of a positive number: bits / 2^63 * 2^exponent, with the top bit of `bits` set; `more` if the number
 * is greater than that. */
struct leading {
    uint64_t bits;
    int64_t exponent;
    bool more;
};

static void normalize(struct leading *number) {
    while (number->bits >> 63 == 0) {
        number->bits <<= 1;
        number->exponent--;
    }
}

/* numerator * 2^exponent, which is not zero. */
static struct leading leading_of_integer(const struct big *numerator, int64_t exponent) {
    const uint32_t bits = big_bits(numerator);
    struct leading result = {0, exponent + bits - 1, false};
    for (uint32_t i = 0; i < 64; i++) {
        result.bits <<= 1;
        if (i < bits)
            result.bits |= numerator->limbs[(bits - 1 - i) / 32] >> ((bits - 1 - i) % 32) & 1;
    }
    for (uint32_t i = 0; i + 64 < bits && !result.more; i++)
        result.more = (numerator->limbs[i / 32] >> (i % 32) & 1) != 0;
    return result;
}

/* numerator / denominator * 2^exponent; neither is zero, both are used up. */
static struct leading leading_of_fraction(struct big *numerator, struct big *denominator, int64_t exponent) {
    const uint32_t above = big_bits(numerator), below = big_bits(denominator);
    if (above < below)
        big_shift_left(numerator, below - above);
    else
        big_shift_left(denominator, above - below);
    struct leading result = {0, exponent + above - below, false};
    if (big_less(numerator, denominator)) {
        big_shift_left(numerator, 1);
        result.exponent--;
    }
    for (int i = 0; i < 64; i++) {
        result.bits <<= 1;
        if (!big_less(numerator, denominator)) {
            big_subtract(numerator, denominator);
            result.bits |= 1;
        }
        big_shift_left(numerator, 1);
    }
    result.more = numerator->size != 0;
    return result;
}

/* Rounds to nearest, ties to even, into the format of `bits`; false if that is infinity. */
static bool round_float(struct leading number, unsigned bits, uint64_t *value) {
    const unsigned precision = bits == 32 ? 24 : 53;
    const int64_t smallest = bits == 32 ? -126 : -1022;
    const uint64_t infinity = bits == 32 ? UINT64_C(0xFF) << 23 : UINT64_C(0x7FF) << 52;
    if (number.exponent > 1 - smallest)
        return false;
    const bool subnormal = number.exponent < smallest;
    const int64_t drop = 64 - (int64_t)precision + (subnormal ? smallest - number.exponent : 0);
    if (drop > 64) {
        *value = 0;
        return true;
    }
    uint64_t kept = drop == 64 ? 0 : number.bits >> drop;
    const uint64_t half = UINT64_C(1) << (drop - 1), rest = number.bits & (half | (half - 1));
    if (rest > half || (rest == half && (number.more || (kept & 1) != 0)))
        kept++;
    /* A carry out of the fraction steps the exponent, as it should; a normal number's leading bit counts for one. */
    *value = subnormal ? kept : ((uint64_t)(number.exponent - smallest) << (precision - 1)) + kept;
    return *value < infinity;
}

/* Reads an optional exponent behind one of the two letters.  False if the word is no float. */
static bool read_exponent(struct cursor *cursor, char lower, char upper, int64_t *exponent) {
    *exponent = 0;
    if (cursor->at == cursor->end)
        return true;
    if (!take(cursor, lower) && !take(cursor, upper))
        return false;
    const bool negative = take(cursor, '-');
    if (!negative)
        take(cursor, '+');
    if (!at_digit(cursor, 10))
        return false;
    uint32_t digit;
    while (next_digit(cursor, 10, &digit))
        if (*exponent < EXPONENT_LIMIT)
            *exponent = *exponent * 10 + digit;
    if (negative)
        *exponent = -*exponent;
    return cursor->at == cursor->end;
}

static enum text_number hexadecimal(struct cursor *cursor, unsigned bits, uint64_t *value) {
    struct leading number = {0, 63, false};
    uint32_t digit;
    int64_t scale = 0;
    if (!at_digit(cursor, 16))
        return TEXT_NUMBER_NONE;
    for (int part = 0; part < 2; part++) {
        while (next_digit(cursor, 16, &digit)) {
            if (number.bits >> 60 == 0)
                number.bits = number.bits << 4 | digit;
            else {
                number.more = number.more || digit != 0;
                scale += 4;
            }
            if (part == 1)
                scale -= 4;
        }
        if (part == 1 || !take(cursor, '.') || !at_digit(cursor, 16))
            break;
    }
    int64_t exponent;
    if (!read_exponent(cursor, 'p', 'P', &exponent))
        return TEXT_NUMBER_NONE;
    if (number.bits == 0) {
        *value = 0;
        return TEXT_NUMBER_GOOD;
    }
    number.exponent += scale + exponent;
    normalize(&number);
    return round_float(number, bits, value) ? TEXT_NUMBER_GOOD : TEXT_NUMBER_RANGE;
}

/* Significant digits of a decimal literal as an integer times 10^scale. */
struct decimal {
    struct big digits;
    uint32_t count;
    int64_t scale;
    uint32_t pending; /* digits not yet in `digits`, up to 9, so that big steps are few */
    uint32_t pending_factor;
    bool more;
};

static void flush_digits(struct decimal *decimal) {
    big_multiply_add(&decimal->digits, decimal->pending_factor, decimal->pending);
    decimal->pending = 0;
    decimal->pending_factor = 1;
}

static void add_digit(struct decimal *decimal, uint32_t digit) {
    if (decimal->count == 0 && digit == 0)
        return;
    if (decimal->count >= MAX_DIGITS) {
        decimal->more = decimal->more || digit != 0;
        decimal->scale++;
        return;
    }
    decimal->count++;
    decimal->pending = decimal->pending * 10 + digit;
    decimal->pending_factor *= 10;
    if (decimal->pending_factor == 1000000000)
        flush_digits(decimal);
}

static enum text_number round_decimal(struct decimal *decimal, unsigned bits, uint64_t *value) {
    /* One more digit stands for all that were left out. */
    if (decimal->more) {
        decimal->pending = decimal->pending * 10 + 1;
        decimal->pending_factor *= 10;
        decimal->count++;
        decimal->scale--;
    }
    flush_digits(decimal);
    const int64_t magnitude = decimal->scale + decimal->count; /* the number is below 10^magnitude */
    *value = 0;
    if (decimal->count == 0 || magnitude < -330)
        return TEXT_NUMBER_GOOD;
    if (magnitude > 310)
        return TEXT_NUMBER_RANGE;
    struct leading number;
    if (decimal->scale >= 0) {
        big_multiply_power_of_5(&decimal->digits, (uint32_t)decimal->scale);
        number = leading_of_integer(&decimal->digits, decimal->scale);
    } else {
        struct big power = {1, {1}};
        big_multiply_power_of_5(&power, (uint32_t)-decimal->scale);
        number = leading_of_fraction(&decimal->digits, &power, decimal->scale);
    }
    return round_float(number, bits, value) ? TEXT_NUMBER_GOOD : TEXT_NUMBER_RANGE;
}

static enum text_number decimal(struct cursor *cursor, unsigned bits, uint64_t *value) {
    struct decimal number = {.pending_factor = 1};
    uint32_t digit;
    if (!at_digit(cursor, 10))
        return TEXT_NUMBER_NONE;
    while (next_digit(cursor, 10, &digit))
        add_digit(&number, digit);
    if (take(cursor, '.') && at_digit(cursor, 10))
        for (; next_digit(cursor, 10, &digit); number.scale--)
            add_digit(&number, digit);
    int64_t exponent;
    if (!read_exponent(cursor, 'e', 'E', &exponent))
        return TEXT_NUMBER_NONE;
    number.scale += exponent;
    return round_decimal(&number, bits, value);
}

/* nan, nan:0x...  Spec: text-float */
static enum text_number not_a_number(struct cursor *cursor, unsigned bits, uint64_t *value) {
    const unsigned fraction = bits == 32 ? 23 : 52;
    const uint64_t infinity = bits == 32 ? UINT64_C(0xFF) << 23 : UINT64_C(0x7FF) << 52;
    uint64_t payload = UINT64_C(1) << (fraction - 1);
    if (cursor->at != cursor->end) {
        if (!take(cursor, ':') || cursor->end - cursor->at < 2 || memcmp(cursor->at, "0x", 2) != 0)
            return TEXT_NUMBER_NONE;
        const enum text_number status = read_unsigned(cursor, (UINT64_C(1) << fraction) - 1, &payload);
        if (status != TEXT_NUMBER_GOOD)
            return status;
        if (payload == 0)
            return TEXT_NUMBER_RANGE;
    }
    *value = infinity | payload;
    return TEXT_NUMBER_GOOD;
}

enum text_number text_float(struct vm_bytes word, unsigned bits, uint64_t *value) {
    struct cursor cursor = {word.data, word.data + word.size};
    const bool negative = take(&cursor, '-');
    if (!negative)
        take(&cursor, '+');
    enum text_number status;
    if (take_text(&cursor, "inf")) {
        *value = bits == 32 ? UINT64_C(0xFF) << 23 : UINT64_C(0x7FF) << 52;
        status = cursor.at == cursor.end ? TEXT_NUMBER_GOOD : TEXT_NUMBER_NONE;
    } else if (take_text(&cursor, "nan"))
        status = not_a_number(&cursor, bits, value);
    else if (take_text(&cursor, "0x"))
        status = hexadecimal(&cursor, bits, value);
    else
        status = decimal(&cursor, bits, value);
    if (status == TEXT_NUMBER_GOOD && negative)
        *value |= UINT64_C(1) << (bits - 1);
    return status;
}

bool text_is_number(struct vm_bytes word) {
    uint64_t value;
    return text_integer(word, 64, &value) != TEXT_NUMBER_NONE || text_float(word, 64, &value) != TEXT_NUMBER_NONE;
}
