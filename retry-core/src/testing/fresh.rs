//! [`fresh`]: layers as if new, for one test.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::layers::breaker::CircuitBreaker;
use crate::layers::budget::Budget;
use crate::layers::bulkhead::Bulkhead;
use crate::layers::hedge::Hedge;
use crate::layers::keyed::Keyed;
use crate::layers::rate::Rate;
use crate::layers::upstream::{Layers, Upstream};

/// What [`fresh`] makes as new: a layer, an upstream with its layers, a registry by key.
pub trait Reset: Sync {
    /// Makes it as new.
    fn reset(&self);

    /// The addresses of what is reset.
    #[doc(hidden)]
    fn addresses(&self) -> Vec<usize>;
}

fn address<T>(layer: &T) -> Vec<usize> {
    vec![std::ptr::from_ref(layer).addr()]
}

macro_rules! reset {
    ($($layer:ty),*) => {$(
        impl Reset for $layer {
            fn reset(&self) {
                <$layer>::reset(self);
            }

            fn addresses(&self) -> Vec<usize> {
                address(self)
            }
        }
    )*};
}

reset!(CircuitBreaker, Budget, Bulkhead, Hedge, Rate);

impl Reset for Upstream {
    fn reset(&self) {
        Self::reset(self);
    }

    fn addresses(&self) -> Vec<usize> {
        let Layers { budget, breaker, bulkhead, rate, .. } = self.layers();
        let others = [breaker.map(address), bulkhead.map(address), rate.map(address)];
        let others = others.into_iter().flatten().flatten();
        address(budget).into_iter().chain(others).collect()
    }
}

impl<T: Send + Sync> Reset for Keyed<T> {
    fn reset(&self) {
        Self::reset(self);
    }

    fn addresses(&self) -> Vec<usize> {
        address(self)
    }
}

/// Makes these layers as new, and keeps other tests that ask for one of them waiting, until the guard is
/// dropped; then makes them as new again.
///
/// Statics are shared by all tests of a program: a circuit that one test opens refuses the calls of the next,
/// and tests that run side by side count into one window. With this, tests of functions that have layers do
/// not disturb each other:
///
/// ```
/// use persevere::{CircuitBreaker, Rejection, retry, testing};
///
/// static DIRECTORY: CircuitBreaker = CircuitBreaker::new().with_count_window(2);
///
/// #[retry(
///     breaker = DIRECTORY,
///     max_retries = 0,
/// )]
/// fn look_up(name: &str) -> std::io::Result<usize> {
///     if name.is_empty() { Err(std::io::ErrorKind::TimedOut.into()) } else { Ok(name.len()) }
/// }
///
/// // #[test]
/// fn an_outage_opens_the_circuit() {
///     let _fresh = testing::fresh(&[&DIRECTORY]);
///     (0..2).for_each(|_| assert!(look_up("").is_err()));
///     assert!(look_up("anna").is_err(), "it is refused");
/// }
///
/// // #[test]
/// fn a_name_is_looked_up() {
///     let _fresh = testing::fresh(&[&DIRECTORY]);
///     assert_eq!(look_up("anna").ok(), Some(4));
/// }
/// # an_outage_opens_the_circuit();
/// # a_name_is_looked_up();
/// ```
///
/// An [`Upstream`] stands for its layers: `fresh(&[&PAYMENTS])` and `fresh(&[&CIRCUIT])` wait for each other
/// if `PAYMENTS` has `CIRCUIT`. Name all that a test needs in one call: two tests that each wait for what the
/// other one holds would wait for ever. On a thread that holds a layer already, another guard does not wait,
/// and makes it as new at its begin alone.
///
/// Code that is not tested pays nothing: the layers are the same, and nothing is looked up. Permits that are
/// out when the layers are reset stay out, and counts of calls go on.
pub fn fresh(layers: &[&'static dyn Reset]) -> Fresh {
    let addresses: Vec<usize> = layers.iter().flat_map(|layer| layer.addresses()).collect();
    let here = thread::current().id();
    let mut taken = lock();
    let is_elsewhere =
        |(address, by): &(usize, ThreadId)| *by != here && addresses.contains(address);
    while taken.iter().any(is_elsewhere) {
        taken = RETURNED.wait(taken).unwrap_or_else(PoisonError::into_inner);
    }
    let is_held = taken.iter().any(|(address, _)| addresses.contains(address));
    taken.extend(addresses.iter().map(|address| (*address, here)));
    drop(taken);
    let fresh = Fresh { layers: layers.to_vec(), addresses, here, resets_at_end: !is_held };
    fresh.reset();
    fresh
}

/// The layers that a test has to itself, by address, and the thread that asked for them: once for each guard.
static TAKEN: Mutex<Vec<(usize, ThreadId)>> = Mutex::new(Vec::new());
static RETURNED: Condvar = Condvar::new();

fn lock() -> MutexGuard<'static, Vec<(usize, ThreadId)>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps layers as one test's own: see [`fresh`].
#[must_use = "dropped, other tests may use the layers at once"]
pub struct Fresh {
    layers: Vec<&'static dyn Reset>,
    addresses: Vec<usize>,
    here: ThreadId,
    resets_at_end: bool,
}

impl Fresh {
    /// Makes the layers as new once more, as between two cases of a test.
    ///
    /// ```
    /// use persevere::breaker::State;
    /// use persevere::{CircuitBreaker, testing};
    ///
    /// static DIRECTORY: CircuitBreaker = CircuitBreaker::new();
    ///
    /// let fresh = testing::fresh(&[&DIRECTORY]);
    /// DIRECTORY.force_open();
    /// fresh.reset();
    /// assert_eq!(DIRECTORY.state(), State::Closed);
    /// ```
    pub fn reset(&self) {
        self.layers.iter().for_each(|layer| layer.reset());
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if self.resets_at_end {
            self.reset();
        }
        let mut taken = lock();
        for address in &self.addresses {
            if let Some(index) = taken.iter().position(|held| *held == (*address, self.here)) {
                taken.swap_remove(index);
            }
        }
        drop(taken);
        RETURNED.notify_all();
    }
}

impl fmt::Debug for Fresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fresh").field("layers", &self.layers.len()).finish_non_exhaustive()
    }
}
