/* loader/tests/text_stress_test.c - the assembler under hostile texts and without memory.
 *
 * Deep nesting must not reach the native stack, and whichever allocation fails, the answer is VM_RESOURCE and nothing
 * is leaked or read amiss (the sanitizers watch). */
#include "loader/text/script.h"
#include "loader/writer.h"
#include "vm/tests/budget.h"
#include "vm/tests/check.h"

#include <stdlib.h>

static const char *const poor_texts[] = {
    "(module $m (type $t (func (param i32) (result i32))) (import \"a\" \"b\" (func $f (param i64 i64)))"
    "  (memory (export \"memory\") 1 2) (data $d (i32.const 8) \"hi\\00\\u{1F600}\") (table $x 3 funcref)"
    "  (elem (i32.const 0) $f $g) (global $s (mut i32) (i32.const -5)) (@custom \"c\" (after type) \"abc\")"
    "  (func $g (export \"g\") (param $a i32) (local $c i64) (local i32 i32)"
    "    (block $l (br_if $l (local.get $a)) (br_table $l 0 (i32.const 1)))"
    "    (if (local.get $a) (then (call $f (i64.const 1) (i64.const 2))) (else (memory.init $d (i32.const 0)"
    "     (i32.const 0) (i32.const 0)))) (drop (call_indirect $x (param i32) (result i32) (local.get $a) (local.get "
    "$a)))"
    "    (drop (select (result i32) (i32.const 1) (i32.const 2) (i32.const 3)))))",
    "(rec (type $s (struct (field $x i32))) (type $a (array (mut (ref null $s)))))"
    "(func $\"a b\" (struct.get $s $x (unreachable)) drop (block (param i32) (result f32) (f32.const 1.5)))"
    "(table funcref (elem $\"a b\")) (table (ref null $s) (elem (ref.null $s))) (memory (data \"x\"))",
};

static void test_poverty(void) {
    for (size_t i = 0; i < sizeof poor_texts / sizeof *poor_texts; i++) {
        enum vm_status status = VM_RESOURCE;
        for (unsigned long n = 0; status == VM_RESOURCE && n < 10000; n++) {
            struct budget budget = {.inner = vm_system_allocator(), .left = n};
            const struct vm_allocator allocator = {budget_resize, &budget};
            struct vm_bytes bytes;
            struct text_error error;
            check_context("text %zu with %lu allocations", i, n);
            status = text_assemble(vm_bytes_of_text(poor_texts[i]), NULL, &allocator, &bytes, &error);
            CHECK(status == VM_OK || (status == VM_RESOURCE && bytes.data == NULL));
            text_free(&allocator, bytes);
            CHECK_U64(budget.held, 0);
        }
        CHECK(status == VM_OK);
    }
}

static const char poor_script[] =
    "(module $m (func (export \"f\") (param i32) (result i32) (local.get 0))) (register \"x\" $m)"
    "(module definition quote \"(func\" \")\") (module binary \"\\00asm\" \"\\01\\00\\00\\00\")"
    "(assert_return (invoke $m \"f\" (i32.const 1)) (either (i32.const 1) (i32.const 2)))"
    "(assert_malformed (module quote \"(func x)\") \"unknown operator\")";

/* Whatever fails, the commands that are given are whole, and the script says why it stops. */
static void test_poor_script(void) {
    enum vm_status status = VM_RESOURCE;
    for (unsigned long n = 0; status == VM_RESOURCE && n < 10000; n++) {
        struct budget budget = {.inner = vm_system_allocator(), .left = n};
        const struct vm_allocator allocator = {budget_resize, &budget};
        struct text_script *script;
        struct text_command command;
        struct text_error error;
        unsigned count = 0;
        check_context("script with %lu allocations", n);
        status = text_script_new(vm_bytes_of_text(poor_script), NULL, &allocator, &script);
        if (status == VM_OK) {
            while (text_script_next(script, &command))
                count++;
            status = text_script_error(script, &error);
            text_script_free(script);
        }
        CHECK(status == VM_RESOURCE || (status == VM_OK && count == 6));
        CHECK_U64(budget.held, 0);
    }
    CHECK(status == VM_OK);
}

static void repeat(struct loader_writer *text, const char *part, unsigned times) {
    for (unsigned i = 0; i < times; i++)
        loader_write_bytes(text, vm_bytes_of_text(part));
}

/* before, part times N, middle, end times N, after */
static const struct {
    const char *name;
    const char *before, *part, *middle, *end, *after;
    const char *words; /* NULL: it is good */
} deep[] = {
    {"folded", "(func (result i32) ", "(i32.eqz ", "(i32.const 1)", ")", ")", NULL},
    {"folded blocks", "(func ", "(block $a ", "(br $a)", ")", ")", NULL},
    {"folded ifs", "(func ", "(if (i32.const 1) (then ", "", "))", ")", NULL},
    {"folded conditions", "(func ", "(if ", "(i32.const 1)", " (then nop))", ")", NULL},
    {"flat blocks", "(func ", "block ", "", "end ", ")", NULL},
    {"flat ifs", "(func ", "i32.const 0 if $x ", "", "else $x end $x ", ")", NULL},
    {"comments", "(module ", "(;", "", ";)", ")", NULL},
    {"annotation", "(module (@a ", "(", "", ")", "))", NULL},
    {"open only", "", "(", "", "", "", "unexpected token"},
    {"func only", "(func ", "(block ", "", "", "", "unexpected token"},
    {"too many ends", "(func block ", "end ", "", "", ")", "unexpected token end"},
    {"skipped field", "(module ", "(type ", "", ")", ")", "unexpected token"},
    {"constant expression", "(global i32 ", "(block (result i32) ", "(i32.const 1)", ")", ")", NULL},
};

static void test_depth(void) {
    enum { DEPTH = 80000 };
    const struct vm_allocator allocator = vm_system_allocator();
    struct loader_writer text;
    loader_writer_init(&text, &allocator);
    for (size_t i = 0; i < sizeof deep / sizeof *deep; i++) {
        struct vm_bytes bytes;
        struct text_error error;
        check_context("%s", deep[i].name);
        loader_writer_reset(&text);
        repeat(&text, deep[i].before, 1);
        repeat(&text, deep[i].part, DEPTH);
        repeat(&text, deep[i].middle, 1);
        repeat(&text, deep[i].end, DEPTH);
        repeat(&text, deep[i].after, 1);
        const enum vm_status status = text_assemble(loader_written(&text), NULL, &allocator, &bytes, &error);
        CHECK(status == (deep[i].words == NULL ? VM_OK : VM_MALFORMED));
        if (status == VM_MALFORMED && deep[i].words != NULL)
            CHECK(strncmp(error.message, deep[i].words, strlen(deep[i].words)) == 0);
        text_free(&allocator, bytes);
    }
    loader_writer_clear(&text);
}

/* Names that differ only at their ends, and labels that hide one another, cost no more than others. */
static void test_names(void) {
    enum { NAMES = 3000, LONG = 300 };
    const struct vm_allocator allocator = vm_system_allocator();
    struct loader_writer text;
    struct vm_bytes bytes;
    struct text_error error;
    char name[LONG + 16];
    loader_writer_init(&text, &allocator);
    for (unsigned i = 0; i < NAMES; i++) {
        memset(name, 'a', LONG);
        snprintf(name + i % LONG, 16, "%u", i);
        repeat(&text, "(func $", 1);
        repeat(&text, name, 1);
        repeat(&text, " (call $", 1);
        repeat(&text, name, 1);
        repeat(&text, "))", 1);
    }
    check_context("names");
    CHECK(text_assemble(loader_written(&text), NULL, &allocator, &bytes, &error) == VM_OK);
    text_free(&allocator, bytes);
    loader_writer_clear(&text);
}

/* Every beginning of a text is refused, or is a text, but nothing else. */
static void test_truncation(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    for (size_t i = 0; i < sizeof poor_texts / sizeof *poor_texts; i++) {
        const size_t size = strlen(poor_texts[i]);
        for (size_t cut = 0; cut < size; cut++) {
            /* A copy of just that size, so that a read behind it is seen. */
            char *const copy = malloc(cut == 0 ? 1 : cut);
            struct vm_bytes bytes;
            struct text_error error;
            if (copy == NULL)
                return;
            memcpy(copy, poor_texts[i], cut);
            check_context("text %zu cut at %zu", i, cut);
            const enum vm_status status = text_assemble(vm_bytes(copy, cut), NULL, &allocator, &bytes, &error);
            CHECK(status == VM_OK || (status == VM_MALFORMED && error.line == 1 && error.column <= cut + 1));
            text_free(&allocator, bytes);
            free(copy);
        }
    }
}

int main(void) {
    test_poverty();
    test_poor_script();
    test_depth();
    test_names();
    test_truncation();
    return check_done();
}
