//! What is retried: a closure, blocking or async, that may ask for its `Attempt`.

use std::future::Future;
use std::sync::Arc;

use crate::call::attempt::Attempt;
use crate::call::hook::{FromRejection, rejected_before};
use crate::classify::outcome::Outcome;
use crate::classify::rejection::Rejection;

/// Something that can be attempted any number of times.
pub trait Operation {
    /// What an attempt returns.
    type Output: Outcome;
    /// Whether attempts ask for their [`Attempt`].
    const ASKS_FOR_ATTEMPT: bool;
    /// Whether chaos acts on its attempts elsewhere, as in a service.
    const IS_PERTURBED_ELSEWHERE: bool = false;
}

/// One whose attempts are futures.
#[diagnostic::on_unimplemented(
    message = "only an async operation can be awaited or cut short, and this one blocks its thread",
    label = "blocks its thread",
    note = "begin with `Policy::retry`; or end with `.call()`, and bound the whole call by `.deadline(…)`"
)]
pub trait AsyncOperation: Operation {
    /// One attempt.
    type Future: Future<Output = Self::Output>;
    /// Begins an attempt; `context` makes its [`Attempt`].
    fn attempt(&mut self, context: impl FnOnce() -> Arc<Attempt>) -> Self::Future;

    /// An attempt has ended, and a wait for the next one begins: lets go of what others need meanwhile.
    fn rest(&mut self) {}
}

/// One whose attempts block the thread.
#[diagnostic::on_unimplemented(
    message = "`.call()` runs an operation that blocks its thread, and this one is async",
    label = "async",
    note = "write `.await` instead; or begin with `Policy::retry_blocking`"
)]
pub trait BlockingOperation: Operation {
    /// Makes an attempt; `context` makes its [`Attempt`].
    fn attempt(&mut self, context: impl FnOnce() -> Arc<Attempt>) -> Self::Output;
}

/// Makes the outcome of an attempt that is cut, after what an earlier one gave.
pub type Reject<O> = fn(Rejection, Option<O>) -> O;

/// One that a deadline can end, in a call whose fallback is `G`.
pub trait Cut<G>: Operation {
    /// What an attempt that is cut gives; `None` where attempts block the thread, and end by
    /// themselves alone.
    const REJECT: Option<Reject<Self::Output>>;
}

macro_rules! cut {
    ($($operation:ident: $arguments:tt)*) => {$(
        impl<G, F, Fut> Cut<G> for $operation<F>
        where
            F: FnMut $arguments -> Fut,
            Fut: Future<Output: Outcome>,
            <Fut::Output as Outcome>::Error: FromRejection<G>,
        {
            const REJECT: Option<Reject<Self::Output>> =
                Some(rejected_before::<Self::Output, G>);
        }
    )*};
}

cut!(Plain: () WithAttempt: (Arc<Attempt>));

impl<G, F: FnMut() -> O, O: Outcome> Cut<G> for Blocking<F> {
    const REJECT: Option<Reject<O>> = None;
}

impl<G, F: FnMut(Arc<Attempt>) -> O, O: Outcome> Cut<G> for BlockingWithAttempt<F> {
    const REJECT: Option<Reject<O>> = None;
}

/// A closure that returns a future.
#[derive(Clone, Copy, Debug)]
pub struct Plain<F>(pub(super) F);

impl<F, Fut> Operation for Plain<F>
where
    F: FnMut() -> Fut,
    Fut: Future<Output: Outcome>,
{
    type Output = Fut::Output;
    const ASKS_FOR_ATTEMPT: bool = false;
}

impl<F, Fut> AsyncOperation for Plain<F>
where
    F: FnMut() -> Fut,
    Fut: Future<Output: Outcome>,
{
    type Future = Fut;

    fn attempt(&mut self, _: impl FnOnce() -> Arc<Attempt>) -> Fut {
        (self.0)()
    }
}

/// A closure that takes its [`Attempt`] and returns a future.
#[derive(Clone, Copy, Debug)]
pub struct WithAttempt<F>(pub(super) F);

impl<F, Fut> Operation for WithAttempt<F>
where
    F: FnMut(Arc<Attempt>) -> Fut,
    Fut: Future<Output: Outcome>,
{
    type Output = Fut::Output;
    const ASKS_FOR_ATTEMPT: bool = true;
}

impl<F, Fut> AsyncOperation for WithAttempt<F>
where
    F: FnMut(Arc<Attempt>) -> Fut,
    Fut: Future<Output: Outcome>,
{
    type Future = Fut;

    fn attempt(&mut self, context: impl FnOnce() -> Arc<Attempt>) -> Fut {
        (self.0)(context())
    }
}

/// A closure that returns an outcome.
#[derive(Clone, Copy, Debug)]
pub struct Blocking<F>(pub(super) F);

impl<F: FnMut() -> O, O: Outcome> Operation for Blocking<F> {
    type Output = O;
    const ASKS_FOR_ATTEMPT: bool = false;
}

impl<F: FnMut() -> O, O: Outcome> BlockingOperation for Blocking<F> {
    fn attempt(&mut self, _: impl FnOnce() -> Arc<Attempt>) -> O {
        (self.0)()
    }
}

/// A closure that takes its [`Attempt`] and returns an outcome.
#[derive(Clone, Copy, Debug)]
pub struct BlockingWithAttempt<F>(pub(super) F);

impl<F: FnMut(Arc<Attempt>) -> O, O: Outcome> Operation for BlockingWithAttempt<F> {
    type Output = O;
    const ASKS_FOR_ATTEMPT: bool = true;
}

impl<F: FnMut(Arc<Attempt>) -> O, O: Outcome> BlockingOperation for BlockingWithAttempt<F> {
    fn attempt(&mut self, context: impl FnOnce() -> Arc<Attempt>) -> O {
        (self.0)(context())
    }
}
