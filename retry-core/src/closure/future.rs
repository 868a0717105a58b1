//! Running an async operation.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::admit::Admission;
use super::conclude::{Parts, Run};
use super::{
    Again, AsyncOperation, ErrorOf, Judge, Listen, Recover, Retrying, Settings, Timing, ValueOf,
};
use crate::call::attempt::Attempt;
use crate::call::earlier;
use crate::call::progress::Retry;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::{self, Stopped};
use crate::layers::breaker::Permit;
use crate::time::timeline::{Limit, Timeline};

pin_project_lite::pin_project! {
    /// The future of a [`Retrying`]: a call, from its first attempt to its outcome.
    #[must_use = "futures do nothing unless polled"]
    pub struct RetryFuture<O, J, A, L, F, T>
    where
        O: AsyncOperation,
        T: Timing,
    {
        operation: O,
        parts: Parts<J, A, L>,
        fallback: Option<F>,
        timer: T,
        settings: Settings<O::Output>,
        timeline: Option<Timeline>,
        so_far: Option<Retry>,
        attempt: Option<Arc<Attempt>>,
        admission: Admission,
        // The circuit breaker's leave for the attempt that runs.
        permit: Option<Permit<'static>>,
        // What the attempt was cut short by, or refused with.
        rejected: Option<Stopped>,
        // What an earlier attempt failed with, in a call that has a deadline or a circuit breaker.
        earlier: Option<O::Output>,
        #[pin]
        state: State<O::Future, T::Wait>,
        #[pin]
        alarm: Option<T::Alarm>,
        rejection: Rejection,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProjection]
    enum State<A, W> {
        Starting,
        Attempting { #[pin] attempt: A },
        Waiting { #[pin] wait: W },
        Over,
    }
}

// The compiler shows these bounds where one is not met, but not which one: they say what they mean.
impl<O, J, A, L, F, T> IntoFuture for Retrying<O, J, A, L, F, T>
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
    type IntoFuture = RetryFuture<O, J, A, L, F, T>;

    fn into_future(self) -> Self::IntoFuture {
        self.in_state(State::Starting)
    }
}

impl<O, J, A, L, F, T> Retrying<O, J, A, L, F, T>
where
    O: AsyncOperation,
    T: Timing,
{
    /// The call whose first attempt has begun before its future is polled: for operations that use
    /// something up as they begin. Of the settings, the budget alone is asked about that attempt.
    #[doc(hidden)]
    pub fn begun_with(self, attempt: O::Future) -> RetryFuture<O, J, A, L, F, T> {
        if let Some(budget) = self.settings.budget {
            budget.begin();
        }
        self.in_state(State::Attempting { attempt })
    }

    fn in_state(self, state: State<O::Future, T::Wait>) -> RetryFuture<O, J, A, L, F, T> {
        let Self { operation, judge, again, listener, fallback, timer, settings } = self;
        RetryFuture {
            operation,
            parts: Parts { judge, again, listener },
            fallback: Some(fallback),
            timer,
            settings,
            timeline: None,
            so_far: None,
            attempt: None,
            admission: Admission::Unasked,
            permit: None,
            rejected: None,
            earlier: None,
            state,
            alarm: None,
            rejection: Rejection::TimedOut,
        }
    }
}

impl<O, J, A, L, F, T> Future for RetryFuture<O, J, A, L, F, T>
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
            match this.state.as_mut().project() {
                StateProjection::Starting => {
                    match self.as_mut().admit(context) {
                        Poll::Pending => return Poll::Pending,
                        Poll::Ready(Ok(())) => {}
                        Poll::Ready(Err(outcome)) => match self.as_mut().conclude(outcome) {
                            Some(outcome) => return Poll::Ready(outcome),
                            None => continue,
                        },
                    }
                    // Until an attempt has begun: if the operation panics, no further one does.
                    self.as_mut().project().state.set(State::Over);
                    if let Some(outcome) = self.as_mut().begin() {
                        if let Some(outcome) = self.as_mut().conclude(outcome) {
                            return Poll::Ready(outcome);
                        }
                    }
                }
                StateProjection::Waiting { wait } => {
                    if let Some(retry) = this.so_far {
                        ready!(T::poll_wait(wait, retry, context));
                    }
                    this.state.set(State::Starting);
                }
                StateProjection::Attempting { attempt } => {
                    // The alarm first: see `Race`.
                    let is_over = this.alarm.as_pin_mut().map(|alarm| alarm.poll(context));
                    let timeline = this.timeline.as_ref();
                    let admission = &*this.admission;
                    let polled = this
                        .settings
                        .enclose(timeline, || admission.within(|| attempt.poll(context)));
                    let outcome = match polled {
                        Poll::Ready(outcome) => outcome,
                        Poll::Pending => match (is_over, this.settings.reject) {
                            (Some(Poll::Ready(())), Some(reject)) => {
                                let rejection = *this.rejection;
                                stopped::cut(rejection, || this.state.set(State::Over));
                                let cut = Stopped::while_it_ran(rejection);
                                *this.rejected = Some(note(this.timeline, cut));
                                reject(rejection, this.earlier.take())
                            }
                            _ => return Poll::Pending,
                        },
                    };
                    if let Some(outcome) = self.as_mut().conclude(outcome) {
                        return Poll::Ready(outcome);
                    }
                }
                StateProjection::Over => return Poll::Pending,
            }
        }
    }
}

/// Notes on the timeline, if there is one, that an attempt was stopped.
fn note(timeline: &mut Option<Timeline>, stopped: Stopped) -> Stopped {
    match timeline {
        Some(timeline) => timeline.cut(stopped),
        None => stopped,
    }
}

impl<O, J, A, L, F, T> RetryFuture<O, J, A, L, F, T>
where
    O: AsyncOperation,
    T: Timing,
{
    /// Gets the call its place in the bulkhead, if it names one; else the outcome of a call that is
    /// refused.
    fn admit(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), O::Output>> {
        let mut this = self.project();
        let settings = this.settings;
        let rejection = loop {
            match this.admission {
                Admission::Admitted(_) => return Poll::Ready(Ok(())),
                Admission::Unasked => {
                    if this.timeline.is_none() {
                        *this.timeline = settings.timeline::<O>();
                    }
                    match settings.ask(this.timeline.as_ref()) {
                        Ok((admission, limit)) => {
                            *this.admission = admission;
                            if let Some(limit) = limit {
                                *this.rejection = limit.rejection();
                                this.alarm.set(Some(this.timer.alarm(limit.after())));
                            }
                        }
                        Err(rejection) => break rejection,
                    }
                }
                Admission::Queued(queued) => {
                    // The alarm first: see `Race`.
                    let alarm = this.alarm.as_mut().as_pin_mut();
                    let is_over = alarm.is_some_and(|alarm| alarm.poll(context).is_ready());
                    match Pin::new(queued).poll(context) {
                        Poll::Ready(place) => {
                            this.alarm.set(None);
                            *this.admission = Admission::Admitted(Some(place));
                        }
                        Poll::Pending if is_over => break *this.rejection,
                        Poll::Pending => return Poll::Pending,
                    }
                }
            }
        };
        *this.admission = Admission::Admitted(None);
        *this.rejected = Some(note(this.timeline, Stopped::before_it_began(rejection)));
        match settings.reject {
            Some(reject) => Poll::Ready(Err(reject(rejection, None))),
            None => Poll::Ready(Ok(())), // a bulkhead is not set without it
        }
    }

    /// Begins an attempt, and sets its alarm; gives the outcome if the circuit breaker refuses it,
    /// or no time is left for it.
    fn begin(self: Pin<&mut Self>) -> Option<O::Output> {
        let mut this = self.project();
        let settings = this.settings;
        if let (None, Some(budget)) = (&this.so_far, settings.budget) {
            budget.begin();
        }
        *this.attempt = None; // one that is refused has none, and the last one's steering is over
        (*this.permit, *this.rejected) = settings.acquire();
        if let (Some(stopped), Some(reject)) = (*this.rejected, settings.reject) {
            return Some(reject(stopped.rejection(), None));
        }
        if settings.timeout.is_some() || settings.deadline.is_some() {
            let limit = Limit::of(this.timeline.as_ref(), settings.timeout);
            *this.rejection = limit.rejection();
            if let (true, Some(reject)) = (limit.after().is_zero(), settings.reject) {
                let late = Stopped::before_it_began(limit.rejection());
                *this.rejected = Some(note(this.timeline, late));
                return Some(reject(limit.rejection(), this.earlier.take()));
            }
            this.alarm.set(Some(this.timer.alarm(limit.after())));
        }
        let (timeline, so_far) = (this.timeline.as_ref(), this.so_far.as_ref());
        let (operation, attempt, admission) = (this.operation, this.attempt, &*this.admission);
        let context = || Arc::clone(attempt.insert(settings.attempt::<O>(timeline, so_far)));
        let attempt =
            settings.enclose(timeline, || admission.within(|| operation.attempt(context)));
        this.state.set(State::Attempting { attempt });
        None
    }

    /// Begins the wait for a retry, or gives the outcome that the caller gets.
    fn conclude(self: Pin<&mut Self>, outcome: O::Output) -> Option<O::Output>
    where
        ErrorOf<O>: fmt::Debug,
        J: Judge<ErrorOf<O>>,
        A: Again<ValueOf<O>>,
        L: Listen,
        F: Recover<O::Output>,
    {
        let mut this = self.project();
        this.state.set(State::Over); // the attempt is dropped before hooks are called
        this.alarm.set(None);
        let run = Run {
            timeline: this.timeline.as_ref(),
            attempt: this.attempt.as_deref(),
            permit: this.permit.take(),
            rejected: *this.rejected,
            earlier: this.earlier,
        };
        let (settings, parts, so_far) = (&*this.settings, this.parts, &mut *this.so_far);
        let conclude = || parts.conclude::<O, _>(settings, run, so_far, &outcome);
        let retries = this.admission.within(conclude);
        if let (true, Some(retry)) = (retries, this.so_far) {
            this.operation.rest();
            this.state.set(State::Waiting { wait: this.timer.wait(retry) });
            if this.settings.keeps_earlier() {
                earlier::keep(*this.rejected, this.earlier, outcome);
            }
            return None;
        }
        let outcome = earlier::last(*this.rejected, this.earlier.take(), outcome);
        let outcome = match this.fallback.take() {
            Some(fallback) => this.admission.within(|| fallback.recover(outcome)),
            None => outcome,
        };
        *this.admission = Admission::Admitted(None); // gives back the place
        Some(outcome)
    }
}

impl<O, J, A, L, F, T> fmt::Debug for RetryFuture<O, J, A, L, F, T>
where
    O: AsyncOperation,
    T: Timing,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryFuture").field("settings", &self.settings).finish_non_exhaustive()
    }
}
