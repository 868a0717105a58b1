//! Callers in the queue of a bulkhead, polled by hand.
#![allow(dead_code, reason = "not every file uses all")]

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use persevere::bulkhead::Permit;
use persevere::{Bulkhead, Rejection};

pub(crate) type Acquired<'a> = Result<Permit<'a>, Rejection>;
pub(crate) type Acquiring<'a> = Pin<Box<dyn Future<Output = Acquired<'a>> + 'a>>;

/// Polls by hand, with a waker that wakes nobody.
pub(crate) fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// What came out of a poll, without the permit.
pub(crate) fn outcome(polled: Poll<Acquired<'_>>) -> Poll<Result<(), Rejection>> {
    polled.map_ok(drop)
}

/// In the queue of `bulkhead`.
pub(crate) fn queued(bulkhead: &Bulkhead) -> Acquiring<'_> {
    let before = bulkhead.waiting();
    let mut acquiring: Acquiring<'_> = Box::pin(bulkhead.acquire());
    assert!(poll(acquiring.as_mut()).is_pending());
    assert_eq!(bulkhead.waiting(), before + 1);
    acquiring
}
