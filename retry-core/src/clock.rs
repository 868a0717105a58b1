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
