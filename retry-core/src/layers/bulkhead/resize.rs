//! A bulkhead whose permits become more or fewer while some are out.

use std::sync::atomic::Ordering;
use std::task::Waker;

use super::semaphore::Semaphore;

impl Semaphore {
    /// From now on there are that many permits. If there were more, those that are free go first; the others
    /// go as they come back, before any caller gets one. Nobody who has one loses it.
    pub(super) fn resize(&self, permits: usize) {
        let mut queue = self.lock();
        let before = std::mem::replace(&mut queue.permits, permits);
        for _ in permits..before {
            if !self.try_take() {
                queue.waiting.owe();
            }
        }
        let mut woken = Vec::new();
        for _ in before..permits {
            // What is owed comes first, then the callers that wait.
            match self.take_out(&mut queue) {
                Some(taken) => woken.extend(taken.waker),
                None => _ = self.free.fetch_add(1, Ordering::Release),
            }
        }
        drop(queue); // a waker may run anything
        woken.into_iter().for_each(Waker::wake);
    }

    /// The limit that adapts stays between these from now on.
    pub(super) fn hold_between(&self, lowest: usize, highest: usize) {
        let mut queue = self.lock();
        queue.adaptive.iter_mut().for_each(|adaptive| adaptive.hold_between(lowest, highest));
        self.let_in(queue);
    }
}
