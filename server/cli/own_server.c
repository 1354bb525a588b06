/* server/cli/own_server.c - starts a delavm-server on a unix socket in a temporary directory, and clears up after it. */
#define _XOPEN_SOURCE 700 /* nftw() */
#include "server/cli/own_server.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/cli/cli.h"
#include "server/cli/http_client.h"

enum { OPTIONS_MAX = 16, WAIT_MILLISECONDS = 20000, STEP_MILLISECONDS = 5 };

/* The server beside this program, if there is one; else its bare name, to be looked for in PATH. */
static void find_program(char *path, size_t room) {
    const ssize_t size = readlink("/proc/self/exe", path, room - 1);
    path[size > 0 ? size : 0] = '\0';
    char *const slash = strrchr(path, '/');
    const size_t start = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    if (slash == NULL || snprintf(path + start, room - start, "delavm-server") >= (int)(room - start) ||
        access(path, X_OK) != 0)
        snprintf(path, room, "delavm-server");
}

static void run_program(const struct own_server *server, const char *const *options) {
    char program[4096], quiet[] = "--quiet", unix_option[] = "--unix", socket[96], store_option[] = "--store",
                        store[96], contracts_option[] = "--contracts";
    char *words[OPTIONS_MAX + 10] = {program, quiet, unix_option, socket, store_option, store, contracts_option, store};
    find_program(program, sizeof program);
    snprintf(socket, sizeof socket, "%s", server->address + strlen("unix:"));
    snprintf(store, sizeof store, "%s/store", server->place);
    for (size_t i = 0; i < OPTIONS_MAX && options[i] != NULL; i++)
        words[8 + i] = (char *)(uintptr_t)options[i];
    execvp(program, words);
    fprintf(stderr, "delavm: %s can't be started: %s\n", program, strerror(errno));
    _exit(127);
}

static void pause_step(void) {
    const struct timespec time = {0, STEP_MILLISECONDS * 1000000};
    nanosleep(&time, NULL);
}

static bool answers(const struct own_server *server) {
    struct http_client client;
    const bool good = http_client_open(&client, server->address);
    http_client_close(&client);
    return good;
}

bool own_server_start(struct own_server *server, const char *const *options) {
    *server = (struct own_server){.place = "/tmp/delavm-XXXXXX"};
    if (mkdtemp(server->place) == NULL) {
        cli_say("no temporary directory can be made in /tmp: %s", strerror(errno));
        server->place[0] = '\0';
        return false;
    }
    char store[96];
    snprintf(store, sizeof store, "%s/store", server->place);
    snprintf(server->address, sizeof server->address, "unix:%s/socket", server->place);
    if (mkdir(store, 0777) != 0) {
        cli_say("%s can't be made: %s", store, strerror(errno));
        return false;
    }
    server->process = fork();
    if (server->process == 0)
        run_program(server, options);
    if (server->process < 0) {
        server->process = 0;
        cli_say("no process can be started: %s", strerror(errno));
        return false;
    }
    for (int waited = 0; waited < WAIT_MILLISECONDS; waited += STEP_MILLISECONDS) {
        int status;
        if (answers(server))
            return true;
        if (waitpid(server->process, &status, WNOHANG) == server->process) {
            server->process = 0;
            cli_say("delavm-server ended before it answered; its words are above");
            return false;
        }
        pause_step();
    }
    cli_say("delavm-server does not answer");
    return false;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk) {
    (void)status;
    (void)kind;
    (void)walk;
    (void)remove(path);
    return 0;
}

void own_server_stop(struct own_server *server) {
    if (server->process > 0) {
        (void)kill(server->process, SIGTERM);
        (void)waitpid(server->process, NULL, 0);
    }
    if (server->place[0] != '\0')
        (void)nftw(server->place, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    *server = (struct own_server){0};
}
