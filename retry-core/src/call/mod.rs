//! [`Call`]: who decides what follows a failure, and tells it. Out of line, all of it.

pub(crate) mod attempt;
pub(crate) mod control;
pub mod deadline;
pub(crate) mod earlier;
pub(crate) mod hook;
pub(crate) mod nesting;
pub(crate) mod retry;
pub(crate) mod settle;
pub(crate) mod sleep;
pub(crate) mod slot;
pub(crate) mod so_far;
pub(crate) mod stages;
#[cfg(any(feature = "tokio", feature = "async-io", all(feature = "wasm", target_family = "wasm")))]
pub(crate) mod wait;

use std::time::Duration;

use self::attempt::Attempt;
use self::control::{Changed, Control};
use self::nesting::Nesting;
use self::retry::{DecidedRetry, Retry};
use self::so_far::SoFar;
use self::stages::Budgeted;
use crate::classify::Verdict;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::engine::{self, Decision, Failure, GiveUp, Steering};
use crate::events::caller::Caller;
use crate::events::event::{Event, EventKind, Halt, Subject};
use crate::events::observer;
use crate::events::site::Site;
use crate::events::text::Text;
use crate::layers::budget::{self, Budget};
use crate::policy::Policy;
use crate::switches::{self, InForce};
use crate::time::enclosing;
use crate::time::timeline::Timeline;

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
    earlier: Option<Subject<'a>>,
}

impl<'a> Call<'a> {
    /// A call of that function under that policy.
    #[must_use]
    pub const fn new(site: fn() -> &'static Site, policy: &'a Policy) -> Self {
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
            earlier: None,
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

    /// What an earlier attempt gave, an error or an `Ok` value that is retried, where the circuit
    /// breaker has refused this one: if the call ends here, the caller gets that.
    #[must_use]
    pub fn earlier(self, outcome: Option<Result<(), Text<'a>>>) -> Self {
        let subject =
            |outcome: Result<(), _>| outcome.map_or_else(Subject::Error, |()| Subject::Value);
        Self { earlier: outcome.map(subject), ..self }
    }

    /// An attempt failed: what follows, as the event that hooks hear. `retry` then is the retry, if
    /// one follows.
    #[cold]
    pub fn failed<'t>(
        &'t self,
        retry: &mut Option<Retry>,
        verdict: Verdict,
        error: Text<'t>,
    ) -> Event<'t> {
        self.decided(retry, verdict, Subject::Error(error))
    }

    /// As [`failed`](Self::failed), where an attempt returned an `Ok` value that is retried.
    #[cold]
    pub fn again(&self, retry: &mut Option<Retry>, verdict: Verdict) -> Event<'_> {
        self.decided(retry, verdict, Subject::Value)
    }

    /// An attempt after the first succeeded: `retry` is over, and its event is what hooks hear.
    #[cold]
    pub fn succeeded(&self, retry: &mut Option<Retry>) -> Event<'_> {
        let mut retry = retry.take();
        let so_far = SoFar::of(retry.as_ref());
        self.recovered(&so_far, retry.as_mut().and_then(Retry::take_budget_permit))
    }

    /// An attempt after the first succeeded, which the budget granted by `budget_permit`.
    pub(crate) fn recovered(
        &self,
        so_far: &SoFar,
        budget_permit: Option<budget::Permit<'static>>,
    ) -> Event<'_> {
        if let Some(budget_permit) = budget_permit {
            budget_permit.succeeded();
        }
        let max_retries = so_far.max_retries.unwrap_or_else(|| self.policy.max_retries());
        let event =
            Event { max_retries, ..self.event(EventKind::LateSuccess, so_far, Subject::Success) };
        let test = switches::in_force();
        self.tell(&event, self.policy, so_far, &test);
        test.end();
        event
    }

    /// The hooks that heard of a retry have taken their time: if the wait that was decided on does
    /// not fit into what is left until the deadline any more, the retry is called off, which is told.
    #[cold]
    pub fn call_off_if_late<'t>(&'t self, retry: &mut Option<Retry>, event: &mut Event<'t>) {
        let Some(due) = retry else { return };
        if self.is_late(&due.so_far(), due.delay()) {
            *retry = None; // and its budget gets back what it gave
            self.call_off(event);
        }
    }

    /// Whether a retry after `delay`, which `due` ends in, does not fit into what is left until the
    /// deadline. A wait that is not made is none, and has been taken from what is left.
    pub(crate) fn is_late(&self, due: &SoFar, delay: Duration) -> bool {
        self.remaining(due).is_some_and(|remaining| delay >= remaining)
    }

    /// The retry of which `event` speaks is called off, since no time is left for it.
    pub(crate) fn call_off<'t>(&'t self, event: &mut Event<'t>) {
        let control = Control::of(self.caller);
        let changed = control.changed(self.policy, self.throttled);
        let policy = changed.as_ref().map_or(self.policy, |it| &it.policy);
        event.kind = EventKind::GiveUp(GiveUp::DeadlineExceeded);
        event.delay = None;
        event.elapsed = self.timeline.map(Timeline::elapsed);
        event.is_called_off = true;
        if let Some(earlier) = &self.earlier {
            event.subject = earlier.borrowed();
        }
        self.tell(event, policy, &SoFar::NOTHING, control.test());
        control.end();
    }

    fn decided<'t>(
        &'t self,
        retry: &mut Option<Retry>,
        verdict: Verdict,
        subject: Subject<'t>,
    ) -> Event<'t> {
        let so_far = SoFar::of(retry.as_ref());
        let mut event = self.event(EventKind::Retry, &so_far, subject);
        self.decide_in_loop(retry, &so_far, verdict, &mut event);
        event
    }

    /// As [`decide`](Self::decide), for a loop, which keeps a [`Retry`]. Returns whether a retry follows,
    /// which `retry` then is.
    #[inline(never)]
    pub(crate) fn decide_in_loop<'t>(
        &'t self,
        retry: &mut Option<Retry>,
        so_far: &SoFar,
        verdict: Verdict,
        event: &mut Event<'t>,
    ) -> bool {
        let budget_permit = retry.as_mut().and_then(Retry::take_budget_permit);
        let nesting = retry.as_mut().map(Retry::nesting);
        match self.decide(so_far, budget_permit, nesting, verdict, event) {
            Ok(decided) => {
                Retry::follow(retry, decided);
                true
            }
            Err(_) => {
                *retry = None;
                false
            }
        }
    }

    /// Decides what follows a failure, and tells it: a retry, or why there is none.
    ///
    /// `budget_permit` is what the budget granted for the attempt that failed, and `within` how calls
    /// inside that attempt are recognised; both are `None` for a first attempt.
    ///
    /// `event` is that of the retry, and becomes that of the decision: in place, since an event is
    /// large, and most calls have nobody to hand it to.
    #[inline]
    pub(crate) fn decide<'t>(
        &'t self,
        so_far: &SoFar,
        budget_permit: Option<budget::Permit<'static>>,
        nesting: Option<&mut Nesting>,
        verdict: Verdict,
        event: &mut Event<'t>,
    ) -> Result<DecidedRetry, GiveUp> {
        let verdict = self
            .rejected
            .map_or(verdict, |stopped| stages::no_sooner(verdict, stopped.rejection()));
        let control = Control::of(self.caller);
        let changed = control.changed(self.policy, self.throttled);
        let policy = changed.as_ref().map_or(self.policy, |it| &it.policy);
        let max_retries = policy.max_retries();
        let steering = self.attempt.map(|attempt| control.steering(attempt.steering()));
        let failure = self.failure(verdict, changed.as_ref(), steering.as_ref(), so_far);
        let decision = engine::decide(&failure, &so_far.history, &mut control.test().random());
        let budgeted = self.budget.map(|budget| Budgeted::new(budget, self.rejected));
        let (decision, budget_permit) = match &budgeted {
            None => (decision, None),
            Some(budgeted) => {
                budgeted.failed(budget_permit, verdict);
                decision.granted_by(|| budgeted.ask())
            }
        };
        self.tell_nesting(so_far, nesting, decision, policy, control.test());
        let (kind, delay) = match decision {
            Decision::Retry(delay) => (EventKind::Retry, Ok(delay)),
            Decision::GiveUp(reason) => (EventKind::GiveUp(reason), Err(reason)),
        };
        event.kind = kind;
        event.max_retries = max_retries;
        event.delay = delay.ok();
        event.verdict = Some(verdict);
        event.halt = self.halt(failure.ended_by);
        if let (Some(earlier), EventKind::GiveUp(_)) = (&self.earlier, kind) {
            event.subject = earlier.borrowed();
        }
        self.tell(event, policy, so_far, control.test());
        let skips_wait = control.test().skips_waits();
        control.end();
        delay.map(|delay| DecidedRetry { delay, budget_permit, max_retries, skips_wait })
    }

    fn failure<'t>(
        &'t self,
        verdict: Verdict,
        changed: Option<&'t Changed>,
        steering: Option<&'t Steering>,
        so_far: &SoFar,
    ) -> Failure<'t> {
        let (policy, throttled) = match changed {
            None => (self.policy, self.throttled),
            Some(changed) => (&changed.policy, changed.throttled.as_ref()),
        };
        let remaining = self.remaining(so_far);
        let refused = self.rejected.is_some_and(Stopped::is_open_circuit);
        let ended_by = self.ended_by();
        Failure { policy, throttled, verdict, remaining, steering, ended_by, refused }
    }

    /// What is left until the deadline, its own or that of the call around it.
    fn remaining(&self, so_far: &SoFar) -> Option<Duration> {
        let remaining = match self.timeline {
            Some(timeline) => timeline.remaining(),
            None => enclosing::remaining(),
        }?;
        // As if the waits that were skipped had been made.
        Some(remaining.saturating_sub(so_far.skipped))
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

    /// Why the attempt did not fail by itself, if it did not.
    fn halt(&self, ended_by: Option<GiveUp>) -> Option<Halt> {
        match (ended_by, self.rejected.map(Stopped::rejection)) {
            (Some(GiveUp::BulkheadFull), _) => Some(Halt::Bulkhead),
            (Some(_), _) => Some(Halt::Deadline),
            (None, Some(Rejection::CircuitOpen { retry_in: Duration::ZERO })) => Some(Halt::Probes),
            (None, Some(Rejection::CircuitOpen { .. })) => Some(Halt::OpenCircuit),
            (None, _) => None,
        }
    }

    /// Tells once a call that another one retries within it; leaves word of this one's end.
    fn tell_nesting(
        &self,
        so_far: &SoFar,
        nesting: Option<&mut Nesting>,
        decision: Decision,
        policy: &Policy,
        test: &InForce,
    ) {
        let max_retries = policy.max_retries();
        let mark = nesting::take();
        let Some(nesting) = nesting else { return };
        let attempts = u64::from(max_retries).saturating_add(1);
        if let Some(inner) = mark.and_then(|mark| nesting.notice(mark)) {
            let attempts = attempts.saturating_mul(inner.attempts);
            let kind = EventKind::Nested { inner: inner.function, attempts };
            let nested = self.event(kind, so_far, Subject::Success);
            let nested = Event { max_retries, id: None, ..nested };
            self.tell(&nested, policy, so_far, test);
        }
        if decision == Decision::GiveUp(GiveUp::Exhausted) {
            nesting::leave(nesting.mark(self.caller.name().full(), attempts));
        }
    }

    /// Tells everyone but the call's own hooks, which the generated code calls after this.
    #[cfg_attr(not(feature = "metrics"), allow(unused_variables))]
    fn tell(&self, event: &Event<'_>, policy: &Policy, so_far: &SoFar, test: &InForce) {
        if let Caller::Function(site) = self.caller {
            site().record(event, policy);
        }
        event.trace();
        #[cfg(feature = "metrics")]
        // Labelled by the policy as it is written: an override makes no new series.
        crate::events::metrics::record(event, self.policy, so_far.failing_for);
        observer::tell(event);
        test.record(event);
    }

    /// An event of that kind, with what the code's own policy allows.
    #[inline]
    pub(crate) fn event<'t>(
        &'t self,
        kind: EventKind,
        so_far: &SoFar,
        subject: Subject<'t>,
    ) -> Event<'t> {
        Event {
            kind,
            caller: self.caller,
            attempt: so_far.attempt(),
            max_retries: self.policy.max_retries(),
            delay: None,
            waited: so_far.waited,
            elapsed: self.timeline.map(Timeline::elapsed),
            verdict: None,
            halt: None,
            is_called_off: false,
            subject,
            id: self.id.as_ref(),
        }
    }
}
