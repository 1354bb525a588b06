/* bench/peers/native.c - the floor: the kernel's own C source, compiled natively, behind the command line of
 * bench/peer.h.  Offers those kernels that bench/peers/build found a source of: NATIVE/NAME.so for NAME.wasm. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/peer.h"

struct loaded {
    char path[1024];
    void *library;
    int64_t (*run)(int32_t);
};

static bool call(void *any, uint32_t argument, uint64_t *result) {
    const struct loaded *const loaded = any;
    *result = (uint64_t)loaded->run((int32_t)argument);
    return true;
}

static void drop(void *any) {
    struct loaded *const loaded = any;
    dlclose(loaded->library);
    free(loaded);
}

/* A library that is opened anew has its variables as they were: that is a fresh instance. */
static void *instantiate(void *path, const char *function) {
    struct loaded *const loaded = calloc(1, sizeof *loaded);
    if (loaded == NULL)
        return NULL;
    loaded->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *const symbol = loaded->library == NULL ? NULL : dlsym(loaded->library, function);
    memcpy(&loaded->run, &symbol, sizeof symbol);
    if (symbol != NULL)
        return loaded;
    fprintf(stderr, "native: %s\n", dlerror());
    if (loaded->library != NULL)
        dlclose(loaded->library);
    free(loaded);
    return NULL;
}

static char library[1024];

static void *load(const uint8_t *bytes, size_t size) {
    (void)bytes, (void)size;
    return library;
}

static void unload(void *module) {
    (void)module;
}

/* Whether two files are the same: a source of that name may belong to another module of that name. */
static bool same_files(const char *one, const char *other) {
    FILE *const a = fopen(one, "rb"), *const b = fopen(other, "rb");
    int x = 0, y = 0;
    while (a != NULL && b != NULL && x == y && x != EOF) {
        x = fgetc(a);
        y = fgetc(b);
    }
    if (a != NULL)
        fclose(a);
    if (b != NULL)
        fclose(b);
    return a != NULL && b != NULL && x == y;
}

int main(int count, char **words) {
    const struct peer peer = {.name = "native",
                              .version = "C",
                              .kind = "compiler",
                              .build = PEER_BUILD,
                              .load = load,
                              .instantiate = instantiate,
                              .call = call,
                              .drop = drop,
                              .unload = unload};
    if (count > 2) {
        char module[1024];
        const char *const slash = strrchr(words[2], '/'), *const name = slash == NULL ? words[2] : slash + 1;
        const int length = (int)strcspn(name, ".");
        snprintf(library, sizeof library, "%s/%.*s.so", NATIVE, length, name);
        snprintf(module, sizeof module, "%s/%.*s.wasm", NATIVE, length, name);
        if (strcmp(words[1], "run") != 0 || !same_files(words[2], module))
            return PEER_NOT_OFFERED;
    }
    return peer_main(&peer, count - 1, words + 1);
}
