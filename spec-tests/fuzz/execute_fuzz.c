/* spec-tests/fuzz/execute_fuzz.c - bytes as a recipe for a valid module, which then runs.
 *
 * Every recipe gives a module that must load.  It must do the same whole, in slices, step by step and with exactly its
 * fuel, and run out of one fuel less. */
#include <string.h>

#include "loader/loader.h"
#include "loader/writer.h"
#include "spec-tests/fuzz/fuzz.h"
#include "vm/machine.h"
#include "vm/module.h"

enum { LOCALS = 4, STACK = 64, DEPTH = 8, FUNCTIONS = 6, FUEL = 20000 };

/* Every function is of type (i32 i32 i64 i64) -> i64.  Blocks take and give nothing, so a block starts with an empty
 * stack of its own. */
struct recipe {
    const uint8_t *at, *end;
    struct loader_writer code;
    uint8_t stack[STACK];
    uint32_t height;
    uint32_t floors[DEPTH];
    uint32_t depth;
    uint32_t functions; /* that may be called: those before this one, so that most runs end */
};

static uint8_t next(struct recipe *recipe) {
    return recipe->at == recipe->end ? 0 : *recipe->at++;
}

static uint32_t own_height(const struct recipe *recipe) {
    return recipe->height - recipe->floors[recipe->depth];
}

static void push(struct recipe *recipe, uint8_t type) {
    recipe->stack[recipe->height++] = type;
}

static void write_constant(struct recipe *recipe, uint8_t type) {
    const uint8_t choice = next(recipe);
    const int64_t value =
        choice < 200 ? (int64_t)choice - 100 : (int64_t)((UINT64_C(1) << (choice - 192)) - (choice & 1));
    loader_write_byte(&recipe->code, type == VM_I32 ? 0x41 : 0x42);
    loader_write_signed(&recipe->code, type == VM_I32 ? (int32_t)(value & 0x7fffffff) : value);
    push(recipe, type);
}

/* A value of this type on top: whatever is there, or a local or constant. */
static void want(struct recipe *recipe, uint8_t type) {
    if (own_height(recipe) != 0 && recipe->stack[recipe->height - 1] == type)
        return;
    const uint8_t choice = next(recipe);
    if (choice % 3 == 0) {
        write_constant(recipe, type);
        return;
    }
    loader_write_byte(&recipe->code, 0x20);
    loader_write_unsigned(&recipe->code, (type == VM_I32 ? 0u : 2u) + choice % 2u);
    push(recipe, type);
}

static uint8_t type_of(char letter) {
    return letter == 'i' ? VM_I32 : VM_I64;
}

/* The operands of an instruction, each freshly made unless the top happens to fit the last of them. */
static void want_all(struct recipe *recipe, const char *letters) {
    const size_t count = strlen(letters);
    if (count == 1) {
        want(recipe, type_of(letters[0]));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (i == 0)
            want(recipe, type_of(letters[0]));
        else
            write_constant(recipe, type_of(letters[i]));
    }
}

static bool is_plain(const struct vm_opcode *row) {
    return (row->immediate == VM_IMM_NONE || row->immediate == VM_IMM_MEMARG) && row->cost != 0 &&
           row->in[strspn(row->in, "iI")] == '\0' && row->out[strspn(row->out, "iI")] == '\0' &&
           (row->feature == VM_FEATURE_MVP || row->feature == VM_FEATURE_SIGN_EXTENSION) && row->in[0] != '\0';
}

/* The next instruction of vm/opcodes.def from a number on that works on integers alone. */
static const struct vm_opcode *find_plain(uint32_t from) {
    for (uint32_t i = 0; i < VM_OP_COUNT; i++) {
        const struct vm_opcode *const row = &vm_opcodes[(from + i) % VM_OP_COUNT];
        if (is_plain(row))
            return row;
    }
    return NULL;
}

static void write_plain(struct recipe *recipe) {
    const struct vm_opcode *const row = find_plain(next(recipe) * 2u);
    want_all(recipe, row->in);
    loader_write_code(&recipe->code, row->code);
    if (row->immediate == VM_IMM_MEMARG) {
        loader_write_unsigned(&recipe->code, next(recipe) % (row->align + 1u));
        loader_write_unsigned(&recipe->code, next(recipe) * UINT64_C(300));
    }
    recipe->height -= (uint32_t)strlen(row->in);
    for (const char *letter = row->out; *letter != '\0'; letter++)
        push(recipe, type_of(*letter));
}

static void drop_all(struct recipe *recipe) {
    for (; own_height(recipe) != 0; recipe->height--)
        loader_write_byte(&recipe->code, 0x1A);
}

static void write_block(struct recipe *recipe, uint8_t code) {
    if (recipe->depth + 1 == DEPTH)
        return;
    if (code == 0x04) {
        want(recipe, VM_I32);
        recipe->height--;
    }
    loader_write_byte(&recipe->code, code);
    loader_write_byte(&recipe->code, 0x40);
    recipe->floors[++recipe->depth] = recipe->height;
}

static void write_end(struct recipe *recipe) {
    if (recipe->depth == 0)
        return;
    drop_all(recipe);
    recipe->depth--;
    loader_write_byte(&recipe->code, 0x0B);
}

static void write_branch(struct recipe *recipe) {
    if (recipe->depth == 0)
        return;
    want(recipe, VM_I32);
    recipe->height--;
    loader_write_byte(&recipe->code, 0x0D);
    loader_write_unsigned(&recipe->code, next(recipe) % recipe->depth);
}

static void write_set(struct recipe *recipe) {
    const uint32_t local = next(recipe) % LOCALS;
    want(recipe, local < 2 ? VM_I32 : VM_I64);
    recipe->height--;
    loader_write_byte(&recipe->code, 0x21);
    loader_write_unsigned(&recipe->code, local);
}

static void write_call(struct recipe *recipe, bool indirect) {
    if (recipe->functions == 0 && !indirect)
        return;
    write_constant(recipe, VM_I32);
    write_constant(recipe, VM_I32);
    write_constant(recipe, VM_I64);
    write_constant(recipe, VM_I64);
    recipe->height -= 4;
    if (indirect) {
        write_constant(recipe, VM_I32);
        recipe->height--;
        loader_write_bytes(&recipe->code, vm_bytes("\x11\x00\x00", 3));
    } else {
        loader_write_byte(&recipe->code, 0x10);
        loader_write_unsigned(&recipe->code, next(recipe) % recipe->functions);
    }
    push(recipe, VM_I64);
}

static void write_memory(struct recipe *recipe) {
    const uint8_t choice = next(recipe);
    if (choice % 3 == 0) {
        want(recipe, VM_I32);
        loader_write_bytes(&recipe->code, vm_bytes("\x40\x00", 2)); /* memory.grow */
        return;
    }
    for (unsigned i = 0; i < 3; i++)
        write_constant(recipe, VM_I32);
    recipe->height -= 3;
    if (choice % 3 == 1)
        loader_write_bytes(&recipe->code, vm_bytes("\xfc\x0b\x00", 3)); /* memory.fill */
    else
        loader_write_bytes(&recipe->code, vm_bytes("\xfc\x0a\x00\x00", 4)); /* memory.copy */
}

static void write_instruction(struct recipe *recipe) {
    switch (next(recipe) % 16) {
    case 0:
        write_block(recipe, 0x02);
        break;
    case 1:
        write_block(recipe, 0x03);
        break;
    case 2:
        write_block(recipe, 0x04);
        break;
    case 3:
        write_end(recipe);
        break;
    case 4:
        write_branch(recipe);
        break;
    case 5:
        write_set(recipe);
        break;
    case 6:
        write_call(recipe, false);
        break;
    case 7:
        write_call(recipe, true);
        break;
    case 8:
        write_memory(recipe);
        break;
    default:
        write_plain(recipe);
        break;
    }
}

static void write_body(struct recipe *recipe, uint32_t instructions) {
    loader_writer_reset(&recipe->code);
    recipe->height = recipe->depth = recipe->floors[0] = 0;
    loader_write_byte(&recipe->code, 0); /* no locals beside the parameters */
    for (uint32_t i = 0; i < instructions && recipe->at != recipe->end; i++)
        if (recipe->height < STACK - 8)
            write_instruction(recipe);
        else
            drop_all(recipe);
    while (recipe->depth != 0)
        write_end(recipe);
    want(recipe, VM_I64);
    loader_write_bytes(&recipe->code, vm_bytes("\x0f\x0b", 2)); /* return leaves behind what lies below */
}

static void write_module(struct recipe *recipe, struct loader_writer *out) {
    struct loader_writer section;
    const struct vm_allocator allocator = vm_system_allocator();
    loader_writer_init(&section, &allocator);
    loader_write_header(out);
    loader_write_section(out, LOADER_SECTION_TYPE, vm_bytes("\1\x60\4\x7f\x7f\x7e\x7e\1\x7e", 9));
    const uint32_t count = 1u + next(recipe) % FUNCTIONS;
    loader_write_unsigned(&section, count);
    for (uint32_t i = 0; i < count; i++)
        loader_write_byte(&section, 0);
    loader_write_section(out, LOADER_SECTION_FUNCTION, loader_written(&section));
    loader_write_section(out, LOADER_SECTION_TABLE, vm_bytes("\1\x70\0\4", 4));
    loader_write_section(out, LOADER_SECTION_MEMORY, vm_bytes("\1\1\1\3", 4));
    const uint8_t last[] = {1, 3, 'r', 'u', 'n', 0, (uint8_t)(count - 1)};
    loader_write_section(out, LOADER_SECTION_EXPORT, vm_bytes(last, sizeof last));
    loader_write_section(out, LOADER_SECTION_ELEMENT, vm_bytes("\1\0\x41\1\x0b\1\0", 7));
    loader_writer_reset(&section);
    loader_write_unsigned(&section, count);
    for (recipe->functions = 0; recipe->functions < count; recipe->functions++) {
        write_body(recipe, 40);
        loader_write_vector(&section, loader_written(&recipe->code));
    }
    loader_write_section(out, LOADER_SECTION_CODE, loader_written(&section));
    loader_writer_clear(&section);
}

/* What a run came to. */
struct trial {
    enum vm_run_state state;
    struct vm_trap trap;
    uint64_t fuel;
    vm_value value;
    uint32_t pages;
    uint64_t memory; /* a sum over its bytes */
};

static uint64_t sum_memory(const struct vm_memory *memory) {
    uint64_t sum = 0;
    for (uint64_t at = 0; at < memory->bytes; at += 8)
        sum = (sum ^ vm_load_u64(memory->data + at)) * UINT64_C(0x100000001b3) + (sum >> 29);
    return sum;
}

/* slice 0: step by step. */
static struct trial run(struct vm_store *store, struct vm_machine *machine, const struct vm_module *module,
                        const struct vm_schedule *schedule, uint64_t fuel, uint64_t slice) {
    static const vm_value arguments[] = {7, 0xfffffff0, 0x123456789abcdef0, 3};
    struct vm_instantiation made;
    struct vm_error error;
    uint64_t price = UINT64_MAX;
    vm_store_clear(store);
    EXPECT(vm_instantiate(store, module, schedule, NULL, NULL, &price, &made, &error) == VM_OK);
    EXPECT(made.trap == VM_TRAP_NONE);
    struct trial trial = {0};
    trial.state = vm_machine_begin(machine, vm_instance_function(made.instance, module->function_count - 1), arguments,
                                   LOCALS, schedule, fuel);
    while (trial.state == VM_RUN_PAUSED)
        trial.state = slice == 0 ? vm_machine_step(machine) : vm_machine_run(machine, slice);
    EXPECT(trial.state == VM_RUN_DONE || trial.state == VM_RUN_TRAPPED);
    trial.fuel = vm_machine_usage(machine).fuel;
    EXPECT(trial.fuel <= fuel && vm_machine_fuel_left(machine) == fuel - trial.fuel);
    if (trial.state == VM_RUN_DONE) {
        EXPECT(vm_machine_result_count(machine) == 1);
        trial.value = vm_machine_results(machine)[0];
    } else {
        trial.trap = *vm_machine_trap(machine);
    }
    const struct vm_memory *const memory = vm_instance_memory(made.instance, 0);
    trial.pages = memory->pages;
    trial.memory = sum_memory(memory);
    return trial;
}

static void expect_same(const struct trial *a, const struct trial *b) {
    EXPECT(a->state == b->state && a->fuel == b->fuel && a->value == b->value);
    EXPECT(a->trap.kind == b->trap.kind && a->trap.function == b->trap.function && a->trap.offset == b->trap.offset);
    EXPECT(a->pages == b->pages && a->memory == b->memory);
}

static void run_module(const struct vm_module *module, const struct vm_limits *limits,
                       const struct vm_schedule *schedule) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_store *const store = vm_store_new(&allocator, limits);
    EXPECT(store != NULL);
    struct vm_machine *const machine = vm_machine_new(store);
    EXPECT(machine != NULL);
    const struct trial whole = run(store, machine, module, schedule, FUEL, UINT64_MAX);
    const struct trial sliced = run(store, machine, module, schedule, FUEL, 5);
    expect_same(&whole, &sliced);
    const struct trial stepped = run(store, machine, module, schedule, FUEL, 0);
    expect_same(&whole, &stepped);
    if (whole.trap.kind != VM_TRAP_OUT_OF_FUEL && whole.fuel != 0) {
        const struct trial exact = run(store, machine, module, schedule, whole.fuel, UINT64_MAX);
        expect_same(&whole, &exact);
        const struct trial less = run(store, machine, module, schedule, whole.fuel - 1, UINT64_MAX);
        EXPECT(less.trap.kind == VM_TRAP_OUT_OF_FUEL && less.fuel < whole.fuel);
    }
    vm_machine_free(machine);
    vm_store_free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct recipe recipe = {.at = data, .end = data + size};
    struct loader_writer out;
    loader_writer_init(&out, &allocator);
    loader_writer_init(&recipe.code, &allocator);
    write_module(&recipe, &out);
    const struct vm_limits limits = vm_profile_limits(VM_STRICT);
    const struct vm_features features = vm_profile_features(VM_STRICT);
    const struct vm_schedule schedule = vm_default_schedule();
    const struct loader_options options = {&limits, &features, &schedule, LOADER_STRICT};
    struct vm_module *module;
    struct vm_error error;
    if (loader_load(loader_written(&out), &options, &allocator, &module, &error) != VM_OK) {
        fprintf(stderr, "at %lu: %s\n", (unsigned long)error.offset, error.message);
        abort();
    }
    run_module(module, &limits, &schedule);
    vm_module_free(module);
    loader_writer_clear(&recipe.code);
    loader_writer_clear(&out);
    return 0;
}
