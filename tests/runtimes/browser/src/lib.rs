//! What a browser's program uses; `tests/runtimes.rs` compiles it for wasm.

use std::io;

use persevere::{Policy, Rejection, retry};

/// Waits on `setTimeout`.
///
/// # Errors
///
/// With what `answer` says.
#[retry(policy = "aggressive", on = _)]
pub async fn ask(answer: Result<u32, u16>) -> Result<u32, u16> {
    answer
}

/// Reads the clock of JavaScript.
///
/// # Errors
///
/// With what cut it short.
#[retry(timeout = "2s", deadline = "1m")]
pub async fn look_up(name: &str) -> Result<usize, Rejection> {
    Ok(name.len())
}

/// A closure.
///
/// # Errors
///
/// With what the last attempt failed with.
pub async fn closure() -> io::Result<u32> {
    Policy::AGGRESSIVE
        .retry(async || Ok(7))
        .on(|error: &io::Error| error.kind() == io::ErrorKind::TimedOut)
        .await
}
