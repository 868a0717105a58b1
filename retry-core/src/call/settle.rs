//! What loops call around an attempt: the happy path inline, everything else out of line.

use crate::call::Call;
use crate::call::retry::Retry;
use crate::call::slot::{RetrySlot, end};
use crate::call::so_far::SoFar;
use crate::cancel::is_cancelled;
use crate::classify::Verdict;
use crate::classify::judge::Polled;
use crate::classify::outcome::Outcome;
use crate::events::event::{Event, EventKind, Subject};
use crate::events::text::Text;

/// One attempt of a blocking function. It is a function so that the closure is `FnOnce`.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the happy path must cost no call")]
pub fn attempt<T>(body: impl FnOnce() -> T) -> T {
    body()
}

/// Names the type that an attempt returns, in a branch that never runs.
#[cold]
pub fn never<R>() -> R {
    unreachable!("this branch never runs")
}

/// The functions that take an outcome apart, and put one together again.
///
/// One call returns both, so that a type that is no outcome is refused once.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the happy path must cost no call")]
pub fn parts_of<O: Outcome>(_outcome: &O) -> (Apart<O>, Whole<O>) {
    (O::into_result, O::from_result)
}

pub(crate) type Apart<O> = fn(O) -> Result<<O as Outcome>::Value, <O as Outcome>::Error>;
pub(crate) type Whole<O> = fn(Result<<O as Outcome>::Value, <O as Outcome>::Error>) -> O;

impl<'b> Call<'_, 'b> {
    /// An attempt failed: decides what follows, and returns its event, for hooks. `retry` then is the
    /// retry that follows, or `None`.
    #[cold]
    pub fn failed<'t>(
        &'t self,
        retry: &mut Option<Retry<'b>>,
        verdict: Verdict,
        error: Text<'t>,
    ) -> Event<'t> {
        self.decided(retry, verdict, Subject::Error(error))
    }

    /// As [`failed`](Self::failed), for an `Ok` value that is retried: a failure, or one that is
    /// waited for.
    #[cold]
    pub fn again(&self, retry: &mut Option<Retry<'b>>, polled: Polled) -> Event<'_> {
        let (verdict, subject) = (polled.verdict(), Subject::of(polled));
        self.decided(retry, verdict, subject)
    }

    /// An attempt after the first succeeded: ends `retry`, and returns the event, for hooks.
    #[cold]
    pub fn succeeded(&self, retry: &mut Option<Retry<'b>>) -> Event<'_> {
        let mut retry = retry.take();
        let so_far = SoFar::of(retry.as_ref());
        self.recovered(&so_far, retry.as_mut().and_then(Retry::take_budget_permit))
    }

    /// The hooks of a retry have run, and may have been slow: if the wait that was decided on no longer
    /// fits into the time left until the deadline, calls the retry off, and reports that.
    #[cold]
    pub fn call_off_if_late<'t>(&'t self, retry: &mut Option<Retry<'b>>, event: &mut Event<'t>) {
        let Some(decided) = retry else { return };
        if self.is_late(&decided.so_far(), decided.delay()) {
            *retry = None; // drops the budget's permit, which gives it back
            self.call_off(event);
        }
    }

    /// The wait for `retry` was cancelled, after an attempt that failed with `error`, or gave a value that
    /// is retried: ends the retry, reports that, and returns the event, for hooks.
    #[cold]
    pub fn cancelled<'t>(
        &'t self,
        retry: &mut Option<Retry>,
        error: Option<Text<'t>>,
    ) -> Event<'t> {
        let so_far = retry.take().map_or(SoFar::NOTHING, |retry| retry.so_far().without_the_last());
        self.ended_by_word(&so_far, error.map_or(Subject::Value, Subject::Error))
    }

    fn decided<'t>(
        &'t self,
        retry: &mut Option<Retry<'b>>,
        verdict: Verdict,
        subject: Subject<'t>,
    ) -> Event<'t> {
        let so_far = SoFar::of(retry.as_ref());
        let mut event = self.event(EventKind::Retry, &so_far, subject);
        self.decide_in_loop(retry, &so_far, verdict, &mut event);
        event
    }

    /// As [`decide`](Self::decide), for a loop, which keeps a [`Retry`]. Returns whether a retry follows,
    /// which `retry` then is.
    #[inline(never)]
    fn decide_in_loop<'t>(
        &'t self,
        retry: &mut Option<Retry<'b>>,
        so_far: &SoFar,
        verdict: Verdict,
        event: &mut Event<'t>,
    ) -> bool {
        let budget_permit = retry.as_mut().and_then(Retry::take_budget_permit);
        let nesting = retry.as_mut().map(Retry::nesting);
        match self.decide(so_far, budget_permit, nesting, verdict, is_cancelled(), event) {
            Ok(decided) => {
                Retry::follow(retry, decided);
                true
            }
            Err(_) => {
                *retry = None;
                false
            }
        }
    }
}

/// An attempt failed: decides what follows. Returns whether a retry does, which `retry` then holds.
///
/// A function with hooks calls [`Call::failed`] instead, which returns their event. Without hooks the
/// event stays in here: when every function got it, the code was a tenth larger.
///
/// As in [`again`] and [`succeeded`], the inlined part shows the compiler when there is nothing left
/// to drop: see [`end`].
#[inline]
pub fn failed<'b>(
    call: &Call<'_, 'b>,
    retry: &mut RetrySlot<'b>,
    verdict: Verdict,
    error: Text<'_>,
) -> bool {
    #[cold]
    #[inline(never)]
    fn goes_on<'b>(
        call: &Call<'_, 'b>,
        retry: &mut Option<Retry<'b>>,
        verdict: Verdict,
        error: Text<'_>,
    ) -> bool {
        let so_far = SoFar::of(retry.as_ref());
        let mut event = call.event(EventKind::Retry, &so_far, Subject::Error(error));
        call.decide_in_loop(retry, &so_far, verdict, &mut event)
    }
    or_end(goes_on(call, retry, verdict, error), retry)
}

/// As [`failed`], for an `Ok` value that is retried: a failure, or one that is waited for.
#[inline]
pub fn again<'b>(call: &Call<'_, 'b>, retry: &mut RetrySlot<'b>, polled: Polled) -> bool {
    #[cold]
    #[inline(never)]
    fn goes_on<'b>(call: &Call<'_, 'b>, retry: &mut Option<Retry<'b>>, polled: Polled) -> bool {
        let so_far = SoFar::of(retry.as_ref());
        let mut event = call.event(EventKind::Retry, &so_far, Subject::of(polled));
        call.decide_in_loop(retry, &so_far, polled.verdict(), &mut event)
    }
    or_end(goes_on(call, retry, polled), retry)
}

/// As [`Call::cancelled`], where nothing sees the event.
#[inline]
pub fn cancelled<'b>(call: &Call<'_, 'b>, retry: &mut RetrySlot<'b>, error: Option<Text<'_>>) {
    #[cold]
    #[inline(never)]
    fn report<'b>(call: &Call<'_, 'b>, retry: &mut Option<Retry<'b>>, error: Option<Text<'_>>) {
        call.cancelled(retry, error);
    }
    report(call, retry, error);
    end(retry);
}

/// Whether a retry follows. Otherwise the outcome goes to the caller.
#[inline]
#[must_use]
pub fn is_retried(event: &Event<'_>) -> bool {
    matches!(event.kind, EventKind::Retry)
}

/// Whether the call is given up, for `on_give_up`.
#[inline]
#[must_use]
pub fn is_given_up(event: &Event<'_>) -> bool {
    matches!(event.kind, EventKind::GiveUp(_))
}

/// Whether the call ends with a permanent failure, which goes to the caller: `fallback` is not asked.
#[inline]
#[must_use]
pub fn is_answer(event: &Event<'_>) -> bool {
    event.is_answer
}

#[inline]
fn or_end(goes_on: bool, retry: &mut RetrySlot<'_>) -> bool {
    if !goes_on {
        end(retry);
    }
    goes_on
}

/// An attempt succeeded. If it was a retry, reports that and empties `retry`.
#[inline]
pub fn succeeded<'b>(call: &Call<'_, 'b>, retry: &mut RetrySlot<'b>) {
    if retry.is_filled() {
        succeeded_late(call, retry);
    }
}

/// An attempt after the first succeeded: reports that, and empties `retry`.
#[inline]
pub fn succeeded_late<'b>(call: &Call<'_, 'b>, retry: &mut RetrySlot<'b>) {
    #[cold]
    #[inline(never)]
    fn report<'b>(call: &Call<'_, 'b>, retry: &mut Option<Retry<'b>>) {
        call.succeeded(retry);
    }
    report(call, retry);
    end(retry);
}
