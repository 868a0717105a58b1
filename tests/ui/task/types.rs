//! Types that no row keeps, and errors that do not say whether trying again can help.

use persevere::task;
use std::io;

struct Opaque;

#[task]
async fn takes(value: Opaque) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task]
async fn returns(value: u32) -> io::Result<Opaque> {
    let _ = value;
    Ok(Opaque)
}

#[task]
async fn fails(value: u32) -> Result<u32, Opaque> {
    let _ = value;
    Err(Opaque)
}

#[task]
async fn answers(value: u32) -> u32 {
    value
}

#[task(unique = value, on = _)]
async fn unique(value: Vec<u32>) -> Result<u32, Opaque> {
    let _ = value;
    Err(Opaque)
}

fn main() {}
