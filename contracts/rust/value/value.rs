//! value - keys and values, by the commands and in the words of Dela's native Value contract.  contracts/c/value says what
//! it takes and gives; here the index is a BTreeSet.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use alloc::collections::BTreeSet;
use dela::{Bytes, Reject};

dela::contract!(run);
dela::access!("{value:command}");
dela::reads!("dela.Value:index");
dela::reads!("{value:key}");

const INDEX_KEY: &[u8] = b"dela.Value:index";
const LONGEST_KEY: usize = 32;
const LONGEST_VALUE: usize = 65536;

type Result<T = Bytes> = dela::Result<T>;

/// The key argument; `doing` is what the native contract says it failed to do.
fn key_argument(doing: &str) -> Result {
    let key = dela::argument("value:key")?;
    if key.len() > LONGEST_KEY {
        return Err([doing, ": the key has more than 32 bytes"].concat().into());
    }
    if key == INDEX_KEY {
        return Err([doing, ": the key is the index's own"].concat().into());
    }
    Ok(key)
}

/// Stored as each key's length in a byte and its bytes, in order.
fn load_index() -> BTreeSet<Bytes> {
    let stored = dela::stored(INDEX_KEY).unwrap_or_default();
    let (mut index, mut rest) = (BTreeSet::new(), &stored[..]);
    while let Some((&size, behind)) = rest.split_first() {
        let size = usize::from(size);
        if size > behind.len() {
            dela::reject("the stored index is damaged");
        }
        index.insert(behind[..size].to_vec());
        rest = &behind[size..];
    }
    index
}

fn as_stored(index: &BTreeSet<Bytes>) -> Bytes {
    let mut bytes = Bytes::new();
    for key in index {
        bytes.push(key.len() as u8);
        bytes.extend_from_slice(key);
    }
    bytes
}

fn write() -> Result {
    let key = key_argument("failed to set value")?;
    let value = dela::argument("value:value")?;
    if value.len() > LONGEST_VALUE {
        return Err("failed to set value: the value has more than 65536 bytes".into());
    }
    let mut index = load_index();
    if index.insert(key.clone()) {
        let bytes = as_stored(&index);
        if bytes.len() > LONGEST_VALUE {
            return Err("failed to set value: the index is full".into());
        }
        dela::store(INDEX_KEY, bytes);
    }
    dela::store(key, value);
    Ok(Bytes::new())
}

fn pair(key: &[u8]) -> Bytes {
    [key, b"=", &dela::stored(key).unwrap_or_default()].concat()
}

fn read() -> Result {
    Ok(pair(&key_argument("failed to get key")?))
}

fn delete() -> Result {
    let key = key_argument("failed to delete key")?;
    let mut index = load_index();
    dela::unstore(&key);
    if index.remove(&key) {
        dela::store(INDEX_KEY, as_stored(&index));
    }
    Ok(Bytes::new())
}

/// Keys are expected first, so that a caller who did not bring them hears of all at once.
fn list() -> Result {
    let index = load_index();
    index.iter().for_each(dela::expect);
    Ok(index.iter().map(|key| pair(key)).collect::<dela::Vec<_>>().join(&b','))
}

fn run() -> Result {
    let command = dela::argument("value:command")?;
    let outcome = match &command[..] {
        b"WRITE" => write(),
        b"READ" => read(),
        b"DELETE" => delete(),
        b"LIST" => list(),
        _ => return Err([b"unknown command: ", &command[..]].concat().into()),
    };
    outcome.map_err(|Reject(why)| [b"failed to ", &command[..], b": ", &why].concat().into())
}
