//! Running a blocking operation.

use std::fmt;
use std::sync::Arc;

use super::conclude::Parts;
use super::{
    Again, BlockingOperation, ErrorOf, Judge, Listen, Operation, Pause, Recover, Retrying, ValueOf,
};
use crate::attempt::Attempt;
use crate::timeline::{Timeline, enclose};

impl<O: Operation, J, A, L, F, T> Retrying<O, J, A, L, F, T> {
    /// Runs the operation until it succeeds or is given up; blocks the thread meanwhile.
    ///
    /// ```
    /// # use retry_core::Policy;
    /// let outcome = Policy::DEFAULT.retry_blocking(|| Ok::<_, std::io::Error>(42)).call();
    /// assert_eq!(outcome.ok(), Some(42));
    /// ```
    // Its bounds stand here, where the compiler tells which of them is not met.
    pub fn call(self) -> O::Output
    where
        O: BlockingOperation,
        ErrorOf<O>: fmt::Debug,
        J: Judge<ErrorOf<O>>,
        A: Again<ValueOf<O>>,
        L: Listen,
        F: Recover<O::Output>,
        T: Pause,
    {
        let Self { mut operation, judge, again, listener, fallback, mut timer, settings } = self;
        let mut parts = Parts { judge, again, listener };
        let asks = O::ASKS_FOR_ATTEMPT || settings.deadline.is_some();
        let timeline = asks.then(|| Timeline::start(settings.deadline));
        let mut so_far = None;
        loop {
            let mut attempt = None;
            let mut body = || {
                operation.attempt(|| {
                    let timeline = timeline.unwrap_or_else(|| Timeline::start(None));
                    let next = Arc::new(Attempt::next(timeline, &settings.policy, so_far.as_ref()));
                    attempt = Some(Arc::clone(&next));
                    next
                })
            };
            let outcome = match (&timeline, settings.deadline) {
                (Some(timeline), Some(_)) => enclose(timeline, body),
                _ => body(),
            };
            let attempt = attempt.as_deref();
            let timeline = timeline.as_ref();
            if !parts.conclude::<O, _>(&settings, timeline, attempt, &mut so_far, &outcome) {
                return fallback.recover(outcome);
            }
            timer.pause(&mut so_far);
        }
    }
}
