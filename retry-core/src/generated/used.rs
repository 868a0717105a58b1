//! What a body uses of its arguments by value: whether it is there for the next attempt.
//!
//! Each type asks one question of a place. Its `__or` is [`UsedUp`] where the body uses the place up, and
//! else what comes next; as in [`probe`](super::probe), the compiler finds the answer that the type of the
//! place allows.

use std::cell::{Cell, RefCell};
use std::ffi::{CString, OsString};
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::{Mutex, RwLock};

/// What the body uses up.
#[derive(Debug)]
pub struct UsedUp<T>(PhantomData<T>);

/// Nothing is used up.
#[diagnostic::on_unimplemented(
    message = "the first attempt uses this argument up, and nothing is left for the second: write `clone(…)` with its name",
    label = "each attempt needs its own",
    note = "`clone(…)` clones it for each attempt; if it is not `Clone`, take it by reference, or make it in the body"
)]
pub trait Left {}
impl Left for () {}

/// Asks that nothing is used up, in these words: where the expansion cannot have its own.
pub fn left<T: Left>(answer: T) -> T {
    answer
}

/// The first of two that is used up.
pub fn first_used<A: Before<B>, B>(first: A, second: B) -> A::First {
    first.first(second)
}

/// What is found used up, if anything, beside what is found next.
pub trait Before<B> {
    /// The first that is used up.
    type First;
    /// It. Never run.
    fn first(self, second: B) -> Self::First;
}

impl<B> Before<B> for () {
    type First = B;

    fn first(self, second: B) -> B {
        second
    }
}

impl<T, B> Before<B> for UsedUp<T> {
    type First = Self;

    fn first(self, _: B) -> Self {
        self
    }
}

/// A body that can be called again, or of which a used place has been found already.
#[diagnostic::on_unimplemented(
    message = "the first attempt uses up an argument that this function takes by value, and nothing is left for the second: write `clone(…)` with its name",
    label = "each attempt needs its own",
    note = "`clone(…)` clones it for each attempt; if it is not `Clone`, take it by reference, or make it in the body"
)]
pub trait Repeated {}
#[diagnostic::do_not_recommend] // what is said of the arguments is clearer
impl<R, F: FnMut() -> R> Repeated for (&F, ()) {}
impl<F, T> Repeated for (&F, UsedUp<T>) {}

/// Asks for that in these words: where the expansion cannot have its own.
pub fn repeated<T: Repeated>(body: T) -> T {
    body
}

/// The answer; `R` is what comes next.
pub trait Asked<R> {
    /// That, or what is used up.
    type Next;
    /// What is looked at next. Never run.
    fn __or(&self, rest: R) -> Self::Next;
}

/// A question, and the types of places that it finds used up.
macro_rules! question {
    ($(#[$attribute:meta])* $name:ident: $([$($bounds:tt)*] $used_up:ty,)*) => {
        $(#[$attribute])*
        #[derive(Debug)]
        pub struct $name<'a, T>(pub &'a T);

        /// It is lent anew.
        impl<T: ?Sized, R> Asked<R> for &&&$name<'_, &mut T> {
            type Next = R;

            fn __or(&self, rest: R) -> R {
                rest
            }
        }

        /// It is copied.
        impl<T: Copy, R> Asked<R> for &&$name<'_, T> {
            type Next = R;

            fn __or(&self, rest: R) -> R {
                rest
            }
        }

        $(
            impl<R, $($bounds)*> Asked<R> for &$name<'_, $used_up> {
                type Next = UsedUp<$used_up>;

                fn __or(&self, _: R) -> Self::Next {
                    UsedUp(PhantomData)
                }
            }
        )*

        /// It is borrowed.
        impl<T, R> Asked<R> for $name<'_, T> {
            type Next = R;

            fn __or(&self, rest: R) -> R {
                rest
            }
        }
    };
}

question! {
    /// Used by value, whatever its type is.
    ByValue: [T] T,
}

question! {
    /// Used by `into_iter`.
    ByIntoIter: [T: IntoIterator] T,
}

question! {
    /// Used by a method that takes an iterator.
    ByIterator: [T: Iterator] T,
}

question! {
    /// Used by a method that takes an `Option` or a `Result`.
    ByOutcome: [T] Option<T>, [T, E] Result<T, E>,
}

question! {
    /// Used by a method that takes what owns a text, a path or a list, or guards a value.
    ByOwner: [T] Vec<T>, [T] Mutex<T>, [T] RwLock<T>, [T] RefCell<T>, [T] Cell<T>,
        [] String, [] PathBuf, [] OsString, [] CString,
}

/// Before the edition 2024, or that of 2021, `into_iter` borrows it.
impl<T, R> Asked<R> for &&&ByIntoIter<'_, Box<[T]>> {
    type Next = R;

    fn __or(&self, rest: R) -> R {
        rest
    }
}

/// As a boxed slice.
impl<T, const N: usize, R> Asked<R> for &&&ByIntoIter<'_, [T; N]> {
    type Next = R;

    fn __or(&self, rest: R) -> R {
        rest
    }
}
