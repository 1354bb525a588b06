/* loader/tests/text_error_test.c - malformed texts: the words of the official suite, and the place. */
#include "loader/text/text.h"
#include "vm/tests/check.h"

/* words: the message begins with them. */
/* clang-format off */
static const struct {
    const char *text;
    uint32_t line;
    uint32_t column;
    const char *words;
} rows[] = {
    /* characters and tokens */
    {"(module\n  \x01)",                              2, 3,  "illegal character"},
    {"(module \xC3\xA9)",                             1, 9,  "illegal character"},
    {"(module \x80)",                                 1, 9,  "malformed UTF-8 encoding"},
    {"(module) ;; \xFF",                              1, 13, "malformed UTF-8 encoding"},
    {"(; \xED\xA0\x80 ;)",                            1, 4,  "malformed UTF-8 encoding"},
    {"(module (; (; ;)",                              1, 17, "unclosed comment"},
    {"(module \"abc",                                 1, 9,  "unclosed string"},
    {"(data \"abc\n\")",                              1, 7,  "unclosed string"},
    {"(data \"\\u{110000}\")",                        1, 7,  "illegal escape"},
    {"(data \"\\u{d800}\")",                          1, 7,  "illegal escape"},
    {"(data \"\\u{}\")",                              1, 7,  "illegal escape"},
    {"(data \"\\u{1__0}\")",                          1, 7,  "illegal escape"},
    {"(data \"\\0g\")",                               1, 7,  "illegal escape"},
    {"(data \"\x01\")",                               1, 7,  "illegal control character"},
    {"(func $)",                                      1, 7,  "empty identifier"},
    {"(func $\"\")",                                  1, 7,  "empty identifier"},
    {"(func $\"\\ff\")",                              1, 7,  "malformed UTF-8 encoding"},
    {"(export \"\\ff\" (func 0))",                    1, 9,  "malformed UTF-8 encoding"},
    {"(export \"\\c3\" \"\\a9\")",                    1, 9,  "malformed UTF-8 encoding"},
    {"(@)",                                           1, 3,  "empty annotation id"},
    {"(@a (b)",                                       1, 8,  "unclosed annotation"},
    {"(data \"a\"\"b\")",                             1, 7,  "unknown operator"},
    {"(func $a\"b\")",                                1, 7,  "unknown operator"},
    {"(func [)",                                      1, 7,  "unknown operator"},
    {"(func i32.const0)",                             1, 7,  "unknown operator i32.const0"},
    {"(func get_local 0)",                            1, 7,  "unknown operator get_local"},
    {"(func)\r\n(func br 0x)",                        2, 10, "unknown operator 0x"},
    {"(func)\r(func br a)",                           2, 10, "unknown operator a"},
    /* structure */
    {"(module",                                       1, 8,  "unexpected token"},
    {"(module))",                                     1, 9,  "unexpected token"},
    {"(module) (module)",                             1, 10, "unexpected token"},
    {"x",                                             1, 1,  "unknown operator"},
    {"()",                                            1, 2,  "unexpected token"},
    {"(param i32)",                                   1, 2,  "unexpected token param"},
    {"(func (result i32) (param i32))",               1, 21, "unexpected token param"},
    {"(func (param i32) (type 0))",                   1, 20, "unexpected token type"},
    {"(func (local i32) (param i32))",                1, 20, "unexpected token param"},
    {"(func nop (local i32))",                        1, 12, "unexpected token local"},
    {"(func (block (param $x i32)))",                 1, 21, "unexpected token $x"},
    {"(func block",                                   1, 12, "unexpected token"},
    {"(func block)",                                  1, 12, "unexpected token )"},
    {"(func end)",                                    1, 7,  "unexpected token end"},
    {"(func else)",                                   1, 7,  "unexpected token else"},
    {"(func block else end)",                         1, 13, "unexpected token else"},
    {"(func if else else end)",                       1, 15, "unexpected token else"},
    {"(func (if (then)) (else))",                     1, 20, "unexpected token else"},
    {"(func (if))",                                   1, 10, "unexpected token )"},
    {"(func (if (then) (then)))",                     1, 18, "unexpected token"},
    {"(func (if (then) (else) (else)))",              1, 25, "unexpected token"},
    {"(func (if (else)))",                            1, 12, "unexpected token else"},
    {"(func (i32.add nop))",                          1, 16, "unexpected token nop"},
    {"(func (block end))",                            1, 14, "unexpected token end"},
    {"(func (end))",                                  1, 8,  "unexpected token end"},
    {"(func block $a end $b)",                        1, 20, "mismatching label"},
    {"(func block end $b)",                           1, 17, "mismatching label"},
    {"(func if $a else $b end)",                      1, 18, "mismatching label"},
    /* names */
    {"(func br $x)",                                  1, 10, "unknown label $x"},
    {"(func (block $x) br $x)",                       1, 21, "unknown label $x"},
    {"(func call $f)",                                1, 12, "unknown function $f"},
    {"(func local.get $x)",                           1, 17, "unknown local $x"},
    {"(func (param $x i32)) (func local.get $x)",     1, 39, "unknown local $x"},
    {"(func global.get $x)",                          1, 18, "unknown global $x"},
    {"(func (type $t))",                              1, 13, "unknown type $t"},
    {"(func (type 3) (param i32))",                   1, 27, "unknown type"},
    {"(func data.drop $d)",                           1, 17, "unknown data segment $d"},
    {"(func $f) (func $f)",                           1, 17, "duplicate func $f"},
    {"(import \"\" \"\" (func $f)) (func $\"f\")",    1, 32, "duplicate func $f"},
    {"(memory $m 1) (memory $m 1)",                   1, 23, "duplicate memory"},
    {"(table $t 1 funcref) (table $t 1 funcref)",     1, 29, "duplicate table"},
    {"(global $g i32) (global $g i32)",               1, 25, "duplicate global"},
    {"(type $t (func)) (type $t (func))",             1, 24, "duplicate type"},
    {"(func (param $x i32) (local $x i32))",          1, 29, "duplicate local $x"},
    {"(type (struct (field $x i32) (field $x i32)))", 1, 37, "duplicate field"},
    /* fields */
    {"(func) (import \"\" \"\" (func))",              1, 16, "import after function"},
    {"(memory 1) (func (import \"\" \"\"))",          1, 26, "import after memory"},
    {"(table 1 funcref) (import \"\" \"\" (func))",   1, 27, "import after table"},
    {"(global i32 (i32.const 0)) (import \"\" \"\" (func))", 1, 36, "import after global"},
    {"(func $f) (start $f) (start $f)",               1, 29, "multiple start sections"},
    {"(type $t (func)) (func (type $t) (result i32) i32.const 0)", 1, 47, "inline function type"},
    {"(memory)",                                      1, 8,  "unexpected token"},
    {"(memory 1 2 3)",                                1, 13, "unexpected token 3"},
    {"(memory 1 (pagesize 3))",                       1, 21, "invalid custom page size"},
    {"(memory 18446744073709551616)",                 1, 9,  "i64 constant out of range"},
    /* instructions */
    {"(func i32.const)",                              1, 16, "unexpected token )"},
    {"(func i32.const 1.5)",                          1, 17, "unexpected token 1.5"},
    {"(func i32.const 4294967296)",                   1, 17, "constant out of range"},
    {"(func i64.const 0x1_0000_0000_0000_0000)",      1, 17, "constant out of range"},
    {"(func f32.const 1e39)",                         1, 17, "constant out of range"},
    {"(func f32.const nan:0x800000)",                 1, 17, "constant out of range"},
    {"(func f64.const nan:canonical)",                1, 17, "unexpected token nan:canonical"},
    {"(func br 4294967296)",                          1, 10, "i32 constant out of range"},
    {"(func br -1)",                                  1, 10, "unexpected token -1"},
    {"(func i32.load align=3)",                       1, 16, "alignment must be a power of two"},
    {"(func i32.load align=0)",                       1, 16, "alignment must be a power of two"},
    {"(func i32.load align=x)",                       1, 16, "unknown operator align=x"},
    {"(func i32.load align=4 offset=4)",              1, 24, "unexpected token offset=4"},
    {"(func nop offset=4)",                           1, 11, "unexpected token offset=4"},
    {"(func v128.const i32x4 1 2 3)",                 1, 29, "wrong number of lane literals"},
    {"(func v128.const i64x2 1 2 3)",                 1, 29, "wrong number of lane literals"},
    {"(func v128.const i8x16 256 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)", 1, 24, "constant out of range"},
    {"(func v128.const i7x2 1 2)",                    1, 18, "unknown operator i7x2"},
    {"(func i8x16.shuffle 1 2 3)",                    1, 26, "invalid lane length"},
    {"(func i8x16.extract_lane_s 256)",               1, 28, "i8 constant out of range"},
    {"(func br_table)",                               1, 15, "unexpected token )"},
};
/* clang-format on */

static void check_row(const char *text, enum text_version version, uint32_t line, uint32_t column, const char *words) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct text_options options = {.version = version};
    struct vm_bytes bytes;
    struct text_error error = {0};
    check_context("%s", text);
    CHECK(text_assemble(vm_bytes_of_text(text), &options, &allocator, &bytes, &error) == VM_MALFORMED);
    CHECK(bytes.data == NULL && bytes.size == 0);
    if (strncmp(error.message, words, strlen(words)) != 0)
        CHECK_TEXT(error.message, words);
    else
        CHECK(true);
    CHECK_U64(error.line, line);
    CHECK_U64(error.column, column);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(rows[i].text, TEXT_3_0, rows[i].line, rows[i].column, rows[i].words);
    /* What 2.0 says otherwise. */
    check_row("(func i8x16.extract_lane_s 256)", TEXT_2_0, 1, 28, "malformed lane index");
    check_row("(memory 4294967296)", TEXT_2_0, 1, 9, "i32 constant out of range");
    check_row("(table 0 4294967296 funcref)", TEXT_2_0, 1, 10, "i32 constant out of range");
    check_row("(memory 1) (func i32.load offset=4294967296)", TEXT_2_0, 1, 27, "i32 constant out of range");
    return check_done();
}
