//! increaseCounter - argument in, result out: `counter` + 1.  contracts/c/increaseCounter says more.

#![cfg_attr(not(feature = "std"), no_std)]
#![allow(non_snake_case)] // the name of the contract in other languages

use dela::decimal;

dela::contract!(run);

fn run() -> dela::Result {
    let counter = dela::argument("counter")?;
    if !decimal::is_whole(&counter) {
        return Err([b"counter is not a whole number: ", &counter[..]].concat().into());
    }
    Ok(decimal::increment(&counter))
}
