/* server/snapshots.c - the files of snapshots. */
#include "server/snapshots.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/disk.h"

enum { DIGITS = HOST_HASH_TEXT_SIZE - 1, NAME_ROOM = 2 * DIGITS + 2 };

/* `lock` protects the figures; `writing` lets one thread write at a time. */
struct server_snapshots {
    char directory[PATH_MAX];
    char world[HOST_HASH_TEXT_SIZE];
    const struct host_config *config;
    struct vm_allocator allocator;
    pthread_mutex_t lock;
    pthread_mutex_t writing;
    struct server_snapshot_figures figures;
};

static void file_name(const struct server_snapshots *snapshots, const struct host_hash *module, char name[NAME_ROOM]) {
    char text[HOST_HASH_TEXT_SIZE];
    host_hash_text(module, text);
    (void)snprintf(name, NAME_ROOM, "%s.%s", text, snapshots->world);
}

/* Whether there is a file of that name, and its bytes. */
static bool find_file(const struct server_snapshots *snapshots, const char *name, uint64_t *size) {
    char path[PATH_MAX + NAME_ROOM];
    struct stat found;
    (void)snprintf(path, sizeof path, "%s/%s", snapshots->directory, name);
    *size = 0;
    if (lstat(path, &found) != 0 || !S_ISREG(found.st_mode))
        return false;
    *size = (uint64_t)found.st_size;
    return true;
}

/* Whether a name is that of a snapshot; *ours: one of this world. */
static bool is_name(const struct server_snapshots *snapshots, const char *name, bool *ours) {
    struct host_hash hash;
    char again[NAME_ROOM], text[HOST_HASH_TEXT_SIZE];
    if (strlen(name) != NAME_ROOM - 1 || !host_hash_read(vm_bytes(name, DIGITS), &hash))
        return false;
    file_name(snapshots, &hash, again);
    *ours = strcmp(name, again) == 0;
    if (*ours)
        return true;
    host_hash_text(&hash, text);
    return memcmp(text, name, DIGITS) == 0 && name[DIGITS] == '.' &&
           host_hash_read(vm_bytes(name + DIGITS + 1, DIGITS), &hash);
}

/* Counts what there is, and removes what is of another world; files of other names are not ours. */
static bool read_directory(struct server_snapshots *snapshots) {
    DIR *const list = opendir(snapshots->directory);
    if (list == NULL)
        return false;
    for (const struct dirent *entry; (entry = readdir(list)) != NULL;) {
        bool ours;
        uint64_t size;
        if (!is_name(snapshots, entry->d_name, &ours) || (!ours && unlinkat(dirfd(list), entry->d_name, 0) == 0))
            continue;
        snapshots->figures.count += find_file(snapshots, entry->d_name, &size);
        snapshots->figures.bytes += size;
    }
    closedir(list);
    return true;
}

struct server_snapshots *server_snapshots_open(const char *directory, const struct host_config *config,
                                               const struct vm_allocator *allocator, struct server_error *error) {
    struct server_snapshots *const snapshots = calloc(1, sizeof *snapshots);
    if (snapshots == NULL) {
        (void)server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
        return NULL;
    }
    const struct host_hash world = host_snapshot_world(config);
    host_hash_text(&world, snapshots->world);
    snapshots->config = config;
    snapshots->allocator = *allocator;
    const uint64_t most = config->limits.store_snapshot_bytes;
    snapshots->figures.most_bytes = most < SIZE_MAX / 4 ? most : SIZE_MAX / 4;
    pthread_mutex_init(&snapshots->lock, NULL);
    pthread_mutex_init(&snapshots->writing, NULL);
    const int size = snprintf(snapshots->directory, sizeof snapshots->directory, "%s/snapshots", directory);
    errno = ENAMETOOLONG;
    if (size > 0 && (size_t)size < sizeof snapshots->directory && server_disk_directory(snapshots->directory) &&
        server_disk_sweep(snapshots->directory) && read_directory(snapshots))
        return snapshots;
    (void)server_fail(error, SERVER_ERROR_STORE_UNAVAILABLE, "%s/snapshots: %s", directory, strerror(errno));
    server_snapshots_close(snapshots);
    return NULL;
}

void server_snapshots_close(struct server_snapshots *snapshots) {
    if (snapshots == NULL)
        return;
    pthread_mutex_destroy(&snapshots->lock);
    pthread_mutex_destroy(&snapshots->writing);
    free(snapshots);
}

bool server_snapshots_has(struct server_snapshots *snapshots, const struct host_hash *module) {
    char name[NAME_ROOM];
    uint64_t size;
    file_name(snapshots, module, name);
    return find_file(snapshots, name, &size);
}

/* Writes a file in place of the one that is there, if the limit allows; `writing` is held. */
static bool write_file(struct server_snapshots *snapshots, const char *name, struct vm_bytes kept,
                       struct server_error *error) {
    uint64_t old;
    const bool replaces = find_file(snapshots, name, &old);
    pthread_mutex_lock(&snapshots->lock);
    const uint64_t others = snapshots->figures.bytes - old, most = snapshots->figures.most_bytes;
    pthread_mutex_unlock(&snapshots->lock);
    if (others > most || kept.size > most - others)
        return server_fail(error, SERVER_ERROR_STORE_FULL,
                           "snapshots take %llu bytes, this one %llu more; --limit store_snapshot_bytes=N allows more, "
                           "and files in the store's folder snapshots may be removed while no server runs",
                           (unsigned long long)others, (unsigned long long)kept.size);
    if (!server_disk_write(snapshots->directory, name, kept, true))
        return server_fail(error, SERVER_ERROR_STORE_UNAVAILABLE, "writing a snapshot: %s", strerror(errno));
    pthread_mutex_lock(&snapshots->lock);
    snapshots->figures.bytes = others + kept.size;
    snapshots->figures.count += !replaces;
    pthread_mutex_unlock(&snapshots->lock);
    return true;
}

bool server_snapshots_keep(struct server_snapshots *snapshots, const struct host_contract *contract,
                           struct server_error *error) {
    char name[NAME_ROOM];
    const struct vm_bytes kept = host_snapshot_keep(contract, snapshots->config, &snapshots->allocator);
    if (kept.data == NULL)
        return server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
    file_name(snapshots, &contract->hash, name);
    pthread_mutex_lock(&snapshots->writing);
    const bool good = write_file(snapshots, name, kept, error);
    pthread_mutex_unlock(&snapshots->writing);
    vm_release(&snapshots->allocator, (void *)(uintptr_t)kept.data, kept.size);
    return good;
}

static void count(struct server_snapshots *snapshots, uint64_t *figure) {
    pthread_mutex_lock(&snapshots->lock);
    ++*figure;
    pthread_mutex_unlock(&snapshots->lock);
}

/* VM_OK if it could be restored; VM_MALFORMED if there is nothing to restore it from; VM_RESOURCE. */
static enum vm_status restore(struct server_snapshots *snapshots, struct host_contract *contract) {
    char name[NAME_ROOM];
    struct server_buffer kept = {0};
    file_name(snapshots, &contract->hash, name);
    enum vm_status status = VM_MALFORMED;
    if (server_disk_read(snapshots->directory, name, (size_t)snapshots->figures.most_bytes, &kept)) {
        status = host_contract_restore(contract, snapshots->config, vm_bytes(kept.data, kept.size));
        if (status == VM_MALFORMED)
            count(snapshots, &snapshots->figures.damaged);
    } else if (errno == ENOMEM) {
        status = VM_RESOURCE;
    }
    server_buffer_free(&kept);
    return status;
}

enum vm_status server_snapshots_start(struct server_snapshots *snapshots, struct host_contract *contract, bool *kept,
                                      struct vm_error *error) {
    struct server_error ignored;
    const enum vm_status restored = restore(snapshots, contract);
    *kept = restored == VM_OK;
    if (*kept)
        count(snapshots, &snapshots->figures.read);
    if (restored == VM_RESOURCE)
        return vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    if (restored == VM_OK)
        return VM_OK;
    const enum vm_status status = host_contract_snapshot(contract, snapshots->config, &snapshots->allocator, error);
    if (status == VM_OK) {
        count(snapshots, &snapshots->figures.made);
        *kept = server_snapshots_keep(snapshots, contract, &ignored);
    }
    return status;
}

struct server_snapshot_figures server_snapshots_measure(struct server_snapshots *snapshots) {
    pthread_mutex_lock(&snapshots->lock);
    const struct server_snapshot_figures figures = snapshots->figures;
    pthread_mutex_unlock(&snapshots->lock);
    return figures;
}
