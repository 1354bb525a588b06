/* An instance that was put back, or made from an image, is a fresh one: its whole state is compared, and what the next
 * program does with it.  Programs are random, by the number of their seed; arguments: first seed, count. */
#include "vm/image.h"

#include "vm/fast/fast.h"
#include "vm/instance.h"
#include "vm/tests/budget.h"
#include "vm/tests/build.h"

enum { PROGRAMS = 3, TEXT = 6000 };

static struct build build;
static struct vm_schedule schedule;

/* ---- Random programs -------------------------------------------------------------------------------------------- */

static uint64_t random_state;

static uint32_t pick(uint32_t count) {
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state ^ random_state >> 29) >> 33) % count;
}

/* Addresses near the edges of pages, segments and the memory, or anywhere. */
static uint32_t pick_address(void) {
    static const uint32_t edges[] = {0, 16, 4096, 8192, 65536, 131072, 196608};
    const uint32_t edge = edges[pick(sizeof edges / sizeof *edges)];
    return pick(3) == 0 ? pick(200000) : edge + pick(20) - (edge == 0 ? 0 : 10);
}

static void add(char *text, const char *format, uint32_t a, uint32_t b, uint32_t c) {
    const size_t used = strlen(text);
    char step[200];
    size_t size = 0;
    /* Each # is the next number; the text has no other use for it. */
    const uint32_t numbers[] = {a, b, c};
    for (uint32_t i = 0; *format != 0 && size < sizeof step - 12; format++) {
        if (*format == '#')
            size += (size_t)snprintf(step + size, 12, "%" PRIi32, (int32_t)numbers[i++ % 3]);
        else
            step[size++] = *format;
    }
    step[size] = 0;
    if (used + size + 2 < TEXT) {
        memcpy(text + used, " ", 1);
        memcpy(text + used + 1, step, size + 1);
    }
}

static void add_step(char *text) {
    const uint32_t address = pick_address(), small = pick(40), number = pick(UINT32_MAX);
    switch (pick(22)) {
    case 0:
        add(text, "i32.const # i32.const # i32.store8 0", address, number, 0);
        break;
    case 1:
        add(text, "i32.const # i32.const # i32.store16 0", address, number, 0);
        break;
    case 2:
        add(text, "i32.const # i32.const # i32.store 0", address, number, 0);
        break;
    case 3:
        add(text, "i32.const # i64.const # i64.store #", address, number, small);
        break;
    case 4:
        add(text, "i32.const # i32.const # i32.store8 @1 0", address, number, 0);
        break;
    case 5:
        add(text, "i32.const # i32.const # i32.const # memory.fill @0", address, number, pick(5000));
        break;
    case 6:
        add(text, "i32.const # i32.const # i32.const # memory.copy @0 @0", address, pick_address(), pick(5000));
        break;
    case 7:
        add(text, "i32.const # i32.const 1 i32.const # memory.init 2 @0", address, pick(8), 0);
        break;
    case 8:
        add(text, "data.drop #", pick(3), 0, 0);
        break;
    case 9:
        add(text, "i32.const # memory.grow @0 drop", pick(3), 0, 0);
        break;
    case 10:
        add(text, "i32.const # ref.func # table.set 0", pick(14), 1 + pick(2), 0);
        break;
    case 11:
        add(text, "ref.null funcref i32.const # table.grow 0 drop", pick(4), 0, 0);
        break;
    case 12:
        add(text, "i32.const # ref.func 1 i32.const # table.fill 0", pick(8), pick(5), 0);
        break;
    case 13:
        add(text, "i32.const # i32.const # i32.const # table.copy 0 0", pick(8), pick(8), pick(4));
        break;
    case 14:
        add(text, "i32.const # i32.const # i32.const 1 table.init 1 0", pick(10), pick(2), 0);
        break;
    case 15:
        add(text, "elem.drop #", pick(2), 0, 0);
        break;
    case 16:
        add(text, "i32.const # global.set 0", number, 0, 0);
        break;
    case 17:
        add(text, "i64.const # global.set 1", number, 0, 0);
        break;
    case 18:
        add(text, "i32.const # call 0", pick_address(), 0, 0);
        break;
    case 19: /* reads find their way into the state */
        add(text, "i32.const # i32.load 0 i32.const 12 i32.and i32.const # i32.store 0 global.get 0 global.set 0",
            address, number, 0);
        break;
    case 20:
        add(text, "i32.const # i32.const # i32.load 0 i32.store 0", address, pick_address(), 0);
        break;
    default:
        add(text, "ref.func # global.set 2", 1 + pick(2), 0, 0);
        break;
    }
}

static void write_program(char *text) {
    text[0] = 0;
    for (uint32_t steps = pick(30); steps > 0; steps--)
        add_step(text);
    if (pick(6) == 0)
        add(text, "unreachable", 0, 0, 0);
}

/* Memories of 3 pages with data across the edge of a page, and of 1; a table with elements; globals; dropped and passive
 * segments; a host function; functions 1 to PROGRAMS are programs. */
static struct vm_module *make_module(uint32_t memories) {
    static const struct vm_fast_options fold = {.fold = true};
    static const uint32_t functions[] = {1, 2};
    static char text[TEXT];
    build_begin(&build);
    build_import_function(&build, "write", "i:");
    build_memory(&build, 3, 5);
    if (memories > 1)
        build_memory(&build, 1, 2);
    build_table(&build, 'r', 10, 16);
    build_global(&build, 'i', true, "i32.const 5");
    build_global(&build, 'I', true, "i64.const -7");
    build_global(&build, 'r', true, "ref.func 2");
    for (uint32_t i = 0; i < PROGRAMS; i++) {
        write_program(text);
        for (char *at = text; memories == 1 && (at = strstr(at, "@1 0")) != NULL;)
            memcpy(at, "0   ", 4);
        build_function(&build, NULL, ":", "", text);
    }
    build_elements(&build, "i32.const 3", 2, functions);
    build_elements(&build, NULL, 2, functions);
    build_data(&build, "i32.const 4090", "0123456789abcdefghijklmnopqrstuvwxyz");
    build_data(&build, "i32.const 131070", "zz");
    build_data(&build, NULL, "passive");
    build_declared(&build, 3);
    struct vm_module *const module = build_module(&build, &schedule);
    CHECK(vm_translate(module, &schedule, &fold) == VM_OK);
    return module;
}

/* ---- Instances -------------------------------------------------------------------------------------------------- */

static const uint8_t write_types[] = {VM_I32};

/* "write": eight bytes at an address, by the host. */
static enum vm_trap_kind host_write(struct vm_host_call *call) {
    const uint32_t address = (uint32_t)call->slots[0];
    if (!vm_memory_holds(call->memory, address, 8))
        return VM_TRAP_HOST_OUT_OF_BOUNDS;
    vm_memory_mark(call->memory, address, 8);
    memset(call->memory->data + address, 0xAB, 8);
    return VM_TRAP_NONE;
}

static const struct vm_host_function host_function = {
    .module = "test", .name = "write", .type = {write_types, 1, 0}, .base_price = 1, .entry = host_write};

struct place {
    struct vm_store *store;
    struct vm_machine *machine;
    struct vm_instance *instance;
    vm_value write;
};

static struct place new_place(enum vm_engine engine) {
    const struct vm_allocator allocator = vm_system_allocator();
    const struct vm_limits limits = vm_profile_limits(VM_STRICT);
    struct place place = {.store = vm_store_new(&allocator, &limits)};
    place.machine = vm_machine_new(place.store);
    vm_machine_set_engine(place.machine, engine);
    return place;
}

static void free_place(struct place *place) {
    vm_machine_free(place->machine);
    vm_store_free(place->store);
}

static bool resolve(void *context, const struct vm_import *import, struct vm_extern *out) {
    const struct place *const place = context;
    (void)import;
    *out = (struct vm_extern){.kind = VM_EXTERN_FUNCTION, .of.function = place->write};
    return true;
}

static void clear(struct place *place) {
    vm_store_clear(place->store);
    CHECK(vm_store_add_host(place->store, &host_function, NULL, &place->write) == VM_OK);
}

static void make_fresh(struct place *place, const struct vm_module *module) {
    struct vm_instantiation made;
    struct vm_error error;
    uint64_t fuel = UINT64_MAX;
    clear(place);
    CHECK(vm_instantiate(place->store, module, &schedule, resolve, place, &fuel, &made, &error) == VM_OK);
    CHECK(made.trap == VM_TRAP_NONE);
    place->instance = made.instance;
}

static void make_from(struct place *place, const struct vm_module *module, const struct vm_image *image) {
    struct vm_error error;
    clear(place);
    CHECK(vm_image_instantiate(place->store, module, image, resolve, place, &place->instance, &error) == VM_OK);
}

/* The whole state of two instances is the same; so is what is not to be seen yet: the room behind. */
static void check_same(const struct place *a, const struct place *b) {
    const struct vm_module *const module = a->instance->module;
    for (uint32_t i = 0; i < module->memory_count; i++) {
        const struct vm_memory *const x = a->instance->memories[i], *const y = b->instance->memories[i];
        CHECK_U64(x->pages, y->pages);
        CHECK_U64(x->maximum, y->maximum);
        if (CHECK(x->bytes == y->bytes))
            CHECK(memcmp(x->data, y->data, (size_t)x->bytes) == 0);
        CHECK(vm_all_zero(x->data + x->bytes, (size_t)(x->maximum - x->pages) << VM_PAGE_EXPONENT));
    }
    for (uint32_t i = 0; i < module->table_count; i++) {
        const struct vm_table *const x = a->instance->tables[i], *const y = b->instance->tables[i];
        if (CHECK(x->size == y->size))
            CHECK(memcmp(x->elements, y->elements, x->size * sizeof *x->elements) == 0);
        CHECK_U64(x->maximum, y->maximum);
    }
    for (uint32_t i = 0; i < module->global_count; i++)
        CHECK_U64(a->instance->globals[i]->value, b->instance->globals[i]->value);
    CHECK(memcmp(a->instance->dropped_elements, b->instance->dropped_elements, module->element_count) == 0);
    CHECK(memcmp(a->instance->dropped_data, b->instance->dropped_data, module->data_count) == 0);
    CHECK_U64(a->store->instance_count, b->store->instance_count);
    CHECK_U64(a->store->host_count, b->store->host_count);
}

static enum vm_run_state run(const struct place *place, uint32_t program, uint64_t fuel) {
    vm_machine_begin(place->machine, vm_instance_function(place->instance, 1 + program), NULL, 0, &schedule, fuel);
    return vm_machine_run(place->machine, UINT64_MAX);
}

/* The same program in both, with the same outcome. */
static void run_both(const struct place *a, const struct place *b, uint32_t program, uint64_t fuel) {
    const enum vm_run_state state = run(a, program, fuel);
    CHECK(run(b, program, fuel) == state);
    const struct vm_trap *const x = vm_machine_trap(a->machine), *const y = vm_machine_trap(b->machine);
    CHECK(x->kind == y->kind && x->offset == y->offset && x->price == y->price);
    CHECK_U64(vm_machine_usage(a->machine).fuel, vm_machine_usage(b->machine).fuel);
    check_same(a, b);
}

static uint64_t pick_fuel(void) {
    return pick(4) == 0 ? pick(3000) : 10000000;
}

/* ---- Bytes ------------------------------------------------------------------------------------------------------ */

static uint8_t *written(const struct vm_image *image, const struct vm_module *module, size_t *size) {
    *size = vm_image_write(image, module, NULL);
    uint8_t *const bytes = malloc(*size);
    if (bytes == NULL)
        exit(2);
    CHECK(vm_image_write(image, module, bytes) == *size);
    return bytes;
}

static enum vm_status read_image(const uint8_t *bytes, size_t size, const struct vm_module *module,
                                 const struct vm_image *fresh, struct vm_arena *arena, const struct vm_image **image) {
    const struct vm_limits limits = vm_profile_limits(VM_STRICT);
    *image = NULL;
    return vm_image_read(vm_bytes(bytes, size), module, fresh, &limits, arena, image);
}

/* What comes of changed bytes is refused, or is a state as good as any: an instance of it can be made, run and put back. */
static void check_hostile(uint8_t *bytes, size_t size, const struct vm_module *module, const struct vm_image *fresh,
                          struct place *place, uint32_t *taken) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_arena arena;
    const struct vm_image *image;
    vm_arena_init(&arena, &allocator);
    const enum vm_status status = read_image(bytes, size, module, fresh, &arena, &image);
    CHECK(status == VM_OK || status == VM_MALFORMED);
    CHECK(arena.used < 300000);
    if (status == VM_OK) {
        ++*taken;
        make_from(place, module, image);
        run(place, pick(PROGRAMS), pick_fuel());
        vm_image_restore(place->instance, image);
        vm_store_clear(place->store);
    }
    vm_arena_clear(&arena);
}

/* An image that was written and read again is the same, and its bytes are too; changed or cut off, it does no harm. */
static void check_bytes(const struct vm_image *image, const struct vm_image *fresh, const struct vm_module *module,
                        struct place *place, uint32_t *taken) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_arena arena;
    const struct vm_image *again;
    size_t size, size_again;
    uint8_t *const bytes = written(image, module, &size);
    vm_arena_init(&arena, &allocator);
    if (CHECK(read_image(bytes, size, module, fresh, &arena, &again) == VM_OK)) {
        CHECK(vm_image_equal(image, again, module));
        CHECK_U64(vm_image_price(image, module, &schedule), vm_image_price(again, module, &schedule));
        uint8_t *const bytes_again = written(again, module, &size_again);
        CHECK(size == size_again && memcmp(bytes, bytes_again, size) == 0);
        free(bytes_again);
    }
    CHECK(read_image(bytes, pick((uint32_t)size), module, fresh, &arena, &again) == VM_MALFORMED);
    vm_arena_clear(&arena);
    for (uint32_t i = 0; i < 12; i++) {
        static const uint8_t values[] = {0, 1, 2, 8, 0x7F, 0x80, 0xFF};
        const uint32_t at = pick(3) == 0 ? pick((uint32_t)size) : pick(size < 400 ? (uint32_t)size : 400);
        const uint8_t old = bytes[at];
        bytes[at] = pick(2) == 0 ? values[pick(sizeof values)] : (uint8_t)pick(256);
        check_hostile(bytes, size, module, fresh, place, taken);
        bytes[at] = old;
    }
    free(bytes);
}

/* One image, of a fresh instance or of one that has run program 0; from it instances are made and put back again and
 * again, with another program run in between, whose traps and ends of fuel are as good as its success. */
static void check_module(uint64_t seed, struct place *kept, struct place *fresh, uint32_t *taken) {
    random_state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    struct vm_module *const module = make_module(1 + pick(2));
    const bool initialised = pick(2) == 0;
    make_fresh(fresh, module);
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_arena arena, fresh_arena;
    vm_arena_init(&arena, &allocator);
    vm_arena_init(&fresh_arena, &allocator);
    const struct vm_image *const begun = vm_image_take(fresh->instance, &fresh_arena);
    if (initialised)
        run(fresh, 0, pick_fuel());
    const struct vm_image *const image = vm_image_take(fresh->instance, &arena);
    CHECK(image != NULL && arena.used < 200000);
    check_context("seed %" PRIu64 ", bytes", seed);
    check_bytes(image, begun, module, kept, taken);
    make_from(kept, module, image);
    check_same(kept, fresh);
    for (uint32_t round = 0; round < 4; round++) {
        check_context("seed %" PRIu64 ", round %" PRIu32, seed, round);
        run(kept, pick(PROGRAMS), pick_fuel());
        if (pick(3) == 0)
            run(kept, pick(PROGRAMS), pick_fuel());
        vm_image_restore(kept->instance, image);
        if (initialised)
            make_from(fresh, module, image);
        else
            make_fresh(fresh, module);
        check_same(kept, fresh);
        if (pick(2) == 0) {
            run_both(kept, fresh, pick(PROGRAMS), pick_fuel());
            vm_image_restore(kept->instance, image);
        }
    }
    vm_arena_clear(&fresh_arena);
    vm_arena_clear(&arena);
    vm_module_free(module);
}

/* ---- Rows ------------------------------------------------------------------------------------------------------- */

/* What an image may not forget, each for itself: the program, and then one that looks (its result is compared). */
static const struct row {
    const char *name;
    const char *program;
} rows[] = {
    {"nothing", ""},
    {"a byte", "i32.const 5 i32.const 1 i32.store8 0"},
    {"a store across two pages", "i32.const 8188 i64.const -1 i64.store 0"},
    {"a store across a page and the data", "i32.const 4092 i64.const -1 i64.store 0"},
    {"a store that ends where a page ends", "i32.const 8184 i64.const -1 i64.store 0"},
    {"the last byte", "i32.const 196607 i32.const 1 i32.store8 0"},
    {"all of it", "i32.const 0 i32.const 1 i32.const 196608 memory.fill @0"},
    {"data over itself", "i32.const 4089 i32.const 4090 i32.const 36 memory.copy @0 @0"},
    {"growth", "i32.const 2 memory.grow @0 drop i32.const 327679 i32.const 1 i32.store8 0"},
    {"growth by nothing", "i32.const 0 memory.grow @0 drop"},
    {"a passive segment and its end", "i32.const 9 i32.const 0 i32.const 7 memory.init 2 @0 data.drop 2"},
    {"elements", "i32.const 9 ref.func 1 table.set 0 ref.func 1 i32.const 3 table.grow 0 drop elem.drop 1"},
    {"a null over an element", "i32.const 3 ref.null funcref table.set 0"},
    {"globals", "i32.const 1 global.set 0 i64.const 1 global.set 1 ref.null funcref global.set 2"},
    {"a trap in the midst", "i32.const 5 i32.const 1 i32.store8 0 i32.const 1 global.set 0 unreachable"},
    {"the host", "i32.const 8190 call 0 i32.const 196600 call 0"},
};

static void test_rows(struct place *kept, struct place *fresh) {
    static const uint32_t functions[] = {1, 1};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_context("%s", rows[i].name);
        build_begin(&build);
        build_import_function(&build, "write", "i:");
        build_memory(&build, 3, 5);
        build_table(&build, 'r', 10, 16);
        build_global(&build, 'i', true, "i32.const 5");
        build_global(&build, 'I', true, "i64.const -7");
        build_global(&build, 'r', true, "ref.func 1");
        build_function(&build, NULL, ":", "", rows[i].program);
        build_elements(&build, "i32.const 3", 2, functions);
        build_elements(&build, NULL, 2, functions);
        build_data(&build, "i32.const 4090", "0123456789abcdefghijklmnopqrstuvwxyz");
        build_data(&build, "i32.const 131070", "zz");
        build_data(&build, NULL, "passive");
        struct vm_module *const module = build_module(&build, &schedule);
        const struct vm_allocator allocator = vm_system_allocator();
        struct vm_arena arena;
        vm_arena_init(&arena, &allocator);
        make_fresh(fresh, module);
        const struct vm_image *const before = vm_image_take(fresh->instance, &arena);
        make_from(kept, module, before);
        check_same(kept, fresh);
        run(kept, 0, UINT64_MAX);
        vm_image_restore(kept->instance, before);
        check_same(kept, fresh);
        /* And the other way round: the image of what the program left. */
        run(fresh, 0, UINT64_MAX);
        const struct vm_image *const after = vm_image_take(fresh->instance, &arena);
        make_from(kept, module, after);
        check_same(kept, fresh);
        run_both(kept, fresh, 0, UINT64_MAX);
        vm_image_restore(kept->instance, after);
        make_from(fresh, module, after);
        check_same(kept, fresh);
        vm_arena_clear(&arena);
        vm_module_free(module);
    }
}

/* An image of much nothing is small: a byte on each of 48 pages, and 65,536 elements of which one is there. */
static void test_size(struct place *place) {
    static const uint32_t functions[] = {0};
    build_begin(&build);
    build_memory(&build, 3, 5);
    build_table(&build, 'r', 16384, 16384);
    build_function(&build, NULL, ":", "", "");
    build_elements(&build, "i32.const 16383", 1, functions);
    for (uint32_t i = 0; i < 48; i++) {
        char offset[40];
        snprintf(offset, sizeof offset, "i32.const %" PRIu32, i * 4096 + 77);
        build_data(&build, offset, "x");
    }
    struct vm_module *const module = build_module(&build, &schedule);
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_arena arena;
    vm_arena_init(&arena, &allocator);
    check_context("size");
    make_fresh(place, module);
    CHECK(vm_image_take(place->instance, &arena) != NULL);
    CHECK(arena.used < 8192);
    vm_arena_clear(&arena);
    vm_module_free(module);
}

/* Each allocation fails once, in taking and in making; then all is as before, and the next try succeeds. */
static void test_short_memory(struct place *fresh) {
    struct budget budget = {.inner = vm_system_allocator(), .left = UINT64_MAX};
    const struct vm_allocator allocator = {budget_resize, &budget};
    const struct vm_limits limits = vm_profile_limits(VM_STRICT);
    random_state = 99;
    struct vm_module *const module = make_module(2);
    make_fresh(fresh, module);
    run(fresh, 0, UINT64_MAX);
    uint32_t failures = 0;
    for (uint64_t left = 0;; left++) {
        check_context("%" PRIu64 " allocations", left);
        struct vm_arena arena;
        vm_arena_init(&arena, &allocator);
        budget.left = left;
        const struct vm_image *const image = vm_image_take(fresh->instance, &arena);
        budget.left = UINT64_MAX;
        struct place other = {.store = vm_store_new(&allocator, &limits)};
        clear(&other);
        budget.left = left;
        struct vm_error error;
        enum vm_status status = VM_RESOURCE;
        if (image != NULL)
            status = vm_image_instantiate(other.store, module, image, resolve, &other, &other.instance, &error);
        budget.left = UINT64_MAX;
        if (status == VM_OK)
            check_same(&other, fresh);
        else
            failures++;
        CHECK(status == VM_OK || status == VM_RESOURCE);
        if (image != NULL && status != VM_OK) {
            make_from(&other, module, image);
            check_same(&other, fresh);
        }
        if (image != NULL) {
            const struct vm_image *again;
            size_t size;
            uint8_t *const bytes = written(image, module, &size);
            budget.left = left;
            const enum vm_status read = read_image(bytes, size, module, image, &arena, &again);
            budget.left = UINT64_MAX;
            CHECK(read == VM_OK || read == VM_RESOURCE);
            failures += read == VM_RESOURCE;
            free(bytes);
        }
        vm_store_free(other.store);
        vm_arena_clear(&arena);
        CHECK_U64(budget.held, 0);
        if (status == VM_OK)
            break;
    }
    CHECK(failures >= 4);
    vm_module_free(module);
}

int main(int count, char **words) {
    const uint64_t first = count > 1 ? strtoull(words[1], NULL, 10) : 1;
    const uint64_t seeds = count > 2 ? strtoull(words[2], NULL, 10) : 400;
    schedule = vm_default_schedule();
    for (int engine = 0; engine < 2; engine++) {
        struct place kept = new_place(engine == 0 ? VM_ENGINE_PLAIN : VM_ENGINE_FAST),
                     fresh = new_place(VM_ENGINE_PLAIN);
        uint32_t taken = 0;
        test_rows(&kept, &fresh);
        for (uint64_t seed = first; seed < first + seeds; seed++)
            check_module(seed, &kept, &fresh, &taken);
        check_context("changed bytes");
        CHECK(taken > seeds && taken < 11 * seeds);
        test_size(&fresh);
        test_short_memory(&fresh);
        free_place(&kept);
        free_place(&fresh);
    }
    return check_done();
}
