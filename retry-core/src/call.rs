//! [`Call`]: who decides what follows a failure, and tells it. Out of line, all of it.

use std::time::Duration;

use crate::attempt::Attempt;
use crate::budget::Budget;
use crate::caller::Caller;
use crate::classify::Verdict;
use crate::control::{Changed, Control};
use crate::engine::{self, Decision, Failure, GiveUp, History, Steering};
use crate::event::{Event, EventKind, Subject};
use crate::layers::{self, Budgeted};
use crate::nanoseconds::Nanoseconds;
use crate::nesting;
use crate::observer;
use crate::policy::Policy;
use crate::progress::{Plan, Retry};
use crate::rejection::Rejection;
use crate::site::Site;
use crate::stopped::Stopped;
use crate::testing::{self, InForce};
use crate::text::Text;
use crate::timeline::{self, Timeline};
use crate::told::Told;

/// A call that has something to decide or tell. Where all of it is constant, a constant.
#[derive(Debug)]
pub struct Call<'a> {
    caller: Caller,
    policy: &'a Policy,
    throttled: Option<&'a Policy>,
    id: Option<Text<'a>>,
    attempt: Option<&'a Attempt>,
    timeline: Option<&'a Timeline>,
    budget: Option<&'static Budget>,
    rejected: Option<Stopped>,
}

impl<'a> Call<'a> {
    /// A call of that function under that policy.
    #[must_use]
    pub const fn new(site: &'static Site, policy: &'a Policy) -> Self {
        Self::by(Caller::Function(site), policy)
    }

    pub(crate) const fn by(caller: Caller, policy: &'a Policy) -> Self {
        Self {
            caller,
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
    pub fn rejected(self, rejected: Option<Stopped>) -> Self {
        Self { rejected, ..self }
    }

    /// As the function [`failed`](crate::settle::failed), with the event for hooks.
    #[cold]
    pub fn failed<'t>(
        &'t self,
        retry: &mut Option<Retry>,
        verdict: Verdict,
        error: Text<'t>,
    ) -> Told<'t> {
        self.decided(retry, verdict, Subject::Error(error))
    }

    /// As the function [`again`](crate::settle::again), with the event for hooks.
    #[cold]
    pub fn again(&self, retry: &mut Option<Retry>, verdict: Verdict) -> Told<'_> {
        self.decided(retry, verdict, Subject::Value)
    }

    /// As the function [`succeeded`](crate::settle::succeeded), with the event for hooks.
    #[cold]
    pub fn succeeded(&self, retry: &mut Option<Retry>) -> Told<'_> {
        let mut retry = retry.take();
        if let Some(withdrawal) = retry.as_mut().and_then(Retry::take_withdrawal) {
            withdrawal.succeeded();
        }
        let max_retries = retry.as_ref().map_or(self.policy.max_retries(), Retry::max_retries);
        let event = Event {
            max_retries,
            ..self.event(EventKind::LateSuccess, retry.as_ref(), Subject::Success)
        };
        let test = testing::in_force();
        self.tell(&event, self.policy, retry.as_ref(), &test);
        test.end();
        Told { event }
    }

    fn decided<'t>(
        &'t self,
        retry: &mut Option<Retry>,
        verdict: Verdict,
        subject: Subject<'t>,
    ) -> Told<'t> {
        let mut told = Told { event: self.event(EventKind::Retry, retry.as_ref(), subject) };
        self.decide(retry, verdict, &mut told.event);
        told
    }

    /// Decides what follows a failure, and tells it: whether a retry follows, which `retry` then is.
    ///
    /// `event` is that of the retry, and becomes that of the decision: in place, since an event is
    /// large, and most calls have nobody to hand it to.
    #[inline(never)]
    pub(crate) fn decide<'t>(
        &'t self,
        retry: &mut Option<Retry>,
        verdict: Verdict,
        event: &mut Event<'t>,
    ) -> bool {
        let verdict = self
            .rejected
            .map_or(verdict, |stopped| layers::no_sooner(verdict, stopped.rejection()));
        let control = Control::of(self.caller);
        let changed = control.changed(self.policy, self.throttled);
        let policy = changed.as_ref().map_or(self.policy, |it| &it.policy);
        let max_retries = policy.max_retries();
        let history = history(retry.as_ref());
        let steering = self.attempt.map(|attempt| control.steering(attempt.steering()));
        let failure = self.failure(verdict, changed.as_ref(), steering.as_ref(), retry.as_ref());
        let decision = engine::decide(&failure, &history, &mut control.test().random());
        let budgeted = self.budget.map(|budget| Budgeted::new(budget, self.rejected));
        let (decision, withdrawal) = match &budgeted {
            None => (decision, None),
            Some(budgeted) => {
                budgeted.failed(retry.as_mut(), verdict);
                decision.granted_by(|| budgeted.ask())
            }
        };
        self.tell_nesting(retry.as_mut(), decision, policy, control.test());
        let (kind, delay) = match decision {
            Decision::Retry(delay) => (EventKind::Retry, Some(delay)),
            Decision::GiveUp(reason) => (EventKind::GiveUp(reason), None),
        };
        event.kind = kind;
        event.max_retries = max_retries;
        event.delay = delay;
        event.verdict = Some(verdict);
        event.cut = failure.was_cut();
        self.tell(event, policy, retry.as_ref(), control.test());
        match delay {
            Some(delay) => {
                let skips_wait = control.test().skips_waits();
                Retry::follow(retry, Plan { delay, withdrawal, max_retries, skips_wait });
            }
            None => *retry = None,
        }
        control.end();
        delay.is_some()
    }

    fn failure<'t>(
        &'t self,
        verdict: Verdict,
        changed: Option<&'t Changed>,
        steering: Option<&'t Steering>,
        so_far: Option<&Retry>,
    ) -> Failure<'t> {
        let (policy, throttled) = match changed {
            None => (self.policy, self.throttled),
            Some(changed) => (&changed.policy, changed.throttled.as_ref()),
        };
        let remaining = match self.timeline {
            Some(timeline) => timeline.remaining(),
            None => timeline::remaining_of_enclosing(),
        };
        // As if the waits that were skipped had been made.
        let remaining = remaining.map(|remaining| {
            remaining.saturating_sub(so_far.map_or(Duration::ZERO, Retry::skipped))
        });
        Failure { policy, throttled, verdict, remaining, steering, ended_by: self.ended_by() }
    }

    /// What stands around the retries and has ended the call, if anything has.
    fn ended_by(&self) -> Option<GiveUp> {
        match self.rejected.map(Stopped::rejection) {
            Some(Rejection::BulkheadFull) => Some(GiveUp::BulkheadFull),
            Some(Rejection::DeadlineExceeded) => Some(GiveUp::DeadlineExceeded),
            _ => {
                let was_cut = self.timeline.is_some_and(Timeline::was_cut);
                was_cut.then_some(GiveUp::DeadlineExceeded)
            }
        }
    }

    /// Tells once a call that another one retries within it; leaves word of this one's end.
    fn tell_nesting(
        &self,
        so_far: Option<&mut Retry>,
        decision: Decision,
        policy: &Policy,
        test: &InForce,
    ) {
        let max_retries = policy.max_retries();
        let mark = nesting::take();
        let Some(retry) = so_far else { return };
        let attempts = u64::from(max_retries).saturating_add(1);
        if let Some(inner) = mark.and_then(|mark| retry.notice(mark)) {
            let attempts = attempts.saturating_mul(inner.attempts);
            let kind = EventKind::Nested { inner: inner.function, attempts };
            let nested = self.event(kind, Some(retry), Subject::Success);
            let nested = Event { max_retries, id: None, ..nested };
            self.tell(&nested, policy, Some(retry), test);
        }
        if decision == Decision::GiveUp(GiveUp::Exhausted) {
            nesting::leave(retry.mark(self.caller.name().full(), attempts));
        }
    }

    /// Tells everyone but the call's own hooks, which the generated code calls after this.
    #[cfg_attr(not(feature = "metrics"), allow(unused_variables))]
    fn tell(&self, event: &Event<'_>, policy: &Policy, so_far: Option<&Retry>, test: &InForce) {
        if let Caller::Function(site) = self.caller {
            site.record(event, policy);
        }
        event.trace();
        #[cfg(feature = "metrics")]
        // Labelled by the policy as it is written: an override makes no new series.
        crate::metrics::record(event, self.policy, so_far.map(Retry::failing_for));
        observer::tell(event);
        test.record(event);
    }

    /// An event of that kind, with what the code's own policy allows.
    #[inline]
    pub(crate) fn event<'t>(
        &'t self,
        kind: EventKind,
        so_far: Option<&Retry>,
        subject: Subject<'t>,
    ) -> Event<'t> {
        Event {
            kind,
            caller: self.caller,
            attempt: history(so_far).retries.saturating_add(1),
            max_retries: self.policy.max_retries(),
            delay: None,
            waited: so_far.map_or(Nanoseconds::ZERO, Retry::waited),
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
