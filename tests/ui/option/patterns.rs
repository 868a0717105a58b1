//! Patterns of a `None`, of which there is only one.

use persevere::retry;

#[retry(on = None)]
fn none() -> Option<u32> {
    None
}

#[retry(on = Some(0))]
async fn some() -> Option<u32> {
    None
}

fn main() {}
