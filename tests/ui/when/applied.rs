//! Functions that are called where `when` and its like name one.

use persevere::retry;

fn is_busy(code: &u32) -> bool {
    *code == 503
}

#[retry(when = is_busy(&error))]
fn of_the_error() -> Result<(), u32> {
    Err(1)
}

#[retry(when = e.is_timeout() || e.is_connect())]
async fn method() -> Result<(), reqwest::Error> {
    Ok(())
}

#[retry(when = matches!(err, 500..=599))]
fn matched() -> Result<(), u32> {
    Err(1)
}

#[retry(when = is_busy(&503))]
fn of_another_value() -> Result<(), u32> {
    Err(1)
}

#[retry(on = _, on_retry = log(&event))]
fn hook() -> Result<(), u32> {
    Err(1)
}

fn main() {}
