//! Asking types whether what a function returns borrows from what it got by `&mut`.
//!
//! Only the compiler asks, in code that never runs, by autoref specialisation as in
//! [`probe`](crate::generated::probe).

use std::marker::PhantomData;

/// `fn(&mut ()) -> R`: whether a lifetime that `R` elides is that of the `&mut`.
#[derive(Debug)]
pub struct Output<F>(PhantomData<F>);

impl<F> Output<F> {
    /// The question.
    pub const ASKED: Self = Self(PhantomData);
}

/// `Self`, and what is returned: whether the one is a `&mut` that the other may hold.
#[derive(Debug)]
pub struct Receiver<T: ?Sized, V>(PhantomData<T>, PhantomData<V>);

impl<T: ?Sized, V> Receiver<T, V> {
    /// The question.
    pub const ASKED: Self = Self(PhantomData, PhantomData);
}

/// The questions, and what they are asked by.
pub mod questions {
    pub use super::{
        AnyReceiver as _, Borrows as _, ClonedValue as _, Output, Owns as _, Receiver,
        UniqueReceiver as _,
    };
}

/// First choice: the same `R` for every lifetime.
pub trait Owns {
    /// The answer.
    fn __lent(&self) -> Owned {
        Owned
    }
}

impl<R> Owns for &Output<for<'a> fn(&'a mut ()) -> R> {}

/// Last choice: another `R` for each lifetime.
pub trait Borrows {
    /// The answer.
    fn __lent(&self) -> Lent {
        Lent
    }
}

impl<F> Borrows for Output<F> {}

/// First choice: a value that can be cloned, and so holds no `&mut`.
pub trait ClonedValue {
    /// The answer.
    fn __lent(&self) -> Owned {
        Owned
    }
}

impl<T: ?Sized, V: Clone> ClonedValue for &&Receiver<T, V> {}

/// Second choice: a `&mut`.
pub trait UniqueReceiver {
    /// The answer.
    fn __lent(&self) -> Lent {
        Lent
    }
}

impl<T: ?Sized, V> UniqueReceiver for &Receiver<&mut T, V> {}

/// Last choice: anything else.
pub trait AnyReceiver {
    /// The answer.
    fn __lent(&self) -> Owned {
        Owned
    }
}

impl<T: ?Sized, V> AnyReceiver for Receiver<T, V> {}

/// Nothing is borrowed from a `&mut`.
#[derive(Debug)]
pub struct Owned;

/// Something may be.
#[derive(Debug)]
pub struct Lent;

/// Accepts what borrows from no argument.
pub fn owned<A: NothingLent>(_: &A) {}

/// Accepts what borrows from no `self`.
pub fn owned_without_self<A: NothingLentBySelf>(_: &A) {}

/// The answer about the arguments.
#[diagnostic::on_unimplemented(
    message = "a borrow from a `&mut` argument cannot be returned, since the next attempt needs that argument: return an owned value, or take `&self`",
    label = "has the lifetime of the `&mut`"
)]
pub trait NothingLent {}

impl NothingLent for Owned {}

/// The answer about `self`.
#[diagnostic::on_unimplemented(
    message = "`self` is a `&mut` here, and a borrow from it cannot be returned, since the next attempt needs it: return an owned value",
    label = "may borrow from `self`",
    note = "if the value does not borrow from `self`, put `#[retry]` on a function that takes it as `&mut T`, and call that"
)]
pub trait NothingLentBySelf {}

impl NothingLentBySelf for Owned {}
