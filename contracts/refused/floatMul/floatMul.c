/* floatMul - a contract that must be refused: two functions deep it multiplies by a fraction.
 *
 * Kept to show, and to test, what the author of such a contract is told: the instruction, its function and offset, and
 * (by `delavm validate`) how it is reached. */
#include "contract.h"

__attribute__((noinline)) static uint32_t with_interest(uint32_t balance) {
    return (uint32_t)(balance * 1.05);
}

__attribute__((noinline)) static uint32_t new_balance(uint32_t balance) {
    return with_interest(balance) - 1;
}

CONTRACT {
    const uint32_t balance = new_balance(small_number(argument(TEXT("balance"))));
    result((struct text){(const uint8_t *)&balance, sizeof balance});
}
