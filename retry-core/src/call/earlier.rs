//! What a call's last attempt failed with that was made: the caller gets it where a later one is cut
//! at the deadline or refused by the circuit breaker, which says less.
//!
//! Kept is the error alone; where `on_ok` retries values, an error or a value, the rest of what an
//! attempt can give.

use crate::call::settle::Whole;
use crate::classify::outcome::Outcome;
use crate::classify::stopped::Stopped;

type Rest<O> = Result<<O as Outcome>::Value, <O as Outcome>::Error>;

const fn is_refused(rejected: Option<Stopped>) -> bool {
    match rejected {
        Some(stopped) => stopped.is_open_circuit(),
        None => false,
    }
}

/// What the caller gets instead, should the call end with this attempt, if that was refused.
#[inline]
pub(crate) fn instead<T>(rejected: Option<Stopped>, earlier: Option<&T>) -> Option<&T> {
    if is_refused(rejected) { earlier } else { None }
}

/// What the caller gets instead, if the attempt was refused; its type pinned down by `_whole`.
#[inline]
pub fn earlier_error<O: Outcome>(
    _whole: Whole<O>,
    rejected: Option<Stopped>,
    earlier: &Option<O::Error>,
) -> Option<&O::Error> {
    instead(rejected, earlier.as_ref())
}

/// Like [`earlier_error`], where `Ok` values are retried, too.
#[inline]
pub fn earlier_rest<O: Outcome>(
    _whole: Whole<O>,
    rejected: Option<Stopped>,
    earlier: &Option<Rest<O>>,
) -> Option<&Rest<O>> {
    instead(rejected, earlier.as_ref())
}

/// Keeps what an attempt gave, unless it was refused: then that is nothing of its own.
#[inline]
pub fn keep<T>(rejected: Option<Stopped>, earlier: &mut Option<T>, given: T) {
    if !is_refused(rejected) {
        *earlier = Some(given);
    }
}

/// What a call ends with whose last attempt gave `given`.
#[inline]
pub fn last<T>(rejected: Option<Stopped>, earlier: Option<T>, given: T) -> T {
    match earlier {
        Some(earlier) if is_refused(rejected) => earlier,
        _ => given,
    }
}

/// The outcome that an attempt ends with that is cut at the deadline, if an earlier one failed.
#[inline]
pub fn take_error<O: Outcome>(earlier: &mut Option<O::Error>) -> Option<O> {
    earlier.take().map(|error| O::from_result(Err(error)))
}

/// Like [`take_error`], where `Ok` values are retried, too.
#[inline]
pub fn take_rest<O: Outcome>(earlier: &mut Option<Rest<O>>) -> Option<O> {
    earlier.take().map(O::from_result)
}
