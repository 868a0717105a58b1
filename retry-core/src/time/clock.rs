//! The monotonic clock and the wall clock.

use std::time::SystemTime;

#[cfg(not(all(feature = "wasm", target_family = "wasm")))]
pub(crate) use std::time::Instant;

/// The standard library has no clock in a browser.
#[cfg(all(feature = "wasm", target_family = "wasm"))]
pub(crate) use web_time::Instant;

/// The wall clock's time.
pub(crate) fn wall() -> SystemTime {
    #[cfg(all(feature = "wasm", target_family = "wasm"))]
    let now = web_time::web::SystemTimeExt::to_std(web_time::SystemTime::now());
    #[cfg(not(all(feature = "wasm", target_family = "wasm")))]
    let now = SystemTime::now();
    now
}

/// Now; on tokio's clock where its timer is used, so that `tokio::time::pause` is obeyed.
pub(crate) fn now() -> Instant {
    #[cfg(all(feature = "tokio", not(all(feature = "wasm", target_family = "wasm"))))]
    let now = tokio::time::Instant::now().into_std();
    #[cfg(any(not(feature = "tokio"), all(feature = "wasm", target_family = "wasm")))]
    let now = Instant::now();
    now
}

/// The time since `then`.
pub(crate) fn since(then: Instant) -> std::time::Duration {
    now().saturating_duration_since(then)
}

/// When a call first failed. The clock is read for it only with the feature `metrics`, which measures
/// from then.
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
        since(self.at)
    }
}
