/* vm/fast/engine.c - the fast and the plain engine take turns. */
#include "vm/fast/engine.h"

#include <string.h>

#include "vm/code.h"
#include "vm/fast/fast.h"
#include "vm/fast/run.h"
#include "vm/leb128.h"

/* More fuel than this is not in the register at once, so that potentials can be added to it. */
#define GREATEST_FUEL (UINT64_C(1) << 62)

/* True if the module's code was made for the prices of this run. */
static bool check_prices(struct vm_machine *machine, const struct vm_fast_code *code) {
    if (machine->fast.checked == code)
        return true;
    if (memcmp(&code->schedule, machine->schedule, sizeof code->schedule) != 0)
        return false;
    machine->fast.checked = code;
    return true;
}

static const struct vm_fast_loop *find_loop(const struct vm_fast_function *function, uint32_t offset) {
    uint32_t low = 0, high = function->loop_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (function->loops[middle].offset == offset)
            return &function->loops[middle];
        if (function->loops[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Translates a function that is called for the first time.  That is no fuel, but work: it is done if the slice, or the
 * fuel that is left, covers a unit for each byte of the function, so that nothing takes longer than what it may use. */
static const union vm_word *make(struct vm_machine *machine, const struct vm_frame *frame, uint32_t index,
                                 uint64_t budget) {
    const uint32_t bytes = frame->function->code_end - frame->function->code_start;
    if (machine->fast.made + bytes > budget)
        return vm_fast_later;
    const union vm_word *const start = vm_fast_make(frame->instance->module, index);
    if (start != vm_fast_later)
        machine->fast.made += bytes;
    return start;
}

const union vm_word *vm_fast_find(struct vm_machine *machine, const struct vm_frame *frame, uint32_t offset,
                                  uint64_t budget, uint32_t *potential) {
    const struct vm_module *const module = frame->instance->module;
    const struct vm_fast_code *const code = module->fast;
    if (code == NULL || !check_prices(machine, code))
        return NULL;
    const uint32_t index = module->imported_functions + (uint32_t)(frame->function - module->functions);
    const struct vm_fast_function *const function = &code->functions[index];
    const union vm_word *start = vm_fast_start(function);
    if (start == vm_fast_later)
        start = make(machine, frame, index, budget);
    if (!vm_fast_is_code(start))
        return NULL;
    if (offset == frame->function->code_start) {
        *potential = function->entry;
        return budget < start[-1].bits - function->entry ? NULL : start;
    }
    const struct vm_fast_loop *const loop = find_loop(function, offset);
    if (loop == NULL || budget < loop->need - loop->potential)
        return NULL;
    *potential = loop->potential;
    return start + loop->cell;
}

/* Makes a frame one that the plain engine can go on with. */
static void fill_frame(const struct vm_fast_state *state, struct vm_frame *frame, vm_value *locals, uint32_t offset,
                       uint32_t branch) {
    const struct vm_module *const module = state->instance->module;
    const size_t index = (size_t)(frame->translated - state->code->functions);
    const struct vm_function *const function = &module->functions[index - module->imported_functions];
    frame->instance = state->instance;
    frame->function = function;
    frame->bytes = module->bytes.data;
    frame->pc = module->bytes.data + offset;
    frame->end = module->bytes.data + function->code_end;
    frame->branches = function->branches;
    frame->branch = branch == 0 ? function->branches : function->branches + branch;
    frame->locals = locals;
    frame->operands = locals + frame->translated->param_count + function->local_count;
    frame->result_count = module->types[function->type].result_count;
}

/* The offset behind a call. */
static uint32_t behind_call(const struct vm_module *module, uint32_t offset) {
    const uint8_t *pc = module->bytes.data + offset;
    const bool indirect = *pc++ == VM_CODE_CALL_INDIRECT;
    (void)vm_read_u32(&pc);
    if (indirect)
        (void)vm_read_u32(&pc);
    return (uint32_t)(pc - module->bytes.data);
}

/* Fills the frames around the innermost one, each from the call it is in. */
static void fill_outer(const struct vm_fast_state *state) {
    for (struct vm_frame *frame = state->frame; frame > state->base; frame--) {
        const union vm_word *const place = frame->resume - 4;
        fill_frame(state, frame - 1, frame->outer, behind_call(state->instance->module, place[1].offset),
                   place[1].next_branch);
        frame[-1].call = place[1].offset;
    }
}

static void set_innermost(struct vm_machine *machine, uint32_t offset, uint32_t branch, uint32_t height) {
    const struct vm_fast_state *const state = &machine->fast;
    fill_frame(state, state->frame, state->fp, offset, branch);
    machine->depth = (uint32_t)(state->frame - machine->frames) + 1;
    machine->sp = state->frame->operands + height;
}

/* All that the stay has left is put in its place. */
static void give_way(struct vm_machine *machine, uint32_t offset, uint32_t branch, uint32_t height, uint64_t fuel) {
    set_innermost(machine, offset, branch, height);
    fill_outer(&machine->fast);
    machine->budget = fuel + machine->fast.held;
}

static const struct vm_fast_site *find_site(const struct vm_fast_function *function, uint32_t cell) {
    uint32_t low = 0, high = function->site_count;
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (function->sites[middle].cell <= cell)
            low = middle;
        else
            high = middle;
    }
    return &function->sites[low];
}

static void end_trapped(struct vm_machine *machine) {
    const struct vm_fast_state *const state = &machine->fast;
    const struct vm_fast_function *const function = state->frame->translated;
    const struct vm_fast_site *const site = find_site(function, (uint32_t)(state->pc - vm_fast_start(function)));
    give_way(machine, site->offset, 0, 0, state->fuel - site->potential);
    const struct vm_frame_info where = vm_machine_frame(machine, 0);
    machine->trap.instance = where.instance->number;
    machine->trap.function = where.function;
    machine->trap.offset = where.offset;
    vm_machine_end(machine, (enum vm_trap_kind)state->accumulator);
}

/* The plain engine runs one instruction.  True if the fast one goes on behind it. */
static bool escape(struct vm_machine *machine) {
    struct vm_fast_state *const state = &machine->fast;
    const union vm_word *const cell = state->pc;
    const uint64_t budget = state->fuel - cell[5].spent + state->held, reserve = machine->reserve;
    const uint32_t depth = (uint32_t)(state->frame - machine->frames) + 1;
    set_innermost(machine, cell[3].offset, cell[3].next_branch, cell[4].before);
    if (cell[5].slot == 0 || budget == 0) {
        fill_outer(state);
        machine->budget = budget;
        return false;
    }
    machine->budget = 1;
    machine->reserve = budget + reserve - 1;
    vm_interpreter_run(machine);
    const uint64_t left = machine->budget + machine->reserve, used = budget + reserve - left;
    machine->budget = used < budget ? budget - used : 0;
    machine->reserve = left - machine->budget;
    if (machine->state != VM_RUN_PAUSED || machine->depth != depth || machine->budget < cell[2].need) {
        fill_outer(state);
        return false;
    }
    state->held = machine->budget > GREATEST_FUEL ? machine->budget - GREATEST_FUEL : 0;
    state->fuel = machine->budget - state->held;
    state->pc = cell + vm_cells[VM_CELL_ESCAPE].words;
    return true;
}

/* The outermost function of the stay has returned: its results lie where its locals were. */
static void leave(struct vm_machine *machine) {
    struct vm_fast_state *const state = &machine->fast;
    machine->depth = (uint32_t)(state->base - machine->frames) + 1;
    machine->budget = state->fuel + state->held;
    machine->sp = state->fp + state->base->result_count;
    machine->depth--;
    if (machine->depth > 0)
        return;
    machine->result_count = state->base->result_count;
    machine->state = VM_RUN_DONE;
}

static void begin_stay(struct vm_machine *machine, const union vm_word *pc, uint32_t potential) {
    struct vm_fast_state *const state = &machine->fast;
    struct vm_frame *const frame = &machine->frames[machine->depth - 1];
    struct vm_instance *const instance = frame->instance;
    const struct vm_module *const module = instance->module;
    state->instance = instance;
    state->code = module->fast;
    state->owner = (uint64_t)instance->number + 1;
    state->memory = instance->memory;
    state->tables = instance->tables;
    state->globals = instance->globals;
    state->last = machine->frames + machine->frame_capacity - 1;
    state->highest = machine->frames + machine->peak_frames - 1;
    state->base = frame;
    state->frame = frame;
    state->fp = frame->locals;
    state->accumulator = 0;
    state->pc = pc;
    state->held = machine->budget > GREATEST_FUEL ? machine->budget - GREATEST_FUEL : 0;
    state->fuel = machine->budget - state->held + potential;
    memset(state->exit, 0, sizeof state->exit);
    uint32_t copies;
    state->exit[4] = vm_fast_handlers(&copies)[VM_CELL_EXIT];
    frame->resume = &state->exit[4];
    frame->outer = frame->locals;
    frame->translated =
        &state->code->functions[module->imported_functions + (size_t)(frame->function - module->functions)];
}

/* Runs fast code as long as it goes. */
static void stay(struct vm_machine *machine) {
    struct vm_fast_state *const state = &machine->fast;
    do
        vm_fast_run(machine);
    while (state->reason == VM_FAST_ESCAPE && escape(machine));
    machine->peak_frames = (uint32_t)(state->highest - machine->frames) + 1;
    const union vm_word *const pc = state->pc;
    switch (state->reason) {
    case VM_FAST_EXIT:
        leave(machine);
        return;
    case VM_FAST_ESCAPE:
        return;
    case VM_FAST_REDO:
        give_way(machine, pc[1].offset, pc[1].next_branch, pc[2].before, state->fuel - pc[3].spent);
        return;
    case VM_FAST_SHORT_EDGE: {
        const size_t index = (size_t)(state->frame->translated - state->code->functions);
        const struct vm_module *const module = state->instance->module;
        const struct vm_branch *const taken =
            &module->functions[index - module->imported_functions].branches[pc[2].branch];
        give_way(machine, taken->target, taken->next, taken->height + taken->keep, state->fuel - pc[2].potential);
        return;
    }
    case VM_FAST_SHORT_RETURN:
        give_way(machine, behind_call(state->instance->module, pc[-3].offset), pc[-3].next_branch, pc[-2].after,
                 state->fuel);
        return;
    case VM_FAST_TRAPPED:
        end_trapped(machine);
        return;
    }
}

/* Without a reserve it is not the slice but the fuel that is spent, which the plain engine finds out. */
static bool slice_spent(const struct vm_machine *machine) {
    return machine->budget == 0 && machine->reserve > 0;
}

/* Where the innermost function could go on in fast code.  What was translated is taken off the slice, if more fuel is
 * behind it: all is the same as with a smaller slice. */
static const union vm_word *find(struct vm_machine *machine, uint32_t *potential) {
    const struct vm_frame *const frame = &machine->frames[machine->depth - 1];
    const uint32_t offset = (uint32_t)(frame->pc - frame->bytes);
    const union vm_word *const pc = vm_fast_find(machine, frame, offset, machine->budget, potential);
    const uint64_t made = machine->fast.made;
    if (made == 0 || machine->reserve == 0)
        return pc;
    const uint64_t paid = made < machine->budget ? made : machine->budget;
    machine->fast.made = 0;
    machine->budget -= paid;
    machine->reserve += paid;
    return vm_fast_find(machine, frame, offset, machine->budget, potential);
}

/* Between two stays the plain engine runs at least one instruction: a stay may end where it began. */
void vm_fast_drive(struct vm_machine *machine) {
    do {
        uint32_t potential;
        const union vm_word *const pc = find(machine, &potential);
        if (slice_spent(machine))
            return;
        if (pc != NULL) {
            begin_stay(machine, pc, potential);
            stay(machine);
        }
        if (machine->state != VM_RUN_PAUSED || slice_spent(machine))
            return;
        machine->fast.watch = true;
        vm_interpreter_run(machine);
        machine->fast.watch = false;
    } while (machine->state == VM_RUN_PAUSED && !slice_spent(machine));
}
