/* server/store.c - the list of stored modules, their files, and the loaded ones. */
#include "server/store.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "server/answer.h"
#include "server/disk.h"

/* Loaded modules may take this much memory, and be this many, before idle ones are given up. */
enum { BUCKETS = 256, MOST_LOADED = 2048 };
#define MOST_BYTES ((size_t)256 << 20)

/* `lock` protects memory and is never held during I/O or validation; `writing` lets one thread write at a time. */
struct server_store {
    char modules[PATH_MAX];
    const struct host_config *config;
    struct vm_allocator allocator;
    struct server_snapshots *snapshots;
    pthread_mutex_t lock;
    pthread_mutex_t writing;
    struct server_stored *stored; /* sorted by hash */
    uint32_t stored_count;
    uint32_t stored_room;
    struct server_module *buckets[BUCKETS];
    uint32_t loaded;
    size_t loaded_bytes;
    size_t most_bytes;
    uint64_t loads;
    uint64_t given_up;
    uint64_t clock;
};

static void file_name(const struct host_hash *hash, char name[HOST_HASH_TEXT_SIZE + 5]) {
    host_hash_text(hash, name);
    memcpy(name + HOST_HASH_TEXT_SIZE - 1, ".wasm", 6);
}

static bool fail_disk(struct server_error *error, const char *doing) {
    return server_fail(error, SERVER_ERROR_STORE_UNAVAILABLE, "%s: %s", doing, strerror(errno));
}

/* The first entry whose hash is not below; `lock` is held. */
static uint32_t place_of(const struct server_store *store, const struct host_hash *hash) {
    uint32_t low = 0, high = store->stored_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (memcmp(store->stored[middle].hash.bytes, hash->bytes, HOST_HASH_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_stored(const struct server_store *store, const struct host_hash *hash, uint64_t *size) {
    const uint32_t at = place_of(store, hash);
    if (at == store->stored_count || !host_hash_equal(&store->stored[at].hash, hash))
        return false;
    *size = store->stored[at].size;
    return true;
}

static bool note_stored(struct server_store *store, const struct host_hash *hash, uint64_t size) {
    uint64_t old;
    if (is_stored(store, hash, &old))
        return true;
    if (store->stored_count == store->stored_room) {
        const uint32_t room = store->stored_room == 0 ? 64 : store->stored_room * 2;
        struct server_stored *const grown = realloc(store->stored, room * sizeof *grown);
        if (grown == NULL)
            return false;
        store->stored = grown;
        store->stored_room = room;
    }
    const uint32_t at = place_of(store, hash);
    memmove(store->stored + at + 1, store->stored + at, (store->stored_count - at) * sizeof *store->stored);
    store->stored[at] = (struct server_stored){*hash, size, NULL};
    store->stored_count++;
    return true;
}

/* All files with proper names; anything else in the directory is not ours. */
static bool read_directory(struct server_store *store) {
    DIR *const list = opendir(store->modules);
    if (list == NULL)
        return false;
    bool good = true;
    for (const struct dirent *entry; good && (entry = readdir(list)) != NULL;) {
        struct host_hash hash;
        struct stat found;
        char name[HOST_HASH_TEXT_SIZE + 5];
        const size_t length = strlen(entry->d_name);
        if (length != sizeof name - 1 || !host_hash_read(vm_bytes(entry->d_name, HOST_HASH_TEXT_SIZE - 1), &hash))
            continue;
        file_name(&hash, name);
        if (strcmp(name, entry->d_name) == 0 && fstatat(dirfd(list), name, &found, 0) == 0 && S_ISREG(found.st_mode))
            good = note_stored(store, &hash, (uint64_t)found.st_size);
    }
    closedir(list);
    return good;
}

struct server_store *server_store_open(const char *directory, const struct host_config *config,
                                       const struct vm_allocator *allocator, struct server_error *error) {
    struct server_store *const store = calloc(1, sizeof *store);
    if (store == NULL) {
        (void)server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
        return NULL;
    }
    store->config = config;
    store->most_bytes = MOST_BYTES;
    store->allocator = *allocator;
    pthread_mutex_init(&store->lock, NULL);
    pthread_mutex_init(&store->writing, NULL);
    const int size = snprintf(store->modules, sizeof store->modules, "%s/modules", directory);
    if (size < 0 || (size_t)size >= sizeof store->modules) {
        errno = ENAMETOOLONG;
        (void)fail_disk(error, directory);
    } else if (!server_disk_directory(store->modules) || !server_disk_sweep(store->modules) || !read_directory(store)) {
        (void)fail_disk(error, store->modules);
    } else {
        store->snapshots = server_snapshots_open(directory, config, allocator, error);
        if (store->snapshots != NULL)
            return store;
    }
    server_store_close(store);
    return NULL;
}

static void free_module(struct server_module *module) {
    host_contract_free(&module->contract);
    free(module);
}

void server_store_close(struct server_store *store) {
    if (store == NULL)
        return;
    for (uint32_t i = 0; i < BUCKETS; i++)
        while (store->buckets[i] != NULL) {
            struct server_module *const module = store->buckets[i];
            store->buckets[i] = module->next;
            free_module(module);
        }
    server_snapshots_close(store->snapshots);
    pthread_mutex_destroy(&store->lock);
    pthread_mutex_destroy(&store->writing);
    for (uint32_t i = 0; i < store->stored_count; i++)
        free(store->stored[i].manifest);
    free(store->stored);
    free(store);
}

/* A loaded module with one more reference, or NULL; `lock` is held. */
static struct server_module *find_loaded(struct server_store *store, const struct host_hash *hash,
                                         enum host_start start) {
    for (struct server_module *module = store->buckets[hash->bytes[0]]; module != NULL; module = module->next)
        if (module->contract.start == start && host_hash_equal(&module->contract.hash, hash)) {
            module->references++;
            module->used = ++store->clock;
            return module;
        }
    return NULL;
}

/* Gives up idle modules, the least recently used first, until the caps hold; `lock` is held. */
static void shrink(struct server_store *store) {
    while (store->loaded > MOST_LOADED || store->loaded_bytes > store->most_bytes) {
        struct server_module **oldest = NULL;
        for (uint32_t i = 0; i < BUCKETS; i++)
            for (struct server_module **link = &store->buckets[i]; *link != NULL; link = &(*link)->next)
                if ((*link)->references == 0 && (oldest == NULL || (*link)->used < (*oldest)->used))
                    oldest = link;
        if (oldest == NULL)
            return;
        struct server_module *const module = *oldest;
        *oldest = module->next;
        store->loaded--;
        store->given_up++;
        store->loaded_bytes -= module->bytes;
        free_module(module);
    }
}

static size_t bytes_of(const struct server_module *module) {
    return sizeof *module + vm_module_bytes(module->contract.module);
}

/* Validates bytes into a module that nobody else knows yet; NULL: *error. */
static struct server_module *load(struct server_store *store, struct vm_bytes bytes, enum host_start start,
                                  struct server_error *error) {
    struct server_module *const module = calloc(1, sizeof *module);
    if (module == NULL) {
        (void)server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
        return NULL;
    }
    struct vm_error found = {0};
    enum vm_status status = host_contract_load(bytes, store->config, &store->allocator, &module->contract, &found);
    bool kept = false;
    if (status == VM_OK && start == HOST_START_SNAPSHOT) {
        status = server_snapshots_start(store->snapshots, &module->contract, &kept, &found);
        if (status != VM_OK)
            host_contract_free(&module->contract);
    }
    if (status != VM_OK) {
        (void)server_fail_module(error, status, &found);
        free(module);
        return NULL;
    }
    atomic_init(&module->heavy, false);
    atomic_init(&module->kept, kept);
    module->bytes = bytes_of(module);
    return module;
}

/* Makes a loaded module known, unless another thread was faster; returns the known one with a reference. */
static struct server_module *publish(struct server_store *store, struct server_module *module) {
    pthread_mutex_lock(&store->lock);
    struct server_module *known = find_loaded(store, &module->contract.hash, module->contract.start);
    if (known == NULL) {
        struct server_module **const bucket = &store->buckets[module->contract.hash.bytes[0]];
        module->next = *bucket;
        module->references = 1;
        module->used = ++store->clock;
        *bucket = module;
        store->loaded++;
        store->loads++;
        store->loaded_bytes += module->bytes;
        shrink(store);
        known = module;
        module = NULL;
    }
    pthread_mutex_unlock(&store->lock);
    if (module != NULL)
        free_module(module);
    return known;
}

bool server_store_read(struct server_store *store, const struct host_hash *hash, struct server_buffer *bytes,
                       struct server_error *error) {
    char name[HOST_HASH_TEXT_SIZE + 5];
    uint64_t size;
    if (!server_store_has(store, hash, &size))
        return server_fail(error, SERVER_ERROR_UNKNOWN_MODULE, NULL);
    file_name(hash, name);
    if (!server_disk_read(store->modules, name, SIZE_MAX / 4, bytes)) {
        if (errno == ENOMEM)
            return server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
        if (errno == ENOENT)
            return server_fail(error, SERVER_ERROR_MODULE_CORRUPT, "its file is gone");
        return fail_disk(error, "reading a module");
    }
    const struct host_hash found = host_hash_of(vm_bytes(bytes->data, bytes->size));
    if (!host_hash_equal(&found, hash))
        return server_fail(error, SERVER_ERROR_MODULE_CORRUPT, NULL);
    return true;
}

enum server_store_found server_store_get(struct server_store *store, const struct host_hash *hash,
                                         enum host_start start, bool may_block, struct server_module **module,
                                         struct server_error *error) {
    uint64_t size;
    pthread_mutex_lock(&store->lock);
    *module = find_loaded(store, hash, start);
    const bool known = *module != NULL || is_stored(store, hash, &size);
    pthread_mutex_unlock(&store->lock);
    if (*module != NULL)
        return SERVER_STORE_FOUND;
    if (!known) {
        (void)server_fail(error, SERVER_ERROR_UNKNOWN_MODULE, NULL);
        return SERVER_STORE_FAILED;
    }
    if (!may_block)
        return SERVER_STORE_LATER;
    struct server_buffer bytes = {0};
    struct server_module *loaded = NULL;
    if (server_store_read(store, hash, &bytes, error))
        loaded = load(store, vm_bytes(bytes.data, bytes.size), start, error);
    server_buffer_free(&bytes);
    if (loaded == NULL)
        return SERVER_STORE_FAILED;
    *module = publish(store, loaded);
    return SERVER_STORE_FOUND;
}

void server_store_release(struct server_store *store, struct server_module *module) {
    if (module == NULL)
        return;
    pthread_mutex_lock(&store->lock);
    const size_t bytes = bytes_of(module); /* more than before if functions were called for the first time */
    store->loaded_bytes += bytes - module->bytes;
    module->bytes = bytes;
    if (--module->references == 0)
        shrink(store); /* it may have been held while there was too much */
    pthread_mutex_unlock(&store->lock);
}

bool server_store_has_snapshot(struct server_store *store, const struct host_hash *hash) {
    pthread_mutex_lock(&store->lock);
    struct server_module *const loaded = find_loaded(store, hash, HOST_START_SNAPSHOT);
    pthread_mutex_unlock(&store->lock);
    server_store_release(store, loaded);
    return loaded != NULL || server_snapshots_has(store->snapshots, hash);
}

bool server_store_keep(struct server_store *store, struct server_module *module, struct server_error *error) {
    if (atomic_load(&module->kept))
        return true;
    const bool good = server_snapshots_keep(store->snapshots, &module->contract, error);
    if (good)
        atomic_store(&module->kept, true);
    return good;
}

/* Keeps the manifest's text for the next time, unless memory is short or another thread was faster. */
static void keep_manifest(struct server_store *store, const struct host_hash *hash, const struct server_buffer *json) {
    char *const text = server_buffer_good(json) ? malloc(json->size + 1) : NULL;
    if (text == NULL)
        return;
    memcpy(text, json->data, json->size);
    text[json->size] = '\0';
    pthread_mutex_lock(&store->lock);
    uint64_t size;
    char *left = text;
    if (is_stored(store, hash, &size)) {
        struct server_stored *const entry = &store->stored[place_of(store, hash)];
        left = entry->manifest;
        entry->manifest = text;
    }
    pthread_mutex_unlock(&store->lock);
    free(left);
}

void server_store_manifest(struct server_store *store, const struct host_hash *hash, struct server_buffer *buffer) {
    uint64_t size;
    pthread_mutex_lock(&store->lock);
    const char *const kept = is_stored(store, hash, &size) ? store->stored[place_of(store, hash)].manifest : NULL;
    if (kept != NULL)
        server_put_text(buffer, kept);
    pthread_mutex_unlock(&store->lock);
    if (kept != NULL)
        return;
    struct server_module *module;
    struct server_error ignored;
    if (server_store_get(store, hash, HOST_START_EACH_CALL, true, &module, &ignored) != SERVER_STORE_FOUND) {
        server_put_text(buffer, "null");
        return;
    }
    struct server_buffer json = {0};
    server_answer_manifest(&json, &module->contract.manifest);
    server_store_release(store, module);
    keep_manifest(store, hash, &json);
    server_put_bytes(buffer, vm_bytes(json.data, json.size));
    server_buffer_free(&json);
}

/* Writes the file unless a whole one is there already; `writing` is held. */
static bool store_file_locked(struct server_store *store, struct vm_bytes bytes, bool lasting,
                              const struct host_hash *hash, bool *added, struct server_error *error) {
    char name[HOST_HASH_TEXT_SIZE + 5];
    struct server_buffer old = {0};
    struct server_error ignored;
    *added = !server_store_read(store, hash, &old, &ignored);
    server_buffer_free(&old);
    file_name(hash, name);
    if (!*added)
        return !lasting || server_disk_sync(store->modules, name) || fail_disk(error, "writing a module");
    pthread_mutex_lock(&store->lock);
    uint64_t size;
    const bool full = store->stored_count >= store->config->limits.store_modules && !is_stored(store, hash, &size);
    pthread_mutex_unlock(&store->lock);
    if (full)
        return server_fail(error, SERVER_ERROR_STORE_FULL, NULL);
    if (!server_disk_write(store->modules, name, bytes, lasting))
        return fail_disk(error, "writing a module");
    pthread_mutex_lock(&store->lock);
    const bool noted = note_stored(store, hash, bytes.size);
    pthread_mutex_unlock(&store->lock);
    return noted || server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
}

static bool store_file(struct server_store *store, struct vm_bytes bytes, bool lasting, const struct host_hash *hash,
                       bool *added, struct server_error *error) {
    pthread_mutex_lock(&store->writing);
    const bool good = store_file_locked(store, bytes, lasting, hash, added, error);
    pthread_mutex_unlock(&store->writing);
    return good;
}

bool server_store_add(struct server_store *store, struct vm_bytes bytes, struct host_hash *hash, bool *added,
                      struct server_error *error) {
    struct server_module *const module = load(store, bytes, HOST_START_EACH_CALL, error);
    if (module == NULL)
        return false;
    *hash = module->contract.hash;
    const bool good = store_file(store, bytes, true, hash, added, error);
    if (good)
        server_store_release(store, publish(store, module));
    else
        free_module(module);
    return good;
}

bool server_store_add_bundled(struct server_store *store, struct vm_bytes bytes, struct host_hash *hash, bool *added,
                              struct server_error *error) {
    struct vm_error found = {0};
    const enum vm_status status = host_contract_check(bytes, store->config, &store->allocator, hash, &found);
    if (status != VM_OK)
        return server_fail_module(error, status, &found);
    return store_file(store, bytes, false, hash, added, error);
}

bool server_store_has(struct server_store *store, const struct host_hash *hash, uint64_t *size) {
    pthread_mutex_lock(&store->lock);
    const bool has = is_stored(store, hash, size);
    pthread_mutex_unlock(&store->lock);
    return has;
}

bool server_store_list(struct server_store *store, struct vm_arena *arena, struct server_stored **list,
                       uint32_t *count) {
    pthread_mutex_lock(&store->lock);
    *count = store->stored_count;
    *list = vm_arena_allocate(arena, *count, sizeof **list);
    if (*list != NULL && *count > 0)
        memcpy(*list, store->stored, *count * sizeof **list);
    pthread_mutex_unlock(&store->lock);
    return *list != NULL;
}

struct server_store_figures server_store_measure(struct server_store *store) {
    pthread_mutex_lock(&store->lock);
    const struct server_store_figures figures = {
        .stored = store->stored_count,
        .loaded = store->loaded,
        .bytes = store->loaded_bytes,
        .most_bytes = store->most_bytes,
        .loads = store->loads,
        .given_up = store->given_up,
        .snapshots = server_snapshots_measure(store->snapshots),
    };
    pthread_mutex_unlock(&store->lock);
    return figures;
}

void server_store_set_cap(struct server_store *store, size_t bytes) {
    pthread_mutex_lock(&store->lock);
    store->most_bytes = bytes;
    shrink(store);
    pthread_mutex_unlock(&store->lock);
}
