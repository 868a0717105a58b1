//! The runtime's timer.
//!
//! Of the timers that are enabled, a browser's is used where there is a browser. Elsewhere, tokio's
//! is used within a tokio runtime, since it alone obeys a paused clock, and async-io's without one.

#[cfg(all(feature = "wasm", target_family = "wasm"))]
#[path = "timer/wasm.rs"]
mod runtime;
#[cfg(not(all(feature = "wasm", target_family = "wasm")))]
#[cfg_attr(all(feature = "tokio", feature = "async-io"), path = "timer/either.rs")]
#[cfg_attr(all(feature = "tokio", not(feature = "async-io")), path = "timer/tokio.rs")]
#[cfg_attr(not(feature = "tokio"), path = "timer/async_io.rs")]
mod runtime;

use std::future::Future;

pub use self::runtime::Alarm;
pub(crate) use self::runtime::{alarm, reset};
use crate::time::limit::{Limit, Limited};

/// The timer that is kept from wait to wait; empty until the first begins.
pub(crate) type Timer = Option<Alarm>;

/// As [`within_by`](crate::time::limit::within_by), on the runtime's timer.
#[inline]
pub fn within<F: Future>(limit: Option<Limit>, body: F) -> Limited<F, Alarm> {
    Limited::set_by(limit, body, Some(alarm))
}
