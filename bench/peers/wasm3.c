/* bench/peers/wasm3.c - wasm3 behind the command line of bench/peer.h.  It has no fuel.
 *
 * wasm3 does not validate, and a module can be put into one runtime only: a fresh instance is parsed anew. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/peer.h"
#include <m3_env.h>
#include <wasm3.h>

enum { STACK_BYTES = 64 << 10 };

struct loaded {
    const uint8_t *bytes;
    size_t size;
    IM3Environment environment;
    IM3Runtime runtime;
    IM3Function function;
};

static bool good(const char *what, M3Result result) {
    if (result != m3Err_none)
        fprintf(stderr, "wasm3: %s: %s\n", what, result);
    return result == m3Err_none;
}

static void drop(void *any) {
    struct loaded *const loaded = any;
    m3_FreeRuntime(loaded->runtime);
    m3_FreeEnvironment(loaded->environment);
    free(loaded);
}

static struct loaded *parse(const uint8_t *bytes, size_t size) {
    struct loaded *const loaded = calloc(1, sizeof *loaded);
    if (loaded == NULL)
        return NULL;
    *loaded = (struct loaded){.bytes = bytes, .size = size, .environment = m3_NewEnvironment()};
    loaded->runtime = m3_NewRuntime(loaded->environment, STACK_BYTES, NULL);
    IM3Module module = NULL;
    if (good("parse", m3_ParseModule(loaded->environment, &module, bytes, (uint32_t)size)) &&
        good("load", m3_LoadModule(loaded->runtime, module)))
        return loaded;
    drop(loaded);
    return NULL;
}

static void *load(const uint8_t *bytes, size_t size) {
    struct loaded *const loaded = parse(bytes, size);
    if (loaded == NULL || good("translate", m3_CompileModule(loaded->runtime->modules)))
        return loaded;
    drop(loaded);
    return NULL;
}

static void *instantiate(void *any, const char *function) {
    const struct loaded *const from = any;
    struct loaded *const loaded = parse(from->bytes, from->size);
    if (loaded == NULL || good(function, m3_FindFunction(&loaded->function, loaded->runtime, function)))
        return loaded;
    drop(loaded);
    return NULL;
}

static bool call(void *any, uint32_t argument, uint64_t *result) {
    struct loaded *const loaded = any;
    return good("call", m3_CallV(loaded->function, argument)) &&
           good("result", m3_GetResultsV(loaded->function, result));
}

int main(int count, char **words) {
    const struct peer peer = {.name = "wasm3",
                              .version = M3_VERSION,
                              .kind = "interpreter",
                              .build = PEER_BUILD,
                              .load = load,
                              .instantiate = instantiate,
                              .call = call,
                              .drop = drop,
                              .unload = drop};
    return peer_main(&peer, count - 1, words + 1);
}
