/* loader/tests/reader_test.c - integers and UTF-8 at their edges.  Spec: binary-int, binary-utf8 */
#include "loader/reader.h"

#include "loader/tests/module_builder.h"
#include "vm/tests/check.h"

/* The last column: bytes used, or the offset reported. */
static const struct {
    const char *name;
    const char *bytes;
    enum vm_error_code code;
    uint32_t value;
    uint32_t offset;
} unsigned_cases[] = {
    {"zero", "00", VM_ERROR_NONE, 0, 1},
    {"one byte, greatest", "7f", VM_ERROR_NONE, 127, 1},
    {"zero, padded", "808000", VM_ERROR_NONE, 0, 3},
    {"zero, padded to the longest", "8080808000", VM_ERROR_NONE, 0, 5},
    {"largest", "ffffffff0f", VM_ERROR_NONE, UINT32_MAX, 5},
    {"stops at its end", "e58e2600", VM_ERROR_NONE, 624485, 3},
    {"one bit too many", "ffffffff1f", VM_ERROR_LEB128_TOO_LARGE, 0, 4},
    {"unused bits set", "8080808070", VM_ERROR_LEB128_TOO_LARGE, 0, 4},
    {"six bytes", "808080808000", VM_ERROR_LEB128_TOO_LONG, 0, 5},
    {"empty", "", VM_ERROR_UNEXPECTED_END_OF_SECTION, 0, 0},
    {"cut short", "80", VM_ERROR_UNEXPECTED_END_OF_SECTION, 0, 1},
    {"cut short late", "80808080", VM_ERROR_UNEXPECTED_END_OF_SECTION, 0, 4},
};

static const struct {
    const char *name;
    uint32_t bits;
    const char *bytes;
    enum vm_error_code code;
    int64_t value;
    uint32_t offset;
} signed_cases[] = {
    {"zero", 32, "00", VM_ERROR_NONE, 0, 1},
    {"minus one", 32, "7f", VM_ERROR_NONE, -1, 1},
    {"minus sixty-four", 32, "40", VM_ERROR_NONE, -64, 1},
    {"minus one, padded", 32, "ffffffff7f", VM_ERROR_NONE, -1, 5},
    {"two bytes, negative", 32, "807f", VM_ERROR_NONE, -128, 2},
    {"two bytes, positive", 32, "c000", VM_ERROR_NONE, 64, 2},
    {"least s32", 32, "8080808078", VM_ERROR_NONE, INT32_MIN, 5},
    {"greatest s32", 32, "ffffffff07", VM_ERROR_NONE, INT32_MAX, 5},
    {"s32 past the least", 32, "ffffffff77", VM_ERROR_LEB128_TOO_LARGE, 0, 4},
    {"s32 past the greatest", 32, "8080808008", VM_ERROR_LEB128_TOO_LARGE, 0, 4},
    {"s32, sign not repeated", 32, "ffffffff0f", VM_ERROR_LEB128_TOO_LARGE, 0, 4},
    {"s32, six bytes", 32, "ffffffffff7f", VM_ERROR_LEB128_TOO_LONG, 0, 5},
    {"s33 holds all of u32", 33, "ffffffff0f", VM_ERROR_NONE, UINT32_MAX, 5},
    {"s33 least", 33, "8080808070", VM_ERROR_NONE, -4294967296, 5},
    {"s33 too large", 33, "8080808010", VM_ERROR_LEB128_TOO_LARGE, 0, 4},
    {"least s64", 64, "8080808080808080807f", VM_ERROR_NONE, INT64_MIN, 10},
    {"greatest s64", 64, "ffffffffffffffffff00", VM_ERROR_NONE, INT64_MAX, 10},
    {"s64 too large", 64, "80808080808080808001", VM_ERROR_LEB128_TOO_LARGE, 0, 9},
    {"s64, eleven bytes", 64, "8080808080808080808000", VM_ERROR_LEB128_TOO_LONG, 0, 10},
    {"s64 cut short", 64, "808080808080808080", VM_ERROR_UNEXPECTED_END_OF_SECTION, 0, 9},
};

static const struct {
    const char *name;
    const char *bytes;
    bool good;
} utf8_cases[] = {
    {"empty", "", true},
    {"ascii", "61007f", true},
    {"two bytes, least and greatest", "c280dfbf", true},
    {"three bytes, least", "e0a080", true},
    {"before the surrogates", "ed9fbf", true},
    {"after the surrogates", "ee8080", true},
    {"four bytes, least", "f0908080", true},
    {"U+10FFFF", "f48fbfbf", true},
    {"lone continuation", "80", false},
    {"overlong two", "c080", false},
    {"overlong two, greatest", "c1bf", false},
    {"overlong three", "e09fbf", false},
    {"overlong four", "f08fbfbf", false},
    {"first surrogate", "eda080", false},
    {"last surrogate", "edbfbf", false},
    {"past U+10FFFF", "f4908080", false},
    {"five bytes", "f888808080", false},
    {"ff", "ff", false},
    {"cut after one of two", "c2", false},
    {"cut after two of three", "e0a0", false},
    {"cut after three of four", "f09080", false},
    {"third byte wrong", "e0a041", false},
    {"fourth byte wrong", "f0908041", false},
};

static struct loader_reader reader_of(const struct builder *builder, struct vm_error *error) {
    return (struct loader_reader){builder->data, builder->data, builder->data + builder->size, error};
}

static void check_integers(struct builder *builder) {
    for (size_t i = 0; i < sizeof unsigned_cases / sizeof *unsigned_cases; i++) {
        check_context("u32: %s", unsigned_cases[i].name);
        struct vm_error error = {.code = VM_ERROR_NONE};
        uint32_t value = 0;
        builder->size = 0;
        build_text(builder, unsigned_cases[i].bytes);
        struct loader_reader reader = reader_of(builder, &error);
        const enum vm_status status = loader_read_u32(&reader, &value);
        CHECK_U64(error.code, unsigned_cases[i].code);
        CHECK_U64(status, vm_error_status(unsigned_cases[i].code));
        CHECK_U64(status == VM_OK ? loader_offset(&reader) : error.offset, unsigned_cases[i].offset);
        CHECK_U64(value, unsigned_cases[i].value);
    }
    for (size_t i = 0; i < sizeof signed_cases / sizeof *signed_cases; i++) {
        check_context("s%u: %s", signed_cases[i].bits, signed_cases[i].name);
        struct vm_error error = {.code = VM_ERROR_NONE};
        int64_t value = 0;
        builder->size = 0;
        build_text(builder, signed_cases[i].bytes);
        struct loader_reader reader = reader_of(builder, &error);
        const enum vm_status status = loader_read_s(&reader, signed_cases[i].bits, &value);
        CHECK_U64(error.code, signed_cases[i].code);
        CHECK_U64(status == VM_OK ? loader_offset(&reader) : error.offset, signed_cases[i].offset);
        CHECK(value == signed_cases[i].value);
    }
}

int main(void) {
    struct builder builder = {.data = NULL};
    build_byte(&builder, 0);
    check_integers(&builder);
    for (size_t i = 0; i < sizeof utf8_cases / sizeof *utf8_cases; i++) {
        check_context("utf-8: %s", utf8_cases[i].name);
        builder.size = 0;
        build_text(&builder, utf8_cases[i].bytes);
        CHECK(loader_is_utf8(built(&builder)) == utf8_cases[i].good);
    }
    build_free(&builder);
    return check_done();
}
