//! [`Between`]: what an async call does between two attempts.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::conclude::{Follows, Of};
use super::guard::Guard;
use super::parts::{Listen, Recover, Rules, Timing};
use super::state::Waiting;
use super::{Judge, Polled};
use crate::call::slot::RetrySlot;
use crate::classify::outcome::Outcome;

/// What an async call needs between two attempts: it decides, waits, and ends.
// Of no operation's type, so that it is compiled once for all that give the same outcome and are judged alike.
pub(super) struct Between<'a, R, G, T> {
    pub(super) of: Of<'a>,
    pub(super) rules: &'a mut R,
    pub(super) guard: &'a mut G,
    pub(super) retry: &'a mut RetrySlot<'static>,
    pub(super) timer: &'a mut T,
}

impl<J, A, L: Listen, F, G, T: Timing> Between<'_, Rules<J, A, L, F>, G, T> {
    /// An attempt has ended, and has not succeeded at once: the wait for a retry; or what the caller gets.
    #[cold]
    #[inline(never)]
    pub(super) fn settle<O: Outcome>(
        &mut self,
        outcome: O,
        polled: Polled,
    ) -> Result<Waiting<O, T::Wait>, O>
    where
        O::Error: fmt::Debug,
        J: Judge<O::Error>,
        F: Recover<O>,
        G: Guard<O>,
    {
        let Self { of, rules, guard, retry, timer } = self;
        let follows = rules.settle(*of, *guard, retry, &outcome, polled);
        match (follows, &mut ***retry) {
            (Follows::Retry, Some(retry)) => Ok(Waiting::after(outcome, timer.wait(retry))),
            _ => Err(guard.end(outcome, follows, &mut rules.fallback)),
        }
    }

    /// Waits; gives what the caller gets, if the wait is cancelled.
    #[cold]
    #[inline(never)]
    pub(super) fn poll_wait<O: Outcome>(
        &mut self,
        waiting: Pin<&mut Waiting<O, T::Wait>>,
        context: &mut Context<'_>,
    ) -> Poll<Option<O>>
    where
        O::Error: fmt::Debug,
        F: Recover<O>,
        G: Guard<O>,
    {
        let Self { of, rules, guard, retry, .. } = self;
        let (outcome, is_cancelled) = ready!(waiting.poll::<T>(retry, context));
        if is_cancelled {
            rules.cancelled(*of, *guard, retry, &outcome);
            return Poll::Ready(Some(guard.end(outcome, Follows::Fallback, &mut rules.fallback)));
        }
        guard.keep(outcome);
        Poll::Ready(None)
    }
}
