//! Other libraries' words for what a task cannot have.

use persevere::task;
use std::io;

#[task(
    recover = other,
    fallback_method = other,
    hedging_delay = "200ms",
    sleep_fn = pause,
    retryable_with_context = url,
    snooze = "5s",
    min_limit = 8,
    fallbak_method = other
)]
async fn send(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

fn main() {}
