//! Running an async operation.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::conclude::Follows;
use super::guard::{Around, AsyncGuard, Guard};
use super::parts::{Kept, Listen, NoFallback, Recover, Rules, Settings, Timing};
use super::{Again, AsyncOperation, ClosureSettings, ErrorOf, Judge, Polled, Retrying, ValueOf};
use crate::call::slot::RetrySlot;
use crate::classify::stopped;

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

pin_project_lite::pin_project! {
    #[project = StateProjection]
    enum State<O, A, W> {
        Starting,
        Attempting { #[pin] attempt: A },
        Waiting { outcome: Option<O>, #[pin] wait: W },
        Over,
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
        let (retry, state) = (RetrySlot::empty(), State::Attempting { attempt });
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
            let mut this = self.as_mut().project();
            let mut refused = None;
            if let StateProjection::Starting = this.state.as_mut().project() {
                // Until an attempt has begun: if anything panics, no further one does.
                this.state.set(State::Over);
                let is_first = !this.retry.is_filled();
                let Poll::Ready(begun) =
                    this.guard.poll_begin(this.kept, this.timer, is_first, context)
                else {
                    this.state.set(State::Starting);
                    return Poll::Pending;
                };
                refused = begun;
                if refused.is_none() {
                    let retry = this.retry.as_ref();
                    let attempt = this.guard.attempt(this.operation, this.kept, retry);
                    this.state.set(State::Attempting { attempt });
                }
            }
            let outcome = match (refused, this.state.as_mut().project()) {
                (Some(refused), _) => refused,
                (None, StateProjection::Attempting { attempt }) => {
                    let around = Around {
                        operation: &mut *this.operation,
                        timer: &mut *this.timer,
                        kept: &*this.kept,
                        judge: |outcome: &O::Output| this.rules.judge(outcome),
                    };
                    match ready!(this.guard.poll_attempt(attempt, around, context)) {
                        Ok(outcome) => outcome,
                        Err(rejection) => {
                            stopped::cut(rejection, || this.state.set(State::Over));
                            match this.guard.cut(rejection) {
                                Some(outcome) => outcome,
                                None => return Poll::Pending, // no limit is set without it
                            }
                        }
                    }
                }
                (None, StateProjection::Waiting { .. }) => {
                    match ready!(self.as_mut().poll_wait(context)) {
                        Some(outcome) => return Poll::Ready(outcome),
                        None => continue,
                    }
                }
                (None, StateProjection::Starting | StateProjection::Over) => {
                    return Poll::Pending;
                }
            };
            this.state.set(State::Over); // the attempt is dropped before hooks are called
            this.guard.silence();
            match this.rules.at_once(this.kept, this.guard, this.retry, outcome) {
                Ok(outcome) => {
                    return Poll::Ready(this.guard.end(outcome, Follows::Answer, &mut NoFallback));
                }
                Err((outcome, polled)) => {
                    if let Some(outcome) = self.as_mut().settle(outcome, polled) {
                        return Poll::Ready(outcome);
                    }
                }
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
    /// Waits for a retry, which starts then. If the wait is cancelled, the call ends.
    #[cold]
    #[inline(never)]
    fn poll_wait(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<O::Output>> {
        let mut this = self.as_mut().project();
        let StateProjection::Waiting { outcome, wait } = this.state.as_mut().project() else {
            return Poll::Ready(None);
        };
        let mut is_cancelled = false;
        if let Some(retry) = &mut **this.retry {
            is_cancelled = ready!(T::poll_wait(wait, retry, context));
        }
        let outcome = outcome.take();
        this.state.set(State::Starting);
        Poll::Ready(match outcome {
            Some(outcome) if is_cancelled => {
                this.state.set(State::Over);
                Some(self.end_cancelled(outcome))
            }
            Some(outcome) => {
                this.guard.keep(outcome);
                None
            }
            None => None,
        })
    }

    /// Begins the wait for a retry, or gives the outcome that the caller gets.
    #[cold]
    #[inline(never)]
    fn settle(self: Pin<&mut Self>, outcome: O::Output, polled: Polled) -> Option<O::Output> {
        let mut this = self.project();
        let (rules, guard) = (this.rules, this.guard);
        let of = (this.kept.common(), this.kept.beside());
        let follows = rules.settle::<O, _>(of, guard, this.retry, &outcome, polled);
        if let (Follows::Retry, Some(retry)) = (follows, &mut **this.retry) {
            this.operation.rest();
            let wait = this.timer.wait(retry);
            this.state.set(State::Waiting { outcome: Some(outcome), wait });
            return None;
        }
        Some(guard.end(outcome, follows, &mut rules.fallback))
    }

    /// The wait after an attempt that gave `outcome` was cancelled: what the caller gets.
    fn end_cancelled(self: Pin<&mut Self>, outcome: O::Output) -> O::Output {
        let this = self.project();
        let of = (this.kept.common(), this.kept.beside());
        this.rules.cancelled::<O, _>(of, this.guard, this.retry, &outcome);
        this.guard.end(outcome, Follows::Fallback, &mut this.rules.fallback)
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
