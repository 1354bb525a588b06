/* loader/lower/tests/lower_test.c - lowered modules: integers only, the same indices, types that stay apart, limits, lost
 * memory, hostile sections. */
#include "loader/lower/lower.h"

#include <stdlib.h>

#include "loader/inspect.h"
#include "loader/text/text.h"
#include "loader/writer.h"
#include "vm/machine.h"
#include "vm/tests/check.h"

static struct vm_limits limits;
static struct vm_features features;
static struct vm_schedule schedule;
static struct vm_allocator allocator;

static struct loader_options options_of(enum loader_policy policy) {
    return (struct loader_options){&limits, &features, &schedule, policy};
}

static struct vm_bytes assemble(const char *text) {
    struct vm_bytes bytes;
    struct text_error error;
    if (text_assemble(vm_bytes_of_text(text), NULL, &allocator, &bytes, &error) != VM_OK) {
        printf("%s: %s at %u:%u\n", text, error.message, (unsigned)error.line, (unsigned)error.column);
        exit(2);
    }
    return bytes;
}

/* Lowers and loads what comes out under the strict policy; NULL if either is refused. */
static struct vm_module *lower(struct vm_bytes bytes, struct vm_bytes *lowered) {
    struct vm_error error;
    struct vm_module *module = NULL;
    const struct loader_options lowering = options_of(LOADER_LOWER), strict = options_of(LOADER_STRICT);
    if (loader_lower(bytes, &lowering, &allocator, lowered, &error) != VM_OK ||
        loader_load(*lowered, &strict, &allocator, &module, &error) != VM_OK)
        check_report(false, __FILE__, __LINE__, "%s", error.message);
    return module;
}

/* No float instruction, and no float type but those that the section gave back. */
static void check_integers(struct vm_bytes lowered) {
    struct vm_error error;
    struct vm_module *module;
    const struct loader_options strict = options_of(LOADER_STRICT);
    if (!CHECK(loader_load(lowered, &strict, &allocator, &module, &error) == VM_OK))
        return;
    uint32_t floats = 0;
    for (uint32_t i = 0; i < module->function_count - module->imported_functions; i++)
        for (uint32_t at = module->functions[i].code_start; at < module->functions[i].code_end;) {
            const struct loader_instruction instruction = loader_instruction_at(module, at);
            floats += vm_opcodes[instruction.op].feature == VM_FEATURE_FLOAT;
            at = instruction.next;
        }
    CHECK_U64(floats, 0);
    vm_module_free(module);
}

static const char *word_of(char type) {
    return type == 'i' ? "i32" : type == 'I' ? "i64" : type == 'f' ? "f32" : "f64";
}

/* Every instruction of the feature alone in a function. */
static void test_each_instruction(void) {
    for (uint32_t op = 0; op < VM_OP_COUNT; op++) {
        const struct vm_opcode *const row = &vm_opcodes[op];
        if (row->feature != VM_FEATURE_FLOAT)
            continue;
        char text[512];
        char code[256] = "";
        size_t size = 0;
        for (const char *in = row->in; *in != '\0'; in++)
            size += (size_t)snprintf(code + size, sizeof code - size, "(%s.const 1) ", word_of(*in));
        const bool constant = row->immediate == VM_IMM_F32 || row->immediate == VM_IMM_F64;
        snprintf(text, sizeof text, "(module (memory 1) (func %s %s%s %s))", code, row->text,
                 constant                          ? " 1.5"
                 : row->immediate == VM_IMM_MEMARG ? " offset=300"
                                                   : "",
                 row->out[0] == '\0' ? "" : "drop");
        check_context("%s", row->text);
        const struct vm_bytes bytes = assemble(text);
        struct vm_bytes lowered = {NULL, 0};
        struct vm_module *const module = lower(bytes, &lowered);
        if (CHECK(module != NULL))
            check_integers(lowered);
        vm_module_free(module);
        loader_bytes_free(&allocator, lowered);
        text_free(&allocator, bytes);
    }
}

/* Runs an export of a lowered module without arguments that gives an i32. */
static bool run(struct vm_module *module, const char *name, uint64_t *result, enum vm_trap_kind *trap,
                struct vm_bytes *where) {
    struct vm_store *const store = vm_store_new(&allocator, &limits);
    struct vm_machine *const machine = vm_machine_new(store);
    struct vm_instantiation made = {0};
    struct vm_error error;
    uint64_t fuel = UINT32_MAX;
    bool good = vm_instantiate(store, module, &schedule, NULL, NULL, &fuel, &made, &error) == VM_OK;
    const struct vm_export *const export = vm_module_find_export(module, vm_bytes_of_text(name));
    good = good && export != NULL;
    *result = 0;
    *trap = VM_TRAP_NONE;
    if (good) {
        enum vm_run_state state =
            vm_machine_begin(machine, vm_instance_function(made.instance, export->index), NULL, 0, &schedule, fuel);
        while (state == VM_RUN_PAUSED)
            state = vm_machine_run(machine, UINT64_MAX);
        if (state == VM_RUN_DONE && vm_machine_result_count(machine) == 1)
            *result = vm_machine_results(machine)[0];
        if (state == VM_RUN_TRAPPED) {
            *trap = vm_machine_trap(machine)->kind;
            *where = vm_module_function_name(module, vm_machine_trap(machine)->function);
        }
    }
    vm_machine_free(machine);
    vm_store_free(store);
    return good;
}

/* Each "main" gives an i32, or traps. */
static const struct {
    const char *what;
    const char *text;
    uint32_t result;
    enum vm_trap_kind trap;
    const char *where; /* name of the function that traps, or NULL */
} run_rows[] = {
    {"a sum",
     "(module (func (export \"main\") (result i32) (i32.trunc_f64_s (f64.add (f64.const 1.25) (f64.const 40.75)))))",
     42, VM_TRAP_NONE, NULL},
    {"bits of a NaN are moved",
     "(module (func (export \"main\") (result i32) (i32.reinterpret_f32 (f32.neg (f32.const nan:0x200001)))))",
     0xFFA00001, VM_TRAP_NONE, NULL},
    {"bits of a NaN through a memory",
     "(module (memory 1) (func (export \"main\") (result i32) (f32.store (i32.const 4) (f32.const -nan:0x1)) (i32.load "
     "(i32.const 4))))",
     0xFF800001, VM_TRAP_NONE, NULL},
    {"a computed NaN is canonical",
     "(module (func (export \"main\") (result i32) (i32.reinterpret_f32 (f32.add (f32.const -nan:0x200001) (f32.const "
     "1)))))",
     0x7FC00000, VM_TRAP_NONE, NULL},
    {"locals, blocks and select of floats",
     "(module (func (export \"main\") (result i32) (local f64 f32) (local.set 1 (select (result f32) (f32.const 3) "
     "(f32.const 4) (i32.const 1)))"
     "(block (result f32) (if (result f32) (i32.const 1) (then (local.get 1)) (else (f32.const 9)))) (f64.promote_f32) "
     "(local.tee 0) (i32.trunc_f64_u)))",
     3, VM_TRAP_NONE, NULL},
    {"floats that are only declared",
     "(module (func (export \"main\") (result i32) (local f64) (drop (local.get 0)) (i32.const 5)))", 5, VM_TRAP_NONE,
     NULL},
    {"a block of a float where nothing is computed",
     "(module (func (export \"main\") (result i32) (block (result f32) (unreachable)) (drop) (i32.const 1)))", 0,
     VM_TRAP_UNREACHABLE, NULL},
    {"globals",
     "(module (global $a f64 (f64.const 6.5)) (global $b (mut f32) (f32.const -1)) (func (export \"main\") (result i32)"
     "(global.set $b (f32.demote_f64 (global.get $a))) (i32.trunc_f32_s (global.get $b))))",
     6, VM_TRAP_NONE, NULL},
    {"no integer part", "(module (func (export \"main\") (result i32) (i32.trunc_f64_s (f64.const nan))))", 0,
     VM_TRAP_UNREACHABLE, LOADER_TRAP_INVALID_CONVERSION},
    {"an integer part that does not fit",
     "(module (func (export \"main\") (result i32) (i32.trunc_f64_s (f64.const 1e10))))", 0, VM_TRAP_INTEGER_OVERFLOW,
     "integer overflow"},
    {"an indirect call",
     "(module (type $f (func (param f64 f32) (result f64))) (table funcref (elem $g))"
     "(func $g (type $f) (f64.sub (local.get 0) (f64.promote_f32 (local.get 1))))"
     "(func (export \"main\") (result i32) (i32.trunc_f64_s (call_indirect (type $f) (f64.const 50) (f32.const 8) "
     "(i32.const 0)))))",
     42, VM_TRAP_NONE, NULL},
    {"an indirect call from inside of a block, with locals",
     "(module (type $f (func (param f32) (result f32))) (table funcref (elem $g))"
     "(func $g (type $f) (local.get 0)) (func $h (param i32) (result i32) (local i64 f32) (local.set 2 (block (result "
     "f32) (call_indirect (type $f) (f32.const 7) (local.get 0)))) (i32.trunc_f32_s (local.get 2)))"
     "(func (export \"main\") (result i32) (call $h (i32.const 0))))",
     7, VM_TRAP_NONE, NULL},
    {"an f32 is no i32",
     "(module (type $i (func (param i32))) (type $f (func (param f32))) (table funcref (elem $g)) (func $g (type $i))"
     "(func (export \"main\") (call_indirect (type $f) (f32.const 1) (i32.const 0))))",
     0, VM_TRAP_INDIRECT_CALL_TYPE_MISMATCH, "main"},
    {"an i32 is no f32",
     "(module (type $i (func (param i32))) (type $f (func (param f32))) (table funcref (elem $g)) (func $g (type $f))"
     "(func (export \"main\") (call_indirect (type $i) (i32.const 1) (i32.const 0))))",
     0, VM_TRAP_INDIRECT_CALL_TYPE_MISMATCH, "main"},
    {"a result of f64 is none of i64",
     "(module (type $i (func (result i64))) (type $f (func (result f64))) (table funcref (elem $g)) (func $g (type $f) "
     "(f64.const 0))"
     "(func (export \"main\") (drop (call_indirect (type $i) (i32.const 0)))))",
     0, VM_TRAP_INDIRECT_CALL_TYPE_MISMATCH, "main"},
    {"which of two is the float",
     "(module (type $a (func (param i32 f32))) (type $b (func (param f32 i32))) (table funcref (elem $g)) (func $g "
     "(type $a))"
     "(func (export \"main\") (call_indirect (type $b) (f32.const 0) (i32.const 0) (i32.const 0))))",
     0, VM_TRAP_INDIRECT_CALL_TYPE_MISMATCH, "main"},
    {"what the marked type of (f32) -> () looks like is another type",
     "(module (type $m (func (param i32 funcref externref externref))) (type $f (func (param f32))) (table funcref "
     "(elem $g)) (func $g (type $m))"
     "(func (export \"main\") (call_indirect (type $f) (f32.const 0) (i32.const 0))))",
     0, VM_TRAP_INDIRECT_CALL_TYPE_MISMATCH, "main"},
    {"and the other way round",
     "(module (type $m (func (param i32 funcref externref externref))) (type $f (func (param f32))) (table funcref "
     "(elem $g)) (func $g (type $f))"
     "(func (export \"main\") (call_indirect (type $m) (i32.const 0) (ref.null func) (ref.null extern) (ref.null "
     "extern) (i32.const 0))))",
     0, VM_TRAP_INDIRECT_CALL_TYPE_MISMATCH, "main"},
    {"a type that looks marked, in a module without floats",
     "(module (type $m (func (param i32 funcref externref externref) (result i32))) (table funcref (elem $g)) (func $g "
     "(type $m) (i32.add (local.get 0) (i32.const 2)))"
     "(func (export \"main\") (result i32) (call_indirect (type $m) (i32.const 40) (ref.null func) (ref.null extern) "
     "(ref.null extern) (i32.const 0))))",
     42, VM_TRAP_NONE, NULL},
    {"a reference made in code, of a function that is only exported",
     "(module (type $f (func (param f32) (result f32))) (table 1 funcref)"
     "(func $g (export \"g\") (type $f) (local.get 0)) (func (export \"main\") (result i32) (table.set (i32.const 0) "
     "(ref.func $g))"
     "(i32.trunc_f32_s (call_indirect (type $f) (f32.const 11) (i32.const 0)))))",
     11, VM_TRAP_NONE, NULL},
    {"the same, declared, beside a segment",
     "(module (type $f (func (param f32) (result f32))) (table 2 funcref) (elem (i32.const 1) $h) (elem declare func "
     "$g)"
     "(func $g (type $f) (local.get 0)) (func $h (type $f) (f32.neg (local.get 0))) (func (export \"main\") (result "
     "i32) (table.set (i32.const 0) (ref.func $g))"
     "(i32.trunc_f32_s (f32.add (call_indirect (type $f) (f32.const 11) (i32.const 0)) (call_indirect (type $f) "
     "(f32.const 1) (i32.const 1))))))",
     10, VM_TRAP_NONE, NULL},
    {"a reference in a global and in expressions of a segment",
     "(module (type $f (func (result f32))) (table 2 funcref) (global funcref (ref.func $g))"
     "(elem (table 0) (i32.const 0) funcref (ref.null func) (item (ref.func $g))) (func $g (type $f) (f32.const 3))"
     "(func (export \"main\") (result i32) (table.set (i32.const 0) (global.get 0)) (i32.trunc_f32_s (f32.mul "
     "(call_indirect (type $f) (i32.const 0)) (call_indirect (type $f) (i32.const 1))))))",
     9, VM_TRAP_NONE, NULL},
    {"passive segments",
     "(module (type $f (func (result f32))) (table 1 funcref) (elem func $g) (func $g (type $f) (f32.const 3))"
     "(func (export \"main\") (result i32) (table.init 0 (i32.const 0) (i32.const 0) (i32.const 1)) (i32.trunc_f32_s "
     "(call_indirect (type $f) (i32.const 0)))))",
     3, VM_TRAP_NONE, NULL},
    {"a tail call through the table, a million deep",
     "(module (type $f (func (param f32 i32) (result i32))) (table funcref (elem $g))"
     "(func $g (type $f) (if (result i32) (i32.eqz (local.get 1)) (then (i32.trunc_f32_s (local.get 0)))"
     "(else (return_call_indirect (type $f) (local.get 0) (i32.sub (local.get 1) (i32.const 1)) (i32.const 0)))))"
     "(func (export \"main\") (result i32) (call $g (f32.const 12) (i32.const 1000000))))",
     12, VM_TRAP_NONE, NULL},
};

static void test_runs(void) {
    for (size_t i = 0; i < sizeof run_rows / sizeof *run_rows; i++) {
        check_context("%s", run_rows[i].what);
        const struct vm_bytes bytes = assemble(run_rows[i].text);
        struct vm_bytes lowered = {NULL, 0};
        struct vm_module *const module = lower(bytes, &lowered);
        if (CHECK(module != NULL)) {
            uint64_t result;
            enum vm_trap_kind trap;
            struct vm_bytes where = {NULL, 0};
            check_integers(lowered);
            CHECK(run(module, "main", &result, &trap, &where));
            CHECK_U64(result, run_rows[i].result);
            CHECK_U64(trap, run_rows[i].trap);
            if (run_rows[i].where != NULL)
                CHECK(vm_bytes_equal(where, vm_bytes_of_text(run_rows[i].where)));
        }
        vm_module_free(module);
        /* What is lowered has no floats: it comes out as it is. */
        struct vm_bytes again = {NULL, 0};
        struct vm_module *const same = lower(lowered, &again);
        CHECK(vm_bytes_equal(lowered, again));
        vm_module_free(same);
        loader_bytes_free(&allocator, again);
        loader_bytes_free(&allocator, lowered);
        text_free(&allocator, bytes);
    }
}

/* Under the lazy policy bits are moved, and all else traps by its name. */
static void test_lazy(void) {
    static const struct {
        const char *code;
        uint32_t result;
        bool traps;
    } rows[] = {
        {"(i32.reinterpret_f32 (f32.neg (f32.const 1)))", 0xBF800000, false},
        {"(i32.reinterpret_f32 (f32.copysign (f32.const nan:0x1) (f32.const -1)))", 0xFF800001, false},
        {"(i32.trunc_f32_s (f32.const 1))", 0, true},
        {"(f64.lt (f64.const 1) (f64.const 2))", 0, true},
        {"(drop (f64.add (f64.const 1) (f64.const 2))) (i32.const 1)", 0, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[256];
        uint64_t result;
        enum vm_trap_kind trap;
        struct vm_bytes where = {NULL, 0}, lowered;
        struct vm_error error;
        struct vm_module *module = NULL;
        const struct loader_options lazy = options_of(LOADER_LAZY), strict = options_of(LOADER_STRICT);
        check_context("lazy: %s", rows[i].code);
        snprintf(text, sizeof text, "(module (func (export \"main\") (result i32) %s))", rows[i].code);
        const struct vm_bytes bytes = assemble(text);
        if (CHECK(loader_lower(bytes, &lazy, &allocator, &lowered, &error) == VM_OK) &&
            CHECK(loader_load(lowered, &strict, &allocator, &module, &error) == VM_OK)) {
            CHECK(run(module, "main", &result, &trap, &where));
            CHECK_U64(result, rows[i].result);
            CHECK_U64(trap, rows[i].traps ? VM_TRAP_UNREACHABLE : VM_TRAP_NONE);
            CHECK(!rows[i].traps || vm_bytes_equal(where, vm_bytes_of_text(LOADER_TRAP_FLOAT_EXECUTED)));
        }
        vm_module_free(module);
        loader_bytes_free(&allocator, lowered);
        text_free(&allocator, bytes);
    }
}

/* Imports, exports and globals know their float types; names and other custom sections are kept. */
static void test_interface(void) {
    check_context("interface");
    const struct vm_bytes bytes = assemble(
        "(module (@custom \"mine\" \"abc\") (type $t (func (param f32 i64) (result f64))) (import \"m\" \"f\" (func $f "
        "(type $t)))"
        "(import \"m\" \"g\" (global f32)) (global (export \"h\") (mut f64) (f64.const 1)) (global i32 (i32.const 2))"
        "(func $mine (export \"e\") (type $t) (f64.sqrt (call $f (local.get 0) (local.get 1)))) (export \"f\" (func "
        "$f)))");
    struct vm_bytes lowered = {NULL, 0};
    struct vm_module *const module = lower(bytes, &lowered);
    if (CHECK(module != NULL)) {
        const struct vm_function_type *const type = &module->types[module->imports[0].type];
        CHECK(type->param_count == 2 && type->types[0] == VM_F32 && type->types[1] == VM_I64 &&
              type->types[2] == VM_F64);
        CHECK(vm_module_function_type(module, 1) == type);
        CHECK(module->imports[1].global.value == VM_F32 && module->globals[0].type.value == VM_F32);
        CHECK(module->globals[1].type.value == VM_F64 && module->globals[1].type.mutable);
        CHECK(module->globals[2].type.value == VM_I32);
        CHECK(module->export_count == 3 && module->exports[1].index == 1 && module->exports[2].index == 0);
        CHECK(vm_bytes_equal(vm_module_function_name(module, 1), vm_bytes_of_text("mine")));
        CHECK(vm_bytes_equal(vm_module_function_name(module, 2), vm_bytes_of_text("f64.sqrt")));
        bool kept = false;
        for (uint32_t i = 0; i < module->custom_count; i++)
            kept |=
                vm_bytes_equal(module->custom[i].name, vm_bytes_of_text("mine")) && module->custom[i].content.size == 3;
        CHECK(kept);
        /* To any other engine it is integers. */
        struct vm_module *plain;
        struct vm_error error;
        struct loader_options strict = options_of(LOADER_STRICT);
        uint8_t *const other = malloc(lowered.size);
        for (size_t i = 0; other != NULL && i < lowered.size; i++)
            other[i] = i + 12 <= lowered.size && memcmp(lowered.data + i, LOADER_FLOAT_SECTION, 12) == 0
                           ? 'D'
                           : lowered.data[i];
        if (CHECK(other != NULL &&
                  loader_load(vm_bytes(other, lowered.size), &strict, &allocator, &plain, &error) == VM_OK)) {
            CHECK(plain->types[0].types[0] == VM_I32 && plain->types[0].types[2] == VM_I64);
            CHECK(plain->globals[1].type.value == VM_I64);
            vm_module_free(plain);
        }
        free(other);
    }
    vm_module_free(module);
    loader_bytes_free(&allocator, lowered);
    text_free(&allocator, bytes);
}

/* Sections of that name that are no good, or are good for nothing: the module is the integer one that it is. */
static void test_hostile_sections(void) {
    static const struct {
        const char *what;
        const char *content; /* of the custom section, as the text format has it */
        bool restored;
    } rows[] = {
        {"good", "\\01\\05\\01\\00\\02\\01\\7D\\7E\\7C\\01\\00\\7C", true},
        {"nothing in it", "\\01\\05\\00\\00", false},
        {"empty", "", false},
        {"another version", "\\02\\05\\01\\00\\02\\01\\7D\\7E\\7C\\01\\00\\7C", false},
        {"cut", "\\01\\05\\01\\00\\02\\01\\7D\\7E\\7C\\01\\00", false},
        {"more behind it", "\\01\\05\\01\\00\\02\\01\\7D\\7E\\7C\\01\\00\\7C\\00", false},
        {"an f64 for an i32", "\\01\\05\\01\\00\\02\\01\\7C\\7E\\7C\\01\\00\\7C", false},
        {"a reference for an i32", "\\01\\05\\01\\00\\02\\01\\70\\7E\\7C\\01\\00\\7C", false},
        {"a parameter more", "\\01\\05\\01\\00\\03\\00\\7D\\7E\\7C\\01\\00\\7C", false},
        {"an unknown type", "\\01\\05\\01\\01\\02\\01\\7D\\7E\\7C\\01\\00\\7C", false},
        {"an unknown global", "\\01\\05\\01\\00\\02\\01\\7D\\7E\\7C\\01\\01\\7C", false},
        {"an f32 for an i64", "\\01\\05\\01\\00\\02\\01\\7D\\7E\\7C\\01\\00\\7D", false},
        {"four billion types", "\\01\\05\\FF\\FF\\FF\\FF\\0F", false},
        {"four billion parameters", "\\01\\05\\01\\00\\FF\\FF\\FF\\FF\\0F\\01", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "(module (type (func (param i32 i64) (result i64))) (global i64 (i64.const 0)) (@custom "
                 "\"" LOADER_FLOAT_SECTION "\" \"%s\"))",
                 rows[i].content);
        check_context("section: %s", rows[i].what);
        const struct vm_bytes bytes = assemble(text);
        const struct loader_options strict = options_of(LOADER_STRICT);
        struct vm_module *module;
        struct vm_error error;
        if (CHECK(loader_load(bytes, &strict, &allocator, &module, &error) == VM_OK)) {
            CHECK(module->types[0].types[0] == (rows[i].restored ? VM_F32 : VM_I32));
            CHECK(module->globals[0].type.value == (rows[i].restored ? VM_F64 : VM_I64));
            vm_module_free(module);
        }
        text_free(&allocator, bytes);
    }
}

/* Name sections that can't be followed stay as they are, and nothing else suffers. */
static void test_names(void) {
    static const struct {
        const char *what;
        const char *content;
        const char *name; /* of the routine then */
    } rows[] = {
        {"names of functions", "\\01\\04\\01\\00\\01a", "f32.sqrt"},
        {"the module's name alone", "\\00\\02\\01m", "f32.sqrt"},
        {"names of locals alone", "\\02\\05\\01\\00\\01\\00\\00", "f32.sqrt"},
        {"empty", "", "f32.sqrt"},
        {"a size too large", "\\01\\44\\01\\00\\01a", ""},
        {"a count too large", "\\01\\04\\02\\00\\01a", ""},
        {"a name of what is added", "\\01\\04\\01\\01\\01a", "a"},
        {"bytes behind the names", "\\01\\05\\01\\00\\01a\\00", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        snprintf(text, sizeof text, "(module (func (drop (f32.sqrt (f32.const 4)))) (@custom \"name\" \"%s\"))",
                 rows[i].content);
        check_context("names: %s", rows[i].what);
        const struct vm_bytes bytes = assemble(text);
        struct vm_bytes lowered = {NULL, 0};
        struct vm_module *const module = lower(bytes, &lowered);
        if (CHECK(module != NULL))
            CHECK(vm_bytes_equal(vm_module_function_name(module, 1), vm_bytes_of_text(rows[i].name)));
        vm_module_free(module);
        loader_bytes_free(&allocator, lowered);
        text_free(&allocator, bytes);
    }
}

/* A module without floats is not touched, odd encodings included; one that is refused says why and where. */
static void test_untouched_and_refused(void) {
    static const uint8_t odd[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 0x84, 0x00, 1, 0x60, 0, 0};
    static const uint8_t vector[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 5, 1, 0x60, 1, 0x7B, 0};
    static const uint8_t wrong[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1,    4, 1, 0x60, 0, 0,   3,
                                    2, 1,   0,   10,  9, 1, 7, 0, 0x43, 0, 0, 0,    0, 0x0B};
    const struct loader_options options = options_of(LOADER_LOWER);
    struct vm_bytes lowered;
    struct vm_error error;
    check_context("untouched");
    CHECK(loader_lower(vm_bytes(odd, sizeof odd), &options, &allocator, &lowered, &error) == VM_OK);
    CHECK(vm_bytes_equal(lowered, vm_bytes(odd, sizeof odd)));
    loader_bytes_free(&allocator, lowered);
    check_context("refused");
    CHECK(loader_lower(vm_bytes(vector, sizeof vector), &options, &allocator, &lowered, &error) == VM_UNSUPPORTED);
    CHECK_U64(error.offset, 13);
    CHECK(loader_lower(vm_bytes(wrong, sizeof wrong), &options, &allocator, &lowered, &error) == VM_INVALID);
    CHECK_U64(error.function, 0);
    for (size_t size = 0; size < sizeof wrong; size++) {
        CHECK(loader_lower(vm_bytes(wrong, size), &options, &allocator, &lowered, &error) != VM_RESOURCE);
        loader_bytes_free(&allocator, lowered);
    }
}

/* Growth is bounded by the limit of the module, whatever makes it grow: here wrappers of long types, marks at calls, and
 * instructions of one byte that become twelve. */
static void test_growth(void) {
    static const char *const shapes[] = {"wrappers", "calls", "negations"};
    for (uint32_t shape = 0; shape < 3; shape++) {
        char *const text = malloc(1 << 20);
        size_t size = 0;
        if (text == NULL)
            exit(2);
#define PUT(...) (size += (size_t)snprintf(text + size, ((size_t)1 << 20) - size, __VA_ARGS__))
        PUT("(module (type $f (func (param");
        for (uint32_t i = 0; i < 900; i++)
            PUT(" f64");
        PUT("))) (table 1 funcref)");
        for (uint32_t i = 0; shape == 0 && i < 2000; i++)
            PUT(" (elem (i32.const 0) %u) (func (type $f))", (unsigned)i);
        PUT(" (func (local i32) (unreachable)");
        for (uint32_t i = 0; shape == 1 && i < 4000; i++)
            PUT(" (call_indirect (type $f))");
        for (uint32_t i = 0; shape == 2 && i < 40000; i++)
            PUT(" f64.neg");
        PUT("%s", shape == 2 ? " drop))" : "))");
#undef PUT
        check_context("growth: %s", shapes[shape]);
        const struct vm_bytes bytes = assemble(text);
        struct vm_limits low = limits;
        low.module_bytes = bytes.size * 4;
        const struct loader_options options = {&low, &features, &schedule, LOADER_LOWER};
        struct vm_bytes lowered;
        struct vm_error error;
        CHECK(loader_lower(bytes, &options, &allocator, &lowered, &error) == VM_LIMIT);
        CHECK(lowered.data == NULL && strstr(error.message, "module_bytes") != NULL);
        loader_bytes_free(&allocator, lowered);
        text_free(&allocator, bytes);
        free(text);
    }
}

/* An allocator that fails from the n-th request for memory on. */
static uint64_t requests;
static uint64_t failing_from;

static void *failing_resize(void *context, void *old, size_t old_size, size_t new_size) {
    if (new_size > old_size && requests++ >= failing_from)
        return NULL;
    return allocator.resize(context, old, old_size, new_size);
}

static void test_lost_memory(void) {
    check_context("lost memory");
    const struct vm_allocator failing = {failing_resize, allocator.context};
    const struct loader_options options = options_of(LOADER_LOWER);
    const struct vm_bytes bytes = assemble(run_rows[10].text);
    const struct vm_bytes other = assemble(run_rows[20].text);
    for (uint32_t which = 0; which < 2; which++) {
        bool done = false;
        for (failing_from = 0; !done && failing_from < 10000; failing_from++) {
            struct vm_module *module;
            struct vm_error error;
            requests = 0;
            const enum vm_status status = loader_load(which == 0 ? bytes : other, &options, &failing, &module, &error);
            done = status == VM_OK;
            CHECK(status == VM_OK || (status == VM_RESOURCE && module == NULL));
            vm_module_free(module);
        }

        CHECK(done && failing_from > 20);
    }
    text_free(&allocator, bytes);
    text_free(&allocator, other);
}

int main(void) {
    allocator = vm_system_allocator();
    limits = vm_profile_limits(VM_COMPAT);
    features = vm_profile_features(VM_COMPAT);
    features.on[VM_FEATURE_TAIL_CALL] = true;
    schedule = vm_default_schedule();
    if (loader_routines().size == 0) {
        printf("lower_test: skipped, this build has no routines to lower floats to (clang is not installed)\n");
        return 0;
    }
    test_each_instruction();
    test_runs();
    test_lazy();
    test_interface();
    test_hostile_sections();
    test_names();
    test_untouched_and_refused();
    test_growth();
    test_lost_memory();
    return check_done();
}
