/* Modules that compilers made, and what becomes of them when some of their instructions are changed at random: in both
 * engines, at random fuel and in random slices.  A changed module that is not valid is none.
 * Arguments: first seed, count, modules...; the default is the kernels of bench/cases, each as it is and changed a few
 * times.  `make fuzz-engines` does it for long. */
#include "loader/skip.h"
#include "vm/fast/tests/duel.h"

enum { MOST_CHANGES = 6, EXPORTS = 12 };

static uint64_t random_state;

static uint32_t pick(uint32_t count) {
    random_state = duel_mix(random_state + 1, UINT64_C(0x51ED270B7A2F3D15));
    return (uint32_t)((random_state >> 20) % count);
}

/* One instruction of the code section. */
struct place {
    uint32_t start, immediate, end;
    uint32_t op;
};

struct original {
    struct loader_writer bytes, changed;
    struct place *places;
    uint32_t count;
};

/* Where instructions stand: the module is valid, so that they can be followed. */
static bool find_places(struct original *original, const struct vm_module *module) {
    struct vm_error error;
    const struct vm_bytes bytes = module->bytes;
    original->count = 0;
    original->places = calloc(bytes.size + 1, sizeof *original->places);
    if (original->places == NULL)
        return false;
    for (uint32_t i = 0; i < module->function_count - module->imported_functions; i++) {
        const struct vm_function *const function = &module->functions[i];
        struct loader_reader reader = {bytes.data, bytes.data + function->code_start, bytes.data + function->code_end,
                                       &error};
        while (reader.at != reader.end) {
            struct place *const place = &original->places[original->count++];
            place->start = loader_offset(&reader);
            if (loader_skip_op(&reader, &place->op) != VM_OK)
                return false;
            place->immediate = loader_offset(&reader);
            if (loader_skip_immediate(&reader, place->op) != VM_OK)
                return false;
            place->end = loader_offset(&reader);
        }
    }
    return original->count != 0;
}

/* Another instruction of the same type and form, of one byte; or the same. */
static uint32_t sibling(uint32_t op) {
    for (uint32_t tries = 0; tries < 200; tries++) {
        const uint32_t other = pick(VM_OP_COUNT);
        const struct vm_opcode *const a = &vm_opcodes[op], *const b = &vm_opcodes[other];
        if (b->code <= 0xFF && a->code <= 0xFF && strcmp(a->in, b->in) == 0 && strcmp(a->out, b->out) == 0 &&
            a->immediate == b->immediate && b->feature != VM_FEATURE_FLOAT && op > VM_OP_RETURN)
            return other;
    }
    return op;
}

/* An instruction becomes a sibling, gets another immediate, or changes places with the next. */
static void change(struct original *original) {
    uint8_t *const data = original->changed.data;
    const struct place *const place = &original->places[pick(original->count)];
    switch (pick(4)) {
    case 0:
    case 1:
        data[place->start] = (uint8_t)vm_opcodes[sibling(place->op)].code;
        return;
    case 2:
        if (place->end != place->immediate) {
            uint8_t *const byte = &data[place->immediate + pick(place->end - place->immediate)];
            *byte = (uint8_t)((*byte & 0x80) | (pick(2) == 0 ? pick(8) : pick(128)));
        }
        return;
    default: {
        uint8_t both[64];
        const struct place *const next = place + 1;
        if (next == original->places + original->count || next->start != place->end || next->end - place->start > 64)
            return;
        const uint32_t first = place->end - place->start, second = next->end - next->start;
        memcpy(both, data + next->start, second);
        memcpy(both + second, data + place->start, first);
        memcpy(data + place->start, both, (size_t)first + second);
        return;
    }
    }
}

/* Calls the exported functions.  thorough: also with less fuel, and in slices. */
static bool run_exports(struct duel *duel, uint64_t fuel) {
    const struct vm_module *const module = duel->sides[0].module;
    uint32_t left = EXPORTS;
    for (uint32_t i = 0; i < module->export_count && left != 0; i++) {
        const struct vm_export *const export = &module->exports[i];
        if (export->kind != VM_EXTERN_FUNCTION || export->index < module->imported_functions)
            continue;
        const struct vm_function_type *const type = vm_module_function_type(module, export->index);
        vm_value arguments[8] = {0};
        if (type->param_count > 8)
            continue;
        left--;
        for (uint32_t j = 0; j < type->param_count; j++)
            arguments[j] = pick(2) == 0 ? pick(6) : pick(70000);
        for (uint32_t way = 0; way < 3; way++) {
            uint64_t used;
            duel_instantiate(duel);
            if (!duel_run(duel, export->index, arguments, way == 0 ? fuel : 1 + pick((uint32_t)fuel),
                          way == 2 ? 1 + pick(3000) : UINT64_MAX, &used))
                return false;
        }
    }
    return true;
}

static bool run_changed(struct duel *duel, struct original *original, uint64_t seed, const char *path) {
    random_state = seed;
    loader_writer_reset(&original->changed);
    loader_write_bytes(&original->changed, loader_written(&original->bytes));
    for (uint32_t i = 1 + pick(MOST_CHANGES); i != 0; i--)
        change(original);
    const struct vm_bytes changed = loader_written(&original->changed);
    if (!duel_is_valid(duel, changed))
        return false;
    check_context("%s, seed %" PRIu64, path, seed);
    if (duel_load(duel, changed) && !run_exports(duel, 40000))
        duel_keep(changed, "real", seed);
    duel_unload(duel);
    return true;
}

int main(int count, char **words) {
    static const char *const kernels[] = {"dispatch", "fib",    "hashmap", "json", "keccak",
                                          "matmul",   "modexp", "sha256",  "sort"};
    enum { KERNELS = sizeof kernels / sizeof *kernels };
    const uint64_t first = count > 1 ? strtoull(words[1], NULL, 10) : 1;
    const uint64_t seeds = count > 2 ? strtoull(words[2], NULL, 10) : DUEL_SANITIZED ? 40 : 400;
    static struct duel duel;
    unsigned long valid = 0;
    duel_init(&duel, vm_profile_limits(VM_COMPAT));
    for (int i = 0; i < (count > 3 ? count - 3 : KERNELS); i++) {
        char path[256];
        struct original original = {.places = NULL};
        snprintf(path, sizeof path, count > 3 ? "%s" : "bench/cases/%s.wasm", count > 3 ? words[3 + i] : kernels[i]);
        loader_writer_init(&original.bytes, &duel.allocator);
        loader_writer_init(&original.changed, &duel.allocator);
        check_context("%s", path);
        if (CHECK(duel_read(path, &original.bytes)) && duel_load(&duel, loader_written(&original.bytes))) {
            random_state = first;
            run_exports(&duel, 300000);
            if (!CHECK(find_places(&original, duel.sides[0].module)))
                original.count = 0;
            duel_unload(&duel);
            for (uint64_t seed = first; original.count != 0 && seed < first + seeds; seed++)
                valid += run_changed(&duel, &original, seed, path) ? 1u : 0u;
        }
        free(original.places);
        loader_writer_clear(&original.bytes);
        loader_writer_clear(&original.changed);
    }
    check_context("how many of the changed modules are valid");
    CHECK(count > 3 || seeds < 10 || valid > seeds);
    duel_clear(&duel);
    return check_done();
}
