//! The token bucket of the AWS SDKs' standard retry mode.

use std::sync::atomic::Ordering;

use super::Cause;
use crate::primitives::sync::AtomicU32;

/// Tokens, and what takes and gives them.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    pub(super) tokens: AtomicU32,
    pub(super) capacity: u32,
    pub(super) retry_cost: u32,
    pub(super) timeout_cost: u32,
    pub(super) success_deposit: u32,
}

impl TokenBucket {
    /// Full, with the costs of the AWS SDKs.
    pub(crate) const fn new(capacity: u32) -> Self {
        Self {
            tokens: AtomicU32::new(capacity),
            capacity,
            retry_cost: 5,
            timeout_cost: 10,
            success_deposit: 1,
        }
    }

    pub(crate) fn tokens(&self) -> u32 {
        self.tokens.load(Ordering::Relaxed)
    }

    /// What a retry costs; never more than a full bucket holds, else none could ever follow.
    pub(crate) fn cost(&self, cause: Cause) -> u32 {
        let cost = if cause == Cause::Timeout { self.timeout_cost } else { self.retry_cost };
        cost.min(self.capacity)
    }

    /// Takes what a retry costs, if that much is there.
    pub(crate) fn try_withdraw(&self, cause: Cause) -> bool {
        let cost = self.cost(cause);
        self.update(|tokens| tokens.checked_sub(cost))
    }

    /// A first attempt has succeeded. One relaxed load if the bucket is full.
    pub(crate) fn deposit(&self) {
        self.give(self.success_deposit);
    }

    /// Gives back what was taken. What does not fit is lost.
    pub(crate) fn give(&self, amount: u32) {
        let capacity = self.capacity;
        self.update(|tokens| {
            (tokens < capacity).then(|| tokens.saturating_add(amount).min(capacity))
        });
    }

    /// Whether `change` wanted one. No other memory hangs on the tokens, so no order is asked for.
    fn update(&self, change: impl FnMut(u32) -> Option<u32>) -> bool {
        self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change).is_ok()
    }
}
