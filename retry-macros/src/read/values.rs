//! The values of an attribute's keys.

use std::ops::Deref;
use std::time::Duration;

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::{Expr, LitStr, Path};

use super::hedge::Hedge;
use super::matcher::Matcher;
use super::schedule::{Base, Jitter, Retries};
#[cfg(feature = "tasks")]
use super::task::TaskValues;

/// What each key says; `None` where it is not given.
#[derive(Default)]
pub(crate) struct Values {
    pub(crate) policy: Option<Keyed<Base>>,
    pub(crate) fields: PolicyFields,
    pub(crate) on: Option<Keyed<Matcher>>,
    pub(crate) unless: Option<Keyed<Matcher>>,
    pub(crate) also: Option<Keyed<Matcher>>,
    pub(crate) when: Option<Keyed<Expr>>,
    pub(crate) on_ok: Option<Keyed<Matcher>>,
    pub(crate) throttled: Option<Keyed<Base>>,
    pub(crate) timeout: Option<Keyed<Setting<Duration>>>,
    pub(crate) deadline: Option<Keyed<Setting<Duration>>>,
    pub(crate) upstream: Option<Keyed<Expr>>,
    pub(crate) budget: Option<Keyed<Expr>>,
    pub(crate) breaker: Option<Keyed<Expr>>,
    pub(crate) bulkhead: Option<Keyed<Expr>>,
    pub(crate) hedge: Option<Keyed<Hedge>>,
    pub(crate) context: Option<Keyed<Ident>>,
    pub(crate) clone: Option<Keyed<Vec<Ident>>>,
    pub(crate) on_retry: Option<Keyed<Expr>>,
    pub(crate) on_give_up: Option<Keyed<Expr>>,
    pub(crate) on_success: Option<Keyed<Expr>>,
    pub(crate) fallback: Option<Keyed<Expr>>,
    pub(crate) name: Option<Keyed<LitStr>>,
    pub(crate) id: Option<Keyed<Expr>>,
    pub(crate) sleep: Option<Keyed<Expr>>,
    pub(crate) doc: Option<Keyed<bool>>,
    pub(crate) krate: Option<Keyed<Path>>,
    /// The keys that say `false`: what an `impl` block or an upstream gives is dropped.
    pub(crate) dropped: Vec<Keyed<&'static str>>,
    #[cfg(feature = "tasks")]
    pub(crate) task: TaskValues,
}

/// The keys for which an upstream has a value.
pub(crate) const OF_UPSTREAM: [&str; 5] = ["policy", "timeout", "budget", "breaker", "bulkhead"];

/// The fields of a policy that have keys of their own.
#[derive(Default)]
pub(crate) struct PolicyFields {
    pub(crate) max_retries: Option<Keyed<Setting<Retries>>>,
    pub(crate) base_delay: Option<Keyed<Setting<Duration>>>,
    pub(crate) max_delay: Option<Keyed<Setting<Duration>>>,
    pub(crate) exponential_base: Option<Keyed<Setting<f64>>>,
    pub(crate) jitter: Option<Keyed<Setting<Jitter>>>,
    pub(crate) reset_after: Option<Keyed<Setting<Duration>>>,
}

/// A value, and where its key stands.
pub(crate) struct Keyed<T> {
    pub(crate) key: Span,
    pub(crate) value: T,
}

/// A value known to the macro, or code that computes it.
pub(crate) enum Setting<T> {
    Known(T, Span),
    Code(Box<Expr>),
}

impl Values {
    /// Whether the function has from its upstream what the key `name` would say.
    pub(crate) fn inherits(&self, name: &str) -> bool {
        self.upstream.is_some() && OF_UPSTREAM.contains(&name) && !self.drops(name)
    }

    /// Whether the key `name` says `false`.
    pub(crate) fn drops(&self, name: &str) -> bool {
        self.dropped.iter().any(|dropped| dropped.value == name)
    }

    /// The arguments that `clone(…)` lists.
    pub(crate) fn clones(&self) -> &[Ident] {
        self.clone.as_ref().map_or(&[], |clone| &clone.value)
    }
}

impl PolicyFields {
    pub(crate) fn is_empty(&self) -> bool {
        let Self { max_retries, base_delay, max_delay, exponential_base, jitter, reset_after } =
            self;
        max_retries.is_none()
            && base_delay.is_none()
            && max_delay.is_none()
            && exponential_base.is_none()
            && jitter.is_none()
            && reset_after.is_none()
    }
}

impl<T> Deref for Keyed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Copy> Setting<T> {
    pub(crate) fn known(&self) -> Option<T> {
        match self {
            Self::Known(value, _) => Some(*value),
            Self::Code(_) => None,
        }
    }
}

impl<T> Setting<T> {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Known(_, span) => *span,
            Self::Code(code) => code.span(),
        }
    }
}
