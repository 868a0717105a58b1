//! How a retried closure waits.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::call::retry::Retry;
use crate::call::sleep::{begin, sleep_blocking, slept};
use crate::events::name::Name;

/// Waits for async operations, and sets alarms.
#[diagnostic::on_unimplemented(
    message = "there is no timer to wait on",
    label = "cannot be awaited",
    note = "enable the feature `tokio`, `async-io` or `wasm` of `persevere`, or name another runtime's with `.sleep(function)`"
)]
pub trait Timing {
    /// What a wait needs beside its [`Retry`].
    type Wait;
    /// Begins the wait before `retry`.
    fn wait(&mut self, retry: &mut Retry<'_>) -> Self::Wait;
    /// Polls the wait; whether it was cancelled, once it is over.
    fn poll_wait(
        wait: Pin<&mut Self::Wait>,
        retry: &mut Retry<'_>,
        context: &mut Context<'_>,
    ) -> Poll<bool>;
    /// The future that ends an attempt or a wait for a permit.
    type Alarm: Future<Output = ()>;
    /// Makes an alarm that is ready after that time.
    fn alarm(&mut self, after: Duration) -> Self::Alarm;
}

/// Waits for blocking operations.
pub trait Pause {
    /// Waits until `retry` is due, in the call of that name. Returns whether the wait was cancelled.
    fn pause(&mut self, name: impl FnOnce() -> Name, retry: &mut Option<Retry<'static>>) -> bool;

    /// Lets that much time pass.
    #[cfg(feature = "chaos")]
    fn delay(&mut self, delay: Duration);
}

/// The runtime's timer for async operations; the thread's own sleep for blocking ones.
#[derive(Clone, Copy, Debug)]
pub struct DefaultTimer;

impl Pause for DefaultTimer {
    fn pause(&mut self, name: impl FnOnce() -> Name, retry: &mut Option<Retry<'static>>) -> bool {
        sleep_blocking(name, retry)
    }

    #[cfg(feature = "chaos")]
    fn delay(&mut self, delay: Duration) {
        std::thread::sleep(delay);
    }
}

/// The user's own function, by `sleep`.
#[derive(Clone, Copy, Debug)]
pub struct ByFunction<S>(pub(super) S);

impl<S, Fut> Timing for ByFunction<S>
where
    S: FnMut(Duration) -> Fut,
    Fut: Future<Output = ()>,
{
    type Wait = Fut;
    type Alarm = Fut;

    fn wait(&mut self, retry: &mut Retry<'_>) -> Fut {
        retry.begins_to_wait(true);
        (self.0)(retry.delay())
    }

    fn poll_wait(
        wait: Pin<&mut Fut>,
        retry: &mut Retry<'_>,
        context: &mut Context<'_>,
    ) -> Poll<bool> {
        retry.poll_wait(context, |_, context| wait.poll(context))
    }

    fn alarm(&mut self, after: Duration) -> Fut {
        (self.0)(after)
    }
}

impl<S: FnMut(Duration)> Pause for ByFunction<S> {
    fn pause(&mut self, _name: impl FnOnce() -> Name, retry: &mut Option<Retry<'static>>) -> bool {
        (self.0)(begin(retry));
        slept(retry)
    }

    #[cfg(feature = "chaos")]
    fn delay(&mut self, delay: Duration) {
        (self.0)(delay);
    }
}
