//! [`Guard`]: what stands around a call's attempts, and [`Unguarded`], where nothing does.
//!
//! Whether a call has limits or layers is known by its type, so that the code of one without them has
//! nothing of theirs.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::beside::Beside;
use super::conclude::Follows;
use super::guarded::Guarded;
use super::guards::Guards;
use super::parts::{Pause, Recover, Timing};
use super::settings::Kept;
use super::{AsyncOperation, BlockingOperation, Polled};
use crate::call::retry::Retry;
use crate::classify::Verdict;
use crate::classify::outcome::Outcome;
use crate::classify::rejection::Rejection;

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
    /// Waits until an attempt may begin; gives what it fails with instead, if it is refused.
    fn poll_begin(
        &mut self,
        kept: &impl Kept,
        timer: &mut T,
        is_first: bool,
        context: &mut Context<'_>,
    ) -> Poll<Option<O::Output>>;

    /// An attempt: the operation's future, or a race of these.
    type Attempt;

    /// Begins an attempt.
    fn attempt(
        &mut self,
        operation: &mut O,
        kept: &impl Kept,
        retry: Option<&Retry<'_>>,
    ) -> Self::Attempt;

    /// Polls the attempt, by what the rest of the call has for it; an error if it is cut.
    fn poll_attempt(
        &mut self,
        attempt: Pin<&mut Self::Attempt>,
        around: Around<'_, O, T, impl Kept, impl FnMut(&O::Output) -> Judged>,
        context: &mut Context<'_>,
    ) -> Poll<Result<O::Output, Rejection>>;

    /// The attempt has been cut: what it fails with.
    fn cut(&mut self, rejection: Rejection) -> Option<O::Output>;

    /// The attempt has ended, or begins no more: so has its time limit.
    fn silence(&mut self);
}

/// What a race needs of its call: what makes its bodies, what they are judged by, and a timer.
pub struct Around<'a, O, T, K, J> {
    pub(super) operation: &'a mut O,
    pub(super) timer: &'a mut T,
    pub(super) kept: &'a K,
    pub(super) judge: J,
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
        operation.attempt(|| kept.common().lone_attempt::<O>())
    }
}

impl<O: AsyncOperation, T: Timing> AsyncGuard<O, T> for Unguarded {
    #[inline]
    fn poll_begin(
        &mut self,
        kept: &impl Kept,
        _: &mut T,
        is_first: bool,
        _: &mut Context<'_>,
    ) -> Poll<Option<O::Output>> {
        kept.begin(is_first);
        Poll::Ready(None)
    }

    type Attempt = O::Future;

    #[inline]
    fn attempt(&mut self, operation: &mut O, kept: &impl Kept, _: Option<&Retry<'_>>) -> O::Future {
        operation.attempt(|| kept.common().lone_attempt::<O>())
    }

    #[inline]
    fn poll_attempt(
        &mut self,
        attempt: Pin<&mut O::Future>,
        _: Around<'_, O, T, impl Kept, impl FnMut(&O::Output) -> Judged>,
        context: &mut Context<'_>,
    ) -> Poll<Result<O::Output, Rejection>> {
        attempt.poll(context).map(Ok)
    }

    fn cut(&mut self, _: Rejection) -> Option<O::Output> {
        None
    }

    #[inline]
    fn silence(&mut self) {}
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
