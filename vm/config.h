/* vm/config.h - what all nodes of a chain must have equal: limits, features and the fuel schedule's vm part.
 *
 * Three small structs, expanded from vm/limits.def, vm/features.def, vm/opcodes.def and vm/prices.def, and the two
 * profiles that fill them. */
#ifndef DELAVM_VM_CONFIG_H
#define DELAVM_VM_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "vm/opcode.h"

/* `strict` is what a chain would choose; `compat` takes what real compilers put out. */
enum vm_profile { VM_STRICT, VM_COMPAT };

/* All ceilings by name; units in vm/limits.def. */
struct vm_limits {
#define LIMIT(scope, name, strict, compat, unit, why) uint64_t name;
#include "vm/limits.def"
};

/* on[VM_FEATURE_x]: modules may use x.  Only features in state READY may be switched on. */
struct vm_features {
    bool on[VM_FEATURE_COUNT];
};

/* `amount` fuel for each started `per` units (per is at least 1). */
struct vm_price {
    uint32_t amount;
    uint32_t per;
};

/* Fuel prices.  instruction[op] == 0: the instruction has no price and can't be loaded. */
struct vm_schedule {
    uint32_t instruction[VM_OP_COUNT];
#define PRICE(name, amount, per, unit, counted) struct vm_price name;
#include "vm/prices.def"
};

/* The profile's numbers. */
struct vm_limits vm_profile_limits(enum vm_profile profile);
struct vm_features vm_profile_features(enum vm_profile profile);

/* The default schedule: the cost column of vm/opcodes.def and the rows of vm/prices.def. */
struct vm_schedule vm_default_schedule(void);

/* price.amount * ceil(units / price.per); UINT64_MAX when it does not fit. */
uint64_t vm_price_of(struct vm_price price, uint64_t units);

/* Scopes of vm/limits.def. */
enum vm_limit_scope { VM_LIMIT_MODULE, VM_LIMIT_RUN, VM_LIMIT_HOST, VM_LIMIT_SERVER };

/* One row of vm/limits.def with its place in struct vm_limits, for loops over all limits (documents, JSON, hashes). */
struct vm_limit_row {
    const char *name;
    enum vm_limit_scope scope;
    uint64_t strict;
    uint64_t compat;
    const char *unit;
    const char *why;
    size_t field; /* offsetof(struct vm_limits, name) */
};
extern const struct vm_limit_row vm_limit_rows[];
extern const uint32_t vm_limit_row_count;

/* The value of a row in `limits`. */
uint64_t vm_limit_value(const struct vm_limits *limits, const struct vm_limit_row *row);

#endif
