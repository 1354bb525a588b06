/* host/tests/request_test.c - requests that break the order rules; the limits are in limits_test.c. */
#include "host/tests/run.h"

static const struct host_argument sorted[] = {{{NULL, 0}, {NULL, 0}},
                                              {{(const uint8_t *)"a", 1}, {NULL, 0}},
                                              {{(const uint8_t *)"ab", 2}, {NULL, 0}},
                                              {{(const uint8_t *)"b", 1}, {NULL, 0}}};
static const struct host_argument twice[] = {{{(const uint8_t *)"a", 1}, {NULL, 0}},
                                             {{(const uint8_t *)"b", 1}, {NULL, 0}},
                                             {{(const uint8_t *)"b", 1}, {NULL, 0}}};
static const struct host_argument swapped[] = {{{(const uint8_t *)"b", 1}, {NULL, 0}},
                                               {{(const uint8_t *)"a", 1}, {NULL, 0}}};

static void expect(struct trial *trial, const char *message, uint64_t offset) {
    struct vm_error error;
    const enum vm_status status = host_request_check(&trial->request, &trial->config, &error);
    CHECK_U64(status, message == NULL ? VM_OK : VM_INVALID);
    if (message == NULL || status == VM_OK)
        return;
    CHECK_TEXT(error.message, message);
    CHECK_TEXT(vm_error_code_name(error.code), "request");
    CHECK_U64(error.offset, offset);
}

static void check_arguments(struct trial *trial) {
    static const char words[] = "invalid request: the arguments are not in key order, each key once";
    check_context("arguments");
    trial->request.arguments = sorted;
    trial->request.argument_count = 4;
    expect(trial, NULL, 0);
    trial->request.arguments = twice;
    trial->request.argument_count = 3;
    expect(trial, words, 2);
    trial->request.arguments = swapped;
    trial->request.argument_count = 2;
    expect(trial, words, 1);
    trial->request.argument_count = 1;
    expect(trial, NULL, 0);
    trial->request.argument_count = 0;
}

static void check_previous(struct trial *trial) {
    static const char words[] =
        "invalid request: the arguments of a previous transaction are not in key order, each key once";
    check_context("previous transactions");
    const struct host_previous good[] = {{vm_bytes_of_text("x"), sorted, 4}, {vm_bytes_of_text("x"), NULL, 0}};
    const struct host_previous bad[] = {{vm_bytes_of_text("x"), sorted, 4}, {vm_bytes_of_text("y"), swapped, 2}};
    trial->request.previous = good;
    trial->request.previous_count = 2;
    expect(trial, NULL, 0);
    trial->request.previous = bad;
    expect(trial, words, 1);
    trial->request.previous_count = 1;
    expect(trial, NULL, 0);
    trial->request.previous_count = 0;
}

static void check_storage(struct trial *trial) {
    check_context("storage");
    struct host_entry entries[] = {trial_entry("a", "1"), trial_entry("ab", NULL), trial_entry("b", "")};
    trial->request.storage = entries;
    trial->request.storage_count = 3;
    expect(trial, NULL, 0);
    entries[2].key = vm_bytes_of_text("ab");
    expect(trial, "invalid request: the storage keys are not in key order, each key once", 2);
    entries[2].key = vm_bytes_of_text("aa");
    expect(trial, "invalid request: the storage keys are not in key order, each key once", 2);
    entries[2].key = vm_bytes_of_text("b");
    entries[1].value = vm_bytes_of_text("x");
    expect(trial, "invalid request: a storage key that is absent has a value", 1);
    entries[1].value = vm_bytes(NULL, 0);
    entries[0].key = vm_bytes(NULL, 0);
    expect(trial, "invalid request: a storage key is empty", 0);
    trial->request.storage_count = 0;
}

static void check_entry(struct trial *trial) {
    check_context("entry");
    trial->request.entry = vm_bytes_of_text("other");
    expect(trial, "invalid request: the contract exports no function of that name that can be entered", 0);
    trial->request.entry = vm_bytes_of_text("call");
    expect(trial, NULL, 0);
    trial->request.entry = vm_bytes(NULL, 0);
    expect(trial, NULL, 0);
}

int main(void) {
    struct trial trial;
    trial_call(&trial, "", "");
    check_arguments(&trial);
    check_previous(&trial);
    check_storage(&trial);
    check_entry(&trial);
    trial_close(&trial);
    return check_done();
}
