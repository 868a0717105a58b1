//! What guards a call of a retried closure, where anything does: limits, a bulkhead, a circuit breaker.
//!
//! Apart from the call, so that one that names none of them carries one empty pointer.

use std::any::type_name;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::Operation;
use super::conclude::Follows;
use super::parts::{Recover, Reject};
use super::settings::ClosureSettings;
use crate::call::attempt::Attempt;
use crate::call::time_limits::{deadline_by, timeout_by};
use crate::call::upstream::OnUpstream;
use crate::call::{earlier, stages};
use crate::cancel::scope;
use crate::classify::Verdict;
use crate::classify::outcome::Outcome;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::events::caller::Caller;
use crate::events::turns::{self, Began};
use crate::layers::breaker::{CircuitBreaker, OwnedPermit};
use crate::layers::budget::Budget;
use crate::layers::bulkhead::admit::{Turn, admit_blocking};
use crate::layers::bulkhead::within::Within;
use crate::layers::bulkhead::{self, Bulkhead, OwnedQueued};
use crate::layers::rate::pace::{OwnedPace, OwnedWaits};
use crate::layers::rate::wait::wait_blocking;
use crate::layers::shared::Shared;
use crate::layers::upstream::Counts;
use crate::policy::Policy;
use crate::time::enclosing;
use crate::time::limit::Limit;
use crate::time::timeline::{Timeline, enclose};

/// The settings that most calls do not have.
#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) throttled: Option<Policy>,
    pub(super) timeout: Option<Duration>,
    pub(super) deadline: Option<Duration>,
    pub(super) breaker: Option<Shared<'static, CircuitBreaker>>,
    pub(super) bulkhead: Option<Shared<'static, Bulkhead>>,
    /// One that is no static, which a call's settings have.
    pub(super) budget: Option<Arc<Budget>>,
    pub(super) id: Option<Cow<'static, str>>,
    pub(super) upstream: Option<Known>,
}

/// What a call knows of its upstream beside what it has of it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) counts: Option<Shared<'static, Counts>>,
    pub(super) within: Within,
    pub(super) pace: Option<OwnedPace>,
    /// Whether its attempts take turns here, and not where they are made.
    pub(super) takes_turns: bool,
    pub(super) has_pushback: bool,
}

impl Known {
    pub(super) fn count_call(&self) {
        self.counts.iter().for_each(|counts| counts.count_call());
    }
}

impl Options {
    pub(super) const NONE: Self = Self {
        throttled: None,
        timeout: None,
        deadline: None,
        breaker: None,
        bulkhead: None,
        budget: None,
        id: None,
        upstream: None,
    };

    /// What a table of overrides has in place of the time limits, once for the call.
    fn obey_overrides(&mut self, caller: impl Fn() -> Caller) {
        let upstream = self.upstream.as_ref().map(|upstream| upstream.name);
        if self.timeout.is_some() || upstream.is_some() {
            self.timeout = timeout_by(&caller, upstream, self.timeout);
        }
        if self.deadline.is_some() {
            self.deadline = deadline_by(&caller, upstream, self.deadline);
        }
    }

    fn are_none(&self) -> bool {
        let Self { throttled, timeout, deadline, breaker, bulkhead, budget, id, upstream } = self;
        let is_limited = throttled.is_some() || timeout.is_some() || deadline.is_some();
        let is_named = id.is_some() || upstream.is_some() || budget.is_some();
        !is_limited && breaker.is_none() && bulkhead.is_none() && !is_named
    }
}

/// Where a call is on its way through its bulkhead, if it names one.
#[derive(Debug)]
enum Entry {
    /// The call has not asked for a permit yet.
    Unasked,
    /// The call waits in the queue.
    Queued(Turn<OwnedQueued>),
    /// The call holds its permit, or needs none.
    Admitted(Option<bulkhead::OwnedPermit>),
    /// No permit became free in time.
    Refused(Rejection),
}

/// A call's limits and layers, and what each of them holds for it.
#[derive(Debug)]
pub(super) struct Guards {
    options: Options,
    timeline: Option<Timeline>,
    entry: Entry,
    /// The circuit breaker's, for the attempt that runs.
    permit: Option<OwnedPermit>,
    /// What the attempt was cut by, or refused with.
    stopped: Option<Stopped>,
    /// The wait of the attempt for its turn.
    pub(super) turn: Option<Turning>,
    /// What the attempt was given, if it asks for that.
    attempt: Option<Arc<Attempt>>,
}

/// An attempt that waits for its turn.
#[derive(Debug)]
pub(super) struct Turning {
    pub(super) waits: OwnedWaits,
    began: Began,
}

impl Guards {
    pub(super) fn throttled(&self) -> Option<&Policy> {
        self.options.throttled.as_ref()
    }

    pub(super) fn id(&self) -> Option<&Cow<'static, str>> {
        self.options.id.as_ref()
    }

    pub(super) fn budget(&self) -> Option<&Arc<Budget>> {
        self.options.budget.as_ref()
    }

    pub(super) fn timeout(&self) -> Option<Duration> {
        self.options.timeout
    }

    pub(super) fn on_upstream(&self) -> Option<OnUpstream<'_>> {
        let known = self.options.upstream.as_ref()?;
        let Known { name, counts, within, pace, has_pushback, .. } = known;
        let holds = pace.as_ref().filter(|_| *has_pushback).map(OwnedPace::borrowed);
        Some(OnUpstream { name, of: None, counts: counts.as_deref(), within, holds })
    }

    pub(super) fn timeline(&self) -> Option<&Timeline> {
        self.timeline.as_ref()
    }

    pub(super) fn stopped(&self) -> Option<Stopped> {
        self.stopped
    }

    pub(super) fn attempt(&self) -> Option<&Attempt> {
        self.attempt.as_deref()
    }

    /// Keeps what the attempt that begins was given.
    pub(super) fn keep(&mut self, attempt: Arc<Attempt>) {
        self.attempt = Some(attempt);
    }

    pub(super) fn take_permit(&mut self) -> Option<OwnedPermit> {
        self.permit.take()
    }

    /// The bulkhead learns of an attempt that has ended, with a verdict if it failed.
    #[inline]
    pub(super) fn attempted(&self, verdict: Option<Verdict>, stopped: Option<Stopped>) {
        if let Entry::Admitted(Some(permit)) = &self.entry {
            permit.attempted(verdict, stopped);
        }
    }

    /// Asks for the bulkhead's permit, the first time; if none is free yet, returns what bounds the wait.
    pub(super) fn ask(&mut self) -> Option<Limit> {
        if !matches!(self.entry, Entry::Unasked) {
            return None;
        }
        let asked = match &self.options.bulkhead {
            None => Ok((Entry::Admitted(None), None)),
            Some(bulkhead) => self.ask_of(bulkhead),
        };
        let (entry, limit) = asked.unwrap_or_else(|rejection| (Entry::Refused(rejection), None));
        self.entry = entry;
        limit
    }

    fn ask_of(
        &self,
        bulkhead: &Shared<'static, Bulkhead>,
    ) -> Result<(Entry, Option<Limit>), Rejection> {
        if let Some(permit) = bulkhead.nested() {
            return Ok((Entry::Admitted(Some(permit.kept_by(bulkhead))), None));
        }
        if scope::is_cancelled() {
            return Err(Rejection::Cancelled);
        }
        if let Ok(permit) = bulkhead.try_acquire() {
            return Ok((Entry::Admitted(Some(permit.kept_by(bulkhead))), None));
        }
        let queued = bulkhead.join()?;
        let limit = bulkhead.wait_limit(self.own_timeline().and_then(Timeline::remaining));
        match limit {
            Some(limit) if limit.is_over() => Err(limit.rejection()),
            _ => Ok((Entry::Queued(Turn::of(queued.kept_by(bulkhead))), limit)),
        }
    }

    /// Like [`ask`](Self::ask), but blocks the thread until a permit is free.
    pub(super) fn ask_blocking(&mut self) {
        let admission = self.options.bulkhead.as_ref().map(|bulkhead| {
            let permit = admit_blocking(bulkhead, self.own_timeline())?;
            Ok(permit.kept_by(bulkhead))
        });
        self.entry = match admission.transpose() {
            Ok(permit) => Entry::Admitted(permit),
            Err(rejection) => Entry::Refused(rejection),
        };
    }

    /// The call's turn in the bulkhead's queue, if it waits there.
    pub(super) fn queued(&mut self) -> Option<&mut Turn<OwnedQueued>> {
        match &mut self.entry {
            Entry::Queued(queued) => Some(queued),
            _ => None,
        }
    }

    /// The wait for a permit has ended.
    pub(super) fn admit(&mut self, admission: Result<bulkhead::OwnedPermit, Rejection>) {
        self.entry = admission.map_or_else(Entry::Refused, |permit| Entry::Admitted(Some(permit)));
    }

    /// The attempt takes its turn, or a place where it waits for it; gives why neither, if it is refused.
    fn ask_for_turn(&mut self) -> Option<Stopped> {
        let known = self.options.upstream.as_ref().filter(|known| known.takes_turns)?;
        let remaining = || match self.own_timeline() {
            Some(timeline) => timeline.remaining(),
            None => enclosing::remaining(),
        };
        match known.pace.as_ref()?.ask(remaining) {
            Ok(waits) => {
                self.turn = waits.map(|waits| Turning { waits, began: Began::now() });
                None
            }
            Err(rejection) => {
                turns::refused(known.name);
                Some(Stopped::before_it_began(rejection))
            }
        }
    }

    /// The wait for the turn has ended; gives why, if there is none.
    fn end_turn(&mut self, waited: Result<(), Rejection>) -> Option<Stopped> {
        let Turning { began, .. } = self.turn.take()?;
        let name = self.options.upstream.as_ref().map_or("", |known| known.name);
        began.note(name, &waited);
        if let Some(permit) = &mut self.permit {
            permit.begin_anew();
        }
        waited.err().map(Stopped::before_it_began)
    }

    /// The limit of the attempt that begins, if there is one.
    pub(super) fn limit(&self) -> Option<Limit> {
        let Options { timeout, deadline, .. } = self.options;
        let is_limited = timeout.is_some() || deadline.is_some();
        if is_limited { Limit::of(self.timeline.as_ref(), timeout) } else { None }
    }

    /// Runs `body` while the call holds its permit, if it has one.
    pub(super) fn hold<T>(&self, body: impl FnOnce() -> T) -> T {
        match &self.entry {
            Entry::Admitted(Some(permit)) => permit.hold(body),
            _ => body(),
        }
    }

    /// As [`hold`](Self::hold); the calls that `body` makes keep this call's own deadline, too.
    pub(super) fn enclose<T>(&self, body: impl FnOnce() -> T) -> T {
        match self.own_timeline() {
            Some(timeline) => enclose(timeline, || self.hold_within(body)),
            None => self.hold_within(body),
        }
    }

    /// As [`hold`](Self::hold); the calls that `body` makes are within one on the upstream.
    fn hold_within<T>(&self, body: impl FnOnce() -> T) -> T {
        match &self.options.upstream {
            Some(upstream) => self.hold(|| upstream.within.hold(body)),
            None => self.hold(body),
        }
    }

    /// The timeline of a call that has a deadline of its own.
    fn own_timeline(&self) -> Option<&Timeline> {
        self.timeline.as_ref().filter(|_| self.options.deadline.is_some())
    }
}

/// The guards of a call, and the outcomes of its type that they are about.
pub(super) struct Guarded<O> {
    pub(super) guards: Guards,
    /// What makes an outcome of a refusal.
    reject: Option<Reject<O>>,
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
        let guards = Guards {
            options,
            timeline: None,
            entry: Entry::Unasked,
            permit: None,
            stopped: None,
            turn: None,
            attempt: None,
        };
        Some(Self { guards, reject, earlier: None })
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
    pub(super) fn begin(&mut self, budget: Option<&'static Budget>, is_first: bool) -> Option<O> {
        let Guards { options, entry, permit, stopped, attempt, .. } = &mut self.guards;
        *attempt = None; // one that is refused has none, and the last one's steering is over
        let refused = match entry {
            Entry::Refused(rejection) => Some(Stopped::before_it_began(*rejection)),
            _ => None,
        };
        let budget = budget.or(options.budget.as_deref()).filter(|_| is_first);
        if let (None, true, Some(upstream)) = (refused, is_first, &options.upstream) {
            upstream.count_call();
        }
        (*permit, *stopped) = stages::begin(refused, budget, options.breaker.as_ref());
        let stopped = stopped.or_else(|| self.guards.ask_for_turn())?;
        self.refuse(stopped)
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
        let Guards { timeline, stopped: why, .. } = &mut self.guards;
        *why = Some(match timeline {
            Some(timeline) => timeline.cut(stopped),
            None => stopped,
        });
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
    pub(super) fn end(&mut self, outcome: O, follows: Follows, fallback: impl Recover<O>) -> O {
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
