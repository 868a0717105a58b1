//! Calls through a [`Bulkhead`].

use super::Bulkhead;
use crate::classify::outcome::Outcome;
use crate::classify::rejection::Rejection;

impl Bulkhead {
    /// As `call`, for a blocking `body`: see [`acquire_blocking`](Self::acquire_blocking). A call within
    /// one takes no second permit.
    ///
    /// ```
    /// use persevere::{Bulkhead, Rejection};
    ///
    /// static ONE: Bulkhead = Bulkhead::new(1);
    ///
    /// let nested: Result<u8, Rejection> = ONE.call_blocking(|| {
    ///     assert_eq!(ONE.available(), 0);
    ///     ONE.call_blocking(|| Ok(1)) // with the same permit
    /// });
    /// assert_eq!(nested, Ok(1));
    /// let elsewhere = || std::thread::spawn(|| ONE.call_blocking(|| Ok::<u8, Rejection>(1)));
    /// let refused = ONE.call_blocking(|| elsewhere().join().expect("it does not panic"));
    /// assert_eq!(refused, Err(Rejection::BulkheadFull));
    /// ```
    pub fn call_blocking<O>(&self, body: impl FnOnce() -> O) -> O
    where
        O: Outcome,
        O::Error: From<Rejection>,
    {
        let admitted = self.nested().map_or_else(|| self.acquire_blocking(), Ok);
        match admitted {
            Ok(permit) => {
                let outcome = permit.hold(body);
                if outcome.as_result().is_ok() {
                    permit.succeeded();
                }
                outcome
            }
            Err(rejection) => O::from_result(Err(rejection.into())),
        }
    }
}
