//! What reads a policy, where what sets it is meant.

use persevere::{Jitter, Policy, retry};

#[retry(on = _, policy = Policy::DEFAULT.max_retries(3))]
fn in_the_attribute() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, throttled = Policy::AGGRESSIVE.with_max_retries(3).jitter(Jitter::Full))]
fn throttled() -> Result<(), ()> {
    Ok(())
}

fn main() {}
