/* server/loop.h - the event loop: poll(), listeners, connections, deadlines, and the way back from the workers. */
#ifndef DELAVM_SERVER_LOOP_H
#define DELAVM_SERVER_LOOP_H

#include "server/job.h"

struct server_loop;

/* A loop without listeners; NULL: *error.  server->metrics is set to its counters. */
struct server_loop *server_loop_new(struct server *server, struct server_error *error);

/* Listens on "ADDR:PORT" ("127.0.0.1:3000", "[::1]:0"), or on a unix socket (a stale one is replaced, a live one is
 * not).  false: *error in words for people.  `bound` receives what it became ("127.0.0.1:40321"). */
bool server_loop_listen(struct server_loop *loop, const char *address, char bound[128], struct server_error *error);
bool server_loop_listen_unix(struct server_loop *loop, const char *path, struct server_error *error);

/* Serves until server_loop_stop(); then answers what is under way, for at most ten seconds.  The workers must exist.
 * Returns false if poll() itself failed. */
bool server_loop_run(struct server_loop *loop);

/* From any thread or signal handler: stop serving; called again: stop waiting for what is under way. */
void server_loop_stop(struct server_loop *loop);

/* For server_workers_new(): wakes the loop to take finished jobs. */
void server_loop_wake(void *loop);

/* Closes everything.  The workers must have been stopped, but not freed: what they left unfinished is freed here. */
void server_loop_free(struct server_loop *loop);

#endif
