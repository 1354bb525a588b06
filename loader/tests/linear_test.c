/* loader/tests/linear_test.c - what is done with modules and texts that grow (shapes.h), for counting the work.
 *
 * Without arguments: every shape must get its verdict at a small size, or the counts would be of something else.
 * linear_test --work: every shape at its size and at four times that, all in one function, so that
 * linear_test.sh can have callgrind count the instructions of each call; prints one line "shape phase n bytes" for each. */
#include "loader/disasm.h"
#include "loader/lower/lower.h"
#include "loader/reach.h"
#include "loader/tests/shapes.h"
#include "loader/text/text.h"
#include "vm/fast/cell.h"
#include "vm/fast/fast.h"
#include "vm/store.h"
#include "vm/tests/check.h"

/* An allocator that copies at every growth, so that growing by a constant is counted as the quadratic work it is. */
static void *copying_resize(void *context, void *old, size_t old_size, size_t new_size) {
    (void)context;
    if (new_size == 0) {
        free(old);
        return NULL;
    }
    void *const result = calloc(1, new_size);
    if (result != NULL && old != NULL) {
        memcpy(result, old, old_size < new_size ? old_size : new_size);
        free(old);
    }
    return result;
}

/* What is done with a shape. */
enum phase {
    LOAD,
    TRANSLATE,
    TRANSLATE_UNFOLDED,
    EXPLAIN,
    DISASSEMBLE,
    INSTANTIATE,
    ASSEMBLE,
    LOWER,
    TOY_LINEAR,
    TOY_QUADRATIC
};
static const char *const phases[] = {"load",        "translate",    "translate_unfolded", "explain",
                                     "disassemble", "instantiate",  "assemble",           "lower",
                                     "toy_linear",  "toy_quadratic"};

struct work {
    const struct judge *judge;
    struct vm_bytes bytes;
    struct vm_module *module; /* LOAD makes it, INSTANTIATE needs it */
    struct vm_store *store;
};

static const struct vm_allocator copying = {copying_resize, NULL};

static enum vm_status translate(const struct work *work, bool fold) {
    const struct vm_fast_options options = {.fold = fold};
    return vm_translate(work->module, &work->judge->schedule, &options);
}

static enum vm_status explain(const struct work *work) {
    struct loader_report report;
    struct vm_error error;
    const enum vm_status status = loader_explain(work->bytes, &work->judge->options, &copying, &report, &error);
    loader_report_clear(&report);
    return status;
}

static enum vm_status disassemble(const struct work *work) {
    const struct loader_disasm_options options = {.offsets = false};
    struct loader_writer out;
    struct vm_error error;
    loader_writer_init(&out, &copying);
    const enum vm_status status = loader_disassemble(work->bytes, &options, &copying, &out, &error);
    loader_writer_clear(&out);
    return status;
}

static enum vm_status assemble(const struct work *work) {
    struct vm_bytes out;
    struct text_error error;
    const enum vm_status status = text_assemble(work->bytes, NULL, &copying, &out, &error);
    text_free(&copying, out);
    return status;
}

static enum vm_status lower(const struct work *work) {
    struct vm_bytes out;
    struct vm_error error;
    const enum vm_status status = loader_lower(work->bytes, &work->judge->options, &copying, &out, &error);
    loader_bytes_free(&copying, out);
    return status;
}

/* What linear_test.sh tests itself with: for each byte ten steps, or as many as there are bytes before it. */
static enum vm_status toy(const struct work *work, bool quadratic) {
    uint32_t sum = 1;
    for (size_t i = 0; i < work->bytes.size; i++)
        for (size_t k = 0; k < (quadratic ? i : 10); k++)
            sum = sum * 31 + work->bytes.data[k];
    return sum == 0 ? VM_INVALID : VM_OK;
}

/* All that is counted, in one function that callgrind finds by its name. */
enum vm_status linear_work(struct work *work, enum phase phase);
#if defined(__GNUC__)
__attribute__((noinline))
#endif
enum vm_status
linear_work(struct work *work, enum phase phase) {
    struct vm_instantiation made;
    struct vm_error error;
    uint64_t fuel = UINT64_MAX;
    switch (phase) {
    case LOAD:
        return loader_load(work->bytes, &work->judge->options, &copying, &work->module, &error);
    case TRANSLATE:
    case TRANSLATE_UNFOLDED:
        return translate(work, phase == TRANSLATE);
    case EXPLAIN:
        return explain(work);
    case DISASSEMBLE:
        return disassemble(work);
    case INSTANTIATE:
        return vm_instantiate(work->store, work->module, &work->judge->schedule, NULL, NULL, &fuel, &made, &error);
    case ASSEMBLE:
        return assemble(work);
    case LOWER:
        return lower(work);
    case TOY_LINEAR:
    case TOY_QUADRATIC:
        break;
    }
    return toy(work, phase == TOY_QUADRATIC);
}

static bool counting;

static enum vm_status count_work(struct work *work, enum phase phase, const char *name, uint32_t n) {
    const enum vm_status status = linear_work(work, phase);
    if (counting)
        printf("%s %s %lu %lu\n", name, phases[phase], (unsigned long)n, (unsigned long)work->bytes.size);
    return status;
}

static void run_binary(struct work *work, const struct shape *shape, uint32_t n) {
    CHECK_U64(count_work(work, LOAD, shape->name, n), shape->status);
    if (loader_routines().size != 0)
        CHECK_U64(count_work(work, LOWER, shape->name, n), VM_OK);
    if (work->module != NULL) {
        CHECK_U64(count_work(work, TRANSLATE_UNFOLDED, shape->name, n), VM_OK);
        CHECK_U64(count_work(work, TRANSLATE, shape->name, n), VM_OK);
        CHECK(shape->kind != BODY || vm_fast_is_code(vm_fast_start(&work->module->fast->functions[0])));
    }
    if (shape->instantiates && CHECK(work->module != NULL)) {
        work->store = vm_store_new(&copying, &work->judge->limits);
        if (CHECK(work->store != NULL))
            CHECK_U64(count_work(work, INSTANTIATE, shape->name, n), VM_OK);
        vm_store_free(work->store);
    }
    vm_module_free(work->module);
    CHECK_U64(count_work(work, EXPLAIN, shape->name, n), VM_OK);
    /* There is a limit to the text: each local is a word in it. */
    const enum vm_status status = count_work(work, DISASSEMBLE, shape->name, n);
    CHECK(status == VM_OK || status == VM_LIMIT);
}

static void run(const struct judge *judge, const struct shape *shape, uint32_t n) {
    struct builder builder = {.data = NULL};
    check_context("%s, %lu of them", shape->name, (unsigned long)n);
    make(&builder, shape, n);
    struct work work = {.judge = judge, .bytes = built(&builder)};
    if (shape->kind == TEXT)
        CHECK_U64(count_work(&work, ASSEMBLE, shape->name, n), shape->status);
    else
        run_binary(&work, shape, n);
    build_free(&builder);
}

static void run_toys(uint32_t n) {
    static const uint8_t data[4096];
    struct work work = {.bytes = vm_bytes(data, n)};
    CHECK_U64(count_work(&work, TOY_LINEAR, "toy", n), VM_OK);
    CHECK_U64(count_work(&work, TOY_QUADRATIC, "toy", n), VM_OK);
}

int main(int count, char **words) {
    enum { SMALL = 50, SIZE = 1000 };
    counting = count == 2 && strcmp(words[1], "--work") == 0;
    struct judge judge;
    judge_init(&judge, VM_COMPAT, LOADER_STRICT);
    for (uint32_t i = 0; i < vm_limit_row_count; i++) {
        const uint64_t value = UINT32_MAX;
        if (vm_limit_rows[i].scope == VM_LIMIT_MODULE)
            memcpy((uint8_t *)&judge.limits + vm_limit_rows[i].field, &value, sizeof value);
    }
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        run(&judge, &shapes[i], counting ? SIZE : SMALL);
        if (counting)
            run(&judge, &shapes[i], SIZE * 4);
    }
    run_toys(counting ? SIZE : SMALL);
    if (counting)
        run_toys(SIZE * 4);
    return check_done();
}
