//! The group edwards25519, computed by the host.  Points and scalars have 32 bytes; what is refused gives `None`.

use crate::host;

type Bytes32 = [u8; 32];

fn answer(good: i32, bytes: Bytes32) -> Option<Bytes32> {
    (good != 0).then_some(bytes)
}

/// a + b; `None` if one is not a point of the curve.
pub fn add(a: &Bytes32, b: &Bytes32) -> Option<Bytes32> {
    let mut to = [0; 32];
    answer(unsafe { host::ed25519_add(a.as_ptr(), b.as_ptr(), to.as_mut_ptr()) }, to)
}

/// scalar * point, not clamped; `None` if the point is not of the prime-order group, or the scalar is zero modulo its
/// order or not below 2^255.
pub fn multiply(scalar: &Bytes32, point: &Bytes32) -> Option<Bytes32> {
    let mut to = [0; 32];
    answer(unsafe { host::ed25519_multiply(scalar.as_ptr(), point.as_ptr(), to.as_mut_ptr()) }, to)
}

/// scalar * the base point.
pub fn base_multiply(scalar: &Bytes32) -> Option<Bytes32> {
    let mut to = [0; 32];
    answer(unsafe { host::ed25519_base_multiply(scalar.as_ptr(), to.as_mut_ptr()) }, to)
}

/// Canonical, on the curve, of the prime-order group and not its identity.
pub fn is_valid_point(point: &Bytes32) -> bool {
    unsafe { host::ed25519_is_valid_point(point.as_ptr()) != 0 }
}

/// a * b modulo the group order.
pub fn scalar_multiply(a: &Bytes32, b: &Bytes32) -> Bytes32 {
    let mut to = [0; 32];
    unsafe { host::ed25519_scalar_multiply(a.as_ptr(), b.as_ptr(), to.as_mut_ptr()) };
    to
}

/// Whether `signature` is that of `message` by the holder of `public_key`.
pub fn verify(signature: &[u8; 64], message: &[u8], public_key: &Bytes32) -> bool {
    unsafe {
        host::ed25519_verify(signature.as_ptr(), message.as_ptr(), message.len() as u32, public_key.as_ptr()) != 0
    }
}
