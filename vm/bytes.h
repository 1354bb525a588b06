/* vm/bytes.h - slices of bytes, and explicit little-endian access to them.
 *
 * Every multi-byte number that enters or leaves linear memory, a module or a receipt goes through these functions, so
 * the host's byte order and alignment rules never show. */
#ifndef DELAVM_VM_BYTES_H
#define DELAVM_VM_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A slice: `size` bytes at `data`, owned by somebody else.  An empty slice may have a null `data`. */
struct vm_bytes {
    const uint8_t *data;
    size_t size;
};

static inline struct vm_bytes vm_bytes(const void *data, size_t size) {
    return (struct vm_bytes){data, size};
}

/* The bytes of a string literal or any other NUL-terminated text, without the NUL. */
static inline struct vm_bytes vm_bytes_of_text(const char *text) {
    return (struct vm_bytes){(const uint8_t *)text, strlen(text)};
}

static inline bool vm_bytes_equal(struct vm_bytes a, struct vm_bytes b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Order of keys everywhere: bytewise, a proper prefix first.  Negative, zero or positive as memcmp. */
static inline int vm_bytes_compare(struct vm_bytes a, struct vm_bytes b) {
    const size_t common = a.size < b.size ? a.size : b.size;
    const int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    if (order != 0)
        return order;
    return a.size < b.size ? -1 : a.size > b.size;
}

static inline uint16_t vm_load_u16(const uint8_t *p) {
    return (uint16_t)(p[0] | (uint16_t)(p[1] << 8));
}

static inline uint32_t vm_load_u32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t vm_load_u64(const uint8_t *p) {
    return (uint64_t)vm_load_u32(p) | (uint64_t)vm_load_u32(p + 4) << 32;
}

static inline void vm_store_u16(uint8_t *p, uint16_t value) {
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static inline void vm_store_u32(uint8_t *p, uint32_t value) {
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
    p[2] = (uint8_t)(value >> 16);
    p[3] = (uint8_t)(value >> 24);
}

static inline void vm_store_u64(uint8_t *p, uint64_t value) {
    vm_store_u32(p, (uint32_t)value);
    vm_store_u32(p + 4, (uint32_t)(value >> 32));
}

#endif
