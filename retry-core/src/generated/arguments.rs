//! What the generated code does with a function's arguments and a policy's values.

use std::time::Duration;

use crate::policy::Policy;
use crate::policy::jitter::Jitter;

/// An argument named in `clone(..)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is listed in `clone(..)` but is not `Clone`",
    label = "cannot be cloned for each attempt",
    note = "take it by reference, or wrap it in an `Arc`"
)]
pub trait CloneArgument: Clone {}
impl<T: Clone> CloneArgument for T {}

/// A copy of an argument named in `clone(..)`, for one attempt.
#[inline]
pub fn clone_argument<T: CloneArgument>(argument: &T) -> T {
    argument.clone()
}

/// A `mut` argument taken by value.
#[diagnostic::on_unimplemented(
    message = "a `mut` argument of `#[retry]` must be `Copy`, so that each attempt starts from the same value",
    label = "`{Self}` is not `Copy`",
    note = "name the argument in `clone(..)`: `#[retry(clone(argument))]`"
)]
pub trait FreshArgument: Copy {}
impl<T: Copy> FreshArgument for T {}

/// A copy of a `mut` argument, for one attempt.
#[inline]
pub fn fresh_argument<T: FreshArgument>(argument: &T) -> T {
    *argument
}

/// An argument that `#[tracing::instrument]`, above, moves into its own future.
#[diagnostic::on_unimplemented(
    message = "`#[instrument]` above `#[retry]` moves this argument into the first attempt: put `#[instrument]` below `#[retry]`",
    label = "`{Self}` is not `Copy`",
    note = "for a span around each attempt, name the argument in `clone(..)`: `#[retry(clone(argument))]`"
)]
pub trait UnmovedArgument: Copy {}
impl<T: Copy> UnmovedArgument for T {}

/// Accepts an argument that is there for each attempt.
pub fn unmoved_argument<T: UnmovedArgument>(_: &T) {}

/// `policy = …` and `throttled = …`, their type pinned down where the user wrote them.
pub const fn policy(policy: Policy) -> Policy {
    policy
}

/// `timeout = …` and `deadline = …`, as [`policy()`].
pub const fn duration(duration: Duration) -> Duration {
    duration
}

/// `exponential_base` computed at run time: one that [`Policy::with_exponential_base`] refuses
/// leaves the policy's own in force, since a bad number must not turn a failure into a panic.
pub fn with_exponential_base(policy: Policy, exponential_base: f64) -> Policy {
    if Policy::accepts_exponential_base(exponential_base) {
        policy.with_exponential_base(exponential_base)
    } else {
        policy
    }
}

/// `jitter` computed at run time: as [`with_exponential_base`].
pub fn with_jitter(policy: Policy, jitter: Jitter) -> Policy {
    if jitter.is_valid() { policy.with_jitter(jitter) } else { policy }
}
