//! The waits that a policy gives, where the attribute alone shows them.

use std::time::Duration;

use proc_macro2::Span;
use syn::Expr;
use syn::spanned::Spanned;

use self::Retries::{AtMost, Unlimited};
use super::values::{PolicyFields, Setting, Values};

/// What `policy` and `throttled` name: the policy whose fields others may replace.
pub(crate) enum Base {
    Named(&'static Preset, Span),
    /// A list of waits, which has at least one.
    Waits(Vec<Duration>, Span),
    Code(Box<Expr>),
}

/// `max_retries`
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Retries {
    AtMost(u32),
    Unlimited,
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
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schedule {
    pub(crate) max_retries: Retries,
    pub(crate) base_delay: Duration,
    pub(crate) max_delay: Duration,
    pub(crate) exponential_base: f64,
    pub(crate) jitter: Jitter,
    pub(crate) reset_after: Option<Duration>,
    /// A list of waits; empty for an exponential schedule.
    pub(crate) waits: Vec<Duration>,
}

/// The presets. The macro cannot ask the runtime crate; `tests/it/attribute/documentation.rs` compares
/// what is said of them with the runtime's own.
pub(super) static PRESETS: [Preset; 7] = [
    Preset {
        name: "default",
        constant: "DEFAULT",
        schedule: Schedule::new(AtMost(5), [2_000, 300_000], 2.0, Jitter::Proportional(0.25)),
    },
    Preset {
        name: "aggressive",
        constant: "AGGRESSIVE",
        schedule: Schedule::new(AtMost(10), [1_000, 300_000], 1.5, Jitter::Proportional(0.25)),
    },
    Preset {
        name: "conservative",
        constant: "CONSERVATIVE",
        schedule: Schedule::new(AtMost(3), [5_000, 300_000], 2.0, Jitter::None),
    },
    Preset {
        name: "interactive",
        constant: "INTERACTIVE",
        schedule: Schedule::new(AtMost(2), [50, 1_000], 2.0, Jitter::Full),
    },
    Preset {
        name: "reconnect",
        constant: "RECONNECT",
        schedule: Schedule::new(Unlimited, [1_000, 60_000], 2.0, Jitter::Full)
            .reset_after(Duration::from_secs(60)),
    },
    Preset {
        name: "poll",
        constant: "POLL",
        schedule: Schedule::new(Unlimited, [1_000, 10_000], 1.5, Jitter::Proportional(0.1)),
    },
    Preset {
        name: "none",
        constant: "NONE",
        schedule: Schedule::new(AtMost(0), [2_000, 300_000], 2.0, Jitter::Proportional(0.25)),
    },
];

impl Base {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Named(_, span) | Self::Waits(_, span) => *span,
            Self::Code(code) => code.span(),
        }
    }
}

impl Preset {
    /// The one that a function has which names no policy.
    pub(crate) const DEFAULT: &'static Self = &PRESETS[0];

    /// Whether one of them has the name.
    pub(crate) fn is_called(name: &str) -> bool {
        PRESETS.iter().any(|preset| preset.name == name)
    }

    /// The preset that `policy` names or stands for.
    pub(crate) fn of(values: &Values) -> Option<&'static Self> {
        match values.policy.as_deref() {
            None if values.inherits("policy") => None,
            None => Some(Self::DEFAULT),
            Some(Base::Named(preset, _)) => Some(preset),
            Some(Base::Waits(..) | Base::Code(_)) => None,
        }
    }
}

impl Schedule {
    /// With the first and the longest wait in milliseconds.
    const fn new(
        max_retries: Retries,
        [base, cap]: [u64; 2],
        exponential_base: f64,
        jitter: Jitter,
    ) -> Self {
        Self {
            max_retries,
            base_delay: Duration::from_millis(base),
            max_delay: Duration::from_millis(cap),
            exponential_base,
            jitter,
            reset_after: None,
            waits: Vec::new(),
        }
    }

    const fn reset_after(mut self, ran: Duration) -> Self {
        self.reset_after = Some(ran);
        self
    }

    /// That of a list of waits, as `Policy::waits` makes it.
    fn of_waits(list: &[Duration]) -> Self {
        let usual = &Preset::DEFAULT.schedule;
        let longest = list.iter().copied().max().unwrap_or_default();
        Self {
            base_delay: list.first().copied().unwrap_or_default(),
            max_delay: longest.max(usual.max_delay),
            exponential_base: 1.0,
            jitter: Jitter::None,
            waits: list.to_vec(),
            ..usual.clone()
        }
    }

    /// The schedule that `values` give; `None` if any part of it is code.
    pub(crate) fn of(values: &Values) -> Option<Self> {
        let PolicyFields {
            max_retries,
            base_delay,
            max_delay,
            exponential_base,
            jitter,
            reset_after,
        } = &values.fields;
        let base = match values.policy.as_deref() {
            Some(Base::Waits(list, _)) => Self::of_waits(list),
            _ => Preset::of(values)?.schedule.clone(),
        };
        Some(Self {
            max_retries: known_or(max_retries.as_deref(), base.max_retries)?,
            base_delay: known_or(base_delay.as_deref(), base.base_delay)?,
            max_delay: known_or(max_delay.as_deref(), base.max_delay)?,
            exponential_base: known_or(exponential_base.as_deref(), base.exponential_base)?,
            jitter: known_or(jitter.as_deref(), base.jitter)?,
            reset_after: match reset_after.as_deref() {
                Some(reset_after) => Some(reset_after.known()?),
                None => base.reset_after,
            },
            waits: base.waits,
        })
    }

    /// The wait before retry `index`, counted from 0, without jitter.
    pub(crate) fn delay(&self, index: u32) -> Duration {
        if let Some(last) = self.waits.last() {
            let listed = usize::try_from(index).ok().and_then(|index| self.waits.get(index));
            return (*listed.unwrap_or(last)).min(self.max_delay);
        }
        let power = i32::try_from(index).unwrap_or(i32::MAX);
        let seconds = self.base_delay.as_secs_f64() * self.exponential_base.powi(power);
        Duration::try_from_secs_f64(seconds)
            .map_or(self.max_delay, |delay| delay.min(self.max_delay))
    }

    /// The sum of `retries` waits, without jitter, in seconds: a geometric series up to the cap, and the
    /// cap for the rest.
    pub(crate) fn total_seconds(&self, retries: u32) -> f64 {
        if let Some(last) = self.waits.last() {
            let listed = u32::try_from(self.waits.len()).unwrap_or(u32::MAX).min(retries);
            let sum: f64 = (0..listed).map(|index| self.delay(index).as_secs_f64()).sum();
            return sum + (*last).min(self.max_delay).as_secs_f64() * f64::from(retries - listed);
        }
        let (base, factor) = (self.base_delay.as_secs_f64(), self.exponential_base);
        let (cap, retries) = (self.max_delay.as_secs_f64(), f64::from(retries));
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
