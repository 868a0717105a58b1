//! The presets: policies by name.

use std::time::Duration;

use super::Policy;
use crate::policy::jitter::Jitter;
use crate::policy::retry_limit::RetryLimit;
use crate::primitives::nanoseconds::longer;

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
        retries: RetryLimit::AtMost(5),
        base_delay: Duration::from_secs(2),
        max_delay: Duration::from_secs(5 * 60),
        exponential_base: 2.0,
        jitter: Jitter::Proportional(0.25),
        reset_after: None,
        waits: &[],
    };

    /// "aggressive": 10 retries, 1 s growing by half up to 300 s, 25 % proportional jitter.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// assert_eq!(Policy::AGGRESSIVE.delay(2), Duration::from_millis(2250));
    /// ```
    pub const AGGRESSIVE: Self = Self {
        retries: RetryLimit::AtMost(10),
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
        retries: RetryLimit::AtMost(3),
        base_delay: Duration::from_secs(5),
        jitter: Jitter::None,
        ..Self::DEFAULT
    };

    /// "interactive": 2 retries, 50 ms doubling up to 1 s, full jitter. For what a person waits for: its
    /// waits add up to 150 ms at most, and what asks for more than a second (`Retry-After`) ends the call.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// let longest: Duration = Policy::INTERACTIVE.delay_ranges().map(|range| *range.end()).sum();
    /// assert_eq!(longest, Duration::from_millis(150));
    /// ```
    pub const INTERACTIVE: Self = Self {
        retries: RetryLimit::AtMost(2),
        base_delay: Duration::from_millis(50),
        max_delay: Duration::from_secs(1),
        jitter: Jitter::Full,
        ..Self::DEFAULT
    };

    /// "reconnect": unlimited retries, 1 s doubling up to 60 s, full jitter, counted anew after an attempt
    /// that ran for a minute. For a connection, or a loop, that is to be there for ever.
    ///
    /// ```
    /// # use persevere::Policy;
    /// let waits: Vec<u64> = Policy::RECONNECT.schedule().take(8).map(|wait| wait.as_secs()).collect();
    /// assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
    /// ```
    pub const RECONNECT: Self = Self {
        retries: RetryLimit::Unlimited,
        base_delay: Duration::from_secs(1),
        max_delay: Duration::from_secs(60),
        jitter: Jitter::Full,
        reset_after: Some(Duration::from_secs(60)),
        ..Self::DEFAULT
    };

    /// "poll": unlimited retries, 1 s growing by half up to 10 s, 10 % proportional jitter. For a job that
    /// will end: the deadline ends the call, so `#[retry(policy = "poll")]` does not compile without one.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// assert_eq!(Policy::POLL.delay(1), Duration::from_millis(1500));
    /// assert_eq!(*Policy::POLL.delay_range(99).end(), Duration::from_secs(10));
    /// ```
    pub const POLL: Self = Self {
        retries: RetryLimit::Unlimited,
        base_delay: Duration::from_secs(1),
        max_delay: Duration::from_secs(10),
        exponential_base: 1.5,
        jitter: Jitter::Proportional(0.1),
        ..Self::DEFAULT
    };

    /// "none": no retries. Limits, layers and events are there as for any other call. For where the caller
    /// retries, and for tests; its waits are those of "default", should an override allow retries.
    ///
    /// ```
    /// # use persevere::Policy;
    /// assert_eq!(Policy::NONE.max_retries(), 0);
    /// ```
    pub const NONE: Self = Self { retries: RetryLimit::AtMost(0), ..Self::DEFAULT };

    /// A list of waits: retry *k*, counted from 0, waits the *k*-th of them, and each retry beyond the
    /// list the last. `max_delay` is 300 s, or the longest of them if that is more; there is no jitter.
    ///
    /// The list does not say how often to retry: `max_retries` is 5, as in "default", however long the
    /// list is. Set it with [`with_max_retries`](Self::with_max_retries).
    ///
    /// # Panics
    ///
    /// If the list is empty. In a constant, that is a compile error.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// const STEPS: Policy = Policy::waits(&[
    ///     Duration::from_secs(1),
    ///     Duration::from_secs(5),
    ///     Duration::from_secs(30),
    /// ]);
    /// let waits: Vec<u64> = STEPS.schedule().map(|wait| wait.as_secs()).collect();
    /// assert_eq!(waits, [1, 5, 30, 30, 30]);
    /// ```
    ///
    /// ```compile_fail
    /// # use persevere::Policy;
    /// const EMPTY: Policy = Policy::waits(&[]);
    /// # let _ = EMPTY;
    /// ```
    pub const fn waits(list: &'static [Duration]) -> Self {
        let [first, ..] = list else { panic!("a list of waits has at least one wait") };
        let mut max_delay = Self::DEFAULT.max_delay;
        let mut index = 0;
        while index < list.len() {
            max_delay = longer(max_delay, list[index]);
            index += 1;
        }
        Self {
            base_delay: *first,
            max_delay,
            exponential_base: 1.0,
            jitter: Jitter::None,
            waits: list,
            ..Self::DEFAULT
        }
    }

    /// The waits of `list`, which is not empty, in place of the schedule.
    #[cfg(any(feature = "overrides", feature = "serde"))]
    pub(crate) const fn with_waits(self, list: &'static [Duration]) -> Self {
        let listed = Self::waits(list);
        Self {
            base_delay: listed.base_delay,
            exponential_base: listed.exponential_base,
            waits: listed.waits,
            ..self
        }
    }

    /// The preset of that name, such as `"interactive"`, spelt exactly so; `None` for any other.
    ///
    /// ```
    /// # use persevere::Policy;
    /// assert_eq!(Policy::named("aggressive"), Some(Policy::AGGRESSIVE));
    /// assert_eq!(Policy::named("Aggressive"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        PRESETS.iter().find(|(known, _)| *known == name).map(|(_, preset)| *preset)
    }

    /// The name of the preset that this is equal to, else `"custom"`.
    pub(crate) fn preset_name(&self) -> &'static str {
        let equal = PRESETS.iter().find(|(_, preset)| preset == self);
        equal.map_or("custom", |(name, _)| name)
    }
}

/// The presets by name, in the order in which messages list them.
pub(super) const PRESETS: [(&str, Policy); 7] = [
    ("default", Policy::DEFAULT),
    ("aggressive", Policy::AGGRESSIVE),
    ("conservative", Policy::CONSERVATIVE),
    ("interactive", Policy::INTERACTIVE),
    ("reconnect", Policy::RECONNECT),
    ("poll", Policy::POLL),
    ("none", Policy::NONE),
];
