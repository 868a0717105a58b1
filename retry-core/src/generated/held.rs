//! What a wait keeps of the failure before it: the caller gets that if the wait is cancelled.
//!
//! An async function keeps it only if it is `Send`, since its future must be wherever the plain function's
//! would be. Otherwise the failure is dropped, and no word ends the wait.

use std::marker::PhantomData;

use crate::call::settle::Whole;
use crate::classify::outcome::Outcome;
use crate::generated::probe::Probe;

/// First choice: the failure can be sent.
pub trait HeldIfSend {
    /// What is kept.
    type Holder;
    /// How it is kept.
    fn __holder(&self) -> Self::Holder;
}

impl<E: Send> HeldIfSend for &Probe<'_, E> {
    type Holder = Kept<E>;

    #[inline]
    fn __holder(&self) -> Kept<E> {
        Kept(PhantomData)
    }
}

/// Last choice: it cannot.
pub trait NotHeld {
    /// What is kept.
    type Holder;
    /// How it is kept.
    fn __holder(&self) -> Self::Holder;
}

impl<E> NotHeld for Probe<'_, E> {
    type Holder = Dropped<E>;

    #[inline]
    fn __holder(&self) -> Dropped<E> {
        Dropped(PhantomData)
    }
}

/// Keeps a failure.
#[derive(Debug)]
pub struct Kept<E>(PhantomData<fn() -> E>);

/// Drops a failure.
#[derive(Debug)]
pub struct Dropped<E>(PhantomData<fn() -> E>);

/// Keeps a failure, or drops it.
pub trait Holder {
    /// The failure.
    type Failure;
    /// What is kept of it.
    type Held: Held<Self::Failure>;
    /// Takes it.
    fn hold(self, failure: Self::Failure) -> Self::Held;
}

impl<E> Holder for Kept<E> {
    type Failure = E;
    type Held = AllOf<E>;

    #[inline]
    fn hold(self, failure: E) -> AllOf<E> {
        AllOf(failure)
    }
}

impl<E> Holder for Dropped<E> {
    type Failure = E;
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
pub fn keep_failure<H: Holder>(holder: H, failure: H::Failure) -> H::Held {
    holder.hold(failure)
}

/// Whether a word ends the wait after a failure that is held so.
#[inline]
pub fn can_end<H: Holder>(_holder: &H) -> bool {
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
