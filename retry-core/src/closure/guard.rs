//! [`Guard`]: what stands around a call's attempts, and [`Unguarded`], where nothing does.
//!
//! Whether a call has limits or layers is known by its type, so that the code of one without them has
//! nothing of theirs.

use std::any::type_name;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::beside::Beside;
use super::conclude::Follows;
use super::guarded::Guarded;
use super::guards::Guards;
use super::parts::{Pause, Recover, Timing};
use super::settings::Kept;
use super::state::{State, StateProjection};
use super::{AsyncOperation, BlockingOperation, Polled};
use crate::call::retry::Retry;
use crate::call::slot::RetrySlot;
use crate::classify::Verdict;
use crate::classify::outcome::Outcome;

/// What stands around a call's attempts, which give an `O`.
pub trait Guard<O: Outcome> {
    /// It, if there is any.
    fn guarded<'a>(&'a self) -> Option<&'a Guarded<O>>
    where
        O: 'a;
    /// It, if there is any.
    fn guarded_mut<'a>(&'a mut self) -> Option<&'a mut Guarded<O>>
    where
        O: 'a;
    /// Of it, what is the same whatever the attempts give.
    fn guards(&self) -> Option<&Guards>;

    /// Runs `body` while the call holds its permit, if it has one.
    fn hold<T>(&self, body: impl FnOnce() -> T) -> T {
        match self.guards() {
            Some(guards) => guards.hold(body),
            None => body(),
        }
    }

    /// An attempt has ended, with a verdict if it failed.
    fn ended(&mut self, verdict: Option<Verdict>) {
        if let Some(guarded) = self.guarded_mut() {
            guarded.guards.ended(verdict);
        }
    }

    /// Keeps what an attempt gave, since a later one may be cut or refused.
    fn keep(&mut self, outcome: O) {
        if let Some(guarded) = self.guarded_mut() {
            guarded.keep(outcome);
        }
    }

    /// What the caller gets instead, should the call end with this attempt.
    fn instead(&self) -> Option<&O> {
        self.guarded()?.instead()
    }

    /// What the outcome has come to already, if the attempt was a race.
    #[inline]
    fn judged(&mut self) -> Option<Judged> {
        None
    }

    /// The call is over, whose last attempt gave `outcome`: what the caller gets.
    fn end(&mut self, outcome: O, follows: Follows, fallback: &mut impl Recover<O>) -> O {
        match self.guarded_mut() {
            Some(guarded) => guarded.end(outcome, follows, fallback),
            None => follows.end(outcome, fallback),
        }
    }
}

/// What stands around the attempts of an operation that blocks its thread.
pub trait BlockingGuard<O: BlockingOperation>: Guard<O::Output> {
    /// The call begins.
    fn start(&mut self, kept: &impl Kept);

    /// Makes an attempt. If chaos delays it, `timer` does.
    fn attempt(
        &mut self,
        operation: &mut O,
        kept: &impl Kept,
        retry: Option<&Retry<'_>>,
        timer: &mut impl Pause,
    ) -> O::Output;
}

/// What stands around the attempts of an async operation.
pub trait AsyncGuard<O: AsyncOperation, T: Timing>: Guard<O::Output> {
    /// An attempt: the operation's future, or a race of these.
    type Attempt;

    /// Begins an attempt unless one runs, and polls it, by what the rest of the call has for it. Gives its
    /// outcome: then it has been dropped. Gives none if a retry is waited for, or the call is over.
    fn poll_attempt(
        &mut self,
        state: Pin<&mut State<O::Output, Self::Attempt, T::Wait>>,
        around: Around<'_, O, T, impl Kept, impl JudgeBodies<O::Output>>,
        context: &mut Context<'_>,
    ) -> Poll<Option<O::Output>>;
}

/// What attempts need of their call: what makes them, a timer, the retries so far, and what races judge their
/// bodies by.
pub struct Around<'a, O, T, K, R> {
    pub(super) operation: &'a mut O,
    pub(super) timer: &'a mut T,
    pub(super) kept: &'a K,
    pub(super) retry: &'a RetrySlot<'static>,
    pub(super) rules: &'a mut R,
}

/// Judges the outcomes of a race's bodies.
pub trait JudgeBodies<O> {
    /// What `outcome` comes to.
    fn judge(&mut self, outcome: &O) -> Judged;
}

/// What an outcome comes to.
#[derive(Clone, Copy, Debug)]
pub enum Judged {
    /// An `Ok` value.
    Value(Polled),
    /// An error.
    Error(Verdict),
}

/// Nothing stands around the attempts: the call has no limits and no layers.
#[derive(Clone, Copy, Debug)]
pub struct Unguarded;

impl<O: Outcome> Guard<O> for Unguarded {
    fn guarded<'a>(&'a self) -> Option<&'a Guarded<O>>
    where
        O: 'a,
    {
        None
    }

    fn guarded_mut<'a>(&'a mut self) -> Option<&'a mut Guarded<O>>
    where
        O: 'a,
    {
        None
    }

    #[inline]
    fn guards(&self) -> Option<&Guards> {
        None
    }

    #[inline]
    fn hold<T>(&self, body: impl FnOnce() -> T) -> T {
        body()
    }

    #[inline]
    fn ended(&mut self, _: Option<Verdict>) {}

    #[inline]
    fn keep(&mut self, _: O) {}

    #[inline]
    fn instead(&self) -> Option<&O> {
        None
    }

    #[inline]
    fn end(&mut self, outcome: O, follows: Follows, fallback: &mut impl Recover<O>) -> O {
        follows.end(outcome, fallback)
    }
}

impl<O: BlockingOperation> BlockingGuard<O> for Unguarded {
    #[inline]
    fn start(&mut self, _: &impl Kept) {}

    #[inline]
    fn attempt(
        &mut self,
        operation: &mut O,
        kept: &impl Kept,
        retry: Option<&Retry<'_>>,
        _: &mut impl Pause,
    ) -> O::Output {
        kept.begin(retry.is_none());
        operation.attempt(kept.common().lone_attempt(type_name::<O>))
    }
}

impl<O: AsyncOperation, T: Timing> AsyncGuard<O, T> for Unguarded {
    type Attempt = O::Future;

    #[inline]
    fn poll_attempt(
        &mut self,
        mut state: Pin<&mut State<O::Output, O::Future, T::Wait>>,
        around: Around<'_, O, T, impl Kept, impl JudgeBodies<O::Output>>,
        context: &mut Context<'_>,
    ) -> Poll<Option<O::Output>> {
        if let StateProjection::Starting = state.as_mut().project() {
            let Around { operation, kept, retry, .. } = around;
            state.as_mut().replace_by(State::Over); // if anything panics, no further attempt begins
            kept.begin(!retry.is_filled());
            let attempt = operation.attempt(kept.common().lone_attempt(type_name::<O>));
            state.as_mut().replace_by(State::Attempting { attempt });
        }
        let StateProjection::Attempting { attempt } = state.as_mut().project() else {
            return Poll::Ready(None);
        };
        let outcome = ready!(attempt.poll(context));
        state.replace_by(State::Over);
        Poll::Ready(Some(outcome))
    }
}

impl<O: Outcome> Guard<O> for Option<Guarded<O>> {
    fn guarded<'a>(&'a self) -> Option<&'a Guarded<O>>
    where
        O: 'a,
    {
        self.as_ref()
    }

    fn guarded_mut<'a>(&'a mut self) -> Option<&'a mut Guarded<O>>
    where
        O: 'a,
    {
        self.as_mut()
    }

    fn guards(&self) -> Option<&Guards> {
        self.as_ref().map(|guarded| &guarded.guards)
    }
}

impl<O: BlockingOperation> BlockingGuard<O> for Option<Guarded<O::Output>> {
    fn start(&mut self, kept: &impl Kept) {
        if let Some(guarded) = self {
            guarded.start::<O>(kept.common());
            guarded.guards.ask_blocking();
        }
    }

    fn attempt(
        &mut self,
        operation: &mut O,
        kept: &impl Kept,
        retry: Option<&Retry<'_>>,
        timer: &mut impl Pause,
    ) -> O::Output {
        let Some(guarded) = self else {
            return BlockingGuard::attempt(&mut Unguarded, operation, kept, retry, timer);
        };
        let refused = guarded.begin(kept.beside().and_then(Beside::budget), retry.is_none());
        let refused = refused.or_else(|| guarded.take_turn_blocking());
        let failed = refused.or_else(|| guarded.fails_blocking::<O>(kept.common(), timer));
        if let Some(failed) = failed {
            return failed;
        }
        let attempt = guarded.attempt::<O>(kept.common(), retry);
        guarded.guards.enclose(|| operation.attempt(attempt))
    }
}
