//! Closures that wait on the runtime's timer.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::parts::{DefaultTimer, Timing};
use crate::call::retry::Retry;
use crate::time::timer::{Alarm, alarm};

impl Timing for DefaultTimer {
    type Wait = ();
    type Alarm = Alarm;

    fn wait(&mut self, retry: &mut Retry<'_>) {
        retry.start_timer(true);
    }

    fn poll_wait(_: Pin<&mut ()>, retry: &mut Retry<'_>, context: &mut Context<'_>) -> Poll<bool> {
        retry.poll_due(context)
    }

    fn alarm(&mut self, after: Duration) -> Self::Alarm {
        alarm(after)
    }
}
