/* server/tests/store_test.c - modules and contracts on disk: what is kept, what is noticed, what is refused. */
#include "server/store.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/disk.h"
#include "server/registry.h"
#include "vm/tests/check.h"

/* (module (func (export "call"))), and a custom section "x" with three bytes to tell variants apart. */
static const uint8_t contract_bytes[] = {0, 'a', 's', 'm', 1,   0,   0,   0, 1, 4,  1, 0x60, 0, 0, 3,  2, 1, 0, 7,
                                         8, 1,   4,   'c', 'a', 'l', 'l', 0, 0, 10, 4, 1,    2, 0, 11, 0, 5, 1, 'x'};
enum { MODULE_SIZE = sizeof contract_bytes + 3 };

static struct vm_bytes variant(uint8_t to[MODULE_SIZE], unsigned number) {
    memcpy(to, contract_bytes, sizeof contract_bytes);
    to[MODULE_SIZE - 3] = (uint8_t)(number >> 16);
    to[MODULE_SIZE - 2] = (uint8_t)(number >> 8);
    to[MODULE_SIZE - 1] = (uint8_t)number;
    return vm_bytes(to, MODULE_SIZE);
}

static struct {
    struct host_config config;
    struct vm_allocator allocator;
    char directory[64];
    unsigned complaints;
} test;

static struct server_store *open_store(void) {
    struct server_error error;
    struct server_store *const store = server_store_open(test.directory, &test.config, &test.allocator, &error);
    if (!CHECK(store != NULL))
        exit(1);
    return store;
}

static void complain(void *context, const char *file) {
    (void)context;
    (void)file;
    test.complaints++;
}

static struct server_registry *open_registry(void) {
    struct server_error error;
    struct server_registry *const registry = server_registry_open(test.directory, 3, complain, NULL, &error);
    if (!CHECK(registry != NULL))
        exit(1);
    return registry;
}

static void file_of(const struct host_hash *hash, char path[256]) {
    char text[HOST_HASH_TEXT_SIZE];
    host_hash_text(hash, text);
    (void)snprintf(path, 256, "%s/modules/%s.wasm", test.directory, text);
}

static void overwrite(const char *path, const char *content) {
    FILE *const file = fopen(path, "wb");
    if (!CHECK(file != NULL))
        return;
    fputs(content, file);
    fclose(file);
}

static bool loads(struct server_store *store, const struct host_hash *hash, struct server_error *error) {
    struct server_module *module;
    const bool found = server_store_get(store, hash, HOST_START_EACH_CALL, true, &module, error) == SERVER_STORE_FOUND;
    if (found)
        server_store_release(store, module);
    return found;
}

static void test_add(struct host_hash *hash) {
    uint8_t bytes[MODULE_SIZE];
    struct server_error error = {.code = SERVER_ERROR_NONE};
    struct server_module *module;
    bool added;
    check_context("add");
    struct server_store *store = open_store();
    CHECK(server_store_add(store, variant(bytes, 1), hash, &added, &error) && added);
    CHECK(server_store_add(store, variant(bytes, 1), hash, &added, &error) && !added);
    CHECK(server_store_get(store, hash, HOST_START_EACH_CALL, false, &module, &error) == SERVER_STORE_FOUND);
    server_store_release(store, module);
    CHECK(!server_store_add(store, vm_bytes(bytes, 20), &(struct host_hash){{0}}, &added, &error));
    CHECK(error.code == SERVER_ERROR_MODULE_REFUSED && error.detail != NULL && error.kind != NULL);
    CHECK(!loads(store, &(struct host_hash){{1}}, &error) && error.code == SERVER_ERROR_UNKNOWN_MODULE);
    server_store_close(store);

    check_context("after a restart");
    store = open_store();
    CHECK(server_store_get(store, hash, HOST_START_EACH_CALL, false, &module, &error) == SERVER_STORE_LATER);
    CHECK(loads(store, hash, &error));
    CHECK(server_store_get(store, hash, HOST_START_EACH_CALL, false, &module, &error) == SERVER_STORE_FOUND);
    server_store_release(store, module);
    server_store_close(store);
}

/* One that comes with the program is judged as others are, and loaded no earlier than it is called. */
static void test_bundled(void) {
    uint8_t bytes[MODULE_SIZE];
    struct host_hash hash;
    struct server_error error = {.code = SERVER_ERROR_NONE}, other = error;
    struct server_module *module;
    bool added;
    check_context("bundled");
    struct server_store *const store = open_store();
    CHECK(server_store_add_bundled(store, variant(bytes, 9), &hash, &added, &error) && added);
    CHECK(server_store_add_bundled(store, variant(bytes, 9), &hash, &added, &error) && !added);
    CHECK_U64(server_store_measure(store).stored, 2);
    CHECK_U64(server_store_measure(store).loaded, 0);
    CHECK(server_store_get(store, &hash, HOST_START_EACH_CALL, false, &module, &error) == SERVER_STORE_LATER);
    CHECK(loads(store, &hash, &error));
    CHECK(server_store_get(store, &hash, HOST_START_EACH_CALL, false, &module, &error) == SERVER_STORE_FOUND);
    const struct host_hash named = host_hash_of(variant(bytes, 9));
    CHECK(host_hash_equal(&module->contract.hash, &hash) && host_hash_equal(&named, &hash));
    server_store_release(store, module);
    for (size_t size = 0; size < sizeof contract_bytes - 4; size++) { /* shorter than all but the custom section */
        const struct vm_bytes cut = vm_bytes(bytes, size);
        CHECK(!server_store_add_bundled(store, cut, &hash, &added, &error));
        CHECK(!server_store_add(store, cut, &hash, &added, &other));
        CHECK_TEXT(error.message, other.message);
        CHECK(error.code == SERVER_ERROR_MODULE_REFUSED && other.code == error.code);
    }
    CHECK_U64(server_store_measure(store).stored, 2);
    server_store_close(store);
    char path[256];
    file_of(&named, path);
    CHECK(unlink(path) == 0);
}

static const char *const damages[] = {"", "x", "\0asm", "not a module at all, and longer than the module was before"};

/* A damaged file is never run, and the next upload repairs it. */
static void test_damage(const struct host_hash *hash) {
    uint8_t bytes[MODULE_SIZE];
    char path[256];
    struct server_error error = {.code = SERVER_ERROR_NONE};
    file_of(hash, path);
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        struct host_hash again;
        struct server_buffer content = {0};
        bool added;
        check_context("damage %zu", i);
        overwrite(path, damages[i]);
        struct server_store *const store = open_store();
        CHECK(!loads(store, hash, &error) && error.code == SERVER_ERROR_MODULE_CORRUPT);
        CHECK(!server_store_read(store, hash, &content, &error) && error.code == SERVER_ERROR_MODULE_CORRUPT);
        CHECK(server_store_add(store, variant(bytes, 1), &again, &added, &error) && added);
        CHECK(loads(store, hash, &error));
        CHECK(server_store_read(store, hash, &content, &error) && content.size == MODULE_SIZE);
        server_buffer_free(&content);
        server_store_close(store);
    }
    check_context("file gone");
    struct server_store *const store = open_store();
    struct host_hash again;
    bool added;
    CHECK(unlink(path) == 0);
    CHECK(!loads(store, hash, &error) && error.code == SERVER_ERROR_MODULE_CORRUPT);
    CHECK(server_store_add(store, variant(bytes, 1), &again, &added, &error) && added && loads(store, hash, &error));
    server_store_close(store);
}

/* What a crash leaves behind, and files that are not ours. */
static void test_leftovers(void) {
    char path[256];
    check_context("leftovers");
    (void)snprintf(path, sizeof path, "%s/modules/.new-half", test.directory);
    overwrite(path, "half");
    struct server_store *const store = open_store();
    CHECK(access(path, F_OK) != 0);
    struct vm_arena arena;
    struct server_stored *list;
    uint32_t count;
    vm_arena_init(&arena, &test.allocator);
    (void)snprintf(path, sizeof path, "%s/modules/README", test.directory);
    overwrite(path, "mine");
    CHECK(server_store_list(store, &arena, &list, &count));
    CHECK_U64(count, 1);
    server_store_close(store);
    struct server_store *const second = open_store();
    CHECK(server_store_list(second, &arena, &list, &count));
    CHECK_U64(count, 1);
    CHECK(access(path, F_OK) == 0);
    vm_arena_clear(&arena);
    server_store_close(second);
}

/* No file may grow, as on a full disk: refused as this machine's fault, the process lives, and later it works again. */
static void test_full_disk(void) {
    uint8_t bytes[MODULE_SIZE];
    struct server_error error = {.code = SERVER_ERROR_NONE};
    struct host_hash hash;
    uint64_t version;
    bool added;
    struct rlimit before, none;
    check_context("full disk");
    struct server_store *const store = open_store();
    struct server_registry *const registry = open_registry();
    (void)signal(SIGXFSZ, SIG_IGN);
    if (!CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0))
        return;
    none = before;
    none.rlim_cur = 0;
    CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
    const bool stored = server_store_add(store, variant(bytes, 2), &hash, &added, &error);
    const enum server_error_code code = error.code;
    const struct server_version full = {.module = hash};
    const bool bound = server_registry_bind(registry, vm_bytes_of_text("c"), vm_bytes_of_text("full"), &full, false,
                                            &version, &added, &error);
    const enum server_error_code second = error.code;
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(!stored && code == SERVER_ERROR_STORE_UNAVAILABLE && server_error_status(code) >= 500);
    CHECK(!bound && second == SERVER_ERROR_STORE_UNAVAILABLE);
    CHECK(server_registry_count(registry) == 0);
    CHECK(server_store_add(store, variant(bytes, 2), &hash, &added, &error) && added);
    server_registry_close(registry);
    server_store_close(store);
}

static void test_store_limit(void) {
    uint8_t bytes[MODULE_SIZE];
    struct server_error error = {.code = SERVER_ERROR_NONE};
    struct host_hash hash;
    bool added;
    check_context("store_modules");
    test.config.limits.store_modules = 3;
    struct server_store *const store = open_store();
    CHECK(server_store_add(store, variant(bytes, 3), &hash, &added, &error) && added);
    CHECK(!server_store_add(store, variant(bytes, 4), &hash, &added, &error));
    CHECK(error.code == SERVER_ERROR_STORE_FULL);
    CHECK(server_store_add(store, variant(bytes, 1), &hash, &added, &error) && !added);
    server_store_close(store);
}

/* (import "dela" "log" …) and functions "call" and "_initialize", which grows memory: the same module in two ways. */
static const uint8_t initialized_bytes[] = {
    0,    'a', 's', 'm', 1,   0,    0,   0,   0x01, 0x04, 1,    0x60, 0,   0, /* [] -> [] */
    0x03, 3,   2,   0,   0,   0x05, 3,   1,   0,    1,                        /* memory 1 */
    0x07, 22,  2,   4,   'c', 'a',  'l', 'l', 0,    0,    11,   '_',  'i', 'n',  'i', 't',  'i', 'a',  'l',
    'i',  'z', 'e', 0,   1,   0x0A, 12,  2,   2,    0,    0x0B, 7,    0,   0x41, 1,   0x40, 0,   0x1A, 0x0B,
};

/* A module that starts from a snapshot and the same without are loaded side by side, and what was given up comes back as
 * it was. */
static void test_snapshot(void) {
    struct server_error error = {.code = SERVER_ERROR_NONE};
    struct server_module *plain, *snapshot;
    struct host_hash hash;
    bool added;
    check_context("snapshot");
    test.config.limits.store_modules = 100;
    struct server_store *const store = open_store();
    const struct vm_bytes bytes = vm_bytes(initialized_bytes, sizeof initialized_bytes);
    if (!CHECK(server_store_add(store, bytes, &hash, &added, &error)))
        printf("%s\n", error.message);
    CHECK(server_store_get(store, &hash, HOST_START_SNAPSHOT, false, &snapshot, &error) == SERVER_STORE_LATER);
    uint64_t fuel = 0;
    for (int round = 0; round < 3; round++) {
        CHECK(server_store_get(store, &hash, HOST_START_SNAPSHOT, true, &snapshot, &error) == SERVER_STORE_FOUND);
        CHECK(server_store_get(store, &hash, HOST_START_EACH_CALL, true, &plain, &error) == SERVER_STORE_FOUND);
        CHECK(snapshot != plain && snapshot->contract.start == HOST_START_SNAPSHOT);
        CHECK(plain->contract.start == HOST_START_EACH_CALL && plain->contract.initialization_fuel == 0);
        CHECK(round == 0 || fuel == snapshot->contract.initialization_fuel);
        fuel = snapshot->contract.initialization_fuel;
        CHECK(fuel > 8192); /* a page */
        const struct server_store_figures before = server_store_measure(store);
        server_store_set_cap(store, 1); /* nothing may go while it is held, everything when it is not */
        CHECK_U64(server_store_measure(store).loaded, before.loaded < 2 ? 0 : 2);
        server_store_release(store, snapshot);
        server_store_release(store, plain);
        const struct server_store_figures after = server_store_measure(store);
        CHECK_U64(after.loaded, 0);
        CHECK_U64(after.bytes, 0);
        CHECK_U64(after.given_up, after.loads);
        server_store_set_cap(store, before.most_bytes);
    }
    server_store_close(store);

    check_context("an initialization that does not end well");
    uint8_t bad[sizeof initialized_bytes];
    struct server_store *const other = open_store();
    memcpy(bad, initialized_bytes, sizeof bad);
    memcpy(bad + sizeof bad - 6, "\0\0\1\1\1", 5); /* unreachable unreachable nop nop nop */
    CHECK(server_store_add(other, vm_bytes(bad, sizeof bad), &hash, &added, &error));
    CHECK(server_store_get(other, &hash, HOST_START_SNAPSHOT, true, &snapshot, &error) == SERVER_STORE_FAILED);
    CHECK(error.code == SERVER_ERROR_MODULE_REFUSED && error.detail != NULL &&
          strcmp(error.detail, "initialization") == 0);
    CHECK(server_store_get(other, &hash, HOST_START_EACH_CALL, true, &plain, &error) == SERVER_STORE_FOUND);
    server_store_release(other, plain);
    server_store_close(other);
}

/* ---- Snapshots on disk -------------------------------------------------------------------------------------------- */

static void snapshot_path(const struct host_hash *module, char path[512]) {
    char text[HOST_HASH_TEXT_SIZE], world[HOST_HASH_TEXT_SIZE];
    const struct host_hash hash = host_snapshot_world(&test.config);
    host_hash_text(module, text);
    host_hash_text(&hash, world);
    (void)snprintf(path, 512, "%s/snapshots/%s.%s", test.directory, text, world);
}

/* Loads the snapshot of a module in a store that was just opened and says how it came about. */
static struct server_snapshot_figures start(const struct host_hash *module, bool keep, struct host_hash *snapshot,
                                            struct server_error *error) {
    struct server_store *const store = open_store();
    struct server_module *loaded;
    error->code = SERVER_ERROR_NONE;
    if (CHECK(server_store_get(store, module, HOST_START_SNAPSHOT, true, &loaded, error) == SERVER_STORE_FOUND)) {
        *snapshot = loaded->contract.snapshot;
        CHECK(loaded->contract.initialization_fuel > 8192);
        if (keep)
            (void)server_store_keep(store, loaded, error);
        server_store_release(store, loaded);
    }
    const struct server_snapshot_figures figures = server_store_measure(store).snapshots;
    server_store_close(store);
    return figures;
}

static size_t file_bytes(const char *path, uint8_t *bytes, size_t room) {
    FILE *const file = fopen(path, "rb");
    const size_t size = file == NULL ? 0 : fread(bytes, 1, room, file);
    if (file != NULL)
        fclose(file);
    return size;
}

static void write_bytes(const char *path, const uint8_t *bytes, size_t size) {
    FILE *const file = fopen(path, "wb");
    if (CHECK(file != NULL)) {
        CHECK(fwrite(bytes, 1, size, file) == size);
        fclose(file);
    }
}

/* An initialization is run once, whatever is closed and opened; a file that is damaged is made again, the same; what is
 * not ours, or of another world, is seen to. */
static void test_kept_snapshot(void) {
    static uint8_t whole[4096], damaged[4096];
    char path[512], other[600];
    struct server_error error;
    struct host_hash module, first, again;
    struct server_store *const store = open_store();
    bool added;
    check_context("a snapshot on disk");
    CHECK(server_store_add(store, vm_bytes(initialized_bytes, sizeof initialized_bytes), &module, &added, &error));
    server_store_close(store);
    snapshot_path(&module, path);
    (void)unlink(path);
    struct server_snapshot_figures figures = start(&module, true, &first, &error);
    CHECK(error.code == SERVER_ERROR_NONE && figures.made == 1 && figures.read == 0 && figures.count == 1);
    const size_t size = file_bytes(path, whole, sizeof whole);
    CHECK(size > 104 && figures.bytes == size);
    figures = start(&module, true, &again, &error);
    CHECK(figures.made == 0 && figures.read == 1 && figures.count == 1 && figures.bytes == size);
    CHECK(host_hash_equal(&first, &again));

    for (size_t at = 0; at < size; at++) {
        check_context("a snapshot damaged at %zu", at);
        memcpy(damaged, whole, size);
        damaged[at] ^= 1;
        write_bytes(path, damaged, at % 3 == 0 ? at : size);
        figures = start(&module, false, &again, &error);
        CHECK(figures.made == 1 && figures.read == 0 && figures.damaged == 1 && figures.bytes == size);
        CHECK(figures.count == 1);
        CHECK(host_hash_equal(&first, &again));
        CHECK(file_bytes(path, damaged, sizeof damaged) == size && memcmp(whole, damaged, size) == 0);
    }
    check_context("no file, a folder or a link in its place");
    CHECK(unlink(path) == 0 && mkdir(path, 0777) == 0);
    figures = start(&module, true, &again, &error);
    CHECK(figures.made == 1 && error.code == SERVER_ERROR_STORE_UNAVAILABLE && host_hash_equal(&first, &again));
    CHECK(rmdir(path) == 0 && symlink("/dev/zero", path) == 0);
    figures = start(&module, true, &again, &error);
    CHECK(figures.made == 1 && error.code == SERVER_ERROR_NONE && host_hash_equal(&first, &again));
    CHECK(file_bytes(path, damaged, sizeof damaged) == size);

    check_context("leftovers and another world");
    (void)snprintf(other, sizeof other, "%s/snapshots/.new-half", test.directory);
    write_bytes(other, whole, 10);
    test.config.limits.result_bytes++;
    host_config_seal(&test.config);
    figures = start(&module, true, &again, &error);
    CHECK(figures.made == 1 && figures.count == 1 && host_hash_equal(&first, &again)); /* the same state */
    CHECK(access(other, F_OK) != 0 && access(path, F_OK) != 0);
    test.config.limits.result_bytes--;
    host_config_seal(&test.config);
    (void)snprintf(other, sizeof other, "%s/snapshots/README", test.directory);
    write_bytes(other, whole, 10);
    figures = start(&module, true, &again, &error);
    CHECK(figures.made == 1 && figures.count == 1 && access(other, F_OK) == 0);
    (void)unlink(other);

    check_context("no room for a snapshot");
    const uint64_t most = test.config.limits.store_snapshot_bytes;
    CHECK(unlink(path) == 0);
    test.config.limits.store_snapshot_bytes = size - 1;
    figures = start(&module, true, &again, &error);
    CHECK(error.code == SERVER_ERROR_STORE_FULL && figures.count == 0 && access(path, F_OK) != 0);
    test.config.limits.store_snapshot_bytes = size;
    figures = start(&module, true, &again, &error);
    CHECK(error.code == SERVER_ERROR_NONE && figures.count == 1 && figures.bytes == size);
    test.config.limits.store_snapshot_bytes = most;

    check_context("a full disk");
    CHECK(unlink(path) == 0);
    struct rlimit old, none;
    CHECK(getrlimit(RLIMIT_FSIZE, &old) == 0);
    none = old;
    none.rlim_cur = 20;
    (void)signal(SIGXFSZ, SIG_IGN);
    CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
    figures = start(&module, true, &again, &error); /* it starts, but that it is kept is not said */
    CHECK(setrlimit(RLIMIT_FSIZE, &old) == 0);
    CHECK(error.code == SERVER_ERROR_STORE_UNAVAILABLE && figures.count == 0 && host_hash_equal(&first, &again));
    figures = start(&module, true, &again, &error);
    CHECK(error.code == SERVER_ERROR_NONE && figures.made == 1 && figures.count == 1);
}

static const struct {
    const char *name;
    bool valid;
} names[] = {
    {"c", true},
    {"c++", true},
    {"c#", true},
    {"increaseCounter", true},
    {"a.b-c_d@2", true},
    {"", false},
    {".", false},
    {"..", false},
    {".hidden", false},
    {"trailing.", false},
    {"a/b", false},
    {"a\\b", false},
    {"a b", false},
    {"a,b", false},
    {"a%2fb", false},
    {"\xC3\xA9", false},
    {"a\n", false},
    {"a:b", false},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
};

static void test_names(void) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        check_context("name \"%s\"", names[i].name);
        CHECK(server_name_valid(vm_bytes_of_text(names[i].name)) == names[i].valid);
    }
    check_context("name with NUL");
    CHECK(!server_name_valid(vm_bytes("a\0b", 3)));
}

static struct host_hash hash_number(uint8_t number) {
    struct host_hash hash = {{0}};
    hash.bytes[31] = number;
    return hash;
}

/* What stands for `version` of c,x: its number, 100 more if it starts from a snapshot (of 12345 fuel), or 0. */
static unsigned module_of(struct server_registry *registry, uint64_t number) {
    struct server_version version;
    struct server_error error;
    if (!server_registry_find(registry, vm_bytes_of_text("c"), vm_bytes_of_text("x"), &number, &version, &error))
        return 0;
    const bool snapshot = version.start == HOST_START_SNAPSHOT;
    CHECK_U64(version.initialization_fuel, snapshot ? 12345 : 0);
    CHECK_U64(version.snapshot.bytes[31], snapshot ? 9 : 0);
    return version.module.bytes[31] + (snapshot ? 100u : 0u);
}

static bool bind(struct server_registry *registry, uint8_t number, bool once, uint64_t *version, bool *added,
                 struct server_error *error) {
    const bool snapshot = number > 100;
    const struct server_version bound = {
        .module = hash_number(snapshot ? (uint8_t)(number - 100) : number),
        .start = snapshot ? HOST_START_SNAPSHOT : HOST_START_EACH_CALL,
        .initialization_fuel = snapshot ? 12345 : 0,
        .snapshot = hash_number(snapshot ? 9 : 0),
    };
    return server_registry_bind(registry, vm_bytes_of_text("c"), vm_bytes_of_text("x"), &bound, once, version, added,
                                error);
}

/* Version 3 of c/x, module 1, is the newest of three. */
static void check_lists(struct server_registry *registry) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_arena arena;
    struct server_contract *list, one;
    struct server_error error;
    uint32_t count;
    vm_arena_init(&arena, &allocator);
    CHECK(server_registry_show(registry, vm_bytes_of_text("c"), vm_bytes_of_text("x"), &arena, &one, &error));
    CHECK_U64(one.count, 3);
    CHECK_U64(one.versions[0].module.bytes[31], one.versions[2].module.bytes[31]);
    CHECK(!server_registry_show(registry, vm_bytes_of_text("c"), vm_bytes_of_text("y"), &arena, &one, &error));
    CHECK(error.code == SERVER_ERROR_UNKNOWN_CONTRACT);
    CHECK(server_registry_list(registry, &arena, &list, &count, &error));
    CHECK_U64(count, 1);
    CHECK_U64(list[0].count, 3);
    CHECK(vm_bytes_equal(list[0].language, vm_bytes_of_text("c")) &&
          vm_bytes_equal(list[0].name, vm_bytes_of_text("x")));
    CHECK(host_hash_equal(&list[0].versions[0].module, &one.versions[2].module));
    vm_arena_clear(&arena);
}

static void test_registry(void) {
    struct server_error error = {.code = SERVER_ERROR_NONE};
    uint64_t version;
    bool added;
    check_context("registry");
    struct server_registry *registry = open_registry();
    CHECK(bind(registry, 1, false, &version, &added, &error) && added && version == 1);
    CHECK(bind(registry, 1, false, &version, &added, &error) && !added && version == 1);
    CHECK(bind(registry, 2, false, &version, &added, &error) && added && version == 2);
    CHECK(bind(registry, 1, true, &version, &added, &error) && !added && version == 1);
    CHECK_U64(module_of(registry, 0), 2);
    CHECK(bind(registry, 1, false, &version, &added, &error) && added && version == 3);
    CHECK(!bind(registry, 4, false, &version, &added, &error) && error.code == SERVER_ERROR_TOO_MANY_VERSIONS);
    server_registry_close(registry);

    check_context("registry after a restart");
    registry = open_registry();
    CHECK_U64(module_of(registry, 0), 1);
    CHECK_U64(module_of(registry, 2), 2);
    CHECK_U64(module_of(registry, 4), 0);
    check_lists(registry);
    CHECK(server_registry_remove(registry, vm_bytes_of_text("c"), vm_bytes_of_text("x"), &error));
    /* The same module in two ways is two versions. */
    CHECK(bind(registry, 1, false, &version, &added, &error) && added && version == 1);
    CHECK(bind(registry, 101, false, &version, &added, &error) && added && version == 2);
    CHECK(bind(registry, 101, false, &version, &added, &error) && !added && version == 2);
    CHECK(bind(registry, 1, true, &version, &added, &error) && !added && version == 1);
    server_registry_close(registry);
    registry = open_registry();
    CHECK_U64(module_of(registry, 1), 1);
    CHECK_U64(module_of(registry, 0), 101);
    CHECK(server_registry_remove(registry, vm_bytes_of_text("c"), vm_bytes_of_text("x"), &error));
    CHECK(!server_registry_remove(registry, vm_bytes_of_text("c"), vm_bytes_of_text("x"), &error));
    CHECK(error.code == SERVER_ERROR_UNKNOWN_CONTRACT);
    CHECK_U64(module_of(registry, 0), 0);
    server_registry_close(registry);
    registry = open_registry();
    CHECK_U64(server_registry_count(registry), 0);
    server_registry_close(registry);
}

#define HEX "0000000000000000000000000000000000000000000000000000000000000007"
static const struct {
    const char *text;
    bool good;
} files[] = {
    {"delavm contract 1\n1 " HEX "\n", true},
    {"delavm contract 1\n1 " HEX "\n2 " HEX "\n", true},
    {"delavm contract 1\n1 " HEX " snapshot 12\n2 " HEX "\n", true},
    {"delavm contract 1\n1 " HEX " snapshot\n", false},
    {"delavm contract 1\n1 " HEX " snapshot \n", false},
    {"delavm contract 1\n1 " HEX " snapshot 12 \n", false},
    {"delavm contract 1\n1 " HEX " snapshot 12 " HEX "\n2 " HEX "\n", true},
    {"delavm contract 1\n1 " HEX " snapshot 12 " HEX " \n2 " HEX "\n", false},
    {"delavm contract 1\n1 " HEX " snapshot 12 7\n2 " HEX "\n", false},
    {"delavm contract 1\n1 " HEX " each_call 12\n", false},
    {"delavm contract 1\n1 " HEX " \n", false},
    {"", false},
    {"delavm contract 1\n", false},
    {"delavm contract 2\n1 " HEX "\n", false},
    {"delavm contract 1\n2 " HEX "\n", false},
    {"delavm contract 1\n1 " HEX "\n1 " HEX "\n", false},
    {"delavm contract 1\n1 " HEX, false},
    {"delavm contract 1\n1 " HEX "0\n", false},
    {"delavm contract 1\n1" HEX "\n", false},
    {"delavm contract 1\n01 " HEX "\n", false},
    {"delavm contract 1\n\n", false},
};

/* A file that is not whole is left alone and named; the rest is there. */
static void test_contract_files(void) {
    char path[256];
    (void)snprintf(path, sizeof path, "%s/contracts/c,x", test.directory);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        check_context("contract file %zu", i);
        overwrite(path, files[i].text);
        test.complaints = 0;
        struct server_registry *const registry = open_registry();
        CHECK_U64(test.complaints, files[i].good ? 0 : 1);
        CHECK_U64(module_of(registry, 0), files[i].good ? 7 : 0);
        server_registry_close(registry);
    }
    unlink(path);
}

int main(void) {
    struct host_hash hash;
    host_config_init(&test.config, VM_STRICT);
    test.allocator = vm_system_allocator();
    (void)snprintf(test.directory, sizeof test.directory, "/tmp/delavm-store-test-XXXXXX");
    if (mkdtemp(test.directory) == NULL)
        return 2;
    test_add(&hash);
    test_bundled();
    test_damage(&hash);
    test_leftovers();
    test_full_disk();
    test_store_limit();
    test_names();
    test_snapshot();
    test_kept_snapshot();
    test_registry();
    test_contract_files();
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", test.directory);
    if (system(command) != 0)
        return 2;
    return check_done();
}
