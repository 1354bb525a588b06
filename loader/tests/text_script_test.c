/* loader/tests/text_script_test.c - commands of test scripts. */
#include "loader/text/script.h"
#include "vm/tests/check.h"

static const char script_text[] =
    ";; all kinds of commands\n"
    "(module $m (func (export \"f\")))\n"
    "(module binary \"\\00asm\" \"\\01\\00\\00\\00\")\n"
    "(module $q quote \"(memory 1)\" \"(func)\")\n"
    "(module definition $d (func))\n"
    "(module instance $i $d)\n"
    "(module instance)\n"
    "(register \"name \\u{e9}\" $m)\n"
    "(register \"other\")\n"
    "(invoke $m \"f\" (i32.const -1) (i64.const 0x10) (f32.const 1.5) (f64.const -nan))\n"
    "(get \"g\")\n"
    "(assert_return (invoke \"f\") (f32.const nan:canonical) (f64.const nan:arithmetic)\n"
    "  (v128.const i16x8 1 2 3 4 5 6 7 -1) (v128.const f32x4 1 nan:canonical 0 0))\n"
    "(assert_return (get $m \"g\") (ref.null) (ref.null extern) (ref.extern 7) (ref.extern)\n"
    "  (ref.func) (ref.func 3) (ref.struct) (ref.host 2))\n"
    "(assert_return (invoke \"f\") (either (i32.const 1) (i32.const 2)))\n"
    "(assert_trap (invoke \"f\") \"unreachable\")\n"
    "(assert_trap (module (func $s unreachable) (start $s)) \"unreachable\")\n"
    "(assert_exhaustion (invoke \"f\") \"call stack exhausted\")\n"
    "(assert_exception (invoke \"f\"))\n"
    "(assert_malformed (module quote \"(func\\n x)\") \"unknown operator\")\n"
    "(assert_malformed (module binary \"\") \"unexpected end\")\n"
    "(assert_invalid (module (func (result i32))) \"type mismatch\")\n"
    "(assert_unlinkable (module (import \"a\" \"b\" (func))) \"unknown import\")\n"
    "((@a) module (@b) (@custom \"c\" \"d\"))\n"
    "(module (func br $x))\n"
    "(invoke \"last\")\n";

static const struct {
    uint32_t line;
    enum text_command_kind kind;
    bool has_module, has_action, text_only;
    enum text_module_form form;
    enum vm_status status;
    const char *name; /* of the module, else of the new instance */
    const char *of;
    const char *text;
    uint32_t argument_count;
    uint32_t expected_count;
} commands[] = {
    /* clang-format off */
    {2,  TEXT_MODULE,            true,  false, false, TEXT_FORM_TEXT,   VM_OK,        "m", "",  "", 0, 0},
    {3,  TEXT_MODULE,            true,  false, false, TEXT_FORM_BINARY, VM_OK,        "",  "",  "", 0, 0},
    {4,  TEXT_MODULE,            true,  false, false, TEXT_FORM_QUOTE,  VM_OK,        "q", "",  "", 0, 0},
    {5,  TEXT_MODULE_DEFINITION, true,  false, false, TEXT_FORM_TEXT,   VM_OK,        "d", "",  "", 0, 0},
    {6,  TEXT_MODULE_INSTANCE,   false, false, false, TEXT_FORM_TEXT,   VM_OK,        "i", "d", "", 0, 0},
    {7,  TEXT_MODULE_INSTANCE,   false, false, false, TEXT_FORM_TEXT,   VM_OK,        "",  "",  "", 0, 0},
    {8,  TEXT_REGISTER,          false, false, false, TEXT_FORM_TEXT,   VM_OK,        "",  "m", "name \xC3\xA9", 0, 0},
    {9,  TEXT_REGISTER,          false, false, false, TEXT_FORM_TEXT,   VM_OK,        "",  "",  "other", 0, 0},
    {10, TEXT_ACTION,            false, true,  false, TEXT_FORM_TEXT,   VM_OK,        "",  "",  "", 4, 0},
    {11, TEXT_ACTION,            false, true,  false, TEXT_FORM_TEXT,   VM_OK,        "",  "",  "", 0, 0},
    {12, TEXT_ASSERT_RETURN,     false, true,  false, TEXT_FORM_TEXT,   VM_OK,        "",  "",  "", 0, 4},
    {14, TEXT_ASSERT_RETURN,     false, true,  false, TEXT_FORM_TEXT,   VM_OK,        "",  "",  "", 0, 8},
    {16, TEXT_ASSERT_RETURN,     false, true,  false, TEXT_FORM_TEXT,   VM_OK,        "",  "",  "", 0, 1},
    {17, TEXT_ASSERT_TRAP,       false, true,  false, TEXT_FORM_TEXT,   VM_OK,        "",  "",  "unreachable", 0, 0},
    {18, TEXT_ASSERT_TRAP,       true,  false, false, TEXT_FORM_TEXT,   VM_OK,        "",  "",  "unreachable", 0, 0},
    {19, TEXT_ASSERT_EXHAUSTION, false, true,  false, TEXT_FORM_TEXT,   VM_OK,        "",  "",  "call stack exhausted", 0, 0},
    {20, TEXT_ASSERT_EXCEPTION,  false, true,  false, TEXT_FORM_TEXT,   VM_OK,        "",  "",  "", 0, 0},
    {21, TEXT_ASSERT_MALFORMED,  true,  false, true,  TEXT_FORM_QUOTE,  VM_MALFORMED, "",  "",  "unknown operator", 0, 0},
    {22, TEXT_ASSERT_MALFORMED,  true,  false, false, TEXT_FORM_BINARY, VM_OK,        "",  "",  "unexpected end", 0, 0},
    {23, TEXT_ASSERT_INVALID,    true,  false, false, TEXT_FORM_TEXT,   VM_OK,        "",  "",  "type mismatch", 0, 0},
    {24, TEXT_ASSERT_UNLINKABLE, true,  false, false, TEXT_FORM_TEXT,   VM_OK,        "",  "",  "unknown import", 0, 0},
    {25, TEXT_MODULE,            true,  false, false, TEXT_FORM_TEXT,   VM_OK,        "",  "",  "", 0, 0},
    {26, TEXT_MODULE,            true,  false, false, TEXT_FORM_TEXT,   VM_MALFORMED, "",  "",  "", 0, 0},
    {27, TEXT_ACTION,            false, true,  false, TEXT_FORM_TEXT,   VM_OK,        "",  "",  "", 0, 0},
    /* clang-format on */
};

static bool is_text(struct vm_bytes bytes, const char *text) {
    return vm_bytes_equal(bytes, vm_bytes_of_text(text));
}

static void check_values(const struct text_command *command) {
    const struct text_value *const arguments = command->action.arguments, *const expected = command->expected;
    if (command->line == 10 && CHECK(command->action.argument_count == 4)) {
        CHECK(is_text(command->action.instance, "m") && is_text(command->action.name, "f"));
        CHECK(arguments[0].kind == TEXT_I32 && arguments[0].bits == 0xFFFFFFFF);
        CHECK(arguments[1].kind == TEXT_I64 && arguments[1].bits == 16);
        CHECK(arguments[2].kind == TEXT_F32 && arguments[2].bits == 0x3FC00000);
        CHECK(arguments[3].kind == TEXT_F64 && arguments[3].bits == UINT64_C(0xFFF8000000000000));
    }
    if (command->line == 11)
        CHECK(command->action.kind == TEXT_GET && is_text(command->action.name, "g"));
    if (command->line == 12 && CHECK(command->expected_count == 4)) {
        static const uint8_t vector[16] = {1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0xFF, 0xFF};
        CHECK(expected[0].kind == TEXT_F32 && expected[0].nan == TEXT_NAN_CANONICAL);
        CHECK(expected[1].kind == TEXT_F64 && expected[1].nan == TEXT_NAN_ARITHMETIC);
        CHECK(expected[2].shape == TEXT_I16X8 && memcmp(expected[2].vector, vector, 16) == 0);
        CHECK(expected[3].shape == TEXT_F32X4 && expected[3].lane_nan[0] == TEXT_NAN_NONE &&
              expected[3].lane_nan[1] == TEXT_NAN_CANONICAL && vm_load_u32(expected[3].vector) == 0x3F800000);
    }
    if (command->line == 14 && CHECK(command->expected_count == 8)) {
        CHECK(expected[0].kind == TEXT_REF_NULL && expected[0].heap_type.size == 0);
        CHECK(expected[1].kind == TEXT_REF_NULL && is_text(expected[1].heap_type, "extern"));
        CHECK(expected[2].kind == TEXT_REF_EXTERN && expected[2].has_number && expected[2].bits == 7);
        CHECK(expected[3].kind == TEXT_REF_EXTERN && !expected[3].has_number);
        CHECK(expected[4].kind == TEXT_REF_FUNC && expected[5].kind == TEXT_REF_FUNC);
        CHECK(expected[6].kind == TEXT_REF_OTHER && is_text(expected[6].heap_type, "struct"));
        CHECK(expected[7].kind == TEXT_REF_HOST && expected[7].bits == 2);
    }
    if (command->line == 16 && CHECK(command->expected_count == 1)) {
        CHECK(expected[0].kind == TEXT_EITHER && expected[0].alternative_count == 2);
        CHECK(expected[0].alternatives[1].kind == TEXT_I32 && expected[0].alternatives[1].bits == 2);
    }
    /* Places count in the quoted text, or in the script. */
    if (command->line == 21)
        CHECK(command->module.error.line == 2 && command->module.error.column == 2);
    if (command->line == 26)
        CHECK(command->module.error.line == 26 && command->module.error.column == 18);
    if (command->line == 25)
        CHECK(command->module.bytes.size == 13);
}

static void test_commands(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct text_script *script;
    struct text_command command;
    struct text_error error;
    size_t count = 0;
    if (!CHECK(text_script_new(vm_bytes_of_text(script_text), NULL, &allocator, &script) == VM_OK))
        return;
    for (; text_script_next(script, &command) && count < sizeof commands / sizeof *commands; count++) {
        check_context("command %zu", count + 1);
        CHECK_U64(command.line, commands[count].line);
        CHECK(command.kind == commands[count].kind);
        CHECK(command.has_module == commands[count].has_module);
        CHECK(command.has_action == commands[count].has_action);
        CHECK(command.text_only == commands[count].text_only);
        CHECK(command.module.form == commands[count].form);
        CHECK(command.module.status == commands[count].status);
        CHECK(is_text(command.has_module ? command.module.name : command.name, commands[count].name));
        CHECK(is_text(command.of, commands[count].of));
        CHECK(is_text(command.text, commands[count].text));
        CHECK_U64(command.action.argument_count, commands[count].argument_count);
        CHECK_U64(command.expected_count, commands[count].expected_count);
        check_values(&command);
    }
    check_context("the whole script");
    CHECK_U64(count, sizeof commands / sizeof *commands);
    CHECK(text_script_error(script, &error) == VM_OK);
    text_script_free(script);
}

/* Scripts that stop: after so many commands, with these words. */
static const struct {
    const char *text;
    unsigned count;
    enum vm_status status;
    const char *words;
} scripts[] = {
    {"", 0, VM_OK, ""},
    {" ;; nothing\n", 0, VM_OK, ""},
    {"(func) (memory 1)", 1, VM_OK, ""},
    {"(func) (memory 1) (invoke \"x\")", 1, VM_OK, ""},
    {"(module) (func)", 1, VM_MALFORMED, "unexpected token"},
    {"(module) x", 1, VM_MALFORMED, "unknown operator"},
    {"(module) (module", 1, VM_MALFORMED, "unexpected token"},
    {"(assert_return (invoke \"f\")", 0, VM_MALFORMED, "unexpected token"},
    {"(assert_return (module))", 0, VM_MALFORMED, "unexpected token"},
    {"(assert_return (invoke f))", 0, VM_MALFORMED, "unknown operator"},
    {"(assert_trap (invoke \"f\"))", 0, VM_MALFORMED, "unexpected token"},
    {"(assert_return (invoke \"f\" (i32.const 4294967296)))", 0, VM_MALFORMED, "constant out of range"},
    {"(assert_return (invoke \"f\") (either (either (i32.const 1))))", 0, VM_MALFORMED, "unexpected token either"},
    {"(invoke \"f\" (i32.add))", 0, VM_MALFORMED, "unexpected token i32.add"},
    {"(frobnicate)", 1, VM_OK, ""}, /* the fields of one module, and a wrong one */
    {"(module) (; ", 1, VM_MALFORMED, "unclosed comment"},
};

static void test_scripts(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct text_script *script;
        struct text_command command;
        struct text_error error;
        unsigned count = 0;
        check_context("%s", scripts[i].text);
        if (!CHECK(text_script_new(vm_bytes_of_text(scripts[i].text), NULL, &allocator, &script) == VM_OK))
            continue;
        while (text_script_next(script, &command))
            count++;
        CHECK_U64(count, scripts[i].count);
        CHECK(text_script_error(script, &error) == scripts[i].status);
        CHECK(strncmp(error.message, scripts[i].words, strlen(scripts[i].words)) == 0);
        text_script_free(script);
    }
}

int main(void) {
    test_commands();
    test_scripts();
    return check_done();
}
