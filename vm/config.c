/* vm/config.c - the two profiles, the default schedule and the rows of vm/limits.def. */
#include "vm/config.h"

#include <string.h>

const struct vm_limit_row vm_limit_rows[] = {
#define LIMIT(scope, name, strict, compat, unit, why)                                                                  \
    {#name, VM_LIMIT_##scope, strict, compat, unit, why, offsetof(struct vm_limits, name)},
#include "vm/limits.def"
};

const uint32_t vm_limit_row_count = sizeof vm_limit_rows / sizeof *vm_limit_rows;

struct vm_limits vm_profile_limits(enum vm_profile profile) {
    return (struct vm_limits){
#define LIMIT(scope, name, strict, compat, unit, why) .name = profile == VM_STRICT ? (strict) : (compat),
#include "vm/limits.def"
    };
}

uint64_t vm_limit_value(const struct vm_limits *limits, const struct vm_limit_row *row) {
    uint64_t value;
    memcpy(&value, (const uint8_t *)limits + row->field, sizeof value);
    return value;
}

struct vm_features vm_profile_features(enum vm_profile profile) {
    struct vm_features features;
    for (uint32_t i = 0; i < VM_FEATURE_COUNT; i++) {
        const struct vm_feature_row *const row = &vm_feature_rows[i];
        features.on[i] = row->ready && (profile == VM_STRICT ? row->strict : row->compat);
    }
    return features;
}

struct vm_schedule vm_default_schedule(void) {
    struct vm_schedule schedule = {
#define PRICE(name, amount, per, unit, counted) .name = {amount, per},
#include "vm/prices.def"
    };
    for (uint32_t op = 0; op < VM_OP_COUNT; op++)
        schedule.instruction[op] = vm_opcodes[op].cost;
    return schedule;
}

uint64_t vm_price_of(struct vm_price price, uint64_t units) {
    if (units <= UINT32_MAX) { /* the usual case, for which short divisions do, and no product is too large */
        const uint32_t few = (uint32_t)units, whole = few / price.per;
        return ((uint64_t)whole + (few % price.per != 0)) * price.amount;
    }
    const uint64_t started = units / price.per + (units % price.per != 0);
    if (price.amount != 0 && started > UINT64_MAX / price.amount)
        return UINT64_MAX;
    return started * price.amount;
}
