//! [`Timeline`]: the start and the end of a call that has a deadline, or whose body asks for its
//! `Attempt`.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::clock::{self, Instant};
use crate::rejection::Rejection;

thread_local! {
    /// The deadline of the call that is running on this thread: what calls within it must keep.
    static ENCLOSING: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// The time left until the deadline of an enclosing call.
pub(crate) fn remaining_of_enclosing() -> Option<Duration> {
    ENCLOSING.get().map(|deadline| deadline.saturating_duration_since(clock::now()))
}

/// When a call began, and when it must have ended.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    started: Instant,
    deadline: Option<Instant>,
    cut: bool,
}

impl Timeline {
    /// A call that begins now; its deadline is the earlier of its own, so long from now, and that
    /// of the call it is made in. One too far to be told is none.
    #[must_use]
    pub fn start(deadline: Option<Duration>) -> Self {
        let started = clock::now();
        let own = deadline.and_then(|deadline| started.checked_add(deadline));
        let deadline = own.into_iter().chain(ENCLOSING.get()).min();
        Self { started, deadline, cut: false }
    }

    /// Notes that an attempt was cut short, if that was at the deadline.
    pub fn cut(&mut self, rejection: Rejection) -> Rejection {
        self.cut = rejection == Rejection::DeadlineExceeded;
        rejection
    }

    pub(crate) fn was_cut(&self) -> bool {
        self.cut
    }

    pub(crate) fn elapsed(&self) -> Duration {
        clock::now().saturating_duration_since(self.started)
    }

    pub(crate) fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(clock::now()))
    }
}

/// How long an attempt may take, and what it is called when it takes longer.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    after: Duration,
    rejection: Rejection,
}

impl Limit {
    /// The nearer of the attempt's `timeout` and what is left until the call's deadline.
    #[must_use]
    pub fn of(timeline: Option<&Timeline>, timeout: Option<Duration>) -> Self {
        let remaining = timeline.and_then(Timeline::remaining).unwrap_or(Duration::MAX);
        match timeout {
            Some(timeout) if timeout < remaining => {
                Self { after: timeout, rejection: Rejection::TimedOut }
            }
            _ => Self { after: remaining, rejection: Rejection::DeadlineExceeded },
        }
    }

    /// The nearer of a bulkhead's longest wait and what is left until the caller's deadline.
    pub(crate) fn of_wait(max_wait: Option<Duration>, remaining: Option<Duration>) -> Option<Self> {
        match (max_wait, remaining) {
            (None, None) => None,
            (Some(after), remaining) if remaining.is_none_or(|remaining| after < remaining) => {
                Some(Self { after, rejection: Rejection::BulkheadFull })
            }
            (_, remaining) => {
                remaining.map(|after| Self { after, rejection: Rejection::DeadlineExceeded })
            }
        }
    }

    /// How long the attempt may take.
    #[must_use]
    pub fn after(&self) -> Duration {
        self.after
    }

    pub(crate) fn rejection(&self) -> Rejection {
        self.rejection
    }
}

pin_project_lite::pin_project! {
    /// The future of [`race`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Race<F, S> {
        #[pin]
        body: F,
        #[pin]
        sleep: S,
        limit: Limit,
    }
}

/// Runs `body` until `sleep`, a timer set to `limit`, is over; not at all if the limit leaves no
/// time. It gives the limit's rejection if `body` was not ready by then.
pub fn race<F: Future, S: Future>(limit: Limit, body: F, sleep: S) -> Race<F, S> {
    Race { body, sleep, limit }
}

impl<F: Future, S: Future> Future for Race<F, S> {
    type Output = Result<F::Output, Rejection>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.limit.after.is_zero() {
            return Poll::Ready(Err(this.limit.rejection));
        }
        // The timer first: a body that has used up the task's budget would keep it from ringing.
        let is_over = this.sleep.poll(context).is_ready();
        match this.body.poll(context) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending if is_over => Poll::Ready(Err(this.limit.rejection)),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Restores the enclosing call's deadline when the inner one's turn is over, also by a panic.
struct Restore(Option<Instant>);

impl Drop for Restore {
    fn drop(&mut self) {
        ENCLOSING.set(self.0);
    }
}

/// Runs `body`, in which annotated functions keep the deadline of `timeline`.
pub fn enclose<T>(timeline: &Timeline, body: impl FnOnce() -> T) -> T {
    let _restore = Restore(ENCLOSING.replace(timeline.deadline));
    body()
}

pin_project_lite::pin_project! {
    /// The future of [`enclosed`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Enclosed<F> {
        timeline: Timeline,
        #[pin]
        body: F,
    }
}

/// As [`enclose`], whenever the future is polled.
pub fn enclosed<F: Future>(timeline: Timeline, body: F) -> Enclosed<F> {
    Enclosed { timeline, body }
}

impl<F: Future> Future for Enclosed<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        enclose(this.timeline, || this.body.poll(context))
    }
}
