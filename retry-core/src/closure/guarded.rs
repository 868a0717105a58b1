//! [`Guarded`]: the guards of a call, and the outcomes that they are about.

use std::any::type_name;
use std::sync::Arc;

use super::Operation;
use super::conclude::Follows;
use super::guards::{Entry, Guards};
use super::layered::Options;
use super::parts::{Recover, Reject};
use super::settings::ClosureSettings;
use crate::call::attempt::Attempt;
use crate::call::retry::Retry;
use crate::call::{earlier, stages};
use crate::classify::outcome::Outcome;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::layers::budget::Budget;
use crate::layers::rate::wait::wait_blocking;
use crate::time::timeline::Timeline;

/// The guards of a call, and the outcomes of its type that they are about.
pub struct Guarded<O> {
    pub(super) guards: Guards,
    /// What makes an outcome of a refusal.
    pub(super) reject: Option<Reject<O>>,
    /// What an earlier attempt gave, where a later one may be cut or refused.
    pub(super) earlier: Option<O>,
}

impl<O: Outcome> Guarded<O> {
    /// Those of a call of that operation, if it has any.
    pub(super) fn of<Called: Operation<Output = O>>(
        options: Options,
        reject: Option<Reject<O>>,
    ) -> Option<Self> {
        if options.are_none() && !Called::ASKS_FOR_ATTEMPT {
            return None;
        }
        Some(Self { guards: Guards::of(options), reject, earlier: None })
    }

    /// The call begins, unless it has begun: its deadline counts from here.
    pub(super) fn start<Called: Operation<Output = O>>(&mut self, settings: &ClosureSettings) {
        let Guards { timeline, options, entry, .. } = &mut self.guards;
        if matches!(entry, Entry::Unasked) {
            options.obey_overrides(|| settings.caller(type_name::<Called>));
        }
        if timeline.is_none() && (Called::ASKS_FOR_ATTEMPT || options.deadline.is_some()) {
            *timeline = Some(Timeline::start(options.deadline));
        }
    }

    /// An attempt begins, at the layers; `budget` counts a call's first one. Gives what the attempt
    /// fails with instead, if it is refused.
    pub(super) fn begin(&mut self, budget: Option<&Budget>, is_first: bool) -> Option<O> {
        let Guards { options, entry, permit, stopped, attempt, .. } = &mut self.guards;
        *attempt = None; // one that is refused has none, and the last one's steering is over
        let refused = match entry {
            Entry::Refused(rejection) => Some(Stopped::before_it_began(*rejection)),
            _ => None,
        };
        let budget = budget.filter(|_| is_first);
        if let (None, true, Some(upstream)) = (refused, is_first, &options.upstream) {
            upstream.count_call();
        }
        (*permit, *stopped) = stages::begin(refused, budget, options.breaker.as_ref());
        let stopped = stopped.or_else(|| self.guards.ask_for_turn())?;
        self.refuse(stopped)
    }

    /// What the attempt that begins is given, if it asks for that. It is kept for the decision that may
    /// follow.
    pub(super) fn attempt<'a, Called: Operation<Output = O>>(
        &mut self,
        settings: &'a ClosureSettings,
        retry: Option<&Retry<'_>>,
    ) -> impl FnOnce() -> Arc<Attempt> + use<'a, Called, O> {
        let attempt = Called::ASKS_FOR_ATTEMPT.then(|| {
            let caller = settings.caller(type_name::<Called>);
            let attempt = Arc::new(self.guards.attempt_of(caller, &settings.policy, retry));
            self.guards.attempt = Some(Arc::clone(&attempt));
            attempt
        });
        move || attempt.unwrap_or_else(settings.lone_attempt(type_name::<Called>))
    }

    /// The wait for the attempt's turn has ended; gives what the attempt fails with, if it is refused.
    pub(super) fn end_turn(&mut self, waited: Result<(), Rejection>) -> Option<O> {
        let stopped = self.guards.end_turn(waited)?;
        self.refuse(stopped)
    }

    /// As [`end_turn`](Self::end_turn), blocking the thread until then.
    pub(super) fn take_turn_blocking(&mut self) -> Option<O> {
        let turn = self.guards.turn.as_mut()?;
        let waited = wait_blocking(&mut turn.waits);
        self.end_turn(waited)
    }

    fn refuse(&mut self, stopped: Stopped) -> Option<O> {
        self.guards.permit = None;
        self.stop(stopped, None)
    }

    /// The attempt is cut, or left no time to begin: what it fails with. It says less than what an
    /// earlier one failed with.
    pub(super) fn cut(&mut self, stopped: Stopped) -> Option<O> {
        let earlier = self.earlier.take();
        self.stop(stopped, earlier)
    }

    fn stop(&mut self, stopped: Stopped, earlier: Option<O>) -> Option<O> {
        self.guards.cut(stopped);
        self.reject.map(|reject| reject(stopped.rejection(), earlier))
    }

    /// Keeps what an attempt gave, since a later one may be cut or refused.
    pub(super) fn keep(&mut self, outcome: O) {
        let Options { deadline, breaker, upstream, .. } = &self.guards.options;
        let may_refuse = breaker.is_some() || upstream.is_some();
        if self.reject.is_some() && (deadline.is_some() || may_refuse) {
            earlier::keep(self.guards.stopped, &mut self.earlier, outcome);
        }
    }

    /// The call is over, whose last attempt gave `outcome`: what the caller gets. The
    /// bulkhead gets its permit back.
    pub(super) fn end(
        &mut self,
        outcome: O,
        follows: Follows,
        fallback: &mut impl Recover<O>,
    ) -> O {
        let last = earlier::last(self.guards.stopped, self.earlier.take(), outcome);
        let outcome = self.guards.hold(|| follows.end(last, fallback));
        self.guards.entry = Entry::Admitted(None);
        outcome
    }

    /// What the caller gets instead, should the call end with this attempt.
    pub(super) fn instead(&self) -> Option<&O> {
        earlier::instead(self.guards.stopped, self.earlier.as_ref())
    }
}
