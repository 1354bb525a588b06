/* server/routes.c - the table, and finding a row of it. */
#include "server/routes.h"

#include <stdio.h>

const struct server_route server_routes[SERVER_ROUTE_COUNT] = {
#define ROUTE(method, path, handler, body, words)                                                                      \
    {SERVER_##method,                                                                                                  \
     path,                                                                                                             \
     server_handle_##handler,                                                                                          \
     SERVER_BODY_##body,                                                                                               \
     SERVER_BODY_##body == SERVER_BODY_REQUEST,                                                                        \
     words},
#include "server/routes.def"
};

/* Whether decoded segments fit a pattern; each {x} takes any one segment. */
static bool fits(const char *pattern, const struct vm_bytes *segments, uint32_t count) {
    uint32_t at = 0;
    while (*pattern == '/' && pattern[1] != 0) {
        const char *const start = ++pattern;
        while (*pattern != 0 && *pattern != '/')
            pattern++;
        if (at == count || (*start != '{' && !vm_bytes_equal(segments[at], vm_bytes(start, (size_t)(pattern - start)))))
            return false;
        at++;
    }
    return at == count;
}

static bool takes(const struct server_route *route, enum server_method method) {
    return route->method == method || (route->method == SERVER_GET && method == SERVER_HEAD);
}

bool server_route_find(struct server_job *job, enum server_method method, struct vm_bytes path, struct vm_bytes query) {
    job->method = method;
    if (path.size > sizeof job->path || query.size > sizeof job->query)
        return server_fail(&job->error, SERVER_ERROR_PATH, "it is too long");
    job->query_size = query.size;
    if (query.size != 0)
        memcpy(job->query, query.data, query.size);
    if (!server_path_read(path, job->path, job->segments, &job->segment_count, &job->error))
        return false;
    size_t used = 0;
    for (unsigned i = 0; i < SERVER_ROUTE_COUNT; i++) {
        const struct server_route *const route = &server_routes[i];
        if (!fits(route->path, job->segments, job->segment_count))
            continue;
        if (takes(route, method)) {
            job->route = route;
            return true;
        }
        const int size = snprintf(job->allowed + used, sizeof job->allowed - used, "%s%s%s", used == 0 ? "" : ", ",
                                  server_method_name(route->method), route->method == SERVER_GET ? ", HEAD" : "");
        used += size < 0 ? 0 : (size_t)size;
    }
    if (used == 0)
        return server_fail(&job->error, SERVER_ERROR_NOT_FOUND, NULL);
    job->allow = job->allowed;
    return server_fail(&job->error, SERVER_ERROR_METHOD, NULL);
}

uint64_t server_route_body(const struct server_route *route, const struct vm_limits *limits) {
    switch (route->body) {
    case SERVER_BODY_REQUEST:
        return limits->request_body_bytes;
    case SERVER_BODY_MODULE:
        return limits->module_bytes;
    case SERVER_BODY_NONE:
    default:
        return 0;
    }
}
