/* server/run.h - takes one transaction of a job from its target to its outcome, as far as each turn allows. */
#ifndef DELAVM_SERVER_RUN_H
#define DELAVM_SERVER_RUN_H

#include "server/job.h"

enum server_run_result {
    SERVER_RUN_ENDED,  /* *outcome; valid until server_run_drop() */
    SERVER_RUN_PAUSED, /* call again in the next turn */
    SERVER_RUN_FAILED, /* job->error */
};

/* Judges the job's body, which must be a JSON object, once; ENDED: *scan is what is in it.  PAUSED: it is large and this
 * turn may not block. */
enum server_run_result server_run_scan(struct server_job *job, const struct server_turn *turn,
                                       struct host_json_scan *scan);

/* The same, and reads it into job->tree. */
enum server_run_result server_run_read(struct server_job *job, const struct server_turn *turn,
                                       struct host_json_scan *scan);

/* Finds the contract, judges the request, runs it.  `place`: of the transaction in the request, for messages. */
enum server_run_result server_run_step(struct server_job *job, const struct server_turn *turn,
                                       struct server_transaction *transaction, const struct server_place *place,
                                       const struct host_outcome **outcome);

/* Ends the run: gives the runner back.  The next server_run_step() begins anew, with the module still found. */
void server_run_drop(struct server_job *job);

/* The same, and forgets the module: before another transaction. */
void server_run_next(struct server_job *job);

#endif
