/* loader/disasm.h - a binary module as text that assembles back to the same bytes.
 *
 * Takes modules of any proposal, also those that loader_load() refuses, as long as the bytes can be followed.  What the
 * text format has no words for is kept in annotations that loader/text understands and others pass over:
 *
 *   (@custom "name" (after section) "bytes")   a custom section, the name section included
 *   (@section name size count)                 widths of a section's size and count; 0: the shortest
 *   (@leb N)                                   the integer of the next token takes N bytes
 *   (local (@empty) type)                      a group of no locals
 *
 * Compilers pad integers that a linker may have to change, so (@leb 5) is common in what they write.  Where an integer
 * has no token of its own, the annotation stands before a function for the size of its body, before a function's type
 * for the number of its groups of locals, before (local ...) for the size of a group that begins there, before a
 * segment for its flags, before a string for its size, before (param ...) and (result ...) for their number, and before
 * an instruction for its sub-opcode or for the count behind it.
 *
 * Not kept, because no known tool writes them: padded counts of struct fields, of supertypes and of element
 * expressions. */
#ifndef DELAVM_LOADER_DISASM_H
#define DELAVM_LOADER_DISASM_H

#include "loader/writer.h"
#include "vm/config.h"
#include "vm/error.h"

struct loader_disasm_options {
    bool offsets;                       /* follow each instruction with its offset: (; @0x1a3 ;) */
    const struct vm_schedule *schedule; /* not NULL: and with its price: (; 4 ;) */
    const uint32_t *function;           /* not NULL: this function alone, imports counted; nothing if it has no body */
    /* Not NULL: called behind each instruction of a body, its last `end` included, to add a comment up to the end of the
     * line to `out`, or none. */
    void (*remark)(void *context, uint32_t offset, struct loader_writer *out);
    void *context;
};

/* Writes the text of a module.
 *
 * module     only read during the call
 * options    NULL: no offsets, no prices
 * allocator  for scratch memory
 * out        the text is added to it, in UTF-8; what was written before a failure stays
 * error      filled on failure
 *
 * Returns VM_OK; VM_MALFORMED if the bytes can't be followed; VM_LIMIT if they declare more locals than a text can list
 * (a million and one for each byte of the module); VM_RESOURCE.  Work is linear in the module and the text. */
enum vm_status loader_disassemble(struct vm_bytes module, const struct loader_disasm_options *options,
                                  const struct vm_allocator *allocator, struct loader_writer *out,
                                  struct vm_error *error);

#endif
