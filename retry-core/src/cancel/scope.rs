//! [`Scopes`]: the [`Cancel`]s that end the calls of this thread.

use std::cell::RefCell;
use std::future::Future;
use std::sync::Arc;

use super::token::Cancel;
use crate::primitives::entered::{Enter, Entered};
use crate::primitives::tally::Tally;

/// The number of scopes in force, on all threads: while it is 0, nothing else is read.
static IN_FORCE: Tally = Tally::new();

thread_local! {
    static HERE: RefCell<Scopes> = const { RefCell::new(Scopes::NONE) };
}

/// The scopes that a call is in, from the innermost to the outermost.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scopes {
    innermost: Option<Arc<Scope>>,
    /// Whether the shutdown of the process ends none of the calls in here.
    is_shielded: bool,
}

#[derive(Debug)]
pub(super) struct Scope {
    pub(super) cancel: Cancel,
    outer: Scopes,
}

impl Scopes {
    const NONE: Self = Self { innermost: None, is_shielded: false };

    /// Those of this thread.
    pub(crate) fn here() -> Self {
        if !is_any_in_force() {
            return Self::NONE;
        }
        HERE.try_with(|here| here.borrow().clone()).unwrap_or_default() // the thread may be ending
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Scope> {
        std::iter::successors(self.innermost.as_deref(), |scope| scope.outer.innermost.as_deref())
    }

    /// Those of this thread, and `cancel` within them.
    fn with(cancel: Cancel) -> Self {
        let outer = Self::here();
        let is_shielded = outer.is_shielded;
        Self { innermost: Some(Arc::new(Scope { cancel, outer })), is_shielded }
    }

    /// Runs `body` within these, and no others.
    pub(crate) fn enter<T>(&self, body: impl FnOnce() -> T) -> T {
        let are_none = self.innermost.is_none() && !self.is_shielded;
        if are_none && !is_any_in_force() {
            return body();
        }
        IN_FORCE.add();
        // None if the thread is ending.
        let _restore = Restore(HERE.try_with(|here| here.replace(self.clone())).ok());
        body()
    }
}

/// Restores the scopes of before, also after a panic.
struct Restore(Option<Scopes>);

impl Drop for Restore {
    fn drop(&mut self) {
        IN_FORCE.remove();
        if let Some(scopes) = self.0.take() {
            let inner = HERE.try_with(|here| here.replace(scopes));
            drop(inner);
        }
    }
}

/// Whether any scope is in force, on any thread.
#[inline]
pub(super) fn is_any_in_force() -> bool {
    IN_FORCE.is_any()
}

/// Whether a scope on this thread has been cancelled.
#[inline]
pub(crate) fn is_cancelled() -> bool {
    is_any_in_force() && is_cancelled_here()
}

#[cold]
fn is_cancelled_here() -> bool {
    Scopes::here().iter().any(|scope| scope.cancel.is_cancelled())
}

/// Runs `body` within a scope of `cancel`, and those around it.
pub(super) fn within<T>(cancel: Cancel, body: impl FnOnce() -> T) -> T {
    Scopes::with(cancel).enter(body)
}

/// Whether the shutdown of the process ends the calls here; asked once it has begun.
#[cold]
pub(super) fn is_shielded() -> bool {
    Scopes::here().is_shielded
}

/// Runs `future`, none of whose calls the shutdown of the process ends: a durable task's attempt, which has
/// its worker's drain to end, and is then returned.
pub fn shielded<F: Future>(future: F) -> impl Future<Output = F::Output> {
    Entered::new(FromFirstPoll::new(Begins::Shielded), future)
}

/// As [`shielded`], for a blocking attempt on this thread.
pub fn shielded_blocking<T>(body: impl FnOnce() -> T) -> T {
    Scopes { is_shielded: true, ..Scopes::here() }.enter(body)
}

/// The scopes of a future's calls: those around its first poll, and what it adds to them.
#[derive(Debug)]
pub(super) struct FromFirstPoll {
    begins: Option<Begins>,
    scopes: Scopes,
}

/// What a future's scope adds to those around it.
#[derive(Debug)]
enum Begins {
    Cancel(Cancel),
    Shielded,
}

impl FromFirstPoll {
    const fn new(begins: Begins) -> Self {
        Self { begins: Some(begins), scopes: Scopes::NONE }
    }

    pub(super) const fn of(cancel: Cancel) -> Self {
        Self::new(Begins::Cancel(cancel))
    }
}

impl Enter for FromFirstPoll {
    fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
        match self.begins.take() {
            Some(Begins::Cancel(cancel)) => self.scopes = Scopes::with(cancel),
            Some(Begins::Shielded) => self.scopes = Scopes { is_shielded: true, ..Scopes::here() },
            None => {}
        }
        self.scopes.enter(body)
    }
}
