/* loader/reader.h - a cursor over the module's bytes: integers, sizes and names.  Spec: binary-values
 *
 * A read moves the cursor only past what it took; on failure it fills *error and the cursor no longer matters.  Offsets
 * in errors count from the start of the module. */
#ifndef DELAVM_LOADER_READER_H
#define DELAVM_LOADER_READER_H

#include "vm/bytes.h"
#include "vm/error.h"

/* Returns early with the status of `expression` unless it is VM_OK. */
#define TRY(expression)                                                                                                \
    do {                                                                                                               \
        const enum vm_status try_status = (expression);                                                                \
        if (try_status != VM_OK)                                                                                       \
            return try_status;                                                                                         \
    } while (0)

/* start <= at <= end.  `end` is where reads stop: the end of the module, or of a function body. */
struct loader_reader {
    const uint8_t *start;
    const uint8_t *at;
    const uint8_t *end;
    struct vm_error *error;
};

static inline uint32_t loader_offset(const struct loader_reader *reader) {
    return (uint32_t)(reader->at - reader->start);
}

static inline size_t loader_rest(const struct loader_reader *reader) {
    return (size_t)(reader->end - reader->at);
}

/* "unexpected end" at the reader's end. */
enum vm_status loader_fail_end(struct loader_reader *reader);

/* The general cases of the reads below. */
enum vm_status loader_read_u32_long(struct loader_reader *reader, uint32_t *out);
enum vm_status loader_read_signed(struct loader_reader *reader, uint32_t bits, int64_t *out);

static inline enum vm_status loader_read_byte(struct loader_reader *reader, uint8_t *out) {
    *out = 0;
    if (reader->at == reader->end)
        return loader_fail_end(reader);
    *out = *reader->at++;
    return VM_OK;
}

/* u32 LEB128. */
static inline enum vm_status loader_read_u32(struct loader_reader *reader, uint32_t *out) {
    if (reader->at != reader->end && *reader->at < 0x80) {
        *out = *reader->at++;
        return VM_OK;
    }
    return loader_read_u32_long(reader, out);
}

/* u64 LEB128. */
enum vm_status loader_read_u64(struct loader_reader *reader, uint64_t *out);

/* s32, s33, s64 LEB128, by their width in bits. */
static inline enum vm_status loader_read_s(struct loader_reader *reader, uint32_t bits, int64_t *out) {
    if (reader->at != reader->end && *reader->at < 0x80) {
        const int64_t byte = *reader->at++;
        *out = byte < 0x40 ? byte : byte - 0x80;
        return VM_OK;
    }
    return loader_read_signed(reader, bits, out);
}

/* `size` bytes as they are. */
enum vm_status loader_read_bytes(struct loader_reader *reader, size_t size, struct vm_bytes *out);

/* A u32 that counts bytes, or things of at least one byte each: more than the module has left is refused. */
enum vm_status loader_read_size(struct loader_reader *reader, uint32_t *out);

/* A size and that many bytes of UTF-8.  Spec: binary-utf8 */
enum vm_status loader_read_name(struct loader_reader *reader, struct vm_bytes *out);

/* Judges UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF. */
bool loader_is_utf8(struct vm_bytes text);

#endif
