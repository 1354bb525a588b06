/* host/tests/contract_test.c - what can be a contract, and what others are told. */
#include "host/tests/run.h"
#include "vm/tests/budget.h"

#define CALL "(func (export \"call\"))"

/* Loads; host_contract_check() must say the same, word for word. */
static enum vm_status load(struct vm_bytes module, const struct host_config *config, struct host_contract *contract,
                           struct vm_error *error) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct host_hash hash = {{0}};
    struct vm_error found = *error = (struct vm_error){.code = VM_ERROR_NONE};
    const enum vm_status status = host_contract_load(module, config, &allocator, contract, error);
    CHECK_TEXT(vm_status_name(host_contract_check(module, config, &allocator, &hash, &found)), vm_status_name(status));
    CHECK_TEXT(found.message, error->message);
    CHECK_U64(found.code, error->code);
    CHECK_U64(found.offset, error->offset);
    CHECK_U64(found.function, error->function);
    CHECK(host_hash_equal(&hash, &contract->hash)); /* zeros if it was refused */
    return status;
}

static const struct {
    const char *name;
    const char *text;
    enum vm_status status;
    const char *message;
} rows[] = {
    {"the least contract", "(module " CALL ")", VM_OK, NULL},
    {"another entry", "(module (func (export \"anything\")))", VM_OK, NULL},
    {"an entry among others", "(module (func (export \"f\") (param i32)) (memory (export \"m\") 1) " CALL ")", VM_OK,
     NULL},
    {"an import twice",
     "(module (import \"dela\" \"nonce\" (func (result i64))) (import \"dela\" \"nonce\" (func (result i64))) " CALL
     ")",
     VM_OK, NULL},
    {"no export", "(module (func))", VM_UNSUPPORTED,
     "not a contract: it exports no function of type [] -> []: export one, by the name \"call\"; "
     "or name(const char *) -> const char *, and malloc"},
    {"exports of other types",
     "(module (func (export \"call\") (param i32)) (func (export \"c\") (result i32) (i32.const 1)) (memory (export "
     "\"m\") 1))",
     VM_UNSUPPORTED,
     "not a contract: it exports no function of type [] -> []: export one, by the name \"call\"; "
     "or name(const char *) -> const char *, and malloc"},
    {"a start function", "(module (func $s) (start $s) " CALL ")", VM_OK, NULL},
    {"another module", "(module (import \"env\" \"nonce\" (func (result i64))) " CALL ")", VM_UNLINKABLE,
     "unknown import: function \"env\".\"nonce\": a contract may import the functions of modules \"dela\" and "
     "\"wasi_snapshot_preview1\", and nothing else"},
    {"an unknown name", "(module (import \"dela\" \"nonces\" (func (result i64))) " CALL ")", VM_UNLINKABLE,
     "unknown import: function \"dela\".\"nonces\": a contract may import the functions of modules \"dela\" and "
     "\"wasi_snapshot_preview1\", and nothing else"},
    {"a prefix of a name", "(module (import \"dela\" \"nonc\" (func (result i64))) " CALL ")", VM_UNLINKABLE,
     "unknown import: function \"dela\".\"nonc\": a contract may import the functions of modules \"dela\" and "
     "\"wasi_snapshot_preview1\", and nothing else"},
    {"no name", "(module (import \"dela\" \"\" (func)) " CALL ")", VM_UNLINKABLE,
     "unknown import: function \"dela\".\"\": a contract may import the functions of modules \"dela\" and "
     "\"wasi_snapshot_preview1\", and nothing else"},
    {"a memory", "(module (import \"env\" \"memory\" (memory 1)) " CALL ")", VM_UNLINKABLE,
     "unknown import: memory \"env\".\"memory\": a contract may import the functions of modules \"dela\" and "
     "\"wasi_snapshot_preview1\", and nothing else"},
    {"a memory by a function's name", "(module (import \"dela\" \"nonce\" (memory 1)) " CALL ")", VM_UNLINKABLE,
     "unknown import: memory \"dela\".\"nonce\": a contract may import the functions of modules \"dela\" and "
     "\"wasi_snapshot_preview1\", and nothing else"},
    {"a table", "(module (import \"dela\" \"log\" (table 1 funcref)) " CALL ")", VM_UNLINKABLE,
     "unknown import: table \"dela\".\"log\": a contract may import the functions of modules \"dela\" and "
     "\"wasi_snapshot_preview1\", and nothing else"},
    {"a global", "(module (import \"dela\" \"log\" (global i32)) " CALL ")", VM_UNLINKABLE,
     "unknown import: global \"dela\".\"log\": a contract may import the functions of modules \"dela\" and "
     "\"wasi_snapshot_preview1\", and nothing else"},
    {"a wrong result", "(module (import \"dela\" \"nonce\" (func (result i32))) " CALL ")", VM_UNLINKABLE,
     "incompatible import type: \"dela\".\"nonce\": expected [] -> [i64], got [] -> [i32]"},
    {"too few parameters", "(module (import \"dela\" \"sha256\" (func (param i32 i32))) " CALL ")", VM_UNLINKABLE,
     "incompatible import type: \"dela\".\"sha256\": expected [i32 i32 i32] -> [], got [i32 i32] -> []"},
    {"a wrong parameter",
     "(module (import \"dela\" \"storage_get\" (func (param i32 i32 i64 i32) (result i32))) " CALL ")", VM_UNLINKABLE,
     "incompatible import type: \"dela\".\"storage_get\": expected [i32 i32 i32 i32] -> [i32], got [i32 i32 i64 i32] "
     "-> [i32]"},
    {"parameters and results swapped", "(module (import \"dela\" \"nonce\" (func (param i64))) " CALL ")",
     VM_UNLINKABLE, "incompatible import type: \"dela\".\"nonce\": expected [] -> [i64], got [i64] -> []"},
    {"a long type is cut",
     "(module (import \"dela\" \"log\" (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32 "
     "i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32))) " CALL ")",
     VM_UNLINKABLE,
     "incompatible import type: \"dela\".\"log\": expected [i32 i32] -> [], got [i32 i32 i32 i32 i32 i32 ...] -> [i32 "
     "i32 "
     "i32 i32 i32 i32 ...]"},
    {"a name that would move the cursor", "(module (import \"\\1b[2J\\0a\" \"\\c3\\a9\" (func)) " CALL ")",
     VM_UNLINKABLE,
     "unknown import: function \"?[2J?\".\"??\": a contract may import the functions of modules \"dela\" and "
     "\"wasi_snapshot_preview1\", and nothing else"},
};

#define MANIFEST(text) "(module (@custom \"dela.manifest\" \"" text "\") " CALL ")"
#define LINE_1 "not a contract: dela.manifest line 1: "
#define KEY_32 "0123456789abcdef0123456789abcdef"

/* words: what is wrong, or NULL; else what was read: the templates with commas, then the access. */
static const struct {
    const char *name;
    const char *text;
    const char *words;
    const char *templates;
} manifests[] = {
    {"none", "(module " CALL ")", NULL, ""},
    {"a name that is longer", "(module (@custom \"dela.manifest2\" \"?\") " CALL ")", NULL, ""},
    {"empty", MANIFEST(""), NULL, "present;"},
    {"a fixed key", MANIFEST("reads counter\\n"), NULL, "present;counter,"},
    {"all there is", MANIFEST("reads a:{b c}\\naccess {x}\\nreads {@caller}\\nreads {#007b}{b}\\n"), NULL,
     "present;a:{b c},{@caller},{#007b}{b},access {x}"},
    {"a key of 32 bytes", MANIFEST("reads " KEY_32 "{a}\\n"), NULL, "present;" KEY_32 "{a},"},
    {"a key of 33 bytes", MANIFEST("reads " KEY_32 "{#00}{a}\\n"), LINE_1 "longer than a key can be", NULL},
    {"no line feed", MANIFEST("reads a\\nreads b"), "not a contract: dela.manifest line 2: no line feed at its end",
     NULL},
    {"an unknown word", MANIFEST("writes a\\n"), LINE_1 "a line begins with `reads ` or `access `", NULL},
    {"an empty line", MANIFEST("\\n"), LINE_1 "a line begins with `reads ` or `access `", NULL},
    {"no template", MANIFEST("reads \\n"), LINE_1 "the template is empty", NULL},
    {"two accesses", MANIFEST("access a\\naccess a\\n"), "not a contract: dela.manifest line 2: a second `access`",
     NULL},
    {"an open brace", MANIFEST("reads a{b\\n"), LINE_1 "{ without }", NULL},
    {"an open brace, closed in the next line", MANIFEST("reads a{b\\nreads c}\\n"), LINE_1 "{ without }", NULL},
    {"a closing brace", MANIFEST("reads a}b\\n"), LINE_1 "} without {", NULL},
    {"braces in braces", MANIFEST("reads {a{b}}\\n"), LINE_1 "{ inside of {}", NULL},
    {"nothing in braces", MANIFEST("reads {}\\n"), LINE_1 "{} names nothing", NULL},
    {"an unknown @", MANIFEST("reads {@nonce}\\n"), LINE_1 "{@...} can only be {@caller}", NULL},
    {"not hex", MANIFEST("reads {#0G}\\n"), LINE_1 "{#...} takes hex digits, 0-9 and a-f", NULL},
    {"half a byte", MANIFEST("reads {#000}\\n"), LINE_1 "{#...} takes two hex digits for each byte", NULL},
    {"no byte", MANIFEST("reads {#}\\n"), LINE_1 "{#...} takes two hex digits for each byte", NULL},
    {"not UTF-8", MANIFEST("reads \\ff\\n"), LINE_1 "not UTF-8", NULL},
    {"a second section",
     "(module (@custom \"dela.manifest\" \"\") (@custom \"dela.manifest\" \"reads a\\n\") " CALL ")",
     LINE_1 "a second section of this name", NULL},
};

/* What was read, in one line. */
static void show_manifest(const struct host_manifest *manifest, char *shown, size_t room) {
    size_t size = (size_t)snprintf(shown, room, "%s", manifest->present ? "present;" : "");
    for (uint32_t i = 0; i < manifest->read_count; i++)
        size += (size_t)snprintf(shown + size, room - size, "%.*s,", (int)manifest->reads[i].size,
                                 (const char *)manifest->reads[i].data);
    if (manifest->access.size != 0)
        snprintf(shown + size, room - size, "access %.*s", (int)manifest->access.size,
                 (const char *)manifest->access.data);
}

static void check_manifests(void) {
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    const struct vm_allocator allocator = vm_system_allocator();
    for (size_t i = 0; i < sizeof manifests / sizeof *manifests; i++) {
        check_context("manifest: %s", manifests[i].name);
        const struct vm_bytes module = trial_assemble(manifests[i].text);
        struct host_contract contract;
        struct vm_error error = {.code = VM_ERROR_NONE};
        const enum vm_status status = load(module, &config, &contract, &error);
        if (manifests[i].words != NULL) {
            CHECK_TEXT(error.message, manifests[i].words);
            CHECK_U64(status, VM_UNSUPPORTED);
            CHECK(error.offset > 8 && error.offset <= module.size);
        } else {
            char shown[256];
            CHECK_U64(status, VM_OK);
            show_manifest(&contract.manifest, shown, sizeof shown);
            CHECK_TEXT(shown, manifests[i].templates);
        }
        host_contract_free(&contract);
        text_free(&allocator, module);
    }
}

/* As many lines, and as many bytes, as there may be, and one more. */
static void check_manifest_ceilings(void) {
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    const struct vm_allocator allocator = vm_system_allocator();
    for (uint32_t more = 0; more < 4; more++) {
        check_context("manifest with ceiling %u", (unsigned)more);
        const uint32_t lines = more == 1 ? HOST_MANIFEST_READS + 1 : more == 0 ? HOST_MANIFEST_READS : 0;
        const uint32_t fill = more == 2 ? HOST_MANIFEST_BYTES : more == 3 ? HOST_MANIFEST_BYTES + 1 : 0;
        char text[2 * HOST_MANIFEST_BYTES];
        size_t size = (size_t)snprintf(text, sizeof text, "(module (@custom \"dela.manifest\" \"");
        for (uint32_t i = 0; i < lines; i++)
            size += (size_t)snprintf(text + size, sizeof text - size, "reads %u\\n", (unsigned)i);
        if (fill != 0)
            size += (size_t)snprintf(text + size, sizeof text - size, "access %0*u\\n", (int)fill - 8, 1u);
        snprintf(text + size, sizeof text - size, "\") " CALL ")");
        const struct vm_bytes module = trial_assemble(text);
        struct host_contract contract;
        struct vm_error error = {.code = VM_ERROR_NONE};
        const bool good = load(module, &config, &contract, &error) == VM_OK;
        CHECK(good == (more % 2 == 0));
        if (more == 1)
            CHECK_TEXT(error.message, "not a contract: dela.manifest line 65: more than 64 `reads`");
        if (more == 3)
            CHECK_TEXT(error.message, LINE_1 "more than 4096 bytes");
        host_contract_free(&contract);
        text_free(&allocator, module);
    }
}

static void check_rows(void) {
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    const struct vm_allocator allocator = vm_system_allocator();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_context("%s", rows[i].name);
        const struct vm_bytes module = trial_assemble(rows[i].text);
        struct host_contract contract;
        struct vm_error error = {.code = VM_ERROR_NONE};
        CHECK_TEXT(vm_status_name(load(module, &config, &contract, &error)), vm_status_name(rows[i].status));
        if (rows[i].status != VM_OK) {
            CHECK_TEXT(error.message, rows[i].message);
            CHECK(contract.module == NULL);
            if (rows[i].status == VM_UNLINKABLE)
                CHECK(error.offset > 8 && error.offset < module.size);
        } else {
            const struct host_hash hash = host_hash_of(module);
            CHECK(host_hash_equal(&contract.hash, &hash));
        }
        host_contract_free(&contract);
        text_free(&allocator, module);
    }
}

/* What the loader refuses stays refused, with its words. */
static void check_loader(void) {
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    const struct vm_allocator allocator = vm_system_allocator();
    struct host_contract contract;
    struct vm_error error;
    check_context("not wasm");
    CHECK_U64(load(vm_bytes_of_text("#!/bin/sh"), &config, &contract, &error), VM_MALFORMED);
    check_context("floats");
    const struct vm_bytes module =
        trial_assemble("(module (func $f (result i32) (i32.trunc_f64_u (f64.const 1))) " CALL ")");
    CHECK_U64(load(module, &config, &contract, &error), VM_UNSUPPORTED);
    CHECK(strstr(error.message, "floating point: outside the deterministic integer subset") != NULL);
    CHECK_U64(error.function, 0);
    CHECK_TEXT(error.function_name, "f");
    text_free(&allocator, module);
}

/* Each row can be imported by its own type, and by no type that differs in one value. */
static void check_all_imports(void) {
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    const struct vm_allocator allocator = vm_system_allocator();
    for (uint32_t i = 0; i < HOST_IMPORT_COUNT; i++) {
        const struct host_import_row *const row = &host_import_rows[i];
        const size_t params = strlen(row->params), values = params + strlen(row->results);
        CHECK(values <= HOST_IMPORT_VALUES);
        for (size_t wrong = 0; wrong <= values; wrong++) { /* the last turn is the right type */
            check_context("import %s, value %u is wrong", row->name, (unsigned)wrong);
            char text[512];
            size_t size = (size_t)snprintf(text, sizeof text, "(module (import \"%s\" \"%s\" (func (param", row->module,
                                           row->name);
            for (size_t v = 0; v < values; v++) {
                const bool wide = (v < params ? row->params[v] : row->results[v - params]) == 'I';
                size += (size_t)snprintf(text + size, sizeof text - size, "%s %s", v == params ? ") (result" : "",
                                         wide != (v == wrong) ? "i64" : "i32");
            }
            snprintf(text + size, sizeof text - size, "))) " CALL ")");
            const struct vm_bytes module = trial_assemble(text);
            struct host_contract contract;
            struct vm_error error;
            const enum vm_status status = load(module, &config, &contract, &error);
            CHECK_U64(status, wrong == values ? VM_OK : VM_UNLINKABLE);
            if (status == VM_OK)
                CHECK_U64(contract.import_row[0], i);
            host_contract_free(&contract);
            text_free(&allocator, module);
        }
    }
}

static void check_entries(void) {
    struct trial trial;
    check_context("entries");
    trial_open(&trial,
               "(module (memory (export \"m\") 1) (func (export \"f\") (param i32)) (func (export \"\")) " CALL ")");
    CHECK(host_entry_kind(trial.contract.module, vm_bytes_of_text("call")) != HOST_ENTRY_NONE);
    CHECK(host_entry_kind(trial.contract.module, vm_bytes_of_text("")) != HOST_ENTRY_NONE);
    CHECK(host_entry_kind(trial.contract.module, vm_bytes_of_text("m")) == HOST_ENTRY_NONE);
    CHECK(host_entry_kind(trial.contract.module, vm_bytes_of_text("f")) == HOST_ENTRY_NONE);
    CHECK(host_entry_kind(trial.contract.module, vm_bytes_of_text("cal")) == HOST_ENTRY_NONE);
    trial_close(&trial);
}

/* What the schedule gives no price nobody may import; its hash says so. */
static void check_priceless(void) {
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    const struct vm_allocator allocator = vm_system_allocator();
    const struct vm_bytes module = trial_assemble(
        "(module (import \"wasi_snapshot_preview1\" \"random_get\" (func (param i32 i32) (result i32))) " CALL ")");
    struct host_contract contract;
    struct vm_error error;
    check_context("random_get by default");
    CHECK_U64(load(module, &config, &contract, &error), VM_OK);
    host_contract_free(&contract);
    check_context("random_get without a price");
    const struct host_hash hash = config.schedule.hash;
    CHECK_U64(host_schedule_read(vm_bytes_of_text("wasi random_get -"), &config.schedule, &error), VM_OK);
    CHECK(!host_hash_equal(&config.schedule.hash, &hash));
    CHECK_U64(load(module, &config, &contract, &error), VM_UNLINKABLE);
    CHECK_TEXT(error.message,
               "unknown import: function \"wasi_snapshot_preview1\".\"random_get\": it has no price in the "
               "schedule, so nobody may import it here");
    text_free(&allocator, module);
}

/* Loading runs nothing, so it asks for no stacks (those of the compat profile have 8 MiB) and no room for memory to grow. */
static void check_little_memory(void) {
    struct host_config config;
    host_config_init(&config, VM_COMPAT);
    const struct vm_bytes module = trial_assemble("(module (memory 1) (data (i32.const 9) \"x\") " CALL ")");
    struct budget budget = {.inner = vm_system_allocator(), .left = UINT64_MAX};
    const struct vm_allocator allocator = {budget_resize, &budget}, plain = vm_system_allocator();
    struct host_contract contract;
    struct vm_error error;
    check_context("memory to load a small contract");
    CHECK(config.limits.operand_stack * sizeof(vm_value) > 4 << 20);
    CHECK_U64(host_contract_load(module, &config, &allocator, &contract, &error), VM_OK);
    CHECK(budget.most < 256 << 10);
    host_contract_free(&contract);
    CHECK_U64(budget.held, 0);
    text_free(&plain, module);
}

/* The Nth request for memory is refused, for every N: no verdict, nothing kept. */
static void check_short_memory(void) {
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    char text[20000];
    snprintf(text, sizeof text, "(module (@custom \"dela.manifest\" \"reads a\\n\") %s " CALL ")", trial_prelude());
    const struct vm_bytes module = trial_assemble(text);
    struct budget budget = {.inner = vm_system_allocator()};
    const struct vm_allocator allocator = {budget_resize, &budget}, plain = vm_system_allocator();
    enum vm_status status = VM_RESOURCE;
    uint64_t count = 0;
    for (; count < 1000 && status != VM_OK; count++) {
        check_context("memory for %u requests", (unsigned)count);
        budget.left = count;
        struct host_contract contract;
        struct vm_error error;
        status = host_contract_load(module, &config, &allocator, &contract, &error);
        CHECK(status == VM_OK || status == VM_RESOURCE);
        host_contract_free(&contract);
        CHECK_U64(budget.held, 0);
        budget.left = count;
        const enum vm_status checked = host_contract_check(module, &config, &allocator, &contract.hash, &error);
        CHECK(checked == VM_OK || (checked == VM_RESOURCE && status == VM_RESOURCE));
        CHECK_U64(budget.held, 0);
    }
    CHECK_U64(status, VM_OK);
    CHECK(count > 1);
    text_free(&plain, module);
}

int main(void) {
    check_rows();
    check_manifests();
    check_manifest_ceilings();
    check_loader();
    check_all_imports();
    check_entries();
    check_priceless();
    check_little_memory();
    check_short_memory();
    return check_done();
}
