/* vm/leb128.h - LEB128 integers of code that was checked: no bounds, no malformed forms.  Spec: binary-int
 *
 * The loader has seen every byte that is read here, so an integer is known to end in time and to fit its type.  Most
 * take one byte; that path is inline, the other is not. */
#ifndef DELAVM_VM_LEB128_H
#define DELAVM_VM_LEB128_H

#include <stdint.h>

/* What a read yields: the value (signed ones sign-extended to 64 bits) and the first byte behind it. */
struct vm_leb128 {
    const uint8_t *next;
    uint64_t value;
};

/* Keeps calls of the slow way out of the line of the fast one. */
#if defined(__GNUC__)
#define VM_COLD __attribute__((cold))
#else
#define VM_COLD
#endif

/* Any length, one byte included. */
VM_COLD struct vm_leb128 vm_leb128_unsigned(const uint8_t *bytes);
VM_COLD struct vm_leb128 vm_leb128_signed(const uint8_t *bytes);

/* Reads a u32 and moves *pc behind it. */
static inline uint32_t vm_read_u32(const uint8_t **pc) {
    const uint8_t *const bytes = *pc;
    if (bytes[0] < 0x80) {
        *pc = bytes + 1;
        return bytes[0];
    }
    const struct vm_leb128 read = vm_leb128_unsigned(bytes);
    *pc = read.next;
    return (uint32_t)read.value;
}

/* Reads an s32, s33 or s64, sign-extended, and moves *pc behind it. */
static inline uint64_t vm_read_signed(const uint8_t **pc) {
    const uint8_t *const bytes = *pc;
    if (bytes[0] < 0x80) {
        *pc = bytes + 1;
        return ((uint64_t)bytes[0] ^ 0x40) - 0x40;
    }
    const struct vm_leb128 read = vm_leb128_signed(bytes);
    *pc = read.next;
    return read.value;
}

#endif
