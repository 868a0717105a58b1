//! Waiting for a future by parking the thread.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::primitives::sync::{Thread, current_thread, park, park_timeout};
use crate::time::clock::Instant;

/// Wakes a thread that is parked.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// Wakes this thread, if it is parked.
pub(crate) fn waker() -> Waker {
    Arc::new(Unpark(current_thread())).into()
}

/// Parks the thread for `span`, unless it is woken. Returns whether all of that has passed.
pub(crate) fn pause(span: Duration) -> bool {
    let began = Instant::now();
    park_timeout(span);
    began.elapsed() >= span
}

/// Blocks the thread until `future` is ready, for at most `limit`, or without a limit if it is `None`.
pub(crate) fn block_on<F: Future>(future: F, limit: Option<Duration>) -> Option<F::Output> {
    block_on_with(future, limit, Instant::now, |left| match left {
        Some(left) => park_timeout(left),
        None => park(),
    })
}

/// Like [`block_on`], with the clock and the way of parking as arguments.
pub(crate) fn block_on_with<F: Future>(
    future: F,
    limit: Option<Duration>,
    now: impl Fn() -> Instant,
    park: impl Fn(Option<Duration>),
) -> Option<F::Output> {
    let waker = waker();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    // An end beyond the clock's range is no limit.
    let end = limit.and_then(|limit| now().checked_add(limit));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        let left = end.map(|end| end.saturating_duration_since(now()));
        if left.is_some_and(|left| left.is_zero()) {
            return None;
        }
        park(left); // which may end for no reason
    }
}
