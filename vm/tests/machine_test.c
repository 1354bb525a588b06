/* vm/tests/machine_test.c - frames, caps, host calls, pausing, threads, and memory that runs out. */
#include <pthread.h>

#include "vm/tests/build.h"

static struct build build;
static struct vm_schedule schedule;

/* A store with one instance, and a machine. */
struct world {
    struct vm_store *store;
    struct vm_machine *machine;
    struct vm_instance *instance;
};

static enum vm_trap_kind host_garbage(struct vm_host_call *call) {
    for (int i = 0; i < 5; i++)
        call->slots[i] = UINT64_MAX - (unsigned)i;
    return VM_TRAP_NONE;
}

/* Traps if its argument is 0; else charges it and gives it back plus what memory holds at 0. */
static enum vm_trap_kind host_trap(struct vm_host_call *call) {
    if (call->slots[0] == 0)
        return VM_TRAP_HOST_ARGUMENT;
    if (!vm_host_charge(call, call->slots[0]))
        return VM_TRAP_OUT_OF_FUEL;
    if (call->memory != NULL)
        call->slots[0] += call->memory->data[0];
    return VM_TRAP_NONE;
}

static const uint8_t host_types[] = {VM_I32, VM_I32, VM_I64, VM_I32, VM_I64, VM_I32};
static const struct vm_host_function host_functions[] = {
    {"test", "garbage", {host_types + 1, 0, 5}, 1, host_garbage},
    {"test", "trap", {host_types, 1, 1}, 5, host_trap},
};

static bool resolve(void *context, const struct vm_import *import, struct vm_extern *out) {
    for (size_t i = 0; i < sizeof host_functions / sizeof *host_functions; i++) {
        if (vm_bytes_equal(import->name, vm_bytes_of_text(host_functions[i].name))) {
            out->kind = VM_EXTERN_FUNCTION;
            return vm_store_add_host(context, &host_functions[i], NULL, &out->of.function) == VM_OK;
        }
    }
    return false;
}

static struct world open_world(const struct vm_module *module, uint64_t call_depth, uint64_t operand_stack) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_limits limits = vm_profile_limits(VM_STRICT);
    limits.call_depth = call_depth;
    limits.operand_stack = operand_stack;
    struct world world;
    world.store = vm_store_new(&allocator, &limits);
    world.machine = vm_machine_new(world.store);
    uint64_t fuel = UINT64_MAX;
    struct vm_instantiation made;
    struct vm_error error;
    /* Not CHECK(): threads come here, too. */
    if (vm_instantiate(world.store, module, &schedule, resolve, world.store, &fuel, &made, &error) != VM_OK ||
        made.trap != VM_TRAP_NONE)
        build_fail("no instance", error.message);
    world.instance = made.instance;
    return world;
}

static void close_world(struct world *world) {
    vm_machine_free(world->machine);
    vm_store_free(world->store);
}

static enum vm_run_state run(struct world *world, uint32_t function, vm_value argument, uint32_t count, uint64_t fuel) {
    vm_machine_begin(world->machine, vm_instance_function(world->instance, function), &argument, count, &schedule,
                     fuel);
    return vm_machine_run(world->machine, UINT64_MAX);
}

/* Code offset of a function, as frames and traps give them relative to it. */
static uint32_t start_of(const struct vm_module *module, uint32_t function) {
    return module->functions[function - module->imported_functions].code_start;
}

static void test_frames(void) {
    check_context("frames");
    build_begin(&build);
    build_function(&build, NULL, ":", "", "nop call 1");
    build_function(&build, NULL, ":", "", "nop nop call 2 nop");
    build_function(&build, NULL, ":", "", "nop nop nop unreachable");
    struct vm_module *const module = build_module(&build, &schedule);
    struct world world = open_world(module, 10, 10);
    CHECK(run(&world, 0, 0, 0, 1000) == VM_RUN_TRAPPED);
    const struct vm_trap *const trap = vm_machine_trap(world.machine);
    CHECK_U64(trap->kind, VM_TRAP_UNREACHABLE);
    CHECK_U64(trap->instance, 0);
    CHECK_U64(trap->function, 2);
    CHECK_U64(trap->offset, start_of(module, 2) + 3);
    CHECK_U64(vm_machine_depth(world.machine), 3);
    static const uint32_t offsets[] = {3, 2, 1};
    for (uint32_t i = 0; i < 3; i++) {
        const struct vm_frame_info frame = vm_machine_frame(world.machine, i);
        CHECK(frame.instance == world.instance);
        CHECK_U64(frame.function, 2 - i);
        CHECK_U64(frame.offset, start_of(module, 2 - i) + offsets[i]);
    }
    CHECK_U64(vm_machine_usage(world.machine).frames, 3);
    check_context("frames, out of fuel in the second");
    CHECK(run(&world, 0, 0, 0, 1 + 4 + 2 + 3) == VM_RUN_TRAPPED);
    CHECK_U64(trap->kind, VM_TRAP_OUT_OF_FUEL);
    CHECK_U64(trap->function, 1);
    CHECK_U64(trap->offset, start_of(module, 1) + 2);
    CHECK_U64(trap->price, 4);
    CHECK_U64(vm_machine_usage(world.machine).fuel, 7);
    CHECK_U64(vm_machine_fuel_left(world.machine), 3);
    CHECK_U64(vm_machine_depth(world.machine), 2);
    close_world(&world);
    vm_module_free(module);
}

/* The function needs 1 parameter + 2 locals + 2 operands in each frame, and argument + 1 frames. */
static void test_caps(void) {
    static const struct {
        uint64_t call_depth, operand_stack;
        vm_value argument;
        enum vm_trap_kind trap;
        uint32_t frames, operands;
    } rows[] = {
        {20, 1000, 19, VM_TRAP_NONE, 20, 100},
        {20, 1000, 20, VM_TRAP_CALL_STACK_EXHAUSTED, 20, 100},
        {1000, 100, 19, VM_TRAP_NONE, 20, 100},
        {1000, 100, 20, VM_TRAP_OPERAND_STACK_EXHAUSTED, 20, 100},
        {1000, 104, 20, VM_TRAP_OPERAND_STACK_EXHAUSTED, 20, 100},
        {1000, 105, 20, VM_TRAP_NONE, 21, 105},
        {1, 5, 0, VM_TRAP_NONE, 1, 5},
        {1, 4, 0, VM_TRAP_OPERAND_STACK_EXHAUSTED, 0, 0},
        {0, 5, 0, VM_TRAP_CALL_STACK_EXHAUSTED, 0, 0},
    };
    build_begin(&build);
    build_function(&build, NULL, "i:i", "ii",
                   "local.get 0 if - local.get 0 i32.const 1 i32.sub call 0 return end "
                   "i32.const 77");
    build_function(&build, NULL, ":", "", "block - call 2 end");
    build_function(&build, NULL, ":", "IIIIIIIII", "");
    struct vm_module *const module = build_module(&build, &schedule);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_context("caps, row %zu", i);
        struct world world = open_world(module, rows[i].call_depth, rows[i].operand_stack);
        const enum vm_run_state state = run(&world, 0, rows[i].argument, 1, 1000);
        const struct vm_trap *const trap = vm_machine_trap(world.machine);
        CHECK(state == (rows[i].trap == VM_TRAP_NONE ? VM_RUN_DONE : VM_RUN_TRAPPED));
        CHECK_TEXT(vm_trap_name(trap->kind), vm_trap_name(rows[i].trap));
        if (state == VM_RUN_DONE)
            CHECK_U64(vm_machine_results(world.machine)[0], 77);
        else
            CHECK_U64(trap->offset, start_of(module, 0) + (rows[i].frames == 0 ? 0 : 9));
        CHECK_U64(vm_machine_usage(world.machine).frames, rows[i].frames);
        CHECK_U64(vm_machine_usage(world.machine).operands, rows[i].operands);
        close_world(&world);
    }

    check_context("the first frame's locals are not covered");
    struct world world = open_world(module, 10, 100);
    vm_machine_begin(world.machine, vm_instance_function(world.instance, 2), NULL, 0, &schedule, 1);
    CHECK(vm_machine_run(world.machine, 5) == VM_RUN_TRAPPED);
    CHECK_U64(vm_machine_trap(world.machine)->kind, VM_TRAP_OUT_OF_FUEL);
    CHECK_U64(vm_machine_trap(world.machine)->price, 2);
    CHECK_U64(vm_machine_trap(world.machine)->offset, start_of(module, 2));
    CHECK_U64(vm_machine_usage(world.machine).fuel, 0);
    check_context("a call's locals are not covered");
    CHECK(run(&world, 1, 0, 0, 1 + 5) == VM_RUN_TRAPPED);
    CHECK_U64(vm_machine_trap(world.machine)->price, 6);
    CHECK_U64(vm_machine_trap(world.machine)->function, 1);
    CHECK_U64(vm_machine_trap(world.machine)->offset, start_of(module, 1) + 2);
    CHECK_U64(vm_machine_usage(world.machine).fuel, 1);
    CHECK_U64(vm_machine_depth(world.machine), 1);
    close_world(&world);
    vm_module_free(module);
}

static void test_host(void) {
    build_begin(&build);
    build_import_function(&build, "garbage", ":iIiIi");
    build_import_function(&build, "trap", "i:i");
    build_function(&build, NULL, ":iIiIi", "", "call 0");
    build_function(&build, NULL, ":iIiIi", "", "return_call 0");
    build_function(&build, NULL, "i:i", "", "nop local.get 0 call 1");
    build_memory(&build, 1, 1);
    build_data(&build, "i32.const 0", "A");
    struct vm_module *const module = build_module(&build, &schedule);
    struct world world = open_world(module, 10, 10);
    const struct vm_trap *const trap = vm_machine_trap(world.machine);
    for (uint32_t function = 0; function <= 3; function += function == 0 ? 2 : 1) {
        check_context("host results, function %u", function);
        CHECK(run(&world, function, 0, 0, 100) == VM_RUN_DONE);
        CHECK_U64(vm_machine_result_count(world.machine), 5);
        for (unsigned i = 0; i < 5; i++)
            CHECK_U64(vm_machine_results(world.machine)[i], i % 2 == 0 ? UINT32_MAX - i : UINT64_MAX - i);
    }
    check_context("host trap is at the call");
    CHECK(run(&world, 4, 0, 1, 100) == VM_RUN_TRAPPED);
    CHECK_U64(trap->kind, VM_TRAP_HOST_ARGUMENT);
    CHECK_U64(trap->function, 4);
    CHECK_U64(trap->offset, start_of(module, 4) + 3);
    CHECK_U64(vm_machine_usage(world.machine).fuel, 2 + 4 + 5);
    check_context("host sees memory 0");
    CHECK(run(&world, 4, 7, 1, 100) == VM_RUN_DONE);
    CHECK_U64(vm_machine_results(world.machine)[0], 7 + 'A');
    CHECK_U64(vm_machine_usage(world.machine).fuel, 2 + 4 + 5 + 7 + 1);
    check_context("the host's base price is one piece with the call's");
    CHECK(run(&world, 4, 7, 1, 2 + 8) == VM_RUN_TRAPPED);
    CHECK_U64(trap->price, 9);
    CHECK_U64(vm_machine_usage(world.machine).fuel, 2);
    check_context("a host's own charge is another piece");
    CHECK(run(&world, 4, 7, 1, 2 + 9 + 6) == VM_RUN_TRAPPED);
    CHECK_U64(trap->kind, VM_TRAP_OUT_OF_FUEL);
    CHECK_U64(trap->price, 7);
    CHECK_U64(vm_machine_usage(world.machine).fuel, 11);

    check_context("host function from outside");
    CHECK(run(&world, 1, 9, 1, 14) == VM_RUN_DONE);
    CHECK_U64(vm_machine_results(world.machine)[0], 9);
    CHECK_U64(vm_machine_usage(world.machine).fuel, 14);
    CHECK(run(&world, 1, 9, 1, 13) == VM_RUN_TRAPPED);
    CHECK_U64(trap->instance, UINT32_MAX);
    CHECK_U64(trap->price, 9);
    CHECK(run(&world, 1, 9, 1, 4) == VM_RUN_TRAPPED);
    CHECK_U64(trap->price, 5);
    CHECK_U64(vm_machine_usage(world.machine).fuel, 0);
    CHECK_U64(vm_machine_depth(world.machine), 0);
    close_world(&world);

    check_context("results of a tail-called host function need room");
    world = open_world(module, 10, 4);
    CHECK(run(&world, 3, 0, 0, 100) == VM_RUN_TRAPPED);
    CHECK_U64(vm_machine_trap(world.machine)->kind, VM_TRAP_OPERAND_STACK_EXHAUSTED);
    CHECK(run(&world, 0, 0, 0, 100) == VM_RUN_TRAPPED);
    CHECK_U64(vm_machine_trap(world.machine)->kind, VM_TRAP_OPERAND_STACK_EXHAUSTED);
    close_world(&world);
    world = open_world(module, 10, 5);
    CHECK(run(&world, 3, 0, 0, 100) == VM_RUN_DONE);
    CHECK_U64(vm_machine_usage(world.machine).operands, 5);
    CHECK(run(&world, 0, 0, 0, 100) == VM_RUN_DONE);
    close_world(&world);
    vm_module_free(module);
}

static bool resolve_from(void *context, const struct vm_import *import, struct vm_extern *out) {
    struct vm_instance *const instance = context;
    return vm_instance_export(NULL, instance, import->name, out);
}

/* The second instance calls the first, each with a memory of its own, directly, through its table and in tail calls. */
static void test_two_instances(void) {
    static const uint32_t functions[] = {0};
    build_begin(&build);
    build_function(&build, "get", "i:i", "", "local.get 0 i32.load8_u 0");
    build_memory(&build, 1, 1);
    build_data(&build, "i32.const 0", "A");
    struct vm_module *const first = build_module(&build, &schedule);
    build_begin(&build);
    build_import_function(&build, "get", "i:i");
    build_function(&build, NULL, "i:i", "",
                   "local.get 0 call 0 local.get 0 i32.load8_u 0 i32.const 256 i32.mul i32.add");
    build_function(&build, NULL, "i:i", "",
                   "local.get 0 i32.const 0 call_indirect 0 0 local.get 0 i32.load8_u 0 i32.add");
    build_function(&build, NULL, "i:i", "", "local.get 0 return_call 0");
    build_memory(&build, 2, 2);
    build_table(&build, 'r', 1, 1);
    build_elements(&build, "i32.const 0", 1, functions);
    build_data(&build, "i32.const 0", "B");
    struct vm_module *const second = build_module(&build, &schedule);
    struct world world = open_world(first, 10, 20);
    uint64_t fuel = UINT64_MAX;
    struct vm_instantiation made;
    struct vm_error error;
    check_context("two instances");
    CHECK(vm_instantiate(world.store, second, &schedule, resolve_from, world.instance, &fuel, &made, &error) == VM_OK);
    struct vm_instance *const got = world.instance;
    world.instance = made.instance;
    CHECK(run(&world, 1, 0, 1, 100) == VM_RUN_DONE);
    CHECK_U64(vm_machine_results(world.machine)[0], 'A' + 256 * 'B');
    CHECK(run(&world, 2, 0, 1, 100) == VM_RUN_DONE);
    CHECK_U64(vm_machine_results(world.machine)[0], 'A' + 'B');
    CHECK(run(&world, 3, 0, 1, 100) == VM_RUN_DONE);
    CHECK_U64(vm_machine_results(world.machine)[0], 'A');
    for (uint32_t function = 1; function <= 3; function++) {
        check_context("two instances, function %u, address 65536", function);
        CHECK(run(&world, function, 65536, 1, 100) == VM_RUN_TRAPPED);
        CHECK_U64(vm_machine_trap(world.machine)->kind, VM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
        CHECK_U64(vm_machine_trap(world.machine)->instance, 0);
        CHECK_U64(vm_machine_trap(world.machine)->function, 0);
        CHECK_U64(vm_machine_trap(world.machine)->offset, start_of(first, 0) + 2);
        CHECK_U64(vm_machine_depth(world.machine), function == 3 ? 1 : 2);
        CHECK(vm_machine_frame(world.machine, 0).instance == got);
        if (function != 3)
            CHECK(vm_machine_frame(world.machine, 1).instance == made.instance);
    }
    close_world(&world);
    vm_module_free(first);
    vm_module_free(second);
}

/* Each run is paid by its own schedule, in whatever order they come and wherever they lie. */
static void test_schedules(void) {
    check_context("schedules");
    build_begin(&build);
    build_function(&build, NULL, ":", "", "nop nop nop");
    struct vm_module *const module = build_module(&build, &schedule);
    struct world world = open_world(module, 10, 10);
    struct vm_schedule dear = schedule, changing = schedule;
    dear.instruction[VM_OP_NOP] = 100;
    static const uint32_t changes[] = {1, 7, 1, UINT32_MAX, 0};
    for (size_t i = 0; i < 3 * sizeof changes / sizeof *changes; i++) {
        changing.instruction[VM_OP_NOP] = changes[i / 3];
        const struct vm_schedule *const own = i % 3 == 0 ? &schedule : i % 3 == 1 ? &dear : &changing;
        vm_machine_begin(world.machine, vm_instance_function(world.instance, 0), NULL, 0, own, UINT64_MAX);
        CHECK(vm_machine_run(world.machine, UINT64_MAX) == VM_RUN_DONE);
        CHECK_U64(vm_machine_usage(world.machine).fuel,
                  3 * (uint64_t)own->instruction[VM_OP_NOP] + own->instruction[VM_OP_END]);
    }
    close_world(&world);
    vm_module_free(module);
}

static void test_watching(void) {
    check_context("watching");
    build_begin(&build);
    build_function(&build, NULL, "i:i", "I", "local.get 0 i32.const 5 i32.add");
    struct vm_module *const module = build_module(&build, &schedule);
    struct world world = open_world(module, 10, 10);
    const vm_value argument = 3;
    uint32_t count;
    vm_machine_begin(world.machine, vm_instance_function(world.instance, 0), &argument, 1, &schedule, 100);
    const vm_value *const locals = vm_machine_locals(world.machine, &count);
    CHECK_U64(count, 2);
    CHECK_U64(locals[0], 3);
    CHECK_U64(locals[1], 0);
    static const uint32_t offsets[] = {0, 2, 4}, counts[] = {0, 1, 2};
    for (int i = 0; i < 3; i++) {
        CHECK_U64(vm_machine_frame(world.machine, 0).offset, start_of(module, 0) + offsets[i]);
        const vm_value *const operands = vm_machine_operands(world.machine, &count);
        CHECK_U64(count, counts[i]);
        CHECK(count < 1 || operands[0] == 3);
        CHECK(count < 2 || operands[1] == 5);
        CHECK(vm_machine_step(world.machine) == VM_RUN_PAUSED);
    }
    CHECK(vm_machine_step(world.machine) == VM_RUN_DONE);
    CHECK(vm_machine_step(world.machine) == VM_RUN_DONE);
    CHECK_U64(vm_machine_results(world.machine)[0], 8);
    close_world(&world);
    vm_module_free(module);
}

/* Counts down and stores on the way, so that threads would see each other. */
static struct vm_module *counting_module(void) {
    build_begin(&build);
    build_function(&build, "main", "i:i", "i",
                   "loop - local.get 0 i32.const 1 i32.sub local.tee 0 i32.const 1023 i32.and local.get 1 i32.const 7 "
                   "i32.mul local.get 0 i32.add local.tee 1 i32.store8 0 global.get 0 i32.const 1 i32.add global.set 0 "
                   "local.get 0 br_if 0 end global.get 0 local.get 1 i32.add");
    build_memory(&build, 1, 1);
    build_global(&build, 'i', true, "i32.const 0");
    return build_module(&build, &schedule);
}

struct thread {
    const struct vm_module *module;
    vm_value result;
    uint64_t fuel;
};

static void *run_thread(void *argument) {
    struct thread *const thread = argument;
    struct world world = open_world(thread->module, 10, 10);
    const vm_value rounds = 100000;
    vm_machine_begin(world.machine, vm_instance_function(world.instance, 0), &rounds, 1, &schedule, UINT64_MAX);
    while (vm_machine_run(world.machine, 1000) == VM_RUN_PAUSED)
        continue;
    thread->result = vm_machine_results(world.machine)[0];
    thread->fuel = vm_machine_usage(world.machine).fuel;
    close_world(&world);
    return NULL;
}

static void test_threads(void) {
    struct vm_module *const module = counting_module();
    struct thread threads[3] = {{module, 0, 0}, {module, 0, 0}, {module, 0, 0}};
    pthread_t handles[3];
    check_context("threads");
    run_thread(&threads[0]);
    for (int i = 1; i < 3; i++)
        if (pthread_create(&handles[i], NULL, run_thread, &threads[i]) != 0)
            build_fail("no thread", "");
    for (int i = 1; i < 3; i++) {
        pthread_join(handles[i], NULL);
        CHECK_U64(threads[i].result, threads[0].result);
        CHECK_U64(threads[i].fuel, threads[0].fuel);
    }
    CHECK(threads[0].fuel > 1000000);
    vm_module_free(module);
}

/* Gives memory `left` times, and counts what is out. */
struct failing {
    uint64_t left;
    uint64_t bytes;
};

static void *resize_failing(void *context, void *old, size_t old_size, size_t new_size) {
    struct failing *const failing = context;
    if (new_size != 0 && failing->left-- == 0) {
        failing->left = 0;
        return NULL;
    }
    const struct vm_allocator system = vm_system_allocator();
    void *const made = system.resize(system.context, old, old_size, new_size);
    failing->bytes += new_size;
    failing->bytes -= old_size;
    return made;
}

/* True if it came to the end; false if it said at some point that memory is short. */
static bool run_failing(struct failing *failing, const struct vm_module *module) {
    const struct vm_allocator allocator = {resize_failing, failing};
    const struct vm_limits limits = vm_profile_limits(VM_STRICT);
    struct vm_store *const store = vm_store_new(&allocator, &limits);
    struct vm_machine *const machine = store == NULL ? NULL : vm_machine_new(store);
    struct vm_instantiation made;
    struct vm_error error;
    uint64_t fuel = UINT64_MAX;
    bool finished = false;
    if (machine != NULL) {
        const enum vm_status status = vm_instantiate(store, module, &schedule, resolve, store, &fuel, &made, &error);
        CHECK(status == VM_OK || (status == VM_RESOURCE && error.code == VM_ERROR_OUT_OF_MEMORY) ||
              status == VM_UNLINKABLE);
        if (status == VM_OK) {
            CHECK(made.trap == VM_TRAP_NONE);
            vm_machine_begin(machine, vm_instance_function(made.instance, 1), NULL, 0, &schedule, UINT64_MAX);
            const enum vm_run_state state = vm_machine_run(machine, UINT64_MAX);
            CHECK(state == VM_RUN_DONE || state == VM_RUN_FAILED);
            finished = state == VM_RUN_DONE;
            CHECK(!finished || vm_machine_results(machine)[0] == 6);
        }
    }
    vm_machine_free(machine);
    vm_store_free(store);
    CHECK_U64(failing->bytes, 0);
    return finished;
}

static void test_failing_memory(void) {
    static const uint32_t functions[] = {1};
    build_begin(&build);
    build_import_function(&build, "trap", "i:i");
    build_function(&build, NULL, ":i", "",
                   "i32.const 3 memory.grow ref.null funcref i32.const 1000 table.grow 0 i32.add memory.size "
                   "i32.add");
    build_memory(&build, 1, 8);
    build_table(&build, 'r', 1, 5000);
    build_elements(&build, "i32.const 0", 1, functions);
    build_global(&build, 'i', false,
                 "i32.const 1 i32.const 1 i32.const 1 i32.const 1 i32.const 1 i32.const 1 i32.const 1 i32.const 1 "
                 "i32.const 1 i32.add i32.add i32.add i32.add i32.add i32.add i32.add i32.add");
    struct vm_module *const module = build_module(&build, &schedule);
    uint64_t times = 0;
    bool finished = false;
    for (; !finished && times < 100; times++) {
        check_context("allocation %" PRIu64 " fails", times);
        struct failing failing = {times, 0};
        finished = run_failing(&failing, module);
    }
    check_context("allocations");
    CHECK(finished && times > 8);
    vm_module_free(module);
}

int main(void) {
    schedule = vm_default_schedule();
    test_frames();
    test_caps();
    test_host();
    test_two_instances();
    test_schedules();
    test_watching();
    test_threads();
    test_failing_memory();
    return check_done();
}
