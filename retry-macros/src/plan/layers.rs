//! What a call goes through, and what ends its attempts.

use std::time::Duration;

use proc_macro2::{Ident, Span};
use syn::Expr;

use super::is_place;
use super::policy::is_constant;
use crate::read::{Hedge, Keyed, Late, Setting, Values};

/// What ends attempts and calls.
pub(crate) struct Limits {
    pub(crate) timeout: Option<Timeout>,
    pub(crate) deadline: Option<Keyed<Setting<Duration>>>,
    /// Whether the deadline ends an attempt that runs.
    pub(crate) cuts_at_deadline: bool,
}

/// The longest time for an attempt.
pub(crate) struct Timeout {
    /// Where its key stands, or that of the upstream which gives it.
    pub(crate) key: Span,
    /// `None` where the upstream gives it, if it has one.
    pub(crate) value: Option<Setting<Duration>>,
}

/// A layer that a call goes through.
pub(crate) enum Layer {
    /// A key names it.
    Named {
        value: Box<Expr>,
        /// Whether a function returns it, so that it lasts no longer than its expression.
        is_returned: bool,
    },
    /// The upstream may have one.
    OfUpstream,
}

/// What `upstream` names.
pub(crate) enum Upstream {
    /// A static, as it seems.
    Static(Expr),
    /// A variable or a field.
    Place(Expr),
    /// A value that lasts no longer than its expression.
    Value(Expr),
}

/// What a call goes through.
pub(crate) struct Layers {
    pub(crate) upstream: Option<Upstream>,
    /// Whether the upstream must have no timeout, since the function is a blocking one.
    pub(crate) must_not_cut: bool,
    pub(crate) bulkhead: Option<Layer>,
    pub(crate) budget: Option<Layer>,
    pub(crate) breaker: Option<Layer>,
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
    pub(super) fn of(values: &Values, locals: &[Ident], is_blocking: bool) -> Self {
        let layer = |name: &str, named: &Option<Keyed<Expr>>| match named {
            Some(named) => Some(Layer::named(&named.value)),
            None => values.inherits(name).then_some(Layer::OfUpstream),
        };
        let bulkhead = layer("bulkhead", &values.bulkhead);
        let breaker = layer("breaker", &values.breaker);
        let budget = layer("budget", &values.budget);
        let asks = budget.is_some() || breaker.is_some() || bulkhead.is_some();
        let may_time_out = values.timeout.is_some() || values.inherits("timeout");
        let of_upstream = || values.upstream.as_ref().map(|upstream| upstream.key);
        let key = |layer: &Option<Layer>, named: &Option<Keyed<Expr>>| {
            layer.as_ref()?;
            named.as_ref().map(|named| named.key).or_else(of_upstream)
        };
        let refused_at =
            key(&breaker, &values.breaker).or_else(|| key(&bulkhead, &values.bulkhead));
        let refused_at = refused_at.or_else(of_upstream); // it may have a rate
        let upstream = values.upstream.as_ref().map(|it| Upstream::of(it.value.clone(), locals));
        let asks_fallback = values.fallback.is_some() && may_time_out;
        let is_cut = !is_blocking && (may_time_out || values.deadline.is_some());
        Self {
            upstream,
            must_not_cut: is_blocking && values.inherits("timeout"),
            bulkhead,
            budget,
            breaker,
            refused_at,
            notes_cuts: (asks || asks_fallback) && is_cut,
        }
    }
}

impl Layer {
    fn named(value: &Expr) -> Self {
        let is_returned = matches!(value, Expr::Call(_) | Expr::MethodCall(_));
        Self::Named { value: Box::new(value.clone()), is_returned }
    }
}

impl Layers {
    /// Whether a retry may be refused: by the circuit breaker, or by the rate of the upstream.
    pub(crate) fn refuses_attempts(&self) -> bool {
        self.breaker.is_some() || self.upstream.is_some()
    }
}

impl Upstream {
    fn of(value: Expr, locals: &[Ident]) -> Self {
        if matches!(value, Expr::Path(_)) && is_constant(&value, locals) {
            Self::Static(value)
        } else if is_place(&value) {
            Self::Place(value)
        } else {
            Self::Value(value)
        }
    }
}

impl Timeout {
    /// That of an attempt, which can be cut unless it is a blocking one.
    pub(super) fn of(
        timeout: Option<Keyed<Setting<Duration>>>,
        upstream: Option<Span>,
        is_blocking: bool,
    ) -> Option<Self> {
        match timeout {
            _ if is_blocking => None,
            Some(timeout) => Some(Self { key: timeout.key, value: Some(timeout.value) }),
            None => upstream.map(|key| Self { key, value: None }),
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
