/* host/runner.h - a runner from inside: for runner.c, and for start.c, which makes what runs begin from.  Internal to
 * host. */
#ifndef DELAVM_HOST_RUNNER_H
#define DELAVM_HOST_RUNNER_H

#include "host/run.h"

/* What is being called; host/runner.c says more. */
enum stage { STAGE_START, STAGE_INITIALIZE, STAGE_ALLOCATE, STAGE_ENTER };

struct host_runner {
    const struct host_config *config;
    struct vm_allocator outer; /* the caller's; `run.allocator` counts and passes on */
    size_t bytes;
    struct vm_store *store;
    struct vm_machine *machine; /* NULL: it only makes instances */
    struct host_run run;

    /* The host functions, and the references of those that this run's contract imports. */
    uint8_t types[HOST_IMPORT_COUNT][HOST_IMPORT_VALUES];
    struct vm_host_function functions[HOST_IMPORT_COUNT];
    vm_value references[HOST_IMPORT_COUNT];

    /* The request, and the one that start function and _initialize see: nobody's. */
    const struct host_request *request;
    struct host_request nobody;

    /* The instance in the store, if it can be put back, and the contract it is of.  Its module may be gone by now: that
     * it is the one of a request is told by address and hash together. */
    struct {
        struct vm_instance *instance;
        const struct vm_module *module;
        struct host_hash program;
    } held;
    struct vm_instance *instance; /* of this run; NULL before it is made */
    bool only_initializes;        /* the run ends behind STAGE_INITIALIZE */
    enum stage stage;
    uint32_t function; /* of the stage: its index */
    uint64_t spent;    /* fuel, before this stage */
    enum host_run_state state;
    struct host_frame frames[HOST_FRAMES_SHOWN];
    struct host_outcome outcome;

    /* Where runs are checked: the same run in the other engine. */
    struct host_runner *other;
    bool differs;
};

/* A runner that can make instances and run nothing: it has no machine, whose stacks are large.  NULL when memory is
 * short. */
struct host_runner *host_runner_make(const struct host_config *config, const struct vm_allocator *allocator);

/* Forgets the run before, but for the instance. */
void host_runner_reset(struct host_runner *runner, const struct host_request *request);

/* A vm_resolver, whose context is a runner that has a request: binds an import to the host function of the row that
 * host_contract_load() found for it. */
bool host_runner_resolve(void *context, const struct vm_import *import, struct vm_extern *out);

#endif
