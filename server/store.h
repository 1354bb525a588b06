/* server/store.h - modules by content hash: on disk for good, in memory while they are used.
 *
 * DIR/modules/<64 hex digits>.wasm.  A module is validated before it is stored, and hashed again whenever it is loaded:
 * what no longer has the hash it is named by is never run.  Loaded modules are kept in memory, the least recently used
 * ones given up first; a run holds a reference, so its module stays until the run has ended.  All functions may be
 * called from any thread. */
#ifndef DELAVM_SERVER_STORE_H
#define DELAVM_SERVER_STORE_H

#include <stdatomic.h>

#include "host/host.h"
#include "server/snapshots.h"

struct server_store;

/* A loaded module; one that starts from a snapshot is another than the same module without.  heavy: its last run was long,
 * so the next one had better not begin on the loop's thread.  kept: its snapshot is on disk. */
struct server_module {
    struct host_contract contract;
    atomic_bool heavy;
    atomic_bool kept;
    /* The rest belongs to the store. */
    struct server_module *next;
    uint64_t used;
    size_t bytes;
    uint32_t references;
};

/* Opens (and makes, if need be) the store below `directory`, which the caller has locked.  NULL: *error. */
struct server_store *server_store_open(const char *directory, const struct host_config *config,
                                       const struct vm_allocator *allocator, struct server_error *error);
void server_store_close(struct server_store *store);

/* Validates a module, stores it and loads it; *added: it was not there (or no longer whole).  Once this has returned true
 * the module survives everything but the loss of the disk.  Blocks: not for the loop's thread. */
bool server_store_add(struct server_store *store, struct vm_bytes bytes, struct host_hash *hash, bool *added,
                      struct server_error *error);

/* The same for one of the many that come with the program, which can be stored again at any time and of which few may
 * ever be called: nothing is synced, and it is loaded when it is first called. */
bool server_store_add_bundled(struct server_store *store, struct vm_bytes bytes, struct host_hash *hash, bool *added,
                              struct server_error *error);

enum server_store_found { SERVER_STORE_FOUND, SERVER_STORE_LATER, SERVER_STORE_FAILED };

/* A reference to a module; to be given back.  start: HOST_START_SNAPSHOT begins from the snapshot that is kept, or
 * initializes it if none is, which comes out the same.  LATER: it must be loaded from disk, and !may_block.  FAILED: *error is UNKNOWN_MODULE, MODULE_CORRUPT, MODULE_REFUSED (the configuration has changed), STORE_UNAVAILABLE, OUT_OF_MEMORY. */
enum server_store_found server_store_get(struct server_store *store, const struct host_hash *hash,
                                         enum host_start start, bool may_block, struct server_module **module,
                                         struct server_error *error);
void server_store_release(struct server_store *store, struct server_module *module);

/* Whether the snapshot of a module was made before, so that server_store_get() need not.  Blocks. */
bool server_store_has_snapshot(struct server_store *store, const struct host_hash *hash);

/* Sees to it that the snapshot of a module that starts from one is on disk for good (server_snapshots_keep()).  Blocks. */
bool server_store_keep(struct server_store *store, struct server_module *module, struct server_error *error);

/* The stored bytes, checked against the hash.  Blocks. */
bool server_store_read(struct server_store *store, const struct host_hash *hash, struct server_buffer *bytes,
                       struct server_error *error);

/* What is on disk, in the order of the hashes. */
struct server_stored {
    struct host_hash hash;
    uint64_t size;
    char *manifest; /* the store's own: its manifest as JSON once that was asked for, else NULL */
};

/* A copy of the list in `arena`; false: memory is short. */
bool server_store_list(struct server_store *store, struct vm_arena *arena, struct server_stored **list,
                       uint32_t *count);
/* Writes the manifest of a stored module as server_answer_manifest() has it; null also for a module that is not there or
 * can no longer be loaded.  Loads it when it is asked for the first time, and keeps the text: blocks. */
void server_store_manifest(struct server_store *store, const struct host_hash *hash, struct server_buffer *buffer);

bool server_store_has(struct server_store *store, const struct host_hash *hash, uint64_t *size);

/* For /metrics: modules on disk; modules in memory, the bytes these take and may take before idle ones are given up; how
 * often one was loaded, and given up. */
struct server_store_figures {
    uint32_t stored;
    uint32_t loaded;
    size_t bytes;
    size_t most_bytes;
    uint64_t loads;
    uint64_t given_up;
    struct server_snapshot_figures snapshots;
};
struct server_store_figures server_store_measure(struct server_store *store);

/* Another cap than 256 MiB; for tests.  Idle modules over it are given up at once. */
void server_store_set_cap(struct server_store *store, size_t bytes);

#endif
