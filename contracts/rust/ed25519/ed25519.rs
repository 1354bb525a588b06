//! ed25519 - adds points of the curve.  contracts/c/ed25519 says more.

#![cfg_attr(not(feature = "std"), no_std)]

use contracts::group;

dela::contract!(run);

const IDENTITY: [u8; 32] = {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
};

fn run() -> dela::Result {
    let mut sum = dela::argument_32("point1")?;
    let point = dela::argument_32("point2")?;
    for _ in 0..dela::argument_iterations()? {
        sum = group::add(&sum, &point).ok_or_else(|| {
            // Adding the identity tells whether a point is one.
            let which = if group::add(&sum, &IDENTITY).is_some() { "point2" } else { "point1" };
            [which, " is not a point of the curve"].concat()
        })?;
    }
    Ok(dela::base64(&sum))
}
