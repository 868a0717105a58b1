//! One call, written three ways: bare, in a careful hand-written loop, and annotated.
//!
//! Only the path on which nothing fails is run; the rest is there so that it costs what it costs.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use persevere::retry;

/// What the calls fail with.
#[derive(Debug)]
pub enum Error {
    /// Retried.
    Busy,
    /// Not retried.
    Broken,
}

/// The work: an await that is ready, and a check that the compiler cannot foresee.
///
/// # Errors
///
/// When `input` is zero or all ones.
#[inline(never)]
pub fn work(input: u64) -> Result<u64, Error> {
    match std::hint::black_box(input) {
        0 => Err(Error::Busy),
        u64::MAX => Err(Error::Broken),
        other => Ok(other + 1),
    }
}

async fn ready(input: u64) -> Result<u64, Error> {
    std::future::ready(()).await;
    work(input)
}

/// The function alone.
///
/// # Errors
///
/// As [`work`].
pub async fn bare(input: u64) -> Result<u64, Error> {
    let output = ready(input).await?;
    Ok(output + 1)
}

/// In a loop as a careful engineer writes it.
///
/// # Errors
///
/// As [`work`].
pub async fn hand_written(input: u64) -> Result<u64, Error> {
    let mut retries = 0;
    let mut delay = Duration::from_secs(2);
    loop {
        let error = match async { Ok(ready(input).await? + 1) }.await {
            Ok(output) => return Ok(output),
            Err(error) => error,
        };
        if retries == 5 || !matches!(error, Error::Busy) {
            return Err(error);
        }
        retries += 1;
        tokio::time::sleep(delay).await;
        delay *= 2;
    }
}

/// Annotated.
///
/// # Errors
///
/// As [`work`].
#[retry(on = Error::Busy)]
pub async fn annotated(input: u64) -> Result<u64, Error> {
    let output = ready(input).await?;
    Ok(output + 1)
}

/// The blocking function alone.
///
/// # Errors
///
/// As [`work`].
#[inline(never)]
pub fn bare_blocking(input: u64) -> Result<u64, Error> {
    let output = work(input)?;
    Ok(output + 1)
}

/// Blocking, in a loop as a careful engineer writes it.
///
/// # Errors
///
/// As [`work`].
#[inline(never)]
pub fn hand_written_blocking(input: u64) -> Result<u64, Error> {
    let mut retries = 0;
    let mut delay = Duration::from_secs(2);
    loop {
        let error = match (|| Ok(work(input)? + 1))() {
            Ok(output) => return Ok(output),
            Err(error) => error,
        };
        if retries == 5 || !matches!(error, Error::Busy) {
            return Err(error);
        }
        retries += 1;
        std::thread::sleep(delay);
        delay *= 2;
    }
}

/// Blocking, annotated.
///
/// # Errors
///
/// As [`work`].
#[inline(never)]
#[retry(on = Error::Busy)]
pub fn annotated_blocking(input: u64) -> Result<u64, Error> {
    let output = work(input)?;
    Ok(output + 1)
}

/// Polls once a future that is ready at its first poll.
///
/// # Panics
///
/// If it is not.
#[inline(never)]
pub fn poll_once<F: Future>(future: F) -> F::Output {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future was not ready at its first poll"),
    }
}
