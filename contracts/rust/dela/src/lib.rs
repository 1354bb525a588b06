//! What makes writing a contract in Rust comfortable: arguments, storage, rejection by `?`, big decimal numbers.
//!
//! ```ignore
//! #![no_std]
//! use dela::Bytes;
//!
//! dela::contract!(run);
//!
//! fn run() -> dela::Result {
//!     let name = dela::argument("name")?;
//!     Ok([b"Hello, ", &name[..], b"!"].concat())
//! }
//! ```
//!
//! Every call starts from a fresh memory and runs `run` once.  `Ok` accepts, with the result; `Err` rejects: nothing is
//! written, the message goes back.  So does a panic, with its place.  Arguments and values are bytes, as they need not be
//! UTF-8.  Without the feature `std` a contract is `no_std`, and this crate brings the allocator; with it, a program with
//! `main()` can be a contract too.

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(all(before_rust_1_68, not(feature = "std")), feature(alloc_error_handler))]
#![allow(unexpected_cfgs)] // before_rust_1_68 is set by `dela/cargo`

extern crate alloc;
#[cfg(all(test, not(feature = "std")))]
extern crate std;

pub mod decimal;
pub mod ed25519;
pub mod host;
#[cfg(not(feature = "std"))]
mod runtime;

pub use alloc::{format, string::String, vec, vec::Vec};

/// Arguments, keys, values: any bytes.
pub type Bytes = Vec<u8>;

/// What a contract returns: its result, or why it rejects.
pub type Result<T = Bytes> = core::result::Result<T, Reject>;

/// Why a call is rejected.  Made from a text or bytes by `into()`.
#[derive(Debug)]
pub struct Reject(pub Bytes);

impl From<&str> for Reject {
    fn from(message: &str) -> Self {
        Reject(message.into())
    }
}

impl From<String> for Reject {
    fn from(message: String) -> Self {
        Reject(message.into_bytes())
    }
}

impl From<Bytes> for Reject {
    fn from(message: Bytes) -> Self {
        Reject(message)
    }
}

/// Names the function that a call enters: `fn() -> dela::Result`.
#[macro_export]
macro_rules! contract {
    ($run:path) => {
        #[no_mangle]
        pub extern "C" fn call() {
            $crate::enter($run)
        }
    };
}

/// A line of the manifest: a key that calls may read, fixed or with arguments: `reads!("balance:{from}")`.
#[macro_export]
macro_rules! reads {
    ($key:literal) => {
        $crate::manifest_line!("reads ", $key);
    };
}

/// A line of the manifest: callers must hold a credential for this command.
#[macro_export]
macro_rules! access {
    ($command:literal) => {
        $crate::manifest_line!("access ", $command);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! manifest_line {
    ($kind:literal, $template:literal) => {
        const _: () = {
            const LINE: &[u8] = concat!($kind, $template, "\n").as_bytes();
            #[cfg_attr(target_arch = "wasm32", link_section = "dela.manifest")]
            #[used]
            static SECTION: [u8; LINE.len()] = {
                let mut bytes = [0; LINE.len()];
                let mut i = 0;
                while i < LINE.len() {
                    bytes[i] = LINE[i];
                    i += 1;
                }
                bytes
            };
        };
    };
}

#[doc(hidden)]
pub fn enter(run: fn() -> Result) {
    #[cfg(feature = "std")]
    reject_panics();
    match run() {
        Ok(result) => unsafe { host::result(result.as_ptr(), result.len() as u32) },
        Err(Reject(message)) => reject(&message),
    }
}

/// From now on a panic rejects with its place and message.  Contracts begin with it; a program may call it first, whose
/// panics are otherwise a line of the log and a trap.
#[cfg(feature = "std")]
pub fn reject_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
        let text = panic.payload().downcast_ref::<String>().map(|text| &text[..]);
        let text = text.or_else(|| panic.payload().downcast_ref::<&str>().copied());
        reject(format!("panicked{place}{}{}", if text.is_some() { ": " } else { "" }, text.unwrap_or_default()))
    }));
}

/// Ends the call at once: nothing is written, the message goes back.  `Err` does the same more gracefully.
pub fn reject(message: impl AsRef<[u8]>) -> ! {
    let message = message.as_ref();
    unsafe { host::reject(message.as_ptr(), message.len() as u32) }
}

/// A line for people; never part of the receipt.
pub fn log(line: impl AsRef<[u8]>) {
    let line = line.as_ref();
    unsafe { host::log(line.as_ptr(), line.len() as u32) }
}

/// An event for the caller, returned when the contract accepts.
pub fn event(name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) {
    let (name, data) = (name.as_ref(), data.as_ref());
    unsafe { host::event(name.as_ptr(), name.len() as u32, data.as_ptr(), data.len() as u32) }
}

/// Asks `get(to, room)` until there is room for all; none if the length is -1.
fn receive(get: impl Fn(*mut u8, u32) -> i32) -> Option<Bytes> {
    let mut bytes = Bytes::with_capacity(64);
    loop {
        let room = bytes.capacity() as u32;
        let size = u32::try_from(get(bytes.as_mut_ptr(), room)).ok()?;
        if size <= room {
            unsafe { bytes.set_len(size as usize) };
            return Some(bytes);
        }
        bytes.reserve_exact(size as usize);
    }
}

/// The request's raw input.
pub fn input() -> Bytes {
    receive(|to, room| unsafe { host::input(to, room) }).unwrap_or_default()
}

/// Who signed the transaction.
pub fn caller() -> Bytes {
    receive(|to, room| unsafe { host::caller(to, room) }).unwrap_or_default()
}

/// The transaction's identifier.
pub fn transaction_id() -> Bytes {
    receive(|to, room| unsafe { host::transaction_id(to, room) }).unwrap_or_default()
}

/// The transaction's sequence number for its identity.
pub fn nonce() -> u64 {
    unsafe { host::nonce() }
}

/// The argument of that name, if there is one.
pub fn find_argument(name: &str) -> Option<Bytes> {
    receive(|to, room| unsafe { host::argument(name.as_ptr(), name.len() as u32, to, room) })
}

/// The argument of that name; an error, in Dela's words, if there is none or it is empty.
pub fn argument(name: &str) -> Result {
    match find_argument(name) {
        Some(value) if !value.is_empty() => Ok(value),
        _ => Err(["'", name, "' not found in tx arg"].concat().into()),
    }
}

/// The optional argument `iterations`, 1 if there is none; an error if it is not a number from 1 to 4294967295.
pub fn argument_iterations() -> Result<u32> {
    match find_argument("iterations") {
        Some(digits) => decimal::small(&digits).ok_or_else(|| "iterations is not a number from 1 to 4294967295".into()),
        None => Ok(1),
    }
}

/// The argument of that name, base64 of exactly 32 bytes; an error if it is missing or anything else.
pub fn argument_32(name: &str) -> Result<[u8; 32]> {
    let text = argument(name)?;
    let mut bytes = [0; 32];
    match unsafe { host::base64_decode(text.as_ptr(), text.len() as u32, bytes.as_mut_ptr(), 32) } {
        32 => Ok(bytes),
        size if size < 0 => Err([name, " is not base64"].concat().into()),
        _ => Err([name, " has not the 32 bytes it must have"].concat().into()),
    }
}

/// Standard base64 with padding.
pub fn base64(bytes: &[u8]) -> Bytes {
    let mut text = vec![0; (bytes.len() + 2) / 3 * 4];
    unsafe { host::base64_encode(bytes.as_ptr(), bytes.len() as u32, text.as_mut_ptr(), text.len() as u32) };
    text
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    unsafe { host::sha256(bytes.as_ptr(), bytes.len() as u32, digest.as_mut_ptr()) };
    digest
}

/// The stored value, if there is one.  Keys have 1 to 32 bytes, values up to 65536.
pub fn stored(key: impl AsRef<[u8]>) -> Option<Bytes> {
    let key = key.as_ref();
    receive(|to, room| unsafe { host::storage_get(key.as_ptr(), key.len() as u32, to, room) })
}

/// Stores a value when the contract accepts.
pub fn store(key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
    let (key, value) = (key.as_ref(), value.as_ref());
    unsafe { host::storage_set(key.as_ptr(), key.len() as u32, value.as_ptr(), value.len() as u32) }
}

/// Deletes a key when the contract accepts.
pub fn unstore(key: impl AsRef<[u8]>) {
    let key = key.as_ref();
    unsafe { host::storage_delete(key.as_ptr(), key.len() as u32) }
}

/// Says that this key will be read, so that a caller who did not bring it hears of all such keys at once.
pub fn expect(key: impl AsRef<[u8]>) {
    let key = key.as_ref();
    unsafe { host::storage_expect(key.as_ptr(), key.len() as u32) }
}
