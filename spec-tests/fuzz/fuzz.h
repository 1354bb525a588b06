/* spec-tests/fuzz/fuzz.h - what the fuzz targets share: the door of libFuzzer, and a way to stop at a finding. */
#ifndef DELAVM_SPEC_TESTS_FUZZ_FUZZ_H
#define DELAVM_SPEC_TESTS_FUZZ_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* One input.  Always returns 0; a finding ends the program. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program unless the condition holds, in every build. */
#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                                  \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#endif
