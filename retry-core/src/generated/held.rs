//! What a wait keeps of the failure before it: the caller gets that if the wait is cancelled.
//!
//! An async function keeps it only if it is `Send`, since its future must be wherever the plain function's
//! would be. Otherwise the failure is dropped, and no word ends the wait.

use std::marker::PhantomData;

use crate::call::Call;
use crate::call::settle::{Whole, cancelled, failed};
use crate::call::slot::RetrySlot;
use crate::classify::Verdict;
use crate::classify::outcome::Outcome;
use crate::generated::probe::Probe;
use crate::generated::shown::Shows;

/// First choice: the failure can be sent.
pub trait HeldIfSend {
    /// How it is kept.
    fn __holder(&self) -> Kept;
}

impl<E: Send> HeldIfSend for &Probe<'_, E> {
    #[inline]
    fn __holder(&self) -> Kept {
        Kept
    }
}

/// Last choice: it cannot.
pub trait NotHeld {
    /// How it is kept.
    fn __holder(&self) -> Dropped;
}

impl<E> NotHeld for Probe<'_, E> {
    #[inline]
    fn __holder(&self) -> Dropped {
        Dropped
    }
}

/// Keeps a failure.
#[derive(Debug)]
pub struct Kept;

/// Drops a failure.
#[derive(Debug)]
pub struct Dropped;

/// Keeps a failure, or drops it.
pub trait Holder<E> {
    /// What is kept of it.
    type Held: Held<E>;
    /// Takes it.
    fn hold(self, failure: E) -> Self::Held;
}

impl<E> Holder<E> for Kept {
    type Held = AllOf<E>;

    #[inline]
    fn hold(self, failure: E) -> AllOf<E> {
        AllOf(failure)
    }
}

impl<E> Holder<E> for Dropped {
    type Held = NoneOf<E>;

    #[inline]
    fn hold(self, failure: E) -> NoneOf<E> {
        drop(failure);
        NoneOf(PhantomData)
    }
}

/// What is kept of a failure.
pub trait Held<E> {
    /// Whether a word ends the wait.
    const CAN_END: bool;
    /// The failure, if it is kept.
    fn failure(self) -> Option<E>;
}

/// All of it.
#[derive(Debug)]
pub struct AllOf<E>(E);

/// Nothing.
#[derive(Debug)]
pub struct NoneOf<E>(PhantomData<fn() -> E>);

impl<E> Held<E> for AllOf<E> {
    const CAN_END: bool = true;

    #[inline]
    fn failure(self) -> Option<E> {
        Some(self.0)
    }
}

impl<E> Held<E> for NoneOf<E> {
    const CAN_END: bool = false;

    #[inline]
    fn failure(self) -> Option<E> {
        None
    }
}

/// Keeps `failure`, or drops it.
#[inline]
pub fn keep_failure<E, H: Holder<E>>(holder: H, failure: E) -> H::Held {
    holder.hold(failure)
}

/// Whether a word ends the wait after `failure`.
#[inline]
pub fn can_end<E, H: Holder<E>>(_holder: &H, _failure: &E) -> bool {
    H::Held::CAN_END
}

/// The failure, if the wait after it `is_cancelled`, and it is kept.
#[inline]
pub fn failure_if<E, H: Held<E>>(is_cancelled: bool, held: H) -> Option<E> {
    if is_cancelled { held.failure() } else { None }
}

/// The type that an attempt returns, where nothing else of the attempt lives: a future that keeps this is
/// no larger for it.
#[derive(Debug)]
pub struct Shape<O>(PhantomData<fn() -> O>);

/// The type that `whole` makes.
#[inline]
pub fn shape_of<R, O>(_whole: fn(R) -> O) -> Shape<O> {
    Shape(PhantomData)
}

/// What puts an outcome of that type together.
#[inline]
pub fn whole_of<O: Outcome>(_shape: &Shape<O>) -> Whole<O> {
    O::from_result
}

/// All that a call which nothing observes needs to end with its failure, during the wait after it.
#[derive(Debug)]
pub struct Remains<H, S, O> {
    held: H,
    shown: S,
    _shape: Shape<O>,
}

/// An attempt failed, of a call that nothing observes. What is left of it if a retry follows; otherwise what
/// the caller gets.
#[inline]
pub fn remains<'b, V, E, O, H, S>(
    call: &Call<'_, 'b>,
    retry: &mut RetrySlot<'b>,
    verdict: Verdict,
    error: E,
    (shown, holder): (S, H),
    whole: fn(Result<V, E>) -> O,
) -> Result<Remains<H::Held, S, O>, O>
where
    H: Holder<E>,
    S: Shows<E>,
{
    if failed(call, retry, verdict, shown.text(&error)) {
        Ok(Remains { held: holder.hold(error), shown, _shape: Shape(PhantomData) })
    } else {
        Err(whole(Err(error)))
    }
}

/// Whether a word ends the wait after a failure of which that is left.
#[inline]
pub fn can_be_ended<E, H: Held<E>, S, O>(_remains: &Remains<H, S, O>) -> bool {
    H::CAN_END
}

/// The wait was cancelled: reports that, and returns what the caller gets, if it was kept.
#[cold]
pub fn ended<'b, O, H, S>(
    call: &Call<'_, 'b>,
    retry: &mut RetrySlot<'b>,
    remains: Remains<H, S, O>,
) -> Option<O>
where
    O: Outcome,
    H: Held<O::Error>,
    S: Shows<O::Error>,
{
    let error = remains.held.failure()?;
    cancelled(call, retry, Some(remains.shown.text(&error)));
    Some(O::from_result(Err(error)))
}
