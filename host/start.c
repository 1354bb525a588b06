/* host/start.c - what runs of a contract begin from: the image of a fresh instance, or of one that was initialized. */
#include <inttypes.h>

#include "host/runner.h"

const char *host_start_name(enum host_start start) {
    return start == HOST_START_SNAPSHOT ? "snapshot" : "each_call";
}

enum vm_status host_contract_prepare(struct host_contract *contract, const struct host_config *config,
                                     const struct vm_allocator *allocator, struct vm_error *error) {
    const struct vm_schedule *const schedule = &config->schedule.vm;
    contract->instantiation_price = vm_instantiation_price(contract->module, schedule);
    struct host_runner *const runner = host_runner_make(config, allocator);
    if (runner == NULL)
        return vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    const struct host_request request = {.contract = contract};
    vm_store_reserve_none(runner->store);
    host_runner_reset(runner, &request);
    uint64_t fuel = UINT64_MAX;
    struct vm_instantiation made = {0};
    enum vm_status status =
        vm_instantiate(runner->store, contract->module, schedule, host_runner_resolve, runner, &fuel, &made, error);
    if (runner->run.failed)
        status = vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    else if (status == VM_LIMIT)
        status = VM_OK;
    if (status == VM_OK && made.instance != NULL && made.trap == VM_TRAP_NONE) {
        contract->image = vm_image_take(made.instance, &contract->module->arena);
        if (contract->image == NULL)
            status = vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    }
    host_runner_free(runner);
    return status;
}

/* The words for an initialization that did not return. */
static enum vm_status fail_initialization(const struct host_runner *runner, struct vm_error *error) {
    const struct vm_trap *const trap = &runner->outcome.trap;
    const struct vm_module *const module = runner->request->contract->module;
    if (trap->function == VM_NO_FUNCTION)
        return vm_fail(error, VM_ERROR_INITIALIZATION, 0, "%s before anything of it could be run",
                       vm_trap_words(trap->kind));
    const struct vm_bytes name = vm_module_function_name(module, trap->function);
    const int shown = name.size < 64 ? (int)name.size : 64;
    return vm_fail(error, VM_ERROR_INITIALIZATION, trap->offset,
                   "%s in function %" PRIu32 " \"%.*s\", after %" PRIu64 " fuel", vm_trap_words(trap->kind),
                   trap->function, shown, shown == 0 ? "" : (const char *)name.data, runner->outcome.fuel_used);
}

/* Runs start function and _initialize to their end.  VM_OK: the runner's instance has what they left. */
static enum vm_status initialize(struct host_runner *runner, const struct host_request *request,
                                 struct vm_error *error) {
    runner->only_initializes = true;
    if (runner->other != NULL)
        runner->other->only_initializes = true;
    enum host_run_state state = host_runner_begin(runner, request);
    while (state == HOST_RUN_PAUSED)
        state = host_runner_continue(runner, UINT64_MAX);
    if (state != HOST_RUN_FINISHED)
        return vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0,
                       runner->differs ? "the two engines do not agree about its initialization" : NULL);
    return runner->outcome.trap.kind == VM_TRAP_NONE ? VM_OK : fail_initialization(runner, error);
}

/* The image of what was left; both engines must have left the same. */
static enum vm_status take_image(const struct host_runner *runner, struct vm_module *module,
                                 const struct vm_image **image, struct vm_error *error) {
    *image = vm_image_take(runner->instance, &module->arena);
    if (*image == NULL)
        return vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    if (runner->other == NULL)
        return VM_OK;
    struct vm_arena arena;
    vm_arena_init(&arena, &module->arena.allocator);
    const struct vm_image *const other = vm_image_take(runner->other->instance, &arena);
    const bool equal = other != NULL && vm_image_equal(*image, other, module);
    vm_arena_clear(&arena);
    return equal ? VM_OK
                 : vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0,
                           other == NULL ? NULL : "the two engines do not agree about its initialization");
}

enum vm_status host_contract_snapshot(struct host_contract *contract, const struct host_config *config,
                                      const struct vm_allocator *allocator, struct vm_error *error) {
    if (!contract->form.starts && !contract->form.initializes)
        return vm_fail(error, VM_ERROR_INITIALIZATION, 0,
                       "it has no start function and exports no \"" HOST_INITIALIZE
                       "\" of type [] -> []: there is nothing to run once");
    struct host_runner *const runner = host_runner_new(config, allocator);
    if (runner == NULL)
        return vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    const struct host_request request = {.contract = contract, .fuel_limit = UINT64_MAX};
    const struct vm_image *image = NULL;
    enum vm_status status = initialize(runner, &request, error);
    if (status == VM_OK)
        status = take_image(runner, contract->module, &image, error);
    size_t size = 0;
    uint8_t *const state =
        status != VM_OK ? NULL : host_snapshot_state(image, contract->module, 0, 1, allocator, &size);
    if (status == VM_OK && state == NULL)
        status = vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    if (status == VM_OK)
        host_contract_begin_from(contract, config, image, vm_bytes(state, size),
                                 runner->outcome.fuel_used - runner->outcome.fuel_instantiation);
    vm_release(allocator, state, size + 1);
    host_runner_free(runner);
    return status;
}
