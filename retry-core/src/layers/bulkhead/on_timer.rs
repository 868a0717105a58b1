//! Waiting for a bulkhead's permits on the runtime's timer.

use std::future::Future;

use super::admit::{Admission, AdmissionIfAny, MayWait, Nested, admit_by, admit_if_any_by};
use super::{Bulkhead, Permit};
use crate::classify::outcome::Outcome;
use crate::classify::rejection::Rejection;
use crate::primitives::entered::Entered;
use crate::time::timeline::Timeline;
use crate::time::timer::alarm;

/// As [`admit_by`], on the runtime's timer.
///
/// # Errors
///
/// As [`admit_by`].
#[inline]
pub fn admit(
    bulkhead: &Bulkhead,
    timeline: Option<Timeline>,
) -> (Admission<'_>, MayWait<impl Future<Output = Admission<'_>>>) {
    admit_by(bulkhead, timeline, alarm)
}

/// As [`admit_if_any_by`], on the runtime's timer.
///
/// # Errors
///
/// As [`admit_by`].
#[inline]
pub fn admit_if_any(
    bulkhead: Option<&Bulkhead>,
    timeline: Option<Timeline>,
) -> (AdmissionIfAny<'_>, MayWait<impl Future<Output = AdmissionIfAny<'_>>>) {
    admit_if_any_by(bulkhead, timeline, alarm)
}

impl Bulkhead {
    /// Takes a permit, waiting for it as long as the settings allow, on the runtime's timer.
    ///
    /// The caller joins the queue when this future is first polled.
    ///
    /// # Errors
    ///
    /// With [`Rejection::BulkheadFull`] if no permit becomes free in time, or too many callers wait already.
    ///
    /// # Panics
    ///
    /// If it has to wait, and there is a longest wait: as `tokio::time::sleep` does, outside a tokio
    /// runtime with its time driver enabled.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::{Bulkhead, Rejection};
    ///
    /// static ONE: Bulkhead = Bulkhead::new(1).with_max_wait(Duration::from_millis(1));
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let permit = ONE.acquire().await;
    /// assert_eq!(ONE.acquire().await.err(), Some(Rejection::BulkheadFull)); // after 1 ms
    /// drop(permit);
    /// assert!(ONE.acquire().await.is_ok());
    /// # });
    /// ```
    pub fn acquire(&self) -> impl Future<Output = Result<Permit<'_>, Rejection>> {
        self.acquire_by(alarm)
    }

    /// Runs `body` while it holds a permit; returns the [`Rejection`], as an error of the body's own
    /// type, if none becomes free in time.
    ///
    /// The permit is asked for when this future is first polled, and given back when `body` has
    /// ended, panicked or been dropped. `body` is not polled before. A call within one, in the same
    /// task, takes no second permit.
    ///
    /// An [adaptive](Self::adaptive) bulkhead learns of a success and of a deadline's cut, and nothing of an
    /// error, since only `Classify` knows what one means: take a permit and [record](Permit::record) the
    /// outcome where it should.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// ```
    /// use persevere::{Bulkhead, Rejection};
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
    pub async fn call<O>(&self, body: impl Future<Output = O>) -> O
    where
        O: Outcome,
        O::Error: From<Rejection>,
    {
        match self.acquire_in_time(Nested::Shares, || None, alarm).await {
            Ok(permit) => {
                let outcome = Entered::new(&permit, body).await;
                if outcome.as_result().is_ok() {
                    permit.succeeded();
                }
                outcome
            }
            Err(rejection) => O::from_result(Err(rejection.into())),
        }
    }
}
