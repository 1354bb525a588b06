/* host/runner.c - one call from request to outcome: instance, machine, limits, receipt.
 *
 * A run has stages, each a call of one function: the start function and _initialize, if there are such; for a text
 * function malloc, for room for the request's text; then the entry.  A stage begins with the fuel that those before it
 * left.
 *
 * A runner is made once for each worker.  Between runs everything is reset and nothing given back, so that a call of a
 * small contract asks the allocator for nothing. */
#include "host/runner.h"

#include "host/answer.h"
#include "host/call.h"
#include "host/receipt.h"

static const vm_host_entry entries[HOST_IMPORT_COUNT] = {
#define IMPORT(name, params, results, base, amount, per, function, documentation)                                      \
    [HOST_IMPORT_##name] = host_call_##function,
#include "host/imports.def"
#define WASI(name, params, results, base, amount, per, function, documentation)                                        \
    [HOST_IMPORT_##name] = host_wasi_##function,
#include "host/wasi.def"
};
_Static_assert(HOST_IMPORT_COUNT <= UINT8_MAX, "struct host_contract keeps rows in bytes");

/* The caller's allocator with an account. */
static void *counting_resize(void *context, void *old, size_t old_size, size_t new_size) {
    struct host_runner *const runner = context;
    void *const pointer = runner->outer.resize(runner->outer.context, old, old_size, new_size);
    if (pointer != NULL || new_size == 0)
        runner->bytes = runner->bytes - old_size + new_size;
    return pointer;
}

static void init_functions(struct host_runner *runner) {
    for (uint32_t i = 0; i < HOST_IMPORT_COUNT; i++) {
        const uint32_t params = (uint32_t)strlen(host_import_rows[i].params);
        const uint32_t values = host_import_type((enum host_import)i, runner->types[i]);
        runner->functions[i] = (struct vm_host_function){
            .module = host_import_rows[i].module,
            .name = host_import_rows[i].name,
            .type = {runner->types[i], params, values - params},
            .base_price = runner->config->schedule.imports[i].base,
            .entry = entries[i],
        };
    }
}

struct host_runner *host_runner_make(const struct host_config *config, const struct vm_allocator *allocator) {
    struct host_runner *const runner = vm_allocate(allocator, sizeof *runner);
    if (runner == NULL)
        return NULL;
    runner->config = config;
    runner->outer = *allocator;
    runner->bytes = sizeof *runner;
    init_functions(runner);

    struct host_run *const run = &runner->run;
    run->config = config;
    run->allocator = (struct vm_allocator){counting_resize, runner};
    vm_arena_init(&run->arena, &run->allocator);
    host_storage_init(&run->storage, &config->limits, &run->allocator, &run->arena);
    host_effects_init(&run->effects, &config->limits, &run->allocator, &run->arena);
    host_wasi_init(&run->wasi);
    run->scratch.width = 1;
    runner->state = HOST_RUN_FAILED;
    runner->store = vm_store_new(&run->allocator, &config->limits);
    if (runner->store != NULL)
        return runner;
    host_runner_free(runner);
    return NULL;
}

/* With one engine, whatever the configuration says about checks. */
static struct host_runner *new_runner(const struct host_config *config, const struct vm_allocator *allocator,
                                      enum vm_engine engine) {
    struct host_runner *const runner = host_runner_make(config, allocator);
    if (runner == NULL)
        return NULL;
    runner->machine = vm_machine_new(runner->store);
    if (runner->machine == NULL) {
        host_runner_free(runner);
        return NULL;
    }
    vm_machine_set_engine(runner->machine, engine);
    return runner;
}

struct host_runner *host_runner_new(const struct host_config *config, const struct vm_allocator *allocator) {
    struct host_runner *const runner = new_runner(config, allocator, config->engine);
    if (runner == NULL || !config->check)
        return runner;
    runner->other = new_runner(config, allocator, config->engine == VM_ENGINE_PLAIN ? VM_ENGINE_FAST : VM_ENGINE_PLAIN);
    if (runner->other != NULL)
        return runner;
    host_runner_free(runner);
    return NULL;
}

void host_runner_free(struct host_runner *runner) {
    if (runner == NULL)
        return;
    host_runner_free(runner->other); /* which has no other */
    if (runner->machine != NULL)
        vm_machine_free(runner->machine);
    vm_store_free(runner->store);
    host_storage_free(&runner->run.storage);
    host_effects_free(&runner->run.effects);
    host_wasi_free(&runner->run.wasi, &runner->run.allocator);
    host_buffer_free(&runner->run.scratch, &runner->run.allocator);
    vm_arena_clear(&runner->run.arena);
    const struct vm_allocator outer = runner->outer;
    vm_release(&outer, runner, sizeof *runner);
}

size_t host_runner_bytes(const struct host_runner *runner) {
    return runner->bytes + (runner->other == NULL ? 0 : runner->other->bytes);
}

size_t host_runner_reserved(const struct host_runner *runner) {
    return vm_store_reserved(runner->store) + (runner->other == NULL ? 0 : vm_store_reserved(runner->other->store));
}

struct vm_machine *host_runner_machine(struct host_runner *runner) {
    return runner->machine;
}

const struct host_outcome *host_runner_outcome(const struct host_runner *runner) {
    return &runner->outcome;
}

const char *host_status_name(enum host_status status) {
    switch (status) {
    case HOST_ACCEPTED:
        return "accepted";
    case HOST_REJECTED:
        return "rejected";
    case HOST_TRAPPED:
        return "trapped";
    case HOST_OUT_OF_FUEL:
        return "out_of_fuel";
    case HOST_NEED_KEYS:
        return "need_keys";
    }
    return "unknown";
}

/* ---- The end of a run ------------------------------------------------------------------------------------------- */

static struct vm_bytes bytes_of(const struct host_buffer *buffer) {
    return vm_bytes(buffer->data, buffer->count);
}

/* What each way to end lets out; the rest of the outcome stays empty. */
static void release_effects(struct host_runner *runner) {
    struct host_outcome *const outcome = &runner->outcome;
    const struct host_storage *const storage = &runner->run.storage;
    const struct host_effects *const effects = &runner->run.effects;
    if (outcome->status == HOST_ACCEPTED) {
        outcome->result = bytes_of(&effects->result);
        outcome->writes = storage->write_entries.data;
        outcome->write_count = (uint32_t)storage->write_entries.count;
        outcome->events = effects->events.data;
        outcome->event_count = (uint32_t)effects->events.count;
    }
    if (outcome->status == HOST_REJECTED)
        outcome->message = bytes_of(&effects->message);
    if (outcome->status == HOST_NEED_KEYS) {
        outcome->needed = storage->needed_keys.data;
        outcome->needed_count = (uint32_t)storage->needed_keys.count;
        outcome->needed_read = storage->needed_read;
    }
    outcome->reads = storage->read_entries.data;
    outcome->read_count = (uint32_t)storage->read_entries.count;
    outcome->logs = effects->logs.data;
    outcome->log_count = (uint32_t)effects->logs.count;
    outcome->logs_dropped = effects->logs_dropped;
}

static enum host_run_state end_run(struct host_runner *runner, enum host_status status) {
    struct host_outcome *const outcome = &runner->outcome;
    struct host_run *const run = &runner->run;
    outcome->status = status;
    if (!host_wasi_finish(&run->wasi, &run->effects) || !host_storage_finish(&run->storage))
        return runner->state = HOST_RUN_FAILED;
    release_effects(runner);
    const struct vm_memory *const memory = runner->instance == NULL ? NULL : vm_instance_memory(runner->instance, 0);
    outcome->memory_pages = memory == NULL ? 0 : (uint32_t)vm_started_pages(&memory->type, memory->pages);
    outcome->receipt = host_receipt(runner->config, runner->request, outcome);
    return runner->state = HOST_RUN_FINISHED;
}

/* The guest's stack, for people. */
static void show_frames(struct host_runner *runner) {
    struct host_outcome *const outcome = &runner->outcome;
    outcome->depth = vm_machine_depth(runner->machine);
    outcome->frame_count = outcome->depth < HOST_FRAMES_SHOWN ? outcome->depth : HOST_FRAMES_SHOWN;
    outcome->frames = runner->frames;
    for (uint32_t i = 0; i < outcome->frame_count; i++) {
        const struct vm_frame_info info = vm_machine_frame(runner->machine, i);
        runner->frames[i] = (struct host_frame){
            .function = info.function,
            .offset = info.offset,
            .name = vm_module_function_name(runner->request->contract->module, info.function),
        };
    }
}

/* The instance could not be made: a trap before the first instruction. */
static enum host_run_state end_before_start(struct host_runner *runner, enum vm_trap_kind kind, uint64_t price) {
    runner->outcome.trap = (struct vm_trap){
        .kind = kind,
        .instance = 0,
        .function = VM_NO_FUNCTION,
        .price = kind == VM_TRAP_OUT_OF_FUEL ? price : 0,
    };
    return end_run(runner, kind == VM_TRAP_OUT_OF_FUEL ? HOST_OUT_OF_FUEL : HOST_TRAPPED);
}

/* The contract ended well, or as a program that says how.  What it wrote to stdout is its answer, unless dela.result gave
 * one. */
static enum host_run_state end_with_answer(struct host_runner *runner) {
    struct host_run *const run = &runner->run;
    const struct vm_bytes answer =
        run->effects.has_result ? vm_bytes(NULL, 0) : vm_bytes(run->wasi.output.data, run->wasi.output.count);
    bool accepted;
    if (!host_answer_read(answer, run->wasi.exit_status, &run->effects, &run->arena, &accepted))
        return runner->state = HOST_RUN_FAILED;
    return end_run(runner, accepted ? HOST_ACCEPTED : HOST_REJECTED);
}

static enum host_run_state end_with_trap(struct host_runner *runner) {
    const struct vm_trap *const trap = vm_machine_trap(runner->machine);
    /* What nobody asked for, nobody is answered: before the entry all traps are just that. */
    if (runner->stage == STAGE_ENTER && trap->kind == VM_TRAP_HOST_REJECTED)
        return end_run(runner, HOST_REJECTED);
    if (runner->stage == STAGE_ENTER && trap->kind == VM_TRAP_HOST_NEED_KEYS)
        return end_run(runner, HOST_NEED_KEYS);
    if (runner->stage == STAGE_ENTER && trap->kind == VM_TRAP_HOST_EXIT)
        return end_with_answer(runner);
    runner->outcome.trap = *trap;
    show_frames(runner);
    return end_run(runner, trap->kind == VM_TRAP_OUT_OF_FUEL ? HOST_OUT_OF_FUEL : HOST_TRAPPED);
}

/* A trap between two stages, by what the function of the one before gave. */
static enum host_run_state end_between(struct host_runner *runner, enum vm_trap_kind kind, uint64_t price) {
    const struct vm_module *const module = runner->request->contract->module;
    const uint32_t index = runner->function;
    const bool own = index >= module->imported_functions;
    runner->outcome.trap = (struct vm_trap){
        .kind = kind,
        .function = index,
        .offset = own ? module->functions[index - module->imported_functions].code_start : 0,
        .price = price,
    };
    return end_run(runner, kind == VM_TRAP_OUT_OF_FUEL ? HOST_OUT_OF_FUEL : HOST_TRAPPED);
}

/* ---- Stages ------------------------------------------------------------------------------------------------------ */

static enum host_run_state follow(struct host_runner *runner, enum vm_run_state state);

/* Calls the function of a stage, with the fuel that is left. */
static enum host_run_state begin_stage(struct host_runner *runner, enum stage stage, uint32_t function,
                                       const vm_value *arguments, uint32_t count) {
    const struct host_outcome *const outcome = &runner->outcome;
    runner->stage = stage;
    runner->function = function;
    runner->spent = outcome->fuel_used;
    return follow(runner,
                  vm_machine_begin(runner->machine, vm_instance_function(runner->instance, function), arguments, count,
                                   &runner->config->schedule.vm, outcome->fuel_limit - outcome->fuel_used));
}

/* The same with an exported function. */
static enum host_run_state begin_export(struct host_runner *runner, enum stage stage, struct vm_bytes name,
                                        const vm_value *arguments, uint32_t count) {
    const struct vm_export *const export = vm_module_find_export(runner->request->contract->module, name);
    if (export == NULL || export->kind != VM_EXTERN_FUNCTION)
        return runner->state = HOST_RUN_FAILED; /* the request was not checked */
    return begin_stage(runner, stage, export->index, arguments, count);
}

/* Pays outside the machine, as a call of that host function with so many bytes would. */
static bool pay(struct host_runner *runner, enum host_import import, uint64_t bytes, uint64_t *price) {
    struct host_outcome *const outcome = &runner->outcome;
    *price = vm_price_of(runner->config->schedule.imports[import].price, bytes);
    if (*price > outcome->fuel_limit - outcome->fuel_used)
        return false;
    outcome->fuel_used += *price;
    return true;
}

/* Shows the world of `request` to the contract. */
static void open_world(struct host_runner *runner, const struct host_request *request) {
    struct host_run *const run = &runner->run;
    run->request = request;
    host_storage_begin(&run->storage, request);
    host_effects_begin(&run->effects);
    host_wasi_begin(&run->wasi);
}

/* Makes the call that the request asks for. */
static enum host_run_state enter(struct host_runner *runner) {
    const struct host_request *const request = runner->request;
    const struct vm_bytes name = host_request_entry(request);
    if (runner->run.request != request)
        open_world(runner, request);
    if (host_entry_kind(request->contract->module, name) != HOST_ENTRY_TEXT)
        return begin_export(runner, STAGE_ENTER, name, NULL, 0);
    const vm_value size = request->input.size + 1;
    return begin_export(runner, STAGE_ALLOCATE, vm_bytes_of_text(HOST_ALLOCATE), &size, 1);
}

/* Puts the request's text where malloc has made room for it and calls the text function. */
static enum host_run_state enter_with_text(struct host_runner *runner) {
    const struct host_request *const request = runner->request;
    const struct vm_bytes input = request->input;
    const struct vm_memory *const memory = vm_instance_memory(runner->instance, 0);
    const vm_value address = vm_machine_results(runner->machine)[0];
    uint64_t price;
    if (!pay(runner, HOST_IMPORT_fd_read, (uint64_t)input.size + 1, &price))
        return end_between(runner, VM_TRAP_OUT_OF_FUEL, price);
    if (address == 0 || memory == NULL || !vm_memory_holds(memory, address, (uint64_t)input.size + 1))
        return end_between(runner, VM_TRAP_HOST_OUT_OF_BOUNDS, 0);
    vm_memory_mark(memory, address, (uint64_t)input.size + 1);
    if (input.size != 0)
        memcpy(memory->data + address, input.data, input.size);
    memory->data[address + input.size] = 0;
    return begin_export(runner, STAGE_ENTER, host_request_entry(request), &address, 1);
}

/* The function returned a null pointer: a failure, unless dela.result was given something. */
static enum host_run_state end_without_text(struct host_runner *runner) {
    struct host_run *const run = &runner->run;
    host_buffer_reset(&run->wasi.output);
    if (run->effects.has_result)
        return end_with_answer(runner);
    const struct vm_bytes words = vm_bytes_of_text("the function returned no text");
    return host_effects_message(&run->effects, words) == HOST_EFFECT_DONE ? end_run(runner, HOST_REJECTED)
                                                                          : (runner->state = HOST_RUN_FAILED);
}

/* Takes the text that the function points to.  Its end is looked for as far as a result may go; then it is paid. */
static enum host_run_state take_text(struct host_runner *runner) {
    struct host_run *const run = &runner->run;
    const struct vm_memory *const memory = vm_instance_memory(runner->instance, 0);
    const vm_value address = vm_machine_results(runner->machine)[0];
    uint64_t price;
    if (address == 0)
        return end_without_text(runner);
    if (memory == NULL || !vm_memory_holds(memory, address, 1))
        return end_between(runner, VM_TRAP_HOST_OUT_OF_BOUNDS, 0);
    const uint64_t room = memory->bytes - address, most = runner->config->limits.result_bytes;
    const uint8_t *const text = memory->data + address;
    const uint8_t *const end = memchr(text, 0, (size_t)(room <= most ? room : most + 1));
    if (end == NULL)
        return end_between(runner, room <= most ? VM_TRAP_HOST_OUT_OF_BOUNDS : VM_TRAP_HOST_LIMIT, 0);
    const size_t size = (size_t)(end - text);
    if (!pay(runner, HOST_IMPORT_fd_write, size, &price))
        return end_between(runner, VM_TRAP_OUT_OF_FUEL, price);
    if (!host_buffer_reserve(&run->wasi.output, &run->allocator, size + 1))
        return runner->state = HOST_RUN_FAILED;
    memcpy(run->wasi.output.data, text, size);
    run->wasi.output.count = size;
    return end_with_answer(runner);
}

/* Runs _initialize, unless there is none. */
static enum host_run_state initialize(struct host_runner *runner) {
    if (runner->request->contract->form.initializes)
        return begin_export(runner, STAGE_INITIALIZE, vm_bytes_of_text(HOST_INITIALIZE), NULL, 0);
    return runner->only_initializes ? (runner->state = HOST_RUN_FINISHED) : enter(runner);
}

static enum host_run_state end_stage(struct host_runner *runner) {
    switch (runner->stage) {
    case STAGE_START:
        return initialize(runner);
    case STAGE_INITIALIZE:
        return runner->only_initializes ? (runner->state = HOST_RUN_FINISHED) : enter(runner);
    case STAGE_ALLOCATE:
        return enter_with_text(runner);
    case STAGE_ENTER:
        break;
    }
    return vm_machine_result_count(runner->machine) == 0 ? end_with_answer(runner) : take_text(runner);
}

/* Goes by what the machine did. */
static enum host_run_state follow(struct host_runner *runner, enum vm_run_state state) {
    const struct vm_usage usage = vm_machine_usage(runner->machine);
    struct host_outcome *const outcome = &runner->outcome;
    outcome->fuel_used = runner->spent + usage.fuel;
    outcome->frames_high = usage.frames > outcome->frames_high ? usage.frames : outcome->frames_high;
    outcome->operands_high = usage.operands > outcome->operands_high ? usage.operands : outcome->operands_high;
    if (runner->run.failed)
        return runner->state = HOST_RUN_FAILED;
    switch (state) {
    case VM_RUN_PAUSED:
        return HOST_RUN_PAUSED;
    case VM_RUN_DONE:
        return end_stage(runner);
    case VM_RUN_TRAPPED:
        return end_with_trap(runner);
    case VM_RUN_IDLE:
    case VM_RUN_FAILED:
        break;
    }
    return runner->state = HOST_RUN_FAILED;
}

/* ---- The beginning ---------------------------------------------------------------------------------------------- */

/* Binds an import to the host function of the row that host_contract_load() found for it. */
bool host_runner_resolve(void *context, const struct vm_import *import, struct vm_extern *out) {
    struct host_runner *const runner = context;
    const struct host_contract *const contract = runner->request->contract;
    const uint8_t row = contract->import_row[import - contract->module->imports];
    vm_value *const reference = &runner->references[row];
    if (*reference == VM_NULL_REFERENCE &&
        vm_store_add_host(runner->store, &runner->functions[row], &runner->run, reference) != VM_OK) {
        runner->run.failed = true;
        return false;
    }
    *out = (struct vm_extern){.kind = VM_EXTERN_FUNCTION, .of.function = *reference};
    return true;
}

static void clear_store(struct host_runner *runner) {
    vm_store_clear(runner->store);
    memset(runner->references, 0, sizeof runner->references);
    runner->held.instance = NULL;
}

/* True if the call itself runs start function and _initialize, or one of them. */
static bool initializes(const struct host_contract *contract) {
    return (contract->form.starts || contract->form.initializes) && contract->start == HOST_START_EACH_CALL;
}

/* Forgets the run before, but for the instance. */
void host_runner_reset(struct host_runner *runner, const struct host_request *request) {
    struct host_run *const run = &runner->run;
    if (runner->state == HOST_RUN_FAILED)
        clear_store(runner);
    vm_arena_reset(&run->arena);
    run->failed = false;
    runner->request = request;
    runner->nobody = (struct host_request){.contract = request->contract};
    open_world(runner, initializes(request->contract) ? &runner->nobody : request);
    runner->stage = STAGE_START;
    runner->instance = NULL;
    const uint64_t most = runner->config->limits.fuel;
    runner->outcome = (struct host_outcome){.fuel_limit = request->fuel_limit < most ? request->fuel_limit : most};
    runner->state = HOST_RUN_PAUSED;
}

bool host_runner_holds(const struct host_runner *runner, const struct host_contract *contract) {
    return runner->held.instance != NULL && runner->held.module == contract->module &&
           host_hash_equal(&runner->held.program, &contract->program);
}

/* The instance of a run, from the contract's image: put back if the runner had it last, else made. */
static enum vm_status take_instance(struct host_runner *runner, const struct host_contract *contract) {
    struct vm_error error;
    if (host_runner_holds(runner, contract)) {
        vm_image_restore(runner->held.instance, contract->image);
    } else {
        clear_store(runner);
        const enum vm_status status = vm_image_instantiate(runner->store, contract->module, contract->image,
                                                           host_runner_resolve, runner, &runner->held.instance, &error);
        if (status != VM_OK) {
            clear_store(runner);
            return status;
        }
        runner->held.module = contract->module;
        runner->held.program = contract->program;
    }
    runner->instance = runner->held.instance;
    return VM_OK;
}

/* With an instance that is paid. */
static enum host_run_state begin_stages(struct host_runner *runner) {
    const struct host_contract *const contract = runner->request->contract;
    if (!initializes(contract))
        return enter(runner);
    return contract->form.starts ? begin_stage(runner, STAGE_START, contract->module->start, NULL, 0)
                                 : initialize(runner);
}

/* Without an image: an instance can't be made, and this says why. */
static enum host_run_state begin_without(struct host_runner *runner) {
    const struct host_contract *const contract = runner->request->contract;
    struct host_outcome *const outcome = &runner->outcome;
    uint64_t fuel = outcome->fuel_limit;
    struct vm_instantiation made = {0};
    struct vm_error error;
    clear_store(runner);
    const enum vm_status status = vm_instantiate(runner->store, contract->module, &runner->config->schedule.vm,
                                                 host_runner_resolve, runner, &fuel, &made, &error);
    if (runner->run.failed)
        return runner->state = HOST_RUN_FAILED;
    outcome->fuel_instantiation = outcome->fuel_used = outcome->fuel_limit - fuel;
    runner->instance = made.instance;
    if (status == VM_LIMIT)
        return end_before_start(runner, VM_TRAP_HOST_LIMIT, 0);
    if (status != VM_OK)
        return runner->state = HOST_RUN_FAILED;
    if (made.trap != VM_TRAP_NONE)
        return end_before_start(runner, made.trap, contract->instantiation_price);
    return begin_stages(runner);
}

static enum host_run_state begin(struct host_runner *runner, const struct host_request *request) {
    host_runner_reset(runner, request);
    struct host_outcome *const outcome = &runner->outcome;
    const struct host_contract *const contract = request->contract;
    if (contract->image == NULL)
        return begin_without(runner);
    if (contract->instantiation_price > outcome->fuel_limit)
        return end_before_start(runner, VM_TRAP_OUT_OF_FUEL, contract->instantiation_price);
    if (take_instance(runner, contract) != VM_OK)
        return runner->state = HOST_RUN_FAILED;
    outcome->fuel_instantiation = outcome->fuel_used = contract->instantiation_price;
    return begin_stages(runner);
}

static void go_on(struct host_runner *runner, uint64_t slice) {
    if (runner->state == HOST_RUN_PAUSED)
        follow(runner, vm_machine_run(runner->machine, slice));
}

/* ---- Two engines ------------------------------------------------------------------------------------------------ */

static bool equal_traps(const struct vm_trap *a, const struct vm_trap *b) {
    return a->kind == b->kind && a->instance == b->instance && a->function == b->function && a->offset == b->offset &&
           a->price == b->price;
}

/* What people are shown, besides what the receipt covers. */
static bool equal_shown(const struct host_outcome *a, const struct host_outcome *b) {
    bool equal = a->depth == b->depth && a->frame_count == b->frame_count && a->memory_pages == b->memory_pages &&
                 a->frames_high == b->frames_high && a->operands_high == b->operands_high &&
                 a->log_count == b->log_count && a->logs_dropped == b->logs_dropped;
    for (uint32_t i = 0; equal && i < a->frame_count; i++)
        equal = a->frames[i].function == b->frames[i].function && a->frames[i].offset == b->frames[i].offset;
    for (uint32_t i = 0; equal && i < a->log_count; i++)
        equal = vm_bytes_equal(a->logs[i], b->logs[i]);
    return equal;
}

static bool equal_outcomes(const struct host_outcome *a, const struct host_outcome *b) {
    return host_hash_equal(&a->receipt, &b->receipt) && a->status == b->status && a->fuel_used == b->fuel_used &&
           a->fuel_instantiation == b->fuel_instantiation && equal_traps(&a->trap, &b->trap) && equal_shown(a, b);
}

/* How far the run is: as far as its slower engine.  An outcome is one only if both engines came to it. */
static enum host_run_state settle(struct host_runner *runner) {
    const struct host_runner *const other = runner->other;
    if (other == NULL || runner->state == HOST_RUN_FAILED)
        return runner->state;
    if (other->state == HOST_RUN_FAILED)
        return runner->state = HOST_RUN_FAILED;
    if (runner->state == HOST_RUN_PAUSED || other->state == HOST_RUN_PAUSED)
        return HOST_RUN_PAUSED;
    runner->differs = !equal_outcomes(&runner->outcome, &other->outcome);
    return runner->differs ? runner->state = HOST_RUN_FAILED : HOST_RUN_FINISHED;
}

enum host_run_state host_runner_begin(struct host_runner *runner, const struct host_request *request) {
    runner->differs = false;
    begin(runner, request);
    if (runner->other != NULL)
        begin(runner->other, request);
    return settle(runner);
}

enum host_run_state host_runner_continue(struct host_runner *runner, uint64_t slice) {
    go_on(runner, slice);
    if (runner->other != NULL)
        go_on(runner->other, slice);
    return settle(runner);
}

enum host_run_state host_runner_step(struct host_runner *runner) {
    if (runner->state == HOST_RUN_PAUSED)
        follow(runner, vm_machine_step(runner->machine));
    /* Who steps looks at one machine, so the other one's run need not be cut into steps. */
    if (runner->other != NULL && runner->state != HOST_RUN_PAUSED)
        go_on(runner->other, UINT64_MAX);
    return settle(runner);
}

const struct host_outcome *host_runner_other_outcome(const struct host_runner *runner) {
    return runner->differs ? &runner->other->outcome : NULL;
}
