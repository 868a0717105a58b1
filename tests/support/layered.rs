//! Bodies that fail in the ways that layers distinguish.

#![allow(dead_code, reason = "not every test needs all of it")]

use std::pin::pin;
use std::task::{Context, Waker};

use persevere::budget::Available;
use persevere::{Budget, Classify, Rejection};

use crate::support::scripted::Script;

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error, Classify)]
pub(crate) enum Error {
    #[error("busy")]
    #[retry(transient)]
    Busy,
    #[error("broken")]
    #[retry(permanent)]
    Broken,
    #[error("rejected: {0}")]
    #[retry(forward)]
    Rejected(#[from] Rejection),
}
pub(crate) fn busy(times: usize) -> Script<Error> {
    Script::of(vec![Error::Busy; times])
}

pub(crate) fn tokens(budget: &Budget) -> u32 {
    match budget.available() {
        Available::Tokens { tokens, .. } => tokens,
        other => panic!("not a token bucket: {other:?}"),
    }
}

/// Drops the future after it was polled once.
pub(crate) fn poll_once(future: impl Future) {
    let polled = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
}
