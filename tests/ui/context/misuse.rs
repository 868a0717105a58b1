//! Values of `context` that are not a plain name.

use persevere::retry;

#[retry(on = _, context = "attempt")]
fn in_quotes() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, context = &attempt)]
fn reference() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, context = attempt.number)]
fn field() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, context = self)]
fn keyword() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, context(attempt))]
fn parentheses() -> Result<(), ()> {
    Ok(())
}

fn main() {}
