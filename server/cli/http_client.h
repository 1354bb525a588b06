/* server/cli/http_client.h - a small blocking HTTP/1.1 client, for talking to a server of ours. */
#ifndef DELAVM_SERVER_CLI_HTTP_CLIENT_H
#define DELAVM_SERVER_CLI_HTTP_CLIENT_H

#include "vm/bytes.h"

/* A connection that is kept open between requests.  fd is -1 when there is none. */
struct http_client {
    int fd;
    bool bad_address; /* that was why it could not be opened */
    char host[256];   /* for the Host header */
    char error[256];  /* what went wrong last, for people */
    char *buffer;     /* holds the latest answer */
    size_t size;
    size_t room;
};

/* An answer.  body lies in the client's buffer until its next request. */
struct http_answer {
    int status;
    struct vm_bytes body;
};

/* Connects to "HOST:PORT", ":PORT", "http://HOST:PORT" or "unix:PATH".  False: client->error says why. */
bool http_client_open(struct http_client *client, const char *address);
void http_client_close(struct http_client *client);

/* Sends one request and waits for the whole answer.  content_type NULL: no body is sent.  False: client->error says
 * why, the connection is closed, and whether the server acted is not known. */
bool http_client_request(struct http_client *client, const char *method, const char *path, const char *content_type,
                         struct vm_bytes body, struct http_answer *answer);

#endif
