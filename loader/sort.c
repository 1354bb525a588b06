/* loader/sort.c - heap sort. */
#include "loader/sort.h"

static void sift_down(uint32_t *heap, uint32_t root, uint32_t count,
                      int (*compare)(const void *context, uint32_t a, uint32_t b), const void *context) {
    while (root < count / 2) {
        uint32_t child = 2 * root + 1;
        if (child + 1 < count && compare(context, heap[child], heap[child + 1]) < 0)
            child++;
        if (compare(context, heap[root], heap[child]) >= 0)
            return;
        const uint32_t swap = heap[root];
        heap[root] = heap[child];
        heap[child] = swap;
        root = child;
    }
}

void loader_sort(uint32_t *numbers, uint32_t count, int (*compare)(const void *context, uint32_t a, uint32_t b),
                 const void *context) {
    for (uint32_t i = count / 2; i-- > 0;)
        sift_down(numbers, i, count, compare, context);
    for (uint32_t end = count; end > 1;) {
        end--;
        const uint32_t greatest = numbers[0];
        numbers[0] = numbers[end];
        numbers[end] = greatest;
        sift_down(numbers, 0, end, compare, context);
    }
}
