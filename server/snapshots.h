/* server/snapshots.h - what contracts that are initialized once begin from, on disk, so that this was once indeed.
 *
 * DIR/snapshots/<64 hex digits>.<64 hex digits>: module and world, for host/host.h says what is in it.  A file that is
 * damaged is as none: the contract is initialized again, and the file written again.  Together they take no more than the
 * limit store_snapshot_bytes.  Those that nothing here will ask for, since they were made under other limits or prices, are
 * removed when the store is opened; any other may be removed while no server runs, and costs an initialization.
 * All functions may be called from any thread. */
#ifndef DELAVM_SERVER_SNAPSHOTS_H
#define DELAVM_SERVER_SNAPSHOTS_H

#include "host/host.h"
#include "server/buffer.h"
#include "server/error.h"

struct server_snapshots;

/* Opens (and makes, if need be) DIR/snapshots.  NULL: *error. */
struct server_snapshots *server_snapshots_open(const char *directory, const struct host_config *config,
                                               const struct vm_allocator *allocator, struct server_error *error);
void server_snapshots_close(struct server_snapshots *snapshots);

/* Makes a contract that was just loaded start from its snapshot: the one that is kept, else its initialization is run, and
 * kept if that can be.  *kept: it is on disk and stays there.  VM_OK, or as host_contract_snapshot().  Blocks. */
enum vm_status server_snapshots_start(struct server_snapshots *snapshots, struct host_contract *contract, bool *kept,
                                      struct vm_error *error);

/* Whether there is a file for the snapshot of a module. */
bool server_snapshots_has(struct server_snapshots *snapshots, const struct host_hash *module);

/* Keeps the snapshot of a contract that starts from one: once this has returned true it survives everything but the loss
 * of the disk.  STORE_FULL, STORE_UNAVAILABLE, OUT_OF_MEMORY.  Blocks. */
bool server_snapshots_keep(struct server_snapshots *snapshots, const struct host_contract *contract,
                           struct server_error *error);

/* For /metrics: files and their bytes; how often one was read, an initialization was run, and a file was found damaged. */
struct server_snapshot_figures {
    uint32_t count;
    uint64_t bytes;
    uint64_t most_bytes;
    uint64_t read;
    uint64_t made;
    uint64_t damaged;
};
struct server_snapshot_figures server_snapshots_measure(struct server_snapshots *snapshots);

#endif
