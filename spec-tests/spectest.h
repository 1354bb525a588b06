/* spec-tests/spectest.h - the host module "spectest" that every script may import from.
 * Spec: interpreter/README.md, "Spectest host module" */
#ifndef DELAVM_SPEC_TESTS_SPECTEST_H
#define DELAVM_SPEC_TESTS_SPECTEST_H

#include "vm/store.h"

enum { SPEC_SPECTEST_COUNT = 13 };

/* One instance of the host module in a store. */
struct spec_spectest {
    struct vm_extern things[SPEC_SPECTEST_COUNT];
};

/* Makes the functions, globals, table and memory in the store.  False when memory is short. */
bool spec_spectest_make(struct spec_spectest *spectest, struct vm_store *store);

/* The thing of that name; false if there is none. */
bool spec_spectest_find(const struct spec_spectest *spectest, struct vm_bytes name, struct vm_extern *out);

#endif
