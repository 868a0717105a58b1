//! Shapes of waiting that say nothing, contradict each other, or never end.

use persevere::{Policy, retry};

#[retry(on = _, policy = [])]
fn empty_list() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, policy = ["1s", "soon"])]
fn no_duration() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, policy = ["1s", WAIT])]
fn code_in_a_list() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, policy = ["1s", "5s"], base_delay = "2s", exponential_base = 2)]
fn beside_a_list() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, policy = ["1s", "5s"], jitter = "decorrelated")]
fn decorrelated_list() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, policy = ["1s", "5s"], max_delay = "2s")]
fn capped_list() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_retries = "endless")]
fn no_such_number() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, policy = "poll")]
fn polled_for_ever() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, reset_after = 0)]
fn reset_at_once() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, reset_after = "1min", timeout = "30s")]
async fn never_reset() -> Result<(), persevere::Rejection> {
    Ok(())
}

#[retry(on = _, policy = "none", reset_after = "1min")]
fn never_retried() -> Result<(), ()> {
    Ok(())
}

const EMPTY: Policy = Policy::waits(&[]);

#[retry(on = _, policy = EMPTY)]
fn empty_constant() -> Result<(), ()> {
    Ok(())
}

fn main() {}
