//! Values that are not durations.

use persevere::retry;

#[retry(on = _, base_delay = "soon")]
fn words() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, base_delay = "2")]
fn no_unit() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_delay = "-2s")]
fn negative_text() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_delay = -2)]
fn negative_number() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_delay = -0.5)]
fn negative_fraction() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, base_delay = 250ms)]
fn no_quotes() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, base_delay = 2.5s)]
fn no_quotes_fraction() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, base_delay = true)]
fn boolean() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, max_delay = 1e30)]
fn out_of_range() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, base_delay = "99999999999999999999s")]
fn text_out_of_range() -> Result<(), ()> {
    Ok(())
}

fn main() {}
