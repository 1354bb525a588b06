/* counter - the smallest contract with storage: each accepted call adds one to a stored number.
 *
 * storage   "counter": the number in decimal; absent counts as 0
 * result    the new number
 * event     "counter" with the new number */
#include "contract.h"

READS("counter");

CONTRACT {
    const struct text key = TEXT("counter");
    struct text number;
    if (!stored(key, &number))
        number = TEXT("0");
    if (!is_decimal(number))
        reject(TEXT("the stored counter is not a whole number"));
    const struct text next = decimal_increment(number);
    store(key, next);
    event(key, next);
    result(next);
}
