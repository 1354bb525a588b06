/* spec-tests/state.h - a copy of all that a store holds, to compare with, go back to and take a digest of.
 *
 * Between commands the copy equals the store.  Around an invocation:
 *
 *     run                       the store has moved on, the copy is how it was before
 *     spec_state_mark           remembers how it is after
 *     spec_state_back           puts the store back to before, to run again
 *     spec_state_same           whether the store is again as it was marked
 *     spec_state_commit         the copy follows the store; digests of what changed are taken anew */
#ifndef DELAVM_SPEC_TESTS_STATE_H
#define DELAVM_SPEC_TESTS_STATE_H

#include "spec-tests/sha256.h"
#include "vm/store.h"

struct spec_object;

struct spec_state {
    struct vm_store *store;
    struct spec_object *objects; /* memories, tables, globals and dropped segments, in the order they were made */
    uint32_t count, capacity;
    uint32_t instances; /* how many of the store's instances have been taken in */
};

/* All functions that return bool give false when memory is short. */
void spec_state_init(struct spec_state *state, struct vm_store *store);
void spec_state_clear(struct spec_state *state);

/* Takes in a host-made thing. */
bool spec_state_add(struct spec_state *state, const struct vm_extern *thing);

/* Takes in the instances made since the last call. */
bool spec_state_grow(struct spec_state *state);

bool spec_state_mark(struct spec_state *state);
void spec_state_back(struct spec_state *state);
bool spec_state_same(const struct spec_state *state);
bool spec_state_commit(struct spec_state *state);

/* True if the store is as it was at the last commit. */
bool spec_state_unchanged(const struct spec_state *state);

/* Adds the digests of all objects, as of the last commit. */
void spec_state_digest(const struct spec_state *state, struct spec_sha256 *hash);

#endif
