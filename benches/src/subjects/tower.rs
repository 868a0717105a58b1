//! `tower::retry`: a policy as its documentation writes one, its waits tokio's.

use std::time::Duration;

use tower::retry::{Policy, Retry};
use tower::{Service, ServiceExt, service_fn};

use crate::body;
use crate::harness::{self, BASE_DELAY, Error, Failures, MAX_DELAY, RETRIES, is_busy};

#[derive(Clone)]
struct Backoff {
    retries: u32,
    delay: Duration,
}

impl Backoff {
    const fn starting_at(delay: Duration) -> Self {
        Self { retries: 0, delay }
    }
}

impl<R: Clone> Policy<R, u64, Error> for Backoff {
    type Future = tokio::time::Sleep;

    fn retry(&mut self, _: &mut R, result: &mut Result<u64, Error>) -> Option<Self::Future> {
        let error = result.as_ref().err()?;
        if self.retries == RETRIES || !is_busy(error) {
            return None;
        }
        self.retries += 1;
        let sleep = tokio::time::sleep(self.delay);
        self.delay = (self.delay * 2).min(MAX_DELAY);
        Some(sleep)
    }

    fn clone_request(&mut self, request: &R) -> Option<R> {
        Some(request.clone())
    }
}

const BACKOFF: Backoff = Backoff::starting_at(BASE_DELAY);

/// A service that makes each request by [`body!`].
#[must_use]
pub fn service() -> impl Service<u64, Response = u64, Error = Error> {
    Retry::new(BACKOFF, service_fn(|input| async move { body!(16, input) }))
}

pub async fn one<const N: usize>(input: u64) -> Result<u64, Error> {
    let service = service_fn(|input| async move { body!(N, input) });
    Retry::new(BACKOFF, service).oneshot(input).await
}

pub async fn none<const N: usize>() -> Result<u64, Error> {
    Retry::new(BACKOFF, service_fn(|()| async { body!(N, 7) })).oneshot(()).await
}

pub async fn shared<const N: usize>(a: &str, b: &str, c: &str) -> Result<u64, Error> {
    let service = service_fn(|(a, b, c)| async move { body!(N, 7, (a, b, c)) });
    Retry::new(BACKOFF, service).oneshot((a, b, c)).await
}

pub async fn owned<const N: usize>(a: String, b: String, c: String) -> Result<u64, Error> {
    let service =
        service_fn(|(a, b, c): (String, String, String)| async move { body!(N, 7, (&a, &b, &c)) });
    Retry::new(BACKOFF, service).oneshot((a, b, c)).await
}

pub async fn failing(failures: &Failures) -> Result<u64, Error> {
    let service = service_fn(|failures: &Failures| {
        let outcome = failures.attempt();
        async { outcome }
    });
    Retry::new(BACKOFF, service).oneshot(failures).await
}

pub async fn at_once(failures: &Failures) -> Result<u64, Error> {
    let service = service_fn(|failures: &Failures| {
        let outcome = failures.attempt();
        async { outcome }
    });
    Retry::new(Backoff::starting_at(Duration::ZERO), service).oneshot(failures).await
}

pub async fn gated() -> Result<u64, Error> {
    Retry::new(BACKOFF, service_fn(|()| harness::gated())).oneshot(()).await
}
