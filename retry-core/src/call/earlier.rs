//! What the last attempt that was made failed with. The caller gets it if a later attempt is cut at the
//! deadline or refused by the circuit breaker or the rate, whose errors say less.
//!
//! Only the error is kept; with `on_ok`, an error or a value that is retried.

use crate::call::settle::Whole;
use crate::classify::outcome::Outcome;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;

type Rest<O> = Result<<O as Outcome>::Value, <O as Outcome>::Error>;

const fn is_refused(rejected: Option<Stopped>) -> bool {
    match rejected {
        Some(stopped) => {
            stopped.refused_for().is_some() || matches!(stopped.rejection(), Rejection::Cancelled)
        }
        None => false,
    }
}

/// What the caller gets if the call ends with this attempt, which was refused.
#[inline]
pub(crate) fn instead<T>(rejected: Option<Stopped>, earlier: Option<&T>) -> Option<&T> {
    if is_refused(rejected) { earlier } else { None }
}

/// As `instead`, of the type that `_whole` pins down.
#[inline]
pub fn earlier_error<O: Outcome>(
    _whole: Whole<O>,
    rejected: Option<Stopped>,
    earlier: &Option<O::Error>,
) -> Option<&O::Error> {
    instead(rejected, earlier.as_ref())
}

/// As [`earlier_error`], with `on_ok`.
#[inline]
pub fn earlier_rest<O: Outcome>(
    _whole: Whole<O>,
    rejected: Option<Stopped>,
    earlier: &Option<Rest<O>>,
) -> Option<&Rest<O>> {
    instead(rejected, earlier.as_ref())
}

/// Keeps what an attempt gave, unless it was refused and so never ran.
#[inline]
pub fn keep<T>(rejected: Option<Stopped>, earlier: &mut Option<T>, given: T) {
    if !is_refused(rejected) {
        *earlier = Some(given);
    }
}

/// What a call ends with if its last attempt gave `given`.
#[inline]
pub fn last<T>(rejected: Option<Stopped>, earlier: Option<T>, given: T) -> T {
    match earlier {
        Some(earlier) if is_refused(rejected) => earlier,
        _ => given,
    }
}

/// The outcome of an attempt that is cut at the deadline, if an earlier one failed.
#[inline]
pub fn take_error<O: Outcome>(earlier: &mut Option<O::Error>) -> Option<O> {
    earlier.take().map(|error| O::from_result(Err(error)))
}

/// As [`take_error`], with `on_ok`.
#[inline]
pub fn take_rest<O: Outcome>(earlier: &mut Option<Rest<O>>) -> Option<O> {
    earlier.take().map(O::from_result)
}
