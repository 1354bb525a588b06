/* host/selftest.c - one number that is the same on every machine that computes as it should. */
#include "host/selftest.h"

#include <stdio.h>

#include "host/hash.h"
#include "loader/loader.h"
#include "loader/text/text.h"
#include "loader/writer.h"
#include "vm/fast/fast.h"
#include "vm/machine.h"

/* Must change exactly when results, traps, prices or messages do. */
static const char expected_hash[] = "9817916fc85a78e1cf5a8b0e70519bf6f3f05d58a02346b874b5c286576cdc22";

/* Enough for every call but the ones that never end. */
#define FUEL UINT64_C(200000)

struct selftest {
    struct vm_allocator allocator;
    struct vm_limits limits;
    struct vm_features features;
    struct vm_schedule schedule;
    struct loader_options options;
    struct vm_store *store;
    struct vm_machine *machine;
    struct vm_module *module;
    struct vm_fast_code *folded, *unfolded; /* of the module */
    struct host_hasher hasher;
    struct host_selftest *out;
};

/* What a run came to, without where it lies in memory. */
struct trial {
    enum vm_run_state state;
    struct vm_trap trap;
    uint64_t fuel;
    uint32_t count;
    vm_value values[8];
    struct host_hash instance; /* digest of memory, tables and globals */
};

static void differ(struct selftest *test, const char *name, const char *how) {
    if (test->out->differences++ == 0)
        snprintf(test->out->first, sizeof test->out->first, "%s: %s", name, how);
}

static struct host_hash instance_digest(const struct vm_instance *instance) {
    struct host_hasher hasher;
    host_hasher_begin(&hasher);
    const struct vm_memory *const memory = vm_instance_memory(instance, 0);
    host_hasher_bytes(&hasher, memory == NULL ? vm_bytes(NULL, 0) : vm_bytes(memory->data, (size_t)memory->bytes));
    const struct vm_table *table;
    for (uint32_t i = 0; (table = vm_instance_table(instance, i)) != NULL; i++) {
        host_hasher_u32(&hasher, table->size);
        for (uint32_t j = 0; j < table->size; j++)
            host_hasher_u64(&hasher, table->elements[j]);
    }
    const struct vm_global_cell *global;
    for (uint32_t i = 0; (global = vm_instance_global(instance, i)) != NULL; i++)
        host_hasher_u64(&hasher, global->value);
    return host_hasher_end(&hasher);
}

/* Calls function `index` of the module on a fresh instance.  False when memory is short. */
static bool run_trial(struct selftest *test, uint32_t index, const vm_value *arguments, uint64_t fuel, uint64_t slice,
                      struct trial *out) {
    memset(out, 0, sizeof *out);
    vm_store_clear(test->store);
    struct vm_instantiation made;
    struct vm_error error;
    uint64_t price = UINT64_MAX;
    if (vm_instantiate(test->store, test->module, &test->schedule, NULL, NULL, &price, &made, &error) != VM_OK)
        return false;
    const struct vm_function_type *const type = vm_module_function_type(test->module, index);
    enum vm_run_state state = vm_machine_begin(test->machine, vm_instance_function(made.instance, index), arguments,
                                               type->param_count, &test->schedule, fuel);
    while (state == VM_RUN_PAUSED)
        state = vm_machine_run(test->machine, slice);
    if (state == VM_RUN_FAILED)
        return false;
    out->state = state;
    out->fuel = vm_machine_usage(test->machine).fuel;
    if (state == VM_RUN_TRAPPED) {
        out->trap = *vm_machine_trap(test->machine);
    } else {
        out->count = vm_machine_result_count(test->machine);
        if (out->count > sizeof out->values / sizeof *out->values)
            return false;
        for (uint32_t i = 0; i < out->count; i++)
            out->values[i] = vm_machine_results(test->machine)[i];
    }
    out->instance = instance_digest(made.instance);
    return true;
}

static bool same_trial(const struct trial *a, const struct trial *b) {
    return a->state == b->state && a->trap.kind == b->trap.kind && a->trap.function == b->trap.function &&
           a->trap.offset == b->trap.offset && a->fuel == b->fuel && a->count == b->count &&
           memcmp(a->values, b->values, sizeof a->values) == 0 && host_hash_equal(&a->instance, &b->instance);
}

static void hash_trial(struct selftest *test, const struct trial *trial) {
    host_hasher_u8(&test->hasher, (uint8_t)trial->state);
    host_hasher_u32(&test->hasher, (uint32_t)trial->trap.kind);
    host_hasher_u32(&test->hasher, trial->trap.function);
    host_hasher_u32(&test->hasher, trial->trap.offset);
    host_hasher_u64(&test->hasher, trial->fuel);
    host_hasher_u32(&test->hasher, trial->count);
    for (uint32_t i = 0; i < trial->count; i++)
        host_hasher_u64(&test->hasher, trial->values[i]);
    host_hasher_raw(&test->hasher, trial->instance.bytes, sizeof trial->instance.bytes);
}

/* What runs the calls: the plain engine; the fast one; the fast one with one cell for each instruction. */
enum way { PLAIN, FAST, UNFOLDED, WAYS };
static const char *const way_names[WAYS] = {"in the plain engine", "in the fast engine", "with --fold off"};

static void choose(struct selftest *test, enum way way) {
    vm_machine_set_engine(test->machine, way == PLAIN ? VM_ENGINE_PLAIN : VM_ENGINE_FAST);
    test->module->fast = way == FAST ? test->folded : way == UNFOLDED ? test->unfolded : NULL;
}

/* A call that is known to come to `first`: at once; in slices of 3 fuel; with exactly the fuel it used and with one
 * less. */
static bool run_again(struct selftest *test, const char *name, uint32_t index, const vm_value *arguments,
                      const struct trial *first, const char *way) {
    const struct {
        uint64_t fuel, slice;
        const char *how;
    } rows[] = {{FUEL, UINT64_MAX, ""}, {FUEL, 3, " in slices"}, {first->fuel, UINT64_MAX, " with exactly its fuel"}};
    const bool ends = first->trap.kind != VM_TRAP_OUT_OF_FUEL && first->fuel != 0;
    struct trial other;
    char words[64];
    for (size_t i = 0; i < (ends ? 3u : 2u); i++) {
        if (!run_trial(test, index, arguments, rows[i].fuel, rows[i].slice, &other))
            return false;
        snprintf(words, sizeof words, "does otherwise %s%s", way, rows[i].how);
        if (!same_trial(first, &other))
            differ(test, name, words);
    }
    if (!ends)
        return true;
    if (!run_trial(test, index, arguments, first->fuel - 1, UINT64_MAX, &other))
        return false;
    snprintf(words, sizeof words, "does not run out of one fuel less %s", way);
    if (other.state != VM_RUN_TRAPPED || other.trap.kind != VM_TRAP_OUT_OF_FUEL || other.fuel >= first->fuel)
        differ(test, name, words);
    return true;
}

/* One call, hashed; and again in all ways. */
static bool run_call(struct selftest *test, const char *name, uint32_t index, const vm_value *arguments) {
    struct trial first;
    choose(test, PLAIN);
    if (!run_trial(test, index, arguments, FUEL, UINT64_MAX, &first))
        return false;
    hash_trial(test, &first);
    test->out->vectors++;
    for (unsigned way = 0; way < WAYS; way++) {
        choose(test, (enum way)way);
        if (!run_again(test, name, index, arguments, &first, way_names[way]))
            return false;
    }
    return true;
}

static void hash_error(struct selftest *test, enum vm_status status, const struct vm_error *error) {
    host_hasher_u32(&test->hasher, (uint32_t)status);
    host_hasher_u64(&test->hasher, error->offset);
    host_hasher_u32(&test->hasher, error->function);
    host_hasher_bytes(&test->hasher, vm_bytes_of_text(vm_error_code_name(error->code)));
    host_hasher_bytes(&test->hasher, vm_bytes_of_text(error->message));
}

/* The current module for the fast engine, both ways. */
static bool translate(struct selftest *test) {
    const struct vm_fast_options fold = {.fold = true}, unfold = {.fold = false};
    if (vm_translate(test->module, &test->schedule, &fold) != VM_OK)
        return false;
    test->folded = test->module->fast;
    if (vm_translate(test->module, &test->schedule, &unfold) != VM_OK)
        return false;
    test->unfolded = test->module->fast;
    return true;
}

/* Loads bytes as the current module.  False when memory is short. */
static bool load(struct selftest *test, struct vm_bytes bytes, const char *name, bool refused) {
    vm_store_clear(test->store);
    vm_module_free(test->module);
    struct vm_error error = {.function = VM_NO_FUNCTION};
    const enum vm_status status = loader_load(bytes, &test->options, &test->allocator, &test->module, &error);
    if (status == VM_RESOURCE)
        return false;
    host_hasher_bytes(&test->hasher, bytes);
    hash_error(test, status, &error);
    if ((status != VM_OK) != refused)
        differ(test, name, refused ? "is not refused" : error.message);
    test->out->vectors++;
    return test->module == NULL || translate(test);
}

static bool load_text(struct selftest *test, const char *text, bool refused) {
    struct vm_bytes bytes;
    struct text_error error;
    const enum vm_status status = text_assemble(vm_bytes_of_text(text), NULL, &test->allocator, &bytes, &error);
    if (status == VM_RESOURCE)
        return false;
    if (status == VM_OK) {
        const bool good = load(test, bytes, text, refused);
        text_free(&test->allocator, bytes);
        return good;
    }
    host_hasher_u32(&test->hasher, error.line);
    host_hasher_u32(&test->hasher, error.column);
    host_hasher_bytes(&test->hasher, vm_bytes_of_text(error.message));
    if (!refused)
        differ(test, text, error.message);
    test->out->vectors++;
    return true;
}

static bool call_export(struct selftest *test, const char *name, const vm_value *arguments) {
    if (test->module == NULL)
        return true;
    const struct vm_export *const export = vm_module_find_export(test->module, vm_bytes_of_text(name));
    if (export == NULL || export->kind != VM_EXTERN_FUNCTION) {
        differ(test, name, "is not exported");
        return true;
    }
    const struct vm_function_type *const type = vm_module_function_type(test->module, export->index);
    vm_value typed[3];
    for (uint32_t i = 0; i < type->param_count && i < 3; i++)
        typed[i] = type->types[i] == VM_I32 ? (uint32_t)arguments[i] : arguments[i];
    return run_call(test, name, export->index, typed);
}

static bool run_modules(struct selftest *test) {
    static const struct {
        enum { ROW_MODULE, ROW_CALL, ROW_REFUSED } kind;
        const char *text;
        vm_value arguments[3];
    } rows[] = {
#define MODULE(text) {ROW_MODULE, text, {0, 0, 0}},
#define CALL(export, count, a, b, c) {ROW_CALL, export, {a, b, c}},
#define REFUSED(text) {ROW_REFUSED, text, {0, 0, 0}},
#include "host/selftest.def"
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const bool good = rows[i].kind == ROW_CALL ? call_export(test, rows[i].text, rows[i].arguments)
                                                   : load_text(test, rows[i].text, rows[i].kind == ROW_REFUSED);
        if (!good)
            return false;
    }
    return true;
}

/* A module with one function: the instruction on its parameters.  letters: i and I. */
static void write_instruction(struct loader_writer *out, struct loader_writer *part, const struct vm_opcode *row) {
    loader_writer_reset(out);
    loader_write_header(out);
    loader_writer_reset(part);
    loader_write_unsigned(part, 1);
    loader_write_byte(part, 0x60);
    for (unsigned side = 0; side < 2; side++) {
        const char *const letters = side == 0 ? row->in : row->out;
        loader_write_unsigned(part, strlen(letters));
        for (const char *letter = letters; *letter != '\0'; letter++)
            loader_write_byte(part, *letter == 'i' ? VM_I32 : VM_I64);
    }
    loader_write_section(out, LOADER_SECTION_TYPE, loader_written(part));
    loader_write_section(out, LOADER_SECTION_FUNCTION, vm_bytes("\1\0", 2));
    loader_writer_reset(part);
    for (uint32_t i = 0; row->in[i] != '\0'; i++) {
        loader_write_byte(part, 0x20);
        loader_write_unsigned(part, i);
    }
    loader_write_code(part, row->code);
    uint8_t body[40] = {1, 0, 0};
    const struct vm_bytes code = loader_written(part);
    if (part->failed || code.size > sizeof body - 4) {
        out->failed = true;
        return;
    }
    body[1] = (uint8_t)(code.size + 2);
    memcpy(body + 3, code.data, code.size);
    body[3 + code.size] = 0x0B;
    loader_write_section(out, LOADER_SECTION_CODE, vm_bytes(body, code.size + 4));
}

static const uint64_t edges[] = {0,
                                 1,
                                 2,
                                 31,
                                 63,
                                 0x7f,
                                 0x80,
                                 0x8000,
                                 0x7fffffff,
                                 0x80000000,
                                 0xffffffff,
                                 0x123456789abcdef0,
                                 0x7fffffffffffffff,
                                 0x8000000000000000,
                                 0xffffffffffffff80,
                                 0xffffffffffffffff};
enum { EDGES = sizeof edges / sizeof *edges };

static bool is_integer(const char *letters) {
    return letters[0] != '\0' && letters[strspn(letters, "iI")] == '\0';
}

/* Every instruction of vm/opcodes.def that takes one or two integers and gives integers, on all pairs of edges. */
static bool run_instructions(struct selftest *test, struct loader_writer *out, struct loader_writer *part) {
    for (uint32_t op = 0; op < VM_OP_COUNT; op++) {
        const struct vm_opcode *const row = &vm_opcodes[op];
        const size_t count = strlen(row->in);
        if (row->immediate != VM_IMM_NONE || row->align != 0 || !is_integer(row->in) || !is_integer(row->out) ||
            count > 2 || row->feature == VM_FEATURE_FLOAT || !test->features.on[row->feature])
            continue;
        write_instruction(out, part, row);
        if (out->failed || part->failed || !load(test, loader_written(out), row->text, false))
            return false;
        if (test->module == NULL)
            continue;
        for (uint32_t i = 0; i < (count == 1 ? EDGES : EDGES * EDGES); i++) {
            vm_value arguments[2];
            for (uint32_t j = 0; j < count; j++) {
                const uint64_t edge = edges[j == 0 ? i % EDGES : i / EDGES];
                arguments[j] = row->in[j] == 'i' ? (uint32_t)edge : edge;
            }
            if (!run_call(test, row->text, 0, arguments))
                return false;
        }
    }
    return true;
}

static bool run_all(struct selftest *test) {
    test->store = vm_store_new(&test->allocator, &test->limits);
    if (test->store == NULL)
        return false;
    test->machine = vm_machine_new(test->store);
    if (test->machine == NULL)
        return false;
    struct loader_writer out, part;
    loader_writer_init(&out, &test->allocator);
    loader_writer_init(&part, &test->allocator);
    const bool good = run_instructions(test, &out, &part) && run_modules(test);
    loader_writer_clear(&out);
    loader_writer_clear(&part);
    return good;
}

enum vm_status host_selftest_run(const struct vm_allocator *allocator, struct host_selftest *out) {
    memset(out, 0, sizeof *out);
    struct selftest *const test = vm_allocate(allocator, sizeof *test);
    if (test == NULL)
        return VM_RESOURCE;
    test->allocator = *allocator;
    test->limits = vm_profile_limits(VM_STRICT);
    test->features = vm_profile_features(VM_STRICT);
    test->schedule = vm_default_schedule();
    test->options = (struct loader_options){&test->limits, &test->features, &test->schedule, LOADER_STRICT};
    test->out = out;
    host_hasher_begin(&test->hasher);
    const bool good = run_all(test);
    out->hash = host_hasher_end(&test->hasher);
    vm_machine_free(test->machine);
    vm_store_free(test->store);
    vm_module_free(test->module);
    vm_release(allocator, test, sizeof *test);
    if (!host_hash_read(vm_bytes_of_text(expected_hash), &out->expected))
        out->differences++;
    out->good = good && out->differences == 0 && host_hash_equal(&out->hash, &out->expected);
    return good ? VM_OK : VM_RESOURCE;
}
