/* loader/tests/hostile_test.c - modules made to hurt: cut, changed, nested, huge, and memory that runs out.
 *
 * Every module here must get the same verdict each time, and no crash; run under sanitizers this is a memory test. */
#include "loader/reach.h"
#include "loader/tests/module_builder.h"
#include "vm/tests/check.h"

/* A module with every section and most kinds of instructions. */
static const char *const sample =
    "01[03 60 00 00 60 02 7f 7e 01 7e 60 01 7f 01 7f] 02[02 'env' 'log' 00 00 'env' 'base' 03 7f 00] "
    "03[02 01 00] 04[01 70 01 02 08] 05[01 01 01 02] 06[02 7f 01 41 2a 0b 7e 00 42 01 42 02 7c 0b] "
    "07[02 'run' 00 01 'memory' 02 00] 08[02] 09[02 00 41 00 0b 02 00 01 05 70 01 d2 02 0b] 0c[02] "
    "0a[02 [02 02 7f 01 7e 02 40 03 40 20 00 04 40 0c 02 05 20 00 0d 01 0b 20 00 0e 02 00 01 00 0b 0b 20 01 20 00 28 "
    "02 04 ac 7c 41 00 41 01 41 02 fc 08 00 00 fc 09 00 41 01 20 00 11 02 00 1a 0b] "
    "[00 d0 70 d1 1a 41 01 41 02 41 03 1b 1a 23 01 24 01 10 00 d2 02 1a 0b]] "
    "0b[02 00 41 08 0b 'hello' 01 'abc'] 00['name' 01[02 01 'run' 02 'start']]";

struct verdict {
    enum vm_status status;
    struct vm_error error;
};

static struct verdict judge_bytes(const struct judge *judge, struct vm_bytes bytes) {
    struct verdict verdict = {.error = {.code = VM_ERROR_NONE}};
    struct vm_module *module;
    verdict.status = judge_load(judge, bytes, &module, &verdict.error);
    vm_module_free(module);
    return verdict;
}

static bool verdicts_equal(const struct verdict *a, const struct verdict *b) {
    return a->status == b->status && a->error.code == b->error.code && a->error.offset == b->error.offset &&
           a->error.function == b->error.function && strcmp(a->error.message, b->error.message) == 0 &&
           strcmp(a->error.function_name, b->error.function_name) == 0;
}

/* Judges twice, and lets the tolerant walk look at it as well. */
static void check_bytes(const struct judge *judge, struct vm_bytes bytes) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct verdict first = judge_bytes(judge, bytes);
    const struct verdict second = judge_bytes(judge, bytes);
    struct loader_report report;
    struct vm_error error;
    CHECK(verdicts_equal(&first, &second));
    CHECK(first.status != VM_RESOURCE && first.status != VM_UNLINKABLE);
    CHECK(first.error.offset <= bytes.size);
    loader_explain(bytes, &judge->options, &allocator, &report, &error);
    loader_report_clear(&report);
}

static void check_cut_and_changed(const struct judge *judge) {
    static const uint8_t changes[] = {0x01, 0x80, 0xFF, 0x40};
    struct builder builder = {.data = NULL};
    check_context("the sample");
    build_module(&builder, sample);
    const struct verdict whole = judge_bytes(judge, built(&builder));
    CHECK_TEXT(whole.error.message, "");
    CHECK_U64(whole.status, VM_OK);
    for (size_t size = 0; size < builder.size; size++) {
        check_context("the first %zu bytes", size);
        const struct verdict verdict = judge_bytes(judge, vm_bytes(builder.data, size));
        /* Where a section ends, what is left may be a whole module. */
        CHECK(verdict.status == VM_MALFORMED || verdict.status == VM_OK);
        check_bytes(judge, vm_bytes(builder.data, size));
    }
    for (size_t at = 0; at < builder.size; at++) {
        for (size_t i = 0; i < sizeof changes; i++) {
            check_context("byte %zu xor %02x", at, changes[i]);
            builder.data[at] ^= changes[i];
            check_bytes(judge, built(&builder));
            builder.data[at] ^= changes[i];
        }
        const uint8_t kept = builder.data[at];
        for (uint32_t byte = 0; byte < 256; byte += 7) {
            builder.data[at] = (uint8_t)byte;
            check_bytes(judge, built(&builder));
        }
        builder.data[at] = kept;
    }
    build_free(&builder);
}

/* Small modules that claim a lot.  Memory is counted: none may take more than its size allows. */
static const struct {
    const char *name;
    const char *module;
    enum vm_status status;
} claims[] = {
    {"2^32-1 types", "01[ff ff ff ff 0f 60 00 00]", VM_MALFORMED},
    {"2^32-1 imports", "02[ff ff ff ff 0f]", VM_MALFORMED},
    {"2^32-1 functions", "03[ff ff ff ff 0f]", VM_MALFORMED},
    {"2^32-1 tables", "04[ff ff ff ff 0f]", VM_MALFORMED},
    {"2^32-1 memories", "05[ff ff ff ff 0f]", VM_MALFORMED},
    {"2^32-1 globals", "06[ff ff ff ff 0f]", VM_MALFORMED},
    {"2^32-1 exports", "07[ff ff ff ff 0f]", VM_MALFORMED},
    {"2^32-1 element segments", "09[ff ff ff ff 0f]", VM_MALFORMED},
    {"2^32-1 elements", "09[01 01 00 ff ff ff ff 0f]", VM_MALFORMED},
    {"2^32-1 element expressions", "09[01 05 70 ff ff ff ff 0f]", VM_MALFORMED},
    {"2^32-1 bodies", "0a[ff ff ff ff 0f]", VM_MALFORMED},
    {"2^32-1 data segments", "0b[ff ff ff ff 0f]", VM_MALFORMED},
    {"2^32-1 bytes of data", "0b[01 01 ff ff ff ff 0f]", VM_MALFORMED},
    {"2^32-1 counted data segments", "0c[ff ff ff ff 0f]", VM_LIMIT},
    {"2^32-1 parameters", "01[01 60 ff ff ff ff 0f]", VM_MALFORMED},
    {"2^32-1 results", "01[01 60 00 ff ff ff ff 0f]", VM_MALFORMED},
    {"a name of 2^32-1 bytes", "02[01 ff ff ff ff 0f]", VM_MALFORMED},
    {"a custom name of 2^32-1 bytes", "00[ff ff ff ff 0f]", VM_MALFORMED},
    {"2^32-1 locals", "01[01 60 00 00] 03[01 00] 0a[01 [01 ff ff ff ff 0f 7f 0b]]", VM_LIMIT},
    {"2^32-1 declarations of locals", "01[01 60 00 00] 03[01 00] 0a[01 [ff ff ff ff 0f 7f 0b]]", VM_MALFORMED},
    {"a body of 2^32-1 bytes", "01[01 60 00 00] 03[01 00] 0a[01 ff ff ff ff 0f 00 0b]", VM_MALFORMED},
    {"2^32-1 labels", "01[01 60 00 00] 03[01 00] 0a[01 [00 41 00 0e ff ff ff ff 0f 00 0b]]", VM_MALFORMED},
    {"2^32-1 select types", "01[01 60 00 00] 03[01 00] 0a[01 [00 1c ff ff ff ff 0f 7f 0b]]", VM_MALFORMED},
    {"a table of 2^32-1 elements", "04[01 70 00 ff ff ff ff 0f]", VM_LIMIT},
    {"2^32-1 names", "00['name' 01[ff ff ff ff 0f 00]]", VM_OK},
    {"a LEB128 that never ends", "01 80 80 80 80 80 80 80 80 80 80 80 80", VM_MALFORMED},
};

/* An allocator with an account: what is held now, the most that was held, and a turn that fails. */
struct account {
    size_t held;
    size_t most;
    size_t turn;
    size_t fail_at; /* SIZE_MAX: never */
};

static void *account_resize(void *context, void *old, size_t old_size, size_t new_size) {
    struct account *const account = context;
    const struct vm_allocator system = vm_system_allocator();
    if (new_size > old_size && account->turn++ == account->fail_at)
        return NULL;
    void *const result = system.resize(system.context, old, old_size, new_size);
    if (result != NULL || new_size == 0)
        account->held = account->held - (old == NULL ? 0 : old_size) + new_size;
    if (account->held > account->most)
        account->most = account->held;
    return result;
}

static void check_claims(const struct judge *judge) {
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        struct builder builder = {.data = NULL};
        struct account account = {.fail_at = SIZE_MAX};
        const struct vm_allocator allocator = {account_resize, &account};
        struct vm_module *module;
        struct vm_error error;
        check_context("%s", claims[i].name);
        build_module(&builder, claims[i].module);
        CHECK_U64(loader_load(built(&builder), &judge->options, &allocator, &module, &error), claims[i].status);
        vm_module_free(module);
        CHECK_U64(account.held, 0);
        CHECK(account.most < 65536);
        check_bytes(judge, built(&builder));
        build_free(&builder);
    }
}

/* Fails each allocation in turn: the answer is "out of memory" or what it always is, and nothing is lost. */
static void check_short_memory(const struct judge *judge) {
    struct builder builder = {.data = NULL};
    build_module(&builder, sample);
    bool done = false;
    for (size_t turn = 0; !done; turn++) {
        struct account account = {.fail_at = turn};
        const struct vm_allocator allocator = {account_resize, &account};
        struct vm_module *module;
        struct vm_error error;
        check_context("allocation %zu fails", turn);
        const enum vm_status status = loader_load(built(&builder), &judge->options, &allocator, &module, &error);
        done = account.turn <= turn;
        CHECK_U64(status, done ? VM_OK : VM_RESOURCE);
        CHECK((module != NULL) == (status == VM_OK));
        vm_module_free(module);
        CHECK_U64(account.held, 0);
    }
    done = false;
    for (size_t turn = 0; !done; turn++) {
        struct account account = {.fail_at = turn};
        const struct vm_allocator allocator = {account_resize, &account};
        struct loader_report report;
        struct vm_error error;
        check_context("allocation %zu of the walk fails", turn);
        const enum vm_status status = loader_explain(built(&builder), &judge->options, &allocator, &report, &error);
        done = account.turn <= turn;
        CHECK_U64(status, done ? VM_OK : VM_RESOURCE);
        loader_report_clear(&report);
        CHECK_U64(account.held, 0);
    }
    build_free(&builder);
}

/* A module of one function [] -> []: `first`, then count times `repeated`, then count times `closing`, then `last`. */
static void build_nest(struct builder *builder, const char *first, const char *repeated, const char *closing,
                       uint32_t count, const char *last) {
    build_module(builder, "01[02 60 00 00 60 04 7f 7e 7f 7e 04 7f 7e 7f 7e] 03[01 00] 0a");
    build_open(builder);
    build_text(builder, "01");
    build_open(builder);
    build_text(builder, first);
    build_repeat(builder, repeated, count);
    build_repeat(builder, closing, count);
    build_text(builder, last);
    build_close(builder);
    build_close(builder);
}

static const struct {
    const char *name;
    const char *first;
    const char *repeated;
    const char *closing;
    uint32_t count;
    const char *last;
    const char *limit; /* the limit that stops it when limits are on */
} nests[] = {
    {"80,000 blocks", "00", "02 40", "0b", 80000, "0b", "nesting"},
    {"80,000 loops", "00", "03 40", "0b", 80000, "0b", "nesting"},
    {"80,000 ifs", "00", "41 00 04 40", "0b", 80000, "0b", "nesting"},
    {"80,000 elses", "00", "41 00 04 40 05", "0b", 80000, "0b", "nesting"},
    {"80,000 blocks with parameters", "00 41 00 42 00 41 00 42 00", "02 01", "0b", 80000, "1a 1a 1a 1a 0b", "nesting"},
    {"80,000 branches to the body from inside", "00", "02 40 41 00 0d 00", "0b", 80000, "0b", "nesting"},
    {"500,000 operands", "00", "41 00", "1a", 500000, "0b", "function_operands"},
    {"1,000,000 branches to one label", "00", "0c 00", "", 1000000, "0b", NULL},
    {"300,000 declarations of one local", "e0 a7 12", "01 7f", "", 300000, "0b", "function_locals"},
    {"300,000 declarations of no local", "e0 a7 12", "00 7f", "", 300000, "0b", NULL},
    {"1,000,000 selects of nothing", "00 00", "1b", "", 1000000, "1a 0b", NULL},
};

static void check_nests(const struct judge *compat) {
    struct judge open = *compat;
    open.options.limits = &open.limits;
    for (uint32_t i = 0; i < vm_limit_row_count; i++) {
        const uint64_t value = UINT32_MAX;
        memcpy((uint8_t *)&open.limits + vm_limit_rows[i].field, &value, sizeof value);
    }
    for (size_t i = 0; i < sizeof nests / sizeof *nests; i++) {
        struct builder builder = {.data = NULL};
        check_context("%s", nests[i].name);
        build_nest(&builder, nests[i].first, nests[i].repeated, nests[i].closing, nests[i].count, nests[i].last);
        const struct verdict free_verdict = judge_bytes(&open, built(&builder));
        CHECK_TEXT(free_verdict.error.message, "");
        const struct verdict verdict = judge_bytes(compat, built(&builder));
        CHECK_U64(verdict.status, nests[i].limit == NULL ? VM_OK : VM_LIMIT);
        if (nests[i].limit != NULL)
            CHECK(strstr(verdict.error.message, nests[i].limit) != NULL);
        build_free(&builder);
    }
}

/* A br_table of a million targets over blocks that take many values. */
static void check_br_table(const struct judge *compat) {
    struct builder builder = {.data = NULL};
    check_context("1,000,000 targets");
    build_module(&builder, "01[01 60 00 00] 03[01 00] 0a");
    build_open(&builder);
    build_text(&builder, "01");
    build_open(&builder);
    build_text(&builder, "00 41 00 0e");
    build_u32(&builder, 1000000);
    build_repeat(&builder, "00", 1000001);
    build_text(&builder, "0b");
    build_close(&builder);
    build_close(&builder);
    const struct verdict verdict = judge_bytes(compat, built(&builder));
    CHECK_U64(verdict.status, VM_LIMIT);
    struct judge open = *compat;
    open.options.limits = &open.limits;
    open.limits.br_table_targets = UINT32_MAX;
    CHECK_U64(judge_bytes(&open, built(&builder)).status, VM_OK);
    build_free(&builder);
}

int main(void) {
    struct judge strict;
    struct judge lazy;
    struct judge compat;
    judge_init(&strict, VM_STRICT, LOADER_STRICT);
    judge_init(&lazy, VM_STRICT, LOADER_LAZY);
    judge_init(&compat, VM_COMPAT, LOADER_STRICT);
    check_cut_and_changed(&strict);
    check_cut_and_changed(&lazy);
    check_claims(&compat);
    check_short_memory(&strict);
    check_nests(&compat);
    check_br_table(&compat);
    return check_done();
}
