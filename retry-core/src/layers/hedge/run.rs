//! Races on a timer of the caller's.

use std::future::Future;
use std::time::Duration;

use super::Hedge;
use super::budget::HedgeBudget;
use super::lone_race::HedgeRace;
use crate::classify::Verdict;

impl Hedge {
    /// Like `race`, on another runtime's timer: `sleep` returns a future that is ready after the given
    /// time.
    ///
    /// ```
    /// use std::future::{pending, ready};
    /// use std::time::Duration;
    /// use persevere::Hedge;
    /// use persevere::hedge::Unlimited;
    ///
    /// static HEDGE: Hedge = Hedge::after(Duration::from_millis(200));
    ///
    /// let mut attempts = 0;
    /// let attempt = || {
    ///     attempts += 1;
    ///     let is_first = attempts == 1;
    ///     async move { if is_first { pending().await } else { "the second" } }
    /// };
    /// // A timer that does not wait.
    /// let race = HEDGE.race_by(|_| ready(()), attempt, |_| None, Unlimited);
    /// # let waker = std::task::Waker::noop();
    /// # let polled = std::pin::pin!(race).poll(&mut std::task::Context::from_waker(waker));
    /// # assert_eq!(polled, std::task::Poll::Ready("the second"));
    /// ```
    pub fn race_by<S, A, M, F, J, B>(
        &self,
        sleep: S,
        attempt: M,
        judge: J,
        budget: B,
    ) -> impl Future<Output = F::Output>
    where
        S: FnMut(Duration) -> A,
        A: Future<Output = ()>,
        M: FnMut() -> F,
        F: Future,
        J: FnMut(&F::Output) -> Option<Verdict>,
        B: HedgeBudget,
    {
        HedgeRace::new(self, attempt, judge, budget, sleep)
    }
}
