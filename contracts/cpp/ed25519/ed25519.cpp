/* ed25519 - adds points of the curve.  contracts/c/ed25519 says more. */
#include "contract.hpp"
#include "group.h"

/* Adding the identity tells whether a point is one. */
static bool is_point(const dela::bytes_32 &point) {
    const dela::bytes_32 identity{1};
    dela::bytes_32 sum;
    return group_add(point.data(), identity.data(), sum.data());
}

CONTRACT {
    dela::bytes_32 sum = dela::argument_32("point1");
    const dela::bytes_32 point = dela::argument_32("point2");
    for (std::uint32_t left = dela::argument_iterations(); left > 0; left--) {
        if (!group_add(sum.data(), point.data(), sum.data()))
            dela::reject(is_point(sum) ? "point2 is not a point of the curve" : "point1 is not a point of the curve");
    }
    dela::result(dela::base64(sum.data(), sum.size()));
}
