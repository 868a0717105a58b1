//! What follows a failure: the decision about a [`Call`].

use std::time::Duration;

use super::Call;
use super::in_force::{Changed, Control};
use super::nesting::Nesting;
use super::retry::DecidedRetry;
use super::so_far::SoFar;
use super::stages::{self, Budgeted};
use crate::classify::Verdict;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::engine::steering::Connection;
use crate::engine::{self, Decision, Failure, GiveUp, Steering};
use crate::events::event::{Event, EventKind, Halt};
use crate::layers::budget;
use crate::time::timeline::Timeline;
use crate::time::{clock, enclosing};

impl<'b> Call<'_, 'b> {
    /// Decides what follows a failure, and reports it: a retry, or why there is none.
    ///
    /// `budget_permit` is the budget's permit for the attempt that failed, and `nesting` recognises the
    /// calls within that attempt; both are `None` for a first attempt.
    ///
    /// No retry follows if the call `is_cancelled`.
    ///
    /// `event` is that of a retry, and becomes that of the decision. It is changed in place, since an
    /// event is large and most calls have no hook to hand it to.
    #[inline]
    pub(crate) fn decide<'t>(
        &'t self,
        so_far: &SoFar,
        budget_permit: Option<budget::Permit<'b>>,
        nesting: Option<&mut Nesting>,
        verdict: Verdict,
        is_cancelled: bool,
        event: &mut Event<'t>,
    ) -> Result<DecidedRetry<'b>, GiveUp> {
        let verdict = self.rejected.map_or(verdict, |stopped| stages::no_sooner(verdict, stopped));
        let control = Control::of(self.caller, self.upstream_name());
        let changed = control.changed(self.policy, self.throttled);
        let policy = changed.as_ref().map_or(self.policy, |it| &it.policy);
        let limit = policy.retry_limit();
        let steering = self.attempt.map(|attempt| control.steering(attempt.steering()));
        let failure = self.failure(verdict, changed.as_ref(), steering.as_ref(), so_far);
        let mut decision =
            engine::decide(&failure, &so_far.history_of(verdict), &mut control.test().random());
        // A shutdown's deadline is no reason of its own.
        let is_late = decision == Decision::GiveUp(GiveUp::DeadlineExceeded);
        let may_go_on =
            matches!(decision, Decision::Retry(_)) || is_late && failure.ended_by.is_none();
        if is_cancelled && may_go_on {
            decision = Decision::GiveUp(GiveUp::Cancelled);
        }
        let (decision, budget_permit) = match self.budget {
            None => (decision, None),
            Some(budget) if event.is_waiting() => {
                stages::budget_succeeded(&budget, budget_permit);
                (decision, None) // which costs nothing
            }
            Some(budget) => {
                let budgeted = Budgeted::new(budget, self.rejected);
                budgeted.failed(budget_permit, verdict);
                decision.granted_by(|| budgeted.ask())
            }
        };
        self.report_nesting(so_far, nesting, decision, policy, control.test());
        if !event.is_waiting() {
            self.note_decision(decision);
            if failure.ended_by.is_none() {
                self.push_back(verdict, control.test());
            }
        }
        let (kind, delay) = match decision {
            Decision::Retry(delay) => (EventKind::Retry, Ok(delay)),
            Decision::GiveUp(reason) => (EventKind::GiveUp(reason), Err(reason)),
        };
        event.kind = kind;
        event.limit = limit;
        event.is_anew = failure.is_anew() && delay.is_ok();
        event.delay = delay.ok();
        event.verdict = (!event.is_waiting()).then_some(verdict);
        event.halt = self.halt(failure.ended_by);
        event.is_answer = self.is_answer(kind, verdict);
        if let (Some(earlier), EventKind::GiveUp(_)) = (&self.earlier, kind) {
            event.subject = earlier.borrowed();
        }
        self.report(event, policy, so_far, control.test());
        let skips_wait = control.test().skips_waits();
        control.end();
        let (is_anew, times_attempt) = (event.is_anew, policy.reset_after().is_some());
        delay.map(|delay| DecidedRetry {
            delay,
            budget_permit,
            limit,
            skips_wait,
            is_anew,
            times_attempt,
            by_kind: so_far.by_kind_after(verdict, is_anew),
            is_after_failure: !event.is_waiting(),
        })
    }

    #[inline]
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
        let refused = match self.rejected.map(Stopped::rejection) {
            Some(Rejection::CircuitOpen { .. }) => Some(GiveUp::CircuitOpen),
            Some(Rejection::RateLimited { .. }) => Some(GiveUp::RateLimited),
            _ => None,
        };
        let ended_by = self.ended_by().or_else(|| self.given_up_within(verdict));
        let ran = so_far.began.map(|began| match steering.map(|it| it.connection) {
            Some(Connection::Awaited) => Duration::ZERO,
            Some(Connection::Since(connected)) => clock::since(connected),
            Some(Connection::None) | None => clock::since(began),
        });
        Failure { policy, throttled, verdict, remaining, steering, ended_by, refused, ran }
    }

    /// The time left until the deadline, the call's own or that of the call around it.
    fn remaining(&self, so_far: &SoFar) -> Option<Duration> {
        let remaining = match self.timeline {
            Some(timeline) => timeline.remaining(),
            None => enclosing::remaining(),
        }?;
        // As if the waits that were skipped had been made.
        Some(remaining.saturating_sub(so_far.skipped))
    }

    /// The bulkhead or the deadline, if it has ended the call.
    fn ended_by(&self) -> Option<GiveUp> {
        match self.rejected.map(Stopped::rejection) {
            Some(Rejection::BulkheadFull) => Some(GiveUp::BulkheadFull),
            Some(Rejection::DeadlineExceeded) => Some(GiveUp::DeadlineExceeded),
            Some(Rejection::Cancelled) => Some(GiveUp::Cancelled),
            _ => {
                let was_cut = self.timeline.is_some_and(Timeline::was_cut);
                was_cut.then_some(GiveUp::DeadlineExceeded)
            }
        }
    }

    /// Whether the call ends with what a permanent failure says: neither retries nor a limit have ended it.
    fn is_answer(&self, kind: EventKind, verdict: Verdict) -> bool {
        let is_final = matches!(kind, EventKind::GiveUp(GiveUp::Permanent | GiveUp::Requested));
        is_final && !verdict.retries() && self.rejected.is_none()
    }

    /// What stopped the attempt, for its event; `None` if it failed by itself.
    fn halt(&self, ended_by: Option<GiveUp>) -> Option<Halt> {
        match (ended_by, self.rejected.map(Stopped::rejection)) {
            (Some(GiveUp::BulkheadFull), _) => Some(Halt::Bulkhead),
            (Some(GiveUp::DeadlineExceeded), _) => Some(Halt::Deadline),
            (Some(GiveUp::Cancelled), _) => Some(Halt::Cancelled),
            (None, Some(Rejection::CircuitOpen { retry_in: Duration::ZERO })) => Some(Halt::Probes),
            (None, Some(Rejection::CircuitOpen { .. })) => Some(Halt::OpenCircuit),
            (None, Some(Rejection::RateLimited { .. })) => Some(Halt::Rate),
            _ => None,
        }
    }

    /// Whether a wait of `delay`, the last one of `so_far`, no longer fits into the time left until the
    /// deadline. A wait that a test skips is zero here: the time left is less by it already.
    pub(crate) fn is_late(&self, so_far: &SoFar, delay: Duration) -> bool {
        self.remaining(so_far).is_some_and(|remaining| delay >= remaining)
    }
}
