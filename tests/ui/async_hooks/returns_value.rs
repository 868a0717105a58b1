//! Hooks that return a value, which would be lost.

use persevere::{Event, retry};
use std::io;

fn number(_: &Event<'_>) -> u32 {
    1
}

async fn later(_: &Event<'_>) -> Result<(), io::Error> {
    Ok(())
}

#[retry(on_retry = number)]
async fn function() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on_give_up = later)]
async fn async_function() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on_success = |event| event.to_string())]
async fn closure() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on_retry = number, on_success = |event| event.to_string())]
fn blocking() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
