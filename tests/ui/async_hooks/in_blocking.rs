//! An async hook has nothing to be awaited by in a blocking function.

use persevere::{Event, retry};
use std::io;

async fn later(_: &Event<'_>) {}

#[retry(on_retry = later)]
fn function() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
