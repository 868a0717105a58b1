//! Storing what an attempt notes for the next one.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use persevere_core::task::{CheckpointError, Checkpoints, Payload, Storing};
use tokio::time::sleep;

use super::asked_again::AskedAgain;
use crate::engine::Held;
use crate::queue::Queue;

/// The checkpoints of one lease, whose attempts may be several.
pub(super) struct OfLease {
    queue: Queue,
    held: Held,
    last: Mutex<Option<Payload>>,
}

impl OfLease {
    pub(super) fn new(queue: &Queue, held: Held, last: Option<Payload>) -> Self {
        Self { queue: queue.clone(), held, last: Mutex::new(last) }
    }

    /// The last one that was stored.
    pub(super) fn last(&self) -> Option<Payload> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn keep(&self, value: &Payload) -> Result<(), CheckpointError> {
        let (bytes, limit) = (value.as_str().len(), self.queue.greatest_args());
        if bytes > limit {
            return Err(CheckpointError::TooLarge { bytes, limit });
        }
        let mut asked = AskedAgain::default();
        loop {
            match self.queue.engine().checkpoint(self.held, value).await {
                Ok(true) => break,
                Ok(false) => return Err(CheckpointError::LeaseLost),
                Err(error) => tracing::warn!(
                    target: "persevere",
                    id = %self.held.id,
                    "a checkpoint was not stored, and will be: {error}"
                ),
            }
            sleep(asked.pause()).await;
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(value.clone());
        Ok(())
    }
}

impl Checkpoints for OfLease {
    fn store<'a>(&'a self, value: &'a Payload) -> Storing<'a> {
        Box::pin(self.keep(value))
    }
}

impl fmt::Debug for OfLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfLease").field("held", &self.held).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::lease_id::LeaseId;

    #[tokio::test]
    async fn a_lease_that_is_over_stores_nothing() {
        let held = Held { id: crate::TaskId::new(), lease: LeaseId(1) };
        let checkpoints = OfLease::new(&Queue::in_memory(), held, None);
        let stored = checkpoints.store(&Payload::of(&7).unwrap()).await;
        assert!(matches!(stored, Err(CheckpointError::LeaseLost)), "{stored:?}");
        assert!(checkpoints.last().is_none());
    }
}
