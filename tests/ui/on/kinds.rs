//! Types, functions and values in `on`, where a pattern of errors belongs.

use persevere::http::HttpError;
use persevere::retry;
use std::io;

#[derive(Debug)]
enum Error {
    Timeout,
}

impl Error {
    fn is_timeout(&self) -> bool {
        true
    }
}

fn is_busy(_: &Error) -> bool {
    true
}

#[retry(on = io::Error)]
async fn own_type() -> io::Result<()> {
    Ok(())
}

#[retry(on = std::io::Error)]
async fn type_in_erased() -> anyhow::Result<()> {
    Ok(())
}

#[retry(on = io::ErrorKind::TimedOut | io::ErrorKind::ConnectionReset)]
async fn kind() -> Result<(), io::Error> {
    Ok(())
}

#[retry(unless = reqwest::StatusCode::NOT_FOUND)]
async fn status() -> Result<(), HttpError> {
    Ok(())
}

#[retry(on = 500..=599)]
async fn range_of_statuses() -> Result<(), HttpError> {
    Ok(())
}

#[retry(on = "timeout")]
async fn text() -> io::Result<()> {
    Ok(())
}

#[retry(on = Error::Timeout)]
async fn variant_in_erased() -> anyhow::Result<()> {
    Ok(())
}

#[retry(on = Error::is_timeout)]
async fn method() -> Result<(), Error> {
    Err(Error::Timeout)
}

#[retry(on = is_busy)]
async fn function() -> Result<(), Error> {
    Ok(())
}

#[retry(on = is_busy(error))]
async fn call() -> Result<(), Error> {
    Ok(())
}

#[retry(on = Box<dyn std::error::Error>)]
async fn boxed() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Ok(())
}

fn main() {}
