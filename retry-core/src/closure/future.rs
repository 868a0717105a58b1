//! Running an async operation.

use std::any::type_name;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::between::Between;
use super::conclude::{Follows, Of};
use super::guard::{Around, AsyncGuard, Guard};
use super::parts::{Kept, Listen, NoFallback, Recover, Rules, Settings, Timing};
use super::state::{State, StateProjection};
use super::{Again, AsyncOperation, ClosureSettings, ErrorOf, Judge, Polled, Retrying, ValueOf};
use crate::call::slot::RetrySlot;

/// An attempt of a call under these settings.
type AttemptOf<O, T, S> = <<S as Settings>::Async<O, T> as AsyncGuard<O, T>>::Attempt;

pin_project_lite::pin_project! {
    /// The future of a [`Retrying`]: a call, from its first attempt to its outcome.
    // In this order, so that the room for the attempt is not copied with what stands before it where the future
    // is made: a compiler copies what it need not take apart.
    #[repr(C)]
    #[must_use = "futures do nothing unless polled"]
    pub struct RetryFuture<O, R, T, S = ClosureSettings>
    where
        O: AsyncOperation,
        T: Timing,
        S: Settings,
    {
        kept: S::Kept,
        retry: RetrySlot<'static>,
        operation: O,
        timer: T,
        guard: S::Async<O, T>,
        rules: R,
        #[pin]
        state: State<O::Output, AttemptOf<O, T, S>, T::Wait>,
    }
}

// The compiler shows these bounds where one is not met, but not which one: they say what they mean.
impl<O, J, A, L, F, T, S> IntoFuture for Retrying<O, Rules<J, A, L, F>, T, S>
where
    O: AsyncOperation,    // of `Policy::retry`, not of `retry_blocking`
    J: Judge<ErrorOf<O>>, // the error is `Classify`, or `.on(…)` says which failures are retried
    A: Again<ValueOf<O>>,
    L: Listen,
    F: Recover<O::Output>,
    ErrorOf<O>: fmt::Debug,
    T: Timing, // the feature `tokio`, or `.sleep(…)`
    S: Settings,
{
    type Output = O::Output;
    type IntoFuture = RetryFuture<O, Rules<J, A, L, F>, T, S>;

    // The future is written where it is awaited. Were it made by another function, or of a state made by one,
    // it would be moved there, with the room for the attempt in it.
    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        let Self { operation, rules, timer, settings, reject } = self;
        let (kept, guard) = settings.guard::<O, T>(reject);
        let retry = RetrySlot::empty();
        RetryFuture { kept, retry, operation, timer, guard, rules, state: State::Starting }
    }
}

impl<O, R, T, S> Retrying<O, R, T, S>
where
    O: AsyncOperation,
    T: Timing,
    S: Settings,
{
    /// The call whose first attempt has begun before its future is polled: for operations that use
    /// something up as they begin. Of the settings, the budget alone is asked about that attempt.
    #[doc(hidden)]
    #[inline]
    pub fn begun_with(self, attempt: O::Future) -> RetryFuture<O, R, T, S>
    where
        S::Async<O, T>: AsyncGuard<O, T, Attempt = O::Future>,
    {
        let Self { operation, rules, timer, settings, reject } = self;
        let (kept, guard) = settings.guard::<O, T>(reject);
        kept.begin(true);
        if let Some(guards) = guard.guards() {
            guards.count_call();
        }
        let retry = RetrySlot::empty();
        let state = State::Attempting { attempt };
        RetryFuture { kept, retry, operation, timer, guard, rules, state }
    }
}

impl<O, J, A, L, F, T, S> Future for RetryFuture<O, Rules<J, A, L, F>, T, S>
where
    O: AsyncOperation,
    ErrorOf<O>: fmt::Debug,
    J: Judge<ErrorOf<O>>,
    A: Again<ValueOf<O>>,
    L: Listen,
    F: Recover<O::Output>,
    T: Timing,
    S: Settings,
{
    type Output = O::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<O::Output> {
        loop {
            let this = self.as_mut().project();
            let around = Around {
                operation: this.operation,
                timer: this.timer,
                kept: this.kept,
                retry: this.retry,
                rules: this.rules,
            };
            let mut ended = None;
            if let Some(outcome) = ready!(this.guard.poll_attempt(this.state, around, context)) {
                match this.rules.at_once(this.kept, this.guard, this.retry, outcome) {
                    Ok(outcome) => {
                        let end = this.guard.end(outcome, Follows::Answer, &mut NoFallback);
                        return Poll::Ready(end);
                    }
                    Err(others) => ended = Some(others),
                }
            }
            if let Some(outcome) = ready!(self.as_mut().poll_retry(ended, context)) {
                return Poll::Ready(outcome);
            }
        }
    }
}

impl<O, J, A, L, F, T, S> RetryFuture<O, Rules<J, A, L, F>, T, S>
where
    O: AsyncOperation,
    ErrorOf<O>: fmt::Debug,
    J: Judge<ErrorOf<O>>,
    A: Again<ValueOf<O>>,
    L: Listen,
    F: Recover<O::Output>,
    T: Timing,
    S: Settings,
{
    /// Waits for a retry, which starts then. `ended` is what an attempt gave that has just ended. Gives what the
    /// caller gets, if the call ends.
    #[cold]
    #[inline(never)]
    fn poll_retry(
        self: Pin<&mut Self>,
        ended: Option<(O::Output, Polled)>,
        context: &mut Context<'_>,
    ) -> Poll<Option<O::Output>> {
        let mut this = self.project();
        let mut between = Between {
            of: Of::closure(this.kept, type_name::<O>),
            rules: this.rules,
            guard: this.guard,
            retry: this.retry,
            timer: this.timer,
        };
        if let Some((outcome, polled)) = ended {
            match between.settle(outcome, polled) {
                Ok(waiting) => this.state.as_mut().replace_by(State::Waiting { waiting }),
                Err(outcome) => return Poll::Ready(Some(outcome)),
            }
            this.operation.rest();
        }
        let StateProjection::Waiting { waiting } = this.state.as_mut().project() else {
            return Poll::Pending; // the call is over
        };
        let end = ready!(between.poll_wait(waiting, context));
        this.state.replace_by(if end.is_some() { State::Over } else { State::Starting });
        Poll::Ready(end)
    }
}

impl<O, R, T, S> fmt::Debug for RetryFuture<O, R, T, S>
where
    O: AsyncOperation,
    T: Timing,
    S: Settings,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryFuture").field("settings", self.kept.common()).finish_non_exhaustive()
    }
}
