/* server/main.c - delavm-server: reads options, opens the store, starts workers and loop, ends in order. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/disk.h"
#include "server/log.h"
#include "server/loop.h"
#include "server/memory.h"
#include "server/options.h"

/* What main() builds and takes down; also for the thread that waits for signals. */
struct program {
    struct server_options options;
    struct server server;
    struct server_loop *loop;
    int lock;
    char contracts[PATH_MAX];
};

static int fail(const char *text) {
    fprintf(stderr, "delavm-server: %s\n", text);
    return 1;
}

/* ---- Configuration ----------------------------------------------------------------------------------------------- */

static bool read_schedule(struct program *program) {
    const char *const path = program->options.schedule;
    if (path == NULL)
        return true;
    struct server_buffer text = {0};
    struct vm_error error;
    char directory[PATH_MAX];
    const char *const slash = strrchr(path, '/');
    (void)snprintf(directory, sizeof directory, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1,
                   slash == NULL ? "." : path);
    bool good = server_disk_read(directory, slash == NULL ? path : slash + 1, 1 << 20, &text);
    if (!good) {
        fprintf(stderr, "delavm-server: can't read the schedule %s: %s\n", path, strerror(errno));
    } else if (host_schedule_read(vm_bytes(text.data, text.size), &program->server.config.schedule, &error) != VM_OK) {
        fprintf(stderr, "delavm-server: %s:%llu: %s\n", path, (unsigned long long)error.offset, error.message);
        good = false;
    } else {
        host_config_seal(&program->server.config);
    }
    server_buffer_free(&text);
    return good;
}

static bool configure(struct program *program) {
    struct server *const server = &program->server;
    const struct server_options *const options = &program->options;
    host_config_init(&server->config, options->profile);
    server->config.engine = options->engine;
    server->config.fold = options->fold;
    server->config.check = options->check;
    server->allocator = vm_system_allocator();
    server->default_fuel = options->fuel != 0 ? options->fuel : server->config.limits.fuel;
    server->hosts = options->hosts;
    server->host_count = options->host_count;
    server->quiet = options->quiet;
    server->verbose = options->verbose;
    server->timing = options->timing;
    return server_options_limits(options, &server->config.limits) && read_schedule(program);
}

/* Each connection takes a descriptor, so as many as the system lets us have. */
static void raise_descriptor_limit(const struct server *server) {
    struct rlimit limit;
    const rlim_t wanted = (rlim_t)server->config.limits.connections + 64;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > wanted ? wanted : limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- Store and bundled contracts --------------------------------------------------------------------------------- */

static void complain(void *context, const char *file) {
    server_log(context, SERVER_LOG_ERROR, "contract_unreadable file=%s (left alone; deploy it again)", file);
}

static bool open_store(struct program *program) {
    struct server *const server = &program->server;
    const char *const directory = program->options.store;
    struct server_error error;
    if (!server_disk_directory(directory)) {
        fprintf(stderr, "delavm-server: can't use the store %s: %s\nChoose another place with --store DIR.\n",
                directory, strerror(errno));
        return false;
    }
    program->lock = server_disk_lock(directory);
    if (program->lock < 0) {
        const bool taken = errno == EAGAIN || errno == EACCES;
        fprintf(stderr, "delavm-server: can't use the store %s: %s\nChoose another place with --store DIR.\n",
                directory, taken ? "another server has it" : strerror(errno));
        return false;
    }
    const struct vm_allocator modules = server_memory_for_modules();
    server->store = server_store_open(directory, &server->config, &modules, &error);
    if (server->store != NULL)
        server->registry =
            server_registry_open(directory, server->config.limits.contract_versions, complain, server, &error);
    if (server->registry == NULL)
        fprintf(stderr, "delavm-server: %s\n", error.message);
    return server->registry != NULL;
}

static void bind_file(struct program *program, const char *directory, const char *language, const char *file) {
    struct server *const server = &program->server;
    struct server_buffer bytes = {0};
    struct server_error error;
    struct server_version found = {.start = HOST_START_EACH_CALL};
    uint64_t version = 0;
    bool added = false;
    const size_t length = strlen(file);
    if (length <= 5 || strcmp(file + length - 5, ".wasm") != 0)
        return;
    const struct vm_bytes name = vm_bytes(file, length - 5);
    bool good = server_disk_read(directory, file, (size_t)server->config.limits.module_bytes, &bytes) ||
                server_fail(&error, SERVER_ERROR_STORE_UNAVAILABLE, "%s", strerror(errno));
    good = good &&
           server_store_add_bundled(server->store, vm_bytes(bytes.data, bytes.size), &found.module, &added, &error) &&
           server_registry_bind(server->registry, vm_bytes_of_text(language), name, &found, true, &version, &added,
                                &error);
    server_buffer_free(&bytes);
    if (!good)
        server_log(server, SERVER_LOG_ERROR, "contract_skipped language=%s name=%.*s reason=\"%s\"", language,
                   (int)name.size, (const char *)name.data, error.message);
    else if (added)
        server_log(server, SERVER_LOG_DETAIL, "contract_bound language=%s name=%.*s version=%llu", language,
                   (int)name.size, (const char *)name.data, (unsigned long long)version);
}

static void bind_language(struct program *program, const char *language) {
    char directory[PATH_MAX + 256];
    (void)snprintf(directory, sizeof directory, "%s/%s", program->contracts, language);
    DIR *const list = opendir(directory);
    if (list == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(list)) != NULL;)
        bind_file(program, directory, language, entry->d_name);
    closedir(list);
}

/* The folder contracts beside this program, unless another was named. */
static void choose_contracts(struct program *program, const char *self) {
    const char *const slash = strrchr(self, '/');
    if (program->options.contracts != NULL)
        (void)snprintf(program->contracts, sizeof program->contracts, "%s", program->options.contracts);
    else if (slash != NULL)
        (void)snprintf(program->contracts, sizeof program->contracts, "%.*s/contracts", (int)(slash - self), self);
}

/* DIR/LANGUAGE/NAME.wasm */
static bool bind_contracts(struct program *program) {
    if (program->contracts[0] == 0)
        return true;
    DIR *const list = opendir(program->contracts);
    if (list == NULL && program->options.contracts != NULL) {
        fprintf(stderr, "delavm-server: can't read the contracts in %s: %s\n", program->contracts, strerror(errno));
        return false;
    }
    if (list == NULL)
        return true;
    for (const struct dirent *entry; (entry = readdir(list)) != NULL;)
        if (server_name_valid(vm_bytes_of_text(entry->d_name)))
            bind_language(program, entry->d_name);
    closedir(list);
    return true;
}

/* ---- Serving ----------------------------------------------------------------------------------------------------- */

/* All addresses or none; only then is it said, so that who reads "listening" can rely on it. */
static bool listen_everywhere(struct program *program) {
    const struct server_options *const options = &program->options;
    struct server_error error;
    const char *const standard[] = {"127.0.0.1:3000"};
    const bool named = options->listen_count + options->unix_count > 0;
    const char *const *const addresses = named ? options->listen : standard;
    const uint32_t count = named ? options->listen_count : 1;
    char bound[SERVER_MOST_ADDRESSES][128];
    bool good = true;
    for (uint32_t i = 0; i < count && good; i++)
        good = server_loop_listen(program->loop, addresses[i], bound[i], &error);
    for (uint32_t i = 0; i < options->unix_count && good; i++)
        good = server_loop_listen_unix(program->loop, options->unix_paths[i], &error);
    if (!good) {
        fprintf(stderr, "delavm-server: %s\n", error.message);
        return false;
    }
    for (uint32_t i = 0; i < options->unix_count; i++)
        server_log(&program->server, SERVER_LOG_NOTICE, "listening unix=%s", options->unix_paths[i]);
    for (uint32_t i = 0; i < count; i++)
        server_log(&program->server, SERVER_LOG_NOTICE, "listening address=http://%s", bound[i]);
    return true;
}

/* SIGTERM and SIGINT are blocked everywhere and waited for here, so that no handler and no global is needed.  SIGUSR1
 * is main()'s word that it is over. */
static void *wait_for_signals(void *context) {
    struct program *const program = context;
    sigset_t signals;
    int number = 0;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGUSR1);
    while (sigwait(&signals, &number) == 0 && number != SIGUSR1) {
        server_log(&program->server, SERVER_LOG_NOTICE, "stopping signal=%s", number == SIGINT ? "INT" : "TERM");
        server_loop_stop(program->loop);
    }
    return NULL;
}

static void block_signals(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGUSR1);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static uint32_t worker_count(const struct server_options *options) {
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (options->workers != 0)
        return options->workers;
    return processors < 1 ? 1 : processors > SERVER_MOST_WORKERS ? SERVER_MOST_WORKERS : (uint32_t)processors;
}

static int serve(struct program *program) {
    struct server *const server = &program->server;
    pthread_t signals;
    server->workers = server_workers_new(server, worker_count(&program->options), server_loop_wake, program->loop);
    if (server->workers == NULL || pthread_create(&signals, NULL, wait_for_signals, program) != 0)
        return fail("can't start threads: is there memory?");
    const bool good = server_loop_run(program->loop);
    server_workers_stop(server->workers);
    (void)pthread_kill(signals, SIGUSR1);
    (void)pthread_join(signals, NULL);
    server_log(server, SERVER_LOG_NOTICE, "stopped");
    return good ? 0 : fail("poll failed");
}

int main(int argc, char **argv) {
    if (!server_disk_standard())
        return fail("can't open /dev/null");
    struct program *const program = calloc(1, sizeof *program);
    if (program == NULL)
        return fail("no memory");
    const enum server_options_result read = server_options_read(argc, argv, &program->options);
    if (read != SERVER_OPTIONS_RUN) {
        free(program);
        return read == SERVER_OPTIONS_WRONG ? 2 : fflush(stdout) == 0 ? 0 : fail("the output could not be written");
    }
    struct server *const server = &program->server;
    struct server_error error;
    int result = 1;
    program->lock = -1;
    block_signals();
    choose_contracts(program, argv[0]);
    if (configure(program) && open_store(program) && bind_contracts(program)) {
        raise_descriptor_limit(server);
        program->loop = server_loop_new(server, &error);
        if (program->loop == NULL)
            (void)fail(error.message);
        else if (listen_everywhere(program))
            result = serve(program);
    }
    server_loop_free(program->loop);
    server_workers_free(server->workers);
    server_registry_close(server->registry);
    server_store_close(server->store);
    if (program->lock >= 0)
        close(program->lock);
    free(program);
    return result;
}
