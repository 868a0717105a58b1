//! Waiting for turns on the runtime's timer.

use super::Rate;
use crate::classify::rejection::Rejection;
use crate::time::timer::alarm;

impl Rate {
    /// Takes a turn, waiting for it as long as [`max_wait`](Self::max_wait) allows, on the runtime's timer.
    ///
    /// The caller joins the queue when this future is first polled, and leaves it if the future is dropped.
    ///
    /// # Errors
    ///
    /// With [`Rejection::RateLimited`] if the turn comes too late: at once, not after the wait.
    ///
    /// # Panics
    ///
    /// If it has to wait: as `tokio::time::sleep` does, outside a tokio runtime with its time driver
    /// enabled.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Rate;
    ///
    /// static RATE: Rate = Rate::per_second(50).with_max_wait(Duration::from_secs(1));
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(async {
    /// let began = tokio::time::Instant::now();
    /// for _ in 0..4 {
    ///     RATE.acquire().await.unwrap();
    /// }
    /// assert_eq!(began.elapsed(), Duration::from_millis(60));
    /// # });
    /// ```
    pub async fn acquire(&self) -> Result<(), Rejection> {
        self.acquire_by(alarm).await
    }
}
