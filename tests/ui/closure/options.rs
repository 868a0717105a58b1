//! Options with values of the wrong type.

use persevere::Policy;
use std::io;

fn predicate() {
    let _ = Policy::DEFAULT.retry_blocking(|| Ok::<u8, io::Error>(1)).on(|_| "often").call();
}

fn value() {
    let _ = Policy::DEFAULT.retry_blocking(|| Ok::<u8, io::Error>(1)).on_ok(|_| 3).call();
}

fn fallback() {
    let _ = Policy::DEFAULT.retry_blocking(|| Ok::<u8, io::Error>(1)).fallback(|_| 7).call();
}

fn hook() {
    let _ = Policy::DEFAULT.retry_blocking(|| Ok::<u8, io::Error>(1)).on_retry(|_| 7).call();
}

fn main() {}
