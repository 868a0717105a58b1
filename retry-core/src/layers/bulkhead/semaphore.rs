//! [`Semaphore`]: a bulkhead's free permits, and the queue for them.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use super::permit::Permit;
use crate::primitives::sync::{AtomicUsize, Mutex, MutexGuard};

/// The number of free permits, and the callers that wait for one.
///
/// While any caller waits, no permit is free: a permit that is given back belongs to the first in the
/// queue from then on, polled or not. So a caller that finds a free permit overtakes nobody, and takes
/// it without a lock.
pub(super) struct Semaphore {
    /// Grows only under the queue's lock, and only while nobody waits.
    free: AtomicUsize,
    queue: Mutex<Queue>,
}

struct Queue {
    /// The waiting callers by ticket, the first in the queue first.
    waiting: BTreeMap<u64, Option<Waker>>,
    next_ticket: u64,
}

impl Semaphore {
    pub(super) const fn new(permits: usize) -> Self {
        let queue = Queue { waiting: BTreeMap::new(), next_ticket: 0 };
        Self { free: AtomicUsize::new(permits), queue: Mutex::new(queue) }
    }

    pub(super) fn free(&self) -> usize {
        self.free.load(Ordering::Relaxed)
    }

    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting.len()
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

    /// Gives back a permit: to the first in the queue, if there is one.
    pub(super) fn give_back(&self) {
        let queue = self.lock();
        if queue.waiting.is_empty() {
            self.free.fetch_add(1, Ordering::Release);
        } else {
            hand_on(queue);
        }
    }

    /// Joins the queue, at its end, if fewer than `max_queue` are waiting.
    pub(super) fn join(&self, max_queue: usize) -> Option<Queued<'_>> {
        let mut queue = self.lock();
        if self.try_take() {
            return Some(Queued { semaphore: self, stage: Stage::Admitted }); // given back meanwhile
        }
        if queue.waiting.len() >= max_queue {
            return None;
        }
        let ticket = queue.next_ticket;
        queue.next_ticket += 1;
        queue.waiting.insert(ticket, None);
        Some(Queued { semaphore: self, stage: Stage::Waiting(ticket) })
    }

    /// No user code runs under the lock, and nothing panics there.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands a permit on to the first in the queue.
#[inline(never)]
fn hand_on(mut queue: MutexGuard<'_, Queue>) {
    let first = queue.waiting.pop_first();
    drop(queue); // a waker may run anything
    if let Some((_, Some(waker))) = first {
        waker.wake();
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

impl<'a> Future for Queued<'a> {
    type Output = Permit<'a>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Permit<'a>> {
        if let Stage::Over = self.stage {
            return Poll::Pending; // there is one permit to hand over
        }
        if let Stage::Waiting(ticket) = self.stage {
            // Cloned before, and dropped after the lock is held: wakers may run anything.
            let mut waker = Some(context.waker().clone());
            if let Some(waiting) = self.semaphore.lock().waiting.get_mut(&ticket) {
                std::mem::swap(waiting, &mut waker);
                return Poll::Pending;
            }
        }
        self.stage = Stage::Over;
        Poll::Ready(Permit::new(self.semaphore))
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        let has_permit = match self.stage {
            Stage::Waiting(ticket) => {
                let left = self.semaphore.lock().waiting.remove(&ticket);
                left.is_none() // not in the queue any more
            }
            Stage::Admitted => true,
            Stage::Over => false,
        };
        if has_permit {
            self.semaphore.give_back();
        }
    }
}
