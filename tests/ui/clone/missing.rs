//! A body that uses up its argument, so that the next attempt has none.

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
