//! The waits of a [`Policy`]: with and without jitter, one or all.

use std::ops::RangeInclusive;
use std::time::Duration;

use rand::Rng;

use super::draw::{narrow, wide};
use super::retry_limit::Indexes;
use super::{Delays, Policy};

impl Policy {
    /// The wait before retry `retry_index` (counted from 0), without jitter:
    /// `min(max_delay, base_delay · exponential_baseᵏ)`, to the nearest nanosecond; of a
    /// [list](Self::waits), the *k*-th or else the last, but no more than `max_delay`.
    ///
    /// Saturates: any index, any base, any duration gives a wait between zero and `max_delay`.
    /// This is the capped exponential backoff of the AWS article "Exponential Backoff And Jitter".
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// assert_eq!(Policy::DEFAULT.delay(0), Duration::from_secs(2));
    /// assert_eq!(Policy::DEFAULT.delay(3), Duration::from_secs(16));
    /// assert_eq!(Policy::DEFAULT.delay(u32::MAX), Duration::from_secs(300));
    /// ```
    #[must_use]
    pub const fn delay(&self, retry_index: u32) -> Duration {
        if self.is_narrow() {
            narrow::delay(self, retry_index)
        } else {
            wide::delay(self, retry_index)
        }
    }

    /// The shortest and the longest wait that jitter can make of retry `retry_index` (counted
    /// from 0).
    ///
    /// For [`Jitter::Decorrelated`](crate::Jitter::Decorrelated), whose waits depend on the one before, it is taken that the
    /// wait before was [`delay`](Self::delay)`(retry_index - 1)`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// let range = Policy::DEFAULT.delay_range(0);
    /// assert_eq!(range, Duration::from_secs(2)..=Duration::from_millis(2500));
    /// // At the cap the spread stays: 300 s / 1.25 is the lower end.
    /// let range = Policy::DEFAULT.delay_range(50);
    /// assert_eq!(range, Duration::from_secs(240)..=Duration::from_secs(300));
    /// ```
    #[must_use]
    pub const fn delay_range(&self, retry_index: u32) -> RangeInclusive<Duration> {
        self.range_after(self.nominal_previous(retry_index), retry_index)
    }

    const fn range_after(&self, previous: Duration, retry_index: u32) -> RangeInclusive<Duration> {
        if self.is_narrow_with(previous, Duration::ZERO) {
            let spread = narrow::Spread::new(self, retry_index, previous, Duration::ZERO);
            RangeInclusive::new(spread.shortest(), spread.longest())
        } else {
            let spread = wide::Spread::new(self, retry_index, previous, Duration::ZERO);
            RangeInclusive::new(spread.shortest(), spread.longest())
        }
    }

    /// The wait before retry `retry_index` (counted from 0), with jitter drawn from `rng`.
    ///
    /// Never above `max_delay`. For [`Jitter::Decorrelated`](crate::Jitter::Decorrelated) see
    /// [`delay_range`](Self::delay_range); [`delays`](Self::delays) keeps its real state.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use rand::{SeedableRng, rngs::SmallRng};
    /// # use persevere::Policy;
    /// let mut rng = SmallRng::seed_from_u64(7);
    /// let wait = Policy::DEFAULT.jittered_delay(0, &mut rng);
    /// assert!((2.0..=2.5).contains(&wait.as_secs_f64()));
    /// ```
    #[must_use]
    pub fn jittered_delay<R: Rng + ?Sized>(&self, retry_index: u32, rng: &mut R) -> Duration {
        self.draw(retry_index, self.nominal_previous(retry_index), Duration::ZERO, rng)
    }

    /// Every wait in order, without jitter: `max_retries` items, or without end if the policy is unlimited.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// let worst: Duration = Policy::CONSERVATIVE.schedule().sum();
    /// assert_eq!(worst, Duration::from_secs(35));
    /// ```
    pub fn schedule(&self) -> impl Iterator<Item = Duration> + use<> {
        let policy = *self;
        Indexes::of(policy.retries).map(move |retry_index| policy.delay(retry_index))
    }

    /// Every wait in order, with jitter drawn from `rng`: `max_retries` items, or without end if the policy
    /// is unlimited.
    ///
    /// For a loop of your own, and for libraries whose strategies are iterators of durations, such as
    /// `tokio-retry` and `tokio-retry2`. [`ThreadRandom`](crate::ThreadRandom) is the source that
    /// retried functions draw from; a seeded generator draws the same waits each time.
    ///
    /// ```
    /// # use persevere::{Policy, ThreadRandom};
    /// for (retry, wait) in (0..).zip(Policy::DEFAULT.delays(ThreadRandom)) {
    ///     assert!(Policy::DEFAULT.delay_range(retry).contains(&wait));
    /// }
    /// ```
    ///
    /// ```
    /// # use rand::{SeedableRng, rngs::SmallRng};
    /// # use persevere::{Jitter, Policy};
    /// let policy = Policy::DEFAULT.with_jitter(Jitter::Decorrelated);
    /// let waits: Vec<_> = policy.delays(SmallRng::seed_from_u64(7)).collect();
    /// assert_eq!(waits.len(), 5);
    /// assert!(waits.iter().all(|wait| *wait >= policy.base_delay()));
    /// ```
    pub fn delays<R: Rng>(&self, rng: R) -> Delays<R> {
        Delays::new(*self, rng)
    }

    /// The shortest and the longest wait before each retry in order: the bounds of what
    /// [`delays`](Self::delays) yields, `max_retries` items, or without end if the policy is unlimited.
    ///
    /// They differ from [`delay_range`](Self::delay_range) for
    /// [`Jitter::Decorrelated`](crate::Jitter::Decorrelated) alone: the longest wait follows upon
    /// the longest one before it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::{Jitter, Policy};
    /// let longest = |policy: Policy| policy.delay_ranges().map(|range| range.end().as_secs());
    /// assert!(longest(Policy::CONSERVATIVE).eq([5, 10, 20]));
    /// // Three times the one before, at most.
    /// let decorrelated = Policy::DEFAULT.with_jitter(Jitter::Decorrelated);
    /// assert!(longest(decorrelated).eq([6, 18, 54, 162, 300]));
    /// ```
    pub fn delay_ranges(&self) -> impl Iterator<Item = RangeInclusive<Duration>> + use<> {
        let policy = *self;
        let mut longest = policy.base_delay;
        Indexes::of(policy.retries).map(move |retry_index| {
            let range = policy.range_after(longest, retry_index);
            longest = *range.end();
            range
        })
    }

    /// Draws the wait before retry `retry_index`, at least `floor` long unless that is above
    /// `max_delay`, after a wait of `previous`.
    #[inline]
    pub(crate) fn draw<R: Rng + ?Sized>(
        &self,
        retry_index: u32,
        previous: Duration,
        floor: Duration,
        rng: &mut R,
    ) -> Duration {
        if self.is_narrow_with(previous, floor) {
            narrow::Spread::new(self, retry_index, previous, floor).draw(rng)
        } else {
            self.draw_wide(retry_index, previous, floor, rng)
        }
    }

    /// As [`draw`](Self::draw), by the arithmetic that holds for waits of any length.
    #[cold]
    pub(crate) fn draw_wide<R: Rng + ?Sized>(
        &self,
        retry_index: u32,
        previous: Duration,
        floor: Duration,
        rng: &mut R,
    ) -> Duration {
        wide::Spread::new(self, retry_index, previous, floor).draw(rng)
    }

    const fn nominal_previous(&self, retry_index: u32) -> Duration {
        if retry_index == 0 { self.base_delay } else { self.delay(retry_index - 1) }
    }
}
