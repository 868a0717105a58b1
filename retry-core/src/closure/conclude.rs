//! What follows an attempt of a retried closure.

use std::fmt;

use super::beside::Beside;
use super::guard::{Guard, JudgeBodies, Judged};
use super::guards::Guards;
use super::parts::{Listen, Recover, Rules};
use super::settings::{ClosureSettings, Kept};
use super::{Again, Judge, Polled};
use crate::call::Call;
use crate::call::retry::Retry;
use crate::call::settle::{is_answer, is_given_up, is_retried};
use crate::call::slot::RetrySlot;
use crate::classify::Verdict;
use crate::classify::outcome::Outcome;
use crate::events::text::Text;
use crate::primitives::brief::Brief;

impl<O, J, A, L, F> JudgeBodies<O> for Rules<J, A, L, F>
where
    O: Outcome,
    J: Judge<O::Error>,
    A: Again<O::Value>,
{
    fn judge(&mut self, outcome: &O) -> Judged {
        match outcome.as_result() {
            Ok(value) => Judged::Value(self.again.again(value)),
            Err(error) => Judged::Error(self.judge.judge_unless_refused(None, error)),
        }
    }
}

impl<J, A, L: Listen, F> Rules<J, A, L, F> {
    /// The outcome of an attempt that has succeeded, in a call that has not failed before: the caller gets it.
    /// The others need [`settle`](Self::settle), with what an `Ok` value came to.
    #[inline]
    pub(super) fn at_once<O: Outcome>(
        &mut self,
        kept: &impl Kept,
        guard: &mut impl Guard<O>,
        retry: &RetrySlot<'static>,
        outcome: O,
    ) -> Result<O, (O, Polled)>
    where
        A: Again<O::Value>,
    {
        // Taken apart before anything borrows from it, so that it stays where it was returned.
        match outcome.into_result() {
            Ok(value) => {
                let polled = match guard.judged() {
                    Some(Judged::Value(polled)) => polled,
                    _ => guard.hold(|| self.again.again(&value)),
                };
                let outcome = O::from_result(Ok(value));
                if polled == Polled::Final && !retry.is_filled() {
                    guard.ended(None);
                    kept.succeeded();
                    Ok(outcome)
                } else {
                    Err((outcome, polled))
                }
            }
            Err(error) => Err((O::from_result(Err(error)), Polled::Final)),
        }
    }

    /// What follows an attempt that has not succeeded at once: a retry, which `retry` then is, or the end of the
    /// call. Hooks are called. `polled` is what an `Ok` value came to.
    // The same for all operations that give an `O`.
    #[cold]
    #[inline(never)]
    pub(super) fn settle<O: Outcome>(
        &mut self,
        of: Of<'_>,
        guard: &mut impl Guard<O>,
        retry: &mut Option<Retry<'static>>,
        outcome: &O,
        polled: Polled,
    ) -> Follows
    where
        O::Error: fmt::Debug,
        J: Judge<O::Error>,
    {
        let stopped = guard.guards().and_then(Guards::stopped);
        let ended = match outcome.as_result() {
            Ok(_) => Ended::Well(polled),
            Err(error) => {
                let verdict = match guard.judged() {
                    Some(Judged::Error(verdict)) => verdict,
                    _ => guard.hold(|| self.judge.judge_unless_refused(stopped, error)),
                };
                Ended::Badly(verdict, error)
            }
        };
        guard.ended(ended.verdict());
        let earlier = guard.instead().map(|outcome| shown(outcome));
        let guards = guard.guards();
        let call = Conclusion { of, guards };
        call.settle(retry, ended, earlier, &mut self.listener)
    }

    /// The wait for the retry of `outcome` was cancelled: the call ends, and hooks are called.
    #[cold]
    #[inline(never)]
    pub(super) fn cancelled<O: Outcome>(
        &mut self,
        of: Of<'_>,
        guard: &impl Guard<O>,
        retry: &mut Option<Retry<'static>>,
        outcome: &O,
    ) where
        O::Error: fmt::Debug,
    {
        let call = Conclusion { of, guards: guard.guards() };
        call.cancelled(retry, shown(outcome).err(), &mut self.listener);
    }
}

/// The call about which something is decided.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    settings: &'a ClosureSettings,
    /// The type of the operation names the function that the closure stands in.
    type_name: fn() -> &'static str,
    beside: Option<&'a Beside>,
}

impl<'a> Of<'a> {
    pub(super) fn closure(kept: &'a impl Kept, type_name: fn() -> &'static str) -> Self {
        Self { settings: kept.common(), type_name, beside: kept.beside() }
    }

    /// As [`closure`](Self::closure), of settings that stand elsewhere.
    pub(super) const fn with_settings(self, settings: &'a ClosureSettings) -> Self {
        Self { settings, ..self }
    }
}

/// What is shown of an outcome: its error.
fn shown<O: Outcome<Error: fmt::Debug>>(outcome: &O) -> Result<(), &dyn fmt::Debug> {
    match outcome.as_result() {
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

/// What follows an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// A retry.
    Retry,
    /// The end of the call, with the outcome as it is: a success, or a permanent failure.
    Answer,
    /// The end of the call, which retrying or a refusal has brought: the fallback is asked.
    Fallback,
}

impl Follows {
    /// What the caller gets of a call that ends with `outcome`.
    #[inline]
    pub(super) fn end<O>(self, outcome: O, fallback: &mut impl Recover<O>) -> O {
        match self {
            Self::Fallback => fallback.recover(outcome),
            Self::Retry | Self::Answer => outcome,
        }
    }
}

/// How an attempt has ended.
#[derive(Clone, Copy)]
enum Ended<'a> {
    /// With an `Ok` value, which may be retried.
    Well(Polled),
    /// With an error.
    Badly(Verdict, &'a dyn fmt::Debug),
}

impl Ended<'_> {
    /// What layers count; `None` for a value that is waited for, which is a success to them.
    fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Badly(verdict, _) | Self::Well(Polled::Failed(verdict)) => Some(*verdict),
            Self::Well(_) => None,
        }
    }
}

/// An attempt that has ended, and the call whose it is.
#[derive(Clone, Copy)]
struct Conclusion<'a> {
    of: Of<'a>,
    guards: Option<&'a Guards>,
}

impl<'a> Conclusion<'a> {
    fn call(self) -> Call<'a, 'static> {
        let Of { settings, type_name, beside } = self.of;
        settings.call(type_name, beside, self.guards)
    }
}

// The same for all closures, so it is compiled once.
impl Conclusion<'_> {
    /// Decides what follows, and reports it. `earlier` is what an earlier attempt gave, if the caller gets that.
    fn settle(
        self,
        retry: &mut Option<Retry<'static>>,
        ended: Ended<'_>,
        earlier: Option<Result<(), &dyn fmt::Debug>>,
        listener: &mut dyn Listen,
    ) -> Follows {
        let mut settle = || self.settle_holding(retry, ended, earlier, listener);
        match self.guards {
            Some(guards) => guards.hold(settle),
            None => settle(),
        }
    }

    fn settle_holding(
        self,
        retry: &mut Option<Retry<'static>>,
        ended: Ended<'_>,
        earlier: Option<Result<(), &dyn fmt::Debug>>,
        listener: &mut dyn Listen,
    ) -> Follows {
        let mut call = self.call();
        if let Some(stopped) = self.guards.and_then(Guards::stopped) {
            call = call.rejected(Some(stopped)); // moves it, so it is left out where it can be
        }
        let before;
        if let Some(earlier) = earlier {
            before = earlier.err().map(Brief::of_debug);
            let earlier = before.as_ref().map_or(Ok(()), |text| Err(Text::Display(text)));
            call = call.earlier(Some(earlier));
        }
        let text;
        let mut event = match ended {
            Ended::Badly(verdict, error) => {
                text = Brief::of_debug(error);
                call.failed(retry, verdict, Text::Display(&text))
            }
            Ended::Well(Polled::Final) => call.succeeded(retry),
            Ended::Well(polled) => call.again(retry, polled),
        };
        let has_heard = listener.hear(&event);
        if has_heard && is_retried(&event) {
            call.call_off_if_late(retry, &mut event);
            if is_given_up(&event) {
                listener.hear(&event);
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

    /// Reports that the wait after an attempt was cancelled, which failed with `error` or gave a value.
    fn cancelled(
        self,
        retry: &mut Option<Retry<'static>>,
        error: Option<&dyn fmt::Debug>,
        listener: &mut dyn Listen,
    ) {
        let text = error.map(Brief::of_debug);
        let mut report = || {
            let call = self.call();
            let text = text.as_ref().map(|text| Text::Display(text));
            listener.hear(&call.cancelled(retry, text));
        };
        match self.guards {
            Some(guards) => guards.hold(report),
            None => report(),
        }
    }
}
