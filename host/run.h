/* host/run.h - the state of a run that host functions work on; the context of every host call.  Internal to host. */
#ifndef DELAVM_HOST_RUN_H
#define DELAVM_HOST_RUN_H

#include "host/effects.h"
#include "host/storage.h"
#include "host/wasi.h"

/* failed: an allocation failed in a host call.  The run is then stopped by any trap, and is no verdict. */
struct host_run {
    const struct host_config *config;
    const struct host_request *request;
    struct vm_allocator allocator; /* counts what the runner holds */
    struct vm_arena arena;         /* copies that live until the next run */
    struct host_storage storage;
    struct host_effects effects;
    struct host_wasi wasi;
    struct host_buffer scratch; /* bytes; for calls whose input and output overlap */
    bool failed;
};

/* Makes what runs of a loaded contract begin from; the last step of host_contract_load().  VM_OK, VM_RESOURCE.  start.c
 */
enum vm_status host_contract_prepare(struct host_contract *contract, const struct host_config *config,
                                     const struct vm_allocator *allocator, struct vm_error *error);

/* Makes `image` what calls begin from; `state` is the image as bytes.  snapshot.c */
void host_contract_begin_from(struct host_contract *contract, const struct host_config *config,
                              const struct vm_image *image, struct vm_bytes state, uint64_t fuel);

/* An image as bytes, from `allocator`, with room for `before` and `after` bytes around it; NULL when memory is short.
 * snapshot.c */
uint8_t *host_snapshot_state(const struct vm_image *image, const struct vm_module *module, size_t before, size_t after,
                             const struct vm_allocator *allocator, size_t *size);

#endif
