//! Wrong values of `on_ok`.

use persevere::retry;
use std::io;

#[retry(on_ok = _)]
async fn everything() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on_ok)]
async fn no_value() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on_ok = )]
async fn nothing() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on_ok = |value| *value > 3)]
async fn closure() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on_ok = |value| value.is_power_of_two(), max_retries = 3)]
async fn closure_that_begins_as_a_pattern() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on_ok = 0, max_retries = 0)]
async fn inert() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on_ok = 0 =>)]
async fn no_value_for_the_end() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on = _ => Ok(0))]
async fn of_a_failure() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
