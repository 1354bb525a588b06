/* loader/lower/lower.c - the door: validates the module with its floats, plans, and writes. */
#include "loader/lower/lower.h"

#include "loader/context.h"
#include "loader/lower/lowering.h"

enum vm_status lower_fail_memory(struct lowering *lowering) {
    return vm_fail(lowering->error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
}

enum vm_status lower_check_size(struct lowering *lowering, const struct loader_writer *writer) {
    if (writer->failed)
        return lower_fail_memory(lowering);
    if (writer->size <= lowering->most)
        return VM_OK;
    return vm_fail(lowering->error, VM_ERROR_OVER_LIMIT, 0,
                   "module_bytes: the module would be over %llu bytes with its floats lowered",
                   (unsigned long long)lowering->most);
}

static enum vm_status lower(struct lowering *lowering, const struct vm_allocator *allocator, struct vm_bytes *out) {
    TRY(lower_find_routines(lowering, allocator));
    TRY(lower_plan(lowering));
    /* What was lowered before has marked types, but no floats. */
    if (lowering->has_floats || (lowering->has_marks && !lower_is_lowered(lowering->module)))
        TRY(lower_write_module(lowering));
    else
        loader_write_bytes(&lowering->out, lowering->module->bytes);
    return loader_writer_finish(&lowering->out, out) ? VM_OK : lower_fail_memory(lowering);
}

enum vm_status loader_lower(struct vm_bytes bytes, const struct loader_options *options,
                            const struct vm_allocator *allocator, struct vm_bytes *out, struct vm_error *error) {
    /* What instructions cost is judged in the lowered module: here each has a price. */
    const struct vm_schedule schedule = vm_default_schedule();
    const struct loader_options lazy = {options->limits, options->features, &schedule, LOADER_LAZY};
    struct vm_module *module;
    *out = (struct vm_bytes){NULL, 0};
    TRY(loader_load_as_is(bytes, &lazy, allocator, &module, error));
    const uint64_t most = options->limits->module_bytes;
    struct lowering lowering = {.module = module,
                                .most = most < UINT32_MAX ? most : UINT32_MAX,
                                .error = error,
                                .traps = options->policy == LOADER_LAZY};
    vm_arena_init(&lowering.arena, allocator);
    loader_writer_init(&lowering.out, allocator);
    loader_writer_init(&lowering.section, allocator);
    loader_writer_init(&lowering.body, allocator);
    const enum vm_status status = lower(&lowering, allocator, out);
    loader_writer_clear(&lowering.out);
    loader_writer_clear(&lowering.section);
    loader_writer_clear(&lowering.body);
    vm_arena_clear(&lowering.arena);
    vm_module_free(lowering.routines);
    vm_module_free(module);
    return status;
}
