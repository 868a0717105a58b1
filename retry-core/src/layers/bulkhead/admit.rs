//! `bulkhead = …`: a permit for a whole call, or the rejection that the call ends with.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use super::{Bulkhead, Permit};
use crate::cancel::watch::Watch;
use crate::cancel::{is_cancelled, scope};
use crate::classify::rejection::Rejection;
use crate::time::enclosing;
use crate::time::limit::Limit;
use crate::time::parking::block_on;
use crate::time::timeline::Timeline;

/// The permit that a call holds until this is dropped; or why the bulkhead refused the call.
pub type Admission<'b> = Result<Permit<'b>, Rejection>;

/// As [`Admission`], of a call that may have no bulkhead.
pub type AdmissionIfAny<'b> = Result<Option<Permit<'b>>, Rejection>;

/// The wait of a call for its permit, if it has one: elsewhere, since most calls have none.
pub type MayWait<F> = Option<Pin<Box<F>>>;

/// Whether a request within a call that holds a permit shares that permit: a nested call does. One whose
/// permit is handed out, and may outlive the call, takes a permit of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Nested {
    Shares,
    TakesItsOwn,
}

/// `bulkhead = …`, its type pinned down where the user wrote it.
#[inline]
#[must_use]
pub const fn bulkhead(bulkhead: &Bulkhead) -> &Bulkhead {
    bulkhead
}

/// Asks for a permit: it is granted at once, or waited for, no longer than the bulkhead's settings allow, and
/// not beyond the call's deadline. With a wait, the first part is a refusal, and the wait gives the admission.
///
/// # Errors
///
/// With the rejection of the call: the bulkhead is full, or the deadline has passed.
#[inline]
pub fn admit_by<S: Future<Output = ()>, F: FnOnce(Duration) -> S>(
    bulkhead: &Bulkhead,
    timeline: Option<Timeline>,
    sleep: F,
) -> (Admission<'_>, MayWait<impl Future<Output = Admission<'_>> + use<'_, S, F>>) {
    match bulkhead.admit_at_once(Nested::Shares) {
        Some(admission) => (admission, None),
        None => {
            let wait = wait_elsewhere(bulkhead, timeline, sleep, |admission| admission);
            (Err(Rejection::BulkheadFull), Some(wait))
        }
    }
}

/// As `admit_by`, of a call that may have no bulkhead.
///
/// # Errors
///
/// As `admit_by`.
#[inline]
pub fn admit_if_any_by<S: Future<Output = ()>, F: FnOnce(Duration) -> S>(
    bulkhead: Option<&Bulkhead>,
    timeline: Option<Timeline>,
    sleep: F,
) -> (AdmissionIfAny<'_>, MayWait<impl Future<Output = AdmissionIfAny<'_>> + use<'_, S, F>>) {
    let Some(bulkhead) = bulkhead else { return (Ok(None), None) };
    match bulkhead.admit_at_once(Nested::Shares) {
        Some(admission) => (admission.map(Some), None),
        None => {
            let wait = wait_elsewhere(bulkhead, timeline, sleep, |admission| admission.map(Some));
            (Err(Rejection::BulkheadFull), Some(wait))
        }
    }
}

#[cold]
#[inline(never)]
fn wait_elsewhere<'b, S: Future<Output = ()>, F: FnOnce(Duration) -> S, A>(
    bulkhead: &'b Bulkhead,
    timeline: Option<Timeline>,
    sleep: F,
    admitted: fn(Admission<'b>) -> A,
) -> Pin<Box<impl Future<Output = A> + use<'b, S, F, A>>> {
    let remaining = move || timeline?.remaining();
    let wait = bulkhead.acquire_in_time(Nested::Shares, remaining, sleep);
    Box::pin(async move { admitted(wait.await) })
}

/// As `admit_blocking`, of a call that may have no bulkhead.
///
/// # Errors
///
/// As `admit_by`.
#[inline]
pub fn admit_if_any_blocking<'b>(
    bulkhead: Option<&'b Bulkhead>,
    timeline: Option<&Timeline>,
) -> AdmissionIfAny<'b> {
    match bulkhead {
        Some(bulkhead) => admit_blocking(bulkhead, timeline).map(Some),
        None => Ok(None),
    }
}

/// As `admit_by`, for a blocking function; a call that encloses it may have a deadline, too.
///
/// # Errors
///
/// As `admit_by`.
pub fn admit_blocking<'b>(bulkhead: &'b Bulkhead, timeline: Option<&Timeline>) -> Admission<'b> {
    if let Some(permit) = bulkhead.nested() {
        return Ok(permit);
    }
    bulkhead.acquire_blocking_in_time(|| match timeline {
        Some(timeline) => timeline.remaining(),
        None => enclosing::remaining(),
    })
}

/// A caller's turn in the queue, which ends early if the call is cancelled.
#[derive(Debug)]
pub(crate) struct Turn<Q> {
    queued: Q,
    watch: Watch,
}

impl<Q> Turn<Q> {
    pub(crate) fn of(queued: Q) -> Self {
        Self { queued, watch: Watch::default() }
    }
}

impl<Q: Future + Unpin> Future for Turn<Q> {
    type Output = Result<Q::Output, Rejection>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if is_cancelled() {
            return Poll::Ready(Err(Rejection::Cancelled));
        }
        if let Poll::Ready(permit) = Pin::new(&mut self.queued).poll(context) {
            return Poll::Ready(Ok(permit));
        }
        if self.watch.poll(context) {
            return Poll::Ready(Err(Rejection::Cancelled));
        }
        Poll::Pending
    }
}

impl Bulkhead {
    /// Takes a permit, waiting as long as the settings allow, and no longer than `remaining`, the time
    /// until the caller's deadline, which is asked for only if there is a wait.
    pub(crate) async fn acquire_in_time<S: Future<Output = ()>>(
        &self,
        nested: Nested,
        remaining: impl FnOnce() -> Option<Duration>,
        sleep: impl FnOnce(Duration) -> S,
    ) -> Admission<'_> {
        if let Some(admission) = self.admit_at_once(nested) {
            return admission;
        }
        let mut asks = Some((remaining, sleep)); // until it has joined the queue
        let (mut turn, mut limit) = (None, None);
        let mut timer = pin!(None);
        poll_fn(|context| {
            if let Some((remaining, sleep)) = asks.take() {
                // With this task's waker: what has joined need not be polled now.
                let mut queued = self.join(Some(context.waker()))?;
                if let Some(permit) = queued.admitted() {
                    return Poll::Ready(Ok(permit));
                }
                let Turn { watch, .. } = turn.insert(Turn::of(queued));
                if watch.poll(context) {
                    return Poll::Ready(Err(Rejection::Cancelled));
                }
                limit = self.wait_limit(remaining());
                if let Some(limit) = limit {
                    if limit.is_over() {
                        return Poll::Ready(Err(limit.rejection()));
                    }
                    timer.set(Some(sleep(limit.after())));
                }
            } else if let Some(turn) = &mut turn {
                if let Poll::Ready(admission) = Pin::new(turn).poll(context) {
                    return Poll::Ready(admission);
                }
            }
            let (Some(limit), Some(timer)) = (limit, timer.as_mut().as_pin_mut()) else {
                return Poll::Pending;
            };
            timer.poll(context).map(|()| Err(limit.rejection()))
        })
        .await
    }

    /// The permit of a call that need not wait for it, or why it gets none.
    #[inline]
    fn admit_at_once(&self, nested: Nested) -> Option<Admission<'_>> {
        if let (Nested::Shares, Some(permit)) = (nested, self.nested()) {
            return Some(Ok(permit));
        }
        if scope::is_cancelled() {
            return Some(Err(Rejection::Cancelled));
        }
        self.try_acquire().ok().map(Ok)
    }

    /// The limit of a wait for a permit, for a caller with `remaining` time until its deadline.
    pub(crate) fn wait_limit(&self, remaining: Option<Duration>) -> Option<Limit> {
        Limit::of_wait(self.max_wait, remaining)
    }

    /// As [`acquire_in_time`](Self::acquire_in_time), blocking the thread.
    pub(super) fn acquire_blocking_in_time(
        &self,
        remaining: impl FnOnce() -> Option<Duration>,
    ) -> Result<Permit<'_>, Rejection> {
        if scope::is_cancelled() {
            return Err(Rejection::Cancelled);
        }
        if let Ok(permit) = self.try_acquire() {
            return Ok(permit);
        }
        let turn = Turn::of(self.join(None)?);
        let limit = self.wait_limit(remaining());
        block_on(turn, limit.map(|limit| limit.after())).unwrap_or_else(|| {
            Err(limit.map_or(Rejection::BulkheadFull, |limit| limit.rejection()))
        })
    }
}
