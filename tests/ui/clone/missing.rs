//! A body that uses its argument up, so that there is none for the next attempt.

use persevere::retry;

#[retry(on = _)]
async fn consumed(body: String) -> Result<Vec<u8>, ()> {
    Ok(body.into_bytes())
}

#[retry(on = _)]
fn consumed_blocking(body: String) -> Result<Vec<u8>, ()> {
    Ok(body.into_bytes())
}

fn main() {}
