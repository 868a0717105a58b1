//! Expressions of the wrong type.

use std::time::Duration;

use persevere::{Jitter, Policy, retry};

const SECONDS: u64 = 3;
const RATIO: f32 = 1.5;

#[retry(on = _, policy = SECONDS)]
fn policy() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, throttled = SECONDS)]
fn throttled() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_retries = SECONDS)]
fn max_retries() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, base_delay = SECONDS)]
fn base_delay() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_delay = SECONDS)]
fn max_delay() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, exponential_base = RATIO)]
fn exponential_base() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, jitter = RATIO)]
fn jitter() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, policy = Policy::default)]
fn a_function() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, policy = Policy::BOLD)]
fn no_such_constant() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = (Duration::ZERO, Jitter::Full);
}
