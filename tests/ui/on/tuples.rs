//! Alternatives in parentheses, as Python has them.

use persevere::retry;
use std::{fmt, io};

#[derive(Debug)]
enum Failure {
    Timeout,
    Network(u32),
}

#[retry(on = (Failure::Timeout, Failure::Network(_)))]
fn tuple_of_variants() -> Result<(), Failure> {
    Err(Failure::Timeout)
}

#[retry(on = (io::Error, fmt::Error))]
async fn tuple_of_types() -> anyhow::Result<()> {
    Ok(())
}

fn main() {}
