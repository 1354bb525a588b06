/* vm/image_content.h - the shapes behind vm/image.h, for the files of vm that make images. */
#ifndef DELAVM_VM_IMAGE_CONTENT_H
#define DELAVM_VM_IMAGE_CONTENT_H

#include "vm/image.h"

/* Bytes that are not all zero, at `address`; in a memory, within one page of vm/dirty.h. */
struct vm_image_run {
    uint64_t address;
    size_t size;
    const uint8_t *bytes;
};

/* What a memory or a table holds, as bytes.
 * runs       in the order of their addresses
 * first_run  [pages + 1]: the first run at or behind the start of each page that is not behind the last run
 * size       in bytes */
struct vm_image_content {
    uint64_t size;
    struct vm_image_run *runs;
    size_t run_count;
    uint32_t *first_run;
    size_t pages;
};

struct vm_image {
    struct vm_image_content *memories; /* [module->memory_count] */
    struct vm_image_content *tables;   /* [module->table_count] */
    vm_value *globals;                 /* [module->global_count] */
    vm_value *imported_functions;
    bool *dropped_elements;
    bool *dropped_data;
};

/* An image of this module with room for everything and nothing in it; NULL when memory is short. */
struct vm_image *vm_image_new(const struct vm_module *module, struct vm_arena *arena);

/* Copies what is not zero of `size` bytes.  marked: a memory, of which only marked pages are looked at.  False when memory
 * is short. */
bool vm_image_take_content(struct vm_image_content *content, const void *data, uint64_t size, bool marked,
                           struct vm_arena *arena);

/* Fills first_run and pages, by the runs.  False when memory is short. */
bool vm_image_index(struct vm_image_content *content, struct vm_arena *arena);

#endif
