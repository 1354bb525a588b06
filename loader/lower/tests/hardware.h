/* loader/lower/tests/hardware.h - every routine beside what this machine's floating point hardware does, and the operands
 * that are worth trying.  For tests and the bench, which are linked with hardware.c, operands.c and soft/f32.c, f64.c. */
#ifndef DELAVM_LOADER_LOWER_TESTS_HARDWARE_H
#define DELAVM_LOADER_LOWER_TESTS_HARDWARE_H

#include <stdbool.h>
#include <stdint.h>

enum hardware_trap { HARDWARE_NO_TRAP, HARDWARE_TRAP_INVALID, HARDWARE_TRAP_OVERFLOW };

/* A routine natively, and the hardware's operation, on operands and results as bits; unary ones pass over b.
 * text     the instruction
 * in, out  types of the operands and of the result: f f32, F f64, i i32, I i64 */
struct hardware_row {
    const char *text;
    char in;
    char out;
    bool binary;
    uint64_t (*soft)(uint64_t a, uint64_t b);
    uint64_t (*hard)(uint64_t a, uint64_t b);
};

extern const struct hardware_row hardware_rows[];
extern const uint32_t hardware_row_count;

/* Set by either side of a row that traps; nobody resets it but the caller. */
extern enum hardware_trap hardware_trapped;

/* Whether this machine's float and double are what wasm has, each operation rounded once. */
bool hardware_is_usable(void);

/* The operands of a test: special values against each other first, then random ones of many kinds that come close to
 * the boundaries of rounding, of subnormal numbers, of overflow and of integers.  The same for each seed everywhere. */
struct hardware_operands {
    char in;
    bool binary;
    uint64_t special; /* the next pair of special values */
    uint64_t state;
};

void hardware_operands_init(struct hardware_operands *operands, const struct hardware_row *row, uint64_t seed);
void hardware_operands_next(struct hardware_operands *operands, uint64_t *a, uint64_t *b);

/* How many pairs of special values come first. */
uint64_t hardware_special_pairs(const struct hardware_row *row);

#endif
