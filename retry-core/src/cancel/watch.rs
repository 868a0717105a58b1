//! [`Watch`]: what a wait looks at beside its timer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::is_cancelled;
use super::scope::{self, Scopes};
use super::shutdown::OfShutdown;
use super::token::Waiting;

/// The scopes that a wait was begun in.
#[derive(Debug)]
pub(crate) struct OfScopes(Vec<Waiting>);

impl OfScopes {
    /// Those of this thread; `None` if there are none, as for most waits.
    fn here() -> Option<Self> {
        let waiting: Vec<_> = Scopes::here().iter().map(|scope| scope.cancel.waiting()).collect();
        (!waiting.is_empty()).then_some(Self(waiting))
    }

    fn poll(&mut self, context: &mut Context<'_>) -> bool {
        // Each, so that each wakes the task.
        self.0.iter_mut().fold(false, |is_over, waiting| waiting.poll(context) | is_over)
    }
}

/// Whether a wait is cancelled: by the shutdown, or by a scope that it was begun in. If not, `context`'s task
/// is woken when it is. `scopes` keeps those that it is given, and returns what it keeps.
#[cold]
pub(crate) fn is_over<'s>(
    context: &mut Context<'_>,
    shutdown: &mut OfShutdown,
    scopes: impl FnOnce(Option<OfScopes>) -> Option<&'s mut OfScopes>,
) -> bool {
    if is_cancelled() {
        return true;
    }
    let begins = !shutdown.waits();
    if shutdown.poll(context) && !scope::is_shielded() {
        return true;
    }
    let begun_in = if begins { OfScopes::here() } else { None };
    scopes(begun_in).is_some_and(|scopes| scopes.poll(context))
}

/// A wait without a retry to keep what it looks at.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    shutdown: OfShutdown,
    scopes: Option<OfScopes>,
}

impl Watch {
    /// Whether the wait is cancelled. If not, `context`'s task is woken when it is.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> bool {
        let Self { shutdown, scopes } = self;
        is_over(context, shutdown, |begun_in| {
            if begun_in.is_some() {
                *scopes = begun_in;
            }
            scopes.as_mut()
        })
    }
}

/// Is ready once the call that is made here is cancelled.
pub(crate) fn cancelled() -> Cancelled {
    Cancelled(Watch::default())
}

/// The future of [`cancelled`].
#[derive(Debug)]
pub(crate) struct Cancelled(Watch);

impl Future for Cancelled {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0.poll(context) { Poll::Ready(()) } else { Poll::Pending }
    }
}
