//! Running a blocking operation.

use std::any::type_name;
use std::fmt;

use super::conclude::{Follows, Of};
use super::guard::{BlockingGuard, Guard};
use super::parts::{Kept, Listen, NoFallback, Pause, Recover, Rules, Settings};
use super::settings::name_of;
use super::{Again, BlockingOperation, ErrorOf, Judge, Operation, Retrying, ValueOf};
use crate::call::slot::{RetrySlot, end};

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
        let (kept, mut guard) = settings.guard_blocking::<O>(reject);
        guard.start(&kept);
        let mut retry = RetrySlot::empty();
        loop {
            let outcome = guard.attempt(&mut operation, &kept, retry.as_ref(), &mut timer);
            let (outcome, polled) = match rules.at_once(&kept, &mut guard, &retry, outcome) {
                Ok(outcome) => return guard.end(outcome, Follows::Answer, &mut NoFallback),
                Err(others) => others,
            };
            // A copy, and of its name below, so that a call which succeeds at once has its policy nowhere.
            let settings = *kept.common();
            let of = Of::closure(&kept, type_name::<O>).with_settings(&settings);
            let follows = rules.settle(of, &mut guard, &mut retry, &outcome, polled);
            if follows != Follows::Retry {
                end(&mut retry);
                return guard.end(outcome, follows, &mut rules.fallback);
            }
            let name = settings.name;
            if timer.pause(|| name_of(name, type_name::<O>), &mut retry) {
                rules.cancelled(of, &guard, &mut retry, &outcome);
                end(&mut retry);
                return guard.end(outcome, Follows::Fallback, &mut rules.fallback);
            }
            guard.keep(outcome);
        }
    }
}
