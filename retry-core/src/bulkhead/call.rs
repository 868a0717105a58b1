//! Calls through a [`Bulkhead`].

use super::Bulkhead;
use crate::outcome::Outcome;
use crate::rejection::Rejection;

impl Bulkhead {
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
