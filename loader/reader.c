/* loader/reader.c - integers, sizes and names out of bytes.  Spec: binary-int, binary-vec, binary-name */
#include "loader/reader.h"

enum vm_status loader_fail_end(struct loader_reader *reader) {
    return vm_fail(reader->error, VM_ERROR_UNEXPECTED_END_OF_SECTION, (uint64_t)(reader->end - reader->start), NULL);
}

enum vm_status loader_read_u32_long(struct loader_reader *reader, uint32_t *out) {
    uint32_t value = 0;
    for (uint32_t shift = 0; shift < 35; shift += 7) {
        uint8_t byte;
        TRY(loader_read_byte(reader, &byte));
        if (shift == 28 && (byte & 0x70) != 0)
            return vm_fail(reader->error, VM_ERROR_LEB128_TOO_LARGE, loader_offset(reader) - 1, NULL);
        value |= (uint32_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *out = value;
            return VM_OK;
        }
    }
    return vm_fail(reader->error, VM_ERROR_LEB128_TOO_LONG, loader_offset(reader), NULL);
}

enum vm_status loader_read_u64(struct loader_reader *reader, uint64_t *out) {
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 70; shift += 7) {
        uint8_t byte;
        TRY(loader_read_byte(reader, &byte));
        if (shift == 63 && (byte & 0x7E) != 0)
            return vm_fail(reader->error, VM_ERROR_LEB128_TOO_LARGE, loader_offset(reader) - 1, NULL);
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *out = value;
            return VM_OK;
        }
    }
    return vm_fail(reader->error, VM_ERROR_LEB128_TOO_LONG, loader_offset(reader), NULL);
}

/* Fills the bits above the lowest `bits` of `value` with copies of the topmost of these. */
static int64_t sign_extend(uint64_t value, uint32_t bits) {
    const uint64_t sign = (uint64_t)1 << (bits - 1);
    if ((value & sign) == 0)
        return (int64_t)(value & (sign - 1));
    /* Written so that no conversion leaves the range of int64_t. */
    return -(int64_t)(sign - 1 - (value & (sign - 1))) - 1;
}

enum vm_status loader_read_signed(struct loader_reader *reader, uint32_t bits, int64_t *out) {
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < bits; shift += 7) {
        uint8_t byte;
        TRY(loader_read_byte(reader, &byte));
        const uint32_t left = bits - shift;
        if (left < 7) {
            /* The bits that do not fit must all repeat the sign. */
            const uint32_t mask = 0x7Fu & ~((1u << (left - 1)) - 1);
            if ((byte & mask) != 0 && (byte & mask) != mask)
                return vm_fail(reader->error, VM_ERROR_LEB128_TOO_LARGE, loader_offset(reader) - 1, NULL);
        }
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *out = sign_extend(value, left < 7 ? bits : shift + 7);
            return VM_OK;
        }
    }
    return vm_fail(reader->error, VM_ERROR_LEB128_TOO_LONG, loader_offset(reader), NULL);
}

enum vm_status loader_read_bytes(struct loader_reader *reader, size_t size, struct vm_bytes *out) {
    if (size > loader_rest(reader))
        return loader_fail_end(reader);
    *out = vm_bytes(reader->at, size);
    reader->at += size;
    return VM_OK;
}

enum vm_status loader_read_size(struct loader_reader *reader, uint32_t *out) {
    const uint32_t offset = loader_offset(reader);
    const size_t rest = loader_rest(reader);
    TRY(loader_read_u32(reader, out));
    if (*out > rest)
        return vm_fail(reader->error, VM_ERROR_LENGTH_OUT_OF_BOUNDS, offset, NULL);
    return VM_OK;
}

/* The length of the UTF-8 sequence at `at`, 0 if there is none. */
static size_t utf8_sequence(const uint8_t *at, size_t rest) {
    const uint8_t lead = at[0];
    const size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (length < 2 || length > rest)
        return length > rest ? 0 : length;
    /* The second byte's range excludes overlong forms, surrogates and what lies past U+10FFFF. */
    const uint8_t least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const uint8_t most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < least || at[1] > most)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    }
    return length;
}

bool loader_is_utf8(struct vm_bytes text) {
    for (size_t i = 0; i < text.size;) {
        const size_t length = utf8_sequence(text.data + i, text.size - i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

enum vm_status loader_read_name(struct loader_reader *reader, struct vm_bytes *out) {
    uint32_t size;
    TRY(loader_read_size(reader, &size));
    const uint32_t offset = loader_offset(reader);
    TRY(loader_read_bytes(reader, size, out));
    if (!loader_is_utf8(*out))
        return vm_fail(reader->error, VM_ERROR_UTF8, offset, NULL);
    return VM_OK;
}
