//! What a function would do or return, where the function belongs.

use persevere::retry;

fn log(_: &persevere::Event<'_>) {}

#[retry(on = _, on_retry = println!("again"))]
fn written() -> Result<u32, ()> {
    Ok(1)
}

#[retry(on = _, on_give_up = tracing::warn!("given up"))]
async fn logged() -> Result<u32, ()> {
    Ok(1)
}

#[retry(on = _, on_retry = "log")]
fn quoted() -> Result<u32, ()> {
    Ok(1)
}

#[retry(on = _, fallback = Ok(0))]
async fn outcome() -> Result<u32, ()> {
    Ok(1)
}

fn main() {}
