/* vm/module.c - questions to a checked module, and its end. */
#include "vm/module.h"

#include "vm/fast/fast.h"

void vm_module_free(struct vm_module *module) {
    if (module == NULL)
        return;
    vm_fast_free(module->fast);
    /* The module lies in its own arena: the arena's head must outlive it. */
    struct vm_arena arena = module->arena;
    vm_arena_clear(&arena);
}

size_t vm_module_bytes(const struct vm_module *module) {
    const size_t late = module->fast == NULL ? 0 : atomic_load_explicit(&module->fast->held, memory_order_relaxed);
    return module->arena.used + late;
}

const struct vm_export *vm_module_find_export(const struct vm_module *module, struct vm_bytes name) {
    for (uint32_t i = 0; i < module->export_count; i++) {
        if (vm_bytes_equal(module->exports[i].name, name))
            return &module->exports[i];
    }
    return NULL;
}

/* The field name of the function import with this index in the function index space. */
static struct vm_bytes import_name(const struct vm_module *module, uint32_t function) {
    for (uint32_t i = 0; i < module->import_count; i++) {
        if (module->imports[i].kind != VM_EXTERN_FUNCTION)
            continue;
        if (function == 0)
            return module->imports[i].name;
        function--;
    }
    return (struct vm_bytes){NULL, 0};
}

struct vm_bytes vm_module_function_name(const struct vm_module *module, uint32_t function) {
    if (function >= module->function_count)
        return (struct vm_bytes){NULL, 0};
    if (module->function_names != NULL && module->function_names[function].size != 0)
        return module->function_names[function];
    for (uint32_t i = 0; i < module->export_count; i++) {
        if (module->exports[i].kind == VM_EXTERN_FUNCTION && module->exports[i].index == function)
            return module->exports[i].name;
    }
    if (function < module->imported_functions)
        return import_name(module, function);
    return (struct vm_bytes){NULL, 0};
}
