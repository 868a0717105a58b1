//! [`OwnedPermit`]: a permit that keeps its circuit breaker.

use super::circuit::Epoch;
use super::{CircuitBreaker, Permit};
use crate::classify::Verdict;
use crate::layers::shared::Shared;
use crate::time::tick::Tick;

/// A [`Permit`] of a circuit breaker that may live no longer than it. Dropped without a report, it ends
/// as a permit does.
#[derive(Debug)]
#[must_use = "dropped without a report, a permit counts for nothing"]
pub struct OwnedPermit {
    breaker: Shared<'static, CircuitBreaker>,
    granted: Option<(Epoch, Tick)>,
}

impl Permit<'_> {
    /// This permit, which `breaker` has granted.
    pub fn kept_by(self, breaker: &Shared<'static, CircuitBreaker>) -> OwnedPermit {
        let granted = Some((self.epoch, self.began));
        std::mem::forget(self); // the other one is reported
        OwnedPermit { breaker: breaker.clone(), granted }
    }
}

impl OwnedPermit {
    /// It as a permit, once.
    pub(crate) fn take(&mut self) -> Option<Permit<'_>> {
        let (epoch, began) = self.granted.take()?;
        Some(Permit::new(&self.breaker, epoch, began))
    }

    /// As [`Permit::begin_anew`].
    #[doc(hidden)]
    pub fn begin_anew(&mut self) {
        if let Some((_, began)) = &mut self.granted {
            if *began != Tick::FIRST {
                *began = Tick::now();
            }
        }
    }

    /// As [`Permit::succeeded`].
    pub fn succeeded(mut self) {
        if let Some(permit) = self.take() {
            permit.succeeded();
        }
    }

    /// As [`Permit::failed`].
    pub fn failed(mut self, verdict: Verdict) {
        if let Some(permit) = self.take() {
            permit.failed(verdict);
        }
    }
}

impl Drop for OwnedPermit {
    fn drop(&mut self) {
        drop(self.take());
    }
}
