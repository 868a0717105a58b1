//! Hedges of operations that cannot race, and of the wrong type.

use persevere::{Hedge, Policy};
use std::io;
use std::time::Duration;

static HEDGE: Hedge = Hedge::after(Duration::from_millis(200));

fn blocks() -> Result<u8, io::Error> {
    Policy::DEFAULT.retry_blocking(|| Ok::<_, io::Error>(1)).hedge(&HEDGE).call()
}

async fn duration() -> Result<u8, io::Error> {
    Policy::DEFAULT.retry(async || Ok::<u8, io::Error>(1)).hedge(Duration::from_millis(200)).await
}

fn main() {}
