/* server/routes.h - from method and path to a handler, expanded from server/routes.def. */
#ifndef DELAVM_SERVER_ROUTES_H
#define DELAVM_SERVER_ROUTES_H

#include "server/job.h"

enum server_body { SERVER_BODY_NONE, SERVER_BODY_REQUEST, SERVER_BODY_MODULE };

enum server_route_number {
#define ROUTE(method, path, handler, body, words) SERVER_ROUTE_##handler,
#include "server/routes.def"
    SERVER_ROUTE_COUNT
};

/* One row.  runs: its jobs run contracts, and may take long. */
struct server_route {
    enum server_method method;
    const char *path;
    server_handler *handler;
    enum server_body body;
    bool runs;
    const char *words;
};
extern const struct server_route server_routes[SERVER_ROUTE_COUNT];

/* Decodes `path` into the job, takes the query and finds the route.  false: job->error is PATH, NOT_FOUND or METHOD
 * (job->allow set). */
bool server_route_find(struct server_job *job, enum server_method method, struct vm_bytes path, struct vm_bytes query);

/* The greatest body a route takes. */
uint64_t server_route_body(const struct server_route *route, const struct vm_limits *limits);

#define ROUTE(method, path, handler, body, words) server_handler server_handle_##handler;
#include "server/routes.def"

#endif
