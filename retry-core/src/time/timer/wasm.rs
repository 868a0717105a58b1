//! The browser's timer, and that of Node.js: `setTimeout`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use gloo_timers::future::TimeoutFuture;

use crate::time::clock::{self, Instant};

/// The longest wait that `setTimeout` knows: its milliseconds are a signed number of 32 bits.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

/// A future that is ready once its time has come.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Alarm {
    /// `None` is never.
    at: Option<Instant>,
    timeout: TimeoutFuture,
}

/// An alarm that rings after that time; one beyond the clock's range never rings.
pub(crate) fn alarm(after: Duration) -> Alarm {
    Alarm { at: clock::now().checked_add(after), timeout: timeout(after) }
}

/// Sets `alarm` anew.
pub(crate) fn reset(mut kept: Pin<&mut Alarm>, after: Duration) {
    kept.set(alarm(after));
}

/// No less than `after`, if it is not too long: milliseconds are rounded up.
fn timeout(after: Duration) -> TimeoutFuture {
    let held = after.min(LONGEST).as_nanos().div_ceil(1_000_000);
    TimeoutFuture::new(u32::try_from(held).unwrap_or(u32::MAX))
}

impl Future for Alarm {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        while Pin::new(&mut self.timeout).poll(context).is_ready() {
            let left = match self.at {
                Some(at) => at.saturating_duration_since(clock::now()),
                None => LONGEST,
            };
            if left.is_zero() {
                return Poll::Ready(());
            }
            self.timeout = timeout(left);
        }
        Poll::Pending
    }
}
