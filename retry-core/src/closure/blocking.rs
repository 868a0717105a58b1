//! Running a blocking operation.

use std::fmt;

use super::conclude::Follows;
use super::guard::{BlockingGuard, Guard};
use super::parts::{Listen, Pause, Recover, Rules, Settings};
use super::{Again, BlockingOperation, ErrorOf, Judge, Operation, Retrying, ValueOf};
use crate::call::slot::RetrySlot;

impl<O: Operation, J, A, L, F, T, S> Retrying<O, Rules<J, A, L, F>, T, S> {
    /// Runs the operation until it succeeds or is given up; blocks the thread meanwhile.
    ///
    /// ```
    /// # use persevere::Policy;
    /// let outcome = Policy::DEFAULT.retry_blocking(|| Ok::<_, std::io::Error>(42)).call();
    /// assert_eq!(outcome.ok(), Some(42));
    /// ```
    // The bounds stand here, where the compiler names the one that is not met.
    pub fn call(self) -> O::Output
    where
        O: BlockingOperation,
        ErrorOf<O>: fmt::Debug,
        J: Judge<ErrorOf<O>>,
        A: Again<ValueOf<O>>,
        L: Listen,
        F: Recover<O::Output>,
        T: Pause,
        S: Settings,
    {
        let Self { mut operation, mut rules, mut timer, settings, reject } = self;
        let (settings, mut guard) = settings.guard_blocking::<O>(reject);
        guard.start(&settings);
        let mut retry = RetrySlot::empty();
        loop {
            let outcome = guard.attempt(&mut operation, &settings, retry.as_ref());
            let (follows, outcome) =
                rules.conclude::<O, _>(&settings, &mut guard, &mut retry, outcome);
            if follows != Follows::Retry {
                return guard.end(outcome, follows, rules.fallback);
            }
            if timer.pause(&mut retry) {
                let follows = rules.cancelled::<O, _>(&settings, &guard, &mut retry, &outcome);
                return guard.end(outcome, follows, rules.fallback);
            }
            guard.keep(outcome);
        }
    }
}
