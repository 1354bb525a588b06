//! increaseCounter_command - the same as a program: the request's JSON on standard input, the answer on standard output.
//! serde_json has floats for the numbers it reads: `delavm lower` makes integer code of them.

#![allow(non_snake_case)] // the name of the contract in other languages

use dela::decimal;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::io::Read;

/// A JSON string's text; of any other value its JSON, so that a number keeps all of its digits.
fn text(value: &RawValue) -> String {
    serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_string())
}

fn increase(request: &str) -> Result<String, String> {
    let request: HashMap<String, Box<RawValue>> =
        serde_json::from_str(request).map_err(|error| format!("the request is not JSON: {error}"))?;
    let counter = request.get("counter").map(|value| text(value)).unwrap_or_default();
    if counter.is_empty() {
        return Err("'counter' not found in tx arg".to_string());
    }
    if !decimal::is_whole(counter.as_bytes()) {
        return Err(format!("counter is not a whole number: {counter}"));
    }
    Ok(String::from_utf8_lossy(&decimal::increment(counter.as_bytes())).into_owned())
}

fn main() {
    let mut request = String::new();
    std::io::stdin().read_to_string(&mut request).expect("standard input is UTF-8");
    match increase(&request) {
        Ok(next) => print!("{}", next),
        Err(why) => {
            print!("{}", why);
            std::process::exit(1); // rejects, with what was printed
        }
    }
}
