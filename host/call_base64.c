/* host/call_base64.c - base64 by RFC 4648: standard alphabet, canonical padding, nothing else.
 *
 * Written out rather than taken from libsodium, whose decoder (1.0.18) takes bytes from 128 on for letters where char
 * is signed, and so differs from machine to machine; a test compares both on all other bytes. */
#include "host/call.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of a character, or 64. */
static uint32_t value_of(uint8_t c) {
    if (c >= 'A' && c <= 'Z')
        return c - (uint32_t)'A';
    if (c >= 'a' && c <= 'z')
        return c - (uint32_t)'a' + 26;
    if (c >= '0' && c <= '9')
        return c - (uint32_t)'0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* Bytes that `text` decodes to; false if it is not base64. */
static bool decoded_size(struct vm_bytes text, size_t *size) {
    if (text.size % 4 != 0)
        return false;
    size_t padding = 0;
    while (padding < 2 && padding < text.size && text.data[text.size - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < text.size - padding; i++) {
        if (value_of(text.data[i]) > 63)
            return false;
    }
    /* The bits that padding makes spare must be zero, else several texts would mean the same. */
    const uint32_t spare = padding == 2 ? 15 : padding == 1 ? 3 : 0;
    if (padding != 0 && (value_of(text.data[text.size - 1 - padding]) & spare) != 0)
        return false;
    *size = text.size / 4 * 3 - padding;
    return true;
}

static void decode(struct vm_bytes text, uint8_t *to, size_t size) {
    for (size_t i = 0, at = 0; at < size; i += 4, at += 3) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 4; k++)
            bits = bits << 6 | (value_of(text.data[i + k]) & 63);
        to[at] = (uint8_t)(bits >> 16);
        if (at + 1 < size)
            to[at + 1] = (uint8_t)(bits >> 8);
        if (at + 2 < size)
            to[at + 2] = (uint8_t)bits;
    }
}

void host_base64_encode(struct vm_bytes from, uint8_t *to) {
    for (size_t i = 0; i < from.size; i += 3, to += 4) {
        const size_t left = from.size - i;
        const uint32_t bits = (uint32_t)from.data[i] << 16 | (left > 1 ? (uint32_t)from.data[i + 1] << 8 : 0) |
                              (left > 2 ? (uint32_t)from.data[i + 2] : 0);
        to[0] = (uint8_t)alphabet[bits >> 18];
        to[1] = (uint8_t)alphabet[bits >> 12 & 63];
        to[2] = left > 1 ? (uint8_t)alphabet[bits >> 6 & 63] : (uint8_t)'=';
        to[3] = left > 2 ? (uint8_t)alphabet[bits & 63] : (uint8_t)'=';
    }
}

/* "(from, length, to, room)": charged and judged. */
static enum vm_trap_kind open_text(struct vm_host_call *call, enum host_import import, struct vm_bytes *from) {
    const uint32_t length = host_call_u32(call, 1);
    HOST_TRY(host_call_charge(call, import, length));
    HOST_TRY(host_call_view(call, host_call_u32(call, 0), length, from));
    return host_call_room(call, host_call_u32(call, 2), host_call_u32(call, 3));
}

/* Puts the input aside, where the output can't reach it. */
static enum vm_trap_kind set_aside(const struct vm_host_call *call, struct vm_bytes *from) {
    struct host_run *const run = host_call_run(call);
    if (!host_buffer_reserve(&run->scratch, &run->allocator, from->size))
        return host_call_fail(call);
    if (from->size != 0)
        memcpy(run->scratch.data, from->data, from->size);
    from->data = run->scratch.data;
    return VM_TRAP_NONE;
}

/* True if reading the input while writing the output could read what was written. */
static bool overlap(const struct vm_host_call *call, uint64_t size) {
    const uint64_t from = host_call_u32(call, 0), length = host_call_u32(call, 1), to = host_call_u32(call, 2);
    return from < to + size && to < from + length;
}

enum vm_trap_kind host_call_base64_encode(struct vm_host_call *call) {
    struct vm_bytes from;
    uint8_t *to = NULL;
    HOST_TRY(open_text(call, HOST_IMPORT_base64_encode, &from));
    const uint64_t size = ((uint64_t)from.size + 2) / 3 * 4;
    if (size > INT32_MAX)
        return VM_TRAP_HOST_LIMIT;
    if (size <= host_call_u32(call, 3)) {
        if (overlap(call, size))
            HOST_TRY(set_aside(call, &from));
        HOST_TRY(host_call_area(call, host_call_u32(call, 2), (uint32_t)size, &to));
        host_base64_encode(from, to);
    }
    host_call_return(call, (uint32_t)size);
    return VM_TRAP_NONE;
}

enum vm_trap_kind host_call_base64_decode(struct vm_host_call *call) {
    struct vm_bytes from;
    uint8_t *to = NULL;
    HOST_TRY(open_text(call, HOST_IMPORT_base64_decode, &from));
    size_t size;
    if (!decoded_size(from, &size)) {
        host_call_return(call, HOST_ABSENT);
        return VM_TRAP_NONE;
    }
    if (size <= host_call_u32(call, 3)) {
        if (overlap(call, size))
            HOST_TRY(set_aside(call, &from));
        HOST_TRY(host_call_area(call, host_call_u32(call, 2), (uint32_t)size, &to));
        decode(from, to, size);
    }
    host_call_return(call, (uint32_t)size);
    return VM_TRAP_NONE;
}
