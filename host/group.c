/* host/group.c - the checks that give ed25519 operations the same meaning under every libsodium. */
#include "host/group.h"

#include <sodium.h>
#include <string.h>

/* The group order less one: 2^252 + 27742317777372353535851937790883648492. */
static const uint8_t order_less_one[HOST_SCALAR_BYTES] = {
    0xec, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10};

/* True if bytes 1 to 30 and the low seven bits of byte 31 are all ones, or all zeros. */
static bool has_middle(const uint8_t point[HOST_POINT_BYTES], uint8_t byte) {
    for (uint32_t i = 1; i < HOST_POINT_BYTES - 1; i++) {
        if (point[i] != byte)
            return false;
    }
    return (point[HOST_POINT_BYTES - 1] & 0x7F) == (byte & 0x7F);
}

bool host_point_is_canonical(const uint8_t point[HOST_POINT_BYTES]) {
    const bool sign = (point[HOST_POINT_BYTES - 1] & 0x80) != 0;
    /* The prime is ed ff ... ff 7f. */
    if (has_middle(point, 0xFF))
        return point[0] < 0xED && !(sign && point[0] == 0xEC); /* y = -1 has x = 0 */
    return !(sign && point[0] == 1 && has_middle(point, 0));   /* and so has y = 1 */
}

bool host_point_is_prime(const uint8_t point[HOST_POINT_BYTES]) {
    uint8_t negated[HOST_POINT_BYTES];
    /* Exactly in the group of order L is (L - 1) P = -P; a point of small order is refused inside. */
    if (!host_point_is_canonical(point) || crypto_scalarmult_ed25519_noclamp(negated, order_less_one, point) != 0)
        return false;
    negated[HOST_POINT_BYTES - 1] ^= 0x80;
    return memcmp(negated, point, HOST_POINT_BYTES) == 0;
}

void host_scalar_reduce(const uint8_t scalar[HOST_SCALAR_BYTES], uint8_t out[HOST_SCALAR_BYTES]) {
    uint8_t wide[2 * HOST_SCALAR_BYTES] = {0};
    memcpy(wide, scalar, HOST_SCALAR_BYTES);
    crypto_core_ed25519_scalar_reduce(out, wide);
}

bool host_scalar_for_point(const uint8_t scalar[HOST_SCALAR_BYTES], uint8_t out[HOST_SCALAR_BYTES]) {
    static const uint8_t zero[HOST_SCALAR_BYTES];
    if ((scalar[HOST_SCALAR_BYTES - 1] & 0x80) != 0)
        return false;
    host_scalar_reduce(scalar, out);
    return memcmp(out, zero, HOST_SCALAR_BYTES) != 0;
}
