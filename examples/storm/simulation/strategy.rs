//! The ways of retrying that are compared.

use std::time::Duration;

use persevere::{Budget, Bulkhead, CircuitBreaker, Jitter, Policy, Rate};

use super::call::Caller;

/// One way of retrying.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strategy {
    pub(crate) name: &'static str,
    policy: Policy,
    budget: Option<fn() -> Budget>,
    breaker: Option<fn() -> CircuitBreaker>,
    bulkhead: Option<fn() -> Bulkhead>,
    rate: Option<fn() -> Rate>,
    retries_refusals: bool,
}

/// The default waits (2 s, 4 s, 8 s), three times.
const WAITS: Policy = Policy::DEFAULT.with_max_retries(3);

/// Of each of four processes: all together may send what the server can answer.
fn rate() -> Rate {
    Rate::per_second(50).with_burst(10).with_max_wait(Duration::from_secs(1))
}

impl Strategy {
    pub(crate) const NO_RETRY: Self = Self::waiting("no retry", WAITS.with_max_retries(0));
    pub(crate) const IMMEDIATE: Self =
        Self::waiting("immediate", WAITS.with_base_delay(Duration::ZERO).with_jitter(Jitter::None));
    pub(crate) const EXPONENTIAL: Self =
        Self::waiting("exponential, no jitter", WAITS.with_jitter(Jitter::None));
    pub(crate) const PROPORTIONAL: Self = Self::waiting("proportional jitter, 25 %", WAITS);
    pub(crate) const FULL: Self = Self::waiting("full jitter", WAITS.with_jitter(Jitter::Full));
    pub(crate) const EQUAL: Self = Self::waiting("equal jitter", WAITS.with_jitter(Jitter::Equal));
    pub(crate) const DECORRELATED: Self =
        Self::waiting("decorrelated jitter", WAITS.with_jitter(Jitter::Decorrelated));

    pub(crate) const TOKEN_BUCKET: Self = Self::FULL.named("token bucket").sharing(Budget::new);
    pub(crate) const RATIO: Self = Self::FULL
        .named("ratio 10 %, and 1 a second")
        .sharing(|| Budget::ratio(0.1).with_min_per_second(1));
    pub(crate) const RATIO_RESERVE: Self =
        Self::FULL.named("ratio 10 %, and 10 a second").sharing(|| Budget::ratio(0.1));
    pub(crate) const ADAPTIVE: Self =
        Self::FULL.named("adaptive, of 2 min").sharing(|| Budget::adaptive(2.0));
    pub(crate) const ADAPTIVE_SHORT: Self = Self::FULL
        .named("adaptive, of 10 s")
        .sharing(|| Budget::adaptive(2.0).with_window(Duration::from_secs(10)));
    pub(crate) const BREAKER: Self = Self::FULL.named("breaker").breaking();
    pub(crate) const BREAKER_WAITED_FOR: Self =
        Self { retries_refusals: true, ..Self::BREAKER.named("breaker, refusals retried") };
    pub(crate) const RATIO_BREAKER: Self = Self::RATIO.named("ratio 10 %, and breaker").breaking();
    pub(crate) const BULKHEAD: Self =
        Self::FULL.named("bulkhead, 50 calls").limited(|| Bulkhead::new(50));
    pub(crate) const BULKHEAD_ADAPTIVE: Self =
        Self::FULL.named("adaptive bulkhead").limited(|| Bulkhead::adaptive(8..=256));
    pub(crate) const RATIO_BULKHEAD: Self = Self::RATIO
        .named("ratio 10 %, and adaptive bulkhead")
        .limited(|| Bulkhead::adaptive(8..=256));

    pub(crate) const PUSHBACK: Self =
        Self::FULL.named("rate of 50 a second, and pushback").paced(rate);
    pub(crate) const RATIO_PUSHBACK: Self =
        Self::RATIO.named("ratio 10 %, rate and pushback").paced(rate);

    /// Strategies where the server says how long to leave it alone.
    pub(crate) const ASKED: [Self; 8] = [
        Self::NO_RETRY,
        Self::FULL,
        Self::RATIO,
        Self::BREAKER,
        Self::BULKHEAD,
        Self::BULKHEAD_ADAPTIVE,
        Self::PUSHBACK,
        Self::RATIO_PUSHBACK,
    ];

    /// Strategies without shared layers: they limit the retries of each call alone.
    pub(crate) const WAITING: [Self; 6] = [
        Self::IMMEDIATE,
        Self::EXPONENTIAL,
        Self::PROPORTIONAL,
        Self::FULL,
        Self::EQUAL,
        Self::DECORRELATED,
    ];

    /// Strategies with full jitter and layers that all calls of a process share.
    pub(crate) const LAYERED: [Self; 11] = [
        Self::TOKEN_BUCKET,
        Self::RATIO,
        Self::RATIO_RESERVE,
        Self::ADAPTIVE,
        Self::ADAPTIVE_SHORT,
        Self::BREAKER,
        Self::BREAKER_WAITED_FOR,
        Self::RATIO_BREAKER,
        Self::BULKHEAD,
        Self::BULKHEAD_ADAPTIVE,
        Self::RATIO_BULKHEAD,
    ];

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        [Self::NO_RETRY].into_iter().chain(Self::WAITING).chain(Self::LAYERED)
    }

    const fn waiting(name: &'static str, policy: Policy) -> Self {
        let (budget, breaker, bulkhead, rate) = (None, None, None, None);
        Self { name, policy, budget, breaker, bulkhead, rate, retries_refusals: false }
    }

    const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    const fn sharing(self, budget: fn() -> Budget) -> Self {
        Self { budget: Some(budget), ..self }
    }

    const fn breaking(self) -> Self {
        Self { breaker: Some(CircuitBreaker::new), ..self }
    }

    const fn limited(self, bulkhead: fn() -> Bulkhead) -> Self {
        Self { bulkhead: Some(bulkhead), ..self }
    }

    const fn paced(self, rate: fn() -> Rate) -> Self {
        Self { rate: Some(rate), ..self }
    }

    /// The layers of one process: each has its own.
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            policy: self.policy,
            budget: self.budget.map(|new| new()),
            breaker: self.breaker.map(|new| new()),
            bulkhead: self.bulkhead.map(|new| new()),
            rate: self.rate.map(|new| new()),
            retries_refusals: self.retries_refusals,
        }
    }
}
