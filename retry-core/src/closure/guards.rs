//! What guards a call of a retried closure, where anything does: limits, a bulkhead, a circuit breaker.

use std::sync::Arc;
use std::task::Context;

use super::layered::{Known, Options};
use crate::call::attempt::Attempt;
#[cfg(feature = "chaos")]
use crate::call::perturb::Acted;
use crate::call::retry::Retry;
use crate::call::so_far::SoFar;
use crate::call::stages;
use crate::call::upstream::OnUpstream;
use crate::cancel::scope;
use crate::classify::Verdict;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::events::caller::Caller;
use crate::events::turns::{self, Began};
use crate::layers::breaker::OwnedPermit;
use crate::layers::bulkhead::admit::{Turn, admit_blocking};
use crate::layers::bulkhead::{self, Bulkhead, OwnedQueued};
use crate::layers::rate::pace::{OwnedPace, OwnedWaits, Pace};
use crate::layers::shared::Shared;
use crate::policy::Policy;
use crate::time::enclosing;
use crate::time::limit::Limit;
use crate::time::timeline::{Timeline, enclose};

/// Where a call is on its way through its bulkhead, if it names one.
#[derive(Debug)]
pub(super) enum Entry {
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
pub struct Guards {
    pub(super) options: Options,
    pub(super) timeline: Option<Timeline>,
    pub(super) entry: Entry,
    /// The circuit breaker's, for the attempt that runs.
    pub(super) permit: Option<OwnedPermit>,
    /// What the attempt was cut by, or refused with.
    pub(super) stopped: Option<Stopped>,
    /// The wait of the attempt for its turn.
    pub(super) turn: Option<Turning>,
    /// What the attempt was given, if it asks for that.
    pub(super) attempt: Option<Arc<Attempt>>,
    /// Whether chaos has acted in the call.
    #[cfg(feature = "chaos")]
    acted: Acted,
}

/// An attempt that waits for its turn.
#[derive(Debug)]
pub(super) struct Turning {
    pub(super) waits: OwnedWaits,
    began: Began,
}

impl Guards {
    /// Those of a call with these options.
    pub(super) fn of(options: Options) -> Self {
        Self {
            options,
            timeline: None,
            entry: Entry::Unasked,
            permit: None,
            stopped: None,
            turn: None,
            attempt: None,
            #[cfg(feature = "chaos")]
            acted: Acted::not(),
        }
    }

    #[cfg(feature = "chaos")]
    pub(super) fn acted(&self) -> &Acted {
        self.options.acted.as_deref().unwrap_or(&self.acted)
    }

    pub(super) fn on_upstream(&self) -> Option<OnUpstream<'_>> {
        let known = self.options.upstream.as_ref()?;
        let Known { name, counts, within, pace, has_pushback, .. } = known;
        let holds = pace.as_ref().filter(|_| *has_pushback).map(OwnedPace::borrowed);
        Some(OnUpstream { name, of: None, counts: counts.as_deref(), within, holds })
    }

    /// The upstream counts a call that begins.
    pub(super) fn count_call(&self) {
        self.options.upstream.iter().for_each(Known::count_call);
    }

    pub(super) fn stopped(&self) -> Option<Stopped> {
        self.stopped
    }

    /// The attempt that begins, for an operation that asks for it.
    pub(super) fn attempt_of(
        &self,
        caller: Caller,
        policy: &Policy,
        retry: Option<&Retry<'_>>,
    ) -> Attempt {
        let timeline = self.timeline.unwrap_or_else(|| Timeline::start(None));
        let upstream = self.on_upstream().map(|upstream| upstream.name);
        let attempt = Attempt::of(caller, upstream, timeline, policy, &SoFar::of(retry));
        attempt.limited(self.options.timeout)
    }

    /// The layers learn of an attempt that has ended, with a verdict if it failed.
    pub(super) fn ended(&mut self, verdict: Option<Verdict>) {
        if let Entry::Admitted(Some(permit)) = &self.entry {
            permit.attempted(verdict, self.stopped);
        }
        stages::end(self.permit.take(), verdict, self.stopped);
    }

    /// Asks for the bulkhead's permit, the first time; if none is free yet, returns what bounds the wait.
    pub(super) fn ask(&mut self, context: &Context<'_>) -> Option<Limit> {
        if !matches!(self.entry, Entry::Unasked) {
            return None;
        }
        let asked = match &self.options.bulkhead {
            None => Ok((Entry::Admitted(None), None)),
            Some(bulkhead) => self.ask_of(bulkhead, context),
        };
        let (entry, limit) = asked.unwrap_or_else(|rejection| (Entry::Refused(rejection), None));
        self.entry = entry;
        limit
    }

    fn ask_of(
        &self,
        bulkhead: &Shared<'static, Bulkhead>,
        context: &Context<'_>,
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
        let queued = bulkhead.join(Some(context.waker()))?;
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

    /// What spaces the attempts, if they take turns here.
    pub(super) fn pace(&self) -> Option<Pace<'_>> {
        let known = self.options.upstream.as_ref().filter(|known| known.takes_turns)?;
        known.pace.as_ref().map(OwnedPace::borrowed)
    }

    /// The attempt takes its turn, or a place where it waits for it; gives why neither, if it is refused.
    pub(super) fn ask_for_turn(&mut self) -> Option<Stopped> {
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
    pub(super) fn end_turn(&mut self, waited: Result<(), Rejection>) -> Option<Stopped> {
        let Turning { began, .. } = self.turn.take()?;
        let name = self.options.upstream.as_ref().map_or("", |known| known.name);
        began.note(name, &waited);
        if let Some(permit) = &mut self.permit {
            permit.begin_anew();
        }
        waited.err().map(Stopped::before_it_began)
    }

    /// The outcome of the attempt, a race, is that of a body which was cut.
    pub(super) fn cut(&mut self, stopped: Stopped) {
        self.stopped = Some(match &mut self.timeline {
            Some(timeline) => timeline.cut(stopped),
            None => stopped,
        });
    }

    /// The limit of the attempt that begins, if there is one.
    pub(super) fn limit(&self) -> Option<Limit> {
        let Options { timeout, deadline, is_hedged, .. } = self.options;
        let timeout = timeout.filter(|_| !is_hedged);
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
