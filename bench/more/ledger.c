/* What contracts do: balances by 32-byte key in a sorted table, transfers with checks, 128-bit sums. */
#include "bench/cases/kern.h"

enum { ACCOUNTS = 256 };
static struct account {
    uint8_t key[32];
    uint64_t low, high;
} accounts[ACCOUNTS];

static NOINLINE struct account *find(const uint8_t *key) {
    uint32_t from = 0, to = ACCOUNTS;
    while (from < to) {
        const uint32_t middle = (from + to) / 2;
        const int order = memcmp(accounts[middle].key, key, 32);
        if (order == 0)
            return &accounts[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

static NOINLINE int transfer(const uint8_t *from, const uint8_t *to, uint64_t amount) {
    struct account *const a = find(from), *const b = find(to);
    if (a == NULL || b == NULL || (a->high == 0 && a->low < amount))
        return 0;
    a->high -= a->low < amount;
    a->low -= amount;
    b->low += amount;
    b->high += b->low < amount;
    return 1;
}

EXPORT int64_t run(int32_t n) {
    prng_t random = {99};
    uint64_t sum = 0;
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        memset(accounts[i].key, 7, 24);
        accounts[i].key[24] = (uint8_t)i;
        accounts[i].low = (uint64_t)i << 56;
        accounts[i].high = i & 1;
    }
    for (int32_t i = 0; i < n * 256; i++) {
        uint8_t from[32], to[32];
        memcpy(from, accounts[prng(&random) % ACCOUNTS].key, 32);
        memcpy(to, accounts[prng(&random) % ACCOUNTS].key, 32);
        to[31] = prng(&random) % 16 == 0;
        const uint64_t amount = prng(&random);
        sum += (uint64_t)transfer(from, to, amount << (prng(&random) & 31));
    }
    for (uint32_t i = 0; i < ACCOUNTS; i++)
        sum = mix64(sum, accounts[i].low ^ accounts[i].high);
    return (int64_t)sum;
}
