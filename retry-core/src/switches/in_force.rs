//! How the switches in force change a decision.

use std::convert::Infallible;
use std::sync::{MutexGuard, PoisonError};

use rand::rngs::SmallRng;
use rand::{Rng, TryRng};

use super::scope;
use super::switch::{Switch, TestJitter, Waits};
use crate::events::event::Event;
use crate::policy::Policy;
use crate::policy::jitter::Jitter;
use crate::primitives::random::ThreadRandom;

/// The switches in force at a decision; usually none.
#[derive(Debug)]
pub(crate) struct InForce(Option<Box<Switch>>);

/// Looks it up: one relaxed load where no switch is in use.
#[inline]
pub(crate) fn in_force() -> InForce {
    InForce(if scope::is_any() { scope::find() } else { None })
}

impl InForce {
    /// Drops it, out of line, and only if there is anything to drop.
    #[inline]
    pub(crate) fn end(self) {
        #[cold]
        #[inline(never)]
        fn drop_out_of_line(switch: Box<Switch>) {
            drop(switch);
        }

        if let Some(switch) = self.0 {
            drop_out_of_line(switch);
        }
    }

    /// Whether anything is in force.
    #[inline]
    pub(crate) fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// `policy`, as the switches change it.
    pub(crate) fn policy(&self, policy: Policy) -> Policy {
        let Some(switch) = &self.0 else { return policy };
        let capped = match switch.max_retries {
            Some(most) => policy.with_max_retries(policy.max_retries().min(most)),
            None => policy,
        };
        match switch.jitter {
            Some(TestJitter::None) => capped.with_jitter(Jitter::None),
            Some(TestJitter::Seeded(_)) | None => capped,
        }
    }

    /// Whether waits are planned but skipped.
    #[inline]
    pub(crate) fn skips_waits(&self) -> bool {
        self.0.as_ref().is_some_and(|switch| switch.waits == Some(Waits::Skipped))
    }

    /// The random source of jitter.
    #[inline]
    pub(crate) fn random(&self) -> Random<'_> {
        match self.0.as_ref().and_then(|switch| switch.jitter.as_ref()) {
            Some(TestJitter::Seeded(generator)) => {
                Random::Seeded(generator.lock().unwrap_or_else(PoisonError::into_inner))
            }
            Some(TestJitter::None) | None => Random::OfThread(ThreadRandom),
        }
    }

    /// Passes `event` to the recorders.
    #[inline]
    pub(crate) fn record(&self, event: &Event<'_>) {
        for recorder in self.0.iter().flat_map(|switch| &switch.recorders) {
            recorder.hear(event);
        }
    }
}

/// A random source: the thread's, or that of a test.
pub(crate) enum Random<'a> {
    OfThread(ThreadRandom),
    Seeded(MutexGuard<'a, SmallRng>),
}

impl TryRng for Random<'_> {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(match self {
            Self::OfThread(random) => random.next_u32(),
            Self::Seeded(random) => random.next_u32(),
        })
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(match self {
            Self::OfThread(random) => random.next_u64(),
            Self::Seeded(random) => random.next_u64(),
        })
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        match self {
            Self::OfThread(random) => random.fill_bytes(bytes),
            Self::Seeded(random) => random.fill_bytes(bytes),
        }
        Ok(())
    }
}
