//! [`Permit`]: what a bulkhead grants for one call.

use std::sync::atomic::{AtomicU64, Ordering};

use super::adaptive::End;
use super::semaphore::Semaphore;

/// A permit of a [`Bulkhead`](super::Bulkhead), given back when it is dropped.
///
/// ```
/// use persevere::Bulkhead;
///
/// static DB: Bulkhead = Bulkhead::new(10);
///
/// let permit = DB.try_acquire().expect("nobody else is here");
/// assert_eq!(DB.available(), 9);
/// drop(permit);
/// assert_eq!(DB.available(), 10);
/// ```
///
/// Report to an [adaptive](super::Bulkhead::adaptive) bulkhead how the call ended: by
/// [`succeeded`](Self::succeeded), [`failed`](Self::failed) or [`record`](Self::record). Dropped without,
/// the call changes nothing; but if a deadline of an annotated function or of a retried closure around the
/// call drops it, that is a drop.
#[derive(Debug)]
#[must_use = "dropped, the permit is given back at once"]
pub struct Permit<'b> {
    semaphore: &'b Semaphore,
    pub(super) grant: Grant,
}

/// What a permit is to its bulkhead: what kind it is, and of one by a limit that adapts, when its attempt began,
/// and whether an attempt of its call has ended already. In one word, so that it costs one store.
#[derive(Debug)]
pub(super) struct Grant(AtomicU64);

impl Grant {
    /// That of a call within another one, whose permit it shares: it counts against no limit.
    const SHARED: u64 = 0;
    /// One of a fixed number.
    const OWN: u64 = 1;
    /// One by a limit that adapts.
    const ADAPTIVE: u64 = 2;
    const HAS_ENDED: u64 = 4;
    /// The stamp is in the upper half: see [`Adaptive`](super::adaptive::Adaptive).
    const STAMP: u32 = 32;

    #[inline]
    fn bits(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn is_adaptive(&self) -> bool {
        self.bits() & Self::ADAPTIVE != 0
    }

    #[allow(clippy::cast_possible_truncation, reason = "the upper half")]
    fn stamp(&self) -> u32 {
        (self.bits() >> Self::STAMP) as u32
    }

    /// An attempt has ended, and the permit is kept.
    #[cold]
    pub(super) fn attempted(&self, semaphore: &Semaphore, end: End) {
        if !self.is_adaptive() || end == End::Unknown {
            return;
        }
        let stamp = u64::from(semaphore.attempted(self.stamp(), self.with_first(end)));
        let bits = stamp << Self::STAMP | Self::ADAPTIVE | Self::HAS_ENDED;
        self.0.store(bits, Ordering::Relaxed);
    }

    /// Gives the permit back, whose last attempt has ended as `end` says.
    #[inline]
    pub(super) fn leave(&self, semaphore: &Semaphore, end: impl FnOnce() -> End) {
        if self.bits() == Self::OWN {
            semaphore.give_back();
        } else {
            self.leave_adaptive(semaphore, end);
        }
    }

    #[cold]
    #[inline(never)]
    fn leave_adaptive(&self, semaphore: &Semaphore, end: impl FnOnce() -> End) {
        if self.is_adaptive() {
            semaphore.leave(self.stamp(), self.with_first(end()));
        }
    }

    #[cold]
    fn with_first(&self, end: End) -> End {
        match end {
            End::Answered { is_first } => {
                End::Answered { is_first: is_first && self.bits() & Self::HAS_ENDED == 0 }
            }
            end => end,
        }
    }
}

impl<'b> Permit<'b> {
    /// A permit that was taken from `semaphore`.
    #[inline]
    pub(super) const fn new(semaphore: &'b Semaphore) -> Self {
        Self { semaphore, grant: Grant(AtomicU64::new(Grant::OWN)) }
    }

    /// A permit that was taken from `semaphore`, whose limit adapts.
    pub(super) const fn adaptive(semaphore: &'b Semaphore, stamp: u32) -> Self {
        let bits = (stamp as u64) << Grant::STAMP | Grant::ADAPTIVE;
        Self { semaphore, grant: Grant(AtomicU64::new(bits)) }
    }

    /// The shared permit of a call within one that holds a permit.
    #[inline]
    pub(super) const fn nested(semaphore: &'b Semaphore) -> Self {
        Self { semaphore, grant: Grant(AtomicU64::new(Grant::SHARED)) }
    }

    pub(super) const fn semaphore(&self) -> &'b Semaphore {
        self.semaphore
    }

    /// Gives it back after an attempt that ended so.
    #[inline]
    pub(super) fn end(self, end: End) {
        let Self { semaphore, grant } = &self;
        grant.leave(semaphore, || end);
        std::mem::forget(self);
    }

    /// What it is, to be kept elsewhere.
    pub(super) fn into_grant(self) -> Grant {
        let grant = Grant(AtomicU64::new(self.grant.bits()));
        std::mem::forget(self);
        grant
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        self.grant.leave(self.semaphore, End::dropped);
    }
}
