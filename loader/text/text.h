/* loader/text/text.h - the assembler: WebAssembly text to a binary module.
 *
 * Accepts the whole text format of 2.0 and the 3.0 text of everything the validator accepts or refuses by name; floats
 * and vectors too, because it is the validator that refuses them.  It judges only what the text format judges
 * (malformed); typing is left to loader_load().  Literals are converted by exact integer arithmetic.
 * Spec: text */
#ifndef DELAVM_LOADER_TEXT_TEXT_H
#define DELAVM_LOADER_TEXT_TEXT_H

#include "vm/arena.h"
#include "vm/bytes.h"
#include "vm/error.h"

/* Where the 2.0 and the 3.0 text differ: in 2.0 limits and offsets are 32 bits wide, and a lane index above 255 has
 * words of its own.  Everything else of 3.0 is understood in both. */
enum text_version { TEXT_3_0, TEXT_2_0 };

struct text_options {
    enum text_version version;
    bool no_names; /* leave out the name section that records the identifiers */
};

/* Where and why a text is malformed.
 * line, column  from 1; columns count bytes; 0 if there is no place (memory was short)
 * offset        bytes from the start of the source
 * message       begins with the words of the official suite; details follow where they help */
struct text_error {
    uint32_t line;
    uint32_t column;
    size_t offset;
    char message[160];
};

/* Assembles a source that holds one module: `(module ...)`, or the fields alone.
 *
 * source     only read during the call, need not be UTF-8 (it is refused then)
 * options    NULL: 3.0, with names
 * allocator  for scratch memory and the result
 * out        the module's bytes, to be given to text_free(); {NULL, 0} on failure
 * error      filled on failure
 *
 * Returns VM_OK, VM_MALFORMED, or VM_RESOURCE.  Work and memory are linear in source.size, nothing recurses. */
enum vm_status text_assemble(struct vm_bytes source, const struct text_options *options,
                             const struct vm_allocator *allocator, struct vm_bytes *out, struct text_error *error);

/* Gives the result of text_assemble() back; {NULL, 0} is fine. */
void text_free(const struct vm_allocator *allocator, struct vm_bytes out);

/* True if the bytes can only be text: a tool that takes both formats may ask.  Binary modules begin with a NUL. */
static inline bool text_is_text(struct vm_bytes source) {
    return source.size == 0 || source.data[0] != 0;
}

/* Line and column, from 1, of a byte of the source. */
void text_locate(struct vm_bytes source, size_t offset, uint32_t *line, uint32_t *column);

#endif
