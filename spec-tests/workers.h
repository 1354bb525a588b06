/* spec-tests/workers.h - runs files in processes of their own, so that a crash in one is a finding and not the end. */
#ifndef DELAVM_SPEC_TESTS_WORKERS_H
#define DELAVM_SPEC_TESTS_WORKERS_H

#include "spec-tests/results.h"

/* Runs all files, at most `jobs` at a time, and fills their results.  progress: say on stderr how far it is.  Files
 * that are small take a moment each, so a process for each file costs little.  False: memory or processes were short.
 */
bool spec_workers_run(struct spec_files *files, const struct spec_options *options, uint32_t jobs, bool progress);

#endif
