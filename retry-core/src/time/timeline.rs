//! [`Timeline`]: the start and the end of a call that has a deadline, or whose body asks for its
//! `Attempt`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::time::clock::{self, Instant};
use crate::time::enclosing;

/// When a call began, and when it must have ended.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    started: Instant,
    deadline: Option<Instant>,
    /// Whole seconds by which the call began before `started`, in another process: this one's clock
    /// may not reach back to that.
    seconds_before: u32,
    cut: bool,
}

impl Timeline {
    /// The timeline of a call that begins now. Its deadline is the earlier of its own, counted from
    /// now, and that of the call around it; one beyond the clock's range is ignored.
    #[must_use]
    pub fn start(deadline: Option<Duration>) -> Self {
        let started = clock::now();
        Self { started, deadline: nearest(started, deadline), seconds_before: 0, cut: false }
    }

    /// A call that has been going on for `elapsed`, in this process or in others; its `deadline` is
    /// counted from its start.
    pub(crate) fn resumed(deadline: Option<Duration>, elapsed: Duration) -> Self {
        let now = clock::now();
        let left = deadline.map(|deadline| deadline.saturating_sub(elapsed));
        let fraction = Duration::from_nanos(u64::from(elapsed.subsec_nanos()));
        Self {
            started: now.checked_sub(fraction).unwrap_or(now),
            deadline: nearest(now, left),
            seconds_before: u32::try_from(elapsed.as_secs()).unwrap_or(u32::MAX),
            cut: false,
        }
    }

    /// Notes that an attempt was cut short, if that was at the deadline.
    pub fn cut(&mut self, stopped: Stopped) -> Stopped {
        self.cut = stopped.rejection() == Rejection::DeadlineExceeded;
        stopped
    }

    pub(crate) fn was_cut(&self) -> bool {
        self.cut
    }

    pub(crate) fn elapsed(&self) -> Duration {
        let here = clock::now().saturating_duration_since(self.started);
        here.saturating_add(Duration::from_secs(u64::from(self.seconds_before)))
    }

    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        enclosing::bounded(self.deadline)
    }

    pub(crate) fn remaining(&self) -> Option<Duration> {
        let deadline = self.deadline()?;
        Some(deadline.saturating_duration_since(clock::now()))
    }
}

/// The moment `deadline` after `now`, or the deadline of the call that runs on this thread, if that is
/// earlier.
#[inline]
fn nearest(now: Instant, deadline: Option<Duration>) -> Option<Instant> {
    let own = deadline.and_then(|deadline| now.checked_add(deadline));
    match (own, enclosing::deadline()) {
        (Some(own), Some(enclosing)) => Some(own.min(enclosing)),
        (own, enclosing) => own.or(enclosing),
    }
}

/// Runs `body`, in which annotated functions keep the deadline of `timeline`.
pub fn enclose<T>(timeline: &Timeline, body: impl FnOnce() -> T) -> T {
    enclosing::under(timeline.deadline, body)
}

pin_project_lite::pin_project! {
    /// The future of [`enclosed`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Enclosed<F> {
        // Until `body` has ended, which then is not polled again.
        timeline: Option<Timeline>,
        #[pin]
        body: F,
    }
}

/// Like [`enclose`], for a future: at each of its polls.
pub fn enclosed<F: Future>(timeline: Timeline, body: F) -> Enclosed<F> {
    Enclosed { timeline: Some(timeline), body }
}

impl<F: Future> Future for Enclosed<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(timeline) = this.timeline else { return Poll::Pending };
        let polled = enclose(timeline, || this.body.poll(context));
        if polled.is_ready() {
            *this.timeline = None;
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Waker;

    use super::*;

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Ready at its second poll; counts its polls.
    fn second_poll(polls: &Cell<u32>) -> impl Future<Output = u32> + '_ {
        poll_fn(move |_| {
            polls.set(polls.get() + 1);
            if polls.get() < 2 { Poll::Pending } else { Poll::Ready(polls.get()) }
        })
    }

    #[test]
    fn an_enclosed_body_that_has_ended_is_polled_no_more() {
        let polls = Cell::new(0);
        let mut body = pin!(enclosed(Timeline::start(None), second_poll(&polls)));
        assert_eq!(poll(body.as_mut()), Poll::Pending);
        assert_eq!(poll(body.as_mut()), Poll::Ready(2));
        assert_eq!(poll(body), Poll::Pending);
        assert_eq!(polls.get(), 2);
    }

    #[cfg(feature = "tokio")]
    #[tokio::test(start_paused = true)]
    async fn a_call_that_began_long_ago_goes_on() {
        const SECOND: Duration = Duration::from_secs(1);
        for elapsed in [Duration::from_millis(1_250), Duration::from_secs(90_000_000)] {
            let whole = elapsed + 10 * SECOND;
            let timeline = Timeline::resumed(Some(whole), elapsed);
            tokio::time::advance(3 * SECOND).await;
            assert_eq!(timeline.elapsed(), elapsed + 3 * SECOND);
            assert_eq!(timeline.remaining(), Some(7 * SECOND));
        }
        let late = Timeline::resumed(Some(SECOND), 2 * SECOND);
        assert_eq!(late.remaining(), Some(Duration::ZERO));
        assert_eq!(Timeline::resumed(None, Duration::MAX).remaining(), None);
    }
}
