/* loader/lower/tests/hardware_test.c - every routine, natively, against the floating point hardware, to the bit.
 *
 *   hardware_test [COUNT]     pairs of operands for each operation (100,000); make soft-float takes 100,000,000 */
#include "loader/lower/tests/hardware.h"

#include <stdlib.h>

#include "vm/tests/check.h"

/* Compares until they differ; true if they never do. */
static bool compare(const struct hardware_row *row, uint64_t count) {
    struct hardware_operands operands;
    hardware_operands_init(&operands, row, 1);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t a;
        uint64_t b;
        hardware_operands_next(&operands, &a, &b);
        hardware_trapped = HARDWARE_NO_TRAP;
        const uint64_t want = row->hard(a, b);
        const enum hardware_trap want_trap = hardware_trapped;
        hardware_trapped = HARDWARE_NO_TRAP;
        const uint64_t have = row->soft(a, b);
        if (have == want && hardware_trapped == want_trap)
            continue;
        return check_report(false, __FILE__, __LINE__,
                            "pair %" PRIu64 ": %#" PRIx64 ", %#" PRIx64 " gives %#" PRIx64
                            " (trap %d), should be %#" PRIx64 " (trap %d)",
                            i, a, b, have, (int)hardware_trapped, want, (int)want_trap);
    }
    return check_report(true, __FILE__, __LINE__, "%s", "");
}

int main(int count, char **words) {
    const uint64_t pairs = count > 1 ? strtoull(words[1], NULL, 10) : 100000;
    if (!hardware_is_usable()) {
        printf("hardware_test: skipped, the floating point of this machine is not what wasm has\n");
        return 0;
    }
    for (uint32_t i = 0; i < hardware_row_count; i++) {
        const struct hardware_row *const row = &hardware_rows[i];
        const uint64_t special = hardware_special_pairs(row);
        check_context("%s", row->text);
        if (compare(row, special + pairs) && count > 1) {
            printf("%-20s %" PRIu64 " pairs of special values, %" PRIu64 " random ones: all equal\n", row->text,
                   special, pairs);
            fflush(stdout);
        }
    }
    return check_done();
}
