//! The events of a [`Call`], and who gets them.

use super::Call;
use super::in_force::Control;
use super::nesting::{self, Mark, Nesting};
#[cfg(feature = "chaos")]
use super::perturb;
use super::so_far::SoFar;
use super::stages;
use super::upstream::OnUpstream;
use crate::engine::{Decision, GiveUp};
use crate::events::caller::Caller;
use crate::events::event::{Event, EventKind, Subject};
use crate::events::observer;
use crate::layers::budget;
use crate::policy::Policy;
use crate::switches::{self, InForce};
use crate::time::timeline::Timeline;

impl Call<'_, '_> {
    /// An attempt after the first succeeded; `budget_permit` is the budget's permit for it.
    pub(crate) fn recovered(
        &self,
        so_far: &SoFar,
        budget_permit: Option<budget::Permit<'_>>,
    ) -> Event<'_> {
        if let Some(budget) = &self.budget {
            stages::budget_succeeded(budget, budget_permit);
        }
        let limit = so_far.limit.unwrap_or_else(|| self.policy.retry_limit());
        let subject = if so_far.has_failed { Subject::Success } else { Subject::SuccessAfterPolls };
        let event = Event { limit, ..self.event(EventKind::LateSuccess, so_far, subject) };
        let test = switches::in_force();
        self.report(&event, self.policy, so_far, &test);
        test.end();
        event
    }

    /// Calls off the retry that `event` is about, since no time is left for it, and reports that.
    pub(crate) fn call_off<'t>(&'t self, event: &mut Event<'t>) {
        let control = Control::of(self.caller, self.upstream_name());
        let changed = control.changed(self.policy, self.throttled);
        let policy = changed.as_ref().map_or(self.policy, |it| &it.policy);
        event.kind = EventKind::GiveUp(GiveUp::DeadlineExceeded);
        event.delay = None;
        event.elapsed = self.timeline.map(Timeline::elapsed);
        event.is_called_off = true;
        if let Some(earlier) = &self.earlier {
            event.subject = earlier.borrowed();
        }
        self.report(event, policy, &SoFar::NOTHING, control.test());
        control.end();
    }

    /// Reports that the call is cancelled after the failed attempt of `so_far`.
    pub(crate) fn ended_by_word<'t>(&'t self, so_far: &SoFar, subject: Subject<'t>) -> Event<'t> {
        let control = Control::of(self.caller, self.upstream_name());
        let changed = control.changed(self.policy, self.throttled);
        let policy = changed.as_ref().map_or(self.policy, |it| &it.policy);
        let kind = EventKind::GiveUp(GiveUp::Cancelled);
        let limit = policy.retry_limit();
        let event = self.event(kind, so_far, subject);
        let event = Event { limit, is_called_off: true, ..event };
        self.report(&event, policy, so_far, control.test());
        control.end();
        event
    }

    /// Reports, once in a call, that another call retries within it. Leaves a mark if this one has used
    /// up its retries.
    #[inline]
    pub(super) fn report_nesting(
        &self,
        so_far: &SoFar,
        nesting: Option<&mut Nesting>,
        decision: Decision,
        policy: &Policy,
        test: &InForce,
    ) {
        let mark = nesting::take();
        let Some(nesting) = nesting else { return };
        let is_exhausted = decision == Decision::GiveUp(GiveUp::Exhausted);
        // Of most failures there is nothing to say.
        if mark.is_some() || is_exhausted {
            self.report_marks(so_far, nesting, mark, is_exhausted, policy, test);
        }
    }

    #[cold]
    fn report_marks(
        &self,
        so_far: &SoFar,
        nesting: &mut Nesting,
        mark: Option<Mark>,
        is_exhausted: bool,
        policy: &Policy,
        test: &InForce,
    ) {
        let limit = policy.retry_limit();
        let attempts = limit.attempts();
        if let Some(inner) = mark.and_then(|mark| nesting.notice(mark)) {
            let attempts = attempts.saturating_mul(inner.attempts);
            let kind = EventKind::Nested { inner: inner.function, attempts };
            let nested = self.event(kind, so_far, Subject::Success);
            let nested = Event { limit, id: None, ..nested };
            self.report(&nested, policy, so_far, test);
        }
        if is_exhausted {
            nesting::leave(nesting.mark(self.caller.name().full(), attempts));
        }
    }

    /// Reports `event` to everyone but the call's own hooks, which its loop calls after this.
    #[cfg_attr(not(feature = "metrics"), allow(unused_variables))]
    pub(super) fn report(
        &self,
        event: &Event<'_>,
        policy: &Policy,
        so_far: &SoFar,
        test: &InForce,
    ) {
        if let Caller::Function(site) = self.caller {
            let is_first_on_upstream = site().record(event, policy);
            if let (true, Some(OnUpstream { of: Some(upstream), .. })) =
                (is_first_on_upstream, self.upstream)
            {
                upstream.list_if_static();
            }
        }
        event.trace();
        #[cfg(feature = "metrics")]
        // Labelled by the policy as it is written, so that an override makes no new series.
        {
            crate::events::metrics::record(event, self.policy, so_far.failing_for);
            let counts = self.upstream.and_then(|upstream| upstream.counts);
            crate::events::metrics::record_upstream(event, counts);
        }
        observer::report(event);
        test.record(event);
    }

    /// Whether chaos has acted in the call, or may be why a layer has refused it.
    #[cfg(feature = "chaos")]
    fn has_chaos(&self) -> bool {
        let is_refused = || self.rejected.is_some_and(|stopped| !stopped.has_run());
        let is_in_force = || perturb::is_in_force(self.caller, self.upstream_name());
        self.acted.is_some_and(|acted| acted.has() || is_refused() && is_in_force())
    }

    /// An event of that kind, with the limit of the policy as it is written.
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
            limit: self.policy.retry_limit(),
            delay: None,
            waited: so_far.waited,
            elapsed: self.timeline.map(Timeline::elapsed),
            verdict: None,
            halt: None,
            is_answer: false,
            is_called_off: false,
            is_anew: false,
            subject,
            upstream: self.upstream.map(|upstream| upstream.name),
            id: self.id.as_ref(),
            #[cfg(feature = "chaos")]
            has_chaos: self.has_chaos(),
        }
    }
}
