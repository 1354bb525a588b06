//! ed25519_mul - multiplies a point by a scalar.  contracts/c/ed25519_mul says more.

#![cfg_attr(not(feature = "std"), no_std)]

use contracts::group;

dela::contract!(run);

fn run() -> dela::Result {
    let mut point = dela::argument_32("point1")?;
    let scalar = dela::argument_32("scalar")?;
    for _ in 0..dela::argument_iterations()? {
        point = group::multiply(&scalar, &point).ok_or_else(|| {
            if group::is_valid_point(&point) {
                "scalar is zero modulo the group order, or not below 2^255"
            } else {
                "point1 is not a point of the prime-order group"
            }
        })?;
    }
    Ok(dela::base64(&point))
}
