//! [`Limit`]: how long an attempt or a wait may take, and the future that keeps it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::classify::rejection::Rejection;
use crate::classify::stopped::{self, Stopped};
use crate::time::timeline::Timeline;

/// The longest time that an attempt or a wait may take, and the rejection if it takes longer.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    after: Duration,
    rejection: Rejection,
}

impl Limit {
    /// The limit of an attempt: the nearer of its `timeout` and the time left until the call's
    /// deadline. The deadline wins a tie, since no retry would follow.
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

    /// The limit of a wait for a permit: the nearer of the bulkhead's longest wait and the time left
    /// until the caller's deadline, which wins a tie.
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

    /// As [`after`](Self::after), if there is a limit at all.
    #[must_use]
    pub fn any(&self) -> Option<Duration> {
        (self.after < Duration::MAX).then_some(self.after)
    }

    pub(crate) fn rejection(&self) -> Rejection {
        self.rejection
    }
}

pin_project_lite::pin_project! {
    /// The future of [`within_by`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Limited<F, S> {
        // Until it has ended or been cut.
        #[pin]
        body: Option<F>,
        #[pin]
        sleep: S,
        limit: Limit,
    }
}

/// Runs `body` until `sleep`, a timer set to `limit`, has elapsed; not at all if the limit leaves no
/// time. A body that is not ready by then is dropped, and the limit's rejection is returned.
pub fn within_by<F: Future, S: Future>(limit: Limit, body: F, sleep: S) -> Limited<F, S> {
    Limited { body: Some(body), sleep, limit }
}

pin_project_lite::pin_project! {
    /// A timer, or none.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct IfAny<S> {
        #[pin]
        sleep: Option<S>,
    }
}

/// The timer, if there is one; else a future that is never ready.
pub fn if_any<S: Future>(sleep: Option<S>) -> IfAny<S> {
    IfAny { sleep }
}

impl<S: Future> Future for IfAny<S> {
    type Output = S::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<S::Output> {
        self.project().sleep.as_pin_mut().map_or(Poll::Pending, |sleep| sleep.poll(context))
    }
}

impl<F: Future, S: Future> Future for Limited<F, S> {
    type Output = Result<F::Output, Stopped>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else { return Poll::Pending };
        let rejection = this.limit.rejection;
        if this.limit.after.is_zero() {
            this.body.set(None);
            return Poll::Ready(Err(Stopped::before_it_began(rejection)));
        }
        // The timer first: a body that has used up its task's budget would keep it from elapsing.
        let is_over = this.sleep.poll(context).is_ready();
        let outcome = match body.poll(context) {
            Poll::Ready(output) => {
                this.body.set(None);
                Ok(output)
            }
            Poll::Pending if is_over => {
                stopped::cut(rejection, || this.body.set(None));
                Err(Stopped::while_it_ran(rejection))
            }
            Poll::Pending => return Poll::Pending,
        };
        Poll::Ready(outcome)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, poll_fn, ready};
    use std::pin::pin;
    use std::task::Waker;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    const fn limit(after: Duration, rejection: Rejection) -> Limit {
        Limit { after, rejection }
    }

    /// Ready at its second poll; counts its polls.
    fn second_poll(polls: &Cell<u32>) -> impl Future<Output = u32> + '_ {
        poll_fn(move |_| {
            polls.set(polls.get() + 1);
            if polls.get() < 2 { Poll::Pending } else { Poll::Ready(polls.get()) }
        })
    }

    #[test]
    fn a_body_that_is_left_no_time_is_not_polled() {
        let polls = Cell::new(0);
        let limit = limit(Duration::ZERO, Rejection::TimedOut);
        let mut cut = pin!(within_by(limit, second_poll(&polls), pending::<()>()));
        assert_eq!(
            poll(cut.as_mut()),
            Poll::Ready(Err(Stopped::before_it_began(Rejection::TimedOut)))
        );
        assert_eq!(poll(cut), Poll::Pending);
        assert_eq!(polls.get(), 0);
    }

    #[test]
    fn a_limited_body_that_has_ended_is_polled_no_more() {
        let polls = Cell::new(0);
        let limit = limit(SECOND, Rejection::TimedOut);
        let mut won = pin!(within_by(limit, second_poll(&polls), pending::<()>()));
        assert_eq!(poll(won.as_mut()), Poll::Pending);
        assert_eq!(poll(won.as_mut()), Poll::Ready(Ok(2)));
        assert_eq!(poll(won), Poll::Pending);
        assert_eq!(polls.replace(0), 2);
        let mut cut = pin!(within_by(limit, second_poll(&polls), ready(())));
        assert_eq!(
            poll(cut.as_mut()),
            Poll::Ready(Err(Stopped::while_it_ran(Rejection::TimedOut)))
        );
        assert_eq!(poll(cut), Poll::Pending);
        assert_eq!(polls.get(), 1);
    }

    #[test]
    fn a_body_that_is_ready_as_time_is_up_counts() {
        let limit = limit(SECOND, Rejection::TimedOut);
        assert_eq!(poll(pin!(within_by(limit, ready(7), ready(())))), Poll::Ready(Ok(7)));
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn of_a_timeout_and_a_deadline_as_near_it_is_the_deadline() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().expect("it takes nothing");
        let _paused = runtime.enter();
        let timeline = Timeline::start(Some(3 * SECOND));
        for (timeout, rejection) in [
            (Duration::new(2, 999_999_999), Rejection::TimedOut),
            (3 * SECOND, Rejection::DeadlineExceeded),
            (3 * SECOND + Duration::from_nanos(1), Rejection::DeadlineExceeded),
        ] {
            let nearer = Limit::of(Some(&timeline), Some(timeout));
            assert_eq!((nearer.after, nearer.rejection), (timeout.min(3 * SECOND), rejection));
        }
        let only = Limit::of(Some(&Timeline::start(None)), Some(SECOND));
        assert_eq!((only.after, only.rejection), (SECOND, Rejection::TimedOut));
        let past = Timeline::start(Some(Duration::ZERO));
        let none_left = Limit::of(Some(&past), Some(Duration::ZERO));
        assert_eq!(none_left.after, Duration::ZERO);
        assert_eq!(none_left.rejection, Rejection::DeadlineExceeded);
    }

    #[test]
    fn of_a_longest_wait_and_a_deadline_as_near_it_is_the_deadline() {
        let full = |after| Some((after, Rejection::BulkheadFull));
        let late = |after| Some((after, Rejection::DeadlineExceeded));
        let (short, long) = (SECOND, SECOND + Duration::from_nanos(1));
        for (max_wait, remaining, expected) in [
            (None, None, None),
            (Some(short), None, full(short)),
            (None, Some(short), late(short)),
            (Some(short), Some(long), full(short)),
            (Some(short), Some(short), late(short)),
            (Some(long), Some(short), late(short)),
        ] {
            let limit = Limit::of_wait(max_wait, remaining);
            assert_eq!(limit.map(|limit| (limit.after, limit.rejection)), expected);
        }
    }
}
