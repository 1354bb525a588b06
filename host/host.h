/* host/host.h - one contract call: request in; result, effects and receipt out.  No sockets, no JSON, no files.
 *
 * Storage is footprint in, diff out: a request brings the keys a contract may read (a value, or known to be absent);
 * the outcome carries an ordered list of writes, and only if the contract accepted.  Nothing survives between calls. */
#ifndef DELAVM_HOST_HOST_H
#define DELAVM_HOST_HOST_H

#include "host/config.h"
#include "host/manifest.h"
#include "host/shape.h"
#include "vm/image.h"
#include "vm/machine.h"

/* When a contract that has a start function or exports _initialize (host/shape.h) has these run. */
enum host_start {
    HOST_START_EACH_CALL, /* at the beginning of each call, which pays for it */
    HOST_START_SNAPSHOT,  /* once, when it is deployed; calls begin from what that left */
};

/* "each_call", "snapshot". */
const char *host_start_name(enum host_start start);

/* A contract: a module that passed host_contract_load().  Immutable; may be shared by threads and must outlive every
 * run of it.  It is run under the configuration it was loaded with. */
struct host_contract {
    struct vm_module *module;
    struct host_hash hash; /* of the module's bytes */
    struct host_manifest manifest;
    enum host_start start;
    /* HOST_START_SNAPSHOT: BLAKE2b-256 of the snapshot as bytes (vm_image_write()); else zeros. */
    struct host_hash snapshot;
    /* What a receipt names: the module's hash; of a snapshot BLAKE2b-256("delavm snapshot 2", the module's hash, that of
     * the snapshot): nodes that begin from different states differ in every receipt. */
    struct host_hash program;
    uint64_t initialization_fuel; /* HOST_START_SNAPSHOT: what the start function and _initialize used, once */
    const uint8_t *import_row;    /* [module->import_count] enum host_import; owned by the module */
    struct host_form form;
    bool reads_text; /* it imports fd_read or has text functions: a request's input is for it a text */
    /* What runs begin from, owned by the module too; NULL if an instance can't be made (each run finds that out). */
    const struct vm_image *image;
    uint64_t instantiation_price; /* fuel */
};

/* Loads a module and checks that it can be a contract under this configuration: valid and supported; imports only rows
 * of host/imports.def and host/wasi.def, with their types; of one of the shapes of host/shape.h; a manifest, if there
 * is one, that can be read.
 * Returns VM_OK and *out (to be given to host_contract_free()), or what loader_load() says, or VM_UNLINKABLE with the import
 * and both types in words, or VM_UNSUPPORTED. */
enum vm_status host_contract_load(struct vm_bytes bytes, const struct host_config *config,
                                  const struct vm_allocator *allocator, struct host_contract *out,
                                  struct vm_error *error);
void host_contract_free(struct host_contract *contract);

/* Says of a module what host_contract_load() does, and *hash, without making anything to run: a fraction of its work.
 * (That memory is short may of course be found in one and not in the other.) */
enum vm_status host_contract_check(struct vm_bytes bytes, const struct host_config *config,
                                   const struct vm_allocator *allocator, struct host_hash *hash,
                                   struct vm_error *error);

/* Runs a contract's start function and its _initialize once, and makes what they left the state that all calls begin
 * from: their results, effects and memory are then bit for bit those of calls that run these themselves, and they pay
 * vm_image_price() in place of making an instance and running them.  They run as they would in a call: in a world without
 * a request, where asking for storage or giving a verdict is a trap, logs and events are forgotten, and the fuel limit is
 * the greatest there is.  To be called once, after host_contract_load() and before the contract is shared.  Pure: it comes
 * out the same wherever it is done.
 * VM_OK; VM_UNSUPPORTED if there is nothing to run or it did not return, with words about how and where; VM_RESOURCE,
 * also if the engines of a checked configuration differ.  After a failure the contract is as it was. */
enum vm_status host_contract_snapshot(struct host_contract *contract, const struct host_config *config,
                                      const struct vm_allocator *allocator, struct vm_error *error);

/* A snapshot can be kept, so that nothing need be run again after a restart:
 *
 *   32 bytes  module hash
 *   32 bytes  world                   BLAKE2b-256 of "delavm kept snapshot 1", u32 HOST_ENGINE_VERSION, schedule hash and
 *                                     limits hash: with the module all that decides what the snapshot is
 *   u64       initialization fuel
 *   bytes     the state               as vm_image_write() has it, to the end but for
 *   32 bytes  BLAKE2b-256 of all that
 *
 * world:   of a configuration.
 * keep:    the bytes for a contract that starts from a snapshot, from `allocator`, to be given to vm_release(); data NULL
 *          when memory is short.
 * restore: in place of host_contract_snapshot(), by bytes that were kept.  Whoever makes such bytes up, with all hashes
 *          right, can give the contract any state that its types allow, and no other harm: then its receipts are others.
 *          VM_OK; VM_MALFORMED if they are not this contract's in this world, or VM_RESOURCE; then the contract is as it was. */
struct host_hash host_snapshot_world(const struct host_config *config);
struct vm_bytes host_snapshot_keep(const struct host_contract *contract, const struct host_config *config,
                                   const struct vm_allocator *allocator);
enum vm_status host_contract_restore(struct host_contract *contract, const struct host_config *config,
                                     struct vm_bytes kept);

/* A named value: an argument. */
struct host_argument {
    struct vm_bytes key;
    struct vm_bytes value;
};

/* A stored key as the request brings it, or as a run writes it.  present == false: known to be absent / deleted. */
struct host_entry {
    struct vm_bytes key;
    struct vm_bytes value;
    bool present;
};

/* A transaction of the block that came before this one. */
struct host_previous {
    struct vm_bytes id;
    const struct host_argument *arguments;
    uint32_t argument_count;
};

enum host_mode {
    HOST_EXECUTE,  /* reading a key that was not brought ends the run with need_keys */
    HOST_SIMULATE, /* such a key counts as absent, and stands in the footprint */
};

/* One call.  All slices belong to the caller and must live until the outcome has been read.
 * arguments (also those of previous transactions) and storage must be sorted by key (vm_bytes_compare) without
 * repetitions: host_request_check() says. */
struct host_request {
    const struct host_contract *contract;
    struct vm_bytes entry; /* empty: the contract's default entry */
    enum host_mode mode;
    uint64_t fuel_limit; /* clamped to limits.fuel; the outcome shows what was granted */
    struct vm_bytes input;
    const struct host_argument *arguments;
    uint32_t argument_count;
    const struct host_entry *storage;
    uint32_t storage_count;
    struct vm_bytes caller;
    struct vm_bytes transaction_id;
    uint64_t nonce;
    uint64_t time; /* nanoseconds since 1970 that the block agreed on; 0 where nobody said */
    const struct host_previous *previous;
    uint32_t previous_count;
};

/* The name of the entry that the request means; empty if it names none where the contract has no default. */
struct vm_bytes host_request_entry(const struct host_request *request);

/* Judges a request against HOST limits and order rules, and that the entry is there.  VM_OK; VM_LIMIT or VM_INVALID
 * with words in *error; its offset is the index of the argument, key or previous transaction at fault, else 0. */
enum vm_status host_request_check(const struct host_request *request, const struct host_config *config,
                                  struct vm_error *error);

enum host_status {
    HOST_ACCEPTED = 1,
    HOST_REJECTED = 2,
    HOST_TRAPPED = 3,
    HOST_OUT_OF_FUEL = 4,
    HOST_NEED_KEYS = 5,
};

/* "accepted", "rejected", "trapped", "out_of_fuel", "need_keys". */
const char *host_status_name(enum host_status status);

struct host_event {
    struct vm_bytes name;
    struct vm_bytes data;
};

struct host_frame {
    uint32_t function;
    uint32_t offset;
    struct vm_bytes name; /* may be empty */
};

/* How a run ended.  Belongs to the runner; valid until its next begin, clear or free.
 * result        empty unless accepted;  message: empty unless rejected
 * writes        in the order of the first write to each key; the last value of each.  Empty unless accepted
 * reads         keys whose brought value (or absence) was looked at, in the order of the first look; with that value
 * needed        HOST_NEED_KEYS: keys that were read or expected but not brought, in order of appearance; needed_read is
 *               the index of the one whose read ended the run, which may have been expected before others were
 * events        empty unless accepted;  logs, fuel: always there
 * trap          TRAPPED and OUT_OF_FUEL: kind and place, with the guest stack (innermost first, at most
 *               HOST_FRAMES_SHOWN); function VM_NO_FUNCTION, offset 0 and no stack if the instance could not be made.
 *               Else kind VM_TRAP_NONE and zeros */
#define HOST_FRAMES_SHOWN 64
struct host_outcome {
    enum host_status status;
    struct vm_bytes result;
    struct vm_bytes message;
    const struct host_entry *writes;
    uint32_t write_count;
    const struct host_entry *reads;
    uint32_t read_count;
    const struct vm_bytes *needed;
    uint32_t needed_count;
    uint32_t needed_read;
    const struct host_event *events;
    uint32_t event_count;
    const struct vm_bytes *logs;
    uint32_t log_count;
    uint32_t logs_dropped;
    uint64_t fuel_limit;
    uint64_t fuel_used;          /* of it: */
    uint64_t fuel_instantiation; /* for making the instance */
    struct vm_trap trap;
    const struct host_frame *frames;
    uint32_t frame_count; /* shown */
    uint32_t depth;       /* active functions when it trapped */
    uint32_t memory_pages;
    uint32_t frames_high;
    uint32_t operands_high;
    struct host_hash receipt;
};

/* A runner owns a store, a machine and buffers and does one run at a time; a worker keeps one and uses it again. */
struct host_runner;

enum host_run_state {
    HOST_RUN_PAUSED,   /* host_runner_continue() goes on; on any thread, one at a time */
    HOST_RUN_FINISHED, /* host_runner_outcome() */
    HOST_RUN_FAILED,   /* this machine ran out of memory, or its engines differ: no outcome; an infrastructure fault */
};

/* A runner for this configuration (kept by pointer), or NULL when memory is short. */
struct host_runner *host_runner_new(const struct host_config *config, const struct vm_allocator *allocator);
void host_runner_free(struct host_runner *runner);

/* Begins a run of a request that passed host_request_check().  Executes nothing of the contract yet. */
enum host_run_state host_runner_begin(struct host_runner *runner, const struct host_request *request);

/* Runs on for about `slice` fuel (UINT64_MAX: to the end).  Where it pauses never changes the outcome. */
enum host_run_state host_runner_continue(struct host_runner *runner, uint64_t slice);

/* The machine of the run in progress, for traces between continues; do not run it by hand except vm_machine_step()
 * through host_runner_step(). */
struct vm_machine *host_runner_machine(struct host_runner *runner);
enum host_run_state host_runner_step(struct host_runner *runner);

/* After HOST_RUN_FINISHED. */
const struct host_outcome *host_runner_outcome(const struct host_runner *runner);

/* After HOST_RUN_FAILED: if that was because the two engines of a checked run (host_config.check) differ, what the other
 * engine made of it, host_runner_outcome() being what the chosen one did; neither may be acted on.  Else NULL. */
const struct host_outcome *host_runner_other_outcome(const struct host_runner *runner);

/* True if the runner would begin a run of this contract by putting back the instance it has, not by making one. */
bool host_runner_holds(const struct host_runner *runner, const struct host_contract *contract);

/* Bytes the runner holds from its allocator; and how many of them are room for memories to grow into that was never used,
 * for which a system has address space but no memory to give. */
size_t host_runner_bytes(const struct host_runner *runner);
size_t host_runner_reserved(const struct host_runner *runner);

#endif
