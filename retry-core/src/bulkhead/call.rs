//! Calls through a [`Bulkhead`].

use super::Bulkhead;
use crate::outcome::Outcome;
use crate::rejection::Rejection;

impl Bulkhead {
    /// Runs `body` in a place of its own; returns the [`Rejection`], as an error of the body's own
    /// type, if there is none in time.
    ///
    /// The place is asked for when this future is first polled, and given back when `body` has
    /// ended, panicked or been dropped. `body` is not polled before.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// ```
    /// use retry_core::{Bulkhead, Rejection};
    ///
    /// static DB: Bulkhead = Bulkhead::new(10);
    ///
    /// async fn count(table: &str) -> Result<usize, Rejection> {
    ///     DB.call(async { Ok(table.len()) }).await
    /// }
    /// # let waker = std::task::Waker::noop();
    /// # let future = std::pin::pin!(count("users"));
    /// # let polled = future.poll(&mut std::task::Context::from_waker(waker));
    /// # assert_eq!(polled, std::task::Poll::Ready(Ok(5)));
    /// ```
    #[cfg(any(
        feature = "tokio",
        feature = "async-io",
        all(feature = "wasm", target_family = "wasm")
    ))]
    pub async fn call<O>(&self, body: impl Future<Output = O>) -> O
    where
        O: Outcome,
        O::Error: From<Rejection>,
    {
        match self.acquire().await {
            Ok(_permit) => body.await,
            Err(rejection) => O::from_result(Err(rejection.into())),
        }
    }

    /// As `call`, for a blocking `body`: see [`acquire_blocking`](Self::acquire_blocking).
    ///
    /// ```
    /// use retry_core::{Bulkhead, Rejection};
    ///
    /// static ONE: Bulkhead = Bulkhead::new(1);
    ///
    /// let nested: Result<u8, Rejection> = ONE.call_blocking(|| {
    ///     assert_eq!(ONE.available(), 0);
    ///     ONE.call_blocking(|| Ok(1)) // there is no second place
    /// });
    /// assert_eq!(nested, Err(Rejection::BulkheadFull));
    /// ```
    pub fn call_blocking<O>(&self, body: impl FnOnce() -> O) -> O
    where
        O: Outcome,
        O::Error: From<Rejection>,
    {
        match self.acquire_blocking() {
            Ok(_permit) => body(),
            Err(rejection) => O::from_result(Err(rejection.into())),
        }
    }
}
