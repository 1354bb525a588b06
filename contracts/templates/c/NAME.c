/* @NAME@ - greets, and counts.
 *
 * name      whom to greet
 * storage   "greetings": how many there were, in decimal
 * result    the greeting */
#include "contract.h"

READS("greetings");

CONTRACT {
    const struct text name = argument(TEXT("name")), key = TEXT("greetings");
    struct text count;
    if (!stored(key, &count))
        count = TEXT("0");
    const struct text next = decimal_increment(count);
    store(key, next);
    result(join(5, TEXT("Hello, "), name, TEXT("! You are number "), next, TEXT(".")));
}
