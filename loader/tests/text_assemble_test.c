/* loader/tests/text_assemble_test.c - texts and the bytes they stand for.  Spec: text, binary
 *
 * The bytes were made by another assembler and compared, except for the element segment of "table with functions",
 * where there are two right forms. */
#include "loader/text/text.h"
#include "vm/tests/check.h"

/* module: in hexadecimal, without magic and version. */
static const struct {
    const char *name;
    const char *text;
    const char *module;
} rows[] = {
    /* clang-format off */
    {"empty module",
     "(module)",
     ""},
    {"bare fields",
     "(func) (memory 1)",
     "0104016000000302010005030100010a040102000b"},
    {"type by index and inline",
     "(type $t (func (param i32) (result i64))) (func (type $t) i64.const 0) (func (type 0) (param"
     " i32) (result i64) i64.const 1) (func (param i32) (result i64) i64.const 2)",
     "01060160017f017e0304030000000a1003040042000b040042010b040042020b"},
    {"implicit types in order of use",
     "(func (block (param i32) (result i64) unreachable) drop) (func (param f32)) (type (func (par"
     "am f64)))",
     "01110460017c0060000060017f017e60017d0003030201030a0c0207000202000b1a0b02000b"},
    {"implicit type finds a later explicit one",
     "(func (param i64)) (type (func)) (type (func (param i64)))",
     "01080260000060017e00030201010a040102000b"},
    {"inline import and export",
     "(func $f (export \"a\") (export \"b\") (import \"m\" \"n\") (param i32)) (global (export \"g\") (impor"
     "t \"m\" \"g\") (mut i32)) (memory (import \"m\" \"mem\") 1 2) (table (export \"t\") (import \"m\" \"tab\")"
     " 1 funcref)",
     "01050160017f00022204016d016e0000016d0167037f01016d036d656d02010102016d037461620170000107110401610000"
     "016200000167030001740100"},
    {"import fields",
     "(import \"m\" \"f\" (func $f (param i32))) (import \"m\" \"t\" (table 1 2 externref)) (import \"m\" \"m"
     "\" (memory 1)) (import \"m\" \"g\" (global $g i64)) (export \"x\" (global $g)) (start $f)",
     "01050160017f00021e04016d01660000016d0174016f010102016d016d020001016d0167037e0007050101780300080100"},
    {"memory with data",
     "(memory (data \"abc\" \"\\00\\ff\"))",
     "0504010101010b0b010041000b0561626300ff"},
    {"data forms",
     "(memory 1) (data $a \"p\") (data (i32.const 1) \"q\") (data (offset i32.const 2 i32.const 3 i32."
     "add) \"r\" \"s\") (data (memory 0) (i32.const 4)) (func data.drop $a (memory.init $a (i32.const "
     "0) (i32.const 0) (i32.const 0)))",
     "0104016000000302010005030100010c01040a11010f00fc0900410041004100fc0800000b0b19040101700041010b017100"
     "410241036a0b0272730041040b00"},
    {"table with functions",
     "(table funcref (elem $f $f)) (func $f)",
     "01040160000003020100040501700102020908010041000b0200000a040102000b"},
    {"table with expressions",
     "(table externref (elem (ref.null extern) (item ref.null extern)))",
     "0405016f010202090e01060041000b6f02d06f0bd06f0b"},
    {"elem forms",
     "(table $t 4 funcref) (table $u 4 externref) (func $f) (elem $p func $f) (elem declare func $"
     "f 0) (elem (i32.const 0) $f) (elem (offset i32.const 1) func $f) (elem (table $u) (i32.const"
     " 0) externref (ref.null extern)) (elem funcref (ref.func $f) (item ref.null func)) (elem dec"
     "lare funcref (ref.func 0))",
     "010401600000030201000407027000046f0004092f070100010003000200000041000b01000041010b0100060141000b6f01"
     "d06f0b057002d2000bd0700b077001d2000b0a040102000b"},
    {"locals group",
     "(func (param $p i32) (local i32 i32) (local $x i64) (local i64 f32) (local) local.get $p loc"
     "al.set 1 local.get $x drop)",
     "01050160017f00030201000a11010f03027f027e017d2000210120031a0b"},
    {"folded order",
     "(func (result i32) (i32.sub (i32.add (i32.const 1) (i32.const 2)) (i32.mul (i32.const 3) (i3"
     "2.const 4))))",
     "0105016000017f030201000a0f010d00410141026a410341046c6b0b"},
    {"folded if",
     "(func (param i32) (result i32) (if (result i32) (local.get 0) (then i32.const 1) (else (i32."
     "const 2))) (if (local.get 0) (then)))",
     "01060160017f017f030201000a130111002000047f41010541020b200004400b0b"},
    {"flat if",
     "(func local.get 0 if $l br $l else $l br 0 end $l)  (type (func (param i32)))",
     "01080260017f00600000030201010a0e010c00200004400c00050c000b0b"},
    {"labels shadow",
     "(func (block $a (block $a (br $a) (block $b (br $a) (br $b))) (br $a)))",
     "010401600000030201000a15011300024002400c0002400c010c000b0b0c000b0b"},
    {"loop and br_table",
     "(func (loop $x (block $y (br_table $x $y 2 $x (i32.const 7)))))",
     "010401600000030201000a120110000340024041070e03010002010b0b0b"},
    {"block type by index",
     "(type (func (param i32) (result i32))) (func (drop (block (type 0) (unreachable))))",
     "01090260017f017f600000030201010a090107000200000b1a0b"},
    {"call_indirect",
     "(table $t 1 funcref) (table $u 1 funcref) (type $s (func (result i32))) (func (drop (call_in"
     "direct (type $s) (i32.const 0))) (drop (call_indirect $u (result i32) (i32.const 1))) (call_"
     "indirect (param i64) (i64.const 0) (i32.const 1)))",
     "010c036000017f60000060017e00030201010407027000017000010a1701150041001100001a41011100011a420041011102"
     "000b"},
    {"select",
     "(func (drop (select (i32.const 1) (i32.const 2) (i32.const 3))) (drop (select (result i32) ("
     "i32.const 1) (i32.const 2) (i32.const 3))))",
     "010401600000030201000a160114004101410241031b1a4101410241031c017f1a0b"},
    {"memory arguments",
     "(memory 1) (func i32.const 0 i32.load offset=4 align=2 drop i32.const 0 i64.load8_u offset=0"
     "xff drop (i64.store align=8 (i32.const 1) (i64.const 2)))",
     "0104016000000302010005030100010a1801160041002801041a41003100ff011a410142023703000b"},
    {"integers",
     "(func i32.const -1 drop i32.const 0xffffffff drop i32.const -0x8000_0000 drop i32.const 2147"
     "483647 drop i64.const -9223372036854775808 drop i64.const 0xffff_ffff_ffff_ffff drop i32.con"
     "st +7 drop i32.const 64 drop i32.const -65 drop i32.const -64 drop)",
     "010401600000030201000a35013300417f1a417f1a4180808080781a41ffffffff071a428080808080808080807f1a427f1a"
     "41071a41c0001a41bf7f1a41401a0b"},
    {"floats",
     "(func f32.const 1.5 drop f64.const -0x1.8p-3 drop f32.const nan:0x200000 drop f64.const -nan"
     " drop f32.const inf drop)",
     "010401600000030201000a2a012800430000c03f1a44000000000000c8bf1a430000a07f1a44000000000000f8ff1a430000"
     "807f1a0b"},
    {"vectors",
     "(func (result v128) (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 -1) (drop (v128.con"
     "st i16x8 1 -1 0xffff 3 4 5 6 7)) (drop (v128.const f32x4 0 1 nan -inf)) (drop (v128.const f6"
     "4x2 0x1p-1 nan:0x1)) (drop (v128.const i64x2 -1 1)) (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11"
     " 12 13 14 31 (i32x4.splat (i32.const 1))) (i8x16.extract_lane_s 15) drop)",
     "0105016000017b030201000a7c017a00fd0c000102030405060708090a0b0c0d0efffd0c0100ffffffff0300040005000600"
     "07001afd0c000000000000803f0000c07f000080ff1afd0c000000000000e03f010000000000f07f1afd0cffffffffffffff"
     "ff01000000000000001a4101fd11fd0d000102030405060708090a0b0c0d0e1ffd150f1a0b"},
    {"lane loads",
     "(memory $a 1) (memory $b 1) (func v128.load8_lane 3 v128.load8_lane offset=1 align=1 3 v128."
     "load8_lane 1 3 v128.load8_lane $b offset=2 4 v128.store64_lane 1)",
     "01040160000003020100050502000100010a1f011d00fd54000003fd54000103fd5440010003fd5440010204fd5b0300010b"},
    {"bulk and tables",
     "(memory 1) (table $t 1 funcref) (table $u 1 funcref) (elem $e func) (func memory.copy memory"
     ".fill table.init $e table.init $u $e table.copy table.copy $u $t table.get table.set $u tabl"
     "e.grow $u table.size table.fill 0 elem.drop $e memory.size memory.grow)",
     "0104016000000302010004070270000170000105030100010904010100000a2f012d00fc0a0000fc0b00fc0c0000fc0c0001"
     "fc0e0000fc0e010025002601fc0f01fc1000fc1100fc0d003f0040000b"},
    {"tail calls",
     "(table 1 funcref) (func $f return_call $f) (func return_call_indirect (result i32) )",
     "0108026000006000017f03030200000404017000010a0c02040012000b05001301000b"},
    {"extended constants",
     "(global i32 (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3)))) (global (mut i64)"
     " i64.const 1 i64.const 2 i64.sub)",
     "0614027f004101410241036c6a0b7e01420142027d0b"},
    {"multiple memories",
     "(memory $a 1) (memory $b 1) (func (drop (i32.load $b offset=1 (i32.const 0))) (memory.copy $"
     "a $b (i32.const 0) (i32.const 0) (i32.const 0)) (memory.size 1) drop (i32.store8 1 (i32.cons"
     "t 0) (i32.const 0))) (data $b (i32.const 0) \"x\") (data (memory $b) (i32.const 0) \"y\")",
     "01040160000003020100050502000100010a20011e004100284201011a410041004100fc0a00013f011a410041003a400100"
     "0b0b0e020041000b0178020141000b0179"},
    {"memory64, table64",
     "(memory i64 1 2) (table i64 1 funcref) (func (drop (i32.load offset=0x1_0000_0000 (i64.const"
     " 0))))",
     "010401600000030201000404017004010504010501020a0e010c004200280280808080101a0b"},
    {"custom page size",
     "(memory 3 (pagesize 1)) (memory i64 1 2 (pagesize 65536)) (memory (pagesize 1) (data \"xyz\"))",
     "050c030803000d010210090303000b0a01020241000b0378797a"},
    {"shared memory",
     "(memory 1 2 shared) (func (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1))) atomic.fen"
     "ce)",
     "010401600000030201000504010301020a10010e0041004101fe1e02001afe03000b"},
    {"typed references",
     "(type $f (func)) (func $g (param (ref $f)) (result (ref null $f)) (call_ref $f (local.get 0)"
     ") (ref.as_non_null (ref.null $f)) (br_on_null 0 (local.get 0))) (table 1 (ref null $f) (ref."
     "null $f)) (global (ref null func) (ref.null func))",
     "010b026000006001640001630003020101040a01400063000001d0000b0606017000d0700b0a0f010d0020001400d000d420"
     "00d5000b"},
    {"structs and arrays",
     "(rec (type $s (struct (field $x i32) (field (mut i8) i64))) (type $a (array (mut (ref null $"
     "s))))) (type $b (sub final $s2 (struct))) (type $s2 (sub (struct))) (func (struct.get $s $x "
     "(unreachable)) drop (array.new_fixed $a 2) (ref.test (ref null $s)) drop (ref.cast (ref i31)"
     ") (br_on_cast 0 anyref (ref $s)) drop)",
     "011b044e025f037f0078017e005e6300014f01035f0050005f00600000030201040a1c011a0000fb0200001afb080102fb15"
     "001afb166cfb1801006e001a0b"},
    {"exceptions",
     "(tag $e (param i32)) (func (block $l (result i32) (try_table (catch $e $l) (catch_all 1) (th"
     "row $e (i32.const 1))) unreachable) drop throw_ref)",
     "01080260017f00600000030201010d030100000a17011500027f1f40020000000201410108000b000b1a0a0b"},
    {"wide arithmetic",
     "(func (param i64 i64 i64 i64) (result i64 i64) (i64.add128 (local.get 0) (local.get 1) (loca"
     "l.get 2) (local.get 3)) i64.mul_wide_u)",
     "010a0160047e7e7e7e027e7e030201000a10010e002000200120022003fc13fc160b"},
    {"quoted identifiers",
     "(func $\"a b\") (func (call $\"a\\20b\") (call $\"c\") ) (func $c)",
     "0104016000000304030000000a0e0302000b0600100010020b02000b"},
    {"comments and annotations",
     "(;a(;b;)c;)(module ;; d\n (@x (y \")\") z) (func (@z) nop (;;) nop))",
     "010401600000030201000a0601040001010b"},
    /* clang-format on */
};

static void check_module(const char *text, const char *module) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct text_options options = {.no_names = true};
    struct vm_bytes bytes;
    struct text_error error;
    static char hex[4096];
    if (!CHECK(text_assemble(vm_bytes_of_text(text), &options, &allocator, &bytes, &error) == VM_OK)) {
        printf("%s\n", error.message);
        return;
    }
    size_t size = 0;
    for (size_t i = 8; i < bytes.size && size + 3 < sizeof hex; i++)
        size += (size_t)snprintf(hex + size, sizeof hex - size, "%02x", bytes.data[i]);
    hex[size] = 0;
    CHECK_TEXT(hex, module);
    text_free(&allocator, bytes);
}

/* Identifiers go to the name section, unless they are not wanted.  Spec: binary-namesec */
static void test_names(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_bytes bytes;
    struct text_error error;
    static const char text[] =
        "(module $m (import \"a\" \"b\" (func $f)) (func) (func $g (param $p i32) (local i32) (local $l i32)))";
    static const char section[] = "\x00\x1d\x04name"
                                  "\x00\x02\x01m"
                                  "\x01\x07\x02\x00\x01"
                                  "f\x02\x01g"
                                  "\x02\x09\x01\x02\x02\x00\x01p\x02\x01l";
    check_context("names");
    if (!CHECK(text_assemble(vm_bytes_of_text(text), NULL, &allocator, &bytes, &error) == VM_OK))
        return;
    CHECK(bytes.size > sizeof section &&
          memcmp(bytes.data + bytes.size - (sizeof section - 1), section, sizeof section - 1) == 0);
    text_free(&allocator, bytes);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_context("%s", rows[i].name);
        check_module(rows[i].text, rows[i].module);
    }
    test_names();
    return check_done();
}
