//! [`Keyed`]: a layer, or an upstream, for each key: one for each host, tenant or partition.
//!
//! ```
//! use std::time::Duration;
//! use persevere::breaker::State;
//! use persevere::{Budget, CircuitBreaker, Keyed, Rejection, Upstream};
//!
//! static HOSTS: Keyed<Upstream> = Keyed::new(1024, || {
//!     let breaker = CircuitBreaker::new().with_time_window(Duration::from_secs(30));
//!     Upstream::owning("hosts", Budget::new()).breaker(breaker)
//! });
//!
//! // In a function: `#[retry(upstream = HOSTS.of(url.authority()))]`
//! let answer = HOSTS.of("example.com").retry_blocking(|| Ok::<u8, Rejection>(1)).call();
//! assert_eq!((answer, HOSTS.len()), (Ok(1), 1));
//!
//! HOSTS.of("down.example.com").layers().breaker.expect("it has one").force_open();
//! let state = |host| HOSTS.of(host).layers().breaker.map(CircuitBreaker::state);
//! assert_eq!(state("down.example.com"), Some(State::ForcedOpen));
//! assert_eq!(state("example.com"), Some(State::Closed));
//! ```
//!
//! # How many are kept
//!
//! A registry aims at its capacity, and forgets nothing that matters: only what is **as new** is dropped,
//! so that no call ever gets another verdict than with a registry that keeps everything. If the other keys are
//! all in use or remember something, the registry grows beyond its capacity.
//!
//! | a key is as new again when | |
//! |---|---|
//! | nobody holds it | no call runs, no `Arc` of it is kept |
//! | its circuit breaker | is closed, and its window is empty |
//! | its budget | is full: a token bucket; counts nothing: the other kinds |
//! | its rate | has a whole burst free, and no pause |
//! | its bulkhead | has granted no permit; if it is adaptive, it has learnt nothing |
//!
//! So give keyed circuit breakers a [time window](CircuitBreaker::with_time_window): calls leave it after a
//! while. The last 100 calls, which is a breaker's window unless set, never leave it, so a host that was called
//! once is kept for good. An adaptive bulkhead that has learnt something is kept, too.
//!
//! # What it costs
//!
//! [`Keyed::of`] takes a lock, hashes the key and counts a reference. A new key allocates what it keeps, and
//! looks at four of the oldest keys, whatever the registry's size. A circuit breaker or a budget takes about
//! 3 KiB, a bulkhead a few hundred bytes.
//!
//! # What is seen of it
//!
//! Events, logs and metrics are labelled with the upstream's name, which all its keys share: a label for each
//! key would be a time series for each host that was ever called. The keys' calls are counted together. Where a
//! log needs the key, give it as the function's `id`. Do not hand one of them to `metrics::sample`: its gauges would
//! be those of whichever key came last. [`Keyed::keys`] and [`Keyed::get`] are for status pages.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::layers::breaker::CircuitBreaker;
use crate::layers::budget::Budget;
use crate::layers::bulkhead::Bulkhead;
use crate::layers::rate::Rate;
use crate::layers::upstream::{Counts, Upstream};

/// One of `T` for each key, which is made when it is first asked for: an [`Upstream`], a [`CircuitBreaker`], a
/// [`Bulkhead`], a [`Budget`] or a [`Rate`].
///
/// The [module's page](self) has an example, and says which keys are forgotten. Any text is a key, the empty one
/// as well; keys that differ in case are two.
pub struct Keyed<T: 'static> {
    capacity: usize,
    make: fn() -> T,
    kept: Mutex<Option<Kept<T>>>,
}

struct Kept<T> {
    of: HashMap<Arc<str>, Arc<T>>,
    /// All keys, the next to be looked at first.
    oldest: VecDeque<Arc<str>>,
    /// What the upstreams of all keys count together.
    counts: Option<Arc<Counts>>,
}

/// How many of the oldest keys each new one looks at.
const LOOKED_AT: usize = 4;

/// What can be kept by key, and forgotten once it is as new. Implemented by the layers.
#[diagnostic::on_unimplemented(
    message = "`Keyed` keeps layers, and `{Self}` is none",
    label = "not an `Upstream`, a `CircuitBreaker`, a `Bulkhead`, a `Budget` or a `Rate`"
)]
pub trait Keyable: Sized {
    /// Whether it is as it was made, and nobody holds a part of it.
    #[doc(hidden)]
    fn is_as_new(&mut self) -> bool;

    /// It as one of those that count together.
    #[doc(hidden)]
    #[must_use]
    fn counted_with(self, _counts: &mut Option<Arc<Counts>>) -> Self {
        self
    }
}

impl Keyable for CircuitBreaker {
    fn is_as_new(&mut self) -> bool {
        Self::is_as_new(self)
    }
}

impl Keyable for Bulkhead {
    fn is_as_new(&mut self) -> bool {
        Self::is_as_new(self)
    }
}

impl Keyable for Budget {
    fn is_as_new(&mut self) -> bool {
        Self::is_as_new(self)
    }
}

impl Keyable for Rate {
    fn is_as_new(&mut self) -> bool {
        Self::is_as_new(self)
    }
}

impl Keyable for Upstream {
    fn is_as_new(&mut self) -> bool {
        self.owns_nothing_but_new()
    }

    fn counted_with(self, counts: &mut Option<Arc<Counts>>) -> Self {
        self.counting_with(counts)
    }
}

impl<T: Keyable + 'static> Keyed<T> {
    /// A registry that aims at `capacity` keys, of which `make` makes each one.
    ///
    /// `make` is called outside of any lock. If two threads ask for the same new key at once, both call it, and
    /// one of the two is dropped.
    ///
    /// # Panics
    ///
    /// If `capacity` is 0. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::{Bulkhead, Keyed};
    ///
    /// static TENANTS: Keyed<Bulkhead> = Keyed::new(100, || Bulkhead::new(4));
    ///
    /// assert_eq!(TENANTS.of("acme").available(), 4);
    /// ```
    #[must_use]
    pub const fn new(capacity: usize, make: fn() -> T) -> Self {
        assert!(
            capacity > 0,
            "a registry without room for a key forgets each at once: give it room for those that are in use \
             at a time, such as 1024"
        );
        Self { capacity, make, kept: Mutex::new(None) }
    }

    /// That of `key`. Whoever keeps it keeps the key from being forgotten.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use persevere::{CircuitBreaker, Keyed};
    ///
    /// static HOSTS: Keyed<CircuitBreaker> = Keyed::new(1024, CircuitBreaker::new);
    ///
    /// let host = String::from("example.com");
    /// assert!(Arc::ptr_eq(&HOSTS.of(&host), &HOSTS.of("example.com")));
    /// ```
    pub fn of(&self, key: impl AsRef<str>) -> Arc<T> {
        let key = key.as_ref();
        if let Some(found) = self.get(key) {
            return found;
        }
        let made = (self.make)(); // the caller's code, so without the lock
        let mut forgotten = Vec::new(); // and so is what drops
        let mut kept = self.lock();
        let kept = kept.get_or_insert_with(Kept::new);
        if let Some(found) = kept.of.get(key) {
            return Arc::clone(found);
        }
        let made = Arc::new(made.counted_with(&mut kept.counts));
        kept.make_room(self.capacity, &mut forgotten);
        let key: Arc<str> = Arc::from(key);
        kept.oldest.push_back(Arc::clone(&key));
        kept.of.insert(key, Arc::clone(&made));
        made
    }
}

impl<T> Keyed<T> {
    /// That of `key`, if it is kept: nothing is made.
    ///
    /// ```
    /// use persevere::{CircuitBreaker, Keyed};
    ///
    /// static HOSTS: Keyed<CircuitBreaker> = Keyed::new(1024, CircuitBreaker::new);
    ///
    /// assert!(HOSTS.get("example.com").is_none());
    /// HOSTS.of("example.com");
    /// assert!(HOSTS.get("example.com").is_some());
    /// ```
    pub fn get(&self, key: impl AsRef<str>) -> Option<Arc<T>> {
        self.lock().as_ref()?.of.get(key.as_ref()).map(Arc::clone)
    }

    /// The number of keys that are kept.
    pub fn len(&self) -> usize {
        self.lock().as_ref().map_or(0, |kept| kept.of.len())
    }

    /// Whether no key is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The keys that are kept, in no order.
    ///
    /// ```
    /// use persevere::breaker::State;
    /// use persevere::{CircuitBreaker, Keyed};
    ///
    /// static HOSTS: Keyed<CircuitBreaker> = Keyed::new(1024, CircuitBreaker::new);
    ///
    /// ["a.example", "b.example", ""].iter().for_each(|host| drop(HOSTS.of(host)));
    /// HOSTS.of("b.example").force_open();
    /// let is_open = |host: &String| HOSTS.of(host).state() == State::ForcedOpen;
    /// assert_eq!(HOSTS.keys().into_iter().filter(is_open).collect::<Vec<_>>(), ["b.example"]);
    /// ```
    pub fn keys(&self) -> Vec<String> {
        let kept = self.lock();
        let keys = kept.as_ref().map(|kept| kept.of.keys().map(|key| String::from(&**key)));
        keys.into_iter().flatten().collect()
    }

    /// Forgets all keys. Whoever holds what was kept goes on with that, apart from those that ask anew.
    pub fn reset(&self) {
        let kept = self.lock().take();
        drop(kept); // without the lock
    }

    /// Nothing of the caller's runs under the lock, and nothing panics there.
    fn lock(&self) -> MutexGuard<'_, Option<Kept<T>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Keyable> Kept<T> {
    fn new() -> Self {
        Self { of: HashMap::new(), oldest: VecDeque::new(), counts: None }
    }

    /// Takes out those of the oldest keys that are as new, if there are `capacity` of them or more.
    fn make_room(&mut self, capacity: usize, forgotten: &mut Vec<Arc<T>>) {
        for _ in 0..LOOKED_AT {
            if self.of.len() < capacity {
                return;
            }
            let Some(key) = self.oldest.pop_front() else { return };
            // Nobody else has it, and under the lock nobody can get it.
            let is_as_new = self.of.get_mut(&key).and_then(Arc::get_mut).is_some_and(T::is_as_new);
            if is_as_new {
                forgotten.extend(self.of.remove(&key));
            } else {
                self.oldest.push_back(key);
            }
        }
    }
}

impl<T> fmt::Debug for Keyed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyed")
            .field("capacity", &self.capacity)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
