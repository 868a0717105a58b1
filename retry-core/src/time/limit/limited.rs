//! [`Limited`]: a future that keeps a [`Limit`].

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::Limit;
use crate::classify::stopped::{self, Stopped};

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
    use crate::classify::rejection::Rejection;
    use crate::time::clock;

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
}
