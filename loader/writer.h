/* loader/writer.h - the one way to write the binary format, for the assembler, tools and tests.
 *
 * A writer is a growing byte buffer.  When memory is short it remembers so and ignores what follows, so a long run of
 * writes is checked once, at its end.  Integers get their shortest LEB128 form unless a width is asked for.
 * Spec: binary-conventions, binary-values */
#ifndef DELAVM_LOADER_WRITER_H
#define DELAVM_LOADER_WRITER_H

#include "vm/arena.h"

struct loader_writer {
    struct vm_allocator allocator;
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool failed; /* memory was short: the content is not complete */
};

/* Section ids.  Spec: binary-module */
enum loader_section {
    LOADER_SECTION_CUSTOM,
    LOADER_SECTION_TYPE,
    LOADER_SECTION_IMPORT,
    LOADER_SECTION_FUNCTION,
    LOADER_SECTION_TABLE,
    LOADER_SECTION_MEMORY,
    LOADER_SECTION_GLOBAL,
    LOADER_SECTION_EXPORT,
    LOADER_SECTION_START,
    LOADER_SECTION_ELEMENT,
    LOADER_SECTION_CODE,
    LOADER_SECTION_DATA,
    LOADER_SECTION_DATA_COUNT,
    LOADER_SECTION_TAG,
    LOADER_SECTION_COUNT
};

/* Sections other than custom ones in the order they have in a module, and what the text format calls them in
 * annotations. */
struct loader_section_place {
    enum loader_section id;
    const char *name;
};
enum { LOADER_PLACES = 13 };
extern const struct loader_section_place loader_section_places[LOADER_PLACES];

/* An empty writer; takes no memory yet.  clear gives everything back; reset forgets the content and any failure. */
void loader_writer_init(struct loader_writer *writer, const struct vm_allocator *allocator);
void loader_writer_clear(struct loader_writer *writer);
void loader_writer_reset(struct loader_writer *writer);

/* What was written; good until the next write. */
static inline struct vm_bytes loader_written(const struct loader_writer *writer) {
    return vm_bytes(writer->data, writer->size);
}

/* Takes the content out as a block of exactly its size, to be given to loader_bytes_free(); the writer is empty then.
 * False if a write was lost or memory is short. */
bool loader_writer_finish(struct loader_writer *writer, struct vm_bytes *out);
void loader_bytes_free(const struct vm_allocator *allocator, struct vm_bytes bytes);

/* Room for `size` more bytes, which the caller fills and adds to writer->size; NULL when memory is short. */
uint8_t *loader_writer_room(struct loader_writer *writer, size_t size);

void loader_write_byte(struct loader_writer *writer, uint8_t byte);
void loader_write_bytes(struct loader_writer *writer, struct vm_bytes bytes);

/* Unsigned and signed LEB128.  An s33 or s32 is a signed number like any other. */
void loader_write_unsigned(struct loader_writer *writer, uint64_t value);
void loader_write_signed(struct loader_writer *writer, int64_t value);

/* The same in at least `width` bytes (1 to 10), filled up with the padding that compilers leave for linkers. */
void loader_write_unsigned_padded(struct loader_writer *writer, uint64_t value, unsigned width);
void loader_write_signed_padded(struct loader_writer *writer, int64_t value, unsigned width);

/* A vector of bytes: its size, then the bytes.  Names are written so. */
void loader_write_vector(struct loader_writer *writer, struct vm_bytes bytes);

/* An instruction's code as vm/opcodes.def has it: one byte, or a prefix and a LEB128. */
void loader_write_code(struct loader_writer *writer, uint32_t code);
void loader_write_code_padded(struct loader_writer *writer, uint32_t code, unsigned width);

/* Magic and version. */
void loader_write_header(struct loader_writer *writer);

/* A section: id, size, content. */
void loader_write_section(struct loader_writer *writer, enum loader_section id, struct vm_bytes content);

/* A custom section: the name is part of its content. */
void loader_write_custom(struct loader_writer *writer, struct vm_bytes name, struct vm_bytes content);

#endif
