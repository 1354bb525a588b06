/* server/request.h - from JSON to a host_request.  Shared by the HTTP interface and the command line.
 *
 * A transaction, as POST /v1/execute and /v1/simulate take it:
 *
 *   {"contract": {"language": "c", "name": "value", "version": 3},   version: optional, else the newest
 *    "module": "<64 hex digits>",                                    instead of contract
 *    "start": "each_call" or "snapshot",                             optional, of a module: a version of a contract has its own
 *    "entry": "call",                                                optional
 *    "arguments": {"key": "text", "other": 7, "raw": {"base64": "…"}},
 *           or   [{"key": "text", "value": "<base64>"}, …],          optional
 *    "input": "<base64>",                                            optional
 *    "storage": [{"key": "<base64>", "value": "<base64>" or null}],  optional; null: known to be absent
 *    "context": {"caller": "<base64>", "transaction": "<base64>", "nonce": "7",
 *                "time": "<nanoseconds since 1970>",
 *                "previous": [{"id": "<base64>", "arguments": as above}]},   optional, and each member is
 *    "fuel": "1000000"}                                              optional
 *
 * 64-bit integers may be JSON numbers or strings, in plain decimal digits.  A number as an argument is passed on with
 * the characters it was written with.  Fields that are not named here are refused by name, so a misspelt "feul" can't
 * silently mean the default.  Order does not matter: arguments and storage are sorted here. */
#ifndef DELAVM_SERVER_REQUEST_H
#define DELAVM_SERVER_REQUEST_H

#include "host/host.h"
#include "server/json.h"

/* Where in the request we are, for messages: "transactions[3].context.nonce".  name: NULL for an array element. */
struct server_place {
    const struct server_place *above;
    const char *name;
    uint32_t index;
};

/* Which contract is meant: a module hash, or language, name and version (0: the newest). */
struct server_target {
    bool by_hash;
    struct host_hash module;
    enum host_start start; /* of a module hash; HOST_START_SNAPSHOT: one that was made before */
    struct vm_bytes language;
    struct vm_bytes name;
    uint64_t version;
};

/* A transaction that was read.  call.contract is NULL: finding the contract and host_request_check() are the caller's.
 * Slices point into the tree and the arena; both must live as long as the request. */
struct server_transaction {
    struct server_target target;
    struct host_request request;
};

/* What stands for members that are not there. */
struct server_defaults {
    enum host_mode mode;
    uint64_t fuel;
};

/* Reads an object as shown above.  `place`: of that object, NULL for the whole text. */
bool server_transaction_read(const cJSON *node, const struct server_place *place,
                             const struct server_defaults *defaults, struct vm_arena *arena,
                             struct server_transaction *transaction, struct server_error *error);

/* A batch: {"storage": …, "context": {"previous": …}, "transactions": [transactions without storage and previous],
 * "stop_at_need_keys": false, "no_previous": false}.  Each transaction's `previous` are those of the batch at first; see
 * server/handle_batch.c. */
struct server_batch {
    struct server_transaction *transactions;
    uint32_t count;
    struct host_entry *storage;
    uint32_t storage_count;
    struct host_previous *previous;
    uint32_t previous_count;
    bool stop_at_need_keys;
    bool no_previous;
};
bool server_batch_read(const cJSON *node, const struct server_defaults *defaults, uint32_t most, struct vm_arena *arena,
                       struct server_batch *batch, struct server_error *error);

/* The storage array alone: for storage files.  Sorted by key, no key twice. */
bool server_storage_read(const cJSON *node, const struct server_place *place, struct vm_arena *arena,
                         struct host_entry **entries, uint32_t *count, struct server_error *error);

/* The arguments object or array alone. */
bool server_arguments_read(const cJSON *node, const struct server_place *place, struct vm_arena *arena,
                           struct host_argument **arguments, uint32_t *count, struct server_error *error);

/* Sorts arguments by key; the index of a key that is there twice, or `count`. */
uint32_t server_arguments_sort(struct host_argument *arguments, uint32_t count);

/* host_request_check(), its findings as a server_error with the place. */
bool server_transaction_check(const struct server_transaction *transaction, const struct host_config *config,
                              const struct server_place *place, struct server_error *error);

/* Writes the place into error->path and returns false. */
bool server_fail_there(struct server_error *error, const struct server_place *place);

/* Readers of single members, for other requests.  find: NULL if it is not there. */
const cJSON *server_find(const cJSON *object, const char *name);
bool server_read_hash(const cJSON *node, const struct server_place *place, struct host_hash *hash,
                      struct server_error *error);

/* "each_call" or "snapshot"; the first of them if node is NULL. */
bool server_read_start(const cJSON *node, const struct server_place *place, enum host_start *start,
                       struct server_error *error);

/* Refuses members of `object` whose names are not in the NULL-terminated list; and what is not an object. */
bool server_only(const cJSON *object, const struct server_place *place, const char *const *names,
                 struct server_error *error);

#endif
