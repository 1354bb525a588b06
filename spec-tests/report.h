/* spec-tests/report.h - results for people and for programs. */
#ifndef DELAVM_SPEC_TESTS_REPORT_H
#define DELAVM_SPEC_TESTS_REPORT_H

#include "spec-tests/results.h"

struct spec_report_options {
    bool digest;  /* print digests */
    bool verbose; /* print each command that did not pass, with its reason */
};

/* One line for each file, what failed, what was refused by name, and the totals. */
void spec_report_text(const struct spec_files *files, const struct spec_report_options *options, FILE *out);

/* {"files": [{"file": ..., "commands": ..., "passed": ..., "refused": ..., "blocked": ..., "failed": ...}], "total":
 * {the same}}.  passed includes text_only. */
void spec_report_json(const struct spec_files *files, FILE *out);

/* JUnit XML: a test suite for each file, a test case for each command; refused and blocked ones are skipped. */
void spec_report_junit(const struct spec_files *files, FILE *out);

/* FILE:LINE command verdict reason, for each command. */
void spec_report_verdicts(const struct spec_files *files, FILE *out);

/* The last line: passed commands, and failures. */
void spec_report_sum(const struct spec_files *files, FILE *out);
uint32_t spec_failures(const struct spec_files *files);

#endif
