/* server/listen.c - addresses to listening sockets. */
#include "server/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024, HOST_ROOM = 256 };

bool server_prepare_socket(int fd) {
    const int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

bool server_port_valid(const char *port) {
    uint32_t number = 0;
    const char *c = port;
    for (; *c >= '0' && *c <= '9' && number <= UINT16_MAX; c++)
        number = number * 10 + (uint32_t)(*c - '0');
    return c != port && *c == 0 && number <= UINT16_MAX;
}

/* "host:port" or "[host]:port". */
static bool split(const char *address, char host[HOST_ROOM], const char **port) {
    const char *const colon = strrchr(address, ':');
    if (colon == NULL || colon[1] == 0)
        return false;
    const char *start = address, *end = colon;
    if (*start == '[' && end > start + 1 && end[-1] == ']') {
        start++;
        end--;
    }
    if (end == start || (size_t)(end - start) >= HOST_ROOM)
        return false;
    memcpy(host, start, (size_t)(end - start));
    host[end - start] = 0;
    *port = colon + 1;
    return server_port_valid(*port);
}

static int fail(int fd, struct server_error *error, const char *address, bool is_path) {
    const int why = errno;
    const char *const advice =
        is_path
            ? (why == EADDRINUSE ? "; something is there already: remove it, or choose another with --unix PATH" : "")
        : why == EADDRINUSE    ? "; another program has this port: stop it, or choose another with --listen ADDR:PORT"
        : why == EACCES        ? "; ports below 1024 need root: choose a higher one"
        : why == EADDRNOTAVAIL ? "; this machine does not have that address"
                               : "";
    (void)server_fail(error, SERVER_ERROR_INTERNAL, NULL);
    (void)snprintf(error->message, sizeof error->message, "can't listen on %s: %s%s", address, strerror(why), advice);
    if (fd >= 0)
        close(fd);
    return -1;
}

static void name_of(int fd, char bound[128]) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char host[HOST_ROOM], port[32];
    bound[0] = 0;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 ||
        getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    (void)snprintf(bound, 128, strchr(host, ':') != NULL ? "[%.64s]:%.16s" : "%.64s:%.16s", host, port);
}

int server_listen(const char *address, char bound[128], struct server_error *error) {
    char host[HOST_ROOM];
    const char *port;
    const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (!split(address, host, &port) || getaddrinfo(host, port, &hints, &found) != 0) {
        (void)server_fail(error, SERVER_ERROR_INTERNAL, NULL);
        (void)snprintf(error->message, sizeof error->message,
                       "%s is no address to listen on: write ADDR:PORT, such as 127.0.0.1:3000 or [::1]:3000", address);
        return -1;
    }
    const int fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    const int on = 1;
    const bool good = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                      bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0 &&
                      server_prepare_socket(fd);
    const int why = errno;
    freeaddrinfo(found);
    errno = why;
    if (!good)
        return fail(fd, error, address, false);
    name_of(fd, bound);
    return fd;
}

/* A socket file that nobody listens on any more is left over from a server that was killed. */
static bool is_stale(const struct sockaddr_un *address) {
    struct stat found;
    if (lstat(address->sun_path, &found) != 0 || !S_ISSOCK(found.st_mode))
        return false;
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return false;
    const bool dead = connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 && errno == ECONNREFUSED;
    close(fd);
    return dead;
}

int server_listen_unix(const char *path, struct server_error *error) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        (void)server_fail(error, SERVER_ERROR_INTERNAL, NULL);
        (void)snprintf(error->message, sizeof error->message, "the socket path is too long (%zu bytes at most): %.200s",
                       sizeof address.sun_path - 1, path);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    if (is_stale(&address))
        unlink(path);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, BACKLOG) != 0 ||
        !server_prepare_socket(fd))
        return fail(fd, error, path, true);
    return fd;
}
