//! Running a blocking operation.

use std::fmt;
use std::sync::Arc;

use super::admit::Admission;
use super::conclude::{Parts, Run};
use super::{
    Again, BlockingOperation, ErrorOf, Judge, Listen, Operation, Pause, Recover, Retrying, ValueOf,
};
use crate::call::earlier;
use crate::classify::stopped::Stopped;

impl<O: Operation, J, A, L, F, T> Retrying<O, J, A, L, F, T> {
    /// Runs the operation until it succeeds or is given up; blocks the thread meanwhile.
    ///
    /// ```
    /// # use persevere::Policy;
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
        let timeline = settings.timeline::<O>();
        let timeline = timeline.as_ref();
        let place = settings.ask_blocking(timeline);
        let admission = place.as_ref().unwrap_or(&Admission::Unasked);
        if let (Some(budget), Ok(_)) = (settings.budget, &place) {
            budget.begin();
        }
        let mut so_far = None;
        let mut kept = None;
        loop {
            let (permit, rejected) = match &place {
                Ok(_) => settings.acquire(),
                Err(rejection) => (None, Some(Stopped::before_it_began(*rejection))),
            };
            let mut attempt = None;
            let context = || {
                let next = settings.attempt::<O>(timeline, so_far.as_ref());
                Arc::clone(attempt.insert(next))
            };
            let outcome = match (rejected, settings.reject) {
                (Some(stopped), Some(reject)) => reject(stopped.rejection(), None),
                _ => settings.enclose(timeline, || admission.within(|| operation.attempt(context))),
            };
            let attempt = attempt.as_deref();
            let run = Run { timeline, attempt, permit, rejected, earlier: &kept };
            let conclude = || parts.conclude::<O, _>(&settings, run, &mut so_far, &outcome);
            if !admission.within(conclude) {
                let last = earlier::last(rejected, kept, outcome);
                return admission.within(|| fallback.recover(last));
            }
            if settings.keeps_earlier() {
                earlier::keep(rejected, &mut kept, outcome);
            }
            timer.pause(&mut so_far);
        }
    }
}
