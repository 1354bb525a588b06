/* server/reply.c - status line and headers, and dates. */
#include "server/reply.h"

#include <stdio.h>

const char *server_reason(unsigned status) {
    static const struct {
        unsigned status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {400, "Bad Request"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

/* Nanoseconds as milliseconds, which Server-Timing has. */
static void put_milliseconds(struct server_buffer *b, uint64_t nanoseconds) {
    const uint64_t micros = nanoseconds / 1000;
    const char rest[] = {'.', (char)('0' + micros / 100 % 10), (char)('0' + micros / 10 % 10),
                         (char)('0' + micros % 10)};
    server_put_u64(b, micros / 1000);
    server_put_bytes(b, vm_bytes(rest, sizeof rest));
}

void server_put_reply(struct server_buffer *b, const struct server_reply *reply) {
    if (reply->status == 200) {
        server_put_text(b, "HTTP/1.1 200 OK\r\nDate: ");
    } else {
        server_put_text(b, "HTTP/1.1 ");
        server_put_u64(b, reply->status);
        server_put_char(b, ' ');
        server_put_text(b, server_reason(reply->status));
        server_put_text(b, "\r\nDate: ");
    }
    server_put_text(b, reply->date);
    server_put_text(b, "\r\nContent-Type: ");
    server_put_text(b, reply->content_type);
    server_put_text(b, "\r\nContent-Length: ");
    server_put_u64(b, reply->length);
    if (reply->allow != NULL) {
        server_put_text(b, "\r\nAllow: ");
        server_put_text(b, reply->allow);
    }
    if (reply->timed) {
        server_put_text(b, "\r\nServer-Timing: run;dur=");
        put_milliseconds(b, reply->run_time);
        server_put_text(b, ", total;dur=");
        put_milliseconds(b, reply->total_time);
    }
    if (reply->status == 503)
        server_put_text(b, "\r\nRetry-After: 1");
    if (!reply->keep_alive)
        server_put_text(b, "\r\nConnection: close");
    else if (reply->minor == 0)
        server_put_text(b, "\r\nConnection: keep-alive");
    server_put_text(b, "\r\n\r\n");
}

void server_date(uint64_t seconds, char text[32]) {
    static const char days[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    /* Days since 1 March of year 0, so that leap days come last; then years of 400, 100, 4 and 1. */
    const uint64_t day = seconds / 86400, second = seconds % 86400;
    const uint64_t shifted = day + 719468, era = shifted / 146097, in_era = shifted % 146097;
    const uint64_t year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    const uint64_t in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const uint64_t from_march = (5 * in_year + 2) / 153;
    const unsigned date = (unsigned)(in_year - (153 * from_march + 2) / 5 + 1);
    const unsigned month = (unsigned)(from_march < 10 ? from_march + 2 : from_march - 10);
    const unsigned year = (unsigned)((year_of_era + era * 400 + (month <= 1)) % 10000);
    (void)snprintf(text, 32, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[day % 7], date % 100, months[month], year,
                   (unsigned)(second / 3600), (unsigned)(second / 60 % 60), (unsigned)(second % 60));
}
