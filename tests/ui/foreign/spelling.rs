//! Our keys and other libraries' words in other spellings: one rule reads them all.

use persevere::retry;

#[retry(
    on = _,
    maxRetries = 3,
    BaseDelay = 1,
    with_max_delay = 30,
    withJitter = true,
    exponential-base = 2.0,
    OnRetry = log,
    ON_GIVE_UP = log,
)]
fn our_keys() -> Result<(), ()> {
    Ok(())
}

#[retry(
    on = _,
    max_attemps = 3,
    maxAttempts = 3,
    initialInterval = 1,
    backoffCoefficient = 2.0,
    nonRetryableErrorTypes = [Fatal],
    startToCloseTimeout = 5,
    RetryWaitMin = 1,
    with_total_delay = 30,
    stop-after-attempt = 3,
    FailureRateThreshold = 50,
)]
fn their_words() -> Result<(), ()> {
    Ok(())
}

fn main() {}
