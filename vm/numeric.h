/* vm/numeric.h - integer arithmetic as the spec defines it, on unsigned numbers.  Spec: exec-numeric
 *
 * Values are unsigned and wrap; where the spec reads one as signed, vm_signed32/64() says so without leaving defined
 * C.  What can trap returns the trap and leaves *result alone.  add, sub, mul, and, or, xor, eq, ne and the unsigned
 * comparisons are C's own and have no function here. */
#ifndef DELAVM_VM_NUMERIC_H
#define DELAVM_VM_NUMERIC_H

#include <stdint.h>

#include "vm/error.h"

/* Spec: aux-signed.  Compilers turn these into nothing. */
static inline int32_t vm_signed32(uint32_t value) {
    return value <= INT32_MAX ? (int32_t)value : -(int32_t)~value - 1;
}

static inline int64_t vm_signed64(uint64_t value) {
    return value <= INT64_MAX ? (int64_t)value : -(int64_t)~value - 1;
}

/* Spec: op-iextendn-s.  Flipping the sign bit and taking its weight off again carries it through all bits above. */
static inline uint32_t vm_extend8_32(uint32_t value) {
    return ((value & 0xFF) ^ 0x80) - 0x80;
}

static inline uint32_t vm_extend16_32(uint32_t value) {
    return ((value & 0xFFFF) ^ 0x8000) - 0x8000;
}

static inline uint64_t vm_extend8_64(uint64_t value) {
    return ((value & 0xFF) ^ 0x80) - 0x80;
}

static inline uint64_t vm_extend16_64(uint64_t value) {
    return ((value & 0xFFFF) ^ 0x8000) - 0x8000;
}

static inline uint64_t vm_extend32_64(uint64_t value) {
    return ((value & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000;
}

/* Spec: op-ishl, op-ishr.  Counts are taken modulo the width.  The signed shift divides by a power of two and rounds
 * down: it moves the range up so that it starts at 0, shifts, and moves it back. */
static inline uint32_t vm_shl32(uint32_t value, uint32_t count) {
    return value << (count & 31);
}

static inline uint32_t vm_shr_u32(uint32_t value, uint32_t count) {
    return value >> (count & 31);
}

static inline uint32_t vm_shr_s32(uint32_t value, uint32_t count) {
    const uint32_t sign = UINT32_C(1) << 31;
    return ((value ^ sign) >> (count & 31)) - (sign >> (count & 31));
}

static inline uint64_t vm_shl64(uint64_t value, uint64_t count) {
    return value << (count & 63);
}

static inline uint64_t vm_shr_u64(uint64_t value, uint64_t count) {
    return value >> (count & 63);
}

static inline uint64_t vm_shr_s64(uint64_t value, uint64_t count) {
    const uint64_t sign = UINT64_C(1) << 63;
    return ((value ^ sign) >> (count & 63)) - (sign >> (count & 63));
}

/* Spec: op-irotl, op-irotr */
static inline uint32_t vm_rotl32(uint32_t value, uint32_t count) {
    return value << (count & 31) | value >> (-count & 31);
}

static inline uint32_t vm_rotr32(uint32_t value, uint32_t count) {
    return value >> (count & 31) | value << (-count & 31);
}

static inline uint64_t vm_rotl64(uint64_t value, uint64_t count) {
    return value << (count & 63) | value >> (-count & 63);
}

static inline uint64_t vm_rotr64(uint64_t value, uint64_t count) {
    return value >> (count & 63) | value << (-count & 63);
}

/* Spec: op-ipopcnt.  Sums of neighbouring bits, then pairs, nibbles and bytes. */
static inline uint64_t vm_popcnt64(uint64_t value) {
    value -= value >> 1 & UINT64_C(0x5555555555555555);
    value = (value & UINT64_C(0x3333333333333333)) + (value >> 2 & UINT64_C(0x3333333333333333));
    value = (value + (value >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    return value * UINT64_C(0x0101010101010101) >> 56;
}

static inline uint32_t vm_popcnt32(uint32_t value) {
    return (uint32_t)vm_popcnt64(value);
}

/* Spec: op-ictz.  The zeros below the lowest one are the only bits that value - 1 has and value has not. */
static inline uint64_t vm_ctz64(uint64_t value) {
    return vm_popcnt64(~value & (value - 1));
}

static inline uint32_t vm_ctz32(uint32_t value) {
    return vm_popcnt32(~value & (value - 1));
}

/* Spec: op-iclz.  The highest one is smeared over all bits below it; what stays zero is counted. */
static inline uint64_t vm_clz64(uint64_t value) {
    value |= value >> 1;
    value |= value >> 2;
    value |= value >> 4;
    value |= value >> 8;
    value |= value >> 16;
    value |= value >> 32;
    return vm_popcnt64(~value);
}

static inline uint32_t vm_clz32(uint32_t value) {
    return (uint32_t)vm_clz64(value) - 32;
}

/* Spec: op-idiv, op-irem */
static inline enum vm_trap_kind vm_div_u32(uint32_t a, uint32_t b, uint32_t *result) {
    if (b == 0)
        return VM_TRAP_INTEGER_DIVIDE_BY_ZERO;
    *result = a / b;
    return VM_TRAP_NONE;
}

static inline enum vm_trap_kind vm_div_s32(uint32_t a, uint32_t b, uint32_t *result) {
    if (b == 0)
        return VM_TRAP_INTEGER_DIVIDE_BY_ZERO;
    if (a == UINT32_C(1) << 31 && b == UINT32_MAX)
        return VM_TRAP_INTEGER_OVERFLOW;
    *result = (uint32_t)(vm_signed32(a) / vm_signed32(b));
    return VM_TRAP_NONE;
}

static inline enum vm_trap_kind vm_rem_u32(uint32_t a, uint32_t b, uint32_t *result) {
    if (b == 0)
        return VM_TRAP_INTEGER_DIVIDE_BY_ZERO;
    *result = a % b;
    return VM_TRAP_NONE;
}

/* The remainder by -1 is 0 for every dividend, also for the one whose quotient does not fit. */
static inline enum vm_trap_kind vm_rem_s32(uint32_t a, uint32_t b, uint32_t *result) {
    if (b == 0)
        return VM_TRAP_INTEGER_DIVIDE_BY_ZERO;
    *result = b == UINT32_MAX ? 0 : (uint32_t)(vm_signed32(a) % vm_signed32(b));
    return VM_TRAP_NONE;
}

static inline enum vm_trap_kind vm_div_u64(uint64_t a, uint64_t b, uint64_t *result) {
    if (b == 0)
        return VM_TRAP_INTEGER_DIVIDE_BY_ZERO;
    *result = a / b;
    return VM_TRAP_NONE;
}

static inline enum vm_trap_kind vm_div_s64(uint64_t a, uint64_t b, uint64_t *result) {
    if (b == 0)
        return VM_TRAP_INTEGER_DIVIDE_BY_ZERO;
    if (a == UINT64_C(1) << 63 && b == UINT64_MAX)
        return VM_TRAP_INTEGER_OVERFLOW;
    *result = (uint64_t)(vm_signed64(a) / vm_signed64(b));
    return VM_TRAP_NONE;
}

static inline enum vm_trap_kind vm_rem_u64(uint64_t a, uint64_t b, uint64_t *result) {
    if (b == 0)
        return VM_TRAP_INTEGER_DIVIDE_BY_ZERO;
    *result = a % b;
    return VM_TRAP_NONE;
}

static inline enum vm_trap_kind vm_rem_s64(uint64_t a, uint64_t b, uint64_t *result) {
    if (b == 0)
        return VM_TRAP_INTEGER_DIVIDE_BY_ZERO;
    *result = b == UINT64_MAX ? 0 : (uint64_t)(vm_signed64(a) % vm_signed64(b));
    return VM_TRAP_NONE;
}

/* 128 bits in two halves.  Proposal: wide-arithmetic */
struct vm_wide {
    uint64_t low;
    uint64_t high;
};

static inline struct vm_wide vm_add128(struct vm_wide a, struct vm_wide b) {
    const uint64_t low = a.low + b.low;
    return (struct vm_wide){low, a.high + b.high + (low < a.low)};
}

static inline struct vm_wide vm_sub128(struct vm_wide a, struct vm_wide b) {
    return (struct vm_wide){a.low - b.low, a.high - b.high - (a.low < b.low)};
}

#if defined(__SIZEOF_INT128__)
static inline struct vm_wide vm_mul_wide_u(uint64_t a, uint64_t b) {
    __extension__ typedef unsigned __int128 wide;
    const wide product = (wide)a * b;
    return (struct vm_wide){(uint64_t)product, (uint64_t)(product >> 64)};
}
#else
/* By halves of 32 bits, as on paper: no sum here passes 64 bits. */
static inline struct vm_wide vm_mul_wide_u(uint64_t a, uint64_t b) {
    const uint64_t a_low = a & 0xFFFFFFFF, a_high = a >> 32;
    const uint64_t b_low = b & 0xFFFFFFFF, b_high = b >> 32;
    const uint64_t lowest = a_low * b_low;
    const uint64_t middle = a_high * b_low + (lowest >> 32);
    const uint64_t other = a_low * b_high + (middle & 0xFFFFFFFF);
    return (struct vm_wide){other << 32 | (lowest & 0xFFFFFFFF), a_high * b_high + (middle >> 32) + (other >> 32)};
}
#endif

/* A negative factor is 2^64 too great when read as unsigned: the other factor is taken off the upper half. */
static inline struct vm_wide vm_mul_wide_s(uint64_t a, uint64_t b) {
    struct vm_wide product = vm_mul_wide_u(a, b);
    if (a >> 63 != 0)
        product.high -= b;
    if (b >> 63 != 0)
        product.high -= a;
    return product;
}

#endif
