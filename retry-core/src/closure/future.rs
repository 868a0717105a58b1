//! Running an async operation.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::conclude::Follows;
use super::guard::{AsyncGuard, Guard};
use super::parts::{Listen, NoFallback, Recover, Rules, Settings, Timing};
use super::{Again, AsyncOperation, ClosureSettings, ErrorOf, Judge, Retrying, ValueOf};
use crate::call::slot::RetrySlot;
use crate::classify::stopped;

pin_project_lite::pin_project! {
    /// The future of a [`Retrying`]: a call, from its first attempt to its outcome.
    #[must_use = "futures do nothing unless polled"]
    pub struct RetryFuture<O, R, T, S = ClosureSettings>
    where
        O: AsyncOperation,
        T: Timing,
        S: Settings,
    {
        operation: O,
        // Until the call is over.
        rules: Option<R>,
        timer: T,
        settings: ClosureSettings,
        retry: RetrySlot<'static>,
        guard: S::Async<O, T>,
        #[pin]
        state: State<O::Output, O::Future, T::Wait>,
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

    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        self.in_state(State::Starting)
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
    pub fn begun_with(self, attempt: O::Future) -> RetryFuture<O, R, T, S> {
        let call = self.in_state(State::Attempting { attempt });
        call.settings.begin(true);
        if let Some(guards) = call.guard.guards() {
            guards.count_call();
        }
        call
    }

    #[inline]
    fn in_state(self, state: State<O::Output, O::Future, T::Wait>) -> RetryFuture<O, R, T, S> {
        let Self { operation, rules, timer, settings, reject } = self;
        let (settings, guard) = settings.guard::<O, T>(reject);
        let (rules, retry) = (Some(rules), RetrySlot::empty());
        RetryFuture { operation, rules, timer, settings, retry, guard, state }
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
            let outcome = match this.state.as_mut().project() {
                StateProjection::Starting => {
                    // Until an attempt has begun: if anything panics, no further one does.
                    this.state.set(State::Over);
                    let is_first = !this.retry.is_filled();
                    match this.guard.poll_begin(this.settings, this.timer, is_first, context) {
                        Poll::Pending => {
                            this.state.set(State::Starting);
                            return Poll::Pending;
                        }
                        Poll::Ready(Some(refused)) => refused,
                        Poll::Ready(None) => {
                            let (operation, retry) = (this.operation, this.retry.as_ref());
                            let attempt = this.guard.attempt(operation, this.settings, retry);
                            this.state.set(State::Attempting { attempt });
                            continue;
                        }
                    }
                }
                StateProjection::Attempting { attempt } => {
                    match ready!(this.guard.poll_attempt(attempt, context)) {
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
                StateProjection::Waiting { outcome, wait } => {
                    let mut is_cancelled = false;
                    if let Some(retry) = &mut **this.retry {
                        is_cancelled = ready!(T::poll_wait(wait, retry, context));
                    }
                    let outcome = outcome.take();
                    this.state.set(State::Starting);
                    match outcome {
                        Some(outcome) if is_cancelled => {
                            this.state.set(State::Over);
                            return Poll::Ready(self.end_cancelled(outcome));
                        }
                        Some(outcome) => this.guard.keep(outcome),
                        None => {}
                    }
                    continue;
                }
                StateProjection::Over => return Poll::Pending,
            };
            if let Some(outcome) = self.as_mut().conclude(outcome) {
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
    /// Begins the wait for a retry, or gives the outcome that the caller gets.
    #[inline]
    fn conclude(self: Pin<&mut Self>, outcome: O::Output) -> Option<O::Output> {
        let mut this = self.project();
        this.state.set(State::Over); // the attempt is dropped before hooks are called
        this.guard.silence();
        let Some(rules) = this.rules else { return Some(outcome) };
        let (follows, outcome) =
            rules.conclude::<O, _>(this.settings, this.guard, this.retry, outcome);
        if follows == Follows::Answer {
            return Some(this.guard.end(outcome, follows, NoFallback));
        }
        if let (Follows::Retry, Some(retry)) = (follows, &mut **this.retry) {
            this.operation.rest();
            let wait = this.timer.wait(retry);
            this.state.set(State::Waiting { outcome: Some(outcome), wait });
            return None;
        }
        Some(match this.rules.take() {
            Some(rules) => this.guard.end(outcome, follows, rules.fallback),
            None => outcome,
        })
    }

    /// The wait after an attempt that gave `outcome` was cancelled: what the caller gets.
    #[cold]
    fn end_cancelled(self: Pin<&mut Self>, outcome: O::Output) -> O::Output {
        let this = self.project();
        let Some(mut rules) = this.rules.take() else { return outcome };
        let follows = rules.cancelled::<O, _>(this.settings, this.guard, this.retry, &outcome);
        this.guard.end(outcome, follows, rules.fallback)
    }
}

impl<O, R, T, S> fmt::Debug for RetryFuture<O, R, T, S>
where
    O: AsyncOperation,
    T: Timing,
    S: Settings,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryFuture").field("settings", &self.settings).finish_non_exhaustive()
    }
}
