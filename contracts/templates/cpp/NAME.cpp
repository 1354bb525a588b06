/* @NAME@ - greets, and counts.
 *
 * name      whom to greet
 * storage   "greetings": how many there were, in decimal
 * result    the greeting */
#include "contract.hpp"

READS("greetings");

CONTRACT {
    const std::string name = dela::argument("name");
    const std::string next = dela::increment(dela::stored("greetings").value_or("0"));
    dela::store("greetings", next);
    dela::result("Hello, " + name + "! You are number " + next + ".");
}
