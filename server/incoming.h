/* server/incoming.h - the reading half of a connection: heads, what can be judged before the body, bodies.
 *
 * Only server/connection.c calls this. */
#ifndef DELAVM_SERVER_INCOMING_H
#define DELAVM_SERVER_INCOMING_H

#include "server/connection.h"

/* In state HEAD with something unread: parses a head if there is one.  Afterwards the state is BODY; or HEAD with
 * judged != 0 (more is needed); or the connection was answered or refused. */
void server_incoming_head(struct server_connection *connection);

/* In state BODY: true when the body is complete and job->request is set.  May refuse the connection. */
bool server_incoming_body(struct server_connection *connection);

/* Whether head and body lie together in `in`, and not in a buffer of the body's own. */
bool server_incoming_in_place(const struct server_connection *connection);

/* Room for a body that is not in place, within what all bodies together may take.  NULL: refused. */
uint8_t *server_incoming_reserve(struct server_connection *connection, size_t more);

/* The request's bytes are no longer needed. */
void server_incoming_end(struct server_connection *connection);

/* Gives the body's memory back, with the account. */
void server_incoming_drop(struct server_connection *connection);

#endif
