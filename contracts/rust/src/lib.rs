//! What several of these contracts share: the group edwards25519, in the host or compiled in.

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(not(feature = "compiled-in"))]
pub use dela::ed25519 as group;

/// The functions of `dela::ed25519`, by curve25519-dalek: they take, refuse and give the same.
#[cfg(feature = "compiled-in")]
pub mod group {
    use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
    use curve25519_dalek::scalar::Scalar;
    use curve25519_dalek::traits::IsIdentity;

    /// Only canonical encodings: what decompresses and compresses to the same bytes.
    fn decode(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
        let point = CompressedEdwardsY(*bytes).decompress()?;
        (point.compress().0 == *bytes).then_some(point)
    }

    fn decode_prime(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
        decode(bytes).filter(|point| point.is_torsion_free() && !point.is_identity())
    }

    fn decode_scalar(bytes: &[u8; 32]) -> Option<Scalar> {
        let scalar = Scalar::from_bytes_mod_order(*bytes);
        (bytes[31] < 0x80 && scalar != Scalar::ZERO).then_some(scalar)
    }

    pub fn add(a: &[u8; 32], b: &[u8; 32]) -> Option<[u8; 32]> {
        Some((decode(a)? + decode(b)?).compress().0)
    }

    pub fn multiply(scalar: &[u8; 32], point: &[u8; 32]) -> Option<[u8; 32]> {
        Some((decode_prime(point)? * decode_scalar(scalar)?).compress().0)
    }

    pub fn base_multiply(scalar: &[u8; 32]) -> Option<[u8; 32]> {
        Some(EdwardsPoint::mul_base(&decode_scalar(scalar)?).compress().0)
    }

    pub fn is_valid_point(point: &[u8; 32]) -> bool {
        decode_prime(point).is_some()
    }

    pub fn scalar_multiply(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
        (Scalar::from_bytes_mod_order(*a) * Scalar::from_bytes_mod_order(*b)).to_bytes()
    }
}
