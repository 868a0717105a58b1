//! tokio's timer.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;
/// A future that is ready once its time has come.
pub use tokio::time::Sleep as Alarm;
/// Makes an alarm that rings after a time.
pub(crate) use tokio::time::sleep as alarm;

/// What tokio itself takes for a wait that never ends: thirty years.
const FAR_FUTURE: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// Sets `alarm` anew.
pub(crate) fn reset(alarm: Pin<&mut Alarm>, after: Duration) {
    let now = Instant::now();
    alarm.reset(now.checked_add(after).unwrap_or_else(|| now + FAR_FUTURE));
}
