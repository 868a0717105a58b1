//! Types in brackets that are not errors.

use persevere::retry;
use std::io;

#[derive(Debug)]
enum Plain {
    Busy,
}

#[retry(on = [io::Error, Plain])]
async fn own() -> Result<u8, anyhow::Error> {
    Ok(1)
}

#[retry(on = _, unless = [u16])]
fn number() -> Result<u8, anyhow::Error> {
    Ok(1)
}

fn main() {}
