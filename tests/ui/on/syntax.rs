//! Values of `on` that are not patterns.

use persevere::retry;

#[retry(on = "timeout" +)]
fn half_an_expression() -> Result<(), &'static str> {
    Ok(())
}

#[retry(on = *)]
fn star() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _ if)]
fn guard_without_condition() -> Result<(), ()> {
    Ok(())
}

#[retry(on = |)]
fn bar_without_pattern() -> Result<(), ()> {
    Ok(())
}

#[retry(on = |error| true)]
fn closure() -> Result<(), ()> {
    Ok(())
}

#[retry(on = is_busy(error))]
fn call() -> Result<(), ()> {
    Ok(())
}

#[retry(on = error.is_timeout() || error.is_connect())]
async fn condition() -> Result<(), reqwest::Error> {
    Ok(())
}

#[retry(on = Error.Busy)]
fn dot() -> Result<(), Error> {
    Ok(())
}

#[retry(on = Err(Error::Busy))]
fn outcome() -> Result<(), Error> {
    Ok(())
}

enum Error {
    Busy,
}

fn main() {}
