//! @NAME@ - greets, and counts.
//!
//! name      whom to greet
//! storage   "greetings": how many there were, in decimal
//! result    the greeting

#![no_std]

use dela::decimal;

dela::contract!(run);
dela::reads!("greetings");

fn run() -> dela::Result {
    let name = dela::argument("name")?;
    let count = dela::stored("greetings").unwrap_or_else(|| b"0".to_vec());
    let next = decimal::increment(&count);
    dela::store("greetings", &next);
    Ok([b"Hello, ", &name[..], b"! You are number ", &next, b"."].concat())
}
