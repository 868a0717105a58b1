//! Values that are not durations.

use persevere::retry;

#[retry(on = _, base_delay = "soon")]
fn words() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, base_delay = 500)]
fn no_unit() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, deadline = "500")]
fn no_unit_in_text() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, timeout = 60.0, hedge = 200)]
async fn no_units() -> Result<(), Error> {
    Ok(())
}

#[retry(on = _, hedge(after = 200, max = 2))]
async fn no_unit_in_a_list() -> Result<(), Error> {
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

struct Error;

impl From<persevere::Rejection> for Error {
    fn from(_: persevere::Rejection) -> Self {
        Self
    }
}

fn main() {}
