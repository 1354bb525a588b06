/* bench/peer.c - the command line of bench/peer.h. */
#include "bench/peer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* CPU time, not time of day: other work on the machine shall count as little as possible. */
static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t resident_bytes(void) {
    unsigned long pages = 0;
    FILE *const stream = fopen("/proc/self/statm", "r");
    if (stream == NULL || fscanf(stream, "%*u %lu", &pages) != 1)
        pages = 0;
    if (stream != NULL)
        fclose(stream);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint8_t *read_file(const char *path, size_t *size) {
    const size_t room = (size_t)64 << 20;
    FILE *const stream = fopen(path, "rb");
    uint8_t *const bytes = stream == NULL ? NULL : malloc(room);
    *size = bytes == NULL ? 0 : fread(bytes, 1, room, stream);
    if (stream != NULL)
        fclose(stream);
    uint8_t *const fitting = *size == 0 ? NULL : realloc(bytes, *size);
    if (fitting == NULL)
        free(*size == 0 ? bytes : NULL);
    return fitting;
}

static int print_info(const struct peer *peer) {
    printf("name=%s\nversion=%s\nfuel=%s\nkind=%s\nbuild=%s\n", peer->name, peer->version, peer->fuel ? "yes" : "no",
           peer->kind, peer->build);
    return 0;
}

static int run(const struct peer *peer, void *module, const char *function, uint32_t argument, unsigned long times) {
    for (unsigned long i = 0; i < times; i++) {
        uint64_t result = 0;
        void *const instance = peer->instantiate(module, function);
        if (instance == NULL)
            return 1;
        const uint64_t start = now();
        const bool good = peer->call(instance, argument, &result);
        const uint64_t end = now();
        peer->drop(instance);
        if (!good)
            return 1;
        printf("%" PRIu64 " %" PRIu64 "\n", result, end - start);
    }
    return 0;
}

static int call(const struct peer *peer, void *module, const char *function, uint32_t argument, unsigned long times) {
    uint64_t result = 0;
    const uint64_t start = now();
    for (unsigned long i = 0; i < times; i++) {
        void *const instance = peer->instantiate(module, function);
        const bool good = instance != NULL && peer->call(instance, argument, &result);
        if (instance != NULL)
            peer->drop(instance);
        if (!good)
            return 1;
    }
    printf("%" PRIu64 " %" PRIu64 "\n", result, now() - start);
    return 0;
}

static int validate(const struct peer *peer, const uint8_t *bytes, size_t size, unsigned long times) {
    if (peer->validate == NULL)
        return PEER_NOT_OFFERED;
    const uint64_t start = now();
    for (unsigned long i = 0; i < times; i++)
        if (!peer->validate(bytes, size))
            return 1;
    printf("0 %" PRIu64 "\n", now() - start);
    return 0;
}

static int load(const struct peer *peer, const uint8_t *bytes, size_t size, unsigned long times) {
    const uint64_t start = now();
    for (unsigned long i = 0; i < times; i++) {
        void *const module = peer->load(bytes, size);
        if (module == NULL)
            return 1;
        peer->unload(module);
    }
    printf("0 %" PRIu64 "\n", now() - start);
    return 0;
}

static int memory(const struct peer *peer, const uint8_t *bytes, size_t size, unsigned long times) {
    void **const modules = calloc(times + 1, sizeof *modules);
    if (modules == NULL)
        return 1;
    /* One is loaded before the first look, so that what all modules share does not count. */
    unsigned long loaded = 0;
    uint64_t before = 0;
    while (loaded <= times && (modules[loaded] = peer->load(bytes, size)) != NULL)
        if (loaded++ == 0)
            before = resident_bytes();
    const uint64_t after = resident_bytes();
    const int status = loaded > times ? 0 : 1;
    while (loaded > 0)
        peer->unload(modules[--loaded]);
    free(modules);
    if (status == 0)
        printf("%" PRIu64 " 0\n", after > before ? after - before : 0);
    return status;
}

static int usage(const struct peer *peer) {
    fprintf(stderr,
            "%s: info | run MODULE FUNCTION ARGUMENT TIMES | call MODULE FUNCTION ARGUMENT TIMES |\n"
            "    validate MODULE TIMES | load MODULE TIMES | memory MODULE TIMES\n",
            peer->name);
    return 2;
}

int peer_main(const struct peer *peer, int count, char **words) {
    if (count == 1 && strcmp(words[0], "info") == 0)
        return print_info(peer);
    const bool calls = count == 5 && (strcmp(words[0], "run") == 0 || strcmp(words[0], "call") == 0);
    const bool loads = count == 3 && (strcmp(words[0], "validate") == 0 || strcmp(words[0], "load") == 0 ||
                                      strcmp(words[0], "memory") == 0);
    if (!calls && !loads)
        return usage(peer);
    size_t size;
    uint8_t *const bytes = read_file(words[1], &size);
    if (bytes == NULL) {
        fprintf(stderr, "%s: %s can't be read\n", peer->name, words[1]);
        return 1;
    }
    const unsigned long times = strtoul(words[count - 1], NULL, 10);
    int status = 1;
    if (calls) {
        void *const module = peer->load(bytes, size);
        const uint32_t argument = (uint32_t)strtoul(words[3], NULL, 10);
        if (module != NULL) {
            status = (words[0][0] == 'r' ? run : call)(peer, module, words[2], argument, times);
            peer->unload(module);
        }
    } else {
        status = (words[0][0] == 'v' ? validate : words[0][0] == 'l' ? load : memory)(peer, bytes, size, times);
    }
    free(bytes);
    return status;
}
