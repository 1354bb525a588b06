/* ed25519_gen_mul - multiplies the base point by a scalar.  contracts/c/ed25519_gen_mul says more. */
#include "contract.hpp"
#include "group.h"

CONTRACT {
    const dela::bytes_32 scalar = dela::argument_32("scalar");
    dela::bytes_32 power = scalar, point;
    for (std::uint32_t left = dela::argument_iterations(); left > 0; left--) {
        if (!group_base_multiply(power.data(), point.data()))
            dela::reject("scalar is zero modulo the group order, or not below 2^255");
        if (left > 1)
            group_scalar_multiply(power.data(), scalar.data(), power.data());
    }
    dela::result(dela::base64(point.data(), point.size()));
}
