/* ed25519 - adds points of the curve, with the host's libsodium.
 *
 * point1, point2   base64 of 32 bytes: canonical encodings of points on the curve
 * iterations       optional count n, 1 if missing
 * result           base64 of point1 + n * point2: point2 is added n times, one addition after the other
 *
 * Rejects what is not base64, not 32 bytes long or not a point. */
#include "contract.h"
#include "group.h"

/* Adding the identity tells whether a point is one. */
static bool is_point(const uint8_t point[32]) {
    static const uint8_t identity[32] = {1};
    uint8_t sum[32];
    return group_add(point, identity, sum);
}

CONTRACT {
    uint8_t sum[32], point[32];
    argument_32(TEXT("point1"), sum);
    argument_32(TEXT("point2"), point);
    for (uint32_t left = argument_iterations(); left > 0; left--) {
        if (!group_add(sum, point, sum))
            reject(is_point(sum) ? TEXT("point2 is not a point of the curve")
                                 : TEXT("point1 is not a point of the curve"));
    }
    result(base64_text(sum, sizeof sum));
}
