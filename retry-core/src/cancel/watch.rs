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
    /// Whether there may be any: one relaxed load.
    #[inline]
    pub(crate) fn may_be_here() -> bool {
        scope::is_any_in_force()
    }

    /// Those of this thread; `None` if there are none, as for most waits.
    pub(crate) fn here() -> Option<Self> {
        let waiting: Vec<_> = Scopes::here().iter().map(|scope| scope.cancel.waiting()).collect();
        (!waiting.is_empty()).then_some(Self(waiting))
    }

    /// Whether one of them is cancelled. If not, `context`'s task is woken when one is.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> bool {
        // Each, so that each wakes the task.
        self.0.iter_mut().fold(false, |is_over, waiting| waiting.poll(context) | is_over)
    }
}

/// A wait without a retry to keep what it looks at.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    begun: bool,
    shutdown: OfShutdown,
    scopes: Option<OfScopes>,
}

impl Watch {
    /// Whether the wait is cancelled: by the shutdown, or by a scope that it was begun in. If not, `context`'s
    /// task is woken when it is.
    #[cold]
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> bool {
        if !std::mem::replace(&mut self.begun, true) && OfScopes::may_be_here() {
            self.scopes = OfScopes::here();
        }
        is_cancelled()
            || self.shutdown.ends_call(context)
            || self.scopes.as_mut().is_some_and(|scopes| scopes.poll(context))
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
