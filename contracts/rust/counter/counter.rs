//! counter - the smallest contract with storage: each accepted call adds one to a stored number.  contracts/c/counter
//! says more.

#![cfg_attr(not(feature = "std"), no_std)]

use dela::decimal;

dela::contract!(run);
dela::reads!("counter");

fn run() -> dela::Result {
    let number = dela::stored("counter").unwrap_or_else(|| b"0".to_vec());
    if !decimal::is_whole(&number) {
        return Err("the stored counter is not a whole number".into());
    }
    let next = decimal::increment(&number);
    dela::store("counter", &next);
    dela::event("counter", &next);
    Ok(next)
}
