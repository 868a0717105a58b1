//! Functions with another number of arguments, texts where a function belongs, presets without quotes.

use persevere::retry;

#[retry(on = _, on_retry = |event, wait| println!("{event} {wait}"))]
fn two_arguments() -> Result<u8, ()> {
    Ok(1)
}

#[retry(when = || true, fallback = || Ok(1))]
fn none() -> Result<u8, ()> {
    Ok(1)
}

#[retry(when = "transient")]
fn text() -> Result<u8, ()> {
    Ok(1)
}

#[retry(on = _, policy = aggressive, throttled = conservative)]
fn unquoted() -> Result<u8, ()> {
    Ok(1)
}

fn main() {}
