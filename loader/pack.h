/* loader/pack.h - a module made ready to be deployed: without what running it does not need, with a custom section of the
 * author's choice.
 *
 * What the packed module does is what the module did:
 *
 *   custom sections  go, but for LOADER_FLOAT_SECTION (loader/lower/lower.h), the one that is named below, and, if asked
 *                    for, the names that people are shown when a run traps
 *   data             segments that lie side by side in memory become one, and so do those with no more than `gap` bytes
 *                    between them, which are written as zeros: compilers write a segment for each stretch without zeros (Go
 *                    some ten thousand), and each costs fuel when an instance is made.  Only where that can't be told from
 *                    outside: all segments are active, in one own memory, at constant places, and none is over another;
 *                    and no instruction names a segment (there is no data count section).  They come out in the order
 *                    of their places */
#ifndef DELAVM_LOADER_PACK_H
#define DELAVM_LOADER_PACK_H

#include "loader/loader.h"

/* section  the custom section that is kept or, if content.data is not NULL, put in its place (none if that is empty)
 * names    keep the name section
 * gap      at most LOADER_PACK_GAP */
#define LOADER_PACK_GAP 4096
struct loader_packing {
    struct vm_bytes section;
    struct vm_bytes content;
    bool names;
    uint32_t gap;
};

/* Packs one module that loader_load() takes under `options`.
 * out      to be given to loader_bytes_free() of loader/writer.h
 * VM_OK; what loader_load() says about the module; or VM_RESOURCE.  Linear in the size of the module. */
enum vm_status loader_pack(struct vm_bytes bytes, const struct loader_options *options,
                           const struct loader_packing *packing, const struct vm_allocator *allocator,
                           struct vm_bytes *out, struct vm_error *error);

#endif
