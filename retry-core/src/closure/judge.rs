//! Which failures, and which `Ok` values, are retried.

use std::any::TypeId;

use crate::classify::asked::{heard_by_closure, judged_by_closure};
pub use crate::classify::judge::Polled;
use crate::classify::judge::{decided, retried, unless_refused};
use crate::classify::stopped::Stopped;
use crate::classify::{Classify, Verdict};

/// Judges a failure.
#[diagnostic::on_unimplemented(
    message = "it is not known which failures of type `{E}` to retry",
    label = "neither `Classify` nor `on` decides",
    note = "derive or implement `persevere::Classify` for `{E}`; or name the failures: `.on(|error| …)`; or retry them all: `.on(|_| true)`",
    note = "another crate's error: the features `anyhow`, `aws-smithy`, `eyre`, `http`, `object_store`, `redis`, `reqwest`, `sqlx` and `tonic` of `persevere` know theirs"
)]
pub trait Judge<E> {
    /// The verdict on `error`.
    fn judge(&mut self, error: &E) -> Verdict;

    /// The same after an attempt that a circuit breaker may have refused: where the error alone decides,
    /// an open circuit ends the call, since no rule of the user's asks to wait for it.
    #[doc(hidden)]
    fn judge_unless_refused(&mut self, _refused: Option<Stopped>, error: &E) -> Verdict {
        self.judge(error)
    }
}

/// Adds a function to those that judge.
pub trait Refine {
    /// What judges when `P` has been added.
    type With<P>;
    /// What judges when `P` has been added by `also`.
    type Plus<P>;
    /// Adds `judge`: a failure is then retried if both agree.
    fn with<P>(self, judge: P) -> Self::With<P>;
    /// Adds `judge`: a failure is then retried if either says so.
    fn plus<P>(self, judge: P) -> Self::Plus<P>;
}

/// The error's own [`Classify`] decides, where neither `on` nor `when` is given.
#[derive(Clone, Copy, Debug)]
pub struct ByClassify;

#[diagnostic::do_not_recommend] // a closure has other ways out than a function
impl<E: Classify> Judge<E> for ByClassify {
    fn judge(&mut self, error: &E) -> Verdict {
        error.classify()
    }

    fn judge_unless_refused(&mut self, refused: Option<Stopped>, error: &E) -> Verdict {
        unless_refused(refused, error.classify())
    }
}

impl Refine for ByClassify {
    type With<P> = By<P>;
    type Plus<P> = Also<Self, P>;

    fn with<P>(self, judge: P) -> By<P> {
        By(judge)
    }

    fn plus<P>(self, judge: P) -> Also<Self, P> {
        Also(self, judge)
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
    type Plus<P> = Also<Self, P>;

    fn with<P>(self, judge: P) -> Both<Self, By<P>> {
        Both(self, By(judge))
    }

    fn plus<P>(self, judge: P) -> Also<Self, P> {
        Also(self, judge)
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
        decided(self.1.judge(error), || Some(first))
    }
}

impl<A, B> Refine for Both<A, B> {
    type With<P> = Both<Self, By<P>>;
    type Plus<P> = Also<Self, P>;

    fn with<P>(self, judge: P) -> Both<Self, By<P>> {
        Both(self, By(judge))
    }

    fn plus<P>(self, judge: P) -> Also<Self, P> {
        Also(self, judge)
    }
}

/// `also`: failures for which the predicate holds are retried, too.
#[derive(Clone, Copy, Debug)]
pub struct Also<J, P>(J, P);

impl<J, P> Also<J, P> {
    /// `first`, unless it ends the call and the predicate says otherwise. What the error says of waiting
    /// counts either way.
    fn or_matched<E>(&mut self, first: Verdict, error: &E) -> Verdict
    where
        P: FnMut(&E) -> bool,
    {
        if first.retries() || !(self.1)(error) { first } else { retried(Some(first)) }
    }
}

impl<E, J: Judge<E>, P: FnMut(&E) -> bool> Judge<E> for Also<J, P> {
    fn judge(&mut self, error: &E) -> Verdict {
        let first = self.0.judge(error);
        self.or_matched(first, error)
    }

    fn judge_unless_refused(&mut self, refused: Option<Stopped>, error: &E) -> Verdict {
        let first = self.0.judge_unless_refused(refused, error);
        self.or_matched(first, error)
    }
}

impl<J: Refine, Q> Refine for Also<J, Q> {
    type With<P> = Also<J::With<P>, Q>;
    type Plus<P> = Also<Self, P>;

    fn with<P>(self, judge: P) -> Also<J::With<P>, Q> {
        Also(self.0.with(judge), self.1)
    }

    fn plus<P>(self, judge: P) -> Also<Self, P> {
        Also(self, judge)
    }
}

/// `unless`: failures that the predicate matches are permanent.
#[derive(Clone, Copy, Debug)]
pub struct Unless<J, P>(pub(super) J, pub(super) P);

impl<E, J: Judge<E>, P: FnMut(&E) -> bool> Judge<E> for Unless<J, P> {
    fn judge(&mut self, error: &E) -> Verdict {
        if (self.1)(error) { Verdict::PERMANENT } else { self.0.judge(error) }
    }

    fn judge_unless_refused(&mut self, refused: Option<Stopped>, error: &E) -> Verdict {
        if (self.1)(error) {
            Verdict::PERMANENT
        } else {
            self.0.judge_unless_refused(refused, error)
        }
    }
}

impl<J: Refine, Q> Refine for Unless<J, Q> {
    type With<P> = Unless<J::With<P>, Q>;
    type Plus<P> = Unless<J::Plus<P>, Q>;

    fn with<P>(self, judge: P) -> Unless<J::With<P>, Q> {
        Unless(self.0.with(judge), self.1)
    }

    fn plus<P>(self, judge: P) -> Unless<J::Plus<P>, Q> {
        Unless(self.0.plus(judge), self.1)
    }
}

/// Judges an `Ok` value.
pub trait Again<T> {
    /// What `value` comes to.
    fn again(&mut self, value: &T) -> Polled;
}

/// No `Ok` value is retried.
#[derive(Clone, Copy, Debug)]
pub struct Never;

impl<T> Again<T> for Never {
    fn again(&mut self, _: &T) -> Polled {
        Polled::Final
    }
}

/// A mere `true` says that the value is waited for; a verdict, returned or asked, that it is a failure.
impl<T, P, V> Again<T> for By<P>
where
    P: FnMut(&T) -> V,
    V: Into<Verdict> + 'static,
{
    fn again(&mut self, value: &T) -> Polled {
        let is_bool = TypeId::of::<V>() == TypeId::of::<bool>();
        let mut has_asked = false;
        let verdict = heard_by_closure(|| (self.0)(value), &mut has_asked);
        match Polled::judged(verdict) {
            Polled::Failed(verdict) if is_bool && !has_asked => Polled::Waiting(verdict),
            polled => polled,
        }
    }
}
