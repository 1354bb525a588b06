//! @NAME@ - greets, and counts.
//!
//! name      whom to greet
//! storage   "greetings": how many there were, in decimal
//! result    the greeting

use dela::decimal;

dela::contract!(run);
dela::reads!("greetings");

fn run() -> dela::Result {
    let name = String::from_utf8(dela::argument("name")?).map_err(|error| format!("name: {error}"))?;
    let count = dela::stored("greetings").unwrap_or_else(|| b"0".to_vec());
    let next = decimal::increment(&count);
    dela::store("greetings", &next);
    Ok(format!("Hello, {name}! You are number {}.", String::from_utf8_lossy(&next)).into())
}
