//! What the generated loop calls: the happy path inline, everything else out of line.

use crate::attempt::Attempt;
use crate::budget::Budget;
use crate::classify::Verdict;
use crate::engine::{self, Decision, Failure, GiveUp, History};
use crate::event::{Event, EventKind, Subject};
use crate::layers::{self, Budgeted};
use crate::nesting;
use crate::outcome::Outcome;
use crate::policy::Policy;
use crate::progress::Retry;
use crate::random::ThreadRandom;
use crate::rejection::Rejection;
use crate::site::Site;
use crate::text::Text;
use crate::timeline::{self, Timeline};

/// One attempt of a blocking function. A function of its own so that the closure is `FnOnce`.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the happy path must cost no call")]
pub fn attempt<T>(body: impl FnOnce() -> T) -> T {
    body()
}

/// What takes an outcome apart, and what puts one together again.
///
/// In one call, so that a type that is no outcome is refused once.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the happy path must cost no call")]
pub fn parts_of<O: Outcome>(_outcome: &O) -> (Apart<O>, Whole<O>) {
    (O::into_result, O::from_result)
}

type Apart<O> = fn(O) -> Result<<O as Outcome>::Value, <O as Outcome>::Error>;
type Whole<O> = fn(Result<<O as Outcome>::Value, <O as Outcome>::Error>) -> O;

/// An attempt failed: whether a retry follows, which `retry` then is.
#[cold]
#[inline(never)]
pub fn failed(
    call: &Call<'_>,
    retry: &mut Option<Retry>,
    verdict: Verdict,
    error: Text<'_>,
) -> bool {
    call.failed(retry, verdict, error).goes_on()
}

/// An attempt returned an `Ok` value that is retried: as [`failed`].
#[cold]
#[inline(never)]
pub fn again(call: &Call<'_>, retry: &mut Option<Retry>, verdict: Verdict) -> bool {
    call.again(retry, verdict).goes_on()
}

/// An attempt after the first succeeded: `retry` is over.
#[cold]
#[inline(never)]
pub fn succeeded(call: &Call<'_>, retry: &mut Option<Retry>) {
    call.succeeded(retry);
}

/// The end of a call. Its retry is `None` by then: told of a success, or given up. Not to drop it
/// saves the happy path the call that would find that out.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the happy path must cost no call")]
pub fn end(retry: Option<Retry>) {
    debug_assert!(retry.is_none(), "a retry that is due is waited for");
    std::mem::forget(retry);
}

/// What was decided, and the event that tells it to hooks.
#[derive(Debug)]
pub struct Told<'a> {
    /// What has happened.
    pub event: Event<'a>,
}

impl Told<'_> {
    /// Whether a retry follows; else the outcome goes to the caller.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.event.kind() == EventKind::Retry
    }

    /// Whether the outcome goes to the caller as it is: `on_give_up`.
    #[must_use]
    pub fn gives_up(&self) -> bool {
        matches!(self.event.kind(), EventKind::GiveUp(_))
    }
}

/// A call that has something to decide or tell. Where all of it is constant, a constant.
#[derive(Debug)]
pub struct Call<'a> {
    site: &'a Site,
    policy: &'a Policy,
    throttled: Option<&'a Policy>,
    id: Option<Text<'a>>,
    attempt: Option<&'a Attempt>,
    timeline: Option<&'a Timeline>,
    budget: Option<&'static Budget>,
    rejected: Option<Rejection>,
}

impl<'a> Call<'a> {
    /// A call of that function under that policy.
    #[must_use]
    pub const fn new(site: &'a Site, policy: &'a Policy) -> Self {
        Self {
            site,
            policy,
            throttled: None,
            id: None,
            attempt: None,
            timeline: None,
            budget: None,
            rejected: None,
        }
    }

    /// `throttled = …`
    #[must_use]
    pub fn throttled(self, policy: &'a Policy) -> Self {
        Self { throttled: Some(policy), ..self }
    }

    /// `id = …`
    #[must_use]
    pub fn id(self, id: Text<'a>) -> Self {
        Self { id: Some(id), ..self }
    }

    /// `context = …`
    #[must_use]
    pub fn context(self, attempt: &'a Attempt) -> Self {
        Self { attempt: Some(attempt), ..self }
    }

    /// `context = …` or `deadline = …`
    #[must_use]
    pub fn timeline(self, timeline: &'a Timeline) -> Self {
        Self { timeline: Some(timeline), ..self }
    }

    /// `budget = …`
    #[must_use]
    pub fn budget(self, budget: &'static Budget) -> Self {
        Self { budget: Some(budget), ..self }
    }

    /// What cut the attempt short, if anything did: a layer asks.
    #[must_use]
    pub fn rejected(self, rejected: Option<Rejection>) -> Self {
        Self { rejected, ..self }
    }

    /// As the function [`failed`], with the event for hooks.
    #[cold]
    pub fn failed<'t>(
        &'t self,
        retry: &mut Option<Retry>,
        verdict: Verdict,
        error: Text<'t>,
    ) -> Told<'t> {
        self.decided(retry, verdict, Subject::Error(error))
    }

    /// As the function [`again`], with the event for hooks.
    #[cold]
    pub fn again(&self, retry: &mut Option<Retry>, verdict: Verdict) -> Told<'_> {
        self.decided(retry, verdict, Subject::Value)
    }

    /// As the function [`succeeded`], with the event for hooks.
    #[cold]
    pub fn succeeded(&self, retry: &mut Option<Retry>) -> Told<'_> {
        let mut retry = retry.take();
        if let Some(withdrawal) = retry.as_mut().and_then(Retry::take_withdrawal) {
            withdrawal.succeeded();
        }
        let event = self.event(EventKind::LateSuccess, retry.as_ref(), Subject::Success);
        event.trace();
        Told { event }
    }

    fn decided<'t>(
        &'t self,
        retry: &mut Option<Retry>,
        verdict: Verdict,
        subject: Subject<'t>,
    ) -> Told<'t> {
        let verdict = layers::no_sooner(verdict, self.rejected);
        let history = history(retry.as_ref());
        let steering = self.attempt.map(Attempt::steering);
        let failure = self.failure(verdict).steered(steering.as_ref());
        let decision = engine::decide(&failure, &history, &mut ThreadRandom);
        let budgeted = self.budget.map(|budget| Budgeted::new(budget, self.rejected));
        let (decision, withdrawal) = match &budgeted {
            None => (decision, None),
            Some(budgeted) => {
                budgeted.failed(retry.as_mut(), verdict);
                decision.granted_by(|| budgeted.ask())
            }
        };
        self.tell_nesting(retry.as_mut(), decision);
        let (kind, delay) = match decision {
            Decision::Retry(delay) => (EventKind::Retry, Some(delay)),
            Decision::GiveUp(reason) => (EventKind::GiveUp(reason), None),
        };
        let event = Event {
            delay,
            cut: failure.was_cut(),
            verdict: Some(verdict),
            ..self.event(kind, retry.as_ref(), subject)
        };
        event.trace();
        *retry = delay.map(|delay| Retry::after(retry.take(), delay, withdrawal));
        Told { event }
    }

    fn failure(&self, verdict: Verdict) -> Failure<'a> {
        let cut = self.timeline.is_some_and(Timeline::was_cut);
        let mut failure = Failure::new(self.policy, verdict).cut(cut);
        if let Some(policy) = self.throttled {
            failure = failure.throttled(policy);
        }
        let remaining = match self.timeline {
            Some(timeline) => timeline.remaining(),
            None => timeline::remaining_of_enclosing(),
        };
        match remaining {
            Some(remaining) => failure.remaining(remaining),
            None => failure,
        }
    }

    /// Tells once a call that another one retries within it; leaves word of this one's end.
    fn tell_nesting(&self, so_far: Option<&mut Retry>, decision: Decision) {
        let mark = nesting::take();
        let Some(retry) = so_far else { return };
        let attempts = u64::from(self.policy.max_retries()).saturating_add(1);
        if let Some(inner) = mark.and_then(|mark| retry.notice(mark)) {
            let attempts = attempts.saturating_mul(inner.attempts);
            let kind = EventKind::Nested { inner: inner.function, attempts };
            let nested = self.event(kind, Some(retry), Subject::Success);
            Event { id: None, ..nested }.trace();
        }
        if decision == Decision::GiveUp(GiveUp::Exhausted) {
            nesting::leave(retry.mark(self.site.name(), attempts));
        }
    }

    fn event<'t>(
        &'t self,
        kind: EventKind,
        so_far: Option<&Retry>,
        subject: Subject<'t>,
    ) -> Event<'t> {
        Event {
            kind,
            site: self.site,
            attempt: history(so_far).retries.saturating_add(1),
            max_retries: self.policy.max_retries(),
            delay: None,
            waited: so_far.map_or_else(Default::default, Retry::waited),
            elapsed: self.timeline.map(Timeline::elapsed),
            verdict: None,
            cut: false,
            subject,
            id: self.id.as_ref(),
        }
    }
}

fn history(so_far: Option<&Retry>) -> History {
    so_far.map_or(History::NEW, Retry::history)
}
