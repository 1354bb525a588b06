/* bench/peers/wamr.c - the WebAssembly Micro Runtime with its fast interpreter behind the command line of bench/peer.h.
 * It has no fuel in the version that is packaged.  Loading validates and translates everything. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/peer.h"
#include <wasm_export.h>

enum { STACK_BYTES = 64 << 10, WORDS_ROOM = 128 };

/* WAMR writes into the bytes it is given, and refers to them as long as the module lives. */
struct loaded {
    wasm_module_t module;
    uint8_t bytes[];
};

struct instance {
    wasm_module_inst_t instance;
    wasm_exec_env_t environment;
    wasm_function_inst_t function;
};

static void *load(const uint8_t *bytes, size_t size) {
    char words[WORDS_ROOM];
    struct loaded *const loaded = malloc(sizeof *loaded + size);
    if (loaded == NULL)
        return NULL;
    memcpy(loaded->bytes, bytes, size);
    loaded->module = wasm_runtime_load(loaded->bytes, (uint32_t)size, words, sizeof words);
    if (loaded->module != NULL)
        return loaded;
    fprintf(stderr, "wamr: %s\n", words);
    free(loaded);
    return NULL;
}

static void unload(void *any) {
    struct loaded *const loaded = any;
    wasm_runtime_unload(loaded->module);
    free(loaded);
}

static void drop(void *any) {
    struct instance *const made = any;
    if (made->environment != NULL)
        wasm_runtime_destroy_exec_env(made->environment);
    if (made->instance != NULL)
        wasm_runtime_deinstantiate(made->instance);
    free(made);
}

static void *instantiate(void *any, const char *function) {
    char words[WORDS_ROOM] = "out of memory";
    const struct loaded *const loaded = any;
    struct instance *const made = calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    made->instance = wasm_runtime_instantiate(loaded->module, STACK_BYTES, 0, words, sizeof words);
    made->environment = made->instance == NULL ? NULL : wasm_runtime_create_exec_env(made->instance, STACK_BYTES);
    made->function = made->environment == NULL ? NULL : wasm_runtime_lookup_function(made->instance, function, "(i)I");
    if (made->function != NULL)
        return made;
    fprintf(stderr, "wamr: %s can't be instantiated: %s\n", function, words);
    drop(made);
    return NULL;
}

static bool call(void *any, uint32_t argument, uint64_t *result) {
    const struct instance *const made = any;
    uint32_t values[2] = {argument};
    if (!wasm_runtime_call_wasm(made->environment, made->function, 1, values)) {
        fprintf(stderr, "wamr: %s\n", wasm_runtime_get_exception(made->instance));
        return false;
    }
    *result = values[0] | (uint64_t)values[1] << 32;
    return true;
}

int main(int count, char **words) {
    RuntimeInitArgs how = {.mem_alloc_type = Alloc_With_System_Allocator};
    const struct peer peer = {.name = "wamr",
                              .version = PEER_VERSION,
                              .kind = "interpreter",
                              .build = PEER_BUILD,
                              .load = load,
                              .instantiate = instantiate,
                              .call = call,
                              .drop = drop,
                              .unload = unload};
    if (!wasm_runtime_full_init(&how))
        return 1;
    const int status = peer_main(&peer, count - 1, words + 1);
    wasm_runtime_destroy();
    return status;
}
