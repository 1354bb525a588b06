/* vm/image.h - the state of an instance, kept so that other runs begin from it.
 *
 * An image is taken once: of an instance that was just made, or of one that has run its initialisation.  An instance
 * made from it is in every respect what the first one was.  After a run it is put back by undoing what the run changed,
 * and nothing else: memory by the page (vm/dirty.h), tables and dropped segments only if they were touched, globals
 * always.  What an instance costs in fuel has nothing to do with how it came about: the caller charges
 * vm_instantiation_price().
 *
 * Only what is not zero is kept, so an image is never much larger than what was written. */
#ifndef DELAVM_VM_IMAGE_H
#define DELAVM_VM_IMAGE_H

#include "vm/store.h"

struct vm_image;

/* True if images of this module can be taken: its imports are functions. */
bool vm_image_possible(const struct vm_module *module);

/* Takes an image of an instance that is the only one in its store and whose module can have one; between runs, not within
 * one.  It lies in `arena` and refers to nothing outside; only read from then on, by any number of threads.  NULL when
 * memory is short. */
const struct vm_image *vm_image_take(const struct vm_instance *instance, struct vm_arena *arena);

/* True if two images of one module are of the same state. */
bool vm_image_equal(const struct vm_image *a, const struct vm_image *b, const struct vm_module *module);

/* An image as bytes, without anything of this machine, so that it can be kept or sent:
 *
 *   for each memory   u64 bytes, u32 runs; for each run: u64 address, u32 size, its bytes
 *   for each table    u32 elements, u32 of them that are not null; for each of these: u32 index, u32 function
 *   for each global   u64 value; of a reference: function
 *   for each element segment, then for each data segment: u8 dropped
 *
 * Little-endian; a function is its index counted from 1, 0 is null.  Runs hold the words of 8 bytes that are not zero,
 * with single zero words among them, and end at 4 KiB.  Equal states give equal bytes.
 * Writes them to `to`, or nowhere if that is NULL; returns how many there are. */
size_t vm_image_write(const struct vm_image *image, const struct vm_module *module, uint8_t *to);

/* The image that bytes tell of, which may be anybody's: what is taken is a state that an instance of this module could
 * have under these limits (only RUN rows are read).  fresh: an image of this module as it is instantiated.
 * VM_OK and *out, in `arena`; VM_MALFORMED; VM_RESOURCE.  Linear in the size of the bytes and of the tables. */
enum vm_status vm_image_read(struct vm_bytes bytes, const struct vm_module *module, const struct vm_image *fresh,
                             const struct vm_limits *limits, struct vm_arena *arena, const struct vm_image **out);

/* The fuel that an instance from an image of a module costs whose state is not the one that instantiation gives: as
 * vm_instantiation_price() for the pages and table elements that the image has, the module's globals and its imports.  What
 * instantiation did with segments and constant expressions was paid when the image was made. */
uint64_t vm_image_price(const struct vm_image *image, const struct vm_module *module,
                        const struct vm_schedule *schedule);

/* Makes an instance of the same module from an image, in a store without instances.  The imports must resolve to host
 * functions with the numbers they had for the first instance (asserted).  VM_OK, or as vm_instantiate(). */
enum vm_status vm_image_instantiate(struct vm_store *store, const struct vm_module *module,
                                    const struct vm_image *image, vm_resolver resolve, void *context,
                                    struct vm_instance **out, struct vm_error *error);

/* Puts an instance made by vm_image_instantiate() from this very image back to where it began. */
void vm_image_restore(struct vm_instance *instance, const struct vm_image *image);

#endif
