/* A binary search tree in an array of nodes: insert, look up, walk recursively. */
#include "bench/cases/kern.h"

enum { NODES = 1 << 14 };
static struct node {
    uint32_t key, left, right, count;
} nodes[NODES];
static uint32_t used;

static NOINLINE void insert(uint32_t key) {
    uint32_t *link = &nodes[0].right;
    while (*link != 0) {
        struct node *const node = &nodes[*link];
        if (node->key == key) {
            node->count++;
            return;
        }
        link = key < node->key ? &node->left : &node->right;
    }
    if (used + 1 < NODES) {
        *link = ++used;
        nodes[used] = (struct node){key, 0, 0, 1};
    }
}

static NOINLINE uint64_t walk(uint32_t at, uint64_t sum, uint32_t depth) {
    while (at != 0) {
        sum = walk(nodes[at].left, sum, depth + 1);
        sum = sum * 31 + nodes[at].key + (uint64_t)nodes[at].count * depth;
        at = nodes[at].right;
    }
    return sum;
}

EXPORT int64_t run(int32_t n) {
    prng_t random = {0xD1B54A32D192ED03u};
    uint64_t sum = 0;
    for (int32_t round = 0; round < n; round++) {
        used = 0;
        nodes[0].right = 0;
        for (int i = 0; i < 8000; i++)
            insert(prng(&random) & 0x1FFF);
        sum = mix64(sum, walk(nodes[0].right, 0, 0));
    }
    return (int64_t)sum;
}
