/* loader/sort.h - sorting that no input can make slow, and that neither recurses nor allocates. */
#ifndef DELAVM_LOADER_SORT_H
#define DELAVM_LOADER_SORT_H

#include <stdint.h>

/* Sorts `count` numbers by compare(context, a, b), which gives a total order as strcmp() does.  n log n in any case. */
void loader_sort(uint32_t *numbers, uint32_t count, int (*compare)(const void *context, uint32_t a, uint32_t b),
                 const void *context);

#endif
