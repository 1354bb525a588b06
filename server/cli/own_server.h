/* server/cli/own_server.h - a delavm-server for one command, with a store of its own that goes away with it. */
#ifndef DELAVM_SERVER_CLI_OWN_SERVER_H
#define DELAVM_SERVER_CLI_OWN_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

/* process: 0 when none runs. */
struct own_server {
    pid_t process;
    char place[64];   /* its temporary directory */
    char address[96]; /* "unix:PATH", for http_client_open() */
};

/* Starts the delavm-server that lies beside this program, else the one in PATH, and waits until it answers.  `options`:
 * further words of its command line, NULL-terminated.  False: explained on stderr, and own_server_stop() is still due. */
bool own_server_start(struct own_server *server, const char *const *options);

/* Ends it and removes its directory. */
void own_server_stop(struct own_server *server);

#endif
