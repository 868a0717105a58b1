//! [`Semaphore`]: a bulkhead's free permits, and the queue for them.

use std::fmt;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::task::Waker;

use super::adaptive::{Adaptive, End};
use super::callers::{Callers, TakenOut};
use super::change::Change;
use super::permit::Permit;
use super::queued::{Queued, Stage};
use crate::primitives::sync::{AtomicU64, AtomicUsize, Mutex, MutexGuard};
use crate::time::tick::Tick;

/// The number of free permits, and the callers that wait for one.
///
/// While any caller waits, no permit is free: a permit that is given back belongs to the first in the
/// queue from then on, polled or not. So a caller that finds a free permit overtakes nobody, and takes
/// it without a lock.
///
/// Where the limit adapts, no permit is ever free without a lock, so that a fixed limit has nothing to ask.
pub(super) struct Semaphore {
    /// Grows only under the queue's lock, and only while nobody waits.
    pub(super) free: AtomicUsize,
    /// No caller with a ticket below this waits any more: a caller that has not left has its permit, and finds
    /// out without the lock. Grows only under the queue's lock.
    pub(super) served: AtomicU64,
    is_adaptive: bool,
    /// What the log calls it; empty if it has no name.
    name: &'static str,
    queue: Mutex<Queue>,
}

pub(super) struct Queue {
    pub(super) waiting: Callers,
    /// How many permits there are, out or not, where the limit is fixed.
    pub(super) permits: usize,
    pub(super) adaptive: Option<Adaptive>,
}

impl Semaphore {
    pub(super) const fn new(permits: usize) -> Self {
        Self::of(permits, None)
    }

    pub(super) const fn adaptive(adaptive: Adaptive) -> Self {
        Self::of(0, Some(adaptive))
    }

    const fn of(free: usize, adaptive: Option<Adaptive>) -> Self {
        Self {
            free: AtomicUsize::new(free),
            served: AtomicU64::new(0),
            is_adaptive: adaptive.is_some(),
            name: "",
            queue: Mutex::new(Queue { waiting: Callers::new(), permits: free, adaptive }),
        }
    }

    pub(super) const fn set_name(&mut self, name: &'static str) {
        self.name = name;
    }

    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// The number of free permits. With a limit that adapts, takes the lock.
    pub(super) fn free(&self) -> usize {
        if !self.is_adaptive {
            return self.free.load(Ordering::Relaxed);
        }
        self.lock().adaptive.as_ref().map_or(0, Adaptive::free)
    }

    /// The present limit, if it adapts.
    pub(super) fn limit(&self) -> Option<usize> {
        if !self.is_adaptive {
            return None;
        }
        self.lock().adaptive.as_ref().map(Adaptive::limit)
    }

    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    /// The number of permits, out or not, where the limit is fixed.
    pub(super) fn permits(&self) -> usize {
        self.lock().permits
    }

    /// The number of permits that are out.
    pub(super) fn in_flight(&self) -> usize {
        let queue = self.lock();
        match &queue.adaptive {
            Some(adaptive) => adaptive.in_flight(),
            None => (queue.permits + queue.waiting.owed())
                .saturating_sub(self.free.load(Ordering::Relaxed)),
        }
    }

    /// Takes a free permit, to be given back by [`give_back`](Self::give_back).
    #[inline]
    pub(super) fn try_take(&self) -> bool {
        let mut free = self.free.load(Ordering::Relaxed);
        while let Some(left) = free.checked_sub(1) {
            match self.free.compare_exchange_weak(free, left, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return true,
                Err(now) => free = now,
            }
        }
        false
    }

    /// Grants a permit by a limit that adapts, if one is free.
    #[cold]
    pub(super) fn try_take_adaptive(&self) -> Option<Permit<'_>> {
        if !self.is_adaptive {
            return None;
        }
        let mut queue = self.lock();
        let is_first = queue.waiting.is_empty();
        let adaptive = queue.adaptive.as_mut().filter(|_| is_first)?;
        let is_taken = adaptive.try_take();
        is_taken.then(|| Permit::adaptive(self, adaptive.stamp(Tick::now)))
    }

    /// That of an attempt that begins, if the limit adapts.
    pub(super) fn stamp(&self) -> Option<u32> {
        if !self.is_adaptive {
            return None;
        }
        self.lock().adaptive.as_mut().map(|adaptive| adaptive.stamp(Tick::now))
    }

    /// The permit of a caller that has been let in.
    pub(super) fn granted(&self) -> Permit<'_> {
        if !self.is_adaptive {
            return Permit::new(self);
        }
        self.stamp().map_or_else(|| Permit::new(self), |stamp| Permit::adaptive(self, stamp))
    }

    /// An attempt of the call that holds the permit of that stamp has ended. Gives the stamp of the next.
    #[cold]
    pub(super) fn attempted(&self, stamp: u32, end: End) -> u32 {
        let mut queue = self.lock();
        let Some(adaptive) = &mut queue.adaptive else { return stamp };
        let change = adaptive.ended(stamp, end, Tick::now);
        let stamp = adaptive.stamp(Tick::now);
        self.let_in(queue);
        self.report(change);
        stamp
    }

    /// Gives back a permit of a limit that adapts, whose last attempt has ended so.
    #[cold]
    pub(super) fn leave(&self, stamp: u32, end: End) {
        let mut queue = self.lock();
        let mut change = None;
        if let Some(adaptive) = &mut queue.adaptive {
            change = adaptive.ended(stamp, end, Tick::now);
            adaptive.give_back();
        }
        self.let_in(queue);
        self.report(change);
    }

    /// Reports a change of the limit, outside of the lock.
    fn report(&self, change: Option<Change>) {
        if let Some(change) = change {
            change.trace(self.name);
        }
    }

    /// Gives back a permit that was used for nothing.
    pub(super) fn give_back_unused(&self) {
        if self.is_adaptive { self.leave(0, End::Unknown) } else { self.give_back() }
    }

    /// Grants what the limit leaves free to those in the queue, the first one first.
    pub(super) fn let_in<'a>(&'a self, mut queue: MutexGuard<'a, Queue>) {
        while !queue.waiting.is_empty() && queue.adaptive.as_mut().is_some_and(Adaptive::try_take) {
            self.hand_on(queue);
            queue = self.lock();
        }
    }

    /// As it was made, but for the permits that are out and the callers that wait.
    pub(super) fn reset(&self) {
        let mut queue = self.lock();
        queue.adaptive.iter_mut().for_each(Adaptive::reset);
        self.let_in(queue);
    }

    /// Whether it is as it was made: no permit is out, and nobody waits.
    pub(super) fn is_as_new(&self) -> bool {
        let queue = self.lock();
        queue.waiting.is_empty()
            && match &queue.adaptive {
                Some(adaptive) => adaptive.is_as_new(),
                None => self.free.load(Ordering::Relaxed) == queue.permits,
            }
    }

    /// Gives back a permit: to the first in the queue, if there is one. Its lock is inlined here, and nowhere else.
    #[inline(never)]
    pub(super) fn give_back(&self) {
        let queue = self.lock();
        if queue.waiting.is_empty() {
            self.free.fetch_add(1, Ordering::Release);
        } else {
            self.hand_on(queue);
        }
    }

    /// Hands a permit on to the first in the queue.
    #[inline(never)]
    fn hand_on(&self, mut queue: MutexGuard<'_, Queue>) {
        let first = self.take_out(&mut queue);
        drop(queue); // a waker may run anything
        if let Some(TakenOut { waker: Some(waker) }) = first {
            waker.wake();
        }
    }

    /// Takes out who gets the next permit, if anybody waits for one.
    pub(super) fn take_out(&self, queue: &mut Queue) -> Option<TakenOut> {
        let first = queue.waiting.pop();
        // The caller sees what was done under the permit: it need not take the lock to get it.
        self.served.store(queue.waiting.first(), Ordering::Release);
        first
    }

    /// Whether the caller with that ticket has still to wait. If so, `waker` wakes it when it has a permit.
    pub(super) fn waits(&self, ticket: u64, waker: &Waker) -> bool {
        if ticket < self.served.load(Ordering::Acquire) {
            return false;
        }
        match self.lock().waiting.waker(ticket) {
            None => return false,
            Some(Some(kept)) if kept.will_wake(waker) => return true,
            Some(_) => {}
        }
        // Cloned before, and dropped after the lock is held: wakers may run anything.
        let mut waker = Some(waker.clone());
        let mut queue = self.lock();
        let Some(place) = queue.waiting.waker(ticket) else { return false };
        std::mem::swap(place, &mut waker);
        true
    }

    /// Joins the queue, at its end, if fewer than `max_queue` are waiting. The caller is woken by `waker`; with
    /// none, it has to be polled.
    pub(super) fn join(&self, max_queue: usize, waker: Option<&Waker>) -> Option<Queued<'_>> {
        let waker = waker.cloned(); // wakers may run anything: none is cloned or dropped under the lock
        let mut queue = self.lock();
        let is_first = queue.waiting.is_empty();
        let adaptive = queue.adaptive.as_mut().filter(|_| is_first);
        if self.try_take() || adaptive.is_some_and(Adaptive::try_take) {
            return Some(Queued { semaphore: self, stage: Stage::Admitted }); // given back meanwhile
        }
        if queue.waiting.len() >= max_queue {
            return None;
        }
        let ticket = queue.waiting.join(waker);
        Some(Queued { semaphore: self, stage: Stage::Waiting(ticket) })
    }

    /// No user code runs under the lock, and nothing panics there.
    pub(super) fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("free", &self.free())
            .field("waiting", &self.waiting())
            .finish()
    }
}
