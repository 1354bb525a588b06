/* host/group.h - ed25519 points and scalars with one exact meaning, whatever libsodium is installed.  Internal to host.
 *
 * libsodium's releases differ at the edges: which encodings count as canonical, whether a point with a component of
 * order two passes for one of the prime-order group (before the fix of 2025 it does), what unreduced scalars do, and
 * whether signatures are checked with or without the cofactor.  What could differ is judged here first, so that two
 * nodes with different releases agree.  All values are 32 bytes; outputs may lie over inputs only where said. */
#ifndef DELAVM_HOST_GROUP_H
#define DELAVM_HOST_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#define HOST_POINT_BYTES 32
#define HOST_SCALAR_BYTES 32

/* True if the encoding is the only one of its point: y below 2^255 - 19, and no sign on a zero x.  Says nothing about
 * the curve. */
bool host_point_is_canonical(const uint8_t point[HOST_POINT_BYTES]);

/* True if the point is canonical, on the curve, in the prime-order group and not the identity. */
bool host_point_is_prime(const uint8_t point[HOST_POINT_BYTES]);

/* A scalar below 2^255 modulo the group order.  False if its top bit is set (implementations disagree what that would
 * mean), or if it is a multiple of the group order, zero included. */
bool host_scalar_for_point(const uint8_t scalar[HOST_SCALAR_BYTES], uint8_t out[HOST_SCALAR_BYTES]);

/* Any 256-bit number modulo the group order; out may be scalar. */
void host_scalar_reduce(const uint8_t scalar[HOST_SCALAR_BYTES], uint8_t out[HOST_SCALAR_BYTES]);

#endif
