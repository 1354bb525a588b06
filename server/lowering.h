/* server/lowering.h - what becomes of floats in a module that is deployed: ?policy=… of POST /v1/modules and
 * PUT /v1/contracts/{language}/{name}.
 *
 *   strict   the module must have none; it is stored as it is.  The default
 *   lazy     it is stored with its floats lowered, but each computation with one traps
 *   lower    it is stored with its floats lowered: it computes with them, in integer code
 *
 * What is stored, named by its hash, and run is the lowered module: the nodes that have it need not be able to lower, and
 * any of them can be asked for its bytes.  With &lowering=HASH (GET /v1/info) a node that would lower to something else
 * refuses. */
#ifndef DELAVM_SERVER_LOWERING_H
#define DELAVM_SERVER_LOWERING_H

#include "server/job.h"

/* A module as it was deployed.  hash, size: of what is stored; original: of the request's body. */
struct server_deployed {
    enum loader_policy policy;
    struct host_hash hash;
    struct host_hash original;
    uint64_t size;
    bool added;
};

/* Reads the query of the job; strict if there is none.  False: job->error. */
bool server_lowering_read(struct server_job *job, enum loader_policy *policy);

/* Stores the module in the job's body by the policy of its query.  Blocks.  False: job->error. */
bool server_lowering_store(struct server_job *job, struct server_deployed *out);

/* "policy": …, "lowered_from": hash, "lowering": hash; nothing for the strict policy. */
void server_lowering_put(struct server_buffer *buffer, const struct server_deployed *deployed);

#endif
