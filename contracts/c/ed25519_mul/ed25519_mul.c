/* ed25519_mul - multiplies a point by a scalar, with the host's libsodium.
 *
 * point1       base64 of 32 bytes: a point of the prime-order group
 * scalar       base64 of 32 bytes: a little-endian number below 2^255, no multiple of the group order; not clamped
 * iterations   optional count n, 1 if missing
 * result       base64 of scalar^n * point1: the product is multiplied again, n multiplications in all
 *
 * Rejects what is not base64, not 32 bytes long, not such a point or not such a scalar. */
#include "contract.h"
#include "group.h"

CONTRACT {
    uint8_t point[32], scalar[32];
    argument_32(TEXT("point1"), point);
    argument_32(TEXT("scalar"), scalar);
    for (uint32_t left = argument_iterations(); left > 0; left--) {
        if (!group_multiply(scalar, point, point))
            reject(group_is_valid_point(point) ? TEXT("scalar is zero modulo the group order, or not below 2^255")
                                               : TEXT("point1 is not a point of the prime-order group"));
    }
    result(base64_text(point, sizeof point));
}
