//! Races whose attempts are late by the runtime's timer.

use std::future::Future;

use super::key::hedged_by;
use super::plan::HedgePlan;
use super::{Hedge, HedgeBudget, Unlimited};
use crate::classify::attempt_end::AttemptEnd;
use crate::classify::outcome::Outcome;
use crate::classify::{Classify, Verdict};
use crate::time::timer::alarm;

/// As [`hedged_by`], on the runtime's timer.
pub fn hedged<P, B, M, F, O, J>(
    plan: P,
    budget: B,
    attempt: M,
    judge: J,
) -> impl Future<Output = AttemptEnd<O>>
where
    P: HedgePlan,
    B: HedgeBudget,
    M: FnMut() -> F,
    F: Future<Output = AttemptEnd<O>>,
    J: FnMut(&O) -> Option<Verdict>,
{
    hedged_by(alarm, plan, budget, attempt, judge)
}

impl Hedge {
    /// Runs the futures that `attempt` returns in a race, until one succeeds or all have failed. The
    /// error's `Classify` decides which failures end the race.
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
    /// use persevere::Hedge;
    ///
    /// static HEDGE: Hedge = Hedge::after(Duration::from_millis(200));
    ///
    /// async fn ask(replicas: &[&str]) -> io::Result<usize> {
    ///     Ok(replicas.len())
    /// }
    ///
    /// async fn ask_twice(replicas: &[&str]) -> io::Result<usize> {
    ///     HEDGE.run(|| ask(replicas)).await
    /// }
    /// # let waker = std::task::Waker::noop();
    /// # let future = std::pin::pin!(ask_twice(&["near", "far"]));
    /// # assert!(future.poll(&mut std::task::Context::from_waker(waker)).is_ready());
    /// ```
    pub fn run<M, F>(&self, attempt: M) -> impl Future<Output = F::Output>
    where
        M: FnMut() -> F,
        F: Future<Output: Outcome<Error: Classify>>,
    {
        self.race(attempt, by_classify, Unlimited)
    }

    /// Like `run`, with a judge and a budget. `judge` looks at each outcome: `None` means that it wins,
    /// and a verdict that it is a failure of that kind. `budget` is asked before each extra attempt.
    ///
    /// # Panics
    ///
    /// As `run`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::{Bulkhead, Hedge, Verdict};
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
        self.race_by(alarm, attempt, judge, budget)
    }
}

/// The verdict of an outcome's own error; `None` for a success.
fn by_classify<O: Outcome<Error: Classify>>(outcome: &O) -> Option<Verdict> {
    outcome.as_result().err().map(Classify::classify)
}
