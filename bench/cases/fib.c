/* Recursive Fibonacci: call/return cost. */
#include "kern.h"
static NOINLINE __attribute__((disable_tail_calls)) uint32_t fib(uint32_t n) {
    if (n < 2)
        return n;
    return fib(n - 1) + fib(n - 2);
}
EXPORT int64_t run(int32_t n) {
    return (int64_t)fib((uint32_t)n);
}
