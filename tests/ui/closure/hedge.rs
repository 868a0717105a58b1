//! Hedges of operations that cannot race, and of the wrong type.

use persevere::{Hedge, Policy};
use std::io;
use std::time::Duration;

static HEDGE: Hedge = Hedge::after(Duration::from_millis(200));

fn blocks() -> Result<u8, io::Error> {
    Policy::DEFAULT.retry_blocking(|| Ok::<_, io::Error>(1)).hedge(&HEDGE).call()
}

async fn changes_what_it_captures() -> Result<u8, io::Error> {
    let mut calls = 0;
    Policy::DEFAULT
        .retry(async || {
            calls += 1;
            Ok::<u8, io::Error>(calls)
        })
        .hedge(&HEDGE)
        .await
}

async fn duration() -> Result<u8, io::Error> {
    Policy::DEFAULT.retry(async || Ok::<u8, io::Error>(1)).hedge(Duration::from_millis(200)).await
}

fn main() {}
