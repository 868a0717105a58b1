//! What the generated loop calls: the happy path inline, everything else out of line.

use crate::attempt::Attempt;
use crate::classify::Verdict;
use crate::engine::{self, Decision, Failure, GiveUp, History, Steering};
use crate::event::{Event, EventKind, Subject};
use crate::nesting;
use crate::outcome::Outcome;
use crate::policy::Policy;
use crate::progress::Retry;
use crate::random::ThreadRandom;
use crate::site::Site;
use crate::text::Text;
use crate::timeline::{self, Timeline};

/// One attempt of a blocking function. A function of its own so that the closure is `FnOnce`.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the happy path must cost no call")]
pub fn attempt<T>(body: impl FnOnce() -> T) -> T {
    body()
}

/// What an attempt ended with.
#[derive(Debug)]
pub enum Ended<'o, T, E> {
    /// A success, after failures.
    Succeeded,
    /// An `Ok` value that `on_ok` retries.
    Again(&'o T),
    /// A failure.
    Failed(&'o E),
}

impl<'o, T, E> Ended<'o, T, E> {
    /// An attempt that did not end with what is wanted: an `Ok` value is one that is retried.
    pub fn again_or_failed(outcome: &'o Result<T, E>) -> Self {
        match outcome {
            Ok(value) => Self::Again(value),
            Err(error) => Self::Failed(error),
        }
    }
}

/// What takes an outcome apart, what puts one together again, and the closure that decides and
/// tells, all with types pinned down by `_outcome`.
///
/// In one call, so that a type that is no outcome is refused once.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the happy path must cost no call")]
pub fn parts_of<'o, O, D, F>(_outcome: &O, decision: F) -> (Apart<O>, Whole<O>, F)
where
    O: Outcome,
    F: FnOnce(Option<Retry>, Ended<'o, O::Value, O::Error>) -> D,
    O::Value: 'o,
    O::Error: 'o,
{
    (O::into_result, O::from_result, decision)
}

type Apart<O> = fn(O) -> Result<<O as Outcome>::Value, <O as Outcome>::Error>;
type Whole<O> = fn(Result<<O as Outcome>::Value, <O as Outcome>::Error>) -> O;

/// Calls what is not on the happy path.
#[cold]
#[inline(never)]
pub fn out_of_line<D>(decide: impl FnOnce() -> D) -> D {
    decide()
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
pub struct Told<'e> {
    /// What has happened.
    pub event: Event<'e>,
    next: Option<Retry>,
}

impl Told<'_> {
    /// The retry that follows; `None` if the outcome goes to the caller.
    #[must_use]
    pub fn next(self) -> Option<Retry> {
        self.next
    }

    /// Whether a retry follows: `on_retry`.
    #[must_use]
    pub fn retries(&self) -> bool {
        self.event.kind() == EventKind::Retry
    }

    /// Whether the outcome goes to the caller as it is: `on_give_up`.
    #[must_use]
    pub fn gives_up(&self) -> bool {
        matches!(self.event.kind(), EventKind::GiveUp(_))
    }

    /// Whether a retry has helped: `on_success`.
    #[must_use]
    pub fn succeeds(&self) -> bool {
        self.event.kind() == EventKind::LateSuccess
    }
}

/// A call that has something to decide or tell.
#[derive(Debug)]
pub struct Call<'c, 'e> {
    site: &'e Site,
    policy: &'c Policy,
    throttled: Option<&'c Policy>,
    id: Option<Text<'e>>,
    attempt: Option<&'c Attempt>,
    timeline: Option<&'c Timeline>,
}

impl<'c, 'e> Call<'c, 'e> {
    /// A call of that function under that policy.
    #[must_use]
    pub fn new(site: &'e Site, policy: &'c Policy) -> Self {
        Self { site, policy, throttled: None, id: None, attempt: None, timeline: None }
    }

    /// `throttled = …`
    #[must_use]
    pub fn throttled(self, policy: &'c Policy) -> Self {
        Self { throttled: Some(policy), ..self }
    }

    /// `id = …`
    #[must_use]
    pub fn id(self, id: Text<'e>) -> Self {
        Self { id: Some(id), ..self }
    }

    /// `context = …`
    #[must_use]
    pub fn context(self, attempt: &'c Attempt) -> Self {
        Self { attempt: Some(attempt), ..self }
    }

    /// `context = …` or `deadline = …`
    #[must_use]
    pub fn timeline(self, timeline: &'c Timeline) -> Self {
        Self { timeline: Some(timeline), ..self }
    }

    /// An attempt failed: decides, tells, and makes the retry that follows, if one does.
    pub fn failed(self, so_far: Option<Retry>, verdict: Verdict, error: Text<'e>) -> Told<'e> {
        self.decided(so_far, verdict, Subject::Error(error))
    }

    /// An attempt returned an `Ok` value that is retried: as [`failed`](Self::failed).
    pub fn again(self, so_far: Option<Retry>, verdict: Verdict) -> Told<'e> {
        self.decided(so_far, verdict, Subject::Value)
    }

    /// An attempt after the first succeeded: tells.
    #[allow(clippy::needless_pass_by_value, reason = "there is nothing to retry any more")]
    pub fn succeeded(self, so_far: Option<Retry>) -> Told<'e> {
        let event = self.event(EventKind::LateSuccess, so_far.as_ref(), Subject::Success);
        event.trace();
        Told { event, next: None }
    }

    fn decided(
        self,
        mut so_far: Option<Retry>,
        verdict: Verdict,
        subject: Subject<'e>,
    ) -> Told<'e> {
        let cut = self.timeline.is_some_and(Timeline::was_cut);
        let history = history(so_far.as_ref());
        let decision = engine::decide(&self.failure(verdict), &history, &mut ThreadRandom);
        self.tell_nesting(so_far.as_mut(), decision);
        let (kind, delay) = match decision {
            Decision::Retry(delay) => (EventKind::Retry, Some(delay)),
            Decision::GiveUp(reason) => (EventKind::GiveUp(reason), None),
        };
        let event = Event {
            delay,
            cut,
            verdict: Some(verdict),
            ..self.event(kind, so_far.as_ref(), subject)
        };
        event.trace();
        Told { event, next: delay.map(|delay| Retry::after(so_far, delay)) }
    }

    fn failure(&self, verdict: Verdict) -> Failure<'c> {
        let steering = self.attempt.map_or(Steering::default(), Attempt::steering);
        let cut = self.timeline.is_some_and(Timeline::was_cut);
        let mut failure = Failure::new(self.policy, verdict).steered(steering).cut(cut);
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
            let unnamed = Call { id: None, throttled: None, attempt: None, ..*self };
            unnamed.event(kind, Some(retry), Subject::Success).trace();
        }
        if decision == Decision::GiveUp(GiveUp::Exhausted) {
            nesting::leave(retry.mark(self.site.name(), attempts));
        }
    }

    fn event(self, kind: EventKind, so_far: Option<&Retry>, subject: Subject<'e>) -> Event<'e> {
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
            id: self.id,
        }
    }
}

fn history(so_far: Option<&Retry>) -> History {
    so_far.map_or(History::NEW, Retry::history)
}
