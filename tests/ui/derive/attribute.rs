//! The attribute on an enum or struct, where the derive is meant.

use persevere::retry;

#[retry(on = _)]
#[derive(Debug)]
enum Error {
    Busy,
}

#[retry]
pub struct Timeout;

fn main() {}
