//! What is retried: a closure, blocking or async, that may ask for its `Attempt`.

use std::future::Future;
use std::sync::Arc;

use crate::attempt::Attempt;
use crate::outcome::Outcome;

/// Something that can be attempted again and again.
pub trait Operation {
    /// What an attempt returns.
    type Output: Outcome;
    /// Whether attempts ask for their [`Attempt`].
    const ASKS_FOR_ATTEMPT: bool;
}

/// One whose attempts are futures.
pub trait AsyncOperation: Operation {
    /// One attempt.
    type Future: Future<Output = Self::Output>;
    /// Begins an attempt; `context` makes its [`Attempt`].
    fn attempt(&mut self, context: impl FnOnce() -> Arc<Attempt>) -> Self::Future;
}

/// One whose attempts block the thread.
pub trait BlockingOperation: Operation {
    /// Makes an attempt; `context` makes its [`Attempt`].
    fn attempt(&mut self, context: impl FnOnce() -> Arc<Attempt>) -> Self::Output;
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
