/* server/log.c - writes a line at once, so that lines of several threads do not mix. */
#include "server/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "server/job.h"

void server_log(const struct server *server, enum server_log_level level, const char *format, ...) {
    static const char *const names[] = {"error", "notice", "detail"};
    if ((level == SERVER_LOG_NOTICE && server->quiet) || (level == SERVER_LOG_DETAIL && !server->verbose))
        return;
    char line[1024];
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    int size =
        snprintf(line, sizeof line, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %s ", parts.tm_year + 1900, parts.tm_mon + 1,
                 parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1000000, names[level]);
    va_list arguments;
    va_start(arguments, format);
    size += vsnprintf(line + size, sizeof line - (size_t)size - 1, format, arguments);
    va_end(arguments);
    if ((size_t)size > sizeof line - 2)
        size = (int)sizeof line - 2;
    line[size] = '\n';
    const ssize_t written = write(STDERR_FILENO, line, (size_t)size + 1);
    (void)written;
}
