/* server/reply.h - the head of an answer.  Specs: RFC 9112, section "Status Line"; W3C, Server Timing */
#ifndef DELAVM_SERVER_REPLY_H
#define DELAVM_SERVER_REPLY_H

#include "server/buffer.h"

struct server_reply {
    unsigned status;
    uint8_t minor; /* of the request's HTTP/1.minor */
    bool keep_alive;
    const char *content_type;
    const char *date;
    const char *allow; /* or NULL */
    uint64_t length;
    bool timed; /* run_time and total_time, in nanoseconds, are to be shown */
    uint64_t run_time;
    uint64_t total_time;
};

/* "OK", … */
const char *server_reason(unsigned status);

void server_put_reply(struct server_buffer *buffer, const struct server_reply *reply);

/* The Date header's value for seconds since 1970, at most 29 characters.  No locale has a part in it. */
void server_date(uint64_t seconds, char text[32]);

#endif
