/* contracts/charts/measure.c - what contracts cost in each language: CSV on standard output, for contracts/charts/v8.mjs.
 *
 *   measure BUILD SECONDS [MOST]
 *
 * For each contract that is there: fuel, how long loading it takes, how long 1, 10 and 100 operations (or up to MOST), all
 * in the fast engine, each for SECONDS; what it answered, so that V8's answer can be compared. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "host/host.h"

#define POINT1 "YW4jdxlxbiXq1j2DH5EX95taoFr4vjD/Dt2z3EPovc8="
#define POINT2 "8AV0PaPCJShKN7od9uXmY4gXdWJwqoto1BPs1j0C9Fo="
#define SCALAR "2Tfo+QWf8hqXLGckvnUE8v10SG0PAAAAAAAAAAAAAAA="

static const char *const languages[] = {"c", "cpp", "wat", "forth", "rust", "assemblyscript", "go"};

/* A contract and a call of it; arguments in key order, behind "iterations".  v8.mjs makes the same call. */
static const struct {
    const char *name;
    const char *arguments[4];
} calls[] = {
    {"counter", {NULL}},
    {"ed25519", {"point1", POINT1, "point2", POINT2}},
    {"ed25519_mul", {"point1", POINT1, "scalar", SCALAR}},
    {"ed25519_gen_mul", {"scalar", SCALAR}},
};

/* Seconds of CPU time: other programs may be running. */
static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The whole file; data is NULL if it is not there. */
static struct vm_bytes read_file(const char *path) {
    FILE *const file = fopen(path, "rb");
    if (file == NULL)
        return vm_bytes(NULL, 0);
    enum { ROOM = 16 << 20 };
    uint8_t *const bytes = malloc(ROOM);
    const size_t size = bytes == NULL ? 0 : fread(bytes, 1, ROOM, file);
    fclose(file);
    return vm_bytes(bytes, size);
}

/* Loads a contract as a deployment with "start": "snapshot" does: what AssemblyScript and Go initialize, runs once. */
static bool load(struct vm_bytes bytes, const struct host_config *config, struct host_contract *contract) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_error error;
    if (host_contract_load(bytes, config, &allocator, contract, &error) != VM_OK)
        return false;
    const bool initializes = contract->form.starts || contract->form.initializes;
    if (!initializes || host_contract_snapshot(contract, config, &allocator, &error) == VM_OK)
        return true;
    host_contract_free(contract);
    return false;
}

/* Microseconds for one load; < 0: it is refused. */
static double time_load(struct vm_bytes bytes, const struct host_config *config, double seconds) {
    const double start = now();
    unsigned long count = 0;
    do {
        struct host_contract contract;
        if (!load(bytes, config, &contract))
            return -1;
        host_contract_free(&contract);
        count++;
    } while (now() - start < seconds);
    return (now() - start) / (double)count * 1e6;
}

static const struct host_outcome *call(struct host_runner *runner, const struct host_request *request) {
    enum host_run_state state = host_runner_begin(runner, request);
    while (state == HOST_RUN_PAUSED)
        state = host_runner_continue(runner, UINT64_MAX);
    return host_runner_outcome(runner);
}

/* A contract under measurement. */
struct subject {
    const char *path;
    const char *language;
    const char *variant;
    size_t which;
    struct vm_bytes bytes;
    struct host_config config;
    struct host_contract contract;
    double deploy; /* microseconds */
};

static void say_what_is_wrong(const struct subject *subject, struct host_runner *runner) {
    const struct host_outcome *const outcome = runner == NULL ? NULL : host_runner_outcome(runner);
    fprintf(stderr, "%s: the call is not accepted: %s %s\n", subject->path,
            outcome == NULL ? "no memory" : host_status_name(outcome->status),
            outcome == NULL ? "" : vm_trap_words(outcome->trap.kind));
}

/* One row: the curve's contracts do their operation `iterations` times in one call, the counter is called so often. */
static bool measure_calls(const struct subject *subject, const char *iterations, double seconds) {
    const struct vm_allocator allocator = vm_system_allocator();
    const char *const *const own = calls[subject->which].arguments;
    const unsigned long times = own[0] == NULL ? strtoul(iterations, NULL, 10) : 1;
    const struct host_entry storage = {vm_bytes_of_text("counter"), vm_bytes_of_text("41"), true};
    struct host_argument arguments[3] = {{vm_bytes_of_text("iterations"), vm_bytes_of_text(iterations)}};
    uint32_t count = 1;
    for (; own[0] != NULL && count < 3 && own[2 * count - 2] != NULL; count++)
        arguments[count] =
            (struct host_argument){vm_bytes_of_text(own[2 * count - 2]), vm_bytes_of_text(own[2 * count - 1])};
    const struct host_request request = {.contract = &subject->contract,
                                         .mode = HOST_EXECUTE,
                                         .fuel_limit = subject->config.limits.fuel,
                                         .arguments = arguments,
                                         .argument_count = count,
                                         .storage = &storage,
                                         .storage_count = 1};
    struct vm_error error;
    struct host_runner *const runner = host_runner_new(&subject->config, &allocator);
    bool good = runner != NULL && host_request_check(&request, &subject->config, &error) == VM_OK &&
                call(runner, &request)->status == HOST_ACCEPTED;
    const double start = now();
    unsigned long runs = 0;
    while (good && (runs == 0 || now() - start < seconds)) {
        for (unsigned long i = 0; i < times && good; i++)
            good = call(runner, &request)->status == HOST_ACCEPTED;
        runs++;
    }
    const double one = (now() - start) / (double)(runs == 0 ? 1 : runs) * 1e6;
    if (good) {
        const struct host_outcome *const outcome = host_runner_outcome(runner);
        printf("%s,%s,%s,%s,%zu,%llu,%.1f,%.2f,%.*s,%s\n", subject->language, calls[subject->which].name,
               subject->variant, iterations, subject->bytes.size, (unsigned long long)(outcome->fuel_used * times),
               subject->deploy, one, (int)outcome->result.size, (const char *)outcome->result.data, subject->path);
    } else {
        say_what_is_wrong(subject, runner);
    }
    host_runner_free(runner);
    return good;
}

/* The rows of a contract, if it is there.  True unless something is wrong with it. */
static bool measure(struct subject *subject, enum vm_profile profile, double seconds, unsigned long most) {
    static const char *const iterations[] = {"1", "10", "100"};
    if (strcmp(subject->variant, "host") == 0)
        most = 1;
    subject->bytes = read_file(subject->path);
    if (subject->bytes.data == NULL)
        return true;
    host_config_init(&subject->config, profile);
    subject->config.engine = VM_ENGINE_FAST;
    subject->deploy = time_load(subject->bytes, &subject->config, seconds);
    bool good = subject->deploy >= 0 && load(subject->bytes, &subject->config, &subject->contract);
    if (good) {
        for (size_t i = 0; i < sizeof iterations / sizeof *iterations && good; i++)
            good = strtoul(iterations[i], NULL, 10) > most || measure_calls(subject, iterations[i], seconds);
        host_contract_free(&subject->contract);
    } else {
        fprintf(stderr, "%s: refused\n", subject->path);
    }
    free((void *)(uintptr_t)subject->bytes.data);
    return good;
}

int main(int argc, char **argv) {
    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: measure BUILD SECONDS [MOST]\n");
        return 2;
    }
    const double seconds = strtod(argv[2], NULL);
    const unsigned long most = argc == 4 ? strtoul(argv[3], NULL, 10) : 100;
    bool good = true;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        for (size_t j = 0; j < sizeof languages / sizeof *languages; j++) {
            for (int compiled = 0; compiled < 2; compiled++) {
                char path[1024];
                const char *const variant = i == 0 ? "" : compiled ? "compiled" : "host";
                if (i == 0 && compiled)
                    continue;
                if (isatty(STDERR_FILENO))
                    fprintf(stderr, "\r%-16s %-14s %-10s", calls[i].name, languages[j], variant);
                struct subject subject = {.path = path, .language = languages[j], .variant = variant, .which = i};
                for (int profile = VM_STRICT; profile <= VM_COMPAT; profile++) {
                    (void)snprintf(path, sizeof path, "%s/%s/%s/%s%s.wasm", argv[1],
                                   profile == VM_STRICT ? "contracts" : "compat", languages[j], calls[i].name,
                                   compiled ? "_compiled" : "");
                    good = measure(&subject, (enum vm_profile)profile, seconds, most) && good;
                }
            }
        }
    }
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%44s\r", "");
    return good ? 0 : 1;
}
