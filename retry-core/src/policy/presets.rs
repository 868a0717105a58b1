//! The presets: policies by name.

use std::time::Duration;

use super::Policy;
use crate::policy::jitter::Jitter;

impl Policy {
    /// "default": 5 retries, 2 s doubling up to 300 s, 25 % proportional jitter.
    ///
    /// Its own waits add up to 62 s, and to 77.5 s with all jitter. What a failure asks for may be
    /// more: if it always is `Retry-After: 300`, the longest that `max_delay` allows, the caller waits
    /// 5 × 300 s, 25 minutes. A `max_delay` that is shorter bounds each wait, and hands the failure on
    /// at once where more is asked; a `deadline` bounds the whole call.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// let waits: Vec<u64> = Policy::DEFAULT.schedule().map(|wait| wait.as_secs()).collect();
    /// assert_eq!(waits, [2, 4, 8, 16, 32]);
    /// ```
    pub const DEFAULT: Self = Self {
        max_retries: 5,
        base_delay: Duration::from_secs(2),
        max_delay: Duration::from_secs(5 * 60),
        exponential_base: 2.0,
        jitter: Jitter::Proportional(0.25),
    };

    /// "aggressive": 10 retries, 1 s growing by half up to 300 s, 25 % proportional jitter.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// assert_eq!(Policy::AGGRESSIVE.delay(2), Duration::from_millis(2250));
    /// ```
    pub const AGGRESSIVE: Self = Self {
        max_retries: 10,
        base_delay: Duration::from_secs(1),
        exponential_base: 1.5,
        ..Self::DEFAULT
    };

    /// "conservative": 3 retries, 5 s doubling up to 300 s, no jitter.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// let waits: Vec<u64> = Policy::CONSERVATIVE.schedule().map(|wait| wait.as_secs()).collect();
    /// assert_eq!(waits, [5, 10, 20]);
    /// ```
    pub const CONSERVATIVE: Self = Self {
        max_retries: 3,
        base_delay: Duration::from_secs(5),
        jitter: Jitter::None,
        ..Self::DEFAULT
    };

    /// The preset of that name: `"default"`, `"aggressive"` or `"conservative"`, spelt exactly so;
    /// `None` for any other.
    ///
    /// ```
    /// # use persevere::Policy;
    /// assert_eq!(Policy::named("aggressive"), Some(Policy::AGGRESSIVE));
    /// assert_eq!(Policy::named("Aggressive"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "default" => Some(Self::DEFAULT),
            "aggressive" => Some(Self::AGGRESSIVE),
            "conservative" => Some(Self::CONSERVATIVE),
            _ => None,
        }
    }

    /// The name of the preset that this is equal to, else `"custom"`.
    #[cfg(feature = "metrics")]
    pub(crate) fn preset_name(&self) -> &'static str {
        let presets = ["default", "aggressive", "conservative"];
        let equal = presets.into_iter().find(|name| Self::named(name).as_ref() == Some(self));
        equal.unwrap_or("custom")
    }
}
