/* loader/lower/soft/traps.c - how routines trap: functions of their own, whose names a trap's stack shows. */
#include "loader/lower/soft/soft.h"

/* No instruction of the integer subset traps for this reason. */
__attribute__((noinline, export_name("invalid conversion to integer"))) uint32_t soft_trap_invalid(void) {
    __builtin_trap();
}

/* The quotient that has no place in 32 bits, which the compiler must not see. */
__attribute__((noinline, export_name("integer overflow"))) uint32_t soft_trap_overflow(void) {
    int32_t dividend = INT32_MIN;
    int32_t divisor = -1;
    __asm__("" : "+r"(dividend), "+r"(divisor));
    return (uint32_t)(dividend / divisor);
}

/* In the place of every other routine where floats are admitted, but not computed with. */
__attribute__((export_name("floating point executed"))) uint32_t soft_trap_executed(void) {
    __builtin_trap();
}
