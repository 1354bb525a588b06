/* loader/text/map.h - a map from byte strings to pointers.
 *
 * A crit-bit tree: a search costs at most the bits of its key, whatever the other keys are, so no choice of names in a
 * hostile source makes it slow, and no hash is needed. */
#ifndef DELAVM_LOADER_TEXT_MAP_H
#define DELAVM_LOADER_TEXT_MAP_H

#include "vm/arena.h"

struct text_map_node;

struct text_map {
    struct text_map_node *root;
};

/* The place of the key's value, added with value NULL if it is new.  The key's bytes must outlive the map, whose nodes
 * are in the arena.  NULL if memory is short. */
void **text_map_put(struct text_map *map, struct vm_arena *arena, struct vm_bytes key);

/* The key's value, NULL if there is none. */
void *text_map_find(const struct text_map *map, struct vm_bytes key);

#endif
