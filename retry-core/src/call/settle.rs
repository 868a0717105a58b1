//! What the generated loop calls around an attempt: the happy path inline, everything else out of
//! line.

use crate::call::Call;
use crate::call::retry::Retry;
use crate::call::slot::{RetrySlot, end};
use crate::call::so_far::SoFar;
use crate::classify::Verdict;
use crate::classify::outcome::Outcome;
use crate::events::event::{Event, EventKind, Subject};
use crate::events::text::Text;

/// One attempt of a blocking function. A function of its own so that the closure is `FnOnce`.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the happy path must cost no call")]
pub fn attempt<T>(body: impl FnOnce() -> T) -> T {
    body()
}

/// What an attempt returns, in a branch that never runs: it says of which type that is.
#[cold]
pub fn never<R>() -> R {
    unreachable!("this branch never runs")
}

/// What takes an outcome apart, and what puts one together again.
///
/// In one call, so that a type that is no outcome is refused once.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the happy path must cost no call")]
pub fn parts_of<O: Outcome>(_outcome: &O) -> (Apart<O>, Whole<O>) {
    (O::into_result, O::from_result)
}

pub(crate) type Apart<O> = fn(O) -> Result<<O as Outcome>::Value, <O as Outcome>::Error>;
pub(crate) type Whole<O> = fn(Result<<O as Outcome>::Value, <O as Outcome>::Error>) -> O;

/// An attempt failed: whether a retry follows, which `retry` then is.
///
/// A function with hooks calls [`Call::failed`] instead, which returns their event. Where nobody asks
/// for it, the event stays in here: returned to every function, it made code a tenth larger.
///
/// As in [`again`] and [`succeeded`], the inlined part shows the compiler when there is nothing left
/// to drop: see [`end`].
#[inline]
pub fn failed(call: &Call<'_>, retry: &mut RetrySlot, verdict: Verdict, error: Text<'_>) -> bool {
    #[cold]
    #[inline(never)]
    fn goes_on(
        call: &Call<'_>,
        retry: &mut Option<Retry>,
        verdict: Verdict,
        error: Text<'_>,
    ) -> bool {
        let so_far = SoFar::of(retry.as_ref());
        let mut event = call.event(EventKind::Retry, &so_far, Subject::Error(error));
        call.decide_in_loop(retry, &so_far, verdict, &mut event)
    }
    or_end(goes_on(call, retry, verdict, error), retry)
}

/// An attempt returned an `Ok` value that is retried: as [`failed`].
#[inline]
pub fn again(call: &Call<'_>, retry: &mut RetrySlot, verdict: Verdict) -> bool {
    #[cold]
    #[inline(never)]
    fn goes_on(call: &Call<'_>, retry: &mut Option<Retry>, verdict: Verdict) -> bool {
        let so_far = SoFar::of(retry.as_ref());
        let mut event = call.event(EventKind::Retry, &so_far, Subject::Value);
        call.decide_in_loop(retry, &so_far, verdict, &mut event)
    }
    or_end(goes_on(call, retry, verdict), retry)
}

/// Whether a retry follows; else the outcome goes to the caller.
#[inline]
#[must_use]
pub fn is_retried(event: &Event<'_>) -> bool {
    matches!(event.kind, EventKind::Retry)
}

/// Whether the outcome goes to the caller as it is: `on_give_up`.
#[inline]
#[must_use]
pub fn is_given_up(event: &Event<'_>) -> bool {
    matches!(event.kind, EventKind::GiveUp(_))
}

#[inline]
fn or_end(goes_on: bool, retry: &mut RetrySlot) -> bool {
    if !goes_on {
        end(retry);
    }
    goes_on
}

/// An attempt succeeded. If it was a retry, that is reported and `retry` ends.
#[inline]
pub fn succeeded(call: &Call<'_>, retry: &mut RetrySlot) {
    if retry.is_filled() {
        succeeded_late(call, retry);
    }
}

/// An attempt after the first succeeded: `retry` is over.
#[inline]
pub fn succeeded_late(call: &Call<'_>, retry: &mut RetrySlot) {
    #[cold]
    #[inline(never)]
    fn tell(call: &Call<'_>, retry: &mut Option<Retry>) {
        call.succeeded(retry);
    }
    tell(call, retry);
    end(retry);
}
