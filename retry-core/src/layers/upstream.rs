//! [`Upstream`]: what is true of a remote service, whichever function calls it.
//!
//! Which failures to retry is a fact about a function. How many calls a service takes at a time, how long
//! its answers usually take and whether it is down are facts about the service, which every function that
//! calls it shares. An upstream is the place for these: a name, a budget, and what else is known.
//!
//! ```
//! use std::time::Duration;
//! use persevere::{Budget, Bulkhead, CircuitBreaker, Policy, Upstream};
//!
//! static RETRIES: Budget = Budget::ratio(0.1);
//! static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
//! static PLACES: Bulkhead = Bulkhead::new(64);
//!
//! static PAYMENTS: Upstream = Upstream::new("payments", &RETRIES)
//!     .with_policy(Policy::AGGRESSIVE)
//!     .with_timeout(Duration::from_millis(800))
//!     .with_breaker(&CIRCUIT)
//!     .with_bulkhead(&PLACES);
//!
//! assert_eq!(PAYMENTS.name(), "payments");
//! ```
//!
//! `#[retry(upstream = PAYMENTS)]` gives a function all of that; [`Upstream::retry`] and
//! [`Upstream::retry_blocking`] give it to a closure. It refers to its layers, which stay statics of their
//! own: other functions may name them singly, and status pages ask them.
//!
//! What a function says itself takes the place of what its upstream says, and is never added to it:
//! `timeout = "5s"` is the only timeout then, and `breaker = false` leaves the circuit breaker out.
//!
//! Upstreams that are known at run time alone, such as one for each host, own their layers:
//! [`Upstream::owning`].

mod counts;
mod layers;
mod listed;
mod renewed;
mod settings;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use self::counts::Counts;
pub use self::layers::Layers;
#[cfg(feature = "overrides")]
pub(crate) use self::listed::when_listed;
pub use self::listed::{Listed, upstreams};
use crate::layers::breaker::CircuitBreaker;
use crate::layers::budget::Budget;
use crate::layers::bulkhead::Bulkhead;
use crate::layers::rate::gates::{GateRef, Key};
use crate::layers::rate::pace::{OwnedPace, Pace};
use crate::layers::rate::{Gate, Rate};
use crate::layers::shared::Shared;
use crate::policy::Policy;

/// A remote service: its name, its layers, its usual policy and timeout.
///
/// The [module's page](self) has an example.
pub struct Upstream {
    name: &'static str,
    budget: Shared<'static, Budget>,
    policy: Option<Policy>,
    timeout: Option<Duration>,
    breaker: Option<Shared<'static, CircuitBreaker>>,
    bulkhead: Option<Shared<'static, Bulkhead>>,
    rate: Option<Shared<'static, Rate>>,
    /// Whether a pause that one caller is asked for holds the others.
    has_pushback: bool,
    /// The pause of one that owns its layers, where it has pushback and no rate.
    gate: Option<Arc<Gate>>,
    counts: Option<Shared<'static, Counts>>,
}

impl Upstream {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The policy of its functions that name none.
    pub const fn policy(&self) -> Policy {
        match self.policy {
            Some(policy) => policy,
            None => Policy::DEFAULT,
        }
    }

    /// The longest time for an attempt of its functions that name none.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Its layers.
    ///
    /// ```
    /// use persevere::breaker::State;
    /// use persevere::{Budget, CircuitBreaker, Upstream};
    ///
    /// static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
    /// static INDEX: Upstream = Upstream::new("index", &Budget::UNLIMITED).with_breaker(&CIRCUIT);
    ///
    /// CIRCUIT.force_open();
    /// let layers = INDEX.layers();
    /// assert_eq!(layers.breaker.map(CircuitBreaker::state), Some(State::ForcedOpen));
    /// assert!(layers.bulkhead.is_none());
    /// ```
    #[must_use]
    pub fn layers(&self) -> Layers<'_> {
        Layers {
            budget: &self.budget,
            breaker: self.breaker.as_deref(),
            bulkhead: self.bulkhead.as_deref(),
            rate: self.rate.as_deref(),
            counts: self.counts.as_deref(),
            gate: self.pausing(),
        }
    }

    /// For the layers around services.
    #[doc(hidden)]
    #[must_use]
    pub fn shared_layers(
        &self,
    ) -> (
        Shared<'static, Budget>,
        Option<Shared<'static, CircuitBreaker>>,
        Option<Shared<'static, Bulkhead>>,
    ) {
        (self.budget.clone(), self.breaker.clone(), self.bulkhead.clone())
    }

    /// Whether attempts that are made here take turns: not those within an attempt that has one.
    #[doc(hidden)]
    #[must_use]
    pub fn takes_turns(&self) -> bool {
        self.pace().is_some_and(|pace| !pace.is_nested())
    }

    pub(crate) fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    pub(crate) const fn shared_budget(&self) -> &Shared<'static, Budget> {
        &self.budget
    }

    pub(crate) const fn shared_breaker(&self) -> Option<&Shared<'static, CircuitBreaker>> {
        self.breaker.as_ref()
    }

    pub(crate) const fn shared_bulkhead(&self) -> Option<&Shared<'static, Bulkhead>> {
        self.bulkhead.as_ref()
    }

    /// Whether a pause that one caller is asked for holds the others.
    #[must_use]
    pub const fn has_pushback(&self) -> bool {
        self.has_pushback
    }

    /// Whether anything spaces its attempts.
    #[inline]
    pub(crate) const fn has_pace(&self) -> bool {
        self.rate.is_some() || self.has_pushback
    }

    /// What spaces its attempts.
    #[inline]
    pub(crate) fn pace(&self) -> Option<Pace<'_>> {
        match &self.rate {
            Some(rate) => Some(Pace::Rate(rate)),
            None if self.has_pushback => Some(Pace::Gate(self.gate(), self.policy().max_delay())),
            None => None,
        }
    }

    fn pausing(&self) -> Option<GateRef<'_>> {
        (self.has_pushback && self.rate.is_none()).then(|| self.gate())
    }

    pub(super) fn gate(&self) -> GateRef<'_> {
        match &self.gate {
            Some(gate) => GateRef::Owned(gate),
            None => GateRef::Named(Key { address: self.address(), name: self.name }),
        }
    }

    /// As [`pace`](Self::pace), of a caller that may outlive this.
    pub(crate) fn owned_pace(&self) -> Option<OwnedPace> {
        match &self.rate {
            Some(rate) => Some(OwnedPace::Rate(rate.clone())),
            None if self.has_pushback => {
                Some(OwnedPace::Gate(self.gate().keep(), self.policy().max_delay()))
            }
            None => None,
        }
    }

    pub(crate) const fn shared_counts(&self) -> Option<&Shared<'static, Counts>> {
        self.counts.as_ref()
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            budget,
            policy,
            timeout,
            breaker,
            bulkhead,
            rate,
            has_pushback,
            counts,
            ..
        } = self;
        f.debug_struct("Upstream")
            .field("name", name)
            .field("budget", &budget.available())
            .field("policy", policy)
            .field("timeout", timeout)
            .field("breaker", &breaker.as_ref().map(|breaker| breaker.state()))
            .field("bulkhead", &bulkhead.as_ref().map(|bulkhead| bulkhead.available()))
            .field("rate", &rate.as_ref().map(|rate| rate.available()))
            .field("pushback", has_pushback)
            .field("counts", counts)
            .finish()
    }
}
