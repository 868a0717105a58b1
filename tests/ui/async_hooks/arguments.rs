//! Hooks that take something other than the event.

use persevere::retry;
use std::io;

fn none() {}

fn error(_: &io::Error) {}

#[retry(on_retry = none)]
async fn no_argument() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on_retry = error)]
fn other_argument() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on_success = println!("done"))]
async fn no_function() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
