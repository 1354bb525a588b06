//! counter_command - the same as a program: storage by the SDK, the answer on standard output.

use dela::decimal;

dela::reads!("counter");

fn main() {
    dela::reject_panics();
    let number = dela::stored("counter").unwrap_or_else(|| b"0".to_vec());
    if !decimal::is_whole(&number) {
        print!("the stored counter is not a whole number");
        std::process::exit(1);
    }
    let next = decimal::increment(&number);
    dela::store("counter", &next);
    dela::event("counter", &next);
    print!("{}", String::from_utf8_lossy(&next));
}
