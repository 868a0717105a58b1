//! Which failures, and which `Ok` values, are retried.

use crate::classify::asked::judged_by_closure;
use crate::classify::{Classify, Verdict};

/// Judges a failure.
#[diagnostic::on_unimplemented(
    message = "it is not known which failures of type `{E}` to retry",
    label = "neither `Classify` nor `on` decides",
    note = "derive or implement `persevere::Classify` for `{E}`; or name the failures: `.on(|error| …)`; or retry them all: `.on(|_| true)`"
)]
pub trait Judge<E> {
    /// The verdict on `error`.
    fn judge(&mut self, error: &E) -> Verdict;

    /// Whether the error alone decides: then no rule of the user's retries an open circuit.
    #[doc(hidden)]
    const ASKS_ERROR: bool = false;
}

/// Adds a function to those that judge.
pub trait Refine {
    /// What judges when `P` has been added.
    type With<P>;
    /// Adds `judge`: a failure is then retried if both agree.
    fn with<P>(self, judge: P) -> Self::With<P>;
}

/// The error's own [`Classify`] decides, where neither `on` nor `when` is given.
#[derive(Clone, Copy, Debug)]
pub struct ByClassify;

#[diagnostic::do_not_recommend] // a closure has other ways out than a function
impl<E: Classify> Judge<E> for ByClassify {
    fn judge(&mut self, error: &E) -> Verdict {
        error.classify()
    }

    const ASKS_ERROR: bool = true;
}

impl Refine for ByClassify {
    type With<P> = By<P>;

    fn with<P>(self, judge: P) -> By<P> {
        By(judge)
    }
}

/// A function decides.
#[derive(Clone, Copy, Debug)]
pub struct By<P>(pub(super) P);

impl<E, P, V> Judge<E> for By<P>
where
    P: FnMut(&E) -> V,
    V: Into<Verdict>,
{
    fn judge(&mut self, error: &E) -> Verdict {
        judged_by_closure(|| (self.0)(error))
    }
}

impl<Q> Refine for By<Q> {
    type With<P> = Both<Self, By<P>>;

    fn with<P>(self, judge: P) -> Both<Self, By<P>> {
        Both(self, By(judge))
    }
}

/// Two decide: a failure is retried if both say so, as the second says.
#[derive(Clone, Copy, Debug)]
pub struct Both<A, B>(A, B);

impl<E, A: Judge<E>, B: Judge<E>> Judge<E> for Both<A, B> {
    fn judge(&mut self, error: &E) -> Verdict {
        let first = self.0.judge(error);
        if !first.retries() {
            return first;
        }
        crate::classify::judge::decided(self.1.judge(error), || Some(first))
    }
}

impl<A, B> Refine for Both<A, B> {
    type With<P> = Both<Self, By<P>>;

    fn with<P>(self, judge: P) -> Both<Self, By<P>> {
        Both(self, By(judge))
    }
}

/// `unless`: failures that the predicate matches are permanent.
#[derive(Clone, Copy, Debug)]
pub struct Unless<J, P>(pub(super) J, pub(super) P);

impl<E, J: Judge<E>, P: FnMut(&E) -> bool> Judge<E> for Unless<J, P> {
    fn judge(&mut self, error: &E) -> Verdict {
        if (self.1)(error) { Verdict::PERMANENT } else { self.0.judge(error) }
    }

    const ASKS_ERROR: bool = J::ASKS_ERROR;
}

impl<J: Refine, Q> Refine for Unless<J, Q> {
    type With<P> = Unless<J::With<P>, Q>;

    fn with<P>(self, judge: P) -> Unless<J::With<P>, Q> {
        Unless(self.0.with(judge), self.1)
    }
}

/// Judges an `Ok` value: permanent means that it is a success.
pub trait Again<T> {
    /// The verdict on `value`.
    fn again(&mut self, value: &T) -> Verdict;
}

/// No `Ok` value is retried.
#[derive(Clone, Copy, Debug)]
pub struct Never;

impl<T> Again<T> for Never {
    fn again(&mut self, _: &T) -> Verdict {
        Verdict::PERMANENT
    }
}

impl<T, P> Again<T> for By<P>
where
    Self: Judge<T>,
{
    fn again(&mut self, value: &T) -> Verdict {
        self.judge(value)
    }
}
