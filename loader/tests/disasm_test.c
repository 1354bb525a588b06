/* loader/tests/disasm_test.c - text that assembles back to the bytes it was made from.
 *
 * Three kinds of rows: modules in the notation of module_builder.h, with forms that only annotations can keep; texts,
 * whose modules make the trip; and one text letter by letter. */
#include "loader/disasm.h"
#include "loader/tests/module_builder.h"
#include "loader/text/text.h"
#include "vm/tests/check.h"

/* Bytes to text to bytes.  The text is left in *text. */
static void check_round_trip(struct vm_bytes module, struct loader_writer *text) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_bytes again;
    struct vm_error error;
    struct text_error text_error;
    loader_writer_reset(text);
    if (!CHECK(loader_disassemble(module, NULL, &allocator, text, &error) == VM_OK)) {
        printf("%s at %llu\n", error.message, (unsigned long long)error.offset);
        return;
    }
    if (!CHECK(text_assemble(loader_written(text), NULL, &allocator, &again, &text_error) == VM_OK)) {
        printf("%u:%u: %s\n%.*s", text_error.line, text_error.column, text_error.message, (int)text->size,
               (const char *)text->data);
        return;
    }
    if (!CHECK(vm_bytes_equal(module, again)))
        printf("%.*s", (int)text->size, (const char *)text->data);
    text_free(&allocator, again);
}

static const struct {
    const char *name;
    const char *module;
} modules[] = {
    /* clang-format off */
    {"nothing", ""},
    {"empty sections", "01[00] 02[00] 03[00] 04[00] 05[00] 06[00] 07[00] 09[00] 0a[00] 0b[00]"},
    {"data count that nobody needs", "0c[00]"},
    {"padded section size and count", "01 87808000 81808000 60 00 00 03[01 00] 0a 8680808000 818000 02 00 0b"},
    {"padded type index and function body", "01[01 60 00 00] 03[01 8000] 0a[01 8200 00 0b]"},
    {"padded type counts", "01[01 60 8100 7f 8000]"},
    {"padded page size", "05[03 08 00 00 09 01 02 9000 0c 00 808000]"},
    {"padded names", "02[01 8100 61 8000 02 00 01] 07[01 8300 616263 02 8000]"},
    {"padded call, constants and memory operands",
     "01[01 60 00 00] 03[01 00] 05[01 00 8100] 0a[01 [00 10 8080808000 41 8080808000 28 8200 8080808000 1a 42 ff7f 1a 0b]]"},
    {"padded branch and table of labels", "01[01 60 00 00] 03[01 00] 0a[01 [00 02 40 0c 8000 0b 41 00 0e 8100 8000 00 0b]]"},
    {"padded sub-opcode", "01[01 60 00 00] 03[01 00] 05[01 00 01] 0a[01 [00 41 00 41 00 41 00 fc 8b00 00 0b]]"},
    {"padded types of calls and tables", "01[01 60 00 00] 03[01 00] 04[01 70 00 8100] 0a[01 [00 41 00 11 8000 8000 0b]]"},
    {"padded block type", "01[01 60 00 00] 03[01 00] 0a[01 [00 02 8000 0b 02 00 0b 02 40 0b 0b]]"},
    {"padded groups of locals", "01[01 60 00 00] 03[01 00] 0a[01 [8300 8200 7f 00 7e 01 7e 0b]]"},
    {"groups of one type apart", "01[01 60 00 00] 03[01 00] 0a[01 [03 01 7f 02 7f 01 7e 0b]]"},
    {"explicit memory 0", "01[01 60 00 00] 03[01 00] 05[01 00 01] 0a[01 [00 41 00 28 42 00 00 1a 0b]] 0b[01 02 00 41 00 0b 00]"},
    {"indices of other memories",
     "01[01 60 00 00] 03[01 00] 05[03 00 01 00 01 00 01] 0c[01] 0a[01 [00 41 00 28 42 01 00 1a 41 00 28 40 8200 8000 1a"
     " 41 00 41 00 37 c300 02 08 3f 01 1a 3f 8000 1a 41 00 40 8200 1a 41 00 41 00 41 00 fc0a 01 02 41 00 41 00 41 00 fc0a 00 01"
     " 41 00 41 00 41 00 fc0b 02 41 00 41 00 41 00 fc08 00 01 0b]] 0b[01 02 01 41 00 0b 00]"},
    {"element segments", "01[01 60 00 00] 03[01 00] 04[01 70 00 01] 09[08 00 41 00 0b 01 00  01 00 00  02 00 41 00 0b 00 00"
                         " 03 00 8100 00  04 41 00 0b 01 d2 00 0b  05 6f 00  06 00 41 00 0b 70 01 d0 70 0b  07 70 00] 0a[01 [00 0b]]"},
    {"padded segment flags and size", "05[01 00 01] 0b[02 8000 41 00 0b 00  8100 8200 6162]"},
    {"custom sections in all places",
     "00['a' 00] 01[01 60 00 00] 00['b'] 03[01 00] 00['c' 0102] 00['d'] 0a[01 [00 0b]] 00['' ff] 0b[00] 00['e' 22 5c 0a]"},
    {"padded custom section", "00 868000 8100 61 01 02 03"},
    {"names", "01[01 60 02 7f 7f 00] 03[01 00] 0a[01 [01 01 7f 20 00 21 02 0b]]"
              "00['name' 00 02 01 6d 01 04 01 00 01 66 02 0a 01 00 03 00 01 61 01 01 61 02 00]"},
    {"names that are no identifiers", "01[01 60 00 00] 03[03 00 00 00] 0a[03 [00 10 01 0b] [00 0b] [00 0b]]"
                                      "00['name' 01 0b 03 00 00 01 02 20 22 02 02 20 22]"},
    {"broken name section", "01[01 60 00 00] 03[01 00] 0a[01 [00 0b]] 00['name' 01 ff 00 02 7f]"},
    {"floats", "01[01 60 00 00] 03[01 00] 0a[01 [00 43 000000 80 1a 43 0100c0ff 1a 44 0100000000000080 1a 44 000000000000f0ff 1a 0b]]"},
    {"vectors", "01[01 60 00 00] 03[01 00] 0a[01 [00 fd0c 000102030405060708090a0b0c0d0eff fd15 01 1a 0b]]"},
    {"long reference types", "01[02 60 02 63 70 63 01 00 60 00 01 64 6f] 06[01 63 70 00 d0 70 0b]"},
    {"recursive types", "01[03 4e 02 50 00 5f 02 7f 00 78 01 50 01 00 5e 63 01 01 4f 00 60 00 00 4e 01 60 00 00]"},
    {"references and casts", "01[01 60 01 6e 00] 03[01 00] 0a[01 [00 20 00 fb14 6c 1a 20 00 fb15 00 1a 02 6e 20 00 fb18 03 00 6e 6d 0b 1a 0b]]"},
    {"exceptions", "01[01 60 00 00] 03[01 00] 0d[01 00 00] 0a[01 [00 02 40 1f 40 02 00 00 00 02 01 08 00 0b 0b 0b]]"},
    {"old exceptions", "01[01 60 00 00] 03[01 00] 0d[01 00 00] 0a[01 [00 06 40 06 40 07 00 19 09 00 0b 18 00 0b]]"},
    {"memories and tables of 64 bits", "04[01 70 05 01 8080808010] 05[03 04 8000 05 00 ffffffffffffffffff01 0f 01 02 00]"},
    {"table with a value", "04[01 40 00 70 00 01 d0 70 0b]"},
    {"tag, global and start", "01[01 60 00 00] 02[01 '' '' 04 00 00] 03[01 00] 06[01 7e 01 42 7f 42 01 7c 0b] 08[8000] 0a[01 [00 0b]]"},
    {"control characters in names", "01[01 60 00 00] 02[01 '' [225c0a 00] 00 00]"},
    /* clang-format on */
};

static const struct {
    const char *text;
} texts[] = {
    {"(module $m (func $f (param $x i32) (local $y i64) (block $b (br_if $b (local.get $x)))"
     " (if (i32.const 1) (then))))"},
    {"(memory 1) (func (loop (br_table 0 1 2 (i32.const 1)) (block (br 1))) (memory.grow (i32.const 1)) drop)"},
    {"(import \"a\" \"b\" (memory $a 1)) (memory $b 1) (memory $c (data \"x\")) (data (memory $b) (i32.const 0) \"y\")"
     " (func (i32.store $b offset=4 (i32.const 0) (i32.load8_u $c align=1 (memory.size $b)))"
     " (memory.copy $c $a (i32.const 0) (i32.const 0) (i32.const 0))"
     " (memory.init $b 0 (i32.const 0) (i32.const 0) (i32.const 0)))"},
    {"(func $\"a b\\\"\\00\") (func $c (call $\"a b\\\"\\00\") (call $c)) (export \"\\\\\" (func $c))"},
};

static const char exact_text[] =
    "(module $m (import \"env\" \"log\" (func $log (param i32))) (memory (export \"memory\") 1)"
    "(func $f (export \"f\") (param $x i32) (result i32)"
    "(block $b (br_if $b (local.get $x)) (call $log (i32.load offset=8 (local.get $x))))"
    "(local.get $x)) (data (i32.const 8) \"h\\22\\00\"))";
static const char exact[] = "(module\n"
                            "  (type (;0;) (func (param i32)))\n"
                            "  (type (;1;) (func (param i32) (result i32)))\n"
                            "  (import \"env\" \"log\" (func $log (;0;) (type 0) (param i32)))\n"
                            "  (memory (;0;) 1)\n"
                            "  (export \"memory\" (memory 0))\n"
                            "  (export \"f\" (func $f))\n"
                            "  (func $f (;1;) (type 1) (param $x i32) (result i32)\n"
                            "    block $L0 (; @0x3f 1 ;)\n"
                            "      local.get $x (; @0x41 1 ;)\n"
                            "      br_if $L0 (; @0x43 1 ;)\n"
                            "      local.get $x (; @0x45 1 ;)\n"
                            "      i32.load offset=8 (; @0x47 1 ;)\n"
                            "      call $log (; @0x4a 4 ;)\n"
                            "    end (; @0x4c 1 ;)\n"
                            "    local.get $x (; @0x4d 1 ;))\n"
                            "  (data (;0;) (i32.const 8) \"h\\22\\00\")\n"
                            "  (@custom \"name\" (after data) "
                            "\"\\00\\02\\01m\\01\\09\\02\\00\\03log\\01\\01f\\02\\06\\01\\01\\01\\00\\01x\"))\n";

static void test_exact(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct vm_schedule schedule = vm_default_schedule();
    const struct loader_disasm_options options = {.offsets = true, .schedule = &schedule};
    struct loader_writer text;
    struct vm_bytes module, again;
    struct text_error text_error;
    struct vm_error error;
    check_context("exact text");
    loader_writer_init(&text, &allocator);
    if (!CHECK(text_assemble(vm_bytes_of_text(exact_text), NULL, &allocator, &module, &text_error) == VM_OK))
        return;
    CHECK(loader_disassemble(module, &options, &allocator, &text, &error) == VM_OK);
    if (!CHECK(vm_bytes_equal(loader_written(&text), vm_bytes_of_text(exact))))
        printf("%.*s", (int)text.size, (const char *)text.data);
    CHECK(text_assemble(loader_written(&text), NULL, &allocator, &again, &text_error) == VM_OK);
    CHECK(vm_bytes_equal(module, again));
    text_free(&allocator, module);
    text_free(&allocator, again);
    loader_writer_clear(&text);
}

/* What can't be followed, with its words and the place. */
static const struct {
    const char *name;
    const char *module;
    enum vm_status status;
    uint64_t offset;
    const char *words;
} refused[] = {
    {"section id", "0e[]", VM_MALFORMED, 8, "malformed section id"},
    {"section order", "03[00] 01[00]", VM_MALFORMED, 11, "unexpected content after last section"},
    {"section size", "01[01 60 00 00 00]", VM_MALFORMED, 14, "section size mismatch"},
    {"bodies", "01[01 60 00 00] 03[01 00]", VM_MALFORMED, 0, "function and code section"},
    {"opcode", "01[01 60 00 00] 03[01 00] 0a[01 [00 ff 0b]]", VM_MALFORMED, 23, "illegal opcode"},
    {"end", "01[01 60 00 00] 03[01 00] 0a[01 [00 0b 0b]]", VM_MALFORMED, 24, "END opcode expected"},
    {"else", "01[01 60 00 00] 03[01 00] 0a[01 [00 05 0b]]", VM_MALFORMED, 23, "END opcode expected"},
    {"cut body", "01[01 60 00 00] 03[01 00] 0a[01 [00 41 00]]", VM_MALFORMED, 25, "unexpected end"},
    {"locals", "01[01 60 00 00] 03[01 00] 0a[01 [01 ffffffff0f 7f 0b]]", VM_LIMIT, 22, "over a limit"},
    {"data count", "0b[00] ", VM_OK, 0, ""},
    {"data counts", "0c[01] 0b[00]", VM_MALFORMED, 10, "data count and data section"},
};

static void test_refused(struct loader_writer *text) {
    const struct vm_allocator allocator = vm_system_allocator();
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct builder builder = {0};
        struct vm_error error = {0};
        check_context("%s", refused[i].name);
        build_module(&builder, refused[i].module);
        const struct vm_bytes module = built(&builder);
        CHECK(loader_disassemble(module, NULL, &allocator, text, &error) == refused[i].status);
        CHECK_U64(error.offset, refused[i].offset);
        CHECK(strncmp(error.message, refused[i].words, strlen(refused[i].words)) == 0);
        build_free(&builder);
    }
}

/* Gives `left` blocks, then none. */
static void *stingy(void *context, void *old, size_t old_size, size_t new_size) {
    const struct vm_allocator system = vm_system_allocator();
    unsigned long *const left = context;
    if (new_size != 0) {
        if (*left == 0)
            return NULL;
        --*left;
    }
    return system.resize(system.context, old, old_size, new_size);
}

/* Whichever allocation fails, nothing is decided; cut anywhere, nothing is read behind the end. */
static void test_poverty_and_cuts(struct vm_bytes module) {
    enum vm_status status = VM_RESOURCE;
    struct loader_writer text;
    struct vm_error error;
    for (unsigned long n = 0; status == VM_RESOURCE && n < 1000; n++) {
        unsigned long left = n;
        const struct vm_allocator allocator = {stingy, &left};
        check_context("%lu allocations", n);
        loader_writer_init(&text, &allocator);
        status = loader_disassemble(module, NULL, &allocator, &text, &error);
        CHECK(status == VM_OK || status == VM_RESOURCE);
        loader_writer_clear(&text);
    }
    CHECK(status == VM_OK);
    const struct vm_allocator allocator = vm_system_allocator();
    for (size_t cut = 0; cut < module.size; cut++) {
        uint8_t *const copy = malloc(cut == 0 ? 1 : cut);
        if (copy == NULL)
            return;
        memcpy(copy, module.data, cut);
        loader_writer_init(&text, &allocator);
        status = loader_disassemble(vm_bytes(copy, cut), NULL, &allocator, &text, &error);
        check_context("cut at %zu", cut);
        CHECK(status == VM_OK || status == VM_MALFORMED);
        loader_writer_clear(&text);
        free(copy);
    }
}

int main(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct loader_writer text;
    loader_writer_init(&text, &allocator);
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        struct builder builder = {0};
        check_context("%s", modules[i].name);
        build_module(&builder, modules[i].module);
        check_round_trip(built(&builder), &text);
        build_free(&builder);
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct vm_bytes module;
        struct text_error error;
        check_context("%s", texts[i].text);
        if (!CHECK(text_assemble(vm_bytes_of_text(texts[i].text), NULL, &allocator, &module, &error) == VM_OK))
            continue;
        check_round_trip(module, &text);
        test_poverty_and_cuts(module);
        text_free(&allocator, module);
    }
    test_exact();
    test_refused(&text);
    loader_writer_clear(&text);
    return check_done();
}
