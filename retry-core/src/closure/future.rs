//! Running an async operation.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::alarmed::Alarmed;
use super::conclude::Follows;
use super::guards::Guarded;
use super::parts::{Listen, Recover, Rules, Timing};
use super::{Again, AsyncOperation, ClosureSettings, ErrorOf, Judge, Retrying, ValueOf};
use crate::call::retry::Retry;
use crate::call::stages;
use crate::classify::stopped::{self, Stopped};

pin_project_lite::pin_project! {
    /// The future of a [`Retrying`]: a call, from its first attempt to its outcome.
    #[must_use = "futures do nothing unless polled"]
    pub struct RetryFuture<O, R, T>
    where
        O: AsyncOperation,
        T: Timing,
    {
        operation: O,
        // Until the call is over.
        rules: Option<R>,
        timer: T,
        settings: ClosureSettings,
        retry: Option<Retry<'static>>,
        // Elsewhere, since most calls have none.
        alarmed: Option<Pin<Box<Alarmed<O::Output, T::Alarm>>>>,
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
impl<O, J, A, L, F, T> IntoFuture for Retrying<O, Rules<J, A, L, F>, T>
where
    O: AsyncOperation,    // of `Policy::retry`, not of `retry_blocking`
    J: Judge<ErrorOf<O>>, // the error is `Classify`, or `.on(…)` says which failures are retried
    A: Again<ValueOf<O>>,
    L: Listen,
    F: Recover<O::Output>,
    ErrorOf<O>: fmt::Debug,
    T: Timing, // the feature `tokio`, or `.sleep(…)`
{
    type Output = O::Output;
    type IntoFuture = RetryFuture<O, Rules<J, A, L, F>, T>;

    fn into_future(self) -> Self::IntoFuture {
        self.in_state(State::Starting)
    }
}

impl<O, R, T> Retrying<O, R, T>
where
    O: AsyncOperation,
    T: Timing,
{
    /// The call whose first attempt has begun before its future is polled: for operations that use
    /// something up as they begin. Of the settings, the budget alone is asked about that attempt.
    #[doc(hidden)]
    pub fn begun_with(self, attempt: O::Future) -> RetryFuture<O, R, T> {
        if let Some(budget) = self.settings.budget.or(self.options.budget.as_deref()) {
            budget.begin();
        }
        if let Some(upstream) = &self.options.upstream {
            upstream.count_call();
        }
        self.in_state(State::Attempting { attempt })
    }

    fn in_state(self, state: State<O::Output, O::Future, T::Wait>) -> RetryFuture<O, R, T> {
        let Self { operation, rules, timer, settings, options, reject } = self;
        let guarded = Guarded::of::<O>(options, reject);
        RetryFuture {
            operation,
            rules: Some(rules),
            timer,
            settings,
            retry: None,
            alarmed: guarded.map(|guarded| Box::pin(Alarmed::new(guarded))),
            state,
        }
    }
}

impl<O, J, A, L, F, T> Future for RetryFuture<O, Rules<J, A, L, F>, T>
where
    O: AsyncOperation,
    ErrorOf<O>: fmt::Debug,
    J: Judge<ErrorOf<O>>,
    A: Again<ValueOf<O>>,
    L: Listen,
    F: Recover<O::Output>,
    T: Timing,
{
    type Output = O::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<O::Output> {
        loop {
            let mut this = self.as_mut().project();
            let outcome = match this.state.as_mut().project() {
                StateProjection::Starting => match ready!(self.as_mut().begin(context)) {
                    Some(refused) => refused,
                    None => continue,
                },
                StateProjection::Waiting { outcome, wait } => {
                    let mut is_cancelled = false;
                    if let Some(retry) = this.retry {
                        is_cancelled = ready!(T::poll_wait(wait, retry, context));
                    }
                    let outcome = outcome.take();
                    this.state.set(State::Starting);
                    match outcome {
                        Some(outcome) if is_cancelled => {
                            this.state.set(State::Over);
                            return Poll::Ready(self.end_cancelled(outcome));
                        }
                        Some(outcome) => {
                            if let Some(alarmed) = this.alarmed {
                                alarmed.as_mut().guarded().keep(outcome);
                            }
                        }
                        None => {}
                    }
                    continue;
                }
                StateProjection::Attempting { attempt } => match this.alarmed {
                    None => ready!(attempt.poll(context)),
                    Some(alarmed) => {
                        let limited = alarmed.as_mut().poll_limited(context, |guarded, context| {
                            guarded.guards.enclose(|| attempt.poll(context))
                        });
                        match ready!(limited) {
                            Ok(outcome) => outcome,
                            Err(rejection) => {
                                stopped::cut(rejection, || this.state.set(State::Over));
                                let cut = Stopped::while_it_ran(rejection);
                                match alarmed.as_mut().guarded().cut(cut) {
                                    Some(outcome) => outcome,
                                    None => return Poll::Pending, // no limit is set without it
                                }
                            }
                        }
                    }
                },
                StateProjection::Over => return Poll::Pending,
            };
            if let Some(outcome) = self.as_mut().conclude(outcome) {
                return Poll::Ready(outcome);
            }
        }
    }
}

impl<O, R, T> RetryFuture<O, R, T>
where
    O: AsyncOperation,
    T: Timing,
{
    /// Begins an attempt, once the call has its bulkhead's permit; gives what the attempt fails
    /// with instead, if it is refused.
    fn begin(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<O::Output>> {
        let mut this = self.project();
        let (settings, retry) = (&*this.settings, this.retry.as_ref());
        let is_first = retry.is_none();
        match this.alarmed {
            None => {
                stages::begin(None, settings.budget.filter(|_| is_first), None);
                // Until an attempt has begun: if the operation panics, no further one does.
                this.state.set(State::Over);
                let attempt = this.operation.attempt(|| settings.attempt::<O>(None, None));
                this.state.set(State::Attempting { attempt });
            }
            Some(alarmed) => {
                if !alarmed.as_mut().is_waiting() {
                    ready!(alarmed.as_mut().admit::<O, T>(settings, this.timer, context));
                    this.state.set(State::Over); // as above
                    if let Some(refused) = alarmed.as_mut().begin(settings.budget, is_first) {
                        return Poll::Ready(Some(refused));
                    }
                    this.state.set(State::Starting);
                }
                let refused = ready!(alarmed.as_mut().take_turn(this.timer, context));
                this.state.set(State::Over);
                if let Some(refused) = refused.or_else(|| alarmed.as_mut().bound(this.timer)) {
                    return Poll::Ready(Some(refused));
                }
                let guards = &mut alarmed.as_mut().guarded().guards;
                let context = settings.guarded_attempt::<O>(guards, retry);
                let attempt = guards.enclose(|| this.operation.attempt(context));
                this.state.set(State::Attempting { attempt });
            }
        }
        Poll::Ready(None)
    }
}

impl<O, J, A, L, F, T> RetryFuture<O, Rules<J, A, L, F>, T>
where
    O: AsyncOperation,
    ErrorOf<O>: fmt::Debug,
    J: Judge<ErrorOf<O>>,
    A: Again<ValueOf<O>>,
    L: Listen,
    F: Recover<O::Output>,
    T: Timing,
{
    /// Begins the wait for a retry, or gives the outcome that the caller gets.
    fn conclude(self: Pin<&mut Self>, outcome: O::Output) -> Option<O::Output> {
        let mut this = self.project();
        this.state.set(State::Over); // the attempt is dropped before hooks are called
        let mut guarded = this.alarmed.as_mut().map(|alarmed| {
            alarmed.as_mut().silence();
            alarmed.as_mut().guarded()
        });
        let (settings, retry) = (&*this.settings, &mut *this.retry);
        let Some(mut rules) = this.rules.take() else { return Some(outcome) };
        let follows = rules.conclude::<O, _>(settings, guarded.as_deref_mut(), retry, &outcome);
        if let (Follows::Retry, Some(retry)) = (follows, retry) {
            this.operation.rest();
            let wait = this.timer.wait(retry);
            this.state.set(State::Waiting { outcome: Some(outcome), wait });
            *this.rules = Some(rules);
            return None;
        }
        Some(match guarded {
            None => follows.end(outcome, rules.fallback),
            Some(guarded) => guarded.end(outcome, follows, rules.fallback),
        })
    }

    /// The wait after an attempt that gave `outcome` was cancelled: what the caller gets.
    fn end_cancelled(self: Pin<&mut Self>, outcome: O::Output) -> O::Output {
        let this = self.project();
        let mut guarded = this.alarmed.as_mut().map(|alarmed| alarmed.as_mut().guarded());
        let Some(mut rules) = this.rules.take() else { return outcome };
        let (settings, retry) = (&*this.settings, &mut *this.retry);
        let follows = rules.cancelled::<O, _>(settings, guarded.as_deref(), retry, &outcome);
        match &mut guarded {
            None => follows.end(outcome, rules.fallback),
            Some(guarded) => guarded.end(outcome, follows, rules.fallback),
        }
    }
}

impl<O, R, T> fmt::Debug for RetryFuture<O, R, T>
where
    O: AsyncOperation,
    T: Timing,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryFuture").field("settings", &self.settings).finish_non_exhaustive()
    }
}
