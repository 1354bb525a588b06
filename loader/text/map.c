/* loader/text/map.c - a crit-bit tree over byte strings of any length and content. */
#include "loader/text/map.h"

/* A node with a mask decides by one bit of the key; one without is a leaf.  Keys are read as 9-bit units, whose top bit
 * says that there is a byte, so that no key is the beginning of another. */
struct text_map_node {
    size_t byte;
    unsigned mask;
    struct text_map_node *child[2];
    struct vm_bytes key;
    void *value;
};

static unsigned unit_at(struct vm_bytes key, size_t byte) {
    return byte < key.size ? 0x100U | key.data[byte] : 0;
}

static unsigned side_of(const struct text_map_node *node, struct vm_bytes key) {
    return (unit_at(key, node->byte) & node->mask) != 0;
}

/* First byte in which the keys, which are not equal, differ. */
static size_t first_difference(struct vm_bytes a, struct vm_bytes b) {
    const size_t common = a.size < b.size ? a.size : b.size;
    size_t byte = 0;
    while (byte < common && a.data[byte] == b.data[byte])
        byte++;
    return byte;
}

/* The leaf that a search for the key ends at; NULL in an empty map. */
static struct text_map_node *nearest_leaf(const struct text_map *map, struct vm_bytes key) {
    struct text_map_node *node = map->root;
    while (node != NULL && node->mask != 0)
        node = node->child[side_of(node, key)];
    return node;
}

void *text_map_find(const struct text_map *map, struct vm_bytes key) {
    const struct text_map_node *const leaf = nearest_leaf(map, key);
    return leaf != NULL && vm_bytes_equal(leaf->key, key) ? leaf->value : NULL;
}

void **text_map_put(struct text_map *map, struct vm_arena *arena, struct vm_bytes key) {
    struct text_map_node *const node = nearest_leaf(map, key);
    if (node != NULL && vm_bytes_equal(node->key, key))
        return &node->value;

    struct text_map_node *const leaf = vm_arena_allocate(arena, 1, sizeof *leaf);
    if (leaf == NULL)
        return NULL;
    leaf->key = key;
    if (node == NULL) {
        map->root = leaf;
        return &leaf->value;
    }
    struct text_map_node *const fork = vm_arena_allocate(arena, 1, sizeof *fork);
    if (fork == NULL)
        return NULL;
    fork->byte = first_difference(node->key, key);
    fork->mask = unit_at(node->key, fork->byte) ^ unit_at(key, fork->byte);
    while ((fork->mask & (fork->mask - 1)) != 0)
        fork->mask &= fork->mask - 1;
    struct text_map_node **link = &map->root;
    while ((*link)->mask != 0 &&
           ((*link)->byte < fork->byte || ((*link)->byte == fork->byte && (*link)->mask > fork->mask)))
        link = &(*link)->child[side_of(*link, key)];
    const unsigned side = side_of(fork, key);
    fork->child[side] = leaf;
    fork->child[!side] = *link;
    *link = fork;
    return &leaf->value;
}
