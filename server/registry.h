/* server/registry.h - names for modules: language and name -> versions.
 *
 * DIR/contracts/<language>,<name>, one text file for each contract, written whole at each change:
 *
 *   delavm contract 1
 *   1 <64 hex digits>
 *   2 <64 hex digits> snapshot 12345 <64 hex digits>
 *
 * The second version starts from a snapshot, for which 12345 fuel were used, and the hash of its state.
 *
 * Languages and names are checked to be 1 to 64 of A-Z a-z 0-9 _ - + # @ and inner dots before they come near a path.
 * Versions are counted from 1, are never changed or reused, and go away only with the whole contract.  All functions
 * may be called from any thread. */
#ifndef DELAVM_SERVER_REGISTRY_H
#define DELAVM_SERVER_REGISTRY_H

#include "host/host.h"
#include "server/buffer.h"
#include "server/error.h"

struct server_registry;

/* Opens (and makes, if need be) the names below `directory`.  A file that can't be read is left alone and named by
 * `complain`.  NULL: *error. */
struct server_registry *server_registry_open(const char *directory, uint64_t most_versions,
                                             void (*complain)(void *context, const char *file), void *context,
                                             struct server_error *error);
void server_registry_close(struct server_registry *registry);

/* Whether this could be a language or a name. */
bool server_name_valid(struct vm_bytes name);

/* What a version is: a module and when it is initialized; for a snapshot with the fuel that took when it was deployed, and
 * with what it was then. */
struct server_version {
    struct host_hash module;
    enum host_start start;
    uint64_t initialization_fuel;
    struct host_hash snapshot;
};

/* A version (0: the newest).  UNKNOWN_CONTRACT or UNKNOWN_VERSION.  *number becomes what was meant. */
bool server_registry_find(struct server_registry *registry, struct vm_bytes language, struct vm_bytes name,
                          uint64_t *number, struct server_version *version, struct server_error *error);

/* Makes `version` the newest one; nothing happens (*added false) if it is already.  `once`: nothing happens either
 * if it is any version, and then the file is not synced: bundled contracts can be bound again.  Blocks.  BAD_NAME,
 * TOO_MANY_VERSIONS, STORE_UNAVAILABLE, OUT_OF_MEMORY. */
bool server_registry_bind(struct server_registry *registry, struct vm_bytes language, struct vm_bytes name,
                          const struct server_version *version, bool once, uint64_t *number, bool *added,
                          struct server_error *error);

/* Forgets a contract with all its versions; the modules stay.  Blocks. */
bool server_registry_remove(struct server_registry *registry, struct vm_bytes language, struct vm_bytes name,
                            struct server_error *error);

/* A contract as it stood when it was asked for.  versions[i] is version i + 1; the last is the newest. */
struct server_contract {
    struct vm_bytes language;
    struct vm_bytes name;
    uint32_t count;
    const struct server_version *versions;
};

/* Copies in `arena`.  list: all contracts in the order of language and name, each with its newest version alone in
 * versions[0], count telling which one that is.  show: one with all of its versions.  OUT_OF_MEMORY, UNKNOWN_CONTRACT. */
bool server_registry_list(struct server_registry *registry, struct vm_arena *arena, struct server_contract **list,
                          uint32_t *count, struct server_error *error);
bool server_registry_show(struct server_registry *registry, struct vm_bytes language, struct vm_bytes name,
                          struct vm_arena *arena, struct server_contract *contract, struct server_error *error);

uint32_t server_registry_count(struct server_registry *registry);

#endif
