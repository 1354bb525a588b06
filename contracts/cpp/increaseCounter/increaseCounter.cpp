/* increaseCounter - argument in, result out: `counter` + 1.  contracts/c/increaseCounter says more. */
#include "contract.hpp"

CONTRACT {
    const std::string counter = dela::argument("counter");
    if (!dela::is_decimal(counter))
        dela::reject("counter is not a whole number: " + counter);
    dela::result(dela::increment(counter));
}
