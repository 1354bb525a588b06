/* ed25519_mul - multiplies a point by a scalar.  contracts/c/ed25519_mul says more. */
#include "contract.hpp"
#include "group.h"

CONTRACT {
    dela::bytes_32 point = dela::argument_32("point1");
    const dela::bytes_32 scalar = dela::argument_32("scalar");
    for (std::uint32_t left = dela::argument_iterations(); left > 0; left--) {
        if (!group_multiply(scalar.data(), point.data(), point.data()))
            dela::reject(group_is_valid_point(point.data())
                             ? "scalar is zero modulo the group order, or not below 2^255"
                             : "point1 is not a point of the prime-order group");
    }
    dela::result(dela::base64(point.data(), point.size()));
}
