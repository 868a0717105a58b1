//! The waits that a policy gives, where the attribute alone shows them.

use std::time::Duration;

use proc_macro2::Span;
use syn::Expr;
use syn::spanned::Spanned;

use super::values::{PolicyFields, Setting, Values};

/// What `policy` and `throttled` name: the policy whose fields others may replace.
pub(crate) enum Base {
    Named(&'static Preset, Span),
    Code(Box<Expr>),
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
    /// Its constant in `Policy`.
    pub(crate) constant: &'static str,
    pub(crate) schedule: Schedule,
}

/// A schedule whose every part is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Schedule {
    pub(crate) max_retries: u32,
    pub(crate) base_delay: Duration,
    pub(crate) max_delay: Duration,
    pub(crate) exponential_base: f64,
    pub(crate) jitter: Jitter,
}

/// The three presets. The macro cannot ask the runtime crate; `tests/it/attribute/documentation.rs` compares
/// what is said of them with the runtime's own.
pub(super) const PRESETS: [Preset; 3] = [
    Preset {
        name: "default",
        constant: "DEFAULT",
        schedule: Schedule::new(5, [2, 300], 2.0, Jitter::Proportional(0.25)),
    },
    Preset {
        name: "aggressive",
        constant: "AGGRESSIVE",
        schedule: Schedule::new(10, [1, 300], 1.5, Jitter::Proportional(0.25)),
    },
    Preset {
        name: "conservative",
        constant: "CONSERVATIVE",
        schedule: Schedule::new(3, [5, 300], 2.0, Jitter::None),
    },
];

impl Base {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Named(_, span) => *span,
            Self::Code(code) => code.span(),
        }
    }
}

impl Preset {
    /// The one that a function has which names no policy.
    pub(crate) const DEFAULT: &'static Self = &PRESETS[0];

    /// The preset that `policy` names or stands for.
    pub(crate) fn of(values: &Values) -> Option<&'static Self> {
        match values.policy.as_deref() {
            None => Some(Self::DEFAULT),
            Some(Base::Named(preset, _)) => Some(preset),
            Some(Base::Code(_)) => None,
        }
    }
}

impl Schedule {
    /// With the first and the longest wait in seconds.
    const fn new(
        max_retries: u32,
        [base, cap]: [u64; 2],
        exponential_base: f64,
        jitter: Jitter,
    ) -> Self {
        let (base_delay, max_delay) = (Duration::from_secs(base), Duration::from_secs(cap));
        Self { max_retries, base_delay, max_delay, exponential_base, jitter }
    }

    /// The schedule that `values` give; `None` if any part of it is code.
    pub(crate) fn of(values: &Values) -> Option<Self> {
        let PolicyFields { max_retries, base_delay, max_delay, exponential_base, jitter } =
            &values.fields;
        let preset = Preset::of(values)?.schedule;
        Some(Self {
            max_retries: known_or(max_retries.as_deref(), preset.max_retries)?,
            base_delay: known_or(base_delay.as_deref(), preset.base_delay)?,
            max_delay: known_or(max_delay.as_deref(), preset.max_delay)?,
            exponential_base: known_or(exponential_base.as_deref(), preset.exponential_base)?,
            jitter: known_or(jitter.as_deref(), preset.jitter)?,
        })
    }

    /// The wait before retry `index`, counted from 0, without jitter.
    pub(crate) fn delay(&self, index: u32) -> Duration {
        let power = i32::try_from(index).unwrap_or(i32::MAX);
        let seconds = self.base_delay.as_secs_f64() * self.exponential_base.powi(power);
        Duration::try_from_secs_f64(seconds)
            .map_or(self.max_delay, |delay| delay.min(self.max_delay))
    }

    /// The sum of all waits, without jitter, in seconds: a geometric series up to the cap, and the
    /// cap for the rest.
    pub(crate) fn total_seconds(&self) -> f64 {
        let (base, factor) = (self.base_delay.as_secs_f64(), self.exponential_base);
        let (cap, retries) = (self.max_delay.as_secs_f64(), f64::from(self.max_retries));
        if base >= cap {
            return cap * retries;
        }
        if factor <= 1.0 || base == 0.0 {
            return base * retries;
        }
        let growing = ((cap / base).ln() / factor.ln()).ceil().min(retries);
        base * (factor.powf(growing) - 1.0) / (factor - 1.0) + cap * (retries - growing)
    }
}

fn known_or<T: Copy>(setting: Option<&Setting<T>>, preset: T) -> Option<T> {
    setting.map_or(Some(preset), Setting::known)
}
