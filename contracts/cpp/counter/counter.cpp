/* counter - the smallest contract with storage: each accepted call adds one to a stored number.  contracts/c/counter
 * says more. */
#include "contract.hpp"

READS("counter");

CONTRACT {
    const std::string number = dela::stored("counter").value_or("0");
    if (!dela::is_decimal(number))
        dela::reject("the stored counter is not a whole number");
    const std::string next = dela::increment(number);
    dela::store("counter", next);
    dela::event("counter", next);
    dela::result(next);
}
