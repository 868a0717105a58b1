//! What the generated loop calls: the happy path inline, everything else out of line.

use std::fmt;
use std::time::Instant;

use crate::attempt::Attempt;
use crate::classify::Verdict;
use crate::clock;
use crate::engine::{Decision, Failure, History, Steering, decide};
use crate::event::{Event, EventKind};
use crate::outcome::Outcome;
use crate::policy::Policy;
use crate::progress::Retry;
use crate::random::ThreadRandom;
use crate::site::Site;

/// One attempt of a blocking function. A function of its own so that the closure is `FnOnce`.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the happy path must cost no call")]
pub fn attempt<T>(body: impl FnOnce() -> T) -> T {
    body()
}

/// Looks at an attempt's outcome: `None` ends the loop with it.
///
/// This is the happy path: a success at the first attempt takes two comparisons.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the happy path must cost no call")]
pub fn settle<O: Outcome>(
    so_far: Option<Retry>,
    outcome: &O,
    decide: impl FnOnce(Option<Retry>, Option<&O::Error>) -> Option<Retry>,
) -> Option<Retry> {
    match outcome.as_result() {
        Ok(_) if so_far.is_none() => None,
        Ok(_) => out_of_line(|| decide(so_far, None)),
        Err(error) => out_of_line(|| decide(so_far, Some(error))),
    }
}

#[cold]
#[inline(never)]
fn out_of_line<T>(decide: impl FnOnce() -> T) -> T {
    decide()
}

/// The start of a call whose body asks for its [`Attempt`]: the only one stamped beforehand.
#[must_use]
pub fn start() -> Instant {
    clock::now()
}

/// The [`Attempt`] about to run in a call under `policy`.
#[must_use]
pub fn context(started: Instant, policy: &Policy, so_far: Option<&Retry>) -> Attempt {
    Attempt::new(started, policy.max_retries(), so_far.map_or(History::NEW, Retry::history))
}

/// A hook, its type pinned down where the user wrote it.
#[inline]
pub fn hook<H: FnMut(&Event<'_>)>(hook: H) -> H {
    hook
}

/// A call that has something to decide or tell.
pub struct Call<'a> {
    site: &'a Site,
    policy: &'a Policy,
    throttled: Option<&'a Policy>,
    id: Option<&'a dyn fmt::Display>,
    attempt: Option<&'a Attempt>,
    on_retry: Option<&'a mut dyn FnMut(&Event<'_>)>,
    on_give_up: Option<&'a mut dyn FnMut(&Event<'_>)>,
}

impl<'a> Call<'a> {
    /// A call of that function under that policy.
    #[must_use]
    pub fn new(site: &'a Site, policy: &'a Policy) -> Self {
        Self {
            site,
            policy,
            throttled: None,
            id: None,
            attempt: None,
            on_retry: None,
            on_give_up: None,
        }
    }

    /// `throttled = …`
    #[must_use]
    pub fn throttled(self, policy: &'a Policy) -> Self {
        Self { throttled: Some(policy), ..self }
    }

    /// `id = …`
    #[must_use]
    pub fn id(self, id: &'a dyn fmt::Display) -> Self {
        Self { id: Some(id), ..self }
    }

    /// `context = …`
    #[must_use]
    pub fn context(self, attempt: &'a Attempt) -> Self {
        Self { attempt: Some(attempt), ..self }
    }

    /// `on_retry = …`
    #[must_use]
    pub fn on_retry(self, hook: &'a mut dyn FnMut(&Event<'_>)) -> Self {
        Self { on_retry: Some(hook), ..self }
    }

    /// `on_give_up = …`
    #[must_use]
    pub fn on_give_up(self, hook: &'a mut dyn FnMut(&Event<'_>)) -> Self {
        Self { on_give_up: Some(hook), ..self }
    }

    /// An attempt failed: decides, tells, and hands back the retry that follows, if one does.
    pub fn failed(
        self,
        so_far: Option<Retry>,
        verdict: Verdict,
        error: &dyn fmt::Display,
    ) -> Option<Retry> {
        let history = so_far.as_ref().map_or(History::NEW, Retry::history);
        let steering = self.attempt.map_or(Steering::default(), Attempt::steering);
        let failure = Failure::new(self.policy, verdict).steered(steering);
        let failure = match self.throttled {
            Some(policy) => failure.throttled(policy),
            None => failure,
        };
        let decision = decide(&failure, &history, &mut ThreadRandom);
        let (kind, delay) = match decision {
            Decision::Retry(delay) => (EventKind::Retry, Some(delay)),
            Decision::GiveUp(reason) => (EventKind::GiveUp(reason), None),
        };
        let event = Event {
            delay,
            verdict: Some(verdict),
            error: Some(error),
            ..self.event(kind, &history, so_far.as_ref())
        };
        event.trace();
        let hook = if delay.is_some() { self.on_retry } else { self.on_give_up };
        if let Some(hook) = hook {
            hook(&event);
        }
        delay.map(|delay| Retry::after(so_far, delay))
    }

    /// An attempt after the first succeeded: tells.
    pub fn succeeded(self, so_far: Option<&Retry>) {
        let history = so_far.map_or(History::NEW, Retry::history);
        self.event(EventKind::LateSuccess, &history, so_far).trace();
    }

    fn event(&self, kind: EventKind, history: &History, so_far: Option<&Retry>) -> Event<'a> {
        Event {
            kind,
            site: self.site,
            id: self.id,
            attempt: history.retries.saturating_add(1),
            max_retries: self.policy.max_retries(),
            delay: None,
            waited: so_far.map_or_else(Default::default, Retry::waited),
            elapsed: self
                .attempt
                .map(|attempt| clock::now().saturating_duration_since(attempt.started())),
            verdict: None,
            error: None,
        }
    }
}
