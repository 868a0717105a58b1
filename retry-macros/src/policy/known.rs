//! The schedule, where the attribute alone tells it.

use std::time::Duration;

use super::{Jitter, Overrides, PRESETS, Preset, Schedule, Setting};
use crate::args::Args;

/// A schedule whose every part is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Known {
    pub(crate) max_retries: u32,
    pub(crate) base_delay: Duration,
    pub(crate) max_delay: Duration,
    pub(crate) exponential_base: f64,
    pub(crate) jitter: Jitter,
}

impl Known {
    pub(super) const fn new(
        max_retries: u32,
        base_seconds: u64,
        exponential_base: f64,
        jitter: Jitter,
    ) -> Self {
        let (base_delay, max_delay) = (Duration::from_secs(base_seconds), Duration::from_mins(5));
        Self { max_retries, base_delay, max_delay, exponential_base, jitter }
    }

    /// The schedule that `args` give; `None` if any part of it is code.
    pub(crate) fn of(args: &Args) -> Option<Self> {
        let Overrides { max_retries, base_delay, max_delay, exponential_base, jitter } =
            &args.overrides;
        let preset = Preset::of(args)?.schedule;
        Some(Self {
            max_retries: known_or(max_retries.as_ref(), preset.max_retries)?,
            base_delay: known_or(base_delay.as_ref(), preset.base_delay)?,
            max_delay: known_or(max_delay.as_ref(), preset.max_delay)?,
            exponential_base: known_or(exponential_base.as_ref(), preset.exponential_base)?,
            jitter: known_or(jitter.as_ref(), preset.jitter)?,
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

impl Preset {
    /// The preset that `policy` names or stands for.
    pub(crate) fn of(args: &Args) -> Option<&'static Self> {
        match &args.policy {
            None => Some(&PRESETS[0]),
            Some(Schedule::Named(preset, _)) => Some(preset),
            Some(Schedule::Code(_)) => None,
        }
    }

    pub(crate) fn schedule(&self) -> &Known {
        &self.schedule
    }
}
