//! An async closure has nothing to be awaited by in a blocking function.

use persevere::retry;
use std::io;

#[retry(on_give_up = async |_| ())]
fn closure() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
