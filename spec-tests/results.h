/* spec-tests/results.h - what became of each file, and its comparison with an expected list. */
#ifndef DELAVM_SPEC_TESTS_RESULTS_H
#define DELAVM_SPEC_TESTS_RESULTS_H

#include <stdio.h>

#include "spec-tests/run.h"

struct spec_verdict_line {
    uint32_t line;
    enum spec_verdict verdict;
    const char *name;   /* of the command */
    const char *reason; /* never NULL */
};

/* One file.  The text that all strings point into is kept in `output`. */
struct spec_file {
    char *path;
    char *name; /* path below the folder that was given: what lists and reports call it */
    char *output;
    size_t output_size, output_capacity;

    uint32_t count;
    struct spec_verdict_line *lines;
    uint32_t verdicts[SPEC_VERDICT_COUNT];
    const char *digest; /* hexadecimal, or NULL if the run did not come to its end */
    const char *broken; /* why it did not, or NULL */
    char *differs;      /* from the expected list, or NULL */
};

struct spec_files {
    struct spec_file *items;
    size_t count, capacity;
};

/* Collects *.wast: a file as it is, a folder with all below it except folders named "proposals", which hold what is not
 * part of the standard.  Sorted by name.  False: *path could not be read, or memory was short. */
bool spec_files_add(struct spec_files *files, const char *path);
void spec_files_clear(struct spec_files *files);

/* Reads a worker's output: fills count, lines, verdicts, digest, broken. */
bool spec_file_parse(struct spec_file *file);

/* What counts as a failure of the file: failed commands, an early end, a difference from the list. */
uint32_t spec_file_failures(const struct spec_file *file);

/* An expected list has one line for each file: name, digest, then its commands' verdicts in order as runs such as
 * "12P": 12 commands passed.  The digest "-" stands for any.  Compares each file that the list has; a file it lacks differs.  False: not readable. */
bool spec_expected_compare(struct spec_files *files, const char *path);
void spec_expected_write(const struct spec_files *files, FILE *out);

#endif
