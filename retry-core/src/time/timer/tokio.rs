//! tokio's timer.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;
/// A future that is ready once its time has come.
pub use tokio::time::Sleep as Alarm;
/// An alarm so long from now.
pub(crate) use tokio::time::sleep as alarm;

/// As tokio itself takes it: a wait of thirty years never ends.
const FAR_FUTURE: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// Sets `alarm` anew.
pub(crate) fn reset(alarm: Pin<&mut Alarm>, after: Duration) {
    let now = Instant::now();
    alarm.reset(now.checked_add(after).unwrap_or_else(|| now + FAR_FUTURE));
}
