/* bench/self.c - our own engines behind the command line of bench/peer.h, so that they are asked as the peers are:
 *
 *   delavm-bench peer fast|lazy|fold-off|plain ...
 *
 * and one command more, that only ours have: `fuel MODULE FUNCTION ARGUMENT`, a line "RESULT FUEL". */
#include "bench/self.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/peer.h"
#include "host/host.h"
#include "server/memory.h"
#include "vm/fast/fast.h"
#include "vm/image.h"

const char *const self_engines[SELF_ENGINE_COUNT] = {"fast", "lazy", "fold-off", "plain"};

#if defined __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* A module, and what every instance of it begins with, once there has been one. */
struct loaded {
    struct vm_module *module;
    struct vm_arena arena;
    const struct vm_image *image;
};

/* One instance at a time, in a store and a machine that are kept, and put back for the next call: how a worker of the
 * server runs one call after the other. */
static struct {
    struct host_config config;
    struct loader_options loading;
    struct vm_allocator allocator;
    struct vm_allocator modules; /* as the server's */
    enum vm_engine engine;
    bool fold;
    bool lazy;
    struct vm_store *store;
    struct vm_machine *machine;
    struct vm_instance *instance;
    const struct vm_image *image; /* of which `instance` was made */
    vm_value function;
} self;

/* translation: or NULL */
static struct vm_module *load_module(const uint8_t *bytes, size_t size, const struct vm_fast_options *translation) {
    struct vm_module *module = NULL;
    struct vm_error error;
    if (loader_load_translated(vm_bytes(bytes, size), &self.loading, translation, &self.modules, &module, &error) ==
        VM_OK)
        return module;
    fprintf(stderr, "delavm: %s at offset %" PRIu64 "\n", error.message, (uint64_t)error.offset);
    return NULL;
}

static bool validate(const uint8_t *bytes, size_t size) {
    struct vm_module *const module = load_module(bytes, size, NULL);
    vm_module_free(module);
    return module != NULL;
}

static void *load(const uint8_t *bytes, size_t size) {
    struct loaded *const loaded = calloc(1, sizeof *loaded);
    const struct vm_fast_options fast = {.fold = self.fold, .lazy = self.lazy};
    if (loaded == NULL)
        return NULL;
    loaded->module = load_module(bytes, size, self.engine == VM_ENGINE_PLAIN ? NULL : &fast);
    if (loaded->module != NULL) {
        vm_arena_init(&loaded->arena, &self.allocator);
        return loaded;
    }
    free(loaded);
    return NULL;
}

static void unload(void *any) {
    struct loaded *const loaded = any;
    vm_store_clear(self.store);
    self.image = NULL;
    vm_arena_clear(&loaded->arena);
    vm_module_free(loaded->module);
    free(loaded);
}

/* An image, taken of the first instance. */
static bool take_image(struct loaded *loaded) {
    struct vm_instantiation made;
    struct vm_error error;
    uint64_t fuel = UINT64_MAX;
    vm_store_clear(self.store);
    if (vm_instantiate(self.store, loaded->module, &self.config.schedule.vm, NULL, NULL, &fuel, &made, &error) ==
            VM_OK &&
        made.trap == VM_TRAP_NONE)
        loaded->image = vm_image_take(made.instance, &loaded->arena);
    vm_store_clear(self.store);
    return loaded->image != NULL;
}

static bool make_instance(struct loaded *loaded, const char *function) {
    struct vm_error error;
    struct vm_extern export;
    vm_store_clear(self.store);
    self.image = NULL;
    if ((loaded->image == NULL && !take_image(loaded)) ||
        vm_image_instantiate(self.store, loaded->module, loaded->image, NULL, NULL, &self.instance, &error) != VM_OK ||
        !vm_instance_export(self.store, self.instance, vm_bytes_of_text(function), &export) ||
        export.kind != VM_EXTERN_FUNCTION)
        return false;
    self.function = export.of.function;
    self.image = loaded->image;
    return true;
}

static void *instantiate(void *any, const char *function) {
    struct loaded *const loaded = any;
    if (self.image != NULL && self.image == loaded->image) {
        vm_image_restore(self.instance, self.image);
        return &self;
    }
    if (make_instance(loaded, function))
        return &self;
    fprintf(stderr, "delavm: it can't be instantiated, or has no function %s\n", function);
    return NULL;
}

static bool call(void *instance, uint32_t argument, uint64_t *result) {
    (void)instance;
    const vm_value value = argument;
    vm_machine_begin(self.machine, self.function, &value, 1, &self.config.schedule.vm, UINT64_MAX);
    if (vm_machine_run(self.machine, UINT64_MAX) == VM_RUN_DONE && vm_machine_result_count(self.machine) == 1) {
        *result = vm_machine_results(self.machine)[0];
        return true;
    }
    fputs("delavm: it trapped\n", stderr);
    return false;
}

static void drop(void *instance) {
    (void)instance;
}

static int print_fuel(char **words) {
    const struct vm_bytes bytes = bench_read_file(".", words[0]);
    void *const module = bytes.data == NULL ? NULL : load(bytes.data, bytes.size);
    uint64_t result = 0;
    const bool good = module != NULL && instantiate(module, words[1]) != NULL &&
                      call(&self, (uint32_t)strtoul(words[2], NULL, 10), &result);
    if (good)
        printf("%" PRIu64 " %" PRIu64 "\n", result, vm_machine_usage(self.machine).fuel);
    if (module != NULL)
        unload(module);
    free((void *)(uintptr_t)bytes.data);
    return good ? 0 : 1;
}

int self_main(int count, char **words) {
    size_t which = 0;
    while (which < SELF_ENGINE_COUNT && (count == 0 || strcmp(words[0], self_engines[which]) != 0))
        which++;
    if (which == SELF_ENGINE_COUNT) {
        fputs("delavm-bench peer fast|lazy|fold-off|plain COMMAND...\n", stderr);
        return 2;
    }
    host_config_init(&self.config, VM_COMPAT);
    self.loading = (struct loader_options){&self.config.limits, &self.config.features, &self.config.schedule.vm,
                                           self.config.policy};
    self.allocator = vm_system_allocator();
    self.modules = server_memory_for_modules();
    self.engine = strcmp(words[0], "plain") == 0 ? VM_ENGINE_PLAIN : VM_ENGINE_FAST;
    self.lazy = strcmp(words[0], "lazy") == 0;
    self.fold = self.lazy || strcmp(words[0], "fast") == 0;
    self.store = vm_store_new(&self.allocator, &self.config.limits);
    self.machine = self.store == NULL ? NULL : vm_machine_new(self.store);
    int status = 1;
    if (self.machine == NULL) {
        fputs("delavm: out of memory\n", stderr);
    } else {
        vm_machine_set_engine(self.machine, self.engine);
        const struct peer peer = {self_engines[which],
                                  HOST_VERSION_TEXT,
                                  true,
                                  "interpreter",
                                  COMPILER,
                                  validate,
                                  load,
                                  instantiate,
                                  call,
                                  drop,
                                  unload};
        if (count == 5 && strcmp(words[1], "fuel") == 0)
            status = print_fuel(words + 2);
        else
            status = peer_main(&peer, count - 1, words + 1);
    }
    vm_machine_free(self.machine);
    vm_store_free(self.store);
    return status;
}
