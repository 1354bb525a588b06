/* spec-tests/fuzz/replay.c - runs a fuzz target over the files given: every find that was kept stays found, with any
 * compiler. */
#include "spec-tests/fuzz/fuzz.h"

int main(int count, char **paths) {
    static uint8_t data[1 << 20];
    unsigned long passed = 0, failed = 0;
    for (int i = 1; i < count; i++) {
        FILE *const in = fopen(paths[i], "rb");
        if (in == NULL) {
            printf("%s can't be read\n", paths[i]);
            failed++;
            continue;
        }
        const size_t size = fread(data, 1, sizeof data, in);
        fclose(in);
        if (size > sizeof data) /* it can't be, but the analyzer does not know fread() */
            return 2;
        /* A copy of its own, so that a sanitizer sees a read past the end. */
        uint8_t *const copy = malloc(size == 0 ? 1 : size);
        if (copy == NULL)
            return 2;
        for (size_t at = 0; at < size; at++)
            copy[at] = data[at];
        LLVMFuzzerTestOneInput(copy, size);
        free(copy);
        passed++;
    }
    printf("%lu passed, %lu failed\n", passed, failed);
    return failed != 0;
}
