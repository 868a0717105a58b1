//! [`upstreams`]: the upstreams that this process calls, for operators.

use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::{Layers, Upstream};
use crate::layers::rate::gates::GateRef;
use crate::layers::shared::Shared;
use crate::policy::Policy;
use crate::primitives::append_list::{AppendList, Linked, Next};
use crate::primitives::one_line::OneLine;
use crate::primitives::span_text::SpanText;

/// More than any program has statics of this kind. Those beyond are not listed.
const MOST: usize = 1024;

static LISTED: AppendList<Listed> = AppendList::new();

/// What is called once one more is listed.
static WHEN_LISTED: OnceLock<fn()> = OnceLock::new();

/// `act` is called whenever one more is listed, from now on. The first one given stays.
#[cfg(feature = "overrides")]
pub(crate) fn when_listed(act: fn()) {
    WHEN_LISTED.get_or_init(|| act);
}

/// By their addresses, those that closures have called last. One that is made where another was, which is gone, may
/// be taken for that: neither is a static.
static SEEN: [AtomicUsize; 64] = [const { AtomicUsize::new(0) }; 64];

/// Held while one is added, so that none is there twice.
static ADDING: Mutex<()> = Mutex::new(());

/// The upstreams that this process calls, by the order in which they became known.
///
/// An upstream is known from the first failed attempt of an annotated function on it, from the first closure
/// that is called on it, and from the first `tower` layer that is made of it. [`Upstream::list`] makes it known
/// at once; call that at start-up for the page to be complete before anything fails. A healthy call of a function
/// does nothing for this list, and that of a closure reads one word.
///
/// Those that [own](Upstream::owning) their layers are listed by [`Upstream::list`] alone: one name, such as
/// `hosts`, stands for many of them, which come and go.
///
/// ```
/// use persevere::{Budget, CircuitBreaker, Upstream, upstreams};
///
/// static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
/// static PAYMENTS: Upstream =
///     Upstream::new("payments", &Budget::UNLIMITED).with_breaker(&CIRCUIT);
///
/// PAYMENTS.list(); // in `main`
///
/// // Served by an admin endpoint, or printed on a signal.
/// for upstream in upstreams() {
///     println!("{upstream}");
/// }
/// # let listed = upstreams().find(|it| it.name() == "payments").unwrap();
/// # assert!(listed.to_string().starts_with("payments: budget unlimited; circuit closed"));
/// ```
pub fn upstreams() -> impl Iterator<Item = &'static Listed> {
    LISTED.iter()
}

/// An upstream on the list of [`upstreams`]: its settings, and its layers as they are.
///
/// Its `Display` is one line for a status page:
///
/// ```
/// use persevere::upstream::Counts;
/// use persevere::{Budget, Bulkhead, Policy, Upstream, upstreams};
///
/// static RETRIES: Budget = Budget::new();
/// static PLACES: Bulkhead = Bulkhead::new(64);
/// static COUNTS: Counts = Counts::new();
/// static INDEX: Upstream = Upstream::new("index", &RETRIES)
///     .with_policy(Policy::INTERACTIVE)
///     .with_bulkhead(&PLACES)
///     .with_counts(&COUNTS);
///
/// INDEX.list();
/// let _permit = PLACES.try_acquire();
/// let listed = upstreams().find(|it| it.name() == "index").unwrap();
/// assert_eq!(
///     listed.to_string(),
///     format!(
///         "index: 0 calls, 0 retries; budget 500 of 500 tokens; bulkhead 1 of 64 in flight, 0 waiting; \
///          policy interactive: {}",
///         Policy::INTERACTIVE
///     )
/// );
/// ```
pub struct Listed {
    name: &'static str,
    policy: Policy,
    timeout: Option<Duration>,
    has_pushback: bool,
    layers: Layers<'static>,
    next: Next<Self>,
}

impl Listed {
    /// The upstream's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// [`Upstream::policy`], as it is written in the code.
    pub const fn policy(&self) -> Policy {
        self.policy
    }

    /// [`Upstream::timeout`], as it is written in the code.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// [`Upstream::has_pushback`].
    #[must_use]
    pub const fn has_pushback(&self) -> bool {
        self.has_pushback
    }

    /// Its layers, whose methods say how they are now.
    #[must_use]
    pub const fn layers(&self) -> Layers<'static> {
        self.layers
    }

    fn is(&self, name: &str, layers: &Layers<'_>) -> bool {
        fn are_same<L>(one: Option<&L>, other: Option<&L>) -> bool {
            one.map(ptr::from_ref) == other.map(ptr::from_ref)
        }
        self.name == name
            && ptr::eq(self.layers.budget, layers.budget)
            && are_same(self.layers.breaker, layers.breaker)
            && are_same(self.layers.bulkhead, layers.bulkhead)
            && are_same(self.layers.rate, layers.rate)
    }
}

impl Linked for Listed {
    fn next(&self) -> &Next<Self> {
        &self.next
    }
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, policy, timeout, has_pushback, layers, .. } = self;
        f.debug_struct("Listed")
            .field("name", name)
            .field("policy", policy)
            .field("timeout", timeout)
            .field("has_pushback", has_pushback)
            .field("layers", layers)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", OneLine(self.name), self.layers)?;
        if self.has_pushback {
            f.write_str("; pushback")?;
        }
        if let Some(timeout) = self.timeout {
            write!(f, "; timeout {}", SpanText(timeout))?;
        }
        write!(f, "; policy {}: {}", self.policy.preset_name(), self.policy)
    }
}

impl fmt::Display for Layers<'_> {
    /// How they are now, in one line: `1200 calls, 34 retries; budget 480 of 500 tokens; circuit closed;
    /// bulkhead 12 of 64 in flight, 0 waiting; rate 9 free, 0 waiting`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { budget, breaker, bulkhead, rate, counts, .. } = self;
        if let Some(counts) = counts {
            write!(f, "{} calls, {} retries; ", counts.calls(), counts.retries())?;
        }
        write!(f, "budget {}", budget.available())?;
        if let Some(breaker) = breaker {
            write!(f, "; circuit {}", breaker.state())?;
        }
        if let Some(bulkhead) = bulkhead {
            let (in_flight, limit) = (bulkhead.in_flight(), bulkhead.limit());
            let waiting = bulkhead.waiting();
            write!(f, "; bulkhead {in_flight} of {limit} in flight, {waiting} waiting")?;
        }
        if let Some(rate) = rate {
            write!(f, "; rate {} free, {} waiting", rate.available(), rate.waiting())?;
        }
        if let Some(left) = self.pause_left() {
            write!(f, "; no attempt for {}, as it asked", SpanText(left))?;
        }
        Ok(())
    }
}

impl Upstream {
    /// Puts it on the list of [`upstreams`] now, and not only once a call on it has failed. Listed twice, it is
    /// there once.
    pub fn list(&'static self) {
        self.list_with(self.layers());
    }

    /// Puts it on the list, if its layers are statics.
    #[cold]
    pub(crate) fn list_if_static(&self) {
        if let Some(layers) = self.static_layers() {
            self.list_with(layers);
        }
    }

    /// As [`list_if_static`](Self::list_if_static), for whoever calls it often: the list is read only if another
    /// upstream was here since.
    pub(crate) fn list_once(&self) {
        let address = self.address();
        let seen = &SEEN[(address.wrapping_mul(0x9E37_79B9) >> 16) % SEEN.len()];
        if seen.load(Ordering::Relaxed) != address {
            seen.store(address, Ordering::Relaxed);
            self.list_if_static();
        }
    }

    fn list_with(&self, layers: Layers<'static>) {
        let is_listed = || LISTED.iter().any(|it| it.is(self.name, &layers));
        if is_listed() {
            return;
        }
        let adding = ADDING.lock().unwrap_or_else(PoisonError::into_inner);
        if is_listed() || LISTED.iter().nth(MOST - 1).is_some() {
            return;
        }
        LISTED.append(Box::leak(Box::new(Listed {
            name: self.name,
            policy: self.policy(),
            timeout: self.timeout,
            has_pushback: self.has_pushback,
            layers,
            next: Next::new(),
        })));
        drop(adding);
        if let Some(act) = WHEN_LISTED.get() {
            act();
        }
    }

    /// Its layers, if it owns none of them.
    fn static_layers(&self) -> Option<Layers<'static>> {
        fn of<L>(layer: &Shared<'static, L>) -> Option<&'static L> {
            match layer {
                Shared::Borrowed(layer) => Some(layer),
                Shared::Counted(_) => None,
            }
        }
        fn is_owned<L>(layer: Option<&Shared<'static, L>>) -> bool {
            layer.is_some_and(|layer| of(layer).is_none())
        }
        let Self { budget, breaker, bulkhead, rate, counts, .. } = self;
        let owns_one = is_owned(breaker.as_ref())
            || is_owned(bulkhead.as_ref())
            || is_owned(rate.as_ref())
            || is_owned(counts.as_ref());
        let layers = Layers {
            budget: of(budget)?,
            breaker: breaker.as_ref().and_then(of),
            bulkhead: bulkhead.as_ref().and_then(of),
            rate: rate.as_ref().and_then(of),
            counts: counts.as_ref().and_then(of),
            gate: match self.pausing() {
                Some(GateRef::Named(key)) => Some(GateRef::Named(key)),
                Some(GateRef::Owned(_)) | None => None,
            },
        };
        (!owns_one).then_some(layers)
    }
}
