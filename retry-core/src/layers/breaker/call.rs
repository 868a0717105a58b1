//! Calls through a [`CircuitBreaker`] whose outcomes say themselves how they went.

use super::CircuitBreaker;
use crate::classify::Classify;
use crate::classify::outcome::Outcome;
use crate::classify::rejection::Rejection;

impl CircuitBreaker {
    /// Makes a blocking call, if one may be made now, and counts how it went; else returns the
    /// [`Rejection`], as an error of the call's own type.
    ///
    /// A panic counts as neither success nor failure.
    ///
    /// ```
    /// use persevere::{CircuitBreaker, Rejection};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new();
    ///
    /// let answer: Result<u8, Rejection> = BREAKER.call_blocking(|| Ok(42));
    /// assert_eq!(answer, Ok(42));
    /// BREAKER.force_open();
    /// assert!(BREAKER.call_blocking(|| Ok::<u8, Rejection>(42)).is_err());
    /// ```
    pub fn call_blocking<O>(&self, body: impl FnOnce() -> O) -> O
    where
        O: Outcome,
        O::Error: Classify + From<Rejection>,
    {
        match self.try_acquire() {
            Ok(permit) => {
                let outcome = body();
                permit.record(&outcome);
                outcome
            }
            Err(rejection) => O::from_result(Err(rejection.into())),
        }
    }

    /// As [`call_blocking`](Self::call_blocking), for a future: it is polled only if a call may be made, which is
    /// asked when this one is first polled. Dropped halfway, it counts as neither success nor
    /// failure, unless a deadline drops it: see [`Permit`](super::Permit).
    ///
    /// ```
    /// use persevere::{CircuitBreaker, Rejection};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new();
    ///
    /// async fn quote(symbol: &str) -> Result<usize, Rejection> {
    ///     BREAKER.call(async { Ok(symbol.len()) }).await
    /// }
    /// # let waker = std::task::Waker::noop();
    /// # let future = std::pin::pin!(quote("XYZ"));
    /// # let polled = future.poll(&mut std::task::Context::from_waker(waker));
    /// # assert_eq!(polled, std::task::Poll::Ready(Ok(3)));
    /// ```
    pub async fn call<O>(&self, body: impl Future<Output = O>) -> O
    where
        O: Outcome,
        O::Error: Classify + From<Rejection>,
    {
        match self.try_acquire() {
            Ok(permit) => {
                let outcome = body.await;
                permit.record(&outcome);
                outcome
            }
            Err(rejection) => O::from_result(Err(rejection.into())),
        }
    }
}
