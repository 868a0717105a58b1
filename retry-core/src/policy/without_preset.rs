//! What a newcomer tries first, since other libraries have it: the compiler answers with what to write here.
//!
//! A bound that never holds makes it an error to call such a function, and the bound's trait says why. It is
//! quantified over a lifetime, or the compiler would refuse the function itself.

use super::Policy;

/// A policy that begins empty, or by its shape.
#[diagnostic::on_unimplemented(
    message = "a `Policy` begins with a preset: write `Policy::DEFAULT.with_max_retries(3)`, and set the rest in the same way",
    label = "no preset",
    note = "equal waits are `Policy::DEFAULT.with_base_delay(wait).with_exponential_base(1.0)`; waits of your own, `Policy::waits(&[…])`"
)]
#[allow(unnameable_types)] // for the compiler's message alone
pub trait BeginsWithNothing<'never> {}

/// A text, where no feature reads it.
#[cfg(not(any(feature = "overrides", feature = "serde")))]
#[diagnostic::on_unimplemented(
    message = "policies are read from texts with the feature `overrides` or `serde` of `persevere`",
    label = "enable one of these features",
    note = "a preset by its name needs no feature: `Policy::named(\"aggressive\")`"
)]
#[allow(unnameable_types)]
pub trait ReadWithoutFeature<'never>: Sized {
    /// The policy in `text`.
    fn read(text: &str) -> Self;
}

#[cfg(not(any(feature = "overrides", feature = "serde")))]
#[doc(hidden)]
impl std::str::FromStr for Policy
where
    for<'never> Self: ReadWithoutFeature<'never>,
{
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::read(text))
    }
}

/// Not to be called: see the module's head.
impl Policy {
    #[doc(hidden)]
    pub const fn new() -> Self
    where
        for<'never> Self: BeginsWithNothing<'never>,
    {
        Self::DEFAULT
    }

    #[doc(hidden)]
    pub const fn builder() -> Self
    where
        for<'never> Self: BeginsWithNothing<'never>,
    {
        Self::DEFAULT
    }

    #[doc(hidden)]
    pub fn exponential<T>(_base_delay: T) -> Self
    where
        for<'never> Self: BeginsWithNothing<'never>,
    {
        Self::DEFAULT
    }

    #[doc(hidden)]
    pub fn fixed<T>(_delay: T) -> Self
    where
        for<'never> Self: BeginsWithNothing<'never>,
    {
        Self::DEFAULT
    }

    #[doc(hidden)]
    pub fn constant<T>(_delay: T) -> Self
    where
        for<'never> Self: BeginsWithNothing<'never>,
    {
        Self::DEFAULT
    }
}
