//! [`Limit`]: how long an attempt or a wait may take, and the future that keeps it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::cancel::scope;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::{self, Stopped};
use crate::time::clock::{self, Instant};
use crate::time::timeline::Timeline;

/// Until when an attempt or a wait may take, and the rejection if it takes longer.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    since: Instant,
    until: Instant,
    rejection: Rejection,
}

impl Limit {
    /// The limit of an attempt that begins now: the nearer of its `timeout` and the call's deadline; `None`
    /// without either, and of a time beyond the clock's range. The deadline wins a tie, since no retry
    /// would follow. An attempt of a cancelled call has no time.
    #[inline]
    #[must_use]
    pub fn of(timeline: Option<&Timeline>, timeout: Option<Duration>) -> Option<Self> {
        let deadline = timeline.and_then(Timeline::deadline);
        if deadline.is_none() && timeout.is_none() {
            return None;
        }
        Self::of_attempt(clock::now(), timeout, deadline)
    }

    /// As [`of`](Self::of), of an attempt that begins as its call does: the clock is read no second time.
    #[inline]
    pub(crate) fn of_first(timeline: &Timeline, timeout: Option<Duration>) -> Option<Self> {
        Self::of_attempt(timeline.started(), timeout, timeline.deadline())
    }

    #[inline]
    fn of_attempt(
        since: Instant,
        timeout: Option<Duration>,
        deadline: Option<Instant>,
    ) -> Option<Self> {
        if scope::is_cancelled() {
            return Some(Self { since, until: since, rejection: Rejection::Cancelled });
        }
        Self::nearer(since, (timeout, Rejection::TimedOut), deadline)
    }

    /// The limit of a wait for a permit: the nearer of the bulkhead's longest wait and the time left
    /// until the caller's deadline, which wins a tie.
    pub(crate) fn of_wait(max_wait: Option<Duration>, remaining: Option<Duration>) -> Option<Self> {
        if max_wait.is_none() && remaining.is_none() {
            return None;
        }
        let now = clock::now();
        let deadline = remaining.and_then(|remaining| now.checked_add(remaining));
        Self::nearer(now, (max_wait, Rejection::BulkheadFull), deadline)
    }

    #[inline]
    fn nearer(
        since: Instant,
        (longest, rejection): (Option<Duration>, Rejection),
        deadline: Option<Instant>,
    ) -> Option<Self> {
        match (longest.and_then(|longest| since.checked_add(longest)), deadline) {
            (Some(until), deadline) if deadline.is_none_or(|deadline| until < deadline) => {
                Some(Self { since, until, rejection })
            }
            (_, Some(until)) => Some(Self { since, until, rejection: Rejection::DeadlineExceeded }),
            (_, None) => None,
        }
    }

    /// How long the attempt may take.
    #[must_use]
    pub fn after(&self) -> Duration {
        self.until.saturating_duration_since(self.since)
    }

    /// How much of that is left.
    fn left(&self) -> Duration {
        self.until.saturating_duration_since(clock::now())
    }

    /// Whether there is no time at all.
    pub(crate) fn is_over(&self) -> bool {
        self.until <= self.since
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
        limit: Option<Limit>,
        // Sets the timer, if the first poll finds none.
        set: Option<fn(Duration) -> S>,
        #[pin]
        sleep: Option<S>,
    }
}

/// Runs `body` until `sleep`, a timer set to `limit`, has elapsed; not at all if the limit leaves no
/// time. A body that is not ready by then is dropped, and the limit's rejection is returned.
pub fn within_by<F: Future, S: Future>(
    limit: Option<Limit>,
    body: F,
    sleep: Option<S>,
) -> Limited<F, S> {
    Limited { sleep, ..Limited::set_by(limit, body, None) }
}

impl<F, S> Limited<F, S> {
    /// `body`, with a timer that `set` sets once the body has not been ready at its first poll: most are.
    #[inline]
    pub(crate) fn set_by(limit: Option<Limit>, body: F, set: Option<fn(Duration) -> S>) -> Self {
        Self { body: Some(body), limit, set, sleep: None }
    }
}

impl<F: Future, S: Future> Future for Limited<F, S> {
    type Output = Result<F::Output, Stopped>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else { return Poll::Pending };
        let mut is_over = false;
        if let Some(limit) = this.limit {
            if limit.is_over() {
                this.body.set(None);
                return Poll::Ready(Err(Stopped::before_it_began(limit.rejection)));
            }
            // A timer that is set comes first: a body that uses up its task's budget at each poll would keep
            // it from elapsing.
            is_over = is_ready(this.sleep.as_mut(), context);
        }
        if let Poll::Ready(output) = body.poll(context) {
            this.body.set(None);
            return Poll::Ready(Ok(output));
        }
        let Some(limit) = *this.limit else { return Poll::Pending };
        if let Some(set) = this.set.take() {
            this.sleep.set(Some(set(limit.left())));
            is_over = is_ready(this.sleep, context);
        }
        if !is_over {
            return Poll::Pending;
        }
        stopped::cut(limit.rejection, || this.body.set(None));
        Poll::Ready(Err(Stopped::while_it_ran(limit.rejection)))
    }
}

/// Whether there is a timer, and its time has come.
fn is_ready<S: Future>(sleep: Pin<&mut Option<S>>, context: &mut Context<'_>) -> bool {
    sleep.as_pin_mut().is_some_and(|sleep| sleep.poll(context).is_ready())
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

    fn limit(after: Duration, rejection: Rejection) -> Limit {
        let since = clock::now();
        Limit { since, until: since + after, rejection }
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
        let limit = Some(limit(Duration::ZERO, Rejection::TimedOut));
        let mut cut = pin!(within_by(limit, second_poll(&polls), Some(pending::<()>())));
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
        let limit = Some(limit(SECOND, Rejection::TimedOut));
        let mut won = pin!(within_by(limit, second_poll(&polls), Some(pending::<()>())));
        assert_eq!(poll(won.as_mut()), Poll::Pending);
        assert_eq!(poll(won.as_mut()), Poll::Ready(Ok(2)));
        assert_eq!(poll(won), Poll::Pending);
        assert_eq!(polls.replace(0), 2);
        let mut cut = pin!(within_by(limit, second_poll(&polls), Some(ready(()))));
        assert_eq!(
            poll(cut.as_mut()),
            Poll::Ready(Err(Stopped::while_it_ran(Rejection::TimedOut)))
        );
        assert_eq!(poll(cut), Poll::Pending);
        assert_eq!(polls.get(), 1);
    }

    #[test]
    fn a_body_that_is_ready_as_time_is_up_counts() {
        let limit = Some(limit(SECOND, Rejection::TimedOut));
        assert_eq!(poll(pin!(within_by(limit, ready(7), Some(ready(()))))), Poll::Ready(Ok(7)));
    }

    #[test]
    fn a_body_without_a_limit_ends_by_itself() {
        let polls = Cell::new(0);
        let mut unlimited =
            pin!(within_by(None, second_poll(&polls), None::<std::future::Pending<()>>));
        assert_eq!(poll(unlimited.as_mut()), Poll::Pending);
        assert_eq!(poll(unlimited.as_mut()), Poll::Ready(Ok(2)));
        assert_eq!(poll(unlimited), Poll::Pending);
        assert_eq!(polls.get(), 2);
    }

    #[test]
    fn a_timer_is_set_after_a_first_poll_that_was_not_enough() {
        thread_local!(static SET: Cell<u32> = const { Cell::new(0) });
        fn set(_: Duration) -> std::future::Ready<()> {
            SET.set(SET.get() + 1);
            ready(())
        }
        let limit = Some(limit(SECOND, Rejection::TimedOut));
        assert_eq!(poll(pin!(Limited::set_by(limit, ready(7), Some(set)))), Poll::Ready(Ok(7)));
        assert_eq!(SET.get(), 0);
        let cut = Poll::Ready(Err(Stopped::while_it_ran(Rejection::TimedOut)));
        assert_eq!(poll(pin!(Limited::set_by(limit, pending::<u8>(), Some(set)))), cut);
        assert_eq!(SET.get(), 1);
    }

    #[cfg(feature = "tokio")]
    #[tokio::test(start_paused = true)]
    async fn the_limit_counts_from_before_the_first_poll() {
        let started = clock::now();
        let limit = Limit::of(None, Some(3 * SECOND));
        // It stands for a first poll that takes a second.
        tokio::time::advance(SECOND).await;
        let cut = crate::time::timer::within(limit, pending::<u8>()).await;
        assert_eq!(cut, Err(Stopped::while_it_ran(Rejection::TimedOut)));
        assert_eq!(clock::since(started), 3 * SECOND);
    }

    #[cfg(feature = "tokio")]
    #[tokio::test(start_paused = true)]
    async fn a_body_that_uses_up_its_task_s_budget_is_cut() {
        let busy = async {
            loop {
                tokio::task::coop::consume_budget().await;
                if !tokio::task::coop::has_budget_remaining() {
                    tokio::time::advance(Duration::from_millis(1)).await;
                }
            }
        };
        let limit = Limit::of(None, Some(SECOND));
        let cut: Result<(), _> = crate::time::timer::within(limit, busy).await;
        assert_eq!(cut, Err(Stopped::while_it_ran(Rejection::TimedOut)));
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
            let nearer = Limit::of(Some(&timeline), Some(timeout)).expect("there are two");
            assert_eq!((nearer.after(), nearer.rejection), (timeout.min(3 * SECOND), rejection));
        }
        let only = Limit::of(Some(&Timeline::start(None)), Some(SECOND)).expect("there is one");
        assert_eq!((only.after(), only.rejection), (SECOND, Rejection::TimedOut));
        let past = Timeline::start(Some(Duration::ZERO));
        let none_left = Limit::of(Some(&past), Some(Duration::ZERO)).expect("there are two");
        assert_eq!(none_left.after(), Duration::ZERO);
        assert_eq!(none_left.rejection, Rejection::DeadlineExceeded);
        assert!(Limit::of(Some(&Timeline::start(None)), None).is_none());
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
            assert_eq!(limit.map(|limit| (limit.after(), limit.rejection)), expected);
        }
    }
}
