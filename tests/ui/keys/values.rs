//! Keys without a value, values without a key, keys given twice.

use persevere::retry;

#[retry("aggressive")]
fn only_a_string() -> Result<(), ()> {
    Ok(())
}

#[retry(3)]
fn only_a_number() -> Result<(), ()> {
    Ok(())
}

#[retry(policy, on_retry, on_give_up, max_retries, base_delay, max_delay)]
fn no_values() -> Result<(), ()> {
    Ok(())
}

#[retry(exponential_base, jitter, on, when, throttled, context, id, name, sleep, crate)]
fn no_values_either() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_retries = )]
fn equals_nothing() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_retries = , base_delay = 1)]
fn equals_a_comma() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_retries(3))]
fn parentheses() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_retries = 3, max_retries = 4)]
fn twice() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_retries = 3 base_delay = 1)]
fn no_comma() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, , max_retries = 3)]
fn two_commas() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, name = billing)]
fn name_without_quotes() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, crate = "persevere")]
fn crate_in_quotes() -> Result<(), ()> {
    Ok(())
}

#[retry = "aggressive"]
fn attribute_with_equals() -> Result<(), ()> {
    Ok(())
}

fn main() {}
