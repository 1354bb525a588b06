/* server/cli/http_client.c - connects, sends, reads an answer with Content-Length, chunks, or until the end. */
#include "server/cli/http_client.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/listen.h"

#define ANSWER_BYTES_MAX ((size_t)256 << 20)
#define SECONDS_MAX 120

static bool fail_address(struct http_client *client, const char *address, const char *why) {
    snprintf(client->error, sizeof client->error, "%s is no address: %s", address, why);
    client->bad_address = true;
    return false;
}

__attribute__((format(printf, 2, 3))) static bool fail(struct http_client *client, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(client->error, sizeof client->error, format, arguments);
    va_end(arguments);
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    return false;
}

static bool open_unix(struct http_client *client, const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return fail(client, "the path of the unix socket is longer than %zu bytes", sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    snprintf(client->host, sizeof client->host, "localhost");
    client->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (client->fd < 0 || connect(client->fd, (const struct sockaddr *)&address, sizeof address) != 0)
        return fail(client, "no server at unix:%s: %s", path, strerror(errno));
    return true;
}

static bool open_tcp(struct http_client *client, const char *address) {
    char host[256];
    const char *const colon = strrchr(address, ':');
    if (colon == NULL || colon[1] == '\0' || (size_t)(colon - address) >= sizeof host)
        return fail_address(client, address, "write HOST:PORT or unix:PATH");
    if (colon[1] >= '0' && colon[1] <= '9' && !server_port_valid(colon + 1))
        return fail_address(client, address, "ports go from 1 to 65535");
    const bool bracketed = address[0] == '[' && colon > address && colon[-1] == ']'; /* [::1]:3000 */
    snprintf(host, sizeof host, "%.*s", (int)(colon - address) - 2 * bracketed, address + bracketed);
    snprintf(client->host, sizeof client->host, "%s", address);
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    const int status = getaddrinfo(host[0] == '\0' ? "127.0.0.1" : host, colon + 1, &wanted, &found);
    if (status != 0)
        return fail_address(client, address, gai_strerror(status));
    for (const struct addrinfo *a = found; a != NULL && client->fd < 0; a = a->ai_next) {
        client->fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (client->fd >= 0 && connect(client->fd, a->ai_addr, a->ai_addrlen) != 0) {
            close(client->fd);
            client->fd = -1;
        }
    }
    freeaddrinfo(found);
    return client->fd >= 0 || fail(client, "no server at %s: %s", address, strerror(errno));
}

bool http_client_open(struct http_client *client, const char *address) {
    *client = (struct http_client){.fd = -1};
    if (strncmp(address, "http://", 7) == 0)
        address += 7;
    const bool good = strncmp(address, "unix:", 5) == 0 ? open_unix(client, address + 5) : open_tcp(client, address);
    if (good) {
        const struct timeval patience = {.tv_sec = SECONDS_MAX};
        setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    }
    return good;
}

void http_client_close(struct http_client *client) {
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    free(client->buffer);
    client->buffer = NULL;
    client->room = client->size = 0;
}

static bool send_all(struct http_client *client, const void *data, size_t size) {
    const char *at = data;
    while (size > 0) {
        const ssize_t sent = send(client->fd, at, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* Reads some more; 0 at the end, -1 on failure (explained). */
static int read_more(struct http_client *client) {
    if (client->room - client->size < 2) {
        const size_t room = client->room == 0 ? 16384 : client->room * 2;
        char *const buffer = room > ANSWER_BYTES_MAX ? NULL : realloc(client->buffer, room);
        if (buffer == NULL) {
            fail(client, "the answer is too large for this machine");
            return -1;
        }
        client->buffer = buffer;
        client->room = room;
    }
    ssize_t got;
    do
        got = recv(client->fd, client->buffer + client->size, client->room - client->size - 1, 0);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        const bool late = errno == EAGAIN || errno == EWOULDBLOCK;
        fail(client, "%s", late ? "the server did not answer in time" : strerror(errno));
        return -1;
    }
    client->size += (size_t)got;
    client->buffer[client->size] = '\0';
    return got > 0;
}

/* The value of a header in the head [buffer, end), or NULL. */
static const char *header(const struct http_client *client, size_t end, const char *name) {
    const size_t size = strlen(name);
    const char *line = client->buffer;
    while ((line = strstr(line, "\r\n")) != NULL && (size_t)(line - client->buffer) < end) {
        line += 2;
        if (strncasecmp(line, name, size) == 0 && line[size] == ':')
            return line + size + 1 + strspn(line + size + 1, " \t");
    }
    return NULL;
}

/* Removes the chunk framing behind `head` in place, reading as needed.  *end: length of the body. */
static bool read_chunks(struct http_client *client, size_t head, size_t *end) {
    size_t in = head, out = head;
    for (;;) {
        char *line;
        while ((line = client->size > in ? strstr(client->buffer + in, "\r\n") : NULL) == NULL)
            if (read_more(client) <= 0)
                return false;
        const unsigned long size = strtoul(client->buffer + in, NULL, 16);
        if (size > ANSWER_BYTES_MAX)
            return false;
        in = (size_t)(line - client->buffer) + 2;
        while (client->size < in + size + 2)
            if (read_more(client) <= 0)
                return false;
        memmove(client->buffer + out, client->buffer + in, size);
        out += size;
        in += size + 2;
        if (size == 0)
            break;
    }
    *end = out - head;
    return true;
}

static bool read_answer(struct http_client *client, struct http_answer *answer) {
    client->size = 0;
    size_t head = 0;
    do {
        const int more = read_more(client);
        if (more <= 0)
            return more < 0 ? false : fail(client, "the server closed the connection without an answer");
        const char *const end = strstr(client->buffer, "\r\n\r\n");
        head = end == NULL ? 0 : (size_t)(end - client->buffer) + 4;
        /* An interim answer (100 Continue) is passed over. */
        if (head > 0 && strncmp(client->buffer, "HTTP/1.1 1", 10) == 0) {
            memmove(client->buffer, client->buffer + head, client->size - head + 1);
            client->size -= head;
            head = 0;
        }
    } while (head == 0);
    /* "HTTP/1.1 200 ..." */
    answer->status = strncmp(client->buffer, "HTTP/1.", 7) == 0 ? (int)strtol(client->buffer + 8, NULL, 10) : 0;
    if (answer->status < 100 || answer->status > 599)
        return fail(client, "what answered is no HTTP server");
    const char *const length = header(client, head, "Content-Length");
    const char *const encoding = header(client, head, "Transfer-Encoding");
    const char *const connection = header(client, head, "Connection");
    const bool closes = connection != NULL && strncasecmp(connection, "close", 5) == 0;
    size_t size = 0;
    if (encoding != NULL && strncasecmp(encoding, "chunked", 7) == 0) {
        if (!read_chunks(client, head, &size))
            return fail(client, "the server's answer broke off");
    } else if (length != NULL) {
        size = strtoul(length, NULL, 10);
        while (client->size - head < size) {
            const int more = read_more(client);
            if (more <= 0)
                return more < 0 ? false : fail(client, "the server's answer broke off");
        }
    } else {
        int more;
        while ((more = read_more(client)) > 0) {
        }
        if (more < 0)
            return false;
        size = client->size - head;
    }
    answer->body = vm_bytes(client->buffer + head, size);
    if (closes) {
        close(client->fd);
        client->fd = -1;
    }
    return true;
}

bool http_client_request(struct http_client *client, const char *method, const char *path, const char *content_type,
                         struct vm_bytes body, struct http_answer *answer) {
    char head[1024], content[256] = "";
    if (client->fd < 0)
        return fail(client, "the connection is closed");
    if (content_type != NULL)
        snprintf(content, sizeof content, "Content-Type: %s\r\nContent-Length: %zu\r\n", content_type, body.size);
    const int size = snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\n%s\r\n",
                              method, path, client->host, content);
    if (size < 0 || (size_t)size >= sizeof head)
        return fail(client, "the request's path is too long");
    /* A server that refuses early may have answered already: read even when not all could be sent. */
    const bool sent =
        send_all(client, head, (size_t)size) && (content_type == NULL || send_all(client, body.data, body.size));
    const int reason = errno;
    if (read_answer(client, answer))
        return true;
    return sent ? false : fail(client, "the request could not be sent: %s", strerror(reason));
}
