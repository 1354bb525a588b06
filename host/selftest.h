/* host/selftest.h - one number that is the same on every machine that computes as it should.
 *
 * Runs every integer instruction over edge values, the modules and refused texts of host/selftest.def, and hashes all
 * results, traps, fuel, state and messages of the plain engine.  Each call also runs in the fast one, as it is and with
 * one cell for each instruction; in slices; from a fresh instance; and with one fuel less than it used. */
#ifndef DELAVM_HOST_SELFTEST_H
#define DELAVM_HOST_SELFTEST_H

#include "host/config.h"

/* hash         the conformance hash; equal to the expected one if `good`
 * vectors      how many things were run and judged
 * differences  runs that did otherwise in the fast engine, in slices, on a fresh instance, or with less fuel: none on a
 *              sound machine
 * first        names the first of these, or is empty */
struct host_selftest {
    struct host_hash hash;
    struct host_hash expected;
    bool good; /* no differences, and the hash is the expected one */
    uint32_t vectors;
    uint32_t differences;
    char first[128];
};

/* Takes a fraction of a second.  VM_OK, or VM_RESOURCE: memory was short, nothing is known. */
enum vm_status host_selftest_run(const struct vm_allocator *allocator, struct host_selftest *out);

#endif
