//! Settings that contradict each other, or can never take effect.

use persevere::retry;

#[retry(on = _, base_delay = "10s", max_delay = "1s")]
fn cap_below_base() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_delay = "1s")]
fn cap_below_the_default_base() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, policy = "conservative", max_delay = 4)]
fn cap_below_the_preset_base() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, base_delay = "10min")]
fn base_above_the_preset_cap() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, exponential_base = 3, jitter = "decorrelated")]
fn base_under_decorrelated_jitter() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, throttled = "aggressive")]
fn throttled_option() -> Option<()> {
    None
}

#[retry(on = _, throttled = "default")]
fn throttled_is_the_default() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, policy = "aggressive", throttled = "aggressive")]
fn throttled_is_the_policy() -> Result<(), ()> {
    Ok(())
}

#[retry(
    on = _,
    max_retries = 0,
    base_delay = 1,
    max_delay = 9,
    exponential_base = 2,
    jitter = "full",
    throttled = "aggressive",
    on_retry = |_| {}
)]
fn never_retried() -> Result<(), ()> {
    Ok(())
}

#[derive(Debug, persevere::Classify)]
enum Error {
    #[retry(transient)]
    Busy,
    #[retry(permanent)]
    Gone,
}

#[retry(on = Error::Busy, also = Error::Gone)]
fn replaced_and_added() -> Result<(), Error> {
    Ok(())
}

#[retry(also = _)]
fn everything_added() -> Result<(), Error> {
    Ok(())
}

#[retry(also = Error::Gone)]
fn added_to_an_option() -> Option<()> {
    None
}

fn main() {}
