/* increaseCounter - argument in, result out: `counter` + 1.
 *
 * counter   a whole number of any size, as a JSON number or a string; may be negative
 * result    the next whole number, in decimal without leading zeros
 *
 * Rejects a missing counter and anything that is not a whole number, fractions and exponents included. */
#include "contract.h"

CONTRACT {
    const struct text counter = argument(TEXT("counter"));
    if (!is_decimal(counter))
        reject(join(2, TEXT("counter is not a whole number: "), counter));
    result(decimal_increment(counter));
}
