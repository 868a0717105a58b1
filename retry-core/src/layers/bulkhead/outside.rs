//! What an operator changes of a bulkhead while the program runs.

use std::sync::atomic::Ordering;

use super::{AS_IN_CODE, Bulkhead, Maximum};

impl Bulkhead {
    /// Sets how many calls may run, and how many may wait; `None` is as in the code.
    pub(crate) fn set_from_outside(&self, max_concurrent: Option<usize>, max_queue: Option<usize>) {
        self.max_queue_outside.store(max_queue.unwrap_or(AS_IN_CODE), Ordering::Relaxed);
        let highest = max_concurrent.unwrap_or(self.max_concurrent());
        match self.maximum {
            Maximum::Fixed(_) => self.semaphore.resize(highest),
            Maximum::Adaptive { lowest, .. } => {
                self.semaphore.hold_between(lowest.min(highest), highest);
            }
        }
    }
}
