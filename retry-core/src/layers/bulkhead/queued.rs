//! [`Queued`]: a caller in the queue of a bulkhead.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::permit::Permit;
use super::semaphore::Semaphore;

/// A caller in the queue: a future that is ready when the caller has a permit. Dropped before, it leaves
/// the queue, or passes its permit on to the next.
#[derive(Debug)]
pub(crate) struct Queued<'a> {
    pub(super) semaphore: &'a Semaphore,
    pub(super) stage: Stage,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    Waiting(u64),
    /// A permit was free at once.
    Admitted,
    /// The permit has been handed over.
    Over,
}

impl<'a> Queued<'a> {
    /// The permit, if one was free at once.
    pub(super) fn admitted(&mut self) -> Option<Permit<'a>> {
        let Stage::Admitted = self.stage else { return None };
        self.stage = Stage::Over;
        Some(self.semaphore.granted())
    }

    /// Leaves the queue, or gives the permit back.
    #[cold]
    fn leave(&mut self) {
        let has_permit = match self.stage {
            Stage::Waiting(ticket) => {
                let left = self.semaphore.lock().waiting.leave(ticket);
                left.is_none() // not in the queue any more
            }
            Stage::Admitted => true,
            Stage::Over => false,
        };
        if has_permit {
            self.semaphore.give_back_unused();
        }
    }
}

impl<'a> Future for Queued<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Permit<'a>> {
        if let Stage::Over = self.stage {
            return Poll::Pending; // there is one permit to hand over
        }
        if let Stage::Waiting(ticket) = self.stage {
            if self.semaphore.waits(ticket, context.waker()) {
                return Poll::Pending;
            }
        }
        self.stage = Stage::Over;
        Poll::Ready(self.semaphore.granted())
    }
}

impl Drop for Queued<'_> {
    #[inline]
    fn drop(&mut self) {
        if !matches!(self.stage, Stage::Over) {
            self.leave();
        }
    }
}
