//! `backon::BackoffBuilder`.

use backon::BackoffBuilder;

use crate::policy::{Policy, Waits};

/// For `backon`'s `.retry(…)`: the same number of retries, the same waits, the same jitter.
///
/// There is no conversion into `backon::ExponentialBuilder`: its jitter is up to the whole delay,
/// comes on top of its longest delay, and knows no other range, so that it would wait otherwise.
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
impl BackoffBuilder for Policy {
    type Backoff = Waits;

    fn build(self) -> Waits {
        self.into_iter()
    }
}

/// As of the policy itself.
impl BackoffBuilder for &Policy {
    type Backoff = Waits;

    fn build(self) -> Waits {
        self.into_iter()
    }
}
