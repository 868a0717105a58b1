//! What follows an attempt of a retried closure.

use std::fmt;

use super::{Again, Judge, Listen, Settings};
use crate::call::Call;
use crate::call::attempt::Attempt;
use crate::call::earlier;
use crate::call::progress::Retry;
use crate::call::stages;
use crate::classify::Verdict;
use crate::classify::judge::unless_refused;
use crate::classify::outcome::Outcome;
use crate::classify::stopped::Stopped;
use crate::events::caller::Caller;
use crate::events::name::Name;
use crate::events::text::Text;
use crate::layers::breaker::Permit;
use crate::primitives::bounded::written_out;
use crate::time::timeline::Timeline;

/// The parts of a call that have a say when an attempt has ended.
pub(super) struct Parts<J, A, L> {
    pub(super) judge: J,
    pub(super) again: A,
    pub(super) listener: L,
}

/// How an attempt ran: what surrounded it, and what cut it short.
pub(super) struct Run<'a, O> {
    pub(super) timeline: Option<&'a Timeline>,
    pub(super) attempt: Option<&'a Attempt>,
    pub(super) permit: Option<Permit<'static>>,
    pub(super) rejected: Option<Stopped>,
    /// What an earlier attempt gave, if it was kept.
    pub(super) earlier: &'a Option<O>,
}

impl<J, A, L: Listen> Parts<J, A, L> {
    /// Whether a retry follows `outcome`, which `so_far` then is; else it goes to the caller.
    /// Hooks are called.
    ///
    /// `Operation` tells the function that the closure stands in.
    pub(super) fn conclude<Operation, O: Outcome>(
        &mut self,
        settings: &Settings<O>,
        run: Run<'_, O>,
        so_far: &mut Option<Retry>,
        outcome: &O,
    ) -> bool
    where
        O::Error: fmt::Debug,
        J: Judge<O::Error>,
        A: Again<O::Value>,
    {
        let Self { judge, again, listener } = self;
        let Run { permit, rejected, earlier, .. } = run;
        let (verdict, text) = match outcome.as_result() {
            Ok(value) => (Some(again.again(value)).filter(Verdict::retries), None),
            Err(error) => {
                let verdict = judge.judge(error);
                let verdict =
                    if J::ASKS_ERROR { unless_refused(rejected, verdict) } else { verdict };
                (Some(verdict), Some(written_out(format_args!("{error:?}"))))
            }
        };
        match verdict {
            Some(verdict) => stages::attempt_failed(permit, verdict, rejected),
            None => stages::attempt_succeeded(permit),
        }
        if verdict.is_none() && so_far.is_none() {
            if let Some(budget) = settings.budget {
                budget.succeeded();
            }
            return false;
        }
        let call = settings.call(settings.function::<Operation>(), run.timeline, run.attempt);
        let earlier =
            earlier::instead(rejected, earlier.as_ref()).map(O::as_result).map(|outcome| {
                outcome
                    .map(drop)
                    .map_err(|error| Text::Owned(written_out(format_args!("{error:?}"))))
            });
        let call = call.rejected(rejected).earlier(earlier);
        let mut told = match (verdict, text) {
            (Some(verdict), Some(text)) => call.failed(so_far, verdict, Text::Owned(text)),
            (Some(verdict), None) => call.again(so_far, verdict),
            (None, _) => call.succeeded(so_far),
        };
        let has_heard = listener.hear(&told.event);
        if has_heard && told.goes_on() {
            call.call_off_if_late(so_far, &mut told);
            if told.gives_up() {
                listener.hear(&told.event);
            }
        }
        told.goes_on()
    }
}

impl<O: Outcome> Settings<O> {
    /// Whether what an attempt failed with must be kept, since a later one may be cut at the deadline
    /// or refused by the circuit breaker.
    pub(super) fn keeps_earlier(&self) -> bool {
        self.reject.is_some() && (self.deadline.is_some() || self.breaker.is_some())
    }

    fn call<'a>(
        &'a self,
        name: Name,
        timeline: Option<&'a Timeline>,
        attempt: Option<&'a Attempt>,
    ) -> Call<'a> {
        let mut call = Call::by(Caller::Closure(name), &self.policy);
        if let Some(policy) = &self.throttled {
            call = call.throttled(policy);
        }
        if let Some(id) = &self.id {
            call = call.id(Text::Display(id));
        }
        if let Some(budget) = self.budget {
            call = call.budget(budget);
        }
        if let Some(timeline) = timeline {
            call = call.timeline(timeline);
        }
        if let Some(attempt) = attempt {
            call = call.context(attempt);
        }
        call
    }
}
