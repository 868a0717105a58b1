//! Races.

use std::future::Future;
use std::time::Duration;

use super::Hedge;
use super::budget::HedgeBudget;
#[cfg(any(
    feature = "tokio",
    feature = "async-io",
    all(feature = "wasm", target_family = "wasm")
))]
use super::budget::Unlimited;
use super::race::Race;
use crate::classify::Verdict;
#[cfg(any(
    feature = "tokio",
    feature = "async-io",
    all(feature = "wasm", target_family = "wasm")
))]
use crate::{classify::Classify, outcome::Outcome};

impl Hedge {
    /// Runs the futures that `attempt` makes, against each other, until one succeeds or all have
    /// failed. The error type says which failures end the race.
    ///
    /// `attempt` is called when this future is first polled, and for each extra attempt. Its futures
    /// may borrow what the closure borrows, but not share what it changes.
    ///
    /// # Panics
    ///
    /// As `tokio::time::sleep` does, outside a tokio runtime with its time driver enabled, unless
    /// the first attempt is ready at once.
    ///
    /// ```
    /// use std::io;
    /// use std::time::Duration;
    /// use retry_core::Hedge;
    ///
    /// static HEDGE: Hedge = Hedge::after(Duration::from_millis(200));
    ///
    /// async fn read(path: &str) -> io::Result<String> {
    ///     HEDGE.run(|| async { std::fs::read_to_string(path) }).await
    /// }
    /// # let waker = std::task::Waker::noop();
    /// # let future = std::pin::pin!(read("/nowhere/at/all"));
    /// # assert!(future.poll(&mut std::task::Context::from_waker(waker)).is_ready());
    /// ```
    #[cfg(any(
        feature = "tokio",
        feature = "async-io",
        all(feature = "wasm", target_family = "wasm")
    ))]
    pub fn run<M, F>(&self, attempt: M) -> impl Future<Output = F::Output>
    where
        M: FnMut() -> F,
        F: Future<Output: Outcome<Error: Classify>>,
    {
        self.race(attempt, by_classify, Unlimited)
    }

    /// As `run`, by a judge and a budget. `judge` looks at each outcome: `None` means that it wins,
    /// and a verdict, what kind of failure it is. `budget` is asked before each extra attempt.
    ///
    /// # Panics
    ///
    /// As `run`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use retry_core::{Bulkhead, Hedge, Verdict};
    ///
    /// static HEDGE: Hedge = Hedge::after(Duration::from_millis(200));
    /// static EXTRA: Bulkhead = Bulkhead::new(5);
    ///
    /// async fn job_state(id: u64) -> Result<&'static str, u16> {
    ///     Ok(if id == 0 { "pending" } else { "done" })
    /// }
    ///
    /// async fn finished_job(id: u64) -> Result<&'static str, u16> {
    ///     let judge = |outcome: &Result<&str, u16>| match outcome {
    ///         Ok("pending") | Err(500..) => Some(Verdict::TRANSIENT),
    ///         Ok(_) => None,
    ///         Err(_) => Some(Verdict::PERMANENT),
    ///     };
    ///     HEDGE.race(|| job_state(id), judge, || EXTRA.try_acquire().ok()).await
    /// }
    /// # let waker = std::task::Waker::noop();
    /// # let future = std::pin::pin!(finished_job(7));
    /// # let polled = future.poll(&mut std::task::Context::from_waker(waker));
    /// # assert_eq!(polled, std::task::Poll::Ready(Ok("done")));
    /// ```
    #[cfg(any(
        feature = "tokio",
        feature = "async-io",
        all(feature = "wasm", target_family = "wasm")
    ))]
    pub fn race<M, F, J, B>(
        &self,
        attempt: M,
        judge: J,
        budget: B,
    ) -> impl Future<Output = F::Output>
    where
        M: FnMut() -> F,
        F: Future,
        J: FnMut(&F::Output) -> Option<Verdict>,
        B: HedgeBudget,
    {
        self.race_by(crate::timer::alarm, attempt, judge, budget)
    }

    /// As `race`, on another runtime's timer: `sleep` makes a future that is ready so long after.
    ///
    /// ```
    /// use std::future::{pending, ready};
    /// use std::time::Duration;
    /// use retry_core::Hedge;
    /// use retry_core::hedge::Unlimited;
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
        Race::new(self, attempt, judge, budget, sleep)
    }
}

/// What an outcome failed with, by its own word.
#[cfg(any(feature = "tokio", feature = "async-io", all(feature = "wasm", target_family = "wasm")))]
fn by_classify<O: Outcome<Error: Classify>>(outcome: &O) -> Option<Verdict> {
    outcome.as_result().err().map(Classify::classify)
}
