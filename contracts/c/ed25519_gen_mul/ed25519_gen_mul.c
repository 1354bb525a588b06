/* ed25519_gen_mul - multiplies the base point by a scalar, with the host's libsodium.  Go's simpleEC does the same.
 *
 * scalar       base64 of 32 bytes: a little-endian number below 2^255, no multiple of the group order; not clamped
 * iterations   optional count n, 1 if missing
 * result       base64 of scalar^n * base point: n base-point multiplications, the scalar multiplied by `scalar` between
 *
 * Rejects what is not base64, not 32 bytes long or not such a scalar. */
#include "contract.h"
#include "group.h"

CONTRACT {
    uint8_t scalar[32], power[32], point[32];
    argument_32(TEXT("scalar"), scalar);
    __builtin_memcpy(power, scalar, sizeof power);
    for (uint32_t left = argument_iterations(); left > 0; left--) {
        if (!group_base_multiply(power, point))
            reject(TEXT("scalar is zero modulo the group order, or not below 2^255"));
        if (left > 1)
            group_scalar_multiply(power, scalar, power);
    }
    result(base64_text(point, sizeof point));
}
