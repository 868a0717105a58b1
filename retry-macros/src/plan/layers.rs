//! What a call goes through, and what ends its attempts.

use std::time::Duration;

use proc_macro2::Span;
use syn::Expr;

use crate::read::{Hedge, Keyed, Late, Setting, Values};

/// What ends attempts and calls.
pub(crate) struct Limits {
    pub(crate) timeout: Option<Keyed<Setting<Duration>>>,
    pub(crate) deadline: Option<Keyed<Setting<Duration>>>,
    /// Whether the deadline ends an attempt that runs.
    pub(crate) cuts_at_deadline: bool,
}

/// What a call goes through.
pub(crate) struct Layers {
    pub(crate) bulkhead: Option<Expr>,
    pub(crate) budget: Option<Expr>,
    pub(crate) breaker: Option<Expr>,
    /// Where the key stands for whose sake an attempt may be refused.
    pub(crate) refused_at: Option<Span>,
    /// Whether an attempt may be cut short, and a layer asks whether it was; or whether to ask the
    /// `fallback` depends on it, since what was cut is no permanent failure.
    pub(crate) notes_cuts: bool,
}

/// The race in which a hedged body runs.
pub(crate) struct Race {
    pub(crate) late: Lateness,
    /// How many attempts may be made besides the first: 1, if it is not said.
    pub(crate) max: Option<Setting<u32>>,
}

/// When an attempt of a race is late.
pub(crate) enum Lateness {
    /// By a quantile, which is measured in a static of the function's own.
    Quantile(f64, Span),
    Delay(Setting<Duration>),
    /// By a static `Hedge` or a `Duration`.
    Either(Expr),
    /// As [`Either`](Self::Either), a sum, which is borrowed as a whole.
    Sum(Expr),
}

impl Layers {
    pub(super) fn of(values: &Values, is_blocking: bool) -> Self {
        let layer = |layer: &Option<Keyed<Expr>>| layer.as_ref().map(|it| it.value.clone());
        let (bulkhead, breaker) = (&values.bulkhead, &values.breaker);
        let asks = values.budget.is_some() || breaker.is_some();
        let asks_fallback = values.fallback.is_some() && values.timeout.is_some();
        let is_cut = !is_blocking && (values.timeout.is_some() || values.deadline.is_some());
        Self {
            bulkhead: layer(bulkhead),
            budget: layer(&values.budget),
            breaker: layer(breaker),
            refused_at: breaker.as_ref().or(bulkhead.as_ref()).map(|layer| layer.key),
            notes_cuts: (asks || asks_fallback) && is_cut,
        }
    }
}

impl Race {
    pub(super) fn of(hedge: Hedge) -> Self {
        let late = match hedge.after {
            Late::Delay(delay) => Lateness::Delay(delay),
            Late::Quantile(quantile, span) => Lateness::Quantile(quantile, span),
            Late::Either(setting) => match *setting {
                sum @ Expr::Binary(_) => Lateness::Sum(sum),
                setting => Lateness::Either(setting),
            },
        };
        Self { late, max: hedge.max }
    }
}
