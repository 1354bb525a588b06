/* server/listen.h - listening sockets. */
#ifndef DELAVM_SERVER_LISTEN_H
#define DELAVM_SERVER_LISTEN_H

#include <stdbool.h>

#include "server/error.h"

/* A non-blocking listening socket, or -1: *error says why and what to do.  `bound`: the address it has got. */
int server_listen(const char *address, char bound[128], struct server_error *error);
int server_listen_unix(const char *path, struct server_error *error);

/* Whether a port is decimal and at most 65535: getaddrinfo() would take more, modulo 65536. */
bool server_port_valid(const char *port);

/* Non-blocking, closed on exec. */
bool server_prepare_socket(int fd);

#endif
