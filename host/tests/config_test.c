/* host/tests/config_test.c - what the hashes of a configuration cover, and hashes as text. */
#include "host/config.h"
#include "vm/tests/check.h"

static void check_limits_hash(void) {
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    const struct host_hash before = config.limits_hash;
    for (uint32_t i = 0; i < vm_limit_row_count; i++) {
        const struct vm_limit_row *const row = &vm_limit_rows[i];
        check_context("limit %s", row->name);
        uint64_t *const limit = (uint64_t *)(void *)((uint8_t *)&config.limits + row->field);
        ++*limit;
        host_config_seal(&config);
        CHECK(host_hash_equal(&config.limits_hash, &before) == (row->scope == VM_LIMIT_SERVER));
        --*limit;
    }
    for (uint32_t i = 0; i < VM_FEATURE_COUNT; i++) {
        check_context("feature %s", vm_feature_rows[i].name);
        config.features.on[i] = !config.features.on[i];
        host_config_seal(&config);
        CHECK(!host_hash_equal(&config.limits_hash, &before));
        config.features.on[i] = !config.features.on[i];
    }
    check_context("policy");
    config.policy = LOADER_LAZY;
    host_config_seal(&config);
    CHECK(!host_hash_equal(&config.limits_hash, &before));
    config.policy = LOADER_STRICT;
    host_config_seal(&config);
    CHECK(host_hash_equal(&config.limits_hash, &before));

    check_context("profiles");
    struct host_config compat;
    host_config_init(&compat, VM_COMPAT);
    CHECK(!host_hash_equal(&compat.limits_hash, &before));
    CHECK(host_hash_equal(&compat.schedule.hash, &config.schedule.hash));
}

static void check_schedule_hash(void) {
    struct host_config config;
    host_config_init(&config, VM_STRICT);
    const struct host_hash before = config.schedule.hash;
    for (uint32_t i = 0; i < VM_OP_COUNT; i++) {
        check_context("price of instruction %s", vm_opcodes[i].text);
        config.schedule.vm.instruction[i]++;
        host_config_seal(&config);
        CHECK(!host_hash_equal(&config.schedule.hash, &before));
        config.schedule.vm.instruction[i]--;
    }
#define PRICE(name, most, each, unit, counted)                                                                         \
    check_context("price " #name);                                                                                     \
    config.schedule.vm.name.amount++;                                                                                  \
    host_config_seal(&config);                                                                                         \
    CHECK(!host_hash_equal(&config.schedule.hash, &before));                                                           \
    config.schedule.vm.name.amount--;                                                                                  \
    config.schedule.vm.name.per++;                                                                                     \
    host_config_seal(&config);                                                                                         \
    CHECK(!host_hash_equal(&config.schedule.hash, &before));                                                           \
    config.schedule.vm.name.per--;
#include "vm/prices.def"
    for (uint32_t i = 0; i < HOST_IMPORT_COUNT; i++) {
        uint32_t *const prices[3] = {&config.schedule.imports[i].base, &config.schedule.imports[i].price.amount,
                                     &config.schedule.imports[i].price.per};
        for (uint32_t k = 0; k < 3; k++) {
            check_context("price %u of import %s", (unsigned)k, host_import_rows[i].name);
            ++*prices[k];
            host_config_seal(&config);
            CHECK(!host_hash_equal(&config.schedule.hash, &before));
            --*prices[k];
        }
    }
    host_config_seal(&config);
    CHECK(host_hash_equal(&config.schedule.hash, &before));
}

static void check_hash_text(void) {
    check_context("hash text");
    struct host_hash hash = host_hash_of(vm_bytes_of_text("abc")), read;
    char text[HOST_HASH_TEXT_SIZE];
    host_hash_text(&hash, text);
    CHECK_TEXT(text, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    CHECK(host_hash_read(vm_bytes_of_text(text), &read) && host_hash_equal(&read, &hash));
    CHECK(host_hash_read(vm_bytes_of_text("BDDD813C634239723171EF3FEE98579B94964E3BB1CB3E427262C8C068D52319"), &read));
    CHECK(host_hash_equal(&read, &hash));
    CHECK(!host_hash_read(vm_bytes(text, 63), &read));
    CHECK(!host_hash_read(vm_bytes(text, 0), &read));
    CHECK(!host_hash_read(vm_bytes(text, 65), &read));
    for (unsigned byte = 0; byte < 256; byte++) {
        check_context("hash digit %u", byte);
        text[17] = (char)byte;
        const bool digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
        CHECK(host_hash_read(vm_bytes(text, 64), &read) == digit);
    }
    check_context("hash of nothing");
    hash = host_hash_of(vm_bytes(NULL, 0));
    host_hash_text(&hash, text);
    CHECK_TEXT(text, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

int main(void) {
    check_limits_hash();
    check_schedule_hash();
    check_hash_text();
    return check_done();
}
