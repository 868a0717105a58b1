//! `backon::BackoffBuilder`.

use backon::BackoffBuilder;

use crate::policy::{Delays, Policy};
use crate::primitives::random::ThreadRandom;

/// For `backon`'s `.retry(…)`: the same number of retries, the same waits, the same jitter.
///
/// There is no conversion into `backon::ExponentialBuilder`, since its waits would differ: its jitter
/// always ranges up to the whole delay, and is added beyond its maximum delay.
///
/// ```
/// use backon::Retryable;
/// use persevere::Policy;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
/// let fetch = async || Err::<(), _>("busy");
/// assert_eq!(fetch.retry(Policy::AGGRESSIVE).sleep(tokio::time::sleep).await, Err("busy"));
/// # });
/// ```
#[cfg(feature = "backon")]
impl BackoffBuilder for Policy {
    type Backoff = Delays<ThreadRandom>;

    fn build(self) -> Delays<ThreadRandom> {
        self.delays(ThreadRandom)
    }
}

/// The policy's own waits.
#[cfg(feature = "backon")]
impl BackoffBuilder for &Policy {
    type Backoff = Delays<ThreadRandom>;

    fn build(self) -> Delays<ThreadRandom> {
        self.delays(ThreadRandom)
    }
}
