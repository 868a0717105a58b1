//! Running a blocking operation.

use std::fmt;

use super::conclude::Follows;
use super::guards::Guarded;
use super::parts::{Listen, Pause, Recover, Rules};
use super::{Again, BlockingOperation, ErrorOf, Judge, Operation, Retrying, ValueOf};
use crate::call::stages;

impl<O: Operation, J, A, L, F, T> Retrying<O, Rules<J, A, L, F>, T> {
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
    {
        let Self { mut operation, mut rules, mut timer, settings, options, reject } = self;
        let mut guarded = Guarded::of::<O>(options, reject);
        if let Some(guarded) = &mut guarded {
            guarded.start::<O>(&settings);
            guarded.guards.ask_blocking();
        }
        let mut retry = None;
        loop {
            let is_first = retry.is_none();
            let outcome = match &mut guarded {
                None => {
                    stages::begin(None, settings.budget.filter(|_| is_first), None);
                    operation.attempt(|| settings.attempt::<O>(None, None))
                }
                Some(guarded) => match guarded
                    .begin(settings.budget, is_first)
                    .or_else(|| guarded.take_turn_blocking())
                {
                    Some(refused) => refused,
                    None => {
                        let guards = &mut guarded.guards;
                        let attempt = settings.guarded_attempt::<O>(guards, retry.as_ref());
                        guards.enclose(|| operation.attempt(attempt))
                    }
                },
            };
            let follows = rules.conclude::<O, _>(&settings, guarded.as_mut(), &mut retry, &outcome);
            if follows != Follows::Retry {
                return match &mut guarded {
                    None => follows.end(outcome, rules.fallback),
                    Some(guarded) => guarded.end(outcome, follows, rules.fallback),
                };
            }
            if timer.pause(&mut retry) {
                let follows =
                    rules.cancelled::<O, _>(&settings, guarded.as_ref(), &mut retry, &outcome);
                return match &mut guarded {
                    None => follows.end(outcome, rules.fallback),
                    Some(guarded) => guarded.end(outcome, follows, rules.fallback),
                };
            }
            if let Some(guarded) = &mut guarded {
                guarded.keep(outcome);
            }
        }
    }
}
