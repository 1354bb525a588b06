/* vm/leb128.c - the LEB128 integers that take more than one byte.  Spec: binary-int */
#include "vm/leb128.h"

struct vm_leb128 vm_leb128_unsigned(const uint8_t *bytes) {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        const uint8_t byte = *bytes++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return (struct vm_leb128){bytes, value};
    }
}

struct vm_leb128 vm_leb128_signed(const uint8_t *bytes) {
    uint64_t value = 0;
    unsigned shift = 0;
    for (;;) {
        const uint8_t byte = *bytes++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        shift += 7;
        if (byte >= 0x80)
            continue;
        if ((byte & 0x40) != 0 && shift < 64)
            value |= ~UINT64_C(0) << shift;
        return (struct vm_leb128){bytes, value};
    }
}
