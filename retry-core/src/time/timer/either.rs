//! Two timers, where several crates of a program have enabled one each: tokio's within a tokio
//! runtime, async-io's everywhere else.

#[path = "async_io.rs"]
#[allow(unreachable_pub, reason = "alone, it is the library's")]
mod by_async_io;
#[path = "tokio.rs"]
#[allow(unreachable_pub, reason = "alone, it is the library's")]
mod by_tokio;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::runtime::Handle;

pin_project! {
    /// A future that is ready once its time has come.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Alarm {
        #[pin]
        timer: Timer,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = TimerProjection]
    enum Timer {
        Tokio { #[pin] alarm: by_tokio::Alarm },
        AsyncIo { #[pin] alarm: by_async_io::Alarm },
    }
}

/// An alarm so long from now, by the timer that works where this is called.
pub(crate) fn alarm(after: Duration) -> Alarm {
    let timer = if Handle::try_current().is_ok() {
        Timer::Tokio { alarm: by_tokio::alarm(after) }
    } else {
        Timer::AsyncIo { alarm: by_async_io::alarm(after) }
    };
    Alarm { timer }
}

/// Sets `alarm` anew, by the timer that it was made with.
pub(crate) fn reset(alarm: Pin<&mut Alarm>, after: Duration) {
    match alarm.project().timer.project() {
        TimerProjection::Tokio { alarm } => by_tokio::reset(alarm, after),
        TimerProjection::AsyncIo { alarm } => by_async_io::reset(alarm, after),
    }
}

impl Future for Alarm {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match self.project().timer.project() {
            TimerProjection::Tokio { alarm } => alarm.poll(context),
            TimerProjection::AsyncIo { alarm } => alarm.poll(context),
        }
    }
}
