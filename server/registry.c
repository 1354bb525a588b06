/* server/registry.c - contracts and their versions, in memory and on disk. */
#include "server/registry.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/disk.h"
#include "server/json.h"

enum { LONGEST_NAME = 64, FILE_NAME_ROOM = 2 * LONGEST_NAME + 2, LARGEST_FILE = 1 << 20 };
static const char first_line[] = "delavm contract 1\n";

/* name holds language, ',' and name: the file's name, and the order of the list.  versions[i] is version i + 1. */
struct contract {
    char name[FILE_NAME_ROOM];
    struct server_version *versions;
    uint32_t count;
};

/* `lock` protects memory; `writing` lets one thread change files at a time. */
struct server_registry {
    char directory[PATH_MAX];
    uint64_t most_versions;
    pthread_mutex_t lock;
    pthread_mutex_t writing;
    struct contract **contracts; /* sorted by name */
    uint32_t count;
    uint32_t room;
};

bool server_name_valid(struct vm_bytes name) {
    if (name.size == 0 || name.size > LONGEST_NAME || name.data[0] == '.' || name.data[name.size - 1] == '.')
        return false;
    for (size_t i = 0; i < name.size; i++) {
        const uint8_t c = name.data[i];
        const bool good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                          (c != 0 && strchr("_-+#@.", c) != NULL);
        if (!good)
            return false;
    }
    return true;
}

static bool join_name(char to[FILE_NAME_ROOM], struct vm_bytes language, struct vm_bytes name) {
    if (!server_name_valid(language) || !server_name_valid(name))
        return false;
    memcpy(to, language.data, language.size);
    to[language.size] = ',';
    memcpy(to + language.size + 1, name.data, name.size);
    to[language.size + 1 + name.size] = 0;
    return true;
}

/* The first contract whose name is not below; `lock` is held. */
static uint32_t place_of(const struct server_registry *registry, const char *name) {
    uint32_t low = 0, high = registry->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (strcmp(registry->contracts[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct contract *find(const struct server_registry *registry, const char *name) {
    const uint32_t at = place_of(registry, name);
    return at < registry->count && strcmp(registry->contracts[at]->name, name) == 0 ? registry->contracts[at] : NULL;
}

static void free_contract(struct contract *contract) {
    if (contract != NULL)
        free(contract->versions);
    free(contract);
}

static struct contract *new_contract(const char *name, uint32_t room) {
    struct contract *const contract = calloc(1, sizeof *contract);
    if (contract == NULL)
        return NULL;
    contract->versions = calloc(room, sizeof *contract->versions);
    if (contract->versions == NULL) {
        free(contract);
        return NULL;
    }
    (void)snprintf(contract->name, sizeof contract->name, "%s", name);
    return contract;
}

/* Room for one contract more; `lock` is held. */
static bool make_room(struct server_registry *registry) {
    if (registry->count < registry->room)
        return true;
    const uint32_t room = registry->room == 0 ? 64 : registry->room * 2;
    struct contract **const grown = realloc(registry->contracts, room * sizeof *grown);
    if (grown == NULL)
        return false;
    registry->contracts = grown;
    registry->room = room;
    return true;
}

/* Takes the place of the contract of that name, or enters the list; there is room.  Returns the old one. */
static struct contract *put(struct server_registry *registry, struct contract *contract) {
    const uint32_t at = place_of(registry, contract->name);
    if (at < registry->count && strcmp(registry->contracts[at]->name, contract->name) == 0) {
        struct contract *const old = registry->contracts[at];
        registry->contracts[at] = contract;
        return old;
    }
    memmove(registry->contracts + at + 1, registry->contracts + at,
            (registry->count - at) * sizeof *registry->contracts);
    registry->contracts[at] = contract;
    registry->count++;
    return NULL;
}

/* Cuts off what stands before the first blank, or all that is there. */
static struct vm_bytes cut_word(struct vm_bytes *line) {
    const uint8_t *const blank = line->size == 0 ? NULL : memchr(line->data, ' ', line->size);
    const size_t size = blank == NULL ? line->size : (size_t)(blank - line->data);
    const struct vm_bytes word = vm_bytes(line->data, size);
    const size_t taken = size + (blank != NULL);
    *line = vm_bytes(line->data + taken, line->size - taken);
    return word;
}

/* "<number> <hash>\n" or "<number> <hash> snapshot <fuel> <hash>\n" with the number that is due; advances *text. */
static bool read_line(struct vm_bytes *text, uint32_t due, struct server_version *version) {
    const uint8_t *const end = memchr(text->data, '\n', text->size);
    if (end == NULL)
        return false;
    struct vm_bytes line = vm_bytes(text->data, (size_t)(end - text->data));
    *text = vm_bytes(end + 1, text->size - line.size - 1);
    *version = (struct server_version){.start = HOST_START_EACH_CALL};
    uint64_t number;
    if (!server_json_digits(cut_word(&line), &number) || number != due ||
        !host_hash_read(cut_word(&line), &version->module))
        return false;
    if (line.size == 0)
        return end[-1] != ' ';
    version->start = HOST_START_SNAPSHOT;
    return vm_bytes_equal(cut_word(&line), vm_bytes_of_text(host_start_name(HOST_START_SNAPSHOT))) &&
           server_json_digits(cut_word(&line), &version->initialization_fuel) && end[-1] != ' ' &&
           (line.size == 0 || host_hash_read(line, &version->snapshot)); /* it is not in older files */
}

static struct contract *read_contract(const char *name, struct vm_bytes text) {
    const size_t head = sizeof first_line - 1;
    if (text.size <= head || memcmp(text.data, first_line, head) != 0)
        return NULL;
    text = vm_bytes(text.data + head, text.size - head);
    const uint32_t room = (uint32_t)(text.size / (HOST_HASH_TEXT_SIZE - 1)) + 1;
    struct contract *const contract = new_contract(name, room);
    while (contract != NULL && text.size > 0) {
        if (contract->count == room || !read_line(&text, contract->count + 1, &contract->versions[contract->count])) {
            free_contract(contract);
            return NULL;
        }
        contract->count++;
    }
    return contract;
}

static bool is_file_name(const char *name) {
    const char *const comma = strchr(name, ',');
    return comma != NULL && server_name_valid(vm_bytes(name, (size_t)(comma - name))) &&
           server_name_valid(vm_bytes_of_text(comma + 1));
}

static bool read_directory(struct server_registry *registry, void (*complain)(void *, const char *), void *context) {
    DIR *const list = opendir(registry->directory);
    if (list == NULL)
        return false;
    bool good = true;
    struct server_buffer text = {0};
    for (const struct dirent *entry; good && (entry = readdir(list)) != NULL;) {
        if (!is_file_name(entry->d_name))
            continue;
        struct contract *contract = NULL;
        if (server_disk_read(registry->directory, entry->d_name, LARGEST_FILE, &text))
            contract = read_contract(entry->d_name, vm_bytes(text.data, text.size));
        if (contract == NULL) {
            complain(context, entry->d_name);
            continue;
        }
        good = make_room(registry);
        free_contract(good ? put(registry, contract) : contract);
    }
    server_buffer_free(&text);
    closedir(list);
    return good;
}

struct server_registry *server_registry_open(const char *directory, uint64_t most_versions,
                                             void (*complain)(void *context, const char *file), void *context,
                                             struct server_error *error) {
    struct server_registry *const registry = calloc(1, sizeof *registry);
    if (registry == NULL) {
        (void)server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
        return NULL;
    }
    registry->most_versions = most_versions;
    pthread_mutex_init(&registry->lock, NULL);
    pthread_mutex_init(&registry->writing, NULL);
    const int size = snprintf(registry->directory, sizeof registry->directory, "%s/contracts", directory);
    const bool fits = size > 0 && (size_t)size < sizeof registry->directory;
    if (fits && server_disk_directory(registry->directory) && server_disk_sweep(registry->directory) &&
        read_directory(registry, complain, context))
        return registry;
    (void)server_fail(error, SERVER_ERROR_STORE_UNAVAILABLE, "%s/contracts: %s", directory, strerror(errno));
    server_registry_close(registry);
    return NULL;
}

void server_registry_close(struct server_registry *registry) {
    if (registry == NULL)
        return;
    for (uint32_t i = 0; i < registry->count; i++)
        free_contract(registry->contracts[i]);
    free(registry->contracts);
    pthread_mutex_destroy(&registry->lock);
    pthread_mutex_destroy(&registry->writing);
    free(registry);
}

bool server_registry_find(struct server_registry *registry, struct vm_bytes language, struct vm_bytes name,
                          uint64_t *number, struct server_version *version, struct server_error *error) {
    char key[FILE_NAME_ROOM];
    if (!join_name(key, language, name))
        return server_fail(error, SERVER_ERROR_UNKNOWN_CONTRACT, NULL);
    bool known = false, found = false;
    pthread_mutex_lock(&registry->lock);
    const struct contract *const contract = find(registry, key);
    if (contract != NULL) {
        known = true;
        if (*number == 0)
            *number = contract->count;
        found = *number <= contract->count;
        if (found)
            *version = contract->versions[*number - 1];
    }
    pthread_mutex_unlock(&registry->lock);
    if (!known)
        return server_fail(error, SERVER_ERROR_UNKNOWN_CONTRACT, "%.*s/%.*s", (int)language.size,
                           (const char *)language.data, (int)name.size, (const char *)name.data);
    return found || server_fail(error, SERVER_ERROR_UNKNOWN_VERSION, NULL);
}

static bool write_contract(struct server_registry *registry, const struct contract *contract, bool lasting,
                           struct server_error *error) {
    struct server_buffer text = {0};
    server_put_text(&text, first_line);
    for (uint32_t i = 0; i < contract->count; i++) {
        server_put_u64(&text, i + 1);
        server_put_char(&text, ' ');
        const struct server_version *const version = &contract->versions[i];
        server_put_hex(&text, vm_bytes(version->module.bytes, HOST_HASH_BYTES));
        if (version->start == HOST_START_SNAPSHOT) {
            server_put_char(&text, ' ');
            server_put_text(&text, host_start_name(version->start));
            server_put_char(&text, ' ');
            server_put_u64(&text, version->initialization_fuel);
            server_put_char(&text, ' ');
            server_put_hex(&text, vm_bytes(version->snapshot.bytes, HOST_HASH_BYTES));
        }
        server_put_char(&text, '\n');
    }
    const bool complete = server_buffer_good(&text);
    const bool good =
        complete && server_disk_write(registry->directory, contract->name, vm_bytes(text.data, text.size), lasting);
    const int why = errno;
    server_buffer_free(&text);
    if (!complete)
        return server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
    return good || server_fail(error, SERVER_ERROR_STORE_UNAVAILABLE, "writing a contract: %s", strerror(why));
}

/* Whether binding would change nothing; *number says which one it is already.  `lock` is held. */
static bool is_bound(const struct contract *contract, const struct server_version *version, bool once,
                     uint64_t *number) {
    for (uint32_t i = contract->count; i > 0; i--) {
        *number = i;
        if (contract->versions[i - 1].start == version->start &&
            host_hash_equal(&contract->versions[i - 1].module, &version->module))
            return true;
        if (!once)
            return false;
    }
    return false;
}

/* bind(), with `writing` held: a copy with one version more is written and then takes the place of the old one. */
static bool bind_locked(struct server_registry *registry, const char *key, const struct server_version *version,
                        bool once, uint64_t *number, bool *added, struct server_error *error) {
    pthread_mutex_lock(&registry->lock);
    struct contract *const old = find(registry, key);
    const bool bound = old != NULL && is_bound(old, version, once, number);
    const uint32_t count = old == NULL ? 0 : old->count;
    struct contract *const contract = bound || count >= registry->most_versions ? NULL : new_contract(key, count + 1);
    if (contract != NULL && count > 0)
        memcpy(contract->versions, old->versions, count * sizeof *old->versions);
    const bool room = make_room(registry);
    pthread_mutex_unlock(&registry->lock);
    *added = !bound;
    if (bound)
        return once || server_disk_sync(registry->directory, key) ||
               server_fail(error, SERVER_ERROR_STORE_UNAVAILABLE, "writing a contract: %s", strerror(errno));
    if (count >= registry->most_versions)
        return server_fail(error, SERVER_ERROR_TOO_MANY_VERSIONS, NULL);
    if (contract == NULL || !room) {
        free_contract(contract);
        return server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
    }
    contract->versions[count] = *version;
    contract->count = count + 1;
    if (!write_contract(registry, contract, !once, error)) {
        free_contract(contract);
        return false;
    }
    *number = contract->count;
    pthread_mutex_lock(&registry->lock);
    struct contract *const replaced = put(registry, contract);
    pthread_mutex_unlock(&registry->lock);
    free_contract(replaced);
    return true;
}

bool server_registry_bind(struct server_registry *registry, struct vm_bytes language, struct vm_bytes name,
                          const struct server_version *version, bool once, uint64_t *number, bool *added,
                          struct server_error *error) {
    char key[FILE_NAME_ROOM];
    if (!join_name(key, language, name))
        return server_fail(error, SERVER_ERROR_BAD_NAME, NULL);
    pthread_mutex_lock(&registry->writing);
    const bool good = bind_locked(registry, key, version, once, number, added, error);
    pthread_mutex_unlock(&registry->writing);
    return good;
}

static bool remove_locked(struct server_registry *registry, const char *key, struct server_error *error) {
    pthread_mutex_lock(&registry->lock);
    const bool known = find(registry, key) != NULL;
    pthread_mutex_unlock(&registry->lock);
    if (!known)
        return server_fail(error, SERVER_ERROR_UNKNOWN_CONTRACT, NULL);
    if (!server_disk_remove(registry->directory, key) && errno != ENOENT)
        return server_fail(error, SERVER_ERROR_STORE_UNAVAILABLE, "removing a contract: %s", strerror(errno));
    pthread_mutex_lock(&registry->lock);
    const uint32_t at = place_of(registry, key);
    struct contract *const old = registry->contracts[at];
    registry->count--;
    memmove(registry->contracts + at, registry->contracts + at + 1,
            (registry->count - at) * sizeof *registry->contracts);
    pthread_mutex_unlock(&registry->lock);
    free_contract(old);
    return true;
}

bool server_registry_remove(struct server_registry *registry, struct vm_bytes language, struct vm_bytes name,
                            struct server_error *error) {
    char key[FILE_NAME_ROOM];
    if (!join_name(key, language, name))
        return server_fail(error, SERVER_ERROR_UNKNOWN_CONTRACT, NULL);
    pthread_mutex_lock(&registry->writing);
    const bool good = remove_locked(registry, key, error);
    pthread_mutex_unlock(&registry->writing);
    return good;
}

/* A copy of a contract with the `count` versions that end with its newest; `lock` is held. */
static bool copy_contract(const struct contract *contract, uint32_t count, struct vm_arena *arena,
                          struct server_contract *copy) {
    const struct vm_bytes name = vm_arena_copy(arena, vm_bytes_of_text(contract->name));
    struct server_version *const versions = vm_arena_allocate(arena, count, sizeof *versions);
    if (name.data == NULL || versions == NULL)
        return false;
    memcpy(versions, contract->versions + contract->count - count, count * sizeof *versions);
    const size_t comma = (size_t)((const uint8_t *)memchr(name.data, ',', name.size) - name.data);
    *copy = (struct server_contract){
        .language = vm_bytes(name.data, comma),
        .name = vm_bytes(name.data + comma + 1, name.size - comma - 1),
        .count = contract->count,
        .versions = versions,
    };
    return true;
}

bool server_registry_list(struct server_registry *registry, struct vm_arena *arena, struct server_contract **list,
                          uint32_t *count, struct server_error *error) {
    pthread_mutex_lock(&registry->lock);
    *count = registry->count;
    *list = vm_arena_allocate(arena, *count, sizeof **list);
    bool good = *list != NULL;
    for (uint32_t i = 0; good && i < *count; i++)
        good = copy_contract(registry->contracts[i], 1, arena, &(*list)[i]);
    pthread_mutex_unlock(&registry->lock);
    return good || server_fail(error, SERVER_ERROR_OUT_OF_MEMORY, NULL);
}

bool server_registry_show(struct server_registry *registry, struct vm_bytes language, struct vm_bytes name,
                          struct vm_arena *arena, struct server_contract *contract, struct server_error *error) {
    char key[FILE_NAME_ROOM];
    if (!join_name(key, language, name))
        return server_fail(error, SERVER_ERROR_UNKNOWN_CONTRACT, NULL);
    pthread_mutex_lock(&registry->lock);
    const struct contract *const found = find(registry, key);
    const bool good = found != NULL && copy_contract(found, found->count, arena, contract);
    pthread_mutex_unlock(&registry->lock);
    return good || server_fail(error, found == NULL ? SERVER_ERROR_UNKNOWN_CONTRACT : SERVER_ERROR_OUT_OF_MEMORY, NULL);
}

uint32_t server_registry_count(struct server_registry *registry) {
    pthread_mutex_lock(&registry->lock);
    const uint32_t count = registry->count;
    pthread_mutex_unlock(&registry->lock);
    return count;
}
