/* server/metrics.c - counting, and the Prometheus text.  Spec: Prometheus exposition formats, "Text-based format" */
#include "server/metrics.h"

/* Upper bounds of the latency histogram, in microseconds. */
static const uint32_t bounds[SERVER_LATENCIES] = {10,   20,   50,    100,    200,     500,     1000,
                                                  2000, 5000, 10000, 100000, 1000000, 5000000, 30000000};
static const char *const bound_texts[SERVER_LATENCIES] = {"0.00001", "0.00002", "0.00005", "0.0001", "0.0002",
                                                          "0.0005",  "0.001",   "0.002",   "0.005",  "0.01",
                                                          "0.1",     "1",       "5",       "30"};

static void count_time(struct server_latency *latency, uint64_t nanoseconds) {
    unsigned bucket = 0;
    while (bucket < SERVER_LATENCIES && nanoseconds > (uint64_t)bounds[bucket] * 1000)
        bucket++;
    latency->counts[bucket]++;
    latency->nanoseconds += nanoseconds;
}

void server_metrics_count(struct server_metrics *metrics, const struct server_job *job, uint64_t now) {
    const unsigned row = job->route == NULL ? SERVER_ROUTE_COUNT : (unsigned)(job->route - server_routes);
    metrics->requests[row][job->status / 100 % SERVER_STATUS_CLASSES]++;
    for (unsigned i = 0; i <= HOST_NEED_KEYS; i++)
        metrics->runs[i] += job->outcomes[i];
    metrics->fuel += job->fuel;
    metrics->engines_differ += job->engines_differ;
    count_time(&metrics->request_time, now - job->started);
    if (job->run_time != 0)
        count_time(&metrics->run_time, job->run_time);
}

void server_metrics_count_refusal(struct server_metrics *metrics, unsigned status) {
    metrics->requests[SERVER_ROUTE_COUNT][status / 100 % SERVER_STATUS_CLASSES]++;
}

static void put_name(struct server_buffer *b, const char *name, const char *rest) {
    server_put_text(b, "delavm_");
    server_put_text(b, name);
    server_put_text(b, rest);
}

static void put_head(struct server_buffer *b, const char *name, const char *type, const char *help) {
    server_put_text(b, "# HELP ");
    put_name(b, name, " ");
    server_put_text(b, help);
    server_put_text(b, "\n# TYPE ");
    put_name(b, name, " ");
    server_put_text(b, type);
    server_put_char(b, '\n');
}

static void put_one(struct server_buffer *b, const char *name, const char *type, const char *help, uint64_t value) {
    put_head(b, name, type, help);
    put_name(b, name, " ");
    server_put_u64(b, value);
    server_put_char(b, '\n');
}

/* Nanoseconds as seconds. */
static void put_seconds(struct server_buffer *b, uint64_t nanoseconds) {
    char digits[9];
    uint64_t rest = nanoseconds % 1000000000u;
    for (size_t i = sizeof digits; i > 0; i--, rest /= 10)
        digits[i - 1] = (char)('0' + rest % 10);
    server_put_u64(b, nanoseconds / 1000000000u);
    server_put_char(b, '.');
    server_put_bytes(b, vm_bytes(digits, sizeof digits));
    server_put_char(b, '\n');
}

static void put_requests(struct server_buffer *b, const struct server_metrics *metrics) {
    put_head(b, "requests_total", "counter", "Requests answered, by route and hundreds of the HTTP status.");
    for (unsigned row = 0; row <= SERVER_ROUTE_COUNT; row++)
        for (unsigned class = 0; class < SERVER_STATUS_CLASSES; class ++) {
            if (metrics->requests[row][class] == 0)
                continue;
            const bool routed = row < SERVER_ROUTE_COUNT;
            server_put_text(b, "delavm_requests_total{method=\"");
            server_put_text(b, routed ? server_method_name(server_routes[row].method) : "");
            server_put_text(b, "\",route=\"");
            server_put_text(b, routed ? server_routes[row].path : "");
            server_put_text(b, "\",status=\"");
            server_put_u64(b, class);
            server_put_text(b, "xx\"} ");
            server_put_u64(b, metrics->requests[row][class]);
            server_put_char(b, '\n');
        }
}

static void put_runs(struct server_buffer *b, const struct server_metrics *metrics) {
    put_head(b, "runs_total", "counter", "Contract runs, by outcome.");
    for (unsigned i = HOST_ACCEPTED; i <= HOST_NEED_KEYS; i++) {
        server_put_text(b, "delavm_runs_total{status=\"");
        server_put_text(b, host_status_name((enum host_status)i));
        server_put_text(b, "\"} ");
        server_put_u64(b, metrics->runs[i]);
        server_put_char(b, '\n');
    }
    put_one(b, "fuel_total", "counter", "Fuel used by all runs.", metrics->fuel);
    put_one(b, "engines_differ_total", "counter", "Checked runs on which the two engines did not agree.",
            metrics->engines_differ);
}

static void put_latency(struct server_buffer *b, const char *name, const char *help,
                        const struct server_latency *latency) {
    put_head(b, name, "histogram", help);
    uint64_t count = 0;
    for (unsigned i = 0; i <= SERVER_LATENCIES; i++) {
        count += latency->counts[i];
        put_name(b, name, "_bucket{le=\"");
        server_put_text(b, i < SERVER_LATENCIES ? bound_texts[i] : "+Inf");
        server_put_text(b, "\"} ");
        server_put_u64(b, count);
        server_put_char(b, '\n');
    }
    put_name(b, name, "_sum ");
    put_seconds(b, latency->nanoseconds);
    put_name(b, name, "_count ");
    server_put_u64(b, count);
    server_put_char(b, '\n');
}

void server_metrics_write(struct server *server, struct server_buffer *b) {
    const struct server_metrics *const metrics = server->metrics;
    uint32_t queued, running;
    server_workers_measure(server->workers, &queued, &running);
    const struct server_runner_figures runners = server_runner_measure(server->workers);
    const struct server_store_figures modules = server_store_measure(server->store);
    put_requests(b, metrics);
    put_runs(b, metrics);
    put_latency(b, "request_seconds", "From the last byte of a request to its answer.", &metrics->request_time);
    put_latency(b, "run_seconds", "The part of it in contracts and host functions, of requests that ran any.",
                &metrics->run_time);
    put_one(b, "handed_over_total", "counter", "Requests that a worker took over.", metrics->handed_over);
    put_one(b, "timeouts_total", "counter", "Connections closed at a deadline.", metrics->timeouts);
    put_one(b, "connections_accepted_total", "counter", "Connections accepted.", metrics->connections_accepted);
    put_one(b, "connections_refused_total", "counter", "Connections refused for want of descriptors or memory.",
            metrics->connections_refused);
    put_one(b, "read_bytes_total", "counter", "Bytes read from connections.", metrics->bytes_read);
    put_one(b, "written_bytes_total", "counter", "Bytes written to connections.", metrics->bytes_written);
    put_one(b, "connections", "gauge", "Open connections.", metrics->connections);
    put_one(b, "queued", "gauge", "Requests waiting for a worker.", queued);
    put_one(b, "running", "gauge", "Requests that workers are at.", running);
    put_one(b, "runners_taken", "gauge", "Instances in use.", runners.taken);
    put_one(b, "runners_spare", "gauge", "Instances kept for the next run.", runners.spare);
    put_one(b, "runner_spare_bytes", "gauge", "Memory held by the spare instances.", runners.spare_bytes);
    put_one(b, "runner_spare_bytes_limit", "gauge", "What the spare instances may hold.", runners.most_bytes);
    put_one(b, "instances_put_back_total", "counter", "Runs that began with the instance of the run before, put back.",
            runners.put_back);
    put_one(b, "instances_made_total", "counter", "Runs that began with an instance made for them.", runners.made);
    put_one(b, "body_bytes", "gauge", "Memory held by large request bodies.", metrics->body_bytes);
    put_one(b, "modules_stored", "gauge", "Modules on disk.", modules.stored);
    put_one(b, "modules_loaded", "gauge", "Modules in memory.", modules.loaded);
    put_one(b, "module_bytes", "gauge",
            "Memory held by the modules in memory: bytes, internal code, and what their instances begin with.",
            modules.bytes);
    put_one(b, "module_bytes_limit", "gauge", "Above this, modules that nobody uses are given up.", modules.most_bytes);
    put_one(b, "module_loads_total", "counter", "Modules that were validated, translated and kept in memory.",
            modules.loads);
    put_one(b, "module_evictions_total", "counter", "Modules that were given up to make room.", modules.given_up);
    put_one(b, "snapshots_stored", "gauge", "Snapshots on disk.", modules.snapshots.count);
    put_one(b, "snapshot_bytes", "gauge", "Their bytes.", modules.snapshots.bytes);
    put_one(b, "snapshot_bytes_limit", "gauge", "What they may take: the limit store_snapshot_bytes.",
            modules.snapshots.most_bytes);
    put_one(b, "snapshots_read_total", "counter", "Contracts that began from a snapshot on disk when they were loaded.",
            modules.snapshots.read);
    put_one(b, "initializations_total", "counter", "Initializations that were run to make a snapshot.",
            modules.snapshots.made);
    put_one(b, "snapshots_damaged_total", "counter", "Snapshots on disk that were found damaged, and made again.",
            modules.snapshots.damaged);
    put_one(b, "contracts", "gauge", "Contracts deployed.", server_registry_count(server->registry));
    put_head(b, "uptime_seconds", "gauge", "Since the server was started.");
    server_put_text(b, "delavm_uptime_seconds ");
    put_seconds(b, metrics->now - metrics->started);
}
