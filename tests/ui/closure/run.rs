//! The async form is awaited, the blocking one is called.

use persevere::{Policy, Rejection};
use std::io;
use std::time::Duration;

async fn awaits_blocking() -> Result<u8, io::Error> {
    Policy::DEFAULT.retry_blocking(|| Ok::<_, io::Error>(1)).await
}

fn calls_async() -> Result<u8, io::Error> {
    Policy::DEFAULT.retry(async || Ok::<_, io::Error>(1)).call()
}

fn cuts_blocking() -> Result<u8, Rejection> {
    Policy::DEFAULT.retry_blocking(|| Ok::<_, Rejection>(1)).timeout(Duration::MAX).call()
}

fn not_a_future() {
    Policy::DEFAULT.retry(|| Ok::<_, io::Error>(1));
}

fn main() {}
