/* server/tests/durable_test.c - beginnings and ends: SIGKILL at any moment, SIGTERM, damaged stores, wrong options, unix
 * sockets. */
#include <dirent.h>
#include <sys/un.h>

#include "server/tests/serve.h"

static struct serve serve;
static struct serve_reply reply;

/* ---- SIGKILL ------------------------------------------------------------------------------------------------------ */

/* What a child that uploads until the server is gone writes into the shared file for each acknowledged upload. */
struct acknowledged {
    uint32_t variant;
    uint32_t version;
    char hash[64];
};

/* Uploads variants from `first` on, binding every second one, and notes each acknowledgement as it comes. */
static void upload_until_killed(uint32_t first, int notes) {
    for (uint32_t variant = first;; variant++) {
        uint8_t module[128];
        struct acknowledged note = {.variant = variant, .version = 0};
        const size_t size = serve_module(module, serve_empty, sizeof serve_empty, variant);
        const bool bind = variant % 2 == 0;
        if (!serve_once(&serve, bind ? "PUT" : "POST", bind ? "/v1/contracts/test/durable" : "/v1/modules", module,
                        size, &reply))
            return;
        if (reply.status != 201)
            return;
        const char *const hash = strstr(reply.body, "\"module\":\""), *const version =
                                                                          strstr(reply.body, "\"version\":");
        if (hash == NULL || (bind && version == NULL))
            return;
        memcpy(note.hash, hash + 10, sizeof note.hash);
        if (bind)
            note.version = (uint32_t)strtoul(version + 10, NULL, 10);
        if (write(notes, &note, sizeof note) != sizeof note)
            return;
    }
}

/* Every acknowledged module and version is there and whole. */
static unsigned check_notes(const char *path) {
    static struct acknowledged notes[8192];
    FILE *const file = fopen(path, "rb");
    const size_t count = file == NULL ? 0 : fread(notes, sizeof *notes, sizeof notes / sizeof *notes, file);
    if (file != NULL)
        fclose(file);
    for (size_t i = 0; i < count; i++) {
        char body[256], want[96];
        check_context("after SIGKILL: variant %u", (unsigned)notes[i].variant);
        if (notes[i].version == 0)
            (void)snprintf(body, sizeof body, "{\"module\":\"%.64s\"}", notes[i].hash);
        else
            (void)snprintf(body, sizeof body,
                           "{\"contract\":{\"language\":\"test\",\"name\":\"durable\",\"version\":%u}}",
                           (unsigned)notes[i].version);
        (void)snprintf(want, sizeof want, "\"module\":\"%.64s\"", notes[i].hash);
        CHECK(serve_post(&serve, "/v1/execute", body, &reply) && reply.status == 200);
        CHECK(strstr(reply.body, want) != NULL);
    }
    return (unsigned)count;
}

static unsigned temporary_files(void) {
    static const char *const folders[] = {"modules", "contracts", "snapshots"};
    unsigned count = 0;
    for (unsigned i = 0; i < 3; i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "%s/%s", serve.store, folders[i]);
        DIR *const list = opendir(path);
        for (const struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;)
            count += strncmp(entry->d_name, ".new-", 5) == 0;
        if (list != NULL)
            closedir(list);
    }
    return count;
}

static void test_kill(const char *const *options) {
    char path[128];
    unsigned acknowledged = 0;
    off_t noted = 0;
    (void)snprintf(path, sizeof path, "%s/notes", serve.place);
    /* A busy machine needs more rounds to come to something that could be lost. */
    for (unsigned round = 0; round < 12 || (round < 60 && noted <= (off_t)(12 * sizeof(struct acknowledged)));
         round++) {
        serve_start(&serve, options);
        const int notes = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
        const pid_t client = fork();
        if (client == 0) {
            upload_until_killed(1 + round * 100000, notes);
            _exit(0);
        }
        serve_pause(20 + 13 * (long)round);
        check_context("SIGKILL %u", round);
        CHECK_U64((unsigned)serve_end(&serve, SIGKILL), 128 + SIGKILL);
        (void)waitpid(client, NULL, 0);
        noted = lseek(notes, 0, SEEK_END);
        close(notes);
    }
    serve_start(&serve, options);
    acknowledged = check_notes(path);
    check_context("SIGKILL");
    CHECK(acknowledged > 12);
    CHECK_U64(temporary_files(), 0);
    CHECK_U64((unsigned)serve_end(&serve, SIGTERM), 0);
}

/* ---- Snapshots ---------------------------------------------------------------------------------------------------- */

/* (module (memory 1) (func (export "call")) (func (export "_initialize") memory.grow 1)) */
static const uint8_t initialized[] = {
    0,   'a', 's', 'm',  1,  0, 0,    0,   0x01, 4,   1,   0x60, 0, 0,  0x03, 3,   2,    0,   0,    0x05, 3,
    1,   0,   1,   0x07, 22, 2, 4,    'c', 'a',  'l', 'l', 0,    0, 11, '_',  'i', 'n',  'i', 't',  'i',  'a',
    'l', 'i', 'z', 'e',  0,  1, 0x0A, 12,  2,    2,   0,   0x0B, 7, 0,  0x41, 1,   0x40, 0,   0x1A, 0x0B,
};

/* The first of the snapshots on disk. */
static bool find_snapshot(char path[512]) {
    char directory[256];
    bool found = false;
    (void)snprintf(directory, sizeof directory, "%s/snapshots", serve.store);
    DIR *const list = opendir(directory);
    for (const struct dirent *entry; list != NULL && !found && (entry = readdir(list)) != NULL;) {
        found = entry->d_name[0] != '.';
        (void)snprintf(path, 512, "%s/%s", directory, entry->d_name);
    }
    if (list != NULL)
        closedir(list);
    return found;
}

static void call_warm(char receipt[65]) {
    static const char body[] = "{\"contract\":{\"language\":\"test\",\"name\":\"warm\"}}";
    CHECK(serve_post(&serve, "/v1/execute", body, &reply) && reply.status == 200);
    CHECK(strstr(reply.body, "\"used\":\"2049\",\"instantiation\":\"2048\"") != NULL);
    const char *const found = strstr(reply.body, "\"receipt\":\"");
    if (CHECK(found != NULL))
        (void)snprintf(receipt, 65, "%.64s", found + 11);
}

static void check_metric(const char *line) {
    CHECK(serve_once(&serve, "GET", "/metrics", "", 0, &reply));
    if (!CHECK(strstr(reply.body, line) != NULL))
        printf("  %s\n", line);
}

/* What was initialized once is not initialized again after SIGKILL; if the file was damaged meanwhile it is, and then no
 * more.  The receipt is always the same. */
static void test_snapshot(const char *const *options) {
    char hash[65] = "", body[256], path[512], first[65] = "", again[65] = "";
    check_context("a snapshot and SIGKILL");
    serve_start(&serve, options);
    CHECK(serve_once(&serve, "POST", "/v1/modules", initialized, sizeof initialized, &reply) && reply.status == 201);
    CHECK(sscanf(reply.body, "{\"module\":\"%64[0-9a-f]\"", hash) == 1);
    (void)snprintf(body, sizeof body, "{\"module\":\"%s\",\"start\":\"snapshot\"}", hash);
    CHECK(serve_once(&serve, "PUT", "/v1/contracts/test/warm", body, strlen(body), &reply) && reply.status == 201);
    CHECK(strstr(reply.body, "\"snapshot\":\"") != NULL);
    CHECK_U64((unsigned)serve_end(&serve, SIGKILL), 128 + SIGKILL);
    for (int round = 0; round < 3; round++) {
        check_context("a snapshot, round %d", round);
        if (round == 1 && CHECK(find_snapshot(path)))
            CHECK(truncate(path, 50) == 0);
        serve_start(&serve, options);
        call_warm(round == 0 ? first : again);
        CHECK(round == 0 || strcmp(first, again) == 0);
        check_metric(round == 1 ? "\ndelavm_initializations_total 1\n" : "\ndelavm_initializations_total 0\n");
        check_metric(round == 1 ? "\ndelavm_snapshots_read_total 0\n" : "\ndelavm_snapshots_read_total 1\n");
        check_metric(round == 1 ? "\ndelavm_snapshots_damaged_total 1\n" : "\ndelavm_snapshots_damaged_total 0\n");
        check_metric("\ndelavm_snapshots_stored 1\n");
        CHECK_U64((unsigned)serve_end(&serve, SIGKILL), 128 + SIGKILL);
    }
}

/* ---- SIGTERM ------------------------------------------------------------------------------------------------------ */

/* What is under way is answered; who comes later is not served; then the exit status is 0. */
static void test_drain(const char *const *options) {
    static const char spin[] = "{\"contract\":{\"language\":\"test\",\"name\":\"spin\"},\"fuel\":\"300000000\"}";
    char request[256], byte;
    check_context("drain");
    serve_start(&serve, options);
    CHECK(serve_bind(&serve, "spin", serve_spin, sizeof serve_spin));
    const int busy = serve_connect(&serve), idle = serve_connect(&serve);
    const int size = snprintf(request, sizeof request,
                              "POST /v1/execute HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s",
                              sizeof spin - 1, spin);
    CHECK(serve_call(idle, "GET", "/healthz", "", 0, &reply));
    CHECK(serve_send(busy, request, (size_t)size));
    serve_pause(100);
    CHECK(kill(serve.process, SIGTERM) == 0);
    CHECK(serve_receive(idle, &byte, 1, 5000) == 0);
    CHECK(serve_read(busy, &reply, false) && reply.status == 200 && reply.close);
    CHECK(strstr(reply.body, "\"status\":\"out_of_fuel\"") != NULL);
    CHECK(serve_connect(&serve) < 0);
    CHECK_U64((unsigned)serve_end(&serve, 0), 0);
    close(busy);
    close(idle);

    check_context("a second SIGTERM does not wait");
    static const char forever[] = "{\"contract\":{\"language\":\"test\",\"name\":\"spin\"},\"fuel\":\"1000000000\"}";
    serve_start(&serve, options);
    int fds[8];
    for (unsigned i = 0; i < 8; i++) {
        char head[256];
        const int length =
            snprintf(head, sizeof head, "POST /v1/execute HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s",
                     sizeof forever - 1, forever);
        fds[i] = serve_connect(&serve);
        CHECK(serve_send(fds[i], head, (size_t)length));
    }
    serve_pause(100);
    const long start = serve_milliseconds();
    CHECK(kill(serve.process, SIGTERM) == 0);
    serve_pause(50);
    CHECK_U64((unsigned)serve_end(&serve, SIGTERM), 0);
    CHECK(serve_milliseconds() - start < 5000);
    for (unsigned i = 0; i < 8; i++)
        close(fds[i]);
}

/* ---- Damage ------------------------------------------------------------------------------------------------------- */

static void overwrite(const char *path, const char *content) {
    FILE *const file = fopen(path, "wb");
    if (!CHECK(file != NULL))
        return;
    fputs(content, file);
    fclose(file);
}

/* A module that is no longer what it was is refused with a 5xx that is no verdict, and repaired by the next upload. */
static void test_damage(const char *const *options) {
    uint8_t module[128];
    char path[256], body[128], hash[65];
    const size_t size = serve_module(module, serve_unreachable, sizeof serve_unreachable, 99);
    check_context("damage");
    serve_start(&serve, options);
    CHECK(serve_once(&serve, "PUT", "/v1/contracts/test/damaged", module, size, &reply) && reply.status == 201);
    const char *const found = strstr(reply.body, "\"module\":\"");
    if (!CHECK(found != NULL))
        return;
    (void)snprintf(hash, sizeof hash, "%.64s", found + 10);
    CHECK_U64((unsigned)serve_end(&serve, SIGTERM), 0);
    (void)snprintf(path, sizeof path, "%s/modules/%s.wasm", serve.store, hash);
    overwrite(path, "something else");
    serve_start(&serve, options);
    (void)snprintf(body, sizeof body, "{\"module\":\"%s\"}", hash);
    CHECK(serve_post(&serve, "/v1/execute", body, &reply) && reply.status == 500);
    CHECK(strstr(reply.body, "{\"error\":{\"code\":\"module_corrupt\"") == reply.body);
    CHECK(serve_post(&serve, "/", "{\"contractName\":\"damaged\",\"contractLanguage\":\"test\"}", &reply) &&
          reply.status == 500);
    CHECK(strstr(reply.body, "Accepted") == NULL && strstr(reply.body, "\"result\"") == NULL);
    (void)snprintf(path, sizeof path, "/v1/modules/%s/wasm", hash);
    CHECK(serve_once(&serve, "GET", path, "", 0, &reply) && reply.status == 500);
    CHECK(serve_once(&serve, "POST", "/v1/modules", module, size, &reply) && reply.status == 201);
    CHECK(serve_post(&serve, "/v1/execute", body, &reply) && reply.status == 200);
    CHECK(serve_once(&serve, "GET", path, "", 0, &reply) && reply.status == 200 && reply.size == size);
    CHECK_U64((unsigned)serve_end(&serve, SIGTERM), 0);

    check_context("a damaged contract file");
    (void)snprintf(path, sizeof path, "%s/contracts/test,damaged", serve.store);
    overwrite(path, "delavm contr");
    serve_start(&serve, options);
    CHECK(serve_once(&serve, "GET", "/v1/contracts/test/damaged", "", 0, &reply) && reply.status == 404);
    char said[4096];
    (void)serve_read_file(serve.said, said, sizeof said);
    CHECK(strstr(said, "contract_unreadable file=test,damaged") != NULL);
    CHECK_U64((unsigned)serve_end(&serve, SIGTERM), 0);
}

/* ---- Starting ----------------------------------------------------------------------------------------------------- */

/* Fails to start with these options, saying this. */
static void check_start(const char *name, const char *const *options, const char *words) {
    char said[4096];
    struct serve other = serve;
    check_context("start: %s", name);
    (void)snprintf(other.said, sizeof other.said, "%s/said2", serve.place);
    if (!CHECK(!serve_start_with(&other, options, 0)))
        (void)serve_end(&other, SIGKILL);
    (void)serve_read_file(other.said, said, sizeof said);
    if (!CHECK(strstr(said, words) != NULL))
        printf("  %s\n", said);
}

static void test_start(const char *const *options) {
    char taken[32], store[128], file[128], stored[128];
    const char *const none[] = {NULL};
    serve_start(&serve, options);
    check_start("the same store", none, "another server has it");
    (void)snprintf(taken, sizeof taken, "127.0.0.1:%u", serve.port);
    (void)snprintf(store, sizeof store, "%s/other", serve.place);
    const char *const port[] = {"--store", store, "--listen", taken, NULL};
    check_start("the same port", port, "another program has this port");
    (void)snprintf(file, sizeof file, "%s/notes", serve.place);
    const char *const no_folder[] = {"--store", file, NULL};
    check_start("a file as store", no_folder, "can't use the store");
    const char *const address[] = {"--store", store, "--listen", "nowhere", NULL};
    check_start("no address", address, "is no address to listen on");
    const char *const beyond[] = {"--store", store, "--listen", "127.0.0.1:65536", NULL};
    check_start("a port that there is not", beyond, "127.0.0.1:65536 is no address to listen on");
    const char *const path[] = {"--store", store, "--unix", file, NULL};
    check_start("a socket where a file is", path,
                "something is there already: remove it, or choose another with --unix PATH");
    const char *const workers[] = {"--workers", "0", NULL};
    check_start("no workers", workers, "--workers 0 is not possible: a number from 1 to 256");
    const char *const unknown[] = {"--frobnicate", NULL};
    check_start("an unknown option", unknown, "there is no option --frobnicate");
    const char *const missing[] = {"--store", NULL};
    check_start("a missing value", missing, "a value is missing after --store");
    const char *const profile[] = {"--profile", "lax", NULL};
    check_start("an unknown profile", profile, "--profile lax is not possible: strict or compat");
    const char *const limit[] = {"--limit", "fuel=7", NULL};
    check_start("a limit that binds all nodes", limit, "--limit fuel=7: there is no such limit of scope server");
    const char *const none_open[] = {"--limit", "connections=0", NULL};
    check_start("a limit of nothing", none_open, "--limit connections=0: NAME=N was expected, N from 1 to");
    const char *const schedule[] = {"--schedule", "/nonexistent", NULL};
    check_start("no schedule", schedule, "can't read the schedule");
    (void)snprintf(stored, sizeof stored, "%s/prices", serve.place);
    overwrite(stored, "# comment\ninstruction i32.add 1\ninstruction i32.frob 1\n");
    const char *const prices[] = {"--schedule", stored, NULL};
    check_start("a wrong schedule", prices, "prices:3:");
    const char *const contracts[] = {"--store", store, "--contracts", "/nonexistent", NULL};
    check_start("no contracts", contracts, "can't read the contracts");

    check_context("quick start");
    CHECK_U64((unsigned)serve_end(&serve, SIGTERM), 0);
    const long start = serve_milliseconds();
    serve_start(&serve, options);
    if (!CHECK(serve_milliseconds() - start < 1000))
        printf("  %ld ms\n", serve_milliseconds() - start);
    CHECK_U64((unsigned)serve_end(&serve, SIGTERM), 0);
}

/* The same over a unix socket, where any Host will do; a stale file is replaced. */
static void test_unix(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", serve.place);
    const char *const options[] = {"--no-contracts", "--unix", address.sun_path, NULL};
    static const char request[] = "GET /healthz HTTP/1.1\r\nHost: whatever.example\r\n\r\n";
    check_context("unix socket");
    for (unsigned round = 0; round < 2; round++) {
        serve_start(&serve, options);
        for (unsigned tries = 0; tries < 100 && access(address.sun_path, F_OK) != 0; tries++)
            serve_pause(10);
        const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        CHECK(connect(fd, (const struct sockaddr *)&address, sizeof address) == 0);
        CHECK(serve_send(fd, request, sizeof request - 1) && serve_read(fd, &reply, false) && reply.status == 200);
        close(fd);
        CHECK_U64((unsigned)serve_end(&serve, round == 0 ? SIGKILL : SIGTERM), round == 0 ? 128 + SIGKILL : 0);
    }
    CHECK(access(address.sun_path, F_OK) != 0);
}

int main(int argc, char **argv) {
    char contracts[600];
    (void)argc;
    serve_init(&serve, argv[0]);
    (void)snprintf(contracts, sizeof contracts, "%s/contracts", serve.build);
    const char *const options[] = {"--contracts", contracts, "--workers", "2", NULL};
    test_kill(options);
    test_drain(options);
    test_damage(options);
    test_snapshot(options);
    test_start(options);
    test_unix();
    serve_clear(&serve);
    return check_done();
}
