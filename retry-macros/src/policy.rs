//! `policy`, its five overrides and `throttled`: what they say.
//!
//! `read` takes them from the attribute, `write` makes one `Policy` expression of them, `known`
//! works out the schedule where the attribute alone tells it.

mod known;
mod read;
mod write;

use std::time::Duration;

use proc_macro2::Span;
use syn::Expr;
use syn::spanned::Spanned;

pub(crate) use self::known::Known;
pub(crate) use self::read::{count, delay, exponential_base, jitter, schedule};
pub(crate) use self::write::{Written, policy};

/// A value known to the macro, or code that computes it.
pub(crate) enum Setting<T> {
    Known(T, Span),
    Code(Box<Expr>),
}

pub(crate) enum Schedule {
    Named(&'static Preset, Span),
    Code(Box<Expr>),
}

#[derive(Default)]
pub(crate) struct Overrides {
    pub(crate) max_retries: Option<Setting<u32>>,
    pub(crate) base_delay: Option<Setting<Duration>>,
    pub(crate) max_delay: Option<Setting<Duration>>,
    pub(crate) exponential_base: Option<Setting<f64>>,
    pub(crate) jitter: Option<Setting<Jitter>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Jitter {
    None,
    Proportional(f64),
    Full,
    Equal,
    Decorrelated,
}

/// A preset, as the macro must know it to find contradictions and to document a function.
#[derive(Debug, PartialEq)]
pub(crate) struct Preset {
    pub(crate) name: &'static str,
    constant: &'static str,
    schedule: Known,
}

/// The three presets. The macro cannot ask the runtime crate; `tests/it/attribute/documentation.rs` compares
/// what is said of them with the runtime's own.
pub(crate) const PRESETS: [Preset; 3] = [
    Preset {
        name: "default",
        constant: "DEFAULT",
        schedule: Known::new(5, 2, 2.0, Jitter::Proportional(0.25)),
    },
    Preset {
        name: "aggressive",
        constant: "AGGRESSIVE",
        schedule: Known::new(10, 1, 1.5, Jitter::Proportional(0.25)),
    },
    Preset {
        name: "conservative",
        constant: "CONSERVATIVE",
        schedule: Known::new(3, 5, 2.0, Jitter::None),
    },
];

/// What a policy is called where its function is told about: a preset's name or a constant's.
pub(crate) fn name(schedule: Option<&Schedule>) -> String {
    let constant = |code: &Expr| match code {
        Expr::Path(path) => path.path.segments.last().map(|name| name.ident.to_string()),
        _ => None,
    };
    match schedule {
        None => PRESETS[0].name.to_owned(),
        Some(Schedule::Named(preset, _)) => preset.name.to_owned(),
        Some(Schedule::Code(code)) => constant(code).unwrap_or_else(|| "custom".to_owned()),
    }
}

impl Schedule {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Named(_, span) => *span,
            Self::Code(code) => code.span(),
        }
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
