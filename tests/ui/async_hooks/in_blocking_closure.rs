//! Async closures as hooks of blocking functions, which cannot await them.

use persevere::retry;
use std::io;

#[retry(on_give_up = async |_| ())]
fn closure() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
