//! Taking apart what a function returns whose type is spelt neither `Result` nor `Option`: an alias of
//! one of them, or of a future, which `#[retry]` has to see.
//!
//! By autoref specialisation, as in [`probe`](crate::generated::probe).

use std::convert::Infallible;
use std::future::Future;

use crate::call::settle::{Apart, Whole, parts_of};
use crate::classify::outcome::Outcome;
use crate::generated::probe::Probe;

/// What takes an outcome apart is asked for by.
pub mod parts {
    pub use super::{PartsOfFuture as _, PartsOfOutcome as _};
}

/// A future that the signature spells out.
#[diagnostic::on_unimplemented(
    message = "`#[retry]` sees that a function returns a future only where the type is spelt out: spell it out, or make the function an `async fn`",
    label = "another name for a future",
    note = "write `-> impl Future<Output = Result<T, E>>` or `-> Pin<Box<dyn Future<Output = Result<T, E>> + Send + '_>>`"
)]
pub trait SpeltOut {}

/// First choice: a future, which is refused.
pub trait PartsOfFuture {
    /// The future.
    type Future;

    /// Refuses it.
    #[allow(clippy::type_complexity, reason = "as of any outcome")]
    fn __parts(
        &self,
    ) -> (
        fn(Self::Future) -> Result<Infallible, Infallible>,
        fn(Result<Infallible, Infallible>) -> Self::Future,
    )
    where
        Self::Future: SpeltOut;
}

impl<F: Future> PartsOfFuture for Probe<'_, F> {
    type Future = F;

    fn __parts(
        &self,
    ) -> (fn(F) -> Result<Infallible, Infallible>, fn(Result<Infallible, Infallible>) -> F)
    where
        F: SpeltOut,
    {
        unreachable!("no future is `SpeltOut`")
    }
}

/// Last choice: an outcome.
pub trait PartsOfOutcome {
    /// The outcome.
    type Outcome;

    /// What takes it apart, and what puts one together again.
    fn __parts(&self) -> (Apart<Self::Outcome>, Whole<Self::Outcome>)
    where
        Self::Outcome: Outcome;
}

impl<O> PartsOfOutcome for &Probe<'_, O> {
    type Outcome = O;

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the happy path must cost no call")]
    fn __parts(&self) -> (Apart<O>, Whole<O>)
    where
        O: Outcome,
    {
        parts_of(self.0)
    }
}
