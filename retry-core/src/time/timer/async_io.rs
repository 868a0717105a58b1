//! async-io's timer, which smol's is. It has a thread of its own, and works on every runtime.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_io::Timer;

/// A future that is ready once its time has come.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Alarm(Timer);

/// An alarm that rings after that time; one beyond the clock's range never rings.
pub(crate) fn alarm(after: Duration) -> Alarm {
    Alarm(Timer::after(after))
}

/// Sets `alarm` anew.
pub(crate) fn reset(mut alarm: Pin<&mut Alarm>, after: Duration) {
    alarm.0.set_after(after);
}

impl Future for Alarm {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(context).map(|_| ())
    }
}
