/* vm/tests/check.h - the whole test framework: counted checks that go on after a failure.
 *
 * A test file has tables, loops over them, and a main() that ends with `return check_done();`, which prints the line
 * "N passed, N failed" that `make test` adds up.  check_context() names the row under test in failure messages. */
#ifndef DELAVM_VM_TESTS_CHECK_H
#define DELAVM_VM_TESTS_CHECK_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static struct {
    unsigned long passed;
    unsigned long failed;
    char context[256];
} check_state;

/* Says which row the checks that follow belong to; stays until the next call. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2), unused))
#endif
static void
check_context(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(check_state.context, sizeof check_state.context, format, arguments);
    va_end(arguments);
}

#if defined(__GNUC__)
__attribute__((format(printf, 4, 5), unused))
#endif
static bool
check_report(bool good, const char *file, int line, const char *format, ...) {
    if (good) {
        check_state.passed++;
        return true;
    }
    check_state.failed++;
    va_list arguments;
    va_start(arguments, format);
    printf("%s:%d: [%s] ", file, line, check_state.context);
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    return false;
}

#define CHECK(condition) check_report((condition), __FILE__, __LINE__, "not true: %s", #condition)

#define CHECK_U64(have, want)                                                                                          \
    do {                                                                                                               \
        const uint64_t check_have = (uint64_t)(have), check_want = (uint64_t)(want);                                   \
        check_report(check_have == check_want, __FILE__, __LINE__, "%s is %" PRIu64 ", should be %" PRIu64, #have,     \
                     check_have, check_want);                                                                          \
    } while (0)

#define CHECK_TEXT(have, want)                                                                                         \
    do {                                                                                                               \
        const char *const check_have = (have), *const check_want = (want);                                             \
        check_report(strcmp(check_have, check_want) == 0, __FILE__, __LINE__, "%s is \"%s\", should be \"%s\"", #have, \
                     check_have, check_want);                                                                          \
    } while (0)

#if defined(__GNUC__)
__attribute__((unused))
#endif
static int
check_done(void) {
    printf("%lu passed, %lu failed\n", check_state.passed, check_state.failed);
    return check_state.failed != 0;
}

#endif
