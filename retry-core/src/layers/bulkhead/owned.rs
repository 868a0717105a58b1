//! Permits, and places in the queue, that keep their bulkhead.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::adaptive::End;
use super::permit::Grant;
use super::queued::{Queued, Stage};
use super::{Bulkhead, Permit};
use crate::classify::Verdict;
use crate::classify::stopped::Stopped;
use crate::layers::shared::Shared;

/// A [`Permit`] of a bulkhead that may live no longer than it.
#[derive(Debug)]
#[must_use = "dropped, the permit is given back at once"]
pub struct OwnedPermit {
    bulkhead: Shared<'static, Bulkhead>,
    grant: Grant,
}

impl Permit<'_> {
    /// This permit, which `bulkhead` has granted.
    pub fn kept_by(self, bulkhead: &Shared<'static, Bulkhead>) -> OwnedPermit {
        let grant = self.into_grant(); // the other one is given back
        OwnedPermit { bulkhead: bulkhead.clone(), grant }
    }
}

impl OwnedPermit {
    /// Runs `body`, within which calls through the same bulkhead share this permit.
    #[doc(hidden)]
    pub fn hold<T>(&self, body: impl FnOnce() -> T) -> T {
        Permit::nested(&self.bulkhead.semaphore).hold(body)
    }

    /// An attempt of the call has ended, with a verdict if it failed.
    #[doc(hidden)]
    #[inline]
    pub fn attempted(&self, verdict: Option<Verdict>, stopped: Option<Stopped>) {
        if self.grant.is_adaptive() {
            let end = verdict.map_or(End::ANSWERED, |verdict| End::of(verdict, stopped));
            self.grant.attempted(&self.bulkhead.semaphore, end);
        }
    }

    /// A time limit has cut the call.
    #[doc(hidden)]
    pub fn cut(&self) {
        self.grant.attempted(&self.bulkhead.semaphore, End::Dropped);
    }
}

impl Drop for OwnedPermit {
    fn drop(&mut self) {
        self.grant.leave(&self.bulkhead.semaphore, End::dropped);
    }
}

/// A place in the queue of a bulkhead that may live no longer than it.
#[derive(Debug)]
pub(crate) struct OwnedQueued {
    bulkhead: Shared<'static, Bulkhead>,
    stage: Stage,
}

impl Queued<'_> {
    /// This place, in the queue of `bulkhead`.
    pub(crate) fn kept_by(mut self, bulkhead: &Shared<'static, Bulkhead>) -> OwnedQueued {
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        OwnedQueued { bulkhead: bulkhead.clone(), stage }
    }
}

impl OwnedQueued {
    /// It as a place in the queue, which leaves that when it is dropped.
    fn take(&mut self) -> Queued<'_> {
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        Queued { semaphore: &self.bulkhead.semaphore, stage }
    }
}

impl Future for OwnedQueued {
    type Output = OwnedPermit;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<OwnedPermit> {
        let bulkhead = self.bulkhead.clone();
        let mut queued = self.take();
        let polled = Pin::new(&mut queued).poll(context).map(|permit| permit.kept_by(&bulkhead));
        let stage = std::mem::replace(&mut queued.stage, Stage::Over);
        drop(queued);
        self.stage = stage;
        polled
    }
}

impl Drop for OwnedQueued {
    fn drop(&mut self) {
        drop(self.take());
    }
}
