//! What follows an attempt of a retried closure.

use std::any::type_name;
use std::fmt;

use super::guards::{Guarded, Guards};
use super::parts::{Listen, Recover, Rules};
use super::{Again, ClosureSettings, Judge, Polled};
use crate::call::retry::Retry;
use crate::call::settle::{is_answer, is_given_up, is_retried};
use crate::call::stages;
use crate::classify::Verdict;
use crate::classify::outcome::Outcome;
use crate::classify::stopped::Stopped;
use crate::events::event::Event;
use crate::events::text::Text;
use crate::primitives::bounded::written_out;

impl<J, A, L: Listen, F> Rules<J, A, L, F> {
    /// What follows `outcome`: a retry, which `retry` then is, or the end of the call. Hooks are called.
    ///
    /// `Called`, the operation's type, names the function that the closure stands in.
    #[inline]
    pub(super) fn conclude<Called, O: Outcome>(
        &mut self,
        settings: &ClosureSettings,
        mut guarded: Option<&mut Guarded<O>>,
        retry: &mut Option<Retry<'static>>,
        outcome: &O,
    ) -> Follows
    where
        O::Error: fmt::Debug,
        J: Judge<O::Error>,
        A: Again<O::Value>,
    {
        let stopped = guarded.as_ref().and_then(|guarded| guarded.guards.stopped());
        let mut judge = || self.failure(stopped, outcome);
        let failure = match &guarded {
            Some(guarded) => guarded.guards.hold(judge),
            None => judge(),
        };
        if let Some(guarded) = &mut guarded {
            let verdict = failure.as_ref().and_then(Failure::verdict);
            guarded.guards.attempted(verdict, stopped);
            stages::end(guarded.guards.take_permit(), verdict, stopped);
        }
        if failure.is_none() && retry.is_none() {
            let counted = || guarded.as_ref()?.guards.budget().map(|budget| &**budget);
            if let Some(budget) = settings.budget.or_else(counted) {
                budget.succeeded();
            }
            return Follows::Answer;
        }
        let guarded = guarded.as_deref();
        let earlier = guarded.and_then(Guarded::instead).map(|outcome| {
            outcome.as_result().map(drop).map_err(|error| Text::Owned(debug_text(error)))
        });
        let guards = guarded.map(|guarded| &guarded.guards);
        let conclusion = Conclusion { settings, type_name: type_name::<Called>, guards, earlier };
        let listener = &mut self.listener;
        let settle = || conclusion.settle(retry, failure, &mut |event| listener.hear(event));
        match guards {
            Some(guards) => guards.hold(settle),
            None => settle(),
        }
    }

    /// The wait for the retry of `outcome` was cancelled: the call ends, and hooks are called.
    #[cold]
    pub(super) fn cancelled<Called, O: Outcome>(
        &mut self,
        settings: &ClosureSettings,
        guarded: Option<&Guarded<O>>,
        retry: &mut Option<Retry>,
        outcome: &O,
    ) -> Follows
    where
        O::Error: fmt::Debug,
    {
        let guards = guarded.map(|guarded| &guarded.guards);
        let error = outcome.as_result().err().map(|error| Text::Owned(debug_text(error)));
        let listener = &mut self.listener;
        let report = || {
            let call = settings.call(type_name::<Called>, guards);
            listener.hear(&call.cancelled(retry, error));
        };
        match guards {
            Some(guards) => guards.hold(report),
            None => report(),
        }
        Follows::Fallback
    }

    /// What `outcome` is as a failure, if it is one.
    #[inline]
    fn failure<O: Outcome>(&mut self, stopped: Option<Stopped>, outcome: &O) -> Option<Failure>
    where
        O::Error: fmt::Debug,
        J: Judge<O::Error>,
        A: Again<O::Value>,
    {
        match outcome.as_result() {
            Ok(value) => {
                let polled = self.again.again(value);
                (polled != Polled::Final).then_some(Failure::Value(polled))
            }
            Err(error) => {
                let verdict = self.judge.judge_unless_refused(stopped, error);
                Some(Failure::Error(verdict, debug_text(error)))
            }
        }
    }
}

/// What follows an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// A retry.
    Retry,
    /// The end of the call, with the outcome as it is: a success, or a permanent failure.
    Answer,
    /// The end of the call, which retrying or a refusal has brought: the fallback is asked.
    Fallback,
}

impl Follows {
    /// What the caller gets of a call that ends with `outcome`.
    pub(super) fn end<O>(self, outcome: O, fallback: impl Recover<O>) -> O {
        match self {
            Self::Fallback => fallback.recover(outcome),
            Self::Retry | Self::Answer => outcome,
        }
    }
}

/// An attempt's failure.
enum Failure {
    /// An error, and its text.
    Error(Verdict, String),
    /// An `Ok` value that is retried.
    Value(Polled),
}

impl Failure {
    /// What layers count; `None` for a value that is waited for, which is a success to them.
    fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Error(verdict, _) | Self::Value(Polled::Failed(verdict)) => Some(*verdict),
            Self::Value(_) => None,
        }
    }
}

#[cold]
fn debug_text<E: fmt::Debug>(error: &E) -> String {
    written_out(format_args!("{error:?}"))
}

/// An attempt that has ended, and the call whose it is.
struct Conclusion<'a> {
    settings: &'a ClosureSettings,
    type_name: fn() -> &'static str,
    guards: Option<&'a Guards>,
    /// What an earlier attempt gave, an error or a value that is retried, if the caller gets that.
    earlier: Option<Result<(), Text<'a>>>,
}

impl Conclusion<'_> {
    /// Decides what follows, and reports it. The same for all closures, so it is compiled once.
    #[cold]
    #[inline(never)]
    fn settle(
        self,
        retry: &mut Option<Retry<'static>>,
        failure: Option<Failure>,
        hear: &mut dyn FnMut(&Event<'_>) -> bool,
    ) -> Follows {
        let stopped = self.guards.and_then(Guards::stopped);
        let call = self.settings.call(self.type_name, self.guards);
        let call = call.rejected(stopped).earlier(self.earlier);
        let mut event = match failure {
            Some(Failure::Error(verdict, error)) => call.failed(retry, verdict, Text::Owned(error)),
            Some(Failure::Value(polled)) => call.again(retry, polled),
            None => call.succeeded(retry),
        };
        let has_heard = hear(&event);
        if has_heard && is_retried(&event) {
            call.call_off_if_late(retry, &mut event);
            if is_given_up(&event) {
                hear(&event);
            }
        }
        if is_retried(&event) {
            Follows::Retry
        } else if is_given_up(&event) && !is_answer(&event) {
            Follows::Fallback
        } else {
            Follows::Answer
        }
    }
}
