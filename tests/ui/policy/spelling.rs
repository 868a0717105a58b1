//! Wrong values of `policy`, `throttled`, `max_retries` and `exponential_base`.

use persevere::retry;

#[retry(on = _, policy = "agressive")]
fn mistyped() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, policy = "brave")]
fn unknown() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, policy = "Default")]
fn capital() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, policy = 3)]
fn number() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, throttled = "conservativ")]
fn throttled_mistyped() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, throttled = true)]
fn throttled_switched_on() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_retries = -1)]
fn negative_count() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_retries = 4294967296)]
fn large_count() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_retries = 3u64)]
fn count_of_another_type() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_retries = "3")]
fn count_in_quotes() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, exponential_base = 0.5)]
fn shrinking() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, exponential_base = -2.0)]
fn negative_base() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, exponential_base = "2")]
fn base_in_quotes() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, exponential_base = 1e999)]
fn infinite_base() -> Result<(), ()> {
    Ok(())
}

fn main() {}
