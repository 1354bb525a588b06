/* server/log.h - one line for each event on stderr: time, level, event, name=value pairs. */
#ifndef DELAVM_SERVER_LOG_H
#define DELAVM_SERVER_LOG_H

struct server;

enum server_log_level {
    SERVER_LOG_ERROR,  /* always */
    SERVER_LOG_NOTICE, /* unless --quiet */
    SERVER_LOG_DETAIL, /* with --verbose */
};

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void server_log(const struct server *server, enum server_log_level level, const char *format, ...);

#endif
