//! Types in brackets, where the failure is not an error.

use persevere::retry;
use std::io;

#[derive(Debug)]
struct Plain;

#[retry(on = [io::Error])]
async fn text() -> Result<u8, String> {
    Ok(1)
}

#[retry(on = _, unless = [io::Error])]
fn own() -> Result<u8, Plain> {
    Ok(1)
}

fn main() {}
