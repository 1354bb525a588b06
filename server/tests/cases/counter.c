/* counter.c - a program with state: "counter" in storage, 0 at first, plus the argument `by` (1); the answer is the new
 * number as plain text.  Too much at once is an exit status. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dela.h"

static const char key[] = "counter";

static uint64_t stored(void) {
    char text[24];
    const int32_t size = dela_storage_get(key, sizeof key - 1, text, sizeof text - 1);
    text[size < 0 ? 0 : size] = 0;
    return strtoull(text, NULL, 10);
}

static const char *argument(int argc, char **argv, const char *name) {
    const size_t size = strlen(name);
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], name, size) == 0 && argv[i][size] == '=')
            return argv[i] + size + 1;
    return NULL;
}

int main(int argc, char **argv) {
    const char *const by = argument(argc, argv, "by");
    const uint64_t step = by == NULL ? 1 : strtoull(by, NULL, 10);
    if (step > 100) {
        static const char words[] = "by is more than 100";
        write(STDOUT_FILENO, words, sizeof words - 1);
        return 3;
    }
    char digits[24];
    size_t at = sizeof digits;
    uint64_t number = stored() + step;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    dela_storage_set(key, sizeof key - 1, digits + at, sizeof digits - at);
    write(STDOUT_FILENO, digits + at, sizeof digits - at);
    return 0;
}
