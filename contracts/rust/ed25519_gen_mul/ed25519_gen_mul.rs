//! ed25519_gen_mul - multiplies the base point by a scalar.  contracts/c/ed25519_gen_mul says more.

#![cfg_attr(not(feature = "std"), no_std)]

use contracts::group;

dela::contract!(run);

fn run() -> dela::Result {
    let scalar = dela::argument_32("scalar")?;
    let (mut power, mut point) = (scalar, [0; 32]);
    for left in (0..dela::argument_iterations()?).rev() {
        point = group::base_multiply(&power).ok_or("scalar is zero modulo the group order, or not below 2^255")?;
        if left > 0 {
            power = group::scalar_multiply(&power, &scalar);
        }
    }
    Ok(dela::base64(&point))
}
