/* contracts/tests/contracts_test.c - the compiled contracts without a server: they load under the strict profile, are
 * cheap to instantiate, cost exactly what they cost, and do right over many calls, in every language.  Their answers to
 * single requests are in contracts/calls, which is run over HTTP. */
#include "host/tests/run.h"

/* BUILD/contracts, found from where this program lies. */
static char folder[512];

static void find_folder(const char *program) {
    snprintf(folder, sizeof folder, "%s", program);
    for (int i = 0; i < 2; i++) {
        char *const slash = strrchr(folder, '/');
        if (slash == NULL) {
            printf("run this program by its path in the build directory\n");
            exit(2);
        }
        *slash = 0;
    }
}

/* The bytes of a file below the folder; to be freed by free(). */
static struct vm_bytes read_wasm(const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.wasm", folder, name);
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        printf("%s: cannot be read\n", path);
        exit(2);
    }
    enum { ROOM = 1 << 20 };
    uint8_t *const bytes = malloc(ROOM);
    if (bytes == NULL)
        exit(2);
    const size_t size = fread(bytes, 1, ROOM, file);
    fclose(file);
    return vm_bytes(bytes, size);
}

static void free_bytes(struct vm_bytes bytes) {
    free((void *)(uintptr_t)bytes.data);
}

static void open_contract(struct trial *trial, const char *name) {
    const struct vm_allocator allocator = vm_system_allocator();
    memset(trial, 0, sizeof *trial);
    host_config_init(&trial->config, VM_STRICT);
    const struct vm_bytes module = read_wasm(name);
    struct vm_error error;
    if (host_contract_load(module, &trial->config, &allocator, &trial->contract, &error) != VM_OK) {
        printf("%s: %s\n", name, error.message);
        exit(2);
    }
    free_bytes(module);
    trial->request = (struct host_request){.contract = &trial->contract, .fuel_limit = 1000000000};
    trial->runner = host_runner_new(&trial->config, &allocator);
    if (trial->runner == NULL)
        exit(2);
}

static void open_in(struct trial *trial, const char *language, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "%s/%s", language, name);
    open_contract(trial, path);
}

/* The languages whose contracts are to do as those in C do; what this machine could not build is not there. */
static const char *const languages[] = {"c", "cpp", "wat", "forth", "rust", "assemblyscript"};

static bool built(const char *language, const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s/%s.wasm", folder, language, name);
    FILE *const file = fopen(path, "rb");
    if (file != NULL)
        fclose(file);
    return file != NULL;
}

/* ---- All contracts ------------------------------------------------------------------------------------------------
 */

#define POINT "WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY=" /* the base point */
#define OTHER_POINT "YW4jdxlxbiXq1j2DH5EX95taoFr4vjD/Dt2z3EPovc8="
#define TWO "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define SCALAR "2Tfo+QWf8hqXLGckvnUE8v10SG0PAAAAAAAAAAAAAAA="

/* A call that is accepted; arguments in key order. */
static const struct {
    const char *name;
    const char *arguments[6];
} contracts[] = {
    {"c/increaseCounter", {"counter", "12345678901234567890"}},
    {"c/counter", {NULL}},
    {"c/value", {"value:command", "WRITE", "value:key", "k", "value:value", "v"}},
    {"c/ed25519", {"point1", POINT, "point2", POINT}},
    {"c/ed25519_mul", {"point1", POINT, "scalar", TWO}},
    {"c/ed25519_gen_mul", {"scalar", TWO}},
};
enum { CONTRACTS = sizeof contracts / sizeof *contracts };

static void check_each(void) {
    for (size_t i = 0; i < CONTRACTS; i++) {
        check_context("%s", contracts[i].name);
        struct trial trial;
        open_contract(&trial, contracts[i].name);
        struct host_argument arguments[3];
        uint32_t count = 0;
        for (; count < 3 && contracts[i].arguments[2 * count] != NULL; count++)
            arguments[count] = (struct host_argument){vm_bytes_of_text(contracts[i].arguments[2 * count]),
                                                      vm_bytes_of_text(contracts[i].arguments[2 * count + 1])};
        trial.request.arguments = arguments;
        trial.request.argument_count = count;
        trial.request.mode = HOST_SIMULATE;
        const struct host_outcome *outcome = trial_run(&trial);
        CHECK_TEXT(host_status_name(outcome->status), "accepted");
        CHECK_U64(outcome->memory_pages, 1);
        CHECK(trial.contract.module->bytes.size < 16384);
        CHECK(trial.contract.module->function_names != NULL);
        CHECK(outcome->fuel_instantiation < 4000);

        const uint64_t price = outcome->fuel_used;
        trial.request.fuel_limit = price;
        CHECK_TEXT(host_status_name(trial_run(&trial)->status), "accepted");
        trial.request.fuel_limit = price - 1;
        outcome = trial_run(&trial);
        CHECK_TEXT(host_status_name(outcome->status), "out_of_fuel");
        CHECK_U64(outcome->write_count + outcome->event_count + outcome->result.size, 0);
        trial_close(&trial);
    }
}

static void check_refused(void) {
    check_context("floatMul");
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    const struct vm_allocator allocator = vm_system_allocator();
    const struct vm_bytes module = read_wasm("../refused/floatMul");
    struct host_contract contract;
    struct vm_error error;
    CHECK_U64(host_contract_load(module, &config, &allocator, &contract, &error), VM_UNSUPPORTED);
    CHECK_TEXT(vm_error_code_name(error.code), "unsupported");
    CHECK_TEXT(error.function_name, "with_interest");
    CHECK(strstr(error.message, "f64") != NULL);
    CHECK(strstr(error.message, "floating point: outside the deterministic integer subset") != NULL);
    CHECK(error.offset > 0 && error.offset < module.size);
    free_bytes(module);
}

/* ---- increaseCounter -----------------------------------------------------------------------------------------------
 */

/* Thousands of digits, all of them nines; and a small number that is counted up through zero. */
static void check_numbers(const char *language) {
    struct trial trial;
    open_in(&trial, language, "increaseCounter");
    static char number[60002];
    struct host_argument argument = {vm_bytes_of_text("counter"), {NULL, 0}};
    trial.request.arguments = &argument;
    trial.request.argument_count = 1;
    for (size_t digits = 1; digits <= 60000; digits = digits * 7 + 1) {
        check_context("%s, %u nines", language, (unsigned)digits);
        memset(number, '9', digits);
        argument.value = vm_bytes(number, digits);
        struct vm_bytes result = trial_run(&trial)->result;
        CHECK_U64(result.size, digits + 1);
        CHECK(result.size > 0 && result.data[0] == '1' && result.data[digits] == '0');

        number[0] = '-';
        memset(number + 1, '0', digits);
        number[1] = '1';
        argument.value = vm_bytes(number, digits + 1);
        result = trial_run(&trial)->result;
        CHECK_U64(result.size, digits == 1 ? 1 : digits);
        CHECK(digits == 1 ? result.data[0] == '0' : result.data[0] == '-' && result.data[digits - 1] == '9');
    }
    for (int value = -1200; value < 1200; value++) {
        char want[16];
        snprintf(number, sizeof number, "%d", value);
        snprintf(want, sizeof want, "%d", value + 1);
        check_context("%s, increase %d", language, value);
        argument.value = vm_bytes_of_text(number);
        CHECK_TEXT(trial_text(trial_run(&trial)->result), want);
    }
    trial_close(&trial);
}

/* ---- value: a long life
 * ---------------------------------------------------------------------------------------------- */

/* A store kept in key order, as a caller would keep it. */
enum { MOST = 200, VALUE_ROOM = 8 };
static struct {
    char key[33];
    uint8_t value[4096];
    size_t size;
    bool present;
} store[MOST];
static uint32_t stored;

static void apply(const struct host_entry *write) {
    char key[33] = {0};
    memcpy(key, write->key.data, write->key.size);
    uint32_t at = 0;
    while (at < stored && strcmp(store[at].key, key) < 0)
        at++;
    if (at == stored || strcmp(store[at].key, key) != 0) {
        memmove(&store[at + 1], &store[at], (stored - at) * sizeof *store);
        stored++;
        memcpy(store[at].key, key, sizeof key);
    }
    store[at].present = write->present;
    store[at].size = write->value.size;
    if (write->value.size != 0)
        memcpy(store[at].value, write->value.data, write->value.size);
}

/* Runs with the whole store; in a simulation, so that unknown keys count as absent. */
static const struct host_outcome *call_value(struct trial *trial, const char *command, const char *key,
                                             const char *value) {
    static struct host_entry entries[MOST];
    static struct host_argument arguments[3];
    for (uint32_t i = 0; i < stored; i++)
        entries[i] = (struct host_entry){vm_bytes_of_text(store[i].key), vm_bytes(store[i].value, store[i].size),
                                         store[i].present};
    arguments[0] = (struct host_argument){vm_bytes_of_text("value:command"), vm_bytes_of_text(command)};
    arguments[1] = (struct host_argument){vm_bytes_of_text("value:key"), vm_bytes_of_text(key)};
    arguments[2] = (struct host_argument){vm_bytes_of_text("value:value"), vm_bytes_of_text(value)};
    trial->request.arguments = arguments;
    trial->request.argument_count = 3;
    trial->request.storage = entries;
    trial->request.storage_count = stored;
    trial->request.mode = HOST_SIMULATE;
    const struct host_outcome *const outcome = trial_run(trial);
    CHECK_TEXT(host_status_name(outcome->status), "accepted");
    for (uint32_t i = 0; i < outcome->write_count; i++)
        apply(&outcome->writes[i]);
    return outcome;
}

static void check_value(const char *language) {
    struct trial trial;
    open_in(&trial, language, "value");
    stored = 0;
    memset(store, 0, sizeof store);
    char model[100][VALUE_ROOM] = {{0}};
    static char want[4096], key[33], value[VALUE_ROOM];
    uint32_t state = 1;
    for (uint32_t turn = 0; turn < 400; turn++) {
        check_context("%s/value, turn %u", language, (unsigned)turn);
        state = state * 1664525 + 1013904223;
        const uint32_t which = (state >> 16) % 100;
        snprintf(key, sizeof key, "key%02u", (unsigned)which);
        if ((state >> 8) % 4 == 0) {
            call_value(&trial, "DELETE", key, "");
            model[which][0] = 0;
        } else {
            snprintf(value, sizeof value, "v%u", (unsigned)turn);
            call_value(&trial, "WRITE", key, value);
            memcpy(model[which], value, sizeof value);
        }
        snprintf(want, sizeof want, "%s=%s", key, model[which]);
        CHECK_TEXT(trial_text(call_value(&trial, "READ", key, "")->result), want);
        if (turn % 20 != 0)
            continue;
        size_t size = 0;
        want[0] = 0;
        for (unsigned i = 0; i < 100; i++) {
            if (model[i][0] != 0)
                size += (size_t)snprintf(want + size, sizeof want - size, "%skey%02u=%s", size == 0 ? "" : ",", i,
                                         model[i]);
        }
        CHECK_TEXT(trial_text(call_value(&trial, "LIST", "", "")->result), want);
    }
    trial_close(&trial);
}

/* ---- The curve ----------------------------------------------------------------------------------------------------
 */

/* Each operation many times, so that every result is the next operand: host functions and what is compiled in come to the
 * same as the host functions in C. */
static const struct {
    const char *name;
    const char *arguments[6];
    uint32_t count;
} chains[] = {
    {"ed25519", {"iterations", "150", "point1", POINT, "point2", OTHER_POINT}, 3},
    {"ed25519_mul", {"iterations", "12", "point1", OTHER_POINT, "scalar", SCALAR}, 3},
    {"ed25519_gen_mul", {"iterations", "12", "scalar", SCALAR}, 2},
};

static void check_chain(const char *language, const char *name, size_t which, char result[64]) {
    struct trial trial;
    check_context("%s/%s, many times", language, name);
    open_in(&trial, language, name);
    struct host_argument arguments[3];
    for (uint32_t i = 0; i < chains[which].count; i++)
        arguments[i] = (struct host_argument){vm_bytes_of_text(chains[which].arguments[2 * i]),
                                              vm_bytes_of_text(chains[which].arguments[2 * i + 1])};
    trial.request.arguments = arguments;
    trial.request.argument_count = chains[which].count;
    const struct host_outcome *const outcome = trial_run(&trial);
    CHECK_TEXT(host_status_name(outcome->status), "accepted");
    snprintf(result, 64, "%s", trial_text(outcome->result));
    trial_close(&trial);
}

static void check_curve(const char *language) {
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        char compiled[64], want[64], have[64];
        snprintf(compiled, sizeof compiled, "%s_compiled", chains[i].name);
        check_chain("c", chains[i].name, i, want);
        CHECK_U64(strlen(want), 44);
        for (int k = 0; k < 2; k++) {
            const char *const name = k == 0 ? chains[i].name : compiled;
            if (!built(language, name))
                continue;
            check_chain(language, name, i, have);
            CHECK_TEXT(have, want);
        }
    }
}

int main(int argc, char **argv) {
    find_folder(argc > 0 ? argv[0] : "");
    check_each();
    check_refused();
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        if (i != 0 && !built(languages[i], "value"))
            continue;
        check_curve(languages[i]);
        check_numbers(languages[i]);
        check_value(languages[i]);
    }
    return check_done();
}
