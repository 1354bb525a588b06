/* loader/tests/text_number_test.c - number literals: what is one, what fits, and how a float is rounded.
 * Spec: text-int, text-float */
#include "loader/text/number.h"
#include "vm/tests/check.h"

#include <stdlib.h>

/* clang-format off */
static const struct {
    const char *word;
    unsigned bits;
    enum text_number status;
    uint64_t value;
} integers[] = {
    {"0",                     32, TEXT_NUMBER_GOOD,  0},
    {"00012",                 32, TEXT_NUMBER_GOOD,  12},
    {"4294967295",            32, TEXT_NUMBER_GOOD,  0xFFFFFFFF},
    {"4294967296",            32, TEXT_NUMBER_RANGE, 0},
    {"-2147483648",           32, TEXT_NUMBER_GOOD,  0x80000000},
    {"-2147483649",           32, TEXT_NUMBER_RANGE, 0},
    {"+2147483647",           32, TEXT_NUMBER_GOOD,  0x7FFFFFFF},
    {"+2147483648",           32, TEXT_NUMBER_RANGE, 0},
    {"-1",                    32, TEXT_NUMBER_GOOD,  0xFFFFFFFF},
    {"-0",                    32, TEXT_NUMBER_GOOD,  0},
    {"0xffff_ffff",           32, TEXT_NUMBER_GOOD,  0xFFFFFFFF},
    {"-0x8000_0000",          32, TEXT_NUMBER_GOOD,  0x80000000},
    {"0xABCDef",              32, TEXT_NUMBER_GOOD,  0xABCDEF},
    {"255",                    8, TEXT_NUMBER_GOOD,  255},
    {"256",                    8, TEXT_NUMBER_RANGE, 0},
    {"-128",                   8, TEXT_NUMBER_GOOD,  0x80},
    {"-129",                   8, TEXT_NUMBER_RANGE, 0},
    {"0xffff_ffff_ffff_ffff", 64, TEXT_NUMBER_GOOD,  UINT64_MAX},
    {"18446744073709551615",  64, TEXT_NUMBER_GOOD,  UINT64_MAX},
    {"18446744073709551616",  64, TEXT_NUMBER_RANGE, 0},
    {"-9223372036854775808",  64, TEXT_NUMBER_GOOD,  UINT64_C(1) << 63},
    {"-9223372036854775809",  64, TEXT_NUMBER_RANGE, 0},
    {"99999999999999999999999999999999999999999999", 64, TEXT_NUMBER_RANGE, 0},
    {"",                      32, TEXT_NUMBER_NONE,  0},
    {"-",                     32, TEXT_NUMBER_NONE,  0},
    {"+-1",                   32, TEXT_NUMBER_NONE,  0},
    {"0x",                    32, TEXT_NUMBER_NONE,  0},
    {"0X1",                   32, TEXT_NUMBER_NONE,  0},
    {"0xg",                   32, TEXT_NUMBER_NONE,  0},
    {"_1",                    32, TEXT_NUMBER_NONE,  0},
    {"1_",                    32, TEXT_NUMBER_NONE,  0},
    {"1__2",                  32, TEXT_NUMBER_NONE,  0},
    {"0x_1",                  32, TEXT_NUMBER_NONE,  0},
    {"0_x1",                  32, TEXT_NUMBER_NONE,  0},
    {"1a",                    32, TEXT_NUMBER_NONE,  0},
    {"1.0",                   32, TEXT_NUMBER_NONE,  0},
    {"1e3",                   32, TEXT_NUMBER_NONE,  0},
    {"0x100000000",           32, TEXT_NUMBER_RANGE, 0},
};

/* The value as f32 and as f64, computed with exact fractions by another program. */
#define RANGE UINT64_MAX
static const struct {
    const char *word;
    uint64_t f32;
    uint64_t f64;
} floats[] = {
    {"0", 0x00000000, UINT64_C(0x0000000000000000)},
    {"-0", 0x80000000, UINT64_C(0x8000000000000000)},
    {"0.", 0x00000000, UINT64_C(0x0000000000000000)},
    {"0.0e5", 0x00000000, UINT64_C(0x0000000000000000)},
    {"00001", 0x3f800000, UINT64_C(0x3ff0000000000000)},
    {"1", 0x3f800000, UINT64_C(0x3ff0000000000000)},
    {"1.", 0x3f800000, UINT64_C(0x3ff0000000000000)},
    {"1.5", 0x3fc00000, UINT64_C(0x3ff8000000000000)},
    {"-1.25e2", 0xc2fa0000, UINT64_C(0xc05f400000000000)},
    {"1e0", 0x3f800000, UINT64_C(0x3ff0000000000000)},
    {"0.1", 0x3dcccccd, UINT64_C(0x3fb999999999999a)},
    {"1_000.5_0e+0_1", 0x461c5400, UINT64_C(0x40c38a8000000000)},
    {"123456789012345678901234567890", 0x6fc77488, UINT64_C(0x45f8ee90ff6c373e)},
    {"16777216", 0x4b800000, UINT64_C(0x4170000000000000)},
    {"16777217", 0x4b800000, UINT64_C(0x4170000010000000)},
    {"16777218", 0x4b800001, UINT64_C(0x4170000020000000)},
    {"16777219", 0x4b800002, UINT64_C(0x4170000030000000)},
    {"16777217.0000000000000000000000000000000000000001", 0x4b800001, UINT64_C(0x4170000010000000)},
    {"9007199254740992", 0x5a000000, UINT64_C(0x4340000000000000)},
    {"9007199254740993", 0x5a000000, UINT64_C(0x4340000000000000)},
    {"9007199254740994", 0x5a000000, UINT64_C(0x4340000000000001)},
    {"9007199254740995", 0x5a000000, UINT64_C(0x4340000000000002)},
    {"9007199254740993.00000000000000000000000000000000000000000000000000000001", 0x5a000000, UINT64_C(0x4340000000000001)},
    {"2.2250738585072011e-308", 0x00000000, UINT64_C(0x000fffffffffffff)},
    {"2.2250738585072012e-308", 0x00000000, UINT64_C(0x0010000000000000)},
    {"2.2250738585072014e-308", 0x00000000, UINT64_C(0x0010000000000000)},
    {"4.9406564584124654e-324", 0x00000000, UINT64_C(0x0000000000000001)},
    {"2.4703282292062327208e-324", 0x00000000, UINT64_C(0x0000000000000000)},
    {"2.4703282292062328e-324", 0x00000000, UINT64_C(0x0000000000000001)},
    {"2.4703282292062327e-324", 0x00000000, UINT64_C(0x0000000000000000)},
    {"1.7976931348623157e308", RANGE, UINT64_C(0x7fefffffffffffff)},
    {"1.7976931348623158e308", RANGE, UINT64_C(0x7fefffffffffffff)},
    {"1.797693134862315807e308", RANGE, UINT64_C(0x7fefffffffffffff)},
    {"1.797693134862315808e308", RANGE, RANGE},
    {"1e309", RANGE, RANGE},
    {"1e-400", 0x00000000, UINT64_C(0x0000000000000000)},
    {"1e-4999999999999999999", 0x00000000, UINT64_C(0x0000000000000000)},
    {"1e4999999999999999999", RANGE, RANGE},
    {"0e4999999999999999999", 0x00000000, UINT64_C(0x0000000000000000)},
    {"1.17549435e-38", 0x00800000, UINT64_C(0x380fffffff9fdba8)},
    {"1.1754942e-38", 0x007fffff, UINT64_C(0x380fffffbb1dd6a1)},
    {"1.4012984643e-45", 0x00000001, UINT64_C(0x369ffffffffd90e2)},
    {"7.006492321624085354618e-46", 0x00000000, UINT64_C(0x3690000000000000)},
    {"7.006492321624085354619e-46", 0x00000001, UINT64_C(0x3690000000000000)},
    {"3.4028234e38", 0x7f7fffff, UINT64_C(0x47efffffd586b834)},
    {"3.40282356779733661637539395458142568447e38", 0x7f7fffff, UINT64_C(0x47effffff0000000)},
    {"3.40282356779733661637539395458142568448e38", RANGE, UINT64_C(0x47effffff0000000)},
    {"8.5e-46", 0x00000001, UINT64_C(0x3693691b066f1ab7)},
    {"0x1", 0x3f800000, UINT64_C(0x3ff0000000000000)},
    {"0x1.8p1", 0x40400000, UINT64_C(0x4008000000000000)},
    {"-0x0.8", 0xbf000000, UINT64_C(0xbfe0000000000000)},
    {"0x1p-1074", 0x00000000, UINT64_C(0x0000000000000001)},
    {"0x1p-1075", 0x00000000, UINT64_C(0x0000000000000000)},
    {"0x1.8p-1075", 0x00000000, UINT64_C(0x0000000000000001)},
    {"0x1.0000000000001p-1075", 0x00000000, UINT64_C(0x0000000000000001)},
    {"0x1p-149", 0x00000001, UINT64_C(0x36a0000000000000)},
    {"0x1p-150", 0x00000000, UINT64_C(0x3690000000000000)},
    {"0x1.000002p-150", 0x00000001, UINT64_C(0x3690000020000000)},
    {"0x1.fffffep127", 0x7f7fffff, UINT64_C(0x47efffffe0000000)},
    {"0x1.ffffffp127", RANGE, UINT64_C(0x47effffff0000000)},
    {"0x1.fffffeffffffffffp127", 0x7f7fffff, UINT64_C(0x47effffff0000000)},
    {"0x1.fffffffffffffp1023", RANGE, UINT64_C(0x7fefffffffffffff)},
    {"0x1.fffffffffffff8p1023", RANGE, RANGE},
    {"0x1.fffffffffffff7ffp1023", RANGE, UINT64_C(0x7fefffffffffffff)},
    {"0x1.00000100000000001p0", 0x3f800001, UINT64_C(0x3ff0000010000000)},
    {"0x1.000001p0", 0x3f800000, UINT64_C(0x3ff0000010000000)},
    {"0x1.000003p0", 0x3f800002, UINT64_C(0x3ff0000030000000)},
    {"0x1.00000000000008p0", 0x3f800000, UINT64_C(0x3ff0000000000000)},
    {"0x1.00000000000018p0", 0x3f800000, UINT64_C(0x3ff0000000000002)},
    {"0x1.000000000000080000000000000000001p0", 0x3f800000, UINT64_C(0x3ff0000000000001)},
    {"0x123456789abcdef0123456789abcdef", 0x7b91a2b4, UINT64_C(0x47723456789abcdf)},
    {"0x0.00000000000000000000000000000000000001p140", 0x39800000, UINT64_C(0x3f30000000000000)},
    {"0xA.fP-0_1", 0x40af0000, UINT64_C(0x4015e00000000000)},
    {"0x1p99999999999999999999", RANGE, RANGE},
    {"0x1p-99999999999999999999", 0x00000000, UINT64_C(0x0000000000000000)},
    {"0x0p99999999999999999999", 0x00000000, UINT64_C(0x0000000000000000)},
    {"179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880", RANGE, UINT64_C(0x7cd203af9ee75615)},
    {"inf",             0x7f800000, UINT64_C(0x7ff0000000000000)},
    {"-inf",            0xff800000, UINT64_C(0xfff0000000000000)},
    {"+inf",            0x7f800000, UINT64_C(0x7ff0000000000000)},
    {"nan",             0x7fc00000, UINT64_C(0x7ff8000000000000)},
    {"-nan",            0xffc00000, UINT64_C(0xfff8000000000000)},
    {"nan:0x1",         0x7f800001, UINT64_C(0x7ff0000000000001)},
    {"-nan:0x40_0000",  0xffc00000, UINT64_C(0xfff0000000400000)},
    {"nan:0x7fffff",    0x7fffffff, UINT64_C(0x7ff00000007fffff)},
    {"nan:0x800000",    RANGE,      UINT64_C(0x7ff0000000800000)},
    {"nan:0xfffffffffffff", RANGE,  UINT64_C(0x7fffffffffffffff)},
    {"nan:0x10000000000000", RANGE, RANGE},
    {"nan:0x0",         RANGE,      RANGE},
};

static const char *const no_floats[] = {
    "", "-", "+", ".", ".5", "-.5", "1.e", "1e", "1e+", "1e1.5", "1.5.5", "1_.5", "1._5", "1.5_", "1e_5", "1e5_", "1__0",
    "0x", "0x.1", "0x1.p" , "0x1p", "0x1p-", "0x1pf", "0x1e+5", "0x1_.8", "0x1._8", "0x_1p0", "1p5", "infinity",
    "inf1", "nan:", "nan:1", "nan:0x", "nan:0xg", "nan:0x_1", "nan0x1", "NaN", "INF", "--1", "+-1", "1f", "0b1", "nan:canonical",
};
/* clang-format on */

static void check_float(const char *word, unsigned bits, uint64_t expected) {
    uint64_t value = 0;
    const enum text_number status = text_float(vm_bytes_of_text(word), bits, &value);
    check_context("%.80s as f%u", word, bits);
    if (expected == RANGE)
        CHECK(status == TEXT_NUMBER_RANGE);
    else if (CHECK(status == TEXT_NUMBER_GOOD))
        CHECK_U64(value, expected);
}

/* A literal as long as a file is read once, and the digits that decide may be far back. */
static void test_long(void) {
    enum { ZEROS = 1000000 };
    char *const word = malloc(ZEROS + 64);
    if (word == NULL)
        return;
    memset(word, '0', ZEROS + 64);
    word[0] = '1';
    memcpy(word + ZEROS, "e-999998", 9); /* 1 and 999,999 zeros */
    check_float(word, 64, UINT64_C(0x4024000000000000));
    memset(word, '0', ZEROS + 64);
    memcpy(word, "9007199254740993.", 17);
    memcpy(word + ZEROS, "1", 2);
    check_float(word, 64, UINT64_C(0x4340000000000001));
    memcpy(word + ZEROS, "0", 2);
    check_float(word, 64, UINT64_C(0x4340000000000000));
    memset(word, '0', ZEROS + 64);
    word[1] = 'x';
    memcpy(word + ZEROS, "1p0", 4);
    check_float(word, 64, UINT64_C(0x3ff0000000000000));
    free(word);
}

int main(void) {
    uint64_t value;
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        check_context("%s as i%u", integers[i].word, integers[i].bits);
        const enum text_number status = text_integer(vm_bytes_of_text(integers[i].word), integers[i].bits, &value);
        if (CHECK(status == integers[i].status) && status == TEXT_NUMBER_GOOD)
            CHECK_U64(value, integers[i].value);
    }
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) {
        check_float(floats[i].word, 32, floats[i].f32);
        check_float(floats[i].word, 64, floats[i].f64);
    }
    for (size_t i = 0; i < sizeof no_floats / sizeof *no_floats; i++) {
        check_context("%s", no_floats[i]);
        CHECK(text_float(vm_bytes_of_text(no_floats[i]), 64, &value) == TEXT_NUMBER_NONE);
        CHECK(!text_is_number(vm_bytes_of_text(no_floats[i])));
    }
    check_context("unsigned");
    CHECK(text_unsigned(vm_bytes_of_text("255"), 255, &value) == TEXT_NUMBER_GOOD && value == 255);
    CHECK(text_unsigned(vm_bytes_of_text("256"), 255, &value) == TEXT_NUMBER_RANGE);
    CHECK(text_unsigned(vm_bytes_of_text("+1"), 255, &value) == TEXT_NUMBER_NONE);
    CHECK(text_unsigned(vm_bytes_of_text("-1"), 255, &value) == TEXT_NUMBER_NONE);
    test_long();
    return check_done();
}
