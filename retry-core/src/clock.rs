//! The monotonic clock.

use std::time::Instant;

/// Now; on tokio's clock where it is enabled, so that `tokio::time::pause` is obeyed.
pub(crate) fn now() -> Instant {
    #[cfg(feature = "tokio")]
    let now = tokio::time::Instant::now().into_std();
    #[cfg(not(feature = "tokio"))]
    let now = Instant::now();
    now
}

/// When a call first failed: the clock is read for it only where `metrics` measures from there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FirstFailure {
    #[cfg(feature = "metrics")]
    at: Instant,
}

impl FirstFailure {
    pub(crate) fn now() -> Self {
        Self {
            #[cfg(feature = "metrics")]
            at: now(),
        }
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn elapsed(self) -> std::time::Duration {
        now().saturating_duration_since(self.at)
    }
}
