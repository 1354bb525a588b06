/* loader/tests/loader_test.c - which modules are taken, and what exactly is said of the others. */
#include "loader/tests/module_builder.h"
#include "vm/tests/check.h"

/* A module of one function [] -> [] with an i32 and an i64 local, a memory, a table of functions, an immutable and a
 * mutable i32 global; these are the bytes around its code. */
#define BEFORE "01[01 60 00 00] 03[01 00] 04[01 70 00 01] 05[01 00 01] 06[02 7f 00 41 00 0b 7f 01 41 00 0b] "
#define BODY(code) BEFORE "0a[01 [02 01 7f 01 7e " code "]]"

/* offset: counted from the start of the module.  `code` VM_ERROR_NONE: the module is good. */
struct row {
    const char *name;
    const char *module;
    enum vm_error_code code;
    uint32_t offset;
    uint32_t function;
    const char *message;
};

static const struct row rows[] = {
    {"nothing but a header", "", VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
    {"one empty function", "01[01 60 00 00] 03[01 00] 0a[01 [00 0b]]", VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
    {"the frame of the rows below", BODY("0b"), VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
    {"custom sections anywhere", "00['a' ff] 01[00] 00['a'] 00['b'] 03[00] 00['']", VM_ERROR_NONE, 0, VM_NO_FUNCTION,
     ""},

    /* Structure */
    {"an unknown section", "0e[00]", VM_ERROR_SECTION_ID, 8, VM_NO_FUNCTION, "malformed section id: 14"},
    {"a section twice", "01[00] 01[00]", VM_ERROR_SECTION_ORDER, 11, VM_NO_FUNCTION,
     "unexpected content after last section: section 1 is out of order or there twice"},
    {"sections out of order", "03[00] 01[00]", VM_ERROR_SECTION_ORDER, 11, VM_NO_FUNCTION, NULL},
    {"data count after code", "0a[00] 0c[00]", VM_ERROR_SECTION_ORDER, 11, VM_NO_FUNCTION, NULL},
    {"a section longer than the module", "01 05 00", VM_ERROR_LENGTH_OUT_OF_BOUNDS, 9, VM_NO_FUNCTION,
     "length out of bounds"},
    {"a section with bytes left over", "01[00 00]", VM_ERROR_SECTION_SIZE, 11, VM_NO_FUNCTION,
     "section size mismatch: section 1 should end at 12"},
    {"a count past the module", "01[ff ff ff ff 0f]", VM_ERROR_LENGTH_OUT_OF_BOUNDS, 10, VM_NO_FUNCTION, NULL},
    {"a custom section whose name passes its end", "00 01 05 61 61 61 61 61", VM_ERROR_UNEXPECTED_END_OF_SECTION, 11,
     VM_NO_FUNCTION, "unexpected end of section or function"},
    {"a custom name that is no UTF-8", "00[01 ff]", VM_ERROR_UTF8, 11, VM_NO_FUNCTION, "malformed UTF-8 encoding"},
    {"functions without code", "01[01 60 00 00] 03[01 00]", VM_ERROR_FUNCTION_CODE_MISMATCH, 18, VM_NO_FUNCTION, NULL},
    {"code without functions", "0a[01 [00 0b]]", VM_ERROR_FUNCTION_CODE_MISMATCH, 10, VM_NO_FUNCTION, NULL},
    {"a count of data without data", "0c[01]", VM_ERROR_DATA_COUNT_MISMATCH, 11, VM_NO_FUNCTION, NULL},
    {"more data than counted", "0c[00] 0b[01 01 00]", VM_ERROR_DATA_COUNT_MISMATCH, 13, VM_NO_FUNCTION, NULL},

    /* Types, imports and the other short sections */
    {"a value type of no proposal", "01[01 60 01 11 00]", VM_ERROR_VALUE_TYPE, 13, VM_NO_FUNCTION,
     "malformed value type: 0x11"},
    {"a type that is none", "01[01 40 00 00]", VM_ERROR_DEFINITION_TYPE, 11, VM_NO_FUNCTION, NULL},
    {"an import of an unknown kind", "02[01 'a' 'b' 05]", VM_ERROR_IMPORT_KIND, 15, VM_NO_FUNCTION, NULL},
    {"an import of an unknown type", "02[01 'a' 'b' 00 03]", VM_ERROR_UNKNOWN_TYPE, 16, VM_NO_FUNCTION,
     "unknown type 3"},
    {"a function of an unknown type", "03[01 00]", VM_ERROR_UNKNOWN_TYPE, 11, VM_NO_FUNCTION, "unknown type 0"},
    {"a maximum below the minimum", "05[01 01 02 01]", VM_ERROR_SIZE_ORDER, 13, VM_NO_FUNCTION,
     "size minimum must not be greater than maximum"},
    {"a memory of more than 4 GiB", "05[01 00 81 80 04]", VM_ERROR_MEMORY_SIZE, 12, VM_NO_FUNCTION,
     "memory size must be at most 65536 pages (4GiB)"},
    {"a maximum of more than 4 GiB", "05[01 01 00 81 80 04]", VM_ERROR_MEMORY_SIZE, 13, VM_NO_FUNCTION, NULL},
    {"two memories", "05[02 00 00 00 00]", VM_ERROR_MULTIPLE_MEMORIES, 10, VM_NO_FUNCTION,
     "multiple memories: the multiple memories proposal (compile with -mno-multimemory)"},
    {"more memories than any limit allows", "05[11 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00]",
     VM_ERROR_MULTIPLE_MEMORIES, 10, VM_NO_FUNCTION, NULL},
    {"a fault in the type of a memory too many", "05[02 00 00 01 02 01]", VM_ERROR_SIZE_ORDER, 15, VM_NO_FUNCTION,
     NULL},
    {"a memory beside an imported one", "02[01 'a' 'b' 02 00 00] 05[01 00 00]", VM_ERROR_MULTIPLE_MEMORIES, 20,
     VM_NO_FUNCTION, NULL},
    {"a mutability of 2", "06[01 7f 02 41 00 0b]", VM_ERROR_MUTABILITY, 12, VM_NO_FUNCTION, NULL},
    {"an export of nothing", "07[01 'a' 00 00]", VM_ERROR_UNKNOWN_FUNCTION, 14, VM_NO_FUNCTION, "unknown function 0"},
    {"an export of an unknown kind", "07[01 'a' 04 00]", VM_ERROR_EXPORT_KIND, 13, VM_NO_FUNCTION, NULL},
    {"two exports of a name", "05[01 00 00] 07[03 'a' 02 00 'b' 02 00 'a' 02 00]", VM_ERROR_DUPLICATE_EXPORT, 25,
     VM_NO_FUNCTION, "duplicate export name: export 2"},
    {"a duplicate before another fault", "05[01 00 00] 07[03 'a' 02 00 'a' 02 00 'b' 09 00]", VM_ERROR_DUPLICATE_EXPORT,
     21, VM_NO_FUNCTION, NULL},
    {"a start function with a parameter", "01[01 60 01 7f 00] 02[01 'a' 'b' 00 00] 08[00]", VM_ERROR_START_FUNCTION, 26,
     VM_NO_FUNCTION, NULL},
    {"a start function that is not there", "08[00]", VM_ERROR_UNKNOWN_FUNCTION, 10, VM_NO_FUNCTION, NULL},

    /* Constants and segments */
    {"a constant of another type", "06[01 7f 00 42 00 0b]", VM_ERROR_TYPE_MISMATCH, 15, VM_NO_FUNCTION,
     "type mismatch: end wants i32, finds i64"},
    {"an empty constant", "06[01 7f 00 0b]", VM_ERROR_TYPE_MISMATCH, 13, VM_NO_FUNCTION,
     "type mismatch: end wants i32, there is none"},
    {"two constants", "06[01 7f 00 41 00 41 00 0b]", VM_ERROR_TYPE_MISMATCH, 17, VM_NO_FUNCTION, NULL},
    {"extended constants", "06[02 7e 00 42 02 42 03 7e 42 04 7c 0b 7f 00 41 01 41 02 6b 0b]", VM_ERROR_NONE, 0,
     VM_NO_FUNCTION, ""},
    {"an instruction that is not constant", "06[01 7f 00 41 00 67 0b]", VM_ERROR_CONSTANT_REQUIRED, 15, VM_NO_FUNCTION,
     "constant expression required: i32.clz is not constant"},
    {"a preceding global", "06[02 7f 00 41 00 0b 7f 00 23 00 0b]", VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
    {"a global itself", "06[01 7f 00 23 00 0b]", VM_ERROR_UNKNOWN_GLOBAL, 13, VM_NO_FUNCTION, "unknown global 0"},
    {"a mutable global", "06[02 7f 01 41 00 0b 7f 00 23 00 0b]", VM_ERROR_CONSTANT_REQUIRED, 18, VM_NO_FUNCTION, NULL},
    {"a constant past its section", "06[01 7f 00 41 00] 00['a']", VM_ERROR_ILLEGAL_OPCODE, 15, VM_NO_FUNCTION, NULL},
    {"all kinds of element segments",
     "01[01 60 00 00] 03[01 00] 04[01 70 00 05] "
     "09[08 00 41 00 0b 01 00 01 00 01 00 02 00 41 00 0b 00 01 00 03 00 01 00 04 41 00 0b 01 d2 00 0b 05 70 01 d0 70 "
     "0b 06 00 41 00 0b 70 00 07 6f 01 d0 6f 0b] 0a[01 [00 0b]]",
     VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
    {"element flags of 8", "09[01 08 00 00]", VM_ERROR_ELEMENT_FLAGS, 11, VM_NO_FUNCTION, NULL},
    {"an element kind of 1", "09[01 01 01 00]", VM_ERROR_ELEMENT_KIND, 12, VM_NO_FUNCTION, NULL},
    {"elements for no table", "09[01 00 41 00 0b 00]", VM_ERROR_UNKNOWN_TABLE, 12, VM_NO_FUNCTION, "unknown table 0"},
    {"elements of another type", "04[01 6f 00 00] 09[01 00 41 00 0b 00]", VM_ERROR_TYPE_MISMATCH, 21, VM_NO_FUNCTION,
     "type mismatch: a segment of funcref for a table of externref"},
    {"elements of i32", "09[01 05 7f 00]", VM_ERROR_REFERENCE_TYPE, 12, VM_NO_FUNCTION,
     "malformed reference type: 0x7f"},
    {"data for no memory", "0b[01 00 41 00 0b 00]", VM_ERROR_UNKNOWN_MEMORY, 11, VM_NO_FUNCTION, "unknown memory 0"},
    {"data for memory 1", "05[01 00 01] 0b[01 02 01 41 00 0b 00]", VM_ERROR_UNKNOWN_MEMORY, 17, VM_NO_FUNCTION,
     "unknown memory 1"},
    {"data flags of 3", "0b[01 03 00]", VM_ERROR_DATA_FLAGS, 11, VM_NO_FUNCTION, NULL},

    /* Bodies.  Code of BODY starts at offset 51. */
    {"a missing operand", BODY("6a 0b"), VM_ERROR_TYPE_MISMATCH, 51, 0,
     "type mismatch: i32.add wants i32, there is none"},
    {"a wrong operand", BODY("41 00 42 00 6a 1a 0b"), VM_ERROR_TYPE_MISMATCH, 55, 0,
     "type mismatch: i32.add wants i32, finds i64"},
    {"an operand too many", BODY("41 00 0b"), VM_ERROR_TYPE_MISMATCH, 53, 0,
     "type mismatch: 1 operands are left at the end of the block"},
    {"operands of an outer block", BODY("41 00 02 40 1a 0b 0b"), VM_ERROR_TYPE_MISMATCH, 55, 0,
     "type mismatch: drop wants an operand, there is none"},
    {"anything goes after unreachable", BODY("00 6a 1a 1b 1a 0b"), VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
    {"but not after a typed push", BODY("00 42 00 67 1a 0b"), VM_ERROR_TYPE_MISMATCH, 54, 0, NULL},
    {"an illegal opcode", BODY("ff 0b"), VM_ERROR_ILLEGAL_OPCODE, 51, 0, "illegal opcode ff"},
    {"an illegal prefixed opcode", BODY("fc 12 0b"), VM_ERROR_ILLEGAL_OPCODE, 51, 0, "illegal opcode fc 12"},
    {"else without if", BODY("05 0b"), VM_ERROR_END_EXPECTED, 51, 0, NULL},
    {"two elses", BODY("41 00 04 40 05 05 0b 0b"), VM_ERROR_END_EXPECTED, 56, 0, NULL},
    {"a body that does not end", BODY("01"), VM_ERROR_UNEXPECTED_END_OF_SECTION, 52, 0,
     "unexpected end of section or function"},
    {"a body that goes on after its end", BODY("0b 01"), VM_ERROR_SECTION_SIZE, 52, 0, NULL},
    {"an immediate past the body", BODY("41 80"), VM_ERROR_UNEXPECTED_END_OF_SECTION, 53, 0, NULL},
    {"an if whose arms must give a value", BODY("41 00 04 7f 41 00 0b 1a 0b"), VM_ERROR_TYPE_MISMATCH, 57, 0, NULL},
    {"an unknown label", BODY("0c 01 0b"), VM_ERROR_UNKNOWN_LABEL, 51, 0, "unknown label 1"},
    {"the body's label", BODY("0c 00 0b"), VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
    {"labels of different arity", BODY("02 7f 41 00 41 00 0e 01 00 01 0b 1a 0b"), VM_ERROR_TYPE_MISMATCH, 57, 0, NULL},
    {"an unknown local", BODY("20 02 1a 0b"), VM_ERROR_UNKNOWN_LOCAL, 51, 0, "unknown local 2"},
    {"the last local", BODY("20 01 50 1a 0b"), VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
    {"an immutable global", BODY("41 00 24 00 0b"), VM_ERROR_IMMUTABLE_GLOBAL, 53, 0, "global is immutable: global 0"},
    {"an unknown function", BODY("10 01 0b"), VM_ERROR_UNKNOWN_FUNCTION, 51, 0, "unknown function 1"},
    {"an unknown type of an indirect call", BODY("41 00 11 01 00 0b"), VM_ERROR_UNKNOWN_TYPE, 53, 0, "unknown type 1"},
    {"an unknown table of an indirect call", BODY("41 00 11 00 01 0b"), VM_ERROR_UNKNOWN_TABLE, 53, 0,
     "unknown table 1"},
    {"an alignment above the natural one", BODY("41 00 28 03 00 1a 0b"), VM_ERROR_ALIGNMENT, 54, 0,
     "alignment must not be larger than natural: i32.load has 2^3, at most 2^2"},
    {"an alignment of 2^32", BODY("41 00 28 20 00 1a 0b"), VM_ERROR_MEMOP_FLAGS, 54, 0, "malformed memop flags"},
    {"a memory index", BODY("41 00 28 40 00 1a 0b"), VM_ERROR_MEMOP_FLAGS, 54, 0,
     "malformed memop flags: a memory index needs the multiple memories proposal"},
    {"a memory index of memory.size", BODY("3f 01 1a 0b"), VM_ERROR_ZERO_BYTE_EXPECTED, 52, 0, "zero byte expected"},
    {"data.drop without a data count", BODY("fc 09 00 0b"), VM_ERROR_DATA_COUNT_REQUIRED, 51, 0,
     "data count section required"},
    {"select of no type", BODY("41 00 41 00 41 00 1c 00 1a 0b"), VM_ERROR_RESULT_ARITY, 58, 0, NULL},
    {"select of references", BODY("d0 70 d0 70 41 00 1b 1a 0b"), VM_ERROR_TYPE_MISMATCH, 57, 0, NULL},
    {"select of references with a type", BODY("d0 70 d0 70 41 00 1c 01 70 1a 0b"), VM_ERROR_NONE, 0, VM_NO_FUNCTION,
     ""},
    {"a reference to an undeclared function", BODY("d2 00 1a 0b"), VM_ERROR_UNDECLARED_REFERENCE, 51, 0, NULL},
    {"too many locals", "01[01 60 00 00] 03[01 00] 0a[01 [02 ff ff ff ff 0f 7f 01 7f 0b]]", VM_ERROR_TOO_MANY_LOCALS,
     29, 0, "too many locals"},

    /* What other proposals have */
    {"f64 code", BODY("00 a2 1a 0b"), VM_ERROR_UNSUPPORTED, 52, 0,
     "unsupported: f64.mul at offset 52: floating point: outside the deterministic integer subset"},
    {"an f32 parameter", "01[01 60 01 7d 00]", VM_ERROR_UNSUPPORTED, 13, VM_NO_FUNCTION,
     "unsupported: type f32 at offset 13: floating point: outside the deterministic integer subset"},
    {"an f64 local", "01[01 60 00 00] 03[01 00] 0a[01 [01 01 7c 0b]]", VM_ERROR_UNSUPPORTED, 24, 0, NULL},
    {"an f64 global", "06[01 7c 00 44 00 00 00 00 00 00 00 00 0b]", VM_ERROR_UNSUPPORTED, 11, VM_NO_FUNCTION, NULL},
    {"an f32 block", BODY("02 7d 00 0b 1a 0b"), VM_ERROR_UNSUPPORTED, 52, 0, NULL},
    {"an f32 select", BODY("00 1c 01 7d 1a 0b"), VM_ERROR_UNSUPPORTED, 54, 0, NULL},
    {"an f32 constant in a segment", "05[01 00 01] 0b[01 00 43 00 00 00 00 0b 00]", VM_ERROR_UNSUPPORTED, 17,
     VM_NO_FUNCTION, NULL},
    {"trunc_sat", BODY("00 fc 00 1a 0b"), VM_ERROR_UNSUPPORTED, 52, 0,
     "unsupported: i32.trunc_sat_f32_s at offset 52: floating point: outside the deterministic integer subset"},
    {"reinterpret", BODY("00 bc 1a 0b"), VM_ERROR_UNSUPPORTED, 52, 0, NULL},
    {"a vector type", "01[01 60 01 7b 00]", VM_ERROR_UNSUPPORTED, 13, VM_NO_FUNCTION,
     "unsupported: type v128 at offset 13: vectors (the fixed-width SIMD proposal): outside the deterministic integer "
     "subset (compile with -mno-simd128)"},
    {"vector code", BODY("fd 0c 0b"), VM_ERROR_UNSUPPORTED, 51, 0, NULL},
    {"atomic code", BODY("fe 03 00 0b"), VM_ERROR_UNSUPPORTED, 51, 0,
     "unsupported: atomic.fence at offset 51: the threads proposal: nondeterministic by design (compile with "
     "-mno-atomics)"},
    {"a throw", BODY("08 00 0b"), VM_ERROR_UNSUPPORTED, 51, 0, NULL},
    {"a legacy try", BODY("06 40 0b 0b"), VM_ERROR_UNSUPPORTED, 51, 0, NULL},
    {"a struct", BODY("fb 00 00 0b"), VM_ERROR_UNSUPPORTED, 51, 0,
     "unsupported: struct.new at offset 51: the garbage collection proposal"},
    {"a call by reference", BODY("14 00 0b"), VM_ERROR_UNSUPPORTED, 51, 0, NULL},
    {"a tail call, which no profile has on", BODY("12 00 0b"), VM_ERROR_UNSUPPORTED, 51, 0,
     "unsupported: return_call at offset 51: the tail call proposal (compile with -mno-tail-call)"},
    {"wide arithmetic, which no profile has on", BODY("00 fc 13 1a 1a 0b"), VM_ERROR_UNSUPPORTED, 52, 0, NULL},
    {"a tag section", "0d[01 00 00]", VM_ERROR_UNSUPPORTED, 10, VM_NO_FUNCTION, NULL},
    {"a recursive type group", "01[01 4e 00]", VM_ERROR_UNSUPPORTED, 11, VM_NO_FUNCTION, NULL},
    {"a subtype", "01[01 50 00 60 00 00]", VM_ERROR_UNSUPPORTED, 11, VM_NO_FUNCTION, NULL},
    {"a struct type", "01[01 5f 00]", VM_ERROR_UNSUPPORTED, 11, VM_NO_FUNCTION, NULL},
    {"an array type", "01[01 5e 7f 00]", VM_ERROR_UNSUPPORTED, 11, VM_NO_FUNCTION, NULL},
    {"a typed reference", "01[01 60 01 63 00 00]", VM_ERROR_UNSUPPORTED, 13, VM_NO_FUNCTION, NULL},
    {"anyref", "01[01 60 01 6e 00]", VM_ERROR_UNSUPPORTED, 13, VM_NO_FUNCTION,
     "unsupported: type anyref at offset 13: the garbage collection proposal"},
    {"exnref", "01[01 60 01 69 00]", VM_ERROR_UNSUPPORTED, 13, VM_NO_FUNCTION, NULL},
    {"a 64-bit memory", "05[01 04 00]", VM_ERROR_UNSUPPORTED, 11, VM_NO_FUNCTION, NULL},
    {"a shared memory", "05[01 03 00 01]", VM_ERROR_UNSUPPORTED, 11, VM_NO_FUNCTION, NULL},
    {"a page size", "05[01 08 00 00]", VM_ERROR_UNSUPPORTED, 11, VM_NO_FUNCTION,
     "unsupported: a memory with its own page size at offset 11: the custom page sizes proposal"},
    {"a page size that would be wrong", "05[01 0f 00 00 05]", VM_ERROR_UNSUPPORTED, 11, VM_NO_FUNCTION, NULL},
    {"a table with an initial value", "04[01 40 00 70 00 00 d0 70 0b]", VM_ERROR_UNSUPPORTED, 11, VM_NO_FUNCTION, NULL},
    {"a null of a type index", BODY("d0 00 1a 0b"), VM_ERROR_UNSUPPORTED, 52, 0, NULL},
    {"a null of i31", BODY("d0 6c 1a 0b"), VM_ERROR_UNSUPPORTED, 52, 0, NULL},
};

static void check_row(const struct judge *judge, const struct row *row) {
    struct builder builder = {.data = NULL};
    struct vm_module *module;
    struct vm_error error = {.code = VM_ERROR_NONE, .function = VM_NO_FUNCTION};
    check_context("%s", row->name);
    build_module(&builder, row->module);
    const enum vm_status status = judge_load(judge, built(&builder), &module, &error);
    CHECK_TEXT(vm_error_code_name(error.code), vm_error_code_name(row->code));
    CHECK_U64(status, vm_error_status(row->code));
    CHECK((module != NULL) == (status == VM_OK));
    CHECK_U64(error.offset, row->offset);
    CHECK_U64(error.function, row->function);
    if (row->message != NULL)
        CHECK_TEXT(error.message, row->message);
    vm_module_free(module);
    build_free(&builder);
}

/* The function's name comes from a name section behind the code, from an export, or from neither. */
static void check_names(const struct judge *judge) {
    static const struct {
        const char *what;
        const char *before;
        const char *after;
        const char *name;
    } cases[] = {
        {"no name", "", "", ""},
        {"an export", "07[01 'run' 00 00] ", "", "run"},
        {"the name section", "07[01 'run' 00 00] ", "00['name' 00['m'] 01[01 00 'mul']]", "mul"},
        {"a name section behind others", "", "0b[00] 00['x' 01] 00['name' 01[01 00 'mul']]", "mul"},
        {"a name section ahead of the code", "00['name' 01[01 00 'mul']] ", "", "mul"},
        {"a name of another function", "07[01 'run' 00 00] ", "00['name' 01[01 01 'mul']]", "run"},
        {"garbage for a name section", "07[01 'run' 00 00] ", "00['name' 01 7f ff]", "run"},
        {"a name that is no UTF-8", "07[01 'run' 00 00] ", "00['name' 01[01 00 01 ff]]", "run"},
        {"the module's end inside of the name section", "", "00 20", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct builder builder = {.data = NULL};
        struct vm_module *module;
        struct vm_error error;
        check_context("name: %s", cases[i].what);
        build_module(&builder, "01[01 60 00 00] 03[01 00] ");
        build_text(&builder, cases[i].before);
        build_text(&builder, "0a[01 [00 00 a2 0b]] ");
        build_text(&builder, cases[i].after);
        CHECK_U64(judge_load(judge, built(&builder), &module, &error), VM_UNSUPPORTED);
        CHECK_TEXT(error.function_name, cases[i].name);
        build_free(&builder);
    }
}

/* Names of a good module: duplicates keep the first, what makes no sense is passed over. */
static void check_module_names(const struct judge *judge) {
    struct builder builder = {.data = NULL};
    struct vm_module *module;
    struct vm_error error;
    check_context("names of a module");
    build_module(&builder,
                 "01[01 60 00 00] 02[01 'env' 'log' 00 00] 03[03 00 00 00] 07[01 'run' 00 02] "
                 "0a[03 [00 0b] [00 0b] [00 0b]] "
                 "00['name' 01[05 63 'far' 01 'one' 01 'uno' 03 '' 03 'three' ff]] 00['name' 01[01 02 'no']]");
    CHECK_U64(judge_load(judge, built(&builder), &module, &error), VM_OK);
    static const char *const names[] = {"log", "one", "run", "three"};
    for (uint32_t i = 0; i < 4 && module != NULL; i++)
        CHECK(vm_bytes_equal(vm_module_function_name(module, i), vm_bytes_of_text(names[i])));
    CHECK(module != NULL && vm_module_function_name(module, 4).size == 0);
    vm_module_free(module);
    build_free(&builder);
}

/* The lazy policy takes floats of all kinds, and no vectors. */
static void check_lazy(void) {
    static const struct row lazy_rows[] = {
        {"floats everywhere",
         "01[01 60 01 7d 01 7c] 03[01 00] 06[01 7c 00 44 00 00 00 00 00 00 00 00 0b] "
         "0a[01 [01 01 7d 20 00 bb 44 00 00 00 00 00 00 f0 3f a2 0b]]",
         VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"typed all the same", "01[01 60 00 00] 03[01 00] 0a[01 [00 41 00 8b 1a 0b]]", VM_ERROR_TYPE_MISMATCH, 25, 0,
         "type mismatch: f32.abs wants f32, finds i32"},
        {"a vector type", "01[01 60 01 7b 00]", VM_ERROR_UNSUPPORTED, 13, VM_NO_FUNCTION, NULL},
        {"vector code", BODY("fd 0f 0b"), VM_ERROR_UNSUPPORTED, 51, 0, NULL},
    };
    struct judge judge;
    judge_init(&judge, VM_STRICT, LOADER_LAZY);
    for (size_t i = 0; i < sizeof lazy_rows / sizeof *lazy_rows; i++)
        check_row(&judge, &lazy_rows[i]);
}

/* Two memories, a passive segment and one function; its code starts at offset 33. */
#define MEMORIES(code) "01[01 60 00 00] 03[01 00] 05[02 00 01 00 02] 0c[01] 0a[01 [00 " code "]] 0b[01 01 01 61]"
#define THREE_OPERANDS "41 00 41 00 41 00 "

/* Several memories, where they are switched on. */
static void check_memories(void) {
    static const struct row memories[] = {
        {"two memories", "05[02 00 00 00 00]", VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"no memory", "05[00]", VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"eight, imported and defined",
         "02[03 'a' 'b' 02 00 00 'a' 'b' 02 00 00 'a' 'b' 02 00 00] 05[05 00 00 00 00 00 00 00 00 00 00]",
         VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"nine, imported and defined",
         "02[03 'a' 'b' 02 00 00 'a' 'b' 02 00 00 'a' 'b' 02 00 00] 05[06 00 00 00 00 00 00 00 00 00 00 00 00]",
         VM_ERROR_OVER_LIMIT, 34, VM_NO_FUNCTION, "over a limit: memories: 9, at most 8 memories are allowed"},
        {"a fault in the second memory's type", "05[02 00 00 01 02 01]", VM_ERROR_SIZE_ORDER, 15, VM_NO_FUNCTION, NULL},
        {"an export of the second", "05[02 00 00 00 00] 07[01 'a' 02 01]", VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"an export of the third of two", "05[02 00 00 00 00] 07[01 'a' 02 02]", VM_ERROR_UNKNOWN_MEMORY, 21,
         VM_NO_FUNCTION, "unknown memory 2"},
        {"data for the second", "05[02 00 00 00 00] 0b[01 02 01 41 00 0b 00]", VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"data for the third of two", "05[02 00 00 00 00] 0b[01 02 02 41 00 0b 00]", VM_ERROR_UNKNOWN_MEMORY, 19,
         VM_NO_FUNCTION, "unknown memory 2"},

        {"loads from both", MEMORIES("41 00 28 02 00 1a 41 00 28 42 01 00 1a 0b"), VM_ERROR_NONE, 0, VM_NO_FUNCTION,
         ""},
        {"the first by its index", MEMORIES("41 00 28 42 00 00 1a 0b"), VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"flags and index in long forms", MEMORIES("41 00 28 c2 80 00 81 00 00 1a 0b"), VM_ERROR_NONE, 0,
         VM_NO_FUNCTION, ""},
        {"a store to the second", MEMORIES("41 00 41 00 3a 40 01 00 0b"), VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"a load from the third of two", MEMORIES("41 00 28 42 02 00 1a 0b"), VM_ERROR_UNKNOWN_MEMORY, 35, 0,
         "unknown memory 2"},
        {"a load from memory 2^32 - 1", MEMORIES("41 00 28 42 ff ff ff ff 0f 00 1a 0b"), VM_ERROR_UNKNOWN_MEMORY, 35, 0,
         "unknown memory 4294967295"},
        {"an index of 33 bits", MEMORIES("41 00 28 42 ff ff ff ff 1f 00 1a 0b"), VM_ERROR_LEB128_TOO_LARGE, 41, 0,
         NULL},
        {"an alignment above the natural one", MEMORIES("41 00 28 43 01 00 1a 0b"), VM_ERROR_ALIGNMENT, 36, 0,
         "alignment must not be larger than natural: i32.load has 2^3, at most 2^2"},
        {"an alignment of 2^32 and an index", MEMORIES("41 00 28 60 01 00 1a 0b"), VM_ERROR_MEMOP_FLAGS, 36, 0,
         "malformed memop flags"},
        {"bit 7", MEMORIES("41 00 28 80 01 00 1a 0b"), VM_ERROR_MEMOP_FLAGS, 36, 0, "malformed memop flags"},
        {"bits 6 and 7", MEMORIES("41 00 28 c0 01 01 00 1a 0b"), VM_ERROR_MEMOP_FLAGS, 36, 0, "malformed memop flags"},
        {"a memarg past the body", MEMORIES("41 00 28 42"), VM_ERROR_UNEXPECTED_END_OF_SECTION, 37, 0, NULL},

        {"sizes of both", MEMORIES("3f 00 1a 3f 81 00 1a 0b"), VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"the size of a third", MEMORIES("3f 02 1a 0b"), VM_ERROR_UNKNOWN_MEMORY, 33, 0, "unknown memory 2"},
        {"growth of both", MEMORIES("41 00 40 00 1a 41 00 40 01 1a 0b"), VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"growth of a third", MEMORIES("41 00 40 02 1a 0b"), VM_ERROR_UNKNOWN_MEMORY, 35, 0, "unknown memory 2"},
        {"copies both ways", MEMORIES(THREE_OPERANDS "fc 0a 00 01 " THREE_OPERANDS "fc 0a 01 00 0b"), VM_ERROR_NONE, 0,
         VM_NO_FUNCTION, ""},
        {"a copy to a third", MEMORIES(THREE_OPERANDS "fc 0a 02 00 0b"), VM_ERROR_UNKNOWN_MEMORY, 39, 0,
         "unknown memory 2"},
        {"a copy from a fourth", MEMORIES(THREE_OPERANDS "fc 0a 00 03 0b"), VM_ERROR_UNKNOWN_MEMORY, 39, 0,
         "unknown memory 3"},
        {"fills of both", MEMORIES(THREE_OPERANDS "fc 0b 00 " THREE_OPERANDS "fc 0b 01 0b"), VM_ERROR_NONE, 0,
         VM_NO_FUNCTION, ""},
        {"a fill of a third", MEMORIES(THREE_OPERANDS "fc 0b 02 0b"), VM_ERROR_UNKNOWN_MEMORY, 39, 0,
         "unknown memory 2"},
        {"init of both", MEMORIES(THREE_OPERANDS "fc 08 00 00 " THREE_OPERANDS "fc 08 00 01 0b"), VM_ERROR_NONE, 0,
         VM_NO_FUNCTION, ""},
        {"init of a third", MEMORIES(THREE_OPERANDS "fc 08 00 02 0b"), VM_ERROR_UNKNOWN_MEMORY, 39, 0,
         "unknown memory 2"},
        {"init of the second from no segment", MEMORIES(THREE_OPERANDS "fc 08 01 01 0b"), VM_ERROR_UNKNOWN_DATA_SEGMENT,
         39, 0, NULL},
        {"float loads are still refused", MEMORIES("41 00 2a 42 01 00 1a 0b"), VM_ERROR_UNSUPPORTED, 35, 0, NULL},
        {"code without any memory", "01[01 60 00 00] 03[01 00] 0a[01 [00 41 00 28 40 00 00 1a 0b]]",
         VM_ERROR_UNKNOWN_MEMORY, 25, 0, "unknown memory 0"},
    };
    struct judge judge;
    judge_init(&judge, VM_STRICT, LOADER_STRICT);
    judge.features.on[VM_FEATURE_MULTI_MEMORY] = true;
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++)
        check_row(&judge, &memories[i]);
}

/* Page sizes, where they are switched on. */
static void check_pages(void) {
    static const struct row pages[] = {
        {"pages of one byte", "05[01 08 00 00]", VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"pages of 64 KiB, said aloud", "05[01 08 01 10]", VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"without a word, as ever", "05[01 00 01]", VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"with a maximum", "05[01 09 01 02 00]", VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"an exponent in a long form", "05[01 09 01 02 90 80 00]", VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"of an import", "02[01 'a' 'b' 02 08 00 00]", VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"pages of 2 bytes", "05[01 08 00 01]", VM_ERROR_PAGE_SIZE, 13, VM_NO_FUNCTION,
         "invalid custom page size: 2 bytes; it may be 1 or 65536"},
        {"pages of 32 KiB", "05[01 09 00 00 0f]", VM_ERROR_PAGE_SIZE, 14, VM_NO_FUNCTION, NULL},
        {"pages of 128 KiB", "05[01 08 00 11]", VM_ERROR_PAGE_SIZE, 13, VM_NO_FUNCTION, NULL},
        {"pages of 2^63 bytes", "05[01 08 00 3f]", VM_ERROR_PAGE_SIZE, 13, VM_NO_FUNCTION,
         "invalid custom page size: 9223372036854775808 bytes; it may be 1 or 65536"},
        {"pages of 2^64 bytes", "05[01 08 00 c0 00]", VM_ERROR_PAGE_EXPONENT, 13, VM_NO_FUNCTION,
         "invalid custom page size: 2 to the power of 64"},
        {"an exponent of 2^32 - 1", "05[01 08 00 ff ff ff ff 0f]", VM_ERROR_PAGE_EXPONENT, 13, VM_NO_FUNCTION, NULL},
        {"an exponent of 33 bits", "05[01 08 00 80 80 80 80 10]", VM_ERROR_LEB128_TOO_LARGE, 17, VM_NO_FUNCTION, NULL},
        {"no exponent", "05[01 08 00]", VM_ERROR_UNEXPECTED_END_OF_SECTION, 13, VM_NO_FUNCTION, NULL},
        {"no maximum", "05[01 09 00]", VM_ERROR_UNEXPECTED_END_OF_SECTION, 13, VM_NO_FUNCTION, NULL},
        {"a byte after it", "05[01 08 00 00 00]", VM_ERROR_SECTION_SIZE, 14, VM_NO_FUNCTION, NULL},
        {"a maximum below the minimum", "05[01 09 02 01 00]", VM_ERROR_SIZE_ORDER, 13, VM_NO_FUNCTION, NULL},
        {"65537 pages of 64 KiB", "05[01 08 81 80 04 10]", VM_ERROR_MEMORY_SIZE, 12, VM_NO_FUNCTION,
         "memory size must be at most 65536 pages (4GiB)"},
        {"64 * 65536 bytes", "05[01 08 80 80 80 02 00]", VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"and one", "05[01 08 81 80 80 02 00]", VM_ERROR_OVER_LIMIT, 12, VM_NO_FUNCTION,
         "over a limit: memory_initial_pages: 65, at most 64 pages are allowed"},
        {"a maximum of 2^32 - 1 bytes", "05[01 09 00 ff ff ff ff 0f 00]", VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"a maximum of 2^32 bytes", "05[01 09 00 80 80 80 80 10 00]", VM_ERROR_LEB128_TOO_LARGE, 17, VM_NO_FUNCTION,
         NULL},
        {"a 64-bit memory of them", "05[01 0c 00 00]", VM_ERROR_UNSUPPORTED, 11, VM_NO_FUNCTION,
         "unsupported: a 64-bit memory at offset 11: the memory64 proposal (compile with --target=wasm32)"},
        {"a shared memory of them", "05[01 0b 00 01 00]", VM_ERROR_UNSUPPORTED, 11, VM_NO_FUNCTION, NULL},
        {"a shared memory without a maximum", "05[01 0a 00 00]", VM_ERROR_LEB128_TOO_LARGE, 11, VM_NO_FUNCTION, NULL},
        {"bit 4", "05[01 18 00 00]", VM_ERROR_LEB128_TOO_LARGE, 11, VM_NO_FUNCTION, NULL},
        {"a table", "04[01 70 08 00 00]", VM_ERROR_LEB128_TOO_LARGE, 12, VM_NO_FUNCTION, NULL},
    };
    static const struct row wide[] = {
        {"64 bits: a maximum of 2^32 - 1 bytes", "05[01 09 00 ff ff ff ff 0f 00]", VM_ERROR_NONE, 0, VM_NO_FUNCTION,
         ""},
        {"64 bits: a maximum of 2^32 bytes", "05[01 09 00 80 80 80 80 10 00]", VM_ERROR_MEMORY_SIZE, 13, VM_NO_FUNCTION,
         "memory size must be at most 65536 pages (4GiB): 4294967295 pages of one byte"},
        {"64 bits: a minimum of 2^64 - 1", "05[01 08 ff ff ff ff ff ff ff ff ff 01 00]", VM_ERROR_MEMORY_SIZE, 12,
         VM_NO_FUNCTION, NULL},
    };
    struct judge judge;
    judge_init(&judge, VM_STRICT, LOADER_STRICT);
    judge.features.on[VM_FEATURE_CUSTOM_PAGE_SIZES] = true;
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        check_row(&judge, &pages[i]);
    judge.features.on[VM_FEATURE_MEMORY64] = true;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        check_row(&judge, &wide[i]);
}

/* Features and prices that are not those of a profile. */
static void check_options(void) {
    static const struct row on[] = {
        {"a tail call", BODY("12 00 0b"), VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
        {"wide arithmetic", BODY("42 00 42 00 42 00 42 00 fc 13 1a 1a 0b"), VM_ERROR_NONE, 0, VM_NO_FUNCTION, ""},
    };
    static const struct row off[] = {
        {"a global of the module without extended constants", "06[02 7f 00 41 00 0b 7f 00 23 00 0b]",
         VM_ERROR_UNKNOWN_GLOBAL, 18, VM_NO_FUNCTION,
         "unknown global 0: a constant with a global of the module itself needs the extended constant expressions "
         "proposal"},
        {"i32.add without extended constants", "06[01 7f 00 41 00 41 00 6a 0b]", VM_ERROR_CONSTANT_REQUIRED, 17,
         VM_NO_FUNCTION, NULL},
        {"an instruction without a price", BODY("01 0b"), VM_ERROR_NO_PRICE, 51, 0,
         "instruction without a price in the schedule: nop"},
    };
    struct judge judge;
    judge_init(&judge, VM_STRICT, LOADER_STRICT);
    judge.features.on[VM_FEATURE_TAIL_CALL] = true;
    judge.features.on[VM_FEATURE_WIDE_ARITHMETIC] = true;
    for (size_t i = 0; i < sizeof on / sizeof *on; i++)
        check_row(&judge, &on[i]);
    judge_init(&judge, VM_STRICT, LOADER_STRICT);
    judge.features.on[VM_FEATURE_EXTENDED_CONST] = false;
    judge.schedule.instruction[VM_OP_NOP] = 0;
    for (size_t i = 0; i < sizeof off / sizeof *off; i++)
        check_row(&judge, &off[i]);
}

/* Magic and version, which the notation puts in front of all other rows. */
static void check_headers(const struct judge *judge) {
    static const struct {
        const char *bytes;
        enum vm_error_code code;
        uint32_t offset;
    } headers[] = {
        {"", VM_ERROR_UNEXPECTED_END_OF_SECTION, 0}, {"0061 73", VM_ERROR_UNEXPECTED_END_OF_SECTION, 3},
        {"6173 6d 00", VM_ERROR_MAGIC, 0},           {"0061 736d", VM_ERROR_UNEXPECTED_END_OF_SECTION, 4},
        {"0061 736d 02000000", VM_ERROR_VERSION, 4}, {"0061 736d 0d000100", VM_ERROR_VERSION, 4},
        {"0061 736d 01000000", VM_ERROR_NONE, 0},
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct builder builder = {.data = NULL};
        struct vm_module *module;
        struct vm_error error = {.code = VM_ERROR_NONE};
        check_context("header %s", headers[i].bytes);
        build_text(&builder, headers[i].bytes);
        CHECK_U64(judge_load(judge, built(&builder), &module, &error), vm_error_status(headers[i].code));
        CHECK_U64(error.code, headers[i].code);
        CHECK_U64(error.offset, headers[i].offset);
        vm_module_free(module);
        build_free(&builder);
    }
}

int main(void) {
    struct judge judge;
    judge_init(&judge, VM_STRICT, LOADER_STRICT);
    check_headers(&judge);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&judge, &rows[i]);
    check_names(&judge);
    check_module_names(&judge);
    check_lazy();
    check_memories();
    check_pages();
    check_options();
    return check_done();
}
