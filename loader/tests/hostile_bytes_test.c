/* loader/tests/hostile_bytes_test.c - module bytes made to hurt, each with the exact code and offset it is refused with.
 *
 * hostile_test.c cuts and changes a module and counts memory; here is one row for each known kind of attack. */
#include "loader/tests/module_builder.h"
#include "vm/tests/check.h"

/* The module: first, `count` times repeated, last.  RAW has no header put in front, and compat's limits.  offset: where the refusal points. */
enum form { RAW, STRICT, COMPAT };
struct row {
    const char *name;
    enum form form;
    const char *first;
    const char *repeated;
    uint32_t count;
    const char *last;
    enum vm_error_code code;
    uint64_t offset;
};

#define F "01[01 60 00 00] 03[01 00] "
#define TWO "01[01 60 00 00] 03[02 00 00] "
#define REFUSED(code, offset) VM_ERROR_##code, offset
#define ACCEPTED VM_ERROR_NONE, 0
static const struct row rows[] = {
    /* Not a module. */
    {"nothing", RAW, "", "", 0, "", REFUSED(UNEXPECTED_END_OF_SECTION, 0)},
    {"one byte", RAW, "00", "", 0, "", REFUSED(UNEXPECTED_END_OF_SECTION, 1)},
    {"four bytes", RAW, "00 61 73 6d", "", 0, "", REFUSED(UNEXPECTED_END_OF_SECTION, 4)},
    {"seven bytes", RAW, "00 61 73 6d 01 00 00", "", 0, "", REFUSED(UNEXPECTED_END_OF_SECTION, 7)},
    {"another magic", RAW, "00 61 73 6e 01 00 00 00", "", 0, "", REFUSED(MAGIC, 0)},
    {"version 2", RAW, "00 61 73 6d 02 00 00 00", "", 0, "", REFUSED(VERSION, 4)},
    {"a component", RAW, "00 61 73 6d 0d 00 01 00", "", 0, "", REFUSED(VERSION, 4)},
    {"4 MB of 00", RAW, "", "00", 4000000, "", REFUSED(MAGIC, 0)},
    {"4 MB of ff", RAW, "", "ff", 4000000, "", REFUSED(MAGIC, 0)},
    {"a module, then 1 MB of 00", COMPAT, F "0a[01 [00 0b]]", "00", 1000000, "",
     REFUSED(UNEXPECTED_END_OF_SECTION, 26)},
    {"a module, then 1 MB of ff", COMPAT, F "0a[01 [00 0b]]", "ff", 1000000, "", REFUSED(SECTION_ID, 24)},
    /* LEB128. */
    {"six bytes for a u32", STRICT, "01 80 80 80 80 80 00", "", 0, "", REFUSED(LEB128_TOO_LONG, 14)},
    {"unused bits of a u32 set", STRICT, "01 80 80 80 80 70", "", 0, "", REFUSED(LEB128_TOO_LARGE, 13)},
    {"a LEB128 cut by the end of the file", STRICT, "01 80 80", "", 0, "", REFUSED(UNEXPECTED_END_OF_SECTION, 11)},
    {"a million bytes of LEB128", COMPAT, "01", "80", 1000000, "00", REFUSED(LEB128_TOO_LONG, 14)},
    /* Sections. */
    {"a section past the end", STRICT, "01 05 00", "", 0, "", REFUSED(LENGTH_OUT_OF_BOUNDS, 9)},
    {"a section of 2^32-1 bytes", STRICT, "01 ff ff ff ff 0f 00", "", 0, "", REFUSED(LENGTH_OUT_OF_BOUNDS, 9)},
    {"bytes left in a section", STRICT, "01[01 60 00 00 00]", "", 0, "", REFUSED(SECTION_SIZE, 14)},
    {"an empty code section for one function", STRICT, F "0a[]", "", 0, "", REFUSED(UNEXPECTED_END_OF_SECTION, 20)},
    {"no code section for one function", STRICT, F, "", 0, "", REFUSED(FUNCTION_CODE_MISMATCH, 18)},
    {"two bodies for one function", STRICT, F "0a[02 [00 0b] [00 0b]]", "", 0, "", REFUSED(FUNCTION_CODE_MISMATCH, 20)},
    {"a section twice", STRICT, "01[00] 01[00]", "", 0, "", REFUSED(SECTION_ORDER, 11)},
    {"sections out of order", STRICT, "03[00] 01[00]", "", 0, "", REFUSED(SECTION_ORDER, 11)},
    {"the data count after the code", STRICT, F "0a[01 [00 0b]] 0c[00]", "", 0, "", REFUSED(SECTION_ORDER, 24)},
    {"section 99", STRICT, "63[00]", "", 0, "", REFUSED(SECTION_ID, 8)},
    {"100,000 custom sections", STRICT, "", "00['a']", 100000, "", ACCEPTED},
    {"a custom section without a name", STRICT, "00[]", "", 0, "", REFUSED(UNEXPECTED_END_OF_SECTION, 10)},
    /* Locals and parameters. */
    {"2^32-1 locals twice", COMPAT, F "0a[01 [02 ff ff ff ff 0f 7f ff ff ff ff 0f 7e 0b]]", "", 0, "",
     REFUSED(TOO_MANY_LOCALS, 29)},
    {"50,001 locals", COMPAT, F "0a[01 [01 d1 86 03 7f 0b]]", "", 0, "", REFUSED(OVER_LIMIT, 22)},
    {"50,000 locals", COMPAT, F "0a[01 [01 d0 86 03 7f 0b]]", "", 0, "", ACCEPTED},
    {"4,567 locals, as one old compiler writes", COMPAT, F "0a[01 [01 d7 23 7f 0b]]", "", 0, "", ACCEPTED},
    {"4,567 locals on a chain", STRICT, F "0a[01 [01 d7 23 7f 0b]]", "", 0, "", REFUSED(OVER_LIMIT, 22)},
    {"1,000 types of 1,000 parameters on a chain", STRICT, "01[01 60 e8 07", "7f", 1000, "00]",
     REFUSED(OVER_LIMIT, 13)},
    {"1,001 parameters", COMPAT, "01[01 60 e9 07", "7f", 1001, "00]", REFUSED(OVER_LIMIT, 13)},
    /* Nesting and branches. */
    {"80,000 loops", COMPAT, F "0a[01 [00", "03 40", 80000, "0b]]", REFUSED(OVER_LIMIT, 16411)},
    {"80,000 blocks with a result", COMPAT, F "0a[01 [00", "02 7f", 80000, "0b]]", REFUSED(OVER_LIMIT, 16411)},
    {"8,193 blocks", COMPAT, F "0a[01 [00", "02 40", 8193, "0b]]", REFUSED(OVER_LIMIT, 16411)},
    {"10,000 tables of branches", COMPAT, F "0a[01 [00", "41 00 0e 02 00 00 00", 10000, "0b]]", ACCEPTED},
    {"a table of a million branches", COMPAT, F "0a[01 [00 41 00 0e c0 84 3d", "00", 1000001, "0b]]",
     REFUSED(OVER_LIMIT, 30)},
    {"a branch to label 2^32-1", STRICT, F "0a[01 [00 0c ff ff ff ff 0f 0b]]", "", 0, "", REFUSED(UNKNOWN_LABEL, 23)},
    /* Bodies. */
    {"a body that does not end", STRICT, F "0a[01 [00 01]]", "", 0, "", REFUSED(UNEXPECTED_END_OF_SECTION, 24)},
    {"a body that ends twice", STRICT, F "0a[01 [00 0b 0b]]", "", 0, "", REFUSED(SECTION_SIZE, 24)},
    {"code after the end", STRICT, F "0a[01 [00 0b 01]]", "", 0, "", REFUSED(SECTION_SIZE, 24)},
    {"a body of 3 MB", COMPAT, F "0a[01 [00", "01", 3000000, "0b]]", REFUSED(OVER_LIMIT, 24)},
    {"an else without if", STRICT, F "0a[01 [00 05 0b]]", "", 0, "", REFUSED(END_EXPECTED, 23)},
    {"100,000 operands", COMPAT, F "0a[01 [00", "41 00", 100000, "00 0b]]", REFUSED(OVER_LIMIT, 131097)},
    {"a body that ends with the module, in an instruction", STRICT, F "0a[01 [00 41]]", "", 0, "",
     REFUSED(UNEXPECTED_END_OF_SECTION, 24)},
    {"a body that ends with the module, in a block", STRICT, F "0a[01 [00 02 40 0b]]", "", 0, "",
     REFUSED(UNEXPECTED_END_OF_SECTION, 26)},
    {"a body that would end in the next one", STRICT, TWO "0a[02 [00 01] [01 01 7f 0b]]", "", 0, "",
     REFUSED(END_EXPECTED, 25)},
    {"a body whose end is the next one's size", STRICT, TWO "0a[02 [00 01] [04 01 7f 01 7f 01 7f 01 7f 01 0b]]", "", 0,
     "", REFUSED(SECTION_SIZE, 25)},
    {"a constant that would go on in the next body", STRICT, TWO "0a[02 [00 41] [00 1a 0b]]", "", 0, "",
     REFUSED(UNEXPECTED_END_OF_SECTION, 25)},
    {"a branch that would go on in the next body", STRICT, TWO "0a[02 [00 0c] [00 0b]]", "", 0, "",
     REFUSED(UNEXPECTED_END_OF_SECTION, 25)},
    {"a load that would go on in the next body", STRICT, TWO "05[01 00 01] 0a[02 [00 41 00 28 02] [00 1a 0b]]", "", 0,
     "", REFUSED(UNEXPECTED_END_OF_SECTION, 33)},
    {"a long constant that would go on in the next body", STRICT, TWO "0a[02 [00 42 80 80 80 80 80] [00 1a 0b]]", "", 0,
     "", REFUSED(UNEXPECTED_END_OF_SECTION, 30)},
    {"a body that ends with the module, in 40 blocks", STRICT, F "0a[01 [00", "02 40", 40, "]]",
     REFUSED(UNEXPECTED_END_OF_SECTION, 103)},
    {"a wrong type behind a body that goes on", STRICT, TWO "0a[02 [00 01] [45 0b]]", "", 0, "",
     REFUSED(END_EXPECTED, 25)},
    /* Operands that are not the block's, and what is not there. */
    {"an addition of what lies below the block", STRICT, F "0a[01 [00 41 00 02 40 41 00 6a 1a 0b 1a 0b]]", "", 0, "",
     REFUSED(TYPE_MISMATCH, 29)},
    {"a choice of what lies below the block", STRICT, F "0a[01 [00 41 00 02 40 41 00 41 00 1b 1a 0b 1a 0b]]", "", 0, "",
     REFUSED(TYPE_MISMATCH, 31)},
    {"a condition below the block", STRICT, F "0a[01 [00 41 00 02 40 0d 00 0b 1a 0b]]", "", 0, "",
     REFUSED(TYPE_MISMATCH, 27)},
    {"a result below the block", STRICT, "01[01 60 00 01 7f] 03[01 00] 0a[01 [00 41 00 02 40 0f 0b 0b]]", "", 0, "",
     REFUSED(TYPE_MISMATCH, 28)},
    {"a load without a memory", STRICT, F "0a[01 [00 41 00 28 02 00 1a 0b]]", "", 0, "", REFUSED(UNKNOWN_MEMORY, 25)},
    {"a branch to one label too many", STRICT, F "0a[01 [00 02 40 0c 00 0b 0c 01 0b]]", "", 0, "",
     REFUSED(UNKNOWN_LABEL, 28)},
    {"80,000 results of calls", COMPAT, "01[01 60 00 08 7f 7f 7f 7f 7f 7f 7f 7f] 03[01 00] 0a[01 [00", "10 00", 10000,
     "0b]]", REFUSED(OVER_LIMIT, 16417)},
    /* Tables and memories. */
    {"a table of 2^32-1", COMPAT, "04[01 70 00 ff ff ff ff 0f]", "", 0, "", REFUSED(OVER_LIMIT, 13)},
    {"a table of 10^7", COMPAT, "04[01 70 00 80 ad e2 04]", "", 0, "", REFUSED(OVER_LIMIT, 13)},
    {"a table whose maximum is less", STRICT, "04[01 70 01 02 01]", "", 0, "", REFUSED(SIZE_ORDER, 14)},
    {"a memory of 65,536 pages", COMPAT, "05[01 00 80 80 04]", "", 0, "", REFUSED(OVER_LIMIT, 12)},
    {"a memory of 65,537 pages", COMPAT, "05[01 00 81 80 04]", "", 0, "", REFUSED(MEMORY_SIZE, 12)},
    {"a memory of at most 65,536 pages", STRICT, "05[01 01 01 80 80 04]", "", 0, "", ACCEPTED},
    {"a memory whose maximum is less", STRICT, "05[01 01 02 01]", "", 0, "", REFUSED(SIZE_ORDER, 13)},
    {"two memories", STRICT, "05[02 00 00 00 00]", "", 0, "", REFUSED(MULTIPLE_MEMORIES, 10)},
    {"a memory of 64 bits", STRICT, "05[01 04 01]", "", 0, "", REFUSED(UNSUPPORTED, 11)},
    {"a shared memory", STRICT, "05[01 03 01 01]", "", 0, "", REFUSED(UNSUPPORTED, 11)},
    {"limits of an unknown kind", STRICT, "05[01 80 01]", "", 0, "", REFUSED(LEB128_TOO_LONG, 11)},
    /* Segments. */
    {"44,849 data segments, as one compiler writes", COMPAT, "05[01 00 01] 0b[b1 de 02", "00 41 00 0b 00", 44849, "]",
     ACCEPTED},
    {"65,537 data segments", COMPAT, "05[01 00 01] 0b[81 80 04", "00 41 00 0b 00", 65537, "]", REFUSED(OVER_LIMIT, 17)},
    {"data without a memory", STRICT, "0b[01 00 41 00 0b 00]", "", 0, "", REFUSED(UNKNOWN_MEMORY, 11)},
    {"data at a place that is not constant", STRICT, "05[01 00 01] 0b[01 00 41 00 45 0b 00]", "", 0, "",
     REFUSED(CONSTANT_REQUIRED, 19)},
    {"a data count of 2 for one segment", STRICT, "05[01 00 01] 0c[02] 0b[01 01 00]", "", 0, "",
     REFUSED(DATA_COUNT_MISMATCH, 18)},
    {"a data count for no segments", STRICT, "05[01 00 01] 0c[02]", "", 0, "", REFUSED(DATA_COUNT_MISMATCH, 16)},
    {"elements of a function that is not there", STRICT, F "04[01 70 00 01] 09[01 00 41 00 0b 01 01] 0a[01 [00 0b]]",
     "", 0, "", REFUSED(UNKNOWN_FUNCTION, 32)},
    {"10^6 elements", COMPAT, F "09[01 01 00 c0 84 3d", "00", 1000000, "] 0a[01 [00 0b]]", ACCEPTED},
    {"16,385 segments of elements", COMPAT, "09[81 80 01", "01 00 00", 16385, "]", REFUSED(OVER_LIMIT, 12)},
    /* Floats and features, by name. */
    {"a float instruction", STRICT, F "0a[01 [00 43 00 00 00 00 1a 0b]]", "", 0, "", REFUSED(UNSUPPORTED, 23)},
    {"a float parameter", STRICT, "01[01 60 01 7d 00]", "", 0, "", REFUSED(UNSUPPORTED, 13)},
    {"a float local", STRICT, F "0a[01 [01 01 7c 0b]]", "", 0, "", REFUSED(UNSUPPORTED, 24)},
    {"a float global", STRICT, "06[01 7d 00 43 00 00 00 00 0b]", "", 0, "", REFUSED(UNSUPPORTED, 11)},
    {"a block of a float", STRICT, F "0a[01 [00 00 02 7d 0b 0b]]", "", 0, "", REFUSED(UNSUPPORTED, 25)},
    {"i32.trunc_sat_f32_s", STRICT, F "0a[01 [00 00 fc 00 1a 0b]]", "", 0, "", REFUSED(UNSUPPORTED, 24)},
    {"i32.reinterpret_f32", STRICT, F "0a[01 [00 00 bc 1a 0b]]", "", 0, "", REFUSED(UNSUPPORTED, 24)},
    {"a vector", STRICT, F "0a[01 [00 fd 0f 1a 0b]]", "", 0, "", REFUSED(UNSUPPORTED, 23)},
    {"an atomic", STRICT, F "0a[01 [00 fe 03 00 0b]]", "", 0, "", REFUSED(UNSUPPORTED, 23)},
    {"a tail call", STRICT, F "0a[01 [00 12 00 0b]]", "", 0, "", REFUSED(UNSUPPORTED, 23)},
    {"an exception", STRICT, F "0a[01 [00 08 00 0b]]", "", 0, "", REFUSED(UNSUPPORTED, 23)},
    {"an opcode nobody has", STRICT, F "0a[01 [00 ff 0b]]", "", 0, "", REFUSED(ILLEGAL_OPCODE, 23)},
    /* Names. */
    {"two exports of one name", STRICT, "05[01 00 01] 07[02 'a' 02 00 'a' 02 00]", "", 0, "",
     REFUSED(DUPLICATE_EXPORT, 21)},
    {"an export of what is not there", STRICT, "07[01 'a' 00 00]", "", 0, "", REFUSED(UNKNOWN_FUNCTION, 14)},
    {"an export of a kind nobody has", STRICT, "07[01 'a' 09 00]", "", 0, "", REFUSED(EXPORT_KIND, 13)},
    {"an export's name that is not UTF-8", STRICT, "05[01 00 01] 07[01 02 c3 28 02 00]", "", 0, "", REFUSED(UTF8, 17)},
    {"an export's name past the section", STRICT, "05[01 00 01] 07[01 ff 01 61 02 00]", "", 0, "",
     REFUSED(LENGTH_OUT_OF_BOUNDS, 16)},
    {"an export's name of 3 MB", COMPAT, "05[01 00 01] 07[01 c0 8d b7 01", "61", 3000000, "02 00]",
     REFUSED(OVER_LIMIT, 19)},
    {"an import's name that is not UTF-8", STRICT, "02[01 'a' 03 ed a0 80 03 7f 00]", "", 0, "", REFUSED(UTF8, 14)},
    {"the same import 64 times", STRICT, "01[01 60 00 00] 02[40", "'a' 'b' 00 00", 64, "]", ACCEPTED},
    {"an import of a kind nobody has", STRICT, "02[01 'a' 'b' 09 00]", "", 0, "", REFUSED(IMPORT_KIND, 15)},
    {"a custom section's name that is not UTF-8", STRICT, "00[01 ff]", "", 0, "", REFUSED(UTF8, 11)},
    /* What the name section says never matters. */
    {"a name section of garbage", STRICT, "00['name' ff ff ff ff ff]", "", 0, "", ACCEPTED},
    {"a name section with 2^32-1 names", STRICT, "00['name' 01[ff ff ff ff 0f]]", "", 0, "", ACCEPTED},
    {"a name section whose part is longer than it", STRICT, "00['name' 01 7f 01]", "", 0, "", ACCEPTED},
    {"a name that is not UTF-8", STRICT, F "0a[01 [00 0b]] 00['name' 01[01 00 01 ff]]", "", 0, "", ACCEPTED},
    {"a name of 1 MB", COMPAT, F "0a[01 [00 0b]] 00['name' 01[01 00 c0 84 3d", "61", 1000000, "]]", ACCEPTED},
    {"names out of order and twice", STRICT, F "0a[01 [00 0b]] 00['name' 01[03 09 'a' 00 'b' 00 'c']]", "", 0, "",
     ACCEPTED},
    /* Start. */
    {"a start function with a parameter", STRICT, "01[01 60 01 7f 00] 03[01 00] 08[00] 0a[01 [00 0b]]", "", 0, "",
     REFUSED(START_FUNCTION, 21)},
    {"a start function that is not there", STRICT, F "08[07] 0a[01 [00 0b]]", "", 0, "", REFUSED(UNKNOWN_FUNCTION, 20)},
};
#undef F
#undef TWO
#undef REFUSED
#undef ACCEPTED

static void check_row(const struct judge *judge, const struct row *row) {
    struct builder builder = {.data = NULL};
    struct vm_error error = {.code = VM_ERROR_NONE};
    struct vm_module *module;
    if (row->form != RAW)
        build_header(&builder);
    build_text(&builder, row->first);
    build_repeat(&builder, row->repeated, row->count);
    build_text(&builder, row->last);
    check_context("%s: %s", row->name, "the module");
    const enum vm_status status = judge_load(judge, built(&builder), &module, &error);
    check_context("%s: %s", row->name, error.message);
    CHECK_U64(error.code, row->code);
    CHECK_U64(status, row->code == VM_ERROR_NONE ? VM_OK : vm_error_status(row->code));
    CHECK_U64(error.code == VM_ERROR_NONE ? 0 : error.offset, row->offset);
    CHECK((module != NULL) == (status == VM_OK));
    vm_module_free(module);
    build_free(&builder);
}

int main(void) {
    struct judge strict, compat;
    judge_init(&strict, VM_STRICT, LOADER_STRICT);
    judge_init(&compat, VM_COMPAT, LOADER_STRICT);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(rows[i].form == STRICT ? &strict : &compat, &rows[i]);
    return check_done();
}
