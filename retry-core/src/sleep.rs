//! Waiting: on tokio's timer, or by blocking the thread.

use crate::progress::Retry;
#[cfg(feature = "tokio")]
pub(crate) use crate::tokio_timer::Timer;

/// Waits are left to the user's own `sleep`: there is no timer to keep.
#[cfg(not(feature = "tokio"))]
pub(crate) type Timer = ();

/// Blocks the thread until `retry` is due. A zero delay gives way to other threads.
#[cold]
pub fn sleep_blocking(retry: Retry) -> Retry {
    if retry.delay().is_zero() {
        std::thread::yield_now();
    } else {
        std::thread::sleep(retry.delay());
    }
    retry
}
