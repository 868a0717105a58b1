//! An event's error, which may be none, where a text is meant.

use persevere::retry;

#[retry(on = _, on_retry = |event| println!("failed: {}", event.error()))]
fn written() -> Result<u32, &'static str> {
    Ok(1)
}

#[retry(on = _, on_give_up = |e| log(e.error().to_string()))]
fn as_text() -> Result<u32, &'static str> {
    Ok(1)
}

fn log(_: String) {}

fn main() {}
