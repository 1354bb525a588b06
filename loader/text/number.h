/* loader/text/number.h - number literals to bits, by exact integer arithmetic.  Spec: text-num, text-int, text-float */
#ifndef DELAVM_LOADER_TEXT_NUMBER_H
#define DELAVM_LOADER_TEXT_NUMBER_H

#include "vm/bytes.h"

enum text_number {
    TEXT_NUMBER_GOOD,
    TEXT_NUMBER_NONE,  /* the word is no number of that kind */
    TEXT_NUMBER_RANGE, /* it is, but does not fit */
};

/* A number without sign, at most `maximum`. */
enum text_number text_unsigned(struct vm_bytes word, uint64_t maximum, uint64_t *value);

/* A number of `bits` (8, 16, 32 or 64) with or without sign, from -2^(bits-1) to 2^bits - 1.  *value is its two's
 * complement in the low `bits`, the rest is zero. */
enum text_number text_integer(struct vm_bytes word, unsigned bits, uint64_t *value);

/* A float of `bits` (32 or 64), rounded to nearest, ties to even; out of range if that gives infinity.  *value is its
 * IEEE 754 representation.  Work is linear in the word's size. */
enum text_number text_float(struct vm_bytes word, unsigned bits, uint64_t *value);

/* Whether the word is a number of any kind and size. */
bool text_is_number(struct vm_bytes word);

#endif
