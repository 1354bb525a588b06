/* host/storage.h - what one run sees and does of the storage: the brought keys below, its own writes above.
 *
 * Every key the run meets gets one cell.  Cells are found by binary search in a sorted index and never by a hash of
 * the key, so no choice of keys makes them slow, and lists keep the order in which things happened.
 * Internal to host. */
#ifndef DELAVM_HOST_STORAGE_H
#define DELAVM_HOST_STORAGE_H

#include "host/buffer.h"
#include "host/host.h"

/* A key the run has met.
 * brought    its place in the request's storage, or HOST_NOT_BROUGHT
 * written    the run set or deleted it: then present, value_at and value_size tell what it wrote
 * room       bytes reserved at value_at: a shorter value is written over a longer one */
#define HOST_NOT_BROUGHT UINT32_MAX
struct host_cell {
    struct vm_bytes key;
    uint32_t brought;
    bool read;
    bool needed;
    bool written;
    bool present;
    size_t value_at;
    size_t value_size;
    size_t room;
};

/* cells in the order they were met; `sorted`, `reads`, `writes` and `needed` hold cell numbers (uint32_t).
 * written values lie in `values`; what is no longer used is squeezed out when it fills, so it stays below about twice
 * the write_bytes limit. */
struct host_storage {
    const struct host_request *request;
    const struct vm_limits *limits;
    const struct vm_allocator *allocator;
    struct vm_arena *arena; /* for copies of keys */
    struct host_buffer cells;
    struct host_buffer sorted;
    struct host_buffer reads;
    struct host_buffer writes;
    struct host_buffer needed;
    uint8_t *values;
    size_t values_fill;
    size_t values_capacity;
    uint32_t needed_read;   /* in `needed`: the key whose read ended the run */
    uint64_t written_bytes; /* keys and values of the diff as it stands */

    /* Filled by host_storage_finish(). */
    struct host_buffer read_entries;  /* struct host_entry */
    struct host_buffer write_entries; /* struct host_entry */
    struct host_buffer needed_keys;   /* struct vm_bytes */
};

/* All pointers are kept; the arena is reset by the owner between runs. */
void host_storage_init(struct host_storage *storage, const struct vm_limits *limits,
                       const struct vm_allocator *allocator, struct vm_arena *arena);
void host_storage_begin(struct host_storage *storage, const struct host_request *request);
void host_storage_free(struct host_storage *storage);

/* What a look-up found. */
enum host_look { HOST_LOOK_FOUND, HOST_LOOK_ABSENT, HOST_LOOK_NEEDED, HOST_LOOK_OVER_LIMIT, HOST_LOOK_FAILED };

/* Reads a key: the run's own write, else what was brought, which is then a read of the footprint.  FOUND fills *value,
 * good until the next write.  NEEDED: not brought, and put on the list; OVER_LIMIT: a simulation read more keys than a
 * request may bring; FAILED: memory is short. */
enum host_look host_storage_get(struct host_storage *storage, struct vm_bytes key, struct vm_bytes *value);

/* How a write went. */
enum host_write { HOST_WRITE_DONE, HOST_WRITE_OVER_LIMIT, HOST_WRITE_FAILED };

/* Writes a value, or absence if value is NULL.  If it is not DONE, nothing has changed. */
enum host_write host_storage_put(struct host_storage *storage, struct vm_bytes key, const struct vm_bytes *value);

/* Puts a key that will be read on the list of needed keys, if it was neither brought nor written.  One place of the
 * list is kept for the key whose read ends the run; what no longer fits is left out.  False when memory is short. */
bool host_storage_expect(struct host_storage *storage, struct vm_bytes key);

/* Makes the lists for the outcome.  False when memory is short. */
bool host_storage_finish(struct host_storage *storage);

#endif
