//! What Rust's standard library makes of the world that host/wasi.def shows.
use std::collections::HashMap;
use std::io::Read;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let words: HashMap<&str, usize> = text.split(' ').zip(0..).collect();
    let mut keys: Vec<_> = words.keys().copied().collect();
    let order = keys.join(" "); // random bytes decide
    keys.sort();
    eprintln!("{} words", words.len());
    if words.contains_key("panic") {
        panic!("as asked");
    }
    let start = Instant::now();
    std::thread::sleep(Duration::from_millis(5));
    println!("keys {}", keys.join(" "));
    println!("order {order}");
    println!("args {:?}", std::env::args().skip(1).collect::<Vec<_>>());
    println!("nonce {:?}", std::env::var("DELA_NONCE"));
    println!("slept {:?}", start.elapsed());
    println!("time {:?}", SystemTime::now().duration_since(UNIX_EPOCH));
    // Older versions find no directory for it themselves, and have no number for that.
    println!("file {:?}", std::fs::read("/etc/passwd").map_err(|e| e.raw_os_error().unwrap_or(76)));
    println!("float {}", 0.1f64 + 0.2);
    std::process::exit(if words.contains_key("fail") { 7 } else { 0 });
}
