//! The command line of bench/peer.h for engines written in Rust.

use std::process::ExitCode;

/// One engine. `Module` is loaded and translated whole; `Instance` is fresh and can be called once or more.
pub trait Peer {
    type Module;
    type Instance;
    fn info(&self) -> Info;
    /// Decodes and validates, nothing more. `None`: not offered.
    fn validate(&self, bytes: &[u8]) -> Option<Result<(), String>>;
    fn load(&self, bytes: &[u8]) -> Result<Self::Module, String>;
    fn instantiate(&self, module: &Self::Module, function: &str) -> Result<Self::Instance, String>;
    fn call(&self, instance: &mut Self::Instance, argument: i32) -> Result<i64, String>;
}

pub struct Info {
    pub name: &'static str,
    pub fuel: bool,
}

/// CPU time of the process in nanoseconds.
fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the answer.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}

fn number(word: &str) -> Result<u64, String> {
    word.parse().map_err(|_| format!("{word} is not a number"))
}

fn serve<P: Peer>(peer: &P, words: &[String]) -> Result<u8, String> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let read = |path: &str| std::fs::read(path).map_err(|error| format!("{path}: {error}"));
    match words[..] {
        ["info"] => {
            let Info { name, fuel } = peer.info();
            let version = option_env!("PEER_VERSION").unwrap_or("unknown");
            let fuel = if fuel { "yes" } else { "no" };
            let build = option_env!("PEER_BUILD").unwrap_or("rustc");
            println!("name={name}\nversion={version}\nfuel={fuel}\nkind=interpreter\nbuild={build}");
        }
        ["run", path, function, argument, times] => {
            let module = peer.load(&read(path)?)?;
            let argument = number(argument)? as u32 as i32;
            for _ in 0..number(times)? {
                let mut instance = peer.instantiate(&module, function)?;
                let start = now();
                let result = peer.call(&mut instance, argument)?;
                println!("{} {}", result as u64, now() - start);
            }
        }
        ["call", path, function, argument, times] => {
            let module = peer.load(&read(path)?)?;
            let argument = number(argument)? as u32 as i32;
            let mut result = 0;
            let start = now();
            for _ in 0..number(times)? {
                result = peer.call(&mut peer.instantiate(&module, function)?, argument)?;
            }
            println!("{} {}", result as u64, now() - start);
        }
        ["validate", path, times] => {
            let bytes = read(path)?;
            let start = now();
            for _ in 0..number(times)? {
                match peer.validate(&bytes) {
                    None => return Ok(3),
                    Some(verdict) => verdict?,
                }
            }
            println!("0 {}", now() - start);
        }
        ["load", path, times] => {
            let bytes = read(path)?;
            let start = now();
            for _ in 0..number(times)? {
                drop(peer.load(&bytes)?);
            }
            println!("0 {}", now() - start);
        }
        ["memory", path, times] => {
            let bytes = read(path)?;
            // One is loaded before the first look, so that what all modules share does not count.
            let mut held = vec![peer.load(&bytes)?];
            let before = resident_bytes();
            for _ in 0..number(times)? {
                held.push(peer.load(&bytes)?);
            }
            println!("{} 0", resident_bytes().saturating_sub(before));
        }
        _ => return Err("info | run, call MODULE FUNCTION ARGUMENT TIMES | validate, load, memory MODULE TIMES".into()),
    }
    Ok(0)
}

/// Does what the command line says. `make` is told whether its first word was `--fuel`.
pub fn main<P: Peer>(make: impl FnOnce(bool) -> P) -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let fuel = words.first().is_some_and(|word| word == "--fuel");
    if fuel {
        words.remove(0);
    }
    let peer = make(fuel);
    serve(&peer, &words).map(ExitCode::from).unwrap_or_else(|error| {
        eprintln!("{}: {error}", peer.info().name);
        ExitCode::FAILURE
    })
}
