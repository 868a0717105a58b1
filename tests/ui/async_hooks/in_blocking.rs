//! Async hooks of blocking functions, which cannot await them.

use persevere::{Event, retry};
use std::io;

async fn later(_: &Event<'_>) {}

#[retry(on_retry = later)]
fn function() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
